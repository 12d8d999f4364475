//! Rungs: how much differs among the newest elements, at a first contact, when no cursor says where to begin.
//!
//! For each of a few nested suffixes of a set (all elements that claim a day from a boundary on) eight counters: each is the sum of a sign, +1 or -1, for each element, given by a bit of its short id. The
//! square of the difference of two such counters is, in the mean, the number of elements that differ (Alon, Matias, Szegedy 1996).

use super::held::Held;
use super::short::{Short, ShortKey};
use crate::limits;

/// Counters of a rung.
const COUNTERS: usize = 8;
/// The elements of the smallest suffix; each further one holds twice as many.
const FIRST: usize = 16;
/// Elements beyond which no suffix is described or looked at.
pub const LARGEST: usize = (2 * FIRST) << limits::COMPARE_RUNGS;
/// Bytes on the wire.
pub const WIDTH: usize = 4 + 2 * COUNTERS;

/// One suffix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rung {
    /// The first day that is in it.
    pub boundary: u32,
    /// The counters, modulo 2^16.
    pub counters: [i16; COUNTERS],
}

impl Rung {
    fn add(counters: &mut [i16; COUNTERS], short: Short) {
        // The lowest byte: the lists of section 16.6 leave it out, cells do not look at it apart.
        for (bit, counter) in counters.iter_mut().enumerate() {
            let sign = if short.0 >> bit & 1 == 1 { 1 } else { -1 };
            *counter = counter.wrapping_add(sign);
        }
    }

    /// The estimated number of elements that differ between two suffixes with one boundary; its deviation is about 50 %.
    pub fn difference(&self, other: &[i16; COUNTERS]) -> f64 {
        let squares = self.counters.iter().zip(other).map(|(a, b)| {
            let off = f64::from(a.wrapping_sub(*b));
            off * off
        });
        squares.sum::<f64>() / COUNTERS as f64
    }
}

/// The rungs of a set, smallest first. A boundary is moved so that a day is wholly in or out; suffixes that thereby become the same are left out.
pub fn of(held: &dyn Held, keys: &[ShortKey]) -> Vec<Rung> {
    let mut rungs: Vec<Rung> = Vec::new();
    let mut counters = [0; COUNTERS];
    let (mut seen, mut goal, mut last) = (0usize, FIRST, None);
    held.newest(&mut |day, element| {
        if let Some(last) = last.filter(|last| *last != day && seen >= goal) {
            rungs.push(Rung {
                boundary: last,
                counters,
            });
            while goal <= seen {
                goal *= 2;
            }
            if rungs.len() == limits::COMPARE_RUNGS {
                return false;
            }
        }
        if let Some(key) = keys.get(element.feed) {
            Rung::add(&mut counters, key.short(&element.id));
        }
        seen += 1;
        last = Some(day);
        seen < LARGEST
    });
    rungs
}

/// For each rung of the other side, smallest first: how many elements of this set are in the suffix, and how many differ in it. Ends with the first suffix that is larger than
/// a rung may be.
pub fn compare(theirs: &[Rung], held: &dyn Held, keys: &[ShortKey]) -> Vec<(u32, usize, f64)> {
    let mut found = Vec::new();
    let mut counters = [0; COUNTERS];
    let mut seen = 0usize;
    let mut waiting = theirs.iter().peekable();
    held.newest(&mut |day, element| {
        while let Some(rung) = waiting.next_if(|rung| day < rung.boundary) {
            found.push((rung.boundary, seen, rung.difference(&counters)));
        }
        if let Some(key) = keys.get(element.feed) {
            Rung::add(&mut counters, key.short(&element.id));
        }
        seen += 1;
        waiting.peek().is_some() && seen < LARGEST
    });
    found
}

/// For the wire: the boundary and the counters, big-endian.
pub fn encode(rungs: &[Rung]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(rungs.len() * WIDTH);
    for rung in rungs {
        bytes.extend_from_slice(&rung.boundary.to_be_bytes());
        for counter in rung.counters {
            bytes.extend_from_slice(&counter.to_be_bytes());
        }
    }
    bytes
}

/// From the wire. Nothing unless they are whole, not too many, and each boundary is before the one before it.
pub fn decode(bytes: &[u8]) -> Option<Vec<Rung>> {
    let (chunks, rest) = bytes.as_chunks::<WIDTH>();
    if !rest.is_empty() || chunks.len() > limits::COMPARE_RUNGS {
        return None;
    }
    let rungs: Vec<Rung> = chunks
        .iter()
        .map(|chunk| {
            let at = |i: usize| i16::from_be_bytes([chunk[4 + 2 * i], chunk[5 + 2 * i]]);
            Rung {
                boundary: u32::from_be_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]),
                counters: std::array::from_fn(at),
            }
        })
        .collect();
    rungs
        .is_sorted_by(|a, b| a.boundary > b.boundary)
        .then_some(rungs)
}
