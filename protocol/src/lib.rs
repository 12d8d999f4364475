//! The Indaba protocol: what a statement is, how it is encoded and signed, who may sign it, and how it is judged.
//!
//! Pure: no sockets, files, threads, clock, operating-system randomness or logging. Time and random bytes are arguments.
//! `docs/protocol.md` is the specification; sections named in the documentation of this crate are its sections.
//!
//! The way in for received bytes is [`read`] (or [`read_unsigned`] and [`Decoded::verify`], to put cheap checks before
//! signatures) and, with card and body, [`open_item`]. Nothing else makes a [`Verified`].

pub mod airgap;
pub mod alarm;
pub mod bytes;
pub mod carriage;
pub mod content;
pub mod equivocation;
pub mod fault;
pub mod head;
pub mod id;
pub mod institution;
pub mod key;
pub mod lane;
pub mod limits;
pub mod network;
pub mod reconciliation;
pub mod record;
pub mod relay;
#[cfg(test)]
mod scene;
pub mod statement;
pub mod text_forms;
pub mod trust;
pub mod verdict;
pub mod vocabulary;

pub use airgap::{Custody, Hold, Manifest, ManifestRole, Receipt};
pub use alarm::Alarm;
pub use bytes::{Day, Value, cbor};
pub use carriage::{
    CatchUpRequest, CatchUpResponse, DecodedItem, Item, LaneSummary, RefusedReason, VerifiedItem,
    catch_up_protocol, feed_of_topic, open_item, topic,
};
pub use equivocation::{Contradiction, Equivocation};
pub use fault::{Fault, Unread, Unsupported};
pub use head::Head;
pub use id::Id;
pub use institution::{
    Chain, ChainFault, ChainOutcome, Cut, CutList, Delegation, Inception, State,
};
pub use key::{Key, Signature, SigningKey};
pub use lane::{FeedName, Lane, LaneEnd};
pub use network::{NetworkId, NetworkName};
pub use record::{Header, Link, Part, PartRef, RecordDraft};
pub use relay::{Relay, judge_relay};
pub use statement::{
    Decoded, DraftError, Gathering, Statement, StatementType, Verified, VerifiedStatement, read,
    read_kept, read_unsigned,
};
pub use verdict::{
    Evidence, Held, Missing, Standing, StateWord, Verdict, VoidReason, is_kept, judge, judge_signer,
};
