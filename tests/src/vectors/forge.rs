//! Making statements that the protocol crate would refuse to sign.

use super::case::{Map, bytes, list};
use ed25519_dalek::Signer;
use indaba_protocol::key::signed_bytes;
use indaba_protocol::{Id, Key, NetworkId, NetworkName, Value, cbor};

/// A key pair from a label: the same for ever.
pub(super) struct Pair(ed25519_dalek::SigningKey);

impl Pair {
    pub(super) fn of(label: &str) -> Pair {
        Pair(ed25519_dalek::SigningKey::from_bytes(
            Id::of(format!("indaba vectors: {label}").as_bytes()).as_bytes(),
        ))
    }

    pub(super) fn from_seed(seed: &[u8; 32]) -> Pair {
        Pair(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    pub(super) fn key(&self) -> Key {
        Key::ed25519(self.0.verifying_key().to_bytes())
    }

    pub(super) fn sign(&self, kind: &str, net: &NetworkId, payload: &[u8]) -> [u8; 64] {
        self.0.sign(&signed_bytes(kind, net, payload)).to_bytes()
    }
}

pub(super) fn net() -> NetworkId {
    NetworkName::default().id()
}

pub(super) fn encoded(map: &Map) -> Vec<u8> {
    cbor::encode(&Value::Map(map.clone()))
}

/// The type a payload claims, for the signature; what is no text signs as nothing.
pub(super) fn claimed(map: &Map) -> &str {
    match map.get("type") {
        Some(Value::String(kind)) => kind,
        _ => "",
    }
}

pub(super) fn single_of(payload: &[u8], signature: &[u8]) -> Vec<u8> {
    cbor::encode(&list([
        bytes(&[0xa1, 0x01, 0x27]),
        Value::Map(Map::new()),
        bytes(payload),
        bytes(signature),
    ]))
}

pub(super) fn threshold_of(payload: &[u8], pairs: &[(Key, [u8; 64])]) -> Vec<u8> {
    let pairs = pairs
        .iter()
        .map(|(key, sig)| list([bytes(key.as_bytes()), bytes(sig)]));
    cbor::encode(&list([bytes(payload), list(pairs)]))
}

pub(super) fn single(map: &Map, signer: &Pair) -> Vec<u8> {
    let payload = encoded(map);
    single_of(&payload, &signer.sign(claimed(map), &net(), &payload))
}

pub(super) fn signatures(map: &Map, signers: &[&Pair]) -> Vec<(Key, [u8; 64])> {
    let payload = encoded(map);
    let mut pairs: Vec<_> = signers
        .iter()
        .map(|s| (s.key(), s.sign(claimed(map), &net(), &payload)))
        .collect();
    pairs.sort();
    pairs
}

pub(super) fn threshold(map: &Map, signers: &[&Pair]) -> Vec<u8> {
    threshold_of(&encoded(map), &signatures(map, signers))
}

/// The payload of a statement, as bytes and as a map; empty for what has none.
pub(super) fn payload(statement: &[u8]) -> (Vec<u8>, Map) {
    let Ok(Value::List(items)) = cbor::decode(statement) else {
        return Default::default();
    };
    let at = if items.len() == 4 { 2 } else { 0 };
    let Some(Value::Bytes(payload)) = items.get(at) else {
        return Default::default();
    };
    match cbor::decode(payload) {
        Ok(Value::Map(map)) => (payload.clone(), map),
        _ => Default::default(),
    }
}

pub(super) fn id(statement: &[u8]) -> Id {
    Id::of(&payload(statement).0)
}
