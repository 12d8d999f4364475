//! Short forms for writing cases.

use indaba_protocol::Value;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

pub(super) type Map = BTreeMap<String, Value>;

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Empty for a text that is no hexadecimal: no vector needs that, and nothing accepts it.
pub(super) fn unhex(text: &str) -> Vec<u8> {
    let pair = |i| {
        text.get(i..i + 2)
            .and_then(|pair| u8::from_str_radix(pair, 16).ok())
    };
    (0..text.len())
        .step_by(2)
        .map(pair)
        .collect::<Option<_>>()
        .unwrap_or_default()
}

pub(super) fn int(n: i128) -> Value {
    Value::Integer(n)
}

pub(super) fn text(t: &str) -> Value {
    Value::String(t.to_owned())
}

pub(super) fn bytes(b: &[u8]) -> Value {
    Value::Bytes(b.to_vec())
}

pub(super) fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::List(items.into_iter().collect())
}

pub(super) fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(
        entries
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v))
            .collect(),
    )
}

/// The bytes a wrong id, key or hash is filled with.
pub(super) fn filler(n: u8) -> [u8; 32] {
    [n; 32]
}

pub(super) fn statement_case(name: &str, net: &str, statement: &[u8], expect: &str) -> Json {
    let mut case = json!({ "name": name, "net": net, "bytes": hex(statement) });
    match expect {
        "accept" | "unsupported" => case["expect"] = json!(expect),
        code => {
            case["expect"] = json!("invalid");
            case["code"] = json!(code);
        }
    }
    case
}
