//! The command as it is typed: exit codes, JSON, and two nodes that meet.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// The command in a data folder, undisturbed by the environment of whoever runs the tests.
pub(crate) fn indaba(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_indaba"));
    for (name, _) in std::env::vars()
        .filter(|(name, _)| name.starts_with("INDABA_") || name == "STATE_DIRECTORY")
    {
        command.env_remove(name);
    }
    command
        .arg("--data-dir")
        .arg(dir)
        .arg("--no-input")
        .args(args)
        .stdin(Stdio::null());
    command
}

pub(crate) fn run(dir: &Path, args: &[&str]) -> Output {
    indaba(dir, args).output().unwrap()
}

/// Runs with `--json`: exactly one object on stdout, nothing else.
pub(crate) fn json(dir: &Path, args: &[&str], code: i32) -> Value {
    let output = indaba(dir, args).arg("--json").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let value: Value =
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{args:?}: {e}: {text}"));
    assert_eq!(output.status.code(), Some(code), "{args:?}: {value}");
    assert!(
        text.starts_with("{\"schema\":\"indaba/"),
        "{args:?}: {text}"
    );
    value
}

pub(crate) fn init(dir: &Path, name: &str, more: &[&str]) {
    let mut args = vec![
        "init",
        "--name",
        name,
        "--kind",
        "cso",
        "--network",
        "test.example",
    ];
    args.extend(more);
    let output = run(dir, &args);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

pub(crate) fn case(name: &str) -> String {
    format!("{}/demo/cases/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A node that runs until dropped.
pub(crate) struct Up(Child);

impl Up {
    /// Starts `indaba up` and reads its first line, which comes when it listens and can be talked to.
    pub(crate) fn start(dir: &Path, args: &[&str]) -> (Self, Value) {
        let mut child = indaba(dir, &["up"])
            .args(args)
            .arg("--json")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let up = Self(child);
        let value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        (up, value)
    }
}

impl Up {
    /// Ends it as Ctrl-C does, and waits until it has.
    pub(crate) fn end(&mut self) {
        let child = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(child, rustix::process::Signal::INT).unwrap();
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn an_empty_folder_is_no_node() {
    let dir = tempfile::tempdir().unwrap();
    for args in [
        &["status"][..],
        &["doctor"],
        &["feed", "list"],
        &["publish", "x.md"],
        &["up"],
        &["store", "stats"],
    ] {
        let value = json(dir.path(), args, 10);
        assert_eq!(value["schema"], "indaba/error/1");
        assert!(
            value["error"]["hint"]
                .as_str()
                .unwrap()
                .contains("indaba init"),
            "{args:?}"
        );
    }
}

#[test]
fn wrong_use_is_told_apart_and_also_as_json() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(json(dir.path(), &["fly"], 2)["schema"], "indaba/error/1");
    assert_eq!(
        json(
            dir.path(),
            &[
                "init",
                "--name",
                "X (example)",
                "--kind",
                "club",
                "--network",
                "n"
            ],
            2
        )["error"]["kind"],
        "wrong-use"
    );
    let bad = run(dir.path(), &["feed"]);
    assert_eq!(bad.status.code(), Some(2));
    std::fs::write(dir.path().join("config.toml"), "[network]\nlistn = []\n").unwrap();
    let value = json(dir.path(), &["config", "check"], 2);
    assert!(
        value["error"]["problem"]
            .as_str()
            .unwrap()
            .contains("config.toml:2:1"),
        "{value}"
    );
    assert!(
        value["error"]["hint"].as_str().unwrap().contains("listen"),
        "{value}"
    );
}

#[test]
fn publishing_works_with_the_cable_out_and_is_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path(), "Coast Dialogue Network (example)", &[]);
    let file = case("cso-network/04-hybrid-justice.md");
    // Without --yes and without a terminal nothing is signed.
    assert_eq!(
        json(dir.path(), &["publish", &file], 2)["error"]["kind"],
        "wrong-use"
    );
    assert_eq!(
        json(dir.path(), &["publish", "--dry-run", &file], 0)["records"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(json(dir.path(), &["status"], 8)["records"], 0);
    let published = json(dir.path(), &["publish", "--yes", &file], 0);
    let id = published["records"][0]["id"].as_str().unwrap().to_owned();
    json(dir.path(), &["feed", "follow", "theme:trj"], 0);
    // A file that names no day claims today's, so that lists have one.
    let shown = json(dir.path(), &["show", &id], 0);
    assert!(shown["line"]["day"].is_string(), "{shown}");
    let feed = json(dir.path(), &["feed", "show", "theme:trj"], 0);
    assert_eq!(feed["records"][0]["id"], id.as_str());
    assert_eq!(feed["feed"]["state"], "complete");
    let short = feed["records"][0]["short"].as_str().unwrap();
    assert_eq!(json(dir.path(), &["verify", short], 0)["verdict"], "VALID");
    assert_eq!(
        json(dir.path(), &["search", "hybrid"], 0)["records"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    json(dir.path(), &["search", "nowhere-to-be-found"], 4);
    json(dir.path(), &["show", "bafyr4iaaaaaaaaaaa"], 4);
    assert_eq!(json(dir.path(), &["store", "verify"], 0)["clean"], true);
    assert_eq!(
        json(dir.path(), &["store", "rebuild-index"], 0)["schema"],
        "indaba/store-rebuild-index/1"
    );
    assert_eq!(json(dir.path(), &["status"], 8)["records"], 1);
    // Every other command speaks JSON too.
    for args in [
        &["peer", "list"][..],
        &["trust", "list"],
        &["invite"],
        &["doctor"],
        &["config", "show"],
        &["config", "template"],
        &["version"],
        &["completions", "bash"],
        &["new", "practice"],
        &["store", "stats"],
        &["feed", "list"],
        &["check", &file],
    ] {
        json(dir.path(), args, 0);
    }
}

#[test]
fn a_record_file_is_verified_without_a_node_and_one_changed_byte_is_found() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path(), "Coast Dialogue Network (example)", &[]);
    let published = json(
        dir.path(),
        &[
            "publish",
            "--yes",
            &case("cso-network/06-envoys-dilemma.md"),
        ],
        0,
    );
    let id = published["records"][0]["id"].as_str().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("record.indaba");
    let name = file.to_str().unwrap();
    json(
        dir.path(),
        &["show", id, "--raw", "--with-institution", "--out", name],
        0,
    );
    let empty = elsewhere.path().join("no-node");
    assert_eq!(json(&empty, &["verify", name], 0)["id"], id);
    // What was printed on a screen, and kept by somebody.
    let printed = elsewhere.path().join("printed.txt");
    let screen = indaba(dir.path(), &["show", id, "--raw"]).output().unwrap();
    std::fs::write(&printed, screen.stdout).unwrap();
    let printed = printed.to_str().unwrap();
    // Without the institution's statements it says that these are missing.
    assert_eq!(json(dir.path(), &["verify", printed], 3)["id"], id);
    // Nothing is overwritten.
    json(dir.path(), &["show", id, "--raw", "--out", name], 1);
    let whole = std::fs::read(&file).unwrap();
    let mut found = 0;
    for at in (0..whole.len()).step_by(29) {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        std::fs::write(&file, &changed).unwrap();
        let output = indaba(&empty, &["verify", name, "--json"])
            .output()
            .unwrap();
        assert_ne!(
            output.status.code(),
            Some(0),
            "the change of byte {at} went unnoticed"
        );
        found += 1;
    }
    assert!(found > 30);
    // Without the institution's statements nothing says that the key may sign.
    std::fs::remove_file(&file).unwrap();
    json(dir.path(), &["show", id, "--raw", "--out", name], 0);
    assert_eq!(
        json(&empty, &["verify", name], 3)["verdict"],
        "PENDING:state"
    );
}

#[test]
fn faulty_files_are_named_with_line_and_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("faulty.md");
    std::fs::write(
        &file,
        "---\nkind: practice\nlang: en\nmarking: red\n---\n## Solution\n\nText.\n",
    )
    .unwrap();
    let value = json(dir.path(), &["check", file.to_str().unwrap()], 1);
    let findings = value["files"][0]["findings"].as_array().unwrap();
    assert!(
        findings
            .iter()
            .any(|f| f["field"] == "marking" && f["line"] == 4),
        "{value}"
    );
    assert!(
        findings
            .iter()
            .all(|f| !f["remedy"].as_str().unwrap().is_empty()),
        "{value}"
    );
}

#[test]
fn keys_open_to_others_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    init(dir.path(), "Coast Dialogue Network (example)", &[]);
    let key = dir.path().join("keys/node.key");
    let mode =
        |mode| std::fs::set_permissions(&key, std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o644);
    let value = json(dir.path(), &["status"], 9);
    assert!(
        value["error"]["hint"]
            .as_str()
            .unwrap()
            .contains("chmod 600"),
        "{value}"
    );
    assert!(
        json(dir.path(), &["doctor"], 1)["problems"]
            .as_u64()
            .unwrap()
            > 0
    );
    // Negative control.
    mode(0o600);
    json(dir.path(), &["status"], 8);
    json(dir.path(), &["doctor"], 0);
    // Never founded twice.
    json(
        dir.path(),
        &["init", "--name", "X (example)", "--kind", "cso"],
        9,
    );
}

#[test]
fn a_restored_copy_publishes_only_when_it_is_accepted() {
    let (dir, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    init(dir.path(), "Coast Dialogue Network (example)", &[]);
    let copy = backup.path().join("restored");
    let copied = Command::new("cp")
        .arg("-a")
        .args([dir.path(), &copy])
        .status()
        .unwrap();
    assert!(copied.success());
    let file = case("cso-network/04-hybrid-justice.md");
    json(&copy, &["publish", "--yes", &file], 9);
    assert_eq!(json(&copy, &["status"], 8)["records"], 0);
    json(&copy, &["doctor"], 1);
    // Looking at what would be signed does no harm, and consent is asked for.
    json(&copy, &["publish", "--dry-run", &file], 0);
    json(&copy, &["store", "accept-copy"], 2);
    json(&copy, &["store", "accept-copy", "--yes"], 0);
    json(&copy, &["publish", "--yes", &file], 0);
    // Negative control: where it was set up, it publishes unasked.
    let accepted = json(dir.path(), &["store", "accept-copy"], 0);
    assert_eq!(accepted["was_copy"], false);
    json(dir.path(), &["publish", "--yes", &file], 0);
}

#[test]
fn two_nodes_meet_by_an_invitation() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    init(
        here.path(),
        "National Peace Council of Sembe (example)",
        &["--listen", "/ip4/127.0.0.1/tcp/0"],
    );
    json(
        here.path(),
        &[
            "publish",
            "--yes",
            &case("peace-council/01-national-peace-council-ghana.md"),
        ],
        0,
    );
    let (up_here, value) = Up::start(here.path(), &[]);
    assert_eq!(value["schema"], "indaba/up/1");
    assert_eq!(value["listening"].as_array().unwrap().len(), 1);
    // A second node with the same folder, and what needs the store for itself, are turned away.
    json(here.path(), &["up"], 6);
    json(here.path(), &["store", "verify"], 6);
    let invitation = json(here.path(), &["invite"], 0)["invitation"]
        .as_str()
        .unwrap()
        .to_owned();
    let joined = json(
        there.path(),
        &[
            "init",
            "--join",
            &invitation,
            "--name",
            "Coast Dialogue Network (example)",
            "--kind",
            "cso",
            "--yes",
        ],
        0,
    );
    assert_eq!(joined["inviter_accepted"], true);
    assert_eq!(joined["network"], "test.example");
    json(there.path(), &["feed", "follow", "region:ecowas"], 0);
    let (_up_there, value) = Up::start(there.path(), &["--metrics", "127.0.0.1:0"]);
    let figures = value["metrics"].as_str().unwrap().to_owned();
    let begun = std::time::Instant::now();
    while json(there.path(), &["feed", "list"], 0)["feeds"][0]["state"] != "complete" {
        assert!(
            begun.elapsed().as_secs() < 20,
            "the record did not come: {}",
            json(there.path(), &["peer", "list"], 0)
        );
    }
    let status = json(there.path(), &["status"], 0);
    assert_eq!(
        (&status["records"], &status["running"]),
        (&Value::from(1), &Value::from(true))
    );
    let mut scrape = std::net::TcpStream::connect(&figures).unwrap();
    scrape
        .write_all(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .unwrap();
    let mut text = String::new();
    scrape.read_to_string(&mut text).unwrap();
    assert!(
        text.contains("\nindaba_records 1\n") && text.ends_with("# EOF\n"),
        "{text}"
    );
    assert_eq!(text.matches("# EOF").count(), 1);
    // No label names a peer.
    assert!(!text.contains("12D3Koo"), "{text}");
    // A node that was killed leaves a socket behind; the next one takes it over.
    drop(up_here);
    let (_again, _) = Up::start(here.path(), &[]);
    assert_eq!(json(here.path(), &["status"], 0)["running"], true);
}
