//! `indaba show`: one record.

use indaba_protocol::Value;
use serde::Serialize;

use super::context::{Context, unexpected};
use super::exit::Exit;
use super::failure::Failure;
use super::flags::ShowFlags;
use super::readable::{part, readable};
use super::record_file::{RecordFile, write_new};
use super::screen::{Page, Report, Screen, clean, paint, style};
use super::{hex, words};
use crate::authoring;
use crate::engine::order::{Holder, Order, RecordView, Reply};

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    record: RecordView,
    effects: Vec<Effect>,
    /// Card and body, readable; null where one is not here.
    contents: Contents,
    /// Without a running node nobody tells who holds it.
    #[serde(skip)]
    running: bool,
}

/// The fields of a record; `card` and `body` beside it are the bytes that were signed.
#[derive(Serialize)]
struct Contents {
    card: Option<serde_json::Value>,
    body: Option<serde_json::Value>,
}

/// What another record of the same signer did to this one.
#[derive(Serialize)]
struct Effect {
    /// `withdrawn` or `superseded`.
    word: &'static str,
    by: String,
    reason: Option<String>,
    note: Option<String>,
}

impl Report for Shown {
    const NAME: &'static str = "show";
    fn page(&self, page: &mut Page) {
        let record = &self.record;
        // Who signed stands here once; the id, marking and feeds stand below, the last two as audience and position.
        let mut facts = facts(record);
        facts.institution = Some(words::institution(&record.line.institution));
        facts.state = Some(record.line.words.join(", "));
        facts.id = None;
        facts.marking = String::new();
        facts.feeds = Vec::new();
        let (card, body) = parts(record).unwrap_or_else(|| (empty(), empty()));
        let text = authoring::render(&facts, &card, &body, page.columns(WIDTH));
        let (head, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
        page.block(head);
        for effect in &self.effects {
            page.line(paint(style::WARN, &effect.words()));
            page.line(format!("    see: indaba show {}", clean(&effect.by)));
        }
        for sentence in &record.disputes {
            page.hanging("", 0, sentence);
        }
        if let Some(words) = self.fate() {
            page.line(paint(style::DIM, &words));
        }
        if let Some(why) = self.without_text() {
            page.line(paint(style::DIM, why));
        }
        page.gap();
        page.block(rest.trim_end());
        page.gap();
        page.head("Who stands behind it");
        page.field("id", &record.line.id);
        page.field("fingerprint", &record.line.institution.fingerprint);
        page.field("key", &record.key);
        if !record.why.is_empty() {
            page.field("accepted", record.why.join(" "));
        }
        for (place, sentence) in record.became.iter().enumerate() {
            page.field(if place == 0 { "since then" } else { "" }, clean(sentence));
        }
        page.field("audience", audience(&record.marking));
        for (place, (feed, seq, _)) in record.lanes.iter().enumerate() {
            page.field(
                if place == 0 { "position" } else { "" },
                format!("{feed} #{seq}"),
            );
        }
        if let Some(holders) = &record.holders {
            held_by(page, holders, self.running);
        }
        for (rel, source) in &record.linked_from {
            page.field("linked from", format!("{source} ({rel})"));
        }
        for fault in &record.malformed {
            page.line(format!(
                "{}  {}",
                paint(style::WARN, &format!("{:>14}", "malformed")),
                clean(fault)
            ));
        }
    }
}

/// Holders that are shown one by one; `--json` gives all.
const HOLDERS_SHOWN: usize = 12;

/// Who said that he holds an own record, and since when.
fn held_by(page: &mut Page, holders: &[Holder], running: bool) {
    if !running {
        page.field("held by", "not known while this node does not run");
        return;
    }
    if holders.is_empty() {
        page.field(
            "held by",
            "nobody yet: since this node started no peer has said so, and every few minutes some are asked",
        );
        return;
    }
    let now = words::now();
    for (place, holder) in holders.iter().take(HOLDERS_SHOWN).enumerate() {
        let who = match &holder.institution {
            Some(institution) => words::institution(institution),
            None => "a node of an institution not named here".to_owned(),
        };
        page.field(
            if place == 0 { "held by" } else { "" },
            format!(
                "{who}, peer {}: it said so {}",
                holder.peer,
                words::ago(now, holder.since)
            ),
        );
    }
    if holders.len() > HOLDERS_SHOWN {
        let more = words::count(
            (holders.len() - HOLDERS_SHOWN) as u64,
            "more peer",
            "more peers",
        );
        page.field("", format!("and {more}: indaba show ID --json"));
    }
}

impl Shown {
    /// What this node did with the text of a withdrawn record.
    fn fate(&self) -> Option<String> {
        let found = self.record.withdrawal.as_ref()?;
        let noted = clean(&found.noted);
        Some(match (&found.erased, found.days_left) {
            (Some(erased), _) => {
                format!("withdrawn on {noted}, erased here on {}", clean(erased))
            }
            (None, Some(days)) => format!(
                "withdrawn on {noted}; its text is erased here in {}",
                words::count(days, "day", "days")
            ),
            (None, None) => {
                format!("withdrawn on {noted}; its text is not erased here while that is in doubt")
            }
        })
    }

    /// Why there is no text to show, unless it is there or an effect tells.
    fn without_text(&self) -> Option<&'static str> {
        let is = |word: &str| self.record.line.words.iter().any(|w| w == word);
        if parts(&self.record).is_some() || self.effects.iter().any(|e| e.word == "withdrawn") {
            return None;
        }
        Some(if is("withdrawn") {
            "it was withdrawn, and its text is erased here"
        } else if !self.record.malformed.is_empty() {
            "its text does not read"
        } else {
            "its text is not held here yet; it comes when a peer has it"
        })
    }
}

impl Effect {
    fn words(&self) -> String {
        let said = match (&self.reason, &self.note) {
            (Some(reason), Some(note)) => format!(" ({reason}): {note}"),
            (Some(reason), None) => format!(": {reason}"),
            (None, Some(note)) => format!(": {note}"),
            (None, None) => String::new(),
        };
        clean(&match self.word {
            "withdrawn" => format!("Withdrawn by its signer{said}"),
            _ => format!("Superseded by a newer version{said}"),
        })
    }
}

/// Records that point at one, looked at for what they did to it: more of the same kind tell nothing new.
const MOST_EFFECTS: usize = 8;

/// What the signer's own later records did to this one.
fn effects(context: &Context, record: &RecordView) -> Result<Vec<Effect>, Failure> {
    let mut effects = Vec::new();
    for (word, rel) in [("withdrawn", "withdraws"), ("superseded", "revises")] {
        if !record.line.words.iter().any(|w| w == word) {
            continue;
        }
        let by = record.linked_from.iter().filter(|(r, _)| r == rel);
        for (_, id) in by.take(MOST_EFFECTS) {
            let Reply::Record(by) = context.ask(Order::Show { id: id.clone() })? else {
                return Err(unexpected());
            };
            let same = by.line.institution.id == record.line.institution.id;
            if !same || by.line.words.iter().any(|w| w == "disputed" || w == "void") {
                continue;
            }
            let body = parts(&by).map_or_else(empty, |(_, body)| body);
            effects.push(Effect {
                word,
                by: by.line.id.clone(),
                reason: text(&body, "reason"),
                note: text(&body, "note"),
            });
        }
    }
    Ok(effects)
}

/// A text of a map, unless it is empty.
fn text(map: &Value, name: &str) -> Option<String> {
    match map {
        Value::Map(map) => match map.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

fn empty() -> Value {
    Value::Map(std::collections::BTreeMap::new())
}

/// What a marking means, in words.
pub(super) fn audience(marking: &str) -> String {
    match marking {
        "clear" => "clear: readable by everybody, may be passed on without limit".into(),
        "green" => "green: for the community; may be passed on within it, not in public places. It is not encrypted".into(),
        other => other.into(),
    }
}

/// Characters a line of text is wrapped to; longer lines are hard to read.
const WIDTH: usize = 96;

/// Card and body, when both are held and read.
fn parts(record: &RecordView) -> Option<(Value, Value)> {
    Some((part(record.card.as_deref())?, part(record.body.as_deref())?))
}

/// What the header tells, for rendering.
fn facts(record: &RecordView) -> authoring::Facts {
    authoring::Facts {
        id: Some(record.line.id.clone()),
        institution: record.line.institution.name.clone(),
        state: record.line.words.first().cloned(),
        kind: record.line.kind.clone(),
        lang: record.line.lang.clone(),
        marking: record.marking.clone(),
        day: record.line.day.clone(),
        feeds: record.line.feeds.clone(),
        links: record.links.clone(),
    }
}

fn markdown(record: &RecordView) -> Result<String, Failure> {
    let (card, body) = parts(record).ok_or_else(|| {
        Failure::new(
            Exit::NotFound,
            "card or body is not held here, was withdrawn, or does not read",
        )
        .hint("see `indaba show ID`")
    })?;
    Ok(authoring::to_markdown(&facts(record), &card, &body))
}

#[derive(Serialize)]
struct Raw {
    id: String,
    item: String,
    file: Option<String>,
}

impl Report for Raw {
    const NAME: &'static str = "show-raw";
    fn page(&self, page: &mut Page) {
        match &self.file {
            Some(file) => page.line(clean(file)),
            None => page.line(&self.item),
        }
    }
}

#[derive(Serialize)]
struct Markdown {
    id: String,
    markdown: String,
    file: Option<String>,
}

impl Report for Markdown {
    const NAME: &'static str = "show-markdown";
    fn page(&self, page: &mut Page) {
        match &self.file {
            Some(file) => page.line(clean(file)),
            None => page.block(&self.markdown),
        }
    }
}

#[derive(Serialize)]
struct Text {
    id: String,
    text: String,
    file: String,
}

impl Report for Text {
    const NAME: &'static str = "show-text";
    fn page(&self, page: &mut Page) {
        page.line(clean(&self.file));
    }
}

/// Runs the command.
pub(crate) fn run(context: &Context, flags: ShowFlags) -> Result<Exit, Failure> {
    let Reply::Record(record) = context.ask(Order::Show { id: flags.id })? else {
        return Err(unexpected());
    };
    let file = flags.out.as_ref().map(|p| p.display().to_string());
    if flags.raw {
        if let Some(path) = &flags.out {
            raw_file(context, &record, flags.with_institution)?.write(path)?;
        }
        context.screen.report(&Raw {
            id: record.line.id.clone(),
            item: record.item.clone(),
            file,
        })?;
    } else if flags.markdown {
        let markdown = markdown(&record)?;
        if let Some(path) = &flags.out {
            write_new(path, markdown.as_bytes())?;
        }
        context.screen.report(&Markdown {
            id: record.line.id.clone(),
            markdown,
            file,
        })?;
    } else {
        let field = |text: &Option<String>| Some(readable(&part(text.as_deref())?));
        let shown = Shown {
            contents: Contents {
                card: field(&record.card),
                body: field(&record.body),
            },
            effects: effects(context, &record)?,
            record: *record,
            running: context.running(&context.node_dir()?)?.is_some(),
        };
        match flags.out.as_deref().zip(file) {
            None => context.screen.report(&shown)?,
            Some((path, file)) => {
                let text = Screen::plain(&shown);
                write_new(path, text.as_bytes())?;
                let id = shown.record.line.id;
                context.screen.report(&Text { id, text, file })?;
            }
        }
    }
    Ok(Exit::Ok)
}

fn raw_file(
    context: &Context,
    record: &RecordView,
    with_institution: bool,
) -> Result<RecordFile, Failure> {
    let item = hex::decode(&record.item).ok_or_else(unexpected)?;
    let mut institution = Vec::new();
    if with_institution {
        let order = Order::Institution {
            institution: record.line.institution.id.clone(),
        };
        let Reply::Institution { statements, .. } = context.ask(order)? else {
            return Err(unexpected());
        };
        for statement in statements {
            institution.push(hex::decode(&statement).ok_or_else(unexpected)?);
        }
    }
    let network = context.identity(&context.node_dir()?)?.network;
    Ok(RecordFile {
        network: Some(network),
        item,
        institution,
    })
}
