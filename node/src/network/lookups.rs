//! When to look for peers by Kademlia: only while there are fewer than wanted, and less and less often.

use std::time::{Duration, Instant};

use libp2p::StreamProtocol;
use rand::{Rng, RngExt};

/// The first wait. Entering a table that was empty makes Kademlia look by itself, so nothing is missed before; and a node that was told of one
/// peer only, which knew nobody yet, should not wait half an hour to ask again.
pub(crate) const FIRST: Duration = Duration::from_secs(30);

/// Looking for peers by Kademlia.
#[derive(Debug)]
pub(crate) struct Lookups {
    pub(crate) protocol: StreamProtocol,
    longest: Duration,
    wait: Duration,
    due: Option<Instant>,
}

impl Lookups {
    /// Waits from half a minute on, doubling up to `longest`, which is varied by a tenth so that nodes do not march in step.
    pub(crate) fn new(protocol: StreamProtocol, longest: Duration, rng: &mut impl Rng) -> Self {
        let longest = longest.mul_f64(rng.random_range(0.9..1.1));
        Self {
            protocol,
            longest,
            wait: FIRST.min(longest),
            due: None,
        }
    }

    /// Whether to look now.
    pub(crate) fn poll(&mut self, short: bool, now: Instant) -> bool {
        if !short {
            self.due = None;
            self.wait = FIRST.min(self.longest);
            return false;
        }
        let due = *self.due.get_or_insert(now + self.wait);
        if now < due {
            return false;
        }
        self.wait = (self.wait * 2).min(self.longest);
        self.due = Some(now + self.wait);
        true
    }

    /// When to poll again.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    const LONGEST: Duration = Duration::from_secs(30 * 60);

    fn lookups() -> Lookups {
        let mut rng = StdRng::seed_from_u64(1);
        Lookups::new(StreamProtocol::new("/example/kad"), LONGEST, &mut rng)
    }

    /// The times of so many lookups, as waits.
    fn waits(lookups: &mut Lookups, mut now: Instant, count: usize) -> Vec<Duration> {
        assert!(!lookups.poll(true, now), "not at once");
        let mut waits = Vec::new();
        for _ in 0..count {
            let due = lookups.poll_timeout().unwrap_or(now);
            waits.push(due - now);
            assert!(!lookups.poll(true, due - Duration::from_millis(1)));
            assert!(lookups.poll(true, due));
            now = due;
        }
        waits
    }

    #[test]
    fn while_peers_are_short_looks_come_after_half_a_minute_and_double() {
        let waits = waits(&mut lookups(), Instant::now(), 12);
        for (number, wait) in waits.iter().take(5).enumerate() {
            assert_eq!(*wait, FIRST * (1 << number));
        }
        let last = waits[11];
        assert!((LONGEST.mul_f64(0.9)..=LONGEST.mul_f64(1.1)).contains(&last));
    }

    #[test]
    fn with_peers_enough_there_is_nothing_to_look_for_and_the_next_shortage_begins_anew() {
        let (mut lookups, now) = (lookups(), Instant::now());
        waits(&mut lookups, now, 8);
        let later = now + LONGEST * 10;
        assert!(!lookups.poll(false, later));
        assert_eq!(lookups.poll_timeout(), None);
        assert_eq!(waits(&mut lookups, later, 1), [FIRST]);
    }
}
