//! What an operator can ask of the engine, and the answers. Both cross the control socket as JSON, one object a line,
//! so every type here is plain data with a stable form; ids are texts, bytes are lower-case hexadecimal.

mod clearance;
mod cut;
mod peer;
mod trust;

use serde::{Deserialize, Serialize};

pub use clearance::{
    ClearanceOrder, ClearanceReply, ClearanceRules, DraftView, DraftWhole, Missing, OfficerView,
    OfficerWord, SaidView,
};
pub use cut::{CutFeed, CutPlan, CutRecord};
pub use peer::{Compared, Holder, KnownFeed, LaneHolders, PeerView};
pub use trust::{
    AnchorView, AnswerView, CharterView, ExplanationView, PathView, PolicyView, StewardView,
    TrustOrder, TrustReply, TrustedView, VouchView, WaitingView,
};

use super::trust::policy::Reach;

/// An operator's order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Order {
    /// How is this node?
    Status,
    /// What would publishing these do? Signs nothing, stores nothing.
    Preflight {
        /// The records, in the order they are to be signed.
        drafts: Vec<Draft>,
    },
    /// Sign and store these, all or none, then announce them.
    Publish {
        /// The records, in the order they are to be signed.
        drafts: Vec<Draft>,
    },
    /// Follow a feed; quietly: never announced, pulled only from partners.
    Follow {
        /// The feed's name.
        feed: String,
        /// Followed quietly: never announced.
        quiet: bool,
    },
    /// Stop following. What is held stays.
    Unfollow {
        /// The feed's name.
        feed: String,
    },
    /// The feeds followed and how complete each is.
    Feeds,
    /// The feeds that institutions accepted here publish in, as their heads say.
    KnownFeeds,
    /// One page of a feed, newest first when `newest`, beginning after `after`.
    Feed {
        /// The feed's name.
        feed: String,
        /// Begin after this arrival number; none begins at the end asked for.
        after: Option<u64>,
        /// Most lines in the answer.
        limit: usize,
        /// Newest first.
        newest: bool,
    },
    /// One record by (shortened) id.
    Show {
        /// The id; in an order it may be shortened.
        id: String,
    },
    /// Each step of the judgement about one record.
    Verify {
        /// The id; in an order it may be shortened.
        id: String,
    },
    /// Records whose text holds all the words.
    Search {
        /// Words; in an answer the first is the one shown, by precedence.
        words: Vec<String>,
        /// The feed's name.
        feed: Option<String>,
        /// Most lines in the answer.
        limit: usize,
    },
    /// A node to stay in touch with. A partner may also be asked for quiet feeds.
    AddPeer {
        /// A multiaddr ending in `/p2p/` and the peer id.
        address: String,
        /// Accepted as a partner: may be asked for, and served, quiet feeds.
        partner: bool,
    },
    /// A peer that is known or connected belongs to this institution, as the operator or its invitation says. Nothing proves it.
    NamePeer {
        /// The peer id, or its end.
        peer: String,
        /// The institution; its id may be shortened.
        institution: String,
    },
    /// Forget a peer.
    RemovePeer {
        /// The peer id.
        peer: String,
    },
    /// The peers known and connected.
    Peers,
    /// Accept what this institution signs, and count its vouches.
    Anchor {
        /// The institution; in an order its id, which may be shortened.
        institution: String,
        /// What it is called; of one that is accepted already, none leaves it.
        name: Option<String>,
        /// Its own vouch suffices alone; none leaves it as it was, and a new one is not fully trusted.
        #[serde(default)]
        full: Option<bool>,
        /// For what its vouches count; none leaves it as it was, and those of a new one count for everything.
        #[serde(default)]
        reach: Option<Reach>,
    },
    /// About trust.
    Trust {
        /// What to do.
        act: TrustOrder,
    },
    /// No longer accept what this institution signs.
    RemoveAnchor {
        /// The institution; in an order its id, which may be shortened.
        institution: String,
    },
    /// Whom this node accepts.
    Anchors,
    /// Institutions whose statements wait unvouched.
    Unvouched,
    /// Compare with the connected peers now.
    CatchUp,
    /// The statements that prove an institution: inception and pinned states, oldest first.
    Institution {
        /// The institution; in an order its id, which may be shortened.
        institution: String,
    },
    /// Take new states of the own institution, with the cut lists they name; all or none.
    Take {
        /// Statements in hexadecimal; what is pinned already is passed over.
        statements: Vec<String>,
    },
    /// What of a node key's records would stay valid if it were cut? Signs nothing, stores nothing.
    PlanCut {
        /// The node key: in hexadecimal, or the beginning of what is shown for it.
        key: String,
        /// The last good records; in every feed they are not posted to nothing is good.
        last: Vec<String>,
        /// The first bad records; every feed they are not posted to stays whole.
        first_bad: Vec<String>,
    },
    /// Warn about another node key of the own institution, publicly.
    Alarm {
        /// The node key: in hexadecimal, or the beginning of what is shown for it.
        key: String,
        /// The last good records; in every feed they are not posted to nothing is good.
        last: Vec<String>,
        /// The first bad records; every feed they are not posted to stays whole.
        first_bad: Vec<String>,
    },
    /// Everything an invitation needs.
    Identity,
    /// Give disk back: clear segments of the journal that hold little that is needed, or anything erased. A piece at a time.
    Compact {
        /// Every segment that holds anything dead.
        all: bool,
        /// Only what stands before this position of the journal: what the first answer said. None: before its present end.
        before: Option<u64>,
    },
    /// Keep the journal's segments in their places, so that it can be read from outside up to its present end. Bounded; asked again
    /// while the reading goes on, and with 0 when it is over.
    HoldJournal {
        /// For how long, from now.
        seconds: u64,
    },
    /// Judge these as if a peer had sent them, and keep what is good.
    Import {
        /// Items as they travel, hexadecimal.
        items: Vec<String>,
        /// Only check them and say what would be new.
        look_only: bool,
    },
    /// Drafts, officers, and what they say about them.
    Clearance {
        /// Which of these.
        act: ClearanceOrder,
    },
    /// End the node.
    Stop,
}

/// A record to be signed. The engine adds key, state, positions and the random bytes.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// The kind.
    pub kind: String,
    /// Feeds.
    pub feeds: Vec<String>,
    /// Relation and target id (full text form).
    pub links: Vec<(String, String)>,
    /// The language, a BCP 47 tag.
    pub lang: String,
    /// The TLP marking: `clear` or `green`.
    pub marking: String,
    /// The day the record claims, `YYYY-MM-DD`, or `today` for the one on which it is signed; none leaves it out.
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
    /// To [`Order::Status`].
    Status(Box<Status>),
    /// To [`Order::Preflight`].
    Preflight(Preflight),
    /// Signed, durable, on their way.
    Published {
        /// The records; in a status, how many are held.
        records: Vec<Published>,
    },
    /// The feed is followed.
    Followed {
        /// The feed's name.
        feed: String,
        /// Followed quietly: never announced.
        quiet: bool,
        /// It was so before.
        already: bool,
    },
    /// The feed is not followed.
    Unfollowed {
        /// The feed's name.
        feed: String,
        /// It was followed before.
        was_followed: bool,
    },
    /// The feeds followed.
    Feeds {
        /// Feeds.
        feeds: Vec<FeedView>,
    },
    /// One page of a feed.
    Feed {
        /// The feed's name.
        feed: FeedView,
        /// The records; in a status, how many are held.
        records: Vec<RecordLine>,
        /// Where the next page begins; none when this was the last.
        next: Option<u64>,
    },
    /// One record.
    Record(Box<RecordView>),
    /// The steps of a verification.
    Verified(Box<VerifyView>),
    /// What a search found.
    Found {
        /// The records; in a status, how many are held.
        records: Vec<RecordLine>,
        /// Records whose text was looked at, the newest first.
        looked_at: u64,
        /// Whether the search ended before all that is held was looked at: enough was found, or enough was looked at.
        more: bool,
    },
    /// The peer is known and will be dialled.
    PeerAdded {
        /// The peer id.
        peer: String,
    },
    /// The peer is shown with its institution.
    PeerNamed {
        /// The peer id.
        peer: String,
        /// The institution.
        institution: InstitutionView,
    },
    /// The peer is forgotten.
    PeerRemoved {
        /// The peer id.
        peer: String,
        /// It was known before.
        was_known: bool,
    },
    /// Feeds that institutions accepted here publish in.
    KnownFeeds {
        /// The feeds, by name; at most 500.
        feeds: Vec<KnownFeed>,
        /// There are more.
        more: bool,
    },
    /// The peers.
    Peers {
        /// The peers.
        peers: Vec<PeerView>,
    },
    /// The institution is accepted.
    Anchored {
        /// The institution; in an order its id, which may be shortened.
        institution: String,
        /// It was so before.
        already: bool,
        /// Statements that waited unvouched and are judged again.
        released: u64,
    },
    /// The institution is no longer accepted.
    AnchorRemoved {
        /// The institution; in an order its id, which may be shortened.
        institution: String,
        /// It was accepted by hand before.
        was_anchor: bool,
    },
    /// About trust.
    Trust {
        /// The answer.
        answer: Box<TrustReply>,
    },
    /// Whom this node accepts by hand.
    Anchors {
        /// Institutions accepted by hand.
        anchors: Vec<InstitutionView>,
    },
    /// Who waits for somebody to vouch.
    Unvouched {
        /// The institutions.
        institutions: Vec<UnvouchedView>,
    },
    /// So many peers are being compared with.
    CatchUpStarted {
        /// The peers.
        peers: u64,
    },
    /// Statements in hexadecimal, inception first.
    Institution {
        /// The institution; in an order its id, which may be shortened.
        institution: String,
        /// Inception and states, in hexadecimal, oldest first.
        statements: Vec<String>,
        /// The cut lists held that a state names, in hexadecimal.
        #[serde(default)]
        lists: Vec<String>,
        /// Rival states are known.
        #[serde(default)]
        disputed: bool,
    },
    /// The states are pinned, durable, on their way.
    StatesTaken {
        /// The institution.
        institution: String,
        /// The newest state now.
        version: u64,
        /// How many states are new.
        new: u64,
        /// The newest state lets this node's key sign.
        may_sign: bool,
    },
    /// What a cut would leave valid.
    CutPlan(Box<CutPlan>),
    /// The alarm is signed, durable, on its way.
    Alarmed(Box<CutPlan>),
    /// Who this node is.
    Identity(IdentityView),
    /// So much was compacted for this order.
    Compacted {
        /// Segments cleared.
        segments: u64,
        /// Bytes they took.
        removed: u64,
        /// Bytes that were still needed and written again.
        moved: u64,
        /// There is more to do: ask again.
        more: bool,
        /// Nothing was done, because the journal is being read from outside.
        held: bool,
        /// To be asked with, the next time.
        before: u64,
    },
    /// What became of the items of an import.
    Imported(Imported),
    /// The journal is held.
    JournalHeld {
        /// Position up to which it is durable.
        end: u64,
    },
    /// To [`Order::Clearance`].
    Clearance {
        /// Which of these.
        answer: ClearanceReply,
    },
    /// The node ends.
    Stopping,
    /// Not carried out, and why.
    Refused(Refusal),
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
    /// Not what they should be: unreadable, or a signature does not hold.
    pub invalid: u64,
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
    /// The disk is full (exit 11).
    Full,
}

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
    /// This node's own key contradicted itself, which is proven: it must be replaced.
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
    /// A signed head says how far the lane reaches.
    pub head: bool,
    /// The day by which another head is promised.
    pub due: Option<String>,
    /// That day has passed by this machine's clock.
    pub stale: bool,
    /// The key was revoked; the lane ends at the cut.
    pub cut: bool,
    /// The key contradicted itself somewhere, which is proven; its records count as disputed until it is replaced.
    #[serde(default)]
    pub disputed: bool,
}

/// A record in a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecordLine {
    /// The id; in an order it may be shortened.
    pub id: String,
    /// The id, shortened for people.
    pub short: String,
    /// Its place in the order of arrival here.
    pub arrival: u64,
    /// The kind.
    pub kind: String,
    /// The language, a BCP 47 tag.
    pub lang: String,
    /// The title; none when the card is not here or was withdrawn.
    pub title: Option<String>,
    /// What it does to another record, when it needs no title for that: a withdrawal, a response.
    #[serde(default)]
    pub act: Option<Act>,
    /// The institution; in an order its id, which may be shortened.
    pub institution: InstitutionView,
    /// Feeds.
    pub feeds: Vec<String>,
    /// The day the record claims.
    pub day: Option<String>,
    /// The one word shown first, then the others.
    pub words: Vec<String>,
    /// The verdict of the protocol, as in the vectors.
    pub verdict: String,
}

/// What a record does to another one.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Act {
    /// The relation, such as `withdraws`.
    pub rel: String,
    /// The id of the other record.
    pub target: String,
    /// The code its signer gives: the reason of a withdrawal, the stance of a response.
    pub said: Option<String>,
}

/// A record with everything about it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecordView {
    /// What a list shows of it.
    pub line: RecordLine,
    /// The TLP marking: `clear` or `green`.
    pub marking: String,
    /// The id of the state that delegated the key.
    pub state: String,
    /// The node key.
    pub key: String,
    /// The lanes.
    pub lanes: Vec<(String, u64, Option<String>)>,
    /// What it points at: relation and id.
    pub links: Vec<(String, String)>,
    /// Records that point at it: relation and id.
    pub linked_from: Vec<(String, String)>,
    /// Strict CBOR maps, hexadecimal; none when not held or withdrawn.
    pub card: Option<String>,
    /// Strict CBOR of the body map, hexadecimal; none when not held or withdrawn.
    pub body: Option<String>,
    /// The item as it travels, hexadecimal.
    pub item: String,
    /// Why its institution is accepted for it, or not: sentences, the answer first.
    #[serde(default)]
    pub why: Vec<String>,
    /// What is wrong with its content.
    pub malformed: Vec<String>,
    /// What became of a withdrawn record here.
    #[serde(default)]
    pub withdrawal: Option<WithdrawalView>,
    /// Of a record of the own institution: the peers that said they hold it since this node started, the first one first.
    #[serde(default)]
    pub holders: Option<Vec<Holder>>,
}

/// What became of a withdrawn record at this node.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct WithdrawalView {
    /// The day this node first held the withdrawal in effect.
    pub noted: String,
    /// The day card and body were erased here.
    pub erased: Option<String>,
    /// Days of waiting left until they are; a node that is often off takes longer.
    pub days_left: Option<u64>,
}

/// The steps of a verification and where they lead.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VerifyView {
    /// The id; in an order it may be shortened.
    pub id: String,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// The verdict of the protocol, as in the vectors.
    pub verdict: String,
    /// Words; in an answer the first is the one shown, by precedence.
    pub words: Vec<String>,
}

/// One step of a verification, in words.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Step {
    /// What was checked.
    pub what: String,
    /// Whether it holds.
    pub holds: bool,
    /// In words.
    pub detail: String,
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

/// What publishing would do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Preflight {
    /// The institution; in an order its id, which may be shortened.
    pub institution: InstitutionView,
    /// Under which state and delegation.
    pub authority: String,
    /// The node key that signs here.
    pub node_key: String,
    /// Who will be able to read it, in words.
    pub audience: String,
    /// The records; in a status, how many are held.
    pub records: Vec<PreflightRecord>,
}

/// What publishing one draft would do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PreflightRecord {
    /// Where the draft came from: a file name.
    pub source: String,
    /// The kind.
    pub kind: String,
    /// The title; none when the card is not here or was withdrawn.
    pub title: Option<String>,
    /// The lanes.
    pub lanes: Vec<(String, u64)>,
    /// Bytes.
    pub bytes: u64,
    /// The TLP marking: `clear` or `green`.
    pub marking: String,
    /// What keeps it from being published.
    pub faults: Vec<String>,
    /// The id of a record of this node that has the same title: perhaps it is to be revised, not published once more.
    #[serde(default)]
    pub same_title: Option<String>,
    /// What it would wait for as a draft; empty: it goes out at once.
    #[serde(default)]
    pub waits: Vec<Missing>,
    /// The day before which it is not to be quoted, as the file says.
    #[serde(default)]
    pub embargo: Option<String>,
}

/// A record that is signed and durable.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Published {
    /// The id; in an order it may be shortened.
    pub id: String,
    /// The id, shortened for people.
    pub short: String,
    /// Where the draft came from: a file name.
    pub source: String,
    /// The lanes.
    pub lanes: Vec<(String, u64)>,
}
