//! Whether every node holds exactly what it should, read from the stores themselves when the nodes are down.

use std::collections::{BTreeMap, BTreeSet};

use indaba_protocol::institution::Pinned;
use indaba_protocol::{
    Chain, ChainOutcome, FeedName, Id, Inception, Item, NetworkId, State, Verified,
    VerifiedStatement, open_item, read,
};
use indaba_store::{FactKind, Store, StoreError};

/// Records read from a store in one go.
const PAGE: usize = 500;

/// A record that was published during the demonstration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its id.
    pub id: Id,
    /// Which of the cast signed it.
    pub by: usize,
    /// The feeds it went to.
    pub feeds: Vec<FeedName>,
}

/// What a store holds, as bytes: nothing about it is believed yet.
#[derive(Clone, Debug, Default)]
pub struct Holdings {
    /// Records as they would travel.
    pub records: BTreeMap<Id, Item>,
    /// Statements of each institution, inception first.
    pub institutions: BTreeMap<Id, Vec<Vec<u8>>>,
}

/// What the audit of one node found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Records that must be there.
    pub expected: u64,
    /// Of these, those that are there and verify.
    pub verified: u64,
    /// Records that must be there and are not.
    pub missing: Vec<Id>,
    /// Records that are there without reason.
    pub unexpected: Vec<Id>,
    /// Records that are there and do not verify, with the reason.
    pub broken: Vec<(Id, String)>,
}

impl Findings {
    /// Whether the node holds and verifies exactly what it should.
    pub fn is_whole(&self) -> bool {
        self.missing.is_empty()
            && self.unexpected.is_empty()
            && self.broken.is_empty()
            && self.verified == self.expected
    }
}

impl Holdings {
    /// Reads everything a store holds.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn read(store: &Store) -> Result<Self, StoreError> {
        let mut holdings = Self::default();
        let mut after = 0;
        loop {
            let page = store.page(after, PAGE)?;
            let Some((last, _)) = page.last().copied() else {
                break;
            };
            after = last;
            for (_, id) in page {
                let Some(record) = store.record(&id)? else {
                    continue;
                };
                holdings.records.insert(
                    id,
                    Item {
                        statement: record.statement,
                        card: record.card,
                        body: record.body,
                    },
                );
            }
        }
        for fact in store.facts_of_kind(FactKind::Inception)? {
            let mut statements = vec![fact.bytes];
            let states = store.facts(FactKind::State, &fact.institution)?;
            statements.extend(states.into_iter().map(|state| state.bytes));
            holdings.institutions.insert(fact.institution, statements);
        }
        Ok(holdings)
    }
}

/// The records one node must hold: its own, and of the others' those in a feed it follows.
pub fn expected(told: &[Told], node: usize, follows: &[FeedName]) -> BTreeSet<Id> {
    told.iter()
        .filter(|record| {
            record.by == node || record.feeds.iter().any(|feed| follows.contains(feed))
        })
        .map(|record| record.id)
        .collect()
}

/// Compares what is held with what must be held, record by record: the id is computed from the bytes, the signature checked again,
/// both parts hashed, and the key looked up in the institution's own statements.
pub fn audit(net: &NetworkId, holdings: &Holdings, expected: &BTreeSet<Id>) -> Findings {
    let mut findings = Findings {
        expected: expected.len() as u64,
        ..Findings::default()
    };
    let chains: BTreeMap<Id, Chain> = holdings
        .institutions
        .iter()
        .filter_map(|(id, statements)| {
            chain(net, statements)
                .filter(|chain| chain.institution() == *id)
                .map(|chain| (*id, chain))
        })
        .collect();
    findings.missing = expected
        .iter()
        .filter(|id| !holdings.records.contains_key(id))
        .copied()
        .collect();
    for (id, item) in &holdings.records {
        if !expected.contains(id) {
            findings.unexpected.push(*id);
            continue;
        }
        match verify(net, id, item, &chains) {
            Ok(()) => findings.verified += 1,
            Err(why) => findings.broken.push((*id, why)),
        }
    }
    findings
}

fn chain(net: &NetworkId, statements: &[Vec<u8>]) -> Option<Chain> {
    let (inception, states) = statements.split_first()?;
    let inception = Verified::<Inception>::try_from(read(net, inception).ok()?).ok()?;
    let mut chain = Chain::found(inception);
    for state in states {
        let state = Verified::<State>::try_from(read(net, state).ok()?).ok()?;
        if !matches!(chain.offer(state), ChainOutcome::Accepted) {
            return None;
        }
    }
    Some(chain)
}

fn verify(
    net: &NetworkId,
    id: &Id,
    item: &Item,
    chains: &BTreeMap<Id, Chain>,
) -> Result<(), String> {
    let opened = open_item(net, &item.encode()).map_err(|unread| unread.to_string())?;
    let VerifiedStatement::Record(header) = opened.statement() else {
        return Err("it is not a record".into());
    };
    if header.id() != *id {
        return Err("its bytes have another id".into());
    }
    if opened.card().is_none() || opened.body().is_none() {
        return Err("card or body is missing".into());
    }
    let chain = chains
        .get(&header.institution)
        .ok_or("its institution is not proven")?;
    let Pinned::State(state) = chain.pinned(&header.state) else {
        return Err("it names a state that is not held".into());
    };
    let delegated = state
        .signing_delegation(&header.key)
        .is_some_and(|d| d.permits(&header.kind, header.feeds()));
    if delegated {
        Ok(())
    } else {
        Err("its key was not delegated for this".into())
    }
}
