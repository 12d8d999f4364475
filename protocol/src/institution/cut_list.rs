//! The last good records of a revoked key.

use crate::bytes::fields::{self, Fields, Row};
use crate::bytes::{Day, Value, build};
use crate::fault::{Fault, Unread};
use crate::id::Id;
use crate::key::Key;
use crate::lane::FeedName;
use crate::limits;
use crate::network::NetworkId;
use crate::statement::{
    Context, DraftError, Payload, StatementType, Verified, payload_bytes, read, unsigned,
};

/// For each feed, the last good record of a revoked key. Carries no signature: it is authentic only through the state
/// that names its id for the same institution and key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutList {
    /// The institution.
    pub institution: Id,
    /// The revoked key.
    pub key: Key,
    /// Sorted by feed hash, distinct. A feed not named has no good record.
    pub feeds: Vec<CutEntry>,
    /// Records beyond the cut that the institution stands by; sorted, distinct, at most 512.
    pub adopted: Vec<Id>,
    /// The claimed day.
    pub day: Day,
}

/// The last good record of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutEntry {
    /// The hash of the feed's name: a cut must not tell which feeds there are.
    pub feed: Id,
    /// The last good position.
    pub seq: u64,
    /// The record there.
    pub last: Id,
}

impl CutList {
    /// The entry of a feed.
    pub fn entry(&self, feed: &FeedName) -> Option<&CutEntry> {
        let hash = feed.hash();
        self.feeds
            .binary_search_by_key(&hash, |e| e.feed)
            .ok()
            .map(|i| &self.feeds[i])
    }

    /// Whether the institution stands by this record all the same.
    pub fn adopts(&self, record: &Id) -> bool {
        self.adopted.binary_search(record).is_ok()
    }

    /// Makes the statement, whose id a state then names.
    ///
    /// # Errors
    /// The rule that the draft breaks.
    pub fn state(&self, network: &NetworkId) -> Result<Verified<CutList>, DraftError> {
        read(network, &unsigned(&payload_bytes(self, network)))?
            .try_into()
            .map_err(|_| DraftError::Fault(Fault::Payload))
    }
}

impl Payload for CutList {
    const TYPE: StatementType = StatementType::CutList;

    fn decode(f: Fields<'_>, _: Context<'_>) -> Result<Self, Unread> {
        let entry = |value, name| {
            let row = Row::<3>::new(value, name)?;
            Ok(CutEntry {
                feed: row.id(0)?,
                seq: row.counter(1)?,
                last: row.id(2)?,
            })
        };
        Ok(CutList {
            institution: f.id("inst")?,
            key: f.key("key")?,
            // The size of the statement bounds the number.
            feeds: f.sorted("feeds", 0..=usize::MAX, entry, |e| e.feed)?,
            adopted: f.sorted("adopted", 0..=limits::ADOPTED, fields::id, |i| *i)?,
            day: f.day("day")?,
        })
    }

    fn encode(&self) -> Value {
        build::map([
            ("inst", build::id(&self.institution)),
            ("key", build::key(&self.key)),
            (
                "feeds",
                build::list(&self.feeds, |e| {
                    Value::List(vec![
                        build::id(&e.feed),
                        build::uint(e.seq),
                        build::id(&e.last),
                    ])
                }),
            ),
            ("adopted", build::list(&self.adopted, build::id)),
            ("day", build::day(&self.day)),
        ])
    }
}
