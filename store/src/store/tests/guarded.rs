use super::*;

fn publish(store: &mut Store, seq: u64) -> Result<Receipt> {
    let mut batch = Batch::new();
    batch.put_record(record(3 * seq));
    batch.own_position(key(0), feed("theme:trj"), seq, record_id(3 * seq));
    batch.own_head(key(0), seq);
    store.commit(batch)
}

#[test]
fn an_older_copy_of_the_store_cannot_publish() {
    let disk = MemoryDisk::new();
    let mut store = open(&disk);
    for seq in 1..=5 {
        publish(&mut store, seq).unwrap();
    }
    drop(store);
    let backup = disk.copy();
    let mut store = open(&disk);
    for seq in 6..=9 {
        publish(&mut store, seq).unwrap();
    }
    drop(store);

    // The backup comes back, the guard stayed where it was.
    let mut guard = Vec::new();
    disk.damage(Path::new(GUARD), |bytes| guard.clone_from(bytes))
        .unwrap();
    backup
        .damage(Path::new(GUARD), |bytes| bytes.clone_from(&guard))
        .unwrap();
    let error = Store::open(Path::new(DIR), in_memory(&backup)).unwrap_err();
    assert!(matches!(error, StoreError::Behind { .. }), "{error}");

    let accepting = Options {
        accept_loss: true,
        ..in_memory(&backup)
    };
    let (mut store, report) = Store::open(Path::new(DIR), accepting).unwrap();
    assert!(report.loss_accepted);
    assert_eq!(
        store.own_blocked(&key(0)).unwrap(),
        [(feed("theme:trj"), 9, 5)]
    );
    // What it published is known by whichever of the two remembers more.
    assert_eq!(store.own_known(&key(0), &feed("theme:trj")).unwrap(), 9);
    assert_eq!(store.own_known(&key(0), &feed("theme:gov")).unwrap(), 0);
    assert_eq!(store.own_known(&key(1), &feed("theme:trj")).unwrap(), 0);
    for seq in [5, 6, 8, 9] {
        let mut batch = Batch::new();
        batch.own_position(key(0), feed("theme:trj"), seq, id("another record"));
        let error = store.commit(batch).unwrap_err();
        assert!(
            matches!(error, StoreError::OwnBehind { known: 5 | 9, .. }),
            "{error}"
        );
    }
    let mut batch = Batch::new();
    batch.own_head(key(0), 9);
    assert!(matches!(
        store.commit(batch),
        Err(StoreError::OwnBehind { .. })
    ));
    // A new key is free to begin.
    let mut batch = Batch::new();
    batch.own_position(key(1), feed("theme:trj"), 1, id("a first record"));
    store.commit(batch).unwrap();
    // The missing records come back from peers; then publishing goes on.
    for seq in 6..=9 {
        let mut batch = Batch::new();
        batch.put_record(record(3 * seq));
        batch.own_recovered(key(0), feed("theme:trj"), seq, record_id(3 * seq));
        store.commit(batch).unwrap();
    }
    assert_eq!(store.own_blocked(&key(0)).unwrap(), []);
    publish(&mut store, 10).unwrap();
    store.close().unwrap();
    // Accepted once, not asked again.
    let store = open(&backup);
    assert_eq!(
        store.own_positions(&key(0)).unwrap(),
        [(feed("theme:trj"), 10, record_id(30))]
    );
    assert_eq!(store.own_head(&key(0)).unwrap(), Some(10));
}

#[test]
fn control_without_the_guard_an_older_copy_publishes_again() {
    let disk = MemoryDisk::new();
    let unguarded = |disk: &MemoryDisk| Options {
        guard: None,
        ..in_memory(disk)
    };
    let mut store = Store::open(Path::new(DIR), unguarded(&disk)).unwrap().0;
    publish(&mut store, 1).unwrap();
    let backup = disk.copy();
    publish(&mut store, 2).unwrap();
    let mut store = Store::open(Path::new(DIR), unguarded(&backup)).unwrap().0;
    let mut batch = Batch::new();
    batch.own_position(key(0), feed("theme:trj"), 2, id("another record"));
    store.commit(batch).unwrap();
}

#[test]
fn an_emptied_or_swapped_store_is_refused() {
    let disk = MemoryDisk::new();
    let mut store = open(&disk);
    publish(&mut store, 1).unwrap();
    drop(store);
    for name in disk.list(Path::new("/store/journal")).unwrap() {
        disk.remove(&Path::new("/store/journal").join(name))
            .unwrap();
    }
    let error = Store::open(Path::new(DIR), in_memory(&disk.copy())).unwrap_err();
    assert!(matches!(error, StoreError::Behind { .. }), "{error}");
    // Another store, longer than the guard knows.
    let other = Options {
        guard: None,
        new_id: [6; 16],
        ..in_memory(&disk)
    };
    let mut store = Store::open(Path::new(DIR), other).unwrap().0;
    (0..30).for_each(|n| drop(put(&mut store, n)));
    drop(store);
    let error = Store::open(Path::new(DIR), in_memory(&disk)).unwrap_err();
    assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
}

#[test]
fn a_lost_guard_is_refused_only_when_something_was_published() {
    let disk = MemoryDisk::new();
    let mut store = open(&disk);
    put(&mut store, 1);
    drop(store);
    disk.remove(Path::new(GUARD)).unwrap();
    let mut store = open(&disk);
    publish(&mut store, 4).unwrap();
    drop(store);
    disk.damage(Path::new(GUARD), |bytes| bytes.fill(0))
        .unwrap();
    let error = Store::open(Path::new(DIR), in_memory(&disk)).unwrap_err();
    assert!(matches!(error, StoreError::GuardLost { .. }), "{error}");
    let accepting = Options {
        accept_loss: true,
        ..in_memory(&disk)
    };
    let (mut store, report) = Store::open(Path::new(DIR), accepting).unwrap();
    assert!(report.loss_accepted);
    let mut batch = Batch::new();
    batch.own_position(key(0), feed("theme:trj"), 4, id("another record"));
    assert!(matches!(
        store.commit(batch),
        Err(StoreError::OwnBehind { .. })
    ));
    publish(&mut store, 5).unwrap();
}

#[test]
fn publishing_costs_one_sync_after_the_first_of_a_session() {
    let disk = MemoryDisk::new();
    let mut store = open(&disk);
    let mut syncs = Vec::new();
    for seq in 1..=6 {
        let before = disk.syncs();
        publish(&mut store, seq).unwrap();
        syncs.push(disk.syncs() - before);
    }
    assert_eq!(syncs, [2, 1, 1, 1, 1, 1]);
}
