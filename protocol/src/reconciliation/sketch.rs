//! The sketch of a set: its first cells.

use super::cell::Cell;
use super::mapping::Mapping;
use super::short::{CheckKey, Short};

/// The first cells of a set. An element comes in or goes out at the price of a dozen cells; the sketch of a union of sets without a common element is their sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketch {
    key: CheckKey,
    cells: Vec<Cell>,
}

impl Sketch {
    /// Of nothing, with so many cells.
    pub fn new(key: CheckKey, cells: usize) -> Sketch {
        Sketch {
            key,
            cells: vec![Cell::default(); cells],
        }
    }

    /// From cells that were kept.
    pub(super) fn of_cells(key: CheckKey, cells: Vec<Cell>) -> Sketch {
        Sketch { key, cells }
    }

    /// The cells.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The cells alone.
    pub fn into_cells(self) -> Vec<Cell> {
        self.cells
    }

    /// Takes an element in.
    pub fn insert(&mut self, short: Short) {
        self.apply(short, 1);
    }

    /// Takes an element out. That it was in is the caller's knowledge.
    pub fn remove(&mut self, short: Short) {
        self.apply(short, -1);
    }

    fn apply(&mut self, short: Short, by: i16) {
        let check = self.key.check(short);
        let mut mapping = Mapping::new(short);
        while let Some(cell) = usize::try_from(mapping.index())
            .ok()
            .and_then(|i| self.cells.get_mut(i))
        {
            cell.apply(short, check, by);
            mapping.advance();
        }
    }

    /// Adds the sketch of another set that shares no element with this one. Of sketches of different lengths the shorter counts.
    pub fn add(&mut self, other: &Sketch) {
        self.cells.truncate(other.cells.len());
        for (cell, other) in self.cells.iter_mut().zip(&other.cells) {
            *cell = cell.plus(*other);
        }
    }
}
