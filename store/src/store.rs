//! The store as others see it: one writer, any number of readers.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use indaba_protocol::Id;

use crate::entry::{Entry, Part, RecordView};
use crate::error::{Result, StoreError};
use crate::guard::Guard;
use crate::index::{Column, Index, IndexError};
use crate::journal::{At, Journal, Reader, StoredBytes};
use crate::keys::{small, table};
use crate::reserve::Reserve;
use crate::rows::{self, RecordRow};
use crate::session::{Ended, Session};

mod commit;
mod compaction;
mod facts;
mod held;
mod opening;
mod own;
mod presence;
mod reads;
mod repair;
mod space;
mod survey;
mod verify;

#[cfg(test)]
mod tests;

pub use commit::Receipt;
pub use compaction::{Compacted, OlderFormat, Piece, Wanted};
pub use facts::FactNote;
pub use held::HeldUse;
pub use opening::{IndexKind, OpenReport, Options};
pub use presence::{Gaps, PartsHeld};
pub use reads::{LaneEnd, StoredRecord};
pub use repair::Repaired;
pub use survey::{LaneGaps, Survey};
pub use verify::{Stats, Verification};

/// Rows of records as read for a batch; of one that is not held an empty one.
pub(crate) type Rows = BTreeMap<Id, RecordRow>;

/// Records, facts, held items, the outbox, own positions and the operator's choices.
///
/// Methods: `commit` writes; everything that takes `&self` reads; `checkpoint`, `compact`,
/// `rebuild_index`, `verify` and `close` are upkeep.
pub struct Store {
    // Fields are dropped in this order: the lock last.
    pub(crate) index: Box<dyn Index>,
    pub(crate) journal: Journal,
    pub(crate) reader: Reader,
    pub(crate) guard: Option<Guard>,
    pub(crate) session: Arc<Session>,
    pub(crate) reserve: Reserve,
    pub(crate) options: Options,
    pub(crate) dir: PathBuf,
    pub(crate) index_failed: bool,
    pub(crate) published: bool,
    pub(crate) compaction: compaction::Compaction,
    _lock: Box<dyn std::any::Any + Send + Sync>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("dir", &self.dir)
            .finish_non_exhaustive()
    }
}

impl Store {
    pub(crate) fn usable(&self) -> Result<()> {
        if self.journal.is_poisoned() || self.index_failed {
            return Err(StoreError::Poisoned);
        }
        Ok(())
    }

    pub(crate) fn row(&self, id: &Id) -> Result<Option<RecordRow>> {
        let row = self.index.get(Column::Record, id.as_bytes())?;
        let garbled = || IndexError("a record's row does not read".to_owned());
        Ok(row
            .map(|row| RecordRow::decode(&row).ok_or_else(garbled))
            .transpose()?)
    }

    /// Whether a part is there, readable, before this step; from this step on it is.
    fn is_at_hand(
        &self,
        parts: &mut BTreeMap<(Id, Part), bool>,
        row: Option<&RecordRow>,
        id: Id,
        part: Part,
    ) -> bool {
        match parts.insert((id, part), true) {
            Some(before) => before,
            None => row
                .and_then(|row| row.part(part))
                .is_some_and(|at| self.entry(at).is_ok()),
        }
    }

    fn view_of(&self, id: &Id, row: &RecordRow) -> Result<RecordView> {
        let at = row.statement.ok_or(StoreError::UnknownRecord(*id))?;
        match self.entry(at)? {
            Entry::Record { view, .. } if view.id == *id => Ok(view),
            _ => Err(StoreError::BadEntry {
                offset: at.offset,
                what: "another entry than expected",
            }),
        }
    }

    pub(crate) fn entry(&self, at: At) -> Result<Entry> {
        read_entry(&self.reader.read(at)?)
    }

    pub(crate) fn feed_number(&self, feed: &str) -> Result<Option<u32>> {
        let row = self.index.get(
            Column::Small,
            &small(table::FEED_NUMBER, &[feed.as_bytes()]),
        )?;
        Ok(row.and_then(|row| rows::small_number(&row)))
    }

    /// Position up to which everything is durable.
    #[must_use]
    pub fn journal_end(&self) -> u64 {
        self.journal.end().offset
    }

    /// Makes the index and the guard durable: at quiet moments and before closing.
    ///
    /// # Errors
    /// [`StoreError::Index`], [`StoreError::Io`].
    pub fn checkpoint(&mut self) -> Result<()> {
        self.usable()?;
        let done = self.make_durable();
        self.noting_full(done)
    }

    fn make_durable(&mut self) -> Result<()> {
        self.index.checkpoint()?;
        if let Some(guard) = &mut self.guard {
            let journal_end = self.journal.end().offset;
            if guard.remembered().journal_end != journal_end {
                let remembered = guard.remembered().clone();
                guard.write(crate::guard::Remembered {
                    journal_end,
                    ..remembered
                })?;
            }
            guard.sync()?;
        }
        Ok(())
    }

    /// Closes the store, so that the next opening is quick.
    ///
    /// # Errors
    /// As [`checkpoint`](Store::checkpoint); the store is closed all the same.
    pub fn close(mut self) -> Result<()> {
        self.checkpoint()?;
        let Self {
            index,
            session,
            options,
            dir,
            _lock,
            ..
        } = self;
        // Only what the engine leaves behind after closing can be compared at the next opening.
        drop(index);
        let index_size = opening::index_size(&options, &dir);
        session.set(Ended::Clean { index_size })
    }
}

pub(crate) fn read_entry(stored: &StoredBytes) -> Result<Entry> {
    let bad = || StoreError::BadEntry {
        offset: stored.at.offset,
        what: "content does not read",
    };
    Entry::decode(stored.kind, &stored.bytes).ok_or_else(bad)
}
