//! A courier's countersignature.

use crate::bytes::fields::Fields;
use crate::bytes::{Day, Value, build};
use crate::fault::Unread;
use crate::id::Id;
use crate::key::{Key, SigningKey};
use crate::network::NetworkId;
use crate::statement::{Context, DraftError, Payload, StatementType, Verified, sign_single};

/// A courier's countersignature of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Custody {
    /// The institution of the courier.
    pub institution: Id,
    /// The node key that signs.
    pub key: Key,
    /// The id of the state that delegates it.
    pub state: Id,
    /// The manifest.
    pub of: Id,
    /// Which leg of the way, from 1.
    pub leg: u64,
    /// The claimed day.
    pub day: Day,
}

impl Custody {
    /// Signs.
    ///
    /// # Errors
    /// The rule that the draft breaks.
    pub fn sign(
        &self,
        key: &SigningKey,
        network: &NetworkId,
    ) -> Result<Verified<Custody>, DraftError> {
        sign_single(self, &self.key, key, network)
    }
}

impl Payload for Custody {
    const TYPE: StatementType = StatementType::Custody;

    fn decode(f: Fields<'_>, _: Context<'_>) -> Result<Self, Unread> {
        Ok(Custody {
            institution: f.id("inst")?,
            key: f.key("key")?,
            state: f.id("state")?,
            of: f.id("of")?,
            leg: f.uint_in("leg", 1..=u64::MAX)?,
            day: f.day("day")?,
        })
    }

    fn encode(&self) -> Value {
        build::map([
            ("inst", build::id(&self.institution)),
            ("key", build::key(&self.key)),
            ("state", build::id(&self.state)),
            ("of", build::id(&self.of)),
            ("leg", build::uint(self.leg)),
            ("day", build::day(&self.day)),
        ])
    }
}
