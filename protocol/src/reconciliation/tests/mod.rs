#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]
//! Sketches, roots and decoders, against plain sets and against those who would deceive them.

mod hostile;
mod measures;
mod sets;

use super::*;
use crate::Id;
use crate::limits;

/// SplitMix64 (Steele, Lea, Flood 2014).
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.number() % bound.max(1)
    }

    pub(super) fn id(&mut self) -> Id {
        let mut bytes = [0; 32];
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.number().to_be_bytes());
        }
        Id::from_bytes(bytes)
    }
}

pub(super) fn feed() -> Id {
    Id::of(b"region:ecowas")
}

pub(super) fn sketch_of(shorts: &[Short], cells: usize) -> Sketch {
    let mut sketch = Sketch::new(CheckKey::cached(), cells);
    for short in shorts {
        sketch.insert(*short);
    }
    sketch
}

pub(super) fn plenty() -> Work {
    Work::new(limits::COMPARE_WORK)
}

/// As many cells as are asked for, and then recovering, once.
pub(super) fn decode(
    own: &Sketch,
    other: &Sketch,
    cells: usize,
    holds: impl Fn(Short) -> bool,
) -> Result<Option<Found>, DecodeFault> {
    let mut decoder = Decoder::new(CheckKey::cached(), Tier::Cached);
    decoder.push(
        &own.cells()[..cells],
        &other.cells()[..cells],
        &mut |short| holds(short),
        &mut plenty(),
    )?;
    Ok(decoder.is_done().then(|| decoder.found()))
}
