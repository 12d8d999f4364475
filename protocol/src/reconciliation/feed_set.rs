//! What a node keeps of one feed's set: the sketch, the root and the number of elements.

use super::cell;
use super::root::{RootState, STATE};
use super::short::{CheckKey, Short, ShortKey};
use super::sketch::Sketch;
use crate::id::Id;
use crate::limits;
use thiserror::Error;

/// Sketch, root and number of one feed's elements, kept up to date as they come and go; 66 KiB.
///
/// Whether an element is in already is the caller's knowledge: taking one in twice makes a set that no other node has, and every comparison ends in the salted tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedSet {
    feed: Id,
    key: ShortKey,
    sketch: Sketch,
    root: RootState,
    count: u64,
}

/// Bytes that were kept of a [`FeedSet`] and are no longer what they were: it is to be built anew from the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "what was kept of a feed's set is damaged or of another version: build it anew from the records"
)]
pub struct SpoiledFeedSet;

const MAGIC: &[u8; 8] = b"indaba\0\x01";
/// Of a hash: enough to tell damage.
const CHECKSUM: usize = 16;

impl FeedSet {
    /// Of an empty feed, named by the hash of its name.
    pub fn new(feed: Id) -> FeedSet {
        FeedSet {
            feed,
            key: ShortKey::cached(&feed),
            sketch: Sketch::new(CheckKey::cached(), limits::COMPARE_PREFIX),
            root: RootState::default(),
            count: 0,
        }
    }

    /// The feed.
    pub fn feed(&self) -> &Id {
        &self.feed
    }

    /// How many elements.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The sketch.
    pub fn sketch(&self) -> &Sketch {
        &self.sketch
    }

    /// The root.
    pub fn root(&self) -> &RootState {
        &self.root
    }

    /// The short id a statement has in this feed, in the cached tier.
    pub fn short(&self, id: &Id) -> Short {
        self.key.short(id)
    }

    /// Takes a statement in that was not in.
    pub fn insert(&mut self, id: &Id) {
        self.sketch.insert(self.short(id));
        self.root.insert(&self.feed, id);
        self.count = self.count.saturating_add(1);
    }

    /// Takes a statement out that was in.
    pub fn remove(&mut self, id: &Id) {
        self.sketch.remove(self.short(id));
        self.root.remove(&self.feed, id);
        self.count = self.count.saturating_sub(1);
    }

    /// For the disk. `seq` is how far the caller's log of arrivals is in it: what came later is to be taken in again after reading.
    pub fn to_bytes(&self, seq: u64) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(self.feed.as_bytes());
        bytes.extend_from_slice(&seq.to_be_bytes());
        bytes.extend_from_slice(&self.count.to_be_bytes());
        bytes.extend_from_slice(&self.root.to_bytes());
        bytes.extend_from_slice(&cell::encode(0, self.sketch.cells()));
        let checksum = Id::of(&bytes);
        bytes.extend_from_slice(&checksum.as_bytes()[..CHECKSUM]);
        bytes
    }

    /// From the disk, with `seq`.
    ///
    /// # Errors
    /// [`SpoiledFeedSet`] if a bit is not as it was written.
    pub fn from_bytes(bytes: &[u8]) -> Result<(FeedSet, u64), SpoiledFeedSet> {
        Self::read(bytes).ok_or(SpoiledFeedSet)
    }

    fn read(bytes: &[u8]) -> Option<(FeedSet, u64)> {
        let (body, checksum) = bytes.split_last_chunk::<CHECKSUM>()?;
        if Id::of(body).as_bytes()[..CHECKSUM] != *checksum {
            return None;
        }
        let (magic, rest) = body.split_first_chunk::<8>()?;
        let (feed, rest) = rest.split_first_chunk::<32>()?;
        let (seq, rest) = rest.split_first_chunk::<8>()?;
        let (count, rest) = rest.split_first_chunk::<8>()?;
        let (root, cells) = rest.split_at_checked(STATE)?;
        let cells = cell::decode(0, cells)?;
        if magic != MAGIC || cells.len() != limits::COMPARE_PREFIX {
            return None;
        }
        let mut set = FeedSet::new(Id::from_bytes(*feed));
        set.sketch = Sketch::of_cells(CheckKey::cached(), cells);
        set.root = RootState::from_bytes(root)?;
        set.count = u64::from_be_bytes(*count);
        Some((set, u64::from_be_bytes(*seq)))
    }
}
