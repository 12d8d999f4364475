//! Trust as it is typed: vouching, taking back, why, policy, charters.

use std::path::Path;

use serde_json::Value;

use crate::command::{case, init, json, run};

/// A node, with its id, and what others need to accept it.
struct Office {
    dir: tempfile::TempDir,
    id: String,
    invitation: String,
}

impl Office {
    fn new(name: &str) -> Office {
        let dir = tempfile::tempdir().unwrap();
        init(dir.path(), name, &[]);
        let said = json(dir.path(), &["invite"], 0);
        let invitation = said["invitation"].as_str().unwrap().to_owned();
        let shown = json(dir.path(), &["institution", "show"], 0);
        let id = shown["institution"].as_str().unwrap().to_owned();
        Office {
            dir,
            id,
            invitation,
        }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn json(&self, args: &[&str], code: i32) -> Value {
        json(self.path(), args, code)
    }

    fn is_accepted(&self, subject: &Office, more: &[&str]) -> bool {
        let mut args = vec!["trust", "explain", subject.id.as_str()];
        args.extend(more);
        self.json(&args, 0)["accepted"].as_bool().unwrap()
    }

    /// Everything that this one holds, as if a peer had sent it.
    fn hears(&self, other: &Office) -> Value {
        let file = other.path().join("out.backup");
        let _ = std::fs::remove_file(&file);
        let file = file.to_str().unwrap();
        other.json(&["store", "export", file], 0);
        self.json(&["store", "import", file], 0)
    }

    fn sentences(&self, subject: &str) -> String {
        let answers = self.json(&["trust", "explain", subject], 0)["answers"].clone();
        let said = answers.as_array().unwrap().iter();
        let said = said.flat_map(|answer| answer["sentences"].as_array().unwrap());
        let said: Vec<&str> = said.map(|sentence| sentence.as_str().unwrap()).collect();
        said.join("\n")
    }
}

#[test]
fn a_vouch_is_said_heard_elsewhere_and_taken_back() {
    let (council, network, reader) = (
        Office::new("Council (example)"),
        Office::new("Network (example)"),
        Office::new("Reader (example)"),
    );
    let id = network.id.as_str();
    let vouch = |more: &[&str], code| {
        let mut args = vec!["trust", "vouch", id, "--level", "identity"];
        args.extend(["--for", "region:ecowas", "--words", "Member since 2019."]);
        args.extend(more);
        council.json(&args, code)
    };
    // Without --yes there is nobody to ask.
    vouch(&[], 2);
    assert_eq!(
        vouch(&["--dry-run"], 0)["schema"],
        "indaba/trust-vouch-preview/1"
    );
    assert!(!council.is_accepted(&network, &[]), "nothing was signed");
    let said = vouch(&["--yes"], 0);
    assert_eq!(said["schema"], "indaba/trust-vouch/1");
    assert!(council.is_accepted(&network, &["--feed", "region:ecowas"]));
    assert!(!council.is_accepted(&network, &["--feed", "region:sadc"]));
    let text = run(council.path(), &["trust", "explain", id]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("In part only"), "{text}");
    assert!(
        vouch(&["--yes"], 2)["error"]["problem"]
            .as_str()
            .unwrap()
            .contains("published already")
    );
    council.json(&["trust", "vouch", council.id.as_str(), "--yes"], 2);
    council.json(&["trust", "vouch", id, "--for", "theme:trj", "--yes"], 2);

    // Another node hears it, and counts it as far as it trusts who vouches.
    let anchor = council.invitation.as_str();
    reader.json(&["trust", "anchor", anchor, "--yes"], 0);
    reader.hears(&council);
    assert!(
        !reader.is_accepted(&network, &[]),
        "one of several that are needed"
    );
    let why = reader.sentences(id);
    assert!(
        why.contains("You ask for 2, at least 1 of them an anchor's own vouch."),
        "{why}"
    );
    reader.json(&["trust", "anchor", anchor, "--full", "--yes"], 0);
    assert!(reader.is_accepted(&network, &[]));
    let why = reader.sentences(id);
    assert!(why.contains("You trust Council (example) fully"), "{why}");
    let list = reader.json(&["trust", "list"], 0);
    let by: Vec<(&str, &str, &str)> = list["accepted"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let text = |name: &str| one[name].as_str().unwrap();
            (text("id"), text("by"), text("extent"))
        })
        .collect();
    assert!(
        by.contains(&(council.id.as_str(), "anchor", "everywhere")),
        "{by:?}"
    );
    assert!(by.contains(&(id, "vouches", "limited")), "{by:?}");

    // Said once more for everything; to take it back, both are named.
    council.json(&["trust", "vouch", id, "--yes"], 0);
    let revoke = ["trust", "revoke-vouch", id, "--reason", "error"];
    let dry = council.json(&[&revoke[..], &["--dry-run"]].concat(), 0);
    assert_eq!(dry["vouches"].as_array().unwrap().len(), 2);
    assert!(council.is_accepted(&network, &[]), "nothing was signed");
    let said = council.json(&[&revoke[..], &["--yes"]].concat(), 0);
    assert_eq!(said["vouches"].as_array().unwrap().len(), 2);
    assert_eq!(said["withdrawals"].as_array().unwrap().len(), 1);
    assert!(!council.is_accepted(&network, &[]));
    council.json(&[&revoke[..], &["--yes"]].concat(), 4);
    reader.hears(&council);
    assert!(!reader.is_accepted(&network, &[]));
    // And what was taken back can be said again.
    vouch(&["--yes"], 0);
    assert!(council.is_accepted(&network, &[]));
}

#[test]
fn the_policy_is_shown_changed_within_its_bounds_and_kept() {
    let (council, network) = (
        Office::new("Council (example)"),
        Office::new("Network (example)"),
    );
    let shown = council.json(&["trust", "policy", "show"], 0);
    assert_eq!(
        [&shown["threshold"], &shown["direct"], &shown["depth"]],
        [2, 1, 2]
    );
    council.json(&["trust", "policy", "set"], 2);
    council.json(&["trust", "policy", "set", "--paths", "1"], 2);
    council.json(&["trust", "policy", "set", "--own-vouches", "3"], 2);
    council.json(&["trust", "policy", "set", "--level", "friend"], 2);
    // What lets impostors in is not set without consent.
    council.json(&["trust", "policy", "set", "--own-vouches", "0"], 2);
    let changed = council.json(
        &["trust", "policy", "set", "--paths", "3", "--length", "1"],
        0,
    );
    assert_eq!([&changed["threshold"], &changed["depth"]], [3, 1]);
    let shown = council.json(&["trust", "policy", "show"], 0);
    assert_eq!(shown["threshold"], 3);

    let id = network.id.as_str();
    council.json(&["trust", "vouch", id, "--yes"], 0);
    assert!(council.is_accepted(&network, &[]));
    council.json(&["trust", "refuse", id], 0);
    assert!(!council.is_accepted(&network, &[]));
    assert!(council.sentences(id).contains("You refuse it"));
    council.json(&["trust", "refuse", "--undo", id], 0);
    council.json(&["trust", "refuse", "--undo", id], 4);
    assert!(council.is_accepted(&network, &[]));
    council.json(&["trust", "refuse", council.id.as_str()], 2);
}

#[test]
fn a_charter_is_published_accepted_cosigned_and_dropped() {
    let (commission, court, member) = (
        Office::new("Commission (example)"),
        Office::new("Court (example)"),
        Office::new("Member (example)"),
    );
    let file = commission.path().join("charter.md");
    let text = format!(
        "---\nkind: charter\nlang: en\nmarking: clear\ntitle: Charter of the region (example)\nregion: ecowas\nstewards: [{}, {}]\n\
         threshold: 2\nadmission: {{state: 1, cso: 1}}\nlicence: CC-BY-4.0\nattribution: organisation\n---\n\n## Rule\n\nTwo stewards agree.\n",
        commission.id, court.id
    );
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let publish = ["trust", "charter", "publish", file];
    commission.json(&[&publish[..], &["--dry-run"]].concat(), 0);
    commission.json(&[&publish[..], &["--yes"]].concat(), 0);
    // A record of another kind is no charter.
    let other = case("cso-network/01-argentina-truth-trials-memory.md");
    commission.json(&["trust", "charter", "publish", &other, "--yes"], 2);
    let state = |office: &Office| {
        let shown = office.json(&["trust", "charter", "show", "ecowas"], 0);
        (
            !shown["accepted"].is_null(),
            shown["in_force"].as_bool().unwrap(),
        )
    };
    assert_eq!(state(&commission), (false, false));

    court.json(&["trust", "charter", "accept", "ecowas", "--yes"], 4);
    court.json(
        &["trust", "anchor", commission.invitation.as_str(), "--yes"],
        0,
    );
    court.hears(&commission);
    court.json(&["trust", "charter", "accept", "ecowas"], 2);
    court.json(&["trust", "charter", "accept", "ecowas", "--yes"], 0);
    assert_eq!(state(&court), (true, false), "one of two stewards agreed");
    court.json(&["trust", "charter", "cosign", "ecowas", "--yes"], 0);
    assert_eq!(state(&court), (true, true));
    assert!(court.is_accepted(&commission, &[]));

    // A steward's vouch admits a member, in the region and nowhere else.
    commission.json(&["trust", "vouch", member.id.as_str(), "--yes"], 0);
    court.hears(&commission);
    assert!(court.is_accepted(&member, &["--feed", "region:ecowas"]));
    assert!(!court.is_accepted(&member, &["--feed", "region:sadc"]));
    let why = court.json(
        &[
            "trust",
            "explain",
            member.id.as_str(),
            "--feed",
            "region:ecowas",
        ],
        0,
    );
    let said = why["answers"][0]["sentences"].to_string();
    assert!(said.contains("a steward of the charter ecowas"), "{said}");
    court.json(&["trust", "charter", "drop", "ecowas"], 0);
    court.json(&["trust", "charter", "drop", "ecowas"], 4);
    assert!(!court.is_accepted(&member, &["--feed", "region:ecowas"]));
}

#[test]
fn what_waits_is_shown_as_unvouched_and_verify_says_why() {
    let (council, reader) = (
        Office::new("Council (example)"),
        Office::new("Reader (example)"),
    );
    let id = reader.id.as_str();
    let said = council.json(&["trust", "vouch", id, "--yes"], 0);
    let record = said["record"].as_str().unwrap();
    assert!(
        reader.json(&["trust", "waiting"], 0)["waiting"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    reader.hears(&council);
    let waiting = reader.json(&["trust", "waiting"], 0)["waiting"].clone();
    let waiting = waiting.as_array().unwrap();
    assert_eq!(
        waiting.len(),
        4,
        "inception, state, head and vouch: {waiting:?}"
    );
    assert!(waiting.iter().all(|one| one["word"] == "unvouched"));
    assert!(
        waiting
            .iter()
            .all(|one| one["claimed_name"] == "Council (example)")
    );
    let text = run(reader.path(), &["trust", "waiting"]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(
        text.contains("unvouched") && text.contains("claimed"),
        "{text}"
    );
    let view = reader.json(&["trust", "explain", record], 0);
    assert_eq!(view["accepted"], false);
    assert_eq!(view["institution"]["id"], council.id);
    // Control: once it is accepted nothing waits, and the record says why.
    reader.json(&["trust", "anchor", council.id.as_str(), "--yes"], 0);
    assert!(
        reader.json(&["trust", "waiting"], 0)["waiting"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let verified = reader.json(&["verify", record], 0);
    let steps = verified["steps"].as_array().unwrap();
    let trust = steps.iter().find(|step| step["what"] == "trust").unwrap();
    assert!(
        trust["detail"]
            .as_str()
            .unwrap()
            .contains("one of your anchors"),
        "{trust}"
    );
    let shown = reader.json(&["show", record], 0);
    assert!(
        shown["why"][0].as_str().unwrap().contains("is accepted"),
        "{shown}"
    );
}

#[test]
fn a_name_that_looks_like_another_is_said_before_it_is_accepted() {
    let (council, reader) = (
        Office::new("Council (example)"),
        Office::new("Reader (example)"),
    );
    // The second letter is a Cyrillic one.
    let impostor = Office::new("C\u{43e}uncil (example)");
    let anchor = |office: &Office| {
        let output = run(
            reader.path(),
            &["trust", "anchor", office.invitation.as_str(), "--yes"],
        );
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(!anchor(&council).contains("looks like"), "the genuine one");
    let said = anchor(&impostor);
    assert!(said.contains("looks like Council (example)"), "{said}");
    assert!(said.contains("several scripts"), "{said}");
    let list = reader.json(&["trust", "list"], 0);
    let accepted = list["accepted"].as_array().unwrap();
    let found = accepted
        .iter()
        .find(|one| one["id"] == impostor.id.as_str());
    let marks = &found.unwrap()["marks"];
    assert_eq!(marks.as_array().unwrap().len(), 2, "{marks}");
}
