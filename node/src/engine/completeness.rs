//! How complete a feed is: what the heads say exists, against what is held and linked.

use std::collections::BTreeMap;

use indaba_protocol::{FeedName, Id, Key};
use indaba_store::{Store, StoreError};

use super::boundary::Moment;
use super::order::{FeedView, LaneView};
use super::{Engine, limits};

/// Lanes found whole up to a record: back to the first, every predecessor held. Headers are never removed and name each other by
/// hash, so this stays true; a lane that grew is walked from its new end to here.
#[derive(Debug, Default)]
pub(super) struct Proven {
    whole: BTreeMap<(Key, FeedName), (u64, Id)>,
}

/// What is known of a lane's end, and from whom.
struct End {
    seq: u64,
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
        let mut lanes = Vec::new();
        for lane in self.lanes_in(feed, store)? {
            lanes.push(self.lane_view(now, feed, lane, store)?);
        }
        // Heads may claim anything up to 2^53 for each lane; a hostile claim must not overflow.
        let held = lanes
            .iter()
            .fold(0, |sum: u64, lane| sum.saturating_add(lane.held));
        let expected = lanes
            .iter()
            .fold(0, |sum: u64, lane| sum.saturating_add(lane.expected));
        let proven = lanes.iter().all(|lane| lane.head || lane.cut);
        let whole = lanes.iter().all(|lane| lane.missing.is_empty());
        let state = match (lanes.is_empty(), whole, proven) {
            (true, ..) => "empty",
            (_, false, _) => "incomplete",
            (_, true, true) => "complete",
            (_, true, false) => "unproven",
        };
        let follow = self.choices.follows().get(feed).copied();
        Ok(FeedView {
            feed: feed.to_string(),
            followed: follow.is_some() || feed.is_registry(),
            quiet: follow.is_some_and(|follow| follow.quiet),
            held,
            expected,
            state: state.to_owned(),
            parts_missing: self.parts_missing(feed, store)?,
            stale_lanes: lanes.iter().filter(|lane| lane.stale).count() as u64,
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
                let parts = store.parts_held(&id)?;
                missing += u64::from(parts.is_some_and(|parts| parts.are_missing()));
            }
        }
    }

    /// The lanes of a feed: those with records here, and those a head names.
    fn lanes_in(
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
        store: &Store,
    ) -> Result<LaneView, StoreError> {
        let end = self.end_of(feed, &institution, &key, highest);
        let gaps = store.gaps(&institution, &key, feed, end.seq, limits::RANGES_NAMED)?;
        let mut held = end.seq.saturating_sub(gaps.count);
        let mut missing = gaps.ranges;
        if let (true, Some(last)) = (missing.is_empty() && end.seq > 0, end.last) {
            // Every position is taken; that each is the one its successor names is what proves the lane.
            if let Some(broken) = self.first_break(feed, &key, end.seq, last, store)? {
                missing.push((broken, broken));
                held = held.saturating_sub(1);
            }
        }
        Ok(LaneView {
            institution: self.institution_view(&institution),
            key: key.to_string(),
            held,
            expected: end.seq,
            missing,
            head: end.proven,
            due: end.due.map(|day| day.to_string()),
            stale: end.due.is_some_and(|due| Engine::today(now) > due),
            cut: end.cut,
            disputed: self.institutions.is_warned_about(&institution, &key),
        })
    }

    fn end_of(&self, feed: &FeedName, institution: &Id, key: &Key, highest: Option<u64>) -> End {
        let cut = self
            .institutions
            .chain(institution)
            .and_then(|chain| chain.newest())
            .and_then(|state| state.cut(key));
        if let Some(cut) = cut {
            let entry = cut
                .list
                .and_then(|list| self.institutions.cut_list(&list))
                .and_then(|list| list.entry(feed));
            return End {
                seq: entry.map_or(0, |entry| entry.seq),
                last: entry.map(|entry| entry.last),
                proven: true,
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

    /// Walks from the record a head names back to the first. The position whose record is not the one its successor names, if any.
    fn first_break(
        &mut self,
        feed: &FeedName,
        key: &Key,
        seq: u64,
        last: Id,
        store: &Store,
    ) -> Result<Option<u64>, StoreError> {
        let lane = (*key, feed.clone());
        let whole = self.proven.whole.get(&lane).copied();
        let mut expected = last;
        for at in (1..=seq).rev() {
            if whole == Some((at, expected)) {
                break;
            }
            let Some(header) = self.header(&expected, store)? else {
                return Ok(Some(at));
            };
            let Some(held) = header
                .lane(feed)
                .filter(|held| held.seq == at && header.key == *key)
            else {
                return Ok(Some(at));
            };
            match held.prev {
                Some(prev) => expected = prev,
                None if at == 1 => {}
                None => return Ok(Some(at)),
            }
        }
        self.proven.whole.insert(lane, (seq, last));
        Ok(None)
    }
}
