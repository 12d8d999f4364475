//! A record as a person reads it, in plain text.

use indaba_protocol::Id;
use indaba_protocol::Value as Ipld;
use indaba_protocol::content::fields;
use indaba_protocol::content::form::Form;
use indaba_protocol::content::text::{Role, escaped};
use indaba_protocol::content::{Body, Card};

use super::labels;
use super::lines::{columns, lines};
use super::order::ordered;
use super::sections::heading_in;
use super::source::Facts;

/// Narrowest width that is honoured: below it words no longer fit beside their labels.
const NARROWEST: usize = 40;
/// Columns of the labels.
const LABELS: usize = 24;
/// Levels of nesting that are shown: a body has at most eight (section 1 of the protocol).
const DEPTH: usize = 8;

/// The record, wrapped to `width` columns of a terminal.
///
/// Codes are shown by their labels in the language of the record, what is unknown is shown raw. Control characters and direction
/// overrides are escaped, so nothing that was signed can move the cursor or reorder a line; a paragraph written from right to
/// left keeps its logical order between isolates.
#[must_use]
pub fn render(facts: &Facts, card: &Ipld, body: &Ipld, width: usize) -> String {
    let mut page = Page {
        out: String::new(),
        width: width.max(NARROWEST),
        kind: &facts.kind,
        lang: &facts.lang,
    };
    let (card_view, body_view) = (Card::new(card), Body::new(body));
    let kind = labels::kind(&facts.kind, &facts.lang);
    page.line(&match &facts.state {
        Some(state) => format!("{kind} · {}", escaped(state, Role::Line)),
        None => kind,
    });
    if let Some(title) = card_view.title() {
        page.paragraphs(title);
    }
    page.blank();
    let shown = |text: &String| escaped(text, Role::Line);
    if let Some(institution) = &facts.institution {
        page.entry("Signed by", &shown(institution));
    }
    if let Some(id) = &facts.id {
        page.entry("Id", &shown(id));
    }
    if let Some(day) = &facts.day {
        page.entry("Day", &shown(day));
    }
    page.entry("Language", &labels::language(&facts.lang));
    page.entry(
        "Marking",
        &labels::code(&facts.kind, "marking", &facts.marking, &facts.lang),
    );
    page.entry(
        "Feeds",
        &facts.feeds.iter().map(shown).collect::<Vec<_>>().join(", "),
    );
    for (rel, target) in &facts.links {
        page.entry(
            &labels::code(&facts.kind, "link", rel, &facts.lang),
            &shown(target),
        );
    }
    for (tag, title) in card_view.title_i18n() {
        page.entry(
            &format!("Title in {}", labels::language(tag)),
            &escaped(title, Role::Line),
        );
    }
    if let Some(summary) = card_view.summary() {
        page.blank();
        page.paragraphs(summary);
    }
    page.blank();
    for field in fields::of_body(&facts.kind, body_view.text("revised_kind")) {
        if let Some(value) = body_view
            .get(field.name)
            .filter(|_| field.name != "sections")
        {
            page.value(
                &labels::field(&facts.kind, field.name),
                field.name,
                &field.form,
                value,
                0,
            );
        }
    }
    for (key, text) in body_view.sections(&facts.kind) {
        page.blank();
        let heading = escaped(&heading_in(key, &facts.lang), Role::Line);
        page.line(&heading);
        page.line(&"-".repeat(columns(&heading).min(page.width)));
        page.paragraphs(text);
    }
    let unknown: Vec<_> = card_view
        .unknown()
        .chain(body_view.unknown(&facts.kind))
        .collect();
    if !unknown.is_empty() {
        page.blank();
        page.line("Not known to this version");
        for (name, value) in unknown {
            page.wrapped(
                &format!("{}: {}", escaped(name, Role::Line), raw(value, 0)),
                "  ",
                "    ",
            );
        }
    }
    page.out
}

struct Page<'a> {
    out: String,
    width: usize,
    kind: &'a str,
    lang: &'a str,
}

impl Page<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    /// An empty line, unless there is one.
    fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// A label and a value, the value wrapped in its own column.
    fn entry(&mut self, label: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        let indent = " ".repeat(LABELS);
        if columns(label) + 2 > LABELS {
            self.line(label);
            self.wrapped(value, &indent, &indent);
        } else {
            let gap = " ".repeat(LABELS - columns(label));
            self.wrapped(value, &format!("{label}{gap}"), &indent);
        }
    }

    fn value(&mut self, label: &str, path: &str, form: &Form, value: &Ipld, depth: usize) {
        match value {
            Ipld::Map(map) if depth < DEPTH && !map.is_empty() => {
                self.line(label);
                for (key, inner) in ordered(path, form, map) {
                    let inner_path = match path {
                        "i4p" | "tj" => format!("{path}.{key}"),
                        "scope" => format!("scope.{key}"),
                        _ => key.clone(),
                    };
                    let label = format!(
                        "{}{}",
                        "  ".repeat(depth + 1),
                        labels::field(self.kind, &inner_path)
                    );
                    self.value(&label, &inner_path, form, inner, depth + 1);
                }
            }
            Ipld::List(list)
                if depth < DEPTH
                    && list
                        .iter()
                        .any(|v| matches!(v, Ipld::Map(_) | Ipld::List(_))) =>
            {
                for (i, item) in list.iter().enumerate() {
                    let label = match list.len() {
                        1 => label.to_owned(),
                        _ => format!("{label} {}", i + 1),
                    };
                    self.value(&label, path, form, item, depth);
                }
            }
            Ipld::List(list) => {
                let all: Vec<String> = list.iter().map(|v| self.scalar(path, v)).collect();
                self.entry(label, &all.join("; "));
            }
            other => self.entry(label, &self.scalar(path, other)),
        }
    }

    fn scalar(&self, path: &str, value: &Ipld) -> String {
        match value {
            Ipld::String(text) => labels::code(self.kind, path, text, self.lang),
            Ipld::Integer(n) if path == "pillar" => {
                labels::code(self.kind, path, &n.to_string(), self.lang)
            }
            Ipld::Bool(true) => "yes".to_owned(),
            Ipld::Bool(false) => "no".to_owned(),
            Ipld::Bytes(bytes) if matches!(path, "subject" | "stewards" | "practices") => {
                match <[u8; 32]>::try_from(bytes.as_slice()) {
                    Ok(id) => Id::from_bytes(id).to_string(),
                    Err(_) => raw(value, 0),
                }
            }
            other => raw(other, 0),
        }
    }

    /// Running text: paragraphs and list items, wrapped.
    fn paragraphs(&mut self, text: &str) {
        for line in text.split('\n') {
            let shown = escaped(line, Role::Line);
            match shown.strip_prefix("- ") {
                Some(item) => self.wrapped(item, "- ", "  "),
                None => self.wrapped(&shown, "", ""),
            }
        }
    }

    fn wrapped(&mut self, text: &str, first: &str, rest: &str) {
        // U+2067 and U+2069 tell the terminal that the line reads from right to left, and nothing beyond it does.
        let (open, close) = match direction(text) {
            Some(Direction::RightToLeft) => ("\u{2067}", "\u{2069}"),
            Some(Direction::Mixed) => ("\u{2068}", "\u{2069}"),
            None => ("", ""),
        };
        let room = |lead: &str| self.width.saturating_sub(columns(lead)).max(NARROWEST / 2);
        let mut lead = first;
        for line in lines(text, room(first), room(rest)) {
            if line.is_empty() {
                self.line(lead);
            } else {
                self.line(&format!("{lead}{open}{line}{close}"));
            }
            lead = rest;
        }
    }
}

enum Direction {
    RightToLeft,
    Mixed,
}

/// Which way a text reads: by its first letter, as the Unicode bidirectional algorithm does for a paragraph.
fn direction(text: &str) -> Option<Direction> {
    let rtl = |c: char| matches!(c, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}' | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}');
    let first = text.chars().find(|c| c.is_alphabetic())?;
    if rtl(first) {
        Some(Direction::RightToLeft)
    } else {
        text.chars().any(rtl).then_some(Direction::Mixed)
    }
}

/// A value as it was signed, on one line, safe to print.
fn raw(value: &Ipld, depth: usize) -> String {
    let inner = |v: &Ipld| raw(v, depth + 1);
    match value {
        Ipld::Null => "null".to_owned(),
        Ipld::Bool(b) => b.to_string(),
        Ipld::Integer(n) => n.to_string(),
        Ipld::Float(f) => f.to_string(),
        Ipld::String(s) => format!("\"{}\"", escaped(s, Role::Line)),
        Ipld::Bytes(b) => b.iter().map(|b| format!("{b:02x}")).collect(),
        Ipld::Link(cid) => cid.to_string(),
        Ipld::List(_) | Ipld::Map(_) if depth >= DEPTH => "…".to_owned(),
        Ipld::List(list) => format!(
            "[{}]",
            list.iter().map(inner).collect::<Vec<_>>().join(", ")
        ),
        Ipld::Map(map) => {
            let all: Vec<String> = map
                .iter()
                .map(|(k, v)| format!("{}: {}", escaped(k, Role::Line), inner(v)))
                .collect();
            format!("{{{}}}", all.join(", "))
        }
    }
}
