//! What is to be stored together or not at all.

use indaba_protocol::{FeedName, Id, Key};

use crate::entry::{Fact, HeldItem, Part, RecordView};

/// A record with the parts at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecord {
    /// What the store needs to know of the header.
    pub view: RecordView,
    /// The signed statement as received.
    pub statement: Vec<u8>,
    /// The card, if at hand.
    pub card: Option<Vec<u8>>,
    /// The body, if at hand.
    pub body: Option<Vec<u8>>,
}

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Record(Box<NewRecord>),
    Part {
        id: Id,
        part: Part,
        bytes: Vec<u8>,
    },
    DropParts(Id),
    Fact(Fact),
    DropFact(Id),
    Hold(HeldItem),
    Release(Id),
    Outbox {
        id: Id,
        feeds: Vec<FeedName>,
    },
    OutboxDone(Id),
    OwnPosition {
        key: Key,
        feed: FeedName,
        seq: u64,
        id: Id,
        is_recovered: bool,
    },
    OwnBeat {
        key: Key,
        beat: u64,
    },
    Choose {
        column: String,
        key: Vec<u8>,
        value: Vec<u8>,
    },
    Unchoose {
        column: String,
        key: Vec<u8>,
    },
}

/// Steps that become durable together, in one frame of the journal.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    pub(crate) steps: Vec<Step>,
    is_urgent: bool,
}

impl Batch {
    /// A batch without steps.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Number of steps.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Adds all steps of another batch: several small batches at the price of one sync.
    pub fn append(&mut self, mut other: Self) {
        self.is_urgent = self.may_use_reserve() && other.may_use_reserve();
        self.steps.append(&mut other.steps);
    }

    /// Its records must be stored even when the disk is full: they are withdrawals.
    pub fn urgent(&mut self) {
        self.is_urgent = true;
    }

    /// Whether it may use the space that is kept back. What is no record and no waiting item is small, and without it the node
    /// could not take note of anything.
    pub(crate) fn may_use_reserve(&self) -> bool {
        let is_bulk =
            |step: &Step| matches!(step, Step::Record(_) | Step::Part { .. } | Step::Hold(_));
        self.is_urgent || !self.steps.iter().any(is_bulk)
    }

    /// Stores a record; one that is held already changes nothing, but brings parts that were missing.
    pub fn put_record(&mut self, record: NewRecord) {
        self.steps.push(Step::Record(Box::new(record)));
    }

    /// Stores a part of a record that is held.
    pub fn put_part(&mut self, id: Id, part: Part, bytes: Vec<u8>) {
        self.steps.push(Step::Part { id, part, bytes });
    }

    /// Removes card and body of a record; header and place in the lanes stay.
    pub fn drop_parts(&mut self, id: Id) {
        self.steps.push(Step::DropParts(id));
    }

    /// Stores a fact; one that is held already gets the new kind and order.
    pub fn put_fact(&mut self, fact: Fact) {
        self.steps.push(Step::Fact(fact));
    }

    /// Removes a fact, such as a head that another one replaced.
    pub fn drop_fact(&mut self, id: Id) {
        self.steps.push(Step::DropFact(id));
    }

    /// Keeps an item aside until it can be judged.
    pub fn hold(&mut self, held: HeldItem) {
        self.steps.push(Step::Hold(held));
    }

    /// Forgets a held item: it was judged, or its room is needed.
    pub fn release(&mut self, id: Id) {
        self.steps.push(Step::Release(id));
    }

    /// Notes that a statement is to be announced in these feeds.
    pub fn outbox_push(&mut self, id: Id, feeds: Vec<FeedName>) {
        self.steps.push(Step::Outbox { id, feeds });
    }

    /// Notes that a statement was announced.
    pub fn outbox_done(&mut self, id: Id) {
        self.steps.push(Step::OutboxDone(id));
    }

    /// Notes a position this node publishes at. Refused when the guard knows the position, or a
    /// later one, to be used already.
    pub fn own_position(&mut self, key: Key, feed: FeedName, seq: u64, id: Id) {
        self.steps.push(Step::OwnPosition {
            key,
            feed,
            seq,
            id,
            is_recovered: false,
        });
    }

    /// Notes a position this node published at before and got back from a peer.
    pub fn own_recovered(&mut self, key: Key, feed: FeedName, seq: u64, id: Id) {
        self.steps.push(Step::OwnPosition {
            key,
            feed,
            seq,
            id,
            is_recovered: true,
        });
    }

    /// Notes the beat of an own head that is about to be published.
    pub fn own_head(&mut self, key: Key, beat: u64) {
        self.steps.push(Step::OwnBeat { key, beat });
    }

    /// Stores an operator's choice under a column name and a key.
    pub fn choose(&mut self, column: &str, key: &[u8], value: &[u8]) {
        let (column, key, value) = (column.to_owned(), key.to_vec(), value.to_vec());
        self.steps.push(Step::Choose { column, key, value });
    }

    /// Removes an operator's choice.
    pub fn unchoose(&mut self, column: &str, key: &[u8]) {
        self.steps.push(Step::Unchoose {
            column: column.to_owned(),
            key: key.to_vec(),
        });
    }
}
