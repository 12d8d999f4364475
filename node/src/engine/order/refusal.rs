//! Why an order was not carried out.

use serde::{Deserialize, Serialize};

/// Why an order was not carried out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refusal {
    /// Decides the exit code.
    pub kind: RefusalKind,
    /// What is wrong and where.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

/// Classes of refusal; each has its exit code.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalKind {
    /// The order itself is wrong (exit 2).
    WrongUse,
    /// Nothing of that name is held (exit 4).
    NotFound,
    /// A shortened id fits several (exit 2).
    Ambiguous,
    /// A signature or hash does not hold (exit 5).
    Integrity,
    /// Policy or a rule of the protocol forbids it (exit 9).
    Policy,
    /// The store failed (exit 1).
    Storage,
    /// The disk is full (exit 11).
    Full,
}
