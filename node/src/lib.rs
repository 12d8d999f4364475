//! Indaba node.

pub mod network;
