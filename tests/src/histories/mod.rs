//! Random histories of institutions, and random orders in which the same statements arrive.
//!
//! A [`World`] is what a few invented institutions signed, drawn from a seed: states that rotate keys, node keys that are delegated,
//! cut and cut anew, records in several lanes, withdrawals, revisions and vouches, alarms, contradictions and their proofs, a thief with
//! a copy of a node key. A [`History`] is a part of a world that a reader comes to hold, with what the reader follows and whom it
//! accepts. [`Reader`] takes a history in, statement by statement, and [`Reader::shown`] writes down everything a person would be shown;
//! [`History::check`] compares that over many orders. [`History::check_doorway`] does the same with the real engine over a real store.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test stops where something is not as it should be"
)]

mod cast;
mod check;
mod counts;
mod doorway;
mod draw;
mod flaw;
mod history;
mod library;
mod node;
mod reader;
mod shrink;
mod states;
mod world;

pub use counts::Counts;
pub use doorway::DoorFlaw;
pub use flaw::Flaw;
pub use history::{Difference, History};
pub use reader::Reader;
pub use shrink::Shrunk;
pub use world::{Said, World};
