//! The operator's side, from outside: the command as it is typed, and the demonstration.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]

mod audit;
mod carrying;
mod ceremony;
mod clearance;
mod command;
mod correcting;
mod demonstration;
mod lifecycle;
mod looking;
mod missing;
mod mistakes;
mod trust;
