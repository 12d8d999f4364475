//! Coded symbols: sums over the elements that are mapped to one place.

use super::short::{CheckKey, Short};

/// The first cells carry their count in two bytes: they hold many elements, and the size of a difference is estimated from them.
pub const WIDE: usize = 64;

/// Sums over some elements: of short ids and of their checksums by XOR, and their number.
///
/// The number wraps at 2^16, and at 2^8 from cell 64 on. Whether a cell holds one element is decided by the checksum as well, and what is recovered is looked up, so that
/// wrapping does no harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cell {
    /// Of short ids.
    pub ids: u64,
    /// Of checksums.
    pub checks: u32,
    /// How many.
    pub count: i16,
}

/// A count as cell `index` carries it.
pub fn narrowed(index: usize, count: i16) -> i16 {
    if index < WIDE {
        count
    } else {
        // The low byte, with its sign.
        i16::from(count as u8 as i8)
    }
}

impl Cell {
    /// Takes an element in (`by` 1) or out (-1).
    pub fn apply(&mut self, short: Short, check: u32, by: i16) {
        self.ids ^= short.0;
        self.checks ^= check;
        self.count = self.count.wrapping_add(by);
    }

    /// The sum of two cells of one place over two sets that share no element.
    #[must_use]
    pub fn plus(self, other: Cell) -> Cell {
        Cell {
            ids: self.ids ^ other.ids,
            checks: self.checks ^ other.checks,
            count: self.count.wrapping_add(other.count),
        }
    }

    /// What is in this set's cell and not in the other's, less what is in the other's.
    #[must_use]
    pub fn minus(self, other: Cell, index: usize) -> Cell {
        Cell {
            ids: self.ids ^ other.ids,
            checks: self.checks ^ other.checks,
            count: narrowed(index, self.count.wrapping_sub(other.count)),
        }
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self, index: usize) -> bool {
        self.ids == 0 && self.checks == 0 && narrowed(index, self.count) == 0
    }

    /// The one element in it and its sign, if the count is one and the checksum fits.
    pub fn single(&self, index: usize, key: CheckKey) -> Option<(Short, i16)> {
        let count = narrowed(index, self.count);
        let short = Short(self.ids);
        (count.unsigned_abs() == 1 && key.check(short) == self.checks).then_some((short, count))
    }
}

/// The bytes of a cell on the wire.
pub fn width(index: usize) -> usize {
    if index < WIDE { 14 } else { 13 }
}

/// The bytes of `count` cells from `from` on.
pub fn encoded_len(from: usize, count: usize) -> usize {
    13 * count + (from + count).min(WIDE).saturating_sub(from)
}

/// Writes cells that begin with cell `from`: 8 bytes of ids, 4 of checksums, 2 or 1 of the count, all big-endian.
pub fn encode(from: usize, cells: &[Cell]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(encoded_len(from, cells.len()));
    for (index, cell) in (from..).zip(cells) {
        bytes.extend_from_slice(&cell.ids.to_be_bytes());
        bytes.extend_from_slice(&cell.checks.to_be_bytes());
        let count = cell.count.to_be_bytes();
        bytes.extend_from_slice(if index < WIDE { &count } else { &count[1..] });
    }
    bytes
}

/// Reads cells that begin with cell `from`. Nothing if the bytes are not whole cells.
pub fn decode(from: usize, mut bytes: &[u8]) -> Option<Vec<Cell>> {
    let mut cells = Vec::with_capacity(bytes.len() / 13);
    while !bytes.is_empty() {
        let index = from + cells.len();
        let (ids, rest) = bytes.split_first_chunk::<8>()?;
        let (checks, rest) = rest.split_first_chunk::<4>()?;
        let (count, rest) = rest.split_at_checked(width(index) - 12)?;
        cells.push(Cell {
            ids: u64::from_be_bytes(*ids),
            checks: u32::from_be_bytes(*checks),
            count: match count {
                [high, low] => i16::from_be_bytes([*high, *low]),
                [low] => i16::from(*low as i8),
                _ => return None,
            },
        });
        bytes = rest;
    }
    Some(cells)
}
