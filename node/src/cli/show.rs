//! `indaba show`: one record.

use indaba_protocol::{Value, cbor};
use serde::Serialize;

use super::context::{Context, unexpected};
use super::exit::Exit;
use super::failure::Failure;
use super::flags::ShowFlags;
use super::record_file::{RecordFile, write_new};
use super::screen::{Page, Report, clean, paint, style};
use super::{hex, words};
use crate::authoring;
use crate::engine::order::{Order, RecordView, Reply};

#[derive(Serialize)]
#[serde(transparent)]
struct Shown(RecordView);

impl Report for Shown {
    const NAME: &'static str = "show";
    fn page(&self, page: &mut Page) {
        let record = &self.0;
        match parts(record) {
            Some((card, body)) => {
                page.block(&authoring::render(&facts(record), &card, &body, WIDTH))
            }
            None => {
                page.head(record.line.title.as_deref().unwrap_or("(no title)"));
                page.line(paint(
                    style::DIM,
                    "card or body is not held here, was withdrawn, or does not read",
                ));
                page.field("id", &record.line.id);
                page.field(
                    "kind",
                    format!("{}, in {}", record.line.kind, record.line.lang),
                );
                if let Some(day) = &record.line.day {
                    page.field("day", format!("{day} (claimed)"));
                }
                for (rel, target) in &record.links {
                    page.field(rel, target);
                }
            }
        }
        page.gap();
        page.head("Who stands behind it");
        page.field("state", record.line.words.join(", "));
        page.field("signed by", words::institution(&record.line.institution));
        page.field("fingerprint", &record.line.institution.fingerprint);
        page.field("key", &record.key);
        page.field("audience", audience(&record.marking));
        for (place, (feed, seq, _)) in record.lanes.iter().enumerate() {
            page.field(
                if place == 0 { "position" } else { "" },
                format!("{feed} #{seq}"),
            );
        }
        for (rel, source) in &record.linked_from {
            page.field("linked from", format!("{source} ({rel})"));
        }
        for fault in &record.malformed {
            page.line(format!(
                "{:>14}  {}",
                paint(style::WARN, "malformed"),
                clean(fault)
            ));
        }
    }
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
    let map = |text: &Option<String>| cbor::decode(&hex::decode(text.as_deref()?)?).ok();
    Some((map(&record.card)?, map(&record.body)?))
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
        context.screen.report(&Shown(*record))?;
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
