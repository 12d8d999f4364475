//! The fields of a record as a program reads them without a decoder of its own.

use indaba_protocol::{Value, cbor};
use serde_json::{Map, Number, Value as Json};

/// A value as JSON. Bytes become hexadecimal and links their ids, which JSON has no form for; a number too large for it becomes a text.
/// How deep it goes is bounded by what was decoded.
pub(super) fn readable(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(holds) => Json::Bool(*holds),
        Value::Integer(n) => i64::try_from(*n)
            .map(Number::from)
            .or_else(|_| u64::try_from(*n).map(Number::from))
            .map_or_else(|_| Json::String(n.to_string()), Json::Number),
        Value::Float(f) => Number::from_f64(*f).map_or(Json::Null, Json::Number),
        Value::String(text) => Json::String(text.clone()),
        Value::Bytes(bytes) => Json::String(super::hex::encode(bytes)),
        Value::Link(cid) => Json::String(cid.to_string()),
        Value::List(list) => Json::Array(list.iter().map(readable).collect()),
        Value::Map(map) => Json::Object(
            map.iter()
                .map(|(name, value)| (name.clone(), readable(value)))
                .collect::<Map<_, _>>(),
        ),
    }
}

/// A part of a record, given in hexadecimal; none when it is not there or does not read.
pub(super) fn part(hexadecimal: Option<&str>) -> Option<Value> {
    cbor::decode(&super::hex::decode(hexadecimal?)?).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_value_has_a_form() {
        let map = BTreeMap::from([
            ("text".to_owned(), Value::String("كلمة".to_owned())),
            ("bytes".to_owned(), Value::Bytes(vec![1, 0xab])),
            (
                "list".to_owned(),
                Value::List(vec![Value::Integer(-3), Value::Bool(true), Value::Null]),
            ),
            ("large".to_owned(), Value::Integer(i128::from(u64::MAX) + 1)),
        ]);
        assert_eq!(
            readable(&Value::Map(map)),
            serde_json::json!({
                "bytes": "01ab",
                "large": "18446744073709551616",
                "list": [-3, true, null],
                "text": "كلمة",
            })
        );
        assert_eq!(part(Some("zz")), None);
        assert_eq!(part(Some("a0")), Some(Value::Map(BTreeMap::new())));
    }
}
