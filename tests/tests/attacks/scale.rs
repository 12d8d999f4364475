//! How large the network of an attack is, how many seeds play it, and both cores for them.

use std::io::Write;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use indaba_tests::environment;

/// Honest nodes of a normal run, and of a full one.
const NODES: u64 = 20;
const MANY_NODES: u64 = 50;
/// The fewest: tests speak of nodes by number, and every institution has three.
const FEWEST: u64 = 15;
/// Institutions of a network: each has as many nodes as the others.
const INSTITUTIONS: u64 = 5;
/// Seeds of a full run.
const MANY_SEEDS: u64 = 1_000;
/// Threads that the seeds of one test are spread over: the cores of the smallest machine that the tests are meant for.
const THREADS: usize = 2;
/// Failing seeds after which a test tries no more.
const FAILURES: usize = 12;

/// Honest nodes of a network; node `n` signs for institution `n % 5`.
pub(crate) fn nodes() -> usize {
    let default = if environment::is_full() {
        MANY_NODES
    } else {
        NODES
    };
    let nodes = environment::number("INDABA_ATTACK_NODES").unwrap_or(default);
    nodes.max(FEWEST).next_multiple_of(INSTITUTIONS) as usize
}

/// Nodes of each institution.
pub(crate) fn nodes_each() -> usize {
    nodes() / INSTITUTIONS as usize
}

/// The first seed: the one that is played where one says enough.
pub(crate) fn first() -> u64 {
    environment::number("INDABA_ATTACK_FROM").unwrap_or(1)
}

/// Plays an attack with every seed, `seeds` of them in a normal run, and says how many it were.
///
/// # Panics
/// When a seed fails, with all that failed and the command that plays each again.
pub(crate) fn with_every_seed<P: Fn(u64) + Sync>(seeds: u64, play: P) {
    let default = if environment::is_full() {
        MANY_SEEDS
    } else {
        seeds
    };
    let end = first() + environment::number("INDABA_ATTACK_SEEDS").unwrap_or(default);
    let most = environment::number("INDABA_ATTACK_SECONDS").map(Duration::from_secs);
    let (next, began) = (AtomicU64::new(first()), Instant::now());
    let (played, failed) = (AtomicU64::new(0), Mutex::new(Vec::<(u64, String)>::new()));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while most.is_none_or(|most| began.elapsed() < most) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end || failed.lock().unwrap().len() >= FAILURES {
                        break;
                    }
                    if let Err(fault) = panic::catch_unwind(AssertUnwindSafe(|| play(seed))) {
                        failed.lock().unwrap().push((seed, words(&*fault)));
                    }
                    played.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let test = name::<P>();
    let (mut failed, played) = (failed.into_inner().unwrap(), played.into_inner());
    failed.sort();
    if !failed.is_empty() {
        let told = failed.iter().map(|(seed, what)| {
            format!(
                "seed {seed}: {what}\nagain: INDABA_ATTACK_FROM={seed} INDABA_ATTACK_SEEDS=1 INDABA_ATTACK_NODES={} cargo test -p indaba-tests --test attacks {test}\n",
                nodes()
            )
        });
        let told: Vec<String> = told.collect();
        panic!(
            "{} of {played} seeds failed:\n{}",
            failed.len(),
            told.join("\n")
        );
    }
    say(&format!(
        "{test}: {played} seeds of {} nodes in {:.1} s",
        nodes(),
        began.elapsed().as_secs_f64()
    ));
}

/// Past the test runner, which keeps what a passing test prints: a reader of the log sees what was tried.
fn say(line: &str) {
    std::io::stderr()
        .write_all(format!("{line}\n").as_bytes())
        .unwrap();
}

/// The test that a closure stands in.
fn name<P>() -> &'static str {
    let path = std::any::type_name::<P>();
    let path = path.split_once("::").map_or(path, |(_, path)| path);
    path.split_once("::{{").map_or(path, |(name, _)| name)
}

/// What a panic said: its end, for before it stands what happened in the network.
fn words(fault: &(dyn std::any::Any + Send)) -> String {
    let said = fault
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| fault.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without words");
    let last = said.lines().last().unwrap_or_default();
    last.chars().take(1_000).collect()
}

/// The longest of a simulated time, over all seeds.
pub(crate) struct Longest {
    what: &'static str,
    millis: AtomicU64,
}

impl Longest {
    pub(crate) const fn of(what: &'static str) -> Longest {
        Longest {
            what,
            millis: AtomicU64::new(0),
        }
    }

    pub(crate) fn took(&self, millis: u64) {
        self.millis.fetch_max(millis, Ordering::Relaxed);
    }

    /// Says it, once all seeds were played.
    pub(crate) fn say(self) {
        let seconds = self.millis.into_inner() as f64 / 1_000.0;
        say(&format!("    {}: {seconds:.1} s at most", self.what));
    }
}
