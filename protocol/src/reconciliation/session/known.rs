//! What both sides make of the set they compare.

use super::super::cell::Cell;
use super::super::decoder::{DecodeFault, Work};
use super::super::estimate;
use super::super::held::{Element, Held};
use super::super::id_list;
use super::super::short::{CheckKey, Salt, Short, ShortKey};
use super::super::sketch::Sketch;
use crate::id::Id;
use crate::limits;
use std::collections::BTreeSet;

/// Steps for the short id of an element, beside its cells.
const HASHING: u64 = 4;
/// Steps for an element's cells in a sketch.
const CELLS: u64 = 12;

/// The tag of a list of feeds.
pub(super) fn tag(feeds: &[Id]) -> [u8; 8] {
    let all: Vec<u8> = feeds.iter().flat_map(|feed| *feed.as_bytes()).collect();
    let mut tag = [0; 8];
    tag.copy_from_slice(&Id::of(&all).as_bytes()[..8]);
    tag
}

/// Cells that any difference of sets of these sizes takes.
pub(super) fn cap(a: u64, b: u64) -> usize {
    let most = a.saturating_add(b).saturating_mul(2).saturating_add(64);
    usize::try_from(most)
        .unwrap_or(usize::MAX)
        .min(limits::COMPARE_CELLS)
}

/// The keys of all feeds in one tier.
pub(super) fn cached_keys(held: &dyn Held) -> Vec<ShortKey> {
    held.feeds().iter().map(ShortKey::cached).collect()
}

/// The salted tier of one session.
#[derive(Debug)]
pub(super) struct Salted {
    salt: Salt,
    keys: Vec<ShortKey>,
    cells: Vec<Cell>,
    /// So many are made when any are.
    least: usize,
}

impl Salted {
    pub(super) fn new(salt: Salt, held: &dyn Held) -> Salted {
        let key = |feed| ShortKey::salted(feed, &salt);
        Salted {
            salt,
            keys: held.feeds().iter().map(key).collect(),
            cells: Vec::new(),
            least: 64,
        }
    }

    /// So many differences are expected: the cells for them, and a quarter more, are made in one pass through the set. What is expected comes from
    /// what the peer says, so it is bounded.
    pub(super) fn foresee(&mut self, expected: f64) {
        let cells = estimate::cells_for(expected) / 4 * 5;
        self.least = self.least.max(cells.min(limits::COMPARE_FORESEEN));
    }

    pub(super) fn check_key(&self) -> CheckKey {
        CheckKey::salted(&self.salt)
    }

    pub(super) fn short(&self, element: &Element) -> Option<Short> {
        Some(self.keys.get(element.feed)?.short(&element.id))
    }

    /// The cells up to this one, of all elements but `without`. All are made again when more are wanted than are there, and then twice as many, so that it happens seldom.
    pub(super) fn cells(
        &mut self,
        up_to: usize,
        held: &dyn Held,
        without: &BTreeSet<Element>,
        work: &mut Work,
    ) -> Result<&[Cell], DecodeFault> {
        if up_to > self.cells.len() {
            let wanted = up_to.max(self.cells.len() * 2).max(self.least);
            work.spend(held.count().saturating_mul(HASHING + CELLS))?;
            let mut sketch = Sketch::new(self.check_key(), wanted.min(limits::COMPARE_CELLS));
            held.each(&mut |element| {
                if let Some(short) = self.short(&element).filter(|_| !without.contains(&element)) {
                    sketch.insert(short);
                }
            });
            self.cells = sketch.into_cells();
        }
        Ok(self.cells.get(..up_to).unwrap_or(&self.cells))
    }

    /// Elements with these short ids: sorted by them. What is not held is left out.
    pub(super) fn find(
        &self,
        shorts: &BTreeSet<Short>,
        held: &dyn Held,
        work: &mut Work,
    ) -> Result<Vec<(Short, Element)>, DecodeFault> {
        let mut found = Vec::new();
        if shorts.is_empty() {
            return Ok(found);
        }
        work.spend(held.count().saturating_mul(HASHING))?;
        held.each(&mut |element| {
            if let Some(short) = self.short(&element).filter(|short| shorts.contains(short)) {
                found.push((short, element));
            }
        });
        found.sort_unstable();
        Ok(found)
    }

    /// All elements as a list shows them, sorted.
    pub(super) fn listed(&self, held: &dyn Held, work: &mut Work) -> Result<Vec<u64>, DecodeFault> {
        work.spend(held.count().saturating_mul(HASHING + CELLS))?;
        let mut all = Vec::new();
        held.each(&mut |element| all.extend(self.short(&element).map(id_list::listed)));
        all.sort_unstable();
        all.dedup();
        Ok(all)
    }

    /// Elements that a list shows as one of these.
    pub(super) fn find_listed(
        &self,
        listed: &BTreeSet<u64>,
        held: &dyn Held,
        work: &mut Work,
    ) -> Result<Vec<Element>, DecodeFault> {
        let mut found = Vec::new();
        if listed.is_empty() {
            return Ok(found);
        }
        work.spend(held.count().saturating_mul(HASHING))?;
        held.each(&mut |element| {
            let short = self.short(&element).map(id_list::listed);
            if short.is_some_and(|short| listed.contains(&short)) {
                found.push(element);
            }
        });
        Ok(found)
    }
}
