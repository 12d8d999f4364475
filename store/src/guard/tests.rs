#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]

use super::*;
use crate::disk::{Fault, Image, MemoryDisk};

const PATH: &str = "/keys/guard";

fn remembered(published: u64) -> Remembered {
    let mut remembered = Remembered {
        store: [3; 16],
        journal_end: published * 100,
        ..Remembered::default()
    };
    for lane in 0..5 {
        let position = OwnPosition {
            key: vec![1; 33],
            feed: format!("theme:t{lane}"),
            seq: published,
            id: [lane; 32],
        };
        remembered.note_position(position).unwrap();
    }
    remembered
        .note_beat(OwnBeat {
            key: vec![1; 33],
            beat: published,
        })
        .unwrap();
    remembered
}

fn open(disk: &MemoryDisk) -> Option<Guard> {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    Guard::open(&disk, Path::new(PATH)).unwrap()
}

fn create(disk: &MemoryDisk) -> Result<Guard> {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    Guard::create(&disk, Path::new(PATH), remembered(0))
}

#[test]
fn what_is_written_is_remembered() {
    let disk = MemoryDisk::new();
    assert!(open(&disk).is_none());
    let mut guard = create(&disk).unwrap();
    for published in 1..10 {
        guard.write(remembered(published)).unwrap();
        if published % 3 == 0 {
            guard.sync().unwrap();
        }
        let copy = disk.copy();
        assert_eq!(*open(&copy).unwrap().remembered(), remembered(published));
    }
}

#[test]
fn positions_only_rise_and_are_bounded() {
    let mut remembered = remembered(9);
    let position = |feed: &str, seq| OwnPosition {
        key: vec![1; 33],
        feed: feed.into(),
        seq,
        id: [0; 32],
    };
    remembered.note_position(position("theme:t0", 8)).unwrap();
    assert_eq!(remembered.positions[0].seq, 9);
    remembered.note_position(position("theme:t0", 10)).unwrap();
    assert_eq!(remembered.positions[0].seq, 10);
    remembered
        .note_beat(OwnBeat {
            key: vec![1; 33],
            beat: 3,
        })
        .unwrap();
    assert_eq!(remembered.beats[0].beat, 9);
    for lane in remembered.positions.len()..MAX_POSITIONS {
        remembered
            .note_position(position(&format!("{lane:064}"), 1))
            .unwrap();
    }
    assert!(remembered.note_position(position("one more", 1)).is_err());
    for key in remembered.beats.len()..MAX_BEATS {
        remembered
            .note_beat(OwnBeat {
                key: vec![key as u8; MAX_NAME],
                beat: 1,
            })
            .unwrap();
    }
    // The fullest content fits its slot.
    let disk = MemoryDisk::new();
    let mut guard = create(&disk).unwrap();
    guard.write(remembered.clone()).unwrap();
    assert_eq!(*open(&disk).unwrap().remembered(), remembered);
}

/// Power is cut at every call, with syncs only now and then: the newest synced content or a newer
/// one is always there.
#[test]
fn a_power_cut_never_loses_what_was_synced() {
    let run = |disk: &MemoryDisk| -> Option<u64> {
        let mut guard = create(disk).ok()?;
        let mut synced = 0;
        for published in 1..20 {
            if guard.write(remembered(published)).is_err() {
                break;
            }
            if published % 4 == 0 {
                if guard.sync().is_err() {
                    break;
                }
                synced = published;
            }
            if published == 11 {
                drop(guard);
                let disk: Arc<dyn Disk> = Arc::new(disk.clone());
                let Ok(Some(reopened)) = Guard::open(&disk, Path::new(PATH)) else {
                    break;
                };
                guard = reopened;
                synced = 11;
            }
        }
        Some(synced)
    };
    let disk = MemoryDisk::new();
    run(&disk);
    for cut in 0..disk.calls() {
        let disk = MemoryDisk::new();
        disk.set_fault(Some(Fault::DieAt(cut)));
        let Some(synced) = run(&disk) else {
            continue;
        };
        for image in [Image::Strict, Image::Everything]
            .into_iter()
            .chain((0..20).map(|n| Image::Torn(cut * 20 + n)))
        {
            let after = disk.power_cut(image);
            let guard = open(&after).unwrap_or_else(|| panic!("cut {cut} {image:?}"));
            let found = guard.remembered().beats[0].beat;
            assert!(found >= synced, "cut {cut} {image:?}: {found} < {synced}");
            assert_eq!(*guard.remembered(), remembered(found));
        }
    }
}

#[test]
fn one_damaged_slot_is_survived_and_two_are_noticed() {
    let disk = MemoryDisk::new();
    let mut guard = create(&disk).unwrap();
    guard.write(remembered(1)).unwrap();
    guard.sync().unwrap();
    disk.damage(Path::new(PATH), |bytes| bytes[SLOT + 60] ^= 1)
        .unwrap();
    assert_eq!(*open(&disk).unwrap().remembered(), remembered(0));
    disk.damage(Path::new(PATH), |bytes| bytes[60] ^= 1)
        .unwrap();
    assert!(open(&disk).is_none());
}
