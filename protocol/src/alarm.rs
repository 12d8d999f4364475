//! Section 6: alarms.

use crate::bytes::fields::Fields;
use crate::bytes::{Day, Value, build};
use crate::fault::{Fault, Unread};
use crate::id::Id;
use crate::institution::Chain;
use crate::key::{Key, SigningKey};
use crate::lane::LaneEnd;
use crate::limits;
use crate::network::NetworkId;
use crate::record::Header;
use crate::statement::{Context, DraftError, Payload, StatementType, Verified, sign_single};
use std::collections::BTreeMap;

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

/// The alarms kept: one of each key about each other key. It has no bound of its own: a key that is delegated can warn about as many keys
/// as there are.
#[derive(Debug, Clone, Default)]
pub struct Alarms {
    /// By institution, whom about, by whom.
    kept: BTreeMap<(Id, Key, Key), Verified<Alarm>>,
}

/// What became of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptAlarm {
    /// Kept.
    New,
    /// Kept in place of another with this id.
    InPlaceOf(Id),
    /// Not kept: the one that is kept has a smaller id, or is the same.
    Not,
}

impl Alarms {
    /// Keeps an alarm that steps 1 and 2 of section 7 let pass. Of several by one key about another the one with the smallest id is kept, so
    /// that the choice does not depend on what came first.
    pub fn keep(&mut self, alarm: Verified<Alarm>) -> KeptAlarm {
        let place = (alarm.institution, alarm.against, alarm.key);
        let outcome = match self.kept.get(&place).map(Verified::id) {
            Some(kept) if kept <= alarm.id() => return KeptAlarm::Not,
            Some(kept) => KeptAlarm::InPlaceOf(kept),
            None => KeptAlarm::New,
        };
        self.kept.insert(place, alarm);
        outcome
    }

    /// The alarm of one key about another, if one is kept.
    pub fn of(&self, institution: &Id, against: &Key, by: &Key) -> Option<&Verified<Alarm>> {
        self.kept.get(&(*institution, *against, *by))
    }

    /// The alarms about a key that count, given the pinned chain of its institution: none when the newest state cuts the key, which settles
    /// the matter, and none of a key that it cuts, which are void. Whether the institution is accepted is for the caller to ask.
    pub fn about<'a>(
        &'a self,
        chain: &'a Chain,
        against: &Key,
    ) -> impl Iterator<Item = &'a Verified<Alarm>> + use<'a> {
        let institution = chain.institution();
        let by_anybody = (institution, *against, Key::from_bytes([0; 33]))
            ..=(institution, *against, Key::from_bytes([0xff; 33]));
        let is_cut = |key: &Key| chain.newest().is_some_and(|state| state.cut(key).is_some());
        let settled = is_cut(against);
        self.kept
            .range(by_anybody)
            .map(|(_, alarm)| alarm)
            .filter(move |alarm| !settled && !is_cut(&alarm.key))
    }
}
