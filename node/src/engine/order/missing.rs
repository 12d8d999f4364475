//! What is missing, and what peers said and did about it.

use serde::{Deserialize, Serialize};

use super::InstitutionView;

/// Records missing of one lane. What peers said is known since this node started, of at most sixteen of them, and is no proof of anything.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LackingView {
    /// How many, of the ranges named.
    pub records: u64,
    /// Which, the lowest first; at most 64 ranges.
    pub ranges: Vec<MissingRange>,
    /// Peers that list some of them.
    pub listed_by: u64,
    /// Peers that list some of them, were asked, gave a complete answer without them, and listed them again.
    pub withheld_by: Vec<WithholderView>,
    /// Peers that were asked, list none of them, and did not have them.
    pub without: u64,
    /// Peers whose last answer was refused, cut off, or did not come.
    pub unanswered: u64,
    /// Records of these that came from a peer and wait, or are not accepted here.
    pub came: u64,
    /// Connected peers that are asked for some of them, now or at the next comparison.
    pub asking: u64,
}

/// Positions that are missing since one moment, both ends included.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct MissingRange {
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
    /// Since when, in milliseconds since 1970 by this machine's clock.
    pub since: i64,
    /// That moment is the start of this node: they may have been missing before.
    pub before_start: bool,
}

/// A peer that lists records and does not hand them over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WithholderView {
    /// The peer id.
    pub peer: String,
    /// The institution it belongs to, as its invitation said; none when nobody said.
    pub institution: Option<InstitutionView>,
    /// How many.
    pub records: u64,
    /// When it last listed them after it had not handed them over, in milliseconds since 1970.
    pub at: i64,
}
