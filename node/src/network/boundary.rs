//! The boundary between the network room and the rest of the node: two enums.
//!
//! [`Command`] goes in, [`Event`] comes out, each through one bounded channel. Topics and
//! bodies are opaque bytes here: what they mean is the business of the engine.

use std::fmt;
use std::time::Duration;

use libp2p::{Multiaddr, PeerId};
use tokio::sync::oneshot;

/// The name of a gossip topic, as it goes over the wire.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Topic(pub String);

impl Topic {
    /// Wraps a topic name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names one received gossip message until it is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageTicket(pub u64);

/// Names one received request until it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestTicket(pub u64);

/// What becomes of a gossip message: the relay judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relay {
    /// Pass it on.
    Accept,
    /// Do not pass it on; nobody is to blame.
    Ignore,
    /// Do not pass it on; every node on earth would judge it invalid, and the peer that sent
    /// it pays for it.
    Reject,
}

/// What a peer did wrong outside gossip, as judged by the engine.
///
/// The weights are in [`conduct`](super::conduct): a peer is cut off for
/// [`BAN`](super::conduct::BAN) when they add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Offence {
    /// Costs us work but proves nothing: too many requests, useless answers.
    Nuisance,
    /// Provably invalid bytes, the same that [`Relay::Reject`] stands for in gossip. The third
    /// one cuts the peer off.
    Invalid,
    /// Can only be meant as an attack. Cuts the peer off at once.
    Hostile,
}

/// What the rest of the node asks of the network.
#[derive(Debug)]
pub enum Command {
    /// Follow a topic. One outside [`Protocols::topic_prefix`](super::Protocols::topic_prefix)
    /// is answered with [`Event::Refused`].
    Subscribe(Topic),
    /// Stop following a topic.
    Unsubscribe(Topic),
    /// Hand a frame to the gossip mesh. Answered by [`Event::Published`].
    Publish {
        /// Where to.
        topic: Topic,
        /// The bytes, at most [`MAX_FRAME`](super::gossip::MAX_FRAME).
        frame: Vec<u8>,
        /// Comes back in the answer.
        ticket: u64,
    },
    /// The relay judgement on one [`Event::Message`]. Exactly one per message; a second one is
    /// without effect.
    Judge {
        /// Which message.
        message: MessageTicket,
        /// The judgement.
        verdict: Relay,
    },
    /// Ask a connected peer. Answered by [`Event::Response`] or [`Event::RequestFailed`].
    Request {
        /// Whom; it must be connected, a request never dials.
        peer: PeerId,
        /// Comes back in the answer.
        ticket: u64,
        /// The bytes, at most [`MAX_REQUEST`](super::codec::MAX_REQUEST).
        body: Vec<u8>,
    },
    /// Answer an [`Event::Request`].
    Respond {
        /// Which request.
        request: RequestTicket,
        /// The bytes, at most [`MAX_RESPONSE`](super::codec::MAX_RESPONSE).
        body: Vec<u8>,
    },
    /// Close an [`Event::Request`] without an answer; the peer sees a failed request.
    Decline(RequestTicket),
    /// A peer to stay in touch with. Repeated calls add addresses and set `bond` anew.
    AddPeer {
        /// Who.
        peer: PeerId,
        /// Where, with or without the `/p2p/…` ending.
        addresses: Vec<Multiaddr>,
        /// How firmly it is held.
        bond: Bond,
    },
    /// Forget a known peer. An existing connection stays until [`Command::Disconnect`] or
    /// until it is trimmed; in a closed circle it is closed.
    RemovePeer(PeerId),
    /// Refuse every connection with this peer, until [`Command::Unblock`] or the end of the task.
    Block(PeerId),
    /// Lift a block or a ban.
    Unblock(PeerId),
    /// Close the connections to this peer. A known peer is dialled again after
    /// [`DISCONNECT_PAUSE`](super::keeper::DISCONNECT_PAUSE).
    Disconnect(PeerId),
    /// The engine found this peer at fault.
    Penalise {
        /// Who.
        peer: PeerId,
        /// What.
        offence: Offence,
    },
    /// What the network looks like now. Not answered when the receiver is gone.
    Inspect(oneshot::Sender<Snapshot>),
    /// Close all connections, end the task.
    Shutdown,
}

/// How firmly a known peer is held. Ascending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Bond {
    /// Dialled while there are fewer peers than wanted, trimmed when there are too many.
    #[default]
    Loose,
    /// Chosen by the operator: passes the connection limits, and is dialled before strangers and
    /// whatever the number of strangers. Of many, as many are kept as the profile wants peers.
    Pinned,
    /// Always kept connected, whatever their number: relays this node is reached through, and
    /// partners, who alone are asked for what is followed quietly.
    Always,
}

/// How a connection reaches the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Path {
    /// Straight, over TCP.
    Tcp,
    /// Straight, over QUIC.
    Quic,
    /// Through a relay.
    Relayed,
}

/// How a publication ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Queued for sending. The number is that of the connected peers that follow the topic;
    /// the mesh hands the frame to a part of them, and they pass it on.
    Sent(usize),
    /// No connected peer follows the topic: nothing was sent, try again when
    /// [`Event::PeerFollows`] comes.
    NoPeers,
    /// This frame went through this node on this topic already, in either direction.
    Duplicate,
    /// The queue of every chosen peer was full. Publishing the same frame again gives
    /// [`Outcome::Duplicate`] as long as the duplicate cache remembers it: leave it to
    /// catch-up.
    QueueFull,
    /// The frame is over [`MAX_FRAME`](super::gossip::MAX_FRAME).
    TooLarge,
}

/// Why a request of ours has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestFailure {
    /// There is no connection to the peer.
    #[error("the peer is not connected")]
    NotConnected,
    /// The bound on requests in flight, in all or to this peer, is reached.
    #[error("too many requests are in flight; ask again when one has ended")]
    Busy,
    /// The request is over [`MAX_REQUEST`](super::codec::MAX_REQUEST).
    #[error("the request is larger than the protocol allows")]
    TooLarge,
    /// No answer in the time the profile allows. The peer may have acted on the request.
    #[error("the peer did not answer in time")]
    Timeout,
    /// The connection went away. The peer may have acted on the request.
    #[error("the connection closed before the answer came")]
    Closed,
    /// The peer does not speak this protocol.
    #[error("the peer does not speak the catch-up protocol of this network")]
    Unsupported,
    /// The stream broke, the peer declined, or the answer broke a bound.
    #[error("the stream failed: {0}")]
    Stream(String),
}

/// Why an answer of ours did not get through.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RespondFailure {
    /// The response is over [`MAX_RESPONSE`](super::codec::MAX_RESPONSE).
    #[error("the response is larger than the protocol allows")]
    TooLarge,
    /// The ticket is unknown: answered before, timed out, or the peer left.
    #[error("the request is no longer waiting for an answer")]
    Gone,
    /// The stream broke while sending.
    #[error("the stream failed: {0}")]
    Stream(String),
}

/// Why a dial failed. Carries no addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DialFailure {
    /// The address was answered by another node.
    #[error("the address is answered by another node, {0}; ask its operator for the right one")]
    WrongPeer(PeerId),
    /// The address leads back to this node.
    #[error("the address leads back to this node")]
    OwnAddress,
    /// No usable address.
    #[error("no usable address is known for the peer")]
    NoAddress,
    /// One of our own limits or blocks forbids the connection.
    #[error("a limit or block of this node forbids the connection: {0}")]
    Denied(String),
    /// None of the addresses answered. The last reason, without the address.
    #[error("no address answered: {0}")]
    Unreachable(String),
    /// The attempt was broken off.
    #[error("the attempt was broken off")]
    Aborted,
}

/// Why the last connection to a peer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Disconnection {
    /// This side closed it.
    #[error("closed by this node")]
    Local,
    /// The other side closed it, or the link broke.
    #[error("closed by the peer or the link")]
    Remote,
    /// Nothing used it any longer.
    #[error("idle")]
    Idle,
    /// The peer stopped answering pings.
    #[error("the peer stopped answering")]
    Silent,
}

/// Why a command was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The topic does not belong to this network.
    #[error("topic {0} is not one of this network")]
    TopicNotAllowed(Topic),
    /// Peers would break off our announcement with more topics.
    #[error("too many topics are followed; leave one before following {0}")]
    TooManyTopics(Topic),
    /// The bound on known peers is reached.
    #[error("too many known peers; remove one before adding {0}")]
    TooManyPeers(PeerId),
    /// This is our own id.
    #[error("{0} is this node itself")]
    OwnPeer(PeerId),
    /// An address ends in the id of someone else.
    #[error("an address of {0} names another peer")]
    AddressOfAnother(PeerId),
    /// The bound on blocked peers is reached.
    #[error("too many blocked peers; unblock one before blocking {0}")]
    TooManyBlocks(PeerId),
}

/// What the network tells the rest of the node.
#[derive(Debug)]
pub enum Event {
    /// The node can be reached on this address (locally; a router may stand before it).
    Listening(Multiaddr),
    /// A listen address is gone.
    ListenEnded(Multiaddr),
    /// An address could not be listened on, or a listener broke.
    ListenFailed {
        /// Which, when known.
        address: Option<Multiaddr>,
        /// The reason of the operating system.
        reason: String,
    },
    /// The first connection to this peer.
    Connected {
        /// Who.
        peer: PeerId,
        /// Whether this node dialled.
        outbound: bool,
        /// How.
        path: Path,
    },
    /// The last connection to this peer is gone.
    Disconnected {
        /// Who.
        peer: PeerId,
        /// Why.
        reason: Disconnection,
    },
    /// A connected peer follows a topic.
    PeerFollows {
        /// Who.
        peer: PeerId,
        /// Which.
        topic: Topic,
    },
    /// A connected peer stopped following a topic. Not sent on disconnection.
    PeerUnfollows {
        /// Who.
        peer: PeerId,
        /// Which.
        topic: Topic,
    },
    /// A gossip message; to be answered by one [`Command::Judge`] within
    /// [`JUDGE_WITHIN`](super::pending::JUDGE_WITHIN), else it counts as [`Relay::Ignore`].
    Message {
        /// For the judgement.
        ticket: MessageTicket,
        /// Who sent it to us; not its author.
        peer: PeerId,
        /// On which topic.
        topic: Topic,
        /// The bytes.
        frame: Vec<u8>,
    },
    /// A request of a peer; to be answered by [`Command::Respond`] or [`Command::Decline`].
    Request {
        /// For the answer.
        ticket: RequestTicket,
        /// Who asks.
        peer: PeerId,
        /// The bytes.
        body: Vec<u8>,
    },
    /// The answer to a [`Command::Request`].
    Response {
        /// The ticket of the command.
        ticket: u64,
        /// Who answers.
        peer: PeerId,
        /// The bytes.
        body: Vec<u8>,
    },
    /// A [`Command::Request`] has no answer.
    RequestFailed {
        /// The ticket of the command.
        ticket: u64,
        /// Whom it was for.
        peer: PeerId,
        /// Why.
        reason: RequestFailure,
    },
    /// A [`Command::Respond`] did not get through.
    RespondFailed {
        /// The ticket of the request.
        ticket: RequestTicket,
        /// Why.
        reason: RespondFailure,
    },
    /// The answer to a [`Command::Publish`].
    Published {
        /// The ticket of the command.
        ticket: u64,
        /// How it ended.
        outcome: Outcome,
    },
    /// Gossip for this peer was dropped because its queue was full or too old. It has holes
    /// now that only catch-up can fill.
    SlowPeer {
        /// Who.
        peer: PeerId,
        /// How many frames since the last heartbeat.
        dropped: u64,
    },
    /// A dial of the connection keeper failed. It tries again by itself.
    DialFailed {
        /// Who was dialled.
        peer: PeerId,
        /// Why.
        reason: DialFailure,
    },
    /// mDNS found a peer on the local network. For information: the connection keeper dials it by
    /// itself when peers are short. [`Command::AddPeer`] makes it one to stay connected to.
    Discovered {
        /// Who.
        peer: PeerId,
        /// Where.
        addresses: Vec<Multiaddr>,
    },
    /// The offences of this peer added up: it is disconnected and refused for that long.
    Banned {
        /// Who.
        peer: PeerId,
        /// From now.
        duration: Duration,
    },
    /// A command was not carried out.
    Refused(Refusal),
    /// So many answers to commands were dropped, because the engine sent commands without
    /// reading events for too long. The tickets concerned stay without an answer.
    AnswersLost(u64),
}

/// One connection, for display.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionView {
    /// With whom.
    pub peer: PeerId,
    /// Whether this node dialled.
    pub outbound: bool,
    /// How.
    pub path: Path,
    /// How firmly the peer is held.
    pub bond: Bond,
    /// For how long.
    pub age: Duration,
}

/// What the network looks like at one moment, for display and tests.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Addresses listened on.
    pub listeners: Vec<Multiaddr>,
    /// Addresses confirmed or configured as reachable from outside.
    pub external: Vec<Multiaddr>,
    /// All connections; more than one per peer only until the keeper has closed the surplus.
    pub connections: Vec<ConnectionView>,
    /// Peers the keeper would dial.
    pub known_peers: usize,
    /// Messages that wait for their judgement.
    pub unjudged: usize,
    /// Requests of ours in flight.
    pub requests_out: usize,
    /// Requests of others that wait for an answer.
    pub requests_in: usize,
    /// Peers blocked or banned.
    pub blocked: usize,
    /// Per followed topic, the peers in its mesh.
    pub meshes: Vec<(Topic, Vec<PeerId>)>,
}
