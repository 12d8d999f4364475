//! `indaba store compact`: giving disk back.

use serde::Serialize;

use crate::cli::assembly::open_store;
use crate::cli::context::{Context, Reached, unexpected};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::screen::{Page, Report};
use crate::cli::words;
use crate::config::{DataDir, Settings};
use crate::engine::order::{Order, Reply};
use crate::engine::wanted_by_command;

#[derive(Default, Serialize)]
struct Compacted {
    segments: u64,
    removed_bytes: u64,
    rewritten_bytes: u64,
    journal_bytes_before: u64,
    journal_bytes_after: u64,
}

impl Report for Compacted {
    const NAME: &'static str = "store-compact";
    fn page(&self, page: &mut Page) {
        if self.segments == 0 {
            page.line("nothing to give back: every part of the journal is needed");
            return;
        }
        page.line(format!(
            "{} cleared; the journal took {} and takes {} now",
            words::count(self.segments, "part of the journal", "parts of the journal"),
            words::bytes(self.journal_bytes_before),
            words::bytes(self.journal_bytes_after),
        ));
    }
}

/// Runs the command: through the running node, a piece at a time, or on the store itself.
pub(super) fn run(
    context: &Context,
    dir: &DataDir,
    settings: &Settings,
    all: bool,
) -> Result<Exit, Failure> {
    let mut done = Compacted::default();
    let reached = context.reach(dir, || open_store(dir, settings))?;
    if let Reached::Here(mut store) = reached {
        done.journal_bytes_before = journal_bytes(dir, settings);
        let wanted = wanted_by_command(all, store.journal_end());
        loop {
            let piece = store.compact_piece(&wanted)?;
            done.segments += piece.done.segments;
            done.removed_bytes += piece.done.removed;
            done.rewritten_bytes += piece.done.moved;
            if !piece.more {
                break;
            }
        }
        store.close()?;
    } else {
        done.journal_bytes_before = journal_bytes(dir, settings);
        let mut until = None;
        loop {
            let Reply::Compacted {
                segments,
                removed,
                moved,
                more,
                held,
                before,
            } = context.ask(Order::Compact { all, before: until })?
            else {
                return Err(unexpected());
            };
            if held {
                return Err(Failure::new(
                    Exit::Locked,
                    "the journal is being read, by an export or `indaba store stats`",
                )
                .hint("run the command again when that has ended"));
            }
            until = Some(before);
            done.segments += segments;
            done.removed_bytes += removed;
            done.rewritten_bytes += moved;
            if !more {
                break;
            }
        }
    }
    done.journal_bytes_after = journal_bytes(dir, settings);
    context.screen.report(&done)?;
    Ok(Exit::Ok)
}

/// Bytes of the journal's files.
fn journal_bytes(dir: &DataDir, settings: &Settings) -> u64 {
    let store = crate::cli::assembly::store_path(dir, settings);
    let folder = indaba_store::journal::folder(&store);
    let sizes = std::fs::read_dir(folder).into_iter().flatten().flatten();
    sizes
        .filter_map(|item| Some(item.metadata().ok()?.len()))
        .sum()
}
