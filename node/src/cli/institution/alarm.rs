//! `indaba institution alarm`: one node key warns about another.

use serde::Serialize;

use crate::cli::context::{Context, unexpected};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::flags::AlarmFlags;
use crate::cli::screen::{Page, Report};
use crate::engine::order::{CutPlan, Order, Reply};

use super::show::plan_page;

#[derive(Serialize)]
#[serde(transparent)]
struct Raised(CutPlan);

impl Report for Raised {
    const NAME: &'static str = "institution-alarm";
    fn page(&self, page: &mut Page) {
        page.head(format!(
            "Alarm about node key {}: what it signed beyond the line is shown as disputed everywhere.",
            self.0.shown
        ));
        plan_page(page, &self.0, "disputed");
        page.line("No verdict changes until the root keys decide.");
    }
}

/// Runs the command.
pub(super) fn run(context: &Context, flags: &AlarmFlags) -> Result<Exit, Failure> {
    let (last, first_bad) = (&flags.line.last, &flags.line.first_bad);
    if last.is_empty() && first_bad.is_empty() && !flags.from_now_on {
        return Err(Failure::new(
            Exit::WrongUse,
            "from where on is the key not to be relied on?",
        )
        .hint("name the first record that is not yours with --first-bad, or your last one with --last; --from-now-on disputes only what is still to come"));
    }
    let consent = context.asker.consent(
        "An alarm is public and cannot be taken back; only the root keys settle it. Raise it?",
    )?;
    if !consent {
        return Err(Failure::new(Exit::Refused, "no alarm was raised"));
    }
    let Reply::Alarmed(plan) = context.ask(Order::Alarm {
        key: flags.key.clone(),
        last: last.clone(),
        first_bad: first_bad.clone(),
    })?
    else {
        return Err(unexpected());
    };
    context.screen.report(&Raised(*plan))?;
    context
        .screen
        .hint("let the root keys settle it: indaba institution revoke KEY --reason compromised");
    Ok(Exit::Ok)
}
