//! What is held and what is missing, without reading the bytes themselves.

use indaba_protocol::{FeedName, Id, Key};

use super::Store;
use crate::error::Result;
use crate::index::{Column, IndexError};
use crate::{keys, rows};

/// Which parts of a record are at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartsHeld {
    /// The card.
    pub card: bool,
    /// The body.
    pub body: bool,
    /// The parts were dropped on purpose: they are not missing.
    pub erased: bool,
}

impl PartsHeld {
    /// Whether a part is missing that was not dropped on purpose.
    #[must_use]
    pub fn are_missing(&self) -> bool {
        !self.erased && (!self.card || !self.body)
    }
}

/// What a lane lacks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gaps {
    /// Missing places as ranges, both ends included; the first ones, up to the limit asked for.
    pub ranges: Vec<(u64, u64)>,
    /// All missing places, also those beyond the ranges named.
    pub count: u64,
}

/// Places looked at in one go: a page of keys, bounded in memory.
const PAGE: usize = 10_000;

impl Store {
    /// Which parts of a record are at hand; `None` when the record is not held.
    ///
    /// # Errors
    /// [`crate::StoreError::Index`].
    pub fn parts_held(&self, id: &Id) -> Result<Option<PartsHeld>> {
        Ok(self
            .row(id)?
            .filter(|row| row.statement.is_some())
            .map(|row| PartsHeld {
                card: row.card.is_some(),
                body: row.body.is_some(),
                erased: row.erased != 0,
            }))
    }

    /// The places of a lane from 1 to `upto` at which no record is held.
    ///
    /// # Errors
    /// [`crate::StoreError::Index`].
    pub fn gaps(
        &self,
        institution: &Id,
        key: &Key,
        feed: &FeedName,
        upto: u64,
        most: usize,
    ) -> Result<Gaps> {
        let mut gaps = Gaps::default();
        let mut next = 1;
        // Most lanes have no gap below their end, and then nothing of them need be looked at.
        if let Some(end) = self.lane_end(institution, key, feed)?
            && end.count == end.seq
        {
            if end.seq < upto {
                gaps.add(end.seq + 1, upto, most);
            }
            return Ok(gaps);
        }
        while next <= upto {
            let page = self.lane(institution, key, feed, next..=upto, PAGE)?;
            let full = page.len() >= PAGE;
            for (seq, _) in page {
                gaps.skip(&mut next, seq, most);
            }
            if !full {
                break;
            }
        }
        if next <= upto {
            gaps.add(next, upto, most);
        }
        Ok(gaps)
    }
}

impl Store {
    /// The newest records of a feed first; `before` is an arrival number or `u64::MAX`.
    ///
    /// # Errors
    /// [`crate::StoreError::Index`].
    pub fn feed_newest(
        &self,
        feed: &FeedName,
        before: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Id)>> {
        let Some(feed) = self.feed_number(feed.as_str())? else {
            return Ok(Vec::new());
        };
        let (from, to) = (keys::feed(feed, 0), keys::feed(feed, before));
        let mut found = Vec::new();
        let mut bad = false;
        self.index
            .range(Column::Feed, &from, &to, true, &mut |key, value| {
                match (key.get(4..).and_then(rows::number), rows::id(value)) {
                    _ if found.len() >= limit => return false,
                    (Some(arrival), Some(id)) => found.push((arrival, id)),
                    _ => bad = true,
                }
                !bad
            })?;
        if bad {
            Err(IndexError("a feed's row does not read".to_owned()).into())
        } else {
            Ok(found)
        }
    }

    /// Ids of held records from `first` to `last`, both included, by id.
    ///
    /// # Errors
    /// [`crate::StoreError::Index`].
    pub fn ids_between(&self, first: &Id, last: &Id, limit: usize) -> Result<Vec<Id>> {
        // One byte longer than any id: the end of a range is not included.
        let mut to = last.as_bytes().to_vec();
        to.push(0);
        let mut found = Vec::new();
        self.index.range(
            Column::Record,
            first.as_bytes(),
            &to,
            false,
            &mut |key, _| {
                found.extend(rows::id(key).filter(|_| found.len() < limit));
                found.len() < limit
            },
        )?;
        Ok(found)
    }
}

impl Gaps {
    /// The next place held is `found`: what lies between is missing.
    pub(super) fn skip(&mut self, next: &mut u64, found: u64, most: usize) {
        if found > *next {
            self.add(*next, found - 1, most);
        }
        *next = (*next).max(found + 1);
    }

    fn add(&mut self, from: u64, to: u64, most: usize) {
        self.count += to - from + 1;
        if self.ranges.len() < most {
            self.ranges.push((from, to));
        }
    }
}
