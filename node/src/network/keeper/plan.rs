//! What the keeper wants done: ends of doubles and visits, greetings, trimming, dialling, a look round.

use std::cmp::Reverse;
use std::time::{Duration, Instant};

use libp2p::PeerId;
use libp2p::swarm::ConnectionId;
use rand::RngExt;
use rand::seq::IteratorRandom;

use super::{Action, Keeper, Known, Link, choice};
use crate::network::boundary::Bond;

/// How long a connection may stay that is over the number. A newcomer learns in this time where
/// others are, and catches up with what one answer holds; trimmed at once it would stay alone in
/// a network where everybody is at the number. Until then the hard limits hold.
pub(super) const VISIT: Duration = Duration::from_secs(15);

/// How often a node with peers enough looks at one it is not connected with. What two halves of a
/// network hold apart comes together by such visits when each half has peers enough of its own.
pub(super) const ROUND: Duration = Duration::from_secs(30 * 60);

impl Keeper {
    /// What to do now. `in_mesh` says which peers carry gossip; they are trimmed last.
    pub(crate) fn poll(&mut self, now: Instant, in_mesh: impl Fn(&PeerId) -> bool) -> Vec<Action> {
        let mut actions = Vec::new();
        for peer in self.with_several() {
            self.end_doubles(&peer, now);
        }
        for id in std::mem::take(&mut self.doomed) {
            self.close(id, &mut actions);
        }
        self.end_visits(now, &mut actions);
        self.trim(now, in_mesh, &mut actions);
        self.dial(now, &mut actions);
        self.look_round(now, &mut actions);
        self.greet(now, &mut actions);
        actions
    }

    /// When to poll again at the latest, if nothing happens before.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let visit_ends = self
            .links()
            .filter(|(_, link)| self.visits.contains(&link.id) && !self.closing.contains(&link.id))
            .map(|(_, link)| link.since + VISIT)
            .min();
        // A dial that waits for a free place is woken by the end of another one.
        let dial = (self.dialling() < self.dials)
            .then(|| {
                let room = Room::of(self);
                self.known
                    .iter()
                    .filter(|(peer, known)| self.wanted(peer, known, &room))
                    .map(|(_, known)| known.not_before)
                    .min()
            })
            .flatten();
        let doubles = self
            .with_several()
            .iter()
            .filter_map(|peer| choice::left_until(&self.open_links(peer)))
            .min();
        let greeting = self.greetings.values().min().copied();
        [
            visit_ends,
            self.next_trim,
            dial,
            self.next_round,
            doubles,
            greeting,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Peers with several connections.
    fn with_several(&self) -> Vec<PeerId> {
        let several = self.links.iter().filter(|(_, links)| links.len() > 1);
        several.map(|(peer, _)| *peer).collect()
    }

    /// Greets whom it is time to greet and who is still there.
    fn greet(&mut self, now: Instant, actions: &mut Vec<Action>) {
        let due = self.greetings.extract_if(|_, due| *due <= now);
        let due: Vec<PeerId> = due.map(|(peer, _)| peer).collect();
        for peer in due {
            if let Some(left) = self.open_links(&peer).first() {
                actions.push(Action::Greet { peer, on: left.id });
            }
        }
    }

    fn close(&mut self, id: ConnectionId, actions: &mut Vec<Action>) {
        if self.closing.insert(id) {
            actions.push(Action::Close(id));
        }
    }

    fn wanted(&self, peer: &PeerId, known: &Known, room: &Room) -> bool {
        !known.dialling
            && !known.addresses.is_empty()
            && !self.links.contains_key(peer)
            && match known.bond {
                Bond::Always => true,
                Bond::Pinned => room.pinned > 0,
                Bond::Loose => room.any > 0 && (self.short || !known.discovered),
            }
    }

    /// Ends visits that had their time while there are peers enough; those that found room stay.
    fn end_visits(&mut self, now: Instant, actions: &mut Vec<Action>) {
        let mut over: Vec<(Instant, ConnectionId)> = self
            .links()
            .filter(|(_, link)| self.visits.contains(&link.id) && link.since + VISIT <= now)
            .map(|(_, link)| (link.since, link.id))
            .collect();
        over.sort_unstable();
        let mut surplus = self.open_peers().saturating_sub(self.targets.target);
        while let Some((_, id)) = over.pop() {
            self.visits.remove(&id);
            if surplus > 0 {
                surplus -= 1;
                self.close(id, actions);
            }
        }
    }

    /// Peers that may be trimmed, each with its oldest connection. Pinned ones may when there
    /// are more than `high` of them.
    fn trimmable(&self) -> impl Iterator<Item = (PeerId, &Link)> {
        let pinned = self
            .links
            .iter()
            .filter(|(peer, links)| self.bond(peer) > Bond::Loose && self.is_open(links))
            .count();
        let most = if pinned > self.targets.high {
            Bond::Pinned
        } else {
            Bond::Loose
        };
        self.links
            .iter()
            .filter(move |(peer, _)| self.bond(peer) <= most)
            .filter_map(|(peer, links)| {
                let open = links.iter().filter(|link| !self.closing.contains(&link.id));
                Some((*peer, open.min_by_key(|link| link.since)?))
            })
    }

    fn trim(&mut self, now: Instant, in_mesh: impl Fn(&PeerId) -> bool, actions: &mut Vec<Action>) {
        self.next_trim = None;
        let open = self.open_peers();
        if open <= self.targets.high {
            return;
        }
        // Newcomers are not trimmed, and count for nothing: they displace nobody.
        let waiting: Vec<Instant> = self
            .trimmable()
            .map(|(_, oldest)| oldest.since + VISIT)
            .filter(|until| *until > now)
            .collect();
        self.next_trim = waiting.iter().min().copied();
        let surplus = (open - waiting.len()).saturating_sub(self.targets.high);
        let mut candidates: Vec<(choice::TrimOrder, PeerId)> = self
            .trimmable()
            .filter(|(_, oldest)| oldest.since + VISIT <= now)
            .map(|(peer, oldest)| {
                let added = self.known.get(&peer).is_some_and(|known| !known.discovered);
                let order = choice::trim_order(oldest, self.bond(&peer), added, in_mesh(&peer));
                (order, peer)
            })
            .collect();
        candidates.sort_unstable();
        for (_, peer) in candidates.into_iter().take(surplus) {
            let ids: Vec<ConnectionId> = self
                .links
                .get(&peer)
                .map(|links| links.iter().map(|link| link.id).collect())
                .unwrap_or_default();
            for id in ids {
                self.close(id, actions);
            }
        }
    }

    fn dial(&mut self, now: Instant, actions: &mut Vec<Action>) {
        let open = self.open_peers();
        if open < self.targets.low {
            self.short = true;
        } else if open >= self.targets.target {
            self.short = false;
        }
        let mut room = Room::of(self);
        let mut due: Vec<_> = self
            .known
            .iter()
            .filter(|(peer, known)| known.not_before <= now && self.wanted(peer, known, &room))
            .map(|(peer, known)| {
                let order = (
                    Reverse(known.bond),
                    known.discovered,
                    known.failures,
                    known.lot,
                );
                (order, *peer)
            })
            .collect();
        due.sort_unstable();
        for (_, peer) in due {
            if self.dialling() >= self.dials {
                return;
            }
            let still = self
                .known
                .get(&peer)
                .is_some_and(|known| self.wanted(&peer, known, &room));
            if still {
                self.begin_dial(peer, false, actions);
                room = Room::of(self);
            }
        }
    }

    /// Now and then, a look at a known peer that is not connected because there are enough.
    fn look_round(&mut self, now: Instant, actions: &mut Vec<Action>) {
        if self.next_round.is_some_and(|due| due > now) {
            return;
        }
        let first = self.next_round.is_none();
        self.next_round = Some(now + ROUND.mul_f64(self.rng.random_range(0.75..1.25)));
        if first || self.dialling() >= self.dials {
            return;
        }
        let apart: Vec<PeerId> = self
            .known
            .iter()
            .filter(|(peer, known)| {
                !known.dialling
                    && !known.addresses.is_empty()
                    && known.not_before <= now
                    && !self.links.contains_key(peer)
            })
            .map(|(peer, _)| *peer)
            .collect();
        if let Some(peer) = apart.into_iter().choose(&mut self.rng) {
            self.begin_dial(peer, true, actions);
        }
    }

    fn begin_dial(&mut self, peer: PeerId, visiting: bool, actions: &mut Vec<Action>) {
        if let Some(known) = self.known.get_mut(&peer) {
            known.dialling = true;
            known.visiting = visiting;
            actions.push(Action::Dial {
                peer,
                addresses: known.addresses.clone(),
            });
        }
    }
}

/// How many more peers may be dialled.
struct Room {
    /// In all.
    any: usize,
    /// Of the pinned ones: strangers who called do not take their room.
    pinned: usize,
}

impl Room {
    fn of(keeper: &Keeper) -> Self {
        let pinned = keeper
            .known
            .iter()
            .filter(|(peer, known)| {
                known.bond > Bond::Loose
                    && (known.dialling
                        || keeper
                            .links
                            .get(*peer)
                            .is_some_and(|links| keeper.is_open(links)))
            })
            .count();
        let taken = keeper.open_peers() + keeper.dialling();
        Self {
            any: keeper.targets.target.saturating_sub(taken),
            pinned: keeper.targets.target.saturating_sub(pinned),
        }
    }
}
