//! Section 9.

mod accepted;
mod card;
mod common;
mod kinds;
mod members;

use super::case::{Map, hex, int, list, map, text};
use indaba_protocol::{Value, cbor};
use serde_json::{Value as Json, json};

/// A card and a body, to be changed in one place.
#[derive(Clone)]
struct Content {
    kind: &'static str,
    card: Map,
    body: Map,
}

fn entries<const N: usize>(fields: [(&str, Value); N]) -> Map {
    fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
}

fn texts<const N: usize>(items: [&str; N]) -> Value {
    list(items.map(text))
}

fn id(byte: u8) -> Value {
    Value::Bytes(vec![byte; 32])
}

fn sections<const N: usize>(keys: [&str; N]) -> Value {
    map(keys.map(|k| (k, text("Text."))))
}

/// The least content that a kind accepts.
fn least(kind: &'static str) -> Content {
    let mut card = entries([("title", text("A title"))]);
    let mut body = entries([
        ("licence", text("CC-BY-4.0")),
        ("attribution", text("organisation")),
    ]);
    let summary = ("summary".to_owned(), text("A summary."));
    match kind {
        "practice" => {
            card.extend([summary]);
            body.insert("sections".into(), sections(["challenge", "solution"]));
        }
        "lesson" => {
            card.extend([summary]);
            body.insert("sections".into(), sections(["context", "lesson"]));
        }
        "exchange" => card.extend([summary]),
        "request" | "offer" => {
            body.insert("expires".into(), text("2030-01-31"));
        }
        "translation" => {
            body.insert("translation_status".into(), text("courtesy"));
        }
        "revision" => {
            body.insert("revised_kind".into(), text("position"));
            body.insert("reason".into(), text("A date was wrong."));
        }
        "withdrawal" => {
            card.clear();
            body = entries([("reason", text("error"))]);
        }
        "response" => {
            card.clear();
            body = entries([("stance", text("endorse"))]);
        }
        "vouch" => {
            card.clear();
            body = entries([
                ("subject", id(1)),
                ("level", text("identity")),
                ("depth", int(0)),
            ]);
        }
        _ => {}
    }
    Content { kind, card, body }
}

impl Content {
    fn card(mut self, key: &str, value: Value) -> Self {
        self.card.insert(key.to_owned(), value);
        self
    }

    fn body(mut self, key: &str, value: Value) -> Self {
        self.body.insert(key.to_owned(), value);
        self
    }

    fn without(mut self, key: &str) -> Self {
        self.card.remove(key);
        self.body.remove(key);
        self
    }

    fn case(self, name: &str, expect: &str, field: Option<&str>) -> Json {
        let mut case = json!({
            "name": name,
            "kind": self.kind,
            "card": hex(&cbor::encode(&Value::Map(self.card))),
            "body": hex(&cbor::encode(&Value::Map(self.body))),
            "expect": expect,
        });
        if let (Some(case), Some(field)) = (case.as_object_mut(), field) {
            case.insert("field".into(), field.into());
        }
        case
    }

    fn accept(self, name: &str) -> Json {
        self.case(name, "accept", None)
    }

    fn refuse(self, name: &str, field: &str) -> Json {
        self.case(name, "malformed", Some(field))
    }
}

/// A position without a fault and with this field; it allows every common field.
fn with(key: &str, value: Value) -> Content {
    least("position").body(key, value)
}

/// Every case of `content.json`.
pub(super) fn cases() -> Vec<Json> {
    [
        accepted::cases(),
        card::texts_refused(),
        card::cards_refused(),
        common::cases(),
        kinds::cases(),
        members::cases(),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use indaba_protocol::content;

    #[test]
    fn every_case_breaks_one_rule_in_the_field_it_names() {
        let cases = cases();
        assert!(cases.len() >= 60);
        let value = |hex: &str| cbor::decode(&super::super::case::unhex(hex)).unwrap();
        let text = |case: &Json, key: &str| case[key].as_str().unwrap_or_default().to_owned();
        let mut names = std::collections::BTreeSet::new();
        for case in &cases {
            let faults = content::check(
                &text(case, "kind"),
                &value(&text(case, "card")),
                &value(&text(case, "body")),
            );
            let fields: Vec<&str> = faults
                .iter()
                .map(|f| f.field.split(['.', '[']).next().unwrap_or_default())
                .collect();
            let wanted: Vec<&str> = case["field"].as_str().into_iter().collect();
            assert_eq!(fields, wanted, "{case}");
            assert!(names.insert(text(case, "name")), "{case}");
        }
    }
}
