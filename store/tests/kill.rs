//! The process is killed while it writes, again and again, on the same store.
//!
//! The test starts itself: one run with a folder in its environment is the writer, which says on
//! its standard output what was acknowledged; the other kills it after a number of such lines.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use indaba_protocol::{FeedName, Id, Key};
use indaba_store::{Batch, LanePlace, NewRecord, Options, RecordView, Store, StoreError};

const FOLDER: &str = "INDABA_STORE_KILL_FOLDER";
/// Says "acknowledged" before it is true: for the control.
const TOO_EARLY: &str = "INDABA_STORE_KILL_TOO_EARLY";
/// The child shall try to open the store and sign, not write on and on.
const CONTENDER: &str = "INDABA_STORE_KILL_CONTENDER";

/// How many times: usually so many, others with a variable.
fn times(variable: &str, usual: u64) -> u64 {
    let asked = std::env::var(variable).ok();
    asked.map_or(usual, |asked| asked.parse().unwrap())
}

/// After so many kills a new store: all that was acknowledged is read after every fourth, which takes longer each time.
const KILLS_OF_A_STORE: u64 = 500;

/// Kills: `INDABA_KILLS=10000` makes so many, about half an hour; the long run of the tests a thousand.
fn kills() -> u64 {
    let is_long = std::env::var_os("INDABA_TEST_FULL").is_some();
    times("INDABA_KILLS", if is_long { 1_000 } else { 60 })
}

fn options(folder: &Path) -> Options {
    Options {
        guard: Some(folder.join("guard")),
        // Small, so that kills also meet changes of segment.
        segment_bytes: 64 << 10,
        ..Options::new([1; 16])
    }
}

fn key() -> Key {
    Key::from_bytes([1; 33])
}

fn feed() -> FeedName {
    "theme:trj".parse().unwrap()
}

fn record(n: u64) -> NewRecord {
    let card = format!("card {n}").into_bytes();
    let body = format!("body {n} of a record in a store that will be killed ").repeat(20);
    NewRecord {
        view: RecordView {
            id: Id::of(format!("record {n}").as_bytes()),
            institution: Id::of(b"institution"),
            key: key(),
            kind: "practice".to_owned(),
            lanes: vec![LanePlace {
                feed: feed(),
                seq: n,
            }],
            links: Vec::new(),
            card: Id::of(&card),
            body: Id::of(body.as_bytes()),
        },
        statement: format!("statement {n}").into_bytes(),
        card: Some(card),
        body: Some(body.into_bytes()),
    }
}

/// Runs for as long as it is allowed to; does nothing when it is run as an ordinary test.
#[test]
fn writer() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let folder = Path::new(&folder);
    let is_early = std::env::var_os(TOO_EARLY).is_some();
    // Buffered by line, so a line is out when it is written.
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nbegin").unwrap();
    let (mut store, _) = Store::open(&folder.join("store"), options(folder)).unwrap();
    let mut n = store.stats().unwrap().records;
    loop {
        let mut batch = Batch::new();
        for _ in 0..n % 7 + 1 {
            n += 1;
            let new = record(n);
            batch.own_position(key(), feed(), n, new.view.id);
            batch.put_record(new);
        }
        batch.choose("kill", b"last", &n.to_be_bytes());
        if is_early {
            writeln!(out, "acknowledged {n}").unwrap();
        }
        store.commit(batch).unwrap();
        if !is_early {
            writeln!(out, "acknowledged {n}").unwrap();
        }
        if n % 50 == 0 {
            store.checkpoint().unwrap();
        }
    }
}

fn child(folder: &Path, test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped());
    command
}

/// Lets a writer acknowledge about `lines` batches and kills it. Returns the last number it said.
fn kill_after(folder: &Path, lines: usize, is_early: bool) -> u64 {
    let mut command = child(folder, "writer");
    if is_early {
        command.env(TOO_EARLY, "1");
    }
    let mut child = command.spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    // The first line comes before the store is opened: some are killed while they recover.
    let begun = said
        .by_ref()
        .map(Result::unwrap)
        .any(|line| line == "begin");
    assert!(begun, "the writer did not begin");
    let mut last = 0;
    let mut note = |line: &str| {
        let number = line
            .strip_prefix("acknowledged ")
            .and_then(|n| n.parse().ok());
        last = number.unwrap_or(last);
    };
    said.by_ref()
        .take(lines)
        .for_each(|line| note(&line.unwrap()));
    child.kill().unwrap();
    child.wait().unwrap();
    // What it said before it died counts, too.
    said.map_while(Result::ok).for_each(|line| note(&line));
    last
}

/// Numbers from 0 to 39, the same in every run.
fn pauses() -> impl Iterator<Item = usize> {
    let mut seed = 20_150_923u64;
    std::iter::repeat_with(move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize % 40
    })
}

#[test]
fn a_killed_process_loses_nothing_it_acknowledged() {
    let mut pauses = pauses();
    let mut left = kills();
    while left > 0 {
        let some = left.min(KILLS_OF_A_STORE);
        kill_again_and_again(some, &mut pauses);
        left -= some;
    }
}

fn kill_again_and_again(kills: u64, pauses: &mut impl Iterator<Item = usize>) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut acknowledged = 0;
    for (kill, lines) in (1..=kills).zip(pauses) {
        // Every third is killed before it says anything more: while it opens, cuts the tail, replays. Some of those have the whole
        // index to build anew.
        let lines = if kill % 3 == 0 { 0 } else { lines };
        if kill % 9 == 0 {
            std::fs::remove_dir_all(folder.join("store/index")).unwrap();
        }
        acknowledged = kill_after(folder, lines, false).max(acknowledged);
        if kill % 4 != 0 {
            continue;
        }
        let (store, report) = Store::open(&folder.join("store"), options(folder)).unwrap();
        // An index that was removed, and then killed while it was being built, is empty or behind.
        assert!(
            kill % 12 == 0
                || kill < 9
                || report.rebuilt.is_none()
                || report.rebuilt.as_deref() == Some("it is empty"),
            "a dead process is no reason to rebuild the index: {:?}",
            report.rebuilt
        );
        let held = store.stats().unwrap().records;
        assert!(
            held >= acknowledged,
            "{held} of {acknowledged} records, kill {kill}"
        );
        for n in 1..=held {
            let expected = record(n);
            let found = store.record(&expected.view.id).unwrap().expect("a gap");
            assert_eq!(found.statement, expected.statement);
            assert_eq!((found.card, found.body), (expected.card, expected.body));
        }
        let last = store.choice("kill", b"last").unwrap();
        let last = last.map_or(0, |n| u64::from_be_bytes(n.try_into().unwrap()));
        assert_eq!(last, held, "a batch was torn");
        let own = store.own_positions(&key()).unwrap();
        assert_eq!(own.first().map_or(0, |(_, seq, _)| *seq), held);
        assert!(store.verify(&mut |_, _| {}).unwrap().is_clean());
        drop(store);
    }
    assert!(
        acknowledged > kills,
        "only {acknowledged} acknowledged: no load"
    );
}

/// Says whether it got the store, signs three positions if it did, and keeps it until it is told to go. Does nothing when it is run as an
/// ordinary test.
#[test]
fn contender() {
    let Some(folder) = std::env::var_os(CONTENDER) else {
        return;
    };
    let folder = Path::new(&folder);
    let mut out = std::io::stdout().lock();
    match Store::open(&folder.join("store"), options(folder)) {
        Err(StoreError::Locked { .. }) => writeln!(out, "\nlocked").unwrap(),
        Err(error) => writeln!(out, "\nfailed {error}").unwrap(),
        Ok((mut store, _)) => {
            writeln!(out, "\nopened").unwrap();
            for _ in 0..3 {
                let own = store.own_positions(&key()).unwrap();
                let n = own.first().map_or(0, |(_, seq, _)| *seq) + 1;
                let mut batch = Batch::new();
                batch.own_position(key(), feed(), n, record(n).view.id);
                batch.put_record(record(n));
                store.commit(batch).unwrap();
                writeln!(out, "signed {n}").unwrap();
            }
            writeln!(out, "done").unwrap();
            // Until the parent hangs up.
            std::io::stdin().read_line(&mut String::new()).unwrap();
        }
    }
}

#[test]
fn of_many_that_start_at_once_one_gets_the_store_and_no_position_is_signed_twice() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut signed = std::collections::BTreeSet::new();
    let at_once = 8;
    for round in 0..times("INDABA_DOUBLE_STARTS", 48).div_ceil(at_once) {
        let mut children: Vec<_> = (0..at_once)
            .map(|_| {
                let mut command = child(folder, "contender");
                command.env(CONTENDER, folder).stdin(Stdio::piped());
                command.spawn().unwrap()
            })
            .collect();
        // Each says how it went before any is let go; the winner only then gives up the store.
        let mut winners = 0;
        for child in &mut children {
            let mut said = BufReader::new(child.stdout.take().unwrap())
                .lines()
                .map(Result::unwrap);
            let verdict = said.find(|line| {
                ["locked", "opened"].contains(&line.as_str()) || line.starts_with("failed")
            });
            match verdict.as_deref() {
                Some("locked") => {}
                Some("opened") => {
                    winners += 1;
                    for line in said.by_ref().take_while(|line| line != "done") {
                        assert!(signed.insert(line.clone()), "round {round}: {line} twice");
                    }
                }
                other => panic!("round {round}: {other:?}"),
            }
        }
        assert_eq!(winners, 1, "round {round}");
        for mut child in children {
            drop(child.stdin.take());
            // Half of the winners close the store, half are killed.
            if round % 2 == 0 {
                child.kill().unwrap();
            }
            child.wait().unwrap();
        }
        assert_eq!(signed.len() as u64, 3 * (round + 1));
    }
}

#[test]
fn control_a_process_that_acknowledges_too_early_is_caught() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let caught = pauses().take(40).any(|lines| {
        let said = kill_after(folder, lines % 7, true);
        let (store, _) = Store::open(&folder.join("store"), options(folder)).unwrap();
        store.stats().unwrap().records < said
    });
    assert!(caught);
}
