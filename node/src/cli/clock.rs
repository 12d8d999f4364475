//! What this machine's clock says, and whether it can be right. A day is a claim in what is signed, never a reason for a verdict.

use indaba_protocol::Day;

/// Seconds since 1970 when this version was made, roughly: a clock before it is certainly wrong (2026-01-01).
const NOT_BEFORE: i64 = 1_767_225_600;

/// Seconds after which a clock is more likely wrong than this program still in use: ten years later.
const NOT_AFTER: i64 = NOT_BEFORE + 10 * 366 * 86_400;

/// Seconds since 1970.
pub(super) fn seconds() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// Whether the clock can be right.
pub(super) fn plausible(seconds: i64) -> bool {
    (NOT_BEFORE..NOT_AFTER).contains(&seconds)
}

/// The day it is here now, as `YYYY-MM-DD`: what a person would write on a letter.
pub(super) fn today() -> String {
    jiff::ZonedDateTime::now().date().to_string()
}

/// Today, everywhere the same: what a machine signs.
pub(crate) fn day() -> Day {
    // A clock beyond the calendar claims its last day; `indaba doctor` names it.
    Day::from_number(seconds().div_euclid(86_400)).unwrap_or(Day::LAST)
}

/// What to say about a clock that cannot be right; none when it can.
pub(super) fn doubt() -> Option<String> {
    (!plausible(seconds())).then(|| {
        format!(
            "this machine's clock says {}, which cannot be right",
            today()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_lost_its_battery_is_noticed() {
        assert!(!plausible(0) && !plausible(i64::MAX) && !plausible(-1));
        assert!(plausible(NOT_BEFORE) && plausible(NOT_AFTER - 1));
    }
}
