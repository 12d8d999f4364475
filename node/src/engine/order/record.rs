//! Records, in lists and whole, and the steps of their verification.

use serde::{Deserialize, Serialize};

use super::{Holder, InstitutionView};

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
    /// Records that point at it and that no cut has made void: relation and id.
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
    /// What became of its institution since: former names, a merger, in sentences.
    #[serde(default)]
    pub became: Vec<String>,
    /// Why it is disputed, in sentences; none when it is not.
    #[serde(default)]
    pub disputes: Vec<String>,
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
    /// Days of waiting left until they are; a node that is often off takes longer. None while they are kept.
    pub days_left: Option<u64>,
    /// They are kept for as long as the withdrawal, the record or its signer is in doubt.
    #[serde(default)]
    pub in_doubt: bool,
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
