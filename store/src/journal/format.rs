//! The bytes of segments, frames and entries. All numbers are little-endian.
//!
//! ```text
//! segment header (64)  magic 8, version u16, flags u16, store id 16, start u64, first seq u64,
//!                      chain u32, end u64 (retired segments), crc u32, 4 zero bytes
//! frame header (40)    magic u32, payload length u32, seq u64, position u64, chain u32,
//!                      entry count u32, payload crc u32, header crc u32
//! entry                kind u8, flags u8, stored length u32, original length u32, crc u32, bytes
//! ```
//!
//! Every crc starts from the store id, and frames and entries are bound to their global position.
//! So bytes of another store, bytes in the wrong place, and bytes that somebody published inside a
//! record to look like a frame, never check out.

use std::cell::RefCell;

use super::Entry;
use crate::migration::Formats;

/// Bytes before the first frame of a segment.
pub(crate) const SEGMENT_HEADER: u64 = 64;
/// Bytes before the entries of a frame.
pub(crate) const FRAME_HEADER: u64 = 40;
/// Bytes before the content of an entry.
pub(crate) const ENTRY_HEADER: usize = 14;

/// Most bytes of one entry before compression: sixteen times the largest statement (64 KiB),
/// room for the store's own tables.
pub const MAX_ENTRY: usize = 1 << 20;
/// Most bytes of all entries of one frame: a group is closed at 4 MiB, and its last batch may
/// still be large.
pub const MAX_PAYLOAD: usize = 16 << 20;
/// Most entries of one frame: 1000 records of a group at three parts each, with room for facts.
pub const MAX_ENTRIES: usize = 16_384;

const SEGMENT_MAGIC: [u8; 8] = *b"INDABAJ\x01";
const FRAME_MAGIC: u32 = u32::from_le_bytes(*b"IFRM");
const RETIRED: u16 = 1;
const COMPRESSED: u8 = 1;
/// Below this, zstd saves less than its own framing costs.
const COMPRESS_FROM: usize = 512;
/// The level measured to halve ordinary bodies at a cost far below the sync.
const LEVEL: i32 = 1;

/// Random name of a store, drawn when it is created.
pub type StoreId = [u8; 16];

/// A place between two frames, with what is needed to check the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mark {
    /// Global position: bytes of all segments before it.
    pub offset: u64,
    /// Sequence number of the next frame.
    pub seq: u64,
    /// Header crc of the frame before.
    pub chain: u32,
}

impl Mark {
    /// The beginning of every journal.
    pub const START: Self = Self {
        offset: 0,
        seq: 0,
        chain: 0,
    };
}

/// Where an entry is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct At {
    /// Global position of the entry.
    pub offset: u64,
    /// Bytes it takes there.
    pub length: u32,
}

impl At {
    /// Global position after it; nothing where no position is that high.
    pub(crate) fn end(&self) -> Option<u64> {
        self.offset.checked_add(u64::from(self.length))
    }
}

fn crc(id: &StoreId, bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(id), bytes)
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    let mut number = [0; 2];
    number.copy_from_slice(&bytes[at..at + 2]);
    u16::from_le_bytes(number)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut number = [0; 4];
    number.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(number)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(number)
}

/// First bytes of a segment file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    /// Format of the entries in it.
    pub(crate) format: u16,
    pub(crate) id: StoreId,
    /// Where the segment begins, with the sequence number and chain of its first frame.
    pub(crate) start: Mark,
    /// Where the removed content of a retired segment ended.
    pub(crate) retired_end: Option<u64>,
}

/// Why a segment header was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeaderFault {
    Damaged,
    Newer(u16),
}

impl SegmentHeader {
    pub(crate) fn encode(&self) -> [u8; SEGMENT_HEADER as usize] {
        let mut bytes = [0; SEGMENT_HEADER as usize];
        bytes[..8].copy_from_slice(&SEGMENT_MAGIC);
        bytes[8..10].copy_from_slice(&self.format.to_le_bytes());
        let flags = if self.retired_end.is_some() {
            RETIRED
        } else {
            0
        };
        bytes[10..12].copy_from_slice(&flags.to_le_bytes());
        bytes[12..28].copy_from_slice(&self.id);
        bytes[28..36].copy_from_slice(&self.start.offset.to_le_bytes());
        bytes[36..44].copy_from_slice(&self.start.seq.to_le_bytes());
        bytes[44..48].copy_from_slice(&self.start.chain.to_le_bytes());
        bytes[48..56].copy_from_slice(&self.retired_end.unwrap_or(0).to_le_bytes());
        let sum = crc(&self.id, &bytes[..56]);
        bytes[56..60].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8; SEGMENT_HEADER as usize]) -> Result<Self, HeaderFault> {
        if bytes[..8] != SEGMENT_MAGIC {
            return Err(HeaderFault::Damaged);
        }
        let mut id = [0; 16];
        id.copy_from_slice(&bytes[12..28]);
        if u32_at(bytes, 56) != crc(&id, &bytes[..56]) || bytes[60..] != [0; 4] {
            return Err(HeaderFault::Damaged);
        }
        let format = u16_at(bytes, 8);
        if format > Formats::known().newest() {
            return Err(HeaderFault::Newer(format));
        }
        let start = Mark {
            offset: u64_at(bytes, 28),
            seq: u64_at(bytes, 36),
            chain: u32_at(bytes, 44),
        };
        let retired = u16_at(bytes, 10) & RETIRED != 0;
        Ok(Self {
            format,
            id,
            start,
            retired_end: retired.then(|| u64_at(bytes, 48)),
        })
    }
}

/// Header of a frame whose own crc has been checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    /// Position of the header, with its sequence number and the chain before it.
    pub(crate) at: Mark,
    pub(crate) length: u32,
    pub(crate) entries: u32,
    pub(crate) payload_crc: u32,
    pub(crate) own_crc: u32,
}

impl FrameHeader {
    /// Reads a header that claims to stand at global position `offset`.
    pub(crate) fn decode(id: &StoreId, offset: u64, bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..FRAME_HEADER as usize)?;
        let length = u32_at(bytes, 4);
        let entries = u32_at(bytes, 28);
        let own_crc = u32_at(bytes, 36);
        let good = u32_at(bytes, 0) == FRAME_MAGIC
            && u64_at(bytes, 16) == offset
            && length as usize <= MAX_PAYLOAD
            && entries as usize <= MAX_ENTRIES
            && own_crc == crc(id, &bytes[..36]);
        let at = Mark {
            offset,
            seq: u64_at(bytes, 8),
            chain: u32_at(bytes, 24),
        };
        good.then(|| Self {
            at,
            length,
            entries,
            payload_crc: u32_at(bytes, 32),
            own_crc,
        })
    }

    /// Header and payload.
    pub(crate) fn total(&self) -> u64 {
        FRAME_HEADER + u64::from(self.length)
    }

    /// The place after this frame.
    pub(crate) fn next(&self) -> Mark {
        Mark {
            offset: self.at.offset + self.total(),
            seq: self.at.seq + 1,
            chain: self.own_crc,
        }
    }

    pub(crate) fn payload_matches(&self, id: &StoreId, payload: &[u8]) -> bool {
        payload.len() == self.length as usize && crc(id, payload) == self.payload_crc
    }
}

/// First place at or after `from` in `bytes` where a frame magic stands.
pub(crate) fn find_magic(bytes: &[u8], from: usize) -> Option<usize> {
    let magic = FRAME_MAGIC.to_le_bytes();
    let tail = bytes.get(from..)?;
    tail.windows(magic.len())
        .position(|window| window == magic)
        .map(|at| from + at)
}

/// Builds frames; keeps its buffer and compressor from one to the next.
pub(crate) struct FrameWriter {
    compressor: Option<zstd::bulk::Compressor<'static>>,
    buffer: Vec<u8>,
}

impl std::fmt::Debug for FrameWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FrameWriter")
            .field("buffer", &self.buffer.capacity())
            .finish()
    }
}

impl FrameWriter {
    pub(crate) fn new() -> Self {
        // Without a compressor, which only lack of memory prevents, entries are stored as they are.
        Self {
            compressor: zstd::bulk::Compressor::new(LEVEL).ok(),
            buffer: Vec::new(),
        }
    }

    /// The bytes of a frame at `at`, the place after it, and the places of its entries.
    ///
    /// The caller has checked the bounds.
    pub(crate) fn frame(
        &mut self,
        id: &StoreId,
        at: Mark,
        entries: &[Entry<'_>],
    ) -> (&[u8], Mark, Vec<At>) {
        self.buffer.clear();
        self.buffer.resize(FRAME_HEADER as usize, 0);
        let mut places = Vec::with_capacity(entries.len());
        for entry in entries {
            let begin = self.buffer.len();
            let offset = at.offset + begin as u64;
            let mut header = [0; ENTRY_HEADER];
            self.buffer.extend_from_slice(&header);
            let flags = self.content(entry.bytes);
            let (_, stored) = self.buffer.split_at(begin + ENTRY_HEADER);
            header[0] = entry.kind;
            header[1] = flags;
            header[2..6].copy_from_slice(&(stored.len() as u32).to_le_bytes());
            header[6..10].copy_from_slice(&(entry.bytes.len() as u32).to_le_bytes());
            let sum = entry_crc(id, offset, &header, stored);
            header[10..14].copy_from_slice(&sum.to_le_bytes());
            self.buffer[begin..begin + ENTRY_HEADER].copy_from_slice(&header);
            places.push(At {
                offset,
                length: (self.buffer.len() - begin) as u32,
            });
        }
        let (head, payload) = self.buffer.split_at_mut(FRAME_HEADER as usize);
        head[..4].copy_from_slice(&FRAME_MAGIC.to_le_bytes());
        head[4..8].copy_from_slice(&(payload.len() as u32).to_le_bytes());
        head[8..16].copy_from_slice(&at.seq.to_le_bytes());
        head[16..24].copy_from_slice(&at.offset.to_le_bytes());
        head[24..28].copy_from_slice(&at.chain.to_le_bytes());
        head[28..32].copy_from_slice(&(entries.len() as u32).to_le_bytes());
        head[32..36].copy_from_slice(&crc(id, payload).to_le_bytes());
        let chain = crc(id, &head[..36]);
        head[36..40].copy_from_slice(&chain.to_le_bytes());
        let next = Mark {
            offset: at.offset + self.buffer.len() as u64,
            seq: at.seq + 1,
            chain,
        };
        (&self.buffer, next, places)
    }

    /// Appends the content of an entry to the buffer, compressed where that makes it smaller. Returns the entry's flags.
    fn content(&mut self, bytes: &[u8]) -> u8 {
        let begin = self.buffer.len();
        if bytes.len() >= COMPRESS_FROM
            && let Some(compressor) = &mut self.compressor
        {
            let room = zstd::zstd_safe::compress_bound(bytes.len());
            self.buffer.resize(begin + room, 0);
            let packed = compressor.compress_to_buffer(bytes, &mut self.buffer[begin..]);
            if let Some(packed) = packed.ok().filter(|packed| *packed < bytes.len()) {
                self.buffer.truncate(begin + packed);
                return COMPRESSED;
            }
            self.buffer.truncate(begin);
        }
        self.buffer.extend_from_slice(bytes);
        0
    }

    /// Gives back the memory of an unusually large frame.
    pub(crate) fn relax(&mut self) {
        self.buffer.clear();
        self.buffer.shrink_to(4 << 20);
    }
}

thread_local! {
    /// Setting one up costs ten times what it takes to decompress an entry; it has 160 KiB.
    static DECOMPRESSOR: RefCell<Option<zstd::bulk::Decompressor<'static>>> =
        RefCell::new(zstd::bulk::Decompressor::new().ok());
}

fn decompress(stored: &[u8], most: usize) -> Option<Vec<u8>> {
    DECOMPRESSOR.with_borrow_mut(|decompressor| match decompressor {
        Some(decompressor) => decompressor.decompress(stored, most).ok(),
        None => zstd::bulk::decompress(stored, most).ok(),
    })
}

fn entry_crc(id: &StoreId, offset: u64, header: &[u8; ENTRY_HEADER], stored: &[u8]) -> u32 {
    let sum = crc32c::crc32c_append(crc32c::crc32c(id), &offset.to_le_bytes());
    let sum = crc32c::crc32c_append(sum, &header[..10]);
    crc32c::crc32c_append(sum, stored)
}

/// Always so outside the tests, where a control reads without the check.
#[cfg(not(test))]
const fn is_checked() -> bool {
    true
}

#[cfg(test)]
fn is_checked() -> bool {
    UNCHECKED.with(|unchecked| !unchecked.get())
}

#[cfg(test)]
thread_local! {
    static UNCHECKED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Reads entries without comparing their checksums, as a control for what the comparison is worth.
#[cfg(test)]
pub(crate) fn without_checks<T>(read: impl FnOnce() -> T) -> T {
    UNCHECKED.with(|unchecked| unchecked.set(true));
    let found = read();
    UNCHECKED.with(|unchecked| unchecked.set(false));
    found
}

/// One entry as stored, its crc checked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoredEntry<'a> {
    pub(crate) kind: u8,
    compressed: bool,
    original: u32,
    stored: &'a [u8],
}

impl<'a> StoredEntry<'a> {
    /// Reads the entry at the beginning of `bytes`, which stand at global position `offset`.
    /// Returns it with the bytes after it.
    pub(crate) fn split(
        id: &StoreId,
        offset: u64,
        bytes: &'a [u8],
    ) -> Result<(Self, &'a [u8]), &'static str> {
        let Some((header, rest)) = bytes.split_first_chunk::<ENTRY_HEADER>() else {
            return Err("too short");
        };
        let length = u32_at(header, 2) as usize;
        let original = u32_at(header, 6);
        let compressed = match header[1] {
            0 => false,
            COMPRESSED => true,
            _ => return Err("unknown flags"),
        };
        if original as usize > MAX_ENTRY || rest.len() < length {
            return Err("length out of bounds");
        }
        if !compressed && length != original as usize {
            return Err("two lengths disagree");
        }
        let (stored, rest) = rest.split_at(length);
        if is_checked() && u32_at(header, 10) != entry_crc(id, offset, header, stored) {
            return Err("checksum mismatch");
        }
        Ok((
            Self {
                kind: header[0],
                compressed,
                original,
                stored,
            },
            rest,
        ))
    }

    /// Bytes the whole entry takes.
    pub(crate) fn total(&self) -> usize {
        ENTRY_HEADER + self.stored.len()
    }

    /// The original bytes; never more than [`MAX_ENTRY`].
    pub(crate) fn content(&self) -> Result<Vec<u8>, &'static str> {
        if !self.compressed {
            return Ok(self.stored.to_vec());
        }
        let original = self.original as usize;
        let bytes = decompress(self.stored, original).ok_or("zstd error")?;
        if bytes.len() == original {
            Ok(bytes)
        } else {
            Err("two lengths disagree")
        }
    }
}
