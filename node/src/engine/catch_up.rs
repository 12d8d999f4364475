//! Asking peers for what is missing. One session a peer, one question at a time: facts first, then the lanes of each feed,
//! then the gaps. Every record that arrives is a checkpoint; a session that ends anywhere loses nothing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use indaba_protocol::{CatchUpRequest, FeedName, Id, Key};
use libp2p::PeerId;

use super::boundary::Moment;
use super::limits;

/// The sessions with all peers.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    by_peer: BTreeMap<PeerId, Session>,
    /// A lane is fetched from one peer at a time.
    lanes_in_flight: BTreeMap<(FeedName, Key), PeerId>,
    /// Statements asked for by id, from one peer at a time.
    ids_in_flight: BTreeMap<Id, PeerId>,
    next_ticket: u64,
}

#[derive(Debug, Default)]
struct Session {
    asks: VecDeque<CatchUpRequest>,
    asked: Option<Asked>,
    /// Items of the last answer that are not judged yet.
    digesting: usize,
    /// The peer said that it is busy; not before this moment again.
    rests_until: Option<u64>,
}

#[derive(Debug)]
struct Asked {
    ticket: u64,
    request: CatchUpRequest,
    until: u64,
}

impl Sessions {
    /// Queues questions for a peer, skipping those already queued there and lanes that another peer is sending.
    pub(super) fn ask(&mut self, peer: PeerId, requests: impl IntoIterator<Item = CatchUpRequest>) {
        let session = self.by_peer.entry(peer).or_default();
        for request in requests {
            let queued = session.asks.contains(&request)
                || session.asked.as_ref().is_some_and(|asked| asked.request == request);
            if queued || session.asks.len() >= limits::ASKS_QUEUED {
                continue;
            }
            match &request {
                CatchUpRequest::Range { feed, key, .. } => {
                    let lane = (feed.clone(), *key);
                    if *self.lanes_in_flight.entry(lane).or_insert(peer) != peer {
                        continue;
                    }
                }
                CatchUpRequest::Get(ids) => {
                    if ids.iter().all(|id| self.ids_in_flight.contains_key(id)) {
                        continue;
                    }
                    for id in ids {
                        self.ids_in_flight.entry(*id).or_insert(peer);
                    }
                }
                _ => {}
            }
            session.asks.push_back(request);
        }
    }

    /// Puts a question before all others of this peer: the next page of what it is sending.
    pub(super) fn ask_next(&mut self, peer: PeerId, request: CatchUpRequest) {
        self.by_peer.entry(peer).or_default().asks.push_front(request);
    }

    /// The next question to send to this peer, if it is its turn.
    pub(super) fn next(&mut self, peer: PeerId, now: Moment) -> Option<(u64, CatchUpRequest)> {
        let session = self.by_peer.get_mut(&peer)?;
        if session.asked.is_some() || session.digesting > 0 || session.rests_until.is_some_and(|until| until > now.monotonic) {
            return None;
        }
        session.rests_until = None;
        let Some(request) = session.asks.pop_front() else {
            self.by_peer.remove(&peer);
            return None;
        };
        self.next_ticket += 1;
        let until = now.after(limits::ASK_WITHIN).monotonic;
        session.asked = Some(Asked { ticket: self.next_ticket, request: request.clone(), until });
        Some((self.next_ticket, request))
    }

    /// The question this answer belongs to. `None`: not asked, or given up.
    pub(super) fn answered(&mut self, peer: PeerId, ticket: u64) -> Option<CatchUpRequest> {
        let session = self.by_peer.get_mut(&peer)?;
        if session.asked.as_ref()?.ticket != ticket {
            return None;
        }
        let request = session.asked.take()?.request;
        self.release(peer, &request);
        Some(request)
    }

    /// The peer is busy: the same question again after a rest.
    pub(super) fn pause(&mut self, peer: PeerId, request: CatchUpRequest, now: Moment) {
        let session = self.by_peer.entry(peer).or_default();
        session.asks.push_front(request);
        session.rests_until = Some(now.after(limits::REST_WHEN_BUSY).monotonic);
    }

    /// The items of an answer wait for their judgement before the next question is sent.
    pub(super) fn digesting(&mut self, peer: PeerId, items: usize) {
        if let Some(session) = self.by_peer.get_mut(&peer) {
            session.digesting += items;
        }
    }

    /// One of those items was judged.
    pub(super) fn digested(&mut self, peer: PeerId) {
        if let Some(session) = self.by_peer.get_mut(&peer) {
            session.digesting = session.digesting.saturating_sub(1);
        }
    }

    /// Ends the session: the peer left, misbehaved, or did not answer. The next session finds the rest.
    pub(super) fn close(&mut self, peer: PeerId) {
        self.by_peer.remove(&peer);
        self.lanes_in_flight.retain(|_, by| *by != peer);
        self.ids_in_flight.retain(|_, by| *by != peer);
    }

    /// Peers with a session.
    pub(super) fn peers(&self) -> Vec<PeerId> {
        self.by_peer.keys().copied().collect()
    }

    /// Peers whose answer is overdue.
    pub(super) fn overdue(&self, now: Moment) -> Vec<PeerId> {
        self.by_peer
            .iter()
            .filter(|(_, session)| session.asked.as_ref().is_some_and(|asked| asked.until <= now.monotonic))
            .map(|(peer, _)| *peer)
            .collect()
    }

    /// When the next answer becomes overdue, or a rest ends.
    pub(super) fn next_deadline(&self) -> Option<u64> {
        self.by_peer
            .values()
            .flat_map(|session| [session.asked.as_ref().map(|asked| asked.until), session.rests_until])
            .flatten()
            .min()
    }

    /// A lane or id is free again for another peer once no question about it is left here.
    fn release(&mut self, peer: PeerId, request: &CatchUpRequest) {
        match request {
            CatchUpRequest::Range { feed, key, .. } => {
                let more = self.by_peer.get(&peer).is_some_and(|session| {
                    session.asks.iter().any(|ask| {
                        matches!(ask, CatchUpRequest::Range { feed: f, key: k, .. } if f == feed && k == key)
                    })
                });
                if !more {
                    self.lanes_in_flight.remove(&(feed.clone(), *key));
                }
            }
            CatchUpRequest::Get(ids) => {
                for id in ids {
                    self.ids_in_flight.remove(id);
                }
            }
            _ => {}
        }
    }
}

/// Ids that were offered and not kept, so that they are not asked for at every session. Bounded: the oldest half goes
/// when it is full, and costs one more question.
#[derive(Debug, Default)]
pub(super) struct Declined {
    young: BTreeSet<Id>,
    old: BTreeSet<Id>,
}

impl Declined {
    /// Half of what is remembered at most: 2 x 20,000 ids are 1.3 MiB.
    const HALF: usize = 20_000;

    pub(super) fn insert(&mut self, id: Id) {
        if self.young.len() >= Declined::HALF {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(id);
    }

    pub(super) fn contains(&self, id: &Id) -> bool {
        self.young.contains(id) || self.old.contains(id)
    }

    /// Trust changed: everything may be judged differently.
    pub(super) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}
