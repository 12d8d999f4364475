//! The truth: an append-only, checksummed log of everything accepted, in arrival order.
//!
//! One [`append`](Journal::append) is one frame, one sync, one acknowledgement: a frame is either
//! wholly there after a crash or wholly absent. Frames are chained by their checksums and numbered,
//! so a missing, moved or foreign one is noticed. Everything else in the store can be rebuilt from
//! here.
//!
//! Opening tells two things apart. Bytes after the last good frame, with no good frame behind them,
//! are an append that was never acknowledged: they are cut. Anything else that does not check out is
//! damage to acknowledged data: opening fails, names the place and changes nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::{Disk, DiskFile};
use crate::error::{Result, StoreError};

mod format;
mod frame;
mod reader;
mod segments;

#[cfg(test)]
mod tests;

use format::ENTRY_HEADER;
#[cfg(test)]
pub(crate) use format::without_checks;
pub use format::{At, MAX_ENTRIES, MAX_ENTRY, MAX_PAYLOAD, Mark, StoreId};
pub(crate) use format::{FRAME_HEADER, FrameHeader, FrameWriter, SEGMENT_HEADER};

pub use frame::{Frame, StoredBytes};
pub use reader::{Fault, Frames, Reader, SegmentInfo};
use segments::{Segments, Step};
pub(crate) use segments::{file_name, is_segment};

/// Bytes that the journal keeps with every entry, besides its content.
pub const ENTRY_OVERHEAD: u64 = ENTRY_HEADER as u64;

/// Size at which a segment is closed: few files, yet small enough to copy forward when most of it
/// was deleted.
pub const SEGMENT_BYTES: u64 = 64 << 20;

/// Something to append; the journal does not look inside.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// What it is, to whoever reads it back.
    pub kind: u8,
    /// Its bytes, at most [`MAX_ENTRY`].
    pub bytes: &'a [u8],
}

/// How to open a journal.
#[derive(Debug, Clone, Copy)]
pub struct Opening {
    /// Name for a journal that does not exist yet.
    pub new_id: StoreId,
    /// A place up to which everything was checked before; [`Mark::START`] checks all.
    pub from: Mark,
    /// A position known to have been durable: a journal that ends before it is refused.
    pub known_end: u64,
    /// Size at which a segment is closed.
    pub segment_bytes: u64,
}

impl Opening {
    /// Opens with a full check and the usual segment size.
    #[must_use]
    pub fn new(new_id: StoreId) -> Self {
        Self {
            new_id,
            from: Mark::START,
            known_end: 0,
            segment_bytes: SEGMENT_BYTES,
        }
    }
}

/// What opening found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovery {
    /// Frames checked.
    pub frames: u64,
    /// Bytes of an unacknowledged append that were cut off.
    pub cut: u64,
}

/// The one writer of a journal.
pub struct Journal {
    reader: Reader,
    current: Arc<dyn DiskFile>,
    current_start: u64,
    /// What is being written has entries of an older format, and is closed before the next ones come.
    is_old: bool,
    end: Mark,
    frames: FrameWriter,
    segment_bytes: u64,
    poisoned: bool,
}

impl Journal {
    /// Opens the journal in `dir`, creating it if there is none, and checks it from
    /// [`Opening::from`] to its end.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::Behind`], [`StoreError::NewerFormat`] or
    /// [`StoreError::Foreign`] as described there, without changing anything; else
    /// [`StoreError::Io`].
    pub fn open(disk: Arc<dyn Disk>, dir: &Path, opening: &Opening) -> Result<(Self, Recovery)> {
        let segments = Segments::open(disk, dir, opening.new_id)?;
        let reader = Reader {
            segments: Arc::new(segments),
        };
        let (end, recovery) = recover(&reader.segments, opening)?;
        let Some(last) = reader.segments.holding(end.offset) else {
            return Err(StoreError::BadEntry {
                offset: end.offset,
                what: "no segment",
            });
        };
        let current = reader.segments.file(last.start())?;
        let journal = Self {
            current,
            current_start: last.start(),
            is_old: last.is_old(),
            end,
            frames: FrameWriter::new(),
            segment_bytes: opening.segment_bytes,
            poisoned: false,
            reader,
        };
        Ok((journal, recovery))
    }

    /// Random name of this store.
    #[must_use]
    pub fn id(&self) -> &StoreId {
        self.reader.segments.id()
    }

    /// Where the next frame goes; everything before is durable.
    #[must_use]
    pub fn end(&self) -> Mark {
        self.end
    }

    /// Something to read with, independent of the writer.
    #[must_use]
    pub fn reader(&self) -> Reader {
        self.reader.clone()
    }

    /// Whether a write failed, so that only reopening helps.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.poisoned
    }

    /// Appends all entries as one frame and makes it durable: one write, one sync.
    /// Returns where each entry stands.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] changes nothing. After [`StoreError::Io`] it is unknown whether the
    /// frame will be there when the journal is opened next; until then every append answers
    /// [`StoreError::Poisoned`].
    pub fn append(&mut self, entries: &[Entry<'_>]) -> Result<Vec<At>> {
        if self.poisoned {
            return Err(StoreError::Poisoned);
        }
        check_bounds(entries)?;
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        // Cleared only at the very end: whatever fails on the way leaves it set.
        self.poisoned = true;
        let room = self
            .segment_bytes
            .saturating_sub(self.end.offset - self.current_start);
        // Sizes before compression: a frame that might not fit opens the next segment.
        let size: usize = entries
            .iter()
            .map(|entry| ENTRY_HEADER + entry.bytes.len())
            .sum();
        let is_empty = self.end.offset == self.current_start + SEGMENT_HEADER;
        if (self.is_old || size as u64 + FRAME_HEADER > room) && !is_empty {
            self.open_segment()?;
        }
        let segments = &self.reader.segments;
        let path = || segments.path(self.current_start);
        let (bytes, next, places) = self.frames.frame(segments.id(), self.end, entries);
        self.current
            .write_at(self.end.offset - self.current_start, bytes)
            .map_err(|source| StoreError::Io {
                doing: "write",
                path: path(),
                source,
            })?;
        self.current.sync().map_err(|source| StoreError::Io {
            doing: "sync",
            path: path(),
            source,
        })?;
        segments.set_end(self.current_start, next.offset);
        self.frames.relax();
        self.end = next;
        self.poisoned = false;
        Ok(places)
    }

    fn open_segment(&mut self) -> Result<()> {
        self.current = self.reader.segments.create(self.end)?;
        self.current_start = self.end.offset;
        self.is_old = false;
        self.end.offset += SEGMENT_HEADER;
        Ok(())
    }

    /// Closes the segment that is being written, so that it can be removed; the next append goes into a
    /// new one. Does nothing when it is empty.
    ///
    /// # Errors
    /// [`StoreError::Io`], after which the journal must be reopened; [`StoreError::Poisoned`].
    pub fn begin_segment(&mut self) -> Result<()> {
        if self.poisoned {
            return Err(StoreError::Poisoned);
        }
        if self.end.offset == self.current_start + SEGMENT_HEADER {
            return Ok(());
        }
        self.poisoned = true;
        self.open_segment()?;
        self.poisoned = false;
        Ok(())
    }

    /// Removes the content of the segment that begins at `start`; its place stays known. The last
    /// segment cannot be removed. Whatever is still wanted from it was appended again before.
    ///
    /// # Errors
    /// [`StoreError::Io`], after which the journal must be reopened; [`StoreError::Poisoned`].
    pub fn retire(&mut self, start: u64) -> Result<()> {
        if self.poisoned {
            return Err(StoreError::Poisoned);
        }
        if start >= self.current_start {
            return Ok(());
        }
        self.poisoned = true;
        self.reader.segments.retire(start)?;
        self.poisoned = false;
        Ok(())
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal")
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

fn check_bounds(entries: &[Entry<'_>]) -> Result<()> {
    let too_large = |what, size: usize, limit: usize| {
        let (size, limit) = (size as u64, limit as u64);
        if size > limit {
            Err(StoreError::TooLarge { what, size, limit })
        } else {
            Ok(())
        }
    };
    too_large("the number of entries", entries.len(), MAX_ENTRIES)?;
    let mut total = 0;
    for entry in entries {
        too_large("an entry", entry.bytes.len(), MAX_ENTRY)?;
        total += ENTRY_HEADER + entry.bytes.len();
    }
    too_large("a group", total, MAX_PAYLOAD)
}

/// Walks from the given mark to the end, cuts a torn tail, and makes sure that what was read is
/// what is on the disk.
fn recover(segments: &Segments, opening: &Opening) -> Result<(Mark, Recovery)> {
    let mut mark = opening.from;
    let mut recovery = Recovery::default();
    let mut last_frame = None;
    let longest = segments.all().last().map_or(0, |segment| segment.end);
    if mark.offset > longest {
        return Err(StoreError::Behind {
            known: mark.offset,
            found: longest,
        });
    }
    let end = loop {
        match segments.step(mark)? {
            Step::Frame(frame) => {
                recovery.frames += 1;
                mark = frame.next();
                last_frame = Some(frame);
            }
            Step::Skip(next) => mark = next,
            Step::End(end) => break end,
            Step::Bad {
                segment,
                offset,
                what,
            } => {
                let damaged = StoreError::Damaged {
                    segment: segments::file_name(segment),
                    offset,
                    what,
                };
                let Some(bad) = segments.holding(segment) else {
                    return Err(damaged);
                };
                let position = segment + offset;
                let is_last = segments.after(&bad).is_none();
                if !is_last
                    || offset < SEGMENT_HEADER
                    || position < opening.known_end
                    || segments.valid_frame_after(&bad, position)?.is_some()
                {
                    return Err(damaged);
                }
                recovery.cut = bad.end - position;
                break Mark {
                    offset: position,
                    ..mark
                };
            }
        }
    };
    // A segment header is no content: a known end right before it is reached.
    if end.offset < opening.known_end {
        return Err(StoreError::Behind {
            known: opening.known_end,
            found: end.offset,
        });
    }
    let Some(last) = segments.holding(end.offset) else {
        return Err(StoreError::Behind {
            known: opening.known_end,
            found: end.offset,
        });
    };
    let path = segments.path(last.start());
    let file = segments.file(last.start())?;
    if recovery.cut > 0 {
        file.truncate(end.offset - last.start())
            .map_err(StoreError::io("truncate", &path))?;
        segments.set_end(last.start(), end.offset);
    }
    // After a failed sync the system may show bytes that it will never write, and may then report
    // the next sync as a success. Writing them again makes them count. Only the last frame can be
    // concerned: each one was synced before the next was begun.
    match &last_frame {
        Some(frame) if frame.header.at.offset > last.start() => {
            let at = frame.header.at.offset - last.start();
            file.write_at(at, frame.bytes())
                .map_err(StoreError::io("write", &path))?;
        }
        _ => {
            file.write_at(0, &segments.renew(&last).encode())
                .map_err(StoreError::io("write", &path))?;
        }
    }
    file.sync().map_err(StoreError::io("sync", &path))?;
    segments.sync_dir()?;
    Ok((end, recovery))
}

/// Folder of the journal inside a store folder.
#[must_use]
pub fn folder(store: &Path) -> PathBuf {
    store.join("journal")
}
