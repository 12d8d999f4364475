//! Catch-up, the asking side: opening a session with a peer, reading its answers, asking on.

use std::collections::BTreeSet;

use indaba_protocol::{
    CatchUpRequest, CatchUpResponse, DecodedItem, FeedName, Id, Item, Key, RefusedReason,
    Statement, limits as wire,
};
use indaba_store::{Store, StoreError};
use libp2p::PeerId;
use rand::RngExt;
use rand::seq::IteratorRandom;

use super::boundary::Moment;
use super::catch_up::Answered;
use super::erasure::seems_partless;
use super::ingest::Origin;
use super::{Engine, limits};
use crate::network::{Command, Offence};

impl Engine {
    /// Begins to compare with a peer: institutions first, then facts, then the lanes of each feed it may be asked about.
    pub(super) fn open_session(&mut self, peer: PeerId) {
        // The own institution among them: a store that was lost begins with nothing.
        let accepted = self.trust.web().accepted();
        let unknown = accepted.filter(|id| {
            self.institutions
                .chain(id)
                .is_none_or(|chain| chain.version() == 0)
        });
        let some = unknown
            .copied()
            .sample(&mut self.rng, limits::INSTITUTIONS_ASKED);
        let mut asks: Vec<_> = some.into_iter().map(CatchUpRequest::Institution).collect();
        asks.push(CatchUpRequest::Facts { after: None });
        asks.push(CatchUpRequest::Lanes {
            feed: FeedName::registry(),
            after: None,
        });
        let feeds: Vec<_> = self
            .choices
            .follows()
            .keys()
            .filter(|feed| self.may_name(feed, &peer))
            .cloned()
            .collect();
        asks.extend(
            feeds
                .into_iter()
                .map(|feed| CatchUpRequest::Lanes { feed, after: None }),
        );
        asks.extend(
            self.damaged()
                .chunks(wire::GET_IDS)
                .map(|ids| CatchUpRequest::Get(ids.to_vec())),
        );
        // What this node published in feeds it does not follow comes back too, should its store have lost it.
        let own = self
            .institutions
            .head(&self.own_key())
            .map(|head| head.lanes.clone())
            .unwrap_or_default();
        asks.extend(
            own.into_iter()
                .filter(|lane| !self.follows(&lane.feed))
                .map(|lane| CatchUpRequest::Lanes {
                    feed: lane.feed,
                    after: None,
                }),
        );
        self.sessions.ask(peer, asks);
    }

    /// Sends the next question of a session, when the items of the last answer are judged.
    pub(super) fn continue_session(
        &mut self,
        now: Moment,
        peer: PeerId,
        store: &Store,
    ) -> Result<(), StoreError> {
        while let Some(request) = self.sessions.next(peer, now) {
            // What was missing when the question was queued may have come by another way since.
            if let Some(request) = self.still_wanted(peer, request, store)? {
                let (ticket, request) = self.sessions.asked(peer, request, now);
                let body = request.encode();
                self.command(Command::Request { peer, ticket, body });
                break;
            }
        }
        Ok(())
    }

    /// What of a question is still worth asking this peer.
    pub(super) fn still_wanted(
        &mut self,
        peer: PeerId,
        request: CatchUpRequest,
        store: &Store,
    ) -> Result<Option<CatchUpRequest>, StoreError> {
        match request {
            CatchUpRequest::Lanes { ref feed, .. } => {
                Ok(self.may_name(feed, &peer).then_some(request))
            }
            CatchUpRequest::Range {
                feed,
                key,
                from,
                to,
            } => {
                if !self.may_name(&feed, &peer) {
                    return Ok(None);
                }
                let Some(institution) = self.institutions.signing_with(&key) else {
                    return Ok(None);
                };
                let gaps = store.gaps(&institution, &key, &feed, to, limits::RANGES_NAMED)?;
                let all_named = gaps.ranges.len() < limits::RANGES_NAMED;
                let ranges = self.declined.without_places(&key, &feed, gaps.ranges);
                let Some((first, last)) = ranges.into_iter().find(|(_, last)| *last >= from) else {
                    return Ok((!all_named).then_some(CatchUpRequest::Range {
                        feed,
                        key,
                        from,
                        to,
                    }));
                };
                if last < to {
                    self.sessions.ask_next(
                        peer,
                        CatchUpRequest::Range {
                            feed: feed.clone(),
                            key,
                            from: last + 1,
                            to,
                        },
                    );
                }
                Ok(Some(CatchUpRequest::Range {
                    feed,
                    key,
                    from: first.max(from),
                    to: last,
                }))
            }
            CatchUpRequest::Get(ids) => {
                let mut wanted = Vec::new();
                for id in ids {
                    let whole = match self.parts_held(&id, store)? {
                        Some(parts) => !self.wants_parts(&id, parts, store)?,
                        None => false,
                    };
                    if !whole
                        && !self.declined.contains(&id)
                        && !store.has_fact(&id)?
                        && !store.is_waiting(&id)?
                    {
                        wanted.push(id);
                    }
                }
                Ok((!wanted.is_empty()).then_some(CatchUpRequest::Get(wanted)))
            }
            other => Ok(Some(other)),
        }
    }

    /// An answer came.
    pub(super) fn handle_response(
        &mut self,
        now: Moment,
        ticket: u64,
        peer: PeerId,
        body: &[u8],
        store: &Store,
    ) -> Result<(), StoreError> {
        let Some(asked) = self.sessions.answered(peer, ticket, now) else {
            return Ok(());
        };
        let Ok(response) = CatchUpResponse::decode(body) else {
            self.command(Command::Penalise {
                peer,
                offence: Offence::Invalid,
            });
            self.sessions.close(peer);
            return Ok(());
        };
        let Answered { upto, took, .. } = asked;
        if matches!(response, CatchUpResponse::Refused(RefusedReason::Busy)) {
            self.sessions.pause(peer, asked.whole(), now);
            return Ok(());
        }
        match (asked.request, response) {
            (CatchUpRequest::Facts { after }, CatchUpResponse::Facts { ids, more }) => {
                let mut wanted = Vec::new();
                for id in &ids {
                    if !self.declined.contains(id)
                        && !store.has_fact(id)?
                        && !store.is_waiting(id)?
                    {
                        wanted.push(*id);
                    }
                }
                if let (true, Some(last)) = (more, ids.last()) {
                    // An answer that does not go forward would be asked for without end.
                    if after.is_none_or(|after| after < *last) {
                        self.sessions
                            .ask_next(peer, CatchUpRequest::Facts { after: Some(*last) });
                    }
                }
                let asks: Vec<_> = wanted
                    .chunks(wire::GET_IDS)
                    .map(|ids| CatchUpRequest::Get(ids.to_vec()))
                    .collect();
                for ask in asks.into_iter().rev() {
                    self.sessions.ask_next(peer, ask);
                }
            }
            (CatchUpRequest::Lanes { feed, after }, CatchUpResponse::Lanes { lanes, more }) => {
                let whole = after.is_none() && !more;
                self.hear_lanes(now, peer, &feed, &lanes, whole, store)?;
                let forward = lanes
                    .last()
                    .is_some_and(|last| after.is_none_or(|after| after < last.key));
                if let (true, true, Some(last)) = (more, forward, lanes.last()) {
                    self.sessions.ask(
                        peer,
                        [CatchUpRequest::Lanes {
                            feed: feed.clone(),
                            after: Some(last.key),
                        }],
                    );
                }
                if !more && feed.is_registry() {
                    self.ask_for_parts(peer, store)?;
                }
                for lane in lanes {
                    // A claim is unsigned; only keys that the institution once delegated can have records worth a question.
                    let kept = self.follows(&feed) || lane.key == self.own_key();
                    if kept
                        && self.takes_lane(&lane.institution, &feed)
                        && self
                            .institutions
                            .ever_delegated(&lane.institution, &lane.key)
                    {
                        self.ask_for_positions(
                            peer,
                            &feed,
                            &lane.institution,
                            &lane.key,
                            lane.seq,
                            store,
                        )?;
                    }
                }
            }
            (
                CatchUpRequest::Range {
                    feed,
                    key,
                    from,
                    to,
                },
                CatchUpResponse::Items { items, more },
            ) => {
                let last = self.take_items(peer, items, store, |statement| match statement {
                    Statement::Record(header) if header.key == key => header
                        .lanes
                        .iter()
                        .find(|lane| lane.feed == feed)
                        .map(|lane| lane.seq),
                    _ => None,
                })?;
                self.sessions.measured(peer, took);
                // Goes on while the peer gives what it is asked for.
                let end = upto.unwrap_or(to);
                if let Some(last) = last
                    && last >= from
                    && last < end
                    && (more || last >= to)
                {
                    self.sessions.ask_next(
                        peer,
                        CatchUpRequest::Range {
                            feed,
                            key,
                            from: last + 1,
                            to: end,
                        },
                    );
                }
            }
            (CatchUpRequest::Get(mut ids), CatchUpResponse::Items { items, more }) => {
                // The ids in an answer are hashes of what came, so a peer cannot strike out what it did not send.
                let net = self.net;
                let came: BTreeSet<Id> = items
                    .iter()
                    .filter_map(|item| DecodedItem::of_item(&net, item.clone()).ok())
                    .map(|item| item.id())
                    .collect();
                let asked = ids.len();
                ids.retain(|id| !came.contains(id));
                if more && !ids.is_empty() && ids.len() < asked {
                    self.sessions.ask_next(peer, CatchUpRequest::Get(ids));
                }
                self.take_items(peer, items, store, |_| None)?;
            }
            (CatchUpRequest::Institution(_), CatchUpResponse::Items { items, more }) => {
                self.take_items(peer, items, store, |_| None)?;
                if more {
                    // There is no next page of this question; what did not fit is among the facts.
                    self.sessions
                        .ask(peer, [CatchUpRequest::Facts { after: None }]);
                }
            }
            (_, CatchUpResponse::Refused(_)) => {}
            _ => {
                self.command(Command::Penalise {
                    peer,
                    offence: Offence::Nuisance,
                });
                self.sessions.close(peer);
            }
        }
        Ok(())
    }

    /// Takes the items of an answer through the door; the largest position that `position` finds comes back.
    pub(super) fn take_items(
        &mut self,
        peer: PeerId,
        items: Vec<Item>,
        store: &Store,
        position: impl Fn(&Statement) -> Option<u64>,
    ) -> Result<Option<u64>, StoreError> {
        let mut last = None;
        let mut taken = 0;
        for item in items {
            if let Ok(item) = DecodedItem::of_item(&self.net, item.clone()) {
                last = last.max(position(item.statement()));
            }
            if self.take_answer(peer, item, store)? {
                taken += 1;
            }
        }
        self.sessions.digesting(peer, taken);
        Ok(last)
    }

    /// Asks for what is missing of a lane up to `seq`.
    pub(super) fn ask_for_positions(
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
        let asks = ranges.into_iter().map(|(from, to)| CatchUpRequest::Range {
            feed: feed.clone(),
            key: *key,
            from,
            to,
        });
        self.sessions.ask(peer, asks);
        Ok(())
    }

    /// A gap was noticed: asks this peer, or whoever is there, for what the head or the highest record says exists.
    pub(super) fn ask_for_lane(
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
        let peer = whoever
            .copied()
            .find(|peer| self.peers.get(peer).is_some() && self.may_name(feed, peer));
        match peer {
            Some(peer) => self.ask_for_positions(peer, feed, &institution, key, upto, store),
            None => Ok(()),
        }
    }

    /// Asks for cards and bodies that are missing: parts may be left out of an answer, and a header alone fills its position.
    pub(super) fn ask_for_parts(&mut self, peer: PeerId, store: &Store) -> Result<(), StoreError> {
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
    pub(super) fn look_for_partless(&mut self, store: &Store) -> Result<(), StoreError> {
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
    pub(super) fn ask_for_cut_lists(&mut self, origin: &Origin, lists: Vec<Id>) {
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
    pub(super) fn ask_for_institution(&mut self, origin: &Origin, institution: Id) {
        if let Origin::Gossip { peer, .. } | Origin::CatchUp { peer } = origin {
            self.sessions
                .ask(*peer, [CatchUpRequest::Institution(institution)]);
        }
    }

    /// Peers to compare with this time.
    pub(super) fn some_peers(&mut self) -> Vec<PeerId> {
        let all: Vec<PeerId> = self.peers.all().copied().collect();
        all.into_iter().sample(&mut self.rng, limits::COMPARE_WITH)
    }

    /// Compares with peers within so many milliseconds, not only at the next turn.
    pub(super) fn compare_within(&mut self, now: Moment, millis: u64) {
        self.next_compare = self.next_compare.min(now.after(millis).monotonic);
    }

    /// Whether records of an institution in a feed can be worth a question.
    pub(super) fn takes_lane(&self, institution: &Id, feed: &FeedName) -> bool {
        self.accepts(institution) || (feed.is_registry() && self.hears(institution))
    }

    /// An answer did not come: compare again soon, not only at the next turn.
    pub(super) fn compare_soon(&mut self, now: Moment) {
        let jitter = self.rng.random_range(0..limits::COMPARE_AFTER_FAILURE / 2);
        self.next_compare = self
            .next_compare
            .min(now.after(limits::COMPARE_AFTER_FAILURE + jitter).monotonic);
    }

    /// Sets the next periodic comparison, with a fifth of jitter.
    pub(super) fn schedule_compare(&mut self, now: Moment) {
        let jitter = self.rng.random_range(0..=self.compare_every / 5);
        self.next_compare = now.after(self.compare_every + jitter).monotonic;
    }
}
