//! Counting and checking.

use std::collections::BTreeMap;

use indaba_protocol::Id;

use super::Store;
use super::opening::replay;
use crate::draft::{Draft, counter};
use crate::error::Result;
use crate::index::memory::MemoryIndex;
use crate::index::{Column, Index};
use crate::journal::{Fault, Mark};
use crate::keys::table;

/// Figures of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Records held.
    pub records: u64,
    /// Bytes of the journal's files.
    pub journal_bytes: u64,
    /// Segments whose content was removed.
    pub retired_segments: u64,
    /// Segments with content.
    pub segments: u64,
    /// Bytes of the index's files.
    pub index_bytes: u64,
}

/// What checking everything found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verification {
    /// Records read and checked.
    pub records: u64,
    /// Places where the journal cannot be read.
    pub faults: Vec<Fault>,
    /// Records that cannot be read whole, with the reason: to be fetched again.
    pub unreadable: Vec<(Id, String)>,
    /// What the index says otherwise than the journal, by column: number of keys. Rebuild it.
    pub index_differences: BTreeMap<&'static str, u64>,
}

impl Verification {
    /// Whether nothing was found.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.faults.is_empty() && self.unreadable.is_empty() && self.index_differences.is_empty()
    }
}

impl Store {
    /// Figures; cheap.
    ///
    /// # Errors
    /// [`crate::StoreError::Index`].
    pub fn stats(&self) -> Result<Stats> {
        let mut stats = Stats {
            records: Draft::new(&*self.index, &self.reader).counter(counter::RECORDS)?,
            index_bytes: self.index.size(),
            ..Stats::default()
        };
        for segment in self.reader.segments() {
            if segment.retired {
                stats.retired_segments += 1;
            } else {
                stats.segments += 1;
                stats.journal_bytes += segment.end - segment.start;
            }
        }
        Ok(stats)
    }

    /// Reads everything: every frame, every record with its parts against their hashes, and the
    /// index against one made anew in memory. `progress` hears bytes done and bytes in all.
    ///
    /// # Errors
    /// [`crate::StoreError::Io`] when the disk cannot be read, [`crate::StoreError::Index`] when the
    /// index cannot.
    pub fn verify(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<Verification> {
        let mut found = Verification::default();
        let total = self.journal.end().offset;
        found.faults = self.reader.salvage(|frame| {
            progress(frame.next().offset, total);
            Ok(())
        })?;
        let mut after = 0;
        loop {
            // Few at a time: each may bring 60 KiB into memory.
            let page = self.page(after, 64)?;
            let Some((last, _)) = page.last() else {
                break;
            };
            after = *last;
            for (_, id) in page {
                found.records += 1;
                match self.record(&id) {
                    Ok(Some(_)) => {}
                    Ok(None) => found.unreadable.push((id, "not in the index".to_owned())),
                    Err(error) => found.unreadable.push((id, error.to_string())),
                }
            }
        }
        if found.faults.is_empty() {
            let fresh = MemoryIndex::default();
            replay(&fresh, &self.reader, Mark::START, &mut |_, _| {})?;
            for column in Column::ALL {
                let differences = self.differences(&fresh, column)?;
                if differences > 0 {
                    found.index_differences.insert(column.name(), differences);
                }
            }
        }
        Ok(found)
    }

    /// Keys of a column that are not the same in the index and in a new one. Numbers that stand for
    /// names may be given out in another order, so columns with such keys are only counted.
    fn differences(&self, fresh: &dyn Index, column: Column) -> Result<u64> {
        let is_numbered = matches!(column, Column::Feed | Column::Lane);
        let (mut ours, mut theirs) = (0u64, 0u64);
        let mut differ = 0;
        let skip = |key: &[u8]| {
            column == Column::Small
                && !matches!(
                    key.first(),
                    Some(&(table::FACT..=table::HELD_USE | table::OWN_POSITION..=table::CHOICE))
                )
        };
        let mut missing = Vec::new();
        self.index
            .range(column, &[], &[u8::MAX; 81], false, &mut |key, value| {
                if !skip(key) {
                    ours += 1;
                    if !is_numbered {
                        missing.push((key.to_vec(), value.to_vec()));
                    }
                    // Compared in pieces, so that memory stays bounded.
                    if missing.len() >= 4096 {
                        differ += unequal(fresh, column, &mut missing);
                    }
                }
                true
            })?;
        differ += unequal(fresh, column, &mut missing);
        fresh.range(column, &[], &[u8::MAX; 81], false, &mut |key, _| {
            theirs += u64::from(!skip(key));
            true
        })?;
        Ok(differ.max(ours.abs_diff(theirs)))
    }
}

fn unequal(fresh: &dyn Index, column: Column, pairs: &mut Vec<(Vec<u8>, Vec<u8>)>) -> u64 {
    let differs = |(key, value): &(Vec<u8>, Vec<u8>)| {
        fresh.get(column, key).ok().flatten().as_ref() != Some(value)
    };
    pairs.drain(..).filter(|pair| differs(pair)).count() as u64
}
