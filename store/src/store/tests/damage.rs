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

#[test]
fn scrambled_index_files_cost_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (mut rebuilt, trials) = (0, 25u64);
    for trial in 0..trials {
        let dir = folder.path().join(trial.to_string());
        filled(&dir).close().unwrap();
        let file = dir.join("index/db");
        let mut bytes = std::fs::read(&file).unwrap();
        // Where the pages are: zeroes beyond them would not be looked at.
        let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
        for n in 0..16u64 {
            let at = (trial * 1_000_003 + n * 7_919).wrapping_mul(2_654_435_761) as usize % used;
            bytes[at] ^= 0xff;
        }
        std::fs::write(&file, bytes).unwrap();
        rebuilt += u64::from(expect_all(&dir).rebuilt.is_some());
    }
    assert!(rebuilt > 0, "the damage was never noticed: it hit nothing");
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
