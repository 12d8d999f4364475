//! Ids: the hash of exactly the bytes named.

use crate::text_forms;
use std::fmt;
use std::str::FromStr;

/// A BLAKE3 hash of 32 bytes: of a statement's payload (then it is the statement's id), a part, a feed's name, a key.
///
/// The id of an institution is the id of its inception.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id([u8; 32]);

impl Id {
    /// The hash of `bytes`.
    pub fn of(bytes: &[u8]) -> Id {
        Id(*blake3::hash(bytes).as_bytes())
    }

    /// An id received as bytes; nothing is proved about it.
    pub const fn from_bytes(bytes: [u8; 32]) -> Id {
        Id(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The ten characters of the text form that follow `bafyr4i`: enough for a log line, never for a decision.
    pub fn short(&self) -> String {
        text_forms::id::short(self)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text_forms::id::format(self))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({})", self.short())
    }
}

impl FromStr for Id {
    type Err = text_forms::TextError;

    fn from_str(text: &str) -> Result<Id, Self::Err> {
        text_forms::id::parse(text)
    }
}
