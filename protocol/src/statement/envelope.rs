//! The two envelopes, as bytes and taken apart.

use crate::bytes::{Value, build, cbor};
use crate::fault::Fault;
use crate::key::{Key, Signature};
use crate::limits;

/// `{1: -8}`: EdDSA, and nothing else to choose.
const PROTECTED: &[u8] = &[0xa1, 0x01, 0x27];

/// An envelope, checked for form only.
pub(super) enum Envelope {
    Single {
        payload: Vec<u8>,
        signature: Signature,
    },
    Threshold {
        payload: Vec<u8>,
        signatures: Vec<(Key, Signature)>,
    },
}

/// Steps 1 to 4 of section 2.
pub(super) fn open(bytes: &[u8]) -> Result<Envelope, Fault> {
    if bytes.len() > limits::STATEMENT {
        return Err(Fault::TooLarge);
    }
    let Value::List(items) = cbor::decode(bytes)? else {
        return Err(Fault::Envelope);
    };
    match <[Value; 4]>::try_from(items) {
        Ok(
            [
                Value::Bytes(protected),
                Value::Map(unprotected),
                Value::Bytes(payload),
                Value::Bytes(signature),
            ],
        ) => {
            let signature = signature.try_into().map_err(|_| Fault::Envelope)?;
            if protected != PROTECTED || !unprotected.is_empty() {
                return Err(Fault::Header);
            }
            Ok(Envelope::Single { payload, signature })
        }
        Ok(_) => Err(Fault::Envelope),
        Err(items) => match <[Value; 2]>::try_from(items) {
            Ok([Value::Bytes(payload), Value::List(pairs)]) => Ok(Envelope::Threshold {
                payload,
                signatures: signatures(pairs)?,
            }),
            _ => Err(Fault::Envelope),
        },
    }
}

fn signatures(pairs: Vec<Value>) -> Result<Vec<(Key, Signature)>, Fault> {
    if pairs.len() > limits::SIGNATURES {
        return Err(Fault::Envelope);
    }
    let pair = |pair| {
        let Value::List(pair) = pair else { return None };
        let [Value::Bytes(key), Value::Bytes(signature)] = pair.as_slice() else {
            return None;
        };
        Some((
            Key::from_bytes(key.as_slice().try_into().ok()?),
            signature.as_slice().try_into().ok()?,
        ))
    };
    let pairs: Vec<(Key, Signature)> = pairs
        .into_iter()
        .map(pair)
        .collect::<Option<_>>()
        .ok_or(Fault::Envelope)?;
    if pairs.is_sorted_by(|a, b| a.0 < b.0) {
        Ok(pairs)
    } else {
        Err(Fault::Envelope)
    }
}

/// The payload of a statement that was read, in the generic form: for comparing fields with whatever they hold.
pub(crate) fn payload_of(statement: &[u8]) -> Option<Value> {
    let (Envelope::Single { payload, .. } | Envelope::Threshold { payload, .. }) =
        open(statement).ok()?;
    cbor::decode(&payload).ok()
}

pub(super) fn single(payload: &[u8], signature: &Signature) -> Vec<u8> {
    cbor::encode(&Value::List(vec![
        build::bytes(PROTECTED),
        Value::Map(Default::default()),
        build::bytes(payload),
        build::bytes(signature),
    ]))
}

pub(super) fn threshold<'a>(
    payload: &[u8],
    signatures: impl Iterator<Item = (&'a Key, &'a Signature)>,
) -> Vec<u8> {
    let pairs = signatures
        .map(|(key, sig)| Value::List(vec![build::key(key), build::bytes(sig)]))
        .collect();
    cbor::encode(&Value::List(vec![
        build::bytes(payload),
        Value::List(pairs),
    ]))
}

/// The envelope of a statement that carries no signature.
pub(crate) fn unsigned(payload: &[u8]) -> Vec<u8> {
    threshold(payload, std::iter::empty())
}
