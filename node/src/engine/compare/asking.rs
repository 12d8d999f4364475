//! Questions about what is known to be missing here: a lane, a part, a cut list, an institution.

use indaba_protocol::{CatchUpRequest, FeedName, Id, Key, LaneSummary, limits as wire};
use indaba_store::{Store, StoreError};
use libp2p::PeerId;
use rand::seq::IteratorRandom;

use crate::engine::erasure::seems_partless;
use crate::engine::ingest::Origin;
use crate::engine::{Engine, limits};

impl Engine {
    /// Asks for what is missing of a lane up to `seq`.
    pub(in crate::engine) fn ask_for_positions(
        &mut self,
        peer: PeerId,
        feed: &FeedName,
        institution: &Id,
        key: &Key,
        seq: u64,
        store: &Store,
    ) -> Result<(), StoreError> {
        let missing = store.gaps(institution, key, feed, seq, limits::RANGES_NAMED)?;
        if missing.ranges.is_empty()
            && let Some(id) = self.missing_link(feed, institution, key, seq, store)?
        {
            self.sessions.ask(peer, [CatchUpRequest::Get(vec![id])]);
        }
        let ranges = self.declined.without_places(key, feed, missing.ranges);
        let lane = (feed.clone(), *key);
        let ranges = self.worth_asking(peer, &lane, &ranges);
        self.ask_for_ranges(peer, &lane, ranges);
        Ok(())
    }

    /// Asks for what two records of one place are told apart by: the record that a peer's lane ends with, where another one stands here,
    /// and those that a proof names and that are not here. No gap leads to them, and whoever holds one of the two without knowing of
    /// the other has chosen in silence.
    pub(in crate::engine) fn ask_for_rivals(
        &mut self,
        peer: PeerId,
        feed: &FeedName,
        lane: &LaneSummary,
        store: &Store,
    ) -> Result<(), StoreError> {
        let (institution, key) = (&lane.institution, &lane.key);
        let mut wanted = Vec::new();
        let held = store.at(institution, key, feed, lane.seq)?;
        if !held.is_empty() && !held.contains(&lane.last) && !self.declined.contains(&lane.last) {
            wanted.push(lane.last);
        }
        for id in self.institutions.contested_in(institution, key, feed) {
            if wanted.len() >= wire::GET_IDS {
                break;
            }
            if !self.declined.contains(id) && !store.contains(id)? {
                wanted.push(*id);
            }
        }
        if !wanted.is_empty() {
            self.sessions.ask(peer, [CatchUpRequest::Get(wanted)]);
        }
        Ok(())
    }

    /// A gap was noticed: asks this peer, or whoever is there, for what the head or the highest record says exists.
    pub(in crate::engine) fn ask_for_lane(
        &mut self,
        peer: PeerId,
        feed: &FeedName,
        key: &Key,
        store: &Store,
    ) -> Result<(), StoreError> {
        let head = self
            .institutions
            .head(key)
            .and_then(|head| head.lane(feed).map(|lane| (head.institution, lane.seq)));
        let held = store
            .lanes_of(feed)?
            .into_iter()
            .find(|lane| lane.key == *key)
            .map(|lane| (lane.institution, lane.seq));
        let Some((institution, upto)) = head.into_iter().chain(held).max_by_key(|(_, seq)| *seq)
        else {
            return Ok(());
        };
        let whoever = std::iter::once(&peer).chain(self.peers.all());
        let peer = whoever.copied().find(|peer| {
            self.peers.get(peer).is_some()
                && self.may_name(feed, peer)
                && !self.withheld.is_barren(peer, &(feed.clone(), *key))
        });
        match peer {
            Some(peer) => self.ask_for_positions(peer, feed, &institution, key, upto, store),
            None => Ok(()),
        }
    }

    /// Asks for cards and bodies that are missing: parts may be left out of an answer, and a header alone fills its position.
    pub(in crate::engine) fn ask_for_parts(
        &mut self,
        peer: PeerId,
        store: &Store,
    ) -> Result<(), StoreError> {
        let some: Vec<Id> = self
            .ingest
            .partless()
            .copied()
            .sample(&mut self.rng, limits::PARTS_ASKED);
        let mut wanted = Vec::new();
        for id in some {
            let missing = match store.parts_held(&id)? {
                Some(parts) => self.wants_parts(&id, parts, store)?,
                None => false,
            };
            let view = if missing {
                store.statement(&id)?.map(|(view, _)| view)
            } else {
                None
            };
            let Some(view) = view else {
                self.ingest.has_parts(&id);
                continue;
            };
            if view
                .lanes
                .iter()
                .any(|lane| self.follows(&lane.feed) && self.may_name(&lane.feed, &peer))
            {
                wanted.push(id);
            }
        }
        self.sessions.ask(
            peer,
            wanted
                .chunks(wire::GET_IDS)
                .map(|ids| CatchUpRequest::Get(ids.to_vec())),
        );
        Ok(())
    }

    /// Looks for records without card or body, a few at each comparison, round and round.
    pub(in crate::engine) fn look_for_partless(&mut self, store: &Store) -> Result<(), StoreError> {
        let page = store.page(self.ingest.parts_looked_at, limits::PARTS_LOOKED_FOR)?;
        self.ingest.parts_looked_at = page.last().map_or(0, |(arrival, _)| *arrival);
        for (_, id) in page {
            if let Some(parts) = store.parts_held(&id)?
                && seems_partless(&id, parts, store)?
            {
                self.ingest.lacks_parts(id);
            }
        }
        Ok(())
    }

    /// Asks whoever sent a state, or whoever is there, for cut lists that it names.
    pub(in crate::engine) fn ask_for_cut_lists(&mut self, origin: &Origin, lists: Vec<Id>) {
        let missing: Vec<Id> = lists
            .into_iter()
            .filter(|list| self.institutions.cut_list(list).is_none())
            .collect();
        let peer = match origin {
            Origin::Gossip { peer, .. } | Origin::CatchUp { peer } => Some(*peer),
            Origin::Waited { .. } | Origin::Import { .. } => self.peers.all().next().copied(),
        };
        if let Some(peer) = peer {
            self.sessions.ask(
                peer,
                missing
                    .chunks(wire::GET_IDS)
                    .map(|ids| CatchUpRequest::Get(ids.to_vec())),
            );
        }
    }

    /// Asks whoever sent an item for the states of its institution.
    pub(in crate::engine) fn ask_for_institution(&mut self, origin: &Origin, institution: Id) {
        if let Origin::Gossip { peer, .. } | Origin::CatchUp { peer } = origin {
            self.sessions
                .ask(*peer, [CatchUpRequest::Institution(institution)]);
        }
    }

    /// Peers to compare with this time.
    pub(in crate::engine) fn some_peers(&mut self) -> Vec<PeerId> {
        let all: Vec<PeerId> = self.peers.all().copied().collect();
        all.into_iter().sample(&mut self.rng, limits::COMPARE_WITH)
    }
}
