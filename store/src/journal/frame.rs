//! One frame read back.

use super::format::{At, FRAME_HEADER, FrameHeader, Mark, StoreId, StoredEntry};
use crate::error::{Result, StoreError};
use crate::migration::Formats;

/// One frame with its payload, checksums verified.
#[derive(Debug, Clone)]
pub struct Frame {
    pub(crate) header: FrameHeader,
    /// Header and payload as stored.
    pub(super) bytes: Vec<u8>,
    pub(super) id: StoreId,
    /// Format of its entries.
    pub(super) format: u16,
}

/// One entry read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBytes {
    /// Where it stands.
    pub at: At,
    /// The kind given when it was appended.
    pub kind: u8,
    /// The bytes given when it was appended.
    pub bytes: Vec<u8>,
}

impl Frame {
    /// A frame read from elsewhere than a journal's segment; `None` when its content does not match its checksum.
    pub(crate) fn checked(
        id: StoreId,
        format: u16,
        header: FrameHeader,
        bytes: Vec<u8>,
    ) -> Option<Self> {
        let payload = bytes.get(FRAME_HEADER as usize..)?;
        header.payload_matches(&id, payload).then_some(Self {
            header,
            bytes,
            id,
            format,
        })
    }

    /// The place before this frame; its offset is that of the frame's header.
    #[must_use]
    pub fn at(&self) -> Mark {
        self.header.at
    }

    /// The place after this frame.
    #[must_use]
    pub fn next(&self) -> Mark {
        self.header.next()
    }

    /// Header and payload as stored.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The entries, in the order they were appended, in the newest format.
    ///
    /// # Errors
    /// [`StoreError::BadEntry`] when the payload does not divide into entries.
    pub fn entries(&self) -> Result<Vec<StoredBytes>> {
        let mut entries = Vec::with_capacity(self.header.entries as usize);
        let mut rest = self.bytes.get(FRAME_HEADER as usize..).unwrap_or_default();
        let mut offset = self.header.at.offset + FRAME_HEADER;
        while !rest.is_empty() {
            let bad = |what| StoreError::BadEntry { offset, what };
            let (entry, after) = StoredEntry::split(&self.id, offset, rest).map_err(bad)?;
            let at = At {
                offset,
                length: entry.total() as u32,
            };
            let bytes = entry.content().map_err(bad)?;
            let (kind, bytes) = Formats::known()
                .take_up(self.format, entry.kind, bytes)
                .ok_or_else(|| bad("its content does not read"))?;
            entries.push(StoredBytes { at, kind, bytes });
            offset += entry.total() as u64;
            rest = after;
        }
        if entries.len() == self.header.entries as usize {
            Ok(entries)
        } else {
            Err(StoreError::BadEntry {
                offset,
                what: "the frame holds another number of entries",
            })
        }
    }
}
