//! What the verdict function sees of this node: the chains in memory, the records in the store, the group being judged.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use indaba_protocol::verdict::{LanePlace, Walk, is_carried};
use indaba_protocol::{
    Chain, CutList, Delegation, Evidence, FeedName, Header, Id, Key, Verdict, Verified, judge,
};
use indaba_store::{Store, StoreError};

use super::Engine;

/// The evidence at one moment. A store that fails while judging makes the verdict worthless:
/// [`HeldEvidence::outcome`] gives the failure instead.
pub(super) struct HeldEvidence<'a> {
    engine: &'a Engine,
    store: &'a Store,
    headers: &'a BTreeMap<Id, Verified<Header>>,
    positions: &'a BTreeMap<(Key, FeedName, u64), Vec<Id>>,
    failure: RefCell<Option<StoreError>>,
}

/// How far lanes were walked back from the ends that cut lists name.
#[derive(Default)]
pub(super) struct Walks {
    steps: BTreeMap<Walk, BTreeMap<u64, Id>>,
    /// Steps in all.
    count: usize,
}

impl Walks {
    /// 40 bytes each, and the tree around them: 16 MiB. Beyond that all is forgotten, which costs time only.
    const MOST: usize = 200_000;

    /// Whether this position comes right below those remembered; none are when there is no answer.
    fn follows(&self, walk: &Walk, seq: u64) -> Option<bool> {
        let (lowest, _) = self.steps.get(walk)?.first_key_value()?;
        Some(*lowest == seq + 1)
    }

    fn note(&mut self, walk: &Walk, id: Id, seq: u64) {
        if self.count >= Walks::MOST {
            *self = Walks::default();
        }
        self.steps.entry(walk.clone()).or_default().insert(seq, id);
        self.count += 1;
    }
}

impl HeldEvidence<'_> {
    /// What was concluded, unless the store failed meanwhile.
    pub(super) fn outcome<T>(&self, concluded: T) -> Result<T, StoreError> {
        match self.failure.take() {
            Some(failure) => Err(failure),
            None => Ok(concluded),
        }
    }

    fn noting<T: Default>(&self, result: Result<T, StoreError>) -> T {
        result.unwrap_or_else(|failure| {
            *self.failure.borrow_mut() = Some(failure);
            T::default()
        })
    }
}

impl Evidence for HeldEvidence<'_> {
    fn chain(&self, institution: &Id) -> Option<Arc<Chain>> {
        self.engine.institutions.chain(institution).cloned()
    }

    fn cut_list(&self, id: &Id) -> Option<Arc<CutList>> {
        self.engine
            .institutions
            .cut_list(id)
            .map(|list| Arc::new(list.body().clone()))
    }

    fn place(&self, record: &Id, feed: &FeedName) -> Option<Option<LanePlace>> {
        let header = match self.headers.get(record) {
            Some(header) => header.clone(),
            None => match self.noting(self.engine.header(record, self.store)) {
                Some(header) => header,
                None => self.noting(self.engine.waiting_header(record, self.store))?,
            },
        };
        Some(header.lane(feed).map(|lane| LanePlace {
            institution: header.institution,
            key: header.key,
            seq: lane.seq,
            prev: lane.prev,
        }))
    }

    fn reached(&self, walk: &Walk, seq: u64) -> Option<(Id, u64)> {
        let walks = self.engine.walks.borrow();
        walks
            .steps
            .get(walk)?
            .range(seq..)
            .next()
            .map(|(seq, id)| (*id, *seq))
    }

    fn reaches(&self, walk: &Walk, id: Id, seq: u64) {
        // Only over records: what waits may be refused yet, and what is in the group may not be committed.
        let mut walks = self.engine.walks.borrow_mut();
        let begins = seq + 1 == walk.seq && self.noting(self.store.contains(&walk.last));
        if self.noting(self.store.contains(&id)) && walks.follows(walk, seq).unwrap_or(begins) {
            walks.note(walk, id, seq);
        }
    }

    fn at_position(&self, institution: &Id, key: &Key, feed: &FeedName, seq: u64) -> Vec<Id> {
        let mut ids = self.noting(self.store.at(institution, key, feed, seq));
        if let Some(group) = self.positions.get(&(*key, feed.clone(), seq)) {
            ids.extend(group);
        }
        ids
    }

    fn proof_at(&self, institution: &Id, key: &Key, feed: &FeedName, seq: u64) -> bool {
        self.engine
            .institutions
            .is_contested(institution, key, feed, seq)
    }

    fn follows(&self, feed: &FeedName) -> bool {
        self.engine.follows(feed)
    }

    fn accepts(&self, institution: &Id) -> bool {
        self.engine.accepts(institution)
    }

    fn accepts_record(&self, record: &Header) -> bool {
        self.engine.accepts_record(record)
    }

    fn hears(&self, institution: &Id) -> bool {
        self.engine.hears(institution)
    }

    fn knows_chain_of(&self, institution: &Id) -> bool {
        self.engine.knows_chain_of(institution)
    }

    fn vouched(&self, institution: &Id) -> bool {
        self.engine.trust.web().is_vouched(institution)
    }
}

impl Engine {
    pub(super) fn evidence<'a>(
        &'a self,
        store: &'a Store,
        headers: &'a BTreeMap<Id, Verified<Header>>,
        positions: &'a BTreeMap<(Key, FeedName, u64), Vec<Id>>,
    ) -> HeldEvidence<'a> {
        HeldEvidence {
            engine: self,
            store,
            headers,
            positions,
            failure: RefCell::new(None),
        }
    }

    /// What follows from what is in the store, without anything that is on its way into it.
    fn by_what_is_held<T>(
        &self,
        store: &Store,
        conclude: impl FnOnce(&HeldEvidence<'_>) -> T,
    ) -> Result<T, StoreError> {
        let (headers, positions) = (BTreeMap::new(), BTreeMap::new());
        let evidence = self.evidence(store, &headers, &positions);
        let concluded = conclude(&evidence);
        evidence.outcome(concluded)
    }

    /// The verdict on a record that is in the store.
    pub(super) fn judge_held(
        &self,
        header: &Verified<Header>,
        store: &Store,
    ) -> Result<Verdict, StoreError> {
        self.by_what_is_held(store, |evidence| judge(header, evidence))
    }

    /// Whether a record that is in the store may be passed on.
    pub(super) fn is_carried(
        &self,
        header: &Verified<Header>,
        store: &Store,
    ) -> Result<bool, StoreError> {
        self.by_what_is_held(store, |evidence| is_carried(header, evidence))
    }

    /// The header of a record that waits for a cut list, for ancestry or for somebody to vouch: delegated and in scope, and so held as far
    /// as others are judged by it.
    pub(super) fn waiting_header(
        &self,
        id: &Id,
        store: &Store,
    ) -> Result<Option<Verified<Header>>, StoreError> {
        let Some(waiting) = store.held(id)? else {
            return Ok(None);
        };
        let header = indaba_protocol::open_item(&self.net, &waiting.item)
            .ok()
            .and_then(|item| item.record().cloned());
        Ok(header.filter(|header| {
            self.delegation(&header.institution, &header.key, &header.state)
                .is_some_and(|delegation| delegation.permits(&header.kind, header.feeds()))
        }))
    }

    /// Whether a feed is followed here. Every node follows the registry.
    pub(super) fn follows(&self, feed: &FeedName) -> bool {
        feed.is_registry() || self.choices.follows().contains_key(feed)
    }

    /// Whether a feed is followed quietly.
    pub(super) fn is_quiet(&self, feed: &FeedName) -> bool {
        self.choices
            .follows()
            .get(feed)
            .is_some_and(|follow| follow.quiet)
    }

    pub(super) fn own_key(&self) -> Key {
        self.identity.node.key()
    }

    /// Whether a key is delegated for signing in the state named.
    pub(super) fn may_sign(&self, institution: &Id, key: &Key, state: &Id) -> bool {
        self.delegation(institution, key, state).is_some()
    }

    /// The delegation that lets a key sign under the state named.
    fn delegation(&self, institution: &Id, key: &Key, state: &Id) -> Option<&Delegation> {
        let chain = self.institutions.chain(institution)?;
        chain
            .states()
            .iter()
            .find(|held| held.id() == *state)?
            .signing_delegation(key)
    }
}
