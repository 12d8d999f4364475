//! How long a draft has waited, whatever the wall clock says.
//!
//! As for erasures, a wall clock may be wrong by years, and then nothing may go out early. So waiting counts time *lived through*: the
//! monotonic clock while the node runs. What the wall clock claims for a stop, a sleep or a correction counts too, but at most a day each
//! and only what goes beyond the latest date it ever showed, and of all such claims together the first day counts nothing. A single
//! jump, of whatever size, therefore gains nothing.

use indaba_store::{Batch, Store, StoreError};
use serde::{Deserialize, Serialize};

use crate::engine::Moment;
use crate::engine::limits;

/// Where the durable part is kept.
const COLUMN: &str = "clearance";
const KEY: &[u8] = b"patience";

/// Time lived through, in two parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lived {
    /// Milliseconds of the monotonic clock.
    sure: u64,
    /// Milliseconds that the wall clock claims for gaps, each within its bound.
    claimed: u64,
}

impl Lived {
    /// Milliseconds that count as waited from one moment to a later one.
    pub(super) fn since(self, then: Lived) -> u64 {
        let sure = self.sure.saturating_sub(then.sure);
        let claimed = self.claimed.saturating_sub(then.claimed);
        sure.saturating_add(claimed.saturating_sub(limits::STOP_COUNTS_AT_MOST))
    }
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Note {
    lived: Lived,
    latest: i64,
}

/// The clock that drafts wait by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    lived: Lived,
    /// The latest date the wall clock ever showed.
    latest: i64,
    /// The monotonic clock when it was last looked at.
    looked: u64,
    /// When it was last noted durably, on the monotonic clock.
    noted: u64,
}

impl Patience {
    pub(super) fn load(now: Moment, store: &Store) -> Result<Patience, StoreError> {
        let note = store.choice(COLUMN, KEY)?;
        let note: Option<Note> = note.and_then(|note| serde_json::from_slice(&note).ok());
        let note = note.unwrap_or(Note {
            lived: Lived::default(),
            latest: now.wall,
        });
        let mut patience = Patience {
            lived: note.lived,
            latest: note.latest,
            looked: now.monotonic,
            noted: now.monotonic,
        };
        patience.pass(now);
        Ok(patience)
    }

    /// Lets time pass up to now.
    pub(super) fn pass(&mut self, now: Moment) -> Lived {
        let ran = now.monotonic.saturating_sub(self.looked);
        self.looked = self.looked.max(now.monotonic);
        self.lived.sure = self.lived.sure.saturating_add(ran);
        let beyond = now.wall.saturating_sub(self.latest).max(0).unsigned_abs();
        self.latest = self.latest.max(now.wall);
        let gap = beyond.saturating_sub(ran);
        // Two clocks that tick apart by a little are no gap.
        if gap >= limits::GAP_AT_LEAST {
            let counts = gap.min(limits::STOP_COUNTS_AT_MOST);
            self.lived.claimed = self.lived.claimed.saturating_add(counts);
        }
        self.lived
    }

    /// Milliseconds since it was last noted durably.
    pub(super) fn unnoted(&self) -> u64 {
        self.looked.saturating_sub(self.noted)
    }

    /// Adds a note to a batch; call it with every batch that something waits by.
    pub(super) fn note(&mut self, batch: &mut Batch) {
        let note = Note {
            lived: self.lived,
            latest: self.latest,
        };
        // Three numbers: there is nothing in it that could not be written.
        batch.choose(COLUMN, KEY, &serde_json::to_vec(&note).unwrap_or_default());
        self.noted = self.looked;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 60 * 60 * 1_000;

    fn begun() -> (Patience, Moment) {
        let now = Moment {
            monotonic: 5_000,
            wall: 1_795_392_000_000,
        };
        let patience = Patience {
            lived: Lived::default(),
            latest: now.wall,
            looked: now.monotonic,
            noted: now.monotonic,
        };
        (patience, now)
    }

    #[test]
    fn a_node_that_runs_waits_exactly_and_small_drift_is_no_gap() {
        let (mut patience, mut now) = begun();
        let then = patience.pass(now);
        for _ in 0..1_000 {
            now = now.after(HOUR);
            now.wall += 3;
            patience.pass(now);
        }
        assert_eq!(patience.pass(now).since(then), 1_000 * HOUR);
    }

    #[test]
    fn a_clock_that_jumps_gains_nothing() {
        for jump in [2 * HOUR, 20 * 24 * HOUR, 20 * 365 * 24 * HOUR] {
            let (mut patience, mut now) = begun();
            let then = patience.pass(now);
            now.wall += jump as i64;
            assert_eq!(patience.pass(now).since(then), 0, "{jump}");
            // Set right, and wrong again: never beyond the latest date it showed.
            for _ in 0..100 {
                now.wall -= jump as i64;
                patience.pass(now);
                now.wall += jump as i64;
                patience.pass(now);
            }
            assert_eq!(patience.pass(now).since(then), 0, "{jump}");
        }
    }

    #[test]
    fn nights_switched_off_count_but_for_the_first_day_of_them() {
        let (mut patience, mut now) = begun();
        let then = patience.pass(now);
        for _ in 0..10 {
            now = now.after(8 * HOUR);
            patience.pass(now);
            now.wall += (16 * HOUR) as i64;
            patience.pass(now);
        }
        // Ten days went by; a day less counts.
        assert_eq!(patience.pass(now).since(then), 9 * 24 * HOUR);
    }
}
