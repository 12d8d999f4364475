//! Section 11: what people read, say and scan.

mod fingerprint;
pub(crate) mod id;
mod invitation;

pub use fingerprint::{Fingerprint, parse_fingerprint};
pub use id::IdPrefix;
pub use invitation::{Invitation, InvitedPeer};

use thiserror::Error;

/// Why a text was not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TextError {
    /// No id.
    #[error("not an id: it begins with `bafyr4i` and has 59 characters a-z and 2-7")]
    Id,
    /// No beginning of an id.
    #[error("not the beginning of an id: characters a-z and 2-7, at least one after `bafyr4i`")]
    Prefix,
    /// No fingerprint.
    #[error("not a fingerprint: eight groups of five digits")]
    Fingerprint,
    /// The last digit of a fingerprint does not fit the others.
    #[error("a digit of the fingerprint is wrong: compare it again")]
    CheckDigit,
    /// No invitation.
    #[error("not an invitation: it begins with `indaba1`, in one piece, at most 2,048 characters")]
    Invitation,
    /// The invitation was changed or cut short on the way.
    #[error("the invitation is damaged: ask for it again")]
    Checksum,
    /// A field of the invitation is wrong.
    #[error("the invitation's field `{0}` is missing, of the wrong type, or out of its bounds")]
    InvitationField(&'static str),
}
