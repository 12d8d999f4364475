//! Damage at rest: whatever is changed in whatever file, the store is whole, or says what is wrong and where, and comes back.

use std::collections::BTreeMap;

use super::*;
use crate::disk::Image;

const RECORDS: u64 = 40;
const JOURNAL: &str = "/store/journal";

/// Larger than a block, so that blocks of zeroes hit the middle of files.
fn options(disk: &MemoryDisk) -> Options {
    Options {
        segment_bytes: 16 << 10,
        ..in_memory(disk)
    }
}

fn filled() -> MemoryDisk {
    let disk = MemoryDisk::new();
    let mut store = Store::open(Path::new(DIR), options(&disk)).unwrap().0;
    for n in 0..RECORDS {
        let mut batch = Batch::new();
        batch.put_record(record(n));
        if n % 3 == 0 {
            batch.own_position(key(0), feed("theme:trj"), n / 3 + 1, record_id(n));
        }
        store.commit(batch).unwrap();
    }
    store.close().unwrap();
    disk
}

fn files(disk: &MemoryDisk) -> Vec<std::path::PathBuf> {
    let mut files: Vec<_> = disk
        .list(Path::new(JOURNAL))
        .unwrap()
        .into_iter()
        .map(|name| Path::new(JOURNAL).join(name))
        .collect();
    files.sort();
    files.extend([GUARD.into(), Path::new(DIR).join("session")]);
    files
}

fn random(state: &mut u64, below: usize) -> usize {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    ((*state >> 33) as usize) % below.max(1)
}

/// One change; says which.
fn damage(bytes: &mut Vec<u8>, seed: &mut u64) -> String {
    match random(seed, 4) {
        0 => {
            let block = random(seed, bytes.len().div_ceil(4096)) * 4096;
            let end = bytes.len().min(block + 4096);
            bytes[block..end].fill(0);
            format!("zeroes at {block}")
        }
        1 => {
            bytes.truncate(random(seed, bytes.len()));
            format!("cut to {}", bytes.len())
        }
        _ => {
            let (at, bit) = (random(seed, bytes.len()), random(seed, 8));
            bytes[at] ^= 1 << bit;
            format!("bit {bit} of byte {at}")
        }
    }
}

/// Everything a record says, or that it is not held; never something else.
fn right_or_absent(store: &Store, what: &str) -> u64 {
    let mut held = 0;
    for n in 0..RECORDS {
        match store.record(&record_id(n)) {
            Ok(Some(found)) => {
                let expected = record(n);
                assert_eq!(
                    (found.view, found.statement, found.card, found.body),
                    (
                        expected.view,
                        expected.statement,
                        expected.card,
                        expected.body
                    ),
                    "{what}: record {n} is another one"
                );
                held += 1;
            }
            Ok(None) => {}
            Err(error) => assert!(
                matches!(error, StoreError::BadEntry { .. }),
                "{what}: {error}"
            ),
        }
    }
    held
}

/// The way back: repair if the journal is damaged, accept the loss, take what is missing from a peer.
fn comes_back(disk: &MemoryDisk, error: StoreError, what: &str) {
    if matches!(
        error,
        StoreError::Damaged { .. } | StoreError::BadEntry { .. }
    ) {
        Store::repair(Path::new(DIR), &options(disk))
            .unwrap_or_else(|error| panic!("{what}: {error}"));
    }
    let accepting = Options {
        accept_loss: true,
        ..options(disk)
    };
    let mut store = Store::open(Path::new(DIR), accepting)
        .unwrap_or_else(|error| panic!("{what}: {error}"))
        .0;
    right_or_absent(&store, what);
    for n in 0..RECORDS {
        let mut batch = Batch::new();
        batch.put_record(record(n));
        if n % 3 == 0 {
            batch.own_recovered(key(0), feed("theme:trj"), n / 3 + 1, record_id(n));
        }
        store.commit(batch).unwrap();
    }
    assert_eq!(right_or_absent(&store, what), RECORDS, "{what}");
    assert_eq!(
        store.feed_page(&feed("theme:trj"), 0, 999).unwrap().len() as u64,
        RECORDS,
        "{what}"
    );
    assert_eq!(store.own_blocked(&key(0)).unwrap(), [], "{what}");
    assert!(store.verify(&mut |_, _| {}).unwrap().is_clean(), "{what}");
}

#[test]
fn damage_at_rest_is_healed_or_named_and_never_silent() {
    let whole = filled();
    let files = files(&whole);
    assert!(files.len() > 3);
    let mut seed = 7;
    let mut outcomes = BTreeMap::new();
    for trial in 0..trials("INDABA_DAMAGE_TRIALS", 600, 10_000) {
        let disk = whole.copy();
        let file = &files[random(&mut seed, files.len())];
        let mut what = String::new();
        disk.damage(file, |bytes| what = damage(bytes, &mut seed))
            .unwrap();
        let what = format!("trial {trial}, {}, {what}", file.display());
        let outcome = match Store::open(Path::new(DIR), options(&disk)) {
            Ok((store, _)) => {
                assert_eq!(right_or_absent(&store, &what), RECORDS, "{what}: silent");
                assert!(store.verify(&mut |_, _| {}).unwrap().is_clean(), "{what}");
                "healed or without effect"
            }
            Err(error) => {
                let text = error.to_string();
                let outcome = match &error {
                    StoreError::Damaged { segment, .. } => {
                        assert!(
                            text.contains(segment.as_str()) && text.contains("repair"),
                            "{what}: {text}"
                        );
                        "damaged: segment and byte named"
                    }
                    StoreError::Behind { .. } => "shorter than known",
                    StoreError::GuardLost { .. } => "the guard does not read",
                    other => panic!("{what}: {other}"),
                };
                assert!(
                    text.contains("peers") || text.contains("copy"),
                    "{what}: no remedy in: {text}"
                );
                comes_back(&disk, error, &what);
                outcome
            }
        };
        *outcomes.entry(outcome).or_insert(0u64) += 1;
    }
    eprintln!("{outcomes:?}");
    let met = [
        "healed or without effect",
        "damaged: segment and byte named",
    ];
    assert!(
        met.iter().all(|met| outcomes.contains_key(met)),
        "{outcomes:?}"
    );
}

/// Damage while the store is open, which no opening can find: each read finds it.
#[test]
fn what_rots_while_the_store_is_open_is_noticed_by_the_read() {
    let whole = filled();
    let segments: Vec<_> = files(&whole)
        .into_iter()
        .filter(|path| path.starts_with(JOURNAL))
        .collect();
    let mut seed = 11;
    let (mut hit, mut wrong_without_checks) = (0, 0);
    for trial in 0..trials("INDABA_DAMAGE_TRIALS", 300, 10_000) {
        let disk = whole.copy();
        let store = Store::open(Path::new(DIR), options(&disk)).unwrap().0;
        let file = &segments[random(&mut seed, segments.len())];
        disk.damage(file, |bytes| {
            let at = random(&mut seed, bytes.len());
            bytes[at] ^= 1 << random(&mut seed, 8);
        })
        .unwrap();
        let held = right_or_absent(&store, &format!("trial {trial}"));
        if held < RECORDS {
            hit += 1;
            let found = store.verify(&mut |_, _| {}).unwrap();
            assert_eq!(
                found.unreadable.len() as u64,
                RECORDS - held,
                "verify names the records"
            );
            assert!(!found.faults.is_empty());
        }
        // The control: the same reads without the checks give other bytes.
        crate::journal::without_checks(|| {
            let differs = |n: &u64| {
                let bytes = store.row(&record_id(*n)).unwrap().and_then(|row| row.body);
                let body = bytes.and_then(|at| store.entry(at).ok());
                matches!(body, Some(Entry::Part { bytes, .. }) if Some(&bytes) != record(*n).body.as_ref())
            };
            wrong_without_checks += u64::from((0..RECORDS).any(|n| differs(&n)));
        });
    }
    eprintln!("{hit} reads found damage; without checks {wrong_without_checks} gave wrong bytes");
    assert!(
        hit > 100 && wrong_without_checks > 20,
        "{hit} {wrong_without_checks}"
    );
}

/// Damage, and then the power goes while it is mended.
#[test]
fn a_mended_store_survives_a_power_cut_at_once() {
    let whole = filled();
    let first = files(&whole).remove(0);
    whole.damage(&first, |bytes| bytes[700] ^= 4).unwrap();
    let error = Store::open(Path::new(DIR), options(&whole)).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    Store::repair(Path::new(DIR), &options(&whole)).unwrap();
    for image in [Image::Strict, Image::Everything, Image::Torn(3)] {
        let disk = whole.power_cut(image);
        let accepting = Options {
            accept_loss: true,
            ..options(&disk)
        };
        let (store, _) = Store::open(Path::new(DIR), accepting).unwrap();
        assert!(right_or_absent(&store, "cut") + 2 >= RECORDS);
    }
}
