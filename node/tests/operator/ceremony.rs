//! An institution of five officers, from the command line: every officer and the node in a folder of their own, and nothing but
//! files between them.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::command::{json, run};

const PASSPHRASE: &str = "mango drum river lantern\n";

/// A place where five officers and a node each have a folder, as if each were a machine.
pub(crate) struct Ceremony {
    place: tempfile::TempDir,
}

pub(crate) const OFFICERS: [&str; 5] = ["chair", "deputy", "secretary", "adviser", "registrar"];

impl Ceremony {
    pub(crate) fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        for name in OFFICERS {
            std::fs::create_dir(place.path().join(name)).unwrap();
        }
        Self { place }
    }

    /// A file of the ceremony.
    pub(crate) fn file(&self, name: &str) -> String {
        self.place.path().join(name).display().to_string()
    }

    /// The node's data folder.
    pub(crate) fn node(&self) -> PathBuf {
        self.place.path().join("node")
    }

    /// The command on an officer's machine, where there is no node.
    pub(crate) fn at(&self, officer: &str, args: &[&str], code: i32) -> Value {
        json(&self.place.path().join(officer), args, code)
    }

    /// The keys of an officer; only the first one's are sealed, because sealing is slow by design.
    fn keys(&self, officer: &str) -> Value {
        let (root, reserve, public) = (
            self.file(&format!("{officer}/root.key")),
            self.file(&format!("{officer}/reserve.key")),
            self.file(&format!("{officer}.officer")),
        );
        let words = self.file("words");
        let role = format!("The {officer} (example)");
        let mut args = vec![
            "institution",
            "keys",
            "--role",
            &role,
            "--root",
            &root,
            "--reserve",
            &reserve,
            "--public",
            &public,
            "--network",
            "test.example",
        ];
        if officer == OFFICERS[0] {
            std::fs::write(&words, PASSPHRASE).unwrap();
            args.extend(["--passphrase-file", &words]);
        } else {
            args.push("--unsealed");
        }
        self.at(officer, &args, 0)
    }

    /// Proposes with a threshold of three.
    fn found(&self) -> Value {
        for officer in OFFICERS {
            self.keys(officer);
        }
        json(
            &self.node(),
            &[
                "institution",
                "node-key",
                "--public",
                &self.file("ministry.node"),
            ],
            0,
        );
        let mut args: Vec<String> = ["institution", "found", "--threshold", "3"]
            .map(String::from)
            .to_vec();
        for officer in OFFICERS {
            args.extend(["--officer".into(), self.file(&format!("{officer}.officer"))]);
        }
        args.extend(
            [
                "--node",
                &self.file("ministry.node"),
                "--name",
                "Ministry of Peace (example)",
                "--kind",
                "ministry",
                "--country",
                "GHA",
                "--out",
                &self.file("founding.proposal"),
            ]
            .map(String::from),
        );
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        self.at("chair", &args, 0)
    }

    /// An officer signs a copy with one of the two keys; gives the copy's name.
    pub(crate) fn sign(&self, officer: &str, key: &str, proposal: &str, code: i32) -> Value {
        let copy = self.file(&format!("{proposal}-{officer}-{key}"));
        let key = self.file(&format!("{officer}/{key}.key"));
        let words = self.file("words");
        let (proposal, public) = (
            self.file(proposal),
            self.file(&format!("{officer}.officer")),
        );
        let mut args = vec![
            "institution",
            "sign",
            &proposal,
            "--key",
            &key,
            "--public",
            &public,
            "--out",
            &copy,
            "--yes",
        ];
        if officer == OFFICERS[0] {
            args.extend(["--passphrase-file", &words]);
        }
        self.at(officer, &args, code)
    }

    /// Founds with the first three officers and sets the node up.
    pub(crate) fn founded() -> Self {
        let ceremony = Self::new();
        ceremony.found();
        let mut copies = Vec::new();
        for officer in &OFFICERS[..3] {
            ceremony.sign(officer, "root", "founding.proposal", 0);
            copies.push(ceremony.file(&format!("founding.proposal-{officer}-root")));
        }
        let out = ceremony.file("ministry.institution");
        let mut args = vec!["institution", "combine"];
        args.extend(copies.iter().rev().map(String::as_str));
        args.extend(["--out", &out]);
        ceremony.at("deputy", &args, 0);
        json(&ceremony.node(), &["institution", "take", &out, "--yes"], 0);
        ceremony
    }
}

#[test]
fn five_officers_three_of_whom_must_sign() {
    let ceremony = Ceremony::new();
    let proposed = ceremony.found();
    assert_eq!(proposed["schema"], "indaba/institution-proposal/1");
    assert_eq!(proposed["draft"], true);
    assert_eq!(proposed["needs"][0]["needed"], 3);
    assert_eq!(proposed["signers"].as_array().unwrap().len(), 5);

    let mut number = None;
    for (count, officer) in ["registrar", "chair"].into_iter().enumerate() {
        let signed = ceremony.sign(officer, "root", "founding.proposal", 0);
        assert_eq!(signed["needs"][0]["signed"], 1, "{count}");
        // Every officer sees the same number, to be compared by voice.
        let shown = signed["number"].as_str().unwrap().to_owned();
        assert_eq!(*number.get_or_insert_with(|| shown.clone()), shown);
    }
    let copy = |officer: &str| ceremony.file(&format!("founding.proposal-{officer}-root"));
    let out = ceremony.file("ministry.institution");
    let few = ceremony.at(
        "deputy",
        &[
            "institution",
            "combine",
            &copy("chair"),
            &copy("registrar"),
            &copy("chair"),
            "--out",
            &out,
        ],
        3,
    );
    assert!(
        few["error"]["problem"]
            .as_str()
            .unwrap()
            .contains("still a draft"),
        "{few}"
    );
    assert!(!Path::new(&out).exists());

    // A draft that enough have signed is refused by the node until it is combined.
    ceremony.sign("deputy", "root", "founding.proposal", 0);
    json(
        &ceremony.node(),
        &["institution", "take", &copy("deputy"), "--yes"],
        2,
    );
    let done = ceremony.at(
        "deputy",
        &[
            "institution",
            "combine",
            &copy("registrar"),
            &copy("deputy"),
            &copy("chair"),
            "--out",
            &out,
        ],
        0,
    );
    assert_eq!(done["schema"], "indaba/institution-finished/1");
    let fingerprint = done["fingerprint"].as_str().unwrap();
    let groups: Vec<&str> = fingerprint.split(' ').collect();
    assert_eq!(groups.len(), 8);
    assert!(
        groups
            .iter()
            .all(|g| g.len() == 5 && g.bytes().all(|b| b.is_ascii_digit()))
    );
    assert_eq!(done["fingerprint"], proposed["fingerprint"]);

    // On another machine without the node's key it sets nothing up.
    let stranger = tempfile::tempdir().unwrap();
    json(stranger.path(), &["institution", "take", &out, "--yes"], 4);
    let taken = json(&ceremony.node(), &["institution", "take", &out, "--yes"], 0);
    assert_eq!(taken["fingerprint"], done["fingerprint"]);
    let own = json(&ceremony.node(), &["institution", "show"], 0);
    assert_eq!(own["institution"], done["institution"]);
    let status = json(&ceremony.node(), &["status"], 8);
    assert_eq!(status["network"], "test.example");
    assert_eq!(status["institution"]["name"], "Ministry of Peace (example)");
    json(
        &ceremony.node(),
        &[
            "publish",
            "--yes",
            &crate::command::case("peace-council/01-national-peace-council-ghana.md"),
        ],
        0,
    );
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let ceremony = Ceremony::new();
    ceremony.found();
    // Another officer's public file beside the key.
    let (proposal, out) = (ceremony.file("founding.proposal"), ceremony.file("out"));
    let (key, public) = (
        ceremony.file("deputy/root.key"),
        ceremony.file("adviser.officer"),
    );
    let args = [
        "institution",
        "sign",
        &proposal,
        "--key",
        &key,
        "--public",
        &public,
        "--out",
        &out,
        "--yes",
    ];
    ceremony.at("deputy", &args, 2);
    // Consent is asked for, and nobody to ask.
    ceremony.at(
        "deputy",
        &[
            "institution",
            "sign",
            &proposal,
            "--key",
            &key,
            "--out",
            &out,
        ],
        2,
    );
    // A reserve key has no say in a founding.
    let refused = ceremony.sign("deputy", "reserve", "founding.proposal", 9);
    assert!(
        refused["error"]["problem"]
            .as_str()
            .unwrap()
            .contains("may not sign"),
        "{refused}"
    );
    // A sealed key needs its passphrase, and a wrong one does not open it.
    let sealed = ceremony.file("chair/root.key");
    let args = [
        "institution",
        "sign",
        &proposal,
        "--key",
        &sealed,
        "--out",
        &out,
        "--yes",
    ];
    ceremony.at("chair", &args, 6);
    std::fs::write(ceremony.file("wrong"), "another drum river lantern").unwrap();
    let wrong = ceremony.file("wrong");
    let args = [
        "institution",
        "sign",
        &proposal,
        "--key",
        &sealed,
        "--out",
        &out,
        "--yes",
        "--passphrase-file",
        &wrong,
    ];
    ceremony.at("chair", &args, 6);
    // Somebody who is no officer of this institution.
    let (root, reserve, stranger) = (ceremony.file("r"), ceremony.file("s"), ceremony.file("t"));
    let args = [
        "institution",
        "keys",
        "--role",
        "The thief (example)",
        "--root",
        &root,
        "--reserve",
        &reserve,
        "--public",
        &stranger,
        "--network",
        "test.example",
        "--unsealed",
    ];
    ceremony.at("chair", &args, 0);
    ceremony.at("chair", &args, 1);
    let args = [
        "institution",
        "sign",
        &proposal,
        "--key",
        &root,
        "--out",
        &out,
        "--yes",
    ];
    ceremony.at("chair", &args, 9);
    // With the public file at hand, an officer notices that the keys were exchanged.
    let args = [
        "institution",
        "sign",
        &proposal,
        "--key",
        &root,
        "--public",
        &stranger,
        "--out",
        &out,
        "--yes",
    ];
    let exchanged = ceremony.at("chair", &args, 9);
    assert!(
        exchanged["error"]["problem"]
            .as_str()
            .unwrap()
            .contains("not in the proposal"),
        "{exchanged}"
    );
    assert!(!Path::new(&out).exists(), "nothing was written");
    // Keys without a passphrase only when it is said.
    let (a, b, c) = (ceremony.file("a"), ceremony.file("b"), ceremony.file("c"));
    let args = [
        "institution",
        "keys",
        "--role",
        "X (example)",
        "--root",
        &a,
        "--reserve",
        &b,
        "--public",
        &c,
    ];
    ceremony.at("chair", &args, 2);
    assert!(!Path::new(&a).exists());
    // A public file where a key belongs.
    let public = ceremony.file("chair.officer");
    let swapped = [
        "institution",
        "sign",
        &ceremony.file("founding.proposal"),
        "--key",
        &public,
        "--out",
        &out,
        "--yes",
    ];
    let swapped = ceremony.at("chair", &swapped, 2)["error"]["problem"].to_string();
    assert!(swapped.contains("is no key file"), "{swapped}");
    // Text that is no file of a ceremony.
    std::fs::write(&a, "not a proposal\n").unwrap();
    let args = [
        "institution",
        "sign",
        &a,
        "--key",
        &root,
        "--out",
        &out,
        "--yes",
    ];
    ceremony.at("chair", &args, 2);
    let help = run(&ceremony.node(), &["institution", "sign", "--help"]);
    assert!(
        String::from_utf8(help.stdout)
            .unwrap()
            .contains("Examples:")
    );
}

#[test]
fn a_passphrase_comes_through_a_file_descriptor() {
    let ceremony = Ceremony::new();
    let (root, reserve, public) = (ceremony.file("r"), ceremony.file("s"), ceremony.file("t"));
    std::fs::write(ceremony.file("words"), PASSPHRASE).unwrap();
    let command = format!(
        "{} --no-input --json institution keys --role 'The chair (example)' --root {root} --reserve {reserve} --public {public} --passphrase-fd 5 5<{}",
        env!("CARGO_BIN_EXE_indaba"),
        ceremony.file("words")
    );
    let output = std::process::Command::new("sh")
        .args(["-c", &command])
        .output()
        .unwrap();
    let made: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(made["sealed"], true, "{made}");
    assert!(
        std::fs::read(&root)
            .unwrap()
            .starts_with(b"age-encryption.org/")
    );
}
