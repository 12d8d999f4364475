//! The network room: libp2p behind two channels.
//!
//! It translates and does not decide. One task owns the swarm; the rest of the node sends
//! [`Command`]s and reads [`Event`]s. Topics and bodies are opaque here: whether a record is
//! valid, kept or passed on is judged by the engine, once per message.
//!
//! What is decided here is only what needs no knowledge of records: how many connections to
//! keep ([`keeper`]), which numbers suit which place ([`profile`]), and when offences add up
//! to a ban ([`conduct`]).
//!
//! Invariant: nothing is sent, announced or asked that [`Settings`] did not ask for; the
//! silent settings dial the given peers and listen nowhere.
//!
//! Invariant: every queue has a bound. When the engine does not read events, the swarm is not
//! polled, and the pressure reaches the peers through their connections; commands are taken
//! all the same, so engine and network cannot wait for each other.
//!
//! libp2p writes addresses and ids into its own log lines from `debug` up and, in gossipsub,
//! a few at `warn`; the log filter of the node decides what becomes of them. This module logs
//! neither addresses nor bodies above `debug`.

pub mod address;
mod backoff;
mod behaviour;
pub mod boundary;
pub mod codec;
pub mod conduct;
pub mod gossip;
pub mod keeper;
mod lookups;
mod metrics;
pub mod pending;
pub mod profile;
mod reservations;
pub mod settings;
mod task;
mod transport;

pub use address::{AddressError, parse_address_of, parse_listen_address, parse_peer_address};
pub use boundary::{
    Bond, Command, ConnectionView, DialFailure, Disconnection, Event, MessageTicket, Offence,
    Outcome, Path, Refusal, Relay, RequestFailure, RequestTicket, RespondFailure, Snapshot, Topic,
};
pub use libp2p::{Multiaddr, PeerId};
pub use profile::Profile;
pub use settings::{KnownPeer, Protocols, Settings, StartError};

use prometheus_client::registry::Registry;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use task::Task;

/// Commands that may wait. The engine publishes in bursts of one outbox page.
pub const COMMANDS: usize = 256;

/// Events that may wait. With frames of the largest size that is 18 MB, and responses have a
/// bound of their own ([`pending::MAX_REQUESTS_OUT`]); beyond it the swarm
/// waits.
pub const EVENTS: usize = 256;

/// A running network.
#[derive(Debug)]
pub struct Network {
    /// The id of this node, derived from the seed.
    pub local_peer: PeerId,
    /// Goes in. When the last sender is dropped, the network shuts down.
    pub commands: mpsc::Sender<Command>,
    /// Comes out. When it is dropped, the network shuts down.
    pub events: mpsc::Receiver<Event>,
    /// Ends when the network has closed its connections.
    pub task: JoinHandle<()>,
}

/// Starts the network on the current tokio runtime.
///
/// Listening that fails is reported as [`Event::ListenFailed`]; everything else that can be
/// wrong with the settings is an error here.
pub fn spawn(settings: Settings, registry: Option<&mut Registry>) -> Result<Network, StartError> {
    let runtime = tokio::runtime::Handle::try_current().map_err(|_| StartError::NoRuntime)?;
    let (commands, inbox) = mpsc::channel(COMMANDS);
    let (outbox, events) = mpsc::channel(EVENTS);
    let task = Task::new(settings, registry, inbox, outbox)?;
    let local_peer = task.local_peer();
    Ok(Network {
        local_peer,
        commands,
        events,
        task: runtime.spawn(task.run()),
    })
}
