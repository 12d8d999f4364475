//! A network of real engines on simulated disks, links and clocks, driven by one seed.
//!
//! Every node is an [`indaba::engine::Engine`] over an [`indaba_store::Store`] on a [`indaba_store::disk::MemoryDisk`]. What stands
//! between them is a model of the network room: connections with latency, loss, duplicates and disorder, partitions, gossip
//! that is passed on only when it was judged fit, questions and answers. Nothing here reads a clock or draws from the operating
//! system: the same seed gives the same trace, line for line.
//!
//! After every step that could have changed a node, `invariants` looks at it. A breach ends the run with a [`Violation`] that
//! names the seed and shows the end of the trace.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]

mod acts;
mod cast;
mod chance;
mod convergence;
mod counts;
mod exchange;
mod gossip;
mod hostile;
mod invariants;
mod life;
mod links;
mod node;
mod sabotage;
mod scenario;
mod trace;
mod world;

pub use counts::Counts;
pub use sabotage::Sabotage;
pub use scenario::{Report, Scenario, Violation};
