//! What must hold after every step that wrote something. A step is looked at for what it can have changed: what is new, and the feeds it
//! is in. Everything is looked at when a node comes up, after so many steps, and at the end; a run that looks at everything after
//! every step finds the same.

use std::collections::{BTreeMap, BTreeSet};

use indaba::engine::order::{FeedView, Order, Reply};
use indaba_protocol::{FeedName, Id, Key, VerifiedStatement};
use indaba_store::{FactKind, Store, StoreError};

use super::ledger::Ledger;
use super::node::Who;
use super::rule::Rule;
use super::sabotage::Sabotage;
use super::world::{World, brief};

/// A node is asked how complete its feeds are at every so many of its writes, and at the end.
const ASKED_EVERY: u64 = 8;
/// Looks after which everything is looked at, not only what is new.
const FULL_EVERY: u64 = 32;

/// What a look found: nothing, or a rule that is broken and how.
type Found = Result<(), (Rule, String)>;

impl World {
    /// Looks at a node that has just settled.
    pub(super) fn check(&mut self, who: Who) {
        self.check_unjudged(who);
        let syncs = self.nodes[who].disk.syncs();
        if self.breach.is_some() || self.nodes[who].watch.syncs == syncs {
            return;
        }
        let watch = &mut self.nodes[who].watch;
        watch.syncs = syncs;
        let all = self.manner.thorough || watch.looks.is_multiple_of(FULL_EVERY);
        watch.looks += 1;
        let looks = watch.looks;
        self.counts.checks += 1;
        self.note(who, |world| world.look(who, all));
        if looks.is_multiple_of(ASKED_EVERY) {
            self.check_claims(who, all);
        }
    }

    /// Looks at everything of a node.
    pub(super) fn check_everything(&mut self, who: Who) {
        self.note(who, |world| world.look(who, true));
        self.check_claims(who, true);
        self.check_named_peers(who, false);
    }

    /// Makes a breach of what a look finds.
    fn note(&mut self, who: Who, look: impl FnOnce(&mut World) -> Result<Found, StoreError>) {
        let found = look(self).unwrap_or_else(|error| {
            let what = format!("cannot be read: {error}");
            Err((Rule::StoresRead, what))
        });
        if let Err((rule, what)) = found {
            let what = format!("{} {what}", self.nodes[who].name);
            self.fail(rule, what);
        }
    }

    fn look(&mut self, who: Who, all: bool) -> Result<Found, StoreError> {
        let node = &mut self.nodes[who];
        let (Some(run), watch) = (node.run.as_ref(), &mut node.watch) else {
            return Ok(Ok(()));
        };
        for id in watch.must_hold(all) {
            if !run.store.contains(&id)? {
                let what = format!("lost {}, which it had acknowledged", brief(&id));
                return Ok(Err((Rule::KeepsWhatItAcknowledged, what)));
            }
        }
        loop {
            let page = run.store.page(watch.cursor, 500)?;
            let Some((last, _)) = page.last() else { break };
            watch.cursor = *last;
            for (_, id) in page {
                watch.acknowledge(id);
                if !self.ledger.records.contains_key(&id) {
                    let Some((_, bytes)) = run.store.statement(&id)? else {
                        continue;
                    };
                    let Ok(VerifiedStatement::Record(header)) = self.readings.read(&bytes) else {
                        let what = format!("keeps {}, which does not read", brief(&id));
                        return Ok(Err((Rule::StoresRead, what)));
                    };
                    if let Err(breach) = self.ledger.learn(header) {
                        return Ok(Err(breach));
                    }
                }
                let feeds = self.ledger.records[&id].feeds().cloned();
                watch.touched.extend(feeds);
            }
        }
        let heads = run.store.ids_of_kind(FactKind::Head)?;
        if !all && heads == watch.heads {
            return Ok(Ok(()));
        }
        for id in &heads {
            if !all && watch.heads.contains(id) {
                continue;
            }
            let Some(fact) = run.store.fact(id)? else {
                continue;
            };
            let Ok(VerifiedStatement::Head(head)) = self.readings.read(&fact.bytes) else {
                let what = format!("keeps a head {} that does not read", brief(id));
                return Ok(Err((Rule::StoresRead, what)));
            };
            if !self.ledger.knows(&head.key) {
                let what = format!(
                    "keeps a head of key {}, which nobody of the scenario has",
                    head.key
                );
                return Ok(Err((Rule::KeepsNoStrangers, what)));
            }
            watch
                .touched
                .extend(head.lanes.iter().map(|lane| lane.feed.clone()));
            let before = watch.beats.insert(head.key, head.beat);
            if let Some(before) = before.filter(|before| *before > head.beat) {
                let what = format!(
                    "went back from beat {before} to {} of key {}",
                    head.beat, head.key
                );
                return Ok(Err((Rule::HeadsGoForward, what)));
            }
        }
        watch.heads = heads;
        Ok(Ok(()))
    }

    /// What a settled node says of its feeds.
    pub(super) fn feeds_of(&mut self, who: Who) -> Vec<FeedView> {
        let feeds = match self.ask(who, Order::Feeds) {
            Some(Reply::Feeds { feeds }) => feeds,
            _ => Vec::new(),
        };
        self.as_said(who, feeds)
    }

    /// What it says of those in which something changed.
    fn touched_feeds_of(&mut self, who: Who, touched: &BTreeSet<FeedName>) -> Vec<FeedView> {
        let mut feeds = Vec::new();
        for feed in touched {
            if !self.nodes[who].follows.contains_key(feed) {
                continue;
            }
            let order = Order::Feed {
                feed: feed.to_string(),
                after: Some(u64::MAX),
                limit: 1,
                newest: false,
            };
            if let Some(Reply::Feed { feed, .. }) = self.ask(who, order) {
                feeds.push(feed);
            }
        }
        self.as_said(who, feeds)
    }

    fn as_said(&self, who: Who, mut feeds: Vec<FeedView>) -> Vec<FeedView> {
        if self.sabotaged(who, Sabotage::ClaimsComplete) {
            for feed in &mut feeds {
                "complete".clone_into(&mut feed.state);
            }
        }
        feeds
    }

    /// A feed that a node calls complete must be: the heads it holds reach no further than what it holds.
    fn check_claims(&mut self, who: Who, all: bool) {
        let touched = std::mem::take(&mut self.nodes[who].watch.touched);
        let feeds = if all {
            self.feeds_of(who)
        } else {
            self.touched_feeds_of(who, &touched)
        };
        self.check_named(who, &feeds);
        for view in feeds.into_iter().filter(|view| view.state == "complete") {
            let Ok(feed) = view.feed.parse::<FeedName>() else {
                continue;
            };
            let broken = self
                .walk(who, &feed)
                .unwrap_or_else(|error| Some(error.to_string()));
            if let Some(broken) = broken {
                let name = &self.nodes[who].name;
                let what = format!("{name} calls {feed} complete, but {broken}");
                return self.fail(Rule::ClaimsAreTrue, what);
            }
        }
    }

    /// Follows every lane of a feed from what its head says back to the first record, in the store itself.
    fn walk(&mut self, who: Who, feed: &FeedName) -> Result<Option<String>, StoreError> {
        let node = &mut self.nodes[who];
        let Some(run) = node.run.as_ref() else {
            return Ok(None);
        };
        // How far each lane goes: as the newest head says, or the institution, when it revoked the key.
        let mut ends: BTreeMap<Key, Option<(u64, Id)>> = BTreeMap::new();
        for fact in run.store.heads()? {
            if let Ok(VerifiedStatement::Head(head)) = self.readings.read(&fact.bytes)
                && let Some(end) = head.lane(feed)
            {
                ends.insert(head.key, Some((end.seq, end.last)));
            }
        }
        let mut ended = BTreeSet::new();
        for (key, revoked) in &self.authority.revoked {
            if run.store.has_fact(&revoked.state)? {
                let end = revoked.list.entry(feed);
                ended.insert(*key);
                ends.insert(*key, end.map(|end| (end.seq, end.last)));
            }
        }
        for (key, end) in &ends {
            let Some((seq, last)) = *end else { continue };
            let lane = (*key, feed.clone(), last);
            if node.watch.walked.contains(&lane) {
                continue;
            }
            if let Some(broken) = walk_lane(&run.store, &self.ledger, key, feed, seq, last)? {
                return Ok(Some(broken));
            }
            node.watch.walked.insert(lane);
        }
        for lane in run.store.lanes_of(feed)? {
            let end = ends.get(&lane.key).copied().flatten();
            if !ended.contains(&lane.key) && end.is_none_or(|(end, _)| end < lane.seq) {
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
