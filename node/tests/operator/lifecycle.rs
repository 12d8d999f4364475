//! An institution over the years, seen by a neighbour: a stolen node key, its cut, what is adopted, new root keys, a merger.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::ceremony::{Ceremony, OFFICERS};
use crate::command::{Up, json};

/// Longest time a statement may take to the neighbour on this machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn record(title: &str, feeds: &str) -> String {
    format!(
        "---\nkind: lesson\nlang: en\nmarking: clear\nfeeds: [{feeds}]\ntitle: {title} (example)\nsummary: A lesson of the example ministry.\n\
         licence: CC-BY-4.0\nattribution: organisation\n---\n\n## What happened\n\n{title}.\n\n## Lesson\n\nWrite it down.\n"
    )
}

fn publish(ceremony: &Ceremony, title: &str, feeds: &str) -> String {
    let file = ceremony.file("record.md");
    std::fs::write(&file, record(title, feeds)).unwrap();
    let published = json(&ceremony.node(), &["publish", "--yes", &file], 0);
    published["records"][0]["id"].as_str().unwrap().to_owned()
}

/// Waits until the neighbour shows a record by this word.
fn until_shown(neighbour: &Path, id: &str, word: &str) {
    until(neighbour, &["show", id], |shown| {
        shown["line"]["words"][0] == word
    });
}

/// Waits until the neighbour's answer is as it should be.
fn until(neighbour: &Path, args: &[&str], holds: impl Fn(&Value) -> bool) {
    let begun = Instant::now();
    loop {
        let output = crate::command::indaba(neighbour, args)
            .arg("--json")
            .output()
            .unwrap();
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        if holds(&value) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{args:?}: {value}");
    }
}

impl Ceremony {
    /// Lets keys sign copies of a proposal, combines them and gives the result to the node.
    fn decide(&self, proposal: &str, keys: &[(&str, &str)]) -> Value {
        let mut copies = Vec::new();
        for (officer, key) in keys {
            self.sign(officer, key, proposal, 0);
            copies.push(self.file(&format!("{proposal}-{officer}-{key}")));
        }
        let out = self.file(&format!("{proposal}.institution"));
        let mut args = vec!["institution", "combine"];
        args.extend(copies.iter().map(String::as_str));
        args.extend(["--out", &out]);
        self.at("deputy", &args, 0);
        json(&self.node(), &["institution", "take", &out], 0)
    }
}

const ROOTS: [(&str, &str); 3] = [
    ("deputy", "root"),
    ("secretary", "root"),
    ("adviser", "root"),
];

#[test]
fn a_stolen_node_key_is_cut_root_keys_are_replaced_and_every_word_is_right_elsewhere() {
    let ceremony = Ceremony::founded();
    let node = ceremony.node();
    let neighbour = tempfile::tempdir().unwrap();
    let neighbour = neighbour.path();
    let listen = ["--listen", "/ip4/127.0.0.1/tcp/0"];
    let (up, value) = Up::start(&node, &listen);
    // Restarted, it is found where it was.
    let address = value["listening"][0].as_str().unwrap().to_owned();
    let same = ["--listen", address.split("/p2p/").next().unwrap()];
    let first = publish(&ceremony, "Water committees", "region:ecowas, theme:trj");
    let second = publish(&ceremony, "Boundary walks", "theme:trj");
    let stolen = publish(
        &ceremony,
        "What the thief wrote",
        "region:ecowas, theme:trj",
    );
    let later = publish(&ceremony, "Ours, after the theft", "region:ecowas");

    let invitation = json(&node, &["invite"], 0)["invitation"]
        .as_str()
        .unwrap()
        .to_owned();
    let args = [
        "init",
        "--join",
        &invitation,
        "--name",
        "Coast Dialogue Network (example)",
        "--kind",
        "cso",
        "--yes",
    ];
    let own = json(neighbour, &args, 0)["institution"]
        .as_str()
        .unwrap()
        .to_owned();
    json(neighbour, &["feed", "follow", "region:ecowas"], 0);
    json(neighbour, &["feed", "follow", "theme:trj"], 0);
    let (_up, _) = Up::start(neighbour, &listen);
    for id in [&first, &second, &stolen, &later] {
        until_shown(neighbour, id, "verified");
    }

    // The cut: a line must be drawn, and it must be the same in every feed.
    let institution = json(&node, &["institution", "show"], 0);
    let ministry = institution["institution"].as_str().unwrap().to_owned();
    let key = json(&node, &["status"], 0)["node_key"]
        .as_str()
        .unwrap()
        .to_owned();
    json(
        &node,
        &[
            "institution",
            "node-key",
            "--public",
            &ceremony.file("next.node"),
        ],
        0,
    );
    let (out, next) = (ceremony.file("cut"), ceremony.file("next.node"));
    let revoke = |line: &[&str], code| {
        let mut args = vec!["institution", "revoke", &key, "--reason", "compromised"];
        args.extend(line);
        args.extend(["--delegate", &next, "--out", &out]);
        json(&node, &args, code)
    };
    revoke(&[], 2);
    let crooked = revoke(&["--last", &second, "--last", &later], 9);
    let problem = crooked["error"]["problem"].as_str().unwrap();
    assert!(problem.contains("contradicts itself"), "{problem}");
    let proposed = revoke(&["--first-bad", &stolen], 0);
    assert_eq!(
        (&proposed["cut"]["kept"], &proposed["cut"]["void"]),
        (&2.into(), &2.into())
    );
    let taken = ceremony.decide("cut", &ROOTS);
    assert_eq!(
        (&taken["version"], &taken["key_changed"]),
        (&2.into(), &true.into()),
        "{taken}"
    );

    for id in [&stolen, &later] {
        until_shown(neighbour, id, "signed after the cut");
    }
    until_shown(neighbour, &first, "verified");
    until_shown(neighbour, &second, "verified");
    // The running node still holds the key that was cut, and is refused; restarted, it signs with the next one.
    let file = ceremony.file("record.md");
    json(&node, &["publish", "--yes", &file], 9);
    drop(up);
    let (_up, _) = Up::start(&node, &same);
    let with_next = publish(&ceremony, "Under the next key", "region:ecowas");

    // Their own record after the theft is adopted; the thief's is not.
    let (adopt, later_id) = (ceremony.file("adopt"), later.as_str());
    json(&node, &["institution", "adopt", &first, "--out", &adopt], 9);
    json(
        &node,
        &["institution", "adopt", later_id, "--out", &adopt],
        0,
    );
    assert_eq!(ceremony.decide("adopt", &ROOTS)["version"], 3);

    // New root keys: three officers bring their reserve into force.
    let mut args: Vec<String> = ["institution", "propose", "--rotate", "--threshold", "3"]
        .map(String::from)
        .to_vec();
    for (place, officer) in OFFICERS.into_iter().enumerate() {
        let mut public = ceremony.file(&format!("{officer}.officer"));
        if (1..4).contains(&place) {
            let role = format!("The {officer} (example)");
            let (from, reserve) = (
                ceremony.file(&format!("{officer}/reserve.key")),
                ceremony.file(&format!("{officer}/reserve-2.key")),
            );
            public = ceremony.file(&format!("{officer}-2.officer"));
            let args = [
                "institution",
                "keys",
                "--role",
                &role,
                "--from-reserve",
                &from,
                "--reserve",
                &reserve,
                "--public",
                &public,
                "--network",
                "test.example",
                "--unsealed",
            ];
            ceremony.at(officer, &args, 0);
        }
        args.extend(["--officer".to_owned(), public]);
    }
    args.extend(["--out".to_owned(), ceremony.file("rotation")]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let rotation = json(&node, &args, 0);
    assert_eq!(rotation["needs"].as_array().unwrap().len(), 3);
    let reserves = [
        ("deputy", "reserve"),
        ("secretary", "reserve"),
        ("adviser", "reserve"),
    ];
    let both: Vec<_> = ROOTS.into_iter().chain(reserves).collect();
    assert_eq!(ceremony.decide("rotation", &both)["version"], 4);

    // The merger is signed by the new keys.
    let merger = ceremony.file("merger");
    json(
        &node,
        &[
            "institution",
            "propose",
            "--merged-into",
            &own,
            "--out",
            &merger,
        ],
        0,
    );
    ceremony.sign("deputy", "root", "merger", 9);
    assert_eq!(ceremony.decide("merger", &reserves)["version"], 5);

    until(neighbour, &["institution", "show", &ministry], |shown| {
        shown["version"] == 5
    });
    let shown = json(neighbour, &["institution", "show", &ministry], 0);
    let told = shown["told"].to_string();
    assert!(
        told.contains(&format!("it merged into institution {own}")),
        "{told}"
    );
    assert_eq!(shown["history"].as_array().unwrap().len(), 5);
    // The feeds that this reader follows are named, though a cut list holds only their hashes.
    assert!(told.contains("region:ecowas up to #1"), "{told}");
    assert_eq!(shown["fingerprint"], institution["fingerprint"]);
    for id in [&first, &second, &with_next, &later] {
        until_shown(neighbour, id, "verified");
    }
    until_shown(neighbour, &stolen, "signed after the cut");
    assert_eq!(
        json(neighbour, &["show", later_id], 0)["line"]["verdict"],
        "ADOPTED"
    );
}

#[test]
fn an_institution_whose_node_key_is_lost_goes_on_with_another_one() {
    let ceremony = Ceremony::founded();
    let node = ceremony.node();
    let first = publish(&ceremony, "Water committees", "region:ecowas");
    let lost = json(&node, &["status"], 8)["node_key"]
        .as_str()
        .unwrap()
        .to_owned();
    std::fs::remove_file(node.join("keys/node.key")).unwrap();
    let told = json(&node, &["status"], 4)["error"]["hint"].to_string();
    assert!(
        told.contains("institution node-key") && !told.contains("indaba init"),
        "{told}"
    );

    let (public, out) = (ceremony.file("next.node"), ceremony.file("lost"));
    let made = json(&node, &["institution", "node-key", "--public", &public], 0);
    assert_eq!(
        (&made["replaces_lost"], &made["next"]),
        (&true.into(), &false.into()),
        "{made}"
    );
    let file = ceremony.file("record.md");
    std::fs::write(&file, record("Boundary walks", "region:ecowas")).unwrap();
    // The control: nobody signs with it before the root keys say so.
    let output = crate::command::run(&node, &["publish", "--yes", &file]);
    assert!(!output.status.success(), "{output:?}");
    let revoke = [
        "institution",
        "revoke",
        &lost,
        "--reason",
        "retired",
        "--delegate",
        &public,
        "--out",
        &out,
    ];
    json(&node, &revoke, 0);
    let taken = ceremony.decide("lost", &ROOTS);
    assert_eq!(taken["may_sign"], true, "{taken}");
    json(&node, &["publish", "--yes", &file], 0);
    // What was published with the lost key is not published once more.
    std::fs::write(&file, record("Water committees", "region:ecowas")).unwrap();
    let again = json(&node, &["publish", "--yes", &file], 1)["error"]["problem"].to_string();
    assert!(again.contains("was published already"), "{again}");
    // What the lost key signed stays good.
    until_shown(&node, &first, "verified");
}

#[test]
fn an_alarm_by_another_node_disputes_until_the_root_keys_decide() {
    let ceremony = Ceremony::founded();
    let node = ceremony.node();
    let branch = tempfile::tempdir().unwrap();
    let branch = branch.path();
    // A second node of the ministry, which may post to one region only.
    let (public, out) = (ceremony.file("branch.node"), ceremony.file("branch"));
    json(branch, &["institution", "node-key", "--public", &public], 0);
    let scoped = [
        "institution",
        "propose",
        "--delegate",
        &public,
        "--feeds",
        "region:ecowas",
        "--out",
        &out,
    ];
    let told = json(&node, &scoped, 0)["told"].to_string();
    assert!(told.contains("only in the feeds region:ecowas"), "{told}");
    let taken = ceremony.decide("branch", &ROOTS);
    assert_eq!(
        (&taken["version"], &taken["key_changed"]),
        (&2.into(), &false.into())
    );
    let settled = ceremony.file("branch.institution");
    json(branch, &["institution", "take", &settled, "--yes"], 0);

    let first = publish(&ceremony, "Water committees", "region:ecowas");
    let stolen = publish(&ceremony, "What the thief wrote", "region:ecowas");
    let (_up, value) = Up::start(&node, &["--listen", "/ip4/127.0.0.1/tcp/0"]);
    let address = value["listening"][0].as_str().unwrap().to_owned();
    json(branch, &["feed", "follow", "region:ecowas"], 0);
    json(branch, &["peer", "add", &address], 0);
    let (_branch, _) = Up::start(branch, &[]);
    until_shown(branch, &stolen, "verified");

    let key = json(&node, &["status"], 0)["node_key"]
        .as_str()
        .unwrap()
        .to_owned();
    let own = json(branch, &["status"], 0)["node_key"]
        .as_str()
        .unwrap()
        .to_owned();
    let alarm = |key: &str, line: &[&str], code| {
        let mut args = vec!["institution", "alarm", key, "--yes"];
        args.extend(line);
        json(branch, &args, code)
    };
    alarm(&key, &[], 2);
    alarm(&own, &["--from-now-on"], 9);
    let raised = alarm(&key, &["--first-bad", &stolen], 0);
    assert_eq!((&raised["kept"], &raised["void"]), (&1.into(), &1.into()));
    alarm(&key, &["--first-bad", &stolen], 9);
    // Elsewhere, what lies beyond the line is disputed, and what lies before it is not.
    until_shown(&node, &stolen, "disputed");
    assert_eq!(
        json(&node, &["show", &first], 0)["line"]["words"][0],
        "verified"
    );

    // The root keys settle it, from the node that is left.
    let cut = ceremony.file("cut");
    let args = [
        "institution",
        "revoke",
        &key,
        "--reason",
        "compromised",
        "--first-bad",
        &stolen,
        "--out",
        &cut,
    ];
    json(branch, &args, 0);
    let taken = ceremony.decide("cut", &ROOTS);
    assert_eq!(
        (&taken["version"], &taken["may_sign"]),
        (&3.into(), &false.into())
    );
    until_shown(branch, &stolen, "signed after the cut");
    until_shown(branch, &first, "verified");
}
