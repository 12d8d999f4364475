//! A whole set as a sorted list of salted short ids, cut to 48 bits: where so much differs that sums are dearer, and where nothing else gave an answer.

use crate::limits;

/// Bits of an id in a list. Two different ids of two sets of a million are the same in them with a chance of 1 in 280 (which the roots then show, and the next session's salt undoes).
pub const BITS: u32 = 48;

/// What is listed of a short id.
pub fn listed(short: super::short::Short) -> u64 {
    short.0 >> (64 - BITS)
}

/// Bits that the gaps of `count` evenly spread ids are best cut after.
pub fn parameter(count: u64) -> u32 {
    BITS.saturating_sub(64 - count.max(1).leading_zeros())
}

/// Writes the gaps between sorted ids, Rice coded: the gap less one, its upper part in ones closed by a zero, its lower `parameter` bits as they are; most significant bit first, filled up with ones. `before` is the
/// id that went before, or nothing.
pub fn encode(parameter: u32, before: Option<u64>, ids: &[u64]) -> Vec<u8> {
    let mut bits = Bits::default();
    let mut next = before.map_or(0, |id| id + 1);
    for id in ids {
        let gap = id.saturating_sub(next);
        for _ in 0..gap >> parameter {
            bits.push(true);
        }
        bits.push(false);
        for bit in (0..parameter).rev() {
            bits.push(gap >> bit & 1 == 1);
        }
        next = id.saturating_add(1);
    }
    bits.bytes
}

/// Reads `count` ids. Nothing if they are not there, lie beyond 48 bits, or are followed by more than filling.
pub fn decode(parameter: u32, before: Option<u64>, count: usize, bytes: &[u8]) -> Option<Vec<u64>> {
    // Each id takes a bit at least, so that a number alone reserves no memory.
    if parameter > BITS || count > bytes.len() * 8 || bytes.len() > limits::COMPARE_MESSAGE {
        return None;
    }
    let mut bits = (0..bytes.len() * 8).map(|at| bytes[at / 8] >> (7 - at % 8) & 1 == 1);
    let mut ids = Vec::with_capacity(count);
    let mut next = before.map_or(0, |id| id + 1);
    for _ in 0..count {
        let mut gap = 0u64;
        while bits.next()? {
            gap += 1;
        }
        gap = gap.checked_mul(1 << parameter)?;
        for place in (0..parameter).rev() {
            gap |= u64::from(bits.next()?) << place;
        }
        let id = next.checked_add(gap).filter(|id| *id >> BITS == 0)?;
        ids.push(id);
        next = id + 1;
    }
    (bits.len() < 8 && bits.all(|bit| bit)).then_some(ids)
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    fn push(&mut self, bit: bool) {
        if self.used.is_multiple_of(8) {
            self.bytes.push(0xff);
        }
        if let (false, Some(last)) = (bit, self.bytes.last_mut()) {
            *last &= !(0x80 >> (self.used % 8));
        }
        self.used += 1;
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        reason = "a test stops where something is not as it should be"
    )]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ids_come_back(ids in prop::collection::btree_set(0u64..1 << BITS, 0..200), before: bool) {
            let mut ids: Vec<u64> = ids.into_iter().collect();
            let before = (before && !ids.is_empty()).then(|| ids.remove(0));
            let parameter = parameter(ids.len() as u64);
            let bytes = encode(parameter, before, &ids);
            prop_assert_eq!(decode(parameter, before, ids.len(), &bytes), Some(ids.clone()));
            prop_assert_eq!(decode(parameter, before, ids.len() + 9, &bytes), None);
            prop_assert_eq!(decode(parameter, before, ids.len(), &[bytes, vec![0xff]].concat()), None);
        }

        #[test]
        fn any_bytes_are_read_or_refused(parameter in 0u32..60, count: usize, bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Some(ids) = decode(parameter, None, count, &bytes) {
                prop_assert!(ids.is_sorted_by(|a, b| a < b));
                prop_assert_eq!(encode(parameter, None, &ids), bytes);
            }
        }
    }

    #[test]
    fn a_million_ids_take_less_than_four_bytes_each() {
        let step = (1u64 << BITS) / 1_000;
        let ids: Vec<u64> = (0..1_000).map(|n| n * step + n * n % step).collect();
        let bytes = encode(parameter(1_000), None, &ids);
        // 38 bits at a thousand, 30 at a million: each doubling saves one.
        assert!(bytes.len() * 8 <= ids.len() * 41, "{}", bytes.len());
    }
}
