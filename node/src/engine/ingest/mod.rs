//! The door. Whatever reaches this node, by gossip, by catch-up or out of waiting, comes through here: cheap checks, the signature
//! check on the other thread, the relay judgement, the admission judgement, one batch.

mod aside;
mod facts;
mod records;
mod waiting;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use indaba_protocol::{
    Contradiction, DecodedItem, FeedName, Header, Id, Item, Key, Statement, StatementType, Unread,
    Verified, VerifiedItem, VerifiedStatement, feed_of_topic,
};
use indaba_store::{Batch, FactKind, Store, StoreError};

use libp2p::PeerId;

use super::boundary::{CheckTicket, Moment, Notice, OrderTicket, Output, Way};
use super::{Engine, limits, space};
use crate::network::{Command, MessageTicket, Offence, Relay, Topic};

/// Where an item came from, and so who waits for its judgement.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// Pushed by a peer; the message is judged exactly once.
    Gossip {
        message: MessageTicket,
        peer: PeerId,
        feed: FeedName,
    },
    /// Answered by a peer.
    CatchUp { peer: PeerId },
    /// It waited in the store, and what it waited for has come.
    Waited { id: Id },
    /// Out of a backup, by order of the operator.
    Import { ticket: OrderTicket },
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
    /// Takes in what passed the cheap checks.
    pub(super) fn take(&mut self, item: DecodedItem, origin: Origin) {
        self.unchecked.push((item, origin));
    }

    fn has_room(&self) -> bool {
        self.in_flight + self.unchecked.len() + self.checked.len() < limits::CHECKS_IN_FLIGHT
    }

    fn note_relays(&mut self, header: &Verified<Header>, origin: &Origin) {
        let told =
            |feed: &FeedName| matches!(origin, Origin::Gossip { feed: told, .. } if told == feed);
        self.to_relay.insert(
            header.id(),
            header.feeds().filter(|feed| !told(feed)).cloned().collect(),
        );
        self.relay_order.push_back(header.id());
        if self.relay_order.len() > limits::RELAYED_LATELY
            && let Some(oldest) = self.relay_order.pop_front()
        {
            self.to_relay.remove(&oldest);
        }
    }

    fn is_to_relay(&self, id: &Id, feed: &FeedName) -> bool {
        self.to_relay
            .get(id)
            .is_some_and(|feeds| feeds.contains(feed))
    }

    /// Whether this copy is the first on its topic; from now on it is not.
    fn relays_copy(&mut self, id: &Id, origin: &Origin) -> bool {
        let Origin::Gossip { feed, .. } = origin else {
            return false;
        };
        self.to_relay
            .get_mut(id)
            .is_some_and(|feeds| feeds.remove(feed))
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
    room: Option<waiting::Room>,
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
    /// A record of the own key in it was signed elsewhere, and that is noted.
    shows_another_copy: bool,
    /// What is kept aside of institutions that are accepted in part.
    aside: BTreeMap<Id, aside::Aside>,
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
            let Some(feed) = feed_of_topic(&self.net, topic.as_str()) else {
                break 'early Relay::Ignore;
            };
            let item = match DecodedItem::open(&self.net, frame) {
                Ok(item) => item,
                Err(Unread::Invalid(fault)) => {
                    self.notice(Notice::Refused {
                        code: fault.code().to_owned(),
                    });
                    break 'early Relay::Reject;
                }
                Err(Unread::Unsupported(_)) => break 'early Relay::Ignore,
            };
            let wanted =
                self.ingest.is_to_relay(&item.id(), &feed) || !self.is_held(&item, store)?;
            if !belongs(item.statement(), &feed) || !item.is_complete() || !wanted {
                break 'early Relay::Ignore;
            }
            self.ingest.unchecked.push((
                item,
                Origin::Gossip {
                    message,
                    peer,
                    feed,
                },
            ));
            return Ok(());
        };
        self.command(Command::Judge { message, verdict });
        Ok(())
    }

    /// An item of an answer to one of our questions. True if it was taken in for checking.
    pub(super) fn take_answer(
        &mut self,
        peer: PeerId,
        item: Item,
        store: &Store,
    ) -> Result<bool, StoreError> {
        match DecodedItem::of_item(&self.net, item) {
            Ok(item) => {
                if self.is_held(&item, store)? {
                    return Ok(false);
                }
                self.ingest.unchecked.push((item, Origin::CatchUp { peer }));
                Ok(true)
            }
            Err(Unread::Invalid(fault)) => {
                self.notice(Notice::Refused {
                    code: fault.code().to_owned(),
                });
                self.command(Command::Penalise {
                    peer,
                    offence: Offence::Invalid,
                });
                Ok(false)
            }
            Err(Unread::Unsupported(_)) => Ok(false),
        }
    }

    /// Whether nothing of this item would be new here.
    pub(super) fn is_held(&self, item: &DecodedItem, store: &Store) -> Result<bool, StoreError> {
        let id = item.id();
        if let Statement::Record(_) = item.statement() {
            let Some(parts) = self.parts_held(&id, store)? else {
                return store.is_waiting(&id);
            };
            let brings =
                (item.card().is_some() && !parts.card) || (item.body().is_some() && !parts.body);
            // What a withdrawal took away is not brought back, unless it turned out to be void.
            return Ok(!brings || (parts.erased && self.is_withdrawn(&id, store)?));
        }
        Ok(store.has_fact(&id)? || store.is_waiting(&id)?)
    }

    /// Hands everything that passed the cheap checks to the signature thread, as one group.
    pub(super) fn hand_out_checks(&mut self) {
        if self.ingest.unchecked.is_empty() {
            return;
        }
        self.ingest.next_ticket += 1;
        let ticket = CheckTicket(self.ingest.next_ticket);
        let (items, origins): (Vec<_>, Vec<_>) = std::mem::take(&mut self.ingest.unchecked)
            .into_iter()
            .unzip();
        self.ingest.in_flight += items.len();
        self.ingest.checking.insert(ticket, origins);
        self.outputs.push_back(Output::Check { ticket, items });
    }

    /// The signature thread answered.
    pub(super) fn handle_checked(
        &mut self,
        ticket: CheckTicket,
        items: Vec<Result<VerifiedItem, Unread>>,
    ) {
        let Some(origins) = self.ingest.checking.remove(&ticket) else {
            return;
        };
        self.ingest.in_flight = self.ingest.in_flight.saturating_sub(origins.len());
        self.ingest.checked.extend(items.into_iter().zip(origins));
    }

    /// Judges what was checked, commits it as one group, answers for it, and takes in what it released.
    pub(super) fn settle_arrivals(
        &mut self,
        now: Moment,
        store: &mut Store,
    ) -> Result<(), StoreError> {
        if self.ingest.checked.is_empty() {
            return Ok(());
        }
        let mut arrivals = std::mem::take(&mut self.ingest.checked);
        // What others are judged by comes first, states in their order; records keep the order of their arrival.
        arrivals.sort_by_key(|(item, _)| {
            item.as_ref()
                .map_or((9, 0), |item| precedence(item.statement()))
        });
        let mut group = Group::default();
        for (item, origin) in arrivals {
            group.bytes += item.as_ref().map_or(0, size);
            let relay = match item {
                Ok(item) => self.judge_item(now, &item, &origin, &mut group, store)?,
                Err(Unread::Invalid(fault)) => {
                    group.notices.push(Notice::Refused {
                        code: fault.code().to_owned(),
                    });
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
                space::allow(&mut group.batch, store);
                store.commit(std::mem::take(&mut group.batch))?;
            }
        }
        if !group.batch.is_empty() {
            space::allow(&mut group.batch, store);
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
                        self.command(Command::Penalise {
                            peer,
                            offence: Offence::Invalid,
                        });
                    }
                    self.sessions.digested(peer);
                }
                Origin::Import { ticket } => self.imported(ticket, verdict == Relay::Reject),
                Origin::Waited { .. } => {}
            }
        }
        for notice in group.notices {
            if let Notice::Admitted {
                way: Way::Gossip | Way::CatchUp,
                ..
            } = notice
            {
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
        let may_be_kept = match item.statement() {
            // Of those that are only heard, some records are: the verdict says which.
            VerifiedStatement::Record(header) => {
                self.hears(&institution) || self.chooses(&header.id(), header)
            }
            VerifiedStatement::CutList(_) | VerifiedStatement::Equivocation(_) => {
                self.knows_chain_of(&institution)
            }
            VerifiedStatement::Inception(_) | VerifiedStatement::State(_) => {
                self.keeps_states_of(&institution)
            }
            _ => self.accepts(&institution),
        };
        if !may_be_kept {
            self.quarantine(item, origin, group, store)?;
            return Ok(Relay::Ignore);
        }
        match item.statement() {
            VerifiedStatement::Record(header) => {
                self.judge_record(now, header, item, origin, group, store)
            }
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
                let named = self
                    .institutions
                    .chain(&institution)
                    .is_some_and(|c| c.names_cut_list(&list.id(), &list.key));
                if !named {
                    // Nobody signs a cut list, so anybody can make any number of them: it is asked for when a state names it.
                    return Ok(Relay::Ignore);
                }
                self.keep_fact(FactKind::CutList, item.statement(), group);
                let cuts = self.cuts_changed([list.key], institution);
                group.arrived.extend(cuts);
                Ok(Relay::Accept)
            }
            VerifiedStatement::Head(_) => self.judge_head(now, item, origin, group, store),
            VerifiedStatement::Equivocation(proof) => {
                if !self.institutions.ever_delegated(&institution, &proof.key) {
                    // A stranger can sign contradictions under a key of its own and any institution's name, without end.
                    return Ok(Relay::Ignore);
                }
                let new = proof.positions().iter().any(|(feed, seq)| {
                    !self
                        .institutions
                        .is_contested(&institution, &proof.key, feed, *seq)
                }) || (proof.about == Contradiction::Heads
                    && !self.institutions.has_contested_heads(&proof.key));
                if !new {
                    return Ok(Relay::Ignore);
                }
                self.keep_fact(FactKind::Equivocation, item.statement(), group);
                group.notices.push(Notice::Equivocation { institution });
                Ok(Relay::Accept)
            }
            VerifiedStatement::Alarm(alarm) => self.judge_alarm(alarm, item, origin, group, store),
            VerifiedStatement::Manifest(_)
            | VerifiedStatement::Custody(_)
            | VerifiedStatement::Receipt(_) => Ok(Relay::Ignore),
        }
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
            self.note_lane_missing(now, &feed, &key, store)?;
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
    item.statement().bytes().len()
        + item.card().map_or(0, <[u8]>::len)
        + item.body().map_or(0, <[u8]>::len)
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
