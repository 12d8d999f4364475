//! What a cut, or an alarm, would do to the records held.

use serde::{Deserialize, Serialize};

use super::Act;

/// What of a node key's records stays valid, and what does not.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CutPlan {
    /// The node key, in hexadecimal.
    pub key: String,
    /// The node key, as it is shown.
    pub shown: String,
    /// The last good record of each feed; in all others nothing is good.
    pub feeds: Vec<CutFeed>,
    /// Records that stay valid.
    pub kept: u64,
    /// Records held of the key that do not.
    pub void: u64,
    /// Those records, at most 500 of them.
    pub void_named: Vec<CutRecord>,
}

/// Where a lane ends.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CutFeed {
    /// The feed's name.
    pub feed: String,
    /// The last good position.
    pub seq: u64,
    /// The record there.
    pub last: CutRecord,
}

/// A record in a plan.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CutRecord {
    /// The id.
    pub id: String,
    /// The id, shortened for people.
    pub short: String,
    /// The title; none when the card is not here.
    pub title: Option<String>,
    /// What it does to another record, when it needs no title for that.
    #[serde(default)]
    pub act: Option<Act>,
}
