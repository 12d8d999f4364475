#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]

use proptest::prelude::*;

use super::*;
use crate::disk::{Fault as DiskFault, Image, MemoryDisk, RealDisk};

const DIR: &str = "/store/journal";
const ID: StoreId = [7; 16];
/// Small, so that a short workload crosses several segments.
const SEGMENT: u64 = 2048;

type Group = Vec<(u8, Vec<u8>)>;

fn opening() -> Opening {
    Opening {
        segment_bytes: SEGMENT,
        ..Opening::new(ID)
    }
}

fn open(disk: &MemoryDisk, opening: &Opening) -> Result<(Journal, Recovery)> {
    Journal::open(Arc::new(disk.clone()), Path::new(DIR), opening)
}

fn append(journal: &mut Journal, group: &Group) -> Result<Vec<At>> {
    let entries: Vec<_> = group
        .iter()
        .map(|(kind, bytes)| Entry { kind: *kind, bytes })
        .collect();
    journal.append(&entries)
}

fn contents(journal: &Journal) -> Vec<Group> {
    let frames = journal.reader().frames(Mark::START);
    frames
        .map(|frame| {
            let entries = frame.unwrap().entries().unwrap();
            entries
                .into_iter()
                .map(|entry| (entry.kind, entry.bytes))
                .collect()
        })
        .collect()
}

/// Bytes that do not compress, so that sizes are as asked.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    })
    .take(length)
    .collect()
}

fn groups(count: u64) -> Vec<Group> {
    (0..count)
        .map(|n| {
            let text = format!("the same words again and again {n} ").repeat(8);
            vec![
                (1, noise(n, 40 + (n as usize * 97) % 700)),
                (2, text.into_bytes()),
                (3, Vec::new()),
            ]
        })
        .collect()
}

/// Appends until something fails. Returns how many groups were acknowledged.
fn run(disk: &MemoryDisk, groups: &[Group]) -> usize {
    let Ok((mut journal, _)) = open(disk, &opening()) else {
        return 0;
    };
    groups
        .iter()
        .take_while(|group| append(&mut journal, group).is_ok())
        .count()
}

fn segment_paths(disk: &MemoryDisk) -> Vec<PathBuf> {
    let mut names = disk.list(Path::new(DIR)).unwrap();
    names.sort();
    names.iter().map(|name| Path::new(DIR).join(name)).collect()
}

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
fn a_torn_tail_is_cut_and_writing_goes_on() {
    let disk = MemoryDisk::new();
    let groups = groups(9);
    run(&disk, &groups[..8]);
    let last = segment_paths(&disk).pop().unwrap();
    // A frame of another store, valid there: no reason to call the tail damaged.
    let other = MemoryDisk::new();
    let (mut foreign, _) = Journal::open(
        Arc::new(other.clone()),
        Path::new(DIR),
        &Opening::new([9; 16]),
    )
    .unwrap();
    append(&mut foreign, &groups[0]).unwrap();
    let mut garbage = vec![0x55; 100];
    other
        .damage(&segment_paths(&other)[0], |bytes| {
            garbage.extend_from_slice(&bytes[64..])
        })
        .unwrap();
    disk.damage(&last, |bytes| bytes.extend_from_slice(&garbage))
        .unwrap();
    let (mut journal, recovery) = open(&disk, &opening()).unwrap();
    assert_eq!(recovery.cut, garbage.len() as u64);
    append(&mut journal, &groups[8]).unwrap();
    drop(journal);
    let (journal, recovery) = open(&disk, &opening()).unwrap();
    assert_eq!(recovery.cut, 0);
    assert_eq!(contents(&journal), groups);
}

/// Every byte of a journal, changed one at a time.
#[test]
fn no_changed_byte_goes_unnoticed() {
    let disk = MemoryDisk::new();
    let groups = groups(8);
    run(&disk, &groups);
    let (journal, _) = open(&disk, &opening()).unwrap();
    let known_end = journal.end().offset;
    drop(journal);
    let paths = segment_paths(&disk);
    let (mut trials, mut cut) = (0, 0);
    for (number, path) in paths.iter().enumerate() {
        let length = disk.open(path).unwrap().length().unwrap();
        for at in 0..length as usize {
            let damaged = disk.copy();
            damaged.damage(path, |bytes| bytes[at] ^= 0x10).unwrap();
            let guarded = open(
                &damaged.copy(),
                &Opening {
                    known_end,
                    ..opening()
                },
            );
            assert!(
                guarded.is_err(),
                "segment {number} byte {at} went unnoticed"
            );
            // Without a known end only the last frame may be taken for a torn tail.
            if let Ok((journal, recovery)) = open(&damaged, &opening()) {
                assert!(recovery.cut > 0 && number + 1 == paths.len());
                assert_eq!(contents(&journal), groups[..groups.len() - 1]);
                cut += 1;
            }
            trials += 1;
        }
    }
    assert!(trials > 2500 && cut > 0, "{trials} trials, {cut} cut");
}

#[test]
fn damage_in_the_middle_names_segment_and_offset_and_changes_nothing() {
    let disk = MemoryDisk::new();
    run(&disk, &groups(12));
    let path = segment_paths(&disk)[1].clone();
    disk.damage(&path, |bytes| bytes[64 + 41] ^= 1).unwrap();
    let calls = || {
        disk.set_fault(None);
        let error = open(&disk, &opening()).unwrap_err();
        (disk.calls(), error)
    };
    let (changes, error) = calls();
    assert_eq!(changes, 0);
    let StoreError::Damaged {
        segment, offset, ..
    } = error
    else {
        panic!("{error}");
    };
    assert_eq!(path.file_name().unwrap().to_str().unwrap(), segment);
    assert_eq!(offset, 64);
    // What is readable can still be had.
    let segments = Segments::open(Arc::new(disk.clone()), Path::new(DIR), ID).unwrap();
    let reader = Reader {
        segments: Arc::new(segments),
    };
    let mut good = 0;
    let faults = reader
        .salvage(|_| {
            good += 1;
            Ok(())
        })
        .unwrap();
    assert_eq!((good, faults.len()), (11, 1));
}

#[test]
fn a_journal_shorter_than_known_is_refused_at_every_length() {
    let disk = MemoryDisk::new();
    let groups = groups(6);
    run(&disk, &groups);
    let (journal, _) = open(&disk, &opening()).unwrap();
    let known_end = journal.end().offset;
    drop(journal);
    let path = segment_paths(&disk).pop().unwrap();
    let length = disk.open(&path).unwrap().length().unwrap() as usize;
    for shorter in 0..length {
        let copy = disk.copy();
        copy.damage(&path, |bytes| bytes.truncate(shorter)).unwrap();
        let error = open(
            &copy.copy(),
            &Opening {
                known_end,
                ..opening()
            },
        )
        .unwrap_err();
        assert!(
            matches!(
                error,
                StoreError::Behind { .. } | StoreError::Damaged { .. }
            ),
            "{shorter}: {error}"
        );
        // Without that knowledge the loss cannot be seen: why the guard exists.
        let (journal, _) = open(&copy, &opening()).unwrap();
        let found = contents(&journal);
        assert_eq!(found, groups[..found.len()]);
        assert!(found.len() < groups.len());
    }
}

#[test]
fn missing_and_foreign_segments_are_refused() {
    let disk = MemoryDisk::new();
    run(&disk, &groups(16));
    let (journal, _) = open(&disk, &opening()).unwrap();
    let known_end = journal.end().offset;
    drop(journal);
    let paths = segment_paths(&disk);
    assert!(paths.len() >= 4);
    for (number, path) in paths.iter().enumerate() {
        let copy = disk.copy();
        copy.remove(path).unwrap();
        let error = open(
            &copy,
            &Opening {
                known_end,
                ..opening()
            },
        )
        .unwrap_err();
        let is_last = number + 1 == paths.len();
        assert_eq!(
            matches!(error, StoreError::Behind { .. }),
            is_last,
            "{error}"
        );
        assert_eq!(
            matches!(error, StoreError::Damaged { .. }),
            !is_last,
            "{error}"
        );
    }
    let other = MemoryDisk::new();
    let opening = Opening {
        new_id: [8; 16],
        ..opening()
    };
    let (mut journal, _) = open(&other, &opening).unwrap();
    groups(16)
        .iter()
        .for_each(|group| drop(append(&mut journal, group).unwrap()));
    drop(journal);
    let mut bytes = Vec::new();
    other
        .damage(&paths[1], |found| bytes.clone_from(found))
        .unwrap();
    disk.damage(&paths[1], |found| *found = bytes).unwrap();
    assert!(matches!(
        open(&disk, &opening),
        Err(StoreError::Foreign { .. })
    ));
}

#[test]
fn a_newer_format_is_refused() {
    let disk = MemoryDisk::new();
    run(&disk, &groups(2));
    let header = format::SegmentHeader {
        id: ID,
        start: Mark::START,
        retired_end: None,
    };
    let mut bytes = header.encode();
    bytes[8] = 2;
    let sum = crc32c::crc32c_append(crc32c::crc32c(&ID), &bytes[..56]);
    bytes[56..60].copy_from_slice(&sum.to_le_bytes());
    disk.damage(&segment_paths(&disk)[0], |found| {
        found[..64].copy_from_slice(&bytes)
    })
    .unwrap();
    let error = open(&disk, &opening()).unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::NewerFormat {
                found: 2,
                supported: 1,
                ..
            }
        ),
        "{error}"
    );
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
fn an_entry_that_unpacks_to_more_than_it_declares_is_refused() {
    let packed = zstd::bulk::compress(&vec![0; MAX_ENTRY * 8], 3).unwrap();
    for declared in [0, 10, MAX_ENTRY as u32, MAX_ENTRY as u32 + 1, u32::MAX] {
        let mut bytes = vec![1, 1];
        bytes.extend_from_slice(&(packed.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&declared.to_le_bytes());
        let sum = crc32c::crc32c_append(crc32c::crc32c(&ID), &5u64.to_le_bytes());
        let sum = crc32c::crc32c_append(crc32c::crc32c_append(sum, &bytes), &packed);
        bytes.extend_from_slice(&sum.to_le_bytes());
        bytes.extend_from_slice(&packed);
        let entry = format::StoredEntry::split(&ID, 5, &bytes);
        let read = entry.and_then(|(entry, _)| entry.content());
        assert!(read.is_err(), "declared {declared}");
        // The same bytes one place further are not an entry at all.
        assert!(format::StoredEntry::split(&ID, 6, &bytes).is_err());
    }
}

#[test]
fn a_place_from_a_damaged_index_is_an_error() {
    let disk = MemoryDisk::new();
    let (mut journal, _) = open(&disk, &opening()).unwrap();
    let at = append(&mut journal, &groups(1)[0]).unwrap()[0];
    let reader = journal.reader();
    for offset in [0, 1, at.offset - 1, at.offset + 1, u64::MAX, u64::MAX - 3] {
        for length in [0, 13, at.length, u32::MAX] {
            assert!(reader.read(At { offset, length }).is_err());
        }
    }
    for length in [0, at.length - 1, at.length + 1, u32::MAX] {
        assert!(reader.read(At { length, ..at }).is_err());
    }
    assert!(reader.read(at).is_ok());
}

fn images(seed: u64) -> impl Iterator<Item = Image> {
    [Image::Strict, Image::Everything]
        .into_iter()
        .chain((0..6).map(move |n| Image::Torn(seed * 6 + n)))
}

/// Power is cut at every changing call of a workload, with every kind of image, and again during
/// recovery.
#[test]
fn power_cuts_lose_nothing_acknowledged() {
    let groups = groups(24);
    let disk = MemoryDisk::new();
    assert_eq!(run(&disk, &groups), groups.len());
    let calls = disk.calls();
    let (mut tried, mut cuts) = (0, 0);
    for cut in 0..calls {
        let disk = MemoryDisk::new();
        disk.set_fault(Some(DiskFault::DieAt(cut)));
        let acknowledged = run(&disk, &groups);
        for image in images(cut) {
            let after = disk.power_cut(image);
            // A second cut in the middle of the recovery.
            after.set_fault(Some(DiskFault::DieAt(cut % 5)));
            let _ = open(&after, &opening());
            for second in [Image::Strict, Image::Torn(cut)] {
                let after = after.power_cut(second);
                let (mut journal, recovery) =
                    open(&after, &opening()).unwrap_or_else(|e| panic!("cut {cut} {image:?}: {e}"));
                let found = contents(&journal);
                assert!(
                    found.len() >= acknowledged,
                    "cut {cut} {image:?} lost acknowledged groups"
                );
                assert!(found.len() <= acknowledged + 1);
                assert_eq!(found, groups[..found.len()], "cut {cut} {image:?}");
                append(&mut journal, &groups[0]).unwrap();
                drop(journal);
                let (journal, _) = open(&after.power_cut(Image::Strict), &opening()).unwrap();
                assert_eq!(contents(&journal).len(), found.len() + 1);
                tried += 1;
                cuts += u64::from(recovery.cut > 0);
            }
        }
    }
    assert!(tried > 800, "{tried} images");
    assert!(cuts > 50, "{cuts} torn tails");
}

#[test]
fn control_without_syncs_power_cuts_do_lose() {
    let groups = groups(24);
    let disk = MemoryDisk::new();
    disk.set_fault(Some(DiskFault::IgnoreSyncs));
    assert_eq!(run(&disk, &groups), groups.len());
    let intact = images(3)
        .filter(|image| *image != Image::Everything)
        .filter(|image| {
            let after = disk.power_cut(*image);
            open(&after, &opening()).is_ok_and(|(journal, _)| contents(&journal) == groups)
        })
        .count();
    assert_eq!(intact, 0);
}

/// One call fails; the journal is reopened without a power cut and the work goes on. At the end
/// the power does go.
#[test]
fn a_failing_call_loses_nothing_acknowledged() {
    let groups = groups(24);
    let disk = MemoryDisk::new();
    run(&disk, &groups);
    for call in 0..disk.calls() {
        let disk = MemoryDisk::new();
        disk.set_fault(Some(DiskFault::FailAt(call)));
        let mut journal = open(&disk, &opening())
            .or_else(|_| open(&disk, &opening()))
            .unwrap()
            .0;
        for (number, group) in groups.iter().enumerate() {
            if append(&mut journal, group).is_ok() {
                continue;
            }
            assert!(journal.is_poisoned());
            assert!(matches!(
                append(&mut journal, group),
                Err(StoreError::Poisoned)
            ));
            drop(journal);
            journal = open(&disk, &opening()).unwrap().0;
            let found = contents(&journal);
            assert_eq!(found, groups[..found.len()]);
            if found.len() == number {
                append(&mut journal, group).unwrap();
            }
        }
        drop(journal);
        for image in images(call) {
            let (journal, _) = open(&disk.power_cut(image), &opening())
                .unwrap_or_else(|error| panic!("call {call} {image:?}: {error}"));
            assert_eq!(contents(&journal), groups, "call {call} {image:?}");
        }
    }
}

/// Why recovery writes the last frame again: after a failed sync the bytes are visible, and a
/// later sync that succeeds does not bring them to the disk.
#[test]
fn control_a_failed_sync_leaves_bytes_that_are_only_visible() {
    let disk = MemoryDisk::new();
    let (mut journal, _) = open(&disk, &opening()).unwrap();
    disk.set_fault(Some(DiskFault::FailAt(1)));
    append(&mut journal, &groups(1)[0]).unwrap_err();
    let path = &segment_paths(&disk)[0];
    disk.open(path).unwrap().sync().unwrap();
    let visible = disk.open(path).unwrap().length().unwrap();
    let durable = disk
        .power_cut(Image::Strict)
        .open(path)
        .unwrap()
        .length()
        .unwrap();
    assert!(durable < visible);
    drop(journal);
    open(&disk, &opening()).unwrap();
    assert_eq!(
        disk.power_cut(Image::Strict)
            .open(path)
            .unwrap()
            .length()
            .unwrap(),
        visible
    );
}

#[test]
fn a_retired_segment_stays_known_and_its_removal_survives_power_cuts() {
    let groups = groups(16);
    let prepare = || {
        let disk = MemoryDisk::new();
        run(&disk, &groups);
        disk
    };
    let disk = prepare();
    let (mut journal, _) = open(&disk, &opening()).unwrap();
    let victim = journal.reader().segments()[1];
    let size = disk
        .open(&segment_paths(&disk)[1])
        .unwrap()
        .length()
        .unwrap();
    disk.set_fault(None);
    journal.retire(victim.start).unwrap();
    let calls = disk.calls();
    assert!(
        disk.open(&segment_paths(&disk)[1])
            .unwrap()
            .length()
            .unwrap()
            < size
    );
    let kept = contents(&journal);
    assert!(!kept.is_empty() && kept.len() < groups.len());
    assert!(kept.iter().all(|group| groups.contains(group)));
    for call in 0..calls {
        let disk = prepare();
        let (mut journal, _) = open(&disk, &opening()).unwrap();
        disk.set_fault(Some(DiskFault::DieAt(call)));
        assert!(journal.retire(victim.start).is_err());
        drop(journal);
        for image in images(call) {
            let (journal, _) = open(&disk.power_cut(image), &opening()).unwrap();
            let found = contents(&journal);
            assert!(found == groups || found == kept, "call {call} {image:?}");
        }
    }
}

#[test]
fn two_writers_cannot_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("LOCK");
    let first = RealDisk.lock(&path).unwrap();
    let error = RealDisk.lock(&path).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    assert_eq!(error.to_string(), format!("process {}", std::process::id()));
    drop(first);
    RealDisk.lock(&path).unwrap();
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
