//! Reading a statement: one door, in the order of section 2.

use super::envelope::{self, Envelope};
use super::kind::{Signing, StatementType};
use super::payload::{Context, Payload};
use super::verified::{Statement, VerifiedStatement};
use crate::airgap::{Custody, Manifest, Receipt};
use crate::alarm::Alarm;
use crate::bytes::fields::Fields;
use crate::bytes::{Value, cbor};
use crate::equivocation::Equivocation;
use crate::fault::{Fault, Unread, Unsupported};
use crate::head::Head;
use crate::id::Id;
use crate::institution::{CutList, Inception, State};
use crate::key::{Key, Signature};
use crate::network::NetworkId;
use crate::record::Header;
use std::sync::Arc;

/// Reads a statement, signatures included.
///
/// # Errors
/// [`Unread::Invalid`] with the first rule broken, or [`Unread::Unsupported`].
pub fn read(network: &NetworkId, bytes: &[u8]) -> Result<VerifiedStatement, Unread> {
    Ok(read_unsigned(network, bytes)?.verify()?)
}

/// Reads again what was read with its signatures before and has been kept since: everything but keys and signatures, which cost
/// ten times the rest. Only for bytes of one's own that were just found to be what was kept, by a hash made at that time;
/// `id` is the one it was kept under.
///
/// # Errors
/// As [`read_unsigned`]; [`Fault::Payload`] when the bytes have another id.
pub fn read_kept(network: &NetworkId, id: &Id, bytes: &[u8]) -> Result<VerifiedStatement, Unread> {
    let kept = read_unsigned(network, bytes)?;
    if kept.id == *id {
        Ok(kept.proved())
    } else {
        Err(Fault::Payload.into())
    }
}

/// A statement whose form and fields are right and whose signatures nobody has looked at.
///
/// Good for what is cheap: is it wanted, is it known. Call [`Decoded::verify`] before believing it.
#[derive(Debug, Clone)]
pub struct Decoded {
    network: NetworkId,
    id: Id,
    bytes: Arc<[u8]>,
    payload: Vec<u8>,
    signatures: Vec<(Key, Signature)>,
    statement: Statement,
}

/// Steps 1 to 9 of section 2: everything but keys and signatures.
///
/// # Errors
/// [`Unread::Invalid`] with the first rule broken, or [`Unread::Unsupported`].
pub fn read_unsigned(network: &NetworkId, bytes: &[u8]) -> Result<Decoded, Unread> {
    let envelope = envelope::open(bytes)?;
    let payload = match &envelope {
        Envelope::Single { payload, .. } | Envelope::Threshold { payload, .. } => payload,
    };
    let value = cbor::decode(payload).map_err(|_| Fault::Payload)?;
    let kind = claimed_type(&value, network)?;
    let (payload, signed) = match (kind.signing(), envelope) {
        (Signing::NodeKey, Envelope::Single { payload, signature }) => {
            (payload, Signed::Single(signature))
        }
        (
            Signing::Roots,
            Envelope::Threshold {
                payload,
                signatures,
            },
        ) => (payload, Signed::Threshold(signatures)),
        (
            Signing::Nobody,
            Envelope::Threshold {
                payload,
                signatures,
            },
        ) if signatures.is_empty() => (payload, Signed::Threshold(signatures)),
        _ => return Err(Fault::Envelope.into()),
    };
    if bytes.len() > kind.limit() {
        return Err(Fault::TooLarge.into());
    }
    let statement = decode(kind, &value, network, bytes.len())?;
    let signatures = match (signed, statement.node_key()) {
        (Signed::Single(signature), Some(key)) => vec![(key, signature)],
        (Signed::Single(_), None) => return Err(Fault::Envelope.into()),
        (Signed::Threshold(signatures), _) => signatures,
    };
    Ok(Decoded {
        network: *network,
        id: Id::of(&payload),
        bytes: bytes.into(),
        payload,
        signatures,
        statement,
    })
}

enum Signed {
    Single(Signature),
    Threshold(Vec<(Key, Signature)>),
}

/// Steps 5 to 7.
fn claimed_type(value: &Value, network: &NetworkId) -> Result<StatementType, Unread> {
    let Value::Map(map) = value else {
        return Err(Fault::Payload.into());
    };
    let (Some(Value::String(name)), Some(Value::Integer(version)), Some(Value::Bytes(net))) =
        (map.get("type"), map.get("v"), map.get("net"))
    else {
        return Err(Fault::Payload.into());
    };
    if *version < 0 || net.len() != 32 {
        return Err(Fault::Payload.into());
    }
    if net != network.as_bytes() {
        return Err(Fault::Network.into());
    }
    let kind = StatementType::of_name(name).ok_or(Unsupported::Type)?;
    if *version == 1 {
        Ok(kind)
    } else {
        Err(Unsupported::Version.into())
    }
}

/// Step 9.
fn decode(
    kind: StatementType,
    value: &Value,
    network: &NetworkId,
    size: usize,
) -> Result<Statement, Unread> {
    let fields = Fields::new(value, "payload")?;
    let context = Context { network, size };
    Ok(match kind {
        StatementType::Inception => Statement::Inception(Inception::decode(fields, context)?),
        StatementType::State => Statement::State(State::decode(fields, context)?),
        StatementType::CutList => Statement::CutList(CutList::decode(fields, context)?),
        StatementType::Record => Statement::Record(Header::decode(fields, context)?),
        StatementType::Head => Statement::Head(Head::decode(fields, context)?),
        StatementType::Equivocation => {
            Statement::Equivocation(Equivocation::decode(fields, context)?)
        }
        StatementType::Alarm => Statement::Alarm(Alarm::decode(fields, context)?),
        StatementType::Manifest => Statement::Manifest(Manifest::decode(fields, context)?),
        StatementType::Custody => Statement::Custody(Custody::decode(fields, context)?),
        StatementType::Receipt => Statement::Receipt(Receipt::decode(fields, context)?),
    })
}

impl Decoded {
    /// The hash of the payload. A forgery may claim the same payload: never remember an id as bad.
    pub fn id(&self) -> Id {
        self.id
    }

    /// The statement exactly as received.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its type.
    pub fn kind(&self) -> StatementType {
        self.statement.kind()
    }

    /// The fields, unproved.
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// Step 10 of section 2: keys, then signatures, then thresholds.
    ///
    /// # Errors
    /// The first rule broken.
    pub fn verify(self) -> Result<VerifiedStatement, Fault> {
        for key in self.statement.used_keys() {
            key.check()?;
        }
        let keys = self.signatures.iter().map(|(key, _)| key.checked());
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        if let Statement::Inception(inception) = &self.statement {
            let of_roots = |(key, _): &(Key, Signature)| inception.authority.roots.contains(key);
            if !self.signatures.iter().all(of_roots) {
                return Err(Fault::Signature);
            }
        }
        let kind = self.statement.kind().name();
        for (key, (_, signature)) in keys.iter().zip(&self.signatures) {
            key.verify(kind, &self.network, &self.payload, signature)?;
        }
        let authority = match &self.statement {
            Statement::Inception(s) => Some(&s.authority),
            Statement::State(s) => Some(&s.authority),
            _ => None,
        };
        if let Some(authority) = authority {
            let own = self
                .signatures
                .iter()
                .filter(|(key, _)| authority.roots.contains(key))
                .count();
            if (own as u64) < authority.threshold {
                return Err(Fault::Threshold);
            }
        }
        if let Statement::Equivocation(proof) = &self.statement {
            proof.verify_both()?;
        }
        Ok(self.proved())
    }

    fn proved(self) -> VerifiedStatement {
        let signers = self.signatures.iter().map(|(key, _)| *key).collect();
        VerifiedStatement::new(self.id, self.bytes, signers, self.statement)
    }
}

#[cfg(test)]
mod tests;
