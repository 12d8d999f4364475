//! What each type of statement says about itself.

use super::kind::StatementType;
use crate::bytes::fields::Fields;
use crate::bytes::{Value, build, cbor};
use crate::fault::Unread;
use crate::key::Key;
use crate::network::NetworkId;

/// What the rules of a field may depend on besides the payload.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) network: &'a NetworkId,
    /// Bytes of the whole statement.
    pub(crate) size: usize,
}

/// The payload of one type: read from the fields of a map, written to them.
pub(crate) trait Payload: Sized {
    const TYPE: StatementType;

    /// Step 9 of section 2.
    fn decode(fields: Fields<'_>, context: Context<'_>) -> Result<Self, Unread>;

    /// The fields besides `type`, `v` and `net`.
    fn encode(&self) -> Value;

    /// Keys that are used besides the signers: root keys and delegated keys.
    fn used_keys(&self) -> Vec<Key> {
        Vec::new()
    }
}

pub(crate) fn payload_bytes<T: Payload>(body: &T, network: &NetworkId) -> Vec<u8> {
    let mut value = body.encode();
    if let Value::Map(map) = &mut value {
        map.insert("type".to_owned(), build::text(T::TYPE.name()));
        map.insert("v".to_owned(), build::uint(1));
        map.insert("net".to_owned(), build::bytes(network.as_bytes()));
    }
    cbor::encode(&value)
}
