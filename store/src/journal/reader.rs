//! Reading a journal, whole or damaged.

use std::path::Path;
use std::sync::Arc;

use super::format::{At, Mark, StoreId};
use super::frame::{Frame, StoredBytes};
use super::segments::{self, Segments, Step};
use crate::disk::Disk;
use crate::error::{Result, StoreError};

/// A place where the journal cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// File name of the segment.
    pub segment: String,
    /// Byte in that file.
    pub offset: u64,
    /// What is wrong.
    pub what: &'static str,
}

/// Reads a journal while it is being written; cheap to clone, usable from any thread.
#[derive(Clone)]
pub struct Reader {
    pub(super) segments: Arc<Segments>,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

impl Reader {
    /// Reads a journal that cannot be opened, to save what can be saved; see
    /// [`salvage`](Self::salvage). `fallback` names the store when its files no longer do.
    ///
    /// # Errors
    /// [`StoreError::Io`], [`StoreError::NewerFormat`].
    pub fn of_damaged(disk: Arc<dyn Disk>, dir: &Path, fallback: StoreId) -> Result<Self> {
        let segments = Segments::open_damaged(disk, dir, fallback)?;
        Ok(Self {
            segments: Arc::new(segments),
        })
    }

    /// Random name of the store.
    #[must_use]
    pub fn id(&self) -> StoreId {
        *self.segments.id()
    }

    /// Reads one entry and checks it against its checksum.
    ///
    /// # Errors
    /// [`StoreError::BadEntry`] when there is no such entry there; [`StoreError::Io`].
    pub fn read(&self, at: At) -> Result<StoredBytes> {
        let what = "nothing was read";
        let offset = at.offset;
        let read = self.segments.read(&[at])?.pop();
        read.ok_or(StoreError::BadEntry { offset, what })
    }

    /// Reads several entries, in the order asked for; those that were appended one after the other cost one call to the system.
    ///
    /// # Errors
    /// As [`read`](Self::read), for the first that cannot be read.
    pub fn read_all(&self, places: &[At]) -> Result<Vec<StoredBytes>> {
        self.segments.read(places)
    }

    /// Global start of the segment that holds a position.
    pub(crate) fn segment_of(&self, offset: u64) -> u64 {
        self.segments
            .holding(offset)
            .map_or(0, |segment| segment.start())
    }

    /// All frames from a mark to the end, strictly in sequence.
    #[must_use]
    pub fn frames(&self, from: Mark) -> Frames {
        Frames {
            segments: self.segments.clone(),
            mark: Some(from),
        }
    }

    /// Global start, file size and whether its content was removed, of every segment in order.
    #[must_use]
    pub fn segments(&self) -> Vec<SegmentInfo> {
        let info = |segment: &segments::Segment| SegmentInfo {
            start: segment.start(),
            first: segment.header.start,
            end: segment.end,
            retired: segment.is_retired(),
            format: segment.header.format,
        };
        self.segments.all().iter().map(info).collect()
    }

    /// Reads everything that can be read, whatever is damaged, and names what cannot.
    /// `each` sees every good frame in order.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the disk cannot be read; the first error of `each`.
    pub fn salvage(&self, mut each: impl FnMut(&Frame) -> Result<()>) -> Result<Vec<Fault>> {
        let mut faults = Vec::new();
        let mut mark = Mark::START;
        loop {
            match self.segments.step(mark)? {
                Step::Frame(frame) => {
                    each(&frame)?;
                    mark = frame.next();
                }
                Step::Skip(next) => mark = next,
                Step::End(_) => return Ok(faults),
                Step::Bad {
                    segment,
                    offset,
                    what,
                } => {
                    faults.push(Fault {
                        segment: segments::file_name(segment),
                        offset,
                        what,
                    });
                    let Some(bad) = self.segments.holding(segment) else {
                        return Ok(faults);
                    };
                    let next = self.segments.valid_frame_after(&bad, segment + offset)?;
                    match next.or_else(|| self.segments.after(&bad).map(|next| next.header.start)) {
                        Some(next) => mark = next,
                        None => return Ok(faults),
                    }
                }
            }
        }
    }
}

/// One segment file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentInfo {
    /// Global position of its first byte.
    pub start: u64,
    /// The place before its first frame.
    pub first: Mark,
    /// Global position after its last byte.
    pub end: u64,
    /// Its content was removed; only its place is remembered.
    pub retired: bool,
    /// Format of its entries.
    pub format: u16,
}

/// Iterator over frames; ends after the first error.
pub struct Frames {
    segments: Arc<Segments>,
    mark: Option<Mark>,
}

impl std::fmt::Debug for Frames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frames")
            .field("mark", &self.mark)
            .finish_non_exhaustive()
    }
}

impl Iterator for Frames {
    type Item = Result<Frame>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let mark = self.mark.take()?;
            match self.segments.step(mark) {
                Ok(Step::Frame(frame)) => {
                    self.mark = Some(frame.next());
                    return Some(Ok(*frame));
                }
                Ok(Step::Skip(next)) => self.mark = Some(next),
                Ok(Step::End(_)) => return None,
                Ok(Step::Bad {
                    segment,
                    offset,
                    what,
                }) => {
                    let segment = segments::file_name(segment);
                    return Some(Err(StoreError::Damaged {
                        segment,
                        offset,
                        what,
                    }));
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
