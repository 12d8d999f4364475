//! Section 6: alarms.

use crate::bytes::fields::Fields;
use crate::bytes::{Day, Value, build};
use crate::fault::{Fault, Unread};
use crate::id::Id;
use crate::key::{Key, SigningKey};
use crate::lane::LaneEnd;
use crate::limits;
use crate::network::NetworkId;
use crate::record::Header;
use crate::statement::{Context, DraftError, Payload, StatementType, Verified, sign_single};

/// A warning by one live key about another key of the same institution. Changes no verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// The institution.
    pub institution: Id,
    /// The node key that signs.
    pub key: Key,
    /// The id of the state that delegates it.
    pub state: Id,
    /// The key it warns about.
    pub against: Key,
    /// How far that key's lanes are good, sorted by feed; at most 128.
    pub good: Vec<LaneEnd>,
    /// The claimed day.
    pub day: Day,
}

impl Alarm {
    /// Signs.
    ///
    /// # Errors
    /// The rule that the draft breaks.
    pub fn sign(
        &self,
        key: &SigningKey,
        network: &NetworkId,
    ) -> Result<Verified<Alarm>, DraftError> {
        sign_single(self, &self.key, key, network)
    }

    /// Whether it makes a record *disputed*: signed by the key it warns about, beyond what it calls good in some feed.
    pub fn disputes(&self, record: &Header) -> bool {
        self.institution == record.institution
            && self.against == record.key
            && record.lanes.iter().any(|lane| {
                !self
                    .good
                    .iter()
                    .any(|good| good.feed == lane.feed && lane.seq <= good.seq)
            })
    }
}

impl Payload for Alarm {
    const TYPE: StatementType = StatementType::Alarm;

    fn decode(f: Fields<'_>, _: Context<'_>) -> Result<Self, Unread> {
        let alarm = Alarm {
            institution: f.id("inst")?,
            key: f.key("key")?,
            state: f.id("state")?,
            against: f.key("against")?,
            good: f.sorted("good", 0..=limits::HEAD_LANES, LaneEnd::read, |l| {
                l.feed.clone()
            })?,
            day: f.day("day")?,
        };
        if alarm.against == alarm.key {
            Err(Fault::Field("against").into())
        } else {
            Ok(alarm)
        }
    }

    fn encode(&self) -> Value {
        build::map([
            ("inst", build::id(&self.institution)),
            ("key", build::key(&self.key)),
            ("state", build::id(&self.state)),
            ("against", build::key(&self.against)),
            ("good", build::list(&self.good, LaneEnd::write)),
            ("day", build::day(&self.day)),
        ])
    }
}
