//! The operator's side, from outside: the command as it is typed, and the demonstration.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod command;
mod demonstration;
