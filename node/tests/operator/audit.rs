//! The audit log from the command line: what every main command leaves in it, by whom, and what nobody can take out unseen.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::command::{Up, init, json, run};

/// A ministry with two officers, and its folder of papers.
struct Ministry(tempfile::TempDir);

impl Ministry {
    fn new() -> Self {
        let ministry = Self(tempfile::tempdir().unwrap());
        init(&ministry.node(), "Ministry of Peace (example)", &[]);
        for name in ["deputy", "adviser"] {
            let role = format!("The {name} (example)");
            let (key, public) = (
                ministry.key(name),
                ministry.file(&format!("{name}.approver")),
            );
            let make = [
                "officer",
                "new",
                "--role",
                &role,
                "--key",
                &key,
                "--public",
                &public,
                "--unsealed",
            ];
            json(&ministry.0.path().join(name), &make, 0);
            ministry.at(&["officer", "add", &public, "--yes"], 0);
        }
        ministry
    }

    fn node(&self) -> PathBuf {
        self.0.path().join("node")
    }

    fn file(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn key(&self, name: &str) -> String {
        self.file(&format!("{name}.key"))
    }

    fn rule(&self, config: &str) {
        std::fs::write(self.node().join("config.toml"), config).unwrap();
    }

    fn at(&self, args: &[&str], code: i32) -> Value {
        json(&self.node(), args, code)
    }

    fn lesson(&self, title: &str) -> String {
        let file = self.file(&format!("{title}.md"));
        let text = format!(
            "---\nkind: lesson\nlang: en\nmarking: clear\nfeeds: [theme:trj]\ntitle: {title} (example)\nsummary: In short.\n\
             licence: CC-BY-4.0\nattribution: organisation\n---\n\n## What happened\n\n{title}, in words nobody else needs.\n\n## Lesson\n\nWrite it down.\n"
        );
        std::fs::write(&file, text).unwrap();
        file
    }

    fn entries(&self) -> Vec<Value> {
        let listed = self.at(&["audit", "list", "--last", "1000"], 0);
        listed["entries"].as_array().unwrap().clone()
    }

    /// The entries after the first so many, in short: act and outcome.
    fn since(&self, before: usize) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        self.entries()[before..]
            .iter()
            .map(|entry| (text(&entry["act"]), text(&entry["outcome"])))
            .collect()
    }
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(act, outcome): &(&str, &str)| ((*act).to_owned(), (*outcome).to_owned());
    expected.iter().map(owned).collect()
}

/// The things of one sort that an entry is about.
fn about<'a>(entry: &'a Value, what: &str) -> Vec<&'a str> {
    let on = entry["on"].as_array().map_or(&[][..], Vec::as_slice);
    on.iter()
        .filter(|subject| subject["what"] == what)
        .filter_map(|subject| subject["id"].as_str())
        .collect()
}

#[test]
fn every_main_command_leaves_a_line_with_who_and_on_what() {
    let ministry = Ministry::new();
    assert_eq!(
        ministry.since(0),
        pairs(&[
            ("institution-found", "done"),
            ("officer-add", "done"),
            ("officer-add", "done")
        ])
    );

    // Drafts and officers, by the officers' keys.
    ministry.rule("[clearance]\napprovals = 1\n");
    let lesson = ministry.lesson("Boundary walks");
    ministry.at(&["publish", "--yes", &lesson], 9);
    ministry.at(
        &["publish", "--yes", &lesson, "--by", &ministry.key("deputy")],
        0,
    );
    let approve = |name: &str, code| {
        let key = ministry.key(name);
        ministry.at(&["draft", "approve", "1", "--key", &key, "--yes"], code)
    };
    approve("deputy", 9);
    let published = approve("adviser", 0);
    let id = published["records"][0]["id"].as_str().unwrap();
    let second = ministry.lesson("Early warning");
    ministry.at(
        &[
            "publish",
            "--yes",
            &second,
            "--by",
            &ministry.key("adviser"),
        ],
        0,
    );
    ministry.at(&["draft", "take-back", "2", "--yes"], 0);
    ministry.at(&["withdraw", id, "--reason", "safety", "--yes"], 0);
    assert_eq!(
        ministry.since(3),
        pairs(&[
            ("publish", "refused"),
            ("draft-submit", "done"),
            ("draft-approve", "refused"),
            ("draft-approve", "done"),
            ("draft-submit", "done"),
            ("draft-take-back", "done"),
            ("withdraw", "done"),
        ])
    );
    let entries = ministry.entries();
    let uid = rustix::process::geteuid().as_raw();
    assert!(entries.iter().all(|entry| entry["who"]["uid"] == uid));
    let officer = |at: usize| entries[at]["who"]["officer"].as_str();
    assert_eq!(officer(4), Some("The deputy (example)"));
    // Refused: which key was claimed, and no office beside it.
    assert_eq!(officer(5), None);
    assert_eq!(entries[5]["who"]["key"], entries[4]["who"]["key"]);
    assert!(entries[5]["why"].as_str().unwrap().contains("submitted"));
    assert_eq!(officer(6), Some("The adviser (example)"));
    assert_eq!(about(&entries[6], "draft"), ["1"]);
    assert_eq!(about(&entries[6], "record"), [id]);
    assert_eq!(about(&entries[9], "withdrawn"), [id]);
    // Ids, and nothing of a text: neither of what was published nor of what was taken back or refused.
    let whole = std::fs::read_to_string(ministry.node().join("audit/00000001.log")).unwrap();
    for text in [
        "Boundary walks",
        "Early warning",
        "nobody else needs",
        "In short",
    ] {
        assert!(!whole.contains(text), "{text}");
    }
}

#[test]
fn choices_keys_and_repairs_are_noted_and_what_is_read_or_followed_quietly_is_not() {
    let ministry = Ministry::new();
    let other = tempfile::tempdir().unwrap();
    init(other.path(), "Coast Dialogue Network (example)", &[]);
    let invitation = json(other.path(), &["invite"], 0)["invitation"]
        .as_str()
        .unwrap()
        .to_owned();
    let peer = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";
    let address = format!("/ip4/192.0.2.7/tcp/7421/p2p/{peer}");
    for args in [
        &["feed", "follow", "theme:trj"][..],
        &["feed", "unfollow", "theme:trj"],
        &["trust", "anchor", &invitation, "--yes"],
        &["trust", "policy", "set", "--paths", "3"],
        &["peer", "add", &address],
        &["peer", "remove", peer],
        &["store", "rebuild-index"],
        &["store", "compact"],
        &["store", "repair", "--yes"],
        &["store", "accept-copy", "--yes"],
        &[
            "institution",
            "node-key",
            "--public",
            &ministry.file("next.card"),
        ],
    ] {
        ministry.at(args, 0);
    }
    let expected = [
        "feed-follow",
        "feed-unfollow",
        "trust-anchor",
        "trust-policy",
        "peer-add",
        "peer-remove",
        "store-rebuild-index",
        "store-compact",
        "store-repair",
        "store-accept-copy",
        "node-key-new",
    ]
    .map(|act| (act, "done"));
    assert_eq!(ministry.since(3), pairs(&expected));
    let entries = ministry.entries();
    assert_eq!(about(&entries[7], "peer"), [peer]);
    // Whom, not where.
    let whole = std::fs::read_to_string(ministry.node().join("audit/00000001.log")).unwrap();
    assert!(!whole.contains("192.0.2.7"));

    let before = entries.len();
    for args in [
        &["feed", "follow", "--quiet", "theme:ifp"][..],
        &["feed", "follow", "theme:ifp"],
        &["feed", "list"],
        &["search", "x"],
        &["trust", "list"],
        &["store", "verify"],
        &["feed", "unfollow", "theme:ifp"],
    ] {
        run(&ministry.node(), args);
    }
    assert_eq!(ministry.since(before), pairs(&[]));
    // Negative control: where the institution asks for it, it is.
    ministry.rule("[audit]\nquiet_feeds = true\n");
    ministry.at(&["feed", "follow", "--quiet", "theme:ifp"], 0);
    assert_eq!(
        ministry.since(before),
        pairs(&[("feed-follow-quietly", "done")])
    );
    // Switched off, it says so once.
    ministry.rule("[audit]\nkeep = false\n");
    ministry.at(&["feed", "follow", "theme:trj"], 0);
    ministry.at(&["feed", "unfollow", "theme:trj"], 0);
    assert_eq!(ministry.since(before + 1), pairs(&[("audit-off", "done")]));
}

#[test]
fn a_running_node_notes_its_start_what_it_is_asked_and_its_end() {
    let ministry = Ministry::new();
    let before = ministry.entries().len();
    ministry.rule("[clearance]\napprovals = 1\n[network]\nlisten = [\"/ip4/127.0.0.1/tcp/0\"]\n");
    let (mut up, _) = Up::start(&ministry.node(), &[]);
    ministry.at(&["feed", "follow", "theme:trj"], 0);
    let lesson = ministry.lesson("Boundary walks");
    ministry.at(
        &["publish", "--yes", &lesson, "--by", &ministry.key("deputy")],
        0,
    );
    up.end();
    // Killed, it cannot say that it ended; the next start follows the last start.
    let (up, _) = Up::start(&ministry.node(), &[]);
    drop(up);
    let (mut up, _) = Up::start(&ministry.node(), &[]);
    up.end();
    assert_eq!(
        ministry.since(before),
        pairs(&[
            ("node-start", "done"),
            ("feed-follow", "done"),
            ("draft-submit", "done"),
            ("node-stop", "done"),
            ("node-start", "done"),
            ("node-start", "done"),
            ("node-stop", "done"),
        ])
    );
    let entries = ministry.entries();
    let settings = about(&entries[before], "setting");
    assert!(
        settings.contains(&"clearance.approvals = 1"),
        "{settings:?}"
    );
    // That an address changed would show; which one it was does not.
    let address = settings
        .iter()
        .find(|s| s.starts_with("network.listen = #"))
        .unwrap();
    assert!(!address.contains("127.0.0.1"));
    assert_eq!(
        entries[before + 2]["who"]["officer"],
        "The deputy (example)"
    );
    assert_eq!(
        ministry.at(&["audit", "verify"], 0)["faults"],
        serde_json::json!([])
    );
}

#[test]
fn what_was_changed_or_cut_off_is_found_by_the_command() {
    let ministry = Ministry::new();
    let file = ministry.node().join("audit/00000001.log");
    let head = ministry.at(&["audit", "head"], 0)["head"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(head.starts_with("3:"), "{head}");
    let whole = std::fs::read_to_string(&file).unwrap();
    // As it is it holds, also by itself, by its name alone, and for people.
    assert_eq!(
        ministry.at(&["audit", "verify", "--head", &head], 0)["noted"],
        true
    );
    ministry.at(&["audit", "verify"], 0);
    ministry.at(&["audit"], 0);
    let page = String::from_utf8(run(&ministry.node(), &["audit"]).stdout).unwrap();
    assert!(page.contains("found the institution"), "{page}");
    let tamper = |text: String| std::fs::write(&file, text).unwrap();

    tamper(whole.replacen("officer-add", "publish", 1));
    assert_eq!(
        ministry.at(&["audit", "verify"], 5)["faults"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let lines: Vec<&str> = whole.lines().collect();
    tamper(format!("{}\n{}\n", lines[0], lines[2]));
    ministry.at(&["audit", "verify"], 5);
    tamper(format!("{}\n{}\n{}\n", lines[0], lines[2], lines[1]));
    ministry.at(&["audit", "verify"], 5);
    // Cut off at the end: the chain holds, the noted head does not.
    tamper(format!("{}\n{}\n", lines[0], lines[1]));
    ministry.at(&["audit", "verify"], 0);
    let cut = ministry.at(&["audit", "verify", "--head", &head], 5);
    assert!(
        cut["faults"][0].as_str().unwrap().contains("cut off"),
        "{cut}"
    );
    ministry.at(&["audit", "verify", "--head", "three"], 2);
    // Torn by a kill while it was written: said, and no fault.
    tamper(whole[..whole.len() - 20].to_owned());
    let torn = ministry.at(&["audit", "verify"], 0);
    assert_eq!(torn["unfinished"].as_array().unwrap().len(), 1);
    ministry.at(&["feed", "follow", "theme:trj"], 0);
    assert_eq!(ministry.at(&["audit", "verify"], 0)["entries"], 3);
}

#[test]
fn nothing_waits_for_a_log_that_cannot_be_written() {
    let ministry = Ministry::new();
    let published = ministry.at(&["publish", "--yes", &ministry.lesson("Boundary walks")], 0);
    let id = published["records"][0]["id"].as_str().unwrap();
    let folder = ministry.node().join("audit");
    std::fs::rename(&folder, ministry.node().join("aside")).unwrap();
    std::fs::write(&folder, "").unwrap();
    let withdraw = run(
        &ministry.node(),
        &["withdraw", id, "--reason", "safety", "--yes"],
    );
    assert_eq!(withdraw.status.code(), Some(0));
    let said = String::from_utf8(withdraw.stderr).unwrap();
    assert!(said.contains("not written into the audit log"), "{said}");
    assert_eq!(
        ministry.at(&["show", id], 0)["line"]["words"][0],
        "withdrawn"
    );
}

#[test]
fn the_log_needs_a_node_once_and_no_running_one() {
    let empty = tempfile::tempdir().unwrap();
    json(empty.path(), &["audit"], 10);
    let ministry = Ministry::new();
    let (up, _) = Up::start(&ministry.node(), &[]);
    assert_eq!(ministry.entries().len(), 4);
    drop(up);
    // Also where the node's own files are gone.
    std::fs::remove_file(ministry.node().join("identity.toml")).unwrap();
    assert_eq!(ministry.entries().len(), 4);
    let nobody = Path::new("/nonexistent");
    json(nobody, &["audit", "verify"], 10);
    let none = ministry.at(&["audit", "list", "--since", "2999-01-01"], 0);
    assert_eq!(none["entries"], serde_json::json!([]));
    ministry.at(&["audit", "list", "--last", "1"], 0);
}
