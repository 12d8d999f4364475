//! What an operator can ask of the engine, and the answers. Both cross the control socket as JSON, one object a line,
//! so every type here is plain data with a stable form; ids are texts, bytes are lower-case hexadecimal.

mod clearance;
mod cut;
mod feed;
mod missing;
mod node;
mod peer;
mod publishing;
mod record;
mod refusal;
mod trust;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use clearance::{
    ClearanceOrder, ClearanceReply, ClearanceRules, DraftView, DraftWhole, Missing, OfficerView,
    OfficerWord, SaidView,
};
pub use cut::{CutFeed, CutPlan, CutRecord};
pub use feed::{FeedView, LaneView};
pub use missing::{LackingView, MissingRange, WithholderView};
pub use node::{IdentityView, Imported, InstitutionView, Status, UnvouchedView};
pub use peer::{Compared, Holder, KnownFeed, LaneHolders, PeerView, Withholds};
pub use publishing::{Draft, Preflight, PreflightRecord, Published};
pub use record::{Act, RecordLine, RecordView, Step, VerifyView, WithdrawalView};
pub use refusal::{Refusal, RefusalKind};
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
    /// No other copy of this node runs, and what it published is back: it may sign again.
    AcceptCopy,
    /// Sign and store these, all or none, then announce them.
    Publish {
        /// The records, in the order they are to be signed.
        drafts: Vec<Draft>,
    },
    /// Follow a feed; quietly: never announced, pulled only from partners.
    Follow {
        /// The feed's name.
        feed: String,
        /// Quietly, or openly. Not said: as it is followed now, and openly when it is not.
        quiet: Option<bool>,
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

/// The answer to an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "kebab-case")]
pub enum Reply {
    /// To [`Order::Status`].
    Status(Box<Status>),
    /// To [`Order::Preflight`].
    Preflight(Preflight),
    /// To [`Order::AcceptCopy`].
    CopyAccepted {
        /// There was a head to accept that was signed elsewhere.
        was_copy: bool,
    },
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
        /// How it was followed before: quietly, or openly; none when it was not.
        was_quiet: Option<bool>,
    },
    /// The feed is not followed.
    Unfollowed {
        /// The feed's name.
        feed: String,
        /// It was followed before.
        was_followed: bool,
        /// It was followed quietly.
        #[serde(default)]
        was_quiet: bool,
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
        /// Of these, how many records wait on because their feed is not followed, by feed.
        unfollowed: BTreeMap<String, u64>,
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
