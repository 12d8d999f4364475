//! `indaba new` and `indaba check`: begin a record, look for faults before it is published.

use std::path::PathBuf;

use indaba_protocol::cbor;
use serde::Serialize;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::record_text::{Written, read_file};
use super::screen::{Page, Report, clean, paint, style};
use super::{hex, words};
use crate::authoring::{self, Severity, Source};
use crate::engine::order::Draft;

/// The engine's form of what a file says.
pub(crate) fn draft(source: &Source, file: &str) -> Draft {
    Draft {
        kind: source.kind.clone(),
        feeds: source.feeds.clone(),
        links: source.links.clone(),
        lang: source.lang.clone(),
        marking: source.marking.clone(),
        day: source.day.clone(),
        card: hex::encode(&cbor::encode(&source.card)),
        body: hex::encode(&cbor::encode(&source.body)),
        source: file.to_owned(),
    }
}

#[derive(Serialize)]
struct FindingLine {
    /// From 1; 0 for the file as a whole.
    line: usize,
    column: usize,
    severity: &'static str,
    field: String,
    problem: String,
    remedy: String,
}

#[derive(Serialize)]
struct FileChecked {
    file: String,
    publishable: bool,
    kind: Option<String>,
    feeds: Vec<String>,
    findings: Vec<FindingLine>,
}

#[derive(Serialize)]
struct Checked {
    files: Vec<FileChecked>,
    faulty: usize,
}

impl Report for Checked {
    const NAME: &'static str = "check";
    fn page(&self, page: &mut Page) {
        for file in &self.files {
            for finding in &file.findings {
                let word = if finding.severity == "error" {
                    style::BAD
                } else {
                    style::WARN
                };
                let place = match finding.line {
                    0 => String::new(),
                    line => format!("{line}:{}:", finding.column),
                };
                page.line(format!(
                    "{}:{place} {} {}",
                    clean(&file.file),
                    paint(word, &format!("{}:", finding.severity)),
                    clean(&format!("{} {}", finding.field, finding.problem)).trim_start()
                ));
                let help = format!("    {} ", paint(style::HINT, "help:"));
                page.hanging(&help, 10, &finding.remedy);
            }
            if file.publishable {
                let kind = file.kind.as_deref().unwrap_or("record");
                let feeds = match file.feeds.as_slice() {
                    [] => "the feeds of the record it belongs to".to_owned(),
                    feeds => clean(&feeds.join(" ")),
                };
                page.line(format!(
                    "{}: {} {} for {feeds}",
                    clean(&file.file),
                    paint(style::GOOD, "ok,"),
                    words::one(kind),
                ));
            }
        }
        if self.faulty > 0 {
            page.line(format!(
                "{} of {} cannot be published",
                self.faulty,
                words::count(self.files.len() as u64, "file", "files")
            ));
        }
    }
}

fn checked(written: &[Written]) -> Checked {
    let files: Vec<FileChecked> = written
        .iter()
        .map(|w| FileChecked {
            file: w.file.clone(),
            publishable: w.read.is_ok(),
            kind: w.read.as_ref().ok().map(|s| s.kind.clone()),
            feeds: w.read.as_ref().map(|s| s.feeds.clone()).unwrap_or_default(),
            findings: w
                .findings()
                .iter()
                .map(|f| FindingLine {
                    line: f.line,
                    column: f.column,
                    severity: if f.severity == Severity::Fault {
                        "error"
                    } else {
                        "warning"
                    },
                    field: f.field.clone(),
                    problem: f.problem.clone(),
                    remedy: f.remedy.clone(),
                })
                .collect(),
        })
        .collect();
    let faulty = files.iter().filter(|f| !f.publishable).count();
    Checked { files, faulty }
}

/// Runs `check`.
pub(crate) fn check(context: &Context, files: &[PathBuf]) -> Result<Exit, Failure> {
    let written: Vec<Written> = files.iter().map(|f| read_file(f)).collect();
    let report = checked(&written);
    let exit = if report.faulty > 0 {
        exit_of_faulty(&written)
    } else {
        Exit::Ok
    };
    context.screen.report(&report)?;
    Ok(exit)
}

/// A file that is not there weighs more than one that has faults.
fn exit_of_faulty(written: &[Written]) -> Exit {
    if written.iter().any(|w| w.missing) {
        Exit::NotFound
    } else {
        Exit::Failed
    }
}

/// Shows what is wrong with files that cannot be published, as one failure.
pub(super) fn faulty_files(written: &[Written]) -> Option<Failure> {
    let lines: Vec<String> = written
        .iter()
        .filter(|w| w.read.is_err())
        .flat_map(|w| {
            w.findings()
                .iter()
                .filter(|f| f.severity == Severity::Fault)
                .map(|f| format!("{}:{f}", w.file))
        })
        .collect();
    if lines.is_empty() {
        return None;
    }
    Some(
        Failure::new(exit_of_faulty(written), lines.join("\n"))
            .hint("nothing was published; mend what is named, then `indaba check`"),
    )
}

#[derive(Serialize)]
struct Template {
    kind: String,
    template: String,
}

impl Report for Template {
    const NAME: &'static str = "new";
    fn page(&self, page: &mut Page) {
        page.block(&self.template);
    }
}

/// Runs `new`.
pub(crate) fn new(context: &Context, kind: &str, language: &str) -> Result<Exit, Failure> {
    let template = authoring::template(kind, language)
        .map_err(|e| Failure::new(Exit::WrongUse, e.to_string()))?;
    context.screen.report(&Template {
        kind: kind.to_owned(),
        template,
    })?;
    context
        .screen
        .hint("save it as a file, fill it in, then: indaba check FILE");
    Ok(Exit::Ok)
}
