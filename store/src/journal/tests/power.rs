use super::*;
use crate::disk::Fault as DiskFault;

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
