//! Attacks on a whole network: real engines on simulated disks, links and clocks, and somebody who holds a key, a peer or an anchor that
//! he should not. Each has its control: without the defence the bad thing happens, and the same questions show it.
//!
//! `INDABA_SIM_ECHO=1` prints every line of what happens.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

/// A fifth of what a run costs is small pieces of memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[path = "attacks/backup.rs"]
mod backup;
#[path = "attacks/clocks.rs"]
mod clocks;
#[path = "attacks/equivocation.rs"]
mod equivocation;
#[path = "attacks/node_key.rs"]
mod node_key;
#[path = "attacks/root_keys.rs"]
mod root_keys;
#[path = "attacks/signing.rs"]
mod signing;
#[path = "attacks/states.rs"]
mod states;
#[path = "attacks/trust.rs"]
mod trust;
