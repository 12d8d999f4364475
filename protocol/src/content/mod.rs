//! What records say: the fields of card, body and profile (section 9 of `docs/protocol.md`).
//!
//! Content is judged apart from bytes. A node that publishes refuses faulty content and names the field; a node that
//! receives it keeps and relays it and labels it *malformed*. So nothing here decides whether a statement is valid.
//!
//! * [`fields`]: the table of all fields, one entry each; everything else reads this table.
//! * [`check`]: the faults of a card and body of one kind; [`check_profile`]: those of a profile.
//! * [`advise`]: what is allowed but should be looked at before it is published.
//! * [`Card`] and [`Body`]: views to read content that may be malformed, or newer than this program.

mod advice;
mod body;
mod card;
mod check;
pub mod fields;
pub mod form;
pub mod personal;
pub mod shape;
pub mod text;

#[cfg(test)]
mod tests;

pub use advice::{Advice, Concern, advise};
pub use body::Body;
pub use card::Card;
pub use check::{ContentFault, check, check_profile};
