//! The beginning of an institution.

use super::authority::Authority;
use crate::bytes::fields::Fields;
use crate::bytes::{Day, Value, build};
use crate::fault::Unread;
use crate::key::Key;
use crate::network::NetworkId;
use crate::statement::{Context, DraftError, Gathering, Payload, StatementType, payload_bytes};

/// The beginning of an institution; its id is the institution's. Counts as version 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inception {
    /// Root keys, reserve and recovery.
    pub authority: Authority,
    /// The claimed day.
    pub day: Day,
}

impl Inception {
    /// Begins gathering signatures of this draft.
    ///
    /// # Errors
    /// The rule that the draft breaks.
    pub fn gather(&self, network: &NetworkId) -> Result<Gathering, DraftError> {
        Gathering::new(network, &payload_bytes(self, network))
    }
}

impl Payload for Inception {
    const TYPE: StatementType = StatementType::Inception;

    fn decode(f: Fields<'_>, _: Context<'_>) -> Result<Self, Unread> {
        Ok(Inception {
            authority: Authority::decode(f)?,
            day: f.day("day")?,
        })
    }

    fn encode(&self) -> Value {
        let mut value = build::map([("day", build::day(&self.day))]);
        self.authority.encode_into(&mut value);
        value
    }

    fn used_keys(&self) -> Vec<Key> {
        self.authority.roots.clone()
    }
}
