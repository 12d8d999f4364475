//! What peers say that they hold, as the last comparison with each told: for a publisher who wants to know who has a record, and for an
//! operator who wants to know what differs.
//!
//! These are unsigned claims and decide nothing. They are kept in memory only: who held what, and when, is nobody's business once this
//! node is off.

use std::collections::BTreeMap;

use indaba_protocol::{FeedName, Header, Id, Key, LaneSummary, Verified};
use indaba_store::{Store, StoreError};
use libp2p::PeerId;

use super::boundary::Moment;
use super::order::{Holder, InstitutionView, LaneHolders};
use super::{Engine, limits};

/// What all peers said.
#[derive(Debug, Default)]
pub(super) struct Heard {
    by_peer: BTreeMap<PeerId, Said>,
}

/// What one peer said.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// When it last answered which lanes it holds, in milliseconds since 1970.
    compared: i64,
    /// Lanes of which it had more than this node then.
    ahead: BTreeMap<(FeedName, Key), (Id, u64)>,
    /// Lanes of the own institution: how far it holds them, and since when it has said so; the last steps, rising.
    own: BTreeMap<(FeedName, Key), Vec<(u64, i64)>>,
}

impl Heard {
    /// The peer answered which lanes of a feed it holds. A whole answer that names none takes back what it said before.
    fn answered(&mut self, peer: PeerId, feed: &FeedName, whole: bool, now: Moment) -> &mut Said {
        if !self.by_peer.contains_key(&peer) && self.by_peer.len() >= limits::PEERS_HEARD {
            let oldest = self.by_peer.iter().min_by_key(|(_, said)| said.compared);
            if let Some(oldest) = oldest.map(|(peer, _)| *peer) {
                self.by_peer.remove(&oldest);
            }
        }
        let said = self.by_peer.entry(peer).or_default();
        said.compared = now.wall;
        if whole {
            said.ahead.retain(|(of, _), _| of != feed);
        }
        said
    }

    pub(super) fn of(&self, peer: &PeerId) -> Option<&Said> {
        self.by_peer.get(peer)
    }
}

impl Said {
    pub(super) fn compared(&self) -> i64 {
        self.compared
    }

    fn holds_own(&mut self, lane: (FeedName, Key), seq: u64, at: i64) {
        if self.own.len() >= limits::LANES_HEARD && !self.own.contains_key(&lane) {
            return;
        }
        let steps = self.own.entry(lane).or_default();
        // What it held beyond this it does not hold any more: it lost its store, or came back from a backup.
        steps.retain(|(held, _)| *held <= seq);
        if steps.last().is_none_or(|(held, _)| *held < seq) {
            steps.push((seq, at));
            if steps.len() > limits::STEPS_HEARD {
                steps.remove(0);
            }
        }
    }

    /// Since when it has said that it holds the lane up to `seq` at least.
    fn since(&self, lane: &(FeedName, Key), seq: u64) -> Option<i64> {
        let steps = self.own.get(lane)?;
        steps
            .iter()
            .find(|(held, _)| *held >= seq)
            .map(|(_, at)| *at)
    }

    /// How far it holds a lane of the own institution; 0 when it never named it.
    fn reach(&self, lane: &(FeedName, Key)) -> u64 {
        let steps = self.own.get(lane).and_then(|steps| steps.last());
        steps.map_or(0, |(seq, _)| *seq)
    }
}

impl Engine {
    /// Whether a peer lists records of a lane that are not here. A claim is unsigned: of a key that the institution never delegated it says nothing.
    pub(super) fn is_ahead(
        &self,
        feed: &FeedName,
        lane: &LaneSummary,
        store: &Store,
    ) -> Result<bool, StoreError> {
        let (institution, key) = (&lane.institution, &lane.key);
        Ok(self.institutions.ever_delegated(institution, key)
            && store.gaps(institution, key, feed, lane.seq, 1)?.count > 0)
    }

    /// Remembers what a peer said about the lanes of a feed.
    pub(super) fn hear_lanes(
        &mut self,
        now: Moment,
        peer: PeerId,
        feed: &FeedName,
        lanes: &[LaneSummary],
        whole: bool,
        store: &Store,
    ) -> Result<(), StoreError> {
        let follows = self.follows(feed);
        let (mut own, mut ahead) = (Vec::new(), Vec::new());
        for lane in lanes {
            if lane.institution == self.identity.institution {
                // It names the record at the end: a claim about one that this node does not know, or knows otherwise, says nothing.
                let places = lane.seq..=lane.seq;
                let at = store.lane(&lane.institution, &lane.key, feed, places, 1)?;
                if at.first().is_some_and(|(_, id)| *id == lane.last) {
                    own.push(((feed.clone(), lane.key), lane.seq));
                }
            } else if follows
                && self.accepts(&lane.institution)
                && self.is_ahead(feed, lane, store)?
            {
                ahead.push(((feed.clone(), lane.key), (lane.institution, lane.seq)));
            }
        }
        let said = self.heard.answered(peer, feed, whole, now);
        if whole {
            said.own
                .retain(|lane, _| lane.0 != *feed || own.iter().any(|(named, _)| named == lane));
        }
        for (lane, seq) in own {
            said.holds_own(lane, seq, now.wall);
        }
        let room = limits::LANES_HEARD.saturating_sub(said.ahead.len());
        said.ahead.extend(ahead.into_iter().take(room));
        Ok(())
    }

    /// Records that a peer said it holds and that are still not here.
    pub(super) fn still_missing_from(
        &self,
        peer: &PeerId,
        store: &Store,
    ) -> Result<u64, StoreError> {
        let mut missing: u64 = 0;
        for ((feed, key), (institution, seq)) in
            self.heard.of(peer).iter().flat_map(|said| &said.ahead)
        {
            let gaps = store.gaps(institution, key, feed, *seq, 1)?;
            missing = missing.saturating_add(gaps.count);
        }
        Ok(missing)
    }

    /// Own records that a peer did not say it holds, of feeds of which it holds any.
    pub(super) fn not_held_by(&self, peer: &PeerId, store: &Store) -> Result<u64, StoreError> {
        let mut missing: u64 = 0;
        for lane in self.heard.of(peer).iter().flat_map(|said| said.own.keys()) {
            let end = store.lane_end(&self.identity.institution, &lane.1, &lane.0)?;
            let reach = self.heard.of(peer).map_or(0, |said| said.reach(lane));
            missing = missing.saturating_add(end.map_or(0, |end| end.seq.saturating_sub(reach)));
        }
        Ok(missing)
    }

    /// Who said that he holds a record of the own institution, and since when; by the oldest first. `None` for records of others.
    pub(super) fn holders(&self, header: &Verified<Header>) -> Option<Vec<Holder>> {
        if header.institution != self.identity.institution {
            return None;
        }
        let mut holders: Vec<Holder> = Vec::new();
        for (peer, said) in &self.heard.by_peer {
            let lanes = header.lanes.iter();
            let since = lanes
                .filter_map(|lane| said.since(&(lane.feed.clone(), header.key), lane.seq))
                .min();
            holders.extend(since.map(|since| self.holder(peer, since)));
        }
        holders.sort_by_key(|holder| holder.since);
        Some(holders)
    }

    fn holder(&self, peer: &PeerId, since: i64) -> Holder {
        Holder {
            peer: peer.to_string(),
            institution: self.institution_of_peer(peer),
            since,
        }
    }

    /// How far the lanes of this node's key are held elsewhere, by feed.
    pub(super) fn lane_holders(&self) -> Vec<LaneHolders> {
        let key = self.own_key();
        let Some(head) = self.institutions.head(&key) else {
            return Vec::new();
        };
        let held = |feed: &FeedName, seq: u64| {
            let lane = (feed.clone(), key);
            let peers = self.heard.by_peer.values();
            peers.filter(|said| said.reach(&lane) >= seq).count() as u64
        };
        head.lanes
            .iter()
            .map(|lane| LaneHolders {
                feed: lane.feed.to_string(),
                seq: lane.seq,
                all: held(&lane.feed, lane.seq),
                some: held(&lane.feed, 1),
            })
            .collect()
    }

    /// The institution that the operator was told a peer belongs to.
    pub(super) fn institution_of_peer(&self, peer: &PeerId) -> Option<InstitutionView> {
        let known = self.choices.peers().get(&peer.to_string())?;
        let id = known.institution.as_deref()?.parse().ok()?;
        Some(self.institution_view(&id))
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;

    fn lane() -> (FeedName, Key) {
        ("region:ecowas".parse().unwrap(), Key::from_bytes([2; 33]))
    }

    #[test]
    fn a_claim_dates_from_when_it_was_first_made() {
        let mut said = Said::default();
        for (seq, at) in [(1, 10), (1, 20), (3, 30), (5, 40)] {
            said.holds_own(lane(), seq, at);
        }
        let since: Vec<_> = (1..=6).map(|seq| said.since(&lane(), seq)).collect();
        assert_eq!(
            since,
            [Some(10), Some(30), Some(30), Some(40), Some(40), None]
        );
        // A peer that holds less than before has lost the rest.
        said.holds_own(lane(), 3, 50);
        assert_eq!(
            (said.since(&lane(), 3), said.since(&lane(), 5)),
            (Some(30), None)
        );
    }

    #[test]
    fn what_is_remembered_of_a_peer_is_bounded() {
        let mut said = Said::default();
        for step in 1..=1_000 {
            said.holds_own(lane(), step, step as i64);
        }
        assert_eq!(said.own[&lane()].len(), limits::STEPS_HEARD);
        // Of what was forgotten the date is late, never early.
        assert_eq!(
            said.since(&lane(), 1),
            Some(1_000 - limits::STEPS_HEARD as i64 + 1)
        );

        let mut heard = Heard::default();
        let now = |wall| Moment { monotonic: 0, wall };
        for wall in 0..limits::PEERS_HEARD as i64 + 5 {
            heard.answered(PeerId::random(), &lane().0, true, now(wall));
        }
        assert_eq!(heard.by_peer.len(), limits::PEERS_HEARD);
        assert!(heard.by_peer.values().all(|said| said.compared >= 5));
    }
}
