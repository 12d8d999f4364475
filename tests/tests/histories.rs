//! What is shown of a record does not depend on the order in which statements arrive: random histories in random orders.
//!
//! `INDABA_HISTORIES` sets how many histories, `INDABA_HISTORIES_FROM` the first.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a test stops where something is not as it should be, and nothing uses it"
)]

/// Much of what a history costs is small pieces of memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use indaba_tests::environment;
use indaba_tests::histories::{Counts, Difference, DoorFlaw, Flaw, History};

/// Threads that histories are spread over.
const THREADS: usize = 2;
/// Histories of a normal run.
const HISTORIES: u64 = 100_000;
/// How many times as many a full run takes.
const FULL: u64 = 5;
/// Failing histories after which no more are tried, and of how many a short form is looked for.
const FAILURES: usize = 12;
const SHRUNK: usize = 3;
/// So many histories meet everything that is counted.
const ENOUGH: u64 = 1_000;

fn first() -> u64 {
    environment::number("INDABA_HISTORIES_FROM").unwrap_or(0)
}

fn count(default: u64) -> u64 {
    let full = environment::is_full();
    let default = if full { default * FULL } else { default };
    environment::number("INDABA_HISTORIES").unwrap_or(default)
}

/// Checks histories on all threads; the sum of what they exercised, or the first that failed, shrunk.
fn check_all(
    test: &str,
    histories: u64,
    by_a_node: bool,
    check: impl Fn(&History) -> Result<Counts, Difference> + Sync,
) -> Counts {
    let (first, end) = (first(), first() + histories);
    let next = AtomicU64::new(first);
    let stop = AtomicBool::new(false);
    let (sum, failed) = (
        Mutex::new(Counts::default()),
        Mutex::new(Vec::<(History, Difference)>::new()),
    );
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let mut mine = Counts::default();
                while !stop.load(Ordering::Relaxed) {
                    let taken = next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |from| {
                        (from < end).then(|| History::end_of_world(from).min(end))
                    });
                    let Ok(from) = taken else { break };
                    for history in History::together(from, end) {
                        match check(&history) {
                            Ok(counts) => mine.add(&counts),
                            Err(difference) => {
                                let mut failed = failed.lock().unwrap();
                                failed.push((history, difference));
                                stop.store(failed.len() >= FAILURES, Ordering::Relaxed);
                            }
                        }
                    }
                }
                sum.lock().unwrap().add(&mine);
            });
        }
    });
    let mut failed = failed.into_inner().unwrap();
    failed.sort_by_key(|(history, _)| history.number);
    if !failed.is_empty() {
        let mut told = String::new();
        for (history, _) in failed.iter().take(SHRUNK) {
            let number = history.number;
            let shrunk = match history.shrink(|history| check(history).err()) {
                Some(shrunk) => shrunk.to_string(),
                None => "it failed once and not again\n".to_owned(),
            };
            told.push_str(&format!(
                "\n{shrunk}again: INDABA_HISTORIES_FROM={number} INDABA_HISTORIES=1 cargo test -p indaba-tests --test histories {test}\n"
            ));
        }
        for (history, difference) in &failed {
            let what: String = difference.what.chars().take(300).collect();
            let what = what.replace('\n', " ");
            told.push_str(&format!("history {}: {what}\n", history.number));
        }
        panic!("histories fail:\n{told}");
    }
    let sum = sum.into_inner().unwrap();
    let took = began.elapsed().as_secs_f64();
    let mut summary = format!("\n{test}: {histories} histories in {took:.1} s, exercised\n");
    for (words, count, _) in sum.all() {
        summary.push_str(&format!("{count:>9} {words}\n"));
    }
    // Past the test runner, which keeps what a passing test prints: a reader of the log sees what was tried.
    std::io::stderr().write_all(summary.as_bytes()).unwrap();
    if histories >= ENOUGH {
        for (words, count, of_a_node) in sum.all() {
            let met = count > 0 || (of_a_node && !by_a_node);
            assert!(met, "no history exercised: {words}");
        }
    }
    sum
}

#[test]
fn verdicts_are_the_same_in_every_order() {
    let histories = count(HISTORIES);
    let counts = check_all(
        "verdicts_are_the_same_in_every_order",
        histories,
        false,
        |history| history.check(None),
    );
    assert!(counts.orders >= 4 * histories);
}

/// Histories of a normal run that go through the door of a node.
const THROUGH_THE_DOOR: u64 = 1_500;

#[test]
fn a_node_shows_the_same_in_every_order() {
    let histories = count(THROUGH_THE_DOOR);
    check_all(
        "a_node_shows_the_same_in_every_order",
        histories,
        true,
        |history| history.check_doorway(None),
    );
}

/// Histories within which a reader that is wrong on purpose must be caught.
const CAUGHT_WITHIN: u64 = 500;

#[test]
fn control_a_reader_for_whom_order_decides_is_caught() {
    for flaw in Flaw::ALL {
        let caught = (0..CAUGHT_WITHIN)
            .step_by(10)
            .flat_map(|from| History::together(from, CAUGHT_WITHIN))
            .find(|history| history.check(Some(flaw)).is_err());
        let caught = caught.unwrap_or_else(|| panic!("{flaw:?} is not noticed"));
        // What is reported can be read: a few statements, not the whole history.
        let shrunk = caught.shrink(|h| h.check(Some(flaw)).err()).unwrap();
        assert!(shrunk.history.check(None).is_ok(), "{shrunk}");
        assert!(shrunk.history.len() <= 9, "{flaw:?}: {shrunk}");
    }
}

#[test]
fn control_a_node_that_loses_something_is_caught() {
    for flaw in DoorFlaw::ALL {
        let mut histories = (0..CAUGHT_WITHIN)
            .step_by(10)
            .flat_map(|from| History::together(from, from + 1));
        let caught = histories.any(|history| history.check_doorway(Some(flaw)).is_err());
        assert!(caught, "{flaw:?} is not noticed");
    }
}
