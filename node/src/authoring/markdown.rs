//! The file of a record that exists, so that it can be exported, edited and read again.

use std::fmt::Write as _;

use indaba_protocol::Id;
use indaba_protocol::Value as Ipld;
use indaba_protocol::content::fields;
use indaba_protocol::content::form::Form;
use indaba_protocol::content::shape::Shape;
use indaba_protocol::content::{Body, Card};

use super::order::ordered;
use super::paragraphs::lay_out;
use super::sections::{heading_in, key_of};
use super::source::Facts;

/// Characters of a line before a long text is broken.
const WIDTH: usize = 100;
/// Fields whose thirty-two bytes are ids; the others are hashes of files.
const IDS: &[&str] = &["subject", "stewards", "practices"];

/// Writes the file from which [`parse`](super::parse()) reads the same record.
///
/// Fields that this version does not know are written as comments: what they mean cannot be checked here.
#[must_use]
pub fn to_markdown(facts: &Facts, card: &Ipld, body: &Ipld) -> String {
    let mut out = String::from("---\n");
    line(&mut out, "kind", &HEADER, &Ipld::String(facts.kind.clone()));
    line(&mut out, "lang", &HEADER, &Ipld::String(facts.lang.clone()));
    line(
        &mut out,
        "marking",
        &HEADER,
        &Ipld::String(facts.marking.clone()),
    );
    let day = facts.day.clone().unwrap_or_else(|| "none".to_owned());
    line(&mut out, "day", &HEADER, &Ipld::String(day));
    line(&mut out, "feeds", &HEADER, &texts(facts.feeds.iter()));
    let mut links = std::collections::BTreeMap::new();
    for (rel, _) in &facts.links {
        let targets = facts
            .links
            .iter()
            .filter(|(r, _)| r == rel)
            .map(|(_, target)| target);
        links.insert(rel.clone(), texts(targets));
    }
    if !links.is_empty() {
        line(&mut out, "links", &HEADER, &Ipld::Map(links));
    }
    let (card_view, body_view) = (Card::new(card), Body::new(body));
    for field in fields::CARD {
        if let Some(value) = card_view.get(field.name) {
            line(&mut out, field.name, &field.form, value);
        }
    }
    for field in fields::of_body(&facts.kind, body_view.text("revised_kind")) {
        if let Some(value) = body_view
            .get(field.name)
            .filter(|_| field.name != "sections")
        {
            line(&mut out, field.name, &field.form, value);
        }
    }
    let mut headed = String::new();
    let mut kept = std::collections::BTreeMap::new();
    for (key, text) in body_view.sections(&facts.kind) {
        let heading = heading_in(key, &facts.lang);
        match lay_out(text)
            .filter(|_| key_of(&heading) == key && key != "summary" && Shape::SectionKey.fits(key))
        {
            Some(text) => {
                let _ = write!(headed, "\n## {heading}\n\n{text}\n");
            }
            // Spaces and empty lines that Markdown does not keep, or a key that is no heading.
            None => {
                kept.insert(key.to_owned(), Ipld::String(text.to_owned()));
            }
        }
    }
    if !kept.is_empty() {
        line(&mut out, "sections", &HEADER, &Ipld::Map(kept));
    }
    for (name, value) in card_view.unknown().chain(body_view.unknown(&facts.kind)) {
        let _ = writeln!(
            out,
            "# not known to this version, left out: {}: {}",
            key(name),
            flow("", value)
        );
    }
    out.push_str("---\n");
    out.push_str(&headed);
    out
}

fn texts<'a>(list: impl Iterator<Item = &'a String>) -> Ipld {
    Ipld::List(list.map(|t| Ipld::String(t.clone())).collect())
}

/// The form of what is not in the table of fields: it asks for no order of its own.
const HEADER: Form = Form::Truth;

fn line(out: &mut String, name: &str, form: &Form, value: &Ipld) {
    match value {
        Ipld::Map(map) if !map.is_empty() => {
            let _ = writeln!(out, "{name}:");
            for (k, v) in ordered(name, form, map) {
                let _ = writeln!(out, "  {}: {}", key(k), flow(k, v));
            }
        }
        Ipld::List(list) if list.iter().any(|v| matches!(v, Ipld::Map(_))) => {
            let _ = writeln!(out, "{name}:");
            for item in list {
                match item {
                    Ipld::Map(map) if !map.is_empty() => {
                        for (i, (k, v)) in ordered(name, form, map).into_iter().enumerate() {
                            let lead = if i == 0 { "  - " } else { "    " };
                            let _ = writeln!(out, "{lead}{}: {}", key(k), flow(k, v));
                        }
                    }
                    other => {
                        let _ = writeln!(out, "  - {}", flow(name, other));
                    }
                }
            }
        }
        other => {
            let _ = writeln!(out, "{name}: {}", flow(name, other));
        }
    }
}

/// A value on one line, long texts excepted. `field` is the nearest key, which tells ids from hashes.
fn flow(field: &str, value: &Ipld) -> String {
    match value {
        Ipld::Null => "null".to_owned(),
        Ipld::Bool(b) => b.to_string(),
        Ipld::Integer(n) => n.to_string(),
        Ipld::Float(f) => f.to_string(),
        Ipld::String(s) => scalar(s),
        Ipld::Bytes(b) => bytes(field, b),
        Ipld::Link(cid) => scalar(&cid.to_string()),
        Ipld::List(list) => {
            format!(
                "[{}]",
                list.iter()
                    .map(|v| flow(field, v))
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        }
        Ipld::Map(map) => {
            format!(
                "{{{}}}",
                map.iter()
                    .map(|(k, v)| format!("{}: {}", key(k), flow(k, v)))
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        }
    }
}

fn bytes(field: &str, bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    match <[u8; 32]>::try_from(bytes) {
        Ok(id) if IDS.contains(&field) => Id::from_bytes(id).to_string(),
        Ok(_) if matches!(field, "sha256" | "hash" | "evidence") => hex,
        _ => format!("0x{hex}"),
    }
}

fn key(name: &str) -> String {
    scalar(name)
}

/// Text that stays itself without quotes wherever it stands: it begins with a letter and looks like nothing else.
fn bare(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'))
        && !text.ends_with(':')
        && !matches!(text, "true" | "false" | "null")
}

fn scalar(text: &str) -> String {
    if bare(text) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    let mut width = 0;
    for c in text.chars() {
        width += 1;
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            _ if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{85}') => {
                let _ = write!(out, "\\U{:08X}", u32::from(c));
            }
            // An escaped line feed folds to nothing, and so does the indentation of the line after it.
            ' ' if width > WIDTH && !out.ends_with(' ') => {
                out.push_str(" \\\n      ");
                width = 0;
            }
            _ => out.push(c),
        }
    }
    // A space at the beginning of a continued line would be taken for indentation.
    out.push('"');
    out.replace("\\\n       ", "\\\n      \\ ")
}
