//! Orders that read: how this node is, what is in a feed, what a search finds.

use std::collections::{BTreeMap, BTreeSet};

use indaba_protocol::content::text::folded;
use indaba_protocol::{FeedName, Id, Part, Statement, Value};
use indaba_store::{HeldUse, Store, StoreError};

use super::boundary::Moment;
use super::order::{FeedView, KnownFeed, RecordLine, RefusalKind, Reply, Status};
use super::orders::{public_feed, refused};
use super::{Engine, limits};

impl Engine {
    pub(super) fn status(&mut self, now: Moment, store: &Store) -> Result<Reply, StoreError> {
        let unvouched = self.unvouched(store)?;
        let all: u64 = store.held_uses()?.iter().map(|(_, used)| used.count).sum();
        let stats = store.stats()?;
        Ok(Reply::Status(Box::new(Status {
            network: self.network.as_str().to_owned(),
            institution: self.institution_view(&self.identity.institution),
            node_key: self.own_key().to_string(),
            peer: self.local_peer.clone(),
            listening: self.listening.clone(),
            peers_connected: self.peers.count() as u64,
            peers_known: self.choices.peers().len() as u64,
            records: stats.records,
            store_bytes: stats.journal_bytes + stats.index_bytes,
            feeds: self.feeds(now, store)?,
            outbox: store
                .outbox()?
                .iter()
                .filter(|(id, _)| !self.announce.is_announced(id))
                .count() as u64,
            unvouched: unvouched.len() as u64,
            waiting: all - unvouched.iter().map(|(_, used)| used.count).sum::<u64>(),
            last_received: self.last_received,
            accepted: self.trust.web().accepted().count() as u64,
            disputed: self.disputed_institutions(),
            another_copy: self.signed_elsewhere(store)?.is_some(),
            key_disputed: self
                .institutions
                .is_doubted(&self.identity.institution, &self.own_key()),
            space_needed: store.lacks_space().then(|| store.space_needed()),
            held_elsewhere: self.lane_holders(),
            drafts: self.clearance.counts().0,
            drafts_failed: self.clearance.counts().1,
        })))
    }

    /// Institutions that nobody here vouches for, and what waits of each.
    pub(super) fn unvouched(&self, store: &Store) -> Result<Vec<(Id, HeldUse)>, StoreError> {
        Ok(store
            .held_uses()?
            .into_iter()
            .filter(|(id, _)| !self.accepts(id))
            .collect())
    }

    /// The name an unvouched institution gives itself, from the newest of its states that wait. Nothing vouches for it.
    pub(super) fn claimed_name(
        &self,
        institution: &Id,
        store: &Store,
    ) -> Result<Option<String>, StoreError> {
        let mut newest: Option<(u64, String)> = None;
        for id in store.held_of(institution, limits::QUARANTINE_RECORDS as usize)? {
            let Some(held) = store.held(&id)? else {
                continue;
            };
            let Ok(item) = indaba_protocol::DecodedItem::open(&self.net, &held.item) else {
                continue;
            };
            if let Statement::State(state) = item.statement()
                && newest
                    .as_ref()
                    .is_none_or(|(version, _)| *version < state.version)
            {
                newest = Some((state.version, state.profile.name().to_owned()));
            }
        }
        Ok(newest.map(|(_, name)| name).filter(|name| !name.is_empty()))
    }

    pub(super) fn feeds(
        &mut self,
        now: Moment,
        store: &Store,
    ) -> Result<Vec<FeedView>, StoreError> {
        let feeds: Vec<FeedName> = self.choices.follows().keys().cloned().collect();
        feeds
            .iter()
            .map(|feed| self.feed_view(now, feed, store))
            .collect()
    }

    /// The feeds that institutions accepted here publish in, this one left out.
    pub(super) fn known_feeds(&self) -> Reply {
        let mut feeds: BTreeMap<&FeedName, (BTreeSet<Id>, u64)> = BTreeMap::new();
        for head in self.institutions.heads() {
            let other = head.institution != self.identity.institution;
            if other
                && self.accepts(&head.institution)
                && !self.institutions.is_cut(&head.institution, &head.key)
            {
                for lane in head.lanes.iter().filter(|lane| !lane.feed.is_registry()) {
                    let (institutions, records) = feeds.entry(&lane.feed).or_default();
                    institutions.insert(head.institution);
                    *records = records.saturating_add(lane.seq);
                }
            }
        }
        Reply::KnownFeeds {
            more: feeds.len() > limits::PAGE,
            feeds: feeds
                .into_iter()
                .take(limits::PAGE)
                .map(|(feed, (institutions, records))| KnownFeed {
                    feed: feed.to_string(),
                    followed: self.follows(feed),
                    institutions: institutions.len() as u64,
                    records,
                })
                .collect(),
        }
    }

    pub(super) fn show_feed(
        &mut self,
        now: Moment,
        name: String,
        after: Option<u64>,
        limit: usize,
        newest: bool,
        store: &Store,
    ) -> Result<Reply, StoreError> {
        let feed: FeedName = match name.parse() {
            Ok(feed) => feed,
            Err(error) => {
                return Ok(refused(
                    RefusalKind::WrongUse,
                    format!("`{name}`: {error}"),
                    "see `indaba feed list`",
                ));
            }
        };
        let limit = limit.clamp(1, limits::PAGE);
        let page = if newest {
            store.feed_newest(&feed, after.unwrap_or(u64::MAX), limit)?
        } else {
            store.feed_page(&feed, after.unwrap_or(0), limit)?
        };
        let next = page
            .last()
            .filter(|_| page.len() == limit)
            .map(|(arrival, _)| *arrival);
        let mut records = Vec::new();
        for (arrival, id) in page {
            records.extend(self.record_line(&id, arrival, store)?);
        }
        Ok(Reply::Feed {
            feed: self.feed_view(now, &feed, store)?,
            records,
            next,
        })
    }

    /// Plain search: every word, in any letter case and with or without accents, in title, summary, sections or tags.
    pub(super) fn search(
        &mut self,
        words: &[String],
        feed: Option<String>,
        limit: usize,
        store: &Store,
    ) -> Result<Reply, StoreError> {
        let feed = match feed.map(|name| public_feed(&name)).transpose() {
            Ok(feed) => feed,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        let words: Vec<String> = words
            .iter()
            .map(|word| folded(word))
            .filter(|word| !word.is_empty())
            .collect();
        if words.is_empty() {
            return Ok(refused(
                RefusalKind::WrongUse,
                "no word to search for",
                "name at least one word",
            ));
        }
        let limit = limit.clamp(1, limits::PAGE);
        let (mut records, mut looked_at, mut after): (Vec<RecordLine>, u64, Option<u64>) =
            (Vec::new(), 0, None);
        let mut more = false;
        'pages: loop {
            let page = match &feed {
                Some(feed) => store.feed_newest(feed, after.unwrap_or(u64::MAX), limits::PAGE)?,
                None => store.newest(after.unwrap_or(u64::MAX), limits::PAGE)?,
            };
            let Some((last, _)) = page.last().copied() else {
                break;
            };
            after = Some(last);
            for (arrival, id) in page {
                if looked_at >= limits::SEARCH_LOOKS_AT || records.len() >= limit {
                    more = true;
                    break 'pages;
                }
                looked_at += 1;
                let Some(record) = self.stored(&id, store)? else {
                    continue;
                };
                let text = searchable(record.card.as_deref(), record.body.as_deref());
                if !words.iter().all(|word| text.contains(word.as_str())) {
                    continue;
                }
                let Some(line) = self.record_line(&id, arrival, store)? else {
                    continue;
                };
                if !line
                    .words
                    .iter()
                    .any(|word| word == "withdrawn" || word == "superseded")
                    && !line.verdict.starts_with("VOID")
                {
                    records.push(line);
                }
            }
        }
        Ok(Reply::Found {
            records,
            looked_at,
            more,
        })
    }
}

/// Everything in card and body that a reader would search, as it is compared.
fn searchable(card: Option<&[u8]>, body: Option<&[u8]>) -> String {
    let mut text = String::new();
    for part in [card, body].into_iter().flatten() {
        if let Ok((_, map)) = Part::open(part) {
            collect_texts(&map, &mut text);
        }
    }
    text
}

fn collect_texts(value: &Value, into: &mut String) {
    match value {
        Value::String(text) => {
            into.push_str(&folded(text));
            into.push('\n');
        }
        Value::List(items) => items.iter().for_each(|item| collect_texts(item, into)),
        Value::Map(map) => map.values().for_each(|item| collect_texts(item, into)),
        _ => {}
    }
}
