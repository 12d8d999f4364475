//! Reading. Everything that comes from the journal is checked against its checksum and, for
//! records and parts, against its hash.

use std::ops::RangeInclusive;

use indaba_protocol::{FeedName, Id, Key};

use super::Store;
use crate::encoding::Fields;
use crate::entry::{Entry, Fact, FactKind, HeldItem, Part, RecordView};
use crate::error::{Result, StoreError};
use crate::index::{Column, IndexError};
use crate::journal::At;
use crate::keys::{self, after_prefix, small, table};
use crate::rows::{self, FactRow, HeldRow, LaneTopRow};

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

/// Room taken by held items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeldUse {
    /// Items.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// An own position: key, feed, sequence number, id.
pub(crate) type Own = (Key, String, u64, Id);

fn garbled(what: &str) -> IndexError {
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
        let (view, statement) = self.statement_at(id, at)?;
        let card = row
            .card
            .map(|at| self.part_at(&view, Part::Card, at))
            .transpose()?;
        let body = row
            .body
            .map(|at| self.part_at(&view, Part::Body, at))
            .transpose()?;
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
        let Some(feed) = self.feed_number(feed.as_str())? else {
            return Ok(Vec::new());
        };
        let name = rows::signer(institution, key);
        let row = self
            .index
            .get(Column::Small, &small(table::SIGNER_NUMBER, &[&name]))?;
        let Some(signer) = row.and_then(|row| rows::small_number(&row)) else {
            return Ok(Vec::new());
        };
        let from = keys::lane(feed, signer, *places.start(), 0);
        let to = after_prefix(&keys::lane(feed, signer, *places.end(), 0)[..16]);
        self.collect(Column::Lane, &from, &to, limit, |key, value| {
            Some((rows::number(key.get(8..16)?)?, rows::id(value)?))
        })
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

    /// A fact by its id.
    ///
    /// # Errors
    /// [`StoreError::BadEntry`], [`StoreError::Index`].
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
    /// [`StoreError::BadEntry`], [`StoreError::Index`].
    pub fn facts(&self, kind: FactKind, institution: &Id) -> Result<Vec<Fact>> {
        self.facts_in_order(&small(
            table::FACT_ORDER,
            &[&[kind.number()], institution.as_bytes()],
        ))
    }

    /// All facts of one kind, by institution and rising order.
    ///
    /// # Errors
    /// [`StoreError::BadEntry`], [`StoreError::Index`].
    pub fn facts_of_kind(&self, kind: FactKind) -> Result<Vec<Fact>> {
        self.facts_in_order(&small(table::FACT_ORDER, &[&[kind.number()]]))
    }

    /// The heads of all node keys.
    ///
    /// # Errors
    /// [`StoreError::BadEntry`], [`StoreError::Index`].
    pub fn heads(&self) -> Result<Vec<Fact>> {
        self.facts_of_kind(FactKind::Head)
    }

    /// Facts of all kinds by id, beginning after one.
    ///
    /// # Errors
    /// [`StoreError::BadEntry`], [`StoreError::Index`].
    pub fn facts_page(&self, after: Option<Id>, limit: usize) -> Result<Vec<Fact>> {
        self.by_id(table::FACT, after, limit)?
            .into_iter()
            .map(|(id, row)| {
                let row = FactRow::decode(&row).ok_or_else(|| garbled("a fact's row"))?;
                self.fact_at(&id, row.at)
            })
            .collect()
    }

    /// A held item by its id.
    ///
    /// # Errors
    /// [`StoreError::BadEntry`], [`StoreError::Index`].
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
    /// [`StoreError::BadEntry`], [`StoreError::Index`].
    pub fn held_page(&self, after: Option<Id>, limit: usize) -> Result<Vec<HeldItem>> {
        let page = self.by_id(table::HELD, after, limit)?;
        page.into_iter()
            .map(|(id, row)| self.held_at(&id, &row))
            .collect()
    }

    /// Ids of held items that wait for a statement.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn held_awaiting(&self, id: &Id, limit: usize) -> Result<Vec<Id>> {
        let prefix = small(table::HELD_AWAITING, &[id.as_bytes()]);
        self.collect_prefix(&prefix, limit, |key, _| rows::id(key.get(33..)?))
    }

    /// Ids of held items of an institution.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn held_of(&self, institution: &Id, limit: usize) -> Result<Vec<Id>> {
        let prefix = small(table::HELD_INSTITUTION, &[institution.as_bytes()]);
        self.collect_prefix(&prefix, limit, |key, _| rows::id(key.get(33..)?))
    }

    /// Room that held items of an institution take.
    ///
    /// # Errors
    /// [`StoreError::Index`].
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
    /// [`StoreError::Index`].
    pub fn held_uses(&self) -> Result<Vec<(Id, HeldUse)>> {
        self.collect_prefix(&[table::HELD_USE], usize::MAX, |key, value| {
            let (count, bytes) = rows::decode_pair(value)?;
            Some((rows::id(key.get(1..)?)?, HeldUse { count, bytes }))
        })
    }

    /// What is still to be announced, oldest first, with the feeds to announce it in.
    ///
    /// # Errors
    /// [`StoreError::Index`].
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
    /// [`StoreError::Index`].
    pub fn own_positions(&self, key: &Key) -> Result<Vec<(FeedName, u64, Id)>> {
        let own = self.own_under(&small(table::OWN_POSITION, &[key.as_bytes()]))?;
        let read = |(_, feed, seq, id): Own| Some((feed.parse().ok()?, seq, id));
        Ok(own.into_iter().filter_map(read).collect())
    }

    /// The newest beat of a node key's head.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn own_head(&self, key: &Key) -> Result<Option<u64>> {
        let row = self
            .index
            .get(Column::Small, &small(table::OWN_BEAT, &[key.as_bytes()]))?;
        Ok(row.and_then(|row| rows::number(&row)))
    }

    /// Own lanes of which the guard knows more than the store holds: feed, newest position known,
    /// newest position held. Publishing there is refused until the records are back.
    ///
    /// # Errors
    /// [`StoreError::Index`].
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

    /// The operator's choices under a column name: keys and values, by key.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn choices(&self, column: &str) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let prefix = keys::choice(column, &[]);
        self.collect_prefix(&prefix, usize::MAX, |key, value| {
            Some((key.get(prefix.len()..)?.to_vec(), value.to_vec()))
        })
    }

    /// One choice.
    ///
    /// # Errors
    /// [`StoreError::Index`].
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

    fn statement_at(&self, id: &Id, at: At) -> Result<(RecordView, Vec<u8>)> {
        match self.entry(at)? {
            Entry::Record {
                view, statement, ..
            } if view.id == *id => Ok((view, statement)),
            _ => Err(another(at)),
        }
    }

    fn part_at(&self, view: &RecordView, wanted: Part, at: At) -> Result<Vec<u8>> {
        match self.entry(at)? {
            Entry::Part { id, part, bytes } if id == view.id && part == wanted => {
                super::check_part(view, part, &bytes)?;
                Ok(bytes)
            }
            _ => Err(another(at)),
        }
    }

    fn fact_at(&self, id: &Id, at: At) -> Result<Fact> {
        match self.entry(at)? {
            Entry::Fact(fact) if fact.id == *id => Ok(fact),
            _ => Err(another(at)),
        }
    }

    fn held_at(&self, id: &Id, row: &[u8]) -> Result<HeldItem> {
        let row = HeldRow::decode(row).ok_or_else(|| garbled("a held row"))?;
        match self.entry(row.at)? {
            Entry::Hold(held) if held.id == *id => Ok(held),
            _ => Err(another(row.at)),
        }
    }

    fn facts_in_order(&self, prefix: &[u8]) -> Result<Vec<Fact>> {
        let ids = self.collect_prefix(prefix, usize::MAX, |key, _| rows::id(key.get(42..)?))?;
        let mut facts = Vec::with_capacity(ids.len());
        for id in ids {
            facts.extend(self.fact(&id)?);
        }
        Ok(facts)
    }

    fn by_id(&self, table: u8, after: Option<Id>, limit: usize) -> Result<Vec<(Id, Vec<u8>)>> {
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

    fn collect_prefix<T>(
        &self,
        prefix: &[u8],
        limit: usize,
        read: impl FnMut(&[u8], &[u8]) -> Option<T>,
    ) -> Result<Vec<T>> {
        self.collect(Column::Small, prefix, &after_prefix(prefix), limit, read)
    }

    fn collect<T>(
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

fn another(at: At) -> StoreError {
    StoreError::BadEntry {
        offset: at.offset,
        what: "another entry than expected",
    }
}
