//! `indaba store`: what is kept on disk.

mod carried;
mod compact;
mod export;
mod figures;
mod held;
mod import;
mod migrate;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::assembly::{open_store, open_store_accepting};
use super::context::{Context, unexpected};
use super::exit::Exit;
use super::failure::Failure;
use super::flags::StoreAct;
use super::screen::{Page, Report, Screen, clean};
use super::words;
use crate::config::{DataDir, Settings, mark_folder};
use crate::engine::order::{Order, Reply};

mod damaged;

#[derive(Serialize)]
struct Verified {
    clean: bool,
    records: u64,
    journal_faults: Vec<String>,
    unreadable: Vec<(String, String)>,
    index_differences: BTreeMap<String, u64>,
}

impl Report for Verified {
    const NAME: &'static str = "store-verify";
    fn page(&self, page: &mut Page) {
        page.line(format!(
            "{} read, every hash compared",
            words::count(self.records, "record", "records")
        ));
        for fault in &self.journal_faults {
            page.line(format!("journal: {}", clean(fault)));
        }
        for (id, why) in &self.unreadable {
            page.line(format!(
                "record {id}: {}; it is fetched again from peers",
                clean(why)
            ));
        }
        for (column, count) in &self.index_differences {
            page.line(format!(
                "index, {column}: {} otherwise than the journal",
                words::count(*count, "key", "keys")
            ));
        }
        page.line(if self.clean {
            "nothing is wrong"
        } else {
            "the store is damaged"
        });
    }
}

#[derive(Serialize)]
struct Rebuilt {
    frames: u64,
}

impl Report for Rebuilt {
    const NAME: &'static str = "store-rebuild-index";
    fn page(&self, page: &mut Page) {
        page.line(format!(
            "index made anew from {}",
            words::count(self.frames, "frame of the journal", "frames of the journal")
        ));
    }
}

/// Tells how far a long reading is, on a terminal, at most twice a second.
pub(super) fn progress<'a>(screen: &'a Screen, what: &'a str) -> impl FnMut(u64, u64) + 'a {
    let mut last = Instant::now();
    move |done, all| {
        if screen.on_terminal() && last.elapsed() >= Duration::from_millis(500) {
            last = Instant::now();
            screen.say(
                what,
                format!("{} of {}", words::bytes(done), words::bytes(all)),
            );
        }
    }
}

/// Runs the command.
pub(crate) fn run(context: &Context, act: StoreAct) -> Result<Exit, Failure> {
    let dir = context.node_dir()?;
    let noted = noted_as(&act);
    let done = carry_out(context, &dir, act);
    match noted {
        Some(noted) => context.noting(&dir, noted, done),
        None => done,
    }
}

/// How the audit log names it; none when it changes nothing. An import notes itself, with what came of it.
fn noted_as(act: &StoreAct) -> Option<&'static str> {
    match act {
        StoreAct::Compact { .. } => Some("store-compact"),
        StoreAct::Repair => Some("store-repair"),
        StoreAct::Migrate { dry_run: false } => Some("store-migrate"),
        StoreAct::RebuildIndex => Some("store-rebuild-index"),
        StoreAct::AcceptLoss => Some("store-accept-loss"),
        StoreAct::AcceptCopy => Some("store-accept-copy"),
        StoreAct::Verify
        | StoreAct::Stats
        | StoreAct::Export { .. }
        | StoreAct::Import { .. }
        | StoreAct::Migrate { dry_run: true } => None,
    }
}

fn carry_out(context: &Context, dir: &DataDir, act: StoreAct) -> Result<Exit, Failure> {
    if matches!(act, StoreAct::AcceptCopy) {
        return accept_copy(context, dir);
    }
    let settings = context.settings(dir)?;
    match act {
        StoreAct::Compact { all } => return compact::run(context, dir, &settings, all),
        StoreAct::Stats => return figures::run(context, dir, &settings),
        StoreAct::Export { to } => return export::run(context, dir, &settings, &to),
        StoreAct::Import {
            file,
            dry_run,
            choices,
        } => {
            let wish = import::Wish {
                file: &file,
                dry_run,
                choices,
            };
            return import::run(context, dir, &settings, &wish);
        }
        _ => {}
    }
    if context.running(dir)?.is_some() {
        return Err(Failure::new(Exit::Locked, "the node is running and has the store open").hint("stop the node first (Ctrl-C, or your service manager); `indaba status` gives figures meanwhile"));
    }
    match act {
        StoreAct::AcceptLoss => return accept_loss(context, dir, &settings),
        StoreAct::Migrate { dry_run } => return migrate::run(context, dir, &settings, dry_run),
        StoreAct::Repair => return damaged::repair(context, dir, &settings),
        _ => {}
    }
    let mut store = match open_store(dir, &settings) {
        Err(failure) if act == StoreAct::Verify && failure.exit == Exit::Integrity => {
            return damaged::survey(context, dir, &settings, failure);
        }
        opened => opened?,
    };
    let failed = |e: indaba_store::StoreError| Failure::new(Exit::Integrity, e.to_string());
    let exit = match act {
        StoreAct::Verify => {
            let found = store
                .verify(&mut progress(&context.screen, "Verifying"))
                .map_err(failed)?;
            let clean = found.is_clean();
            let mend = !found.index_differences.is_empty();
            context.screen.report(&Verified {
                clean,
                records: found.records,
                journal_faults: found
                    .faults
                    .iter()
                    .map(|f| format!("segment {}, byte {}: {}", f.segment, f.offset, f.what))
                    .collect(),
                unreadable: found
                    .unreadable
                    .into_iter()
                    .map(|(id, why)| (id.to_string(), why))
                    .collect(),
                index_differences: found
                    .index_differences
                    .into_iter()
                    .map(|(c, n)| (c.to_owned(), n))
                    .collect(),
            })?;
            if mend {
                context.screen.hint("indaba store rebuild-index");
            }
            if clean { Exit::Ok } else { Exit::Integrity }
        }
        StoreAct::RebuildIndex => {
            let frames = store
                .rebuild_index(&mut progress(&context.screen, "Rebuilding"))
                .map_err(failed)?;
            context.screen.report(&Rebuilt { frames })?;
            Exit::Ok
        }
        // Carried out above.
        _ => Exit::Ok,
    };
    store.close().map_err(failed)?;
    Ok(exit)
}

#[derive(Serialize)]
struct Accepted {
    records: u64,
}

impl Report for Accepted {
    const NAME: &'static str = "store-accept-loss";
    fn page(&self, page: &mut Page) {
        page.line(format!(
            "the store is accepted as it is, with {}",
            words::count(self.records, "record", "records")
        ));
    }
}

#[derive(Serialize)]
struct CopyAccepted {
    was_copy: bool,
}

impl Report for CopyAccepted {
    const NAME: &'static str = "store-accept-copy";
    fn page(&self, page: &mut Page) {
        page.line(if self.was_copy {
            "this folder is now the one the node lives in; it may publish. Never run another copy"
        } else {
            "nothing to accept: this folder is no copy"
        });
    }
}

/// Lets a restored or moved folder, or a whole machine that was put back, publish, once and knowingly. The running node need not stop.
fn accept_copy(context: &Context, dir: &DataDir) -> Result<Exit, Failure> {
    let is_marked = context.is_copy(dir)?;
    let is_seen = match context.ask(Order::Status) {
        Ok(Reply::Status(status)) => status.another_copy,
        Ok(_) => return Err(unexpected()),
        // What is wrong with the store is for other commands; the folder's mark lies outside of it.
        Err(_) if is_marked => false,
        Err(failure) => return Err(failure),
    };
    let was_copy = is_marked || is_seen;
    if was_copy {
        let question = "Were all records this node has signed given back, and does no other copy of this folder run? Accept it?";
        if !context.asker.consent(question)? {
            return Ok(Exit::Interrupted);
        }
        if is_seen && !matches!(context.ask(Order::AcceptCopy)?, Reply::CopyAccepted { .. }) {
            return Err(unexpected());
        }
        mark_folder(dir.path()).map_err(|e| Failure::io("mark", dir.path(), &e))?;
    }
    context.screen.report(&CopyAccepted { was_copy })?;
    Ok(Exit::Ok)
}

/// Opens a store that is behind what this node published, once and knowingly.
fn accept_loss(context: &Context, dir: &DataDir, settings: &Settings) -> Result<Exit, Failure> {
    let question = "Is there no newer copy of the store? Then publishing stays refused where records of this node are missing, until peers give them back. Accept?";
    if !context.asker.consent(question)? {
        return Ok(Exit::Interrupted);
    }
    let store = open_store_accepting(dir, settings, true)?;
    let records = store.stats()?.records;
    store.close()?;
    context.screen.report(&Accepted { records })?;
    Ok(Exit::Ok)
}
