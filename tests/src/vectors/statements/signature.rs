//! Step 10: keys, signatures, thresholds.

use super::super::case::{bytes, int, list, map, text};
use super::super::forge::{encoded, net, signatures, single_of, threshold, threshold_of};
use super::super::world::World;
use super::{refuse, with};
use indaba_protocol::Value;
use serde_json::Value as Json;

pub(super) fn cases(w: &World, cases: &mut Vec<Json>) {
    let identity = {
        let mut key = [0; 33];
        (key[0], key[1]) = (1, 1);
        key
    };
    let custody = w.custody_map();
    // Under the identity every message "verifies" with R = identity and S = 0, unless small order is refused.
    let mut forged = [0; 64];
    forged[0] = 1;
    let weak = with(&custody, "key", bytes(&identity));
    refuse(
        cases,
        "custody forged with a key of small order",
        &single_of(&encoded(&weak), &forged),
        "key",
    );
    refuse(
        cases,
        "custody of an unknown algorithm",
        &w.sign(&with(&custody, "key", bytes(&[2; 33]))),
        "key",
    );
    let payload = encoded(&custody);
    let signature = w.node.sign("custody", &net(), &payload);
    let mut flipped = signature;
    flipped[0] ^= 1;
    refuse(
        cases,
        "custody, a bit of R changed",
        &single_of(&payload, &flipped),
        "signature",
    );
    flipped = signature;
    flipped[32] ^= 1;
    refuse(
        cases,
        "custody, a bit of S changed",
        &single_of(&payload, &flipped),
        "signature",
    );
    refuse(
        cases,
        "custody, S plus the group order",
        &single_of(&payload, &plus_order(&signature)),
        "signature",
    );
    refuse(
        cases,
        "custody, R of small order",
        &single_of(&payload, &forged),
        "signature",
    );
    refuse(
        cases,
        "custody, a signature of zeros",
        &single_of(&payload, &[0; 64]),
        "signature",
    );
    refuse(
        cases,
        "custody signed by another key",
        &single_of(&payload, &w.other.sign("custody", &net(), &payload)),
        "signature",
    );
    refuse(
        cases,
        "custody, the payload changed after signing",
        &single_of(&encoded(&with(&custody, "leg", int(2))), &signature),
        "signature",
    );

    let inception = w.inception_map();
    let all = signatures(&inception, &w.roots.iter().collect::<Vec<_>>());
    let payload = encoded(&inception);
    refuse(
        cases,
        "inception without signatures",
        &threshold_of(&payload, &[]),
        "threshold",
    );
    refuse(
        cases,
        "inception one signature short",
        &threshold_of(&payload, &all[..1]),
        "threshold",
    );
    let mut wrong = all.clone();
    wrong[2].1[40] ^= 1;
    refuse(
        cases,
        "inception, enough good signatures and a bad one",
        &threshold_of(&payload, &wrong),
        "signature",
    );
    refuse(
        cases,
        "inception also signed by a reserve key",
        &threshold(&inception, &[&w.roots[0], &w.roots[1], &w.reserve[0]]),
        "signature",
    );
    let mut roots = vec![
        bytes(&identity),
        bytes(w.roots[0].key().as_bytes()),
        bytes(w.roots[1].key().as_bytes()),
    ];
    roots.sort_by_key(|key| match key {
        Value::Bytes(key) => key.clone(),
        _ => Vec::new(),
    });
    refuse(
        cases,
        "inception, a root of small order",
        &w.sign(&with(&inception, "roots", Value::List(roots))),
        "key",
    );
    let state = w.state_map();
    let pairs = signatures(&state, &[&w.roots[0], &w.reserve[0], &w.reserve[1]]);
    refuse(
        cases,
        "state, enough signatures and too few of its own roots",
        &threshold_of(&encoded(&state), &pairs),
        "threshold",
    );
    refuse(
        cases,
        "state without signatures",
        &threshold(&state, &[]),
        "threshold",
    );
    let mut wrong = signatures(&state, &[&w.roots[0], &w.roots[1], &w.reserve[0]]);
    let stranger = w.reserve[0].key();
    for pair in wrong.iter_mut().filter(|pair| pair.0 == stranger) {
        pair.1[40] ^= 1;
    }
    refuse(
        cases,
        "state, a bad signature of a key that need not sign",
        &threshold_of(&encoded(&state), &wrong),
        "signature",
    );
    let weak = list([map([
        ("key", bytes(&identity)),
        ("purpose", text("sign")),
        ("scope", Value::Null),
        ("expires", Value::Null),
    ])]);
    refuse(
        cases,
        "state, a delegated key of small order",
        &w.sign(&with(&state, "delegations", weak)),
        "key",
    );
    let other = list([map([
        ("key", bytes(&[2; 33])),
        ("purpose", text("later")),
        ("scope", Value::Null),
        ("expires", Value::Null),
    ])]);
    refuse(
        cases,
        "state, a delegated key of an unknown algorithm",
        &w.sign(&with(&state, "delegations", other)),
        "key",
    );
    refuse(
        cases,
        "state with a signer of small order",
        &{
            let mut pairs = signatures(&state, &w.two());
            pairs.push((indaba_protocol::Key::from_bytes(identity), forged));
            pairs.sort();
            threshold_of(&encoded(&state), &pairs)
        },
        "key",
    );
}

/// The same scalar, spelled beyond the group order.
fn plus_order(signature: &[u8; 64]) -> [u8; 64] {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut out = *signature;
    let mut carry = 0u16;
    for (byte, add) in out[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    out
}
