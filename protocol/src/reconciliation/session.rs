//! One comparison with one peer: two machines that take messages and give messages, and end.
//!
//! The initiator says hello; the responder answers in one flight, which the initiator ends as soon as it knows enough. [`Initiator::poll`] and [`Responder::poll`] give what is to be sent; whoever drives
//! them asks a responder for more only when what it gave is on its way, as it goes on until it is stopped.
//!
//! **Equal** is said of equal roots only. A difference is what the cells explain; that it was all is seen when what lacked has come and the roots are compared again.

mod budget;
mod choosing;
mod flow;
mod initiator;
mod known;
mod listing;
mod opening;
mod responder;
mod summing;

pub use budget::Budget;
pub use initiator::Initiator;
pub use opening::Start;
pub use responder::Responder;

use super::decoder::DecodeFault;
use super::held::{Cursor, Element};
use super::message::Refusal;
use super::short::Short;
use crate::fault::Fault;
use thiserror::Error;

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The roots are equal: so are the sets.
    Equal {
        /// The end of the peer's log of arrivals, where it is known (at the initiator).
        cursor: Option<Cursor>,
    },
    /// One side has nothing: all of the other's is sent, in the order of the feed.
    Everything {
        /// How many the peer has, by its own word.
        theirs: u64,
        /// As in `Equal`.
        cursor: Option<Cursor>,
    },
    /// What differs.
    Difference(Difference),
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// What the peer lacks.
    pub give: Vec<Element>,
    /// What is lacking here, by short ids of the cached tier.
    pub want: Vec<Short>,
    /// The same, of the salted tier. The peer knows which statements are meant; nobody else does.
    pub want_salted: Vec<Short>,
    /// What the peer asked for and is not held here: it was told so by nobody, or by an attacker's cells.
    pub unknown: usize,
    /// As in [`Outcome::Equal`].
    pub cursor: Option<Cursor>,
}

impl Difference {
    /// What was wanted and did not come, when this came: a peer that names and does not give is worth less than one that does. `short` gives the short id of the cached tier.
    pub fn not_given(&self, came: &[Element], short: impl Fn(&Element) -> Short) -> Vec<Short> {
        let came: std::collections::BTreeSet<Short> = came.iter().map(short).collect();
        let missing = self.want.iter().filter(|want| !came.contains(want));
        missing.copied().collect()
    }
}

/// Why a session ended without an answer. The sets are to be taken for unequal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SessionFault {
    /// A message that cannot be read.
    #[error("a message cannot be read: {0}")]
    Message(Fault),
    /// A message that is not expected now, or that breaks a rule of section 16.
    #[error("a message is not in order")]
    Order,
    /// Cells of no set, or too much work.
    #[error(transparent)]
    Cells(#[from] DecodeFault),
    /// More bytes than a session may have.
    #[error("more bytes than a session may take")]
    Bytes,
    /// The peer's root says that the sets differ, and nothing it sent says in what.
    #[error("the peer's root differs and what it sent does not say in what")]
    Unexplained,
    /// The peer would not.
    #[error("the peer refuses: {}", .0.name())]
    Refused(Refusal),
}

impl From<Fault> for SessionFault {
    fn from(fault: Fault) -> SessionFault {
        SessionFault::Message(fault)
    }
}
