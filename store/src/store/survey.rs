//! What can still be read of a store that cannot be opened, and what is missing from it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use indaba_protocol::{Id, Key};

use super::Store;
use super::opening::{Options, lock};
use super::presence::Gaps;
use crate::draft::Draft;
use crate::encoding::Fields;
use crate::entry::Entry;
use crate::error::{Result, StoreError};
use crate::guard::Guard;
use crate::index::memory::MemoryIndex;
use crate::index::{Column, Index, IndexError};
use crate::journal::{self, Fault, Reader};
use crate::keys::{after_prefix, table};
use crate::rows::{self, RecordRow};

/// Ranges of missing places that are named; all are counted.
const MOST_RANGES: usize = 64;
/// Records without a part that are named: as many as an engine remembers to ask for.
const MOST_NAMED: usize = 10_000;

/// A damaged store, as far as it can be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Survey {
    /// Records whose statement can be read.
    pub records: u64,
    /// Places where the journal cannot be read.
    pub faults: Vec<Fault>,
    /// Numbers in the order of arrival at which there is no record any more: how many are gone, except at the very end.
    pub lost: Gaps,
    /// Lanes with places at which there is no record. Peers have them; some may never have been here.
    pub lanes: Vec<LaneGaps>,
    /// Records of which the card or the body cannot be read, or was never here; the first ten thousand.
    pub partless: Vec<Id>,
}

/// A lane with missing places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneGaps {
    /// The feed's name.
    pub feed: String,
    /// Whose lane.
    pub institution: Id,
    /// Its node key.
    pub key: Key,
    /// What is missing below the newest place held.
    pub gaps: Gaps,
}

impl Store {
    /// Reads whatever can be read of the store in `dir`, without changing anything. `progress` hears bytes done and bytes in all.
    ///
    /// # Errors
    /// [`StoreError::Locked`], [`StoreError::Io`], [`StoreError::NewerFormat`].
    pub fn survey(
        dir: &Path,
        options: &Options,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Survey> {
        let disk = &options.disk;
        let _lock = lock(disk, dir)?;
        let guard = match &options.guard {
            Some(path) => Guard::open(disk, path)?,
            None => None,
        };
        let fallback = guard.map_or(options.new_id, |guard| guard.remembered().store);
        let reader = Reader::of_damaged(disk.clone(), &journal::folder(dir), fallback)?;
        let index = MemoryIndex::default();
        let total = reader.segments().last().map_or(0, |segment| segment.end);
        let faults = reader.salvage(|frame| {
            let mut draft = Draft::new(&index, &reader);
            for stored in frame.entries().unwrap_or_default() {
                if let Some(entry) = Entry::decode(stored.kind, &stored.bytes) {
                    draft.apply(&entry, stored.at)?;
                }
            }
            index.apply(Arc::new(draft.into_changes()), frame.next())?;
            progress(frame.next().offset, total);
            Ok(())
        })?;
        let mut survey = Survey {
            faults,
            lanes: lanes(&index)?,
            ..Survey::default()
        };
        let mut next = 1;
        let end = [u8::MAX; 81];
        index.range(Column::Arrival, &[], &end, false, &mut |key, _| {
            if let Some(arrival) = rows::number(key) {
                survey.lost.skip(&mut next, arrival, MOST_RANGES);
            }
            true
        })?;
        index.range(Column::Record, &[], &end, false, &mut |key, row| {
            let row = RecordRow::decode(row).unwrap_or_default();
            if let (Some(id), Some(_)) = (rows::id(key), row.statement) {
                survey.records += 1;
                let is_whole = row.card.is_some() && row.body.is_some();
                if !is_whole && row.erased == 0 && survey.partless.len() < MOST_NAMED {
                    survey.partless.push(id);
                }
            }
            true
        })?;
        Ok(survey)
    }
}

/// The lanes in which a place is missing.
fn lanes(index: &dyn Index) -> std::result::Result<Vec<LaneGaps>, StoreError> {
    let named = |table: u8| {
        let mut names = BTreeMap::new();
        index.range(
            Column::Small,
            &[table],
            &after_prefix(&[table]),
            false,
            &mut |key, name| {
                if let Some(number) = key.get(1..).and_then(rows::small_number) {
                    names.insert(number, name.to_vec());
                }
                true
            },
        )?;
        Ok::<_, IndexError>(names)
    };
    let (feeds, signers) = (named(table::FEED_NAME)?, named(table::SIGNER)?);
    let mut found: Vec<LaneGaps> = Vec::new();
    let mut current = None;
    let mut next = 1;
    let mut gaps = Gaps::default();
    let mut close = |lane: Option<(u32, u32)>, gaps: Gaps| {
        let signer = |(_, signer)| {
            signers
                .get(&signer)
                .and_then(|row| rows::decode_signer(row))
        };
        let Some(((feed, _), (institution, key))) = lane.zip(lane.and_then(signer)) else {
            return;
        };
        if gaps.count > 0 {
            let feed = feeds
                .get(&feed)
                .map(|name| String::from_utf8_lossy(name).into_owned());
            found.push(LaneGaps {
                feed: feed.unwrap_or_default(),
                institution,
                key,
                gaps,
            });
        }
    };
    index.range(Column::Lane, &[], &[u8::MAX; 81], false, &mut |key, _| {
        let mut key = Fields(key);
        if let (Some(feed), Some(signer), Some(seq)) = (key.u32(), key.u32(), key.u64()) {
            if current != Some((feed, signer)) {
                close(current.replace((feed, signer)), std::mem::take(&mut gaps));
                next = 1;
            }
            gaps.skip(&mut next, seq, MOST_RANGES);
        }
        true
    })?;
    close(current, gaps);
    Ok(found)
}
