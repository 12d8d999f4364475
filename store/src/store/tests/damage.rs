use super::*;

fn filled(dir: &Path) -> Store {
    let mut store = Store::open(dir, on_disk(None)).unwrap().0;
    let mut batch = Batch::new();
    (0..60).for_each(|n| batch.put_record(record(n)));
    store.commit(batch).unwrap();
    (60..80).for_each(|n| drop(put(&mut store, n)));
    store
}

fn expect_all(dir: &Path) -> OpenReport {
    let (store, report) = Store::open(dir, on_disk(None)).unwrap();
    assert_eq!(records(&store, 90), (0..80).collect::<Vec<_>>());
    assert_eq!(
        store.feed_page(&feed("theme:trj"), 0, 999).unwrap().len(),
        80
    );
    report
}

#[test]
fn a_clean_close_is_believed_and_replays_nothing() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path()).close().unwrap();
    let report = expect_all(folder.path());
    assert_eq!(report, OpenReport::default());
}

#[test]
fn a_removed_emptied_or_cut_index_is_built_anew() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path()).close().unwrap();
    let index = folder.path().join("index");
    std::fs::remove_dir_all(&index).unwrap();
    assert!(expect_all(folder.path()).rebuilt.is_some());

    let reopen = || {
        Store::open(folder.path(), on_disk(None))
            .unwrap()
            .0
            .close()
            .unwrap()
    };
    reopen();
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(index.join("db"))
        .unwrap();
    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
    assert!(expect_all(folder.path()).rebuilt.is_some());

    reopen();
    std::fs::write(index.join("db"), b"").unwrap();
    assert!(expect_all(folder.path()).rebuilt.is_some());
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for item in std::fs::read_dir(from).unwrap() {
        let item = item.unwrap();
        if item.file_type().unwrap().is_dir() {
            copy_folder(&item.path(), &to.join(item.file_name()));
        } else {
            std::fs::copy(item.path(), to.join(item.file_name())).unwrap();
        }
    }
}

/// Bytes changed here and there, a block of zeroes, a shorter file: the index is used as it is, or built anew, and says the same.
#[test]
fn scrambled_index_files_cost_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    filled(&whole).close().unwrap();
    let (mut rebuilt, trials) = (0, trials("INDABA_INDEX_TRIALS", 30, 1_000));
    for trial in 0..trials {
        let dir = folder.path().join(trial.to_string());
        copy_folder(&whole, &dir);
        let file = dir.join("index/db");
        let mut bytes = std::fs::read(&file).unwrap();
        // Where the pages are: zeroes beyond them would not be looked at.
        let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
        let place =
            |n: u64| (trial * 1_000_003 + n * 7_919).wrapping_mul(2_654_435_761) as usize % used;
        match trial % 4 {
            0 => {
                let end = bytes.len().min(place(0) + 4096);
                bytes[place(0)..end].fill(0);
            }
            1 => bytes.truncate(place(0)),
            _ => (0..16).for_each(|n| bytes[place(n)] ^= 0xff),
        }
        std::fs::write(&file, bytes).unwrap();
        rebuilt += u64::from(expect_all(&dir).rebuilt.is_some());
        std::fs::remove_dir_all(&dir).unwrap();
    }
    assert!(
        rebuilt > trials / 4,
        "{rebuilt} of {trials}: the damage hit nothing"
    );
}

/// One bit of any file of a real store, whose index is believed: each read is right or an error, and `verify` names what is gone.
#[test]
fn a_flipped_bit_on_the_real_disk_is_never_silent() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let options = |folder: &Path| on_disk(Some(&folder.join("guard")));
    let mut store = Store::open(&whole.join("store"), options(&whole))
        .unwrap()
        .0;
    (0..60).for_each(|n| drop(put(&mut store, n)));
    store.close().unwrap();
    let (mut named, mut refused) = (0, 0);
    for trial in 0..trials("INDABA_FLIP_TRIALS", 60, 10_000) {
        let dir = folder.path().join(trial.to_string());
        copy_folder(&whole, &dir);
        let mut files: Vec<_> = std::fs::read_dir(dir.join("store/journal"))
            .unwrap()
            .map(|item| item.unwrap().path())
            .collect();
        files.sort();
        files.extend([
            dir.join("store/index/db"),
            dir.join("store/session"),
            dir.join("guard"),
        ]);
        let file = &files[(trial * 31 % files.len() as u64) as usize];
        let mut bytes = std::fs::read(file).unwrap();
        let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
        let at = (trial.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) as usize % used;
        bytes[at] ^= 1 << (trial % 8);
        std::fs::write(file, bytes).unwrap();
        let what = format!("trial {trial}, {}, byte {at}", file.display());
        match Store::open(&dir.join("store"), options(&dir)) {
            Err(error) => {
                refused += 1;
                let text = error.to_string();
                assert!(
                    text.contains("peers") || text.contains("copy"),
                    "{what}: {text}"
                );
            }
            Ok((store, _)) => {
                let mut gone = Vec::new();
                for n in 0..60 {
                    match store.record(&record_id(n)) {
                        Ok(found) => {
                            let (found, expected) = (found.expect(&what), record(n));
                            assert_eq!(
                                (found.statement, found.body),
                                (expected.statement, expected.body),
                                "{what}"
                            );
                        }
                        Err(error) => {
                            assert!(
                                matches!(error, StoreError::BadEntry { .. }),
                                "{what}: {error}"
                            );
                            gone.push(record_id(n));
                        }
                    }
                }
                let found = store.verify(&mut |_, _| {}).unwrap();
                let unreadable: Vec<_> = found.unreadable.into_iter().map(|(id, _)| id).collect();
                assert_eq!(unreadable, gone, "{what}");
                named += u64::from(!found.faults.is_empty());
            }
        }
        std::fs::remove_dir_all(&dir).unwrap();
    }
    assert!(named > 0 && refused > 0, "{named} named, {refused} refused");
}

#[test]
fn another_boot_without_a_close_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path()));
    assert_eq!(
        expect_all(folder.path()).rebuilt,
        None,
        "only the process ended"
    );
    let disk: Arc<dyn crate::disk::Disk> = Arc::new(crate::disk::RealDisk);
    let path = folder.path().join("session");
    let session = Session::open(&disk, &path, Some("an earlier start".to_owned()))
        .unwrap()
        .0;
    session.set(Ended::Open).unwrap();
    let why = expect_all(folder.path()).rebuilt.unwrap();
    assert!(why.contains("machine stopped"), "{why}");
}

#[test]
fn a_damaged_journal_is_an_error_and_its_readable_part_stays_readable() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path());
    let places = store.row(&record_id(5)).unwrap().unwrap();
    let at = places.body.unwrap();
    let start = store.reader.segment_of(at.offset);
    let path = folder
        .path()
        .join("journal")
        .join(format!("{start:020}.seg"));
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[(at.offset - start) as usize + 20] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    // While open: the damaged record is an error, never wrong bytes; the others are not affected.
    let error = store.record(&record_id(5)).unwrap_err();
    assert!(matches!(error, StoreError::BadEntry { .. }), "{error}");
    assert_eq!(
        store.record(&record_id(6)).unwrap().unwrap().statement,
        record(6).statement
    );
    let found = store.verify(&mut |_, _| {}).unwrap();
    assert_eq!((found.faults.len(), found.unreadable.len()), (1, 1));
    assert_eq!(found.unreadable[0].0, record_id(5));
    // A peer sends it again: stored anew, at its old place of arrival.
    let mut store = store;
    let receipt = put(&mut store, 5);
    assert_eq!((receipt.records.len(), receipt.entries > 0), (0, true));
    assert_eq!(records(&store, 90).len(), 80);
    assert_eq!(store.record(&record_id(5)).unwrap().unwrap().arrival, 6);
    assert!(store.verify(&mut |_, _| {}).unwrap().unreadable.is_empty());
    drop(store);
    std::fs::remove_dir_all(folder.path().join("index")).unwrap();
    let error = Store::open(folder.path(), on_disk(None)).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}

#[test]
fn the_index_can_be_rebuilt_while_open() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = filled(folder.path());
    let mut heard = 0;
    let frames = store.rebuild_index(&mut |done, total| {
        assert!(done <= total);
        heard += 1;
    });
    assert_eq!((frames.unwrap(), heard), (21, 21));
    assert_eq!(records(&store, 90).len(), 80);
    put(&mut store, 85);
    assert!(store.verify(&mut |_, _| {}).unwrap().is_clean());
}

#[test]
fn verify_notices_an_index_that_says_something_else() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path());
    assert!(store.verify(&mut |_, _| {}).unwrap().is_clean());
    let gone = ((Column::Link, store_link(&store)), None);
    let changes = Arc::new([gone].into_iter().collect());
    store.index.apply(changes, store.journal.end()).unwrap();
    let found = store.verify(&mut |_, _| {}).unwrap();
    assert_eq!(
        found.index_differences.into_iter().collect::<Vec<_>>(),
        [("link", 1)]
    );
}

fn store_link(store: &Store) -> Vec<u8> {
    let mut first = None;
    let mut each = |key: &[u8], _: &[u8]| {
        first = Some(key.to_vec());
        false
    };
    store
        .index
        .range(Column::Link, &[], &[u8::MAX; 81], false, &mut each)
        .unwrap();
    first.unwrap()
}

struct Failing;

impl Index for Failing {
    fn get(&self, _: Column, _: &[u8]) -> std::result::Result<Option<Vec<u8>>, IndexError> {
        Err(IndexError("injected".to_owned()))
    }

    fn range(
        &self,
        _: Column,
        _: &[u8],
        _: &[u8],
        _: bool,
        _: &mut crate::index::Each<'_>,
    ) -> std::result::Result<(), IndexError> {
        Err(IndexError("injected".to_owned()))
    }

    fn apply(
        &self,
        _: Arc<crate::index::Changes>,
        _: crate::journal::Mark,
    ) -> std::result::Result<(), IndexError> {
        Err(IndexError("injected".to_owned()))
    }

    fn mark(&self) -> std::result::Result<Option<crate::journal::Mark>, IndexError> {
        Err(IndexError("injected".to_owned()))
    }

    fn checkpoint(&self) -> std::result::Result<(), IndexError> {
        Err(IndexError("injected".to_owned()))
    }

    fn size(&self) -> u64 {
        0
    }
}

#[test]
fn an_index_that_fails_for_a_reader_is_built_anew_at_the_next_opening() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = filled(folder.path());
    let good = std::mem::replace(
        &mut store.index,
        crate::index::watched::Watched::boxed(Box::new(Failing), &store.session),
    );
    let error = store.record(&record_id(1)).unwrap_err();
    assert!(matches!(error, StoreError::Index { .. }) && error.needs_reopening());
    // Even a close that works afterwards does not bring the trust back.
    store.index = good;
    store.close().unwrap();
    let why = expect_all(folder.path()).rebuilt.unwrap();
    assert!(why.contains("failed"), "{why}");
}
