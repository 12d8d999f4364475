//! Why bytes were not read, and what that means for who delivered them.

use thiserror::Error;

/// A rule that the bytes themselves break: **INVALID**. It depends on nothing but the bytes and the network's name,
/// so every node judges it alike, and it alone may cost the peer that relayed the bytes. It says nothing about the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum Fault {
    /// More bytes than the type allows.
    #[error("too large: more bytes than its type allows; nothing of it was read")]
    TooLarge,
    /// Not strict CBOR (section 1).
    #[error("not strict CBOR: encode it again deterministically")]
    NotCanonical,
    /// Not one of the two envelopes, or not the one of its type.
    #[error("the envelope is not the one its type requires")]
    Envelope,
    /// A header of the signature structure that is not the constant one.
    #[error("the signature header is not the constant of version 1")]
    Header,
    /// The payload is no map with type, version and network.
    #[error("the payload is not a map with `type`, `v` and `net`")]
    Payload,
    /// Made for another network.
    #[error("made for another network")]
    Network,
    /// A field is missing, of the wrong type, or out of its bounds.
    #[error("field `{0}` is missing, of the wrong type, or out of its bounds")]
    Field(&'static str),
    /// A public key that is of an unknown algorithm, not canonical, or of small order.
    #[error("a public key is not usable: unknown algorithm, not canonical, or of small order")]
    Key,
    /// A signature that does not verify, or a signer who may not sign this.
    #[error("a signature does not verify")]
    Signature,
    /// Too few signatures of the statement's own root keys.
    #[error("fewer root keys signed than the threshold requires")]
    Threshold,
    /// A card or body that is not the one the header names.
    #[error("a card or body is not the one the record names")]
    Part,
}

impl Fault {
    /// The code of section 13.
    pub fn code(&self) -> &'static str {
        match self {
            Fault::TooLarge => "too-large",
            Fault::NotCanonical => "not-canonical",
            Fault::Envelope => "envelope",
            Fault::Header => "header",
            Fault::Payload => "payload",
            Fault::Network => "network",
            Fault::Field(_) => "field",
            Fault::Key => "key",
            Fault::Signature => "signature",
            Fault::Threshold => "threshold",
            Fault::Part => "part",
        }
    }
}

/// A statement that a later version may define: ignored, not relayed, nobody penalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum Unsupported {
    /// The type is not one of version 1.
    #[error("a type of statement that this version does not know")]
    Type,
    /// The version is not 1.
    #[error("a version of the statement that this version does not know")]
    Version,
    /// A record posted to a reserved circle.
    #[error("posted to a circle, which this version does not support")]
    Circle,
    /// A record with encrypted parts.
    #[error("its parts are encrypted, which this version does not support")]
    Encrypted,
    /// A marking other than `clear` and `green`.
    #[error("its marking is neither `clear` nor `green`")]
    Marking,
}

/// Why bytes did not become a verified statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum Unread {
    /// The bytes are wrong; whoever relayed them may be held to account.
    #[error("invalid: {0}")]
    Invalid(#[from] Fault),
    /// The bytes may be right in a later version; ignore them.
    #[error("unsupported: {0}")]
    Unsupported(#[from] Unsupported),
}
