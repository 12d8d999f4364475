//! The only source of chance in simulator, histories and attacks: streams of numbers that a seed and a name give. In the simulator every
//! participant and every link draws from its own, so that a participant that is left out changes nothing of what the others meet.

use rand::distr::uniform::SampleUniform;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};

/// Draws everything that is random in one place of a run, one world, one history or one order.
pub struct Chance(StdRng);

impl Chance {
    /// The stream of a seed with this name.
    pub fn of(seed: u64, name: &str) -> Chance {
        let mut hash = blake3::Hasher::new();
        hash.update(&seed.to_be_bytes());
        hash.update(name.as_bytes());
        Chance(StdRng::from_seed(*hash.finalize().as_bytes()))
    }

    /// From `low` to `high`, both included.
    pub fn between<T: SampleUniform + Copy + Ord>(&mut self, low: T, high: T) -> T {
        self.0.random_range(low..=high.max(low))
    }

    /// True in `permille` of a thousand cases.
    pub fn permille(&mut self, permille: u64) -> bool {
        self.0.random_range(0..1_000) < permille
    }

    /// True in `percent` of a hundred cases.
    pub fn percent(&mut self, percent: u32) -> bool {
        self.0.random_range(0..100) < percent
    }

    /// Any bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }

    /// One of them; nothing of nothing.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.choose(&mut self.0)
    }

    /// A place among so many; 0 when there is none.
    pub fn index(&mut self, length: usize) -> usize {
        self.0.random_range(0..length.max(1))
    }

    /// Puts them into any order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        items.shuffle(&mut self.0);
    }
}
