//! Cells as the initiator takes them.

use super::super::cell::Cell;
use super::super::decoder::{DecodeFault, Decoder, Tier, Work};
use super::super::estimate;
use super::super::held::{Element, Held};
use super::super::short::{CheckKey, Short};
use super::SessionFault;
use super::known::Salted;
use std::collections::BTreeSet;

/// Elements left over that a salted sketch of 24 cells recovers.
pub(super) const RESIDUE: f64 = 8.0;

/// What the cached tier gave before the salted one was asked for.
#[derive(Debug, Default)]
pub(super) struct Carried {
    pub(super) ours: BTreeSet<Element>,
    pub(super) theirs: Vec<Short>,
}

#[derive(Debug)]
pub(super) struct Summing {
    pub(super) decoder: Decoder,
    pub(super) salted: Option<Salted>,
    pub(super) carried: Carried,
}

impl Summing {
    pub(super) fn cached() -> Summing {
        Summing {
            decoder: Decoder::new(CheckKey::cached(), Tier::Cached),
            salted: None,
            carried: Carried::default(),
        }
    }

    pub(super) fn take(
        &mut self,
        at: usize,
        theirs: &[Cell],
        held: &dyn Held,
        work: &mut Work,
    ) -> Result<(), SessionFault> {
        let to = at + theirs.len();
        let none = BTreeSet::new();
        let own = match &mut self.salted {
            Some(salted) => salted.cells(to, held, &none, work)?,
            None => held.cells(),
        };
        let own = own.get(at..to).ok_or(DecodeFault::Cells)?;
        let mut holds = |short| held.find(short).is_some();
        self.decoder.push(own, theirs, &mut holds, work)?;
        Ok(())
    }

    /// How many elements are still in the cells, by their counts.
    pub(super) fn left(&self, surplus: i64) -> f64 {
        let found = self.decoder.found();
        let taken =
            found.ours.len() as i64 - found.theirs.len() as i64 - self.carried.theirs.len() as i64;
        estimate::difference(self.decoder.cells(), surplus.saturating_sub(taken))
    }

    /// Whether few elements are left, and more cells came than these and all others take: so they fall into the same cells, and more cells of this tier are of no use.
    pub(super) fn is_stuck(&self, left: f64, recovered: usize) -> bool {
        left <= RESIDUE
            && self.decoder.received() >= 2 * estimate::cells_for(recovered as f64 + RESIDUE)
    }
}
