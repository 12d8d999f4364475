//! Three profiles: every number of the network in one place, with its reason.
//!
//! *Measured* numbers come from runs of 3 to 50 nodes on one machine and of one leaf behind a
//! shaped link of 256/128 kbit/s, 600 ms round trip and 5% loss. Everything else is judgement
//! and says so.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// What kind of place this node has in the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// An office or home with an ordinary line.
    #[default]
    Default,
    /// A metered or satellite link: dials one or two hubs, listens nowhere.
    Lean,
    /// A well-connected machine that many others dial.
    Hub,
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::Lean => "lean",
            Self::Hub => "hub",
        })
    }
}

/// A name that is none of the three.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a profile; choose default, lean or hub")]
pub struct UnknownProfile(pub String);

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Self, UnknownProfile> {
        match text {
            "default" => Ok(Self::Default),
            "lean" => Ok(Self::Lean),
            "hub" => Ok(Self::Hub),
            other => Err(UnknownProfile(other.to_owned())),
        }
    }
}

/// How many peers the connection keeper wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerTargets {
    /// Dial known peers up to this many.
    pub target: usize,
    /// Below this many, dial discovered peers too, up to the target.
    pub low: usize,
    /// Above this many, close the surplus.
    pub high: usize,
}

/// Hard limits on connections. They refuse new ones and never close old ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionBounds {
    /// Established, dialled by others.
    pub incoming: u32,
    /// Established, dialled by us.
    pub outgoing: u32,
    /// Handshakes of others under way.
    pub pending_incoming: u32,
    /// Dials of ours under way.
    pub pending_outgoing: u32,
    /// Established with one peer: two where a direct connection may replace a relayed one.
    pub per_peer: u32,
    /// No new connections above this much memory of the process, in bytes.
    pub memory: usize,
}

/// The gossip mesh.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mesh {
    /// Wanted degree D. *Measured*: D 6 costs 7 to 9 times the payload per delivery, D 4 costs
    /// 3.2 to 4.0, D 3 costs 1.8 to 2.3, all with every message delivered; with a head for each
    /// record D 4 costs 3.8 to 4.2 and D 3 costs 2.6 to 2.8 (decision 0014).
    pub degree: usize,
    /// Below this, graft.
    pub low: usize,
    /// Above this, prune.
    pub high: usize,
    /// Of these, at least so many that we dialled: an attacker cannot place himself there.
    pub outbound: usize,
    /// Heartbeat. Costs no bytes when idle (*measured*).
    pub heartbeat: Duration,
    /// Delay of the first heartbeat after the start.
    pub initial_delay: Duration,
    /// Heartbeats for which a message can still be asked for, and within which a judgement
    /// still leads to forwarding.
    pub history: usize,
    /// Heartbeats whose messages are announced to peers outside the mesh.
    pub gossip: usize,
    /// Peers outside the mesh to announce to, at least.
    pub lazy: usize,
    /// Or this part of them.
    pub factor: f64,
    /// How long a message id is remembered. Must outlast the slowest path through the mesh.
    pub duplicate_cache: Duration,
    /// From this size on, tell peers not to send what we have. *Measured*: useless for small
    /// records on fast links, it doubles latency and CPU; `usize::MAX` is never.
    pub idontwant: usize,
    /// Frames queued per peer; more are dropped and reported as a slow peer. 256 of 8 KiB are
    /// 2 MB for one stuck peer.
    pub queue: usize,
    /// How long an own frame may wait in that queue.
    pub publish_wait: Duration,
    /// How long a frame of others may wait in that queue.
    pub forward_wait: Duration,
    /// How long a peer may take to send what it announced.
    pub iwant_followup: Duration,
    /// Whether peers are scored. A lean node has too few hubs to be choosy.
    pub score: bool,
}

/// QUIC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quic {
    /// Whether it is used when the operator says nothing. On a lossy thin link a QUIC connect
    /// costs 26 to 32 kB against 6 kB for TCP (*measured*).
    pub on: bool,
    /// Keep-alive. *Measured*: 5 s costs 2.9 kB per minute and link, 25 s costs 0.73. Many routers forget a UDP flow after 30 s of
    /// silence (RFC 4787 asks for two minutes), so no rarer than that.
    pub keep_alive: Duration,
    /// Idle time after which the connection is dead; the smaller of both sides counts.
    pub idle: Duration,
    /// Longest handshake.
    pub handshake: Duration,
    /// Streams the peer may open.
    pub streams: u32,
    /// Bytes in flight per stream.
    pub stream_window: u32,
    /// Bytes in flight per connection.
    pub connection_window: u32,
    /// Largest packet to probe for; `None` stays at 1200 without probing. 1400 passes the
    /// tunnels in common use.
    pub mtu: Option<u16>,
}

/// Catch-up requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requests {
    /// Longest time for one request and its answer.
    pub timeout: Duration,
    /// Streams at once on one connection, both directions together.
    pub streams: usize,
    /// Own requests in flight to one peer.
    pub outgoing_per_peer: usize,
    /// Unanswered requests of one peer.
    pub incoming_per_peer: usize,
}

/// Kademlia, to find peers beyond those the operator named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Routing {
    /// Whether this node always answers queries. Otherwise it does when it has an external
    /// address.
    pub server: bool,
    /// The longest wait between two looks for peers while there are fewer than wanted; the first
    /// is half a minute.
    pub bootstrap: Duration,
}

/// All numbers of one profile.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    /// The connection keeper.
    pub peers: PeerTargets,
    /// Hard limits.
    pub connections: ConnectionBounds,
    /// An unused connection is closed after this long. Gossip keeps connections in use.
    pub idle: Duration,
    /// Longest time to connect, all handshakes included.
    pub connect: Duration,
    /// The mesh.
    pub mesh: Mesh,
    /// Ping interval. *Measured*: 60 s costs 0.6 kB per minute and link. There is no TCP
    /// keep-alive in libp2p, so ping is what finds dead peers.
    pub ping: Duration,
    /// How long an answer to a ping may take.
    pub ping_timeout: Duration,
    /// How often peers tell each other about themselves.
    pub identify: Duration,
    /// Whether changed addresses are told at once.
    pub identify_push: bool,
    /// QUIC.
    pub quic: Quic,
    /// Whether addresses are tried in order of promise instead of all at once.
    pub smart_dial: bool,
    /// Catch-up.
    pub requests: Requests,
    /// Between two periodic comparisons with peers; a fifth of jitter is added. *Measured*: one is
    /// 3 to 5 kB on the wire when nothing is new. Gossip and the comparison on connecting deliver;
    /// this finds what both missed.
    pub compare: Duration,
    /// Kademlia, where the profile has it.
    pub routing: Option<Routing>,
    /// Whether the profile may listen.
    pub may_listen: bool,
    /// Whether the profile may use mDNS.
    pub may_discover_locally: bool,
    /// Whether the profile may ask others to probe its reachability. *Measured*: a probe makes
    /// the asking node upload 30 to 100 kB, which chokes a thin link for minutes.
    pub may_probe: bool,
    /// Whether the profile may be reached through relays and punch holes.
    pub may_use_relays: bool,
    /// Whether the profile may relay connections and answer probes of others.
    pub may_serve: bool,
}

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const MIB: usize = 1024 * 1024;

impl Profile {
    /// The numbers of this profile.
    pub const fn parameters(self) -> Parameters {
        match self {
            Self::Default => DEFAULT,
            Self::Lean => LEAN,
            Self::Hub => HUB,
        }
    }
}

const DEFAULT: Parameters = Parameters {
    // More than twice the mesh degree, so that the mesh can choose. Judgement.
    peers: PeerTargets {
        target: 8,
        low: 5,
        high: 16,
    },
    connections: ConnectionBounds {
        incoming: 32,
        outgoing: 16,
        pending_incoming: 16,
        pending_outgoing: 8,
        per_peer: 2,
        memory: 256 * MIB,
    },
    idle: s(60),
    connect: s(15),
    mesh: Mesh {
        degree: 3,
        low: 2,
        high: 4,
        outbound: 1,
        heartbeat: s(1),
        initial_delay: s(1),
        history: 30,
        gossip: 3,
        lazy: 3,
        factor: 0.15,
        duplicate_cache: s(10 * 60),
        idontwant: 4096,
        queue: 256,
        publish_wait: s(10),
        forward_wait: s(5),
        iwant_followup: s(3),
        score: true,
    },
    ping: s(60),
    ping_timeout: s(20),
    identify: s(30 * 60),
    identify_push: true,
    quic: Quic {
        on: true,
        keep_alive: s(15),
        idle: s(45),
        handshake: s(15),
        streams: 128,
        stream_window: 1_000_000,
        connection_window: 4_000_000,
        mtu: Some(1400),
    },
    smart_dial: true,
    requests: Requests {
        timeout: s(30),
        streams: 16,
        outgoing_per_peer: 4,
        incoming_per_peer: 4,
    },
    compare: s(5 * 60),
    routing: Some(Routing {
        server: false,
        bootstrap: s(30 * 60),
    }),
    may_listen: true,
    may_discover_locally: true,
    may_probe: true,
    may_use_relays: true,
    may_serve: false,
};

const LEAN: Parameters = Parameters {
    // Two hubs, one in the mesh and one that only announces: 1.7 times the payload instead of
    // 2.4 to 3.4 (measured).
    peers: PeerTargets {
        target: 2,
        low: 1,
        high: 3,
    },
    connections: ConnectionBounds {
        incoming: 0,
        outgoing: 4,
        pending_incoming: 0,
        pending_outgoing: 2,
        per_peer: 1,
        memory: 96 * MIB,
    },
    idle: s(300),
    connect: s(45),
    mesh: Mesh {
        degree: 1,
        low: 1,
        high: 1,
        outbound: 0,
        heartbeat: s(5),
        initial_delay: s(2),
        history: 24,
        gossip: 3,
        lazy: 1,
        factor: 0.05,
        duplicate_cache: s(30 * 60),
        idontwant: usize::MAX,
        queue: 64,
        publish_wait: s(60),
        forward_wait: s(30),
        iwant_followup: s(15),
        score: false,
    },
    // 300 s costs 206 bytes per minute, both ends together (*measured*); without ping a dead hub would never be noticed.
    ping: s(300),
    ping_timeout: s(60),
    identify: s(6 * 60 * 60),
    identify_push: false,
    quic: Quic {
        on: false,
        keep_alive: s(28),
        idle: s(90),
        handshake: s(45),
        streams: 32,
        stream_window: 256_000,
        connection_window: 512_000,
        mtu: None,
    },
    smart_dial: false,
    requests: Requests {
        timeout: s(180),
        streams: 4,
        outgoing_per_peer: 1,
        incoming_per_peer: 1,
    },
    compare: s(60 * 60),
    routing: None,
    may_listen: false,
    may_discover_locally: false,
    may_probe: false,
    may_use_relays: false,
    may_serve: false,
};

const HUB: Parameters = Parameters {
    // A hub is dialled; it dials only other hubs it was told about. `low` at the target: it
    // has no surplus of peers to wait for.
    peers: PeerTargets {
        target: 128,
        low: 128,
        high: 1000,
    },
    connections: ConnectionBounds {
        // *Measured*: 80 to 160 kB per connection, so 1000 are 160 MB before queues.
        incoming: 1000,
        outgoing: 64,
        pending_incoming: 128,
        pending_outgoing: 32,
        per_peer: 2,
        memory: 1024 * MIB,
    },
    idle: s(120),
    connect: s(20),
    mesh: Mesh {
        degree: 6,
        low: 4,
        // More than it can have connections, so that it never prunes: a node on a thin line has one hub in its mesh, and what it
        // does not hear from there it learns up to an hour later. With twelve, of a hundred such nodes most were pruned (decision 0014).
        high: 1100,
        outbound: 2,
        heartbeat: s(1),
        initial_delay: s(1),
        history: 120,
        gossip: 3,
        lazy: 6,
        factor: 0.25,
        duplicate_cache: s(10 * 60),
        idontwant: 4096,
        queue: 512,
        publish_wait: s(10),
        forward_wait: s(5),
        iwant_followup: s(3),
        score: true,
    },
    // Each ping goes down the line of a node that pays for it. A dead peer costs a hub a place in
    // the mesh for some minutes, and 160 kB.
    ping: s(300),
    ping_timeout: s(20),
    identify: s(30 * 60),
    identify_push: true,
    quic: Quic {
        on: true,
        keep_alive: s(28),
        idle: s(90),
        handshake: s(15),
        streams: 128,
        stream_window: 1_000_000,
        connection_window: 4_000_000,
        mtu: Some(1400),
    },
    smart_dial: true,
    requests: Requests {
        timeout: s(30),
        streams: 32,
        outgoing_per_peer: 4,
        incoming_per_peer: 4,
    },
    // It asks nodes on thin lines too; they ask it.
    compare: s(30 * 60),
    routing: Some(Routing {
        server: true,
        bootstrap: s(15 * 60),
    }),
    may_listen: true,
    may_discover_locally: false,
    // A hub is given its external address by its operator; there is nothing to find out.
    may_probe: false,
    may_use_relays: false,
    may_serve: true,
};

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_fit_together() {
        for profile in [Profile::Default, Profile::Lean, Profile::Hub] {
            let p = profile.parameters();
            let m = p.mesh;
            // gossipsub checks this for topics with settings of their own only.
            assert!(m.outbound <= m.low && m.low <= m.degree && m.degree <= m.high);
            assert!(2 * m.outbound <= m.degree, "{profile}");
            assert!(m.gossip <= m.history);
            assert!(p.peers.low <= p.peers.target && p.peers.target <= p.peers.high);
            // The mesh is of peers; a hub has all of them in it.
            let connections = p.connections.incoming + p.connections.outgoing;
            assert!(
                m.high <= p.peers.high || m.high > connections as usize,
                "{profile}"
            );
            assert!(p.quic.keep_alive * 2 < p.quic.idle, "{profile}");
            assert!(p.ping_timeout < p.ping);
            if !p.may_listen {
                assert_eq!(p.connections.incoming, 0);
                assert!(!p.may_probe && !p.may_serve && !p.may_discover_locally);
            }
        }
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for profile in [Profile::Default, Profile::Lean, Profile::Hub] {
            assert_eq!(profile.to_string().parse::<Profile>().unwrap(), profile);
        }
        let error = "leen".parse::<Profile>().unwrap_err();
        assert!(error.to_string().contains("default, lean or hub"));
    }
}
