//! Collecting the signatures of a threshold statement, also on machines that never meet.

use super::draft::DraftError;
use super::envelope::{self, Envelope};
use super::kind::{Signing, StatementType};
use super::read::{read, read_unsigned};
use super::verified::VerifiedStatement;
use crate::fault::Fault;
use crate::id::Id;
use crate::key::{Key, Signature, SigningKey};
use crate::network::NetworkId;
use crate::{fault::Unread, limits};
use std::collections::BTreeMap;

/// A payload and the signatures gathered so far. Its bytes have the form of a threshold statement and travel as a file
/// between the holders of the root keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gathering {
    network: NetworkId,
    kind: StatementType,
    payload: Vec<u8>,
    signatures: BTreeMap<Key, Signature>,
}

impl Gathering {
    pub(crate) fn new(network: &NetworkId, payload: &[u8]) -> Result<Gathering, DraftError> {
        Ok(Gathering::open(network, &envelope::unsigned(payload))?)
    }

    /// Takes up a gathering, or a finished statement, from bytes. Every signature is verified.
    ///
    /// # Errors
    /// Every fault of section 2, except that signatures may still be missing.
    pub fn open(network: &NetworkId, bytes: &[u8]) -> Result<Gathering, Unread> {
        let decoded = read_unsigned(network, bytes)?;
        let kind = decoded.kind();
        let (
            Envelope::Threshold {
                payload,
                signatures,
            },
            Signing::Roots,
        ) = (envelope::open(bytes)?, kind.signing())
        else {
            return Err(Fault::Envelope.into());
        };
        match decoded.verify() {
            Ok(_) | Err(Fault::Threshold) => {}
            Err(fault) => return Err(fault.into()),
        }
        Ok(Gathering {
            network: *network,
            kind,
            payload,
            signatures: signatures.into_iter().collect(),
        })
    }

    /// The id of what is being signed, to be compared by the signers.
    pub fn id(&self) -> Id {
        Id::of(&self.payload)
    }

    /// The type of what is being signed.
    pub fn kind(&self) -> StatementType {
        self.kind
    }

    /// Who has signed.
    pub fn signers(&self) -> impl Iterator<Item = &Key> {
        self.signatures.keys()
    }

    /// Adds a signature. Signing twice changes nothing.
    ///
    /// # Errors
    /// [`Fault::Envelope`] when the statement already carries the most signatures it may; [`Fault::Signature`] when the
    /// key may not sign it.
    pub fn sign(&mut self, key: &SigningKey) -> Result<(), Fault> {
        let signature = key.sign(self.kind.name(), &self.network, &self.payload);
        self.take(BTreeMap::from([(key.key(), signature)]))
    }

    /// Adds the signatures of another gathering of the same payload.
    ///
    /// # Errors
    /// [`Fault::Payload`] if it is of another payload, [`Fault::Envelope`] if the two together are too many.
    pub fn merge(&mut self, other: &Gathering) -> Result<(), Fault> {
        if (self.network, self.kind, &self.payload) != (other.network, other.kind, &other.payload) {
            return Err(Fault::Payload);
        }
        self.take(other.signatures.clone())
    }

    fn take(&mut self, more: BTreeMap<Key, Signature>) -> Result<(), Fault> {
        let mut all = self.signatures.clone();
        for (key, signature) in more {
            all.entry(key).or_insert(signature);
        }
        if all.len() > limits::SIGNATURES {
            return Err(Fault::Envelope);
        }
        let candidate = Gathering {
            signatures: all,
            ..self.clone()
        };
        match Gathering::open(&self.network, &candidate.bytes()) {
            Ok(checked) => {
                *self = checked;
                Ok(())
            }
            Err(Unread::Invalid(fault)) => Err(fault),
            Err(Unread::Unsupported(_)) => Err(Fault::Payload),
        }
    }

    /// The bytes to carry to the next signer.
    pub fn bytes(&self) -> Vec<u8> {
        envelope::threshold(&self.payload, self.signatures.iter())
    }

    /// The statement, once enough root keys signed.
    ///
    /// # Errors
    /// [`Fault::Threshold`] while signatures are missing. Whether a state also satisfies the state before it is
    /// [`crate::Chain::offer`]'s to say.
    pub fn finish(&self) -> Result<VerifiedStatement, DraftError> {
        Ok(read(&self.network, &self.bytes())?)
    }
}
