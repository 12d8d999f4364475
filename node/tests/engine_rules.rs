//! What the engine must always keep to, each rule against the engine itself: no threads, no sockets, a store in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod engine_rules {
    pub(crate) mod bench;
    pub(crate) mod cast;
    pub(crate) mod office;
    pub(crate) mod speaker;

    mod arrival;
    mod asking;
    mod clearance;
    mod clearance_time;
    mod contradiction;
    mod cut;
    mod dispute;
    mod durability;
    mod erasure;
    mod holders;
    mod import;
    mod neighbours;
    mod own_head;
    mod quiet;
    mod relaying;
    mod repeating;
    mod signed_elsewhere;
    mod trust;
    mod trust_attacks;
    mod trust_choices;
    mod waiting;
    mod withheld;
}
