//! What the benchmarks share: records made from a seed, the plain log they are compared with, and figures.
//!
//! `cargo bench -p indaba-bench` runs everything; `docs/performance.md` explains it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark stops where something is not as it should be"
)]

pub mod chance;
pub mod door;
pub mod figures;
pub mod generator;
pub mod raw;
