//! Numbers from a seed: the same in every run and on every machine.

/// SplitMix64 (Steele, Lea, Flood 2014): three multiplications a number, and any seed is a good one.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// A stream of numbers for a thing, such as a record, under a seed.
    #[must_use]
    pub fn of(seed: u64, thing: u64) -> Self {
        let mut chance = Self(seed);
        let first = chance.number();
        Self(first ^ thing.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is small against 2^64.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.number() % bound.max(1)
    }

    /// A fraction from 0 (included) to 1 (excluded).
    pub fn fraction(&mut self) -> f64 {
        (self.number() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Random bytes.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let number = self.number().to_le_bytes();
            chunk.copy_from_slice(&number[..chunk.len()]);
        }
    }
}
