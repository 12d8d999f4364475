//! RFC 4648 base32, lower case, without padding.

use cid::multibase::Base::Base32Lower;

pub(crate) fn encode(bytes: &[u8]) -> String {
    Base32Lower.encode(bytes)
}

/// Strict: a text that another text would stand for as well (other case, stray last bits) is refused.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let bytes = Base32Lower.decode(text).ok()?;
    (encode(&bytes) == text).then_some(bytes)
}
