//! Front matter as a tree of texts with their places. Every scalar is text; what it means is for the field to say.

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};

use super::finding::Findings;

/// Nesting that front matter may have: a body is at most 8 deep (section 1 of the protocol), and no field needs more.
const DEPTH: usize = 8;

/// A node of the tree.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Line and column, from 1.
    pub(super) at: (usize, usize),
    /// What it is.
    pub(super) value: Value,
    /// Whether a comment begins on the same line, right behind a text without quotes.
    pub(super) comment: bool,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// A text, and whether it was written without quotes.
    Text {
        /// The text.
        text: String,
        /// Written plainly: not quoted, not a block.
        plain: bool,
    },
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the file.
    Map(Vec<(Key, Node)>),
}

/// A key of a map.
#[derive(Clone, Debug)]
pub(super) struct Key {
    /// Line and column, from 1.
    pub(super) at: (usize, usize),
    /// The key.
    pub(super) name: String,
}

impl Node {
    /// A key with nothing behind it.
    pub(super) fn is_empty(&self) -> bool {
        matches!(&self.value, Value::Text { text, plain: true } if text.is_empty())
    }
}

enum Open {
    List {
        at: (usize, usize),
        items: Vec<Node>,
    },
    Map {
        at: (usize, usize),
        entries: Vec<(Key, Node)>,
        key: Option<Key>,
    },
}

/// The field of a line whose unquoted text holds `: ` once more, such as `title: Peace councils: a lesson`.
fn colon_in_text(line: &str) -> Option<&str> {
    let (field, text) = line.split_once(": ")?;
    let bare = !text
        .trim_start()
        .starts_with(['"', '\'', '{', '[', '|', '>']);
    let name = field.trim_start().trim_start_matches("- ");
    (bare && text.contains(": ") && !name.contains([' ', '"'])).then_some(name)
}

/// Reads front matter that begins on line `first` of the file. `None` when it is not YAML, or uses what is not allowed here; the
/// faults then say so.
pub(super) fn read(text: &str, first: usize, findings: &mut Findings) -> Option<Vec<(Key, Node)>> {
    let place = |mark: &Marker| (mark.line() + first - 1, mark.col() + 1);
    let lines: Vec<&str> = text.lines().collect();
    let mut stack: Vec<Open> = Vec::new();
    let mut root: Option<Node> = None;
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok(ok) => ok,
            Err(error) => {
                let at = place(error.marker());
                match lines.get(error.marker().line() - 1).and_then(|l| colon_in_text(l)) {
                    Some(field) => findings.fault_at(
                        at,
                        field,
                        "holds a second `: `, as if another field began there",
                        format!("put the whole text between double quotes: `{field}: \"...\"`"),
                    ),
                    None => findings.fault_at(
                        at,
                        "",
                        format!("this is not readable as YAML: {}", error.info()),
                        "check the indentation, and put a text that holds `: ` or begins with a sign between double quotes",
                    ),
                }
                return None;
            }
        };
        let at = place(&span.start);
        let node = match event {
            Event::Alias(_) => return refuse(findings, at, "an alias (`*name`)"),
            Event::Scalar(_, _, anchor, _)
            | Event::SequenceStart(anchor, _)
            | Event::MappingStart(anchor, _)
                if anchor > 0 =>
            {
                return refuse(findings, at, "an anchor (`&name`)");
            }
            Event::Scalar(_, _, _, Some(_))
            | Event::SequenceStart(_, Some(_))
            | Event::MappingStart(_, Some(_)) => {
                return refuse(findings, at, "a tag (`!name`)");
            }
            Event::Scalar(text, style, ..) => {
                // The line feed at the end of a block is how the block is written, not part of the text.
                let text = match style {
                    ScalarStyle::Literal | ScalarStyle::Folded => {
                        text.trim_end_matches('\n').to_owned()
                    }
                    _ => text.into_owned(),
                };
                let plain = style == ScalarStyle::Plain;
                if let Some(Open::Map {
                    key: key @ None, ..
                }) = stack.last_mut()
                {
                    *key = Some(Key { at, name: text });
                    continue;
                }
                let line = lines
                    .get(span.start.line() - 1)
                    .copied()
                    .unwrap_or_default();
                Node {
                    at,
                    comment: plain && comment_behind(line, span.start.col(), &text),
                    value: Value::Text { text, plain },
                }
            }
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                if let Some(Open::Map { key: None, .. }) = stack.last() {
                    return refuse(findings, at, "a list or map as a key");
                }
                if stack.len() >= DEPTH {
                    return refuse(findings, at, "more than eight levels");
                }
                stack.push(if matches!(event, Event::SequenceStart(..)) {
                    Open::List {
                        at,
                        items: Vec::new(),
                    }
                } else {
                    Open::Map {
                        at,
                        entries: Vec::new(),
                        key: None,
                    }
                });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match stack.pop() {
                Some(Open::List { at, items }) => Node {
                    at,
                    comment: false,
                    value: Value::List(items),
                },
                Some(Open::Map { at, entries, .. }) => Node {
                    at,
                    comment: false,
                    value: Value::Map(entries),
                },
                None => continue,
            },
            Event::DocumentStart(_) if root.is_some() => {
                return refuse(findings, at, "a second document");
            }
            Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::StreamStart
            | Event::StreamEnd
            | Event::Nothing => {
                continue;
            }
        };
        match stack.last_mut() {
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, key, .. }) => {
                if let Some(key) = key.take() {
                    if entries.iter().any(|(k, _)| k.name == key.name) {
                        findings.fault_at(
                            key.at,
                            &key.name,
                            "stands here a second time",
                            "keep one of the two",
                        );
                    } else {
                        entries.push((key, node));
                    }
                }
            }
            None => root = Some(node),
        }
    }
    match root {
        Some(Node {
            value: Value::Map(entries),
            ..
        }) => Some(entries),
        Some(node) if !node.is_empty() => {
            findings.fault_at(
                node.at,
                "",
                "the fields are not written as `name: value`",
                "begin with `kind: practice`",
            );
            None
        }
        _ => Some(Vec::new()),
    }
}

/// Whether ` #` follows a text that begins in this column of the line, so that YAML leaves out the rest.
fn comment_behind(line: &str, column: usize, text: &str) -> bool {
    let from: String = line.chars().skip(column).collect();
    !text.is_empty()
        && from
            .strip_prefix(text)
            .is_some_and(|rest| rest.trim_start().starts_with('#'))
}

fn refuse<T>(findings: &mut Findings, at: (usize, usize), what: &str) -> Option<T> {
    findings.fault_at(
        at,
        "",
        format!("{what} cannot be used here"),
        "write plain fields, lists and texts; put a text that begins with `*`, `&` or `!` between double quotes",
    );
    None
}
