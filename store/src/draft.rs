//! From a journal entry to index changes. The one place where the index is written: commit,
//! replay and rebuild all come through [`Draft::apply`], so they cannot disagree.
//!
//! Every entry can be applied twice, and an entry may stand again further on with another
//! position (it was moved forward when its segment was cleared): the later position wins.

use std::collections::BTreeMap;

use indaba_protocol::{FeedName, Id, Key};

use crate::encoding::{Fields, Writer};
use crate::entry::{Entry, Fact, HeldItem, Part, RecordView};
use crate::index::{Changes, Column, Index, IndexError};
use crate::journal::{At, Reader};
use crate::keys::{self, small, table};
use crate::rows::{self, FactRow, HeldRow, LaneTopRow, RecordRow};

/// Counters by their number.
pub(crate) mod counter {
    pub(crate) const NEXT_ARRIVAL: u8 = 0;
    pub(crate) const FEEDS: u8 = 1;
    pub(crate) const SIGNERS: u8 = 2;
    pub(crate) const RECORDS: u8 = 3;
    pub(crate) const OUTBOX: u8 = 4;
    /// Not counted up: the version of the index.
    pub(crate) const VERSION: u8 = 5;
}

type Result<T> = std::result::Result<T, IndexError>;

/// Index changes not yet applied, with the index below them.
pub(crate) struct Draft<'a> {
    index: &'a dyn Index,
    journal: &'a Reader,
    changes: Changes,
    /// Rows of records, read or changed, written once in the end: a record touches its row with each of its parts.
    rows: BTreeMap<Id, Known>,
    /// Counters, and bytes counted by table and segment, likewise.
    counters: BTreeMap<u8, u64>,
    bytes: BTreeMap<(u8, u64), u64>,
}

#[derive(Default)]
struct Known {
    row: RecordRow,
    is_changed: bool,
}

fn garbled(what: &str) -> IndexError {
    IndexError(format!("{what} does not read"))
}

impl<'a> Draft<'a> {
    pub(crate) fn new(index: &'a dyn Index, journal: &'a Reader) -> Self {
        Self {
            index,
            journal,
            changes: Changes::default(),
            rows: BTreeMap::new(),
            counters: BTreeMap::new(),
            bytes: BTreeMap::new(),
        }
    }

    /// The same with rows that were just read; a record that has none has an empty one.
    pub(crate) fn with_rows(mut self, rows: BTreeMap<Id, RecordRow>) -> Self {
        let known = |(id, row)| {
            let is_changed = false;
            (id, Known { row, is_changed })
        };
        self.rows = rows.into_iter().map(known).collect();
        self
    }

    pub(crate) fn into_changes(mut self) -> Changes {
        for (id, known) in std::mem::take(&mut self.rows) {
            if known.is_changed {
                self.put(Column::Record, keys::record(&id), Some(known.row.encode()));
            }
        }
        for (number, value) in std::mem::take(&mut self.counters) {
            let key = small(table::COUNTERS, &[&[number]]);
            self.put(Column::Small, key, Some(value.to_be_bytes().to_vec()));
        }
        for ((table, start), bytes) in std::mem::take(&mut self.bytes) {
            let key = small(table, &[&start.to_be_bytes()]);
            self.put(Column::Small, key, Some(bytes.to_be_bytes().to_vec()));
        }
        self.changes
    }

    /// Notes what an entry at a position of the journal says.
    pub(crate) fn apply(&mut self, entry: &Entry, at: At) -> Result<()> {
        match entry {
            Entry::Record { view, arrival, .. } => self.record(view, *arrival, at),
            Entry::Part { id, part, .. } => self.part(id, *part, at),
            Entry::DropPart { id, part } => self.drop_part(id, *part),
            Entry::Fact(fact) => self.fact(fact, at),
            Entry::DropFact(id) => self.drop_fact(id),
            Entry::Hold(held) => self.hold(held, at),
            Entry::Release(id) => self.release(id),
            Entry::Outbox { id, feeds } => self.outbox(id, feeds),
            Entry::OutboxDone(id) => {
                self.put(Column::Small, small(table::OUTBOX, &[id.as_bytes()]), None);
                Ok(())
            }
            Entry::OwnPosition { key, feed, seq, id } => {
                let at = small(
                    table::OWN_POSITION,
                    &[key.as_bytes(), feed.as_str().as_bytes()],
                );
                let old = self.get(Column::Small, &at)?;
                let old = old.and_then(|row| Fields(&row).u64());
                if old.is_none_or(|old| old <= *seq) {
                    let row = Writer::default().u64(*seq).fixed(id.as_bytes()).0;
                    self.put(Column::Small, at, Some(row));
                }
                Ok(())
            }
            Entry::OwnBeat { key, beat } => {
                let at = small(table::OWN_BEAT, &[key.as_bytes()]);
                let old = self
                    .get(Column::Small, &at)?
                    .and_then(|row| rows::number(&row));
                if old.is_none_or(|old| old < *beat) {
                    self.put(Column::Small, at, Some(beat.to_be_bytes().to_vec()));
                }
                Ok(())
            }
            Entry::Choose { column, key, value } => {
                self.put(
                    Column::Small,
                    keys::choice(column, key),
                    Some(value.clone()),
                );
                Ok(())
            }
            Entry::Unchoose { column, key } => {
                self.put(Column::Small, keys::choice(column, key), None);
                Ok(())
            }
        }
    }

    /// Whether an entry still says something that would be lost with it.
    pub(crate) fn is_current(&self, entry: &Entry, at: At) -> Result<bool> {
        let has = |key: Vec<u8>| Ok::<_, IndexError>(self.get(Column::Small, &key)?.is_some());
        Ok(match entry {
            Entry::Record { view, .. } => self.row(&view.id)?.statement == Some(at),
            Entry::Part { id, part, .. } => self.row(id)?.part(*part) == Some(at),
            Entry::DropPart { id, part } => self.row(id)?.part(*part).is_none(),
            Entry::Fact(fact) => self.fact_row(&fact.id)?.is_some_and(|row| row.at == at),
            Entry::DropFact(id) => self.fact_row(id)?.is_none(),
            Entry::Hold(held) => self.held_row(&held.id)?.is_some_and(|row| row.at == at),
            Entry::Release(id) => self.held_row(id)?.is_none(),
            Entry::Outbox { id, .. } => has(small(table::OUTBOX, &[id.as_bytes()]))?,
            Entry::OutboxDone(id) => !has(small(table::OUTBOX, &[id.as_bytes()]))?,
            Entry::OwnPosition { key, feed, seq, id } => {
                let at = small(
                    table::OWN_POSITION,
                    &[key.as_bytes(), feed.as_str().as_bytes()],
                );
                let row = Writer::default().u64(*seq).fixed(id.as_bytes()).0;
                self.get(Column::Small, &at)? == Some(row)
            }
            Entry::OwnBeat { key, beat } => {
                let row = self.get(Column::Small, &small(table::OWN_BEAT, &[key.as_bytes()]))?;
                row.and_then(|row| rows::number(&row)) == Some(*beat)
            }
            Entry::Choose { column, key, value } => {
                self.get(Column::Small, &keys::choice(column, key))?
                    .as_ref()
                    == Some(value)
            }
            Entry::Unchoose { column, key } => !has(keys::choice(column, key))?,
        })
    }

    fn record(&mut self, view: &RecordView, arrival: u64, at: At) -> Result<()> {
        let mut row = self.row(&view.id)?;
        let is_new = row.statement.is_none();
        self.replace(row.statement.replace(at), at)?;
        if is_new {
            row.arrival = arrival;
        }
        self.set_row(view.id, row);
        if !is_new {
            return Ok(());
        }
        let id = view.id.as_bytes().to_vec();
        self.put(Column::Arrival, keys::arrival(arrival), Some(id.clone()));
        let next = self.counter(counter::NEXT_ARRIVAL)?.max(arrival + 1);
        self.set_counter(counter::NEXT_ARRIVAL, next);
        let records = self.counter(counter::RECORDS)?;
        self.set_counter(counter::RECORDS, records + 1);
        let signer = self.signer_number(&view.institution, &view.key)?;
        for lane in &view.lanes {
            let feed = self.feed_number(&lane.feed)?;
            self.put(Column::Feed, keys::feed(feed, arrival), Some(id.clone()));
            self.lane(feed, signer, lane.seq, arrival, view.id)?;
        }
        for (place, link) in view.links.iter().enumerate() {
            let key = keys::link(&link.target, arrival, place as u8);
            let value = Writer::default().fixed(&id).fixed(link.rel.as_bytes()).0;
            self.put(Column::Link, key, Some(value));
        }
        Ok(())
    }

    fn lane(&mut self, feed: u32, signer: u32, seq: u64, arrival: u64, id: Id) -> Result<()> {
        let top_key = keys::lane_top(feed, signer);
        let new = LaneTopRow {
            seq,
            arrival,
            id,
            count: 1,
        };
        let top = match self.get(Column::Small, &top_key)? {
            None => new,
            Some(row) => {
                let top = LaneTopRow::decode(&row).ok_or_else(|| garbled("a lane"))?;
                // Above the top there is nothing: no need to look.
                let from = keys::lane(feed, signer, seq, 0);
                let to = keys::lane(feed, signer, seq, u64::MAX);
                let is_filled = seq <= top.seq && self.any(Column::Lane, &from, &to)?;
                let count = top.count + u64::from(!is_filled);
                // Of two rivals the one that came first is named, whatever the order of replay.
                if seq > top.seq || (seq == top.seq && arrival < top.arrival) {
                    LaneTopRow { count, ..new }
                } else {
                    LaneTopRow { count, ..top }
                }
            }
        };
        let key = keys::lane(feed, signer, seq, arrival);
        self.put(Column::Lane, key, Some(id.as_bytes().to_vec()));
        self.put(Column::Small, top_key, Some(top.encode()));
        Ok(())
    }

    fn part(&mut self, id: &Id, part: Part, at: At) -> Result<()> {
        let mut row = self.row(id)?;
        let old = row.set_part(part, Some(at));
        self.replace(old, at)?;
        self.set_row(*id, row);
        Ok(())
    }

    fn drop_part(&mut self, id: &Id, part: Part) -> Result<()> {
        let mut row = self.row(id)?;
        if let Some(old) = row.set_part(part, None) {
            self.count_live(old, false)?;
            self.count(table::ERASED, old, true)?;
        }
        self.set_row(*id, row);
        Ok(())
    }

    fn fact(&mut self, fact: &Fact, at: At) -> Result<()> {
        self.drop_fact(&fact.id)?;
        let Fact {
            kind,
            institution,
            order,
            ..
        } = *fact;
        let row = FactRow {
            kind,
            institution,
            order,
            at,
        };
        self.put(
            Column::Small,
            small(table::FACT, &[fact.id.as_bytes()]),
            Some(row.encode()),
        );
        self.put(Column::Small, fact_order(&fact.id, &row), Some(Vec::new()));
        self.count_live(at, true)
    }

    fn drop_fact(&mut self, id: &Id) -> Result<()> {
        if let Some(row) = self.fact_row(id)? {
            self.put(Column::Small, small(table::FACT, &[id.as_bytes()]), None);
            self.put(Column::Small, fact_order(id, &row), None);
            self.count_live(row.at, false)?;
        }
        Ok(())
    }

    fn hold(&mut self, held: &HeldItem, at: At) -> Result<()> {
        self.release(&held.id)?;
        let (why, institution, awaiting) = (held.why, held.institution, held.awaiting);
        let row = HeldRow {
            why,
            institution,
            awaiting,
            size: held.item.len() as u64,
            at,
        };
        let id = held.id.as_bytes();
        self.put(Column::Small, small(table::HELD, &[id]), Some(row.encode()));
        self.held_keys(&held.id, &row, Some(Vec::new()));
        let (count, bytes) = self.held_use(&row.institution)?;
        self.set_held_use(&row.institution, count + 1, bytes + row.size);
        self.count_live(at, true)
    }

    fn release(&mut self, id: &Id) -> Result<()> {
        if let Some(row) = self.held_row(id)? {
            self.put(Column::Small, small(table::HELD, &[id.as_bytes()]), None);
            self.held_keys(id, &row, None);
            let (count, bytes) = self.held_use(&row.institution)?;
            let (count, bytes) = (count.saturating_sub(1), bytes.saturating_sub(row.size));
            self.set_held_use(&row.institution, count, bytes);
            self.count_live(row.at, false)?;
        }
        Ok(())
    }

    fn held_keys(&mut self, id: &Id, row: &HeldRow, value: Option<Vec<u8>>) {
        let of = small(
            table::HELD_INSTITUTION,
            &[row.institution.as_bytes(), id.as_bytes()],
        );
        self.put(Column::Small, of, value.clone());
        if let Some(awaiting) = &row.awaiting {
            let by = small(table::HELD_AWAITING, &[awaiting.as_bytes(), id.as_bytes()]);
            self.put(Column::Small, by, value);
        }
    }

    fn held_use(&self, institution: &Id) -> Result<(u64, u64)> {
        let row = self.get(
            Column::Small,
            &small(table::HELD_USE, &[institution.as_bytes()]),
        )?;
        Ok(row
            .and_then(|row| rows::decode_pair(&row))
            .unwrap_or((0, 0)))
    }

    fn set_held_use(&mut self, institution: &Id, count: u64, bytes: u64) {
        let row = (count > 0).then(|| rows::pair(count, bytes));
        self.put(
            Column::Small,
            small(table::HELD_USE, &[institution.as_bytes()]),
            row,
        );
    }

    fn outbox(&mut self, id: &Id, feeds: &[FeedName]) -> Result<()> {
        let turn = self.counter(counter::OUTBOX)?;
        self.set_counter(counter::OUTBOX, turn + 1);
        let row = Writer::default().u64(turn);
        let row = feeds
            .iter()
            .fold(row, |row, feed| row.bytes(feed.as_str().as_bytes()));
        self.put(
            Column::Small,
            small(table::OUTBOX, &[id.as_bytes()]),
            Some(row.0),
        );
        Ok(())
    }

    fn feed_number(&mut self, feed: &FeedName) -> Result<u32> {
        let name = feed.as_str().as_bytes();
        self.number(table::FEED_NUMBER, table::FEED_NAME, counter::FEEDS, name)
    }

    fn signer_number(&mut self, institution: &Id, key: &Key) -> Result<u32> {
        let name = rows::signer(institution, key);
        self.number(table::SIGNER_NUMBER, table::SIGNER, counter::SIGNERS, &name)
    }

    /// The number that stands for a long name in keys; given out one after the other.
    fn number(&mut self, to: u8, back: u8, count: u8, name: &[u8]) -> Result<u32> {
        let key = small(to, &[name]);
        if let Some(row) = self.get(Column::Small, &key)? {
            return rows::small_number(&row).ok_or_else(|| garbled("a number"));
        }
        let number = self.counter(count)?;
        self.set_counter(count, number + 1);
        let number = u32::try_from(number).map_err(|_| garbled("a counter"))?;
        self.put(Column::Small, key, Some(number.to_be_bytes().to_vec()));
        self.put(
            Column::Small,
            small(back, &[&number.to_be_bytes()]),
            Some(name.to_vec()),
        );
        Ok(number)
    }

    pub(crate) fn counter(&self, number: u8) -> Result<u64> {
        if let Some(value) = self.counters.get(&number) {
            return Ok(*value);
        }
        let row = self.get(Column::Small, &small(table::COUNTERS, &[&[number]]))?;
        Ok(row.and_then(|row| rows::number(&row)).unwrap_or(0))
    }

    fn set_counter(&mut self, number: u8, value: u64) {
        self.counters.insert(number, value);
    }

    /// Keeps the live bytes per segment when an entry takes the place of another.
    fn replace(&mut self, old: Option<At>, new: At) -> Result<()> {
        if old == Some(new) {
            return Ok(());
        }
        if let Some(old) = old {
            self.count_live(old, false)?;
        }
        self.count_live(new, true)
    }

    pub(crate) fn count_live(&mut self, at: At, is_live: bool) -> Result<()> {
        self.count(table::SEGMENT, at, is_live)
    }

    /// Adds the bytes of an entry to those counted for its segment, or takes them away.
    fn count(&mut self, table: u8, at: At, add: bool) -> Result<()> {
        let start = self.journal.segment_of(at.offset);
        let before = match self.bytes.get(&(table, start)) {
            Some(before) => *before,
            None => {
                let key = small(table, &[&start.to_be_bytes()]);
                let row = self.get(Column::Small, &key)?;
                row.and_then(|row| rows::number(&row)).unwrap_or(0)
            }
        };
        let length = u64::from(at.length);
        let after = if add {
            before + length
        } else {
            before.saturating_sub(length)
        };
        self.bytes.insert((table, start), after);
        Ok(())
    }

    fn row(&self, id: &Id) -> Result<RecordRow> {
        if let Some(known) = self.rows.get(id) {
            return Ok(known.row);
        }
        match self.get(Column::Record, &keys::record(id))? {
            None => Ok(RecordRow::default()),
            Some(row) => RecordRow::decode(&row).ok_or_else(|| garbled("a record's row")),
        }
    }

    fn set_row(&mut self, id: Id, row: RecordRow) {
        let is_changed = true;
        self.rows.insert(id, Known { row, is_changed });
    }

    fn fact_row(&self, id: &Id) -> Result<Option<FactRow>> {
        let row = self.get(Column::Small, &small(table::FACT, &[id.as_bytes()]))?;
        row.map(|row| FactRow::decode(&row).ok_or_else(|| garbled("a fact's row")))
            .transpose()
    }

    fn held_row(&self, id: &Id) -> Result<Option<HeldRow>> {
        let row = self.get(Column::Small, &small(table::HELD, &[id.as_bytes()]))?;
        row.map(|row| HeldRow::decode(&row).ok_or_else(|| garbled("a held row")))
            .transpose()
    }

    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Vec<u8>>> {
        match self.changes.get(column, key) {
            Some(value) => Ok(value.clone()),
            None => self.index.get(column, key),
        }
    }

    /// Whether there is any key in a range where none is ever removed.
    fn any(&self, column: Column, from: &[u8], to: &[u8]) -> Result<bool> {
        if self.changes.range(column, from, to).next().is_some() {
            return Ok(true);
        }
        let mut found = false;
        self.index.range(column, from, to, false, &mut |_, _| {
            found = true;
            false
        })?;
        Ok(found)
    }

    fn put(&mut self, column: Column, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.changes.put(column, key, value);
    }
}

fn fact_order(id: &Id, row: &FactRow) -> Vec<u8> {
    let order = row.order.to_be_bytes();
    let kind = [row.kind.number()];
    small(
        table::FACT_ORDER,
        &[&kind, row.institution.as_bytes(), &order, id.as_bytes()],
    )
}
