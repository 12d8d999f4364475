//! Looking at a store from outside: where its bytes are, and copies of it.

use std::collections::BTreeSet;
use std::fs::File;

use super::*;
use crate::account::{Account, Content};
use crate::backup::{self, BackupReader, Contents, Export, Kept};
use crate::disk::{DiskFile, Fault, Image, RealDisk};

fn sizes(dir: &Path) -> u64 {
    let size = |item: std::io::Result<std::fs::DirEntry>| {
        let item = item.unwrap();
        let found = item.metadata().unwrap();
        if found.is_dir() {
            sizes(&item.path())
        } else {
            found.len()
        }
    };
    std::fs::read_dir(dir).unwrap().map(size).sum()
}

/// A store with something of every kind, some of it replaced and erased.
fn fill(store: &mut Store) {
    for n in 0..40 {
        put(store, n);
    }
    let mut batch = Batch::new();
    for n in 0..6 {
        batch.put_fact(fact(n, FactKind::Head, n));
        batch.hold(held(n, Some(n)));
        batch.outbox_push(record_id(n), vec![feed("theme:trj")]);
        batch.choose("follow", &[n as u8], b"openly");
        batch.choose("secret", &[n as u8], b"of this node");
        batch.own_position(key(0), feed("theme:trj"), n + 1, record_id(n));
    }
    batch.own_head(key(0), 3);
    store.commit(batch).unwrap();
    let mut batch = Batch::new();
    for n in 10..20 {
        batch.drop_parts(record_id(n));
    }
    batch.drop_fact(id("fact 0"));
    batch.release(id("held 0"));
    batch.outbox_done(record_id(0));
    batch.choose("follow", &[1], b"quietly");
    batch.unchoose("follow", &[2]);
    store.commit(batch).unwrap();
}

#[test]
fn the_lines_add_up_to_the_files_and_to_what_the_index_says() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, guard) = (folder.path().join("store"), folder.path().join("published"));
    let mut store = Store::open(&dir, on_disk(Some(&guard))).unwrap().0;
    fill(&mut store);
    store.checkpoint().unwrap();
    let look = |what: &str| {
        let account = Account::of(&dir, Some(&guard), &mut |_, _| {}).unwrap();
        assert_eq!(account.total(), sizes(folder.path()), "{what}: {account:?}");
        assert_eq!((account.unreadable, account.unfinished), (0, 0), "{what}");
        assert!(account.faults.is_empty());
        account
    };
    // While it is open, which it is for whoever writes it.
    let open = look("open");
    let tally = |content| open.contents[&content];
    assert_eq!(
        tally(Content::Headers).entries,
        store.stats().unwrap().records
    );
    assert_eq!(tally(Content::Bodies).entries, 30);
    assert_eq!(
        tally(Content::Cards).erased + tally(Content::Bodies).erased,
        store.erased_bytes().unwrap()
    );
    assert_eq!(tally(Content::Facts).entries, 5);
    assert_eq!(tally(Content::Waiting).entries, 5);
    assert!(tally(Content::Facts).superseded > 0 && tally(Content::Facts).erased == 0);
    assert_eq!(tally(Content::Outbox).entries, 5);
    assert_eq!(tally(Content::OwnPositions).entries, 2);
    assert_eq!(tally(Content::Choices).entries, 11);
    assert!(tally(Content::Bodies).original > tally(Content::Bodies).live);
    store.compact(100, 100).unwrap();
    store.close().unwrap();
    let cleared = look("closed");
    assert!(cleared.cleared > 0 && cleared.given_back > 0);

    // A write that was never finished, and damage, have lines of their own.
    let newest = std::fs::read_dir(dir.join("journal")).unwrap();
    let newest = newest.map(|item| item.unwrap().path()).max().unwrap();
    let whole = std::fs::read(&newest).unwrap();
    let mut more = whole.clone();
    more.extend_from_slice(b"IFRM and then the power went");
    std::fs::write(&newest, &more).unwrap();
    let torn = Account::of(&dir, Some(&guard), &mut |_, _| {}).unwrap();
    assert_eq!((torn.unfinished, torn.unreadable), (28, 0));
    assert_eq!(torn.total(), sizes(folder.path()));
    let first = std::fs::read_dir(dir.join("journal")).unwrap();
    let mut first: Vec<_> = first.map(|item| item.unwrap().path()).collect();
    first.sort();
    let full = first.iter().find(|path| sizes_of(path) > 1_000).unwrap();
    let mut damaged = std::fs::read(full).unwrap();
    damaged[700] ^= 1;
    std::fs::write(full, &damaged).unwrap();
    let hurt = Account::of(&dir, Some(&guard), &mut |_, _| {}).unwrap();
    assert!(hurt.unreadable > 0 && hurt.faults.len() == 1);
    assert_eq!(hurt.total(), sizes(folder.path()));
}

fn sizes_of(path: &Path) -> u64 {
    std::fs::metadata(path).unwrap().len()
}

fn exported<'a>(store: &Store) -> Export<'a> {
    Export {
        store: Path::new(DIR),
        end: store.journal_end(),
        made: 1_795_392_000_000,
        origin: b"a test",
        columns: &["follow"],
    }
}

const TO: &str = "/backup/copy";

fn export(disk: &MemoryDisk, what: &Export<'_>) -> Result<Contents> {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    backup::export(what, &disk, Path::new(TO), &mut |_, _, _| {})
}

fn read(disk: &MemoryDisk) -> Result<(Contents, Vec<Kept>)> {
    let file = |disk: &MemoryDisk| disk.open(Path::new(TO)).unwrap();
    let contents = BackupReader::open(file(disk), Path::new(TO))?.check(&mut |_, _| {})?;
    let mut all = Vec::new();
    let mut reader = BackupReader::open(file(disk), Path::new(TO))?;
    while let Some(mut kept) = reader.next()? {
        all.append(&mut kept);
    }
    Ok((contents, all))
}

#[test]
fn a_backup_holds_what_counts_and_nothing_that_was_erased() {
    let disk = MemoryDisk::new();
    let mut store = open(&disk);
    fill(&mut store);
    let contents = export(&disk, &exported(&store)).unwrap();
    // Nothing that came after its moment.
    let before = exported(&store);
    put(&mut store, 50);
    let (read, kept) = read(&disk).unwrap();
    assert_eq!(read, contents);
    assert_eq!((read.records, read.whole, read.facts), (40, 30, 5));
    assert_eq!((read.waiting, read.choices), (5, 5));
    assert_eq!(read.origin, b"a test");
    let records: BTreeSet<_> = kept
        .iter()
        .filter_map(|kept| match kept {
            Kept::Record {
                statement,
                card,
                body,
            } => Some((statement.clone(), card.clone(), body.clone())),
            _ => None,
        })
        .collect();
    for n in 0..40 {
        let mut expected = record(n);
        if (10..20).contains(&n) {
            (expected.card, expected.body) = (None, None);
        }
        assert!(
            records.contains(&(expected.statement, expected.card, expected.body)),
            "{n}"
        );
    }
    assert!(
        !kept
            .iter()
            .any(|kept| matches!(kept, Kept::Choice { column, .. } if column != "follow"))
    );
    // What is there is not written over.
    assert!(matches!(export(&disk, &before), Err(StoreError::Io { .. })));
}

#[test]
fn a_backup_that_is_cut_or_changed_anywhere_is_refused() {
    let disk = MemoryDisk::new();
    let mut store = open(&disk);
    for n in 0..3 {
        put(&mut store, n);
    }
    export(&disk, &exported(&store)).unwrap();
    let whole = {
        let file = disk.open(Path::new(TO)).unwrap();
        let mut bytes = vec![0; file.length().unwrap() as usize];
        file.read_at(0, &mut bytes).unwrap();
        bytes
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy");
    let verdict = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let file: Box<dyn DiskFile> = Box::new(File::open(&path).unwrap());
        BackupReader::open(file, &path)?.check(&mut |_, _| {})
    };
    assert_eq!(verdict(&whole).unwrap().records, 3);
    for length in 0..whole.len() {
        assert!(
            matches!(verdict(&whole[..length]), Err(StoreError::Backup { .. })),
            "cut to {length}"
        );
    }
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 0x10;
        assert!(verdict(&changed).is_err(), "byte {at}");
    }
    let mut longer = whole.clone();
    longer.push(0);
    assert!(verdict(&longer).is_err());
}

#[test]
fn whatever_call_fails_a_half_written_backup_has_no_name_of_one() {
    let source = MemoryDisk::new();
    let mut store = open(&source);
    fill(&mut store);
    let what = exported(&store);
    let calls = {
        let disk = source.copy();
        disk.set_fault(None);
        export(&disk, &what).unwrap();
        disk.calls()
    };
    assert!(calls > 5);
    for call in 0..calls {
        for fault in [Fault::DieAt(call), Fault::FailAt(call)] {
            let disk = source.copy();
            disk.set_fault(Some(fault));
            let done = export(&disk, &what);
            for image in [Image::Strict, Image::Everything, Image::Torn(call)] {
                let after = disk.power_cut(image);
                if after.open(Path::new(TO)).is_ok() {
                    read(&after).unwrap_or_else(|error| panic!("{fault:?} {image:?}: {error}"));
                } else {
                    assert!(done.is_err(), "{fault:?} {image:?}: acknowledged and gone");
                }
            }
            // And it can be done again where it failed.
            disk.set_fault(None);
            if done.is_err() && disk.open(Path::new(TO)).is_err() {
                export(&disk, &what).unwrap();
                read(&disk).unwrap();
            }
        }
    }
}

#[test]
fn the_real_disk_makes_a_private_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("store");
    let mut store = Store::open(&dir, on_disk(None)).unwrap().0;
    fill(&mut store);
    let to = folder.path().join("copy");
    let what = Export {
        store: &dir,
        ..exported(&store)
    };
    let disk: Arc<dyn Disk> = Arc::new(RealDisk);
    let mut stages = BTreeSet::new();
    backup::export(&what, &disk, &to, &mut |stage, done, all| {
        assert!(done <= all);
        stages.insert(format!("{stage:?}"));
    })
    .unwrap();
    assert_eq!(stages.len(), 3);
    let mode = std::fs::metadata(&to).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let names = std::fs::read_dir(folder.path()).unwrap();
    let names: Vec<_> = names.map(|item| item.unwrap().file_name()).collect();
    assert!(
        !names
            .iter()
            .any(|name| name.to_string_lossy().contains("partial"))
    );
}
