//! What finds things in the journal. Holds derived data only: it may be deleted at any time.
//!
//! One private trait with one file per engine, so that replacing the engine is replacing a file.

use crate::journal::Mark;

pub(crate) mod memory;
#[cfg(feature = "redb")]
pub(crate) mod redb;
pub(crate) mod sled;
pub(crate) mod watched;

#[cfg(test)]
mod tests;

/// The key spaces. Few and fixed, as every tree of the engine costs memory of its own; keys of all
/// of them are encoded in `keys.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Column {
    /// Record id to where its statement and parts stand.
    Record,
    /// Arrival number to record id.
    Arrival,
    /// Feed and arrival number to record id.
    Feed,
    /// Lane, sequence number and arrival number to record id.
    Lane,
    /// Target, arrival number and place in the record to relation and source.
    Link,
    /// Everything of small volume; the first byte of the key says which table.
    Small,
}

impl Column {
    pub(crate) const ALL: [Self; 6] = [
        Self::Record,
        Self::Arrival,
        Self::Feed,
        Self::Lane,
        Self::Link,
        Self::Small,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Arrival => "arrival",
            Self::Feed => "feed",
            Self::Lane => "lane",
            Self::Link => "link",
            Self::Small => "small",
        }
    }
}

/// One key set or removed.
pub(crate) type Change = ((Column, Vec<u8>), Option<Vec<u8>>);

/// The engine failed. Whatever the reason, the answer is the same: rebuild from the journal.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the index failed: {0}")]
pub(crate) struct IndexError(pub(crate) String);

/// Called with each key and value; `false` ends the walk.
pub(crate) type Each<'a> = dyn FnMut(&[u8], &[u8]) -> bool + 'a;

pub(crate) trait Index: Send + Sync {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError>;
    /// All keys from `from` (included) to `to` (excluded), upwards or downwards.
    fn range(
        &self,
        column: Column,
        from: &[u8],
        to: &[u8],
        down: bool,
        each: &mut Each<'_>,
    ) -> Result<(), IndexError>;
    /// Applies all changes and the new mark, or none.
    fn apply(&self, changes: Vec<Change>, mark: Mark) -> Result<(), IndexError>;
    /// Up to where the journal is reflected.
    fn mark(&self) -> Result<Option<Mark>, IndexError>;
    /// Makes what was applied durable, as far as the engine can.
    fn checkpoint(&self) -> Result<(), IndexError>;
    /// Bytes on disk.
    fn size(&self) -> u64;
}

/// Key of the mark in [`Column::Small`]; no table has the number 0.
pub(crate) const MARK: &[u8] = &[0];

pub(crate) fn encode_mark(mark: Mark) -> Vec<u8> {
    crate::encoding::Writer::default()
        .u64(mark.offset)
        .u64(mark.seq)
        .u32(mark.chain)
        .0
}

pub(crate) fn decode_mark(bytes: &[u8]) -> Option<Mark> {
    let mut fields = crate::encoding::Fields(bytes);
    let mark = Mark {
        offset: fields.u64()?,
        seq: fields.u64()?,
        chain: fields.u32()?,
    };
    fields.is_empty().then_some(mark)
}
