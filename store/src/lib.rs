//! How records and facts are kept: atomically, durably, in columns, and with a format that can
//! migrate.
//!
//! The journal is the truth; the index is rebuilt from it whenever in doubt; the guard remembers
//! outside of both how far this node has published. This crate knows nothing of the network, of
//! policy or of trust: it stores what it is told and proves that it is what it was.

mod account;
pub mod backup;
mod batch;
pub mod disk;
mod draft;
mod encoding;
mod entry;
mod error;
pub mod guard;
mod index;
pub mod journal;
mod keys;
mod latest;
mod migration;
mod reserve;
mod rows;
mod session;
mod store;

pub use account::{Account, Content, OtherFile, Tally};
pub use batch::{Batch, NewRecord};
pub use entry::{Fact, FactKind, HeldItem, HeldReason, LanePlace, Link, Part, RecordView};
pub use error::{Result, StoreError};
pub use journal::Fault;
pub use reserve::{RESERVE_BYTES, space_needed};
pub use store::{
    Compacted, FactNote, Gaps, HeldUse, IndexKind, LaneEnd, LaneGaps, OlderFormat, OpenReport,
    Options, PartsHeld, Piece, Receipt, Repaired, Stats, Store, StoredRecord, Survey, Verification,
    Wanted,
};
