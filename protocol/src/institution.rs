//! Section 4: institutions, as chains of states.

mod authority;
mod chain;
mod cut_list;
mod inception;
mod profile;
mod state;

pub use authority::{Authority, Recovery};
pub use chain::{Chain, ChainFault, ChainOutcome, Pinned};
pub use cut_list::{CutEntry, CutList};
pub use inception::Inception;
pub use profile::Profile;
pub use state::{Cut, CutReason, Delegation, Scope, State, Succession, Witnesses};
