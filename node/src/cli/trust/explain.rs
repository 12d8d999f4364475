//! `trust explain`: why an institution or a record is accepted or not.

use serde::Serialize;

use super::super::context::{Context, unexpected};
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::screen::{Page, Report, clean, paint, style};
use super::super::words;
use super::anchors::spelled;
use super::ask;
use crate::engine::order::{ExplanationView, TrustOrder, TrustReply};

#[derive(Serialize)]
#[serde(transparent)]
struct Explained(ExplanationView);

impl Report for Explained {
    const NAME: &'static str = "trust-explain";
    fn page(&self, page: &mut Page) {
        let view = &self.0;
        if let Some(record) = &view.record {
            page.field("record", record);
        }
        let asked_at_large = view.answers.iter().all(|answer| answer.feed.is_none());
        let in_part = view.extent == "limited" && view.record.is_none() && asked_at_large;
        page.field("institution", words::institution(&view.institution));
        page.field("fingerprint", &view.institution.fingerprint);
        for answer in &view.answers {
            page.gap();
            for (place, sentence) in answer.sentences.iter().enumerate() {
                if place == 0 {
                    let paints = if answer.accepted {
                        style::GOOD
                    } else {
                        style::WARN
                    };
                    page.line(paint(paints, &clean(sentence)));
                } else {
                    page.hanging("  ", 2, sentence);
                }
            }
        }
        if in_part {
            page.hanging(
                "  ",
                2,
                "In part only: for some feeds and kinds, and not for others. Ask about one with --feed and --kind.",
            );
        }
        for sentences in [&view.disputes, &view.became] {
            if !sentences.is_empty() {
                page.gap();
            }
            for sentence in sentences {
                page.hanging("", 2, sentence);
            }
        }
    }
}

/// Runs the command.
pub(super) fn run(
    context: &Context,
    subject: &str,
    kind: Option<String>,
    feed: Option<String>,
) -> Result<Exit, Failure> {
    let act = TrustOrder::Explain {
        subject: spelled(subject)?,
        kind,
        feed,
    };
    let TrustReply::Explained(view) = ask(context, act)? else {
        return Err(unexpected());
    };
    context.screen.report(&Explained(view))?;
    Ok(Exit::Ok)
}
