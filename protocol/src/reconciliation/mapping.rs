//! Which cells a short id is in: the regular mapping of rateless set reconciliation (Yang, Gilad, Alizadeh, SIGCOMM 2024, arXiv 2402.02668).

use super::short::Short;

/// The name of this mapping on the wire; others may follow.
pub const REGULAR: u64 = 1;

/// 2^32.
const SCALE: f64 = 4_294_967_296.0;

/// The cells of one short id, from 0 upwards. Cell *i* is met with a chance of about 1 / (1 + i/2).
///
/// Only `sqrt`, division, multiplication, addition and `ceil` of IEEE doubles are used: each has exactly one right result, so all machines agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mapping {
    state: u64,
    index: u64,
}

impl Mapping {
    /// At cell 0, where every short id is.
    pub fn new(short: Short) -> Mapping {
        Mapping {
            state: short.0,
            index: 0,
        }
    }

    /// The cell it is at.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Goes to the next cell.
    pub fn advance(&mut self) {
        self.state = self.state.wrapping_mul(0xda94_2042_e4dd_58b5);
        let jump = (self.index as f64 + 1.5) * (SCALE / (self.state as f64 + 1.0).sqrt() - 1.0);
        // A conversion of a double beyond 64 bits gives the largest number; a jump is at least one.
        self.index = self.index.saturating_add((jump.ceil() as u64).max(1));
    }
}
