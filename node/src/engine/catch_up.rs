//! Asking peers for what is missing. One session a peer, one question at a time: facts first, then the lanes of each feed,
//! then the gaps. Every answer that arrives is a checkpoint, and its size follows the line: where an answer takes long, the next
//! question asks for less, so that a session that ends anywhere loses only seconds.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use indaba_protocol::{CatchUpRequest, FeedName, Header, Id, Key};
use libp2p::PeerId;

use super::boundary::Moment;
use super::completeness::without;
use super::limits;

/// The sessions with all peers.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    by_peer: BTreeMap<PeerId, Session>,
    /// What is being fetched, from whom, and until when others are not asked for it as well. Only what was really asked counts, and
    /// not for long: a peer that claims much and answers slowly must not keep anything from coming by another way.
    flights: BTreeMap<Subject, (PeerId, u64)>,
    /// Records of a lane that each peer is asked for at once.
    portions: BTreeMap<PeerId, u64>,
    next_ticket: u64,
}

/// What a question fetches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Lane(FeedName, Key),
    Statement(Id),
}

/// The subjects of a question; none for those that only compare.
fn subjects(request: &CatchUpRequest) -> Vec<Subject> {
    match request {
        CatchUpRequest::Range { feed, key, .. } => vec![Subject::Lane(feed.clone(), *key)],
        CatchUpRequest::Get(ids) => ids.iter().map(|id| Subject::Statement(*id)).collect(),
        _ => Vec::new(),
    }
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
    /// The last position that is wanted of the lane, where the question asks for a portion of it.
    upto: Option<u64>,
    at: u64,
    until: u64,
}

/// A question whose answer came, or will not come.
#[derive(Debug)]
pub(super) struct Answered {
    /// As it was sent.
    pub(super) request: CatchUpRequest,
    /// The last position that is wanted of the lane, where it asked for a portion.
    pub(super) upto: Option<u64>,
    /// Milliseconds from the question to the answer.
    pub(super) took: u64,
}

impl Answered {
    /// The question for all that is wanted, to be asked again.
    pub(super) fn whole(self) -> CatchUpRequest {
        let mut request = self.request;
        if let (CatchUpRequest::Range { to, .. }, Some(upto)) = (&mut request, self.upto) {
            *to = upto;
        }
        request
    }
}

impl Sessions {
    /// Queues questions for a peer, skipping those already queued there.
    pub(super) fn ask(&mut self, peer: PeerId, requests: impl IntoIterator<Item = CatchUpRequest>) {
        let session = self.by_peer.entry(peer).or_default();
        for request in requests {
            let queued = session.asks.contains(&request)
                || session
                    .asked
                    .as_ref()
                    .is_some_and(|asked| asked.request == request);
            if queued || session.asks.len() >= limits::ASKS_QUEUED {
                continue;
            }
            session.asks.push_back(request);
        }
    }

    /// Puts a question before all others of this peer: the next page of what it is sending.
    pub(super) fn ask_next(&mut self, peer: PeerId, request: CatchUpRequest) {
        self.by_peer
            .entry(peer)
            .or_default()
            .asks
            .push_front(request);
    }

    /// The next question for this peer, if it is its turn and no other peer is answering the same. Whether it is still worth
    /// asking is for the caller to see, and then to say with [`Sessions::asked`].
    pub(super) fn next(&mut self, peer: PeerId, now: Moment) -> Option<CatchUpRequest> {
        let session = self.by_peer.get_mut(&peer)?;
        if session.asked.is_some()
            || session.digesting > 0
            || session
                .rests_until
                .is_some_and(|until| until > now.monotonic)
        {
            return None;
        }
        session.rests_until = None;
        if session.asks.is_empty() {
            self.by_peer.remove(&peer);
            return None;
        }
        let elsewhere = |subject: &Subject| {
            self.flights
                .get(subject)
                .is_some_and(|(by, until)| *by != peer && *until > now.monotonic)
        };
        let free = session.asks.iter().position(|ask| {
            let subjects = subjects(ask);
            subjects.is_empty() || !subjects.iter().all(elsewhere)
        });
        match free {
            Some(at) => session.asks.remove(at),
            None => {
                session.rests_until = Some(now.after(limits::REST_WHEN_BUSY).monotonic);
                None
            }
        }
    }

    /// The question as it is to be sent now, a portion of a lane where more of it is wanted; and the ticket that comes back with the
    /// answer.
    pub(super) fn asked(
        &mut self,
        peer: PeerId,
        mut request: CatchUpRequest,
        now: Moment,
    ) -> (u64, CatchUpRequest) {
        self.next_ticket += 1;
        let mut upto = None;
        if let CatchUpRequest::Range { from, to, .. } = &mut request {
            upto = Some(*to);
            *to = (*to).min(from.saturating_add(self.portion(&peer) - 1));
        }
        let kept = now.after(limits::ANSWER_AWAITED_ALONE).monotonic;
        for subject in subjects(&request) {
            self.flights.insert(subject, (peer, kept));
        }
        let until = now.after(limits::ASK_WITHIN).monotonic;
        self.by_peer.entry(peer).or_default().asked = Some(Asked {
            ticket: self.next_ticket,
            request: request.clone(),
            upto,
            at: now.monotonic,
            until,
        });
        (self.next_ticket, request)
    }

    fn portion(&self, peer: &PeerId) -> u64 {
        let kept = self.portions.get(peer).copied();
        kept.unwrap_or(limits::PORTION_FIRST).max(1)
    }

    /// The question this answer belongs to. `None`: not asked, or given up.
    pub(super) fn answered(&mut self, peer: PeerId, ticket: u64, now: Moment) -> Option<Answered> {
        let session = self.by_peer.get_mut(&peer)?;
        if session.asked.as_ref()?.ticket != ticket {
            return None;
        }
        let Asked {
            request, upto, at, ..
        } = session.asked.take()?;
        for subject in subjects(&request) {
            if self
                .flights
                .get(&subject)
                .is_some_and(|(by, _)| *by == peer)
            {
                self.flights.remove(&subject);
            }
        }
        Some(Answered {
            request,
            upto,
            took: now.monotonic.saturating_sub(at),
        })
    }

    /// How long a portion took, in milliseconds, decides how large the next one is.
    pub(super) fn measured(&mut self, peer: PeerId, took: u64) {
        let portion = self.portion(&peer);
        let next = match took {
            ..=limits::PORTION_QUICK => (portion * 4).min(limits::PORTION_MOST),
            limits::PORTION_SLOW.. => portion / 2,
            _ => portion,
        };
        self.portions.insert(peer, next);
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
    /// The question that was not answered yet, if any, comes back.
    pub(super) fn close(&mut self, peer: PeerId) -> Option<CatchUpRequest> {
        self.flights.retain(|_, (by, _)| *by != peer);
        let session = self.by_peer.remove(&peer)?;
        session.asked.map(|asked| asked.request)
    }

    /// The peer is gone, and with it what its line was like.
    pub(super) fn disconnected(&mut self, peer: PeerId) {
        self.close(peer);
        self.portions.remove(&peer);
    }

    /// Peers with a session.
    pub(super) fn peers(&self) -> Vec<PeerId> {
        self.by_peer.keys().copied().collect()
    }

    /// Peers whose answer is overdue.
    pub(super) fn overdue(&self, now: Moment) -> Vec<PeerId> {
        self.by_peer
            .iter()
            .filter(|(_, session)| {
                session
                    .asked
                    .as_ref()
                    .is_some_and(|asked| asked.until <= now.monotonic)
            })
            .map(|(peer, _)| *peer)
            .collect()
    }

    /// When the next answer becomes overdue, or a rest ends.
    pub(super) fn next_deadline(&self) -> Option<u64> {
        self.by_peer
            .values()
            .flat_map(|session| {
                [
                    session.asked.as_ref().map(|asked| asked.until),
                    session.rests_until,
                ]
            })
            .flatten()
            .min()
    }
}

/// Ids that were offered and not kept, so that they are not asked for at every session. Bounded: the oldest half goes
/// when it is full, and costs one more question.
#[derive(Debug, Default)]
pub(super) struct Declined {
    young: BTreeSet<Id>,
    old: BTreeSet<Id>,
    /// Places of records that were not accepted, by lane.
    places: BTreeMap<(Key, FeedName), BTreeSet<u64>>,
    /// How many places.
    count: usize,
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
        *self = Declined::default();
    }

    /// A record is not accepted here: to ask for its places again would bring the same one.
    pub(super) fn insert_places(&mut self, record: &Header) {
        if self.count >= limits::PLACES_DECLINED {
            self.places.clear();
            self.count = 0;
        }
        for lane in &record.lanes {
            let places = self.places.entry((record.key, lane.feed.clone()));
            self.count += usize::from(places.or_default().insert(lane.seq));
        }
    }

    /// The ranges without the places whose records were not accepted.
    pub(super) fn without_places(
        &self,
        key: &Key,
        feed: &FeedName,
        ranges: Vec<(u64, u64)>,
    ) -> Vec<(u64, u64)> {
        let Some(places) = self.places.get(&(*key, feed.clone())) else {
            return ranges;
        };
        without(ranges, places)
    }
}
