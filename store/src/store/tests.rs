#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]

use std::path::Path;
use std::sync::Arc;

use indaba_protocol::{FeedName, Id, Key};

use super::*;
use crate::batch::Batch;
use crate::disk::{Disk, MemoryDisk};
use crate::migration::Formats;
use crate::{Fact, FactKind, HeldItem, HeldReason, LanePlace, Link, NewRecord};

mod compacting;
mod damage;
mod formats;
mod guarded;
mod model;
mod outside;
mod power;
mod reading;
mod repaired;
mod rot;
mod space;

const DIR: &str = "/store";
const GUARD: &str = "/keys/guard";
/// Small, so that short workloads cross segments.
const SEGMENT: u64 = 8 << 10;

fn in_memory(disk: &MemoryDisk) -> Options {
    Options {
        index: IndexKind::Memory,
        guard: Some(GUARD.into()),
        disk: Arc::new(disk.clone()),
        segment_bytes: SEGMENT,
        ..Options::new([5; 16])
    }
}

fn on_disk(guard: Option<&Path>) -> Options {
    Options {
        guard: guard.map(Path::to_owned),
        segment_bytes: SEGMENT,
        ..Options::new([5; 16])
    }
}

fn open(disk: &MemoryDisk) -> Store {
    Store::open(Path::new(DIR), in_memory(disk)).unwrap().0
}

/// How many trials a test makes: usually so many, more with `variable` or in the long run of the tests.
fn trials(variable: &str, usual: u64, long: u64) -> u64 {
    let is_long = std::env::var_os("INDABA_TEST_FULL").is_some();
    let asked = std::env::var(variable).ok();
    let usual = if is_long { long } else { usual };
    asked.map_or(usual, |asked| asked.parse().unwrap())
}

/// Runs a test on every engine; the argument opens the store again and again.
fn on_every_engine(test: impl Fn(&dyn Fn() -> Store)) {
    let disk = MemoryDisk::new();
    test(&|| open(&disk));
    let folder = tempfile::tempdir().unwrap();
    let (dir, guard) = (folder.path().join("store"), folder.path().join("guard"));
    test(&|| Store::open(&dir, on_disk(Some(&guard))).unwrap().0);
}

fn feed(name: &str) -> FeedName {
    name.parse().unwrap()
}

fn key(n: u8) -> Key {
    let mut bytes = [n; 33];
    bytes[0] = 1;
    Key::from_bytes(bytes)
}

fn id(text: &str) -> Id {
    Id::of(text.as_bytes())
}

/// Record number `n`: of one of three institutions, in one or two feeds.
fn record(n: u64) -> NewRecord {
    let signer = (n % 3) as u8;
    let card = format!("card {n}: a practice that others can use").into_bytes();
    let body = format!("body {n}: what was done, by whom, with what result. ").repeat(12);
    let mut lanes = vec![LanePlace {
        feed: feed("theme:trj"),
        seq: n / 3 + 1,
    }];
    if n.is_multiple_of(2) {
        lanes.push(LanePlace {
            feed: feed("region:ecowas"),
            seq: n / 3 + 1,
        });
    }
    let revises = Link {
        rel: "revises".to_owned(),
        target: record_id(n.saturating_sub(3)),
    };
    NewRecord {
        view: RecordView {
            id: record_id(n),
            institution: id(&format!("institution {signer}")),
            key: key(signer),
            kind: "practice".to_owned(),
            lanes,
            links: if n % 4 == 3 {
                vec![revises]
            } else {
                Vec::new()
            },
            card: Id::of(&card),
            body: Id::of(body.as_bytes()),
        },
        statement: format!("statement {n}").into_bytes(),
        card: Some(card),
        body: Some(body.into_bytes()),
    }
}

fn record_id(n: u64) -> Id {
    id(&format!("record {n}"))
}

fn put(store: &mut Store, n: u64) -> Receipt {
    let mut batch = Batch::new();
    batch.put_record(record(n));
    store.commit(batch).unwrap()
}

fn fact(n: u64, kind: FactKind, order: u64) -> Fact {
    let bytes = format!("fact {n} ").repeat(20).into_bytes();
    let institution = id(&format!("institution {}", n % 3));
    Fact {
        id: id(&format!("fact {n}")),
        kind,
        institution,
        key: Some(key(1)),
        order,
        bytes,
    }
}

fn held(n: u64, awaiting: Option<u64>) -> HeldItem {
    HeldItem {
        id: id(&format!("held {n}")),
        why: if n.is_multiple_of(2) {
            HeldReason::Pending
        } else {
            HeldReason::Quarantine
        },
        institution: id(&format!("institution {}", n % 3)),
        awaiting: awaiting.map(record_id),
        item: format!("item {n} ").repeat(n as usize % 9 + 1).into_bytes(),
    }
}

/// The numbers of the records held, checked whole.
fn records(store: &Store, up_to: u64) -> Vec<u64> {
    (0..up_to)
        .filter(|n| match store.record(&record_id(*n)).unwrap() {
            None => false,
            Some(found) => {
                let expected = record(*n);
                assert_eq!(found.view, expected.view);
                assert_eq!(found.statement, expected.statement);
                assert_eq!((found.card, found.body), (expected.card, expected.body));
                true
            }
        })
        .collect()
}
