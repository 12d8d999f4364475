//! What all crates together must hold: vectors, and what later joins them.

mod chance;
pub mod environment;
pub mod histories;
pub mod simulator;
pub mod vectors;
