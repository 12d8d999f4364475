//! A draft as it is kept: what it is about, what was said about it, since when it waits. Its text stands beside it.

use indaba_protocol::{Day, Id, Value};
use indaba_store::{Batch, Store, StoreError};
use serde::{Deserialize, Serialize};

use super::patience::Lived;
use super::word::{decode_text, encode_text};
use crate::engine::limits;
use crate::engine::order::{ClearanceRules, Draft, OfficerWord};

/// Names of the columns in the store.
const DRAFT: &str = "draft";
const TEXT: &str = "draft-text";

/// An officer who did something: the office as it was called then, and the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Officer {
    pub(super) role: String,
    /// 33 bytes in hexadecimal.
    pub(super) key: String,
}

/// An officer's approval.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Approval {
    pub(super) officer: Officer,
    pub(super) signature: String,
    /// Under which rules it was given.
    pub(super) rules: ClearanceRules,
    /// By the wall clock, for people.
    pub(super) at: i64,
}

impl Approval {
    pub(super) fn word(&self) -> OfficerWord {
        OfficerWord {
            key: self.officer.key.clone(),
            signature: self.signature.clone(),
        }
    }
}

/// An officer's refusal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Refused {
    pub(super) officer: Officer,
    pub(super) words: String,
    /// By the wall clock, for people.
    pub(super) at: i64,
}

/// A draft without its text.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) number: u64,
    pub(super) version: u64,
    /// Hash of the text, in text form.
    pub(super) content: String,
    /// Hash by which the same text is found again, in text form.
    pub(super) same: String,
    pub(super) title: Option<String>,
    pub(super) kind: String,
    pub(super) feeds: Vec<String>,
    pub(super) marking: String,
    pub(super) source: String,
    pub(super) bytes: u64,
    /// By the wall clock: for people, and for how long an embargo takes from here.
    pub(super) submitted: i64,
    /// The same in time lived through.
    pub(super) since: Lived,
    pub(super) submitter: Option<Officer>,
    /// The rules it was submitted under: laxer ones do not let it go.
    pub(super) rules: ClearanceRules,
    pub(super) approvals: Vec<Approval>,
    pub(super) refused: Option<Refused>,
    pub(super) embargo: Option<String>,
    /// Waits until somebody releases it.
    pub(super) held: bool,
    /// When nothing but time was missing any more.
    pub(super) cleared: Option<Lived>,
    /// A person confirmed that the day of the embargo has come.
    pub(super) day_confirmed: bool,
}

impl Kept {
    pub(super) fn embargo_day(&self) -> Option<Day> {
        self.embargo.as_deref()?.parse().ok()
    }

    pub(super) fn content_id(&self) -> Option<Id> {
        self.content.parse().ok()
    }

    /// Writes it without its text.
    pub(super) fn put(&self, batch: &mut Batch) {
        // Texts and numbers: there is nothing in it that could not be written.
        let value = serde_json::to_vec(self).unwrap_or_default();
        batch.choose(DRAFT, &self.number.to_be_bytes(), &value);
    }

    /// Writes its text.
    pub(super) fn put_text(&self, text: &[u8], batch: &mut Batch) {
        batch.choose(TEXT, &self.number.to_be_bytes(), text);
    }

    /// Its text; none when it does not read, or is not the one that was kept.
    pub(super) fn text(&self, store: &Store) -> Result<Option<Draft>, StoreError> {
        let Some(bytes) = store.choice(TEXT, &self.number.to_be_bytes())? else {
            return Ok(None);
        };
        if Some(Id::of(&bytes)) != self.content_id() {
            return Ok(None);
        }
        Ok(decode_text(&bytes, &self.source))
    }
}

/// Removes a draft with its text.
pub(super) fn remove(number: u64, batch: &mut Batch) {
    batch.unchoose(DRAFT, &number.to_be_bytes());
    batch.unchoose(TEXT, &number.to_be_bytes());
}

/// All drafts that are kept. One that does not read is left alone and named in the log: it was written by a newer version.
pub(super) fn load(store: &Store) -> Result<Vec<Kept>, StoreError> {
    let mut drafts = Vec::new();
    for (_, value) in store.choices(DRAFT)? {
        match serde_json::from_slice(&value) {
            Ok(draft) => drafts.push(draft),
            Err(_) => tracing::warn!("a draft in the store does not read; left alone"),
        }
    }
    Ok(drafts)
}

/// The text of a draft in its form for the store, with whole ids in its links.
pub(super) fn text_of(draft: &Draft, links: Vec<(String, String)>) -> Option<Vec<u8>> {
    let whole = Draft {
        links,
        ..draft.clone()
    };
    encode_text(&whole)
}

/// The day before which a record is not to be quoted, as its body says.
pub(in crate::engine) fn embargo_of(body: &Value) -> Option<Day> {
    match body {
        Value::Map(map) => match map.get("embargo") {
            Some(Value::String(day)) => day.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

/// When a day has begun everywhere on earth, in milliseconds since 1970.
pub(super) fn begun_everywhere(day: Day) -> i64 {
    i64::from(day.number()) * limits::DAY as i64 + limits::DAY_BEGUN_EVERYWHERE
}

/// The name of a file, cut to its bound.
pub(super) fn short_source(source: &str) -> String {
    source.chars().take(limits::SOURCE).collect()
}
