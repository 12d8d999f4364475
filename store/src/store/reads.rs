//! Reading records, feeds and lanes. Everything that comes from the journal is checked against its checksum and, for
//! records and parts, against its hash.

use std::ops::RangeInclusive;

use indaba_protocol::{FeedName, Id, Key};

use super::Store;
use crate::encoding::Fields;
use crate::entry::{Entry, Part, RecordView};
use crate::error::{Result, StoreError};
use crate::index::{Column, IndexError};
use crate::journal::At;
use crate::keys::{self, after_prefix, small, table};
use crate::rows::{self, LaneTopRow};

/// A record as held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// What the store knows of its header.
    pub view: RecordView,
    /// Its place in the order of arrival here; begins at 1.
    pub arrival: u64,
    /// The signed statement as received.
    pub statement: Vec<u8>,
    /// The card, if held.
    pub card: Option<Vec<u8>>,
    /// The body, if held.
    pub body: Option<Vec<u8>>,
    /// A part was dropped on purpose and has not come back.
    pub erased: bool,
}

/// How far a lane is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneEnd {
    /// Whose lane.
    pub institution: Id,
    /// Its node key.
    pub key: Key,
    /// Highest sequence number held.
    pub seq: u64,
    /// The record there; of several, the one that arrived first.
    pub last: Id,
    /// Sequence numbers held; fewer than `seq` says that there are gaps.
    pub count: u64,
}

pub(super) fn garbled(what: &str) -> IndexError {
    IndexError(format!("{what} does not read"))
}

impl Store {
    /// A record with the parts at hand.
    ///
    /// # Errors
    /// [`StoreError::BadEntry`] or [`StoreError::Mismatch`] when what is stored does not check out.
    pub fn record(&self, id: &Id) -> Result<Option<StoredRecord>> {
        let Some(row) = self.row(id)? else {
            return Ok(None);
        };
        let Some(at) = row.statement else {
            return Ok(None);
        };
        let places: Vec<_> = [Some(at), row.card, row.body]
            .into_iter()
            .flatten()
            .collect();
        let read = self.reader.read_all(&places)?;
        let mut entries = read.iter().map(super::read_entry);
        let mut next = || entries.next().unwrap_or_else(|| Err(another(at)));
        let (view, statement) = as_statement(id, at, next()?)?;
        let mut part =
            |part, at: Option<At>| at.map(|at| as_part(&view, part, at, next()?)).transpose();
        let card = part(Part::Card, row.card)?;
        let body = part(Part::Body, row.body)?;
        let (arrival, erased) = (row.arrival, row.erased != 0);
        Ok(Some(StoredRecord {
            view,
            arrival,
            statement,
            card,
            body,
            erased,
        }))
    }

    /// The signed statement of a record, with what the store knows of its header.
    ///
    /// # Errors
    /// As [`record`](Store::record).
    pub fn statement(&self, id: &Id) -> Result<Option<(RecordView, Vec<u8>)>> {
        match self.row(id)?.and_then(|row| row.statement) {
            Some(at) => self.statement_at(id, at).map(Some),
            None => Ok(None),
        }
    }

    /// Whether a record is held. Does not touch the journal.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn contains(&self, id: &Id) -> Result<bool> {
        Ok(self.row(id)?.is_some_and(|row| row.statement.is_some()))
    }

    /// Records of a feed that arrived after a cursor (0 for all), with their arrival numbers.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn feed_page(&self, feed: &FeedName, after: u64, limit: usize) -> Result<Vec<(u64, Id)>> {
        let Some(feed) = self.feed_number(feed.as_str())? else {
            return Ok(Vec::new());
        };
        let from = keys::feed(feed, after.saturating_add(1));
        let to = after_prefix(&feed.to_be_bytes());
        self.collect(Column::Feed, &from, &to, limit, |key, value| {
            Some((rows::number(key.get(4..)?)?, rows::id(value)?))
        })
    }

    /// Records of all feeds that arrived after a cursor (0 for all), with their arrival numbers.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn page(&self, after: u64, limit: usize) -> Result<Vec<(u64, Id)>> {
        let from = keys::arrival(after.saturating_add(1));
        self.collect(
            Column::Arrival,
            &from,
            &[u8::MAX; 9],
            limit,
            |key, value| Some((rows::number(key)?, rows::id(value)?)),
        )
    }

    /// The newest records first; `before` is an arrival number or `u64::MAX`.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn newest(&self, before: u64, limit: usize) -> Result<Vec<(u64, Id)>> {
        let mut found = Vec::new();
        let mut bad = false;
        let to = keys::arrival(before);
        self.index
            .range(Column::Arrival, &[], &to, true, &mut |key, value| {
                match (rows::number(key), rows::id(value)) {
                    _ if found.len() >= limit => return false,
                    (Some(arrival), Some(id)) => found.push((arrival, id)),
                    _ => bad = true,
                }
                !bad
            })?;
        if bad {
            Err(garbled("an arrival").into())
        } else {
            Ok(found)
        }
    }

    /// Records at the given places of a lane, in order; rivals at one place in order of arrival.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn lane(
        &self,
        institution: &Id,
        key: &Key,
        feed: &FeedName,
        places: RangeInclusive<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, Id)>> {
        let Some((feed, signer)) = self.lane_numbers(institution, key, feed)? else {
            return Ok(Vec::new());
        };
        let from = keys::lane(feed, signer, *places.start(), 0);
        let to = after_prefix(&keys::lane(feed, signer, *places.end(), 0)[..16]);
        self.collect(Column::Lane, &from, &to, limit, |key, value| {
            Some((rows::number(key.get(8..16)?)?, rows::id(value)?))
        })
    }

    /// How far a lane is held; `None` when nothing of it is.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn lane_end(
        &self,
        institution: &Id,
        key: &Key,
        feed: &FeedName,
    ) -> Result<Option<LaneEnd>> {
        let Some((feed, signer)) = self.lane_numbers(institution, key, feed)? else {
            return Ok(None);
        };
        let row = self
            .index
            .get(Column::Small, &keys::lane_top(feed, signer))?;
        let Some(row) = row else { return Ok(None) };
        let top = LaneTopRow::decode(&row).ok_or_else(|| garbled("a lane"))?;
        Ok(Some(LaneEnd {
            institution: *institution,
            key: *key,
            seq: top.seq,
            last: top.id,
            count: top.count,
        }))
    }

    /// The numbers that a lane's feed and signer have in the index.
    fn lane_numbers(
        &self,
        institution: &Id,
        key: &Key,
        feed: &FeedName,
    ) -> Result<Option<(u32, u32)>> {
        let Some(feed) = self.feed_number(feed.as_str())? else {
            return Ok(None);
        };
        let name = rows::signer(institution, key);
        let row = self
            .index
            .get(Column::Small, &small(table::SIGNER_NUMBER, &[&name]))?;
        let signer = row.and_then(|row| rows::small_number(&row));
        Ok(signer.map(|signer| (feed, signer)))
    }

    /// All records at one place of a lane: more than one are rivals.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn at(&self, institution: &Id, key: &Key, feed: &FeedName, seq: u64) -> Result<Vec<Id>> {
        // Two contradict each other already; sixteen are plenty to show.
        let found = self.lane(institution, key, feed, seq..=seq, 16)?;
        Ok(found.into_iter().map(|(_, id)| id).collect())
    }

    /// Every lane of a feed.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn lanes_of(&self, feed: &FeedName) -> Result<Vec<LaneEnd>> {
        let Some(feed) = self.feed_number(feed.as_str())? else {
            return Ok(Vec::new());
        };
        let prefix = small(table::LANE_TOP, &[&feed.to_be_bytes()]);
        let tops = self.collect_prefix(&prefix, usize::MAX, |key, value| {
            let signer: [u8; 4] = key.get(5..)?.try_into().ok()?;
            Some((signer, LaneTopRow::decode(value)?))
        })?;
        let mut lanes = Vec::with_capacity(tops.len());
        for (signer, top) in tops {
            let row = self
                .index
                .get(Column::Small, &small(table::SIGNER, &[&signer]))?;
            let (institution, key) = row
                .and_then(|row| rows::decode_signer(&row))
                .ok_or_else(|| garbled("a signer"))?;
            lanes.push(LaneEnd {
                institution,
                key,
                seq: top.seq,
                last: top.id,
                count: top.count,
            });
        }
        Ok(lanes)
    }

    /// Names of all feeds in which a record is held.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn feeds(&self) -> Result<Vec<FeedName>> {
        self.collect_prefix(&[table::FEED_NUMBER], usize::MAX, |key, _| {
            std::str::from_utf8(key.get(1..)?).ok()?.parse().ok()
        })
    }

    /// Records that point at a statement, with the relation, in order of arrival.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn links_to(&self, target: &Id, limit: usize) -> Result<Vec<(String, Id)>> {
        let prefix = target.as_bytes();
        let to = after_prefix(prefix);
        self.collect(Column::Link, prefix, &to, limit, |_, value| {
            let mut value = Fields(value);
            let source = Id::from_bytes(value.fixed()?);
            Some((String::from_utf8(value.rest().to_vec()).ok()?, source))
        })
    }

    /// Ids of held records whose first `bits` bits are those of `prefix`.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn ids_with_prefix(&self, prefix: &[u8], bits: usize, limit: usize) -> Result<Vec<Id>> {
        let bits = bits.min(prefix.len() * 8).min(256);
        let (mut from, mut last) = ([0u8; 32], [u8::MAX; 32]);
        for bit in 0..bits {
            let (byte, mask) = (bit / 8, 0x80u8 >> (bit % 8));
            if prefix[byte] & mask == 0 {
                last[byte] &= !mask;
            } else {
                from[byte] |= mask;
            }
        }
        // One byte longer than any id: the end is not included.
        let mut to = last.to_vec();
        to.push(0);
        let mut found = self.collect(Column::Record, &from, &to, limit, |key, _| rows::id(key))?;
        found.truncate(limit);
        Ok(found)
    }

    fn statement_at(&self, id: &Id, at: At) -> Result<(RecordView, Vec<u8>)> {
        as_statement(id, at, self.entry(at)?)
    }

    pub(super) fn by_id(
        &self,
        table: u8,
        after: Option<Id>,
        limit: usize,
    ) -> Result<Vec<(Id, Vec<u8>)>> {
        let mut from = small(table, &[]);
        if let Some(after) = after {
            from.extend_from_slice(after.as_bytes());
            // The next possible key: the same one with a byte more.
            from.push(0);
        }
        let to = after_prefix(&[table]);
        self.collect(Column::Small, &from, &to, limit, |key, value| {
            Some((rows::id(key.get(1..)?)?, value.to_vec()))
        })
    }

    pub(super) fn collect_prefix<T>(
        &self,
        prefix: &[u8],
        limit: usize,
        read: impl FnMut(&[u8], &[u8]) -> Option<T>,
    ) -> Result<Vec<T>> {
        self.collect(Column::Small, prefix, &after_prefix(prefix), limit, read)
    }

    pub(super) fn collect<T>(
        &self,
        column: Column,
        from: &[u8],
        to: &[u8],
        limit: usize,
        mut read: impl FnMut(&[u8], &[u8]) -> Option<T>,
    ) -> Result<Vec<T>> {
        let mut found = Vec::new();
        let mut is_bad = false;
        if limit == 0 {
            return Ok(found);
        }
        self.index
            .range(column, from, to, false, &mut |key, value| {
                match read(key, value) {
                    Some(item) => found.push(item),
                    None => is_bad = true,
                }
                !is_bad && found.len() < limit
            })?;
        if is_bad {
            Err(garbled("a key or row").into())
        } else {
            Ok(found)
        }
    }
}

fn as_statement(id: &Id, at: At, entry: Entry) -> Result<(RecordView, Vec<u8>)> {
    match entry {
        Entry::Record {
            view, statement, ..
        } if view.id == *id => Ok((view, statement)),
        _ => Err(another(at)),
    }
}

fn as_part(view: &RecordView, wanted: Part, at: At, entry: Entry) -> Result<Vec<u8>> {
    match entry {
        Entry::Part { id, part, bytes } if id == view.id && part == wanted => {
            super::commit::check_part(view, part, &bytes)?;
            Ok(bytes)
        }
        _ => Err(another(at)),
    }
}

pub(super) fn another(at: At) -> StoreError {
    StoreError::BadEntry {
        offset: at.offset,
        what: "another entry than expected",
    }
}
