//! Keeping reservations at relays.
//!
//! libp2p does not renew a lost reservation: the listener closes, and that is all. Here it is
//! asked for again, ever more slowly. Time is passed in.

use std::time::Instant;

use libp2p::core::transport::ListenerId;
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::backoff;
use super::settings::KnownPeer;

#[derive(Debug)]
struct Reservation {
    relay: PeerId,
    address: Multiaddr,
    listener: Option<ListenerId>,
    failures: u32,
    not_before: Instant,
}

/// The reservations this node wants.
#[derive(Debug)]
pub(crate) struct Reservations {
    wanted: Vec<Reservation>,
    rng: StdRng,
}

impl Reservations {
    pub(crate) fn new(relays: &[KnownPeer], now: Instant, seed: u64) -> Self {
        let wanted = relays
            .iter()
            .filter_map(|relay| {
                let address = relay.addresses.first()?.clone();
                Some(Reservation {
                    relay: relay.peer,
                    address: address
                        .with(Protocol::P2p(relay.peer))
                        .with(Protocol::P2pCircuit),
                    listener: None,
                    failures: 0,
                    not_before: now,
                })
            })
            .collect();
        Self {
            wanted,
            rng: StdRng::seed_from_u64(seed),
        }
    }

    /// The next address to listen on now, with its place for [`Reservations::opened`]. Only
    /// relays that are connected: dialling is the business of the keeper.
    pub(crate) fn poll(
        &mut self,
        now: Instant,
        connected: impl Fn(&PeerId) -> bool,
    ) -> Option<(usize, Multiaddr)> {
        self.wanted
            .iter()
            .enumerate()
            .find(|(_, r)| r.listener.is_none() && r.not_before <= now && connected(&r.relay))
            .map(|(place, r)| (place, r.address.clone()))
    }

    /// When to poll again at the latest; relays that are not connected wait for that.
    pub(crate) fn poll_timeout(&self, connected: impl Fn(&PeerId) -> bool) -> Option<Instant> {
        self.wanted
            .iter()
            .filter(|r| r.listener.is_none() && connected(&r.relay))
            .map(|r| r.not_before)
            .min()
    }

    /// The listener for this place, or that there is none.
    pub(crate) fn opened(&mut self, place: usize, listener: Option<ListenerId>, now: Instant) {
        if let Some(reservation) = self.wanted.get_mut(place) {
            reservation.listener = listener;
            if listener.is_none() {
                reservation.fail(now, &mut self.rng);
            }
        }
    }

    /// The relay accepted.
    pub(crate) fn accepted(&mut self, relay: &PeerId) {
        for reservation in self.wanted.iter_mut().filter(|r| r.relay == *relay) {
            reservation.failures = 0;
        }
    }

    /// A listener closed; if it was a reservation it is due again after a wait.
    pub(crate) fn closed(&mut self, listener: ListenerId, now: Instant) {
        for reservation in &mut self.wanted {
            if reservation.listener == Some(listener) {
                reservation.listener = None;
                reservation.fail(now, &mut self.rng);
            }
        }
    }
}

impl Reservation {
    fn fail(&mut self, now: Instant, rng: &mut StdRng) {
        self.failures = self.failures.saturating_add(1);
        self.not_before = now + backoff::wait(self.failures, rng);
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;
    use crate::network::boundary::Bond;

    #[test]
    fn a_lost_reservation_is_asked_for_again_after_a_wait() {
        let now = Instant::now();
        let relay = KnownPeer {
            peer: PeerId::random(),
            addresses: vec!["/ip4/192.0.2.7/tcp/4711".parse().unwrap()],
            bond: Bond::Always,
        };
        let mut reservations = Reservations::new(std::slice::from_ref(&relay), now, 3);
        assert_eq!(reservations.poll(now, |_| false), None, "not connected");
        let (place, address) = reservations.poll(now, |_| true).unwrap();
        assert!(address.to_string().ends_with("/p2p-circuit"));
        let listener = ListenerId::next();
        reservations.opened(place, Some(listener), now);
        assert_eq!(reservations.poll(now, |_| true), None, "one is enough");
        reservations.accepted(&relay.peer);
        reservations.closed(listener, now);
        assert_eq!(reservations.poll(now, |_| true), None, "not at once");
        let due = reservations.poll_timeout(|_| true).unwrap();
        assert!(due > now);
        assert!(reservations.poll(due, |_| true).is_some());
    }
}
