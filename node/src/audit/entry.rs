//! One entry: who did what, and the chain that binds it to the one before.

use indaba_protocol::Id;
use serde::{Deserialize, Serialize};

use super::limits::{LINE_BYTES, SUBJECT, SUBJECTS, WHY};
use super::words::is_known;

/// The hash of a line of the log: BLAKE3 of its bytes without the line break, so that `b3sum` gives it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineHash(Id);

impl LineHash {
    /// What the first entry names in the place of a line before.
    pub const NONE: LineHash = LineHash(Id::from_bytes([0; 32]));

    /// The hash of a line.
    pub fn of(line: &[u8]) -> Self {
        Self(Id::of(line))
    }

    /// All of it, 64 hexadecimal digits: what the next entry names.
    pub fn hex(&self) -> String {
        self.0
            .as_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// The first half in groups of four: enough that nobody finds another line with it, and short enough for paper.
    pub fn for_paper(&self) -> String {
        let hex = self.hex();
        let groups: Vec<&str> = (0..8)
            .filter_map(|at| hex.get(at * 4..at * 4 + 4))
            .collect();
        groups.join("-")
    }
}

/// The newest entry, as it is noted elsewhere: its number and the hash of its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The entry's number.
    pub number: u64,
    /// The first 32 hexadecimal digits of the hash, or all of them.
    pub hash: String,
}

impl Head {
    /// Reads what was noted: `NUMBER:HASH`, the hash of 32 or 64 digits, dashes, spaces and capitals as they come.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, hash) = text.trim().split_once(':')?;
        let hash: String = hash
            .chars()
            .filter(|c| !matches!(c, '-' | ' '))
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let is_hash = matches!(hash.len(), 32 | 64) && hash.chars().all(|c| c.is_ascii_hexdigit());
        Some(Self {
            number: number.trim().parse().ok().filter(|_| is_hash)?,
            hash,
        })
    }
}

/// What an entry is about: an id, never a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// `record`, `withdrawn`, `draft`, `feed`, `institution`, `charter`, `peer`, `officer`, `key`, `setting`, `version`, `items` ...
    pub what: String,
    /// Which one.
    pub id: String,
}

impl Subject {
    /// Names a thing.
    pub fn new(what: &str, id: impl Into<String>) -> Self {
        Self {
            what: what.to_owned(),
            id: id.into().chars().take(SUBJECT).collect(),
        }
    }
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It is done, and durable.
    Done,
    /// A rule, the policy or the order itself forbade it; nothing was changed.
    Refused,
    /// It broke off; whether it was carried out is unknown.
    Failed,
}

/// Who did it, as far as this machine can tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// The account of the process that asked: the kernel's word.
    pub uid: u32,
    /// Its name on the day of the entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The account somebody logged in with before taking on this one, where the kernel keeps that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_uid: Option<u32>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    /// The office, of an officer whose signature was checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub officer: Option<String>,
    /// The officer's key. Without an office beside it, the key that was claimed: nothing was checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Nobody asked: the node did it by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub node: bool,
}

/// What was done, before it has a place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// The act, as a code: [`super::words`] has them all.
    pub act: &'static str,
    /// On what.
    pub on: Vec<Subject>,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it was not done, or not all of it.
    pub why: Option<String>,
}

impl Deed {
    /// Something that was done.
    pub fn done(act: &'static str, on: Vec<Subject>) -> Self {
        debug_assert!(is_known(act), "{act} is not in the list of acts");
        Self {
            act,
            on,
            outcome: Outcome::Done,
            why: None,
        }
    }
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Counts from 1: the order, whatever the clock says.
    pub n: u64,
    /// The hash of the line before; of the first entry, zeros.
    pub prev: String,
    /// By this machine's clock, UTC.
    pub at: String,
    /// Who.
    pub who: Who,
    /// What, as a code.
    pub act: String,
    /// On what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<Subject>,
    /// Things it is about beside those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more: Option<u64>,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it was not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Entries up to this number were given up for room when this one was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_up: Option<u64>,
    /// Entries before this one that could not be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<u64>,
}

impl Entry {
    /// Puts a deed in its place.
    pub fn new(n: u64, prev: LineHash, at: String, who: Who, deed: Deed) -> Self {
        let mut on = deed.on;
        let more = on.len().checked_sub(SUBJECTS).filter(|more| *more > 0);
        on.truncate(SUBJECTS);
        Self {
            n,
            prev: prev.hex(),
            at,
            who,
            act: deed.act.to_owned(),
            on,
            more: more.map(|more| more as u64),
            outcome: deed.outcome,
            why: deed.why.map(|why| why.chars().take(WHY).collect()),
            given_up: None,
            missed: None,
        }
    }

    /// The line, without its break.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which no entry made here is.
    pub fn line(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }

    /// Reads a line; none when it is not one.
    pub fn read(line: &[u8]) -> Option<Self> {
        if line.len() > LINE_BYTES {
            return None;
        }
        serde_json::from_slice(line).ok()
    }
}
