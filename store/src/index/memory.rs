//! An index in memory: for the simulator, for tests, and as the reference the other one is
//! compared with. Rebuilt from the journal at every opening.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::{Changes, Column, Each, Index, IndexError, MARK, decode_mark, encode_mark};
use crate::journal::Mark;

type Columns = BTreeMap<Column, BTreeMap<Vec<u8>, Vec<u8>>>;

#[derive(Debug, Default)]
pub(crate) struct MemoryIndex {
    columns: RwLock<Columns>,
}

impl Index for MemoryIndex {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        let columns = self.columns.read().unwrap_or_else(PoisonError::into_inner);
        Ok(columns
            .get(&column)
            .and_then(|column| column.get(key))
            .cloned())
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
        let columns = self.columns.read().unwrap_or_else(PoisonError::into_inner);
        let Some(column) = columns.get(&column) else {
            return Ok(());
        };
        let mut range = column.range::<[u8], _>((
            std::ops::Bound::Included(from),
            std::ops::Bound::Excluded(to),
        ));
        while let Some((key, value)) = if down {
            range.next_back()
        } else {
            range.next()
        } {
            if !each(key, value) {
                break;
            }
        }
        Ok(())
    }

    fn apply(&self, changes: Arc<Changes>, mark: Mark) -> Result<(), IndexError> {
        let mut columns = self.columns.write().unwrap_or_else(PoisonError::into_inner);
        let Changes(changes) = Arc::unwrap_or_clone(changes);
        for (column, changes) in Column::ALL.into_iter().zip(changes) {
            let column = columns.entry(column).or_default();
            for (key, value) in changes {
                match value {
                    Some(value) => column.insert(key, value),
                    None => column.remove(&key),
                };
            }
        }
        let small = columns.entry(Column::Small).or_default();
        small.insert(MARK.to_vec(), encode_mark(mark));
        Ok(())
    }

    fn mark(&self) -> Result<Option<Mark>, IndexError> {
        Ok(self
            .get(Column::Small, MARK)?
            .and_then(|bytes| decode_mark(&bytes)))
    }

    fn checkpoint(&self) -> Result<(), IndexError> {
        Ok(())
    }

    fn size(&self) -> u64 {
        0
    }
}
