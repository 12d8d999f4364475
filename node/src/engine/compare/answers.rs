//! What a peer answered to a question of ours: items through the door, and what to ask next.

use std::collections::BTreeSet;

use indaba_protocol::{
    CatchUpRequest, CatchUpResponse, DecodedItem, Id, Item, RefusedReason, Statement,
    limits as wire,
};
use indaba_store::{Store, StoreError};
use libp2p::PeerId;

use crate::engine::Engine;
use crate::engine::boundary::Moment;
use crate::engine::catch_up::Answered;
use crate::engine::missing::Listing;
use crate::network::{Command, Offence};

/// What came in an answer.
#[derive(Debug, Default)]
pub(in crate::engine) struct Taken {
    /// Positions of records in the lane that was asked for.
    pub(in crate::engine) places: Vec<u64>,
    /// An item does not read here: it may be anything, also what was asked for.
    pub(in crate::engine) unread: bool,
}

impl Engine {
    /// An answer came.
    pub(in crate::engine) fn handle_response(
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
        if matches!(response, CatchUpResponse::Refused(_)) {
            self.not_answered(peer, &asked.request, store)?;
        }
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
                self.own_head.named(&peer, &wanted, after.is_none(), more);
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
                let listing = Listing {
                    feed: &feed,
                    after,
                    lanes: &lanes,
                    more,
                };
                self.hear_promises(now, peer, &listing, store)?;
                for lane in &lanes {
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
                        self.ask_for_rivals(peer, &feed, lane, store)?;
                    }
                }
                if !more {
                    self.ask_for_unlisted(peer, &feed, !lanes.is_empty());
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
                let taken = self.take_items(peer, items, store, |statement| match statement {
                    Statement::Record(header) if header.key == key => header
                        .lanes
                        .iter()
                        .find(|lane| lane.feed == feed)
                        .map(|lane| lane.seq),
                    _ => None,
                })?;
                self.sessions.measured(peer, took);
                let last = taken.places.iter().filter(|at| **at <= to).max().copied();
                let lane = (feed.clone(), key);
                let again = self.handed_over(peer, &lane, (from, to), &taken, more, store)?;
                // Goes on while the peer gives some of what it is asked for.
                let end = upto.unwrap_or(to);
                if again {
                    let same = CatchUpRequest::Range {
                        feed,
                        key,
                        from,
                        to: end,
                    };
                    self.sessions.ask_next(peer, same);
                } else if let Some(last) = last
                    && last >= from
                    && last < end
                    && (more || to < end)
                {
                    let from = if more { last } else { to } + 1;
                    let next = CatchUpRequest::Range {
                        feed,
                        key,
                        from,
                        to: end,
                    };
                    self.sessions.ask_next(peer, next);
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
                } else {
                    self.own_head.not_handed_over(&peer, &ids);
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

    /// Takes the items of an answer through the door; the positions that `position` finds come back.
    pub(in crate::engine) fn take_items(
        &mut self,
        peer: PeerId,
        items: Vec<Item>,
        store: &Store,
        position: impl Fn(&Statement) -> Option<u64>,
    ) -> Result<Taken, StoreError> {
        let mut taken = Taken::default();
        let mut digesting = 0;
        for item in items {
            match DecodedItem::of_item(&self.net, item.clone()) {
                Ok(item) => taken.places.extend(position(item.statement())),
                Err(_) => taken.unread = true,
            }
            if self.take_answer(peer, item, store)? {
                digesting += 1;
            }
        }
        self.sessions.digesting(peer, digesting);
        Ok(taken)
    }
}
