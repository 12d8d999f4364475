//! Mistakes in what was published already: corrected, taken back, and told when nothing would come of it.

use std::path::Path;

use serde_json::Value;

use super::command::{init, json, run};

pub(crate) fn write(dir: &Path, name: &str, text: &str) -> String {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

pub(crate) fn talk(dir: &Path, args: &[&str]) -> (String, String) {
    let output = run(dir, args);
    (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// A practice for two feeds.
pub(crate) const PRACTICE: &str = "---
kind: practice
lang: en
marking: clear
title: A record for two feeds (example)
summary: A summary.
licence: CC-BY-4.0
attribution: organisation
countries: [GHA]
regions: [ecowas]
---

## Challenge

It was hard.

## Solution

It was done.
";

pub(crate) fn publish(dir: &Path, name: &str, text: &str) -> String {
    let file = write(dir, name, text);
    let done = json(dir, &["publish", "--yes", &file], 0);
    done["records"][0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_withdrawal_that_would_be_without_effect_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path(), "Coast Dialogue Network (example)", &[]);
    let id = publish(dir.path(), "practice.md", PRACTICE);
    let withdrawal = |feeds: &str| {
        let text = format!(
            "---\nkind: withdrawal\nlang: en\nmarking: clear\n{feeds}links: {{withdraws: [{id}]}}\nreason: error\n---\n"
        );
        write(dir.path(), "withdrawal.md", &text)
    };
    let file = withdrawal("feeds: [region:ecowas]\n");
    let refused = json(dir.path(), &["publish", "--yes", &file], 1);
    let problem = refused["error"]["problem"].as_str().unwrap();
    assert!(
        problem.contains("country:gha") && problem.contains("without effect"),
        "{problem}"
    );
    let state = |word: &str| {
        let shown = json(dir.path(), &["show", &id], 0);
        assert_eq!(shown["line"]["words"][0], word, "{shown}");
    };
    state("verified");
    // Left out, the feeds are those of the record.
    let file = withdrawal("");
    let (checked, _) = talk(dir.path(), &["check", &file]);
    assert!(
        checked.contains("the feeds of the record it belongs to"),
        "{checked}"
    );
    json(dir.path(), &["publish", "--yes", &file], 0);
    state("withdrawn");
    let shown = json(dir.path(), &["show", &id], 0);
    assert_eq!(shown["holders"], Value::Array(Vec::new()));
}

#[test]
fn a_record_is_corrected_and_taken_back_by_one_command_each() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path(), "Coast Dialogue Network (example)", &[]);
    let id = publish(dir.path(), "practice.md", PRACTICE);
    let state = |id: &str| json(dir.path(), &["show", id], 0)["line"]["words"][0].clone();

    // The same title once more is pointed at: perhaps it is the old record that is meant.
    let corrected = PRACTICE.replace("It was done.", "It was done twice.");
    let file = write(dir.path(), "practice.md", &corrected);
    let preview = json(dir.path(), &["publish", "--dry-run", &file], 0);
    let warned = preview["warnings"].to_string();
    assert!(
        warned.contains("indaba revise") && warned.contains(&id),
        "{warned}"
    );

    let short = &id[7..20];
    let revise = |code| {
        json(
            dir.path(),
            &["revise", short, &file, "--reason", "Twice.", "--yes"],
            code,
        )
    };
    json(dir.path(), &["revise", short, &file, "--reason", ""], 2);
    let second = revise(0)["records"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (state(&id), state(&second)),
        ("superseded".into(), "verified".into())
    );
    let shown = json(dir.path(), &["show", &second], 0);
    assert_eq!(
        shown["line"]["feeds"],
        serde_json::json!(["country:gha", "region:ecowas"])
    );
    let refused = revise(9);
    assert!(
        refused["error"]["problem"]
            .as_str()
            .unwrap()
            .contains("superseded already")
    );

    json(
        dir.path(),
        &["withdraw", &second, "--reason", "mistake", "--yes"],
        2,
    );
    let withdraw = |code| {
        let note = "A \"quoted\" word: and more";
        json(
            dir.path(),
            &[
                "withdraw", &second, "--reason", "error", "--note", note, "--yes",
            ],
            code,
        )
    };
    withdraw(0);
    assert_eq!(state(&second), "withdrawn");
    let shown = json(dir.path(), &["show", &second], 0);
    assert_eq!(shown["effects"][0]["note"], "A \"quoted\" word: and more");
    withdraw(9);
}

#[test]
fn an_answer_goes_where_its_record_is_and_a_publisher_is_told_to_listen() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path(), "Coast Dialogue Network (example)", &[]);
    let file = write(dir.path(), "practice.md", PRACTICE);
    let (_, told) = talk(dir.path(), &["publish", "--yes", &file]);
    assert!(
        told.contains("indaba") && told.contains("feed follow country:gha"),
        "{told}"
    );
    json(dir.path(), &["feed", "follow", "country:gha"], 0);
    let lesson = PRACTICE.replace("(example)", "once more (example)");
    let file = write(dir.path(), "lesson.md", &lesson);
    let (published, told) = talk(dir.path(), &["publish", "--yes", &file]);
    assert!(!told.contains("feed follow"), "{told}");
    let id = published.split_whitespace().nth(1).unwrap();

    // The form lacks its link and its stance; that the feeds follow from the link need not be said.
    let (form, _) = talk(dir.path(), &["new", "response"]);
    let unfilled = write(dir.path(), "response.md", &form);
    let (told, _) = talk(dir.path(), &["check", &unfilled]);
    assert!(
        told.contains("links.responds-to") && !told.contains("feeds is missing"),
        "{told}"
    );
    let response = format!(
        "---\nkind: response\nlang: en\nmarking: clear\nlinks: {{responds-to: [{id}]}}\nstance: contest\n---\n"
    );
    let answer = publish(dir.path(), "response.md", &response);
    let shown = json(dir.path(), &["show", &answer], 0);
    assert_eq!(
        shown["line"]["feeds"],
        serde_json::json!(["country:gha", "region:ecowas"])
    );
}

#[test]
fn a_withdrawal_names_the_versions_that_stay_readable() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path(), "Coast Dialogue Network (example)", &[]);
    let first = publish(dir.path(), "practice.md", PRACTICE);
    let withdraw = |id: &str| {
        let args = [
            "withdraw", id, "--reason", "safety", "--note", "A map.", "--yes",
        ];
        talk(dir.path(), &args).1
    };
    let revise = |old: &str, done: &str| {
        let text = PRACTICE.replace("It was done.", done);
        let file = write(dir.path(), "next.md", &text);
        let args = ["revise", old, &file, "--reason", "It grew.", "--yes"];
        let (published, told) = talk(dir.path(), &args);
        // What is signed with it is shown first: which record, and why.
        assert!(
            told.contains("revises  A record for two feeds (example)") && told.contains("It grew."),
            "{told}"
        );
        published.split_whitespace().nth(1).unwrap().to_owned()
    };
    // The wrong file: in another language it takes nobody's place unnoticed.
    let other = write(
        dir.path(),
        "other.md",
        &PRACTICE.replace("lang: en", "lang: fr"),
    );
    let args = ["revise", &first, &other, "--reason", "X.", "--dry-run"];
    let warned = json(dir.path(), &args, 0)["warnings"].to_string();
    assert!(warned.contains("indaba new translation"), "{warned}");
    let second = revise(&first, "It was done twice.");
    let third = revise(&second, "It was done three times.");
    let short = |id: &str| id[7..17].to_owned();
    let left = |told: &str, id: &str| {
        told.contains(&format!(
            "{0} is another version of the same text and stays readable; to take it back as well: indaba withdraw {0} --reason safety",
            short(id)
        ))
    };
    let told = withdraw(&third.to_uppercase());
    assert!(told.contains("A map."), "{told}");
    assert!(left(&told, &first) && left(&told, &second), "{told}");
    assert!(!left(&told, &third), "{told}");
    let told = withdraw(&first);
    assert!(left(&told, &second) && !left(&told, &third), "{told}");
    let told = withdraw(&second);
    assert!(!told.contains("stays readable"), "{told}");

    // What was withdrawn can be published again, and whoever does it is told; there is nothing to revise.
    let file = write(dir.path(), "practice.md", PRACTICE);
    let preview = json(dir.path(), &["publish", "--dry-run", &file], 0);
    let warned = preview["warnings"].to_string();
    assert!(
        warned.contains("withdrew it") && !warned.contains("indaba revise"),
        "{warned}"
    );
}

#[test]
fn an_answer_to_a_record_that_is_not_here_says_so() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path(), "Coast Dialogue Network (example)", &[]);
    let own = json(dir.path(), &["status"], 8)["institution"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let text = format!(
        "---\nkind: response\nlang: en\nmarking: clear\nlinks: {{responds-to: [{own}]}}\nstance: endorse\n---\n"
    );
    let file = write(dir.path(), "response.md", &text);
    let refused = json(dir.path(), &["publish", "--yes", &file], 4);
    let problem = refused["error"]["problem"].as_str().unwrap();
    assert!(problem.contains("is not held here"), "{problem}");
}
