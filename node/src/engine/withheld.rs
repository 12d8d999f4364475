//! Records that are missing, since when, and what each peer said and did about them.
//!
//! A peer *withholds* a record when it listed its place, was asked for it, gave a complete answer without it, and listed the place again
//! afterwards. An answer that says more and hands over nothing, several times in a row, is one without the first place it was asked for.
//! Less does not suffice: an answer that was cut off, refused or lost says nothing, and who cannot hand over what it listed,
//! because it was judged differently meanwhile, was restored from a copy or does not read any more, lists it no longer when it is asked
//! again. To have less than others, or to follow less, is never to withhold.
//!
//! It costs a peer nothing but its place in the order: others are asked first. Nothing of this is sent, logged or kept on the disk.

use std::collections::BTreeMap;

use indaba_protocol::{FeedName, Id, Key};
use libp2p::PeerId;

use super::limits;
use super::places::Places;

/// A lane, by its feed and its key.
pub(super) type Lane = (FeedName, Key);

/// What is known of all lanes that lack something.
#[derive(Debug, Default)]
pub(super) struct Withheld {
    lanes: BTreeMap<Lane, Lacking>,
    /// Counts the questions, so that whoever was asked longest ago comes first.
    asks: u64,
}

/// A lane that lacks something, or of which a peer claims more than there is.
#[derive(Debug)]
pub(super) struct Lacking {
    pub(super) institution: Id,
    /// What is missing, of what is known to exist.
    pub(super) missing: Vec<MissingSince>,
    /// Places of which some peer handed over a record that is not kept: it waits, or is not accepted here.
    pub(super) came: Places,
    /// Peers that were asked in turn since the last periodic comparison.
    handed_on: usize,
    pub(super) peers: BTreeMap<PeerId, Dealings>,
}

/// Places that are missing since one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MissingSince {
    pub(super) first: u64,
    pub(super) last: u64,
    /// In milliseconds since 1970.
    pub(super) since: i64,
    /// That moment is the start of this node: it may have been so before.
    pub(super) before_start: bool,
}

/// What one peer said and did about one lane.
#[derive(Debug, Default)]
pub(super) struct Dealings {
    /// Up to which place it lists the lane, 0 when it does not; none until it said.
    promised: Option<u64>,
    /// Listed, asked for, and not in a complete answer; it was not asked since whether it still lists them.
    owed: Places,
    /// The same, and listed again afterwards; when that was last so, in milliseconds since 1970.
    pub(super) withheld: Places,
    pub(super) withheld_at: i64,
    /// Not listed, asked for, and not in a complete answer.
    pub(super) without: Places,
    /// Its last answer was refused or cut off, or did not come.
    pub(super) unanswered: bool,
    asked: u64,
    /// Answers in a row that said more and handed over nothing that was asked for.
    in_vain: u8,
    /// Periodic comparisons until it is asked again for what it failed at, whoever else there is.
    rests: u8,
    /// Since the last of them it gave nothing at all of what it listed.
    barren: bool,
}

impl Dealings {
    /// What it was promised to hand over and did not.
    fn failed(&self) -> Places {
        let mut failed = self.owed.clone();
        failed.add_all(&self.withheld);
        failed
    }

    /// Which of these it lists.
    pub(super) fn lists(&self, places: &Places) -> Places {
        places.upto(self.promised.unwrap_or(0))
    }

    fn says_nothing(&self) -> bool {
        self.owed.is_empty() && self.withheld.is_empty()
    }
}

/// What a complete answer lacked.
#[derive(Debug, Default)]
pub(super) struct Lacked {
    pub(super) places: Places,
    /// Among them are places that the peer listed and is to be asked again about.
    pub(super) relist: bool,
    /// Among them are places that the peer listed.
    pub(super) promised: bool,
}

impl Lacking {
    pub(super) fn places(&self) -> Places {
        let ranges: Vec<_> = self.missing.iter().map(|m| (m.first, m.last)).collect();
        Places::of(&ranges)
    }

    fn dealings(&mut self, peer: PeerId) -> Option<&mut Dealings> {
        if !self.peers.contains_key(&peer) && self.peers.len() >= limits::WITHHELD_PEERS {
            let stale = self.peers.iter().filter(|(_, d)| d.says_nothing());
            let stale = stale.min_by_key(|(_, d)| d.asked).map(|(peer, _)| *peer);
            self.peers.remove(&stale?);
        }
        Some(self.peers.entry(peer).or_default())
    }
}

impl Withheld {
    pub(super) fn of(&self, lane: &Lane) -> Option<&Lacking> {
        self.lanes.get(lane)
    }

    /// The lanes of a feed that lack something.
    pub(super) fn lacking_in<'a>(
        &'a self,
        feed: &'a FeedName,
    ) -> impl Iterator<Item = (&'a Lane, &'a Lacking)> {
        let of_feed = self.lanes.iter().filter(move |(lane, _)| lane.0 == *feed);
        of_feed.filter(|(_, lacking)| !lacking.missing.is_empty())
    }

    fn entry(&mut self, lane: &Lane, institution: Id) -> Option<&mut Lacking> {
        if !self.lanes.contains_key(lane) && self.lanes.len() >= limits::WITHHELD_LANES {
            // Of which nothing is known to be missing goes first.
            let idle = self.lanes.iter().find(|(_, l)| l.missing.is_empty());
            let idle = idle.map(|(lane, _)| lane.clone())?;
            self.lanes.remove(&idle);
        }
        let new = || Lacking {
            institution,
            missing: Vec::new(),
            came: Places::default(),
            handed_on: 0,
            peers: BTreeMap::new(),
        };
        Some(self.lanes.entry(lane.clone()).or_insert_with(new))
    }

    /// These places of a lane are missing now; what was missing before keeps its date.
    pub(super) fn missing(
        &mut self,
        lane: &Lane,
        institution: Id,
        ranges: &[(u64, u64)],
        since: i64,
        before_start: bool,
    ) {
        if ranges.is_empty() && !self.lanes.contains_key(lane) {
            return;
        }
        let Some(lacking) = self.entry(lane, institution) else {
            return;
        };
        let now = Places::of(ranges);
        lacking.missing = since_when(&lacking.missing, &now, since, before_start);
        lacking.came = lacking.came.among(&now);
        if lacking.missing.is_empty() && lacking.peers.values().all(Dealings::says_nothing) {
            self.lanes.remove(lane);
        }
    }

    /// Forgets which lanes of feeds that are not followed any more lack something, and begins to count anew whom they were asked of.
    pub(super) fn next_round(&mut self, follows: impl Fn(&FeedName) -> bool) {
        self.lanes.retain(|(feed, _), lacking| {
            lacking.handed_on = 0;
            for dealings in lacking.peers.values_mut() {
                (dealings.rests, dealings.barren) = (dealings.rests.saturating_sub(1), false);
            }
            let idle = lacking.missing.is_empty();
            follows(feed) && !(idle && lacking.peers.values().all(Dealings::says_nothing))
        });
    }

    /// A peer lists a lane up to here, and something up to there is not held.
    pub(super) fn listed(
        &mut self,
        peer: PeerId,
        lane: &Lane,
        institution: Id,
        upto: u64,
        now: i64,
    ) {
        if let Some(dealings) = self
            .entry(lane, institution)
            .and_then(|lacking| lacking.dealings(peer))
        {
            lists(dealings, upto, now);
        }
    }

    /// A peer said which lanes of a feed it holds, of the keys in a range: those it did not name it does not list.
    pub(super) fn listed_no_others(
        &mut self,
        peer: PeerId,
        feed: &FeedName,
        is_asked: impl Fn(&Key) -> bool,
        listed: impl Fn(&Key, &Id) -> Option<u64>,
        now: i64,
    ) {
        for ((of, key), lacking) in &mut self.lanes {
            if of != feed || !is_asked(key) {
                continue;
            }
            let upto = listed(key, &lacking.institution).unwrap_or(0);
            let known = lacking.peers.contains_key(&peer) || !lacking.missing.is_empty();
            if known && let Some(dealings) = lacking.dealings(peer) {
                lists(dealings, upto, now);
            }
        }
    }

    /// A question for places of a lane goes to a peer.
    pub(super) fn asked(&mut self, peer: PeerId, lane: &Lane) {
        self.asks += 1;
        let asks = self.asks;
        let dealings = self.lanes.get_mut(lane).and_then(|l| l.dealings(peer));
        if let Some(dealings) = dealings {
            dealings.asked = asks;
        }
    }

    /// A peer answered for the places from `first` to `last`, completely, and these came.
    pub(super) fn answered(
        &mut self,
        peer: PeerId,
        lane: &Lane,
        (first, last): (u64, u64),
        came: &[u64],
    ) -> Lacked {
        let Some(lacking) = self.lanes.get_mut(lane) else {
            return Lacked::default();
        };
        let came: Vec<(u64, u64)> = came.iter().map(|at| (*at, *at)).collect();
        let came = Places::of(&came);
        lacking.came.add_all(&came);
        let Some(dealings) = lacking.dealings(peer) else {
            return Lacked::default();
        };
        (dealings.unanswered, dealings.in_vain) = (false, 0);
        for places in [
            &mut dealings.owed,
            &mut dealings.withheld,
            &mut dealings.without,
        ] {
            *places = places.without(&came);
        }
        let places = Places::of(&[(first, last)]).without(&came);
        let promised = dealings.lists(&places);
        let news = promised.without(&dealings.withheld);
        if !promised.is_empty() {
            dealings.rests = limits::FAILED_RESTS;
            dealings.barren |= came.is_empty();
        }
        dealings.owed.add_all(&news);
        dealings.without.add_all(&places.without(&promised));
        Lacked {
            relist: !news.is_empty(),
            promised: !promised.is_empty(),
            places,
        }
    }

    /// A peer answered that there is more of a lane and handed over nothing of what it was asked for. Whether it did so too often to be
    /// asked the same once more: the first place it was asked for counts as answered then.
    pub(super) fn went_on_in_vain(&mut self, peer: PeerId, lane: &Lane) -> bool {
        let dealings = self.lanes.get_mut(lane).and_then(|l| l.dealings(peer));
        dealings.is_none_or(|dealings| {
            dealings.in_vain += 1;
            dealings.in_vain >= limits::ANSWERS_IN_VAIN
        })
    }

    /// A peer did not answer a question about a lane, or not completely.
    pub(super) fn unanswered(&mut self, peer: PeerId, lane: &Lane) {
        let dealings = self.lanes.get_mut(lane).and_then(|l| l.dealings(peer));
        if let Some(dealings) = dealings {
            dealings.unanswered = true;
        }
    }

    /// A peer is not asked any more, or not now, whether it still lists what it did not hand over. What it lists at another time settles nothing:
    /// it may have judged otherwise in between, and again as before.
    pub(super) fn unsettled(&mut self, peer: &PeerId) {
        for lacking in self.lanes.values_mut() {
            if let Some(dealings) = lacking.peers.get_mut(peer) {
                dealings.owed = Places::default();
            }
        }
    }

    /// The connection is gone: what was said on it is said no more, and nothing follows from what was not answered.
    pub(super) fn disconnected(&mut self, peer: &PeerId) {
        for lacking in self.lanes.values_mut() {
            if let Some(dealings) = lacking.peers.get_mut(peer) {
                dealings.promised = None;
                dealings.owed = Places::default();
                dealings.without = Places::default();
                dealings.unanswered = false;
                (dealings.rests, dealings.barren, dealings.in_vain) = (0, false, 0);
                if dealings.says_nothing() {
                    lacking.peers.remove(peer);
                }
            }
        }
    }

    /// Whether a peer handed over nothing of what it lists of a lane, since the last periodic comparison.
    pub(super) fn is_barren(&self, peer: &PeerId, lane: &Lane) -> bool {
        let dealings = self.lanes.get(lane).and_then(|l| l.peers.get(peer));
        dealings.is_some_and(|dealings| dealings.barren)
    }

    /// Which of these places of a lane to ask a peer for: nothing more until the next periodic comparison when it handed over nothing of
    /// what it listed. What it did not hand over comes after what others may have; but in the end it is asked again, for it may be the
    /// only one that has it.
    pub(super) fn worth_asking<'a>(
        &self,
        peer: &PeerId,
        lane: &Lane,
        places: Places,
        others: impl Iterator<Item = &'a PeerId>,
    ) -> Places {
        let Some(dealings) = self.lanes.get(lane).and_then(|l| l.peers.get(peer)) else {
            return places;
        };
        let failed = dealings.failed();
        let leaves_out = match dealings.rests {
            0 => false,
            limits::FAILED_RESTS => true,
            _ => self.next_of(lane, &failed, others, false).is_some(),
        };
        if dealings.barren {
            Places::default()
        } else if leaves_out {
            places.without(&failed)
        } else {
            places
        }
    }

    /// What of a lane a peer listed and did not hand over.
    pub(super) fn failed_by(&self, peer: &PeerId, lane: &Lane) -> Places {
        let dealings = self.lanes.get(lane).and_then(|l| l.peers.get(peer));
        dealings.map(Dealings::failed).unwrap_or_default()
    }

    /// Places that none of these peers lists, of those that are missing in a lane.
    pub(super) fn listed_by_none<'a>(
        &self,
        lane: &Lane,
        peers: impl Iterator<Item = &'a PeerId>,
    ) -> Places {
        let Some(lacking) = self.lanes.get(lane) else {
            return Places::default();
        };
        let mut left = lacking.places();
        for dealings in peers.filter_map(|peer| lacking.peers.get(peer)) {
            let listed = dealings.lists(&left).without(&dealings.failed());
            left = left.without(&listed);
        }
        left
    }

    /// Who of these is to be asked for places of a lane next: whoever lists them, then whoever has not said, then whoever may have them all the
    /// same; of equals the one that was asked longest ago. None who failed at all of them, or was just asked in vain.
    pub(super) fn next_of<'a>(
        &self,
        lane: &Lane,
        places: &Places,
        peers: impl Iterator<Item = &'a PeerId>,
        listing_only: bool,
    ) -> Option<PeerId> {
        let lacking = self.lanes.get(lane)?;
        let rank = |peer: &PeerId| {
            let Some(dealings) = lacking.peers.get(peer) else {
                return Some((1, 0));
            };
            let open = places.without(&dealings.failed());
            if open.is_empty() || dealings.unanswered {
                return None;
            }
            let rank = match dealings.promised {
                _ if !dealings.lists(&open).is_empty() => 0,
                None => 1,
                Some(_) if !open.without(&dealings.without).is_empty() => 2,
                Some(_) => return None,
            };
            Some((rank, dealings.asked))
        };
        peers
            .filter_map(|peer| rank(peer).map(|rank| (rank, *peer)))
            .filter(|((rank, _), _)| !listing_only || *rank == 0)
            .min()
            .map(|(_, peer)| peer)
    }

    /// Whether one more peer may be asked for a lane in turn; if so, it is counted.
    pub(super) fn hand_on(&mut self, lane: &Lane) -> bool {
        let Some(lacking) = self.lanes.get_mut(lane) else {
            return false;
        };
        lacking.handed_on += 1;
        lacking.handed_on <= limits::ASKED_IN_TURN
    }

    /// How many records a peer withholds, and when that was last so.
    pub(super) fn by(&self, peer: &PeerId) -> Option<(u64, i64)> {
        let dealings = self.lanes.values().filter_map(|l| l.peers.get(peer));
        dealings
            .filter(|d| !d.withheld.is_empty())
            .map(|d| (d.withheld.count(), d.withheld_at))
            .reduce(|(records, at), (more, then)| (records.saturating_add(more), at.max(then)))
    }
}

/// These places with the moments since when they are missing: those noted, or for what is new this one.
pub(super) fn since_when(
    noted: &[MissingSince],
    places: &Places,
    since: i64,
    before_start: bool,
) -> Vec<MissingSince> {
    let mut missing = Vec::new();
    let mut fresh = places.clone();
    for old in noted {
        let still = places.among(&Places::of(&[(old.first, old.last)]));
        missing.extend(still.ranges().iter().map(|(first, last)| MissingSince {
            first: *first,
            last: *last,
            ..*old
        }));
        fresh.remove(old.first, old.last);
    }
    missing.extend(fresh.ranges().iter().map(|(first, last)| MissingSince {
        first: *first,
        last: *last,
        since,
        before_start,
    }));
    missing.sort_by_key(|m| m.first);
    missing.truncate(limits::RANGES_NAMED);
    missing
}

/// A peer lists a lane up to a place: of what it owed, what it lists still it withholds.
fn lists(dealings: &mut Dealings, upto: u64, now: i64) {
    dealings.promised = Some(upto);
    let owed = std::mem::take(&mut dealings.owed).upto(upto);
    dealings.withheld = dealings.withheld.upto(upto);
    if !owed.is_empty() {
        dealings.withheld.add_all(&owed);
        dealings.withheld_at = now;
    }
    dealings.without = Places::default();
    dealings.unanswered = false;
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests;
