//! Giving room back: what is still needed of a segment is appended again, then its content goes.
//!
//! This is also what makes an erasure real: dropping a part only stops it from being found. Done in
//! pieces, so that a store that is being written to can be compacted without holding anybody up. Where
//! a piece ended is only remembered in memory: after an interruption the segment is begun again, and
//! what was moved already is found not to be needed there.

use std::collections::BTreeMap;

use super::{Rows, Store};
use crate::draft::Draft;
use crate::entry::Entry;
use crate::error::{Result, StoreError};
use crate::journal::{MAX_ENTRIES, Mark, SEGMENT_HEADER, SegmentInfo};
use crate::keys::{small, table};
use crate::migration::Formats;
use crate::{index::Column, rows};

/// Bytes moved with one sync when nobody waits: a group of the size an import has.
const GROUP: u64 = 4 << 20;

/// Which segments are worth clearing, and how much is done at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Closed segments of which at most this many percent of the bytes are still needed.
    pub live_percent: u64,
    /// Also every segment that holds content dropped on purpose, the newest one included: it is closed.
    pub erased: bool,
    /// Also every segment in an older format than the newest, that being written included.
    pub older: bool,
    /// Only segments that begin before this position: what is written meanwhile is left for another time, so that there is an end.
    pub before: u64,
    /// Bytes read, and bytes moved, in one piece; at least one frame. At most 4 MiB make sense.
    pub bytes: u64,
}

/// What compaction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compacted {
    /// Segments whose content was removed.
    pub segments: u64,
    /// Bytes they took.
    pub removed: u64,
    /// Bytes that were appended again, before compression.
    pub moved: u64,
}

impl Compacted {
    fn add(&mut self, other: Self) {
        self.segments += other.segments;
        self.removed += other.removed;
        self.moved += other.moved;
    }
}

/// What one piece of compaction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Piece {
    /// In this piece.
    pub done: Compacted,
    /// Whether there was anything to do; then there may be more.
    pub more: bool,
}

/// Part of a journal that an older program wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OlderFormat {
    /// Number of the format.
    pub format: u16,
    /// Bytes of the segments in it.
    pub bytes: u64,
    /// What changes on the way to the newest, in order.
    pub changes: Vec<&'static str>,
}

/// The segment that is being cleared, and what was done since the store was opened.
#[derive(Debug, Default)]
pub(crate) struct Compaction {
    under_way: Option<(SegmentInfo, Mark)>,
    total: Compacted,
}

impl Store {
    /// Clears segments of which at most `live_percent` of the bytes are still needed, oldest first,
    /// `at_most` of them. 100 clears every closed segment that holds anything dead.
    ///
    /// # Errors
    /// As [`commit`](Store::commit); nothing is lost at any point.
    pub fn compact(&mut self, live_percent: u64, at_most: usize) -> Result<Compacted> {
        let wanted = Wanted {
            live_percent,
            erased: false,
            older: false,
            before: self.journal_end(),
            bytes: GROUP,
        };
        let mut done = Compacted::default();
        while (done.segments as usize) < at_most {
            let piece = self.compact_piece(&wanted)?;
            done.add(piece.done);
            if !piece.more {
                break;
            }
        }
        Ok(done)
    }

    /// Does a bounded piece of the clearing that is wanted: one write and one sync, and the removal of
    /// a segment when it was its last. A segment once begun is finished, whatever is wanted later.
    ///
    /// # Errors
    /// As [`commit`](Store::commit); nothing is lost at any point.
    pub fn compact_piece(&mut self, wanted: &Wanted) -> Result<Piece> {
        self.usable()?;
        let under_way = self.compaction.under_way.take();
        let (segment, from) = match under_way {
            Some(under_way) => under_way,
            None => match self.worth_clearing(wanted)? {
                Some(segment) => (segment, segment.first),
                None => return Ok(Piece::default()),
            },
        };
        let (moved, next) = self.move_forward(segment, from, wanted.bytes)?;
        let mut done = Compacted {
            moved,
            ..Compacted::default()
        };
        if let Some(next) = next {
            self.compaction.under_way = Some((segment, next));
        } else {
            // The copies must be in the index durably before the originals go: an index that still
            // names the originals would be of no use.
            self.index.checkpoint()?;
            self.journal.retire(segment.start)?;
            done.removed = segment.end - segment.start;
            done.segments = 1;
        }
        self.compaction.total.add(done);
        Ok(Piece { done, more: true })
    }

    /// The format that is written, and the older ones in the journal: each with its bytes and what changes on the way up.
    #[must_use]
    pub fn formats(&self) -> (u16, Vec<OlderFormat>) {
        let known = Formats::known();
        let mut older: BTreeMap<u16, u64> = BTreeMap::new();
        for segment in self.reader.segments() {
            if !segment.retired && segment.format < known.newest() {
                *older.entry(segment.format).or_default() += segment.end - segment.start;
            }
        }
        let older = older.into_iter().map(|(format, bytes)| OlderFormat {
            format,
            bytes,
            changes: known.changes(format),
        });
        (known.newest(), older.collect())
    }

    /// What compaction did since the store was opened.
    #[must_use]
    pub fn compacted(&self) -> Compacted {
        self.compaction.total
    }

    /// Bytes of parts that were dropped on purpose and are still on the disk.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn erased_bytes(&self) -> Result<u64> {
        let mut bytes = 0;
        for segment in self.reader.segments() {
            if !segment.retired {
                bytes += self.counted(table::ERASED, segment.start)?;
            }
        }
        Ok(bytes)
    }

    fn counted(&self, table: u8, start: u64) -> Result<u64> {
        let row = self
            .index
            .get(Column::Small, &small(table, &[&start.to_be_bytes()]))?;
        Ok(row.and_then(|row| rows::number(&row)).unwrap_or(0))
    }

    /// The oldest segment that is worth it.
    fn worth_clearing(&mut self, wanted: &Wanted) -> Result<Option<SegmentInfo>> {
        let segments = self.reader.segments();
        let Some((newest, closed)) = segments.split_last() else {
            return Ok(None);
        };
        let is_meant = |segment: &&SegmentInfo| !segment.retired && segment.start < wanted.before;
        for segment in closed.iter().filter(is_meant) {
            let size = segment.end - segment.start;
            let live = self.counted(table::SEGMENT, segment.start)?;
            // Headers of segment and frames are never counted as live, so "all of it" is 99 %.
            let is_sparse =
                live.saturating_mul(100) <= size.saturating_mul(wanted.live_percent.min(99));
            if is_sparse || self.must_go(wanted, segment)? {
                return Ok(Some(*segment));
            }
        }
        if newest.start < wanted.before && self.must_go(wanted, newest)? {
            self.journal.begin_segment()?;
            return Ok(Some(*newest));
        }
        Ok(None)
    }

    /// Whether a segment is to be cleared however much of it is needed.
    fn must_go(&self, wanted: &Wanted, segment: &SegmentInfo) -> Result<bool> {
        let is_old = segment.format < Formats::known().newest();
        Ok(
            (wanted.older && is_old && segment.end > segment.start + SEGMENT_HEADER)
                || (wanted.erased && self.counted(table::ERASED, segment.start)? > 0),
        )
    }

    /// Appends again what is still needed of a segment's frames, from a place in it on, until `bytes`
    /// were read. Returns the bytes moved and where to go on.
    fn move_forward(
        &mut self,
        segment: SegmentInfo,
        from: Mark,
        bytes: u64,
    ) -> Result<(u64, Option<Mark>)> {
        // What says "gone" is needed as long as an older segment may hold what went.
        let is_oldest = self
            .reader
            .segments()
            .iter()
            .all(|other| other.retired || other.start >= segment.start);
        let (mut moved, mut group, mut next) = (0, Vec::new(), from);
        for frame in self.reader.frames(from) {
            let frame = frame?;
            if frame.at().offset >= segment.end {
                break;
            }
            let mut needed = Vec::new();
            let mut size = 0;
            for stored in frame.entries()? {
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
                size += stored.bytes.len() as u64;
                needed.push(entry);
            }
            // What one frame held fits into one again; two may not. The first is always taken, so every
            // piece goes forward.
            let is_full = frame.next().offset - from.offset > bytes
                || moved + size > bytes
                || group.len() + needed.len() > MAX_ENTRIES;
            if is_full && next != from {
                self.write_moved(&group)?;
                return Ok((moved, Some(next)));
            }
            moved += size;
            group.append(&mut needed);
            next = frame.next();
        }
        self.write_moved(&group)?;
        Ok((moved, None))
    }

    /// What the index does not locate counts as needed once it was moved: else a segment of nothing but marks would seem empty, and
    /// be moved again and again.
    fn write_moved(&mut self, group: &[Entry]) -> Result<()> {
        self.write_noting(group, Rows::new(), |draft, entry, at| {
            if entry.is_located() {
                Ok(())
            } else {
                draft.count_live(at, true)
            }
        })
    }
}
