//! The engine's whole boundary: what goes in, what comes out. Two enums and their parts, nothing else crosses.

use indaba_protocol::{DecodedItem, FeedName, Id, Unread, VerifiedItem};

use super::order::{Order, Reply};
use crate::network::{Command, Event};

/// The time, as the runtime or the simulator sees it. The engine never asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Milliseconds on a clock that never goes back; timeouts and rates use only this one.
    pub monotonic: u64,
    /// Milliseconds since 1970-01-01 by the wall clock; may be wrong by years and is only ever shown or claimed.
    pub wall: i64,
}

impl Moment {
    /// The moment `millis` later.
    pub fn after(self, millis: u64) -> Moment {
        Moment {
            monotonic: self.monotonic.saturating_add(millis),
            wall: self.wall.saturating_add(millis as i64),
        }
    }
}

/// Answers an [`Order`]: the number comes back in [`Output::Reply`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrderTicket(pub u64);

/// Ties a signature check to the bytes that asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CheckTicket(pub u64);

/// What the world tells the engine.
#[derive(Debug)]
pub enum Input {
    /// Something happened on the network.
    Network(Event),
    /// The signatures of a group of items were checked, in the order they were handed out.
    Checked {
        /// Which group.
        ticket: CheckTicket,
        /// One result for each item of the group.
        items: Vec<Result<VerifiedItem, Unread>>,
    },
    /// The operator wants something.
    Order {
        /// Comes back with the reply.
        ticket: OrderTicket,
        /// What is wanted.
        order: Order,
    },
    /// A timeout passed ([`super::Engine::poll_timeout`]).
    Tick,
}

/// What the engine tells the world.
#[derive(Debug)]
pub enum Output {
    /// For the network.
    Network(Command),
    /// Check these signatures, on any thread, and come back with [`Input::Checked`].
    Check {
        /// Comes back with the results.
        ticket: CheckTicket,
        /// Items that passed every cheap check.
        items: Vec<DecodedItem>,
    },
    /// The answer to an order; given only after everything it acknowledges is durable.
    Reply {
        /// Whose answer.
        ticket: OrderTicket,
        /// The answer.
        reply: Reply,
    },
    /// Something a person or a log may want to know. Never needed for correctness.
    Notice(Notice),
}

/// News for whoever watches this node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A record was admitted and is durable.
    Admitted {
        /// The record.
        record: Id,
        /// Who signed it.
        institution: Id,
        /// The feeds it is posted to.
        feeds: Vec<FeedName>,
        /// How it came.
        way: Way,
    },
    /// A state of an institution was pinned.
    Pinned {
        /// The institution.
        institution: Id,
        /// The version now pinned.
        version: u64,
    },
    /// A newer head is kept: how far the signer's lanes reach may have changed.
    Head {
        /// The institution.
        institution: Id,
        /// How many heads its key has signed.
        beat: u64,
    },
    /// A draft waited for nothing more, and is published: nobody asked for it at this moment.
    DraftPublished {
        /// Its number.
        number: u64,
        /// The id of the record.
        record: Option<String>,
    },
    /// The node can be reached on this address.
    Listening {
        /// A multiaddr.
        address: String,
    },
    /// A contradiction signed by one key was found or received.
    Equivocation {
        /// The institution whose key contradicted itself.
        institution: Id,
    },
    /// A statement was refused for good.
    Refused {
        /// What about it, as a code of the specification.
        code: String,
    },
}

/// How a statement reached this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Written here.
    Own,
    /// Pushed by a peer as it was published.
    Gossip,
    /// Asked for, because it was missing.
    CatchUp,
}
