//! The engine: decides everything, touches nothing. No socket, thread, clock or random source of its own; time is an argument and
//! the seed is given once. It calls the store, and nothing else, directly.
//!
//! Its methods come in families: [`Engine::handle`] takes what happened, [`Engine::settle`] commits the group that gathered and
//! releases what depends on it, `poll_*` hand out what is to be done.

mod alarming;
mod announce;
mod boundary;
mod catch_up;
mod choices;
mod clearance;
mod compare;
mod completeness;
mod cutting;
mod dispute;
mod drafting;
mod durable;
mod erasure;
mod evidence;
mod found;
mod headers;
mod heard;
mod import;
mod ingest;
mod institutions;
pub mod limits;
mod listing;
mod missing;
mod names;
mod neighbours;
pub mod order;
mod orders;
mod own_head;
mod own_texts;
mod peers;
mod places;
mod publish;
mod rate;
mod reading;
mod serve;
mod signed_elsewhere;
mod space;
mod succession;
mod taking;
mod trust;
mod upkeep;
mod view;
mod withheld;
mod words;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use indaba_protocol::{Day, Id, NetworkId, NetworkName, SigningKey};
use indaba_store::{Store, StoreError};
use rand::SeedableRng;
use rand::rngs::StdRng;

pub use boundary::{CheckTicket, Input, Moment, Notice, OrderTicket, Output, Way};
pub use choices::{Anchor, CHOSEN_COLUMNS, ChosenOrder, Follow, KnownPeer, chosen_order};
pub use clearance::{ClearanceSettings, Said, Word, content_of, shown_key};
pub use drafting::TODAY;
pub use found::{FoundError, Founding, FoundingDraft, chain_statements, found, settle};
pub use space::full;
pub use trust::policy::{Numbers, Reach};
pub(crate) use upkeep::wanted as wanted_by_command;

use self::order::Order;
use crate::network::{Command, Event, RequestFailure};

/// Who this node signs for.
pub struct Identity {
    /// The institution.
    pub institution: Id,
    /// The node key that the institution's state delegates. None: a reader's node, which cannot publish.
    pub node: SigningKey,
}

/// What an engine needs to begin.
pub struct EngineSettings {
    /// The network's published name.
    pub network: NetworkName,
    /// Who signs here.
    pub identity: Identity,
    /// Seeds the engine's only random source: jitter, choice of peers, the random bytes that parts begin with. In
    /// production 32 bytes from the operating system.
    pub seed: [u8; 32],
    /// This node's peer id in text, when it has a network.
    pub peer: Option<String>,
    /// Milliseconds between two periodic comparisons with peers; jitter of a fifth is added.
    pub compare_every: u64,
    /// Milliseconds from a withdrawal until card and body are erased; see [`limits::ERASE_AFTER`].
    pub erase_after: u64,
    /// What is asked for before a record goes out.
    pub clearance: ClearanceSettings,
}

/// One node's decisions.
pub struct Engine {
    network: NetworkName,
    net: NetworkId,
    identity: Identity,
    local_peer: Option<String>,
    rng: StdRng,
    choices: choices::Choices,
    trust: trust::Trust,
    names: names::Names,
    institutions: institutions::Institutions,
    peers: peers::Peers,
    sessions: catch_up::Sessions,
    declined: catch_up::Declined,
    ingest: ingest::Ingest,
    announce: announce::Announce,
    erasures: erasure::Erasures,
    clearance: clearance::Clearance,
    imports: import::Imports,
    own_head: own_head::OwnHead,
    own_texts: own_texts::OwnTexts,
    upkeep: upkeep::Upkeep,
    outputs: VecDeque<Output>,
    compare_every: u64,
    /// When the next periodic comparison is due, on the monotonic clock.
    next_compare: u64,
    /// When own heads were last found fresh, as a wall-clock day.
    last_received: Option<i64>,
    listening: Vec<String>,
    proven: completeness::Proven,
    heard: heard::Heard,
    withheld: withheld::Withheld,
    listings: listing::Listings,
    /// Records that do not read from the disk any more, to be asked for again. Noted wherever they are noticed.
    damaged: RefCell<BTreeSet<Id>>,
    /// A memory that judging fills, beside the engine's state: it changes what a judgement costs, never what it says.
    walks: RefCell<evidence::Walks>,
    /// As `walks`.
    headers: RefCell<headers::Headers>,
}

impl Engine {
    /// Begins with what the store holds.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn new(
        settings: EngineSettings,
        now: Moment,
        store: &mut Store,
    ) -> Result<Engine, StoreError> {
        let net = settings.network.id();
        let choices = choices::Choices::load(store)?;
        let institutions = institutions::Institutions::load(&net, store)?;
        let mut engine = Engine {
            network: settings.network,
            net,
            identity: settings.identity,
            own_head: own_head::OwnHead::new(settings.peer.is_some(), now),
            local_peer: settings.peer,
            rng: StdRng::from_seed(settings.seed),
            choices,
            trust: trust::Trust::default(),
            names: names::Names::default(),
            institutions,
            peers: peers::Peers::default(),
            sessions: catch_up::Sessions::default(),
            declined: catch_up::Declined::default(),
            ingest: ingest::Ingest::default(),
            announce: announce::Announce::default(),
            erasures: erasure::Erasures::load(settings.erase_after, now, store)?,
            clearance: clearance::Clearance::load(settings.clearance, now, store)?,
            imports: import::Imports::default(),
            own_texts: own_texts::OwnTexts::default(),
            upkeep: upkeep::Upkeep::new(now),
            outputs: VecDeque::new(),
            compare_every: settings.compare_every,
            next_compare: now.monotonic,
            last_received: None,
            listening: Vec::new(),
            proven: completeness::Proven::default(),
            heard: heard::Heard::default(),
            withheld: withheld::Withheld::default(),
            listings: listing::Listings::default(),
            damaged: RefCell::default(),
            walks: RefCell::default(),
            headers: RefCell::default(),
        };
        engine.load_trust(store)?;
        engine.note_all_missing(now, true, store)?;
        engine.schedule_compare(now);
        engine.join_network();
        engine.announce_outbox(store)?;
        Ok(engine)
    }

    /// Takes what happened. Nothing that depends on durability comes out before [`Engine::settle`].
    ///
    /// # Errors
    /// When the store fails; the engine must then be dropped and the store reopened.
    pub fn handle(
        &mut self,
        now: Moment,
        input: Input,
        store: &mut Store,
    ) -> Result<(), StoreError> {
        match input {
            Input::Network(event) => self.handle_network(now, event, store),
            Input::Checked { ticket, items } => {
                self.handle_checked(ticket, items);
                Ok(())
            }
            // What is imported is judged like everything else, so the answer comes later.
            Input::Order {
                ticket,
                order: Order::Import { items, look_only },
            } => self.import(ticket, &items, look_only, store),
            Input::Order { ticket, order } => {
                if let Some(order) = self.hear_first(now, ticket, order, store) {
                    let reply = self.handle_order(now, order, store)?;
                    self.outputs.push_back(Output::Reply { ticket, reply });
                }
                Ok(())
            }
            Input::Tick => self.handle_tick(now, store),
        }
    }

    /// Judges and commits what gathered since the last call, as one group, then releases what waited for it.
    ///
    /// # Errors
    /// As [`Engine::handle`].
    pub fn settle(&mut self, now: Moment, store: &mut Store) -> Result<(), StoreError> {
        self.settle_arrivals(now, store)?;
        self.note_named(now, store)?;
        self.settle_own_head(now, store)?;
        self.answer_imports(store)?;
        self.settle_trust(now, store)?;
        self.settle_announced(now, store)?;
        for peer in self.sessions.peers() {
            self.continue_session(now, peer, store)?;
        }
        self.hand_out_checks();
        Ok(())
    }

    /// The next thing to be done by the world.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Input::Tick`] is wanted next, in milliseconds of the monotonic clock.
    pub fn poll_timeout(&self) -> Option<u64> {
        let gap = self.ingest.next_gap();
        [
            Some(self.next_compare),
            self.sessions.next_deadline(),
            gap,
            self.announce.settles_at(),
            Some(self.upkeep.next()),
            self.clearance.next_look(),
            self.own_head.next(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn handle_network(
        &mut self,
        now: Moment,
        event: Event,
        store: &mut Store,
    ) -> Result<(), StoreError> {
        match event {
            Event::Message {
                ticket,
                peer,
                topic,
                frame,
            } => self.handle_message(now, ticket, peer, &topic, &frame, store)?,
            Event::Request { ticket, peer, body } => {
                self.handle_request(now, ticket, peer, &body, store)?
            }
            Event::Response { ticket, peer, body } => {
                self.handle_response(now, ticket, peer, &body, store)?
            }
            Event::RequestFailed {
                ticket,
                peer,
                reason,
            } => match self.sessions.answered(peer, ticket, now) {
                // Too many questions of ours are under way: nobody failed, this one waits.
                Some(asked) if reason == RequestFailure::Busy => {
                    self.sessions.pause(peer, asked.whole(), now)
                }
                Some(asked) => {
                    self.sessions.close(peer);
                    self.not_answered(peer, &asked.request, store)?;
                    // A peer that speaks another protocol will not learn it by being asked more often.
                    if reason != RequestFailure::Unsupported {
                        self.compare_soon(now);
                    }
                }
                None => {}
            },
            Event::Connected {
                peer,
                outbound,
                path,
            } => {
                self.peers.connected(peer, outbound, path, now);
                self.own_head.connected(peer, now);
                self.open_session(peer);
            }
            Event::Disconnected { peer, .. } => {
                self.peers.disconnected(&peer, now);
                self.sessions.disconnected(peer);
                self.withheld.disconnected(&peer);
                self.own_head.disconnected(&peer);
            }
            Event::PeerFollows { peer, topic } => {
                self.handle_peer_follows(now, peer, &topic, store)?
            }
            Event::PeerUnfollows { peer, topic } => self.peers.unfollows(&peer, &topic),
            Event::Published { ticket, outcome } => self.handle_published(now, ticket, outcome),
            Event::SlowPeer { peer, .. } => {
                // What it did not get from us by gossip it will ask for; what we did not get from it we ask for now.
                self.open_session(peer);
            }
            Event::Listening(address) => {
                let address = address.to_string();
                if !self.listening.contains(&address) {
                    self.listening.push(address.clone());
                    self.notice(Notice::Listening { address });
                }
            }
            Event::ListenEnded(address) => {
                let address = address.to_string();
                self.listening.retain(|held| *held != address);
            }
            Event::ListenFailed { reason, .. } => {
                tracing::warn!(%reason, "an address cannot be listened on")
            }
            Event::DialFailed { peer, reason } => self.peers.dial_failed(peer, reason.to_string()),
            Event::Banned { peer, .. } => {
                self.sessions.close(peer);
            }
            // Found peers are the network's own business; added, they would pass a closed circle.
            Event::Discovered { .. }
            | Event::RespondFailed { .. }
            | Event::Refused(_)
            | Event::AnswersLost(_) => {}
        }
        Ok(())
    }

    fn handle_tick(&mut self, now: Moment, store: &mut Store) -> Result<(), StoreError> {
        for peer in self.sessions.overdue(now) {
            let asked = self.sessions.close(peer);
            if let Some(asked) = asked {
                self.not_answered(peer, &asked, store)?;
            }
            self.compare_soon(now);
        }
        self.ask_for_gaps(now, store)?;
        self.compact_if_due(now, store)?;
        self.clear_due(now, store)?;
        if now.monotonic >= self.next_compare {
            self.schedule_compare(now);
            self.renew_head_if_due(now, store)?;
            self.look_for_partless(store)?;
            self.erase_due(now, store)?;
            self.next_round(now, store)?;
            for peer in self.some_peers() {
                self.open_session(peer);
            }
        }
        Ok(())
    }

    fn command(&mut self, command: Command) {
        self.outputs.push_back(Output::Network(command));
    }

    fn notice(&mut self, notice: Notice) {
        self.outputs.push_back(Output::Notice(notice));
    }

    /// Day of the wall clock: a claim in what is signed, never a reason for a verdict.
    fn today(now: Moment) -> Day {
        let days = now.wall.div_euclid(86_400_000);
        // A clock beyond the calendar claims its nearest day: a claim never decides anything.
        Day::from_number(days).unwrap_or(if days < 0 { Day::FIRST } else { Day::LAST })
    }
}

/// Shortens `BTreeMap<K, Vec<V>>` pushes without a helper type.
fn push_to<K: Ord, V>(map: &mut BTreeMap<K, Vec<V>>, key: K, value: V) {
    map.entry(key).or_default().push(value);
}
