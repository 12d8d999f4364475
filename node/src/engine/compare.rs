//! Catch-up, the asking side: when to compare, opening a session with a peer, going on with it.

pub(super) mod answers;
mod asking;

use indaba_protocol::{CatchUpRequest, FeedName, Id, limits as wire};
use indaba_store::{Store, StoreError};
use libp2p::PeerId;
use rand::RngExt;
use rand::seq::IteratorRandom;

use super::boundary::Moment;
use super::{Engine, limits};
use crate::network::Command;

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
        asks.extend(self.ask_for_chosen());
        let adopted = self.institutions.adopted();
        let adopted = adopted.sample(&mut self.rng, limits::ADOPTED_ASKED);
        asks.extend(
            adopted
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
                if let CatchUpRequest::Range { feed, key, .. } = &request {
                    self.withheld.asked(peer, &(feed.clone(), *key));
                }
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
                if !self.may_name(&feed, &peer)
                    || self.withheld.is_barren(&peer, &(feed.clone(), key))
                {
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

    /// Compares with peers within so many milliseconds, not only at the next turn.
    pub(super) fn compare_within(&mut self, now: Moment, millis: u64) {
        self.next_compare = self.next_compare.min(now.after(millis).monotonic);
    }

    /// Whether records of an institution in a feed can be worth a question.
    pub(super) fn takes_lane(&self, institution: &Id, feed: &FeedName) -> bool {
        self.accepts(institution) || (feed.is_registry() && self.knows_chain_of(institution))
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
