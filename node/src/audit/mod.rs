//! The audit log: who on this node did what, and what became of it. For the institution itself; it never leaves the machine.
//!
//! A file of its own in the data folder, not rows in the store: it must tell what happened to a store that is repaired or replaced,
//! must not be cleared with what is no longer needed, and a person must be able to read and check it without this program. Each line
//! is one entry as JSON and names the BLAKE3 hash of the line before. See `docs/decisions/0017-audit-log.md` for what that proves and
//! what it does not.

mod account;
mod asked;
mod entry;
pub mod limits;
mod log;
mod reading;
#[cfg(test)]
mod tests;
mod words;

pub use account::Account;
pub use asked::{Asked, published_draft};
pub use entry::{Deed, Entry, Head, LineHash, Outcome, Subject, Who};
pub use log::{AuditFault, AuditLog, AuditSettings};
pub use reading::{Fault, Found};
pub use words::words;
