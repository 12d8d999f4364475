//! A token bucket: so many at once, so many a second after that.

use super::boundary::Moment;

/// The bucket of one peer.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    burst: u64,
    per_second: u64,
    /// Thousandths of a token, so that one millisecond adds a whole number.
    level: u64,
    since: u64,
}

impl Bucket {
    /// A full bucket.
    pub(super) fn new(burst: u32, per_second: u32, now: Moment) -> Bucket {
        let burst = u64::from(burst);
        Bucket {
            burst,
            per_second: u64::from(per_second),
            level: burst * 1_000,
            since: now.monotonic,
        }
    }

    /// Takes one token, or says that there is none.
    pub(super) fn take(&mut self, now: Moment) -> bool {
        let passed = now.monotonic.saturating_sub(self.since);
        self.since = self.since.max(now.monotonic);
        self.level = self
            .level
            .saturating_add(passed.saturating_mul(self.per_second))
            .min(self.burst * 1_000);
        if self.level < 1_000 {
            return false;
        }
        self.level -= 1_000;
        true
    }

    /// Takes so many tokens after the fact, as far as there are any.
    pub(super) fn charge(&mut self, tokens: usize) {
        self.level = self.level.saturating_sub(tokens as u64 * 1_000);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(monotonic: u64) -> Moment {
        Moment { monotonic, wall: 0 }
    }

    #[test]
    fn a_burst_then_the_rate() {
        let mut bucket = Bucket::new(3, 2, at(0));
        assert_eq!((0..5).filter(|_| bucket.take(at(0))).count(), 3);
        assert!(!bucket.take(at(499)));
        assert!(bucket.take(at(500)));
        assert!(!bucket.take(at(501)));
    }

    #[test]
    fn a_clock_that_steps_back_gives_nothing_away() {
        let mut bucket = Bucket::new(1, 1, at(10_000));
        assert!(bucket.take(at(10_000)));
        assert!(!bucket.take(at(0)));
        assert!(!bucket.take(at(10_500)));
    }
}
