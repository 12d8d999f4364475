#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]
use super::*;
use crate::network::NetworkName;

/// The identity point as key and as `R`, with `S = 0`: under permissive verification it signs everything.
fn forgery() -> ([u8; 32], Signature) {
    let mut point = [0; 32];
    point[0] = 1;
    let mut signature = [0; 64];
    signature[0] = 1;
    (point, signature)
}

#[test]
fn a_small_order_key_signs_nothing_here() {
    let (point, signature) = forgery();
    let net = NetworkName::default().id();
    assert_eq!(
        Key::ed25519(point).verify("custody", &net, b"anything", &signature),
        Err(Fault::Key)
    );
}

/// Negative control: what the strict rules are there for does happen without them.
#[test]
#[allow(clippy::disallowed_methods)]
fn permissive_verification_accepts_the_forgery() {
    use ed25519_dalek::Verifier;
    let (point, signature) = forgery();
    let net = NetworkName::default().id();
    let key = VerifyingKey::from_bytes(&point).unwrap();
    let signature = ed25519_dalek::Signature::from_bytes(&signature);
    assert!(
        key.verify(&signed_bytes("custody", &net, b"anything"), &signature)
            .is_ok()
    );
    assert!(
        key.verify_strict(&signed_bytes("custody", &net, b"anything"), &signature)
            .is_err()
    );
}

#[test]
fn the_signed_bytes_are_one_strict_cbor_item() {
    let net = NetworkName::default().id();
    for len in [0, 23, 24, 255, 256, 65_535, 65_536] {
        assert!(
            crate::cbor::decode(&signed_bytes("cut-list", &net, &vec![0; len])).is_ok(),
            "{len}"
        );
    }
}

#[test]
fn type_network_and_payload_are_bound() {
    let key = SigningKey::from_seed(&[1; 32]);
    let (net, other) = (
        NetworkName::default().id(),
        NetworkName::parse("other").unwrap().id(),
    );
    let signature = key.sign("head", &net, b"payload");
    let verify = |kind, net, payload: &[u8]| key.key().verify(kind, net, payload, &signature);
    assert_eq!(verify("head", &net, b"payload"), Ok(()));
    assert_eq!(verify("alarm", &net, b"payload"), Err(Fault::Signature));
    assert_eq!(verify("head", &other, b"payload"), Err(Fault::Signature));
    assert_eq!(verify("head", &net, b"payloae"), Err(Fault::Signature));
}

/// Every encoding with y >= p, and the two of a negative zero.
#[test]
fn a_point_has_one_encoding() {
    for low in 0xed..=0xff {
        for sign in [0x7f, 0xff] {
            let mut point = [0xff; 32];
            (point[0], point[31]) = (low, sign);
            assert!(!is_reduced(&point), "{low} {sign}");
            assert_eq!(Key::ed25519(point).check(), Err(Fault::Key));
        }
    }
    let mut below = [0xff; 32];
    (below[0], below[31]) = (0xec, 0x7f);
    assert!(is_reduced(&below));
    for mut point in [[0; 32], below] {
        point[0] |= u8::from(point[0] == 0);
        point[31] |= 0x80;
        assert_eq!(Key::ed25519(point).check(), Err(Fault::Key));
    }
    // What decodes and is encoded again the same is what is accepted, small orders apart.
    let mut accepted = 0;
    for n in 0..2_000u64 {
        let mut point = *crate::id::Id::of(&n.to_be_bytes()).as_bytes();
        if n.is_multiple_of(2) {
            point[1..31].fill(0xff);
            point[31] |= 0x7f;
        }
        let expected = VerifyingKey::from_bytes(&point)
            .is_ok_and(|key| !key.is_weak() && key.to_edwards().compress().to_bytes() == point);
        assert_eq!(Key::ed25519(point).check().is_ok(), expected, "{point:?}");
        accepted += u32::from(expected);
    }
    assert!((500..1_500).contains(&accepted), "{accepted}");
}
