//! The index in sled 0.34.7.
//!
//! sled panics where others return errors, most of all on damaged files, and its one real sync
//! lives in its flusher thread. So every call is contained, nothing is believed after an unclean
//! stop of the machine, and its durability is never relied on: the journal has everything.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::{Changes, Column, Each, Index, IndexError, MARK, decode_mark, encode_mark};
use crate::journal::Mark;

/// sled's page cache. Memory in use is three to four times this (measured), so about 250 MiB.
const CACHE: u64 = 64 << 20;
/// Segments of sled's file: larger than any leaf, so that no leaf goes to a file sled never syncs.
const SEGMENT: usize = 4 << 20;
/// Pause of the flusher thread, which also collects garbage; without it the file only grows.
const FLUSH_MS: u64 = 500;
/// How long closing may take before the process goes on without it. A clean drop of a database of a
/// million records took under a second; a hanging one must not keep the node from ending.
const DROP_WAIT: Duration = Duration::from_secs(10);

/// The one tree: a column is the first byte of a key. A batch over one tree is as atomic as a transaction over six and
/// does not read what it overwrites, which was a third of the time.
const TREE: &str = "index";

/// sled's file in its folder, which sled locks for as long as one of its threads has it open.
const FILE: &str = "db";

pub(crate) struct SledIndex {
    db: Option<sled::Db>,
    tree: Option<sled::Tree>,
    file: PathBuf,
}

fn key_of(column: Column, key: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(key.len() + 1);
    whole.push(column as u8);
    whole.extend_from_slice(key);
    whole
}

/// Runs an operation of sled, turning panics into errors.
fn contained<T>(operation: impl FnOnce() -> Result<T, String>) -> Result<T, IndexError> {
    match catch_unwind(AssertUnwindSafe(operation)) {
        Ok(result) => result.map_err(IndexError),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Err(IndexError(format!(
                "panic: {}",
                text.unwrap_or("without a message")
            )))
        }
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl SledIndex {
    pub(crate) fn open(folder: &Path) -> Result<Self, IndexError> {
        contained(|| {
            let db = sled::Config::new()
                .path(folder)
                .cache_capacity(CACHE)
                .segment_size(SEGMENT)
                .mode(sled::Mode::LowSpace)
                .flush_every_ms(Some(FLUSH_MS))
                .open()
                .map_err(text)?;
            let tree = db.open_tree(TREE).map_err(text)?;
            Ok(Self {
                db: Some(db),
                tree: Some(tree),
                file: folder.join(FILE),
            })
        })
    }

    fn tree(&self) -> Result<&sled::Tree, String> {
        self.tree.as_ref().ok_or_else(|| "it is closed".to_owned())
    }
}

impl Index for SledIndex {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        contained(|| {
            let value = self.tree()?.get(key_of(column, key)).map_err(text)?;
            Ok(value.map(|value| value.to_vec()))
        })
    }

    fn range(
        &self,
        column: Column,
        from: &[u8],
        to: &[u8],
        down: bool,
        each: &mut Each<'_>,
    ) -> Result<(), IndexError> {
        if from >= to {
            return Ok(());
        }
        contained(|| {
            let (from, to) = (key_of(column, from), key_of(column, to));
            let mut range = self.tree()?.range(from..to);
            while let Some(item) = if down {
                range.next_back()
            } else {
                range.next()
            } {
                let (key, value) = item.map_err(text)?;
                if !each(&key[1..], &value) {
                    break;
                }
            }
            Ok(())
        })
    }

    fn apply(&self, changes: Arc<Changes>, mark: Mark) -> Result<(), IndexError> {
        let mut batch = sled::Batch::default();
        for (column, changes) in changes.columns() {
            for (key, value) in changes {
                match value {
                    Some(value) => batch.insert(key_of(column, key), value.as_slice()),
                    None => batch.remove(key_of(column, key)),
                }
            }
        }
        let mark = encode_mark(mark);
        batch.insert(key_of(Column::Small, MARK), mark.as_slice());
        contained(|| self.tree()?.apply_batch(batch).map_err(text))
    }

    fn mark(&self) -> Result<Option<Mark>, IndexError> {
        match self.get(Column::Small, MARK)? {
            None => Ok(None),
            Some(bytes) => match decode_mark(&bytes) {
                Some(mark) => Ok(Some(mark)),
                None => Err(IndexError("the mark does not read".to_owned())),
            },
        }
    }

    fn checkpoint(&self) -> Result<(), IndexError> {
        contained(|| match &self.db {
            Some(db) => db.flush().map(drop).map_err(text),
            None => Ok(()),
        })
    }

    fn size(&self) -> u64 {
        let size = contained(|| match &self.db {
            Some(db) => db.size_on_disk().map_err(text),
            None => Ok(0),
        });
        size.unwrap_or(0)
    }
}

/// Waits until no thread of sled has the file open any more. Its pool goes on after the database is dropped, and still cuts
/// the file's end off: an index opened meanwhile would find it locked or lose its newest part, and its size would be noted wrongly.
fn released(file: &Path) -> std::io::Result<()> {
    std::fs::File::open(file)?.lock()
}

impl Drop for SledIndex {
    fn drop(&mut self) {
        let (db, tree) = (self.db.take(), self.tree.take());
        let file = std::mem::take(&mut self.file);
        let (done, wait) = std::sync::mpsc::sync_channel(1);
        std::thread::spawn(move || {
            let _ = catch_unwind(AssertUnwindSafe(move || drop((tree, db))));
            if let Err(error) = released(&file) {
                tracing::debug!(%error, "the index's file cannot be waited for");
            }
            let _ = done.send(());
        });
        if wait.recv_timeout(DROP_WAIT).is_err() {
            tracing::warn!("the index did not close in time; it will be checked at the next start");
        }
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn closing_waits_for_whoever_has_the_file_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let file = std::fs::File::create(&path).unwrap();
        file.lock().unwrap();
        let (both, is_let_go) = (Barrier::new(2), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                both.wait();
                released(&path).unwrap();
                assert!(is_let_go.load(Ordering::Acquire));
            });
            both.wait();
            // Time in which who does not wait is seen not to.
            (0..1_000).for_each(|_| std::thread::yield_now());
            is_let_go.store(true, Ordering::Release);
            drop(file);
        });
    }

    #[test]
    fn what_is_closed_can_be_opened_at_once() {
        let folder = tempfile::tempdir().unwrap();
        for round in 0..20 {
            let index = SledIndex::open(folder.path()).unwrap();
            // Grows in one round and shrinks in the next, which sled's threads do when they find time.
            let value = (round % 2 == 0).then(|| vec![7; 20_000]);
            let change = |key: u32| ((Column::Small, key.to_be_bytes().to_vec()), value.clone());
            let all: Changes = (0..400).map(change).collect();
            index
                .apply(Arc::new(all), crate::index::Mark::START)
                .unwrap();
            drop(index);
            let file = std::fs::File::open(folder.path().join(FILE)).unwrap();
            assert!(file.try_lock().is_ok(), "in use in round {round}");
        }
    }
}
