//! From what stands in the file to what the field holds.

use std::collections::BTreeMap;

use indaba_protocol::Id;
use indaba_protocol::Value as Ipld;
use indaba_protocol::content::form::{Field, Form, Order};
use indaba_protocol::content::text::normalised;
use indaba_protocol::vocabulary::nearest;

use super::finding::Findings;
use super::yaml::{Key, Node, Value};

/// The value of a field of this form; `None` when there is none, or it could not be read and a fault says why.
pub(super) fn value(path: &str, form: &Form, node: &Node, findings: &mut Findings) -> Option<Ipld> {
    findings.place(path, node.at);
    if let Some(hint) = placeholder(node) {
        findings.unfilled(path, hint);
        return None;
    }
    if node.comment && matches!(form, Form::Line { .. } | Form::Running { .. }) {
        findings.unreadable(
            path,
            "would end before ` #`, where a comment begins",
            "put the whole text between double quotes, or the comment on a line of its own",
        );
        return None;
    }
    match (form, &node.value) {
        (
            Form::Line { .. } | Form::Running { .. } | Form::Code(_) | Form::Shaped(_),
            Value::Text { text, .. },
        ) => Some(Ipld::String(normalised(text))),
        (Form::Bytes32, Value::Text { text, .. }) => bytes32(path, text, findings),
        (Form::Natural { min, max }, Value::Text { text, .. }) => match text.parse::<u64>() {
            Ok(n) => Some(Ipld::Integer(n.into())),
            Err(_) => {
                findings.unreadable(
                    path,
                    format!("is `{text}`"),
                    format!("write a whole number from {min} to {max}"),
                );
                None
            }
        },
        (Form::Truth, Value::Text { text, .. }) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" => Some(Ipld::Bool(true)),
            "false" | "no" => Some(Ipld::Bool(false)),
            _ => {
                findings.unreadable(path, format!("is `{text}`"), "write `yes` or `no`");
                None
            }
        },
        (Form::List { order, item, .. }, Value::List(items)) => {
            Some(list(path, *order, item, items, findings))
        }
        // One value where a list may stand is a list of one.
        (Form::List { item, .. }, Value::Text { .. }) if !matches!(item, Form::Map(_)) => {
            value(path, item, node, findings).map(|v| Ipld::List(vec![v]))
        }
        (Form::Map(fields), Value::Map(entries)) => {
            Some(Ipld::Map(map(path, fields, entries, findings)))
        }
        (Form::Table { value: form, .. }, Value::Map(entries)) => {
            let mut out = BTreeMap::new();
            for (key, node) in entries {
                let inner = format!("{path}.{}", key.name);
                if let Some(value) = value(&inner, form, node, findings) {
                    out.insert(normalised(&key.name), value);
                }
            }
            Some(Ipld::Map(out))
        }
        (Form::Facet | Form::Opaque { .. }, Value::Map(_)) => Some(open(node)),
        (form, _) => {
            let (problem, remedy) = wanted(form);
            findings.unreadable(path, problem, remedy);
            None
        }
    }
}

/// The fields of a map; unknown ones are faults, since a file is written for this version.
fn map(
    path: &str,
    fields: &[Field],
    entries: &[(Key, Node)],
    findings: &mut Findings,
) -> BTreeMap<String, Ipld> {
    let mut out = BTreeMap::new();
    for (key, node) in entries {
        let inner = format!("{path}.{}", key.name);
        let Some(field) = fields.iter().find(|f| f.name == key.name) else {
            findings.place(&inner, key.at);
            unknown_key(&inner, &key.name, fields.iter().map(|f| f.name), findings);
            continue;
        };
        if node.is_empty() {
            findings.place(&inner, key.at);
            continue;
        }
        if let Some(value) = value(&inner, &field.form, node, findings) {
            out.insert(key.name.clone(), value);
        }
    }
    out
}

fn list(path: &str, order: Order, item: &Form, items: &[Node], findings: &mut Findings) -> Ipld {
    let mut items: Vec<&Node> = items.iter().collect();
    if order == Order::Sorted {
        // The author need not know that the signed list is sorted.
        items.sort_by_key(|node| match &node.value {
            Value::Text { text, .. } => text.clone(),
            _ => String::new(),
        });
    }
    let mut out = Vec::new();
    for (i, node) in items.into_iter().enumerate() {
        out.extend(value(&format!("{path}[{i}]"), item, node, findings));
    }
    Ipld::List(out)
}

/// A fault about a key nobody knows.
pub(super) fn unknown_key<'a>(
    field: &str,
    key: &str,
    known: impl Iterator<Item = &'a str> + Clone,
    findings: &mut Findings,
) {
    let remedy = match nearest(key, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "remove it, or use one of: {}",
            known.collect::<Vec<_>>().join(", ")
        ),
    };
    findings.unreadable(field, "is not a field of this kind", remedy);
}

/// What stands between `<` and `>`, unquoted: the mark of a template for what is still to be written.
pub(super) fn placeholder(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Text { text, plain: true } => placeholder_text(text),
        _ => None,
    }
}

/// The same, of a text.
pub(super) fn placeholder_text(text: &str) -> Option<&str> {
    text.trim()
        .strip_prefix('<')?
        .strip_suffix('>')
        .map(str::trim)
}

fn bytes32(path: &str, text: &str, findings: &mut Findings) -> Option<Ipld> {
    let hex = || -> Option<Vec<u8>> {
        (text.len() == 64 && text.is_ascii())
            .then(|| {
                (0..64)
                    .step_by(2)
                    .map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok())
                    .collect()
            })
            .flatten()
    };
    let bytes = text
        .parse::<Id>()
        .ok()
        .map(|id| id.as_bytes().to_vec())
        .or_else(hex);
    if bytes.is_none() {
        findings.unreadable(
            path,
            "is neither an id nor a hash",
            "write an id in full, as it is shown (`bafyr4i...`), or a hash as 64 hexadecimal digits",
        );
    }
    bytes.map(Ipld::Bytes)
}

/// A value of a field that is kept as it is. Plain whole numbers, `true`, `false`, `null` and `0x...` have their
/// types; whatever is quoted is text.
fn open(node: &Node) -> Ipld {
    match &node.value {
        Value::Text { text, plain: false } => Ipld::String(normalised(text)),
        Value::Text { text, .. } => plain(text),
        Value::List(items) => Ipld::List(items.iter().map(open).collect()),
        Value::Map(entries) => Ipld::Map(
            entries
                .iter()
                .map(|(k, v)| (normalised(&k.name), open(v)))
                .collect(),
        ),
    }
}

/// What a plain scalar of an open field means.
pub(super) fn plain(text: &str) -> Ipld {
    match text {
        "true" => return Ipld::Bool(true),
        "false" => return Ipld::Bool(false),
        "null" | "" => return Ipld::Null,
        _ => {}
    }
    if let Ok(n) = text.parse::<i64>()
        && n.to_string() == text
    {
        return Ipld::Integer(n.into());
    }
    if let Some(hex) = text.strip_prefix("0x")
        && hex.len() % 2 == 0
        && hex
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    {
        let bytes: Option<Vec<u8>> = (0..hex.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&hex[i..i + 2], 16).ok())
            .collect();
        if let Some(bytes) = bytes {
            return Ipld::Bytes(bytes);
        }
    }
    Ipld::String(normalised(text))
}

fn wanted(form: &Form) -> (&'static str, &'static str) {
    match form {
        Form::List {
            item: Form::Map(_), ..
        } => (
            "is not a list of entries with fields",
            "begin each entry with `- ` and write its fields under each other",
        ),
        Form::List { .. } => ("is not a list", "write `[one, two]`"),
        Form::Map(_) | Form::Table { .. } | Form::Facet | Form::Opaque { .. } => (
            "is not a group of fields",
            "write `{name: value}`, or the fields indented on the lines below",
        ),
        _ => (
            "is not a text",
            "write one value behind the colon; put it between double quotes if it holds `: `",
        ),
    }
}
