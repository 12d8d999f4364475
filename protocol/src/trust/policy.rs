//! What the operator chose.

use super::scope::Scope;
use super::vouch::Level;
use crate::id::Id;
use crate::limits;
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// The local policy: whose word counts here, and how much of it is needed. Nothing of it travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Institutions that the operator accepts and whose vouches count; at most 256. The institution itself belongs here, fully
    /// trusted: then its own vouches do what it expects.
    pub anchors: BTreeMap<Id, Anchor>,
    /// How many paths that share no institution are needed; 2 to 16. As each begins at another anchor, no single anchor decides.
    pub threshold: usize,
    /// How many of them must be an anchor's own vouch; 0 to `threshold`. With 0, impostors that were let introduce bring in as many others
    /// as they like.
    pub direct: usize,
    /// The longest path, in vouches: 1 or 2. With 1, nobody introduces.
    pub depth: usize,
    /// The levels of vouches that count.
    pub levels: BTreeSet<Level>,
    /// Charters accepted, by id, and how far each is followed here; at most 64.
    pub charters: BTreeMap<Id, Scope>,
    /// Institutions never accepted, and whose word never counts, whoever vouches; at most 4,096. Goes before everything else.
    pub refused: BTreeSet<Id>,
}

/// How an anchor is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// How much.
    pub trust: Trust,
    /// For what its vouches count. The anchor itself is accepted for everything.
    pub scope: Scope,
}

/// How much an anchor is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Its own vouch suffices alone. What it lets others introduce counts no more than with any other anchor.
    Full,
    /// Its vouches count towards the threshold.
    Partial,
}

/// What is wrong with a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PolicyFault {
    /// The threshold.
    #[error(
        "the number of paths needed must be 2 to 16: with fewer, one anchor would decide alone"
    )]
    Threshold,
    /// The direct paths.
    #[error("of the paths needed, at most all can be direct")]
    Direct,
    /// The depth.
    #[error("a path is 1 or 2 vouches long")]
    Depth,
    /// Too many anchors.
    #[error("at most 256 anchors: remove those that no longer vouch for anybody")]
    Anchors,
    /// Too many charters.
    #[error("at most 64 charters can be accepted: remove those that are no longer followed")]
    Charters,
    /// Too many refusals.
    #[error("at most 4,096 institutions can be refused: whom nobody vouches for need not be")]
    Refused,
}

impl Default for Policy {
    /// No anchors, two paths of which one direct, introductions, vouches for identity and acquaintance.
    fn default() -> Policy {
        Policy {
            anchors: BTreeMap::new(),
            threshold: 2,
            direct: 1,
            depth: 2,
            levels: BTreeSet::from([Level::Identity, Level::Known]),
            charters: BTreeMap::new(),
            refused: BTreeSet::new(),
        }
    }
}

impl Policy {
    /// Whether every number is within its bounds.
    ///
    /// # Errors
    /// The first that is not.
    pub fn check(&self) -> Result<(), PolicyFault> {
        let rules = [
            (
                (2..=limits::TRUST_THRESHOLD).contains(&self.threshold),
                PolicyFault::Threshold,
            ),
            (self.direct <= self.threshold, PolicyFault::Direct),
            ((1..=2).contains(&self.depth), PolicyFault::Depth),
            (
                self.anchors.len() <= limits::TRUST_ANCHORS,
                PolicyFault::Anchors,
            ),
            (
                self.charters.len() <= limits::TRUST_CHARTERS,
                PolicyFault::Charters,
            ),
            (
                self.refused.len() <= limits::TRUST_REFUSED,
                PolicyFault::Refused,
            ),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, fault)) => Err(fault),
            None => Ok(()),
        }
    }

    /// An anchor that is not refused.
    pub(super) fn anchor(&self, institution: &Id) -> Option<&Anchor> {
        match self.refuses(institution) {
            true => None,
            false => self.anchors.get(institution),
        }
    }

    pub(super) fn refuses(&self, institution: &Id) -> bool {
        self.refused.contains(institution)
    }
}
