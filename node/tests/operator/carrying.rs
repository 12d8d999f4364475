//! One record in a file, carried from a node to another one and to somebody who only wants to know whether it holds.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::command::{case, init, json, run};

const CASE: &str = "cso-network/06-envoys-dilemma.md";

/// A node that published one record, and the record's id, feed and institution.
struct Giver {
    dir: TempDir,
    id: String,
    feed: String,
    institution: String,
}

impl Giver {
    fn new() -> Self {
        let dir = tempdir().unwrap();
        init(dir.path(), "Coast Dialogue Network (example)", &[]);
        json(dir.path(), &["publish", "--yes", &case(CASE)], 0);
        let status = json(dir.path(), &["status"], 8);
        let institution = text(&status["institution"]["id"]);
        let found = json(dir.path(), &["search", "envoy"], 0);
        let record = &found["records"][0];
        Self {
            id: text(&record["id"]),
            feed: text(&record["feeds"][0]),
            institution,
            dir,
        }
    }

    fn file(&self, place: &Path, more: &[&str]) -> String {
        let name = text(&Value::from(place.to_str().unwrap()));
        let mut args = vec!["show", &self.id, "--raw", "--out", &name];
        args.extend(more);
        json(self.dir.path(), &args, 0);
        name
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn counts(done: &Value) -> [u64; 5] {
    ["new", "known", "waiting", "left_out", "invalid"].map(|name| done[name].as_u64().unwrap())
}

#[test]
fn a_record_from_a_stick_is_taken_in_as_if_a_peer_had_sent_it() {
    let (giver, stick, taker) = (Giver::new(), tempdir().unwrap(), tempdir().unwrap());
    let whole = giver.file(&stick.path().join("whole.indaba"), &["--with-institution"]);
    let bare = giver.file(&stick.path().join("bare.indaba"), &[]);
    init(taker.path(), "Peace Council (example)", &[]);

    // Nobody here accepts the institution yet.
    let done = json(taker.path(), &["store", "import", &whole], 0);
    assert_eq!(counts(&done), [0, 0, 3, 0, 0], "{done}");
    assert_eq!(
        (done["records_in_backup"].as_u64(), done["made_on"].as_str()),
        (Some(1), None)
    );
    json(taker.path(), &["show", &giver.id], 4);
    let again = json(taker.path(), &["store", "import", &whole], 0);
    assert_eq!(
        counts(&again),
        [0, 0, 3, 0, 0],
        "it waits, and is not here already: {again}"
    );

    json(
        taker.path(),
        &["trust", "anchor", &giver.institution, "--yes"],
        0,
    );
    json(taker.path(), &["feed", "follow", &giver.feed], 0);
    let looked = json(taker.path(), &["store", "import", "--dry-run", &bare], 0);
    let done = json(taker.path(), &["store", "import", &bare], 0);
    assert_eq!(counts(&done)[3..], [0, 0], "{looked} {done}");
    assert_eq!(
        json(taker.path(), &["verify", &giver.id], 0)["verdict"],
        "VALID"
    );
    let again = json(taker.path(), &["store", "import", &whole], 0);
    assert_eq!(counts(&again), [0, 3, 0, 0, 0], "{again}");
}

#[test]
fn a_file_that_was_changed_or_is_of_another_network_brings_nothing_in() {
    let (giver, stick, taker) = (Giver::new(), tempdir().unwrap(), tempdir().unwrap());
    let whole = giver.file(&stick.path().join("whole.indaba"), &["--with-institution"]);
    init(taker.path(), "Peace Council (example)", &[]);
    json(
        taker.path(),
        &["trust", "anchor", &giver.institution, "--yes"],
        0,
    );
    json(taker.path(), &["feed", "follow", &giver.feed], 0);

    // The record alone: of the statements of an institution, one that was changed spoils nothing but itself.
    let bare = giver.file(&stick.path().join("bare.indaba"), &[]);
    let bytes = fs::read(&bare).unwrap();
    let changed = stick.path().join("changed.indaba");
    let name = changed.to_str().unwrap();
    // The last field of the file is the empty list of those statements.
    for at in (0..bytes.len() - 16).step_by(211) {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        fs::write(&changed, bytes).unwrap();
        let output = run(taker.path(), &["store", "import", name]);
        assert_ne!(
            output.status.code(),
            Some(0),
            "the change of byte {at} went unnoticed"
        );
    }
    json(taker.path(), &["show", &giver.id], 4);
    fs::write(&changed, "# A text, and no record").unwrap();
    let refused = json(taker.path(), &["store", "import", name], 5);
    assert!(
        text(&refused["error"]["problem"]).contains("nor is it a backup"),
        "{refused}"
    );

    let foreign = tempdir().unwrap();
    let args = [
        "init",
        "--name",
        "Elsewhere (example)",
        "--kind",
        "cso",
        "--network",
        "other.example",
    ];
    assert!(run(foreign.path(), &args).status.success());
    json(foreign.path(), &["store", "import", &whole], 9);
    // Negative control: unchanged and at home it comes in.
    assert_eq!(
        counts(&json(taker.path(), &["store", "import", &whole], 0))[0],
        3
    );
}

#[test]
fn verifying_a_file_says_which_part_was_changed_and_what_a_node_here_knows() {
    let (giver, stick) = (Giver::new(), tempdir().unwrap());
    let path = stick.path().join("whole.indaba");
    let name = giver.file(&path, &["--with-institution"]);
    let nowhere = stick.path().join("no-node");
    assert_eq!(
        json(&nowhere, &["verify", &name], 0)["held_here"],
        Value::Null
    );
    let held = json(giver.dir.path(), &["verify", &name], 0);
    assert_eq!(held["held_here"]["words"][0], "verified");

    json(
        giver.dir.path(),
        &["withdraw", &giver.id, "--reason", "error", "--yes"],
        0,
    );
    let held = json(giver.dir.path(), &["verify", &name], 0);
    assert_eq!(held["words"][0], "verified", "the file is what it was");
    assert_eq!(held["held_here"]["words"][0], "withdrawn");
    let told = run(giver.dir.path(), &["verify", &name]);
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.contains("holds the record too: withdrawn"), "{told}");

    let mut bytes = fs::read(&path).unwrap();
    let at = bytes
        .windows(6)
        .rposition(|found| found == b"envoys" || found == b"Envoys")
        .unwrap();
    bytes[at + 1] ^= 1;
    fs::write(&path, bytes).unwrap();
    let judged = json(&nowhere, &["verify", &name], 5);
    assert_eq!(
        (judged["verdict"].as_str(), judged["id"].as_str()),
        (Some("INVALID:part"), Some(&*giver.id))
    );
    let steps = judged["steps"].as_array().unwrap();
    let failed: Vec<&str> = steps
        .iter()
        .filter(|step| step["holds"] == false)
        .map(|step| step["what"].as_str().unwrap())
        .collect();
    assert_eq!(failed.len(), 1, "{judged}");
    assert!(
        failed[0].starts_with("the card") || failed[0].starts_with("the body"),
        "{judged}"
    );
}

#[test]
fn the_text_of_a_record_goes_into_a_file_that_was_named() {
    let (giver, place) = (Giver::new(), tempdir().unwrap());
    let path = place.path().join("record.txt");
    let name = path.to_str().unwrap();
    let shown = run(giver.dir.path(), &["show", &giver.id]).stdout;
    let done = json(giver.dir.path(), &["show", &giver.id, "--out", name], 0);
    assert_eq!(done["file"], name);
    let written = fs::read(&path).unwrap();
    assert_eq!(
        String::from_utf8(written.clone()).unwrap(),
        String::from_utf8(shown).unwrap()
    );
    assert!(!written.contains(&0x1b), "no colours in a file");
    json(giver.dir.path(), &["show", &giver.id, "--out", name], 1);
}

#[test]
fn a_program_reads_the_fields_of_a_record_without_a_decoder() {
    let giver = Giver::new();
    let shown = json(giver.dir.path(), &["show", &giver.id], 0);
    let contents = &shown["contents"];
    assert_eq!(contents["card"]["title"], shown["line"]["title"], "{shown}");
    let sections = contents["body"]["sections"].as_object().unwrap();
    assert!(
        sections
            .values()
            .all(|text| !text.as_str().unwrap().is_empty())
    );
}

#[test]
fn several_feeds_are_followed_at_once_or_none() {
    let dir = tempdir().unwrap();
    init(dir.path(), "Peace Council (example)", &[]);
    json(
        dir.path(),
        &["feed", "follow", "region:ecowas", "theme:ifp", "GHA"],
        2,
    );
    let none = json(dir.path(), &["feed", "list"], 0);
    assert_eq!(none["feeds"].as_array().unwrap().len(), 0, "{none}");
    let done = run(
        dir.path(),
        &["feed", "follow", "region:ecowas", "theme:ifp", "--json"],
    );
    let lines = String::from_utf8(done.stdout).unwrap();
    let feeds: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["feed"].clone())
        .collect();
    assert_eq!(feeds, ["region:ecowas", "theme:ifp"]);
}
