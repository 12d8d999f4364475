//! The door. Whatever reaches this node, by gossip, by catch-up or out of waiting, comes through here: cheap checks, the signature
//! check on the other thread, the relay judgement, the admission judgement, one batch.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use indaba_protocol::{
    ChainOutcome, Contradiction, DecodedItem, Equivocation, FeedName, Header, Id, Item, Key, Missing, Statement, StatementType, Unread, Verdict,
    Verified, VerifiedItem, VerifiedStatement, feed_of_topic, judge,
};
use indaba_store::{Batch, FactKind, HeldReason, HeldUse, Part, PartsHeld, Store, StoreError};
use indaba_protocol::verdict::judge_signer;
use libp2p::PeerId;

use super::boundary::{CheckTicket, Moment, Notice, Output, Way};
use super::{Engine, durable, limits, push_to};
use crate::network::{Command, MessageTicket, Offence, Relay, Topic};

/// Where an item came from, and so who waits for its judgement.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// Pushed by a peer; the message is judged exactly once.
    Gossip { message: MessageTicket, peer: PeerId, feed: FeedName },
    /// Answered by a peer.
    CatchUp { peer: PeerId },
    /// It waited in the store, and what it waited for has come.
    Waited { id: Id },
}

/// What is on its way through the door.
#[derive(Default)]
pub(super) struct Ingest {
    next_ticket: u64,
    /// Passed the cheap checks, not yet handed out.
    unchecked: Vec<(DecodedItem, Origin)>,
    /// With the signature thread.
    checking: BTreeMap<CheckTicket, Vec<Origin>>,
    in_flight: usize,
    /// Checked, not yet judged.
    checked: Vec<(Result<VerifiedItem, Unread>, Origin)>,
    /// Lanes in which a predecessor is missing, by when to ask whom.
    gaps: BTreeMap<(FeedName, Key), (u64, PeerId)>,
    /// Records admitted lately, each with the feeds in which it was not passed on yet. A record travels once on each of its topics;
    /// that it is held already is no reason to keep it from those who follow only another one.
    to_relay: BTreeMap<Id, BTreeSet<FeedName>>,
    relay_order: VecDeque<Id>,
    /// Records of which card or body did not come.
    partless: BTreeSet<Id>,
    /// How far the search for such records came.
    pub(super) parts_looked_at: u64,
}

impl Ingest {
    fn has_room(&self) -> bool {
        self.in_flight + self.unchecked.len() + self.checked.len() < limits::CHECKS_IN_FLIGHT
    }

    fn note_relays(&mut self, header: &Verified<Header>, origin: &Origin) {
        let told = |feed: &FeedName| matches!(origin, Origin::Gossip { feed: told, .. } if told == feed);
        self.to_relay.insert(header.id(), header.feeds().filter(|feed| !told(feed)).cloned().collect());
        self.relay_order.push_back(header.id());
        if self.relay_order.len() > limits::RELAYED_LATELY
            && let Some(oldest) = self.relay_order.pop_front()
        {
            self.to_relay.remove(&oldest);
        }
    }

    fn is_to_relay(&self, id: &Id, feed: &FeedName) -> bool {
        self.to_relay.get(id).is_some_and(|feeds| feeds.contains(feed))
    }

    /// Whether this copy is the first on its topic; from now on it is not.
    fn relays_copy(&mut self, id: &Id, origin: &Origin) -> bool {
        let Origin::Gossip { feed, .. } = origin else { return false };
        self.to_relay.get_mut(id).is_some_and(|feeds| feeds.remove(feed))
    }

    /// Records known to lack card or body.
    pub(super) fn partless(&self) -> impl Iterator<Item = &Id> {
        self.partless.iter()
    }

    pub(super) fn lacks_parts(&mut self, id: Id) {
        if self.partless.len() < limits::PARTLESS {
            self.partless.insert(id);
        }
    }

    pub(super) fn has_parts(&mut self, id: &Id) {
        self.partless.remove(id);
    }

    /// When the oldest gap is to be asked for.
    pub(super) fn next_gap(&self) -> Option<u64> {
        self.gaps.values().map(|(at, _)| *at).min()
    }
}

/// What is decided about the items of one group, before it is committed.
#[derive(Default)]
struct Group {
    batch: Batch,
    /// Bytes of the items judged and the proofs made since the last commit.
    bytes: usize,
    /// Room taken by what waits, read once and then counted along: many items of one group must not pass a bound together.
    room: Option<Room>,
    /// Those that waited and go on waiting.
    wait_on: BTreeSet<Id>,
    /// Records admitted in this group.
    headers: BTreeMap<Id, Verified<Header>>,
    positions: BTreeMap<(Key, FeedName, u64), Vec<Id>>,
    outcomes: Vec<(Origin, Relay)>,
    notices: Vec<Notice>,
    /// Statements made here, to be told to the network: proofs of contradiction.
    to_announce: Vec<(Item, Vec<FeedName>)>,
    /// Ids whose coming may release what waits.
    arrived: BTreeSet<Id>,
    refused: Vec<Id>,
}

/// Room that waiting statements take.
#[derive(Default)]
struct Room {
    of: BTreeMap<Id, HeldUse>,
    /// Bytes of those of accepted institutions, and of all others.
    pending: u64,
    unvouched: u64,
    /// How many others.
    strangers: u64,
}

impl Engine {
    /// A gossip message: the cheap checks, cheapest first.
    pub(super) fn handle_message(
        &mut self,
        now: Moment,
        message: MessageTicket,
        peer: PeerId,
        topic: &Topic,
        frame: &[u8],
        store: &Store,
    ) -> Result<(), StoreError> {
        let verdict = 'early: {
            if !self.peers.may_send(&peer, now) || !self.ingest.has_room() {
                break 'early Relay::Ignore;
            }
            let Some(feed) = feed_of_topic(&self.net, topic.as_str()) else { break 'early Relay::Ignore };
            let item = match DecodedItem::open(&self.net, frame) {
                Ok(item) => item,
                Err(Unread::Invalid(fault)) => {
                    self.notice(Notice::Refused { code: fault.code().to_owned() });
                    break 'early Relay::Reject;
                }
                Err(Unread::Unsupported(_)) => break 'early Relay::Ignore,
            };
            let wanted = self.ingest.is_to_relay(&item.id(), &feed) || !self.is_held(&item, store)?;
            if !belongs(item.statement(), &feed) || !item.is_complete() || !wanted {
                break 'early Relay::Ignore;
            }
            self.ingest.unchecked.push((item, Origin::Gossip { message, peer, feed }));
            return Ok(());
        };
        self.command(Command::Judge { message, verdict });
        Ok(())
    }

    /// An item of an answer to one of our questions. True if it was taken in for checking.
    pub(super) fn take_answer(&mut self, peer: PeerId, item: Item, store: &Store) -> Result<bool, StoreError> {
        match DecodedItem::of_item(&self.net, item) {
            Ok(item) => {
                if self.is_held(&item, store)? {
                    return Ok(false);
                }
                self.ingest.unchecked.push((item, Origin::CatchUp { peer }));
                Ok(true)
            }
            Err(Unread::Invalid(fault)) => {
                self.notice(Notice::Refused { code: fault.code().to_owned() });
                self.command(Command::Penalise { peer, offence: Offence::Invalid });
                Ok(false)
            }
            Err(Unread::Unsupported(_)) => Ok(false),
        }
    }

    /// Whether nothing of this item would be new here.
    fn is_held(&self, item: &DecodedItem, store: &Store) -> Result<bool, StoreError> {
        let id = item.id();
        if let Statement::Record(_) = item.statement() {
            let Some(parts) = store.parts_held(&id)? else { return Ok(store.held(&id)?.is_some()) };
            let brings = (item.card().is_some() && !parts.card) || (item.body().is_some() && !parts.body);
            return Ok(parts.erased || !brings);
        }
        Ok(store.fact(&id)?.is_some() || store.held(&id)?.is_some())
    }

    /// Hands everything that passed the cheap checks to the signature thread, as one group.
    pub(super) fn hand_out_checks(&mut self) {
        if self.ingest.unchecked.is_empty() {
            return;
        }
        self.ingest.next_ticket += 1;
        let ticket = CheckTicket(self.ingest.next_ticket);
        let (items, origins): (Vec<_>, Vec<_>) = std::mem::take(&mut self.ingest.unchecked).into_iter().unzip();
        self.ingest.in_flight += items.len();
        self.ingest.checking.insert(ticket, origins);
        self.outputs.push_back(Output::Check { ticket, items });
    }

    /// The signature thread answered.
    pub(super) fn handle_checked(&mut self, ticket: CheckTicket, items: Vec<Result<VerifiedItem, Unread>>) {
        let Some(origins) = self.ingest.checking.remove(&ticket) else { return };
        self.ingest.in_flight = self.ingest.in_flight.saturating_sub(origins.len());
        self.ingest.checked.extend(items.into_iter().zip(origins));
    }

    /// Judges what was checked, commits it as one group, answers for it, and takes in what it released.
    pub(super) fn settle_arrivals(&mut self, now: Moment, store: &mut Store) -> Result<(), StoreError> {
        if self.ingest.checked.is_empty() {
            return Ok(());
        }
        let mut arrivals = std::mem::take(&mut self.ingest.checked);
        // What others are judged by comes first, states in their order; records keep the order of their arrival.
        arrivals.sort_by_key(|(item, _)| item.as_ref().map_or((9, 0), |item| precedence(item.statement())));
        let mut group = Group::default();
        for (item, origin) in arrivals {
            group.bytes += item.as_ref().map_or(0, size);
            let relay = match item {
                Ok(item) => self.judge_item(now, &item, &origin, &mut group, store)?,
                Err(Unread::Invalid(fault)) => {
                    group.notices.push(Notice::Refused { code: fault.code().to_owned() });
                    Relay::Reject
                }
                Err(Unread::Unsupported(_)) => Relay::Ignore,
            };
            if let Origin::Waited { id } = &origin
                && !group.wait_on.contains(id)
            {
                group.batch.release(*id);
            }
            group.outcomes.push((origin, relay));
            if group.bytes >= limits::COMMIT_BYTES || group.batch.len() >= limits::COMMIT_STEPS {
                group.bytes = 0;
                store.commit(std::mem::take(&mut group.batch))?;
            }
        }
        if !group.batch.is_empty() {
            store.commit(group.batch)?;
        }
        for id in group.refused {
            self.declined.insert(id);
        }
        for (origin, verdict) in group.outcomes {
            match origin {
                Origin::Gossip { message, .. } => self.command(Command::Judge { message, verdict }),
                Origin::CatchUp { peer } => {
                    if verdict == Relay::Reject {
                        self.command(Command::Penalise { peer, offence: Offence::Invalid });
                    }
                    self.sessions.digested(peer);
                }
                Origin::Waited { .. } => {}
            }
        }
        for notice in group.notices {
            if let Notice::Admitted { way: Way::Gossip | Way::CatchUp, .. } = notice {
                self.last_received = Some(now.wall);
            }
            self.notice(notice);
        }
        for (item, feeds) in group.to_announce {
            self.announce_now(&item, &feeds);
        }
        for arrived in group.arrived {
            let waiting = store.held_awaiting(&arrived, limits::RELEASED_AT_ONCE)?;
            self.take_waiting(&waiting, store)?;
        }
        Ok(())
    }

    /// Sends what waited through the door once more.
    pub(super) fn take_waiting(&mut self, waiting: &[Id], store: &Store) -> Result<(), StoreError> {
        for id in waiting {
            let Some(held) = store.held(id)? else { continue };
            match DecodedItem::open(&self.net, &held.item) {
                Ok(item) => self.ingest.unchecked.push((item, Origin::Waited { id: *id })),
                Err(unread) => tracing::error!(id = %id.short(), %unread, "a waiting statement does not read"),
            }
        }
        Ok(())
    }

    /// Both judgements about one verified item. The relay judgement is returned; the admission goes into the group.
    fn judge_item(
        &mut self,
        now: Moment,
        item: &VerifiedItem,
        origin: &Origin,
        group: &mut Group,
        store: &Store,
    ) -> Result<Relay, StoreError> {
        let institution = item.statement().institution();
        if !self.accepts(&institution) {
            self.quarantine(item, group, store)?;
            return Ok(Relay::Ignore);
        }
        match item.statement() {
            VerifiedStatement::Record(header) => self.judge_record(now, header, item, origin, group, store),
            VerifiedStatement::Inception(_) => {
                if self.institutions.chain(&institution).is_some() {
                    return Ok(Relay::Ignore);
                }
                self.keep_fact(FactKind::Inception, item.statement(), group);
                group.arrived.insert(institution);
                Ok(Relay::Accept)
            }
            VerifiedStatement::State(state) => self.judge_state(state, item, origin, group, store),
            VerifiedStatement::CutList(list) => {
                let named = self.institutions.chain(&institution).is_some_and(|c| c.names_cut_list(&list.id(), &list.key));
                if !named {
                    // Nobody signs a cut list, so anybody can make any number of them: it is asked for when a state names it.
                    return Ok(Relay::Ignore);
                }
                self.keep_fact(FactKind::CutList, item.statement(), group);
                group.arrived.insert(institution);
                Ok(Relay::Accept)
            }
            VerifiedStatement::Head(_) => self.judge_head(now, item, origin, group, store),
            VerifiedStatement::Equivocation(proof) => {
                if !self.institutions.ever_delegated(&institution, &proof.key) {
                    // A stranger can sign contradictions under a key of its own and any institution's name, without end.
                    return Ok(Relay::Ignore);
                }
                let new = proof.positions().iter().any(|(feed, seq)| {
                    !self.institutions.is_contested(&institution, &proof.key, feed, *seq)
                }) || (proof.about == Contradiction::Heads && !self.institutions.has_contested_heads(&proof.key));
                if !new {
                    return Ok(Relay::Ignore);
                }
                self.keep_fact(FactKind::Equivocation, item.statement(), group);
                group.notices.push(Notice::Equivocation { institution });
                Ok(Relay::Accept)
            }
            VerifiedStatement::Alarm(alarm) => {
                if self.institutions.is_alarmed(&institution, &alarm.against) {
                    return Ok(Relay::Ignore);
                }
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
                self.keep_fact(FactKind::Alarm, item.statement(), group);
                Ok(Relay::Accept)
            }
            VerifiedStatement::Manifest(_) | VerifiedStatement::Custody(_) | VerifiedStatement::Receipt(_) => Ok(Relay::Ignore),
        }
    }

    /// Section 7 about a head or an alarm.
    fn signer_verdict(&self, institution: &Id, key: &Key, state: &Id, group: &Group, store: &Store) -> Result<Verdict, StoreError> {
        let evidence = self.evidence(store, &group.headers, &group.positions);
        let verdict = judge_signer(institution, key, state, &evidence);
        evidence.outcome(verdict)
    }

    fn judge_record(
        &mut self,
        now: Moment,
        header: &Verified<Header>,
        item: &VerifiedItem,
        origin: &Origin,
        group: &mut Group,
        store: &Store,
    ) -> Result<Relay, StoreError> {
        let id = header.id();
        if let Some(parts) = store.parts_held(&id)? {
            self.keep_missing_parts(id, item, parts, group, store)?;
            self.ingest.relays_copy(&id, origin);
            // Held is not good: a cut may have voided it since.
            return Ok(if self.judge_held(header, store)?.is_good() { Relay::Accept } else { Relay::Ignore });
        }
        if group.headers.contains_key(&id) {
            // The copy before it may have come without parts; those at hand already are left out by the store.
            self.keep_missing_parts(id, item, PartsHeld { card: false, body: false, erased: false }, group, store)?;
            return Ok(if self.ingest.relays_copy(&id, origin) { Relay::Accept } else { Relay::Ignore });
        }
        if !header.lanes.iter().any(|lane| self.follows(&lane.feed)) && header.key != self.own_key() {
            return Ok(Relay::Ignore);
        }
        let verdict = {
            let evidence = self.evidence(store, &group.headers, &group.positions);
            let verdict = judge(header, &evidence);
            evidence.outcome(verdict)?
        };
        match verdict {
            Verdict::Pending(missing) => {
                let awaiting = match missing {
                    Missing::State => header.state,
                    // Any cut list of the institution, any record of the key: then it is judged again.
                    Missing::CutList => header.institution,
                    Missing::Ancestry => header.key.digest(),
                };
                self.wait(item, origin, Some(awaiting), group, store)?;
                Ok(Relay::Ignore)
            }
            Verdict::Void(_) | Verdict::Quarantined => {
                group.refused.push(id);
                Ok(Relay::Ignore)
            }
            Verdict::Valid | Verdict::Adopted | Verdict::Contested => {
                if !self.prove_equivocation(header, group, store)? {
                    group.refused.push(id);
                    return Ok(Relay::Ignore);
                }
                self.admit(now, header, item, origin, group, store)?;
                Ok(Relay::Accept)
            }
        }
    }

    /// Adds a record to the group.
    fn admit(
        &mut self,
        now: Moment,
        header: &Verified<Header>,
        item: &VerifiedItem,
        origin: &Origin,
        group: &mut Group,
        store: &Store,
    ) -> Result<(), StoreError> {
        let id = header.id();
        group.batch.put_record(durable::record(header, item.card(), item.body()));
        for lane in &header.lanes {
            if header.key == self.own_key() {
                // Lost here and held by a peer: publishing may go on from it.
                group.batch.own_recovered(header.key, lane.feed.clone(), lane.seq, id);
            }
            push_to(&mut group.positions, (header.key, lane.feed.clone(), lane.seq), id);
            if let (Some(prev), Origin::Gossip { peer, .. }) = (lane.prev, origin) {
                let known = group.headers.contains_key(&prev) || store.parts_held(&prev)?.is_some();
                if !known && self.follows(&lane.feed) {
                    let at = now.after(limits::GAP_PATIENCE).monotonic;
                    self.ingest.gaps.entry((lane.feed.clone(), header.key)).or_insert((at, *peer));
                }
            }
        }
        self.ingest.note_relays(header, origin);
        if item.card().is_none() || item.body().is_none() {
            self.ingest.lacks_parts(id);
        }
        group.headers.insert(id, header.clone());
        group.arrived.insert(header.key.digest());
        let way = match origin {
            Origin::Gossip { .. } => Way::Gossip,
            Origin::CatchUp { .. } | Origin::Waited { .. } => Way::CatchUp,
        };
        group.notices.push(Notice::Admitted {
            record: id,
            institution: header.institution,
            feeds: header.lanes.iter().map(|lane| lane.feed.clone()).collect(),
            way,
        });
        Ok(())
    }

    /// If another record stands at a position of this one, makes the proof. False: two stand there already, a third is not kept.
    fn prove_equivocation(&mut self, header: &Verified<Header>, group: &mut Group, store: &Store) -> Result<bool, StoreError> {
        for lane in &header.lanes {
            let mut others = store.at(&header.institution, &header.key, &lane.feed, lane.seq)?;
            if let Some(ids) = group.positions.get(&(header.key, lane.feed.clone(), lane.seq)) {
                others.extend(ids);
            }
            others.retain(|id| *id != header.id());
            if others.len() > 1 {
                return Ok(false);
            }
            let Some(other) = others.first() else { continue };
            if self.institutions.is_contested(&header.institution, &header.key, &lane.feed, lane.seq) {
                continue;
            }
            let other_bytes = match group.headers.get(other) {
                Some(other) => other.bytes().to_vec(),
                None => match store.statement(other)? {
                    Some((_, bytes)) => bytes,
                    None => continue,
                },
            };
            self.prove(&header.clone().into(), &other_bytes, group);
        }
        Ok(true)
    }

    /// Keeps and announces a proof made here.
    fn prove(&mut self, a: &VerifiedStatement, b: &[u8], group: &mut Group) {
        let Ok(b) = indaba_protocol::read(&self.net, b) else { return };
        let Some(Ok(proof)) = Equivocation::prove(a, &b, &self.net) else { return };
        let statement = VerifiedStatement::Equivocation(proof.clone());
        self.keep_fact(FactKind::Equivocation, &statement, group);
        group.notices.push(Notice::Equivocation { institution: proof.institution });
        group.to_announce.push((Item::of_statement(proof.bytes()), vec![FeedName::registry()]));
    }

    fn judge_state(
        &mut self,
        state: &Verified<indaba_protocol::State>,
        item: &VerifiedItem,
        origin: &Origin,
        group: &mut Group,
        store: &Store,
    ) -> Result<Relay, StoreError> {
        let institution = state.institution;
        let rival = self
            .institutions
            .chain(&institution)
            .and_then(|chain| chain.rivals().find(|rival| rival.version == state.version).map(Verified::id));
        let Some(outcome) = self.institutions.offer(state.clone()) else {
            self.wait(item, origin, Some(institution), group, store)?;
            self.ask_for_institution(origin, institution);
            return Ok(Relay::Ignore);
        };
        Ok(match outcome {
            ChainOutcome::Accepted => {
                self.keep_fact(FactKind::State, item.statement(), group);
                group.arrived.insert(state.id());
                group.arrived.extend(state.cuts.iter().filter_map(|cut| cut.list).map(|_| institution));
                group.notices.push(Notice::Pinned { institution, version: state.version });
                self.ask_for_cut_lists(origin, state.cuts.iter().filter_map(|cut| cut.list).collect());
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
            ChainOutcome::AlreadyHeld | ChainOutcome::FurtherRival | ChainOutcome::Refused(_) => Relay::Ignore,
        })
    }

    fn judge_head(&mut self, now: Moment, item: &VerifiedItem, origin: &Origin, group: &mut Group, store: &Store) -> Result<Relay, StoreError> {
        let VerifiedStatement::Head(head) = item.statement() else { return Ok(Relay::Ignore) };
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
            self.keep_fact(FactKind::Head, item.statement(), group);
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
        self.keep_fact(FactKind::Head, item.statement(), group);
        self.note_lanes(now, head, origin);
        Ok(Relay::Accept)
    }

    /// A head says how far lanes reach; what of followed feeds is not here is asked for after a moment's patience.
    fn note_lanes(&mut self, now: Moment, head: &Verified<indaba_protocol::Head>, origin: &Origin) {
        let Origin::Gossip { peer, .. } = origin else { return };
        for lane in &head.lanes {
            if self.follows(&lane.feed) && head.key != self.own_key() {
                let at = now.after(limits::GAP_PATIENCE).monotonic;
                self.ingest.gaps.entry((lane.feed.clone(), head.key)).or_insert((at, *peer));
            }
        }
    }

    fn keep_fact(&mut self, kind: FactKind, statement: &VerifiedStatement, group: &mut Group) {
        group.bytes += statement.bytes().len();
        group.batch.put_fact(durable::fact(kind, statement));
        self.institutions.remember(statement);
    }

    /// A part that was missing has come, unless the record was withdrawn meanwhile.
    fn keep_missing_parts(
        &mut self,
        id: Id,
        item: &VerifiedItem,
        held: PartsHeld,
        group: &mut Group,
        store: &Store,
    ) -> Result<(), StoreError> {
        if held.erased && self.is_withdrawn(&id, store)? {
            return Ok(());
        }
        if (held.card || item.card().is_some()) && (held.body || item.body().is_some()) {
            self.ingest.has_parts(&id);
        }
        if let (Some(card), false) = (item.card(), held.card) {
            group.batch.put_part(id, Part::Card, card.to_vec());
            }
        if let (Some(body), false) = (item.body(), held.body) {
            group.batch.put_part(id, Part::Body, body.to_vec());
            }
        Ok(())
    }

    /// Keeps an item that cannot be judged yet, within the bounds.
    fn wait(
        &mut self,
        item: &VerifiedItem,
        origin: &Origin,
        awaiting: Option<Id>,
        group: &mut Group,
        store: &Store,
    ) -> Result<(), StoreError> {
        let institution = item.statement().institution();
        if let Origin::Waited { id } = origin {
            // It has its place; only for something else is it written anew.
            group.wait_on.insert(*id);
            if store.held(id)?.is_some_and(|held| held.why == HeldReason::Pending && held.awaiting == awaiting) {
                return Ok(());
            }
        } else if !self.takes_room(institution, size(item), group, store)? {
            return Ok(());
        }
        group.batch.hold(durable::waiting(HeldReason::Pending, item, awaiting));
        if matches!(item.statement(), VerifiedStatement::Record(_)) {
            self.ask_for_institution(origin, institution);
        }
        Ok(())
    }

    /// Whether one more statement of this institution may wait; if so, it is counted.
    fn takes_room(&self, institution: Id, bytes: usize, group: &mut Group, store: &Store) -> Result<bool, StoreError> {
        let mut room = match group.room.take() {
            Some(room) => room,
            None => {
                let mut room = Room::default();
                for (id, used) in store.held_uses()? {
                    if self.accepts(&id) {
                        room.pending = room.pending.saturating_add(used.bytes);
                    } else {
                        room.unvouched = room.unvouched.saturating_add(used.bytes);
                        room.strangers += 1;
                    }
                    room.of.insert(id, used);
                }
                room
            }
        };
        let accepted = self.accepts(&institution);
        let is_new = !room.of.contains_key(&institution);
        let used = room.of.get(&institution).copied().unwrap_or_default();
        let bytes = bytes as u64;
        let free = if accepted {
            used.count < limits::PENDING_PER_INSTITUTION
                && used.bytes + bytes <= limits::PENDING_BYTES
                && room.pending + bytes <= limits::WAITING_ALL_BYTES
        } else {
            used.count < limits::QUARANTINE_RECORDS
                && used.bytes + bytes <= limits::QUARANTINE_BYTES
                && room.unvouched + bytes <= limits::WAITING_ALL_BYTES
                && !(is_new && room.strangers >= limits::QUARANTINE_INSTITUTIONS)
        };
        if free {
            if accepted {
                room.pending += bytes;
            } else {
                room.unvouched += bytes;
                room.strangers += u64::from(is_new);
            }
            room.of.insert(institution, HeldUse { count: used.count + 1, bytes: used.bytes + bytes });
        }
        group.room = Some(room);
        Ok(free)
    }

    /// Keeps what an institution signed that nobody here vouches for, within the bounds; never relayed.
    fn quarantine(&mut self, item: &VerifiedItem, group: &mut Group, store: &Store) -> Result<(), StoreError> {
        // What can never be kept or shown does not wait either.
        let useful = !matches!(
            item.statement(),
            VerifiedStatement::CutList(_)
                | VerifiedStatement::Equivocation(_)
                | VerifiedStatement::Manifest(_)
                | VerifiedStatement::Custody(_)
                | VerifiedStatement::Receipt(_)
        );
        if !useful || !self.takes_room(item.statement().institution(), size(item), group, store)? {
            group.refused.push(item.statement().id());
            return Ok(());
        }
        group.batch.hold(durable::waiting(HeldReason::Quarantine, item, None));
        Ok(())
    }

    /// Asks for the gaps whose patience is over.
    pub(super) fn ask_for_gaps(&mut self, now: Moment, store: &Store) -> Result<(), StoreError> {
        let due: Vec<_> = self
            .ingest
            .gaps
            .iter()
            .filter(|(_, (at, _))| *at <= now.monotonic)
            .map(|((feed, key), (_, peer))| (feed.clone(), *key, *peer))
            .collect();
        for (feed, key, peer) in due {
            self.ingest.gaps.remove(&(feed.clone(), key));
            self.ask_for_lane(peer, &feed, &key, store)?;
        }
        Ok(())
    }
}

/// Whether a statement may travel on the topic of this feed.
fn belongs(statement: &Statement, feed: &FeedName) -> bool {
    match statement {
        Statement::Record(header) => header.lanes.iter().any(|lane| lane.feed == *feed),
        _ => feed.is_registry(),
    }
}

fn size(item: &VerifiedItem) -> usize {
    item.statement().bytes().len() + item.card().map_or(0, <[u8]>::len) + item.body().map_or(0, <[u8]>::len)
}

/// Facts before records; states by version.
fn precedence(statement: &VerifiedStatement) -> (u8, u64) {
    match statement {
        VerifiedStatement::State(state) => (1, state.version),
        other => match other.kind() {
            StatementType::Inception => (0, 0),
            StatementType::CutList => (2, 0),
            StatementType::Equivocation => (3, 0),
            StatementType::Alarm => (3, 1),
            StatementType::Record => (4, 0),
            StatementType::Head => (5, 0),
            _ => (8, 0),
        },
    }
}
