//! The only source of chance: a stream of numbers that a seed and a name give.

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};

/// Draws everything that is random about one world, one history or one order.
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
    pub(super) fn between(&mut self, low: usize, high: usize) -> usize {
        self.0.random_range(low..=high.max(low))
    }

    /// True in `percent` of a hundred cases.
    pub(super) fn percent(&mut self, percent: u32) -> bool {
        self.0.random_range(0..100) < percent
    }

    /// One of them; nothing of nothing.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.choose(&mut self.0)
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        items.shuffle(&mut self.0);
    }
}
