//! Section 3.

use super::case::hex;
use super::forge::Pair;
use serde_json::{Value as Json, json};

/// The eight points of small order, canonically encoded.
const SMALL_ORDER: [&str; 8] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
];

/// Encodings with y >= p, or a negative zero: other spellings of points.
const NOT_CANONICAL: [(&str, &str); 8] = [
    (
        "y = p",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ),
    (
        "y = p, sign set",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ),
    (
        "y = p+1",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ),
    (
        "y = p+1, sign set",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ),
    (
        "y = 1, negative zero",
        "0100000000000000000000000000000000000000000000000000000000000080",
    ),
    (
        "y = -1, negative zero",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ),
    (
        "y = p+3, of large order",
        "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ),
    (
        "y = p+4, of large order",
        "f1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ),
];

pub(super) fn cases() -> Vec<Json> {
    let case = |name: String, key: String, expect: &str| json!({ "name": name, "key": key, "expect": expect });
    let mut cases = Vec::new();
    for n in 1..=4 {
        cases.push(case(
            format!("key {n}"),
            hex(Pair::of(&format!("key {n}")).key().as_bytes()),
            "accept",
        ));
    }
    for (n, key) in SMALL_ORDER.iter().enumerate() {
        cases.push(case(
            format!("small order, {}", n + 1),
            format!("01{key}"),
            "key",
        ));
    }
    for (name, key) in NOT_CANONICAL {
        cases.push(case(
            format!("not canonical, {name}"),
            format!("01{key}"),
            "key",
        ));
    }
    cases.push(case(
        "y = 2: no point".into(),
        format!("0102{}", "00".repeat(31)),
        "key",
    ));
    let good = hex(&Pair::of("key 1").key().as_bytes()[1..]);
    for algorithm in ["00", "02", "ff"] {
        cases.push(case(
            format!("algorithm byte {algorithm}"),
            format!("{algorithm}{good}"),
            "key",
        ));
    }
    cases
}
