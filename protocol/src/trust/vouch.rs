//! What one institution says about another.

use super::scope::Scope;
use crate::bytes::Day;
use crate::id::Id;
use std::fmt;

/// A vouch, as its record says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouch {
    /// The id of the record.
    pub id: Id,
    /// Who vouches.
    pub voucher: Id,
    /// For whom.
    pub subject: Id,
    /// For what.
    pub level: Level,
    /// Whether the subject's own vouches are to count too: it introduces.
    pub introduces: bool,
    /// How far it reaches.
    pub scope: Scope,
    /// The day the record claims.
    pub day: Option<Day>,
    /// The day after which, as it says itself, it is out of date. A claim for the reader's eye: it ends nothing by itself.
    pub expires: Option<Day>,
    /// The hash of the paper that was examined.
    pub evidence: Option<Id>,
}

/// What exactly is vouched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// That it is who it says it is: its identity was checked.
    Identity,
    /// That the voucher knows it from its work.
    Known,
    /// That it takes part as an observer.
    Observer,
}

impl Level {
    /// Every level, from the most to the least that is said.
    pub const ALL: [Level; 3] = [Level::Identity, Level::Known, Level::Observer];

    /// The word in the record.
    pub fn word(self) -> &'static str {
        match self {
            Level::Identity => "identity",
            Level::Known => "known",
            Level::Observer => "observer",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What kind of member an institution would be under a charter, by its own profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A body of a state.
    State,
    /// A civil-society organisation: everything that is no state body.
    Civil,
}
