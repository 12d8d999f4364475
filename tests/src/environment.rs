//! What a run of the tests is told by its environment.

/// A number that a variable says; none when it is not set or is no number.
#[must_use]
pub fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// Whether the run is a full one: `tests/run --full`.
#[must_use]
pub fn is_full() -> bool {
    number("INDABA_TEST_FULL").unwrap_or(0) > 0
}
