//! What the journal's entries say: every fact of the store, in the order it became true.

use indaba_protocol::{FeedName, Id, Key};

use crate::encoding::{Fields, Writer};

/// Card or body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Title, language, summary.
    Card,
    /// Everything else.
    Body,
}

/// A place in a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanePlace {
    /// The feed.
    pub feed: FeedName,
    /// Sequence number in the signer's lane there.
    pub seq: u64,
}

/// A link to another statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The relation, as the header names it.
    pub rel: String,
    /// What it points at.
    pub target: Id,
}

/// What the store needs to know of a record's header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordView {
    /// The record's id.
    pub id: Id,
    /// Who published it.
    pub institution: Id,
    /// The node key that signed it.
    pub key: Key,
    /// Its kind, as the header names it.
    pub kind: String,
    /// The feeds it was posted to.
    pub lanes: Vec<LanePlace>,
    /// What it points at.
    pub links: Vec<Link>,
    /// BLAKE3 of the card.
    pub card: Id,
    /// BLAKE3 of the body.
    pub body: Id,
}

/// Kinds of facts: statements that are not records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactKind {
    /// An institution's first statement.
    Inception,
    /// A state on the pinned chain.
    State,
    /// A cut list.
    CutList,
    /// A node key's head.
    Head,
    /// Proof of two contradicting statements.
    Equivocation,
    /// A warning about an institution's own key.
    Alarm,
    /// A state that contradicts the pinned chain; kept as evidence.
    RivalState,
}

impl FactKind {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::Inception,
        Self::State,
        Self::CutList,
        Self::Head,
        Self::Equivocation,
        Self::Alarm,
        Self::RivalState,
    ];

    pub(crate) fn number(self) -> u8 {
        self as u8
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }
}

/// A statement that is not a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Its id.
    pub id: Id,
    /// What it is.
    pub kind: FactKind,
    /// The institution it is about.
    pub institution: Id,
    /// The node key it is about, if it is about one.
    pub key: Option<Key>,
    /// Version of a state, beat of a head; 0 where there is no order.
    pub order: u64,
    /// The statement as received.
    pub bytes: Vec<u8>,
}

/// Why an item waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HeldReason {
    /// Something it depends on is missing.
    Pending,
    /// Its institution is not vouched for here.
    Quarantine,
}

/// An item that waits for a judgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldItem {
    /// Id of its statement.
    pub id: Id,
    /// Why it waits.
    pub why: HeldReason,
    /// Who signed it.
    pub institution: Id,
    /// The statement that would let it be judged again.
    pub awaiting: Option<Id>,
    /// The item as received.
    pub item: Vec<u8>,
}

/// One entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    Record {
        view: RecordView,
        arrival: u64,
        statement: Vec<u8>,
    },
    Part {
        id: Id,
        part: Part,
        bytes: Vec<u8>,
    },
    DropPart {
        id: Id,
        part: Part,
    },
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

mod number {
    pub(super) const RECORD: u8 = 1;
    pub(super) const CARD: u8 = 2;
    pub(super) const BODY: u8 = 3;
    pub(super) const DROP_CARD: u8 = 4;
    pub(super) const FACT: u8 = 5;
    pub(super) const DROP_FACT: u8 = 6;
    pub(super) const HOLD: u8 = 7;
    pub(super) const RELEASE: u8 = 8;
    pub(super) const OUTBOX: u8 = 9;
    pub(super) const OUTBOX_DONE: u8 = 10;
    pub(super) const OWN_POSITION: u8 = 11;
    pub(super) const OWN_BEAT: u8 = 12;
    pub(super) const CHOOSE: u8 = 13;
    pub(super) const UNCHOOSE: u8 = 14;
    pub(super) const DROP_BODY: u8 = 15;
}

/// Bytes of the digest that a record's statement is checked with on every read.
const DIGEST: usize = 16;

fn digest(statement: &[u8]) -> [u8; DIGEST] {
    let mut digest = [0; DIGEST];
    digest.copy_from_slice(&Id::of(statement).as_bytes()[..DIGEST]);
    digest
}

impl Entry {
    /// Whether it only takes something away.
    pub(crate) fn says_gone(&self) -> bool {
        matches!(
            self,
            Self::DropFact(_) | Self::Release(_) | Self::OutboxDone(_) | Self::Unchoose { .. }
        )
    }

    /// Whether the index knows where it stands, and so counts it among what its segment still needs.
    pub(crate) fn is_located(&self) -> bool {
        matches!(
            self,
            Self::Record { .. } | Self::Part { .. } | Self::Fact(_) | Self::Hold(_)
        )
    }

    /// Kind and bytes for the journal.
    pub(crate) fn encode(&self) -> (u8, Vec<u8>) {
        let new = Writer::default;
        let (kind, writer) = match self {
            Self::Record {
                view,
                arrival,
                statement,
            } => {
                let mut to = new()
                    .fixed(view.id.as_bytes())
                    .fixed(&digest(statement))
                    .u64(*arrival)
                    .fixed(view.institution.as_bytes())
                    .fixed(view.key.as_bytes())
                    .bytes(view.kind.as_bytes())
                    .fixed(view.card.as_bytes())
                    .fixed(view.body.as_bytes())
                    .u16(view.lanes.len() as u16);
                for lane in &view.lanes {
                    to = to.bytes(lane.feed.as_str().as_bytes()).u64(lane.seq);
                }
                to = to.u16(view.links.len() as u16);
                for link in &view.links {
                    to = to.bytes(link.rel.as_bytes()).fixed(link.target.as_bytes());
                }
                (number::RECORD, to.fixed(statement))
            }
            Self::Part { id, part, bytes } => {
                let kind = if *part == Part::Card {
                    number::CARD
                } else {
                    number::BODY
                };
                (kind, new().fixed(id.as_bytes()).fixed(bytes))
            }
            Self::DropPart { id, part } => {
                let kind = if *part == Part::Card {
                    number::DROP_CARD
                } else {
                    number::DROP_BODY
                };
                (kind, new().fixed(id.as_bytes()))
            }
            Self::Fact(fact) => {
                let to = new().fixed(fact.id.as_bytes()).u8(fact.kind.number());
                let to = to.fixed(fact.institution.as_bytes());
                let to = to.bytes(fact.key.as_ref().map_or(&[], |key| &key.as_bytes()[..]));
                (number::FACT, to.u64(fact.order).fixed(&fact.bytes))
            }
            Self::DropFact(id) => (number::DROP_FACT, new().fixed(id.as_bytes())),
            Self::Hold(held) => {
                let to = new().fixed(held.id.as_bytes());
                let to = to.u8(u8::from(held.why == HeldReason::Quarantine));
                let to = to.fixed(held.institution.as_bytes());
                let to = to.bytes(held.awaiting.as_ref().map_or(&[], |id| &id.as_bytes()[..]));
                (number::HOLD, to.fixed(&held.item))
            }
            Self::Release(id) => (number::RELEASE, new().fixed(id.as_bytes())),
            Self::Outbox { id, feeds } => {
                let to = new().fixed(id.as_bytes());
                let to = feeds
                    .iter()
                    .fold(to, |to, feed| to.bytes(feed.as_str().as_bytes()));
                (number::OUTBOX, to)
            }
            Self::OutboxDone(id) => (number::OUTBOX_DONE, new().fixed(id.as_bytes())),
            Self::OwnPosition { key, feed, seq, id } => {
                let to = new().fixed(key.as_bytes()).bytes(feed.as_str().as_bytes());
                (number::OWN_POSITION, to.u64(*seq).fixed(id.as_bytes()))
            }
            Self::OwnBeat { key, beat } => {
                (number::OWN_BEAT, new().fixed(key.as_bytes()).u64(*beat))
            }
            Self::Choose { column, key, value } => (
                number::CHOOSE,
                new().bytes(column.as_bytes()).bytes(key).fixed(value),
            ),
            Self::Unchoose { column, key } => {
                (number::UNCHOOSE, new().bytes(column.as_bytes()).bytes(key))
            }
        };
        (kind, writer.0)
    }

    /// Reads an entry back; `None` when it does not read, its own digest included.
    pub(crate) fn decode(kind: u8, bytes: &[u8]) -> Option<Self> {
        let mut from = Fields(bytes);
        let entry = match kind {
            number::RECORD => {
                let id = Id::from_bytes(from.fixed()?);
                let expected: [u8; DIGEST] = from.fixed()?;
                let arrival = from.u64()?;
                let mut view = RecordView {
                    id,
                    institution: Id::from_bytes(from.fixed()?),
                    key: Key::from_bytes(from.fixed()?),
                    kind: from.text()?,
                    lanes: Vec::new(),
                    links: Vec::new(),
                    card: Id::from_bytes(from.fixed()?),
                    body: Id::from_bytes(from.fixed()?),
                };
                for _ in 0..from.u16()? {
                    view.lanes.push(LanePlace {
                        feed: from.text()?.parse().ok()?,
                        seq: from.u64()?,
                    });
                }
                for _ in 0..from.u16()? {
                    let rel = from.text()?;
                    view.links.push(Link {
                        rel,
                        target: Id::from_bytes(from.fixed()?),
                    });
                }
                let statement = from.rest().to_vec();
                if digest(&statement) != expected {
                    return None;
                }
                Self::Record {
                    view,
                    arrival,
                    statement,
                }
            }
            number::CARD | number::BODY => {
                let part = if kind == number::CARD {
                    Part::Card
                } else {
                    Part::Body
                };
                let id = Id::from_bytes(from.fixed()?);
                Self::Part {
                    id,
                    part,
                    bytes: from.rest().to_vec(),
                }
            }
            number::DROP_CARD | number::DROP_BODY => {
                let part = if kind == number::DROP_CARD {
                    Part::Card
                } else {
                    Part::Body
                };
                Self::DropPart {
                    id: Id::from_bytes(from.fixed()?),
                    part,
                }
            }
            number::FACT => {
                let id = Id::from_bytes(from.fixed()?);
                let kind = FactKind::from_number(from.u8()?)?;
                let institution = Id::from_bytes(from.fixed()?);
                let key = match from.bytes()? {
                    [] => None,
                    key => Some(Key::from_bytes(key.try_into().ok()?)),
                };
                let order = from.u64()?;
                Self::Fact(Fact {
                    id,
                    kind,
                    institution,
                    key,
                    order,
                    bytes: from.rest().to_vec(),
                })
            }
            number::DROP_FACT => Self::DropFact(Id::from_bytes(from.fixed()?)),
            number::HOLD => {
                let id = Id::from_bytes(from.fixed()?);
                let why = match from.u8()? {
                    0 => HeldReason::Pending,
                    1 => HeldReason::Quarantine,
                    _ => return None,
                };
                let institution = Id::from_bytes(from.fixed()?);
                let awaiting = match from.bytes()? {
                    [] => None,
                    id => Some(Id::from_bytes(id.try_into().ok()?)),
                };
                Self::Hold(HeldItem {
                    id,
                    why,
                    institution,
                    awaiting,
                    item: from.rest().to_vec(),
                })
            }
            number::RELEASE => Self::Release(Id::from_bytes(from.fixed()?)),
            number::OUTBOX => {
                let id = Id::from_bytes(from.fixed()?);
                let mut feeds = Vec::new();
                while !from.is_empty() {
                    feeds.push(from.text()?.parse().ok()?);
                }
                Self::Outbox { id, feeds }
            }
            number::OUTBOX_DONE => Self::OutboxDone(Id::from_bytes(from.fixed()?)),
            number::OWN_POSITION => Self::OwnPosition {
                key: Key::from_bytes(from.fixed()?),
                feed: from.text()?.parse().ok()?,
                seq: from.u64()?,
                id: Id::from_bytes(from.fixed()?),
            },
            number::OWN_BEAT => Self::OwnBeat {
                key: Key::from_bytes(from.fixed()?),
                beat: from.u64()?,
            },
            number::CHOOSE => {
                let column = from.text()?;
                let key = from.bytes()?.to_vec();
                Self::Choose {
                    column,
                    key,
                    value: from.rest().to_vec(),
                }
            }
            number::UNCHOOSE => Self::Unchoose {
                column: from.text()?,
                key: from.bytes()?.to_vec(),
            },
            _ => return None,
        };
        from.is_empty().then_some(entry)
    }
}
