//! Which entries of a journal still count, found from the journal alone: without the index, from outside, also while another process
//! writes it.
//!
//! Every entry says something about one subject, and of several about the same subject the last one counts. What is remembered of a
//! subject is eight bytes of its hash under the store's random name and where its last entry stands: about 30 bytes, three subjects a
//! record, so 100 MB for a million records.

use std::collections::HashMap;

use indaba_protocol::Id;

use crate::entry::{Entry, Part};
use crate::journal::{At, StoreId};

/// What an entry is about, for the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Content {
    /// Signed headers, with what the index needs of them.
    Headers,
    /// Titles, languages, summaries.
    Cards,
    /// Everything else of the records.
    Bodies,
    /// Inceptions, states, cut lists, heads, proofs, alarms.
    Facts,
    /// What waits for a judgement.
    Waiting,
    /// What is to be announced.
    Outbox,
    /// Where this node published.
    OwnPositions,
    /// What the operator and the node chose to remember.
    Choices,
    /// That something was dropped.
    Dropped,
}

impl Content {
    /// All kinds of content, in the order they are shown.
    pub const ALL: [Self; 9] = [
        Self::Headers,
        Self::Cards,
        Self::Bodies,
        Self::Facts,
        Self::Waiting,
        Self::Outbox,
        Self::OwnPositions,
        Self::Choices,
        Self::Dropped,
    ];

    pub(crate) fn of(entry: &Entry) -> Self {
        match entry {
            Entry::Record { .. } => Self::Headers,
            Entry::Part {
                part: Part::Card, ..
            } => Self::Cards,
            Entry::Part {
                part: Part::Body, ..
            } => Self::Bodies,
            Entry::Fact(_) => Self::Facts,
            Entry::Hold(_) => Self::Waiting,
            Entry::Outbox { .. } => Self::Outbox,
            Entry::OwnPosition { .. } | Entry::OwnBeat { .. } => Self::OwnPositions,
            Entry::Choose { .. } => Self::Choices,
            Entry::DropPart { .. }
            | Entry::DropFact(_)
            | Entry::Release(_)
            | Entry::OutboxDone(_)
            | Entry::Unchoose { .. } => Self::Dropped,
        }
    }
}

/// The last entry about a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Last {
    pub(crate) at: At,
    pub(crate) content: Content,
    /// Bytes before compression.
    pub(crate) original: u32,
}

/// The last entry about every subject.
pub(crate) struct Latest {
    store: StoreId,
    last: HashMap<u64, Last>,
}

impl Latest {
    pub(crate) fn new(store: StoreId) -> Self {
        Self {
            store,
            last: HashMap::new(),
        }
    }

    /// Notes an entry; returns the one whose place it takes.
    pub(crate) fn note(&mut self, entry: &Entry, at: At, original: usize) -> Option<Last> {
        let last = Last {
            at,
            content: Content::of(entry),
            original: original as u32,
        };
        self.last.insert(self.subject(entry), last)
    }

    /// Whether this entry, which stands here, is the last about its subject.
    pub(crate) fn is_last(&self, entry: &Entry, at: At) -> bool {
        let last = self.last.get(&self.subject(entry));
        last.is_some_and(|last| last.at == at)
    }

    /// Where a part of a record stands, unless it was dropped or never came.
    pub(crate) fn part(&self, id: &Id, part: Part) -> Option<At> {
        let last = self.last.get(&self.part_subject(id, part))?;
        (last.content != Content::Dropped).then_some(last.at)
    }

    fn part_subject(&self, id: &Id, part: Part) -> u64 {
        let class = if part == Part::Card { 1 } else { 2 };
        self.hash(class, &[id.as_bytes()])
    }

    fn subject(&self, entry: &Entry) -> u64 {
        match entry {
            Entry::Record { view, .. } => self.hash(0, &[view.id.as_bytes()]),
            Entry::Part { id, part, .. } | Entry::DropPart { id, part } => {
                self.part_subject(id, *part)
            }
            Entry::Fact(fact) => self.hash(3, &[fact.id.as_bytes()]),
            Entry::DropFact(id) => self.hash(3, &[id.as_bytes()]),
            Entry::Hold(held) => self.hash(4, &[held.id.as_bytes()]),
            Entry::Release(id) => self.hash(4, &[id.as_bytes()]),
            Entry::Outbox { id, .. } | Entry::OutboxDone(id) => self.hash(5, &[id.as_bytes()]),
            Entry::OwnPosition { key, feed, .. } => {
                self.hash(6, &[key.as_bytes(), feed.as_str().as_bytes()])
            }
            Entry::OwnBeat { key, .. } => self.hash(7, &[key.as_bytes()]),
            Entry::Choose { column, key, .. } | Entry::Unchoose { column, key } => {
                // No column's name holds a zero byte.
                self.hash(8, &[column.as_bytes(), &[0], key])
            }
        }
    }

    /// Keyed with the store's random name, so that nobody outside can look for two subjects of one hash.
    fn hash(&self, class: u8, name: &[&[u8]]) -> u64 {
        let mut bytes = self.store.to_vec();
        bytes.push(class);
        name.iter().for_each(|part| bytes.extend_from_slice(part));
        let mut first = [0; 8];
        first.copy_from_slice(&Id::of(&bytes).as_bytes()[..8]);
        u64::from_be_bytes(first)
    }
}
