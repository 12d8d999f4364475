//! The connection keeper: which peers to dial, which connections to close.
//!
//! A state machine without input or output of its own. Time is passed in, chance comes from a
//! seed, and what should happen comes back as `Action`s. libp2p itself neither keeps a number
//! of connections nor closes the surplus: gossip streams keep every connection in use.
//!
//! Methods: `add`, `remove`, `discovered`, `expired`, `pause` change what is known; `dial_*`,
//! `connected`, `disconnected`, `ping_*` report what happened; `Keeper::poll` and
//! `Keeper::poll_timeout` say what to do and when to ask again.
//!
//! Everybody dials up to the target and takes calls up to `high`: the room between is for
//! newcomers. Connections that nobody here asked for, made by Kademlia to ask a question, are
//! visits: they end after a while when there are peers enough.

mod choice;
mod plan;

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::backoff;
use super::boundary::{Bond, Path};
use super::profile::PeerTargets;

/// Most peers added by the engine: every institution of a large network, once each.
pub const MAX_KNOWN: usize = 1024;

/// Most discovered peers remembered. They are spare; the mesh needs a dozen.
pub const MAX_DISCOVERED: usize = 256;

/// Most addresses per peer: two families, two transports, a few interfaces.
pub const MAX_ADDRESSES: usize = 16;

/// How long a peer is left alone after [`Command::Disconnect`](super::Command::Disconnect).
pub const DISCONNECT_PAUSE: Duration = Duration::from_secs(60);

/// With mDNS both sides see each other in the same moment. The smaller peer id dials at once,
/// the other only if nothing came within this time.
const DISCOVERY_COURTESY: Duration = Duration::from_secs(3);

/// A connection that ended sooner counts as a failure: the peer refuses or trims us.
const STABLE: Duration = Duration::from_secs(30);

/// As many failures as a connection counts for that ended sooner, half a minute's wait: a peer that has no room has none a second later
/// either, and calling again and again would take the places of newcomers. A node that has hardly anybody calls those it was told of at
/// once, because its line may have broken.
const TURNED_AWAY: u32 = 6;

/// A discovered peer that could not be reached so often in a row is forgotten.
const FORGET_AFTER: u32 = 5;

/// Ping failures reported by libp2p that close a connection. Its ping handler keeps the first
/// failure in a row to itself, so the first report is the second failure.
const REPORTED_PING_FAILURES: u8 = 1;

/// How long a connection may take to close before the peer is greeted on the one that stays. Closing
/// waits until everything on its way has left, on a line that is gone for up to a quarter of an hour.
const CLOSING: Duration = Duration::from_secs(5);

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    /// Dial this peer at all its addresses with one attempt.
    Dial {
        peer: PeerId,
        addresses: Vec<Multiaddr>,
    },
    /// Close this connection.
    Close(ConnectionId),
    /// Say again to this peer what this node follows, on the one connection that is left: gossipsub
    /// says it on the first of several only, and that one is gone.
    Greet { peer: PeerId, on: ConnectionId },
}

/// One established connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) id: ConnectionId,
    pub(crate) outbound: bool,
    pub(crate) path: Path,
    pub(crate) since: Instant,
}

#[derive(Debug)]
struct Known {
    addresses: Vec<Multiaddr>,
    bond: Bond,
    /// Found, not added: dialled only when peers are short, and forgotten when it expires.
    discovered: bool,
    dialling: bool,
    /// The dial under way is for a look only.
    visiting: bool,
    /// Chance decides among equals: with the order of a list that all have, all would dial the
    /// same few.
    lot: u64,
    failures: u32,
    not_before: Instant,
}

/// The bound on known peers is reached.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// The connection keeper.
#[derive(Debug)]
pub(crate) struct Keeper {
    local: PeerId,
    targets: PeerTargets,
    /// Most dials at once.
    dials: usize,
    rng: StdRng,
    known: HashMap<PeerId, Known>,
    links: HashMap<PeerId, Vec<Link>>,
    ping_failures: HashMap<ConnectionId, u8>,
    closing: HashSet<ConnectionId>,
    /// Connections for a look only.
    visits: HashSet<ConnectionId>,
    /// Peers of whose several connections one is gone or closing, and when to greet them.
    greetings: HashMap<PeerId, Instant>,
    /// When a newcomer that may be too many has had its time.
    next_trim: Option<Instant>,
    next_round: Option<Instant>,
    /// Connections to close at the next poll.
    doomed: Vec<ConnectionId>,
    /// Set while peers are below `low`, until they reach `target`.
    short: bool,
}

impl Keeper {
    pub(crate) fn new(local: PeerId, targets: PeerTargets, dials: usize, seed: u64) -> Self {
        Self {
            local,
            targets,
            dials,
            rng: StdRng::seed_from_u64(seed),
            known: HashMap::new(),
            links: HashMap::new(),
            ping_failures: HashMap::new(),
            closing: HashSet::new(),
            visits: HashSet::new(),
            greetings: HashMap::new(),
            next_trim: None,
            next_round: None,
            doomed: Vec::new(),
            short: true,
        }
    }

    // Getters.

    pub(crate) fn known_peers(&self) -> usize {
        self.known.len()
    }

    pub(crate) fn bond(&self, peer: &PeerId) -> Bond {
        self.known.get(peer).map_or(Bond::Loose, |known| known.bond)
    }

    /// Whether more peers are wanted than are connected.
    pub(crate) fn is_short(&self) -> bool {
        self.open_peers() < self.targets.target
    }

    /// What is known of where a peer is.
    pub(crate) fn addresses(&self, peer: &PeerId) -> &[Multiaddr] {
        self.known
            .get(peer)
            .map_or(&[], |known| known.addresses.as_slice())
    }

    /// All connections with their peers.
    pub(crate) fn links(&self) -> impl Iterator<Item = (PeerId, &Link)> {
        self.links
            .iter()
            .flat_map(|(peer, links)| links.iter().map(|link| (*peer, link)))
    }

    // What is known.

    /// A peer to stay connected to. New addresses go in front: they are the fresher ones.
    pub(crate) fn add(
        &mut self,
        peer: PeerId,
        addresses: Vec<Multiaddr>,
        bond: Bond,
        now: Instant,
    ) -> Result<(), Full> {
        let is_added = self.known.get(&peer).is_some_and(|known| !known.discovered);
        let added = self
            .known
            .values()
            .filter(|known| !known.discovered)
            .count();
        if !is_added && added >= MAX_KNOWN {
            return Err(Full);
        }
        let lot = self.rng.random();
        let known = self
            .known
            .entry(peer)
            .or_insert_with(|| Known::new(now, lot));
        // Someone took the trouble to add it now: do not sit out an old backoff. Only a peer
        // just found keeps its courtesy, or both sides would dial at once after all.
        if !known.discovered || known.failures > 0 {
            known.not_before = now;
        }
        known.bond = bond;
        known.discovered = false;
        known.learn(addresses);
        Ok(())
    }

    /// Forgets a peer.
    pub(crate) fn remove(&mut self, peer: &PeerId) {
        self.known.remove(peer);
    }

    /// A peer found on the local network or by routing. Ignored when the bound is reached.
    pub(crate) fn discovered(&mut self, peer: PeerId, addresses: Vec<Multiaddr>, now: Instant) {
        if peer == self.local {
            return;
        }
        if let Some(known) = self.known.get_mut(&peer) {
            known.learn(addresses);
            return;
        }
        let found = self.known.values().filter(|known| known.discovered).count();
        if found >= MAX_DISCOVERED {
            return;
        }
        let wait = if self.local < peer {
            Duration::ZERO
        } else {
            DISCOVERY_COURTESY
        };
        let mut known = Known::new(now + wait, self.rng.random());
        known.discovered = true;
        known.learn(addresses);
        self.known.insert(peer, known);
    }

    /// A found peer is gone from the local network.
    pub(crate) fn expired(&mut self, peer: &PeerId) {
        if self.known.get(peer).is_some_and(|known| known.discovered) {
            self.known.remove(peer);
        }
    }

    /// Leaves a peer alone until then.
    pub(crate) fn pause(&mut self, peer: &PeerId, until: Instant) {
        if let Some(known) = self.known.get_mut(peer) {
            known.not_before = known.not_before.max(until);
        }
    }

    // What happened.

    /// The dial could not even begin because one to this peer is under way already, or it is
    /// connected: no failure, look again soon.
    pub(crate) fn dial_needless(&mut self, peer: &PeerId, now: Instant) {
        if let Some(known) = self.known.get_mut(peer) {
            known.dialling = false;
            known.visiting = false;
            known.not_before = now + backoff::FIRST;
        }
    }

    /// A dial failed. Returns whether it was one of the keeper's.
    pub(crate) fn dial_failed(&mut self, peer: &PeerId, now: Instant) -> bool {
        let Some(known) = self.known.get_mut(peer) else {
            return false;
        };
        if !std::mem::take(&mut known.dialling) {
            return false;
        }
        known.visiting = false;
        known.failures = known.failures.saturating_add(1);
        known.not_before = now + backoff::wait(known.failures, &mut self.rng);
        if known.discovered && known.failures >= FORGET_AFTER {
            self.known.remove(peer);
        }
        true
    }

    /// A connection is established. Surplus ones to the same peer are closed at the next poll.
    pub(crate) fn connected(&mut self, peer: PeerId, link: Link) {
        let asked_for = match self.known.get_mut(&peer) {
            Some(known) => {
                let dialling = std::mem::take(&mut known.dialling);
                !std::mem::take(&mut known.visiting) && (dialling || known.bond > Bond::Loose)
            }
            None => false,
        };
        let links = self.links.entry(peer).or_default();
        if link.outbound && !asked_for && links.is_empty() {
            self.visits.insert(link.id);
        }
        links.push(link);
        self.end_doubles(&peer, link.since);
    }

    /// Dooms what is too much of the connections with a peer.
    fn end_doubles(&mut self, peer: &PeerId, now: Instant) {
        for surplus in choice::surplus(&self.local, peer, &self.open_links(peer), now) {
            self.doomed.push(surplus);
            self.greetings.entry(*peer).or_insert(now + CLOSING);
        }
    }

    fn open_links(&self, peer: &PeerId) -> Vec<Link> {
        let links = self.links.get(peer).into_iter().flatten();
        links
            .filter(|link| !self.closing.contains(&link.id))
            .copied()
            .collect()
    }

    /// A connection is gone.
    pub(crate) fn disconnected(&mut self, peer: &PeerId, id: ConnectionId, now: Instant) {
        self.closing.remove(&id);
        self.visits.remove(&id);
        self.ping_failures.remove(&id);
        self.doomed.retain(|doomed| *doomed != id);
        let Some(links) = self.links.get_mut(peer) else {
            return;
        };
        let stable = links
            .iter()
            .find(|link| link.id == id)
            .is_some_and(|link| now.duration_since(link.since) >= STABLE);
        links.retain(|link| link.id != id);
        if !links.is_empty() {
            self.greetings.insert(*peer, now);
            return;
        }
        self.links.remove(peer);
        self.greetings.remove(peer);
        let lonely = self.open_peers() < self.targets.low;
        if let Some(known) = self.known.get_mut(peer) {
            known.failures = match stable {
                true => 0,
                false if lonely && !known.discovered => known.failures.saturating_add(1),
                false => known.failures.saturating_add(1).max(TURNED_AWAY),
            };
            let wait = backoff::wait(known.failures, &mut self.rng);
            known.not_before = known.not_before.max(now + wait);
        }
    }

    /// The peer answered a ping.
    pub(crate) fn ping_answered(&mut self, id: ConnectionId) {
        self.ping_failures.remove(&id);
    }

    /// The peer did not answer a ping. Returns whether the connection will be closed for it.
    pub(crate) fn ping_failed(&mut self, id: ConnectionId) -> bool {
        if !self.links().any(|(_, link)| link.id == id) {
            return false;
        }
        let failures = self.ping_failures.entry(id).or_default();
        *failures = failures.saturating_add(1);
        if *failures >= REPORTED_PING_FAILURES {
            self.doomed.push(id);
            return true;
        }
        false
    }

    fn is_open(&self, links: &[Link]) -> bool {
        links.iter().any(|link| !self.closing.contains(&link.id))
    }

    fn open_peers(&self) -> usize {
        self.links
            .values()
            .filter(|links| self.is_open(links))
            .count()
    }

    fn dialling(&self) -> usize {
        self.known.values().filter(|known| known.dialling).count()
    }
}

impl Known {
    fn new(not_before: Instant, lot: u64) -> Self {
        Self {
            addresses: Vec::new(),
            bond: Bond::Loose,
            discovered: false,
            dialling: false,
            visiting: false,
            lot,
            failures: 0,
            not_before,
        }
    }

    fn learn(&mut self, fresh: Vec<Multiaddr>) {
        let old = std::mem::take(&mut self.addresses);
        for address in fresh.into_iter().chain(old) {
            if self.addresses.len() < MAX_ADDRESSES && !self.addresses.contains(&address) {
                self.addresses.push(address);
            }
        }
    }
}

#[cfg(test)]
mod tests;
