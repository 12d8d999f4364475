//! Section 15: trust.

mod chance;
mod records;
mod rules;
pub(super) mod run;

use serde_json::Value as Json;

pub(super) fn cases() -> Vec<Json> {
    let mut cases = rules::cases();
    cases.extend(records::cases());
    cases.extend((1..=300).map(chance::case));
    cases
}
