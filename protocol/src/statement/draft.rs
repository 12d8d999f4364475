//! Signing what one key signs.

use super::envelope;
use super::payload::{Payload, payload_bytes};
use super::read::read;
use super::verified::{Verified, VerifiedStatement};
use crate::fault::{Fault, Unread, Unsupported};
use crate::key::{Key, SigningKey};
use crate::network::NetworkId;
use thiserror::Error;

/// Why a draft was not signed. Nothing has left the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DraftError {
    /// The draft breaks a rule that every reader would hold against it.
    #[error("not signed: every reader would refuse it: {0}")]
    Fault(#[from] Fault),
    /// The draft says something this version does not support.
    #[error("not signed: {0}")]
    Unsupported(#[from] Unsupported),
    /// The signing key is not the key the draft names.
    #[error("not signed: the draft names another key than the one that would sign")]
    OtherKey,
}

impl From<Unread> for DraftError {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Invalid(fault) => DraftError::Fault(fault),
            Unread::Unsupported(what) => DraftError::Unsupported(what),
        }
    }
}

/// Signs `body` and reads the result through the same door as everything received.
pub(crate) fn sign_single<T: Payload>(
    body: &T,
    named: &Key,
    key: &SigningKey,
    network: &NetworkId,
) -> Result<Verified<T>, DraftError>
where
    Verified<T>: TryFrom<VerifiedStatement>,
{
    if *named != key.key() {
        return Err(DraftError::OtherKey);
    }
    let payload = payload_bytes(body, network);
    let signature = key.sign(T::TYPE.name(), network, &payload);
    read(network, &envelope::single(&payload, &signature))?
        .try_into()
        .map_err(|_| DraftError::Fault(Fault::Payload))
}
