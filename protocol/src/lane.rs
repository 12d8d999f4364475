//! Section 5: feeds and lanes.

mod feed;

pub use feed::{FeedName, FeedNameError};

use crate::bytes::fields::Row;
use crate::bytes::{Value, build};
use crate::fault::Fault;
use crate::id::Id;

/// A record's place in one lane: its position and its predecessor there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// The feed.
    pub feed: FeedName,
    /// The position, from 1.
    pub seq: u64,
    /// The record at the position before; `None` exactly at position 1.
    pub prev: Option<Id>,
}

/// How far a lane reaches: the last position and the record there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneEnd {
    /// The feed.
    pub feed: FeedName,
    /// The last position, from 1.
    pub seq: u64,
    /// The record at that position.
    pub last: Id,
}

impl LaneEnd {
    pub(crate) fn read(value: &Value, name: &'static str) -> Result<LaneEnd, Fault> {
        let row = Row::<3>::new(value, name)?;
        Ok(LaneEnd {
            feed: row.feed(0)?,
            seq: row.counter(1)?,
            last: row.id(2)?,
        })
    }

    pub(crate) fn write(&self) -> Value {
        Value::List(vec![
            build::text(self.feed.as_str()),
            build::uint(self.seq),
            build::id(&self.last),
        ])
    }
}
