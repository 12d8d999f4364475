//! What is to be signed, what would be, and what was.

use serde::{Deserialize, Serialize};

use super::{InstitutionView, Missing};

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
    /// This node knows peers, and none of them could be asked whether it holds a newer head of this node's key.
    #[serde(default)]
    pub unasked: bool,
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
    /// The id of the record of this node that says the same already; this is then the only fault.
    #[serde(default)]
    pub published_as: Option<String>,
    /// The id of a withdrawn record of this node that said the same: publishing it again undoes what the withdrawal was for.
    #[serde(default)]
    pub withdrawn_as: Option<String>,
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
