//! `indaba search`: records that hold all the words.

use serde::Serialize;

use super::context::{Context, unexpected};
use super::exit::Exit;
use super::failure::Failure;
use super::flags::SearchFlags;
use super::screen::{Page, Report};
use super::words;
use crate::engine::order::{Order, RecordLine, Reply};

#[derive(Serialize)]
struct Found {
    records: Vec<RecordLine>,
    looked_at: u64,
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
            "{} found in {} held here",
            words::count(self.records.len() as u64, "record", "records"),
            words::count(self.looked_at, "record", "records")
        ));
    }
}

/// Runs the command.
pub(crate) fn run(context: &Context, flags: SearchFlags) -> Result<Exit, Failure> {
    let order = Order::Search {
        words: flags.words,
        feed: flags.feed,
        limit: usize::from(flags.limit),
    };
    let Reply::Found { records, looked_at } = context.ask(order)? else {
        return Err(unexpected());
    };
    let exit = if records.is_empty() {
        Exit::NotFound
    } else {
        Exit::Ok
    };
    context.screen.report(&Found { records, looked_at })?;
    Ok(exit)
}
