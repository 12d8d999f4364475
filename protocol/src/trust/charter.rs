//! What founds a region or a network.

use super::scope::Scope;
use super::vouch::Class;
use crate::id::Id;
use std::collections::BTreeSet;

/// A charter, as its record says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charter {
    /// The id of the record: what a policy accepts, and what stewards cosign.
    pub id: Id,
    /// Who signed the record.
    pub signer: Id,
    /// The region's code, or the network's name.
    pub name: String,
    /// How far admissions reach: the region's feed; everywhere for a network.
    pub scope: Scope,
    /// The stewards; 1 to 64.
    pub stewards: BTreeSet<Id>,
    /// How many stewards must have signed or cosigned it, that it is in force. 0, and more than there are stewards, is never.
    pub threshold: u64,
    /// How many stewards must vouch for a member.
    pub admission: Admission,
}

/// How many stewards must vouch for a member. 0, and more than there are stewards, admits nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admission {
    /// For a state body.
    pub state: u64,
    /// For a civil-society organisation.
    pub civil: u64,
}

impl Charter {
    /// How many stewards must vouch for an institution of this class; for one whose class is not known, the larger number. `None` if it
    /// admits none.
    pub fn needed(&self, class: Option<Class>) -> Option<usize> {
        let one = |n: u64| self.reachable(n);
        let Admission { state, civil } = self.admission;
        match class {
            Some(Class::State) => one(state),
            Some(Class::Civil) => one(civil),
            None => Some(one(state)?.max(one(civil)?)),
        }
    }

    /// How many stewards must agree to the charter itself; `None` if no number of them can.
    pub fn agreement(&self) -> Option<usize> {
        self.reachable(self.threshold)
    }

    fn reachable(&self, n: u64) -> Option<usize> {
        let n = usize::try_from(n).ok()?;
        (1..=self.stewards.len()).contains(&n).then_some(n)
    }
}
