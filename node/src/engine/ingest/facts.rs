//! What is not a record at the door: states, heads, and what is known of institutions.

use indaba_protocol::alarm::KeptAlarm;
use indaba_protocol::verdict::judge_signer;
use indaba_protocol::{
    Alarm, CatchUpRequest, ChainOutcome, Head, Id, Key, State, Verdict, Verified, VerifiedItem,
    VerifiedStatement,
};
use indaba_store::{FactKind, Store, StoreError};

use super::{Group, Origin};
use crate::engine::boundary::{Moment, Notice};
use crate::engine::{Engine, durable, limits};
use crate::network::Relay;

impl Engine {
    /// Section 7 about a head or an alarm.
    pub(super) fn signer_verdict(
        &self,
        institution: &Id,
        key: &Key,
        state: &Id,
        group: &Group,
        store: &Store,
    ) -> Result<Verdict, StoreError> {
        let evidence = self.evidence(store, &group.headers, &group.positions);
        let verdict = judge_signer(institution, key, state, &evidence);
        evidence.outcome(verdict)
    }

    pub(super) fn judge_state(
        &mut self,
        state: &Verified<State>,
        item: &VerifiedItem,
        origin: &Origin,
        group: &mut Group,
        store: &Store,
    ) -> Result<Relay, StoreError> {
        let institution = state.institution;
        let rival = self.institutions.chain(&institution).and_then(|chain| {
            chain
                .rivals()
                .find(|rival| rival.version == state.version)
                .map(Verified::id)
        });
        let Some(outcome) = self.institutions.offer(state.clone()) else {
            self.wait(item, origin, Some(institution), group, store)?;
            self.ask_for_institution(origin, institution);
            return Ok(Relay::Ignore);
        };
        Ok(match outcome {
            ChainOutcome::Accepted => {
                self.keep_fact(FactKind::State, item.statement(), group);
                group.arrived.insert(state.id());
                let cuts = self.cuts_changed(state.cuts.iter().map(|cut| cut.key), institution);
                group.arrived.extend(cuts);
                group.notices.push(Notice::Pinned {
                    institution,
                    version: state.version,
                });
                self.ask_for_cut_lists(
                    origin,
                    state.cuts.iter().filter_map(|cut| cut.list).collect(),
                );
                Relay::Accept
            }
            ChainOutcome::Rival => {
                // One rival of a version is kept; whoever holds the root keys could make them without end.
                if let Some(rival) = rival {
                    group.batch.drop_fact(rival);
                }
                self.keep_fact(FactKind::RivalState, item.statement(), group);
                group.arrived.insert(state.id());
                group.notices.push(Notice::Equivocation { institution });
                Relay::Accept
            }
            ChainOutcome::Ahead => {
                self.wait(item, origin, Some(state.prev), group, store)?;
                self.ask_for_institution(origin, institution);
                Relay::Ignore
            }
            ChainOutcome::AlreadyHeld | ChainOutcome::FurtherRival | ChainOutcome::Refused(_) => {
                Relay::Ignore
            }
        })
    }

    /// Cuts of these keys came, or a list that says how far they are good: what was refused may be good now, and all that waits for a list
    /// or for ancestry is judged again. What it waits for comes back.
    pub(in crate::engine) fn cuts_changed(
        &mut self,
        keys: impl IntoIterator<Item = Key>,
        institution: Id,
    ) -> Vec<Id> {
        let mut arrived: Vec<Id> = keys.into_iter().map(|key| key.digest()).collect();
        if !arrived.is_empty() {
            arrived.push(institution);
            self.declined.clear();
        }
        arrived
    }

    pub(super) fn judge_alarm(
        &mut self,
        alarm: &Verified<Alarm>,
        item: &VerifiedItem,
        origin: &Origin,
        group: &mut Group,
        store: &Store,
    ) -> Result<Relay, StoreError> {
        let institution = alarm.institution;
        match self.signer_verdict(&institution, &alarm.key, &alarm.state, group, store)? {
            Verdict::Valid => {}
            Verdict::Pending(_) => {
                self.wait(item, origin, Some(alarm.state), group, store)?;
                self.ask_for_institution(origin, institution);
                return Ok(Relay::Ignore);
            }
            _ => {
                group.refused.push(alarm.id());
                return Ok(Relay::Ignore);
            }
        }
        match self.institutions.keep_alarm(alarm) {
            KeptAlarm::New => {}
            KeptAlarm::InPlaceOf(other) => {
                group.batch.drop_fact(other);
            }
            KeptAlarm::Not => {
                group.refused.push(alarm.id());
                return Ok(Relay::Ignore);
            }
        }
        self.keep_fact(FactKind::Alarm, item.statement(), group);
        Ok(Relay::Accept)
    }

    pub(super) fn judge_head(
        &mut self,
        now: Moment,
        item: &VerifiedItem,
        origin: &Origin,
        group: &mut Group,
        store: &Store,
    ) -> Result<Relay, StoreError> {
        let VerifiedStatement::Head(head) = item.statement() else {
            return Ok(Relay::Ignore);
        };
        let institution = head.institution;
        match self.signer_verdict(&institution, &head.key, &head.state, group, store)? {
            Verdict::Valid => {}
            Verdict::Pending(_) => {
                self.wait(item, origin, Some(head.state), group, store)?;
                self.ask_for_institution(origin, institution);
                return Ok(Relay::Ignore);
            }
            _ => {
                group.refused.push(head.id());
                return Ok(Relay::Ignore);
            }
        }
        let Some(held) = self.institutions.head(&head.key).cloned() else {
            self.keep_head(item, group);
            self.note_lanes(now, head, origin);
            return Ok(Relay::Accept);
        };
        if held.id() == head.id() {
            return Ok(Relay::Ignore);
        }
        if held.contradicts(head) && !self.institutions.has_contested_heads(&head.key) {
            self.prove(&held.clone().into(), head.bytes(), group);
        }
        if head.beat <= held.beat {
            group.refused.push(head.id());
            return Ok(Relay::Ignore);
        }
        group.batch.drop_fact(held.id());
        self.keep_head(item, group);
        self.note_lanes(now, head, origin);
        Ok(Relay::Accept)
    }

    /// A head says how far lanes reach; what of followed feeds is not here is asked for after a moment's patience.
    pub(super) fn note_lanes(&mut self, now: Moment, head: &Verified<Head>, origin: &Origin) {
        if head.key == self.own_key() {
            // An own head from outside: the store was lost or is an older copy. What it published is out there, with whoever is connected.
            let asks: Vec<_> = head
                .lanes
                .iter()
                .map(|lane| CatchUpRequest::Lanes {
                    feed: lane.feed.clone(),
                    after: None,
                })
                .collect();
            let peers: Vec<_> = self.peers.all().copied().collect();
            for peer in peers {
                self.sessions.ask(peer, asks.clone());
            }
            return;
        }
        let Origin::Gossip { peer, .. } = origin else {
            return;
        };
        for lane in &head.lanes {
            if self.follows(&lane.feed) {
                let at = now.after(limits::GAP_PATIENCE).monotonic;
                self.ingest
                    .gaps
                    .entry((lane.feed.clone(), head.key))
                    .or_insert((at, *peer));
            }
        }
    }

    fn keep_head(&mut self, item: &VerifiedItem, group: &mut Group) {
        self.keep_fact(FactKind::Head, item.statement(), group);
        if let VerifiedStatement::Head(head) = item.statement() {
            group.notices.push(Notice::Head {
                institution: head.institution,
                beat: head.beat,
            });
        }
    }

    pub(super) fn keep_fact(
        &mut self,
        kind: FactKind,
        statement: &VerifiedStatement,
        group: &mut Group,
    ) {
        group.bytes += statement.bytes().len();
        group.batch.put_fact(durable::fact(kind, statement));
        self.institutions.remember(statement);
        self.note_fact(statement);
    }
}
