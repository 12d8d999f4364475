//! What a draft would change: nothing where its text stands already, or where a revision or withdrawal does not reach.

use indaba_protocol::{FeedName, Id};
use indaba_store::{Store, StoreError};

use crate::engine::Engine;

impl Engine {
    /// The own record that says the same. What was without effect may be said again, where it has one; and so may what was taken back.
    pub(super) fn stands_as(&self, text: &Id, store: &Store) -> Result<Option<Id>, StoreError> {
        let Some(id) = self.own_texts.record(text) else {
            return Ok(None);
        };
        let Some(record) = self.header(&id, store)? else {
            return Ok(None);
        };
        let feeds: Vec<FeedName> = record.feeds().cloned().collect();
        let links = record
            .links
            .iter()
            .map(|link| (link.rel.as_str(), link.target));
        let stands = self.without_effect(links, &feeds, store)?.is_empty()
            && (store.links_to(&id, 1)?.is_empty() || !self.is_withdrawn(&id, store)?);
        Ok(stands.then_some(id))
    }

    /// Why a revision or a withdrawal would change nothing: it stands where its record does not, or belongs to another institution
    /// (section 5 of the protocol). What it names and is not held here cannot be judged.
    pub(super) fn without_effect<'a>(
        &self,
        links: impl Iterator<Item = (&'a str, Id)>,
        feeds: &[FeedName],
        store: &Store,
    ) -> Result<Vec<String>, StoreError> {
        let mut faults = Vec::new();
        for (rel, id) in links {
            let verb = match rel {
                "withdraws" => "withdraw",
                "revises" => "revise",
                _ => continue,
            };
            if let Some(target) = self.header(&id, store)? {
                let short = id.short();
                if target.institution != self.identity.institution {
                    faults.push(format!(
                        "link `{rel}`: {short} was signed by another institution, and nobody can {verb} what another one signed; answer it with a `response`"
                    ));
                    continue;
                }
                let missing: Vec<String> = target
                    .feeds()
                    .filter(|feed| !feeds.contains(feed))
                    .map(ToString::to_string)
                    .collect();
                if !missing.is_empty() {
                    faults.push(format!(
                        "feeds: {short} stands in {} too, and it would be without effect everywhere unless posted there; add what is missing, or leave `feeds` out",
                        missing.join(" ")
                    ));
                }
            }
        }
        Ok(faults)
    }
}
