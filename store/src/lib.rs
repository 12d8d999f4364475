//! How records and facts are kept: atomically, durably, in columns, and with a format that can
//! migrate.
//!
//! The journal is the truth; the index is rebuilt from it whenever in doubt. This crate knows
//! nothing of the network, of policy or of trust.

pub mod disk;
mod encoding;
pub mod error;
pub mod guard;
pub mod journal;
