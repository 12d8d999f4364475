//! What must hold after every step that wrote something.

use std::collections::{BTreeMap, BTreeSet};

use indaba::engine::order::{FeedView, Order, Reply};
use indaba_protocol::{FeedName, Header, Id, Key, Verified, VerifiedStatement, read};
use indaba_store::{Store, StoreError};

use super::node::Who;
use super::sabotage::Sabotage;
use super::world::{World, brief};

/// A node is asked how complete its feeds are at every so many of its writes, and at the end.
const ASKED_EVERY: u64 = 4;

/// What is known of one node from watching it.
#[derive(Default)]
pub(super) struct Watch {
    /// Records that were acknowledged, or seen in the store: they must stay.
    pub(super) acknowledged: BTreeSet<Id>,
    /// How far its records were looked at.
    cursor: u64,
    /// Syncs of its disk when it was last looked at.
    syncs: u64,
    writes: u64,
    /// The highest beat seen of each key.
    beats: BTreeMap<Key, u64>,
    /// Lanes that were walked from the head's record to the first.
    walked: BTreeSet<(Key, FeedName, Id)>,
}

impl Watch {
    /// It runs again: everything is looked at anew.
    pub(super) fn restarted(&mut self) {
        self.cursor = 0;
        self.syncs = u64::MAX;
        self.walked.clear();
    }
}

/// What is known of all nodes together.
pub(super) struct Ledger {
    /// Whose signatures may be in a store.
    keys: BTreeSet<Key>,
    /// Every record seen in any store.
    pub(super) records: BTreeMap<Id, Verified<Header>>,
    positions: BTreeMap<(Key, FeedName, u64), Id>,
}

impl Ledger {
    pub(super) fn new(keys: impl IntoIterator<Item = Key>) -> Ledger {
        Ledger {
            keys: keys.into_iter().collect(),
            records: BTreeMap::new(),
            positions: BTreeMap::new(),
        }
    }

    /// Whether the scenario's own institutions and nodes signed this.
    pub(super) fn is_honest(&self, statement: &VerifiedStatement) -> bool {
        match statement {
            VerifiedStatement::Record(header) => self.keys.contains(&header.key),
            VerifiedStatement::Head(head) => self.keys.contains(&head.key),
            VerifiedStatement::Alarm(alarm) => self.keys.contains(&alarm.key),
            _ => true,
        }
    }

    /// Takes a record in that was not seen before.
    fn learn(&mut self, header: Verified<Header>) -> Result<(), String> {
        let id = header.id();
        if !self.keys.contains(&header.key) {
            return Err(format!(
                "keeps {}, signed by a key that nobody of the scenario has",
                brief(&id)
            ));
        }
        for lane in &header.lanes {
            let position = (header.key, lane.feed.clone(), lane.seq);
            if let Some(other) = self.positions.insert(position, id) {
                let (feed, seq) = (&lane.feed, lane.seq);
                return Err(format!(
                    "keeps {} and there is {}: {feed} #{seq} was signed twice",
                    brief(&id),
                    brief(&other)
                ));
            }
        }
        self.records.insert(id, header);
        Ok(())
    }
}

impl World {
    /// Looks at a node that has just settled.
    pub(super) fn check(&mut self, who: Who) {
        self.check_unjudged(who);
        let syncs = self.nodes[who].disk.syncs();
        if self.breach.is_some() || self.nodes[who].watch.syncs == syncs {
            return;
        }
        self.nodes[who].watch.syncs = syncs;
        self.nodes[who].watch.writes += 1;
        self.counts.checks += 1;
        let found = self
            .look(who)
            .unwrap_or_else(|error| Err(format!("cannot be read: {error}")));
        if let Err(what) = found {
            let what = format!("{} {what}", self.nodes[who].name);
            return self.fail(what);
        }
        if self.nodes[who].watch.writes.is_multiple_of(ASKED_EVERY) {
            self.check_claims(who);
        }
    }

    fn look(&mut self, who: Who) -> Result<Result<(), String>, StoreError> {
        let node = &mut self.nodes[who];
        let Some(run) = node.run.as_ref() else {
            return Ok(Ok(()));
        };
        for id in &node.watch.acknowledged {
            if !run.store.contains(id)? {
                return Ok(Err(format!(
                    "lost {}, which it had acknowledged",
                    brief(id)
                )));
            }
        }
        loop {
            let page = run.store.page(node.watch.cursor, 500)?;
            let Some((last, _)) = page.last() else { break };
            node.watch.cursor = *last;
            for (_, id) in page {
                node.watch.acknowledged.insert(id);
                if self.ledger.records.contains_key(&id) {
                    continue;
                }
                let Some((_, bytes)) = run.store.statement(&id)? else {
                    continue;
                };
                let Ok(VerifiedStatement::Record(header)) = read(&self.net, &bytes) else {
                    return Ok(Err(format!("keeps {}, which does not read", brief(&id))));
                };
                if let Err(what) = self.ledger.learn(header) {
                    return Ok(Err(what));
                }
            }
        }
        for head in run.store.heads()? {
            let Some(key) = head.key else { continue };
            if !self.ledger.keys.contains(&key) {
                return Ok(Err(format!(
                    "keeps a head of key {key}, which nobody of the scenario has"
                )));
            }
            let before = node.watch.beats.insert(key, head.order);
            if before.is_some_and(|before| before > head.order) {
                return Ok(Err(format!(
                    "went back from beat {} to {} of key {key}",
                    before.unwrap_or_default(),
                    head.order
                )));
            }
        }
        Ok(Ok(()))
    }

    /// What a settled node says of its feeds.
    pub(super) fn feeds_of(&mut self, who: Who) -> Vec<FeedView> {
        let Some(Reply::Feeds { mut feeds }) = self.ask(who, Order::Feeds) else {
            return Vec::new();
        };
        if self.sabotaged(who, Sabotage::ClaimsComplete) {
            feeds
                .iter_mut()
                .for_each(|feed| "complete".clone_into(&mut feed.state));
        }
        feeds
    }

    /// A feed that a node calls complete must be: the heads it holds reach no further than what it holds.
    pub(super) fn check_claims(&mut self, who: Who) {
        for view in self
            .feeds_of(who)
            .into_iter()
            .filter(|view| view.state == "complete")
        {
            let Ok(feed) = view.feed.parse::<FeedName>() else {
                continue;
            };
            let broken = self
                .walk(who, &feed)
                .unwrap_or_else(|error| Some(error.to_string()));
            if let Some(broken) = broken {
                let what = format!(
                    "{} calls {feed} complete, but {broken}",
                    self.nodes[who].name
                );
                return self.fail(what);
            }
        }
    }

    /// Follows every lane of a feed from what its head says back to the first record, in the store itself.
    fn walk(&mut self, who: Who, feed: &FeedName) -> Result<Option<String>, StoreError> {
        let node = &mut self.nodes[who];
        let Some(run) = node.run.as_ref() else {
            return Ok(None);
        };
        let mut ends: BTreeMap<Key, u64> = BTreeMap::new();
        for fact in run.store.heads()? {
            let Ok(VerifiedStatement::Head(head)) = read(&self.net, &fact.bytes) else {
                continue;
            };
            let Some(end) = head.lane(feed) else { continue };
            ends.insert(head.key, end.seq);
            if node
                .watch
                .walked
                .contains(&(head.key, feed.clone(), end.last))
            {
                continue;
            }
            if let Some(broken) =
                walk_lane(&run.store, &self.ledger, &head.key, feed, end.seq, end.last)?
            {
                return Ok(Some(broken));
            }
            node.watch.walked.insert((head.key, feed.clone(), end.last));
        }
        for lane in run.store.lanes_of(feed)? {
            if ends.get(&lane.key).is_none_or(|end| *end < lane.seq) {
                return Ok(Some(format!(
                    "no head reaches {} #{} of key {}",
                    feed, lane.seq, lane.key
                )));
            }
        }
        Ok(None)
    }
}

fn walk_lane(
    store: &Store,
    ledger: &Ledger,
    key: &Key,
    feed: &FeedName,
    seq: u64,
    last: Id,
) -> Result<Option<String>, StoreError> {
    let mut next = Some(last);
    for at in (1..=seq).rev() {
        let held = match next {
            Some(id) if store.contains(&id)? => ledger.records.get(&id),
            _ => None,
        };
        let lane = held
            .filter(|header| header.key == *key)
            .and_then(|header| header.lane(feed))
            .filter(|lane| lane.seq == at);
        match lane {
            Some(lane) => next = lane.prev,
            None => return Ok(Some(format!("#{at} of key {key} is not held"))),
        }
    }
    Ok(next.map(|_| format!("#1 of key {key} names a predecessor")))
}
