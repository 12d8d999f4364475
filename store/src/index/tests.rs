#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]

//! Written once, run on every engine.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::memory::MemoryIndex;
use super::pending::Pending;
#[cfg(feature = "redb")]
use super::redb::RedbIndex;
use super::sled::SledIndex;
use super::*;

/// Runs a test on every engine.
fn on_every_engine(test: impl Fn(&dyn Index)) {
    test(&MemoryIndex::default());
    let folder = tempfile::tempdir().unwrap();
    for engine in on_disk(folder.path()) {
        test(&*engine);
    }
}

fn on_disk(folder: &std::path::Path) -> Vec<Box<dyn Index>> {
    vec![
        Box::new(SledIndex::open(&folder.join("sled")).unwrap()),
        Box::new(Pending::over(SledIndex::open(&folder.join("pending")).unwrap()).unwrap()),
        #[cfg(feature = "redb")]
        Box::new(RedbIndex::open(&folder.join("redb")).unwrap()),
    ]
}

fn set(column: Column, key: &[u8], value: &[u8]) -> Change {
    ((column, key.to_vec()), Some(value.to_vec()))
}

fn changes(all: impl IntoIterator<Item = Change>) -> Arc<Changes> {
    Arc::new(all.into_iter().collect())
}

fn mark(offset: u64) -> Mark {
    Mark {
        offset,
        seq: offset / 2,
        chain: 7,
    }
}

fn keys(index: &dyn Index, from: &[u8], to: &[u8], down: bool) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    index
        .range(Column::Feed, from, to, down, &mut |key, _| {
            found.push(key.to_vec());
            true
        })
        .unwrap();
    found
}

#[test]
fn changes_and_mark_go_together() {
    on_every_engine(|index| {
        assert_eq!(index.mark().unwrap(), None);
        let all = Column::ALL
            .iter()
            .map(|column| set(*column, b"key", column.name().as_bytes()));
        index.apply(Arc::new(all.collect()), mark(10)).unwrap();
        for column in Column::ALL {
            let value = index.get(column, b"key").unwrap().unwrap();
            assert_eq!(value, column.name().as_bytes());
            assert_eq!(index.get(column, b"other").unwrap(), None);
        }
        assert_eq!(index.mark().unwrap(), Some(mark(10)));
        index
            .apply(changes([((Column::Link, b"key".to_vec()), None)]), mark(20))
            .unwrap();
        assert_eq!(index.get(Column::Link, b"key").unwrap(), None);
        assert!(index.get(Column::Lane, b"key").unwrap().is_some());
        assert_eq!(index.mark().unwrap(), Some(mark(20)));
        index.checkpoint().unwrap();
    });
}

#[test]
fn ranges_have_an_end_and_two_directions() {
    on_every_engine(|index| {
        let ten = (0..10u8).map(|n| set(Column::Feed, &[1, n], &[n]));
        index.apply(changes(ten), mark(1)).unwrap();
        let others = [
            set(Column::Feed, &[2], b""),
            set(Column::Lane, &[1, 3], b""),
        ];
        index.apply(changes(others), mark(2)).unwrap();
        let up: Vec<_> = (3..7u8).map(|n| vec![1, n]).collect();
        assert_eq!(keys(index, &[1, 3], &[1, 7], false), up);
        let down: Vec<_> = up.iter().rev().cloned().collect();
        assert_eq!(keys(index, &[1, 3], &[1, 7], true), down);
        assert_eq!(keys(index, &[1], &[2], false).len(), 10);
        assert!(keys(index, &[1, 7], &[1, 3], false).is_empty());
        assert!(keys(index, &[3], &[3], false).is_empty());
        let mut seen = 0;
        let mut stop = |_: &[u8], _: &[u8]| {
            seen += 1;
            seen < 4
        };
        index
            .range(Column::Feed, &[], &[9], false, &mut stop)
            .unwrap();
        assert_eq!(seen, 4);
    });
}

#[test]
fn a_new_sled_index_continues_where_the_old_one_ended() {
    let folder = tempfile::tempdir().unwrap();
    let index = SledIndex::open(folder.path()).unwrap();
    index
        .apply(changes([set(Column::Record, b"a", b"b")]), mark(5))
        .unwrap();
    drop(index);
    let index = SledIndex::open(folder.path()).unwrap();
    assert_eq!(index.mark().unwrap(), Some(mark(5)));
    assert_eq!(index.get(Column::Record, b"a").unwrap().unwrap(), b"b");
}

#[test]
fn a_panic_of_the_engine_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    // sled panics on some damage; whatever it does, nothing but an error or an index comes out.
    for seed in 0..20u64 {
        let path = folder.path().join(seed.to_string());
        let index = SledIndex::open(&path).unwrap();
        let many = (0..500u32).map(|n| set(Column::Record, &n.to_be_bytes(), &[seed as u8; 50]));
        index.apply(changes(many), mark(1)).unwrap();
        drop(index);
        let file = path.join("db");
        let mut bytes = std::fs::read(&file).unwrap();
        let length = bytes.len() as u64;
        for n in 0..40 {
            let at = (seed * 7919 + n * 104_729).wrapping_mul(2_654_435_761) % length.min(65_536);
            bytes[at as usize] ^= 0xa5;
        }
        std::fs::write(&file, bytes).unwrap();
        if let Ok(index) = SledIndex::open(&path) {
            let _ = index.mark();
            let _ = index.get(Column::Record, &[0; 4]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_engines_agree(
        rounds in prop::collection::vec(
            prop::collection::vec((0usize..6, prop::collection::vec(0u8..4, 0..4), any::<Option<u8>>()), 0..30),
            1..8,
        ),
        bounds in prop::collection::vec((prop::collection::vec(0u8..5, 0..4), prop::collection::vec(0u8..5, 0..4), any::<bool>()), 8),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut engines: Vec<Box<dyn Index>> = vec![Box::new(MemoryIndex::default())];
        engines.extend(on_disk(folder.path()));
        for (number, round) in rounds.into_iter().enumerate() {
            // The last change of a key counts; a draft never holds two.
            let mut changes = BTreeMap::new();
            for (column, mut key, value) in round {
                key.insert(0, 1);
                changes.insert((Column::ALL[column], key), value.map(|value| vec![value]));
            }
            for engine in &engines {
                engine.apply(Arc::new(changes.clone().into_iter().collect()), mark(number as u64)).unwrap();
            }
        }
        for column in Column::ALL {
            for (from, to, down) in &bounds {
                let mut answers = engines.iter().map(|engine| {
                    let mut found = Vec::new();
                    engine.range(column, from, to, *down, &mut |key, value| {
                        // Nobody walks over the mark: it is asked for by its name, and is here as soon as the engine has it.
                        if (column, key) != (Column::Small, MARK) {
                            found.push((key.to_vec(), value.to_vec()));
                        }
                        true
                    }).unwrap();
                    found
                });
                let memory = answers.next().unwrap();
                for other in answers {
                    prop_assert_eq!(&memory, &other);
                }
            }
        }
    }
}
