//! What is missing, kept up to date; and whom it is asked of when a peer did not hand it over.

use indaba_protocol::{CatchUpRequest, FeedName, Id, Key, LaneSummary};
use indaba_store::{Store, StoreError};
use libp2p::PeerId;
use rand::seq::IteratorRandom;

use super::boundary::Moment;
use super::compare::answers::Taken;
use super::completeness::without;
use super::order::{LackingView, MissingRange, WithholderView};
use super::places::Places;
use super::withheld::{Dealings, Lane, MissingSince, since_when};
use super::{Engine, limits};

/// One page of an answer to `lanes`, with what it answers.
pub(super) struct Listing<'a> {
    /// The feed that was asked about.
    pub(super) feed: &'a FeedName,
    /// Only keys behind this one were asked for.
    pub(super) after: Option<Key>,
    /// What the peer lists, by key.
    pub(super) lanes: &'a [LaneSummary],
    /// There is more behind the last of them.
    pub(super) more: bool,
}

impl Engine {
    /// Looks what is missing in every feed followed.
    pub(super) fn note_all_missing(
        &mut self,
        now: Moment,
        at_start: bool,
        store: &Store,
    ) -> Result<(), StoreError> {
        let feeds: Vec<FeedName> = self.choices.follows().keys().cloned().collect();
        for feed in feeds.iter().chain([&FeedName::registry()]) {
            self.note_missing(now, feed, at_start, store)?;
        }
        Ok(())
    }

    /// The same in one feed.
    fn note_missing(
        &mut self,
        now: Moment,
        feed: &FeedName,
        at_start: bool,
        store: &Store,
    ) -> Result<(), StoreError> {
        for lane in self.lanes_in(feed, store)? {
            self.note_missing_of(now, feed, lane, at_start, store)?;
        }
        Ok(())
    }

    /// The same in one lane, of which a gap was noticed.
    pub(super) fn note_lane_missing(
        &mut self,
        now: Moment,
        feed: &FeedName,
        key: &Key,
        store: &Store,
    ) -> Result<(), StoreError> {
        let Some(institution) = self.institutions.signing_with(key) else {
            return Ok(());
        };
        if !self.follows(feed) || !self.takes_lane(&institution, feed) {
            return Ok(());
        }
        let highest = store.lane_end(&institution, key, feed)?;
        let lane = (institution, *key, highest.map(|end| end.seq));
        self.note_missing_of(now, feed, lane, false, store)
    }

    fn note_missing_of(
        &mut self,
        now: Moment,
        feed: &FeedName,
        (institution, key, highest): (Id, Key, Option<u64>),
        at_start: bool,
        store: &Store,
    ) -> Result<(), StoreError> {
        let end = self.end_of(feed, &institution, &key, highest).seq;
        let gaps = store.gaps(&institution, &key, feed, end, limits::RANGES_NAMED)?;
        let missing = match gaps.ranges.is_empty() {
            true => gaps.ranges,
            false => {
                let aside = self.aside(&institution, &key, feed, store)?;
                without(gaps.ranges, &aside)
            }
        };
        let lane = (feed.clone(), key);
        self.withheld
            .missing(&lane, institution, &missing, now.wall, at_start);
        Ok(())
    }

    /// A periodic comparison begins.
    pub(super) fn next_round(&mut self, now: Moment, store: &Store) -> Result<(), StoreError> {
        let choices = &self.choices;
        self.withheld
            .next_round(|feed| feed.is_registry() || choices.follows().contains_key(feed));
        self.note_all_missing(now, false, store)
    }

    /// A peer said which lanes of a feed it holds.
    pub(super) fn hear_promises(
        &mut self,
        now: Moment,
        peer: PeerId,
        listing: &Listing<'_>,
        store: &Store,
    ) -> Result<(), StoreError> {
        let Listing {
            feed,
            after,
            lanes,
            more,
        } = *listing;
        if !self.follows(feed) {
            return Ok(());
        }
        // Once for all pages of an answer: what comes meanwhile is noted when it is stored or the next time.
        if after.is_none() {
            self.note_missing(now, feed, false, store)?;
        }
        let last = lanes.last().map(|lane| lane.key);
        let is_asked = |key: &Key| {
            after.is_none_or(|after| *key > after) && (!more || last.is_some_and(|l| *key <= l))
        };
        let listed = |key: &Key, institution: &Id| {
            let lane = lanes
                .iter()
                .find(|lane| lane.key == *key && lane.institution == *institution);
            lane.map(|lane| lane.seq)
        };
        self.withheld
            .listed_no_others(peer, feed, is_asked, listed, now.wall);
        // Of lanes that lack nothing that is known to exist, but something that the peer lists.
        for lane in lanes {
            let name = (feed.clone(), lane.key);
            if self.withheld.of(&name).is_none()
                && self.takes_lane(&lane.institution, feed)
                && self.is_ahead(feed, lane, store)?
            {
                self.withheld
                    .listed(peer, &name, lane.institution, lane.seq, now.wall);
            }
        }
        Ok(())
    }

    /// Asks a peer for what nobody lists: who misses a record itself promises none behind it, and may have them all the same. Only of a
    /// feed that the peer announced, or of which it listed something.
    pub(super) fn ask_for_unlisted(&mut self, peer: PeerId, feed: &FeedName, lists_some: bool) {
        let announced = || {
            let topics = self.peers.get(&peer).map(|peer| &peer.topics);
            topics.is_some_and(|topics| {
                let of_feed = |topic: &crate::network::Topic| {
                    indaba_protocol::feed_of_topic(&self.net, topic.as_str()).as_ref() == Some(feed)
                };
                topics.iter().any(of_feed)
            })
        };
        if !(lists_some || announced()) || !self.may_name(feed, &peer) {
            return;
        }
        let lacking = self.withheld.lacking_in(feed);
        let lanes: Vec<(Lane, Id, Places)> = lacking
            .map(|(lane, lacking)| {
                let open = self.withheld.listed_by_none(lane, self.peers.all());
                (lane.clone(), lacking.institution, open)
            })
            .filter(|(_, _, open)| !open.is_empty())
            .sample(&mut self.rng, limits::UNLISTED_ASKED);
        for (lane, institution, open) in lanes {
            if self.takes_lane(&institution, feed) {
                let ranges = self
                    .declined
                    .without_places(&lane.1, feed, open.ranges().to_vec());
                let ranges = self.worth_asking(peer, &lane, &ranges);
                self.ask_for_ranges(peer, &lane, ranges);
            }
        }
    }

    /// Asks a peer for ranges of a lane.
    pub(super) fn ask_for_ranges(
        &mut self,
        peer: PeerId,
        (feed, key): &Lane,
        ranges: Vec<(u64, u64)>,
    ) {
        let asks = ranges.into_iter().map(|(from, to)| CatchUpRequest::Range {
            feed: feed.clone(),
            key: *key,
            from,
            to,
        });
        self.sessions.ask(peer, asks);
    }

    /// Of these ranges of a lane, those that are worth asking this peer for.
    pub(super) fn worth_asking(
        &self,
        peer: PeerId,
        lane: &Lane,
        ranges: &[(u64, u64)],
    ) -> Vec<(u64, u64)> {
        let others = self.others(peer, &lane.0);
        let places = Places::of(ranges);
        let worth = self.withheld.worth_asking(&peer, lane, places, others);
        worth.ranges().to_vec()
    }

    /// The other peers that are connected and may be asked about a feed.
    fn others<'a>(&'a self, but: PeerId, feed: &'a FeedName) -> impl Iterator<Item = &'a PeerId> {
        let others = self.peers.all().filter(move |peer| **peer != but);
        others.filter(move |peer| self.may_name(feed, peer))
    }

    /// A question for places of a lane was answered. True: the same is to be asked once more.
    pub(super) fn handed_over(
        &mut self,
        peer: PeerId,
        lane: &Lane,
        (from, to): (u64, u64),
        taken: &Taken,
        more: bool,
        store: &Store,
    ) -> Result<bool, StoreError> {
        // An answer with more behind it says nothing of what comes after its last item.
        let covered = if more {
            taken.places.iter().max().copied()
        } else {
            Some(to)
        };
        let forward = |last: &u64| *last >= from;
        let covered = if more && !taken.unread && !covered.as_ref().is_some_and(forward) {
            // It says that there is more and hands over nothing of it. Once, that is nothing; always, it would be an answer without end.
            if !self.withheld.went_on_in_vain(peer, lane) {
                return Ok(true);
            }
            Some(from)
        } else {
            covered
        };
        let Some(covered) = covered.filter(|last| !taken.unread && forward(last)) else {
            self.elsewhere_after_no_answer(peer, lane, (from, to), store)?;
            return Ok(false);
        };
        let lacked = self
            .withheld
            .answered(peer, lane, (from, covered.min(to)), &taken.places);
        if lacked.relist {
            // It may list them no longer: whoever cannot hand over what it listed is asked before it is named.
            self.sessions.ask(
                peer,
                [CatchUpRequest::Lanes {
                    feed: lane.0.clone(),
                    after: None,
                }],
            );
        }
        self.ask_elsewhere(peer, lane, &lacked.places, !lacked.promised, store)?;
        Ok(false)
    }

    /// A question was refused, or its answer did not come. Nothing follows about what the peer holds; others are asked as well.
    pub(super) fn not_answered(
        &mut self,
        peer: PeerId,
        asked: &CatchUpRequest,
        store: &Store,
    ) -> Result<(), StoreError> {
        // The question whether it still lists what it did not hand over is lost with it, or waits behind it.
        self.withheld.unsettled(&peer);
        let CatchUpRequest::Range {
            feed,
            key,
            from,
            to,
        } = asked
        else {
            return Ok(());
        };
        self.elsewhere_after_no_answer(peer, &(feed.clone(), *key), (*from, *to), store)
    }

    fn elsewhere_after_no_answer(
        &mut self,
        peer: PeerId,
        lane: &Lane,
        range: (u64, u64),
        store: &Store,
    ) -> Result<(), StoreError> {
        self.withheld.unanswered(peer, lane);
        self.ask_elsewhere(peer, lane, &Places::of(&[range]), false, store)
    }

    /// Asks the next peer for what is still missing of these places, a few peers in turn between two periodic comparisons.
    fn ask_elsewhere(
        &mut self,
        but: PeerId,
        lane: &Lane,
        places: &Places,
        listing_only: bool,
        store: &Store,
    ) -> Result<(), StoreError> {
        let Some(lacking) = self.withheld.of(lane) else {
            return Ok(());
        };
        // Only what is known to exist: a claim about more sets nobody else asking.
        let (institution, known) = (lacking.institution, lacking.places());
        let wanted = places.among(&known);
        let Some((_, last)) = wanted.ranges().last().copied() else {
            return Ok(());
        };
        let (feed, key) = lane;
        let gaps = store.gaps(&institution, key, feed, last, limits::RANGES_NAMED)?;
        let ranges = self.declined.without_places(key, feed, gaps.ranges);
        let wanted = wanted.among(&Places::of(&ranges));
        if wanted.is_empty() {
            return Ok(());
        }
        let others = self.others(but, feed);
        let next = self.withheld.next_of(lane, &wanted, others, listing_only);
        if let Some(next) = next
            && self.withheld.hand_on(lane)
        {
            self.ask_for_ranges(next, lane, wanted.ranges().to_vec());
        }
        Ok(())
    }

    /// What is missing of a lane, for people: these places. Being looked at changes nothing.
    pub(super) fn lacking_view(
        &self,
        now: Moment,
        lane: &Lane,
        missing: &[(u64, u64)],
    ) -> Option<LackingView> {
        let places = Places::of(missing);
        if places.is_empty() {
            return None;
        }
        let lacking = self.withheld.of(lane);
        let noted = lacking.map(|lacking| lacking.missing.as_slice());
        let ranges = since_when(noted.unwrap_or_default(), &places, now.wall, false);
        let dealings = || lacking.iter().flat_map(|lacking| &lacking.peers);
        let count =
            |is: &dyn Fn(&Dealings) -> bool| dealings().filter(|(_, d)| is(d)).count() as u64;
        let withheld = dealings().filter_map(|(peer, dealings)| {
            let records = dealings.withheld.among(&places).count();
            (records > 0).then(|| WithholderView {
                peer: peer.to_string(),
                institution: self.institution_of_peer(peer),
                records,
                at: dealings.withheld_at,
            })
        });
        let came = lacking.map(|lacking| lacking.came.among(&places));
        let came = came.unwrap_or_default();
        let open = places.without(&came);
        let asking = self.peers.all().filter(|peer| {
            let failed = self.withheld.failed_by(peer, lane);
            self.may_name(&lane.0, peer) && !open.without(&failed).is_empty()
        });
        let range = |m: MissingSince| MissingRange {
            first: m.first,
            last: m.last,
            since: m.since,
            before_start: m.before_start,
        };
        Some(LackingView {
            records: places.count(),
            ranges: ranges.into_iter().map(range).collect(),
            listed_by: count(&|d| !d.lists(&places).is_empty()),
            withheld_by: withheld.collect(),
            without: count(&|d| {
                !d.without.among(&places).is_empty() && d.lists(&places).is_empty()
            }),
            unanswered: count(&|d| d.unanswered),
            came: came.count(),
            asking: asking.count() as u64,
        })
    }
}
