//! Short forms for building values.

use super::{Day, Value};
use crate::id::Id;
use crate::key::Key;

pub(crate) fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(
        entries
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v))
            .collect(),
    )
}

pub(crate) fn list<T>(items: &[T], one: impl Fn(&T) -> Value) -> Value {
    Value::List(items.iter().map(one).collect())
}

pub(crate) fn text(t: &str) -> Value {
    Value::String(t.to_owned())
}

pub(crate) fn uint(n: u64) -> Value {
    Value::Integer(n.into())
}

pub(crate) fn bytes(b: &[u8]) -> Value {
    Value::Bytes(b.to_vec())
}

pub(crate) fn id(i: &Id) -> Value {
    bytes(i.as_bytes())
}

pub(crate) fn key(k: &Key) -> Value {
    bytes(k.as_bytes())
}

pub(crate) fn day(d: &Day) -> Value {
    Value::Integer(d.number().into())
}

pub(crate) fn or_null<T>(item: Option<&T>, one: impl Fn(&T) -> Value) -> Value {
    item.map_or(Value::Null, one)
}
