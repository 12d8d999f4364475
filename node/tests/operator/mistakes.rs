//! Mistakes a person makes, and what the command says to them.

use std::path::Path;

use serde_json::Value;

use crate::command::{case, indaba, init, json};

const GOOD: &str = "---\nkind: practice\nlang: en\nmarking: clear\ntitle: Water committees (example)\nsummary: In short.\n\
    licence: CC-BY-4.0\nattribution: organisation\nregions: [ecowas]\nthemes: [IFP.NPC]\n---\n\n## Challenge\n\nHard.\n\n## Solution\n\nDone.\n";

fn write(dir: &Path, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = dir.join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The problem and the remedy of a failure.
fn said(value: &Value) -> (String, String) {
    let text = |field: &str| {
        value["error"][field]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    (text("problem"), text("hint"))
}

/// The findings about one file, as `field problem | remedy`.
fn findings(file: &Value) -> Vec<String> {
    let text = |finding: &Value, field: &str| finding[field].as_str().unwrap().to_owned();
    file["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| {
            format!(
                "{} {} | {}",
                text(f, "field"),
                text(f, "problem"),
                text(f, "remedy")
            )
        })
        .collect()
}

#[test]
fn one_bad_file_does_not_hide_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let good = write(dir.path(), "good.md", GOOD);
    let latin = write(
        dir.path(),
        "latin.md",
        GOOD.replace("In short.", "L\u{1}t.")
            .bytes()
            .map(|b| if b == 1 { 0xE9 } else { b })
            .collect::<Vec<u8>>(),
    );
    let word = write(dir.path(), "word.docx", b"PK\x03\x04\0\0");
    let empty = write(dir.path(), "empty.md", "");
    let folder = dir.path().to_str().unwrap();
    let value = json(
        dir.path(),
        &["check", &latin, &word, &empty, folder, &good],
        1,
    );
    let files = value["files"].as_array().unwrap();
    for (file, expected) in files
        .iter()
        .zip(["UTF-8", "word processor", "empty", "folder"])
    {
        let found = findings(file);
        assert!(found.len() == 1 && found[0].contains(expected), "{found:?}");
    }
    assert_eq!(files[0]["findings"][0]["line"], 6);
    assert_eq!(files[4]["publishable"], true);
    // What is not there weighs more.
    json(dir.path(), &["check", &good, "nowhere.md"], 4);
    json(dir.path(), &["check", &good], 0);
}

#[test]
fn what_would_be_signed_otherwise_than_it_was_meant_is_pointed_out() {
    let dir = tempfile::tempdir().unwrap();
    let check = |text: String, code: i32| {
        let file = write(dir.path(), "record.md", text);
        let value = json(dir.path(), &["check", &file], code);
        findings(&value["files"][0]).join("\n")
    };
    // YAML takes what follows for a comment, and half the title would be signed.
    let found = check(GOOD.replace("Water committees", "Water #1 committees"), 1);
    assert!(found.contains("title would end before ` #`"), "{found}");
    let quoted = GOOD.replace("Water committees (example)", "\"Water #1 committees\"");
    assert_eq!(check(quoted, 0), "");
    let beside = GOOD.replace("[IFP.NPC]", "[IFP.NPC] # the theme");
    assert_eq!(
        check(beside, 0),
        "",
        "a comment beside a code takes nothing away"
    );
    let found = check(GOOD.replace("licence: CC-BY-4.0\n", ""), 0);
    assert!(
        found.contains("licence is not named: `CC-BY-4.0`"),
        "{found}"
    );
    let found = check(GOOD.replace("lang: en\n", "lang: en\nday: 2999-01-01\n"), 0);
    assert!(
        found.contains("day `2999-01-01` has not come yet"),
        "{found}"
    );
    let found = check(GOOD.replace("lang: en", "lang: English"), 1);
    assert!(found.contains("did you mean `en`?"), "{found}");
    for (from, to, meant) in [
        ("[ecowas]", "[ECOWAS]", "`ecowas`"),
        ("[IFP.NPC]", "[ifp.npc]", "`IFP.NPC`"),
        ("CC-BY-4.0", "cc by 4.0", "`CC-BY-4.0`"),
        ("regions: [ecowas]", "feeds: [ecowas]", "`region:ecowas`"),
    ] {
        let found = check(GOOD.replace(from, to), 1);
        assert!(found.contains(&format!("did you mean {meant}?")), "{found}");
    }
    // A heading without its space is no text of the section before.
    let joined = GOOD.replace("## Solution", "##Solution");
    assert!(check(joined, 1).contains("make a section"));
    // Page breaks come with every text copied out of a PDF.
    assert_eq!(
        check(GOOD.replace("Hard.", "Hard.\n\n\u{C}Page two."), 0),
        ""
    );
}

#[test]
fn a_text_is_not_signed_twice_by_one_command() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path(), "Coast Dialogue Network (example)", &[]);
    let file = case("cso-network/04-hybrid-justice.md");
    let twice = json(dir.path(), &["publish", "--yes", &file, &file], 1);
    assert!(said(&twice).0.contains("is to be published as"), "{twice}");
    assert_eq!(json(dir.path(), &["status"], 8)["records"], 0);
    json(dir.path(), &["publish", "--yes", &file], 0);
    let again = json(dir.path(), &["publish", "--yes", &file], 1);
    assert!(said(&again).0.contains("was published already"), "{again}");
}

#[test]
fn who_publishes_again_after_an_interruption_is_told_what_is_left() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path(), "Coast Dialogue Network (example)", &[]);
    let [one, two, three] = [
        "04-hybrid-justice.md",
        "06-envoys-dilemma.md",
        "05-consult-troop-contributors.md",
    ]
    .map(|name| case(&format!("cso-network/{name}")));
    json(dir.path(), &["publish", "--yes", &one, &two], 0);
    let all = json(dir.path(), &["publish", "--yes", &one, &two], 1);
    assert!(
        said(&all).0.contains("all 2 files were published already"),
        "{all}"
    );
    let some = json(dir.path(), &["publish", "--yes", &one, &two, &three], 1);
    let (problem, hint) = said(&some);
    assert!(problem.contains("2 of 3 files"), "{some}");
    assert!(
        hint.contains(&three) && !hint.contains(&one) && !hint.contains(&two),
        "{some}"
    );
    json(dir.path(), &["publish", "--yes", &three], 0);
}

#[test]
fn a_search_says_how_far_it_looked() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path(), "Coast Dialogue Network (example)", &[]);
    let files =
        ["04-hybrid-justice.md", "06-envoys-dilemma.md"].map(|f| case(&format!("cso-network/{f}")));
    json(dir.path(), &["publish", "--yes", &files[0], &files[1]], 0);
    let one = json(dir.path(), &["search", "the", "--limit", "1"], 0);
    assert_eq!((&one["looked_at"], &one["more"]), (&1.into(), &true.into()));
    let all = json(dir.path(), &["search", "the"], 0);
    assert_eq!(
        (&all["looked_at"], &all["more"]),
        (&2.into(), &false.into())
    );
}

#[test]
fn what_is_mistyped_is_led_to_what_was_meant() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path(), "Coast Dialogue Network (example)", &[]);
    for (args, meant) in [
        (&["pubish"][..], "did you mean publish?"),
        (&["feed", "lst"], "did you mean list?"),
        (&["up", "--profile", "leen"], "did you mean lean?"),
        (
            &["feed", "follow", "ecowas"],
            "did you mean `region:ecowas`?",
        ),
        (
            &["feed", "show", "Country:GHA"],
            "did you mean `country:gha`?",
        ),
        (&["new", "practise"], "did you mean `practice`?"),
    ] {
        let (problem, hint) = said(&json(dir.path(), args, 2));
        assert!(
            format!("{problem} {hint}").contains(meant),
            "{args:?}: {problem} | {hint}"
        );
    }
    let file = write(dir.path(), "record.md", GOOD);
    let (problem, hint) = said(&json(dir.path(), &["verify", &file], 5));
    assert!(problem.contains("it is a text") && hint.contains("indaba check"));
}

#[test]
fn nobody_is_accepted_by_a_shortened_id_without_the_fingerprint() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    init(dir.path(), "Coast Dialogue Network (example)", &[]);
    init(
        other.path(),
        "National Peace Council of Sembe (example)",
        &[],
    );
    let invitation = json(other.path(), &["invite"], 0)["invitation"]
        .as_str()
        .unwrap()
        .to_owned();
    let accepted = json(dir.path(), &["trust", "anchor", &invitation, "--yes"], 0);
    assert_eq!(
        accepted["name"],
        "National Peace Council of Sembe (example)"
    );
    let list = json(dir.path(), &["trust", "list"], 0);
    let short = list["accepted"][0]["short"].as_str().unwrap();
    // Consent is asked for, and here there is nobody to give it.
    json(dir.path(), &["trust", "anchor", short], 2);
    json(dir.path(), &["trust", "anchor", short, "--yes"], 0);
    json(dir.path(), &["trust", "anchor", "zzzzz", "--yes"], 4);
    // Whoever types the fingerprint has compared it; a digit that was heard wrongly is noticed.
    let fingerprint = accepted["fingerprint"].as_str().unwrap();
    let typed = json(dir.path(), &["trust", "anchor", fingerprint], 0);
    assert_eq!(typed["institution"], accepted["institution"]);
    let last = fingerprint.chars().next_back().and_then(|c| c.to_digit(10));
    let wrong = format!("{}{}", &fingerprint[..46], (last.unwrap() + 1) % 10);
    json(dir.path(), &["trust", "anchor", &wrong], 2);
    let nobody = "00000 00000 00000 00000 00000 00000 00000 00000";
    json(dir.path(), &["trust", "anchor", nobody], 4);
}

#[test]
fn help_is_a_command_too() {
    let dir = tempfile::tempdir().unwrap();
    for args in [
        &["help"][..],
        &["help", "publish"],
        &["help", "feed", "follow"],
    ] {
        let output = indaba(dir.path(), args).output().unwrap();
        assert!(output.status.success(), "{args:?}");
        assert!(
            String::from_utf8(output.stdout)
                .unwrap()
                .contains("Examples:")
        );
    }
}
