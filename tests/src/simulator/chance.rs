//! The only source of chance in a run: streams of numbers that one seed and a name give. Every participant and every link draws from
//! its own, so that a participant that is left out changes nothing of what the others meet.

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};

/// Draws everything that is random in one place of a run.
pub(super) struct Chance(StdRng);

impl Chance {
    /// The stream of a seed with this name.
    pub(super) fn of(seed: u64, name: &str) -> Chance {
        let mut hash = blake3::Hasher::new();
        hash.update(&seed.to_be_bytes());
        hash.update(name.as_bytes());
        Chance(StdRng::from_seed(*hash.finalize().as_bytes()))
    }

    /// From `low` to `high`, both included.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        self.0.random_range(low..=high.max(low))
    }

    /// True in `permille` of a thousand cases.
    pub(super) fn permille(&mut self, permille: u64) -> bool {
        self.0.random_range(0..1_000) < permille
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.choose(&mut self.0)
    }

    pub(super) fn index(&mut self, length: usize) -> usize {
        self.0.random_range(0..length.max(1))
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        items.shuffle(&mut self.0);
    }
}
