//! A set of statements in memory, as evidence: for a bundle that is looked into before anything of it is kept, and
//! for vectors.

use super::evidence::{Evidence, LanePlace};
use super::judge::is_kept;
use crate::id::Id;
use crate::institution::{Chain, ChainOutcome, CutList, State};
use crate::key::Key;
use crate::lane::FeedName;
use crate::record::Header;
use crate::statement::{Verified, VerifiedStatement};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Position = (Id, Key, FeedName, u64);

/// A set of verified statements, with the feeds followed and the institutions accepted. It has no bound of its own: it holds what
/// the caller puts in.
#[derive(Debug, Clone, Default)]
pub struct Held {
    chains: BTreeMap<Id, Arc<Chain>>,
    waiting: Vec<Verified<State>>,
    cut_lists: BTreeMap<Id, Arc<CutList>>,
    records: BTreeMap<Id, Verified<Header>>,
    positions: BTreeMap<Position, BTreeSet<Id>>,
    proofs: BTreeSet<Position>,
    followed: BTreeSet<FeedName>,
    accepted: BTreeSet<Id>,
    heard: BTreeSet<Id>,
    vouched: BTreeSet<Id>,
    charters: BTreeSet<Id>,
    aside: BTreeSet<Id>,
}

impl Held {
    /// Nothing held, nothing followed, nobody accepted.
    pub fn new() -> Held {
        Held::default()
    }

    /// Follows a feed.
    pub fn follow(&mut self, feed: FeedName) {
        self.followed.insert(feed);
    }

    /// Accepts an institution.
    pub fn accept(&mut self, institution: Id) {
        self.accepted.insert(institution);
    }

    /// Hears an institution: what it says about others counts, and nothing else of it.
    pub fn hear(&mut self, institution: Id) {
        self.heard.insert(institution);
    }

    /// Notes that an accepted vouch names an institution.
    pub fn vouch(&mut self, institution: Id) {
        self.vouched.insert(institution);
    }

    /// Accepts a charter by its id: it is accepted whoever signed it, as is its signer's word about it, and no more (section 15.6).
    pub fn accept_charter(&mut self, charter: Id) {
        self.charters.insert(charter);
    }

    /// Does not accept a record though its institution is accepted: it is in a matter in which the institution is not.
    pub fn keep_aside(&mut self, record: Id) {
        self.aside.insert(record);
    }

    /// Takes a statement in. States are pinned in the order they come, except that one that is ahead of its chain waits; gives
    /// what became of a state, if it is one and its institution is held.
    pub fn hold(&mut self, statement: VerifiedStatement) -> Option<ChainOutcome> {
        match statement {
            VerifiedStatement::Inception(inception) => {
                self.chains
                    .entry(inception.id())
                    .or_insert_with(|| Arc::new(Chain::found(inception)));
                self.offer_waiting();
            }
            VerifiedStatement::State(state) => {
                let outcome = self.offer(&state);
                match outcome {
                    None | Some(ChainOutcome::Ahead) => self.waiting.push(state),
                    Some(ChainOutcome::Accepted) => self.offer_waiting(),
                    Some(_) => {}
                }
                return outcome;
            }
            VerifiedStatement::CutList(list) => {
                self.cut_lists
                    .insert(list.id(), Arc::new(list.body().clone()));
            }
            VerifiedStatement::Record(record) => {
                for lane in &record.lanes {
                    let position = (record.institution, record.key, lane.feed.clone(), lane.seq);
                    self.positions
                        .entry(position)
                        .or_default()
                        .insert(record.id());
                }
                self.records.insert(record.id(), record);
            }
            VerifiedStatement::Equivocation(proof) => {
                let position = |(feed, seq)| (proof.institution, proof.key, feed, seq);
                self.proofs
                    .extend(proof.positions().into_iter().map(position));
            }
            _ => {}
        }
        None
    }

    /// The records put in, by id, whether they are kept or not.
    pub fn records(&self) -> impl Iterator<Item = &Verified<Header>> {
        self.records.values()
    }

    /// The accepted charters that are held.
    fn accepted_charters(&self) -> impl Iterator<Item = (&Id, &Verified<Header>)> {
        let held = self
            .charters
            .iter()
            .filter_map(|id| Some((id, self.records.get(id)?)));
        held.filter(|(_, charter)| charter.kind == "charter")
    }

    /// Asked anew each time: a state that comes later may decide otherwise.
    fn keeps(&self, record: &Header) -> bool {
        is_kept(
            record,
            self.chains.get(&record.institution).map(Arc::as_ref),
        )
    }

    fn offer(&mut self, state: &Verified<State>) -> Option<ChainOutcome> {
        self.chains
            .get_mut(&state.institution)
            .map(|chain| Arc::make_mut(chain).offer(state.clone()))
    }

    /// From the oldest again after each one that is pinned: those that waited are pinned in the order in which they came.
    fn offer_waiting(&mut self) {
        let mut at = 0;
        while let Some(state) = self.waiting.get(at).cloned() {
            match self.offer(&state) {
                None | Some(ChainOutcome::Ahead) => at += 1,
                Some(outcome) => {
                    self.waiting.remove(at);
                    if outcome == ChainOutcome::Accepted {
                        at = 0;
                    }
                }
            }
        }
    }
}

impl Evidence for Held {
    fn chain(&self, institution: &Id) -> Option<Arc<Chain>> {
        self.chains.get(institution).cloned()
    }

    fn cut_list(&self, id: &Id) -> Option<Arc<CutList>> {
        self.cut_lists.get(id).cloned()
    }

    fn place(&self, record: &Id, feed: &FeedName) -> Option<Option<LanePlace>> {
        let header = self.records.get(record).filter(|r| self.keeps(r))?;
        let place = |lane: &crate::lane::Lane| LanePlace {
            institution: header.institution,
            key: header.key,
            seq: lane.seq,
            prev: lane.prev,
        };
        Some(header.lane(feed).map(place))
    }

    fn at_position(&self, institution: &Id, key: &Key, feed: &FeedName, seq: u64) -> Vec<Id> {
        let position = (*institution, *key, feed.clone(), seq);
        let ids = self.positions.get(&position).into_iter().flatten();
        ids.filter(|id| self.records.get(id).is_some_and(|r| self.keeps(r)))
            .copied()
            .collect()
    }

    fn proof_at(&self, institution: &Id, key: &Key, feed: &FeedName, seq: u64) -> bool {
        self.proofs
            .contains(&(*institution, *key, feed.clone(), seq))
    }

    fn follows(&self, feed: &FeedName) -> bool {
        self.followed.contains(feed)
    }

    fn accepts(&self, institution: &Id) -> bool {
        self.accepted.contains(institution)
    }

    fn accepts_record(&self, record: &Header) -> bool {
        let is = |id: &Id| {
            self.records
                .get(id)
                .is_some_and(|held| held.body() == record)
        };
        if self.aside.iter().any(is) {
            return false;
        }
        let speaks_of = |charter: &Id| match record.kind.as_str() {
            "withdrawal" => record.targets("withdraws").any(|target| target == charter),
            "revision" => record.targets("revises").any(|target| target == charter),
            _ => false,
        };
        self.accepts(&record.institution)
            || self.accepted_charters().any(|(id, charter)| {
                charter.body() == record
                    || (charter.institution == record.institution && speaks_of(id))
            })
    }

    fn hears(&self, institution: &Id) -> bool {
        self.accepts(institution) || self.heard.contains(institution)
    }

    fn knows_chain_of(&self, institution: &Id) -> bool {
        let signed = |(_, charter): (&Id, &Verified<Header>)| charter.institution == *institution;
        self.hears(institution) || self.accepted_charters().any(signed)
    }

    fn vouched(&self, institution: &Id) -> bool {
        self.vouched.contains(institution)
    }
}
