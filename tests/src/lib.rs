//! What all crates together must hold: vectors, and what later joins them.

pub mod histories;
pub mod simulator;
pub mod vectors;
