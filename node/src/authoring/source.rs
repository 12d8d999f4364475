//! A file of a record, read.

use std::collections::BTreeMap;

use indaba_protocol::Value as Ipld;
use indaba_protocol::content::shape::Shape;
use indaba_protocol::content::{self, fields};
use indaba_protocol::vocabulary::nearest;

use super::finding::{Finding, Findings};
use super::yaml::{Key, Node};
use super::{feeds, front_matter, header, judgement, sections, values, yaml};

/// Size of a file, in bytes: a record holds at most 61,440, and comments and indentation need room.
pub const FILE_BYTES: usize = 256 * 1024;
/// Fields of the header.
const HEADER: &[&str] = &["kind", "lang", "marking", "day", "feeds", "links"];
/// What is meant when a file names no licence and no attribution.
const DEFAULTS: &[(&str, &str)] = &[("licence", "CC-BY-4.0"), ("attribution", "organisation")];

/// What a file says: everything a record needs but the position, the random bytes and the signature.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// The kind.
    pub kind: String,
    /// The language of all its text.
    pub lang: String,
    /// `clear` or `green`.
    pub marking: String,
    /// The day it claims, as `YYYY-MM-DD`; whoever publishes it may put today where the file is silent.
    pub day: Option<String>,
    /// The file says `day: none`: no day is to be claimed.
    pub undated: bool,
    /// The feeds it goes to, without repetition, at most eight.
    pub feeds: Vec<String>,
    /// Whether the file names no feeds: they were derived from regions, themes and countries, and those of the record that it belongs to
    /// are still to be added. Say it in a preview.
    pub feeds_derived: bool,
    /// Relation and target; targets are ids in their text form, perhaps shortened.
    pub links: Vec<(String, String)>,
    /// The card, without random bytes.
    pub card: Ipld,
    /// The body, without random bytes.
    pub body: Ipld,
    /// What to look at before publishing.
    pub warnings: Vec<Finding>,
}

/// What a header tells about a record that exists: for [`render`](super::render()) and [`to_markdown`](super::to_markdown).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The id in its text form, if it has one yet.
    pub id: Option<String>,
    /// Who signs: a name to show, if known.
    pub institution: Option<String>,
    /// The word that says how it stands, such as `verified` or `withdrawn`.
    pub state: Option<String>,
    /// The kind.
    pub kind: String,
    /// The language.
    pub lang: String,
    /// The marking.
    pub marking: String,
    /// The day it claims, as `YYYY-MM-DD`.
    pub day: Option<String>,
    /// Its feeds.
    pub feeds: Vec<String>,
    /// Its links: relation and target in text form.
    pub links: Vec<(String, String)>,
}

impl Source {
    /// What the header of this draft will tell.
    #[must_use]
    pub fn facts(&self) -> Facts {
        Facts {
            id: None,
            institution: None,
            state: None,
            kind: self.kind.clone(),
            lang: self.lang.clone(),
            marking: self.marking.clone(),
            day: self.day.clone(),
            feeds: self.feeds.clone(),
            links: self.links.clone(),
        }
    }

    /// Turns a new version into the revision of `target` (the id in its text form).
    ///
    /// # Errors
    /// What is wrong with the content as a revision, such as an empty reason.
    pub fn into_revision(
        mut self,
        target: &str,
        reason: &str,
    ) -> Result<Self, Vec<content::ContentFault>> {
        if let Ipld::Map(body) = &mut self.body {
            body.insert("revised_kind".to_owned(), Ipld::String(self.kind.clone()));
            body.insert("reason".to_owned(), Ipld::String(reason.to_owned()));
        }
        self.kind = "revision".to_owned();
        let link = ("revises".to_owned(), target.to_owned());
        if !self.links.contains(&link) {
            self.links.push(link);
        }
        let faults = content::check(&self.kind, &self.card, &self.body);
        if faults.is_empty() {
            Ok(self)
        } else {
            Err(faults)
        }
    }
}

/// Reads a file.
///
/// # Errors
/// Everything that is wrong with it, and the warnings, from the top of the file to its end. At least one is a fault.
pub fn parse(text: &str) -> Result<Source, Vec<Finding>> {
    let mut findings = Findings::default();
    let source = read(text, &mut findings);
    let list = findings.into_sorted();
    match source {
        Some(source) if list.iter().all(|f| f.severity == super::Severity::Warning) => Ok(Source {
            warnings: list,
            ..source
        }),
        _ => Err(list),
    }
}

fn read(text: &str, findings: &mut Findings) -> Option<Source> {
    if text.len() > FILE_BYTES {
        findings.fault_at(
            (1, 1),
            "",
            format!(
                "the file has {} bytes, {} too many",
                text.len(),
                text.len() - FILE_BYTES
            ),
            "shorten it: long annexes belong into attachments",
        );
        return None;
    }
    // Editors on some systems write a mark at the beginning and two characters at each end of a line.
    let text = text
        .strip_prefix('\u{FEFF}')
        .unwrap_or(text)
        .replace("\r\n", "\n")
        // Pages end so in text that was copied out of a PDF; what a page was means nothing here.
        .replace("\n\u{C}", "\n")
        .replace('\u{C}', " ");
    let parts = front_matter::split(&text, findings)?;
    let entries = yaml::read(parts.fields, front_matter::FIELDS_LINE, findings);
    let written = sections::read(parts.text, parts.text_line, findings);
    let entries = entries?;
    let kind = kind(&entries, findings)?;
    let revised = scalar(&entries, "revised_kind");
    let ruling = fields::ruling(&kind, revised)?;

    let mut source = Source {
        kind,
        lang: String::new(),
        marking: String::new(),
        day: None,
        undated: false,
        feeds: Vec::new(),
        feeds_derived: false,
        links: Vec::new(),
        card: Ipld::Null,
        body: Ipld::Null,
        warnings: Vec::new(),
    };
    let mut card = BTreeMap::new();
    let mut body = BTreeMap::new();
    let of_body = fields::of_body(&source.kind, revised);
    let mut named_feeds = None;
    for (key, node) in &entries {
        let name = key.name.as_str();
        findings.place(name, key.at);
        if node.is_empty() {
            continue;
        }
        match name {
            "kind" => {}
            "lang" => source.lang = header::lang(node, findings).unwrap_or_default(),
            "marking" => source.marking = header::marking(node, findings).unwrap_or_default(),
            "day" => match header::day(node, findings) {
                Some(header::Claim::Day(day)) => source.day = Some(day),
                Some(header::Claim::Undated) => source.undated = true,
                None => {}
            },
            "feeds" => named_feeds = Some(feeds::explicit(node, findings)),
            "links" => source.links = header::links(node, findings),
            _ => {
                let in_card = fields::CARD.iter().find(|f| f.name == name);
                let (field, map) = match in_card {
                    Some(field) => (Some(field), &mut card),
                    None => (of_body.iter().copied().find(|f| f.name == name), &mut body),
                };
                let Some(field) = field else {
                    let known = HEADER.iter().copied().chain(
                        fields::CARD
                            .iter()
                            .chain(of_body.iter().copied())
                            .map(|f| f.name),
                    );
                    values::unknown_key(name, name, known, findings);
                    continue;
                };
                if let Some(value) = values::value(name, &field.form, node, findings) {
                    map.insert(name.to_owned(), value);
                }
            }
        }
    }
    take_sections(
        written,
        (ruling, &source.lang),
        &mut card,
        &mut body,
        findings,
    );
    for (name, value) in DEFAULTS {
        if ruling.terms && !findings.is_unread(name) {
            if *name == "licence" && !body.contains_key(*name) {
                findings.warning(
                    name,
                    format!("is not named: `{value}` is taken, and cannot be taken back"),
                    format!("write `licence: {value}`, or another"),
                );
            }
            body.entry((*name).to_owned())
                .or_insert_with(|| Ipld::String((*value).to_owned()));
        }
    }
    source.card = Ipld::Map(card);
    source.body = Ipld::Map(body);
    judge_header(&source, ruling, &entries, findings);
    match named_feeds {
        Some(feeds) => source.feeds = feeds,
        None => {
            source.feeds = feeds::derived(&source.kind, &source.body);
            source.feeds_derived = true;
            // A withdrawal or a response goes where the record is that it belongs to, which only a store can tell.
            let belongs = fields::rules(&source.kind).is_some_and(|rules| rules.link.is_some());
            if source.feeds.is_empty() && !belongs {
                findings.fault(
                    "feeds",
                    "is missing, and there are no regions, themes or countries to derive feeds from",
                    "add `feeds: [...]`, or say which regions, themes or countries it is about",
                );
            }
        }
    }
    judgement::content(&source, &text, findings);
    Some(source)
}

fn scalar<'a>(entries: &'a [(Key, Node)], name: &str) -> Option<&'a str> {
    entries
        .iter()
        .find(|(k, _)| k.name == name)
        .and_then(|(_, node)| match &node.value {
            yaml::Value::Text { text, .. } => Some(text.as_str()),
            _ => None,
        })
}

/// The kind decides which fields there are, so without it nothing more can be said.
fn kind(entries: &[(Key, Node)], findings: &mut Findings) -> Option<String> {
    let known = fields::KINDS.iter().map(|r| r.kind);
    let all = known.clone().collect::<Vec<_>>().join(", ");
    let Some((key, node)) = entries.iter().find(|(k, _)| k.name == "kind") else {
        findings.fault_at(
            (1, 1),
            "kind",
            "is missing",
            format!("add `kind: practice`, or another of: {all}"),
        );
        return None;
    };
    findings.place("kind", key.at);
    let kind = header::text("kind", node, findings)?;
    if fields::rules(kind).is_none() {
        let remedy = match nearest(kind, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write one of: {all}"),
        };
        findings.fault(
            "kind",
            format!("`{kind}` is not a kind that this version knows"),
            remedy,
        );
        return None;
    }
    Some(kind.to_owned())
}

fn take_sections(
    written: Vec<sections::Written>,
    (ruling, lang): (&fields::Rules, &str),
    card: &mut BTreeMap<String, Ipld>,
    body: &mut BTreeMap<String, Ipld>,
    findings: &mut Findings,
) {
    let mut held = match body.remove("sections") {
        Some(Ipld::Map(map)) => map,
        _ => BTreeMap::new(),
    };
    let mut untouched = Vec::new();
    if let Some(first) = written.first() {
        findings.place("sections", (first.line, 1));
    }
    for section in written {
        let field = format!("sections.{}", section.key);
        let at = (section.line, 1);
        if section.key == "summary"
            && !card.contains_key("summary")
            && !findings.is_unread("summary")
        {
            findings.place("summary", at);
            card.insert(
                "summary".to_owned(),
                Ipld::String(content::text::normalised(&section.text)),
            );
            continue;
        }
        if held.contains_key(&section.key) {
            findings.fault_at(
                at,
                &field,
                "stands here a second time",
                "put the text under one heading",
            );
            continue;
        }
        findings.place(&field, at);
        if section.text.is_empty() {
            findings.warning(
                &field,
                "is empty and is left out",
                "write something under the heading, or remove it",
            );
            continue;
        }
        if let Some(hint) = section.hint {
            untouched.push((field, hint));
            continue;
        }
        if ruling.sections.iter().all(|s| s.key != section.key) {
            let problem = format!("`{}` is not a section of this kind", section.heading);
            let near = nearest(&section.key, ruling.sections.iter().map(|s| s.key));
            let meant = near.map(|near| {
                let heading = sections::heading_in(near, lang);
                format!("did you mean `## {heading}`?")
            });
            if !Shape::SectionKey.fits(&section.key) {
                // Nothing that could be kept under a key of its own: most often a heading in words of the writer's own language.
                let all: Vec<_> = ruling
                    .sections
                    .iter()
                    .map(|s| sections::heading_in(s.key, lang))
                    .collect();
                let hint = meant.unwrap_or_else(|| format!("the headings are: {}", all.join("; ")));
                findings.fault_at(at, &field, problem, hint);
                continue;
            }
            let kept = || format!("it is kept under the key `{}`", section.key);
            findings.warning(&field, problem, meant.unwrap_or_else(kept));
        }
        held.insert(
            section.key,
            Ipld::String(content::text::normalised(&section.text)),
        );
    }
    if held.is_empty() && ruling.sections_min > 0 && !untouched.is_empty() {
        let hint = format!(
            "at least {} of the sections; remove the headings you do not need",
            ruling.sections_min
        );
        findings.unfilled("sections", &hint);
        untouched.clear();
    }
    let none = held.is_empty();
    for (field, hint) in untouched {
        if none {
            findings.unfilled(&field, &hint);
        } else {
            findings.warning(
                &field,
                "still holds the template's text and is left out",
                "write it, or remove the heading",
            );
        }
    }
    if !held.is_empty() {
        body.insert("sections".to_owned(), Ipld::Map(held));
    }
}

fn judge_header(
    source: &Source,
    ruling: &fields::Rules,
    entries: &[(Key, Node)],
    findings: &mut Findings,
) {
    let given = |name: &str| {
        entries
            .iter()
            .any(|(k, node)| k.name == name && !node.is_empty())
    };
    if !given("lang") {
        findings.fault(
            "lang",
            "is missing",
            "add the language of the text, such as `lang: en`",
        );
    }
    if !given("marking") {
        findings.fault(
            "marking",
            "is missing",
            "add `marking: clear` (may be shared without limit) or `marking: green` (for the community of the mesh)",
        );
    }
    let needed = fields::rules(&source.kind)
        .and_then(|r| r.link)
        .or(ruling.link);
    if let Some(rel) = needed
        && source.links.iter().all(|(r, _)| r != rel)
        && !findings.is_unread("links")
    {
        findings.fault(
            "links",
            format!("has no `{rel}`"),
            format!("add `links: {{{rel}: [bafyr4i...]}}` with the id of the record it belongs to"),
        );
    }
}
