//! Networks: nodes of different networks never exchange anything.

use crate::{id::Id, limits};
use std::fmt;
use thiserror::Error;

/// The published name of a network: 1 to 64 characters of `a-z 0-9 . -`, the first a letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkName(String);

/// A text that is no network name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "not a network name: 1 to 64 characters of a-z, 0-9, full stop and hyphen, beginning with a letter"
)]
pub struct NetworkNameError;

/// The hash of a network's name; part of every payload and of everything signed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkId([u8; 32]);

impl NetworkName {
    /// Checks a name.
    ///
    /// # Errors
    /// [`NetworkNameError`] if it is not a network name.
    pub fn parse(text: &str) -> Result<NetworkName, NetworkNameError> {
        let letter = text.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
        let rest = text
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-'));
        if letter && rest && text.len() <= limits::NETWORK_NAME {
            Ok(NetworkName(text.to_owned()))
        } else {
            Err(NetworkNameError)
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its id.
    pub fn id(&self) -> NetworkId {
        NetworkId(*Id::of(self.0.as_bytes()).as_bytes())
    }
}

impl Default for NetworkName {
    /// `indaba`.
    fn default() -> Self {
        NetworkName("indaba".to_owned())
    }
}

impl fmt::Display for NetworkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl NetworkId {
    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first 16 hexadecimal digits, which name topics and protocols.
    pub fn prefix(&self) -> String {
        self.0[..8].iter().map(|b| format!("{b:02x}")).collect()
    }
}

impl fmt::Debug for NetworkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NetworkId({})", self.prefix())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["indaba", "a", "x.9-", &"a".repeat(64)] {
            assert!(NetworkName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "9a", "-a", "A", "a_b", "é", &"a".repeat(65)] {
            assert!(NetworkName::parse(bad).is_err(), "{bad}");
        }
    }
}
