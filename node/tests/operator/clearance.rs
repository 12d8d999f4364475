//! Clearance from the command line: officers with a key file each, drafts, approvals, and what is refused.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::command::{Up, init, json, run};

/// A node whose institution asks for approvals, and a folder in which every officer has a stick.
struct Office {
    place: tempfile::TempDir,
}

const POLICY: &str = "[clearance]\napprovals = 1\n";

impl Office {
    fn new(policy: &str) -> Self {
        let place = tempfile::tempdir().unwrap();
        let office = Self { place };
        init(&office.node(), "Ministry of Peace (example)", &[]);
        office.rule(policy);
        office
    }

    fn node(&self) -> PathBuf {
        self.place.path().join("node")
    }

    fn rule(&self, policy: &str) {
        std::fs::write(self.node().join("config.toml"), policy).unwrap();
    }

    fn file(&self, name: &str) -> String {
        self.place.path().join(name).display().to_string()
    }

    /// Makes an officer's key, where there is no node.
    fn make(&self, name: &str, more: &[&str]) -> Value {
        let role = format!("The {name} (example)");
        let (key, public) = (self.file(&format!("{name}.key")), self.public(name));
        let mut args = vec![
            "officer", "new", "--role", &role, "--key", &key, "--public", &public,
        ];
        args.extend(more);
        json(&self.place.path().join(name), &args, 0)
    }

    fn public(&self, name: &str) -> String {
        self.file(&format!("{name}.approver"))
    }

    fn know(&self, name: &str) -> Value {
        let public = self.public(name);
        json(&self.node(), &["officer", "add", &public, "--yes"], 0)
    }

    fn lesson(&self, title: &str, more: &str) -> String {
        let file = self.file(&format!("{title}.md"));
        let text = format!(
            "---\nkind: lesson\nlang: en\nmarking: clear\nfeeds: [theme:trj]\ntitle: {title} (example)\nsummary: In short.\n\
             licence: CC-BY-4.0\nattribution: organisation\n{more}---\n\n## What happened\n\n{title}.\n\n## Lesson\n\nWrite it down.\n"
        );
        std::fs::write(&file, text).unwrap();
        file
    }

    fn at(&self, args: &[&str], code: i32) -> Value {
        json(&self.node(), args, code)
    }

    /// Submits in an officer's name.
    fn submit(&self, file: &str, name: &str) -> Value {
        let key = self.file(&format!("{name}.key"));
        self.at(&["publish", "--yes", file, "--by", &key], 0)
    }

    fn approve(&self, number: &str, name: &str, code: i32) -> Value {
        let key = self.file(&format!("{name}.key"));
        self.at(&["draft", "approve", number, "--key", &key, "--yes"], code)
    }

    fn records(&self) -> Value {
        let output = run(&self.node(), &["status", "--json"]);
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        value["records"].clone()
    }
}

fn problem(value: &Value) -> &str {
    value["error"]["problem"].as_str().unwrap()
}

#[test]
fn a_record_goes_out_when_another_officer_approved_it_and_not_before() {
    let office = Office::new(POLICY);
    std::fs::write(office.file("words"), "mango drum river lantern\n").unwrap();
    let words = office.file("words");
    assert_eq!(
        office.make("adviser", &["--passphrase-file", &words])["sealed"],
        true
    );
    for name in ["deputy", "stranger"] {
        office.make(name, &["--unsealed"]);
    }
    for name in ["adviser", "deputy"] {
        assert_eq!(office.know(name)["already"], false);
    }
    assert_eq!(office.know("deputy")["already"], true);
    let known = office.at(&["officer", "list"], 0);
    assert_eq!(known["officers"].as_array().unwrap().len(), 2);

    let lesson = office.lesson("Boundary walks", "");
    let refused = office.at(&["publish", "--yes", &lesson], 9);
    assert!(
        problem(&refused).contains("which officer submits"),
        "{refused}"
    );
    let kept = office.submit(&lesson, "deputy");
    assert_eq!(kept["records"], serde_json::json!([]));
    let draft = &kept["drafts"][0];
    assert_eq!(
        (draft["number"].as_u64(), draft["version"].as_u64()),
        (Some(1), Some(1))
    );
    assert_eq!(
        draft["missing"],
        serde_json::json!([{"what": "approvals", "have": 0, "need": 1}])
    );
    assert_eq!(office.records(), 0);
    let again = office.at(
        &[
            "publish",
            "--yes",
            &lesson,
            "--by",
            &office.file("deputy.key"),
        ],
        1,
    );
    assert!(
        problem(&again).contains("kept already, as draft 1"),
        "{again}"
    );

    // Not by whoever submitted it, not by a stranger, not with a key for something else, not without the passphrase.
    assert!(problem(&office.approve("1", "deputy", 9)).contains("submitted"));
    assert!(problem(&office.approve("1", "stranger", 9)).contains("no officer"));
    let root = office.node().join("keys/root.key").display().to_string();
    let other = office.at(&["draft", "approve", "1", "--key", &root, "--yes"], 1);
    assert!(problem(&other).contains("another purpose"), "{other}");
    assert_eq!(office.approve("1", "adviser", 6)["error"]["kind"], "locked");
    office.approve("7", "deputy", 4);
    assert_eq!(office.records(), 0);

    let key = office.file("adviser.key");
    let approved = office.at(
        &[
            "draft",
            "approve",
            "1",
            "--key",
            &key,
            "--passphrase-file",
            &words,
            "--yes",
        ],
        0,
    );
    assert_eq!(approved["draft"], Value::Null);
    let id = approved["records"][0]["id"].as_str().unwrap();
    assert_eq!(office.at(&["verify", id], 0)["verdict"], "VALID");
    assert!(office.at(&["show", id], 0)["line"]["day"].is_string());
    assert_eq!(
        office.at(&["draft", "list"], 0)["drafts"],
        serde_json::json!([])
    );
}

#[test]
fn a_changed_draft_is_approved_anew_and_a_removed_officer_does_not_count() {
    let office = Office::new("[clearance]\napprovals = 2\n");
    for name in ["adviser", "deputy", "chair"] {
        office.make(name, &["--unsealed"]);
        office.know(name);
    }
    // While the node runs, everything goes through it.
    let (up, _) = Up::start(&office.node(), &[]);
    let lesson = office.lesson("Boundary walks", "");
    office.submit(&lesson, "adviser");
    office.approve("1", "deputy", 0);
    assert!(problem(&office.approve("1", "deputy", 9)).contains("already"));
    drop(up);
    let shown = office.at(&["draft", "show", "1"], 0);
    assert_eq!(shown["draft"]["approvals"][0]["counts"], true);

    let file = office.file("again.md");
    office.at(&["draft", "show", "1", "--markdown", "--out", &file], 0);
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(
        &file,
        text.replace("Write it down.", "Write it down, twice."),
    )
    .unwrap();
    let key = office.file("chair.key");
    let edited = office.at(&["draft", "edit", "1", &file, "--by", &key, "--yes"], 0);
    assert_eq!(edited["draft"]["version"], 2);
    assert_eq!(edited["draft"]["approvals"], serde_json::json!([]));
    assert_eq!(edited["draft"]["submitter"]["role"], "The chair (example)");

    office.approve("1", "deputy", 0);
    let removed = office.at(&["officer", "remove", "The deputy (example)"], 0);
    assert_eq!(removed["voided"], 1);
    assert!(problem(&office.approve("1", "deputy", 9)).contains("no officer"));
    let one = office.approve("1", "adviser", 0);
    assert_eq!(
        one["draft"]["missing"],
        serde_json::json!([{"what": "approvals", "have": 1, "need": 2}])
    );
    assert_eq!(office.records(), 0);
    office.know("deputy");
    assert_eq!(office.approve("1", "deputy", 0)["draft"], Value::Null);
    assert_eq!(office.records(), 1);
}

#[test]
fn a_draft_is_refused_held_taken_back_and_released() {
    let office = Office::new("[clearance]\napprovals = 1\nhold_minutes = 5\n");
    for name in ["adviser", "deputy"] {
        office.make(name, &["--unsealed"]);
        office.know(name);
    }
    office.submit(&office.lesson("One", ""), "adviser");
    office.submit(&office.lesson("Two", ""), "adviser");
    let key = office.file("deputy.key");
    let refuse = |words: &str, code| {
        let args = [
            "draft", "refuse", "1", "--key", &key, "--words", words, "--yes",
        ];
        office.at(&args, code)
    };
    refuse(&"x".repeat(501), 2);
    let refused = refuse("It names a person.", 0);
    assert_eq!(refused["draft"]["refused"]["words"], "It names a person.");
    assert!(problem(&office.approve("1", "deputy", 9)).contains("It names a person."));

    let approved = office.approve("2", "deputy", 0);
    assert_eq!(approved["draft"]["missing"][0]["what"], "hold");
    let release = office.at(&["draft", "release", "2"], 9);
    assert!(problem(&release).contains("holding time"), "{release}");
    // Held, and taken back by a running node as well.
    let (up, _) = Up::start(&office.node(), &[]);
    assert_eq!(office.at(&["status"], 0)["drafts"], 2);
    office.at(&["draft", "take-back", "2", "--yes"], 0);
    drop(up);
    office.at(&["draft", "show", "2"], 4);
    assert_eq!(office.records(), 0);

    // Nobody is asked, but it was to be held, or must not go out yet.
    office.rule("");
    let held = office.at(
        &["publish", "--yes", "--hold", &office.lesson("Three", "")],
        0,
    );
    assert_eq!(
        held["drafts"][0]["number"], 3,
        "numbers are not given twice"
    );
    let coming = office.lesson("Four", "embargo: 2999-01-01\n");
    let kept = office.at(&["publish", "--yes", &coming], 0);
    assert_eq!(
        kept["drafts"][0]["missing"],
        serde_json::json!([{"what": "embargo", "day": "2999-01-01"}])
    );
    office.at(&["draft", "release", "4"], 9);
    office.at(&["draft", "release", "4", "--today", "2999-01-01"], 9);
    let over = office.lesson("Five", "embargo: 2020-01-01\n");
    let out = office.at(&["publish", "--yes", &over], 0);
    assert_eq!(out["drafts"], serde_json::json!([]));
    // What goes out with the order is asked for; nobody is there to ask.
    office.at(&["draft", "release", "3"], 2);
    assert_eq!(office.records(), 1);
    let released = office.at(&["draft", "release", "3", "--yes"], 0);
    assert_eq!(released["records"].as_array().unwrap().len(), 1);
    assert_eq!(office.records(), 2);
}

#[test]
fn faults_in_the_policy_and_in_files_are_named() {
    let office = Office::new("[clearance]\naprovals = 1\n");
    let unknown = office.at(&["config", "check"], 2);
    assert!(
        unknown["error"]["hint"]
            .as_str()
            .unwrap()
            .contains("approvals"),
        "{unknown}"
    );
    office.rule("[clearance]\napprovals = 17\n");
    office.at(&["config", "check"], 2);
    office.rule(POLICY);
    office.make("adviser", &["--unsealed"]);
    // Never over an existing key, and a key file is no public file.
    let key = office.file("adviser.key");
    let public = office.file("other.approver");
    let args = [
        "officer",
        "new",
        "--role",
        "X (example)",
        "--key",
        &key,
        "--public",
        &public,
    ];
    office.at(&[&args[..], &["--unsealed"]].concat(), 1);
    let swapped = office.at(&["officer", "add", &key, "--yes"], 2);
    assert!(problem(&swapped).contains("is a secret key"), "{swapped}");
    assert!(!Path::new(&public).exists());
    // Nothing is added without consent.
    office.at(&["officer", "add", &office.public("adviser")], 2);
    let list = office.at(&["officer", "list"], 0);
    assert_eq!(list["officers"], serde_json::json!([]));
}
