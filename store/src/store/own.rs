//! Reading what is this node's own: its outbox, its positions, its operator's choices.

use indaba_protocol::{FeedName, Id, Key};

use super::Store;
use crate::encoding::Fields;
use crate::error::Result;
use crate::index::Column;
use crate::keys::{self, small, table};
use crate::rows;

/// An own position: key, feed, sequence number, id.
pub(crate) type Own = (Key, String, u64, Id);

impl Store {
    /// What is still to be announced, oldest first, with the feeds to announce it in.
    ///
    /// # Errors
    /// [`crate::StoreError::Index`].
    pub fn outbox(&self) -> Result<Vec<(Id, Vec<FeedName>)>> {
        let mut pending = self.collect_prefix(&[table::OUTBOX], usize::MAX, |key, value| {
            let mut value = Fields(value);
            let turn = value.u64()?;
            let mut feeds = Vec::new();
            while !value.is_empty() {
                feeds.push(value.text()?.parse().ok()?);
            }
            Some((turn, rows::id(key.get(1..)?)?, feeds))
        })?;
        pending.sort_by_key(|(turn, _, _)| *turn);
        Ok(pending
            .into_iter()
            .map(|(_, id, feeds)| (id, feeds))
            .collect())
    }

    /// The newest position of a node key in each feed it published in.
    ///
    /// # Errors
    /// [`crate::StoreError::Index`].
    pub fn own_positions(&self, key: &Key) -> Result<Vec<(FeedName, u64, Id)>> {
        let own = self.own_under(&small(table::OWN_POSITION, &[key.as_bytes()]))?;
        let read = |(_, feed, seq, id): Own| Some((feed.parse().ok()?, seq, id));
        Ok(own.into_iter().filter_map(read).collect())
    }

    /// The newest beat of a node key's head that the store or its guard remembers.
    ///
    /// # Errors
    /// [`crate::StoreError::Index`].
    pub fn own_head(&self, key: &Key) -> Result<Option<u64>> {
        let row = self
            .index
            .get(Column::Small, &small(table::OWN_BEAT, &[key.as_bytes()]))?;
        let stored = row.and_then(|row| rows::number(&row));
        Ok(stored.max(self.known_beat(key.as_bytes())))
    }

    /// Own lanes of which the guard knows more than the store holds: feed, newest position known,
    /// newest position held. Publishing there is refused until the records are back.
    ///
    /// # Errors
    /// [`crate::StoreError::Index`].
    pub fn own_blocked(&self, key: &Key) -> Result<Vec<(FeedName, u64, u64)>> {
        let Some(guard) = &self.guard else {
            return Ok(Vec::new());
        };
        let held = self.own_positions(key)?;
        let mut blocked = Vec::new();
        for own in &guard.remembered().positions {
            if own.key != key.as_bytes() {
                continue;
            }
            let Ok(feed) = own.feed.parse::<FeedName>() else {
                continue;
            };
            let seq = held
                .iter()
                .find(|(name, _, _)| *name == feed)
                .map_or(0, |(_, seq, _)| *seq);
            if seq < own.seq {
                blocked.push((feed, own.seq, seq));
            }
        }
        Ok(blocked)
    }

    /// The newest position of a node key in a feed that the store or its guard remembers; 0 where it
    /// remembers none.
    ///
    /// # Errors
    /// [`crate::StoreError::Index`].
    pub fn own_known(&self, key: &Key, feed: &FeedName) -> Result<u64> {
        let at = small(
            table::OWN_POSITION,
            &[key.as_bytes(), feed.as_str().as_bytes()],
        );
        let row = self.index.get(Column::Small, &at)?;
        let stored = row.and_then(|row| Fields(&row).u64());
        let guarded = self.guard.as_ref().and_then(|guard| {
            let mut positions = guard.remembered().positions.iter();
            let own =
                positions.find(|own| own.key == key.as_bytes() && own.feed == feed.as_str())?;
            Some(own.seq)
        });
        Ok(stored.max(guarded).unwrap_or(0))
    }

    /// The operator's choices under a column name: keys and values, by key.
    ///
    /// # Errors
    /// [`crate::StoreError::Index`].
    pub fn choices(&self, column: &str) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let prefix = keys::choice(column, &[]);
        self.collect_prefix(&prefix, usize::MAX, |key, value| {
            Some((key.get(prefix.len()..)?.to_vec(), value.to_vec()))
        })
    }

    /// As [`choices`](Store::choices), those behind a key; an empty one begins at the first.
    ///
    /// # Errors
    /// [`crate::StoreError::Index`].
    pub fn choices_page(
        &self,
        column: &str,
        after: &[u8],
        limit: usize,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let prefix = keys::choice(column, &[]);
        let mut from = keys::choice(column, after);
        if !after.is_empty() {
            // The next possible key: the same one with a byte more.
            from.push(0);
        }
        let to = keys::after_prefix(&prefix);
        self.collect(Column::Small, &from, &to, limit, |key, value| {
            Some((key.get(prefix.len()..)?.to_vec(), value.to_vec()))
        })
    }

    /// One choice.
    ///
    /// # Errors
    /// [`crate::StoreError::Index`].
    pub fn choice(&self, column: &str, key: &[u8]) -> Result<Option<Vec<u8>>> {
        Ok(self.index.get(Column::Small, &keys::choice(column, key))?)
    }

    pub(crate) fn all_own_positions(&self) -> Result<Vec<Own>> {
        self.own_under(&[table::OWN_POSITION])
    }

    pub(crate) fn all_own_beats(&self) -> Result<Vec<(Key, u64)>> {
        self.collect_prefix(&[table::OWN_BEAT], usize::MAX, |key, value| {
            Some((
                Key::from_bytes(key.get(1..)?.try_into().ok()?),
                rows::number(value)?,
            ))
        })
    }

    fn own_under(&self, prefix: &[u8]) -> Result<Vec<Own>> {
        self.collect_prefix(prefix, usize::MAX, |key, value| {
            let mut name = Fields(key.get(1..)?);
            let key = Key::from_bytes(name.fixed()?);
            let feed = std::str::from_utf8(name.rest()).ok()?.to_owned();
            let mut value = Fields(value);
            Some((key, feed, value.u64()?, Id::from_bytes(value.fixed()?)))
        })
    }
}
