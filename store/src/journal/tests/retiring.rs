use super::*;
use crate::disk::Fault as DiskFault;

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
