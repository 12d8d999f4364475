//! Giving room back: what is still needed of a segment is appended again, then its content goes.
//!
//! This is also what makes an erasure real: dropping a part only stops it from being found.

use super::Store;
use crate::draft::Draft;
use crate::entry::Entry;
use crate::error::{Result, StoreError};
use crate::keys::{small, table};
use crate::{index::Column, rows};

/// Bytes moved with one sync.
const GROUP: usize = 4 << 20;

/// What compaction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compacted {
    /// Segments whose content was removed.
    pub segments: u64,
    /// Bytes they took.
    pub removed: u64,
    /// Bytes that were appended again.
    pub moved: u64,
}

impl Store {
    /// Clears segments of which at most `live_percent` of the bytes are still needed, oldest first,
    /// `at_most` of them. 100 clears every closed segment that holds anything dead.
    ///
    /// # Errors
    /// As [`commit`](Store::commit); nothing is lost at any point.
    pub fn compact(&mut self, live_percent: u64, at_most: usize) -> Result<Compacted> {
        self.usable()?;
        let mut done = Compacted::default();
        let segments = self.reader.segments();
        let closed = segments.len().saturating_sub(1);
        for segment in segments[..closed].iter().filter(|segment| !segment.retired) {
            if done.segments as usize >= at_most {
                break;
            }
            let size = segment.end - segment.start;
            let key = small(table::SEGMENT, &[&segment.start.to_be_bytes()]);
            let row = self.index.get(Column::Small, &key)?;
            let live = row.and_then(|row| rows::number(&row)).unwrap_or(0);
            // Headers of segment and frames are never counted as live, so "all of it" is 99 %.
            if live.saturating_mul(100) > size.saturating_mul(live_percent.min(99)) {
                continue;
            }
            done.moved += self.move_forward(segment.start)?;
            // The copies must be in the index durably before the originals go: an index that still
            // names the originals would be of no use.
            self.index.checkpoint()?;
            self.journal.retire(segment.start)?;
            done.removed += size;
            done.segments += 1;
        }
        Ok(done)
    }

    fn move_forward(&mut self, start: u64) -> Result<u64> {
        let segments = self.reader.segments();
        // What says "gone" is needed as long as an older segment may hold what went.
        let is_oldest = segments
            .iter()
            .all(|other| other.retired || other.start >= start);
        let Some(frames) = self.reader.frames_of(start) else {
            return Ok(0);
        };
        let (mut moved, mut group, mut size) = (0, Vec::new(), 0);
        for frame in frames {
            for stored in frame?.entries()? {
                let offset = stored.at.offset;
                let bad = || StoreError::BadEntry {
                    offset,
                    what: "content does not read",
                };
                let entry = Entry::decode(stored.kind, &stored.bytes).ok_or_else(bad)?;
                let draft = Draft::new(&*self.index, &self.reader);
                if (is_oldest && entry.says_gone()) || !draft.is_current(&entry, stored.at)? {
                    continue;
                }
                size += stored.bytes.len();
                group.push(entry);
            }
            if size >= GROUP {
                self.write(&group)?;
                moved += size as u64;
                (group, size) = (Vec::new(), 0);
            }
        }
        if !group.is_empty() {
            self.write(&group)?;
            moved += size as u64;
        }
        Ok(moved)
    }
}
