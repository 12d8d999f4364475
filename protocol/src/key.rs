//! Section 3: keys, and what exactly is signed.

use crate::{bytes::base32, fault::Fault, id::Id, network::NetworkId};
use ed25519_dalek::{Signer, VerifyingKey};
use std::fmt;

/// A signature of version 1: 64 bytes of Ed25519.
pub type Signature = [u8; 64];

/// The algorithm byte of Ed25519.
const ED25519: u8 = 0x01;

/// One algorithm byte and the key's bytes, as received; [`Key::check`] says whether it can be used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u8; 33]);

impl Key {
    /// A key received as bytes; nothing is proved about it.
    pub const fn from_bytes(bytes: [u8; 33]) -> Key {
        Key(bytes)
    }

    /// An Ed25519 public key.
    pub fn ed25519(public: [u8; 32]) -> Key {
        let mut bytes = [ED25519; 33];
        bytes[1..].copy_from_slice(&public);
        Key(bytes)
    }

    /// The algorithm byte and the key's bytes.
    pub const fn as_bytes(&self) -> &[u8; 33] {
        &self.0
    }

    /// The hash of the 33 bytes: how a reserve key is committed to.
    pub fn digest(&self) -> Id {
        Id::of(&self.0)
    }

    /// Whether the key may be used: a known algorithm, a canonically encoded point, not of small order.
    ///
    /// # Errors
    /// [`Fault::Key`].
    pub fn check(&self) -> Result<(), Fault> {
        self.checked().map(drop)
    }

    /// The key as it is used, once it may be: decoding a point costs a tenth of a verification.
    pub(crate) fn checked(&self) -> Result<CheckedKey, Fault> {
        let [ED25519, public @ ..] = &self.0 else {
            return Err(Fault::Key);
        };
        let key = VerifyingKey::from_bytes(public).map_err(|_| Fault::Key)?;
        // Decoding accepts y >= p and a negative zero. Points with x = 0 are of small order, so the sign needs no look of its own.
        if is_reduced(public) && !key.is_weak() {
            Ok(CheckedKey(key))
        } else {
            Err(Fault::Key)
        }
    }

    /// Verifies one signature over a statement's payload by the strict rules of section 3.
    ///
    /// # Errors
    /// [`Fault::Key`] or [`Fault::Signature`].
    pub fn verify(
        &self,
        kind: &str,
        network: &NetworkId,
        payload: &[u8],
        signature: &Signature,
    ) -> Result<(), Fault> {
        self.checked()?.verify(kind, network, payload, signature)
    }

    /// Verifies what [`SigningKey::sign_local`] signed, by the same strict rules.
    ///
    /// # Errors
    /// [`Fault::Key`] or [`Fault::Signature`].
    pub fn verify_local(
        &self,
        what: &str,
        network: &NetworkId,
        payload: &[u8],
        signature: &Signature,
    ) -> Result<(), Fault> {
        self.verify(&local(what), network, payload, signature)
    }
}

/// The type of what is signed for one machine only (section 3): no statement's type holds a slash.
fn local(what: &str) -> String {
    format!("local/{what}")
}

/// A key that may be used, decoded.
pub(crate) struct CheckedKey(VerifyingKey);

impl CheckedKey {
    /// As [`Key::verify`].
    pub(crate) fn verify(
        &self,
        kind: &str,
        network: &NetworkId,
        payload: &[u8],
        signature: &Signature,
    ) -> Result<(), Fault> {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.0
            .verify_strict(&signed_bytes(kind, network, payload), &signature)
            .map_err(|_| Fault::Signature)
    }
}

/// Whether the y of an encoded point is below p = 2^255 - 19, as it has to be.
fn is_reduced(point: &[u8; 32]) -> bool {
    let [lowest, middle @ .., highest] = point;
    *lowest < 0xed || highest & 0x7f != 0x7f || middle.iter().any(|byte| *byte != 0xff)
}

impl fmt::Display for Key {
    /// The first sixteen characters of the key's base32: enough to tell keys apart in a list, never for a decision.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base32::encode(&self.0[1..11]))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

/// A private key. It is wiped from memory when dropped and shown nowhere.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// From 32 random bytes, which the caller draws and wipes.
    pub fn from_seed(seed: &[u8; 32]) -> SigningKey {
        SigningKey(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The public key.
    pub fn key(&self) -> Key {
        Key::ed25519(self.0.verifying_key().to_bytes())
    }

    /// Signs a payload as a statement of type `kind`.
    pub(crate) fn sign(&self, kind: &str, network: &NetworkId, payload: &[u8]) -> Signature {
        self.0
            .sign(&signed_bytes(kind, network, payload))
            .to_bytes()
    }

    /// Signs what is no statement and stays on one machine, such as an officer's approval of a draft. The signature is never valid for a
    /// statement, and a statement's never for this.
    pub fn sign_local(&self, what: &str, network: &NetworkId, payload: &[u8]) -> Signature {
        self.sign(&local(what), network, payload)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(for {})", self.key())
    }
}

/// The `Sig_structure` of RFC 9052 section 4.4, so that any COSE library verifies a statement.
///
/// Type and network are in `external_aad`: a signature made for one is never valid for another.
pub fn signed_bytes(kind: &str, network: &NetworkId, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() + 96);
    out.extend_from_slice(b"\x84\x6aSignature1\x43\xa1\x01\x27");
    let aad_len = "indaba/".len() + kind.len() + "/v1".len() + 1 + 32;
    head(&mut out, aad_len);
    out.extend_from_slice(b"indaba/");
    out.extend_from_slice(kind.as_bytes());
    out.extend_from_slice(b"/v1\0");
    out.extend_from_slice(network.as_bytes());
    head(&mut out, payload.len());
    out.extend_from_slice(payload);
    out
}

/// The head of a CBOR byte string, shortest form.
fn head(out: &mut Vec<u8>, len: usize) {
    let wide = (len as u64).to_be_bytes();
    match len {
        0..=23 => out.push(0x40 | wide[7]),
        24..=0xff => out.extend_from_slice(&[0x58, wide[7]]),
        0x100..=0xffff => out.extend_from_slice(&[0x59, wide[6], wide[7]]),
        0x1_0000..=0xffff_ffff => {
            out.push(0x5a);
            out.extend_from_slice(&wide[4..]);
        }
        _ => {
            out.push(0x5b);
            out.extend_from_slice(&wide);
        }
    }
}

#[cfg(test)]
mod tests;
