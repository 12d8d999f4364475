//! Judging content against the table of fields.

use std::collections::BTreeSet;
use std::fmt;

use ipld_core::ipld::Ipld;

use super::fields::{self, Rules};
use super::form::{Field, Form, Order};
use super::text::{self, Role, scalars};
use crate::vocabulary::nearest;

/// One fault of content: where, what, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentFault {
    /// The path to the field, such as `sources[2].title`; it begins with a key of card or body, or is `card` or `body`.
    pub field: String,
    /// What is wrong, to follow the field's name: `is missing`.
    pub problem: String,
    /// What the author can do, as an instruction.
    pub remedy: String,
}

impl fmt::Display for ContentFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.field, self.problem, self.remedy)
    }
}

impl std::error::Error for ContentFault {}

/// All faults of the content of a record. None means: fit to be published, and not *malformed*.
///
/// The content of a kind this version does not know is not judged. The number of faults is bounded by the size
/// of the content, which section 5 bounds.
#[must_use]
pub fn check(kind: &str, card: &Ipld, body: &Ipld) -> Vec<ContentFault> {
    let mut faults = Faults::default();
    let revised = match body {
        Ipld::Map(map) => match map.get("revised_kind") {
            Some(Ipld::String(kind)) => Some(kind.as_str()),
            _ => None,
        },
        _ => None,
    };
    let Some(rules) = fields::ruling(kind, revised) else {
        return Vec::new();
    };
    match card {
        Ipld::Map(map) => {
            faults.of_map("", &fields::CARD.iter().collect::<Vec<_>>(), map);
            for (name, needed) in [("title", rules.title), ("summary", rules.summary)] {
                if needed && !map.contains_key(name) {
                    faults.missing(name, kind);
                }
            }
        }
        other => faults.wrong_type("card", "a map", other),
    }
    match body {
        Ipld::Map(map) => {
            faults.of_map("", &fields::of_body(kind, revised), map);
            faults.across_fields(kind, rules, map);
        }
        other => faults.wrong_type("body", "a map", other),
    }
    faults.0
}

/// All faults of a profile. They are a label, never a refusal of the state that holds it.
#[must_use]
pub fn check_profile(profile: &Ipld) -> Vec<ContentFault> {
    let mut faults = Faults::default();
    match profile {
        Ipld::Map(map) => faults.of_map("", &fields::PROFILE.iter().collect::<Vec<_>>(), map),
        other => faults.wrong_type("profile", "a map", other),
    }
    faults.0
}

type Map = std::collections::BTreeMap<String, Ipld>;

#[derive(Default)]
struct Faults(Vec<ContentFault>);

impl Faults {
    fn add(&mut self, field: &str, problem: impl Into<String>, remedy: impl Into<String>) {
        self.0.push(ContentFault {
            field: field.to_owned(),
            problem: problem.into(),
            remedy: remedy.into(),
        });
    }

    fn missing(&mut self, field: &str, kind: &str) {
        self.add(
            field,
            "is missing",
            format!("add it: a record of kind `{kind}` needs it"),
        );
    }

    fn wrong_type(&mut self, field: &str, wanted: &str, got: &Ipld) {
        self.add(
            field,
            format!("is {}, not {wanted}", type_name(got)),
            format!("write {wanted}"),
        );
    }

    fn of_map(&mut self, path: &str, known: &[&Field], map: &Map) {
        for field in known {
            let at = join(path, field.name);
            match map.get(field.name) {
                Some(value) => self.of_value(&at, &field.form, value),
                None if field.required => {
                    self.add(&at, "is missing", format!("add it: {}", field.purpose))
                }
                None => {}
            }
        }
    }

    /// What one field alone cannot tell.
    fn across_fields(&mut self, kind: &str, rules: &Rules, map: &Map) {
        for name in ["licence", "attribution"] {
            if rules.terms && !map.contains_key(name) {
                self.missing(name, kind);
            }
        }
        let chatham = matches!(map.get("attribution"), Some(Ipld::String(a)) if a == "chatham");
        if chatham && map.contains_key("actors") {
            self.add(
                "actors",
                "is present although the attribution is `chatham`",
                "remove the actors, or choose another attribution",
            );
        }
        let count = match map.get("sections") {
            Some(Ipld::Map(sections)) => sections.len(),
            Some(_) => return,
            None => 0,
        };
        if count < rules.sections_min {
            let known: Vec<_> = rules.sections.iter().map(|s| s.key).collect();
            self.add(
                "sections",
                format!("holds {count} of at least {}", rules.sections_min),
                format!(
                    "fill in at least {} of: {}",
                    rules.sections_min,
                    known.join(", ")
                ),
            );
        }
    }

    fn of_value(&mut self, at: &str, form: &Form, value: &Ipld) {
        match (form, value) {
            (Form::Line { min, max }, Ipld::String(s)) => {
                self.of_text(at, s, Role::Line, *min, *max)
            }
            (Form::Running { min, max }, Ipld::String(s)) => {
                self.of_text(at, s, Role::Running, *min, *max)
            }
            (Form::Code(codes), Ipld::String(s)) => {
                if !codes.contains(&s.as_str()) {
                    let hint = nearest(s, codes.iter().copied())
                        .map_or(String::new(), |near| format!("did you mean `{near}`? "));
                    let shown = shown(s);
                    self.add(
                        at,
                        format!("is `{shown}`, which is not among its values"),
                        format!("{hint}write one of: {}", codes.join(", ")),
                    );
                }
            }
            (Form::Shaped(shape), Ipld::String(s)) => {
                if !shape.fits(s) {
                    self.add(
                        at,
                        format!("is `{}`, which has not the form asked for", shown(s)),
                        format!("write {}", shape.expected()),
                    );
                }
            }
            (Form::Bytes32, Ipld::Bytes(b)) => {
                if b.len() != 32 {
                    self.add(
                        at,
                        format!("holds {} bytes", b.len()),
                        "give exactly 32 bytes",
                    );
                }
            }
            (Form::Natural { min, max }, Ipld::Integer(n)) => {
                if !(i128::from(*min)..=i128::from(*max)).contains(n) {
                    self.add(
                        at,
                        format!("is {n}"),
                        format!("write a whole number from {min} to {max}"),
                    );
                }
            }
            (Form::Truth, Ipld::Bool(_)) | (Form::Facet, Ipld::Map(_)) => {}
            (
                Form::List {
                    min,
                    max,
                    order,
                    item,
                },
                Ipld::List(list),
            ) => {
                self.of_list(at, list, *min, *max, *order, item);
            }
            (Form::Map(known), Ipld::Map(map)) => {
                self.of_map(at, &known.iter().collect::<Vec<_>>(), map);
            }
            (
                Form::Table {
                    min,
                    max,
                    key,
                    value,
                },
                Ipld::Map(map),
            ) => {
                self.count(at, map.len(), *min, *max, "entries");
                for (k, v) in map {
                    let inner = join(at, k);
                    if !key.fits(k) {
                        self.add(
                            &inner,
                            "has a key that has not the form asked for",
                            format!("use {}", key.expected()),
                        );
                    }
                    self.of_value(&inner, value, v);
                }
            }
            (Form::Opaque { max }, Ipld::Map(_)) => match encoded_len(value) {
                Some(len) if len <= *max => {}
                Some(len) => self.add(
                    at,
                    format!("encodes to {len} bytes, {} too many", len - max),
                    format!("shorten it to at most {max} bytes"),
                ),
                None => self.add(
                    at,
                    "cannot be encoded",
                    "use text, whole numbers, true, false, null, lists and maps",
                ),
            },
            _ => self.wrong_type(at, expected_type(form), value),
        }
    }

    fn of_text(&mut self, at: &str, s: &str, role: Role, min: usize, max: usize) {
        if let Some(fault) = text::fault_in(s, role) {
            self.add(at, fault.to_string(), fault.remedy());
        }
        let length = scalars(s);
        if length > max {
            self.add(
                at,
                format!("has {length} characters, {} too many", length - max),
                format!("shorten it to at most {max} characters"),
            );
        } else if length < min {
            self.add(at, "is empty", "fill it in, or leave the field out");
        }
    }

    fn count(&mut self, at: &str, count: usize, min: usize, max: usize, what: &str) {
        if count > max {
            self.add(
                at,
                format!("has {count} {what}, {} too many", count - max),
                format!("keep at most {max}"),
            );
        } else if count < min {
            self.add(
                at,
                format!("has {count} {what}"),
                format!("give at least {min}, or leave the field out"),
            );
        }
    }

    fn of_list(
        &mut self,
        at: &str,
        list: &[Ipld],
        min: usize,
        max: usize,
        order: Order,
        item: &Form,
    ) {
        self.count(at, list.len(), min, max, "elements");
        for (i, element) in list.iter().enumerate() {
            self.of_value(&format!("{at}[{i}]"), item, element);
        }
        if order == Order::Free {
            return;
        }
        let mut seen = BTreeSet::new();
        for (i, element) in list.iter().enumerate() {
            if sort_key(element).is_some_and(|key| !seen.insert(key)) {
                self.add(
                    &format!("{at}[{i}]"),
                    "stands in the list twice",
                    "remove the repetition",
                );
            }
        }
        let keys: Vec<_> = list.iter().filter_map(sort_key).collect();
        if order == Order::Sorted && !keys.is_sorted() {
            self.add(at, "is not sorted", "put the codes into alphabetical order");
        }
    }
}

/// What tells the scalar elements of a list apart: the type, then the bytes.
fn sort_key(value: &Ipld) -> Option<(u8, Vec<u8>)> {
    match value {
        Ipld::String(s) => Some((0, s.as_bytes().to_vec())),
        Ipld::Bytes(b) => Some((1, b.clone())),
        Ipld::Integer(n) => Some((2, n.to_be_bytes().to_vec())),
        _ => None,
    }
}

fn encoded_len(value: &Ipld) -> Option<usize> {
    serde_ipld_dagcbor::to_vec(value)
        .ok()
        .map(|bytes| bytes.len())
}

fn join(path: &str, name: &str) -> String {
    let name = text::escaped(name, Role::Line);
    if path.is_empty() {
        name
    } else {
        format!("{path}.{name}")
    }
}

/// Enough of a refused text to recognise it, harmless to print.
fn shown(s: &str) -> String {
    const SHOWN: usize = 60;
    let mut out = text::escaped(&s.chars().take(SHOWN).collect::<String>(), Role::Line);
    if scalars(s) > SHOWN {
        out.push('…');
    }
    out
}

fn type_name(value: &Ipld) -> &'static str {
    match value {
        Ipld::Null => "null",
        Ipld::Bool(_) => "true or false",
        Ipld::Integer(_) => "a number",
        Ipld::Float(_) => "a fraction",
        Ipld::String(_) => "text",
        Ipld::Bytes(_) => "bytes",
        Ipld::List(_) => "a list",
        Ipld::Map(_) => "a map",
        Ipld::Link(_) => "a link",
    }
}

fn expected_type(form: &Form) -> &'static str {
    match form {
        Form::Line { .. } | Form::Running { .. } | Form::Code(_) | Form::Shaped(_) => "text",
        Form::Bytes32 => "32 bytes",
        Form::Natural { .. } => "a whole number",
        Form::Truth => "true or false",
        Form::List { .. } => "a list",
        Form::Map(_) | Form::Table { .. } | Form::Facet | Form::Opaque { .. } => "a map",
    }
}
