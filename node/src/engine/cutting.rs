//! What of a node key's records stays valid when the key is cut: computed from what is held, so that the officers sign a cut that every
//! node understands alike.

use std::collections::{BTreeMap, BTreeSet};

use indaba_protocol::{FeedName, Header, Id, Key, LaneEnd, Verified};
use indaba_store::{Store, StoreError};

use super::order::{CutFeed, CutPlan, CutRecord, Refusal, RefusalKind};
use super::view::{act, title, to_hex};
use super::{Engine, limits};

/// Where the operator draws the line. Neither: everything held stays valid.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    /// The last good records: in each of their feeds the lane ends with them; in every other feed nothing is good.
    pub(super) last: Vec<String>,
    /// The first bad records: in each of their feeds the lane ends just before them; every other feed stays whole.
    pub(super) first_bad: Vec<String>,
}

/// One lane of the key, by position.
type Chain = BTreeMap<u64, Vec<Id>>;

/// The last good position of each lane, with the record there.
type Ends = BTreeMap<FeedName, (u64, Id)>;

impl Engine {
    /// The own institution's node key that a text means: its hexadecimal form, or the beginning of what is shown for it.
    pub(super) fn find_key(&self, text: &str) -> Result<Key, Refusal> {
        let refusal = |kind, problem: String| Refusal {
            kind,
            problem,
            remedy: "see `indaba institution show` for its node keys".to_owned(),
        };
        let mut found = BTreeSet::new();
        if let Some(chain) = self.institutions.chain(&self.identity.institution) {
            for delegation in chain.states().iter().flat_map(|state| &state.delegations) {
                let key = delegation.key;
                let shown = key.to_string();
                if !text.is_empty() && (shown.starts_with(text) || to_hex(key.as_bytes()) == text) {
                    found.insert(key);
                }
            }
        }
        let mut found = found.into_iter();
        match (found.next(), found.next()) {
            (Some(key), None) => Ok(key),
            (None, _) => Err(refusal(
                RefusalKind::NotFound,
                format!("this institution never delegated a node key `{text}`"),
            )),
            (Some(_), Some(_)) => Err(refusal(
                RefusalKind::Ambiguous,
                format!("`{text}` fits several node keys"),
            )),
        }
    }

    /// What stays valid of a key, and what does not.
    pub(super) fn plan_cut(
        &self,
        key: &str,
        line: &Line,
        store: &Store,
    ) -> Result<Result<CutPlan, Refusal>, StoreError> {
        let key = match self.find_key(key) {
            Ok(key) => key,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let lanes = self.lanes_of_key(&key, store)?;
        let ends = match self.ends(&key, line, &lanes, store)? {
            Ok(ends) => ends,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let mut good: BTreeMap<&FeedName, BTreeSet<Id>> = BTreeMap::new();
        let mut headers: BTreeMap<Id, Verified<Header>> = BTreeMap::new();
        for (feed, (seq, last)) in &ends {
            let mut next = Some(*last);
            for place in (1..=*seq).rev() {
                let held = match next {
                    Some(id) => self.header(&id, store)?.map(|header| (id, header)),
                    None => None,
                };
                let step = held.and_then(|(id, header)| {
                    let prev = header
                        .lanes
                        .iter()
                        .find(|lane| lane.feed == *feed && lane.seq == place)?
                        .prev;
                    Some((id, header, prev))
                });
                let Some((id, header, prev)) = step else {
                    return Ok(Err(Refusal {
                        kind: RefusalKind::Policy,
                        problem: format!("record #{place} of the key in {feed} is not held here, so a cut beyond it cannot be computed"),
                        remedy: "follow the feed and wait until `indaba feed show` calls it complete, or cut before the gap with --last".to_owned(),
                    }));
                };
                good.entry(feed).or_default().insert(id);
                headers.insert(id, header);
                next = prev;
            }
        }
        if let Some(refusal) = self.contradiction(&good, &headers, store)? {
            return Ok(Err(refusal));
        }
        let kept: BTreeSet<Id> = headers.keys().copied().collect();
        let mut void = BTreeSet::new();
        for id in lanes.values().flat_map(BTreeMap::values).flatten() {
            if !kept.contains(id) {
                void.insert(*id);
            }
        }
        let mut feeds = Vec::new();
        for (feed, (seq, last)) in &ends {
            feeds.push(CutFeed {
                feed: feed.to_string(),
                seq: *seq,
                last: self.cut_record(last, store)?,
            });
        }
        let mut void_named = Vec::new();
        for id in void.iter().take(limits::PAGE) {
            void_named.push(self.cut_record(id, store)?);
        }
        Ok(Ok(CutPlan {
            key: to_hex(key.as_bytes()),
            shown: key.to_string(),
            feeds,
            kept: kept.len() as u64,
            void: void.len() as u64,
            void_named,
        }))
    }

    fn cut_record(&self, id: &Id, store: &Store) -> Result<CutRecord, StoreError> {
        let held = self.readable_record(id, store)?;
        let (title, act) = held.map_or((None, None), |(header, record)| {
            let title = title(&record);
            let act = title.is_none().then(|| act(&header, &record)).flatten();
            (title, act)
        });
        Ok(CutRecord {
            id: id.to_string(),
            short: id.short(),
            title,
            act,
        })
    }

    /// All lanes of a key that are held, in every feed.
    fn lanes_of_key(
        &self,
        key: &Key,
        store: &Store,
    ) -> Result<BTreeMap<FeedName, Chain>, StoreError> {
        let institution = self.identity.institution;
        let mut lanes = BTreeMap::new();
        for feed in store.feeds()? {
            let mut chain = Chain::new();
            let mut from = 1;
            loop {
                let page = store.lane(&institution, key, &feed, from..=u64::MAX, limits::PAGE)?;
                let full = page.len() == limits::PAGE;
                // The last place of a full page may go on in the next one: it is read again, whole.
                let again = page
                    .last()
                    .map(|(seq, _)| *seq)
                    .filter(|seq| full && *seq > from);
                for (seq, id) in page {
                    if Some(seq) != again {
                        chain.entry(seq).or_default().push(id);
                    }
                }
                match again {
                    Some(seq) => from = seq,
                    None => break,
                }
            }
            if !chain.is_empty() {
                lanes.insert(feed, chain);
            }
        }
        Ok(lanes)
    }

    /// The last good place of each lane, by the line the operator draws.
    fn ends(
        &self,
        key: &Key,
        line: &Line,
        lanes: &BTreeMap<FeedName, Chain>,
        store: &Store,
    ) -> Result<Result<Ends, Refusal>, StoreError> {
        let mut ends = Ends::new();
        if line.last.is_empty() {
            let firsts = match self.lanes_named(key, &line.first_bad, store)? {
                Ok(firsts) => firsts,
                Err(refusal) => return Ok(Err(refusal)),
            };
            for (feed, chain) in lanes {
                let bad = firsts
                    .iter()
                    .flat_map(|header| &header.lanes)
                    .filter(|lane| lane.feed == *feed)
                    .min_by_key(|lane| lane.seq);
                match bad {
                    Some(lane) => {
                        if let Some(prev) = lane.prev {
                            ends.insert(feed.clone(), (lane.seq - 1, prev));
                        }
                    }
                    None => match chain
                        .last_key_value()
                        .map(|(seq, ids)| (*seq, ids.as_slice()))
                    {
                        Some((seq, [id])) => {
                            ends.insert(feed.clone(), (seq, *id));
                        }
                        Some((seq, _)) => {
                            return Ok(Err(Refusal {
                                kind: RefusalKind::Policy,
                                problem: format!("two records of the key stand at #{seq} in {feed}: the key contradicts itself"),
                                remedy: "say which of them is good with --last, or cut before both with --first-bad".to_owned(),
                            }));
                        }
                        None => {}
                    },
                }
            }
            return Ok(Ok(ends));
        }
        let lasts = match self.lanes_named(key, &line.last, store)? {
            Ok(lasts) => lasts,
            Err(refusal) => return Ok(Err(refusal)),
        };
        for header in &lasts {
            for lane in &header.lanes {
                let end = ends.entry(lane.feed.clone()).or_insert((0, header.id()));
                if lane.seq > end.0 {
                    *end = (lane.seq, header.id());
                }
            }
        }
        Ok(Ok(ends))
    }

    /// The headers of the records named, which must be the key's.
    fn lanes_named(
        &self,
        key: &Key,
        ids: &[String],
        store: &Store,
    ) -> Result<Result<Vec<Verified<Header>>, Refusal>, StoreError> {
        let mut headers = Vec::new();
        for text in ids {
            let id = match self.find_id(text, store) {
                Ok(id) => id,
                Err(refusal) => return Ok(Err(refusal)),
            };
            match self.header(&id, store)? {
                Some(header)
                    if header.key == *key && header.institution == self.identity.institution =>
                {
                    headers.push(header);
                }
                Some(_) => {
                    return Ok(Err(Refusal {
                        kind: RefusalKind::WrongUse,
                        problem: format!("record {} was not signed by node key {key}", id.short()),
                        remedy: "name records of the key that is to be cut".to_owned(),
                    }));
                }
                None => {
                    return Ok(Err(Refusal {
                        kind: RefusalKind::NotFound,
                        problem: format!("record {} is not held here", id.short()),
                        remedy: "follow a feed it is posted to".to_owned(),
                    }));
                }
            }
        }
        Ok(Ok(headers))
    }

    /// A record that stays in one of its feeds and falls in another: a reader of the first would call it valid, of the second void.
    fn contradiction(
        &self,
        good: &BTreeMap<&FeedName, BTreeSet<Id>>,
        headers: &BTreeMap<Id, Verified<Header>>,
        store: &Store,
    ) -> Result<Option<Refusal>, StoreError> {
        for (id, header) in headers {
            let stays = |feed: &FeedName| good.get(feed).is_some_and(|ids| ids.contains(id));
            let kept = header.lanes.iter().find(|lane| stays(&lane.feed));
            let falls = header.lanes.iter().find(|lane| !stays(&lane.feed));
            if let (Some(kept), Some(falls)) = (kept, falls) {
                let held = self.readable_record(id, store)?;
                let title = held.and_then(|(_, record)| title(&record));
                let title = title.unwrap_or_default();
                return Ok(Some(Refusal {
                    kind: RefusalKind::Policy,
                    problem: format!(
                        "the cut contradicts itself: record {} \"{title}\" stays in {} (#{}) and falls in {} (#{})",
                        id.short(),
                        kept.feed,
                        kept.seq,
                        falls.feed,
                        falls.seq
                    ),
                    remedy: format!(
                        "name it as well, as the last good one (--last {0}) or the first bad one (--first-bad {0})",
                        id.short()
                    ),
                }));
            }
        }
        Ok(None)
    }

    /// A plan's ends as an alarm names them.
    pub(super) fn good_ends(plan: &CutPlan) -> Vec<LaneEnd> {
        plan.feeds
            .iter()
            .filter_map(|feed| {
                Some(LaneEnd {
                    feed: feed.feed.parse().ok()?,
                    seq: feed.seq,
                    last: feed.last.id.parse().ok()?,
                })
            })
            .collect()
    }
}
