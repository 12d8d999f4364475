use super::*;
use crate::disk::{Fault, Image};

const WANTED: Wanted = Wanted {
    live_percent: 49,
    erased: true,
    older: false,
    before: u64::MAX,
    bytes: 1,
};

fn erase(store: &mut Store, n: u64) {
    let mut batch = Batch::new();
    batch.drop_parts(record_id(n));
    store.commit(batch).unwrap();
}

fn finish(store: &mut Store, wanted: &Wanted) -> Compacted {
    let mut done = Compacted::default();
    loop {
        let piece = store.compact_piece(wanted).unwrap();
        if !piece.more {
            return done;
        }
        done.segments += piece.done.segments;
        done.removed += piece.done.removed;
        done.moved += piece.done.moved;
    }
}

/// Every byte in the store folder, as the disk has it.
fn on_the_disk(disk: &MemoryDisk) -> Vec<u8> {
    let dir = Path::new(DIR).join("journal");
    let mut bytes = Vec::new();
    for name in disk.list(&dir).unwrap() {
        let file = disk.open(&dir.join(name)).unwrap();
        let mut content = vec![0; file.length().unwrap() as usize];
        file.read_at(0, &mut content).unwrap();
        bytes.extend_from_slice(&content);
    }
    bytes
}

/// A record whose body stands on the disk as it is: too short to be compressed.
fn secret() -> NewRecord {
    let body = b"who said what to whom".to_vec();
    let mut record = record(1_000);
    record.view.body = Id::of(&body);
    record.body = Some(body);
    record
}

fn is_on_disk(disk: &MemoryDisk) -> bool {
    on_the_disk(disk)
        .windows(21)
        .any(|window| window == b"who said what to whom")
}

#[test]
fn erased_content_leaves_the_disk_also_from_the_newest_segment() {
    let disk = MemoryDisk::new();
    let mut store = open(&disk);
    let mut batch = Batch::new();
    batch.put_record(secret());
    store.commit(batch).unwrap();
    put(&mut store, 1);
    assert!(is_on_disk(&disk));
    erase(&mut store, 1_000);
    assert!(store.erased_bytes().unwrap() > 0);
    assert!(is_on_disk(&disk), "dropping is not yet erasing");
    // The negative control: compaction that does not look for erased content leaves it.
    let sparse = Wanted {
        erased: false,
        ..WANTED
    };
    finish(&mut store, &sparse);
    assert!(is_on_disk(&disk));

    let done = finish(&mut store, &WANTED);
    assert_eq!((done.segments, store.compacted().segments), (1, 1));
    assert!(!is_on_disk(&disk));
    assert_eq!(store.erased_bytes().unwrap(), 0);
    drop(store);
    let mut store = open(&disk);
    let kept = store.record(&record_id(1_000)).unwrap().unwrap();
    assert!(kept.erased && kept.card.is_none() && kept.body.is_none());
    assert_eq!(records(&store, 9), [1]);
    assert_eq!(finish(&mut store, &WANTED), Compacted::default());
    assert!(store.verify(&mut |_, _| {}).unwrap().is_clean());
}

#[test]
fn only_sparse_segments_are_cleared_and_a_piece_is_small() {
    let disk = MemoryDisk::new();
    let mut store = open(&disk);
    for n in 0..120 {
        put(&mut store, n);
    }
    let full = store.reader.segments().len();
    assert!(full > 3);
    let sparse = Wanted {
        erased: false,
        ..WANTED
    };
    assert_eq!(finish(&mut store, &sparse), Compacted::default());
    for n in 0..60 {
        erase(&mut store, n);
    }
    let before = store.stats().unwrap().journal_bytes;
    let mut pieces = 0;
    let syncs = disk.syncs();
    let sparse = Wanted {
        live_percent: 80,
        bytes: 4 << 10,
        ..sparse
    };
    while store.compact_piece(&sparse).unwrap().more {
        pieces += 1;
    }
    // A few frames a piece: an append, and for the last of a segment the note that takes its place.
    assert!(pieces > 4, "{pieces}");
    assert!(disk.syncs() - syncs <= 2 * pieces);
    assert!(store.compacted().segments > 0);
    assert!(store.stats().unwrap().journal_bytes < before);
    assert_eq!(records(&store, 0), Vec::<u64>::new());
    for n in 60..120 {
        assert_eq!(
            store.record(&record_id(n)).unwrap().unwrap().body,
            record(n).body
        );
    }
}

#[test]
fn commits_between_two_pieces_are_neither_lost_nor_undone() {
    on_every_engine(|open| {
        let mut store = open();
        for n in 0..60 {
            put(&mut store, n);
        }
        for n in 0..40 {
            erase(&mut store, n);
        }
        // While a segment is being cleared its records are erased, given back, and others arrive.
        let mut n = 100;
        loop {
            let piece = store.compact_piece(&WANTED).unwrap();
            if !piece.more || n == 119 {
                break;
            }
            put(&mut store, n);
            erase(&mut store, n - 60);
            put(&mut store, n - 100);
            n += 1;
        }
        finish(&mut store, &WANTED);
        for other in 100..n {
            assert!(
                store
                    .record(&record_id(other))
                    .unwrap()
                    .unwrap()
                    .body
                    .is_some()
            );
            let gone = store.record(&record_id(other - 60)).unwrap().unwrap();
            assert!(gone.erased && gone.body.is_none());
            let back = store.record(&record_id(other - 100)).unwrap().unwrap();
            assert_eq!(back.body, record(other - 100).body);
        }
        assert!(store.verify(&mut |_, _| {}).unwrap().is_clean());
        let before = store.stats().unwrap().records;
        store.close().unwrap();
        let mut store = open();
        assert_eq!(store.stats().unwrap().records, before);
        store.rebuild_index(&mut |_, _| {}).unwrap();
        assert!(store.verify(&mut |_, _| {}).unwrap().is_clean());
    });
}

/// Erases and compacts until something fails. Returns the records acknowledged and those erased.
fn run(disk: &MemoryDisk) -> (u64, u64) {
    let Ok((mut store, _)) = Store::open(Path::new(DIR), in_memory(disk)) else {
        return (0, 0);
    };
    let mut done = (0, 0);
    for n in 0..14 {
        let mut batch = Batch::new();
        batch.put_record(record(2 * n));
        batch.put_record(record(2 * n + 1));
        batch.own_position(key(0), feed("theme:trj"), n + 1, record_id(2 * n));
        if store.commit(batch).is_err() {
            return done;
        }
        done.0 = n + 1;
        if n % 2 == 1 {
            let mut batch = Batch::new();
            batch.drop_parts(record_id(n));
            if store.commit(batch).is_err() {
                return done;
            }
            done.1 = n.div_ceil(2);
        }
        if n > 5 && store.compact_piece(&WANTED).is_err() {
            return done;
        }
    }
    done
}

#[test]
fn whatever_call_fails_in_between_nothing_is_lost_and_nothing_comes_back() {
    let whole = MemoryDisk::new();
    assert_eq!(run(&whole), (14, 7));
    let calls = whole.calls();
    let mut tried = 0;
    for call in 0..calls {
        for fault in [Fault::DieAt(call), Fault::FailAt(call)] {
            let disk = MemoryDisk::new();
            disk.set_fault(Some(fault));
            let (acknowledged, erased) = run(&disk);
            for image in [Image::Strict, Image::Everything, Image::Torn(call)] {
                let what = format!("{fault:?} {image:?}");
                let after = disk.power_cut(image);
                let mut store = Store::open(Path::new(DIR), in_memory(&after))
                    .unwrap_or_else(|error| panic!("{what}: {error}"))
                    .0;
                for pass in 0..2 {
                    for n in 0..2 * acknowledged {
                        let found = store.record(&record_id(n)).unwrap().expect(&what);
                        assert_eq!(found.statement, record(n).statement, "{what}");
                        let dropped = n % 2 == 1 && n.div_ceil(2) <= erased;
                        assert!(!dropped || found.body.is_none(), "{what} {n} pass {pass}");
                        assert!(
                            found.erased || found.body == record(n).body,
                            "{what} {n} pass {pass}"
                        );
                    }
                    if acknowledged > 0 {
                        let own = store.own_positions(&key(0)).unwrap();
                        assert!(own[0].1 >= acknowledged, "{what}");
                    }
                    finish(&mut store, &WANTED);
                }
                assert_eq!(store.erased_bytes().unwrap(), 0);
                assert!(store.verify(&mut |_, _| {}).unwrap().is_clean(), "{what}");
                tried += 1;
            }
        }
    }
    assert!(tried > 300, "{tried}");
}
