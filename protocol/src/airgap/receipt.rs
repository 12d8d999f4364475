//! What the signer holds.

use crate::bytes::fields::{self, Fields, Row};
use crate::bytes::{Day, Value, build};
use crate::fault::{Fault, Unread};
use crate::id::Id;
use crate::key::{Key, SigningKey};
use crate::lane::FeedName;
use crate::limits;
use crate::network::NetworkId;
use crate::statement::{Context, DraftError, Payload, StatementType, Verified, sign_single};

/// Tells one institution what the signer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The institution that holds.
    pub institution: Id,
    /// The node key that signs.
    pub key: Key,
    /// The id of the state that delegates it.
    pub state: Id,
    /// The institution it is for.
    pub to: Id,
    /// The manifest it answers, if one.
    pub about: Option<Id>,
    /// How far lanes are held, sorted by key, then feed; at most 240.
    pub holds: Vec<Hold>,
    /// The claimed day.
    pub day: Day,
}

/// How far one lane is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// The lane's key.
    pub key: Key,
    /// The lane's feed.
    pub feed: FeedName,
    /// The last position held.
    pub seq: u64,
    /// The record there.
    pub last: Id,
}

impl Receipt {
    /// Signs.
    ///
    /// # Errors
    /// The rule that the draft breaks.
    pub fn sign(
        &self,
        key: &SigningKey,
        network: &NetworkId,
    ) -> Result<Verified<Receipt>, DraftError> {
        sign_single(self, &self.key, key, network)
    }
}

fn hold(value: &Value, name: &'static str) -> Result<Hold, Fault> {
    let row = Row::<4>::new(value, name)?;
    Ok(Hold {
        key: row.key(0)?,
        feed: row.feed(1)?,
        seq: row.counter(2)?,
        last: row.id(3)?,
    })
}

impl Payload for Receipt {
    const TYPE: StatementType = StatementType::Receipt;

    fn decode(f: Fields<'_>, _: Context<'_>) -> Result<Self, Unread> {
        Ok(Receipt {
            institution: f.id("inst")?,
            key: f.key("key")?,
            state: f.id("state")?,
            to: f.id("to")?,
            about: f.nullable("about", fields::id)?,
            holds: f.sorted("holds", 0..=limits::HOLDS, hold, |h| {
                (h.key, h.feed.clone())
            })?,
            day: f.day("day")?,
        })
    }

    fn encode(&self) -> Value {
        let hold = |h: &Hold| {
            Value::List(vec![
                build::key(&h.key),
                build::text(h.feed.as_str()),
                build::uint(h.seq),
                build::id(&h.last),
            ])
        };
        build::map([
            ("inst", build::id(&self.institution)),
            ("key", build::key(&self.key)),
            ("state", build::id(&self.state)),
            ("to", build::id(&self.to)),
            ("about", build::or_null(self.about.as_ref(), build::id)),
            ("holds", build::list(&self.holds, hold)),
            ("day", build::day(&self.day)),
        ])
    }
}
