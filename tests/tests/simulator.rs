//! Many seeds of the simulator: honest nodes in bad weather, a hostile one among them, and rules broken on purpose.
//!
//! `INDABA_SIM_SEEDS` and `INDABA_SIM_NODES` set how many seeds and nodes; `INDABA_SIM_FROM` the first seed; `INDABA_SIM_ECHO`
//! prints every line. `INDABA_SIM_PIECES` with `INDABA_SIM_HOSTILE` and `INDABA_SIM_SABOTAGE` is what a shrunk scenario is
//! replayed with.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

/// A fifth of what a seed costs is small pieces of memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use indaba_tests::environment;
use indaba_tests::simulator::{Counts, Report, Rule, Sabotage, Scenario, Shrunk, Violation};

/// Threads that seeds are spread over.
const THREADS: usize = 2;
/// Seeds of a normal run, and nodes of each.
const SEEDS: u64 = 1_000;
const NODES: u64 = 20;
/// How many times as many seeds a full run takes.
const FULL: u64 = 5;
/// Of so many seeds one has a hostile node too.
const HOSTILE: u64 = 5;

fn from_environment(name: &str, default: u64) -> u64 {
    environment::number(name).unwrap_or(default)
}

fn nodes() -> usize {
    from_environment("INDABA_SIM_NODES", NODES) as usize
}

fn first() -> u64 {
    from_environment("INDABA_SIM_FROM", 1)
}

fn seeds() -> u64 {
    let full = environment::is_full();
    let default = if full { SEEDS * FULL } else { SEEDS };
    from_environment("INDABA_SIM_SEEDS", default)
}

fn scenario(seed: u64) -> Scenario {
    Scenario {
        hostile: seed.is_multiple_of(HOSTILE),
        echo: from_environment("INDABA_SIM_ECHO", 0) > 0,
        ..Scenario::honest(seed, nodes())
    }
}

/// What to read when a seed fails: the shortest scenario that fails in the same way.
fn explain(scenario: Scenario, violation: &Violation) -> String {
    match scenario.shrink(&scenario.plan()) {
        Some(shrunk) => shrunk.to_string(),
        None => format!(
            "{}\nseed {}: {}, once and not again",
            violation.lines.join("\n"),
            violation.seed,
            violation.what
        ),
    }
}

/// Runs the seeds with or without a hostile node; how many they are, and the sum of what they exercised.
fn run_all(test: &str, hostile: bool) -> (usize, Counts) {
    let mine: Vec<u64> = (first()..first() + seeds())
        .filter(|seed| scenario(*seed).hostile == hostile)
        .collect();
    let (next, took) = (AtomicUsize::new(0), AtomicU64::new(0));
    let sum = Mutex::new(Counts::default());
    let failed = Mutex::new(Vec::<Violation>::new());
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(&seed) = mine.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match scenario(seed).run() {
                        Ok(report) => {
                            let counts = &report.counts;
                            assert!(
                                counts.records >= 40
                                    && counts.publishers >= 5
                                    && counts.partitions >= 2
                                    && counts.clean_restarts + counts.power_cuts >= 3,
                                "seed {seed} exercises too little: {counts:?}"
                            );
                            took.fetch_max(report.took, Ordering::Relaxed);
                            sum.lock().unwrap().add(counts);
                        }
                        Err(violation) => failed.lock().unwrap().push(*violation),
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().unwrap();
    failed.sort_by_key(|violation| violation.seed);
    if let Some(first) = failed.first() {
        let others: Vec<_> = failed
            .iter()
            .map(|violation| format!("{}: {}", violation.seed, violation.what))
            .collect();
        let said = format!(
            "{} of {} seeds failed:\n{}\n",
            failed.len(),
            mine.len(),
            others.join("\n")
        );
        // Before the first is shrunk, which takes minutes in which a run may be stopped.
        std::io::stderr().write_all(said.as_bytes()).unwrap();
        panic!("{}\n{said}", explain(scenario(first.seed), first));
    }
    let sum = sum.into_inner().unwrap();
    let mut summary = format!(
        "\n{test}: {} seeds of {} nodes in {:.1} s, the slowest whole {} s of simulated time after the storm, exercised\n",
        mine.len(),
        nodes(),
        began.elapsed().as_secs_f64(),
        took.into_inner() / 1_000
    );
    for (words, count, _) in sum.all() {
        summary.push_str(&format!("{count:>9} {words}\n"));
    }
    // Past the test runner, which keeps what a passing test prints: a reader of the log sees what was tried.
    std::io::stderr().write_all(summary.as_bytes()).unwrap();
    (mine.len(), sum)
}

#[test]
fn every_honest_node_ends_with_everything_it_asked_for() {
    let (seeds, counts) = run_all("every_honest_node", false);
    // Of a few seeds it cannot be asked that they meet everything.
    if seeds >= 100 {
        for (words, count, honest) in counts.all() {
            assert!(count > 0 || !honest, "no seed exercised: {words}");
        }
    }
}

#[test]
fn a_hostile_node_spoils_nothing() {
    let (seeds, counts) = run_all("a_hostile_node", true);
    if seeds >= 20 {
        for (words, count, _) in counts.all() {
            assert!(count > 0, "no seed exercised: {words}");
        }
    }
}

fn report(scenario: Scenario) -> Report {
    scenario
        .run()
        .unwrap_or_else(|violation| panic!("{}", explain(scenario, &violation)))
}

#[test]
fn one_seed_gives_one_trace() {
    let run = |seed: u64| -> Report {
        report(Scenario {
            hostile: seed.is_multiple_of(2),
            echo: false,
            ..scenario(seed)
        })
    };
    let first = first();
    let (one, again, other) = (run(first), run(first), run(first + 1));
    assert_eq!(
        (&one.trace, one.lines, one.counts),
        (&again.trace, again.lines, again.counts)
    );
    assert_eq!(other.trace, run(first + 1).trace);
    assert_ne!(one.trace, other.trace);
    assert!(one.lines > 1_000, "{}", one.lines);
}

/// What the simulator saves itself, reading the same bytes at every node and looking at what did not change, changes nothing.
#[test]
fn a_thorough_run_finds_the_same() {
    for seed in 1..=3 {
        let quick = Scenario {
            hostile: seed == 3,
            ..Scenario::honest(seed, 10)
        };
        let thorough = Scenario {
            thorough: true,
            ..quick
        };
        let (quick, thorough) = (report(quick), report(thorough));
        assert_eq!(
            (&quick.trace, quick.lines, quick.took, quick.counts),
            (
                &thorough.trace,
                thorough.lines,
                thorough.took,
                thorough.counts
            )
        );
    }
    for (sabotage, ..) in SABOTAGES {
        let (quick, seed) = violating(sabotage);
        let again = Scenario {
            thorough: true,
            ..sabotaged(sabotage, seed)
        };
        let thorough = again.run().expect_err("a thorough run finds nothing");
        assert_eq!(
            (quick.rule, quick.what),
            (thorough.rule, thorough.what),
            "{sabotage:?}"
        );
    }
}

/// What the first node does wrong, which rule that breaks, and lines in which the shortest such story is told.
const SABOTAGES: [(Sabotage, Rule, usize); 10] = [
    // The hostile node, whose message it is, says many others before.
    (Sabotage::ForwardsUnjudged, Rule::BlamesNobodyHonest, 160),
    (Sabotage::JudgesTwice, Rule::JudgesOnce, 60),
    (Sabotage::ForgetsToJudge, Rule::JudgesInTime, 60),
    (Sabotage::FillsNoGaps, Rule::Converges, 60),
    (
        Sabotage::AcknowledgesEarly,
        Rule::KeepsWhatItAcknowledged,
        60,
    ),
    (Sabotage::TrustsItsClock, Rule::BlamesNobodyHonest, 60),
    (Sabotage::ClaimsComplete, Rule::ClaimsAreTrue, 60),
    (Sabotage::RunsAnOldCopy, Rule::SignsOnce, 60),
    (Sabotage::KeepsStrangers, Rule::KeepsNoStrangers, 60),
    // It is named after everybody got everything all the same.
    (Sabotage::Withholds, Rule::NamesNobodyHonest, 160),
];

fn sabotaged(sabotage: Sabotage, seed: u64) -> Scenario {
    Scenario {
        hostile: sabotage == Sabotage::ForwardsUnjudged,
        sabotage: Some(sabotage),
        ..Scenario::honest(seed, 10)
    }
}

/// The first seed of some that notices what is wrong, by the rule that it breaks.
fn violating(sabotage: Sabotage) -> (Violation, u64) {
    let (_, rule, _) = SABOTAGES
        .iter()
        .find(|(known, ..)| *known == sabotage)
        .unwrap();
    let mut found = Vec::new();
    for seed in 1..=40 {
        match sabotaged(sabotage, seed).run() {
            Err(violation) if violation.rule == *rule => return (*violation, seed),
            Err(violation) => found.push(violation.what),
            Ok(_) => {}
        }
    }
    panic!("{sabotage:?} went unnoticed: {found:?}");
}

/// A broken rule is noticed, shrunk to a story that can be read aloud, and that story happens again when it is replayed.
fn notices(sabotage: Sabotage) {
    assert!(SABOTAGES.len() == Sabotage::ALL.len());
    let (_, rule, most) = SABOTAGES
        .iter()
        .find(|(known, ..)| *known == sabotage)
        .unwrap();
    let (_, seed) = violating(sabotage);
    let scenario = sabotaged(sabotage, seed);
    let shrunk = scenario.shrink(&scenario.plan()).unwrap();
    println!("{shrunk}");
    assert!(shrunk.is_minimal, "{} runs were not enough", shrunk.runs);
    assert_eq!(shrunk.violation.rule, *rule);
    assert!(
        shrunk.violation.lines.len() <= *most,
        "{} lines:\n{shrunk}",
        shrunk.violation.lines.len()
    );
    let again = scenario
        .tell(
            &scenario
                .plan()
                .only(&Shrunk::pieces_of(&shrunk.word()).unwrap()),
        )
        .expect_err("it does not happen again");
    assert_eq!(
        (again.rule, again.what, again.lines),
        (
            shrunk.violation.rule,
            shrunk.violation.what,
            shrunk.violation.lines
        )
    );
    // Without what is wrong, the same scenario violates nothing: the story is about the sabotage and nothing else.
    let honest = Scenario {
        sabotage: None,
        ..scenario
    };
    if let Err(violation) = honest.tell(&shrunk.plan) {
        panic!("without sabotage: {}", violation.what);
    }
}

#[test]
fn a_node_that_forwards_unjudged_is_noticed() {
    notices(Sabotage::ForwardsUnjudged);
}

#[test]
fn a_node_that_judges_twice_is_noticed() {
    notices(Sabotage::JudgesTwice);
}

#[test]
fn a_node_that_forgets_to_judge_is_noticed() {
    notices(Sabotage::ForgetsToJudge);
}

#[test]
fn a_node_that_fills_no_gaps_is_noticed() {
    notices(Sabotage::FillsNoGaps);
}

#[test]
fn a_node_that_acknowledges_early_is_noticed() {
    notices(Sabotage::AcknowledgesEarly);
}

#[test]
fn a_node_that_trusts_its_clock_is_noticed() {
    notices(Sabotage::TrustsItsClock);
}

#[test]
fn a_node_that_claims_completeness_is_noticed() {
    notices(Sabotage::ClaimsComplete);
}

#[test]
fn a_node_that_runs_an_old_copy_is_noticed() {
    notices(Sabotage::RunsAnOldCopy);
}

#[test]
fn a_node_that_keeps_strangers_is_noticed() {
    notices(Sabotage::KeepsStrangers);
}

/// Seeds of ten nodes, one of which keeps back a third of what it hands over of others: about what half a minute bears.
const WITHHOLDING: u64 = 20;

#[test]
fn a_node_that_withholds_keeps_nothing_from_anybody_and_is_the_only_one_named() {
    notices(Sabotage::Withholds);
    let mut named = 0;
    for seed in 1..=WITHHOLDING {
        // It is named at the end at the earliest, when everybody has everything: any other breach comes before.
        if let Err(violation) = sabotaged(Sabotage::Withholds, seed).run() {
            assert_eq!(
                violation.rule,
                Rule::NamesNobodyHonest,
                "seed {seed}: {}",
                violation.what
            );
            assert!(
                violation.what.ends_with(" says that alice withholds"),
                "seed {seed}: {}",
                violation.what
            );
            named += 1;
        }
    }
    assert!(
        named > WITHHOLDING / 2,
        "only {named} of {WITHHOLDING} seeds named it"
    );
    // Negative control: without it nobody is named.
    let honest = Scenario::honest(1, 10).run();
    assert!(honest.is_ok(), "{honest:?}");
}

/// Runs a scenario again that was shrunk to a few pieces; without `INDABA_SIM_PIECES`, that of the first broken rule.
#[test]
fn replay() {
    let sabotage = std::env::var("INDABA_SIM_SABOTAGE").ok().map(|name| {
        Sabotage::ALL
            .into_iter()
            .find(|sabotage| format!("{sabotage:?}") == name)
            .unwrap_or_else(|| panic!("INDABA_SIM_SABOTAGE: no `{name}` in {:?}", Sabotage::ALL))
    });
    let Ok(word) = std::env::var("INDABA_SIM_PIECES") else {
        let (violation, seed) = violating(Sabotage::JudgesTwice);
        let scenario = sabotaged(Sabotage::JudgesTwice, seed);
        let all = scenario.plan().pieces();
        let again = scenario.tell(&scenario.plan().only(&all)).unwrap_err();
        return assert_eq!(again.what, violation.what);
    };
    let pieces = Shrunk::pieces_of(&word).unwrap_or_else(|fault| panic!("{fault}"));
    let scenario = Scenario {
        hostile: from_environment("INDABA_SIM_HOSTILE", 0) > 0,
        sabotage,
        echo: true,
        ..scenario(first())
    };
    let plan = scenario.plan().only(&pieces);
    println!("{plan}");
    if let Err(violation) = scenario.tell(&plan) {
        panic!("{}", violation.what);
    }
    println!("nothing is violated");
}
