use super::*;

const RESERVE: u64 = 24 << 10;

fn reserving(disk: &MemoryDisk) -> Options {
    Options {
        reserve_bytes: RESERVE,
        ..in_memory(disk)
    }
}

fn with_reserve(disk: &MemoryDisk) -> Store {
    Store::open(Path::new(DIR), reserving(disk)).unwrap().0
}

fn one(n: u64) -> Batch {
    let mut batch = Batch::new();
    batch.put_record(record(n));
    batch
}

/// Fills the disk; returns the store after the failure, and how many records it acknowledged.
fn fill(disk: &MemoryDisk, options: Options) -> (Store, u64) {
    let mut store = Store::open(Path::new(DIR), options).unwrap().0;
    // Both slots of the guard have their place.
    for n in 0..2 {
        store.commit(one(n)).unwrap();
        store.checkpoint().unwrap();
    }
    disk.set_capacity(Some(disk.used() + (20 << 10)));
    for n in 2.. {
        if let Err(error) = store.commit(one(n)) {
            assert!(error.is_full() && error.needs_reopening(), "{error}");
            assert!(error.to_string().contains("journal"), "{error}");
            return (store, n);
        }
    }
    unreachable!()
}

#[test]
fn a_full_disk_still_stores_what_is_urgent_and_goes_on_when_there_is_room() {
    let disk = MemoryDisk::new();
    let (mut store, acknowledged) = fill(&disk, reserving(&disk));
    assert!(acknowledged > 5 && store.lacks_space());
    assert!(matches!(store.commit(one(99)), Err(StoreError::Poisoned)));
    drop(store);

    let mut store = with_reserve(&disk);
    assert_eq!(records(&store, 99), (0..acknowledged).collect::<Vec<_>>());
    assert!(store.lacks_space());
    for _ in 0..3 {
        let error = store.commit(one(99)).unwrap_err();
        assert!(
            matches!(error, StoreError::Full { needed: 30_720, .. }),
            "{error}"
        );
        assert!(
            !error.needs_reopening() && error.to_string().contains("Make 1 MB free"),
            "{error}"
        );
    }
    let mut urgent = Batch::new();
    urgent.put_fact(fact(1, FactKind::State, 1));
    urgent.put_fact(fact(2, FactKind::CutList, 0));
    store.commit(urgent).unwrap();
    // A withdrawal: a record, and the parts of another one go.
    let mut withdrawal = one(98);
    withdrawal.drop_parts(record_id(0));
    withdrawal.urgent();
    store.commit(withdrawal).unwrap();
    assert!(store.record(&record_id(0)).unwrap().unwrap().erased);
    assert!(!store.renew_reserve().unwrap());
    store.checkpoint().unwrap();

    disk.set_capacity(Some(disk.used() + (RESERVE + 8_192) as usize));
    assert!(store.renew_reserve().unwrap() && !store.lacks_space());
    store.commit(one(99)).unwrap();
    store.close().unwrap();
    let store = with_reserve(&disk);
    assert!(!store.lacks_space());
    assert_eq!(store.stats().unwrap().records, acknowledged + 2);
    assert!(store.fact(&id("fact 1")).unwrap().is_some());
    assert!(store.verify(&mut |_, _| {}).unwrap().is_clean());
}

#[test]
fn control_without_a_reserve_a_full_disk_takes_no_note_of_anything() {
    let disk = MemoryDisk::new();
    drop(fill(&disk, in_memory(&disk)));
    let mut store = open(&disk);
    let mut failed = false;
    for n in 0..9 {
        let mut urgent = Batch::new();
        urgent.put_fact(fact(n, FactKind::State, n));
        failed |= store.commit(urgent).is_err();
    }
    assert!(failed);
}

#[test]
fn a_batch_is_as_urgent_as_its_least_urgent_record() {
    let mut urgent = one(1);
    urgent.urgent();
    let mut small = Batch::new();
    small.choose("follow", b"key", b"value");
    let mut both = urgent.clone();
    both.append(small);
    assert!(both.may_use_reserve());
    both.append(one(2));
    assert!(!both.may_use_reserve());
}

/// The disk is full after any number of bytes, with a reserve and without; then there is room again.
#[test]
fn wherever_the_disk_gets_full_nothing_acknowledged_is_lost() {
    for reserve_bytes in [0, RESERVE] {
        for room in (0..60_000).step_by(997) {
            let disk = MemoryDisk::new();
            disk.set_capacity(Some(room));
            let options = || Options {
                reserve_bytes,
                ..in_memory(&disk)
            };
            let (mut acknowledged, mut failures) = (0, 0);
            'opened: while failures < 5 {
                failures += 1;
                let Ok((mut store, _)) = Store::open(Path::new(DIR), options()) else {
                    continue;
                };
                let held = store.stats().unwrap().records;
                assert!(held == acknowledged || held == acknowledged + 1);
                for n in held..70 {
                    acknowledged = n;
                    match store.commit(one(n)) {
                        Ok(_) => acknowledged = n + 1,
                        Err(error) => {
                            assert!(error.is_full(), "{error}");
                            continue 'opened;
                        }
                    }
                    if n % 9 == 8 && store.checkpoint().is_err() {
                        continue 'opened;
                    }
                }
                break;
            }
            let after = disk.power_cut(crate::disk::Image::Strict);
            for disk in [&disk, &after] {
                disk.set_capacity(None);
                let mut store = with_reserve(disk);
                let held = records(&store, 99);
                assert!(held.len() as u64 >= acknowledged, "room for {room}");
                assert_eq!(held, (0..held.len() as u64).collect::<Vec<_>>());
                put(&mut store, 90);
                assert!(store.verify(&mut |_, _| {}).unwrap().is_clean());
            }
        }
    }
}
