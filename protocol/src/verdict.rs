//! Section 7: verdicts, as a pure function of what is held.

mod cuts;
mod evidence;
mod held;
mod judge;
mod standing;

pub use cuts::{Passage, passage};
pub use evidence::{Evidence, LanePlace, Walk};
pub use held::Held;
pub use judge::{is_carried, is_kept, judge, judge_signer};
pub use standing::{Standing, StateWord};

use std::fmt;

/// The judgement about a statement that was read without fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Something that decides is not held. Held within a bound, asked for again, never relayed.
    Pending(Missing),
    /// The institution is not accepted here. Never relayed; judged again when a vouch arrives.
    Quarantined,
    /// Good.
    Valid,
    /// Not good; kept as evidence and hidden unless asked for.
    Void(VoidReason),
    /// Beyond a cut, and the institution stands by it.
    Adopted,
    /// Another record claims the same position.
    Contested,
}

/// What is not held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Missing {
    /// The state the statement names.
    State,
    /// A cut list that a pinned state names.
    CutList,
    /// A header between a cut and the record.
    Ancestry,
}

/// Why a statement is void.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VoidReason {
    /// It names a rival of a pinned state.
    RivalState,
    /// The state it names does not let the key sign.
    NotDelegated,
    /// The key may not post this kind, or to one of these feeds.
    Scope,
    /// The key was cut before it.
    Cut,
}

impl Verdict {
    /// The word of section 7.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Pending(_) => "PENDING",
            Verdict::Quarantined => "QUARANTINED",
            Verdict::Valid => "VALID",
            Verdict::Void(_) => "VOID",
            Verdict::Adopted => "ADOPTED",
            Verdict::Contested => "CONTESTED",
        }
    }

    /// The code of section 13 that follows the word, if one does.
    pub fn code(&self) -> Option<&'static str> {
        Some(match self {
            Verdict::Pending(Missing::State) => "state",
            Verdict::Pending(Missing::CutList) => "cut-list",
            Verdict::Pending(Missing::Ancestry) => "ancestry",
            Verdict::Void(VoidReason::RivalState) => "rival-state",
            Verdict::Void(VoidReason::NotDelegated) => "not-delegated",
            Verdict::Void(VoidReason::Scope) => "scope",
            Verdict::Void(VoidReason::Cut) => "cut",
            _ => return None,
        })
    }

    /// Whether a statement of this verdict may be relayed at all.
    pub fn is_good(&self) -> bool {
        matches!(self, Verdict::Valid | Verdict::Adopted | Verdict::Contested)
    }
}

impl fmt::Display for Verdict {
    /// `VALID`, `VOID:cut`, `PENDING:state`, …
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code() {
            Some(code) => write!(f, "{}:{code}", self.word()),
            None => f.write_str(self.word()),
        }
    }
}

#[cfg(test)]
mod tests;
