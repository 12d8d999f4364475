//! What publishing would do, said before anything is signed.

use std::collections::BTreeMap;

use indaba_protocol::{FeedName, limits as wire};
use indaba_store::{Store, StoreError};

use crate::engine::Engine;
use crate::engine::boundary::Moment;
use crate::engine::order::{Draft, Preflight, PreflightRecord, Reply};

impl Engine {
    /// What publishing would do.
    pub(in crate::engine) fn preflight(
        &mut self,
        now: Moment,
        drafts: &[Draft],
        store: &Store,
    ) -> Result<Reply, StoreError> {
        if let Some(refusal) = self.may_publish(drafts, store) {
            return Ok(Reply::Refused(refusal));
        }
        let mut next: BTreeMap<FeedName, u64> = BTreeMap::new();
        let mut records = Vec::new();
        self.read_own_texts(store)?;
        let mut texts = self.kept_texts(None);
        for draft in drafts {
            let mut record = PreflightRecord {
                source: draft.source.clone(),
                kind: draft.kind.clone(),
                title: None,
                lanes: Vec::new(),
                bytes: 0,
                marking: draft.marking.clone(),
                faults: Vec::new(),
                published_as: None,
                withdrawn_as: None,
                same_title: None,
                waits: Vec::new(),
                embargo: None,
            };
            match self.ready(draft, &mut texts, store)? {
                Err(unready) => {
                    record.published_as = unready.published_as.map(|id| id.to_string());
                    record.faults = unready.faults;
                }
                Ok(ready) => {
                    record.title = ready.title();
                    let stands = record.title.as_deref().filter(|_| !refers(&ready.kind));
                    if let Some(id) = stands.and_then(|title| self.own_texts.titled(title))
                        && !self.is_withdrawn(&id, store)?
                    {
                        record.same_title = Some(id.to_string());
                    }
                    if let Some(id) = self.own_texts.record(&ready.text)
                        && self.is_withdrawn(&id, store)?
                    {
                        record.withdrawn_as = Some(id.to_string());
                    }
                    record.waits = self.would_wait(now, &ready, false);
                    record.embargo = ready.embargo.map(|day| day.to_string());
                    record.bytes =
                        ((draft.card.len() + draft.body.len()) / 2 + 2 * wire::PART_SALT) as u64;
                    for feed in &ready.feeds {
                        let seq = match next.get(feed) {
                            Some(seq) => seq + 1,
                            None => self.lane_end(feed, store)?.map_or(1, |(seq, _)| seq + 1),
                        };
                        next.insert(feed.clone(), seq);
                        record.lanes.push((feed.to_string(), seq));
                    }
                }
            }
            records.push(record);
        }
        let state = self.own_state().map_or_else(
            || "no state".to_owned(),
            |state| format!("state {} of the institution", state.version),
        );
        Ok(Reply::Preflight(Preflight {
            institution: self.institution_view(&self.identity.institution),
            authority: format!("{state}, which delegates this node's key for signing"),
            node_key: self.own_key().to_string(),
            audience: audience(drafts),
            records,
            unasked: self.own_head_unasked(),
        }))
    }
}

/// Whether records of this kind bear the title of another one as a rule.
fn refers(kind: &str) -> bool {
    matches!(kind, "revision" | "translation" | "withdrawal" | "response")
}

/// Who will be able to read it, in words.
fn audience(drafts: &[Draft]) -> String {
    let green = drafts
        .iter()
        .filter(|draft| draft.marking == "green")
        .count();
    let clear = drafts.len() - green;
    let mut words = Vec::new();
    if clear > 0 {
        words.push(format!(
            "{clear} marked TLP:CLEAR: everybody, for ever, also outside the mesh"
        ));
    }
    if green > 0 {
        words.push(format!("{green} marked TLP:GREEN: every node of the mesh, and nobody can call it back; not for web pages"));
    }
    words.join("; ")
}
