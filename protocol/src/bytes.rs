//! Section 1: strict CBOR, days, and the text encoding of bytes.

pub(crate) mod base32;
pub(crate) mod build;
pub mod cbor;
mod day;
pub(crate) mod fields;
mod scan;

pub use cbor::Value;
pub use day::{Day, DayError};
