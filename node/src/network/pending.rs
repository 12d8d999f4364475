//! What waits for the engine: messages to be judged, requests to be answered; and what waits
//! for peers: our own requests. All bounded, time passed in.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use libp2p::PeerId;
use libp2p::gossipsub::MessageId;
use libp2p::request_response::{InboundRequestId, OutboundRequestId, ResponseChannel};

use super::boundary::{MessageTicket, RequestTicket};
use super::profile;

/// A message not judged within this time counts as ignored.
///
/// Forwarding ends sooner in the default profile: gossip keeps a frame for its history of 30
/// heartbeats, so an acceptance after half a minute is recorded and forwards nothing.
pub const JUDGE_WITHIN: Duration = Duration::from_secs(60);

/// Most messages that wait for their judgement. With the largest frame that is 64 MiB in the
/// history of gossip; more are ignored at once.
pub const MAX_UNJUDGED: usize = 1024;

/// Most own requests in flight, over all peers. With the largest response that is 32 MiB.
pub const MAX_REQUESTS_OUT: usize = 32;

/// Most unanswered requests of others, over all peers. With the largest response that is
/// 64 MiB in the making.
pub const MAX_REQUESTS_IN: usize = 64;

/// Messages that wait for their judgement.
#[derive(Debug, Default)]
pub(crate) struct Unjudged {
    next: u64,
    // Tickets ascend, all have the same time: the first is the first to run out.
    waiting: BTreeMap<u64, (MessageId, PeerId, Instant)>,
}

impl Unjudged {
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// A ticket for this message, or `None` when full.
    pub(crate) fn admit(
        &mut self,
        id: MessageId,
        peer: PeerId,
        now: Instant,
    ) -> Option<MessageTicket> {
        if self.waiting.len() >= MAX_UNJUDGED {
            return None;
        }
        let ticket = self.next;
        self.next += 1;
        self.waiting.insert(ticket, (id, peer, now + JUDGE_WITHIN));
        Some(MessageTicket(ticket))
    }

    /// The message to this ticket, once.
    pub(crate) fn take(&mut self, ticket: MessageTicket) -> Option<(MessageId, PeerId)> {
        let (id, peer, _) = self.waiting.remove(&ticket.0)?;
        Some((id, peer))
    }

    /// A message whose time ran out, once.
    pub(crate) fn overdue(&mut self, now: Instant) -> Option<(MessageId, PeerId)> {
        let entry = self.waiting.first_entry()?;
        if entry.get().2 > now {
            return None;
        }
        let (id, peer, _) = entry.remove();
        Some((id, peer))
    }

    /// When the next one runs out.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.waiting.first_key_value().map(|(_, (_, _, due))| *due)
    }
}

/// Requests, both ways.
#[derive(Debug)]
pub(crate) struct Requests {
    bounds: profile::Requests,
    out: HashMap<OutboundRequestId, (u64, PeerId)>,
    next: u64,
    incoming: HashMap<RequestTicket, Incoming>,
    tickets: HashMap<InboundRequestId, RequestTicket>,
}

#[derive(Debug)]
struct Incoming {
    peer: PeerId,
    id: InboundRequestId,
    /// Taken when the answer is handed over; the entry stays until it is sent.
    channel: Option<ResponseChannel<Vec<u8>>>,
}

impl Requests {
    pub(crate) fn new(bounds: profile::Requests) -> Self {
        Self {
            bounds,
            out: HashMap::new(),
            next: 0,
            incoming: HashMap::new(),
            tickets: HashMap::new(),
        }
    }

    pub(crate) fn outgoing(&self) -> usize {
        self.out.len()
    }

    pub(crate) fn incoming(&self) -> usize {
        self.incoming.len()
    }

    /// Whether one more request to this peer keeps the bounds.
    pub(crate) fn may_ask(&self, peer: &PeerId) -> bool {
        let same = self.out.values().filter(|(_, other)| other == peer).count();
        self.out.len() < MAX_REQUESTS_OUT && same < self.bounds.outgoing_per_peer
    }

    pub(crate) fn asked(&mut self, id: OutboundRequestId, ticket: u64, peer: PeerId) {
        self.out.insert(id, (ticket, peer));
    }

    /// The ticket of a request of ours that ended.
    pub(crate) fn ended(&mut self, id: &OutboundRequestId) -> Option<u64> {
        self.out.remove(id).map(|(ticket, _)| ticket)
    }

    /// A ticket for a request of a peer. `None` when it or all peers together have too many
    /// open; dropping the channel tells the peer.
    pub(crate) fn admit(
        &mut self,
        id: InboundRequestId,
        peer: PeerId,
        channel: ResponseChannel<Vec<u8>>,
    ) -> Option<RequestTicket> {
        let same = self.incoming.values().filter(|r| r.peer == peer).count();
        if self.incoming.len() >= MAX_REQUESTS_IN || same >= self.bounds.incoming_per_peer {
            return None;
        }
        let ticket = RequestTicket(self.next);
        self.next += 1;
        self.tickets.insert(id, ticket);
        self.incoming.insert(
            ticket,
            Incoming {
                peer,
                id,
                channel: Some(channel),
            },
        );
        Some(ticket)
    }

    /// The way back for an answer, once.
    pub(crate) fn channel(&mut self, ticket: RequestTicket) -> Option<ResponseChannel<Vec<u8>>> {
        self.incoming.get_mut(&ticket)?.channel.take()
    }

    /// Forgets a request of a peer.
    pub(crate) fn forget(&mut self, ticket: RequestTicket) {
        if let Some(incoming) = self.incoming.remove(&ticket) {
            self.tickets.remove(&incoming.id);
        }
    }

    /// The ticket of a request of a peer that ended. The flag says whether it had an answer
    /// on its way.
    pub(crate) fn settled(&mut self, id: &InboundRequestId) -> Option<(RequestTicket, bool)> {
        let ticket = self.tickets.remove(id)?;
        let incoming = self.incoming.remove(&ticket)?;
        Some((ticket, incoming.channel.is_none()))
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;

    fn id(n: u8) -> MessageId {
        MessageId::from(vec![n])
    }

    #[test]
    fn a_message_is_judged_once() {
        let mut unjudged = Unjudged::default();
        let (peer, now) = (PeerId::random(), Instant::now());
        let ticket = unjudged.admit(id(1), peer, now).unwrap();
        assert_eq!(unjudged.take(ticket), Some((id(1), peer)));
        assert_eq!(unjudged.take(ticket), None);
        assert_eq!(unjudged.overdue(now + 2 * JUDGE_WITHIN), None);
    }

    #[test]
    fn an_unjudged_message_runs_out_once() {
        let mut unjudged = Unjudged::default();
        let (peer, now) = (PeerId::random(), Instant::now());
        let ticket = unjudged.admit(id(1), peer, now).unwrap();
        unjudged.admit(id(2), peer, now + JUDGE_WITHIN).unwrap();
        assert_eq!(unjudged.poll_timeout(), Some(now + JUDGE_WITHIN));
        assert_eq!(
            unjudged.overdue(now + JUDGE_WITHIN - Duration::from_millis(1)),
            None
        );
        let late = now + JUDGE_WITHIN;
        assert_eq!(unjudged.overdue(late), Some((id(1), peer)));
        assert_eq!(unjudged.overdue(late), None, "the second has time left");
        assert_eq!(unjudged.take(ticket), None, "too late to judge");
    }

    #[test]
    fn the_bound_holds() {
        let mut unjudged = Unjudged::default();
        let (peer, now) = (PeerId::random(), Instant::now());
        let first = unjudged.admit(id(0), peer, now).unwrap();
        for _ in 1..MAX_UNJUDGED {
            assert!(unjudged.admit(id(1), peer, now).is_some());
        }
        assert!(unjudged.admit(id(2), peer, now).is_none());
        unjudged.take(first);
        assert!(unjudged.admit(id(2), peer, now).is_some());
    }
}
