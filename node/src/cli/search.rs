//! `indaba search`: records that hold all the words.

use serde::Serialize;

use super::context::{Context, unexpected};
use super::exit::Exit;
use super::failure::Failure;
use super::feed::well_written;
use super::flags::SearchFlags;
use super::screen::{Page, Report};
use super::words;
use crate::authoring::feed_meant;
use crate::engine::order::{Order, RecordLine, Reply};

#[derive(Serialize)]
struct Found {
    records: Vec<RecordLine>,
    looked_at: u64,
    more: bool,
}

impl Report for Found {
    const NAME: &'static str = "search";
    fn page(&self, page: &mut Page) {
        if !self.records.is_empty() {
            page.table(
                &words::RECORD_HEADS,
                &self
                    .records
                    .iter()
                    .map(words::record_row)
                    .collect::<Vec<_>>(),
            );
        }
        page.line(format!(
            "{} found in {}{} held here{}",
            words::count(self.records.len() as u64, "record", "records"),
            if self.more { "the newest " } else { "" },
            words::count(self.looked_at, "record", "records"),
            if self.more {
                "; older ones were not looked at"
            } else {
                ""
            }
        ));
    }
}

/// Runs the command.
pub(crate) fn run(context: &Context, flags: SearchFlags) -> Result<Exit, Failure> {
    if let Some(feed) = &flags.feed {
        well_written(feed)?;
    }
    let order = Order::Search {
        words: flags.words,
        feed: flags.feed.clone(),
        limit: usize::from(flags.limit),
    };
    let Reply::Found {
        records,
        looked_at,
        more,
    } = context.ask(order)?
    else {
        return Err(unexpected());
    };
    let exit = if records.is_empty() {
        Exit::NotFound
    } else {
        Exit::Ok
    };
    let full = more && records.len() == usize::from(flags.limit);
    context.screen.report(&Found {
        records,
        looked_at,
        more,
    })?;
    if full {
        context.screen.hint(format!(
            "to see more, allow more: --limit {}",
            (flags.limit * 2).min(500)
        ));
    }
    if looked_at == 0
        && let Some(meant) = flags.feed.as_deref().and_then(feed_meant)
    {
        context.screen.hint(format!("did you mean `{meant}`?"));
    }
    Ok(exit)
}
