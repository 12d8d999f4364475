//! What an operator can ask of the engine, and the answers. Both cross the control socket as JSON, one object a line,
//! so every type here is plain data with a stable form; ids are texts, bytes are lower-case hexadecimal.

use serde::{Deserialize, Serialize};

/// An operator's order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Order {
    /// How is this node?
    Status,
    /// What would publishing these do? Signs nothing, stores nothing.
    Preflight { drafts: Vec<Draft> },
    /// Sign and store these, all or none, then announce them.
    Publish { drafts: Vec<Draft> },
    /// Follow a feed; quietly: never announced, pulled only from partners.
    Follow { feed: String, quiet: bool },
    /// Stop following. What is held stays.
    Unfollow { feed: String },
    /// The feeds followed and how complete each is.
    Feeds,
    /// One page of a feed, newest first when `newest`, beginning after `after`.
    Feed { feed: String, after: Option<u64>, limit: usize, newest: bool },
    /// One record by (shortened) id.
    Show { id: String },
    /// Each step of the judgement about one record.
    Verify { id: String },
    /// Records whose text holds all the words.
    Search { words: Vec<String>, feed: Option<String>, limit: usize },
    /// A node to stay in touch with. A partner may also be asked for quiet feeds.
    AddPeer { address: String, partner: bool },
    /// Forget a peer.
    RemovePeer { peer: String },
    /// The peers known and connected.
    Peers,
    /// Accept what this institution signs.
    Anchor { institution: String, name: Option<String> },
    /// No longer accept what this institution signs.
    RemoveAnchor { institution: String },
    /// Whom this node accepts.
    Anchors,
    /// Institutions whose statements wait unvouched.
    Unvouched,
    /// Compare with the connected peers now.
    CatchUp,
    /// The statements that prove an institution: inception and pinned states, oldest first.
    Institution { institution: String },
    /// Everything an invitation needs.
    Identity,
    /// End the node.
    Stop,
}

/// A record to be signed. The engine adds key, state, positions and the random bytes.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    pub kind: String,
    pub feeds: Vec<String>,
    /// Relation and target id (full text form).
    pub links: Vec<(String, String)>,
    pub lang: String,
    pub marking: String,
    /// The day the record claims, `YYYY-MM-DD`; none leaves it out.
    pub day: Option<String>,
    /// Strict CBOR of the card map, hexadecimal.
    pub card: String,
    /// Strict CBOR of the body map, hexadecimal.
    pub body: String,
    /// Where it came from, for messages: a file name.
    pub source: String,
}

/// The answer to an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "kebab-case")]
pub enum Reply {
    Status(Status),
    Preflight(Preflight),
    Published { records: Vec<Published> },
    Followed { feed: String, quiet: bool, already: bool },
    Unfollowed { feed: String, was_followed: bool },
    Feeds { feeds: Vec<FeedView> },
    Feed { feed: FeedView, records: Vec<RecordLine>, next: Option<u64> },
    Record(Box<RecordView>),
    Verified(Box<VerifyView>),
    Found { records: Vec<RecordLine>, looked_at: u64 },
    PeerAdded { peer: String },
    PeerRemoved { peer: String, was_known: bool },
    Peers { peers: Vec<PeerView> },
    Anchored { institution: String, already: bool, released: u64 },
    AnchorRemoved { institution: String, was_anchor: bool },
    Anchors { anchors: Vec<InstitutionView> },
    Unvouched { institutions: Vec<UnvouchedView> },
    CatchUpStarted { peers: u64 },
    /// Statements in hexadecimal, inception first.
    Institution { institution: String, statements: Vec<String> },
    Identity(IdentityView),
    Stopping,
    Refused(Refusal),
}

/// Why an order was not carried out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refusal {
    /// Decides the exit code.
    pub kind: RefusalKind,
    /// What is wrong and where.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

/// Classes of refusal; each has its exit code.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalKind {
    /// The order itself is wrong (exit 2).
    WrongUse,
    /// Nothing of that name is held (exit 4).
    NotFound,
    /// A shortened id fits several (exit 2).
    Ambiguous,
    /// A signature or hash does not hold (exit 5).
    Integrity,
    /// Policy or a rule of the protocol forbids it (exit 9).
    Policy,
    /// The store failed (exit 1).
    Storage,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Status {
    pub network: String,
    pub institution: InstitutionView,
    pub node_key: String,
    pub peer: Option<String>,
    pub listening: Vec<String>,
    pub peers_connected: u64,
    pub peers_known: u64,
    pub records: u64,
    pub store_bytes: u64,
    pub feeds: Vec<FeedView>,
    pub outbox: u64,
    pub unvouched: u64,
    pub waiting: u64,
    /// Milliseconds since 1970 of the last record that came from elsewhere.
    pub last_received: Option<i64>,
    pub accepted: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InstitutionView {
    pub id: String,
    pub short: String,
    pub fingerprint: String,
    pub name: Option<String>,
    pub kind: Option<String>,
    pub version: Option<u64>,
    pub accepted: bool,
    pub disputed: bool,
}

/// A feed and how complete it is. Counts are records (headers); parts are counted apart.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FeedView {
    pub feed: String,
    pub followed: bool,
    pub quiet: bool,
    pub held: u64,
    pub expected: u64,
    /// `complete`, `incomplete`, `empty` or `unproven` (records but no head yet).
    pub state: String,
    pub parts_missing: u64,
    pub stale_lanes: u64,
    pub lanes: Vec<LaneView>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LaneView {
    pub institution: InstitutionView,
    pub key: String,
    pub held: u64,
    pub expected: u64,
    /// Missing positions as ranges, both ends included; at most 64 ranges.
    pub missing: Vec<(u64, u64)>,
    pub head: bool,
    pub due: Option<String>,
    pub stale: bool,
    pub cut: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecordLine {
    pub id: String,
    pub short: String,
    pub arrival: u64,
    pub kind: String,
    pub lang: String,
    pub title: Option<String>,
    pub institution: InstitutionView,
    pub feeds: Vec<String>,
    pub day: Option<String>,
    /// The one word shown first, then the others.
    pub words: Vec<String>,
    pub verdict: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecordView {
    pub line: RecordLine,
    pub marking: String,
    pub state: String,
    pub key: String,
    pub lanes: Vec<(String, u64, Option<String>)>,
    pub links: Vec<(String, String)>,
    pub linked_from: Vec<(String, String)>,
    /// Strict CBOR maps, hexadecimal; none when not held or withdrawn.
    pub card: Option<String>,
    pub body: Option<String>,
    /// The item as it travels, hexadecimal.
    pub item: String,
    pub malformed: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VerifyView {
    pub id: String,
    pub steps: Vec<Step>,
    pub verdict: String,
    pub words: Vec<String>,
}

/// One step of a verification, in words.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Step {
    pub what: String,
    pub holds: bool,
    pub detail: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PeerView {
    pub peer: String,
    pub addresses: Vec<String>,
    pub connected: bool,
    pub partner: bool,
    pub path: Option<String>,
    pub outbound: Option<bool>,
    /// The feeds it announced, as far as we follow them too.
    pub feeds: Vec<String>,
    pub last_problem: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UnvouchedView {
    pub institution: InstitutionView,
    pub statements: u64,
    pub bytes: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IdentityView {
    pub network: String,
    pub institution: InstitutionView,
    pub peer: Option<String>,
    pub addresses: Vec<String>,
}

/// What publishing would do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Preflight {
    pub institution: InstitutionView,
    pub authority: String,
    pub node_key: String,
    pub audience: String,
    pub records: Vec<PreflightRecord>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PreflightRecord {
    pub source: String,
    pub kind: String,
    pub title: Option<String>,
    pub lanes: Vec<(String, u64)>,
    pub bytes: u64,
    pub marking: String,
    pub faults: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Published {
    pub id: String,
    pub short: String,
    pub source: String,
    pub lanes: Vec<(String, u64)>,
}
