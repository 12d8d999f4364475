//! Answers about trust: whom the policy accepts, by whose word, and why.

use serde::{Deserialize, Serialize};

use super::InstitutionView;
use crate::engine::Reach;

/// An order about trust.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "trust", rename_all = "kebab-case", deny_unknown_fields)]
pub enum TrustOrder {
    /// The policy and what it comes to.
    Policy,
    /// Change numbers of the policy; those that are not given stay.
    SetPolicy {
        /// Paths that share no institution: how many are asked for.
        threshold: Option<usize>,
        /// How many of these must be an anchor's own vouch.
        direct: Option<usize>,
        /// The longest path, in vouches.
        depth: Option<usize>,
        /// Levels of vouches that count.
        levels: Option<Vec<String>>,
    },
    /// Never accept this institution, whoever vouches for it.
    Refuse {
        /// The institution's id, which may be shortened.
        institution: String,
    },
    /// End a refusal.
    Unrefuse {
        /// The institution's id, which may be shortened.
        institution: String,
    },
    /// Why is it accepted, or not?
    Explain {
        /// The id of an institution or a record, which may be shortened.
        subject: String,
        /// About an institution: for records of this kind; `practice` if only a feed is named.
        kind: Option<String>,
        /// About an institution: for records in this feed.
        feed: Option<String>,
    },
    /// Everybody who is accepted or heard, and by whose word.
    Trusted,
    /// Whom somebody means.
    Whom {
        /// The id, which may be shortened, or the fingerprint.
        institution: String,
    },
    /// Records by which the own institution vouches for another and that it did not withdraw.
    OwnVouches {
        /// The id of the other, which may be shortened.
        subject: String,
    },
    /// Every charter that counts.
    Charters,
    /// One charter.
    Charter {
        /// Its id, which may be shortened, or its name.
        charter: String,
    },
    /// Accept a charter, or follow it differently.
    AcceptCharter {
        /// Its id, which may be shortened.
        charter: String,
        /// How far it is followed here.
        reach: Reach,
    },
    /// Accept a charter no longer.
    DropCharter {
        /// Its id, which may be shortened, or its name.
        charter: String,
    },
    /// What waits, and why.
    Waiting {
        /// Only what this institution signed.
        institution: Option<String>,
    },
}

/// An answer about trust.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "trust", rename_all = "kebab-case")]
pub enum TrustReply {
    /// The policy.
    Policy(PolicyView),
    /// An institution is refused from now on, or no longer.
    Refused {
        /// The institution.
        institution: String,
        /// It is.
        refused: bool,
        /// It was so before.
        already: bool,
    },
    /// Why.
    Explained(ExplanationView),
    /// Everybody.
    Trusted {
        /// The accepted first, then those that are heard, each by id.
        institutions: Vec<TrustedView>,
    },
    /// Whom they mean.
    Whom {
        /// The institution, of which nothing but its id may be known here.
        institution: InstitutionView,
        /// What it calls itself, where it has no name here.
        claimed_name: Option<String>,
    },
    /// Vouches of the own institution for one other.
    Vouches {
        /// For whom.
        subject: InstitutionView,
        /// The vouches, counting or not.
        vouches: Vec<VouchView>,
    },
    /// Charters.
    Charters {
        /// The charters.
        charters: Vec<CharterView>,
    },
    /// What waits.
    Waiting {
        /// The statements, by institution.
        waiting: Vec<WaitingView>,
        /// How many more there are.
        more: u64,
    },
}

/// The policy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PolicyView {
    /// Paths that share no institution: how many are asked for.
    pub threshold: u64,
    /// How many of these must be an anchor's own vouch.
    pub direct: u64,
    /// The longest path, in vouches.
    pub depth: u64,
    /// Levels of vouches that count.
    pub levels: Vec<String>,
    /// Anchors, without the own institution, which always is one.
    pub anchors: Vec<AnchorView>,
    /// Charters accepted.
    pub charters: Vec<CharterView>,
    /// Institutions refused.
    pub refused: Vec<InstitutionView>,
    /// Vouches that count here, of everybody.
    pub vouches: u64,
    /// Institutions accepted, the own one among them.
    pub accepted: u64,
}

/// An institution accepted by hand, whose vouches count.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AnchorView {
    /// The institution.
    pub institution: InstitutionView,
    /// Its own vouch suffices alone.
    pub full: bool,
    /// For what its vouches count.
    pub reach: Reach,
}

/// How far an institution is accepted, and by whom it is vouched for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TrustedView {
    /// The institution.
    #[serde(flatten)]
    pub institution: InstitutionView,
    /// `everywhere`, `limited`: in some matters only, or `heard`: only what it says about others counts.
    pub extent: String,
    /// How: `itself`, `anchor`, `vouches` or `charter`, the first that holds; of one that is heard, `introduction`.
    pub by: String,
    /// Institutions that vouch for it and whose word counts in some matter.
    pub vouchers: Vec<InstitutionView>,
}

/// A vouch.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VouchView {
    /// The id of the record.
    pub record: String,
    /// The id, shortened for people.
    pub short: String,
    /// Who vouches.
    pub voucher: InstitutionView,
    /// For whom.
    pub subject: InstitutionView,
    /// For what: `identity`, `known` or `observer`.
    pub level: String,
    /// The subject's own vouches are to count too.
    pub introduces: bool,
    /// How far it reaches.
    pub reach: Reach,
    /// The day the record claims.
    pub day: Option<String>,
    /// The day after which it is out of date by its own word.
    pub expires: Option<String>,
    /// Why it does not count, if it does not.
    pub not_counted: Option<String>,
}

/// Why an institution, or a record, is accepted or not.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExplanationView {
    /// The institution; of a record, the one that signed it.
    pub institution: InstitutionView,
    /// The record asked about.
    pub record: Option<String>,
    /// `everywhere`, `limited`, `heard` or `no`.
    pub extent: String,
    /// Whether it is accepted in all that was asked.
    pub accepted: bool,
    /// One answer for each matter asked.
    pub answers: Vec<AnswerView>,
    /// Why the institution is disputed, in sentences; none when it is not.
    #[serde(default)]
    pub disputes: Vec<String>,
    /// What became of the institution: former names, a merger, in sentences.
    #[serde(default)]
    pub became: Vec<String>,
}

/// The answer in one matter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AnswerView {
    /// The kind; none with the matter that is in no feed but `registry`.
    pub kind: Option<String>,
    /// The feed.
    pub feed: Option<String>,
    /// Whether it is accepted.
    pub accepted: bool,
    /// The explanation in sentences, the answer first.
    pub sentences: Vec<String>,
    /// A largest set of paths that share no institution.
    pub paths: Vec<PathView>,
    /// Institutions whose further vouches would suffice, and fewer would not; none if it is accepted, or no vouches can suffice.
    pub needed: Option<Vec<InstitutionView>>,
    /// A smallest group that could take acceptance away by withdrawing vouches.
    pub losing: Option<Vec<InstitutionView>>,
}

/// A path from an anchor.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PathView {
    /// Where it begins.
    pub anchor: InstitutionView,
    /// The anchor's own vouch suffices alone.
    pub full: bool,
    /// The vouches, one or two.
    pub steps: Vec<VouchView>,
    /// How far it reaches.
    pub reach: Reach,
}

/// A charter that counts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CharterView {
    /// The id of the record.
    pub id: String,
    /// The id, shortened for people.
    pub short: String,
    /// The region's code, or the network's name.
    pub name: String,
    /// Who signed it; none when it is accepted here and not held.
    pub signer: Option<InstitutionView>,
    /// How far it reaches by its own word.
    pub reach: Reach,
    /// Its stewards.
    pub stewards: Vec<StewardView>,
    /// How many stewards must agree.
    pub threshold: u64,
    /// How many stewards must vouch for a state body.
    pub state: u64,
    /// How many stewards must vouch for a civil-society organisation.
    pub civil: u64,
    /// How far it is followed here; none if it is not accepted.
    pub accepted: Option<Reach>,
    /// It is accepted here, and enough stewards agree.
    pub in_force: bool,
}

/// A steward of a charter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StewardView {
    /// The institution.
    pub institution: InstitutionView,
    /// It signed or cosigned the charter.
    pub agreed: bool,
}

/// A statement that waits for somebody to vouch for its institution, or for what it is judged by.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WaitingView {
    /// The id of the statement.
    pub id: String,
    /// The id, shortened for people.
    pub short: String,
    /// `unvouched`: nobody here vouches for it; `incomplete`: something is missing to judge it by;
    /// `not followed`: its institution is accepted, and none of its feeds is followed.
    pub word: String,
    /// The institution that claims it.
    pub institution: InstitutionView,
    /// The name it gives itself; nothing vouches for it.
    pub claimed_name: Option<String>,
    /// The type of the statement; of a record, its kind.
    pub kind: String,
    /// Feeds, of a record.
    pub feeds: Vec<String>,
    /// The title, of a record that has one.
    pub title: Option<String>,
    /// Bytes.
    pub bytes: u64,
}
