//! Clearance, as orders and answers: drafts that wait, and the officers who decide about them.

use serde::{Deserialize, Serialize};

use super::{Draft, InstitutionView, Published};

/// What an institution asks for before a record goes out. Set in the configuration; an officer's word is given under these rules and
/// counts under no others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClearanceRules {
    /// Officers, beside the one who submits, who must approve.
    pub approvals: u32,
    /// Minutes from the last approval until it goes out, in which it can be taken back.
    pub hold_minutes: u32,
    /// Where approvals are asked for, whoever submits must be a known officer too, and sign.
    pub named: bool,
    /// Withdrawals wait like everything else; otherwise they go out at once, because they protect people.
    pub withdrawals: bool,
}

/// What an officer signed: [`crate::engine::Word`] says which bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficerWord {
    /// The officer's public key, 33 bytes in hexadecimal.
    pub key: String,
    /// The signature, 64 bytes in hexadecimal.
    pub signature: String,
}

/// An order about drafts and officers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ClearanceOrder {
    /// Publish what may go out at once, and keep the rest as drafts; all of it or none.
    Submit {
        /// The records, in the order they are to be signed.
        drafts: Vec<Draft>,
        /// Keep them until somebody releases them.
        hold: bool,
        /// Which officer submits: one word for each, or none at all.
        by: Vec<OfficerWord>,
    },
    /// The drafts that wait.
    Drafts,
    /// One draft with its text.
    Draft {
        /// Its number.
        number: u64,
    },
    /// Another text in the place of a draft's; what was said about the old one is void.
    Edit {
        /// The draft's number.
        number: u64,
        /// The new text.
        draft: Draft,
        /// Which officer submits it.
        by: Option<OfficerWord>,
    },
    /// An officer approves a draft as it stands.
    Approve {
        /// The draft's number.
        number: u64,
        /// The officer's word.
        by: OfficerWord,
    },
    /// An officer refuses a draft as it stands; it waits for another text then.
    Refuse {
        /// The draft's number.
        number: u64,
        /// Why.
        words: String,
        /// The officer's word.
        by: OfficerWord,
    },
    /// Forget a draft.
    TakeBack {
        /// Its number.
        number: u64,
    },
    /// Publish a draft if nothing else is missing; otherwise say what is.
    Release {
        /// Its number.
        number: u64,
        /// The day of today, `YYYY-MM-DD`, as a person knows it: confirms this machine's clock for an embargo.
        today: Option<String>,
    },
    /// The officers this node knows.
    Officers,
    /// Know an officer.
    AddOfficer {
        /// The public key, 33 bytes in hexadecimal.
        key: String,
        /// The office; never a person.
        role: String,
    },
    /// Know an officer no longer; the approvals given with the key are void.
    RemoveOfficer {
        /// The key as it is shown, the beginning of it, or the role.
        officer: String,
    },
}

/// The answer to a [`ClearanceOrder`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum ClearanceReply {
    /// To [`ClearanceOrder::Submit`].
    Submitted {
        /// What went out.
        published: Vec<Published>,
        /// What is kept, and what it waits for.
        kept: Vec<DraftView>,
    },
    /// To [`ClearanceOrder::Drafts`].
    Drafts {
        /// The rules in force.
        rules: ClearanceRules,
        /// The institution, whose id is in what officers sign.
        institution: String,
        /// By number.
        drafts: Vec<DraftView>,
    },
    /// To [`ClearanceOrder::Draft`].
    Draft(Box<DraftWhole>),
    /// The draft as it stands after an edit, an approval or a refusal.
    Changed {
        /// The draft.
        draft: Box<DraftView>,
    },
    /// It is forgotten.
    TakenBack {
        /// Its number.
        number: u64,
        /// What it was called.
        title: Option<String>,
    },
    /// Nothing was missing any more: it is published.
    Released {
        /// The draft's number.
        number: u64,
        /// The record.
        records: Vec<Published>,
        /// The officer whose word it waited for last; none: an order to release it.
        #[serde(default)]
        by: Option<OfficerView>,
    },
    /// The officers this node knows.
    Officers {
        /// By role.
        officers: Vec<OfficerView>,
    },
    /// The officer is known.
    OfficerAdded {
        /// The officer.
        officer: OfficerView,
        /// So it was before.
        already: bool,
    },
    /// The officer is known no longer.
    OfficerRemoved {
        /// The officer.
        officer: OfficerView,
        /// Drafts that lost an approval.
        voided: u64,
    },
}

/// An officer known to this node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficerView {
    /// The office.
    pub role: String,
    /// The public key, 33 bytes in hexadecimal.
    pub key: String,
    /// The fingerprint of the key, as it is shown everywhere.
    pub shown: String,
}

/// What an officer said about a draft.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SaidView {
    /// Who.
    pub officer: OfficerView,
    /// When, in milliseconds since 1970 by this machine's clock.
    pub at: i64,
    /// An approval: whether it counts as things stand. A refusal: always.
    pub counts: bool,
    /// Why it does not count; of a refusal, its reason.
    pub words: String,
}

/// A draft with its text.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DraftWhole {
    /// The rules in force.
    pub rules: ClearanceRules,
    /// Who would sign it.
    pub institution: InstitutionView,
    /// What a list shows of it.
    pub draft: DraftView,
    /// The text.
    pub text: Draft,
}

/// A draft as lists show it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DraftView {
    /// Its number at this node; never given twice.
    pub number: u64,
    /// Counts from 1 and grows with each edit.
    pub version: u64,
    /// The hash of the whole text: what officers sign.
    pub content: String,
    /// The title, where the kind has one.
    pub title: Option<String>,
    /// The kind.
    pub kind: String,
    /// Feeds.
    pub feeds: Vec<String>,
    /// The TLP marking: `clear` or `green`.
    pub marking: String,
    /// The file it came from.
    pub source: String,
    /// Bytes of the text.
    pub bytes: u64,
    /// When this version was submitted, in milliseconds since 1970 by this machine's clock.
    pub submitted: i64,
    /// Which officer submitted it; none: the account of this machine.
    pub submitter: Option<OfficerView>,
    /// Approvals of this version, in the order they came.
    pub approvals: Vec<SaidView>,
    /// How many are needed.
    pub approvals_needed: u32,
    /// An officer refused this version.
    pub refused: Option<SaidView>,
    /// The day before which it must not go out.
    pub embargo: Option<String>,
    /// What is still missing, in the order it is looked at.
    pub missing: Vec<Missing>,
    /// Why publishing it failed when nothing was missing.
    pub problem: Option<String>,
}

/// What keeps a draft from going out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Missing {
    /// An officer refused it.
    AnotherText,
    /// The rules want a known officer to submit, and none did, or that officer is known no longer.
    Submitter,
    /// Approvals.
    Approvals {
        /// That count.
        have: u32,
        /// That are needed.
        need: u32,
    },
    /// Somebody's order to release it.
    Release,
    /// The day of its embargo: it has begun nowhere or not everywhere on earth, by this machine's clock.
    Embargo {
        /// The day.
        day: String,
    },
    /// By this machine's clock the embargo is over, but less time was lived through here than that would take.
    Clock {
        /// The day of the embargo.
        day: String,
        /// The day it is by this machine's clock, in UTC.
        today: String,
    },
    /// The holding time.
    Hold {
        /// Minutes left while the node runs.
        minutes: u64,
    },
    /// This data folder is a copy, which may sign nothing.
    Copy,
}
