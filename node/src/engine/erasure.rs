//! Erasing what was withdrawn. A withdrawal hides at once; card and body leave this node after a delay, so that whoever stole a node
//! key cannot wipe a library, and come back from peers when the withdrawal turns out to be void.
//!
//! For every record whose withdrawal is in effect the store keeps a note of when this node first saw it so; the delay counts from there.
//! It counts time *lived through*, not the difference of two dates, since a wall clock may be wrong by years: the monotonic clock while
//! the node runs, and for each stop what the wall clock claims, at most a day, and only what goes beyond the latest date it ever showed.
//! A clock that jumps forward while the node runs counts nothing, one that jumps while it is off a day at most, and that day is waited
//! for on top. A node that is often off erases later, never earlier.

use std::collections::BTreeSet;

use indaba_protocol::{Header, Id, Verdict, Verified};
use indaba_store::{Batch, PartsHeld, Store, StoreError};
use serde::{Deserialize, Serialize};

use super::boundary::Moment;
use super::order::WithdrawalView;
use super::{Engine, limits};

/// Names of the columns in the store: records whose withdrawal is in effect, records that were erased, and the time lived through.
const WITHDRAWN: &str = "withdrawn";
const ERASED: &str = "erased";
const LIVED: &str = "lived";

/// What is remembered of a withdrawn record.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Note {
    /// Time lived through when the withdrawal was first seen in effect, in milliseconds.
    since: u64,
    /// The same by the wall clock, for people.
    day: i64,
    /// When card and body were erased, by the wall clock, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    erased: Option<i64>,
}

/// The durable part of [`Lived`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct LivedNote {
    millis: u64,
    latest: i64,
}

/// Time lived through, in milliseconds.
#[derive(Clone, Copy, Debug)]
struct Lived {
    /// Before this start.
    before: u64,
    /// The monotonic clock at this start.
    begun: u64,
    /// The latest date the wall clock ever showed.
    latest: i64,
    /// What was last noted durably.
    noted: u64,
}

impl Lived {
    fn load(now: Moment, store: &Store) -> Result<Lived, StoreError> {
        let note = store.choice(LIVED, b"")?;
        let note: Option<LivedNote> = note.and_then(|note| serde_json::from_slice(&note).ok());
        let note = note.unwrap_or(LivedNote {
            millis: 0,
            latest: now.wall,
        });
        let stopped = now.wall.saturating_sub(note.latest).max(0).unsigned_abs();
        Ok(Lived {
            before: note
                .millis
                .saturating_add(stopped.min(limits::STOP_COUNTS_AT_MOST)),
            begun: now.monotonic,
            latest: note.latest.max(now.wall),
            noted: note.millis,
        })
    }

    fn at(&self, now: Moment) -> u64 {
        let running = now.monotonic.saturating_sub(self.begun);
        self.before.saturating_add(running)
    }
}

/// What erasing needs to remember.
pub(super) struct Erasures {
    /// Milliseconds of time lived through from the first sight of a withdrawal to the erasure.
    delay: u64,
    lived: Lived,
    /// Records that a withdrawal just admitted names.
    named: BTreeSet<Id>,
    /// How far the searches came, each going round and round.
    looked_at: u64,
    waiting_from: Vec<u8>,
    erased_from: Vec<u8>,
}

impl Erasures {
    pub(super) fn load(delay: u64, now: Moment, store: &Store) -> Result<Erasures, StoreError> {
        Ok(Erasures {
            delay,
            lived: Lived::load(now, store)?,
            named: BTreeSet::new(),
            looked_at: 0,
            waiting_from: Vec::new(),
            erased_from: Vec::new(),
        })
    }
}

fn note_of(column: &str, id: &Id, store: &Store) -> Result<Option<Note>, StoreError> {
    let note = store.choice(column, id.as_bytes())?;
    Ok(note.and_then(|note| serde_json::from_slice(&note).ok()))
}

fn put(batch: &mut Batch, column: &str, id: &Id, note: &Note) {
    // Two numbers: there is nothing in it that could not be written.
    let note = serde_json::to_vec(note).unwrap_or_default();
    batch.choose(column, id.as_bytes(), &note);
}

/// The next notes of a column, and where to go on; from the beginning again after the last.
fn some_notes(
    column: &str,
    from: &mut Vec<u8>,
    store: &Store,
) -> Result<Vec<(Id, Note)>, StoreError> {
    let page = store.choices_page(column, from, limits::ERASURES_LOOKED_AT)?;
    let is_last = page.len() < limits::ERASURES_LOOKED_AT;
    *from = match page.last() {
        Some((last, _)) if !is_last => last.clone(),
        _ => Vec::new(),
    };
    let read = |(key, note): (Vec<u8>, Vec<u8>)| {
        let id = Id::from_bytes(key.try_into().ok()?);
        Some((id, serde_json::from_slice(&note).ok()?))
    };
    Ok(page.into_iter().filter_map(read).collect())
}

impl Engine {
    /// A record names others as withdrawn: they are looked at when it is durable.
    pub(super) fn names_withdrawn(&mut self, header: &Header) {
        self.erasures
            .named
            .extend(header.targets("withdraws").copied());
    }

    /// Notes the withdrawals that took effect with what was just committed.
    pub(super) fn note_named(&mut self, now: Moment, store: &mut Store) -> Result<(), StoreError> {
        if self.erasures.named.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new();
        for id in std::mem::take(&mut self.erasures.named) {
            self.note_withdrawn(now, &id, store, &mut batch)?;
        }
        self.commit_noting_time(now, batch, store)
    }

    /// A turn of erasing: finds withdrawn records, erases those whose time has come, gives up erasures whose withdrawal is no
    /// longer in effect. Bounded at each turn; what is left comes at the next.
    pub(super) fn erase_due(&mut self, now: Moment, store: &mut Store) -> Result<(), StoreError> {
        let mut batch = Batch::new();
        let page = store.page(self.erasures.looked_at, limits::PARTS_LOOKED_FOR)?;
        self.erasures.looked_at = page.last().map_or(0, |(arrival, _)| *arrival);
        for (_, id) in page {
            if !store.links_to(&id, 1)?.is_empty() {
                self.note_withdrawn(now, &id, store, &mut batch)?;
            }
        }

        let lived = self.erasures.lived.at(now);
        let mut from = std::mem::take(&mut self.erasures.waiting_from);
        let mut is_waiting = false;
        for (id, note) in some_notes(WITHDRAWN, &mut from, store)? {
            let Some(header) = self.header(&id, store)? else {
                continue;
            };
            if !self.has_effective(&header, "withdraws", store)? {
                batch.unchoose(WITHDRAWN, id.as_bytes());
                continue;
            }
            is_waiting = true;
            let waited = lived.saturating_sub(note.since);
            if waited >= self.waits() && self.may_erase(&header, store)? {
                let erased = Some(now.wall);
                batch.drop_parts(id);
                batch.unchoose(WITHDRAWN, id.as_bytes());
                put(&mut batch, ERASED, &id, &Note { erased, ..note });
                self.ingest.has_parts(&id);
                self.own_texts.erased(&id);
                tracing::info!(id = %id.short(), "card and body of a withdrawn record are erased");
            }
        }
        self.erasures.waiting_from = from;

        let mut from = std::mem::take(&mut self.erasures.erased_from);
        for (id, _) in some_notes(ERASED, &mut from, store)? {
            if self.header(&id, store)?.is_some() && !self.is_withdrawn(&id, store)? {
                batch.unchoose(ERASED, id.as_bytes());
                self.ingest.lacks_parts(id);
            }
        }
        self.erasures.erased_from = from;

        // Time is kept only while something waits for it: an idle node writes nothing.
        if !batch.is_empty()
            || (is_waiting && lived - self.erasures.lived.noted >= limits::LIVED_NOTED_EVERY)
        {
            self.commit_noting_time(now, batch, store)?;
        }
        Ok(())
    }

    /// The delay, and the day that a wrong clock may have added to the time lived through.
    fn waits(&self) -> u64 {
        self.erasures
            .delay
            .saturating_add(limits::STOP_COUNTS_AT_MOST)
    }

    fn commit_noting_time(
        &mut self,
        now: Moment,
        mut batch: Batch,
        store: &mut Store,
    ) -> Result<(), StoreError> {
        let lived = &mut self.erasures.lived;
        lived.latest = lived.latest.max(now.wall);
        let note = LivedNote {
            millis: lived.at(now),
            latest: lived.latest,
        };
        batch.choose(LIVED, b"", &serde_json::to_vec(&note).unwrap_or_default());
        store.commit(batch)?;
        self.erasures.lived.noted = note.millis;
        Ok(())
    }

    fn note_withdrawn(
        &self,
        now: Moment,
        id: &Id,
        store: &Store,
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        let is_noted = note_of(WITHDRAWN, id, store)?.is_some() || is_noted_erased(id, store)?;
        if !is_noted && self.is_withdrawn(id, store)? {
            let note = Note {
                since: self.erasures.lived.at(now),
                day: now.wall,
                erased: None,
            };
            put(batch, WITHDRAWN, id, &note);
        }
        Ok(())
    }

    /// Whether a withdrawal of this record is beyond doubt: nothing contradicts the record, the withdrawal or who signed them.
    fn may_erase(&self, target: &Verified<Header>, store: &Store) -> Result<bool, StoreError> {
        if self.is_in_doubt(target, store)? {
            return Ok(false);
        }
        let undoubted = |by: &Verified<Header>| Ok(!self.is_in_doubt(by, store)?);
        Ok(self
            .effective(target, "withdraws", undoubted, store)?
            .is_some())
    }

    fn is_in_doubt(&self, header: &Verified<Header>, store: &Store) -> Result<bool, StoreError> {
        let known = &self.institutions;
        Ok(known
            .chain(&header.institution)
            .is_none_or(|chain| chain.is_disputed())
            || known.is_warned_about(&header.institution, &header.key)
            || known.has_contested_heads(&header.key)
            || self.judge_held(header, store)? == Verdict::Contested)
    }

    /// Whether card or body is missing and should come: not while a withdrawal is in effect.
    pub(super) fn wants_parts(
        &self,
        id: &Id,
        held: PartsHeld,
        store: &Store,
    ) -> Result<bool, StoreError> {
        Ok((!held.card || !held.body) && !self.is_withdrawn(id, store)?)
    }

    /// When the withdrawal was noted here, and what becomes of the text.
    pub(super) fn withdrawal_view(
        &self,
        now: Moment,
        header: &Verified<Header>,
        store: &Store,
    ) -> Result<Option<WithdrawalView>, StoreError> {
        let id = &header.id();
        let day = |wall: i64| Engine::today(Moment { wall, ..now }).to_string();
        if let Some(note) = note_of(ERASED, id, store)? {
            return Ok(Some(WithdrawalView {
                noted: day(note.day),
                erased: note.erased.map(day),
                days_left: None,
                in_doubt: false,
            }));
        }
        let Some(note) = note_of(WITHDRAWN, id, store)? else {
            return Ok(None);
        };
        let waited = self.erasures.lived.at(now).saturating_sub(note.since);
        let left = self.waits().saturating_sub(waited);
        let in_doubt = !self.may_erase(header, store)?;
        Ok(Some(WithdrawalView {
            noted: day(note.day),
            erased: None,
            days_left: (!in_doubt).then(|| left.div_ceil(limits::DAY)),
            in_doubt,
        }))
    }
}

/// Whether a record was erased on purpose, as far as this node knows; its parts are not missing then.
pub(super) fn is_noted_erased(id: &Id, store: &Store) -> Result<bool, StoreError> {
    Ok(note_of(ERASED, id, store)?.is_some())
}

/// As [`Engine::wants_parts`], without judging: for going through many records.
pub(super) fn seems_partless(id: &Id, held: PartsHeld, store: &Store) -> Result<bool, StoreError> {
    let is_whole = held.card && held.body;
    Ok(!is_whole && (!held.erased || !is_noted_erased(id, store)?))
}
