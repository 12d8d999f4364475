use proptest::prelude::*;

use super::*;
use crate::disk::{Image, RealDisk};

#[test]
fn what_is_appended_is_read_back_and_survives_reopening() {
    let disk = MemoryDisk::new();
    let groups = groups(30);
    let (mut journal, _) = open(&disk, &opening()).unwrap();
    let mut places = Vec::new();
    for group in &groups {
        places.push(append(&mut journal, group).unwrap());
    }
    let end = journal.end();
    drop(journal);
    let (journal, recovery) = open(&disk, &opening()).unwrap();
    assert_eq!(recovery, Recovery { frames: 30, cut: 0 });
    assert_eq!(journal.end(), end);
    assert_eq!(contents(&journal), groups);
    assert!(
        journal.reader().segments().len() > 3,
        "the workload must cross segments"
    );
    for (group, places) in groups.iter().zip(&places) {
        for ((kind, bytes), at) in group.iter().zip(places) {
            let stored = journal.reader().read(*at).unwrap();
            assert_eq!((stored.kind, &stored.bytes), (*kind, bytes));
        }
    }
}

#[test]
fn an_acknowledged_group_costs_one_sync() {
    let disk = MemoryDisk::new();
    let (mut journal, _) = open(&disk, &Opening::new(ID)).unwrap();
    let before = disk.syncs();
    for group in groups(50) {
        append(&mut journal, &group).unwrap();
    }
    assert_eq!(disk.syncs() - before, 50);
}

#[test]
fn opening_from_a_mark_checks_only_what_follows() {
    let disk = MemoryDisk::new();
    let (mut journal, _) = open(&disk, &opening()).unwrap();
    let groups = groups(20);
    let mut marks = vec![Mark::START];
    for group in &groups {
        append(&mut journal, group).unwrap();
        marks.push(journal.end());
    }
    let end = journal.end();
    drop(journal);
    for (done, from) in marks.into_iter().enumerate() {
        let (journal, recovery) = open(&disk, &Opening { from, ..opening() }).unwrap();
        assert_eq!(recovery.frames, 20 - done as u64);
        assert_eq!(journal.end(), end);
        assert_eq!(journal.reader().frames(from).count(), 20 - done);
    }
}

#[test]
fn bounds_are_refused_before_anything_is_written() {
    let disk = MemoryDisk::new();
    let (mut journal, _) = open(&disk, &opening()).unwrap();
    disk.set_fault(None);
    let long = vec![0; MAX_ENTRY + 1];
    let entry = Entry {
        kind: 0,
        bytes: &long,
    };
    assert!(matches!(
        journal.append(&[entry]),
        Err(StoreError::TooLarge { .. })
    ));
    let entry = Entry {
        kind: 0,
        bytes: &long[..MAX_ENTRY],
    };
    assert!(matches!(
        journal.append(&[entry; 17]),
        Err(StoreError::TooLarge { .. })
    ));
    let entry = Entry {
        kind: 0,
        bytes: &[],
    };
    let many = vec![entry; MAX_ENTRIES + 1];
    assert!(matches!(
        journal.append(&many),
        Err(StoreError::TooLarge { .. })
    ));
    assert_eq!(disk.calls(), 0);
    assert!(!journal.is_poisoned());
    journal.append(&many[1..]).unwrap();
}

#[test]
fn the_real_disk_does_what_the_one_in_memory_does() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("journal");
    let groups = groups(12);
    let disk: Arc<dyn Disk> = Arc::new(RealDisk);
    let (mut journal, _) = Journal::open(disk.clone(), &dir, &opening()).unwrap();
    for group in &groups {
        append(&mut journal, group).unwrap();
    }
    drop(journal);
    let last = std::fs::read_dir(&dir)
        .unwrap()
        .map(|item| item.unwrap().path())
        .max()
        .unwrap();
    let mut bytes = std::fs::read(&last).unwrap();
    bytes.extend_from_slice(&[0; 77]);
    std::fs::write(&last, bytes).unwrap();
    let (mut journal, recovery) = Journal::open(disk.clone(), &dir, &opening()).unwrap();
    assert_eq!(
        recovery,
        Recovery {
            frames: 12,
            cut: 77
        }
    );
    journal
        .retire(journal.reader().segments()[1].start)
        .unwrap();
    drop(journal);
    let (journal, _) = Journal::open(disk, &dir, &opening()).unwrap();
    assert!(journal.reader().segments()[1].retired);
    assert_eq!(contents(&journal).last(), groups.last());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_groups_come_back(
        sizes in prop::collection::vec(prop::collection::vec((any::<u8>(), 0usize..900, any::<u64>()), 1..5), 1..25),
        segment_bytes in 100u64..5000,
        reopen in prop::collection::vec(any::<bool>(), 25),
        torn in any::<u64>(),
    ) {
        let disk = MemoryDisk::new();
        let opening = Opening { segment_bytes, ..Opening::new(ID) };
        let groups: Vec<Group> = sizes
            .into_iter()
            .map(|group| group.into_iter().map(|(kind, size, seed)| (kind, noise(seed, size))).collect())
            .collect();
        let mut journal = open(&disk, &opening).unwrap().0;
        for (group, reopen) in groups.iter().zip(reopen) {
            append(&mut journal, group).unwrap();
            if reopen {
                let end = journal.end();
                drop(journal);
                journal = open(&disk, &Opening { known_end: end.offset, ..opening }).unwrap().0;
                prop_assert_eq!(journal.end(), end);
            }
        }
        prop_assert_eq!(&contents(&journal), &groups);
        let known_end = journal.end().offset;
        let after = disk.power_cut(Image::Torn(torn));
        let (journal, _) = open(&after, &Opening { known_end, ..opening }).unwrap();
        prop_assert_eq!(&contents(&journal), &groups);
    }
}
