//! What finds things in the journal. Holds derived data only: it may be deleted at any time.
//!
//! One private trait with one file per engine, so that replacing the engine is replacing a file.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use crate::journal::Mark;

pub(crate) mod memory;
pub(crate) mod pending;
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

/// One key set, or removed.
pub(crate) type Change = ((Column, Vec<u8>), Option<Vec<u8>>);

/// Keys set or removed, by column and in their order: each key once, as it is in the end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changes([BTreeMap<Vec<u8>, Option<Vec<u8>>>; Column::ALL.len()]);

impl Changes {
    pub(crate) fn put(&mut self, column: Column, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.0[column as usize].insert(key, value);
    }

    /// What became of a key; nothing when it was not touched.
    pub(crate) fn get(&self, column: Column, key: &[u8]) -> Option<&Option<Vec<u8>>> {
        self.0[column as usize].get(key)
    }

    /// The keys from `from` (included) to `to` (excluded), which is above it.
    pub(crate) fn range(
        &self,
        column: Column,
        from: &[u8],
        to: &[u8],
    ) -> impl Iterator<Item = (&Vec<u8>, &Option<Vec<u8>>)> {
        let bounds = (Bound::Included(from), Bound::Excluded(to));
        self.0[column as usize].range::<[u8], _>(bounds)
    }

    /// Every column with its keys.
    pub(crate) fn columns(
        &self,
    ) -> impl Iterator<Item = (Column, &BTreeMap<Vec<u8>, Option<Vec<u8>>>)> {
        Column::ALL.into_iter().zip(&self.0)
    }

    /// Number of keys.
    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(BTreeMap::len).sum()
    }
}

impl FromIterator<Change> for Changes {
    fn from_iter<T: IntoIterator<Item = Change>>(changes: T) -> Self {
        let mut all = Self::default();
        for ((column, key), value) in changes {
            all.put(column, key, value);
        }
        all
    }
}

/// Changes one after the other, as one.
impl<'a> FromIterator<&'a Changes> for Changes {
    fn from_iter<T: IntoIterator<Item = &'a Changes>>(several: T) -> Self {
        let mut all = Self::default();
        for changes in several {
            for (of_all, column) in all.0.iter_mut().zip(&changes.0) {
                of_all.extend(column.clone());
            }
        }
        all
    }
}

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
    /// Applies all changes and the new mark, or none. They are seen from now on; the engine may get them later.
    fn apply(&self, changes: Arc<Changes>, mark: Mark) -> Result<(), IndexError>;
    /// Up to where the journal is reflected.
    fn mark(&self) -> Result<Option<Mark>, IndexError>;
    /// Waits until the engine has all that was applied, and says if it failed.
    fn settle(&self) -> Result<(), IndexError> {
        Ok(())
    }
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
