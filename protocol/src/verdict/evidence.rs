//! What a verdict asks about.

use crate::id::Id;
use crate::institution::{Chain, CutList};
use crate::key::Key;
use crate::lane::FeedName;
use crate::record::Header;
use std::sync::Arc;

/// A held record's place in one lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LanePlace {
    /// The institution.
    pub institution: Id,
    /// The key.
    pub key: Key,
    /// The position.
    pub seq: u64,
    /// The record before; `None` at position 1.
    pub prev: Option<Id>,
}

/// Everything a verdict depends on besides the statement. All of it is a matter of the set held, never of order or time.
///
/// Records for which [`super::is_kept`] is false are not held.
pub trait Evidence {
    /// The pinned chain of an institution.
    fn chain(&self, institution: &Id) -> Option<Arc<Chain>>;
    /// A cut list held, by id.
    fn cut_list(&self, id: &Id) -> Option<Arc<CutList>>;
    /// Whether a record's header is held: `None` if not; `Some(None)` if it is held and not posted to the feed.
    fn place(&self, record: &Id, feed: &FeedName) -> Option<Option<LanePlace>>;
    /// Records held at a position of a lane.
    fn at_position(&self, institution: &Id, key: &Key, feed: &FeedName, seq: u64) -> Vec<Id>;
    /// Whether a held equivocation proof names the position.
    fn proof_at(&self, institution: &Id, key: &Key, feed: &FeedName, seq: u64) -> bool;
    /// Whether every header of the feed is meant to be held here. Not asked about `registry`, which every node follows.
    fn follows(&self, feed: &FeedName) -> bool;
    /// Whether the local policy accepts the institution.
    fn accepts(&self, institution: &Id) -> bool;
    /// Whether the local policy accepts a record: it may accept an institution for some kinds and feeds only.
    fn accepts_record(&self, record: &Header) -> bool {
        self.accepts(&record.institution)
    }
    /// Whether it is accepted or heard: what an institution says about others counts though nothing else of it does.
    fn hears(&self, institution: &Id) -> bool {
        self.accepts(institution)
    }
    /// Whether an institution's cut lists and proofs are relayed, and its states: it is heard, or it signed a charter that the policy accepts.
    fn knows_chain_of(&self, institution: &Id) -> bool {
        self.hears(institution)
    }
    /// Whether an accepted `vouch` names the institution.
    fn vouched(&self, institution: &Id) -> bool;

    /// Where an earlier walk came by: an id and its position, the nearest at or above `seq`. A lane is a chain of hashes, so what was
    /// reached once over headers that are kept is reached for ever; without this memory the records of a lane that was cut cost the
    /// square of their number.
    fn reached(&self, _walk: &Walk, _seq: u64) -> Option<(Id, u64)> {
        None
    }

    /// A walk came by this position. May be remembered for [`Evidence::reached`] if the headers above it are kept for good.
    fn reaches(&self, _walk: &Walk, _id: Id, _seq: u64) {}
}

/// A way back along a lane, from the last good record of a cut list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Walk {
    /// The institution.
    pub institution: Id,
    /// The key that was cut.
    pub key: Key,
    /// The feed.
    pub feed: FeedName,
    /// Where it begins.
    pub last: Id,
    /// The position of that record.
    pub seq: u64,
}
