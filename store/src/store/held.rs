//! Reading held items: what waits for a judgement, and how much room it takes.

use indaba_protocol::Id;

use super::Store;
use super::reads::{another, garbled};
use crate::entry::{Entry, HeldItem};
use crate::error::Result;
use crate::index::Column;
use crate::keys::{small, table};
use crate::rows::{self, HeldRow};

/// Room taken by held items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeldUse {
    /// Items.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Store {
    /// Whether an item is held. Does not touch the journal.
    ///
    /// # Errors
    /// [`crate::StoreError::Index`].
    pub fn is_waiting(&self, id: &Id) -> Result<bool> {
        let key = small(table::HELD, &[id.as_bytes()]);
        Ok(self.index.get(Column::Small, &key)?.is_some())
    }

    /// A held item by its id.
    ///
    /// # Errors
    /// [`crate::StoreError::BadEntry`], [`crate::StoreError::Index`].
    pub fn held(&self, id: &Id) -> Result<Option<HeldItem>> {
        match self
            .index
            .get(Column::Small, &small(table::HELD, &[id.as_bytes()]))?
        {
            None => Ok(None),
            Some(row) => self.held_at(id, &row).map(Some),
        }
    }

    /// Held items by id, beginning after one.
    ///
    /// # Errors
    /// [`crate::StoreError::BadEntry`], [`crate::StoreError::Index`].
    pub fn held_page(&self, after: Option<Id>, limit: usize) -> Result<Vec<HeldItem>> {
        let page = self.by_id(table::HELD, after, limit)?;
        page.into_iter()
            .map(|(id, row)| self.held_at(&id, &row))
            .collect()
    }

    /// Ids of held items that wait for a statement.
    ///
    /// # Errors
    /// [`crate::StoreError::Index`].
    pub fn held_awaiting(&self, id: &Id, limit: usize) -> Result<Vec<Id>> {
        let prefix = small(table::HELD_AWAITING, &[id.as_bytes()]);
        self.collect_prefix(&prefix, limit, |key, _| rows::id(key.get(33..)?))
    }

    /// Ids of held items of an institution.
    ///
    /// # Errors
    /// [`crate::StoreError::Index`].
    pub fn held_of(&self, institution: &Id, limit: usize) -> Result<Vec<Id>> {
        let prefix = small(table::HELD_INSTITUTION, &[institution.as_bytes()]);
        self.collect_prefix(&prefix, limit, |key, _| rows::id(key.get(33..)?))
    }

    /// Room that held items of an institution take.
    ///
    /// # Errors
    /// [`crate::StoreError::Index`].
    pub fn held_use(&self, institution: &Id) -> Result<HeldUse> {
        let key = small(table::HELD_USE, &[institution.as_bytes()]);
        let row = self
            .index
            .get(Column::Small, &key)?
            .and_then(|row| rows::decode_pair(&row));
        let (count, bytes) = row.unwrap_or((0, 0));
        Ok(HeldUse { count, bytes })
    }

    /// Room that held items take, per institution.
    ///
    /// # Errors
    /// [`crate::StoreError::Index`].
    pub fn held_uses(&self) -> Result<Vec<(Id, HeldUse)>> {
        self.collect_prefix(&[table::HELD_USE], usize::MAX, |key, value| {
            let (count, bytes) = rows::decode_pair(value)?;
            Some((rows::id(key.get(1..)?)?, HeldUse { count, bytes }))
        })
    }

    fn held_at(&self, id: &Id, row: &[u8]) -> Result<HeldItem> {
        let row = HeldRow::decode(row).ok_or_else(|| garbled("a held row"))?;
        match self.entry(row.at)? {
            Entry::Hold(held) if held.id == *id => Ok(held),
            _ => Err(another(row.at)),
        }
    }
}
