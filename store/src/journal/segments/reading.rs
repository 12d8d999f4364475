//! Reading from segments: entries at known places, and one frame after the other.

use crate::error::{Result, StoreError};
use crate::journal::format::{
    At, ENTRY_HEADER, FRAME_HEADER, FrameHeader, MAX_ENTRY, Mark, SEGMENT_HEADER, StoredEntry,
    find_magic,
};
use crate::journal::frame::{Frame, StoredBytes};
use crate::migration::Formats;

use super::{Segment, Segments};

/// Bytes looked at in one go when searching for a frame after damage.
const SEARCH_WINDOW: u64 = 1 << 20;

/// What stands at a mark.
pub(crate) enum Step {
    Frame(Box<Frame>),
    /// The mark is the end of the journal; given with the position of the next frame to write.
    End(Mark),
    /// Something else than the next frame.
    Bad {
        segment: u64,
        offset: u64,
        what: &'static str,
    },
    /// The content here was removed on purpose; continue there.
    Skip(Mark),
}

impl Segments {
    fn read_bytes(&self, segment: &Segment, offset: u64, buffer: &mut [u8]) -> Result<()> {
        let file = self.file(segment.start())?;
        let path = || self.path(segment.start());
        file.read_at(offset - segment.start(), buffer)
            .map_err(|source| StoreError::Io {
                doing: "read",
                path: path(),
                source,
            })
    }

    /// Reads entries back and checks them; those that stand one behind the other with one call to the system.
    pub(crate) fn read(&self, places: &[At]) -> Result<Vec<StoredBytes>> {
        let mut read = Vec::with_capacity(places.len());
        for run in places.chunk_by(|a, b| a.end() == Some(b.offset)) {
            self.read_run(run[0].offset, run, &mut read)?;
        }
        Ok(read)
    }

    /// Entries one behind the other, the first at `offset`.
    fn read_run(&self, offset: u64, run: &[At], into: &mut Vec<StoredBytes>) -> Result<()> {
        let bad = |offset, what| StoreError::BadEntry { offset, what };
        let segment = self
            .holding(offset)
            .ok_or_else(|| bad(offset, "before the journal"))?;
        if segment.is_retired() {
            return Err(bad(offset, "its segment was removed"));
        }
        // The places may come from a damaged index: no arithmetic or memory on their word.
        let mut length = 0;
        for at in run {
            length += u64::from(at.length);
            if at.length as usize > ENTRY_HEADER + MAX_ENTRY
                || segment.end.saturating_sub(offset) < length
            {
                return Err(bad(at.offset, "beyond the end of its segment"));
            }
        }
        let mut buffer = vec![0; length as usize];
        self.read_bytes(&segment, offset, &mut buffer)?;
        let mut rest = buffer.as_slice();
        for at in run {
            let (bytes, after) = rest.split_at(at.length as usize);
            rest = after;
            let bad = |what| bad(at.offset, what);
            let (entry, more) = StoredEntry::split(&self.id, at.offset, bytes).map_err(bad)?;
            if !more.is_empty() {
                return Err(bad("another length than the entry's own"));
            }
            let bytes = entry.content().map_err(bad)?;
            let (kind, bytes) = Formats::known()
                .take_up(segment.header.format, entry.kind, bytes)
                .ok_or_else(|| bad("its content does not read"))?;
            into.push(StoredBytes {
                at: *at,
                kind,
                bytes,
            });
        }
        Ok(())
    }

    /// What stands at `mark`.
    pub(crate) fn step(&self, mark: Mark) -> Result<Step> {
        let first = || self.read_list().values().next().copied();
        let Some(mut segment) = self.holding(mark.offset).or_else(first) else {
            return Ok(Step::End(mark));
        };
        if mark.offset >= segment.end {
            match self.after(&segment) {
                Some(next) => segment = next,
                None => return Ok(Step::End(mark)),
            }
        }
        if mark.offset < segment.start() {
            let what = "the segment before this one is missing";
            return Ok(Step::Bad {
                segment: segment.start(),
                offset: 0,
                what,
            });
        }
        if segment.is_retired() {
            return Ok(match self.after(&segment) {
                Some(next) => Step::Skip(next.header.start),
                None => Step::End(Mark {
                    offset: segment.end,
                    ..mark
                }),
            });
        }
        let start = segment.start();
        let mut offset = mark.offset;
        if offset == start {
            if segment.header.start != mark {
                let what = "the segment does not continue the one before";
                return Ok(Step::Bad {
                    segment: start,
                    offset: 0,
                    what,
                });
            }
            offset += SEGMENT_HEADER;
            if offset >= segment.end {
                return Ok(Step::End(Mark { offset, ..mark }));
            }
        }
        let expected = Mark { offset, ..mark };
        match self.frame_at(&segment, offset)? {
            Ok(frame) if frame.header.at == expected => Ok(Step::Frame(Box::new(frame))),
            Ok(_) => {
                let what = "a frame that does not continue the one before";
                Ok(Step::Bad {
                    segment: start,
                    offset: offset - start,
                    what,
                })
            }
            Err(what) => Ok(Step::Bad {
                segment: start,
                offset: offset - start,
                what,
            }),
        }
    }

    /// The frame at a position, or why there is none.
    fn frame_at(
        &self,
        segment: &Segment,
        offset: u64,
    ) -> Result<std::result::Result<Frame, &'static str>> {
        if segment.end - offset < FRAME_HEADER {
            return Ok(Err("a frame header is cut short"));
        }
        let mut bytes = vec![0; FRAME_HEADER as usize];
        self.read_bytes(segment, offset, &mut bytes)?;
        let Some(header) = FrameHeader::decode(&self.id, offset, &bytes) else {
            return Ok(Err("no valid frame header"));
        };
        if offset + header.total() > segment.end {
            return Ok(Err("a frame is cut short"));
        }
        bytes.resize(FRAME_HEADER as usize + header.length as usize, 0);
        let payload = &mut bytes[FRAME_HEADER as usize..];
        self.read_bytes(segment, offset + FRAME_HEADER, payload)?;
        if !header.payload_matches(&self.id, payload) {
            return Ok(Err("a frame's content does not match its checksum"));
        }
        Ok(Ok(Frame {
            header,
            bytes,
            id: self.id,
            format: segment.header.format,
        }))
    }

    /// The first valid frame of `segment` after a global position.
    pub(crate) fn valid_frame_after(&self, segment: &Segment, offset: u64) -> Result<Option<Mark>> {
        let mut from = offset + 1;
        while from < segment.end {
            // Windows overlap by three bytes, so that a magic across their border is seen.
            let length = (segment.end - from).min(SEARCH_WINDOW);
            let mut window = vec![0; length as usize];
            self.read_bytes(segment, from, &mut window)?;
            let mut at = 0;
            while let Some(found) = find_magic(&window, at) {
                if let Ok(frame) = self.frame_at(segment, from + found as u64)? {
                    return Ok(Some(frame.header.at));
                }
                at = found + 1;
            }
            if from + length == segment.end {
                break;
            }
            from += length - 3;
        }
        Ok(None)
    }
}
