//! What all crates together must hold: vectors, and what later joins them.

pub mod chance;
pub mod environment;
pub mod histories;
pub mod simulator;
pub mod vectors;
