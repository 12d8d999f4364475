//! The node as a whole: how it is, who it is, and whom it shows.

use serde::{Deserialize, Serialize};

use super::{FeedView, LaneHolders};

/// How a node is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Status {
    /// The network's name.
    pub network: String,
    /// The institution; in an order its id, which may be shortened.
    pub institution: InstitutionView,
    /// The node key that signs here.
    pub node_key: String,
    /// The peer id.
    pub peer: Option<String>,
    /// Addresses listened on; none means outbound only.
    pub listening: Vec<String>,
    /// Peers connected now.
    pub peers_connected: u64,
    /// Peers known by order of the operator.
    pub peers_known: u64,
    /// The records; in a status, how many are held.
    pub records: u64,
    /// Bytes the store takes on disk, journal and index.
    pub store_bytes: u64,
    /// Feeds.
    pub feeds: Vec<FeedView>,
    /// Statements not yet announced to anybody.
    pub outbox: u64,
    /// Institutions whose statements wait because nobody here vouches for them.
    pub unvouched: u64,
    /// Statements that wait for something missing.
    pub waiting: u64,
    /// Milliseconds since 1970 of the last record that came from elsewhere.
    pub last_received: Option<i64>,
    /// Accepted here; in a status, how many institutions are.
    pub accepted: u64,
    /// Institutions of which two different states of one version are known, accepted here or the own one; at most a page.
    #[serde(default)]
    pub disputed: Vec<InstitutionView>,
    /// This node's key signed a head or a record that is not remembered here: this machine is an older copy, another one runs, or somebody else has
    /// the key. Nothing is signed.
    #[serde(default)]
    pub another_copy: bool,
    /// This node's own key contradicted itself, which is proven, or another key of the institution warned about it: it must be replaced.
    #[serde(default)]
    pub key_disputed: bool,
    /// The disk is full: so many bytes must be made free before anything but states, cut lists and withdrawals is stored again.
    #[serde(default)]
    pub space_needed: Option<u64>,
    /// How far this node's own records are held elsewhere, by feed, as peers said since it started.
    #[serde(default)]
    pub held_elsewhere: Vec<LaneHolders>,
    /// Drafts that wait to be cleared.
    #[serde(default)]
    pub drafts: u64,
    /// Of these, drafts that could not be published though nothing was missing.
    #[serde(default)]
    pub drafts_failed: u64,
}

/// What an invitation needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IdentityView {
    /// The network's name.
    pub network: String,
    /// The institution; in an order its id, which may be shortened.
    pub institution: InstitutionView,
    /// The peer id.
    pub peer: Option<String>,
    /// Multiaddrs.
    pub addresses: Vec<String>,
}

/// An institution as it is shown everywhere.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InstitutionView {
    /// The id; in an order it may be shortened.
    pub id: String,
    /// The id, shortened for people.
    pub short: String,
    /// The fingerprint to compare by voice: eight groups of five digits.
    pub fingerprint: String,
    /// What it is called.
    pub name: Option<String>,
    /// The kind.
    pub kind: Option<String>,
    /// The newest pinned state.
    pub version: Option<u64>,
    /// Accepted here; in a status, how many institutions are.
    pub accepted: bool,
    /// Rival states are known.
    pub disputed: bool,
    /// What a reader must know about the name: that it looks like another one, or what is odd about it.
    #[serde(default)]
    pub marks: Vec<String>,
}

/// An institution that waits for somebody to vouch for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UnvouchedView {
    /// The institution; in an order its id, which may be shortened.
    pub institution: InstitutionView,
    /// The name it gives itself; nothing vouches for it.
    pub claimed_name: Option<String>,
    /// Statements that wait.
    pub statements: u64,
    /// Bytes.
    pub bytes: u64,
}

/// What became of the items of an import.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
pub struct Imported {
    /// New here and kept.
    pub new: u64,
    /// Of these, records signed by this node's key.
    pub own: u64,
    /// Here already.
    pub known: u64,
    /// Kept aside until they can be judged.
    pub waiting: u64,
    /// Not kept: void, of a feed that is not followed, or superseded.
    pub left_out: u64,
    /// Not kept because the disk is full.
    pub no_room: u64,
    /// Not what they should be: unreadable, or a signature does not hold.
    pub invalid: u64,
}
