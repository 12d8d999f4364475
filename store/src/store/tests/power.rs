use super::*;
use crate::disk::{Fault, Image};

/// Commits until something fails. Returns how many batches were acknowledged.
fn run(disk: &MemoryDisk) -> u64 {
    let Ok((mut store, _)) = Store::open(Path::new(DIR), in_memory(disk)) else {
        return 0;
    };
    for n in 0..20 {
        if store.commit(batch(n)).is_err() {
            return n;
        }
        if n == 12 && store.compact(99, 9).is_err() {
            return n + 1;
        }
        if n % 6 == 5 && store.checkpoint().is_err() {
            return n + 1;
        }
        if n == 15 {
            if store.close().is_err() {
                return n + 1;
            }
            match Store::open(Path::new(DIR), in_memory(disk)) {
                Ok((opened, _)) => store = opened,
                Err(_) => return n + 1,
            }
        }
    }
    let _ = store.close();
    20
}

/// Every batch publishes a record, drops the parts of an older one and replaces a head.
fn batch(n: u64) -> Batch {
    let mut batch = Batch::new();
    batch.put_record(record(3 * n));
    batch.put_record(record(3 * n + 1));
    batch.own_position(key(0), feed("theme:trj"), n + 1, record_id(3 * n));
    batch.outbox_push(record_id(3 * n), vec![feed("theme:trj")]);
    batch.put_fact(fact(n, FactKind::Head, n));
    if n > 0 {
        batch.drop_parts(record_id(3 * (n - 1) + 1));
        batch.drop_fact(id(&format!("fact {}", n - 1)));
        batch.outbox_done(record_id(3 * (n - 1)));
    }
    batch.choose("follow", b"key", format!("choice {n}").as_bytes());
    batch
}

fn check(store: &Store, acknowledged: u64, what: &str) {
    let found = store.stats().unwrap().records / 2;
    assert!(found >= acknowledged, "{what}: {found} of {acknowledged}");
    assert!(found <= acknowledged + 1, "{what}");
    for n in 0..found {
        let own = store.record(&record_id(3 * n)).unwrap().expect(what);
        assert_eq!(
            (own.statement, own.body),
            (record(3 * n).statement, record(3 * n).body)
        );
        let other = store.record(&record_id(3 * n + 1)).unwrap().expect(what);
        assert_eq!(
            (other.erased, other.card.is_some()),
            (n + 1 < found, n + 1 == found),
            "{what}"
        );
        assert_eq!(
            store.fact(&id(&format!("fact {n}"))).unwrap().is_some(),
            n + 1 == found
        );
    }
    if let Some(last) = found.checked_sub(1) {
        assert_eq!(store.own_positions(&key(0)).unwrap()[0].1, found, "{what}");
        assert_eq!(store.outbox().unwrap().len(), 1, "{what}");
        let choice = store.choice("follow", b"key").unwrap().unwrap();
        assert_eq!(choice, format!("choice {last}").into_bytes(), "{what}");
    }
}

fn crash_states() -> u64 {
    trials("INDABA_CRASH_STATES", 500, 100_000)
}

#[test]
fn power_cuts_leave_whole_batches() {
    let disk = MemoryDisk::new();
    assert_eq!(run(&disk), 20);
    let calls = disk.calls();
    assert!(calls > 80, "{calls} calls");
    let mut tried = 0;
    let each = (crash_states() / calls).max(4) - 1;
    for cut in 0..calls {
        let disk = MemoryDisk::new();
        disk.set_fault(Some(Fault::DieAt(cut)));
        let acknowledged = run(&disk);
        let torn = (0..each).map(|n| Image::Torn(cut * each + n));
        for image in [Image::Strict, Image::Everything].into_iter().chain(torn) {
            let what = format!("cut {cut} {image:?}");
            let after = disk.power_cut(image);
            let mut store = Store::open(Path::new(DIR), in_memory(&after))
                .unwrap_or_else(|error| panic!("{what}: {error}"))
                .0;
            check(&store, acknowledged, &what);
            assert!(store.verify(&mut |_, _| {}).unwrap().is_clean(), "{what}");
            put(&mut store, 100);
            tried += 1;
        }
    }
    assert!(tried >= crash_states(), "{tried} images");
}

#[test]
fn a_failing_call_is_survived_by_reopening() {
    let disk = MemoryDisk::new();
    run(&disk);
    for call in 0..disk.calls() {
        let disk = MemoryDisk::new();
        disk.set_fault(Some(Fault::FailAt(call)));
        let acknowledged = run(&disk);
        disk.set_fault(None);
        let store = open(&disk);
        check(&store, acknowledged, &format!("call {call}"));
        drop(store);
        check(
            &open(&disk.power_cut(Image::Strict)),
            acknowledged,
            &format!("call {call}, cut"),
        );
    }
}

#[test]
fn a_failing_read_changes_nothing() {
    let disk = MemoryDisk::new();
    assert_eq!(run(&disk), 20);
    let read_all = || {
        let (store, _) = Store::open(Path::new(DIR), in_memory(&disk))?;
        for n in 0..20 {
            let found = store
                .record(&record_id(3 * n))?
                .map(|found| found.statement);
            assert_eq!(found, Some(record(3 * n).statement));
        }
        Ok::<_, StoreError>(())
    };
    disk.set_fault(None);
    read_all().unwrap();
    let reads = disk.reads();
    assert!(reads > 40, "{reads} reads");
    let mut failed = 0;
    for read in 0..reads {
        disk.set_fault(Some(Fault::FailReadAt(read)));
        // What went well all the same gave the right answers.
        if let Err(error) = read_all() {
            assert!(
                matches!(error, StoreError::Io { .. }),
                "read {read}: {error}"
            );
            failed += 1;
        }
        disk.set_fault(None);
        check(&open(&disk), 20, &format!("read {read}"));
    }
    assert!(failed > reads / 2, "{failed} of {reads} reads");
}

#[test]
fn after_a_failure_nothing_is_accepted_until_reopened() {
    let disk = MemoryDisk::new();
    let mut store = open(&disk);
    disk.set_fault(Some(Fault::FailAt(1)));
    let error = store.commit(batch(0)).unwrap_err();
    assert!(matches!(error, StoreError::Io { doing: "sync", .. }) && error.needs_reopening());
    disk.set_fault(None);
    assert!(matches!(store.commit(batch(1)), Err(StoreError::Poisoned)));
    assert_eq!(disk.calls(), 0);
    drop(store);
    let mut store = open(&disk);
    store.commit(batch(1)).unwrap();
}
