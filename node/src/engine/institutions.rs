//! The institutions this node accepts: their pinned chains, current heads, cut lists and contradictions, in memory. The store has
//! the durable copy; this is read from it at the start and changed only beside a commit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indaba_protocol::alarm::{Alarms, KeptAlarm};
use indaba_protocol::{
    Alarm, Chain, ChainOutcome, Contradiction, CutList, FeedName, Head, Id, Key, NetworkId, State,
    Verified, VerifiedStatement, read,
};
use indaba_store::{FactKind, Store, StoreError};

/// Everything known about institutions beyond their records.
#[derive(Default)]
pub(super) struct Institutions {
    chains: BTreeMap<Id, Arc<Chain>>,
    cut_lists: BTreeMap<Id, Verified<CutList>>,
    heads: BTreeMap<Key, Verified<Head>>,
    /// The same the other way round: whose head an id is.
    head_ids: BTreeMap<Id, Key>,
    /// Positions that a proof names, and the two records that it proves were signed for each.
    contested: BTreeMap<(Id, Key, FeedName, u64), [Id; 2]>,
    /// Keys whose heads contradict each other.
    contested_heads: BTreeSet<Key>,
    /// Keys that contradict themselves in records or heads, whatever the place.
    contradicted: BTreeSet<(Id, Key)>,
    /// Alarms, one of each key that warns about another.
    alarms: Alarms,
}

impl Institutions {
    /// Reads the facts in the store: first what begins chains, then what lengthens them.
    pub(super) fn load(net: &NetworkId, store: &Store) -> Result<Institutions, StoreError> {
        let mut known = Institutions::default();
        let mut states: Vec<Verified<State>> = Vec::new();
        let mut after = None;
        loop {
            let page = store.facts_page(after, 1_000)?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for fact in &page {
                match read(net, &fact.bytes) {
                    Ok(VerifiedStatement::State(state)) => states.push(state),
                    Ok(statement) => known.remember(&statement),
                    Err(unread) => {
                        tracing::error!(id = %fact.id.short(), %unread, "a stored statement does not read; left out");
                    }
                }
            }
        }
        // Rivals are kept under their own kind, so what was pinned comes first whatever the ids are.
        let mut ordered = Vec::with_capacity(states.len());
        for state in states {
            let rival = store
                .fact(&state.id())?
                .is_some_and(|fact| fact.kind == FactKind::RivalState);
            ordered.push((rival, state.version, state));
        }
        ordered.sort_by_key(|(rival, version, _)| (*rival, *version));
        for (_, _, state) in ordered {
            if let Some(chain) = known.chains.get_mut(&state.institution) {
                Arc::make_mut(chain).offer(state);
            }
        }
        Ok(known)
    }

    /// Takes a statement that is, or is about to be, durable. States go through [`Institutions::offer`].
    pub(super) fn remember(&mut self, statement: &VerifiedStatement) {
        match statement {
            VerifiedStatement::Inception(inception) => {
                self.chains
                    .entry(inception.id())
                    .or_insert_with(|| Arc::new(Chain::found(inception.clone())));
            }
            VerifiedStatement::CutList(list) => {
                self.cut_lists.insert(list.id(), list.clone());
            }
            VerifiedStatement::Head(head) => {
                let newer = self
                    .heads
                    .get(&head.key)
                    .is_none_or(|held| held.beat < head.beat);
                if newer {
                    self.head_ids.insert(head.id(), head.key);
                    if let Some(old) = self.heads.insert(head.key, head.clone()) {
                        self.head_ids.remove(&old.id());
                    }
                }
            }
            VerifiedStatement::Equivocation(proof) => {
                self.contradicted.insert((proof.institution, proof.key));
                let (a, b) = proof.ids();
                for (feed, seq) in proof.positions() {
                    self.contested
                        .insert((proof.institution, proof.key, feed, seq), [a, b]);
                }
                if proof.about == Contradiction::Heads {
                    self.contested_heads.insert(proof.key);
                }
            }
            VerifiedStatement::Alarm(alarm) => {
                self.keep_alarm(alarm);
            }
            _ => {}
        }
    }

    /// Offers a state to its chain.
    pub(super) fn offer(&mut self, state: Verified<State>) -> Option<ChainOutcome> {
        self.chains
            .get_mut(&state.institution)
            .map(|chain| Arc::make_mut(chain).offer(state))
    }

    pub(super) fn chain(&self, institution: &Id) -> Option<&Arc<Chain>> {
        self.chains.get(institution)
    }

    pub(super) fn chains(&self) -> impl Iterator<Item = &Arc<Chain>> {
        self.chains.values()
    }

    /// Whether any pinned state of the institution ever let this key sign, cut or not.
    pub(super) fn ever_delegated(&self, institution: &Id, key: &Key) -> bool {
        self.chain(institution).is_some_and(|chain| {
            chain
                .states()
                .iter()
                .any(|state| state.signing_delegation(key).is_some())
        })
    }

    /// The institution that ever let this key sign.
    pub(super) fn signing_with(&self, key: &Key) -> Option<Id> {
        self.chains
            .keys()
            .find(|institution| self.ever_delegated(institution, key))
            .copied()
    }

    /// The cut lists held that a pinned state of this chain names, each once.
    pub(super) fn cut_lists_of<'a>(
        &'a self,
        chain: &'a Chain,
    ) -> impl Iterator<Item = &'a Verified<CutList>> {
        self.cut_lists
            .values()
            .filter(|list| chain.names_cut_list(&list.id(), &list.key))
    }

    /// Records that their institutions stand by though a cut voids them. Another may stand at the position of one, so that no gap tells that
    /// it is missing.
    pub(super) fn adopted(&self) -> impl Iterator<Item = Id> + use<'_> {
        let newest = self.chains.values().filter_map(|chain| chain.newest());
        newest
            .flat_map(|state| &state.cuts)
            .filter_map(|cut| self.cut_lists.get(&cut.list?))
            .flat_map(|list| list.adopted.iter().copied())
    }

    pub(super) fn cut_list(&self, id: &Id) -> Option<&Verified<CutList>> {
        self.cut_lists.get(id)
    }

    pub(super) fn head(&self, key: &Key) -> Option<&Verified<Head>> {
        self.heads.get(key)
    }

    /// Whose newest head this is.
    pub(super) fn signer_of_head(&self, id: &Id) -> Option<Key> {
        self.head_ids.get(id).copied()
    }

    pub(super) fn heads(&self) -> impl Iterator<Item = &Verified<Head>> {
        self.heads.values()
    }

    pub(super) fn is_contested(
        &self,
        institution: &Id,
        key: &Key,
        feed: &FeedName,
        seq: u64,
    ) -> bool {
        self.contested
            .contains_key(&(*institution, *key, feed.clone(), seq))
    }

    /// The records that proofs name in a lane.
    pub(super) fn contested_in(
        &self,
        institution: &Id,
        key: &Key,
        feed: &FeedName,
    ) -> impl Iterator<Item = &Id> {
        let lane =
            (*institution, *key, feed.clone(), 0)..=(*institution, *key, feed.clone(), u64::MAX);
        self.contested.range(lane).flat_map(|(_, records)| records)
    }

    pub(super) fn has_contested_heads(&self, key: &Key) -> bool {
        self.contested_heads.contains(key)
    }

    /// The alarm of one key about another that is kept.
    pub(super) fn alarm(
        &self,
        institution: &Id,
        against: &Key,
        by: &Key,
    ) -> Option<&Verified<Alarm>> {
        self.alarms.of(institution, against, by)
    }

    /// Keeps an alarm, in place of another of the same key about the same if its id is smaller.
    pub(super) fn keep_alarm(&mut self, alarm: &Verified<Alarm>) -> KeptAlarm {
        self.alarms.keep(alarm.clone())
    }

    /// Whether another key warned about this one.
    pub(super) fn is_warned_about(&self, institution: &Id, key: &Key) -> bool {
        self.alarms_about(institution, key).next().is_some()
    }

    /// Whether a key is not to be relied on: another key warned about it, or it is proven that it contradicted itself. Which records
    /// are disputed for that is judged one by one; this says that something is wrong with the key. A cut by the root keys settles both.
    pub(super) fn is_doubted(&self, institution: &Id, key: &Key) -> bool {
        let contradicted = self.contradicted.contains(&(*institution, *key));
        self.is_warned_about(institution, key) || (contradicted && !self.is_cut(institution, key))
    }

    /// The alarms about a key, by keys that are not cut. A cut by the root keys settles the matter.
    pub(super) fn alarms_about<'a>(
        &'a self,
        institution: &Id,
        key: &Key,
    ) -> impl Iterator<Item = &'a Verified<Alarm>> + use<'a> {
        let (alarms, key) = (&self.alarms, *key);
        self.chains
            .get(institution)
            .into_iter()
            .flat_map(move |chain| alarms.about(chain, &key))
    }

    /// Whether the newest pinned state cuts this key.
    pub(super) fn is_cut(&self, institution: &Id, key: &Key) -> bool {
        self.chain(institution)
            .and_then(|chain| chain.newest())
            .is_some_and(|state| state.cut(key).is_some())
    }
}
