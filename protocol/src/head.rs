//! Section 6: heads.

use crate::bytes::fields::Fields;
use crate::bytes::{Day, Value, build};
use crate::fault::{Fault, Unread};
use crate::id::Id;
use crate::key::{Key, SigningKey};
use crate::lane::{FeedName, LaneEnd};
use crate::limits;
use crate::network::NetworkId;
use crate::statement::{Context, DraftError, Payload, StatementType, Verified, sign_single};

/// A key's word that its lanes reach at least so far, and that another head will come by a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The institution.
    pub institution: Id,
    /// The node key that signs.
    pub key: Key,
    /// The id of the state that delegates it.
    pub state: Id,
    /// Counts the heads of the key, from 1; only the highest is kept.
    pub beat: u64,
    /// How far each lane reaches, sorted by feed; at most 128.
    pub lanes: Vec<LaneEnd>,
    /// The claimed day.
    pub day: Day,
    /// Another head is promised by this day.
    pub due: Day,
}

impl Head {
    /// Signs.
    ///
    /// # Errors
    /// The rule that the draft breaks.
    pub fn sign(
        &self,
        key: &SigningKey,
        network: &NetworkId,
    ) -> Result<Verified<Head>, DraftError> {
        sign_single(self, &self.key, key, network)
    }

    /// Whether no honest signer makes both: the same beat twice, or the later one says less, or another record at one
    /// position.
    pub fn contradicts(&self, other: &Head) -> bool {
        if self == other {
            return false;
        }
        if self.beat == other.beat {
            return true;
        }
        let (earlier, later) = if self.beat < other.beat {
            (self, other)
        } else {
            (other, self)
        };
        earlier
            .lanes
            .iter()
            .any(|lane| match later.lane(&lane.feed) {
                None => true,
                Some(end) => end.seq < lane.seq || (end.seq == lane.seq && end.last != lane.last),
            })
    }

    /// How far the lane in a feed reaches.
    pub fn lane(&self, feed: &FeedName) -> Option<&LaneEnd> {
        self.lanes.iter().find(|l| l.feed == *feed)
    }
}

impl Payload for Head {
    const TYPE: StatementType = StatementType::Head;

    fn decode(f: Fields<'_>, _: Context<'_>) -> Result<Self, Unread> {
        let head = Head {
            institution: f.id("inst")?,
            key: f.key("key")?,
            state: f.id("state")?,
            beat: f.counter("beat")?,
            lanes: f.sorted("lanes", 0..=limits::HEAD_LANES, LaneEnd::read, |l| {
                l.feed.clone()
            })?,
            day: f.day("day")?,
            due: f.day("due")?,
        };
        if head.due >= head.day {
            Ok(head)
        } else {
            Err(Fault::Field("due").into())
        }
    }

    fn encode(&self) -> Value {
        build::map([
            ("inst", build::id(&self.institution)),
            ("key", build::key(&self.key)),
            ("state", build::id(&self.state)),
            ("beat", build::uint(self.beat)),
            ("lanes", build::list(&self.lanes, LaneEnd::write)),
            ("day", build::day(&self.day)),
            ("due", build::day(&self.due)),
        ])
    }
}
