//! A network of real engines on simulated disks, links and clocks, driven by one seed.
//!
//! Every node is an [`indaba::engine::Engine`] over an [`indaba_store::Store`] on a [`indaba_store::disk::MemoryDisk`]. What stands
//! between them is a model of the network room: connections with latency, loss, duplicates and disorder, partitions, gossip
//! that is passed on only when it was judged fit, questions and answers. Nothing here reads a clock or draws from the operating
//! system: the same seed gives the same trace, line for line.
//!
//! A [`Scenario`] is drawn from its seed into a [`Plan`] before anything happens: who plays and what is done when. After every step
//! that could have changed a node, `invariants` looks at it, and in the end `convergence` looks at all of them together. A breach of a
//! [`Rule`] ends the run with a [`Violation`]; [`Scenario::shrink`] leaves out whatever the breach does not need, and what is left can
//! be read aloud and played again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]

mod acts;
mod authority;
mod backup;
mod cast;
mod convergence;
mod counts;
mod draw;
mod exchange;
mod first_come;
mod gossip;
mod hostile;
mod inspection;
mod invariants;
mod ledger;
mod life;
mod links;
mod network;
mod node;
mod operators;
mod plan;
mod readings;
mod room;
mod rule;
mod sabotage;
mod scenario;
mod shelf;
mod shrink;
mod trace;
mod watch;
mod withholding;
mod world;

pub use backup::{Backup, Restored};
pub use cast::{
    Institution, authority_of, draft, practice, sign_state, vouch, vouch_body, withdrawal,
};
pub use counts::Counts;
pub use network::{Network, Setting};
pub use plan::{Piece, Plan};
pub use rule::Rule;
pub use sabotage::Sabotage;
pub use scenario::{Report, Scenario, Violation};
pub use shrink::{RUNS, Shrunk};
