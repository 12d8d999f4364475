use super::*;
use crate::disk::{Fault, Image};

const JOURNAL: &str = "/store/journal";

fn damaged() -> (MemoryDisk, Vec<String>) {
    let disk = MemoryDisk::new();
    let mut store = open(&disk);
    for n in 0..60 {
        put(&mut store, n);
    }
    store.close().unwrap();
    let mut names = disk.list(Path::new(JOURNAL)).unwrap();
    names.sort();
    (disk, names)
}

fn repair(disk: &MemoryDisk, lost: std::ops::Range<usize>) {
    let error = Store::open(Path::new(DIR), in_memory(disk)).unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::Damaged { .. } | StoreError::Behind { .. }
        ),
        "{error}"
    );
    let repaired = Store::repair(Path::new(DIR), &in_memory(disk)).unwrap();
    assert!(!repaired.faults.is_empty() || lost.contains(&60));
    assert!(!disk.list(&repaired.aside).unwrap().is_empty());
    let accepting = Options {
        accept_loss: true,
        ..in_memory(disk)
    };
    let (mut store, _) = Store::open(Path::new(DIR), accepting).unwrap();
    let found = records(&store, 60);
    assert!(
        lost.contains(&(60 - found.len())),
        "{} lost",
        60 - found.len()
    );
    // Fetched again, like any other missing record.
    for n in 0..60 {
        put(&mut store, n);
    }
    assert_eq!(records(&store, 60).len(), 60);
    assert!(store.verify(&mut |_, _| {}).unwrap().is_clean());
    drop(store);
    open(disk);
}

#[test]
fn one_changed_byte_costs_one_frame() {
    let (disk, names) = damaged();
    disk.damage(&Path::new(JOURNAL).join(&names[1]), |bytes| bytes[500] ^= 1)
        .unwrap();
    repair(&disk, 1..2);
}

#[test]
fn a_damaged_segment_header_costs_nothing_but_itself() {
    let (disk, names) = damaged();
    for name in [&names[0], &names[2]] {
        disk.damage(&Path::new(JOURNAL).join(name), |bytes| bytes[3] ^= 1)
            .unwrap();
    }
    repair(&disk, 0..1);
}

#[test]
fn a_survey_says_what_is_missing_and_changes_nothing() {
    let (disk, names) = damaged();
    let whole = Store::survey(Path::new(DIR), &in_memory(&disk), &mut |_, _| {}).unwrap();
    assert_eq!((whole.records, whole.lost.count), (60, 0));
    assert!(
        whole.faults.is_empty() && whole.partless.is_empty(),
        "{whole:?}"
    );
    disk.damage(&Path::new(JOURNAL).join(&names[1]), |bytes| bytes[500] ^= 1)
        .unwrap();
    disk.set_fault(None);
    let survey = Store::survey(Path::new(DIR), &in_memory(&disk), &mut |_, _| {}).unwrap();
    // The guard's slot is written again by each opening.
    assert!(disk.calls() <= 2, "{} calls", disk.calls());
    assert_eq!(survey.faults.len(), 1);
    assert_eq!(survey.faults[0].segment, names[1]);
    let gone = survey.lost.count;
    assert!(gone > 0 && survey.records == 60 - gone, "{survey:?}");
    // What is named is what a repair leaves out.
    Store::repair(Path::new(DIR), &in_memory(&disk)).unwrap();
    let accepting = Options {
        accept_loss: true,
        ..in_memory(&disk)
    };
    let (store, _) = Store::open(Path::new(DIR), accepting).unwrap();
    assert_eq!(store.stats().unwrap().records, survey.records);
    let lanes: u64 = survey.lanes.iter().map(|lane| lane.gaps.count).sum();
    assert!(lanes >= gone, "{survey:?}");
    for lane in &survey.lanes {
        for (from, to) in &lane.gaps.ranges {
            let name = lane.feed.parse().unwrap();
            for seq in *from..=*to {
                let at = store.at(&lane.institution, &lane.key, &name, seq).unwrap();
                assert_eq!(at, [], "{} {seq}", lane.feed);
            }
        }
    }
}

#[test]
fn a_missing_segment_costs_what_was_in_it() {
    for which in 0..3 {
        let (disk, names) = damaged();
        disk.remove(&Path::new(JOURNAL).join(&names[which]))
            .unwrap();
        repair(&disk, 2..40);
    }
}

#[test]
fn a_repair_that_is_interrupted_can_be_made_again() {
    let prepare = || {
        let (disk, names) = damaged();
        disk.damage(&Path::new(JOURNAL).join(&names[1]), |bytes| bytes[500] ^= 1)
            .unwrap();
        disk.set_fault(None);
        disk
    };
    let disk = prepare();
    Store::repair(Path::new(DIR), &in_memory(&disk)).unwrap();
    let calls = disk.calls();
    // The last calls are where the journals change places; the ones before copy frame by frame.
    for call in (0..calls).filter(|call| call % 9 == 0 || call + 20 > calls) {
        for image in [Image::Strict, Image::Everything, Image::Torn(call)] {
            let disk = prepare();
            disk.set_fault(Some(Fault::DieAt(call)));
            Store::repair(Path::new(DIR), &in_memory(&disk)).unwrap_err();
            let disk = disk.power_cut(image);
            let accepting = Options {
                accept_loss: true,
                ..in_memory(&disk)
            };
            let opened = match Store::open(Path::new(DIR), accepting.clone()) {
                Err(StoreError::Damaged { .. }) => {
                    Store::repair(Path::new(DIR), &in_memory(&disk)).unwrap();
                    Store::open(Path::new(DIR), accepting)
                }
                opened => opened,
            };
            let (store, _) =
                opened.unwrap_or_else(|error| panic!("call {call} {image:?}: {error}"));
            assert_eq!(records(&store, 60).len(), 59, "call {call} {image:?}");
        }
    }
}
