//! The door. Whatever reaches this node, by gossip, by catch-up or out of waiting, comes through here: cheap checks, the signature
//! check on the other thread, the relay judgement, the admission judgement, one batch.

use std::collections::{BTreeMap, BTreeSet};

use indaba_protocol::{
    ChainOutcome, Contradiction, DecodedItem, Equivocation, FeedName, Header, Id, Item, Key, Missing, Statement, StatementType, Unread, Verdict,
    Verified, VerifiedItem, VerifiedStatement, feed_of_topic, judge,
};
use indaba_store::{Batch, FactKind, HeldReason, Part, PartsHeld, Store, StoreError};
use libp2p::PeerId;

use super::boundary::{CheckTicket, Moment, Notice, Output, Way};
use super::{Engine, durable, limits, push_to};
use crate::network::{Command, MessageTicket, Offence, Relay, Topic};

/// Where an item came from, and so who waits for its judgement.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// Pushed by a peer; the message is judged exactly once.
    Gossip { message: MessageTicket, peer: PeerId },
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
}

impl Ingest {
    fn has_room(&self) -> bool {
        self.in_flight + self.unchecked.len() + self.checked.len() < limits::CHECKS_IN_FLIGHT
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
    /// Bytes of the items judged since the last commit.
    bytes: usize,
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
            if !belongs(item.statement(), &feed) || !item.is_complete() || self.is_held(&item, store)? {
                break 'early Relay::Ignore;
            }
            self.ingest.unchecked.push((item, Origin::Gossip { message, peer }));
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
            if let Origin::Waited { id } = &origin {
                // Before the judgement: one that has to wait again is held anew by it.
                group.batch.release(*id);
            }
            group.bytes += item.as_ref().map_or(0, size);
            let relay = match item {
                Ok(item) => self.judge_item(now, &item, &origin, &mut group, store)?,
                Err(Unread::Invalid(fault)) => {
                    group.notices.push(Notice::Refused { code: fault.code().to_owned() });
                    Relay::Reject
                }
                Err(Unread::Unsupported(_)) => Relay::Ignore,
            };
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
                    self.wait(item, origin, Some(institution), group, store)?;
                    return Ok(Relay::Ignore);
                }
                self.keep_fact(FactKind::CutList, item.statement(), group);
                group.arrived.insert(institution);
                Ok(Relay::Accept)
            }
            VerifiedStatement::Head(_) => self.judge_head(now, item, origin, group, store),
            VerifiedStatement::Equivocation(proof) => {
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
                if self.institutions.is_alarmed(&institution, &alarm.against) || !self.may_sign(&institution, &alarm.key, &alarm.state) {
                    return Ok(Relay::Ignore);
                }
                self.keep_fact(FactKind::Alarm, item.statement(), group);
                Ok(Relay::Accept)
            }
            VerifiedStatement::Manifest(_) | VerifiedStatement::Custody(_) | VerifiedStatement::Receipt(_) => Ok(Relay::Ignore),
        }
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
            return Ok(Relay::Accept);
        }
        if group.headers.contains_key(&id) {
            return Ok(Relay::Ignore);
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
            self.proven.forget(&header.key, &lane.feed);
            if let (Some(prev), Origin::Gossip { peer, .. }) = (lane.prev, origin) {
                let known = group.headers.contains_key(&prev) || store.parts_held(&prev)?.is_some();
                if !known && self.follows(&lane.feed) {
                    let at = now.after(limits::GAP_PATIENCE).monotonic;
                    self.ingest.gaps.entry((lane.feed.clone(), header.key)).or_insert((at, *peer));
                }
            }
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
                self.proven.clear();
                Relay::Accept
            }
            ChainOutcome::Rival => {
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
        let known = self.institutions.chain(&institution).is_some_and(|chain| chain.states().iter().any(|s| s.id() == head.state));
        if !known {
            self.wait(item, origin, Some(head.state), group, store)?;
            self.ask_for_institution(origin, institution);
            return Ok(Relay::Ignore);
        }
        if !self.may_sign(&institution, &head.key, &head.state) || self.institutions.is_cut(&institution, &head.key) {
            group.refused.push(head.id());
            return Ok(Relay::Ignore);
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
        self.proven.forget_key(&head.key);
        let Origin::Gossip { peer, .. } = origin else { return };
        for lane in &head.lanes {
            if self.follows(&lane.feed) && head.key != self.own_key() {
                let at = now.after(limits::GAP_PATIENCE).monotonic;
                self.ingest.gaps.entry((lane.feed.clone(), head.key)).or_insert((at, *peer));
            }
        }
    }

    fn keep_fact(&mut self, kind: FactKind, statement: &VerifiedStatement, group: &mut Group) {
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
        let used = store.held_use(&institution)?;
        if used.count >= limits::PENDING_PER_INSTITUTION || self.waiting_bytes(store)? >= limits::WAITING_ALL_BYTES {
            return Ok(());
        }
        group.batch.hold(durable::waiting(HeldReason::Pending, item, awaiting));
        if matches!(item.statement(), VerifiedStatement::Record(_)) {
            self.ask_for_institution(origin, institution);
        }
        Ok(())
    }

    fn waiting_bytes(&self, store: &Store) -> Result<u64, StoreError> {
        Ok(store.held_uses()?.iter().map(|(_, used)| used.bytes).sum())
    }

    /// Keeps what an institution signed that nobody here vouches for, within the bounds; never relayed.
    fn quarantine(&mut self, item: &VerifiedItem, group: &mut Group, store: &Store) -> Result<(), StoreError> {
        let used = store.held_use(&item.statement().institution())?;
        let full = used.count >= limits::QUARANTINE_RECORDS
            || used.bytes >= limits::QUARANTINE_BYTES
            || self.waiting_bytes(store)? >= limits::WAITING_ALL_BYTES;
        if full {
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
