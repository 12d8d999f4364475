//! Positive control: what the protocol does all day must pass.
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

fn verify_strict(key: &ed25519_dalek::VerifyingKey, message: &[u8], signature: &ed25519_dalek::Signature) -> bool {
    key.verify_strict(message, signature).is_ok()
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    *blake3::hash(bytes).as_bytes()
}

fn ordered() -> (BTreeMap<u8, Duration>, BTreeSet<u8>) {
    (BTreeMap::new(), BTreeSet::new())
}
