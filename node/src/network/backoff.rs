//! Waiting longer after each failure.

use std::time::Duration;

use rand::{Rng, RngExt};

/// The first wait.
pub(crate) const FIRST: Duration = Duration::from_secs(1);

/// The longest wait: a peer that is back is found within four minutes, and a network that was
/// divided for longer is one again before nodes compare the next time.
pub(crate) const LONGEST: Duration = Duration::from_secs(240);

/// The wait after so many failures in a row: doubling from one second to four minutes, then
/// varied by a quarter either way, so that peers of a hub that went down do not all return in
/// the same second.
pub(crate) fn wait(failures: u32, rng: &mut impl Rng) -> Duration {
    let doubled = FIRST.saturating_mul(1u32 << failures.saturating_sub(1).min(10));
    doubled
        .mul_f64(rng.random_range(0.75..1.25))
        .clamp(FIRST, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    #[test]
    fn waits_grow_and_stay_bounded() {
        let mut rng = StdRng::seed_from_u64(7);
        for failures in 0..200 {
            let wait = wait(failures, &mut rng);
            assert!((FIRST..=LONGEST).contains(&wait), "{failures}: {wait:?}");
        }
        assert!(wait(5, &mut rng) >= Duration::from_secs(12));
        assert!(wait(50, &mut rng) >= Duration::from_secs(180));
    }

    #[test]
    fn waits_differ_between_nodes() {
        let mut one = StdRng::seed_from_u64(1);
        let mut two = StdRng::seed_from_u64(2);
        assert_ne!(wait(6, &mut one), wait(6, &mut two));
    }
}
