//! What is known of one node from watching it.

use std::collections::{BTreeMap, BTreeSet};

use indaba_protocol::{FeedName, Id, Key};

/// What is remembered of a node from one look to the next.
#[derive(Default)]
pub(super) struct Watch {
    /// Records that were acknowledged, or seen in the store: they must stay.
    acknowledged: BTreeSet<Id>,
    /// Those of them that were not looked for since.
    fresh: Vec<Id>,
    /// How far its records were looked at.
    pub(super) cursor: u64,
    /// Syncs of its disk when it was last looked at.
    pub(super) syncs: u64,
    /// Looks since it was started.
    pub(super) looks: u64,
    /// The highest beat seen of each key.
    pub(super) beats: BTreeMap<Key, u64>,
    /// The heads it held when it was last looked at.
    pub(super) heads: Vec<Id>,
    /// Feeds in which something changed since it was last asked how complete they are.
    pub(super) touched: BTreeSet<FeedName>,
    /// Lanes that were walked from the head's record to the first.
    pub(super) walked: BTreeSet<(Key, FeedName, Id)>,
}

impl Watch {
    /// It runs again: everything is looked at anew.
    pub(super) fn restarted(&mut self) {
        self.cursor = 0;
        self.syncs = u64::MAX;
        self.looks = 0;
        self.heads.clear();
        self.walked.clear();
    }

    /// A record was promised, or seen.
    pub(super) fn acknowledge(&mut self, id: Id) {
        if self.acknowledged.insert(id) {
            self.fresh.push(id);
        }
    }

    /// Records that must be there and may not be: the new ones, or all.
    pub(super) fn must_hold(&mut self, all: bool) -> Vec<Id> {
        let fresh = std::mem::take(&mut self.fresh);
        if all {
            self.acknowledged.iter().copied().collect()
        } else {
            fresh
        }
    }
}
