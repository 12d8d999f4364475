//! Ids as text: CIDv1, so that other tools of the field recognise them.

use super::TextError;
use crate::bytes::base32;
use crate::id::Id;

/// CIDv1, codec dag-cbor, multihash blake3-256 of 32 bytes.
const HEAD: [u8; 4] = [0x01, 0x71, 0x1e, 0x20];
/// What every id begins with.
const BEGIN: &str = "bafyr4i";
/// `b`, and 58 characters for 36 bytes.
const LENGTH: usize = 59;
/// Bits of `HEAD` that the first character after `BEGIN` still carries.
const SPARE: usize = 2;

pub(crate) fn format(id: &Id) -> String {
    let mut bytes = HEAD.to_vec();
    bytes.extend_from_slice(id.as_bytes());
    format!("b{}", base32::encode(&bytes))
}

pub(crate) fn short(id: &Id) -> String {
    format(id).chars().skip(BEGIN.len()).take(10).collect()
}

pub(crate) fn parse(text: &str) -> Result<Id, TextError> {
    let bytes = (text.len() == LENGTH)
        .then(|| text.strip_prefix('b').and_then(base32::decode))
        .flatten();
    let hash = bytes
        .as_deref()
        .and_then(|b| b.strip_prefix(&HEAD))
        .and_then(|b| b.try_into().ok());
    hash.map(Id::from_bytes).ok_or(TextError::Id)
}

/// The beginning of an id, as people type it: of the whole form, or of what follows `bafyr4i`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdPrefix {
    first: Id,
    last: Id,
}

impl IdPrefix {
    /// Understands a beginning.
    ///
    /// # Errors
    /// [`TextError::Prefix`] if it cannot be the beginning of an id, or is no more than what all ids begin with.
    pub fn parse(text: &str) -> Result<IdPrefix, TextError> {
        let after = text.strip_prefix(BEGIN).unwrap_or(text);
        if after.is_empty() || after.len() > LENGTH - BEGIN.len() {
            return Err(TextError::Prefix);
        }
        let mut bits = Vec::with_capacity(after.len() * 5);
        for c in after.bytes() {
            let value = match c {
                b'a'..=b'z' => c - b'a',
                b'2'..=b'7' => c - b'2' + 26,
                _ => return Err(TextError::Prefix),
            };
            bits.extend((0..5).rev().map(|i| value >> i & 1));
        }
        // The last character of a whole id has spare bits, and so has the first.
        let (spare, hash) = bits.split_at(SPARE);
        let (hash, beyond) = hash.split_at(hash.len().min(256));
        if spare.iter().chain(beyond).any(|b| *b != 0) {
            return Err(TextError::Prefix);
        }
        let (mut first, mut last) = ([0u8; 32], [0xffu8; 32]);
        for (i, bit) in hash.iter().enumerate() {
            let mask = 0x80 >> (i % 8);
            if *bit == 1 {
                first[i / 8] |= mask;
            } else {
                last[i / 8] &= !mask;
            }
        }
        Ok(IdPrefix {
            first: Id::from_bytes(first),
            last: Id::from_bytes(last),
        })
    }

    /// The smallest and the largest id that begin so.
    pub fn range(&self) -> std::ops::RangeInclusive<Id> {
        self.first..=self.last
    }

    /// Whether an id begins so.
    pub fn matches(&self, id: &Id) -> bool {
        self.range().contains(id)
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
        fn ids_and_their_beginnings_come_back(bytes in any::<[u8; 32]>(), len in 1usize..=52, other in any::<[u8; 32]>()) {
            let id = Id::from_bytes(bytes);
            let text = id.to_string();
            prop_assert!(text.starts_with(BEGIN) && text.len() == LENGTH);
            prop_assert_eq!(text.parse::<Id>().unwrap(), id);
            let whole = &text[..BEGIN.len() + len];
            prop_assert!(IdPrefix::parse(whole).unwrap().matches(&id));
            let other = Id::from_bytes(other);
            prop_assert_eq!(IdPrefix::parse(&whole[BEGIN.len()..]).unwrap().matches(&other), other.to_string().starts_with(whole));
        }
    }

    #[test]
    fn what_is_no_id() {
        let id = Id::of(b"x").to_string();
        let stray = format!("{}b", &id[..LENGTH - 1]);
        for bad in [
            "",
            "bafyr4i",
            &id[1..],
            &id.to_uppercase(),
            &format!("{id}a"),
            &stray,
            "zdpuA",
        ] {
            assert!(bad.parse::<Id>().is_err(), "{bad}");
        }
        for bad in ["", "bafyr4i", "bafyr4iz", "1", "A", &format!("{id}a")] {
            assert!(IdPrefix::parse(bad).is_err(), "{bad}");
        }
    }
}
