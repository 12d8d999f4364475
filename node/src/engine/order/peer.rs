//! Answers about peers: who they are, how things stand with them, what they hold.

use serde::{Deserialize, Serialize};

use super::InstitutionView;

/// A peer known or connected.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PeerView {
    /// The peer id.
    pub peer: String,
    /// The institution it belongs to, as its invitation said; none when nobody said.
    #[serde(default)]
    pub institution: Option<InstitutionView>,
    /// Multiaddrs.
    pub addresses: Vec<String>,
    /// Connected now.
    pub connected: bool,
    /// Accepted as a partner: may be asked for, and served, quiet feeds.
    pub partner: bool,
    /// How it is reached: tcp, quic or relayed.
    pub path: Option<String>,
    /// This node dialled.
    pub outbound: Option<bool>,
    /// The feeds it announced, as far as we follow them too.
    pub feeds: Vec<String>,
    /// Why the last dial failed.
    pub last_problem: Option<String>,
    /// Milliseconds since 1970 from when on it has been connected, or when it last was; none when not since this node started.
    #[serde(default)]
    pub last_seen: Option<i64>,
    /// Records that it lists and did not hand over when it was asked, and listed again.
    #[serde(default)]
    pub withholds: Option<Withholds>,
    /// What the last comparison with it said; none when there was none since this node started.
    #[serde(default)]
    pub compared: Option<Compared>,
}

/// Records that a peer lists and does not hand over, whether they came from others meanwhile or not.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Withholds {
    /// How many.
    pub records: u64,
    /// When it last listed some of them again, in milliseconds since 1970.
    pub at: i64,
}

/// What differed from a peer when it was last compared with.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Compared {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// Records that it said it holds and that are still not here.
    pub missing_here: u64,
    /// Records of the own institution, in feeds of which it holds some, that it did not say it holds.
    pub missing_there: u64,
}

/// A peer that said it holds a record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Holder {
    /// The peer id.
    pub peer: String,
    /// The institution it belongs to, as its invitation said; none when nobody said.
    pub institution: Option<InstitutionView>,
    /// When it first said so, in milliseconds since 1970; when much was published since, perhaps later.
    pub since: i64,
}

/// How far an own feed is held elsewhere, as peers said since this node started.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct LaneHolders {
    /// The feed.
    pub feed: String,
    /// Own records in it.
    pub seq: u64,
    /// Peers that hold them up to the newest.
    pub all: u64,
    /// Peers that hold some of them, these included.
    pub some: u64,
}

/// A feed that institutions accepted here say they publish in.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct KnownFeed {
    /// The feed.
    pub feed: String,
    /// Followed here.
    pub followed: bool,
    /// Institutions that publish in it.
    pub institutions: u64,
    /// Records that they promised in it.
    pub records: u64,
}
