//! When the journal is damaged: a new one from everything in it that can be read.
//!
//! Never done by itself. The damaged journal is put aside whole, records that could not be read are
//! simply not held any more, and reconciliation fetches them like any other missing record.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Store;
use super::opening::{Options, lock};
use crate::disk::Disk;
use crate::entry::Entry;
use crate::error::{Result, StoreError};
use crate::guard::Guard;
use crate::journal::{self, Fault, Journal, Opening, Reader};
use crate::session::{Ended, Session};

/// Where the new journal is made; it exists whole before the old one is moved.
const NEW: &str = "journal.repaired";
/// Says that the new journal is whole.
const READY: &str = "journal.ready";
/// Journals put aside are numbered; more than this many need a look by the operator first.
const MOST_ASIDE: u32 = 100;

/// What a repair did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Repaired {
    /// Frames saved.
    pub frames: u64,
    /// Places that could not be read; what stood there is gone.
    pub faults: Vec<Fault>,
    /// Where the damaged journal was put.
    pub aside: PathBuf,
}

impl Store {
    /// Makes a new journal of everything that can be read in the one in `dir`. Open the store
    /// afterwards with [`Options::accept_loss`]: the guard may know of more than was saved.
    ///
    /// # Errors
    /// [`StoreError::Locked`], [`StoreError::Io`], [`StoreError::NewerFormat`]; the old journal is then
    /// still in its place.
    pub fn repair(dir: &Path, options: &Options) -> Result<Repaired> {
        let disk = &options.disk;
        let _lock = lock(disk, dir)?;
        finish(disk, dir)?;
        let guard = match &options.guard {
            Some(path) => Guard::open(disk, path)?,
            None => None,
        };
        let fallback = guard.map_or(options.new_id, |guard| guard.remembered().store);
        let old = Reader::of_damaged(disk.clone(), &journal::folder(dir), fallback)?;

        let folder = dir.join(NEW);
        disk.create_dir(&folder)
            .map_err(StoreError::io("create", &folder))?;
        for name in disk
            .list(&folder)
            .map_err(StoreError::io("list", &folder))?
        {
            let path = folder.join(name);
            disk.remove(&path)
                .map_err(StoreError::io("remove", &path))?;
        }
        let opening = Opening {
            segment_bytes: options.segment_bytes,
            ..Opening::new(old.id())
        };
        let (mut new, _) = Journal::open(disk.clone(), &folder, &opening)?;
        let mut repaired = Repaired::default();
        repaired.faults = old.salvage(|frame| {
            // What cannot be understood any more would stop every later opening.
            let entries: Vec<_> = frame
                .entries()
                .unwrap_or_default()
                .into_iter()
                .filter(|stored| Entry::decode(stored.kind, &stored.bytes).is_some())
                .collect();
            let group: Vec<_> = entries
                .iter()
                .map(|stored| journal::Entry {
                    kind: stored.kind,
                    bytes: &stored.bytes,
                })
                .collect();
            repaired.frames += 1;
            new.append(&group).map(drop)
        })?;
        drop(new);
        disk.sync_dir(dir).map_err(StoreError::io("sync", dir))?;

        let (session, _) = Session::open(disk, &dir.join("session"), options.boot.clone())?;
        session.set(Ended::Distrust)?;
        let ready = dir.join(READY);
        disk.create(&ready)
            .map_err(StoreError::io("create", &ready))?;
        disk.sync_dir(dir).map_err(StoreError::io("sync", dir))?;
        repaired.aside = finish(disk, dir)?.unwrap_or_default();
        Ok(repaired)
    }
}

/// Puts a finished new journal in the place of the old one. Each step can be interrupted and taken
/// up again. Returns where the old one went.
pub(super) fn finish(disk: &Arc<dyn Disk>, dir: &Path) -> Result<Option<PathBuf>> {
    let ready = dir.join(READY);
    if disk.open(&ready).is_err() {
        return Ok(None);
    }
    let (old, new) = (journal::folder(dir), dir.join(NEW));
    let is_empty = |folder: &Path| disk.list(folder).map_or(true, |names| names.is_empty());
    let mut aside = None;
    if !is_empty(&new) {
        if !is_empty(&old) {
            let free = (1..=MOST_ASIDE)
                .map(|number| dir.join(format!("journal.damaged.{number}")))
                .find(|path| is_empty(path));
            let limit = u64::from(MOST_ASIDE);
            let what = "the number of journals put aside";
            let free = free.ok_or(StoreError::TooLarge {
                what,
                size: limit + 1,
                limit,
            })?;
            disk.rename(&old, &free)
                .map_err(StoreError::io("put aside", &old))?;
            aside = Some(free);
        }
        disk.rename(&new, &old)
            .map_err(StoreError::io("put in place", &new))?;
        disk.sync_dir(dir).map_err(StoreError::io("sync", dir))?;
    }
    disk.remove(&ready)
        .map_err(StoreError::io("remove", &ready))?;
    disk.sync_dir(dir).map_err(StoreError::io("sync", dir))?;
    Ok(aside)
}
