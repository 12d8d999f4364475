#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]
use super::*;
use crate::bytes::Day;
use crate::head::Head;
use crate::key::SigningKey;
use crate::lane::LaneEnd;
use crate::network::NetworkName;
use proptest::prelude::*;

fn head(key: &SigningKey) -> Head {
    Head {
        institution: Id::of(b"institution"),
        key: key.key(),
        state: Id::of(b"state"),
        beat: 1,
        lanes: vec![LaneEnd {
            feed: "region:ecowas".parse().unwrap(),
            seq: 3,
            last: Id::of(b"last"),
        }],
        day: Day::FIRST,
        due: Day::LAST,
    }
}

fn inception(keys: &[SigningKey]) -> crate::institution::Inception {
    let mut roots: Vec<Key> = keys.iter().map(SigningKey::key).collect();
    roots.sort();
    let next = vec![Id::of(b"reserve")];
    let authority = crate::institution::Authority {
        roots,
        threshold: 2,
        next,
        next_threshold: 1,
        recovery: None,
    };
    crate::institution::Inception {
        authority,
        day: Day::FIRST,
    }
}

/// No bit of a signed statement can be turned without it being refused: the id and the signatures hold all of it.
#[test]
fn a_turned_bit_is_never_accepted() {
    let net = NetworkName::default().id();
    let key = SigningKey::from_seed(&[7; 32]);
    let keys = [1, 2].map(|n| SigningKey::from_seed(&[n; 32]));
    let mut gathering = inception(&keys).gather(&net).unwrap();
    keys.iter().for_each(|k| gathering.sign(k).unwrap());
    for good in [
        head(&key).sign(&key, &net).unwrap().bytes().to_vec(),
        gathering.bytes(),
    ] {
        assert!(read(&net, &good).is_ok());
        for bit in 0..good.len() * 8 {
            let mut turned = good.clone();
            turned[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&net, &turned).is_err(), "bit {bit}");
        }
    }
}

#[test]
fn signatures_gathered_apart_make_one_statement() {
    let net = NetworkName::default().id();
    let keys = [1, 2].map(|n| SigningKey::from_seed(&[n; 32]));
    let draft = inception(&keys).gather(&net).unwrap();
    let (mut one, mut two) = (
        draft.clone(),
        crate::Gathering::open(&net, &draft.bytes()).unwrap(),
    );
    one.sign(&keys[0]).unwrap();
    assert_eq!(
        one.finish(),
        Err(crate::DraftError::Fault(Fault::Threshold))
    );
    two.sign(&keys[1]).unwrap();
    one.merge(&crate::Gathering::open(&net, &two.bytes()).unwrap())
        .unwrap();
    assert_eq!(one.finish().unwrap().id(), draft.id());
    assert_eq!(
        one.sign(&SigningKey::from_seed(&[3; 32])),
        Err(Fault::Signature)
    );
    let mut other = inception(&keys);
    other.day = Day::LAST;
    assert_eq!(one.merge(&other.gather(&net).unwrap()), Err(Fault::Payload));
}

#[test]
fn a_draft_is_signed_only_by_the_key_it_names() {
    let net = NetworkName::default().id();
    let (key, other) = (
        SigningKey::from_seed(&[1; 32]),
        SigningKey::from_seed(&[2; 32]),
    );
    assert_eq!(
        head(&key).sign(&other, &net),
        Err(crate::DraftError::OtherKey)
    );
    let broken = Head {
        due: Day::FIRST,
        day: Day::LAST,
        ..head(&key)
    };
    assert_eq!(
        broken.sign(&key, &net),
        Err(crate::DraftError::Fault(Fault::Field("due")))
    );
}

#[test]
fn what_was_received_is_what_is_kept() {
    let net = NetworkName::default().id();
    let key = SigningKey::from_seed(&[1; 32]);
    let signed = head(&key).sign(&key, &net).unwrap();
    let again = read(&net, signed.bytes()).unwrap();
    assert_eq!((again.bytes(), again.id()), (signed.bytes(), signed.id()));
    assert_eq!(*signed.body(), head(&key));
}

proptest! {
    #[test]
    fn any_bytes_are_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let net = NetworkName::default().id();
        prop_assert!(read(&net, &bytes).is_err());
        let _ = crate::open_item(&net, &bytes);
        let _ = crate::CatchUpRequest::decode(&bytes);
        let _ = crate::CatchUpResponse::decode(&bytes);
        let _ = crate::Part::open(&bytes);
    }

    /// Close to the real thing: bytes put over a genuine statement.
    #[test]
    fn damaged_statements_are_refused_without_panic(at in any::<prop::sample::Index>(), over in prop::collection::vec(any::<u8>(), 1..40)) {
        let net = NetworkName::default().id();
        let key = SigningKey::from_seed(&[7; 32]);
        let good = head(&key).sign(&key, &net).unwrap().bytes().to_vec();
        let mut bytes = good.clone();
        let start = at.index(bytes.len());
        for (byte, new) in bytes[start..].iter_mut().zip(over) {
            *byte = new;
        }
        prop_assert!(bytes == good || read(&net, &bytes).is_err());
    }
}

/// What was kept reads as it did; other bytes are refused by their id or their form. Signatures are not looked at, which is why
/// only what was read with them before may come here.
#[test]
fn what_was_kept_reads_as_before_and_nothing_else_does() {
    let net = NetworkName::default().id();
    let key = SigningKey::from_seed(&[7; 32]);
    let good = head(&key).sign(&key, &net).unwrap();
    let (id, bytes) = (good.id(), good.bytes());
    let read_before = read(&net, bytes).unwrap();
    assert_eq!(read_kept(&net, &id, bytes).unwrap(), read_before);
    assert!(read_kept(&net, &Id::of(b"other"), bytes).is_err());
    assert!(read_kept(&net, &id, &bytes[1..]).is_err());
    assert!(read_kept(&NetworkName::parse("other").unwrap().id(), &id, bytes).is_err());
    let mut turned = bytes.to_vec();
    *turned.last_mut().unwrap() ^= 1;
    assert!(read(&net, &turned).is_err());
    assert!(read_kept(&net, &id, &turned).is_ok());
}
