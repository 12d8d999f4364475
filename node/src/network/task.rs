//! The task that owns the swarm.
//!
//! Commands are handled in `commands`, events of the swarm in `events`; here is the loop that
//! brings them together, and the end.

mod commands;
mod events;

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use futures::StreamExt;
use libp2p::core::upgrade::Version;
use libp2p::gossipsub::MessageAcceptance;
use libp2p::identity::Keypair;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{self, ConnectionId, DialError, SwarmEvent};
use libp2p::{PeerId, Swarm};
use prometheus_client::registry::Registry;
use rand::RngExt;
use rand::rngs::StdRng;
use tokio::sync::mpsc;

use super::address::split_peer;
use super::behaviour::Behaviour;
use super::boundary::{Bond, Command, Disconnection, Event, Offence, Refusal};
use super::conduct::{Conduct, Consequence};
use super::gossip::{self, OurTopics};
use super::keeper::{Action, Keeper};
use super::lookups::Lookups;
use super::metrics::Meter;
use super::pending::{Requests, Unjudged};
use super::profile::Parameters;
use super::reservations::Reservations;
use super::settings::{KnownPeer, Settings, StartError};
use super::transport;

/// Answers to commands that may wait for the engine to read, beside the channel.
const MAX_ANSWERS: usize = 1024;

/// How long what was said last may take to leave at the end, and how long closing the connections
/// may take. A peer that does not cooperate is left behind.
const FAREWELL: Duration = Duration::from_millis(250);
const CLOSING: Duration = Duration::from_secs(2);

/// Streams of one peer that may negotiate their protocol at once; libp2p allows 128.
const NEGOTIATING: usize = 32;

/// The task.
pub(super) struct Task {
    swarm: Swarm<Behaviour>,
    local: PeerId,
    topics: OurTopics,
    choices: Choices,
    keeper: Keeper,
    conduct: Conduct,
    reservations: Reservations,
    unjudged: Unjudged,
    requests: Requests,
    /// Why we close connections, until they are closed.
    reasons: HashMap<ConnectionId, Disconnection>,
    meter: Meter,
    commands: mpsc::Receiver<Command>,
    events: mpsc::Sender<Event>,
    /// Events on their way into the channel.
    outbox: VecDeque<Event>,
    /// Answers dropped since the last report.
    lost: u64,
    /// Whether something happened that the small machines should look at.
    stirred: bool,
    /// When they want to look again anyway.
    due: Option<Instant>,
}

/// What the settings said and the task needs later.
struct Choices {
    score: bool,
    routing: Option<Lookups>,
}

impl Task {
    pub(super) fn new(
        mut settings: Settings,
        registry: Option<&mut Registry>,
        commands: mpsc::Receiver<Command>,
        events: mpsc::Sender<Event>,
    ) -> Result<Self, StartError> {
        let parameters = settings.checked()?;
        let key = Keypair::ed25519_from_bytes(&mut settings.seed[..])
            .map_err(|error| StartError::Key(error.to_string()))?;
        let local = key.public().to_peer_id();
        let mut rng: StdRng = rand::make_rng();
        let (transport, relay_client) = transport::build(
            &key,
            &parameters,
            settings.uses_quic(),
            settings.uses_relays(),
        )?;
        let behaviour = Behaviour::new(&key, &settings, &parameters, relay_client, &mut rng)?;
        // A stream begins with the name of its protocol and what it has to say in one packet: each question
        // of a comparison saves the round trip in which the peer would say that it knows the name.
        let mut config = swarm::Config::with_tokio_executor()
            .with_substream_upgrade_protocol_override(Version::V1Lazy)
            .with_idle_connection_timeout(parameters.idle)
            .with_max_negotiating_inbound_streams(NEGOTIATING);
        if parameters.smart_dial {
            config = config.with_smart_dial();
        }
        let now = Instant::now();
        let mut task = Self {
            swarm: Swarm::new(transport, behaviour, local, config),
            local,
            topics: OurTopics::new(&settings.protocols),
            choices: Choices {
                score: parameters.mesh.score,
                routing: lookups(&settings, &parameters, &mut rng)?,
            },
            keeper: Keeper::new(
                local,
                parameters.peers,
                parameters.connections.pending_outgoing as usize,
                rng.random(),
            ),
            conduct: Conduct::default(),
            reservations: Reservations::new(&settings.relays, now, rng.random()),
            unjudged: Unjudged::default(),
            requests: Requests::new(parameters.requests),
            reasons: HashMap::new(),
            meter: registry.map(Meter::new).unwrap_or_default(),
            commands,
            events,
            outbox: VecDeque::new(),
            lost: 0,
            stirred: true,
            due: None,
        };
        // A relay is kept connected whatever happens, or the reservation is worthless.
        let relays = settings.relays.iter().map(|relay| KnownPeer {
            bond: Bond::Always,
            ..relay.clone()
        });
        for known in settings.bootstrap.iter().cloned().chain(relays) {
            task.add_peer(known, now)?;
        }
        for address in settings.external {
            task.swarm.add_external_address(address);
        }
        for address in settings.listen {
            if let Err(error) = task.swarm.listen_on(address.clone()) {
                task.outbox.push_back(Event::ListenFailed {
                    address: Some(address),
                    reason: events::innermost(&error),
                });
            }
        }
        Ok(task)
    }

    pub(super) fn local_peer(&self) -> PeerId {
        self.local
    }

    /// The loop.
    ///
    /// Back-pressure without deadlock. The swarm is polled only while nothing waits for the
    /// event channel; when the engine is slow, connections fill up and the peers wait. Commands
    /// are received in every turn, whatever waits, so an engine that blocks on a full command
    /// channel is always let go, and will read events next. What commands themselves produce is
    /// one small answer each; beyond [`MAX_ANSWERS`] answers are dropped and the number is
    /// reported. So the memory is bounded even for an engine that never reads.
    pub(super) async fn run(mut self) {
        let events = self.events.clone();
        loop {
            let now = Instant::now();
            let mut due = self.next_due();
            if self.stirred || due.is_some_and(|due| due <= now) {
                self.stirred = false;
                self.due = self.drive(now);
                due = self.next_due();
            }
            if self.lost > 0 && self.outbox.len() < MAX_ANSWERS {
                self.outbox.push_back(Event::AnswersLost(self.lost));
                self.lost = 0;
            }
            let held = !self.outbox.is_empty();
            if held && events.capacity() == 0 {
                self.meter.waits.inc();
            }
            tokio::select! {
                command = self.commands.recv() => match command {
                    None | Some(Command::Shutdown) => break,
                    Some(command) => self.handle_command(command, Instant::now()),
                },
                place = events.reserve(), if held => match place {
                    Ok(place) => {
                        if let Some(event) = self.outbox.pop_front() {
                            place.send(event);
                        }
                    }
                    Err(_) => break,
                },
                () = events.closed(), if !held => break,
                event = self.swarm.select_next_some(), if !held => {
                    self.meter.record(&event);
                    self.handle_swarm(event, Instant::now());
                }
                () = until(due), if due.is_some() => {}
            }
        }
        self.end().await;
    }

    fn next_due(&self) -> Option<Instant> {
        [self.due, self.unjudged.poll_timeout()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Lets the small machines act. Returns when they want to act again. It looks at every
    /// known peer and connection, so it runs only when one of them stirred or time is up, not
    /// for every message.
    fn drive(&mut self, now: Instant) -> Option<Instant> {
        while let Some((id, peer)) = self.unjudged.overdue(now) {
            self.meter.unjudged.inc();
            tracing::debug!(%peer, "a message was not judged in time and is ignored");
            self.report(&id, &peer, MessageAcceptance::Ignore);
        }
        for peer in self.conduct.poll(now) {
            self.swarm.behaviour_mut().blocked.unblock_peer(peer);
        }
        for (peer, points) in self.conduct.poll_points(now) {
            self.score(&peer, points);
        }
        let gossip = &self.swarm.behaviour().gossip;
        let actions = self.keeper.poll(now, |peer| {
            gossip.all_mesh_peers().any(|other| other == peer)
        });
        for action in actions {
            match action {
                Action::Dial { peer, addresses } => self.dial(peer, addresses, now),
                Action::Close(id) => {
                    self.reasons.entry(id).or_insert(Disconnection::Local);
                    if !self.swarm.close_connection(id) {
                        self.reasons.remove(&id);
                    }
                }
                Action::Greet { peer, on } => {
                    gossip::greet(&mut self.swarm.behaviour_mut().gossip, peer, on);
                }
            }
        }
        while let Some((place, address)) = {
            let swarm = &self.swarm;
            self.reservations.poll(now, |peer| swarm.is_connected(peer))
        } {
            let listener = self.swarm.listen_on(address).ok();
            self.reservations.opened(place, listener, now);
        }
        let lookup = self.look_up(now);
        let swarm = &self.swarm;
        [
            lookup,
            self.keeper.poll_timeout(),
            self.conduct.poll_timeout(),
            self.reservations
                .poll_timeout(|peer| swarm.is_connected(peer)),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Looks for peers by Kademlia when there are fewer than wanted.
    fn look_up(&mut self, now: Instant) -> Option<Instant> {
        let lookups = self.choices.routing.as_mut()?;
        if lookups.poll(self.keeper.is_short(), now)
            && let Some(routing) = self.swarm.behaviour_mut().routing.as_mut()
        {
            // An error says that the table is empty: there is nobody to ask.
            let _ = routing.bootstrap();
        }
        lookups.poll_timeout()
    }

    fn dial(&mut self, peer: PeerId, addresses: Vec<libp2p::Multiaddr>, now: Instant) {
        let options = DialOpts::peer_id(peer)
            .condition(PeerCondition::DisconnectedAndNotDialing)
            .addresses(addresses)
            .build();
        match self.swarm.dial(options) {
            Ok(()) => {}
            Err(DialError::DialPeerConditionFalse(_)) => self.keeper.dial_needless(&peer, now),
            Err(error) => {
                self.keeper.dial_failed(&peer, now);
                let reason = events::dial_failure(&error);
                self.answer(Event::DialFailed { peer, reason });
            }
        }
    }

    /// Queues something for the engine that no swarm event brought about; see [`Task::run`].
    fn answer(&mut self, event: Event) {
        if self.outbox.len() < MAX_ANSWERS {
            self.outbox.push_back(event);
        } else {
            self.lost = self.lost.saturating_add(1);
            self.meter.lost_answers.inc();
        }
    }

    fn report(
        &mut self,
        id: &libp2p::gossipsub::MessageId,
        peer: &PeerId,
        acceptance: MessageAcceptance,
    ) {
        let known = self
            .swarm
            .behaviour_mut()
            .gossip
            .report_message_validation_result(id, peer, acceptance);
        if !known {
            tracing::debug!(%peer, "a judgement came after gossip had forgotten the message");
        }
    }

    /// Takes up a known peer.
    fn add_peer(&mut self, known: KnownPeer, now: Instant) -> Result<(), Refusal> {
        let KnownPeer {
            peer,
            addresses,
            bond,
        } = known;
        if peer == self.local {
            return Err(Refusal::OwnPeer(peer));
        }
        let mut bare = Vec::with_capacity(addresses.len());
        for address in addresses {
            let (address, named) = split_peer(address);
            if named.is_some_and(|named| named != peer) {
                return Err(Refusal::AddressOfAnother(peer));
            }
            if !address.is_empty() {
                bare.push(address);
            }
        }
        self.keeper
            .add(peer, bare, bond, now)
            .map_err(|_| Refusal::TooManyPeers(peer))?;
        let behaviour = self.swarm.behaviour_mut();
        if bond > Bond::Loose {
            behaviour.limits.bypass_peer_id(&peer);
        } else {
            behaviour.limits.remove_peer_id(&peer);
        }
        if let Some(circle) = behaviour.circle.as_mut() {
            circle.allow_peer(peer);
        }
        Ok(())
    }

    /// Tells gossip what the conduct of a peer is worth.
    fn score(&mut self, peer: &PeerId, points: f64) {
        if self.choices.score {
            self.swarm
                .behaviour_mut()
                .gossip
                .set_application_score(peer, points * gossip::SCORE_PER_POINT);
        }
    }

    /// Adds an offence to what a peer did before, with its consequences.
    fn penalise(&mut self, peer: PeerId, offence: Offence, now: Instant) {
        self.stirred = true;
        match self.conduct.penalise(peer, offence, now) {
            Consequence::Points(points) => self.score(&peer, points),
            Consequence::Banned { lifted } => {
                // The ban is the punishment; gossip would remember the score beyond it.
                self.score(&peer, 0.0);
                let blocked = &mut self.swarm.behaviour_mut().blocked;
                if let Some(lifted) = lifted {
                    blocked.unblock_peer(lifted);
                }
                blocked.block_peer(peer);
                tracing::info!(%peer, "peer banned for its offences");
                self.answer(Event::Banned {
                    peer,
                    duration: super::conduct::BAN,
                });
            }
        }
    }

    /// Closes the connections. Nothing is reported any longer.
    ///
    /// Without leaving the topics first: who is told that a peer left keeps it out of the mesh for a
    /// minute and counts its wish to come back within that time as a breach. A node that is started
    /// again would get no gossip, and with several feeds nobody would listen to it, for minutes.
    async fn end(mut self) {
        let peers: Vec<PeerId> = self.swarm.connected_peers().copied().collect();
        if peers.is_empty() {
            return;
        }
        let farewell = async {
            loop {
                self.swarm.select_next_some().await;
            }
        };
        let _ = tokio::time::timeout(FAREWELL, farewell).await;
        for peer in peers {
            // An error only says that the peer is gone already.
            let _ = self.swarm.disconnect_peer_id(peer);
        }
        let closing = async {
            while self.swarm.network_info().num_peers() > 0 {
                if let SwarmEvent::ConnectionEstablished { peer_id, .. } =
                    self.swarm.select_next_some().await
                {
                    let _ = self.swarm.disconnect_peer_id(peer_id);
                }
            }
        };
        if tokio::time::timeout(CLOSING, closing).await.is_err() {
            tracing::debug!("some connections were left open at the end");
        }
    }
}

fn lookups(
    settings: &Settings,
    parameters: &Parameters,
    rng: &mut StdRng,
) -> Result<Option<Lookups>, StartError> {
    let name = &settings.protocols.routing;
    let Some(numbers) = parameters.routing.as_ref().filter(|_| settings.routing) else {
        return Ok(None);
    };
    let protocol = libp2p::StreamProtocol::try_from_owned(name.clone())
        .map_err(|_| StartError::ProtocolName(name.clone()))?;
    Ok(Some(Lookups::new(protocol, numbers.bootstrap, rng)))
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}
