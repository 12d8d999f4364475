//! What a record does to others, in words. It is shown before the record is signed: it is as public as the text itself, and for ever.

use std::collections::BTreeSet;

use indaba_protocol::{Header, Id, Value};

use super::context::{Context, unexpected};
use super::exit::Exit;
use super::failure::Failure;
use super::words;
use crate::engine::order::{Draft, Order, RecordView, Reply};

/// Versions of one text that are looked at when one of them is withdrawn; nobody corrects a text more often.
const VERSIONS: usize = 64;

/// The record that this one belongs to, by its title, and what it says of it: names and words, in the order they are shown.
pub(super) fn of(
    context: &Context,
    draft: &Draft,
    body: &Value,
) -> Result<Vec<(String, String)>, Failure> {
    let mut said = Vec::new();
    if let Some(rel) = Header::required_link(&draft.kind) {
        for (_, target) in draft.links.iter().filter(|(r, _)| r == rel) {
            let words = match held(context, target)? {
                Some(view) => format!(
                    "{} ({})",
                    view.line
                        .title
                        .as_deref()
                        .unwrap_or("a record whose text is not here"),
                    view.line.short
                ),
                None => format!("{}, which is not held here", words::short(target)),
            };
            said.push((rel.replace('-', " "), words));
        }
    }
    if let Some(subject) = subject(body) {
        said.push(("vouches for".to_owned(), subject));
    }
    for field in ["reason", "note", "stance", "level"] {
        if let Some(text) = text(body, field) {
            said.push((field.to_owned(), text.to_owned()));
        }
    }
    Ok(said)
}

/// Why a draft that belongs to another record has no feeds.
pub(super) fn nowhere(draft: &Draft) -> Option<Failure> {
    let rel = Header::required_link(&draft.kind)?;
    let (_, target) = draft.links.iter().find(|(r, _)| r == rel)?;
    draft.feeds.is_empty().then(|| {
        Failure::new(
            Exit::NotFound,
            format!(
                "{}: the record it belongs to, {target}, is not held here, so its feeds are not known",
                draft.source
            ),
        )
        .hint("check the id with `indaba show`; follow a feed in which that record stands, or name the feeds yourself with `feeds:`")
    })
}

/// The versions of the same text that a withdrawal of this one leaves readable, each with the command that takes it back as well.
pub(super) fn left_readable(
    context: &Context,
    withdrawn: &RecordView,
    reason: &str,
) -> Result<Vec<String>, Failure> {
    let mut seen = BTreeSet::from([withdrawn.line.id.clone()]);
    let mut next = versions(withdrawn);
    let mut left = Vec::new();
    while let Some(id) = next.pop() {
        if seen.len() >= VERSIONS || !seen.insert(id.clone()) {
            continue;
        }
        // Another institution's revision changes nothing of this text.
        let Some(view) = held(context, &id)?.filter(|view| view.holders.is_some()) else {
            continue;
        };
        next.extend(versions(&view));
        if !view.line.words.iter().any(|word| word == "withdrawn") {
            left.push(format!(
                "{} is another version of the same text and stays readable; to take it back as well: indaba withdraw {} --reason {reason}",
                view.line.short, view.line.short
            ));
        }
    }
    Ok(left)
}

/// The records next to this one in the history of its text, older and newer.
fn versions(view: &RecordView) -> Vec<String> {
    let beside = view.links.iter().chain(&view.linked_from);
    beside
        .filter(|(rel, _)| rel == "revises")
        .map(|(_, id)| id.clone())
        .collect()
}

fn held(context: &Context, id: &str) -> Result<Option<RecordView>, Failure> {
    match context.ask(Order::Show { id: id.to_owned() }) {
        Ok(Reply::Record(view)) => Ok(Some(*view)),
        Ok(_) => Err(unexpected()),
        Err(failure) if matches!(failure.exit, Exit::NotFound | Exit::WrongUse) => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn text<'a>(body: &'a Value, field: &str) -> Option<&'a str> {
    match body {
        Value::Map(map) => match map.get(field) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// The institution that a vouch is about.
fn subject(body: &Value) -> Option<String> {
    match body {
        Value::Map(map) => match map.get("subject") {
            Some(Value::Bytes(bytes)) => {
                let bytes: [u8; 32] = bytes.as_slice().try_into().ok()?;
                Some(format!("institution {}", Id::from_bytes(bytes)))
            }
            _ => None,
        },
        _ => None,
    }
}
