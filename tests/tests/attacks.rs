//! Attacks on a whole network: real engines on simulated disks, links and clocks, and somebody who holds a key, a peer or an anchor that
//! he should not. Each has its control: without the defence the bad thing happens, and the same questions show it.
//!
//! `INDABA_ATTACK_NODES` and `INDABA_ATTACK_SEEDS` set how many nodes and seeds, `INDABA_ATTACK_FROM` the first seed, `INDABA_ATTACK_SECONDS` after how
//! long a test begins no further seed; `INDABA_SIM_ECHO=1` prints every line of what happens.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a test stops where something is not as it should be, prints when asked to, and nothing uses it"
)]

/// A fifth of what a run costs is small pieces of memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Milliseconds within which what somebody says is everywhere: the time of one sync. A node that was cut off dials again within six
/// seconds.
const ONE_SYNC: u64 = 10_000;
/// Milliseconds in which everybody has compared with others at least once.
const COMPARED: u64 = 7 * 60_000;

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
#[path = "attacks/scale.rs"]
mod scale;
#[path = "attacks/signing.rs"]
mod signing;
#[path = "attacks/states.rs"]
mod states;
#[path = "attacks/trust.rs"]
mod trust;
