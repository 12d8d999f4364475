//! The root of a set: equal when the sets are, whatever the order things came in.

use crate::id::Id;

/// Lanes of 16 bits.
const LANES: usize = 1_024;
/// Bytes of the state.
pub const STATE: usize = 2 * LANES;
/// The key that an element is hashed with.
const KEY: &[u8; 32] = b"indaba/compare/root/v1\0\0\0\0\0\0\0\0\0\0";

/// The digest of a root, as it travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Root(pub [u8; 16]);

/// LtHash with 1,024 lanes of 16 bits (Bellare and Micciancio 1997; Lewi, Kim, Maykov, Weis 2019): the sum of the hashes of the elements, lane by lane, modulo 2^16. Elements come and go at the
/// same price, sums of sets are sums of states, and to find two sets with one state is as hard as a short-vector problem in a lattice. XOR in its place would be broken with a few
/// hundred made-up records and Gaussian elimination.
#[derive(Clone, PartialEq, Eq)]
pub struct RootState(Box<[u16; LANES]>);

impl Default for RootState {
    /// Of the empty set.
    fn default() -> Self {
        RootState(Box::new([0; LANES]))
    }
}

impl RootState {
    /// Takes the statement `id` in feed `feed` (the hash of its name) in.
    pub fn insert(&mut self, feed: &Id, id: &Id) {
        self.lanes(&expand(feed, id), u16::wrapping_add);
    }

    /// Takes it out.
    pub fn remove(&mut self, feed: &Id, id: &Id) {
        self.lanes(&expand(feed, id), u16::wrapping_sub);
    }

    /// Adds the root of another set.
    pub fn add(&mut self, other: &RootState) {
        for (lane, other) in self.0.iter_mut().zip(other.0.iter()) {
            *lane = lane.wrapping_add(*other);
        }
    }

    /// The digest: the first 16 bytes of the hash of the state.
    pub fn digest(&self) -> Root {
        let mut digest = [0; 16];
        digest.copy_from_slice(&Id::of(&self.to_bytes()).as_bytes()[..16]);
        Root(digest)
    }

    /// The lanes, each in two little-endian bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|lane| lane.to_le_bytes()).collect()
    }

    /// A state that was kept. Nothing if it has another length.
    pub fn from_bytes(bytes: &[u8]) -> Option<RootState> {
        let mut state = RootState::default();
        let (pairs, rest) = bytes.as_chunks::<2>();
        if pairs.len() != LANES || !rest.is_empty() {
            return None;
        }
        for (lane, pair) in state.0.iter_mut().zip(pairs) {
            *lane = u16::from_le_bytes(*pair);
        }
        Some(state)
    }

    fn lanes(&mut self, by: &[u8; STATE], with: fn(u16, u16) -> u16) {
        for (lane, pair) in self.0.iter_mut().zip(by.as_chunks::<2>().0) {
            *lane = with(*lane, u16::from_le_bytes(*pair));
        }
    }
}

fn expand(feed: &Id, id: &Id) -> [u8; STATE] {
    let mut bytes = [0; STATE];
    blake3::Hasher::new_keyed(KEY)
        .update(feed.as_bytes())
        .update(id.as_bytes())
        .finalize_xof()
        .fill(&mut bytes);
    bytes
}

impl std::fmt::Debug for RootState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RootState({:?})", self.digest())
    }
}
