//! Strict CBOR: what is signed or sent has exactly one encoding.

use super::scan;
use crate::fault::Fault;

/// The generic form: null, boolean, integer, text, bytes, list, map. Floats and links exist in the type and are
/// refused by [`decode`].
pub use ipld_core::ipld::Ipld as Value;

/// Decodes strict CBOR.
///
/// The test is the specification's: the structure is narrowed first (no tags, floats, indefinite lengths, integers beyond
/// 64 bits signed, or nesting beyond [`crate::limits::DEPTH`]), then decoding and encoding again must give the same bytes.
///
/// # Errors
/// [`Fault::NotCanonical`].
pub fn decode(bytes: &[u8]) -> Result<Value, Fault> {
    if !scan::is_narrow(bytes) {
        return Err(Fault::NotCanonical);
    }
    let value: Value = serde_ipld_dagcbor::from_slice(bytes).map_err(|_| Fault::NotCanonical)?;
    if encode(&value) == bytes {
        Ok(value)
    } else {
        Err(Fault::NotCanonical)
    }
}

/// Encodes deterministically.
///
/// A value that strict CBOR cannot carry (an integer beyond 64 bits, a float, a link) encodes to something that
/// [`decode`] refuses; nothing the crate builds holds one.
pub fn encode(value: &Value) -> Vec<u8> {
    // Encoding into memory fails only for integers beyond 64 bits; the empty result is refused by every reader.
    serde_ipld_dagcbor::to_vec(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a test stops where something is not as it should be"
    )]
    use super::*;
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(|i| Value::Integer(i.into())),
            ".{0,12}".prop_map(Value::String),
            prop::collection::vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
        ];
        leaf.prop_recursive(6, 48, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::List),
                prop::collection::btree_map("[a-zA-Z]{0,5}", inner, 0..6).prop_map(Value::Map),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_round_trips(v in value()) {
            let bytes = encode(&v);
            prop_assert_eq!(decode(&bytes).unwrap(), v);
        }

        #[test]
        fn what_decodes_encodes_to_itself(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(v) = decode(&bytes) {
                prop_assert_eq!(encode(&v), bytes);
            }
        }

        #[test]
        fn a_changed_byte_never_decodes_to_the_same_value(v in value(), at in any::<prop::sample::Index>(), bit in 0u8..8) {
            let mut bytes = encode(&v);
            let i = at.index(bytes.len());
            bytes[i] ^= 1 << bit;
            if let Ok(other) = decode(&bytes) {
                prop_assert_ne!(other, v);
            }
        }
    }

    #[test]
    fn depth_is_counted() {
        let nested = |n: usize| {
            let mut b = vec![0x81u8; n];
            b.push(0x00);
            b
        };
        assert!(decode(&nested(8)).is_ok());
        assert!(decode(&nested(9)).is_err());
        assert!(decode(&vec![0x81; 60_000]).is_err());
    }

    #[test]
    fn what_the_profile_leaves_out_is_refused() {
        for (name, hex) in [
            ("float", "fb3ff0000000000000"),
            ("half", "f93c00"),
            ("undefined", "f7"),
            ("simple", "f8ff"),
            ("tag", "c000"),
            ("link", "d82a4100"),
            ("long int", "1800"),
            ("indefinite", "9fff"),
            ("break", "ff"),
            ("int beyond", "1b8000000000000000"),
            ("negative beyond", "3b8000000000000000"),
            ("trailing", "0000"),
            ("int key", "a10000"),
            ("unsorted", "a2616200616100"),
            ("repeated", "a2616100616100"),
            ("utf8", "61ff"),
            ("empty", ""),
            ("longer first", "a262616100616200"),
        ] {
            let bytes: Vec<u8> = (0..hex.len())
                .step_by(2)
                .map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap())
                .collect();
            assert_eq!(decode(&bytes), Err(Fault::NotCanonical), "{name}");
        }
    }
}
