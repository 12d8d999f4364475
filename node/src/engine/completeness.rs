//! How complete a feed is: what the heads say exists, against what is held and linked.

use std::collections::{BTreeMap, BTreeSet};

use indaba_protocol::trust::Acceptance;
use indaba_protocol::{FeedName, Header, Id, Key, Verified};
use indaba_store::{Store, StoreError};

use super::boundary::Moment;
use super::erasure::seems_partless;
use super::order::{FeedView, InstitutionView, LaneView};
use super::{Engine, limits};
use crate::network::Topic;

/// Lanes found whole up to a record: back to the first, every predecessor held. Headers are never removed and name each other by
/// hash, so this stays true; a lane that grew is walked from its new end to here.
#[derive(Debug, Default)]
pub(super) struct Proven {
    whole: BTreeMap<(Key, FeedName), (u64, Id)>,
}

/// What is known of a lane's end, and from whom.
pub(super) struct End {
    pub(super) seq: u64,
    last: Option<Id>,
    proven: bool,
    due: Option<indaba_protocol::Day>,
    cut: bool,
}

impl Engine {
    /// A feed and its lanes.
    pub(super) fn feed_view(
        &mut self,
        now: Moment,
        feed: &FeedName,
        store: &Store,
    ) -> Result<FeedView, StoreError> {
        let (mut lanes, mut institutions) = (Vec::new(), BTreeMap::new());
        for lane in self.lanes_in(feed, store)? {
            let institution = institutions
                .entry(lane.0)
                .or_insert_with(|| self.institution_view(&lane.0))
                .clone();
            lanes.push(self.lane_view(now, feed, lane, institution, store)?);
        }
        // Heads may claim anything up to 2^53 for each lane; a hostile claim must not overflow.
        let held = lanes
            .iter()
            .fold(0, |sum: u64, lane| sum.saturating_add(lane.held));
        let expected = lanes
            .iter()
            .fold(0, |sum: u64, lane| sum.saturating_add(lane.expected));
        let proven = lanes.iter().all(|lane| lane.head);
        let whole = lanes.iter().all(|lane| lane.missing.is_empty());
        let state = match (lanes.is_empty(), whole, proven) {
            (true, ..) => "empty",
            (_, false, _) => "incomplete",
            (_, true, true) => "complete",
            (_, true, false) => "unproven",
        };
        let follow = self.choices.follows().get(feed).copied();
        let topic = Topic::new(indaba_protocol::topic(&self.net, feed));
        Ok(FeedView {
            feed: feed.to_string(),
            followed: follow.is_some() || feed.is_registry(),
            quiet: follow.is_some_and(|follow| follow.quiet),
            held,
            expected,
            unvouched: lanes.iter().map(|lane| lane.unvouched).sum(),
            state: state.to_owned(),
            parts_missing: self.parts_missing(feed, store)?,
            stale_lanes: lanes.iter().filter(|lane| lane.stale).count() as u64,
            connected: self.peers.count() as u64,
            carried_by: self.peers.carrying(&topic) as u64,
            lanes,
        })
    }

    /// Records of the feed of which card or body is not here, and was not erased on purpose.
    fn parts_missing(&self, feed: &FeedName, store: &Store) -> Result<u64, StoreError> {
        let (mut missing, mut after) = (0, 0);
        loop {
            let page = store.feed_page(feed, after, limits::PAGE)?;
            let Some((last, _)) = page.last() else {
                return Ok(missing);
            };
            after = *last;
            for (_, id) in page {
                // Judged only where something is missing that nobody erased: a withdrawn record lacks nothing.
                if let Some(parts) = store.parts_held(&id)?
                    && seems_partless(&id, parts, store)?
                {
                    missing += u64::from(self.wants_parts(&id, parts, store)?);
                }
            }
        }
    }

    /// The lanes of a feed: those with records here, and those that a head or a cut list names.
    pub(super) fn lanes_in(
        &self,
        feed: &FeedName,
        store: &Store,
    ) -> Result<Vec<(Id, Key, Option<u64>)>, StoreError> {
        let mut lanes: BTreeMap<(Id, Key), Option<u64>> = BTreeMap::new();
        for lane in store.lanes_of(feed)? {
            lanes.insert((lane.institution, lane.key), Some(lane.seq));
        }
        for head in self.institutions.heads() {
            if head.lane(feed).is_some() {
                lanes.entry((head.institution, head.key)).or_default();
            }
        }
        // Of a key that was revoked the head does not count; how far its lanes are good stands in the cut list, and until that has come
        // nobody knows in which feeds it has any.
        for chain in self.institutions.chains() {
            let cuts = chain.newest().map(|state| state.cuts.as_slice());
            for cut in cuts.unwrap_or_default() {
                let Some(list) = cut.list else { continue };
                let list = self.institutions.cut_list(&list);
                if list.is_none_or(|list| list.entry(feed).is_some()) {
                    lanes.entry((chain.institution(), cut.key)).or_default();
                }
            }
        }
        lanes.retain(|(institution, _), _| self.accepts(institution));
        Ok(lanes
            .into_iter()
            .map(|((institution, key), highest)| (institution, key, highest))
            .collect())
    }

    fn lane_view(
        &mut self,
        now: Moment,
        feed: &FeedName,
        (institution, key, highest): (Id, Key, Option<u64>),
        view: InstitutionView,
        store: &Store,
    ) -> Result<LaneView, StoreError> {
        let end = self.end_of(feed, &institution, &key, highest);
        let gaps = store.gaps(&institution, &key, feed, end.seq, limits::RANGES_NAMED)?;
        let mut held = end.seq.saturating_sub(gaps.count);
        let aside = self.aside(&institution, &key, feed, store)?;
        let mut missing = without(gaps.ranges, &aside);
        let lane = (feed.clone(), key);
        let lacking = self.lacking_view(now, &lane, &missing);
        let unvouched = aside.range(..=end.seq).count() as u64;
        if let (true, Some(last)) = (missing.is_empty() && end.seq > 0, end.last) {
            // Every position is taken; that each is the one its successor names is what proves the lane.
            if let Some((broken, _)) = self.first_break(feed, &key, end.seq, last, store)? {
                missing.push((broken, broken));
                held = held.saturating_sub(1);
            }
        }
        // A place that is taken and has another record waiting beside it is held.
        let unvouched = unvouched.min(end.seq.saturating_sub(held));
        Ok(LaneView {
            institution: view,
            key: key.to_string(),
            held,
            expected: end.seq - unvouched,
            unvouched,
            missing,
            lacking,
            head: end.proven,
            due: end.due.map(|day| day.to_string()),
            stale: end.due.is_some_and(|due| Engine::today(now) > due),
            cut: end.cut,
            disputed: self.institutions.is_doubted(&institution, &key),
        })
    }

    pub(super) fn end_of(
        &self,
        feed: &FeedName,
        institution: &Id,
        key: &Key,
        highest: Option<u64>,
    ) -> End {
        let cut = self
            .institutions
            .chain(institution)
            .and_then(|chain| chain.newest())
            .and_then(|state| state.cut(key));
        if let Some(cut) = cut {
            let list = cut.list.map(|list| self.institutions.cut_list(&list));
            let (seq, last) = match list {
                // Nothing of the key is good.
                None => (0, None),
                Some(Some(list)) => list
                    .entry(feed)
                    .map_or((0, None), |entry| (entry.seq, Some(entry.last))),
                // How far the lane is good is not known yet.
                Some(None) => (highest.unwrap_or(0), None),
            };
            return End {
                seq,
                last,
                proven: list != Some(None),
                due: None,
                cut: true,
            };
        }
        let head = self.institutions.head(key);
        match head.and_then(|head| head.lane(feed).map(|lane| (head, lane))) {
            Some((head, lane)) if highest.is_none_or(|highest| highest <= lane.seq) => End {
                seq: lane.seq,
                last: Some(lane.last),
                proven: true,
                due: Some(head.due),
                cut: false,
            },
            // Records beyond the head: its successor is on the way, or was withheld.
            Some((head, _)) => End {
                seq: highest.unwrap_or(0),
                last: None,
                proven: false,
                due: Some(head.due),
                cut: false,
            },
            None => End {
                seq: highest.unwrap_or(0),
                last: None,
                proven: false,
                due: None,
                cut: false,
            },
        }
    }

    /// The record that the end of a lane leads to and that is not held though its place is taken: two were signed for that place, and the
    /// other one came first. It is no gap, so nothing else asks for it. Of the places up to `seq`, all of which are taken.
    pub(super) fn missing_link(
        &mut self,
        feed: &FeedName,
        institution: &Id,
        key: &Key,
        seq: u64,
        store: &Store,
    ) -> Result<Option<Id>, StoreError> {
        let highest = store.lane_end(institution, key, feed)?;
        let end = self.end_of(feed, institution, key, highest.map(|lane| lane.seq));
        let (Some(last), true) = (end.last, end.seq > 0) else {
            return Ok(None);
        };
        Ok(match self.first_break(feed, key, end.seq, last, store)? {
            Some((at, id)) if at <= seq && !store.contains(&id)? => Some(id),
            _ => None,
        })
    }

    /// Walks from the record a head names back to the first. The position whose record is not the one its successor names, and that one,
    /// if any.
    fn first_break(
        &mut self,
        feed: &FeedName,
        key: &Key,
        seq: u64,
        last: Id,
        store: &Store,
    ) -> Result<Option<(u64, Id)>, StoreError> {
        let lane = (*key, feed.clone());
        let whole = self.proven.whole.get(&lane).copied();
        let (mut expected, mut for_good) = (last, true);
        for at in (1..=seq).rev() {
            if whole == Some((at, expected)) {
                break;
            }
            let header = match self.header(&expected, store)? {
                Some(header) => header,
                // What is kept aside is here, but not for good.
                None => match self.header_aside(&expected, store)? {
                    Some(header) => {
                        for_good = false;
                        header
                    }
                    None => return Ok(Some((at, expected))),
                },
            };
            let Some(held) = header
                .lane(feed)
                .filter(|held| held.seq == at && header.key == *key)
            else {
                return Ok(Some((at, expected)));
            };
            match held.prev {
                Some(prev) => expected = prev,
                None if at == 1 => {}
                None => return Ok(Some((at, expected))),
            }
        }
        if for_good {
            self.proven.whole.insert(lane, (seq, last));
        }
        Ok(None)
    }

    /// The places of a lane whose records are kept aside, because their institution is accepted for other matters only.
    pub(super) fn aside(
        &self,
        institution: &Id,
        key: &Key,
        feed: &FeedName,
        store: &Store,
    ) -> Result<BTreeSet<u64>, StoreError> {
        let mut places = BTreeSet::new();
        if self.acceptance(institution) != Acceptance::Limited {
            return Ok(places);
        }
        for id in store.held_of(institution, limits::RELEASED_AT_ONCE)? {
            if let Some(header) = self.waiting_header(&id, store)?
                && header.key == *key
            {
                places.extend(header.lane(feed).map(|lane| lane.seq));
            }
        }
        Ok(places)
    }

    fn header_aside(&self, id: &Id, store: &Store) -> Result<Option<Verified<Header>>, StoreError> {
        let waiting = self.waiting_header(id, store)?;
        Ok(waiting.filter(|h| self.acceptance(&h.institution) == Acceptance::Limited))
    }
}

/// Ranges without some places.
pub(super) fn without(ranges: Vec<(u64, u64)>, places: &BTreeSet<u64>) -> Vec<(u64, u64)> {
    let mut left = Vec::new();
    for (first, last) in ranges {
        let mut from = first;
        for at in places.range(first..=last) {
            if *at > from {
                left.push((from, *at - 1));
            }
            from = at + 1;
        }
        if from <= last {
            left.push((from, last));
        }
    }
    left
}
