//! What this node published already, by its text: so that nobody publishes the same twice by a second press of a key.

use std::collections::{BTreeMap, BTreeSet};

use indaba_protocol::institution::CutReason;
use indaba_protocol::{FeedName, Id, Key, cbor, content, limits as wire};
use indaba_store::{Store, StoreError};

use super::{Engine, limits};

/// The texts of own records. Each record is read once after a start, the first time that something is to be published, and not again: reading
/// them all with every publication took longer than all else together.
#[derive(Debug, Default)]
pub(super) struct OwnTexts {
    /// The record that has a text, by its hash.
    records: BTreeMap<Id, Id>,
    /// The newest record of each title.
    titles: BTreeMap<String, Id>,
    /// A record stands in several lanes.
    read: BTreeSet<Id>,
    /// How far each lane was read.
    ends: BTreeMap<(Key, FeedName), u64>,
}

impl OwnTexts {
    /// The record with this text.
    pub(super) fn record(&self, text: &Id) -> Option<Id> {
        self.records.get(text).copied()
    }

    /// The newest record with this title.
    pub(super) fn titled(&self, title: &str) -> Option<Id> {
        self.titles.get(title).copied()
    }

    /// A record's text was erased here: it may be published again.
    pub(super) fn erased(&mut self, id: &Id) {
        self.records.retain(|_, record| record != id);
        self.titles.retain(|_, record| record != id);
    }
}

impl Engine {
    /// Reads what was published since the last time.
    pub(super) fn read_own_texts(&mut self, store: &Store) -> Result<(), StoreError> {
        for key in self.own_keys() {
            for (feed, end, _) in store.own_positions(&key)? {
                let place = (key, feed);
                let from = self.own_texts.ends.get(&place).map_or(1, |end| end + 1);
                if from > end || self.own_texts.read.len() >= limits::OWN_TEXTS {
                    continue;
                }
                let most = limits::OWN_TEXTS - self.own_texts.read.len();
                let (key, feed) = &place;
                let lane = store.lane(&self.identity.institution, key, feed, from..=end, most)?;
                for (_, id) in lane {
                    if self.own_texts.read.insert(id)
                        && let Some((text, title)) = self.text_of(&id, store)?
                    {
                        self.own_texts.records.insert(text, id);
                        self.own_texts.titles.extend(title.map(|title| (title, id)));
                    }
                }
                self.own_texts.ends.insert(place, end);
            }
        }
        Ok(())
    }

    /// The key this node signs with, and those that it may have signed with before. What was signed with a key in other hands is not
    /// looked at: it may be void, and its text free to be published.
    fn own_keys(&self) -> BTreeSet<Key> {
        let mut keys = BTreeSet::from([self.own_key()]);
        if let Some(state) = self.own_state() {
            keys.extend(state.delegations.iter().map(|delegation| delegation.key));
            let cuts = state.cuts.iter();
            let left = cuts.filter(|cut| cut.reason != CutReason::Compromised);
            keys.extend(left.map(|cut| cut.key));
        }
        keys
    }

    /// The hash of a record's text, and its title.
    fn text_of(&self, id: &Id, store: &Store) -> Result<Option<(Id, Option<String>)>, StoreError> {
        let Some(record) = self.stored(id, store)? else {
            return Ok(None);
        };
        let (Some(card), Some(body)) = (record.card, record.body) else {
            return Ok(None);
        };
        let (Some(card), Some(body)) = (card.get(wire::PART_SALT..), body.get(wire::PART_SALT..))
        else {
            return Ok(None);
        };
        let links = &record.view.links;
        let links = links.iter().map(|link| (link.rel.as_str(), link.target));
        let read = cbor::decode(card).ok();
        let title = read
            .as_ref()
            .and_then(|card| content::Card::new(card).title());
        let title = title.map(str::to_owned);
        Ok(Some((hash(&record.view.kind, links, card, body), title)))
    }
}

/// The hash of kind, links, card and body, the parts without their random bytes. Kind and links belong to it: an endorsement or a withdrawal says the
/// same words about each record it is for.
pub(super) fn hash<'a>(
    kind: &str,
    links: impl Iterator<Item = (&'a str, Id)>,
    card: &[u8],
    body: &[u8],
) -> Id {
    let mut all = Id::of(kind.as_bytes()).as_bytes().to_vec();
    for (rel, target) in links {
        all.extend_from_slice(Id::of(rel.as_bytes()).as_bytes());
        all.extend_from_slice(target.as_bytes());
    }
    all.extend_from_slice(Id::of(card).as_bytes());
    all.extend_from_slice(Id::of(body).as_bytes());
    Id::of(&all)
}
