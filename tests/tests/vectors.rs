//! Every file of vectors, whoever made it, against the protocol crate.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]

use indaba_tests::vectors::{all, check};
use std::collections::BTreeMap;
use std::path::Path;

fn files() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let entries =
        std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let json = entries
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|x| x == "json"));
    json.map(|p| {
        (
            p.file_name().unwrap().to_str().unwrap().to_owned(),
            std::fs::read_to_string(&p).unwrap(),
        )
    })
    .collect()
}

#[test]
fn every_vector_holds() {
    let (mut cases, mut wrong) = (0, Vec::new());
    for (name, text) in files() {
        match check::run(&name, &text) {
            Ok((n, failed)) => {
                cases += n;
                wrong.extend(failed);
            }
            Err(why) => wrong.push(why),
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {cases} vectors fail:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(cases >= 250, "only {cases} cases were read");
}

#[test]
fn the_committed_files_are_what_the_generator_makes() {
    let files = files();
    for (name, text) in all() {
        let committed = files
            .get(name)
            .unwrap_or_else(|| panic!("{name} is missing: run make-vectors"));
        assert!(*committed == text, "{name} is not what make-vectors makes");
        let theirs = format!("py-{name}");
        assert!(
            files.contains_key(&theirs),
            "{theirs} is missing: run tests/conformance/make_vectors.py"
        );
    }
}

#[test]
fn every_code_of_the_specification_is_used_by_a_vector() {
    let text: String = files().into_values().collect();
    for code in [
        "too-large",
        "not-canonical",
        "envelope",
        "header",
        "payload",
        "network",
        "field",
        "key",
        "signature",
        "threshold",
        "part",
        "refused:chain-institution",
        "refused:chain-prev",
        "refused:chain-signer",
        "refused:chain-threshold",
        "refused:chain-next",
        "refused:chain-delegation",
        "refused:chain-cut",
        "VOID:rival-state",
        "VOID:not-delegated",
        "VOID:scope",
        "VOID:cut",
        "PENDING:state",
        "PENDING:cut-list",
        "PENDING:ancestry",
        "VALID",
        "ADOPTED",
        "CONTESTED",
        "QUARANTINED",
    ] {
        assert!(
            text.contains(&format!("\"{code}\"")),
            "no vector for {code}"
        );
    }
}

#[test]
fn a_wrong_vector_is_noticed() {
    let (name, text) = all()
        .into_iter()
        .find(|(name, _)| *name == "statements.json")
        .unwrap();
    let turned = text.replacen("\"code\":\"signature\"", "\"code\":\"key\"", 1);
    assert_ne!(text, turned);
    assert_eq!(check::run(name, &turned).unwrap().1.len(), 1);
    for (name, right, wrong) in [
        (
            "trust.json",
            "\"standing\":{\"s\":\"accepted\"}",
            "\"standing\":{\"s\":\"heard\"}",
        ),
        (
            "py-trust.json",
            "\"counts\": {",
            "\"counts\": {\"00\": true, ",
        ),
        (
            "py-trust.json",
            "\"registry\"], true]",
            "\"registry\"], false]",
        ),
        ("py-trust.json", "\"sound\": false", "\"sound\": true"),
        (
            "reconciliation.json",
            "\"expect\":\"left\"",
            "\"expect\":\"recovered\"",
        ),
        (
            "py-reconciliation.json",
            "\"places\": [0, ",
            "\"places\": [1, ",
        ),
    ] {
        let text = &files()[name];
        let turned = text.replacen(right, wrong, 1);
        assert_ne!(*text, turned);
        assert_eq!(check::run(name, &turned).unwrap().1.len(), 1, "{wrong}");
    }
    assert!(check::run("unknown.json", &text).is_err());
    assert!(check::run("cbor.json", "{\"format\":1,\"rules\":\"1\",\"cases\":[]}").is_err());
}
