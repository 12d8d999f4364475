//! `trust waiting`: what is kept aside, and why.

use serde::Serialize;

use super::super::context::{Context, unexpected};
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::screen::{Page, Report};
use super::super::words;
use super::anchors::spelled;
use super::ask;
use crate::engine::order::{TrustOrder, TrustReply, WaitingView};

#[derive(Serialize)]
struct Waiting {
    waiting: Vec<WaitingView>,
    /// How many more there are than are shown.
    more: u64,
}

impl Report for Waiting {
    const NAME: &'static str = "trust-waiting";
    fn page(&self, page: &mut Page) {
        if self.waiting.is_empty() {
            page.line("nothing waits");
            return;
        }
        let rows: Vec<Vec<String>> = self
            .waiting
            .iter()
            .map(|one| {
                vec![
                    one.short.clone(),
                    one.word.clone(),
                    one.kind.clone(),
                    words::claimed(&one.institution, one.claimed_name.as_deref()),
                    one.title.clone().unwrap_or_else(|| one.feeds.join(", ")),
                    words::bytes(one.bytes),
                ]
            })
            .collect();
        page.table(
            &[
                "id",
                "state",
                "kind",
                "signed in the name of",
                "about",
                "size",
            ],
            &rows,
        );
        if self.more > 0 {
            page.line(format!(
                "and {}",
                words::count(self.more, "statement more", "statements more")
            ));
        }
    }
}

/// Runs the command.
pub(super) fn run(context: &Context, institution: Option<&str>) -> Result<Exit, Failure> {
    let institution = institution.map(spelled).transpose()?;
    let TrustReply::Waiting { waiting, more } = ask(context, TrustOrder::Waiting { institution })?
    else {
        return Err(unexpected());
    };
    context.screen.report(&Waiting { waiting, more })?;
    Ok(Exit::Ok)
}
