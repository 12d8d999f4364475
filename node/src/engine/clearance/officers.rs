//! The officers this node knows: an office and a public key each.

use std::collections::BTreeMap;

use indaba_protocol::Key;
use indaba_store::{Batch, Store, StoreError};
use serde::{Deserialize, Serialize};

use super::acts::{Answer, refusal};
use super::draft::Officer;
use super::word::read_key;
use crate::engine::boundary::Moment;
use crate::engine::order::{ClearanceReply, OfficerView, Refusal, RefusalKind};
use crate::engine::view::to_hex;
use crate::engine::{Engine, limits};

/// Name of the column in the store; the key of an entry is the officer's key.
const COLUMN: &str = "officer";

#[derive(Serialize, Deserialize)]
struct Entry {
    role: String,
}

/// Offices by key.
#[derive(Debug, Default)]
pub(super) struct Officers(BTreeMap<Key, String>);

impl Officers {
    pub(super) fn load(store: &Store) -> Result<Officers, StoreError> {
        let mut officers = BTreeMap::new();
        for (key, value) in store.choices(COLUMN)? {
            let key = <[u8; 33]>::try_from(key).map(Key::from_bytes);
            match (key, serde_json::from_slice::<Entry>(&value)) {
                (Ok(key), Ok(entry)) => {
                    officers.insert(key, entry.role);
                }
                _ => tracing::warn!("an officer in the store does not read; left alone"),
            }
        }
        Ok(Officers(officers))
    }

    pub(super) fn role(&self, key: &Key) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Whether this key, in hexadecimal, is a known officer's.
    pub(super) fn knows(&self, key: &str) -> bool {
        read_key(key).is_some_and(|key| self.0.contains_key(&key))
    }

    /// An officer as it is noted with what it does.
    pub(super) fn officer(&self, key: &Key) -> Option<Officer> {
        self.role(key).map(|role| Officer {
            role: role.to_owned(),
            key: to_hex(key.as_bytes()),
        })
    }

    pub(super) fn views(&self) -> Vec<OfficerView> {
        let mut views: Vec<OfficerView> = self.0.iter().map(|(k, r)| view_of(k, r)).collect();
        views.sort_by(|a, b| (&a.role, &a.key).cmp(&(&b.role, &b.key)));
        views
    }

    /// Why this officer cannot be added.
    pub(super) fn may_add(&self, key: &Key, role: &str) -> Option<Refusal> {
        let refusal = |problem: String, remedy: &str| {
            Some(Refusal {
                kind: RefusalKind::WrongUse,
                problem,
                remedy: remedy.to_owned(),
            })
        };
        let length = role.chars().count();
        if length == 0 || length > limits::ROLE || role.chars().any(char::is_control) {
            return refusal(
                format!(
                    "a role has 1 to {} characters on one line, without control characters",
                    limits::ROLE
                ),
                "write the office, such as \"Legal adviser (example)\"; never a person's name",
            );
        }
        if let Some((_, held)) = self.0.iter().find(|(k, r)| *k != key && *r == role) {
            return refusal(
                format!("another key stands for the office \"{held}\" already"),
                "remove that officer first, or name the office more exactly",
            );
        }
        if !self.0.contains_key(key) && self.0.len() >= limits::OFFICERS {
            return refusal(
                format!(
                    "{} officers are known, the most one node may",
                    limits::OFFICERS
                ),
                "remove one first",
            );
        }
        None
    }

    /// Writes an officer; [`Officers::remember`] when it is durable.
    pub(super) fn put(key: &Key, role: &str, batch: &mut Batch) {
        let entry = Entry {
            role: role.to_owned(),
        };
        let value = serde_json::to_vec(&entry).unwrap_or_default();
        batch.choose(COLUMN, key.as_bytes(), &value);
    }

    pub(super) fn remember(&mut self, key: Key, role: &str) {
        self.0.insert(key, role.to_owned());
    }

    /// Takes an officer out of the store; [`Officers::forget`] when it is durable.
    pub(super) fn remove(key: &Key, batch: &mut Batch) {
        batch.unchoose(COLUMN, key.as_bytes());
    }

    pub(super) fn forget(&mut self, key: &Key) {
        self.0.remove(key);
    }

    /// The officer that a text means: the role, the key as it is shown or in hexadecimal, or the beginning of either.
    pub(super) fn find(&self, text: &str) -> Result<Key, Refusal> {
        let refusal = |kind, problem: String| Refusal {
            kind,
            problem,
            remedy: "see `indaba officer list`".to_owned(),
        };
        let named: Vec<&Key> = self
            .0
            .iter()
            .filter(|(_, role)| *role == text)
            .map(|(key, _)| key)
            .collect();
        if let [key] = named.as_slice() {
            return Ok(**key);
        }
        let fits = |key: &&Key| {
            key.to_string().starts_with(text) || to_hex(key.as_bytes()).starts_with(text)
        };
        let found: Vec<&Key> = self
            .0
            .keys()
            .filter(|key| !text.is_empty() && fits(key))
            .collect();
        match found.as_slice() {
            [key] => Ok(**key),
            [] => Err(refusal(
                RefusalKind::NotFound,
                format!("no officer `{text}` is known here"),
            )),
            _ => Err(refusal(
                RefusalKind::Ambiguous,
                format!("`{text}` fits several officers"),
            )),
        }
    }
}

fn view_of(key: &Key, role: &str) -> OfficerView {
    OfficerView {
        role: role.to_owned(),
        key: to_hex(key.as_bytes()),
        shown: key.to_string(),
    }
}

/// A key in hexadecimal as it is shown everywhere; none when it is no key.
pub fn shown_key(hex: &str) -> Option<String> {
    read_key(hex).map(|key| key.to_string())
}

/// An officer as noted with what it did, for showing.
pub(super) fn view(officer: &Officer) -> OfficerView {
    OfficerView {
        role: officer.role.clone(),
        key: officer.key.clone(),
        shown: read_key(&officer.key).map_or_else(String::new, |key| key.to_string()),
    }
}

impl Engine {
    pub(super) fn add_officer(
        &mut self,
        now: Moment,
        key: &str,
        role: &str,
        store: &mut Store,
    ) -> Answer {
        let Some(key) = read_key(key) else {
            return Ok(Err(refusal(
                RefusalKind::WrongUse,
                "the officer's key does not read, or may not be used",
                "give the public file that `indaba officer new` wrote",
            )));
        };
        if let Some(refusal) = self.clearance.officers.may_add(&key, role) {
            return Ok(Err(refusal));
        }
        let already = self.clearance.officers.role(&key) == Some(role);
        if !already {
            let mut batch = Batch::new();
            Officers::put(&key, role, &mut batch);
            self.clearance.officers.remember(key, role);
            let lived = self.clearance.patience.pass(now);
            self.note_cleared(lived, &mut batch);
            self.commit_clearance(now, batch, store)?;
        }
        Ok(Ok(ClearanceReply::OfficerAdded {
            officer: self.officer_view(&key, role),
            already,
        }))
    }

    fn officer_view(&self, key: &Key, role: &str) -> OfficerView {
        view(&Officer {
            role: role.to_owned(),
            key: to_hex(key.as_bytes()),
        })
    }

    pub(super) fn remove_officer(&mut self, now: Moment, text: &str, store: &mut Store) -> Answer {
        let key = match self.clearance.officers.find(text) {
            Ok(key) => key,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let role = self.clearance.officers.role(&key).unwrap_or_default();
        let officer = self.officer_view(&key, role);
        let mut batch = Batch::new();
        Officers::remove(&key, &mut batch);
        self.clearance.officers.forget(&key);
        let mut voided = 0;
        // Taken out for good: an officer who is added again approves again.
        for draft in self.clearance.drafts.values_mut() {
            let before = draft.approvals.len();
            draft.approvals.retain(|had| had.officer.key != officer.key);
            if draft.approvals.len() < before {
                voided += 1;
                draft.put(&mut batch);
            }
        }
        let lived = self.clearance.patience.pass(now);
        self.note_cleared(lived, &mut batch);
        self.commit_clearance(now, batch, store)?;
        Ok(Ok(ClearanceReply::OfficerRemoved { officer, voided }))
    }
}
