//! The vectors of `docs/protocol.md` section 14: made here from fixed seeds, and checked against the protocol crate
//! whoever made them.
//!
//! `cargo run -p indaba-tests --bin make-vectors` writes them to `tests/vectors/`.

mod case;
mod cbor;
mod chains;
pub mod check;
mod content;
mod forge;
mod keys;
mod parts;
mod reconciliation;
mod statements;
mod text_forms;
mod trust;
mod verdicts;
mod world;

use serde_json::Value as Json;

/// Every file the generator makes, with its content.
pub fn all() -> Vec<(&'static str, String)> {
    let file = |rules: &str, cases: Vec<Json>| {
        let head = serde_json::json!({ "format": 1, "rules": rules, "cases": cases });
        // One case a line keeps a change reviewable.
        let cases: Vec<String> = cases.iter().map(|case| format!("  {case}")).collect();
        format!(
            "{{\n \"format\": {},\n \"rules\": {},\n \"cases\": [\n{}\n ]\n}}\n",
            head["format"],
            head["rules"],
            cases.join(",\n")
        )
    };
    vec![
        ("cbor.json", file("1", cbor::cases())),
        ("keys.json", file("3", keys::cases())),
        (
            "statements.json",
            file("2, 3, 4, 5, 6, 11", statements::cases()),
        ),
        ("parts.json", file("5, 10", parts::cases())),
        ("chains.json", file("4", chains::cases())),
        ("verdicts.json", file("7", verdicts::cases())),
        ("content.json", file("9", content::cases())),
        ("text-forms.json", file("11", text_forms::cases())),
        ("trust.json", file("15", trust::cases())),
        ("reconciliation.json", file("16", reconciliation::cases())),
    ]
}
