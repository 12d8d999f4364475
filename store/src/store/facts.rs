//! Reading facts: statements that are not records.

use indaba_protocol::Id;

use super::Store;
use super::reads::{another, garbled};
use crate::entry::{Entry, Fact, FactKind};
use crate::error::Result;
use crate::index::Column;
use crate::journal::At;
use crate::keys::{small, table};
use crate::rows::{self, FactRow};

/// What the index alone knows of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactNote {
    /// The id of the statement.
    pub id: Id,
    /// What it is.
    pub kind: FactKind,
    /// Whom it is about.
    pub institution: Id,
}

impl Store {
    /// Whether a fact is held. Does not touch the journal.
    ///
    /// # Errors
    /// [`crate::StoreError::Index`].
    pub fn has_fact(&self, id: &Id) -> Result<bool> {
        let key = small(table::FACT, &[id.as_bytes()]);
        Ok(self.index.get(Column::Small, &key)?.is_some())
    }

    /// What is known of facts of all kinds without reading them, by id, beginning after one. Does not touch the journal.
    ///
    /// # Errors
    /// [`crate::StoreError::Index`].
    pub fn fact_notes(&self, after: Option<Id>, limit: usize) -> Result<Vec<FactNote>> {
        self.by_id(table::FACT, after, limit)?
            .into_iter()
            .map(|(id, row)| {
                let row = FactRow::decode(&row).ok_or_else(|| garbled("a fact's row"))?;
                let (kind, institution) = (row.kind, row.institution);
                Ok(FactNote {
                    id,
                    kind,
                    institution,
                })
            })
            .collect()
    }

    /// A fact by its id.
    ///
    /// # Errors
    /// [`crate::StoreError::BadEntry`], [`crate::StoreError::Index`].
    pub fn fact(&self, id: &Id) -> Result<Option<Fact>> {
        match self
            .index
            .get(Column::Small, &small(table::FACT, &[id.as_bytes()]))?
        {
            None => Ok(None),
            Some(row) => {
                let row = FactRow::decode(&row).ok_or_else(|| garbled("a fact's row"))?;
                self.fact_at(id, row.at).map(Some)
            }
        }
    }

    /// Facts of one kind about an institution, by rising order.
    ///
    /// # Errors
    /// [`crate::StoreError::BadEntry`], [`crate::StoreError::Index`].
    pub fn facts(&self, kind: FactKind, institution: &Id) -> Result<Vec<Fact>> {
        self.facts_in_order(&small(
            table::FACT_ORDER,
            &[&[kind.number()], institution.as_bytes()],
        ))
    }

    /// All facts of one kind, by institution and rising order.
    ///
    /// # Errors
    /// [`crate::StoreError::BadEntry`], [`crate::StoreError::Index`].
    pub fn facts_of_kind(&self, kind: FactKind) -> Result<Vec<Fact>> {
        self.facts_in_order(&small(table::FACT_ORDER, &[&[kind.number()]]))
    }

    /// The ids of all facts of one kind, by institution and rising order. Does not touch the journal.
    ///
    /// # Errors
    /// [`crate::StoreError::Index`].
    pub fn ids_of_kind(&self, kind: FactKind) -> Result<Vec<Id>> {
        self.ids_in_order(&small(table::FACT_ORDER, &[&[kind.number()]]))
    }

    /// The heads of all node keys.
    ///
    /// # Errors
    /// [`crate::StoreError::BadEntry`], [`crate::StoreError::Index`].
    pub fn heads(&self) -> Result<Vec<Fact>> {
        self.facts_of_kind(FactKind::Head)
    }

    /// Facts of all kinds by id, beginning after one.
    ///
    /// # Errors
    /// [`crate::StoreError::BadEntry`], [`crate::StoreError::Index`].
    pub fn facts_page(&self, after: Option<Id>, limit: usize) -> Result<Vec<Fact>> {
        self.by_id(table::FACT, after, limit)?
            .into_iter()
            .map(|(id, row)| {
                let row = FactRow::decode(&row).ok_or_else(|| garbled("a fact's row"))?;
                self.fact_at(&id, row.at)
            })
            .collect()
    }

    fn fact_at(&self, id: &Id, at: At) -> Result<Fact> {
        match self.entry(at)? {
            Entry::Fact(fact) if fact.id == *id => Ok(fact),
            _ => Err(another(at)),
        }
    }

    fn ids_in_order(&self, prefix: &[u8]) -> Result<Vec<Id>> {
        self.collect_prefix(prefix, usize::MAX, |key, _| rows::id(key.get(42..)?))
    }

    fn facts_in_order(&self, prefix: &[u8]) -> Result<Vec<Fact>> {
        let ids = self.ids_in_order(prefix)?;
        let mut facts = Vec::with_capacity(ids.len());
        for id in ids {
            facts.extend(self.fact(&id)?);
        }
        Ok(facts)
    }
}
