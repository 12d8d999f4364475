//! What withdrawals and compaction give back of the disk. Prints the figures; `--nocapture` shows them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a test stops where something is not as it should be"
)]

use std::path::Path;

use indaba_protocol::{Id, Key};
use indaba_store::{Account, Batch, LanePlace, NewRecord, Options, RecordView, Store, Wanted};

/// Enough for several segments; the size asserted on does not depend on it.
const RECORDS: u64 = 6_000;

/// Text of about two KiB that compresses like text, and differs from record to record.
fn body(n: u64) -> Vec<u8> {
    let words = [
        "water", "council", "boundary", "elders", "season", "market", "school", "road",
    ];
    let mut state = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut text = format!("{n} ").into_bytes();
    while text.len() < 2_000 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.extend_from_slice(words[(state % 8) as usize].as_bytes());
        text.extend_from_slice(format!(" {:x} ", (state >> 32) as u16).as_bytes());
    }
    text
}

fn record(n: u64) -> NewRecord {
    let card = format!("card {n}: a practice that others can use, told in one line").into_bytes();
    let body = body(n);
    let mut key = [3; 33];
    key[0] = 1;
    NewRecord {
        view: RecordView {
            id: Id::of(format!("record {n}").as_bytes()),
            institution: Id::of(b"institution"),
            key: Key::from_bytes(key),
            kind: "practice".to_owned(),
            lanes: vec![LanePlace {
                feed: "theme:trj".parse().unwrap(),
                seq: n + 1,
            }],
            links: Vec::new(),
            card: Id::of(&card),
            body: Id::of(&body),
        },
        statement: format!("{:>340}", format!("statement {n}")).into_bytes(),
        card: Some(card),
        body: Some(body),
    }
}

fn journal(dir: &Path) -> (u64, u64) {
    let account = Account::of(dir, None, &mut |_, _| {}).unwrap();
    (account.journal(), account.total())
}

#[test]
fn deleting_a_third_gives_back_at_least_fifteen_percent() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("store");
    let options = || Options {
        segment_bytes: 1 << 20,
        ..Options::new([5; 16])
    };
    let mut store = Store::open(&dir, options()).unwrap().0;
    for first in (0..RECORDS).step_by(500) {
        let mut batch = Batch::new();
        (first..first + 500).for_each(|n| batch.put_record(record(n)));
        store.commit(batch).unwrap();
    }
    store.close().unwrap();
    let before = journal(&dir);
    let mut store = Store::open(&dir, options()).unwrap().0;
    // Every third of ten, all over the journal: the worst case, nothing is sparse enough by itself.
    for n in (0..RECORDS).filter(|n| n % 10 < 3) {
        let mut batch = Batch::new();
        batch.drop_parts(Id::of(format!("record {n}").as_bytes()));
        store.commit(batch).unwrap();
    }
    let wanted = Wanted {
        live_percent: 49,
        erased: true,
        older: false,
        before: u64::MAX,
        bytes: 1 << 20,
    };
    while store.compact_piece(&wanted).unwrap().more {}
    assert_eq!(store.erased_bytes().unwrap(), 0);
    assert_eq!(store.stats().unwrap().records, RECORDS);
    store.close().unwrap();
    let after = journal(&dir);
    let mut store = Store::open(&dir, options()).unwrap().0;
    store.rebuild_index(&mut |_, _| {}).unwrap();
    store.close().unwrap();
    std::fs::remove_dir_all(dir.join("index.bad")).unwrap();
    let rebuilt = journal(&dir);
    let share = |after: u64, before: u64| after as f64 / before as f64;
    println!(
        "{RECORDS} records, 30 % erased and compacted: journal {} -> {} bytes ({:.2} x), with the index {} -> {} ({:.2} x), \
         and with the index made anew {} ({:.2} x)",
        before.0,
        after.0,
        share(after.0, before.0),
        before.1,
        after.1,
        share(after.1, before.1),
        rebuilt.1,
        share(rebuilt.1, before.1),
    );
    assert!(share(after.0, before.0) <= 0.85, "{before:?} {after:?}");
}
