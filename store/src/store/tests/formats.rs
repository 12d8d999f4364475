//! Older formats are read, taken up step by step, and a newer one is refused; and the golden stores.

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::disk::{Fault, Image};
use crate::journal::{self, Journal, Mark, Opening};
use crate::migration::{Step, tests_only::knowing};

/// What the golden stores of every format must hold, record by record and choice by choice: the same digest for all.
const CONTENT: &str = include_str!("../../../tests/golden/content");

fn golden(format: u16) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/format-{format}"))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for item in fs::read_dir(from).unwrap() {
        let item = item.unwrap();
        if item.metadata().unwrap().is_dir() {
            copy(&item.path(), &to.join(item.file_name()));
        } else {
            fs::copy(item.path(), to.join(item.file_name())).unwrap();
        }
    }
}

/// Everything a store holds, in one digest: only of what stands in entries, so that a change of the store's own types changes nothing here.
fn content(store: &Store) -> String {
    let mut all = String::new();
    let mut add = |line: std::fmt::Arguments<'_>| all.push_str(&format!("{line}\n"));
    for (arrival, id) in store.page(0, 1_000).unwrap() {
        let found = store.record(&id).unwrap().unwrap();
        let (view, parts) = (&found.view, (&found.card, &found.body));
        add(format_args!(
            "{arrival} {id} {} {}",
            view.institution, view.key
        ));
        add(format_args!("{} {} {}", view.kind, view.card, view.body));
        for lane in &view.lanes {
            add(format_args!("{} {}", lane.feed.as_str(), lane.seq));
        }
        for link in &view.links {
            add(format_args!("{} {}", link.rel, link.target));
        }
        add(format_args!(
            "{:?} {parts:?} {}",
            found.statement, found.erased
        ));
        add(format_args!("{:?}", store.links_to(&id, 99).unwrap().len()));
    }
    for feed in store.feeds().unwrap() {
        let page = store.feed_page(&feed, 0, 1_000).unwrap();
        add(format_args!("{} {}", feed.as_str(), page.len()));
        for lane in store.lanes_of(&feed).unwrap() {
            add(format_args!(
                "{} {} {} {}",
                lane.key, lane.seq, lane.last, lane.count
            ));
        }
    }
    for fact in store.facts_page(None, 1_000).unwrap() {
        let kind = fact.kind.number();
        let key = fact.key.map(|key| key.to_string());
        add(format_args!(
            "{} {kind} {} {key:?}",
            fact.id, fact.institution
        ));
        add(format_args!("{} {:?}", fact.order, fact.bytes));
    }
    for held in store.held_page(None, 1_000).unwrap() {
        let waits = held.why == HeldReason::Pending;
        let awaiting = held.awaiting.map(|id| id.to_string());
        add(format_args!(
            "{} {waits} {} {awaiting:?} {:?}",
            held.id, held.institution, held.item
        ));
    }
    for (id, feeds) in store.outbox().unwrap() {
        add(format_args!("{id} {}", feeds.len()));
    }
    for (key, feed, seq, id) in store.all_own_positions().unwrap() {
        add(format_args!("{key} {feed} {seq} {id}"));
    }
    for (key, beat) in store.all_own_beats().unwrap() {
        add(format_args!("{key} {beat}"));
    }
    for column in ["follow", "anchor"] {
        add(format_args!("{:?}", store.choices(column).unwrap()));
    }
    Id::of(all.as_bytes()).to_string()
}

/// What the generator puts into a golden store: every kind of entry, parts dropped and given back, several segments, one of them cleared.
/// It is written by `INDABA_GOLDEN=FOLDER cargo test -p indaba-store golden_stores`, and never again: a format that was released
/// does not change.
fn make(dir: &Path) {
    let options = Options {
        guard: Some(dir.join("published")),
        segment_bytes: 6 << 10,
        ..Options::new([7; 16])
    };
    let mut store = Store::open(&dir.join("store"), options).unwrap().0;
    for n in 0..24 {
        put(&mut store, n);
    }
    let mut batch = Batch::new();
    for n in 0..5 {
        batch.put_fact(fact(n, FactKind::ALL[n as usize], n));
        batch.hold(held(n, Some(n)));
        batch.outbox_push(record_id(n), vec![feed("theme:trj")]);
        batch.choose("follow", &[n as u8], b"openly");
        batch.own_position(key(0), feed("theme:trj"), n + 1, record_id(n));
    }
    batch.own_head(key(0), 3);
    batch.choose("anchor", b"a", b"friend");
    store.commit(batch).unwrap();
    let mut batch = Batch::new();
    for n in 4..12 {
        batch.drop_parts(record_id(n));
    }
    batch.drop_fact(id("fact 0"));
    batch.release(id("held 0"));
    batch.outbox_done(record_id(0));
    batch.unchoose("follow", &[2]);
    store.commit(batch).unwrap();
    // A part comes back, and a segment is cleared.
    put(&mut store, 4);
    store.compact(90, 1).unwrap();
    for n in 24..30 {
        put(&mut store, n);
    }
    store.close().unwrap();
}

fn open_golden(dir: &Path) -> (Store, crate::OpenReport) {
    let options = Options {
        guard: Some(dir.join("published")),
        accept_loss: true,
        ..Options::new([9; 16])
    };
    Store::open(&dir.join("store"), options).unwrap()
}

#[test]
fn golden_stores_of_every_format_hold_what_they_held() {
    if let Some(to) = std::env::var_os("INDABA_GOLDEN") {
        let to = PathBuf::from(to);
        make(&to);
        // The index is rebuilt; lock, session and guard are of a machine and have tests of their own.
        for gone in ["store/index", "store/lock", "store/session", "published"] {
            let gone = to.join(gone);
            let _ = fs::remove_dir_all(&gone);
            let _ = fs::remove_file(&gone);
        }
    }
    let mut seen = 0;
    for format in 1..=Formats::known().newest() {
        let folder = tempfile::tempdir().unwrap();
        copy(&golden(format), folder.path());
        let (mut store, _) = open_golden(folder.path());
        assert!(store.verify(&mut |_, _| {}).unwrap().is_clean());
        assert_eq!(content(&store), CONTENT.trim(), "format {format}");
        assert_eq!(store.stats().unwrap().records, 30);
        assert_eq!(store.own_head(&key(0)).unwrap(), Some(3));
        // And it is a store like any other: written, closed, opened.
        put(&mut store, 40);
        store.close().unwrap();
        let (store, report) = open_golden(folder.path());
        assert_eq!((report.rebuilt, store.stats().unwrap().records), (None, 31));
        seen += 1;
    }
    assert!(seen > 0);
}

#[test]
fn a_newer_format_is_refused_and_no_byte_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    copy(&golden(1), folder.path());
    let journal = folder.path().join("store/journal");
    let mut segments: Vec<_> = fs::read_dir(&journal)
        .unwrap()
        .map(|item| item.unwrap().path())
        .collect();
    segments.sort();
    let newest = segments.last().unwrap();
    let mut bytes = fs::read(newest).unwrap();
    bytes[8] = 2;
    let sum = crc32c::crc32c_append(crc32c::crc32c(&[7; 16]), &bytes[..56]);
    bytes[56..60].copy_from_slice(&sum.to_le_bytes());
    fs::write(newest, &bytes).unwrap();
    let before: Vec<_> = segments
        .iter()
        .map(|path| fs::read(path).unwrap())
        .collect();
    let options = Options {
        guard: Some(folder.path().join("published")),
        ..Options::new([9; 16])
    };
    let error = Store::open(&folder.path().join("store"), options).unwrap_err();
    let said = error.to_string();
    assert!(matches!(
        error,
        StoreError::NewerFormat {
            found: 2,
            supported: 1,
            ..
        }
    ));
    assert!(
        said.contains("format version 2") && said.contains("newer one"),
        "{said}"
    );
    let after: Vec<_> = segments
        .iter()
        .map(|path| fs::read(path).unwrap())
        .collect();
    assert_eq!(before, after);
}

#[test]
fn an_index_of_another_version_is_built_anew() {
    let folder = tempfile::tempdir().unwrap();
    copy(&golden(1), folder.path());
    let (store, _) = open_golden(folder.path());
    let key = small(table::COUNTERS, &[&[crate::draft::counter::VERSION]]);
    let other = 77u64.to_be_bytes().to_vec();
    let mark = store.journal.end();
    store
        .index
        .apply(
            Arc::new([((Column::Small, key), Some(other))].into_iter().collect()),
            mark,
        )
        .unwrap();
    store.close().unwrap();
    let (store, report) = open_golden(folder.path());
    assert!(report.rebuilt.unwrap().contains("version"));
    assert_eq!(content(&store), CONTENT.trim());
    drop(store);
    assert_eq!(open_golden(folder.path()).1.rebuilt, None);
}

/// A step as the next format would bring one: format 1 of these tests carries a byte before every entry, format 2 is the real one.
const FROM_OLD: &[Step] = &[Step {
    what: "the byte before every entry goes",
    entry: |kind, mut bytes| {
        (bytes.first() == Some(&0x5a)).then(|| {
            bytes.remove(0);
            (kind, bytes)
        })
    },
}];

/// A store of the old format with what `fill` puts into a new one.
fn old_store(fill: impl Fn(&mut Store)) -> MemoryDisk {
    let new = MemoryDisk::new();
    let mut store = open(&new);
    fill(&mut store);
    let old = MemoryDisk::new();
    let opening = Opening {
        segment_bytes: SEGMENT,
        ..Opening::new([5; 16])
    };
    let folder = journal::folder(Path::new(DIR));
    let (mut journal, _) = Journal::open(Arc::new(old.clone()), &folder, &opening).unwrap();
    for frame in store.reader.frames(Mark::START) {
        let entries = frame.unwrap().entries().unwrap();
        let prefixed: Vec<_> = entries
            .iter()
            .map(|stored| [&[0x5a], stored.bytes.as_slice()].concat())
            .collect();
        let group: Vec<_> = entries
            .iter()
            .zip(&prefixed)
            .map(|(stored, bytes)| journal::Entry {
                kind: stored.kind,
                bytes,
            })
            .collect();
        journal.append(&group).unwrap();
    }
    old
}

fn without_guard(disk: &MemoryDisk) -> Options {
    Options {
        guard: None,
        ..in_memory(disk)
    }
}

fn migrate(store: &mut Store) -> Result<()> {
    let wanted = Wanted {
        live_percent: 0,
        erased: false,
        older: true,
        before: u64::MAX,
        bytes: 1,
    };
    while store.compact_piece(&wanted)?.more {}
    Ok(())
}

#[test]
fn an_older_format_is_read_written_to_and_taken_up() {
    let fill = |store: &mut Store| {
        for n in 0..50 {
            put(store, n);
        }
    };
    let disk = old_store(fill);
    // The negative control: without the step nothing of it reads.
    assert!(Store::open(Path::new(DIR), without_guard(&disk)).is_err());
    knowing(FROM_OLD, || {
        let open = || Store::open(Path::new(DIR), without_guard(&disk)).unwrap().0;
        let mut store = open();
        assert_eq!(records(&store, 60).len(), 50);
        assert!(store.verify(&mut |_, _| {}).unwrap().is_clean());
        let (newest, older) = store.formats();
        assert_eq!((newest, older.len(), older[0].format), (2, 1, 1));
        assert_eq!(older[0].changes, ["the byte before every entry goes"]);
        // What is written now is of the new format, in a segment of its own.
        put(&mut store, 50);
        drop(store);
        let mut store = open();
        assert_eq!(records(&store, 60).len(), 51);
        migrate(&mut store).unwrap();
        assert!(store.formats().1.is_empty());
        assert_eq!(records(&store, 60).len(), 51);
    });
    // No step is known here, so only the number of the newest format keeps an older program out.
    assert!(matches!(
        Store::open(Path::new(DIR), without_guard(&disk)),
        Err(StoreError::NewerFormat { found: 2, .. })
    ));
}

#[test]
fn a_power_cut_in_a_migration_loses_nothing() {
    let old = old_store(|store| {
        for n in 0..12 {
            put(store, n);
        }
    });
    let run = |disk: &MemoryDisk| {
        let Ok((mut store, _)) = Store::open(Path::new(DIR), without_guard(disk)) else {
            return;
        };
        let _ = migrate(&mut store);
    };
    knowing(FROM_OLD, || {
        let calls = {
            let disk = old.copy();
            disk.set_fault(None);
            run(&disk);
            disk.calls()
        };
        assert!(calls > 10, "{calls}");
        for call in 0..calls {
            for fault in [Fault::DieAt(call), Fault::FailAt(call)] {
                let disk = old.copy();
                disk.set_fault(Some(fault));
                run(&disk);
                for image in [Image::Strict, Image::Everything, Image::Torn(call)] {
                    let after = disk.power_cut(image);
                    let (mut store, _) = Store::open(Path::new(DIR), without_guard(&after))
                        .unwrap_or_else(|error| panic!("{fault:?} {image:?}: {error}"));
                    assert_eq!(records(&store, 20).len(), 12, "{fault:?} {image:?}");
                    migrate(&mut store).unwrap();
                    assert_eq!(records(&store, 20).len(), 12, "{fault:?} {image:?}");
                    assert!(store.formats().1.is_empty());
                }
            }
        }
    });
}
