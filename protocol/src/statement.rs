//! Section 2: statements, their envelopes, and the order in which they are read.

mod draft;
mod envelope;
mod gathering;
mod kind;
mod payload;
mod read;
mod verified;

pub use draft::DraftError;
pub(crate) use draft::sign_single;
pub(crate) use envelope::{payload_of, unsigned};
pub use gathering::Gathering;
pub use kind::StatementType;
pub(crate) use payload::{Context, Payload, payload_bytes};
pub use read::{Decoded, read, read_kept, read_unsigned};
pub use verified::{Statement, Verified, VerifiedStatement};
