use super::*;

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
        format: 1,
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
