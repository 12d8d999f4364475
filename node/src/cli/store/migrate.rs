//! `indaba store migrate`: writing what an older program wrote in the newest format.

use indaba_store::Wanted;
use serde::Serialize;

use crate::cli::assembly::open_store;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::screen::{Page, Report};
use crate::cli::words;
use crate::config::{DataDir, Settings};
use crate::engine::limits::COMPACT_PIECE;

#[derive(Serialize)]
struct Older {
    format: u16,
    bytes: u64,
    changes: Vec<&'static str>,
}

#[derive(Serialize)]
struct Migrated {
    dry_run: bool,
    /// The format this program writes.
    format: u16,
    older: Vec<Older>,
    rewritten_bytes: u64,
}

impl Report for Migrated {
    const NAME: &'static str = "store-migrate";
    fn page(&self, page: &mut Page) {
        if self.older.is_empty() {
            page.line(format!(
                "the store has format {}, the newest this program knows; nothing to do",
                self.format
            ));
            return;
        }
        for older in &self.older {
            page.line(format!(
                "{} in format {}",
                words::bytes(older.bytes),
                older.format
            ));
            for change in &older.changes {
                page.line(format!("  {change}"));
            }
        }
        page.line(if self.dry_run {
            format!(
                "would be written in format {}; nothing was changed",
                self.format
            )
        } else {
            format!("written in format {} now", self.format)
        });
    }
}

/// Runs the command; the node is stopped.
pub(super) fn run(
    context: &Context,
    dir: &DataDir,
    settings: &Settings,
    dry_run: bool,
) -> Result<Exit, Failure> {
    let mut store = open_store(dir, settings)?;
    let (format, older) = store.formats();
    let mut done = Migrated {
        dry_run,
        format,
        older: older
            .into_iter()
            .map(|older| Older {
                format: older.format,
                bytes: older.bytes,
                changes: older.changes,
            })
            .collect(),
        rewritten_bytes: 0,
    };
    let wanted = Wanted {
        live_percent: 0,
        erased: false,
        older: true,
        before: store.journal_end(),
        bytes: COMPACT_PIECE,
    };
    if !dry_run {
        loop {
            let piece = store.compact_piece(&wanted)?;
            done.rewritten_bytes += piece.done.moved;
            if !piece.more {
                break;
            }
        }
    }
    store.close()?;
    context.screen.report(&done)?;
    Ok(Exit::Ok)
}
