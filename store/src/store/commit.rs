//! A commit: a batch is checked against what is there, written as one frame, made durable, and reflected in the index.

use std::collections::BTreeMap;
use std::sync::Arc;

use indaba_protocol::Id;

use crate::batch::{Batch, Step};
use crate::draft::Draft;
use crate::encoding::Fields;
use crate::entry::{Entry, Part, RecordView};
use crate::error::{Result, StoreError};
use crate::guard::{OwnBeat, OwnPosition};
use crate::index::{Column, IndexError};
use crate::journal::{self, At};
use crate::keys::{small, table};
use crate::rows::RecordRow;
use crate::session::Ended;

use super::{Rows, Store};

/// Most feeds and links of one record the store takes; the protocol allows 8 and 32.
const MAX_LANES: usize = 64;
const MAX_LINKS: usize = 255;
/// Longest kind, relation and column name.
const MAX_WORD: usize = 255;
/// Longest value of a choice.
const MAX_VALUE: usize = 64 << 10;
/// Longest key of a choice.
const MAX_CHOICE_KEY: usize = 1 << 10;

/// What a commit did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Receipt {
    /// Records that were new, with their arrival numbers.
    pub records: Vec<(Id, u64)>,
    /// Entries written to the journal; 0 when everything was there already.
    pub entries: usize,
}

impl Store {
    /// Stores everything in the batch, durably: one journal frame, one sync, one index transaction.
    ///
    /// # Errors
    /// Before anything is written: [`StoreError::TooLarge`], [`StoreError::UnknownRecord`],
    /// [`StoreError::Mismatch`], [`StoreError::OwnBehind`], [`StoreError::Full`], [`StoreError::Poisoned`].
    /// With [`StoreError::Io`] or [`StoreError::Index`] the batch may or may not be stored; close and
    /// open the store, and ask it.
    pub fn commit(&mut self, batch: Batch) -> Result<Receipt> {
        let done = self.commit_steps(batch);
        self.noting_full(done)
    }

    fn commit_steps(&mut self, batch: Batch) -> Result<Receipt> {
        self.usable()?;
        let may_use_reserve = batch.may_use_reserve();
        let (entries, rows, mut receipt) = self.entries_of(batch)?;
        if entries.is_empty() {
            return Ok(receipt);
        }
        if !may_use_reserve {
            self.has_room()?;
        }
        self.write(&entries, rows)?;
        receipt.entries = entries.len();
        self.remember_own(&entries)?;
        Ok(receipt)
    }

    /// Journal first, index after. `rows` are those of records that were read on the way here.
    pub(crate) fn write(&mut self, entries: &[Entry], rows: Rows) -> Result<()> {
        self.write_noting(entries, rows, |_, _, _| Ok(()))
    }

    /// As [`write`](Self::write); `note` may add to what the index is told of each entry.
    pub(crate) fn write_noting(
        &mut self,
        entries: &[Entry],
        rows: Rows,
        note: impl Fn(&mut Draft<'_>, &Entry, At) -> std::result::Result<(), IndexError>,
    ) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let encoded: Vec<_> = entries.iter().map(Entry::encode).collect();
        let group: Vec<_> = encoded
            .iter()
            .map(|(kind, bytes)| journal::Entry { kind: *kind, bytes })
            .collect();
        let places = self.journal.append(&group);
        let places = self.noting_full(places)?;
        if let Err(error) = self.reflect(entries, &places, rows, note) {
            self.distrust_index();
            return self.noting_full(Err(error.into()));
        }
        Ok(())
    }

    fn reflect(
        &self,
        entries: &[Entry],
        places: &[At],
        rows: Rows,
        note: impl Fn(&mut Draft<'_>, &Entry, At) -> std::result::Result<(), IndexError>,
    ) -> std::result::Result<(), IndexError> {
        let mut draft = Draft::new(&*self.index, &self.reader).with_rows(rows);
        for (entry, at) in entries.iter().zip(places) {
            draft.apply(entry, *at)?;
            note(&mut draft, entry, *at)?;
        }
        self.index
            .apply(Arc::new(draft.into_changes()), self.journal.end())
    }

    /// Nothing more is written until the index was rebuilt, which the next opening does.
    fn distrust_index(&mut self) {
        self.index_failed = true;
        if let Err(error) = self.session.set(Ended::Distrust) {
            tracing::error!(%error, "cannot note that the index failed; rebuild it by hand");
        }
    }

    /// The guard follows the journal; see `guard.rs`.
    fn remember_own(&mut self, entries: &[Entry]) -> Result<()> {
        let Some(guard) = &mut self.guard else {
            return Ok(());
        };
        let mut remembered = guard.remembered().clone();
        let mut is_own = false;
        for entry in entries {
            match entry {
                Entry::OwnPosition { key, feed, seq, id } => {
                    remembered.note_position(OwnPosition {
                        key: key.as_bytes().to_vec(),
                        feed: feed.as_str().to_owned(),
                        seq: *seq,
                        id: *id.as_bytes(),
                    })?
                }
                Entry::OwnBeat { key, beat } => {
                    remembered.note_beat(OwnBeat {
                        key: key.as_bytes().to_vec(),
                        beat: *beat,
                    })?;
                }
                _ => continue,
            }
            is_own = true;
        }
        if is_own {
            remembered.journal_end = self.journal.end().offset;
            guard.write(remembered)?;
            if !self.published {
                guard.sync()?;
                self.published = true;
            }
        }
        Ok(())
    }

    /// Checks every step and leaves out what changes nothing.
    fn entries_of(&self, batch: Batch) -> Result<(Vec<Entry>, Rows, Receipt)> {
        let mut entries = Vec::with_capacity(batch.steps.len());
        let mut receipt = Receipt::default();
        let mut arrival = Draft::new(&*self.index, &self.reader)
            .counter(crate::draft::counter::NEXT_ARRIVAL)?
            .max(1);
        let mut new: BTreeMap<Id, RecordView> = BTreeMap::new();
        // Which parts are at hand after the steps so far, where those changed it.
        let mut parts: BTreeMap<(Id, Part), bool> = BTreeMap::new();
        let mut rows = Rows::new();
        let mut row_of = |id: &Id| -> Result<RecordRow> {
            if let Some(row) = rows.get(id) {
                return Ok(*row);
            }
            let row = self.row(id)?.unwrap_or_default();
            rows.insert(*id, row);
            Ok(row)
        };
        for step in batch.steps {
            match step {
                Step::Record(record) => {
                    let record = *record;
                    let view = record.view;
                    check_view(&view, record.statement.len())?;
                    let id = view.id;
                    let given = [(Part::Card, record.card), (Part::Body, record.body)];
                    for (part, bytes) in &given {
                        if let Some(bytes) = bytes {
                            check_part(&view, *part, bytes)?;
                        }
                    }
                    let held = Some(row_of(&id)?).filter(|row| row.statement.is_some());
                    // Held, but no longer readable: stored again in its old place of arrival.
                    let is_readable = held.is_some_and(|row| self.view_of(&id, &row).is_ok());
                    if !is_readable && !new.contains_key(&id) {
                        let place = held.map_or(arrival, |row| row.arrival);
                        entries.push(Entry::Record {
                            view: view.clone(),
                            arrival: place,
                            statement: record.statement,
                        });
                        if held.is_none() {
                            receipt.records.push((id, place));
                            arrival += 1;
                        }
                        new.insert(id, view);
                    }
                    for (part, bytes) in given {
                        if let Some(bytes) = bytes
                            && !self.is_at_hand(&mut parts, held.as_ref(), id, part)
                        {
                            entries.push(Entry::Part { id, part, bytes });
                        }
                    }
                }
                Step::Part { id, part, bytes } => {
                    let row = row_of(&id)?;
                    match new.get(&id) {
                        Some(view) => check_part(view, part, &bytes)?,
                        None => check_part(&self.view_of(&id, &row)?, part, &bytes)?,
                    }
                    if !self.is_at_hand(&mut parts, Some(&row), id, part) {
                        entries.push(Entry::Part { id, part, bytes });
                    }
                }
                Step::DropParts(id) => {
                    let row = row_of(&id)?;
                    if row.statement.is_none() && !new.contains_key(&id) {
                        return Err(StoreError::UnknownRecord(id));
                    }
                    for part in [Part::Card, Part::Body] {
                        parts.insert((id, part), false);
                        entries.push(Entry::DropPart { id, part });
                    }
                }
                Step::Fact(fact) => entries.push(Entry::Fact(fact)),
                Step::DropFact(id) => entries.push(Entry::DropFact(id)),
                Step::Hold(held) => entries.push(Entry::Hold(held)),
                Step::Release(id) => entries.push(Entry::Release(id)),
                Step::Outbox { id, feeds } => {
                    bound("the number of feeds", feeds.len(), MAX_LANES)?;
                    entries.push(Entry::Outbox { id, feeds });
                }
                Step::OutboxDone(id) => entries.push(Entry::OutboxDone(id)),
                Step::OwnPosition {
                    key,
                    feed,
                    seq,
                    id,
                    is_recovered,
                } => {
                    if !is_recovered {
                        self.check_own_position(key.as_bytes(), feed.as_str(), seq, &id)?;
                    }
                    entries.push(Entry::OwnPosition { key, feed, seq, id });
                }
                Step::OwnBeat { key, beat } => {
                    let known = self.known_beat(key.as_bytes());
                    if let Some(known) = known.filter(|known| *known >= beat) {
                        return Err(StoreError::OwnBehind {
                            feed: "head".into(),
                            seq: beat,
                            known,
                        });
                    }
                    entries.push(Entry::OwnBeat { key, beat });
                }
                Step::Choose { column, key, value } => {
                    bound("a column name", column.len(), MAX_WORD)?;
                    bound("the key of a choice", key.len(), MAX_CHOICE_KEY)?;
                    bound("a choice", value.len(), MAX_VALUE)?;
                    entries.push(Entry::Choose { column, key, value });
                }
                Step::Unchoose { column, key } => {
                    bound("a column name", column.len(), MAX_WORD)?;
                    bound("the key of a choice", key.len(), MAX_CHOICE_KEY)?;
                    entries.push(Entry::Unchoose { column, key });
                }
            }
        }
        Ok((entries, rows, receipt))
    }

    /// Refuses a position that the guard, or the store itself, knows to be used by something else.
    fn check_own_position(&self, key: &[u8], feed: &str, seq: u64, id: &Id) -> Result<()> {
        let at = small(table::OWN_POSITION, &[key, feed.as_bytes()]);
        let stored = self.index.get(Column::Small, &at)?.and_then(|row| {
            let mut row = Fields(&row);
            Some((row.u64()?, Id::from_bytes(row.fixed()?)))
        });
        let guarded = self.guard.as_ref().and_then(|guard| {
            let positions = &guard.remembered().positions;
            let own = positions
                .iter()
                .find(|own| own.key == key && own.feed == feed)?;
            Some((own.seq, Id::from_bytes(own.id)))
        });
        for (known, known_id) in stored.into_iter().chain(guarded) {
            if known > seq || (known == seq && known_id != *id) {
                return Err(StoreError::OwnBehind {
                    feed: feed.to_owned(),
                    seq,
                    known,
                });
            }
        }
        Ok(())
    }

    pub(super) fn known_beat(&self, key: &[u8]) -> Option<u64> {
        let beats = &self.guard.as_ref()?.remembered().beats;
        beats.iter().find(|own| own.key == key).map(|own| own.beat)
    }
}

fn bound(what: &'static str, size: usize, limit: usize) -> Result<()> {
    let (size, limit) = (size as u64, limit as u64);
    if size > limit {
        Err(StoreError::TooLarge { what, size, limit })
    } else {
        Ok(())
    }
}

fn check_view(view: &RecordView, statement: usize) -> Result<()> {
    bound("the number of lanes", view.lanes.len(), MAX_LANES)?;
    bound("the number of links", view.links.len(), MAX_LINKS)?;
    bound("the name of a kind", view.kind.len(), MAX_WORD)?;
    for link in &view.links {
        bound("the name of a relation", link.rel.len(), MAX_WORD)?;
    }
    bound("a statement", statement, journal::MAX_ENTRY / 2)
}

pub(super) fn check_part(view: &RecordView, part: Part, bytes: &[u8]) -> Result<()> {
    let (named, what) = match part {
        Part::Card => (view.card, "card"),
        Part::Body => (view.body, "body"),
    };
    if Id::of(bytes) == named {
        Ok(())
    } else {
        Err(StoreError::Mismatch { id: view.id, what })
    }
}
