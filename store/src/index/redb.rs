//! The index in redb: a second engine, so that the one-file claim stays true and there is a way
//! out of sled. Behind the feature `redb`, for benchmarks and the engines' common tests only.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use redb::{Database, Durability, ReadTransaction, ReadableDatabase, TableDefinition};

use super::{Changes, Column, Each, Index, IndexError, MARK, decode_mark, encode_mark};
use crate::journal::Mark;

/// redb's page cache: what sled gets.
const CACHE: usize = 64 << 20;
/// Transactions of which only the last one is synced. The journal has everything, so durability only
/// shortens the next replay; but redb reuses pages only after a durable commit.
const DURABLE_EVERY: u32 = 64;

type Table = TableDefinition<'static, &'static [u8], &'static [u8]>;

pub(crate) struct RedbIndex {
    db: Database,
    path: std::path::PathBuf,
    applied: AtomicU32,
}

fn text(error: impl std::fmt::Display) -> IndexError {
    IndexError(error.to_string())
}

fn table(column: Column) -> Table {
    TableDefinition::new(column.name())
}

impl RedbIndex {
    pub(crate) fn open(folder: &Path) -> Result<Self, IndexError> {
        std::fs::create_dir_all(folder).map_err(text)?;
        let path = folder.join("redb");
        let db = Database::builder()
            .set_cache_size(CACHE)
            .create(&path)
            .map_err(text)?;
        let write = db.begin_write().map_err(text)?;
        for column in Column::ALL {
            write.open_table(table(column)).map_err(text)?;
        }
        write.commit().map_err(text)?;
        let applied = AtomicU32::new(0);
        Ok(Self { db, path, applied })
    }

    fn read(&self) -> Result<ReadTransaction, IndexError> {
        self.db.begin_read().map_err(text)
    }

    fn write(
        &self,
        changes: &Changes,
        mark: Option<Mark>,
        durable: bool,
    ) -> Result<(), IndexError> {
        let mut write = self.db.begin_write().map_err(text)?;
        write
            .set_durability(if durable {
                Durability::Immediate
            } else {
                Durability::None
            })
            .map_err(text)?;
        // Opens without reading the whole file after a kill; costs about a fifth per sync.
        write.set_quick_repair(durable);
        for (column, changes) in changes.columns() {
            if changes.is_empty() {
                continue;
            }
            let mut open = write.open_table(table(column)).map_err(text)?;
            for (key, value) in changes {
                match value {
                    Some(value) => open.insert(key.as_slice(), value.as_slice()).map(drop),
                    None => open.remove(key.as_slice()).map(drop),
                }
                .map_err(text)?;
            }
        }
        if let Some(mark) = mark {
            let mut open = write.open_table(table(Column::Small)).map_err(text)?;
            open.insert(MARK, encode_mark(mark).as_slice())
                .map_err(text)?;
        }
        write.commit().map_err(text)
    }
}

impl Index for RedbIndex {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        let open = self.read()?.open_table(table(column)).map_err(text)?;
        let value = open.get(key).map_err(text)?;
        Ok(value.map(|value| value.value().to_vec()))
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
        let open = self.read()?.open_table(table(column)).map_err(text)?;
        let mut range = open.range::<&[u8]>(from..to).map_err(text)?;
        while let Some(item) = if down {
            range.next_back()
        } else {
            range.next()
        } {
            let (key, value) = item.map_err(text)?;
            if !each(key.value(), value.value()) {
                break;
            }
        }
        Ok(())
    }

    fn apply(&self, changes: Arc<Changes>, mark: Mark) -> Result<(), IndexError> {
        let turn = self.applied.fetch_add(1, Ordering::Relaxed);
        self.write(
            &changes,
            Some(mark),
            turn % DURABLE_EVERY == DURABLE_EVERY - 1,
        )
    }

    fn mark(&self) -> Result<Option<Mark>, IndexError> {
        match self.get(Column::Small, MARK)? {
            None => Ok(None),
            Some(bytes) => decode_mark(&bytes)
                .map(Some)
                .ok_or_else(|| IndexError("the mark does not read".to_owned())),
        }
    }

    fn checkpoint(&self) -> Result<(), IndexError> {
        self.write(&Changes::default(), None, true)
    }

    fn size(&self) -> u64 {
        std::fs::metadata(&self.path).map_or(0, |file| file.len())
    }
}
