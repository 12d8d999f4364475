//! Short ids: 8 bytes that stand for a record in one feed, under a key.

use crate::id::Id;
use siphasher::sip::SipHasher24;
use std::hash::Hasher;

/// What keys of the salted tier are made from: chance of both sides, the initiator's first. Zeros stand for a side that gave none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Salt {
    /// The initiator's.
    pub initiator: [u8; 16],
    /// The responder's.
    pub responder: [u8; 16],
}

/// A short id: SipHash-2-4 of the id under the feed's key, as a number (its bytes on the wire are big-endian).
///
/// 64 bits: in a union of a million elements two have the same with a chance of 3 in 10^8. A pair made on purpose (2^32 steps, under the public key only) hides itself
/// and nothing else, and the roots show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Short(pub u64);

impl Short {
    /// From the wire.
    pub fn from_bytes(bytes: [u8; 8]) -> Short {
        Short(u64::from_be_bytes(bytes))
    }

    /// For the wire.
    pub fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }
}

/// The key that short ids of one feed are made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShortKey(u64, u64);

/// The key of the checksums of short ids: one for all feeds, as a sum of several feeds' sketches does not say which feed an element is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckKey(u64);

/// The first 16 bytes of the hash of the parts, as two little-endian numbers.
fn derive(parts: &[&[u8]]) -> (u64, u64) {
    let hash = Id::of(&parts.concat());
    let half = |from: usize| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&hash.as_bytes()[from..from + 8]);
        u64::from_le_bytes(bytes)
    };
    (half(0), half(8))
}

impl ShortKey {
    /// The public key of a feed: the same at every node, so that sketches can be kept. `feed` is the hash of the feed's name.
    pub fn cached(feed: &Id) -> ShortKey {
        let (a, b) = derive(&[b"indaba/compare/cached/v1\0", feed.as_bytes()]);
        ShortKey(a, b)
    }

    /// The key of a feed in one session: nobody who published before could know it.
    pub fn salted(feed: &Id, salt: &Salt) -> ShortKey {
        let (a, b) = derive(&[
            b"indaba/compare/salted/v1\0",
            feed.as_bytes(),
            &salt.initiator,
            &salt.responder,
        ]);
        ShortKey(a, b)
    }

    /// The short id of a record.
    pub fn short(&self, id: &Id) -> Short {
        let mut hasher = SipHasher24::new_with_keys(self.0, self.1);
        hasher.write(id.as_bytes());
        Short(hasher.finish())
    }
}

impl CheckKey {
    /// Of the cached tier.
    pub fn cached() -> CheckKey {
        CheckKey(derive(&[b"indaba/compare/check/v1\0"]).0)
    }

    /// Of the salted tier.
    pub fn salted(salt: &Salt) -> CheckKey {
        CheckKey(
            derive(&[
                b"indaba/compare/check/v1\0",
                &salt.initiator,
                &salt.responder,
            ])
            .0,
        )
    }

    /// The checksum of a short id: the upper half of the finaliser of SplitMix64 (Steele, Lea, Flood 2014). It tells a cell with one element from one with several; it
    /// has to be far from linear over XOR, and need not withstand an attacker: what is recovered is looked up (section 16.4).
    pub fn check(self, short: Short) -> u32 {
        let mut z = short.0 ^ self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 32) as u32
    }
}
