//! The conduct of peers: offences add up, fade with time, and end in a ban.
//!
//! Who is at fault is decided elsewhere; here is only the sum. Time is passed in.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use libp2p::PeerId;

use super::boundary::Offence;

/// How long a peer is refused. Long enough to outlast a campaign of an afternoon, short enough
/// that a repaired node is back the next morning.
pub const BAN: Duration = Duration::from_secs(12 * 60 * 60);

/// Points at which a peer is banned: the third provably invalid message within the hour.
const LIMIT: f64 = 10.0;

/// Points halve in this time, so that a fault a week does not add up.
const HALF_LIFE: Duration = Duration::from_secs(60 * 60);

/// How often faded points are told to gossip.
const REFRESH: Duration = Duration::from_secs(60);

/// Points below this are forgiven.
const FORGIVEN: f64 = 0.1;

/// Most peers with points. When full, the one with the fewest makes room.
const MAX_MARKED: usize = 1024;

/// Most peers blocked or banned. When full, the ban that ends first makes room; blocks by
/// the operator stay.
const MAX_BLOCKED: usize = 4096;

fn points(offence: Offence) -> f64 {
    match offence {
        Offence::Nuisance => 1.0,
        Offence::Invalid => 4.0,
        Offence::Hostile => LIMIT,
    }
}

/// What follows from an offence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Consequence {
    /// The peer has so many points now.
    Points(f64),
    /// It is banned. The peer named, if any, has its ban lifted to make room.
    Banned { lifted: Option<PeerId> },
}

/// The bound on blocked peers is reached.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// The sums.
#[derive(Debug, Default)]
pub(crate) struct Conduct {
    marks: HashMap<PeerId, (f64, Instant)>,
    /// Until when; `None` until unblocked.
    blocked: HashMap<PeerId, Option<Instant>>,
    /// When to look at the points again; none without points.
    refresh: Option<Instant>,
}

impl Conduct {
    /// How many peers are blocked or banned.
    pub(crate) fn blocked(&self) -> usize {
        self.blocked.len()
    }

    /// Adds an offence.
    pub(crate) fn penalise(&mut self, peer: PeerId, offence: Offence, now: Instant) -> Consequence {
        let old = self.marks.get(&peer).map_or(0.0, |(points, since)| {
            fade(*points, now.duration_since(*since))
        });
        let sum = old + points(offence);
        if sum < LIMIT {
            if self.marks.len() >= MAX_MARKED && !self.marks.contains_key(&peer) {
                self.drop_least(now);
            }
            self.marks.insert(peer, (sum, now));
            self.refresh.get_or_insert(now + REFRESH);
            return Consequence::Points(sum);
        }
        self.marks.remove(&peer);
        // An operator's block outlasts any ban.
        if self.blocked.contains_key(&peer) {
            return Consequence::Banned { lifted: None };
        }
        let lifted = (self.blocked.len() >= MAX_BLOCKED)
            .then(|| self.lift_soonest())
            .flatten();
        self.blocked.insert(peer, Some(now + BAN));
        Consequence::Banned { lifted }
    }

    /// Blocks until further notice.
    pub(crate) fn block(&mut self, peer: PeerId) -> Result<(), Full> {
        if self.blocked.len() >= MAX_BLOCKED && !self.blocked.contains_key(&peer) {
            return Err(Full);
        }
        self.blocked.insert(peer, None);
        Ok(())
    }

    /// Lifts a block or ban and forgets the points.
    pub(crate) fn unblock(&mut self, peer: &PeerId) {
        self.blocked.remove(peer);
        self.marks.remove(peer);
    }

    /// The bans that are over; they are lifted with this call.
    pub(crate) fn poll(&mut self, now: Instant) -> Vec<PeerId> {
        let over: Vec<PeerId> = self
            .blocked
            .iter()
            .filter(|(_, until)| until.is_some_and(|until| until <= now))
            .map(|(peer, _)| *peer)
            .collect();
        for peer in &over {
            self.blocked.remove(peer);
        }
        over
    }

    /// The points of all peers that have any, once a minute; whoever is forgiven is named a
    /// last time, with none.
    pub(crate) fn poll_points(&mut self, now: Instant) -> Vec<(PeerId, f64)> {
        if self.refresh.is_none_or(|due| due > now) {
            return Vec::new();
        }
        let mut faded = Vec::with_capacity(self.marks.len());
        self.marks.retain(|peer, (points, since)| {
            *points = fade(*points, now.duration_since(*since));
            *since = now;
            if *points < FORGIVEN {
                *points = 0.0;
            }
            faded.push((*peer, *points));
            *points > 0.0
        });
        self.refresh = (!self.marks.is_empty()).then(|| now + REFRESH);
        faded
    }

    /// When the next ban ends, or points are due.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let ban = self.blocked.values().flatten().min().copied();
        [ban, self.refresh].into_iter().flatten().min()
    }

    fn drop_least(&mut self, now: Instant) {
        let least = self
            .marks
            .iter()
            .map(|(peer, (points, since))| (fade(*points, now.duration_since(*since)), *peer))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, peer)) = least {
            self.marks.remove(&peer);
        }
    }

    fn lift_soonest(&mut self) -> Option<PeerId> {
        let (_, peer) = self
            .blocked
            .iter()
            .filter_map(|(peer, until)| until.map(|until| (until, *peer)))
            .min()?;
        self.blocked.remove(&peer);
        Some(peer)
    }
}

fn fade(points: f64, age: Duration) -> f64 {
    points * 0.5f64.powf(age.as_secs_f64() / HALF_LIFE.as_secs_f64())
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;

    #[test]
    fn the_third_invalid_message_bans() {
        let mut conduct = Conduct::default();
        let (peer, now) = (PeerId::random(), Instant::now());
        for _ in 0..2 {
            let consequence = conduct.penalise(peer, Offence::Invalid, now);
            assert!(matches!(consequence, Consequence::Points(_)));
        }
        assert_eq!(
            conduct.penalise(peer, Offence::Invalid, now),
            Consequence::Banned { lifted: None }
        );
        // The points that led here are gone; one more look finds none.
        assert!(conduct.poll_points(now + REFRESH).is_empty());
        assert_eq!(conduct.poll_timeout(), Some(now + BAN));
        assert!(conduct.poll(now + BAN - Duration::from_secs(1)).is_empty());
        assert_eq!(conduct.poll(now + BAN), [peer]);
        assert_eq!(conduct.blocked(), 0);
    }

    #[test]
    fn rare_faults_fade() {
        let mut conduct = Conduct::default();
        let (peer, mut now) = (PeerId::random(), Instant::now());
        for _ in 0..100 {
            let consequence = conduct.penalise(peer, Offence::Invalid, now);
            assert!(matches!(consequence, Consequence::Points(p) if p < LIMIT));
            now += HALF_LIFE;
        }
    }

    #[test]
    fn fading_points_are_told_until_they_are_forgiven() {
        let mut conduct = Conduct::default();
        let (peer, mut now) = (PeerId::random(), Instant::now());
        conduct.penalise(peer, Offence::Nuisance, now);
        let mut told = vec![1.0];
        while let Some(due) = conduct.poll_timeout() {
            now = due;
            for (named, points) in conduct.poll_points(now) {
                assert_eq!(named, peer);
                assert!(points < told[told.len() - 1]);
                told.push(points);
            }
        }
        assert_eq!(told.last(), Some(&0.0));
        assert!(told.len() > 100 && told.len() < 400, "{}", told.len());
        assert!(conduct.marks.is_empty());
    }

    #[test]
    fn hostility_bans_at_once_and_a_block_outlasts_it() {
        let mut conduct = Conduct::default();
        let (peer, now) = (PeerId::random(), Instant::now());
        conduct.block(peer).unwrap();
        conduct.penalise(peer, Offence::Hostile, now);
        assert!(conduct.poll(now + 2 * BAN).is_empty());
        conduct.unblock(&peer);
        assert_eq!(conduct.blocked(), 0);
    }

    #[test]
    fn both_lists_are_bounded() {
        let mut conduct = Conduct::default();
        let now = Instant::now();
        for _ in 0..MAX_MARKED + 10 {
            conduct.penalise(PeerId::random(), Offence::Nuisance, now);
        }
        assert_eq!(conduct.marks.len(), MAX_MARKED);
        let first = PeerId::random();
        conduct.penalise(first, Offence::Hostile, now);
        let later = now + Duration::from_secs(1);
        for _ in 1..MAX_BLOCKED {
            conduct.penalise(PeerId::random(), Offence::Hostile, later);
        }
        assert_eq!(conduct.block(PeerId::random()), Err(Full));
        let consequence = conduct.penalise(PeerId::random(), Offence::Hostile, later);
        assert_eq!(
            consequence,
            Consequence::Banned {
                lifted: Some(first)
            }
        );
        assert_eq!(conduct.blocked(), MAX_BLOCKED);
    }
}
