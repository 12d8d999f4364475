//! New states of this node's own institution, brought by its officers: pinned, published in the registry, obeyed.

use std::collections::BTreeSet;

use indaba_protocol::{ChainOutcome, CutList, FeedName, State, Verified, VerifiedStatement, read};
use indaba_store::{Batch, FactKind, Store, StoreError};

use super::boundary::Notice;
use super::order::{RefusalKind, Reply};
use super::orders::refused;
use super::view::from_hex;
use super::{Engine, durable, limits};

impl Engine {
    /// Takes the states that follow the one in force, with the cut lists they name; all or none. What is pinned already is passed over.
    pub(super) fn take_states(
        &mut self,
        statements: &[String],
        store: &mut Store,
    ) -> Result<Reply, StoreError> {
        let institution = self.identity.institution;
        let mut states: Vec<Verified<State>> = Vec::new();
        let mut lists: Vec<Verified<CutList>> = Vec::new();
        for text in statements {
            let statement = from_hex(text).and_then(|bytes| read(&self.net, &bytes).ok());
            match statement {
                Some(VerifiedStatement::State(state)) => states.push(state),
                Some(VerifiedStatement::CutList(list)) => lists.push(list),
                Some(VerifiedStatement::Inception(inception)) if inception.id() == institution => {}
                _ => {
                    return Ok(refused(
                        RefusalKind::Integrity,
                        "a statement does not read, or is none of this institution's",
                        "take the file that `indaba institution combine` wrote",
                    ));
                }
            }
        }
        let Some(mut chain) = self.institutions.chain(&institution).map(|c| (**c).clone()) else {
            return Ok(refused(
                RefusalKind::NotFound,
                "this node does not hold its own institution's beginning",
                "see `indaba doctor`",
            ));
        };
        states.sort_by_key(|state| state.version);
        let mut taken: Vec<Verified<State>> = Vec::new();
        for state in states {
            let version = state.version;
            match chain.offer(state.clone()) {
                ChainOutcome::Accepted => taken.push(state),
                ChainOutcome::AlreadyHeld => {}
                ChainOutcome::Rival | ChainOutcome::FurtherRival => {
                    return Ok(refused(
                        RefusalKind::Policy,
                        format!(
                            "another state {version} is in force here; two of them make the institution disputed everywhere"
                        ),
                        "do not publish this file. Let the officers compare what they signed, and propose anew from `indaba institution show`",
                    ));
                }
                ChainOutcome::Ahead => {
                    return Ok(refused(
                        RefusalKind::Policy,
                        format!(
                            "state {version} comes too early: state {} is the newest here",
                            chain.version()
                        ),
                        "take the states in between first",
                    ));
                }
                ChainOutcome::Refused(fault) => {
                    return Ok(refused(
                        RefusalKind::Integrity,
                        format!("state {version} does not follow the one in force: {fault}"),
                        "propose it anew from `indaba institution show`",
                    ));
                }
            }
        }
        lists.retain(|list| chain.names_cut_list(&list.id(), &list.key));
        let missing = taken.iter().flat_map(|state| &state.cuts).find(|cut| {
            cut.list.is_some_and(|id| {
                self.institutions.cut_list(&id).is_none() && lists.iter().all(|l| l.id() != id)
            })
        });
        if let Some(cut) = missing {
            return Ok(refused(
                RefusalKind::Integrity,
                format!("the cut list of node key {} is missing", cut.key),
                "take the file that `indaba institution combine` wrote",
            ));
        }
        let mut batch = Batch::new();
        let registry = || vec![FeedName::registry()];
        for state in &taken {
            batch.put_fact(durable::fact(FactKind::State, &state.clone().into()));
            batch.outbox_push(state.id(), registry());
        }
        lists.retain(|list| self.institutions.cut_list(&list.id()).is_none());
        for list in &lists {
            batch.put_fact(durable::fact(FactKind::CutList, &list.clone().into()));
            batch.outbox_push(list.id(), registry());
        }
        if !batch.is_empty() {
            store.commit(batch)?;
        }
        let cuts = taken.iter().flat_map(|state| &state.cuts);
        let cut: Vec<_> = cuts
            .map(|cut| cut.key)
            .chain(lists.iter().map(|list| list.key))
            .collect();
        for state in &taken {
            self.institutions.offer(state.clone());
            self.note_fact(&state.clone().into());
            self.notice(Notice::Pinned {
                institution,
                version: state.version,
            });
        }
        for list in &lists {
            self.institutions.remember(&list.clone().into());
            self.note_fact(&list.clone().into());
        }
        let states = taken.iter().cloned().map(VerifiedStatement::from);
        let lists = lists.iter().cloned().map(VerifiedStatement::from);
        for statement in states.chain(lists) {
            self.announce_in_registry(&statement);
        }
        // What waited for one of these, or for the institution, goes through the door once more.
        let mut arrived: BTreeSet<_> = self.cuts_changed(cut, institution).into_iter().collect();
        arrived.extend(taken.iter().map(Verified::id).chain([institution]));
        for id in arrived {
            let waiting = store.held_awaiting(&id, limits::RELEASED_AT_ONCE)?;
            self.take_waiting(&waiting, store)?;
        }
        let own = self.own_key();
        let may_sign = self
            .own_state()
            .is_some_and(|state| state.signing_delegation(&own).is_some());
        Ok(Reply::StatesTaken {
            institution: institution.to_string(),
            version: chain.version(),
            new: taken.len() as u64,
            may_sign,
        })
    }
}
