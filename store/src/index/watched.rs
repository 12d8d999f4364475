//! An index whose first failure is noted on disk, so that the next opening builds it anew: also a
//! failure that only a reader met.

use std::sync::Arc;

use super::{Changes, Column, Each, Index, IndexError};
use crate::journal::Mark;
use crate::session::{Ended, Session};

pub(crate) struct Watched {
    inner: Box<dyn Index>,
    session: Arc<Session>,
}

impl Watched {
    pub(crate) fn boxed(inner: Box<dyn Index>, session: &Arc<Session>) -> Box<dyn Index> {
        Box::new(Self {
            inner,
            session: session.clone(),
        })
    }

    fn noted<T>(&self, result: Result<T, IndexError>) -> Result<T, IndexError> {
        if result.is_err()
            && let Err(error) = self.session.set(Ended::Distrust)
        {
            tracing::error!(%error, "cannot note that the index failed; rebuild it by hand");
        }
        result
    }
}

impl Index for Watched {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        self.noted(self.inner.get(column, key))
    }

    fn range(
        &self,
        column: Column,
        from: &[u8],
        to: &[u8],
        down: bool,
        each: &mut Each<'_>,
    ) -> Result<(), IndexError> {
        self.noted(self.inner.range(column, from, to, down, each))
    }

    fn apply(&self, changes: Arc<Changes>, mark: Mark) -> Result<(), IndexError> {
        self.noted(self.inner.apply(changes, mark))
    }

    fn mark(&self) -> Result<Option<Mark>, IndexError> {
        self.noted(self.inner.mark())
    }

    fn settle(&self) -> Result<(), IndexError> {
        self.noted(self.inner.settle())
    }

    fn checkpoint(&self) -> Result<(), IndexError> {
        self.noted(self.inner.checkpoint())
    }

    fn size(&self) -> u64 {
        self.inner.size()
    }
}
