//! Section 16: which elements of two sets differ, found at the price of the difference.
//!
//! An **element** is a statement in a feed: `(hash of the feed's name, id of the statement)`. What a node compares with a peer is what it would relay to it, and what it once
//! declined from it; so two nodes with different policies end with the same set, and nothing is offered for ever.
//!
//! From the small to the whole: [`short`] ids, the [`mapping`] of a short id to cells, [`cell`]s and the [`sketch`] made of them, the [`root`] of a set, what [`estimate`] says
//! of the size of a difference, the [`decoder`], [`rungs`] and the [`id_list`]; [`feed_set`] is what a node keeps of each feed.
//!
//! Two machines of a [`session`], the [`Initiator`] and the [`Responder`], exchange [`message`]s about what their nodes hold ([`Held`]).
//!
//! Nothing here knows a clock, a connection or chance: what has to be unguessable is an argument.

pub mod cell;
pub mod decoder;
pub mod estimate;
pub mod feed_set;
pub mod held;
pub mod id_list;
pub mod mapping;
pub mod message;
pub mod root;
pub mod rungs;
pub mod session;
pub mod short;
pub mod sketch;

pub use cell::Cell;
pub use decoder::{DecodeFault, Decoder, Found, Tier, Work};
pub use feed_set::{FeedSet, SpoiledFeedSet};
pub use held::{Cursor, Element, Held, HeldInMemory};
pub use message::{Message, Refusal};
pub use root::{Root, RootState};
pub use session::{Budget, Difference, Initiator, Outcome, Responder, SessionFault, Start};
pub use short::{CheckKey, Salt, Short, ShortKey};
pub use sketch::Sketch;

#[cfg(test)]
mod tests;
