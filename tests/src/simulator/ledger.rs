//! What is known of all nodes together: every record that was seen in any store.

use std::collections::{BTreeMap, BTreeSet};

use indaba_protocol::{FeedName, Header, Id, Key, Lane, Verified, VerifiedStatement};

use super::rule::Rule;
use super::world::brief;

/// Everything seen so far.
pub(super) struct Ledger {
    /// Whose signatures may be in a store.
    keys: BTreeSet<Key>,
    /// Every record seen in any store.
    pub(super) records: BTreeMap<Id, Verified<Header>>,
    /// The record that was first seen at each place.
    positions: BTreeMap<(Key, FeedName, u64), Id>,
    /// Keys that are in other hands too: what they sign twice is no fault of the node's.
    cloned: BTreeSet<Key>,
}

impl Ledger {
    pub(super) fn new(keys: impl IntoIterator<Item = Key>) -> Ledger {
        Ledger {
            keys: keys.into_iter().collect(),
            records: BTreeMap::new(),
            positions: BTreeMap::new(),
            cloned: BTreeSet::new(),
        }
    }

    /// From now on what this key signs may be in a store.
    pub(super) fn know(&mut self, key: Key) {
        self.keys.insert(key);
    }

    /// From now on this key may sign twice at one place.
    pub(super) fn excuse(&mut self, key: Key) {
        self.cloned.insert(key);
    }

    /// The lanes of a key, from the first record to the newest; of two at one place, the one that was there first.
    pub(super) fn lanes_of(&self, key: &Key) -> BTreeMap<FeedName, Vec<Id>> {
        let mut lanes: BTreeMap<FeedName, Vec<Id>> = BTreeMap::new();
        for ((of, feed, _), id) in &self.positions {
            if of == key {
                lanes.entry(feed.clone()).or_default().push(*id);
            }
        }
        lanes
    }

    /// Every record of a key that takes a place.
    pub(super) fn records_at<'a>(
        &'a self,
        key: &'a Key,
        place: &'a Lane,
    ) -> impl Iterator<Item = Id> + 'a {
        let takes = move |header: &&Verified<Header>| {
            let lane = header.lane(&place.feed);
            header.key == *key && lane.is_some_and(|lane| lane.seq == place.seq)
        };
        self.records
            .values()
            .filter(takes)
            .map(|header| header.id())
    }

    /// Whether somebody of the scenario holds this key.
    pub(super) fn knows(&self, key: &Key) -> bool {
        self.keys.contains(key)
    }

    /// Whether the scenario's own institutions and nodes signed this.
    pub(super) fn is_honest(&self, statement: &VerifiedStatement) -> bool {
        match statement {
            VerifiedStatement::Record(header) => self.knows(&header.key),
            VerifiedStatement::Head(head) => self.knows(&head.key),
            VerifiedStatement::Alarm(alarm) => self.knows(&alarm.key),
            _ => true,
        }
    }

    /// Takes a record in that was not seen before.
    pub(super) fn learn(&mut self, header: Verified<Header>) -> Result<(), (Rule, String)> {
        let id = header.id();
        if !self.knows(&header.key) {
            let what = format!(
                "keeps {}, signed by a key that nobody of the scenario has",
                brief(&id)
            );
            return Err((Rule::KeepsNoStrangers, what));
        }
        for lane in &header.lanes {
            let position = (header.key, lane.feed.clone(), lane.seq);
            let first = *self.positions.entry(position).or_insert(id);
            if first != id && !self.cloned.contains(&header.key) {
                let other = first;
                let (feed, seq) = (&lane.feed, lane.seq);
                let what = format!(
                    "keeps {} and there is {}: {feed} #{seq} was signed twice",
                    brief(&id),
                    brief(&other)
                );
                return Err((Rule::SignsOnce, what));
            }
        }
        self.records.insert(id, header);
        Ok(())
    }
}
