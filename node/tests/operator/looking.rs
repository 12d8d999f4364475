//! Looking for what there is: codes, feeds, peers.

use super::command::{Up, indaba, init, json};
use super::correcting::{PRACTICE, publish, talk, write};

#[test]
fn the_vocabulary_is_listed_without_a_node_and_errors_lead_to_it() {
    let dir = tempfile::tempdir().unwrap();
    let lists = json(dir.path(), &["vocabulary"], 0);
    let lists = lists["lists"].as_array().unwrap();
    assert!(
        lists
            .iter()
            .any(|l| l["list"] == "themes" && l["codes"].as_u64().unwrap() > 50)
    );
    let found = json(dir.path(), &["vocabulary", "themes", "memorial"], 0);
    assert_eq!(found["codes"][0]["code"], "TRJ.MEM");
    assert_eq!(found["codes"][0]["feed"], "theme:trj.mem");
    // In every list, in another language, without its accents.
    let found = json(
        dir.path(),
        &["vocabulary", "memorializacao", "--language", "pt"],
        0,
    );
    assert_eq!(found["codes"][0]["code"], "TRJ.MEM");
    json(dir.path(), &["vocabulary", "nothing-is-called-so"], 4);

    let file = write(
        dir.path(),
        "record.md",
        &PRACTICE.replace(
            "regions: [ecowas]",
            "regions: [ecowas]\nthemes: [QQQ]\nsdg: [\"99.9\"]",
        ),
    );
    let (told, _) = talk(dir.path(), &["check", &file]);
    assert!(told.contains("`indaba vocabulary themes`"), "{told}");
    init(dir.path(), "Coast Dialogue Network (example)", &[]);
    let (_, told) = talk(dir.path(), &["feed", "follow", "water points"]);
    assert!(told.contains(" vocabulary` lists"), "{told}");
}

#[test]
fn following_what_nobody_publishes_is_no_silent_success() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    init(dir.path(), "Coast Dialogue Network (example)", &[]);
    init(
        other.path(),
        "National Peace Council of Sembe (example)",
        &[],
    );
    let (_, told) = talk(dir.path(), &["feed", "follow", "theme:trj.mem"]);
    assert!(told.contains("before an institution is accepted"), "{told}");

    publish(other.path(), "practice.md", PRACTICE);
    let (_far, first) = Up::start(other.path(), &["--listen", "/ip4/127.0.0.1/tcp/0"]);
    let _near = Up::start(dir.path(), &[]);
    let invitation = json(other.path(), &["invite"], 0)["invitation"]
        .as_str()
        .unwrap()
        .to_owned();
    json(dir.path(), &["trust", "anchor", &invitation, "--yes"], 0);
    json(dir.path(), &["peer", "add", &invitation], 0);
    let mine = json(dir.path(), &["invite"], 0)["invitation"]
        .as_str()
        .unwrap()
        .to_owned();
    json(other.path(), &["trust", "anchor", &mine, "--yes"], 0);
    let known = wait(|| {
        let known = json(dir.path(), &["feed", "list", "--known"], 0);
        (known["known"].as_array().unwrap().len() == 2).then_some(known)
    });
    assert_eq!(known["known"][1]["feed"], "region:ecowas");
    assert_eq!(known["known"][1]["records"], 1);
    let (_, told) = talk(dir.path(), &["feed", "follow", "theme:trj.mem"]);
    assert!(
        told.contains("no institution accepted here is known to publish in theme:trj.mem"),
        "{told}"
    );
    assert!(
        told.contains("region:ecowas") && told.contains("theme:trj unless"),
        "{told}"
    );
    let (list, hint) = talk(dir.path(), &["feed", "list"]);
    assert!(
        list.contains("nobody accepted here is known to publish") && hint.contains("--known"),
        "{list}{hint}"
    );
    // What is known beside it: the one peer that is connected does not carry the feed, so nothing would be heard of it here.
    assert!(
        list.contains("of 1 connected peer none says that it carries it"),
        "{list}"
    );
    // Negative control: of a feed in which somebody publishes nothing of the kind is said.
    let (_, told) = talk(dir.path(), &["feed", "follow", "region:ecowas"]);
    assert!(!told.contains("known to publish"), "{told}");

    // The peer is named by its invitation, and what differs is said in words.
    let list = wait(|| {
        let (list, _) = talk(dir.path(), &["peer", "list"]);
        list.contains("nothing it has of what it was asked for is missing here")
            .then_some(list)
    });
    assert!(
        list.contains("National Peace Council of Sembe (example)"),
        "{list}"
    );
    assert!(
        list.contains("connected for ") && list.contains("called by this node"),
        "{list}"
    );
    let peer = first["peer"].as_str().unwrap();
    assert!(list.contains(peer), "{list}");

    // One that is known needs no address to become a partner, and to be none again.
    let end = &peer[peer.len() - 8..];
    json(dir.path(), &["peer", "add", "--partner", end], 0);
    assert!(talk(dir.path(), &["peer", "list"]).0.contains("a partner"));
    json(dir.path(), &["peer", "add", end], 0);
    assert!(!talk(dir.path(), &["peer", "list"]).0.contains("a partner"));
    json(dir.path(), &["peer", "add", "nobodysend"], 2);
}

#[test]
fn what_is_followed_quietly_is_announced_only_when_asked_for_by_name() {
    let place = tempfile::tempdir().unwrap();
    init(place.path(), "Coast Dialogue Network (example)", &[]);
    let follow = |args: &[&str]| {
        let output = indaba(place.path(), &["feed", "follow", "theme:ifp"])
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let is = String::from_utf8(output.stdout).unwrap();
        (is, String::from_utf8(output.stderr).unwrap())
    };
    let (is, _) = follow(&["--quiet"]);
    assert!(is.starts_with("following theme:ifp quietly"), "{is}");
    // Again, without a word of how.
    let (is, said) = follow(&[]);
    assert!(is.starts_with("still following theme:ifp quietly"), "{is}");
    assert!(said.contains("--openly"), "{said}");
    let (is, said) = follow(&["--openly"]);
    assert_eq!(is, "following theme:ifp\n");
    assert!(said.contains("announced to every connected node"), "{said}");
    let (is, said) = follow(&["--quiet"]);
    assert!(is.starts_with("following theme:ifp quietly"), "{is}");
    assert!(said.contains("do not forget it"), "{said}");
}

#[test]
fn a_configuration_that_a_running_node_has_not_read_is_said_to() {
    let place = tempfile::tempdir().unwrap();
    init(place.path(), "Coast Dialogue Network (example)", &[]);
    let told = || {
        let (is, said) = talk(place.path(), &["config", "check"]);
        assert!(is.contains("no faults"), "{is}");
        (said, talk(place.path(), &["doctor"]).0)
    };
    let (mut up, _) = Up::start(place.path(), &[]);
    let (said, doctor) = told();
    assert!(!said.contains("start it again"), "{said}");
    assert!(!doctor.contains("after the running node"), "{doctor}");
    let file = place.path().join("config.toml");
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    std::fs::write(&file, text).unwrap();
    let (said, doctor) = told();
    assert!(said.contains("start it again"), "{said}");
    assert!(doctor.contains("after the running node"), "{doctor}");
    // Not where no node runs: the next one reads it.
    up.end();
    let (said, _) = told();
    assert!(!said.contains("start it again"), "{said}");
}

#[test]
fn a_hub_that_may_not_have_a_file_open_for_each_connection_says_so() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path(), "Coast Dialogue Network (example)", &[]);
    let doctor = |files: &str| {
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &format!("ulimit -n {files} && exec \"$0\" \"$@\"")]);
        let inner = indaba(dir.path(), &["doctor"]);
        shell.arg(inner.get_program()).args(inner.get_args());
        shell.envs(
            inner
                .get_envs()
                .filter_map(|(key, value)| Some((key, value?))),
        );
        shell.env("INDABA_NETWORK_PROFILE", "hub");
        String::from_utf8(shell.output().unwrap().stdout).unwrap()
    };
    let told = doctor("1024");
    assert!(told.contains("this program have 1024 files open"), "{told}");
    assert!(told.contains("LimitNOFILE=1480"), "{told}");
    let told = doctor("4096");
    assert!(told.contains("as many as needed: 1480"), "{told}");
}

/// Asks until there is an answer; a node that never gives one fails the test.
pub(crate) fn wait<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = std::time::Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(
            begun.elapsed() < std::time::Duration::from_secs(60),
            "no answer in a minute"
        );
    }
}

#[test]
fn a_backup_that_cannot_be_written_there_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path(), "Coast Dialogue Network (example)", &[]);
    let file = dir.path().join("backup");
    let name = file.to_str().unwrap();
    json(dir.path(), &["store", "export", name], 0);
    let again = json(dir.path(), &["store", "export", name], 1);
    assert!(
        again["error"]["hint"]
            .as_str()
            .unwrap()
            .contains("another name"),
        "{again}"
    );
    for nowhere in ["stick/backup", "stick/"] {
        let nowhere = dir.path().join(nowhere);
        let refused = json(
            dir.path(),
            &["store", "export", nowhere.to_str().unwrap()],
            4,
        );
        assert!(
            refused["error"]["hint"]
                .as_str()
                .unwrap()
                .contains("mounted"),
            "{refused}"
        );
    }
}

#[test]
fn every_command_that_prints_a_list_can_be_cut_short() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = indaba(dir.path(), &["vocabulary", "countries"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}
