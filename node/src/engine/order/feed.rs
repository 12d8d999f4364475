//! Feeds, and how complete they are.

use serde::{Deserialize, Serialize};

use super::{InstitutionView, LackingView};

/// A feed and how complete it is. Counts are records (headers); parts are counted apart.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FeedView {
    /// The feed's name.
    pub feed: String,
    /// Followed here.
    pub followed: bool,
    /// Followed quietly: never announced.
    pub quiet: bool,
    /// Records held (headers).
    pub held: u64,
    /// Records that signed heads say exist, without those kept aside.
    pub expected: u64,
    /// Records kept aside: their institutions are accepted for other matters only.
    #[serde(default)]
    pub unvouched: u64,
    /// `complete`, `incomplete`, `empty` or `unproven` (records but no head yet).
    pub state: String,
    /// Records of which card or body is not here and should be.
    pub parts_missing: u64,
    /// Lanes whose signer promised a head by a day that has passed.
    pub stale_lanes: u64,
    /// Peers connected now.
    #[serde(default)]
    pub connected: u64,
    /// Of those, how many have announced that they follow the feed. Who follows it quietly does not say so.
    #[serde(default)]
    pub carried_by: u64,
    /// The lanes.
    pub lanes: Vec<LaneView>,
}

/// One node key's lane in a feed, and how complete it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LaneView {
    /// The institution; in an order its id, which may be shortened.
    pub institution: InstitutionView,
    /// The node key.
    pub key: String,
    /// Records held (headers).
    pub held: u64,
    /// Records that signed heads say exist, without those kept aside.
    pub expected: u64,
    /// Records kept aside: the institution is accepted for other matters only.
    #[serde(default)]
    pub unvouched: u64,
    /// Missing positions as ranges, both ends included; at most 64 ranges.
    pub missing: Vec<(u64, u64)>,
    /// What is known about those; none when nothing is missing.
    #[serde(default)]
    pub lacking: Option<LackingView>,
    /// A signed head says how far the lane reaches.
    pub head: bool,
    /// The day by which another head is promised.
    pub due: Option<String>,
    /// That day has passed by this machine's clock.
    pub stale: bool,
    /// The key was revoked; the lane ends at the cut.
    pub cut: bool,
    /// The key contradicted itself, which is proven, or another key of the institution warned about it; until it is replaced. Which of its
    /// records are disputed is said with each.
    #[serde(default)]
    pub disputed: bool,
}
