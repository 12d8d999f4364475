//! A typed reader of the generic form: each call states one rule of a field, and a broken rule names the field.

use super::{Day, Value};
use crate::{fault::Fault, id::Id, key::Key, lane::FeedName, limits};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

type Read<T> = Result<T, Fault>;

/// A map whose fields are read by name. Fields nobody asks for are permitted.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(&'a BTreeMap<String, Value>);

impl<'a> Fields<'a> {
    pub(crate) fn new(value: &'a Value, name: &'static str) -> Read<Fields<'a>> {
        match value {
            Value::Map(map) => Ok(Fields(map)),
            _ => Err(Fault::Field(name)),
        }
    }

    pub(crate) fn optional(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name)
    }

    pub(crate) fn required(&self, name: &'static str) -> Read<&'a Value> {
        self.optional(name).ok_or(Fault::Field(name))
    }

    pub(crate) fn text(&self, name: &'static str) -> Read<&'a str> {
        text(self.required(name)?, name)
    }

    pub(crate) fn bool(&self, name: &'static str) -> Read<bool> {
        match self.required(name)? {
            Value::Bool(b) => Ok(*b),
            _ => Err(Fault::Field(name)),
        }
    }

    pub(crate) fn id(&self, name: &'static str) -> Read<Id> {
        id(self.required(name)?, name)
    }

    pub(crate) fn key(&self, name: &'static str) -> Read<Key> {
        key(self.required(name)?, name)
    }

    pub(crate) fn day(&self, name: &'static str) -> Read<Day> {
        day(self.required(name)?, name)
    }

    pub(crate) fn uint(&self, name: &'static str) -> Read<u64> {
        uint(self.required(name)?, name)
    }

    pub(crate) fn uint_in(&self, name: &'static str, range: RangeInclusive<u64>) -> Read<u64> {
        let n = self.uint(name)?;
        if range.contains(&n) {
            Ok(n)
        } else {
            Err(Fault::Field(name))
        }
    }

    pub(crate) fn counter(&self, name: &'static str) -> Read<u64> {
        self.uint_in(name, 1..=limits::COUNTER)
    }

    pub(crate) fn nullable<T>(
        &self,
        name: &'static str,
        one: impl Fn(&'a Value, &'static str) -> Read<T>,
    ) -> Read<Option<T>> {
        match self.required(name)? {
            Value::Null => Ok(None),
            value => one(value, name).map(Some),
        }
    }

    pub(crate) fn list<T>(
        &self,
        name: &'static str,
        len: RangeInclusive<usize>,
        one: impl Fn(&'a Value, &'static str) -> Read<T>,
    ) -> Read<Vec<T>> {
        list(self.required(name)?, name, len, one)
    }

    /// A list whose elements are sorted and distinct by `by`.
    pub(crate) fn sorted<T, K: Ord>(
        &self,
        name: &'static str,
        len: RangeInclusive<usize>,
        one: impl Fn(&'a Value, &'static str) -> Read<T>,
        by: impl Fn(&T) -> K,
    ) -> Read<Vec<T>> {
        let items = self.list(name, len, one)?;
        if strictly_sorted(&items, by) {
            Ok(items)
        } else {
            Err(Fault::Field(name))
        }
    }
}

/// An array of exactly `N` elements, read by position.
pub(crate) struct Row<'a, const N: usize>(&'a [Value; N], &'static str);

impl<'a, const N: usize> Row<'a, N> {
    pub(crate) fn new(value: &'a Value, name: &'static str) -> Read<Row<'a, N>> {
        match value {
            Value::List(items) => items
                .as_slice()
                .try_into()
                .map(|row| Row(row, name))
                .map_err(|_| Fault::Field(name)),
            _ => Err(Fault::Field(name)),
        }
    }

    pub(crate) fn at(&self, i: usize) -> Read<&'a Value> {
        self.0.get(i).ok_or(Fault::Field(self.1))
    }

    pub(crate) fn text(&self, i: usize) -> Read<&'a str> {
        text(self.at(i)?, self.1)
    }

    pub(crate) fn id(&self, i: usize) -> Read<Id> {
        id(self.at(i)?, self.1)
    }

    pub(crate) fn id_or_null(&self, i: usize) -> Read<Option<Id>> {
        match self.at(i)? {
            Value::Null => Ok(None),
            value => id(value, self.1).map(Some),
        }
    }

    pub(crate) fn key(&self, i: usize) -> Read<Key> {
        key(self.at(i)?, self.1)
    }

    /// A feed that version 1 may use.
    pub(crate) fn feed(&self, i: usize) -> Read<FeedName> {
        let feed: FeedName = self.text(i)?.parse().map_err(|_| Fault::Field(self.1))?;
        if feed.is_circle() {
            Err(Fault::Field(self.1))
        } else {
            Ok(feed)
        }
    }

    pub(crate) fn uint(&self, i: usize) -> Read<u64> {
        uint(self.at(i)?, self.1)
    }

    pub(crate) fn counter(&self, i: usize) -> Read<u64> {
        let n = self.uint(i)?;
        if (1..=limits::COUNTER).contains(&n) {
            Ok(n)
        } else {
            Err(Fault::Field(self.1))
        }
    }
}

pub(crate) fn text<'a>(value: &'a Value, name: &'static str) -> Read<&'a str> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(Fault::Field(name)),
    }
}

pub(crate) fn owned(value: &Value, name: &'static str) -> Read<String> {
    text(value, name).map(str::to_owned)
}

pub(crate) fn bytes<'a>(value: &'a Value, name: &'static str) -> Read<&'a [u8]> {
    match value {
        Value::Bytes(bytes) => Ok(bytes),
        _ => Err(Fault::Field(name)),
    }
}

fn sized<const N: usize>(value: &Value, name: &'static str) -> Read<[u8; N]> {
    bytes(value, name)?
        .try_into()
        .map_err(|_| Fault::Field(name))
}

pub(crate) fn id(value: &Value, name: &'static str) -> Read<Id> {
    sized(value, name).map(Id::from_bytes)
}

pub(crate) fn key(value: &Value, name: &'static str) -> Read<Key> {
    sized(value, name).map(Key::from_bytes)
}

pub(crate) fn uint(value: &Value, name: &'static str) -> Read<u64> {
    match value {
        Value::Integer(n) => u64::try_from(*n).map_err(|_| Fault::Field(name)),
        _ => Err(Fault::Field(name)),
    }
}

pub(crate) fn day(value: &Value, name: &'static str) -> Read<Day> {
    match value {
        Value::Integer(n) => i64::try_from(*n)
            .ok()
            .and_then(Day::from_number)
            .ok_or(Fault::Field(name)),
        _ => Err(Fault::Field(name)),
    }
}

/// `[a-z][a-z0-9-]{0,31}`
pub(crate) fn word(value: &Value, name: &'static str) -> Read<String> {
    let word = text(value, name)?;
    if is_word(word) {
        Ok(word.to_owned())
    } else {
        Err(Fault::Field(name))
    }
}

pub(crate) fn is_word(text: &str) -> bool {
    text.len() <= limits::WORD
        && text.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
        && text
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

pub(crate) fn list<'a, T>(
    value: &'a Value,
    name: &'static str,
    len: RangeInclusive<usize>,
    one: impl Fn(&'a Value, &'static str) -> Read<T>,
) -> Read<Vec<T>> {
    match value {
        Value::List(items) if len.contains(&items.len()) => {
            items.iter().map(|item| one(item, name)).collect()
        }
        _ => Err(Fault::Field(name)),
    }
}

pub(crate) fn strictly_sorted<T, K: Ord>(items: &[T], by: impl Fn(&T) -> K) -> bool {
    items.is_sorted_by(|a, b| by(a) < by(b))
}
