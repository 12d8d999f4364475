//! What two nodes say to each other while they compare. The four bytes of length before each message are the transport's.

use super::cell;
use super::held::Cursor;
use super::root::Root;
use super::rungs::{self, Rung};
use super::short::Short;
use crate::bytes::fields::{self, Row};
use crate::bytes::{Value, build, cbor};
use crate::fault::Fault;
use crate::limits;

/// A message. A number names it, as the whole answer to an equal root is to take no more than a dozen bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// 0, initiator: what I have.
    Hello(Hello),
    /// 1, responder: the same as you.
    Equal(Cursor),
    /// 2, responder: one of us has nothing; send all, or take all.
    Everything {
        /// How many the responder has.
        count: u64,
        /// The end of its log of arrivals.
        cursor: Cursor,
    },
    /// 3, responder: your cells were enough.
    Found {
        /// The end of its log of arrivals.
        cursor: Cursor,
        /// What the responder lacks; sorted.
        want: Vec<Short>,
        /// What the initiator lacks; sorted.
        have: Vec<Short>,
    },
    /// 4, responder: what follows.
    Answer(Answer),
    /// 5, responder: short ids of the hint; an empty message ends them.
    Ids(Vec<Short>),
    /// 6, responder: its cells from one on, as on the wire.
    Cells {
        /// The first.
        from: u64,
        /// The bytes of section 16.3.
        bytes: Vec<u8>,
    },
    /// 7, responder: a piece of its whole set.
    List {
        /// Bits of a gap that are written as they are.
        parameter: u32,
        /// How many.
        count: u64,
        /// The gaps.
        bytes: Vec<u8>,
        /// Whether it is the last piece.
        last: bool,
    },
    /// 8, initiator: the cached tier did not do; once more with salt.
    Again(Again),
    /// 9, initiator: enough. What it lacks, sorted: by short ids of the cached tier, and of the salted.
    Stop {
        /// Of the cached tier.
        cached: Vec<Short>,
        /// Of the salted tier.
        salted: Vec<Short>,
        /// Whether another such message follows, with more of them.
        more: bool,
    },
    /// 10, either: no.
    Refused(Refusal),
}

/// The first message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    /// The mapping of short ids to cells.
    pub mapping: u64,
    /// The tag of the list of feeds: the first 8 bytes of the hash of the feeds' hashes, one after another.
    pub feeds: [u8; 8],
    /// How many elements.
    pub count: u64,
    /// The root.
    pub root: Root,
    /// Where in the responder's log of arrivals the two last agreed.
    pub since: Option<Cursor>,
    /// Its first cells, as on the wire.
    pub cells: Vec<u8>,
    /// Its rungs.
    pub rungs: Vec<Rung>,
}

/// What a responder is going to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// How many elements it has.
    pub count: u64,
    /// The end of its log of arrivals.
    pub cursor: Cursor,
    /// Its part of the salt; none in the cached tier.
    pub salt: Option<[u8; 16]>,
    /// What comes before the cells, or instead of them.
    pub plan: Plan,
    /// Of the short ids in [`Again`], those that it does not hold.
    pub unknown: Vec<Short>,
}

/// What a responder sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// 0: cells.
    Cells,
    /// 1: short ids of all that arrived since the cursor, then cells.
    Arrivals,
    /// 2: short ids of all that claim this day or a later one, then cells.
    Suffix(u32),
    /// 3: the whole set, as a list.
    List,
}

/// A wish for the salted tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Again {
    /// The initiator's part of the salt.
    pub salt: [u8; 16],
    /// How many differences are expected beyond those in `found`.
    pub expected: u64,
    /// What was found to be the responder's only; it leaves that out of its cells.
    pub found: Vec<Short>,
    /// Whether the whole list is wanted.
    pub list: bool,
}

/// Why a session is not held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Another mapping.
    Mapping,
    /// Another list of feeds: agree on it first.
    Feeds,
    /// Later.
    Busy,
    /// The other side's messages were not in order, cost too much, or contradict each other.
    Fault,
}

impl Refusal {
    const ALL: [(Refusal, &'static str); 4] = [
        (Refusal::Mapping, "mapping"),
        (Refusal::Feeds, "feeds"),
        (Refusal::Busy, "busy"),
        (Refusal::Fault, "fault"),
    ];

    /// The word on the wire.
    pub fn name(self) -> &'static str {
        Refusal::ALL
            .iter()
            .find(|(refusal, _)| *refusal == self)
            .map_or("fault", |(_, name)| name)
    }
}

fn shorts(ids: &[Short]) -> Value {
    let bytes: Vec<u8> = ids.iter().flat_map(|short| short.to_bytes()).collect();
    Value::Bytes(bytes)
}

fn cursor(cursor: &Cursor) -> Value {
    Value::List(vec![
        build::uint(cursor.epoch.into()),
        build::uint(cursor.seq),
    ])
}

impl Message {
    /// Encodes.
    pub fn encode(&self) -> Vec<u8> {
        let (number, rest) = match self {
            Message::Hello(hello) => (
                0,
                vec![
                    build::uint(hello.mapping),
                    build::bytes(&hello.feeds),
                    build::uint(hello.count),
                    build::bytes(&hello.root.0),
                    build::or_null(hello.since.as_ref(), cursor),
                    build::bytes(&hello.cells),
                    Value::Bytes(rungs::encode(&hello.rungs)),
                ],
            ),
            Message::Equal(end) => (1, vec![cursor(end)]),
            Message::Everything { count, cursor: end } => {
                (2, vec![build::uint(*count), cursor(end)])
            }
            Message::Found {
                cursor: end,
                want,
                have,
            } => (3, vec![cursor(end), shorts(want), shorts(have)]),
            Message::Answer(answer) => {
                let plan = match answer.plan {
                    Plan::Cells => vec![build::uint(0)],
                    Plan::Arrivals => vec![build::uint(1)],
                    Plan::Suffix(day) => vec![build::uint(2), build::uint(day.into())],
                    Plan::List => vec![build::uint(3)],
                };
                (
                    4,
                    vec![
                        build::uint(answer.count),
                        cursor(&answer.cursor),
                        build::or_null(answer.salt.as_ref(), |salt| build::bytes(salt)),
                        Value::List(plan),
                        shorts(&answer.unknown),
                    ],
                )
            }
            Message::Ids(ids) => (5, vec![shorts(ids)]),
            Message::Cells { from, bytes } => (6, vec![build::uint(*from), build::bytes(bytes)]),
            Message::List {
                parameter,
                count,
                bytes,
                last,
            } => (
                7,
                vec![
                    build::uint((*parameter).into()),
                    build::uint(*count),
                    build::bytes(bytes),
                    Value::Bool(*last),
                ],
            ),
            Message::Again(again) => (
                8,
                vec![
                    build::bytes(&again.salt),
                    build::uint(again.expected),
                    shorts(&again.found),
                    Value::Bool(again.list),
                ],
            ),
            Message::Stop {
                cached,
                salted,
                more,
            } => (9, vec![shorts(cached), shorts(salted), Value::Bool(*more)]),
            Message::Refused(refusal) => (10, vec![build::text(refusal.name())]),
        };
        let mut items = vec![build::uint(number)];
        items.extend(rest);
        cbor::encode(&Value::List(items))
    }

    /// Decodes.
    ///
    /// # Errors
    /// [`Fault::Envelope`] for a message this version does not know, and the faults of the form and of the fields.
    pub fn decode(bytes: &[u8]) -> Result<Message, Fault> {
        if bytes.len() > limits::COMPARE_MESSAGE {
            return Err(Fault::TooLarge);
        }
        let Value::List(mut items) = cbor::decode(bytes)? else {
            return Err(Fault::Envelope);
        };
        if items.is_empty() {
            return Err(Fault::Envelope);
        }
        let number = fields::uint(&items.remove(0), "message").map_err(|_| Fault::Envelope)?;
        let rest = Value::List(items);
        Ok(match number {
            0 => Message::Hello(read_hello(&rest)?),
            1 => Message::Equal(read_cursor(Row::<1>::new(&rest, "equal")?.at(0)?, "equal")?),
            2 => {
                let row = Row::<2>::new(&rest, "everything")?;
                Message::Everything {
                    count: row.uint(0)?,
                    cursor: read_cursor(row.at(1)?, "everything")?,
                }
            }
            3 => {
                let row = Row::<3>::new(&rest, "found")?;
                Message::Found {
                    cursor: read_cursor(row.at(0)?, "found")?,
                    want: read_sorted(row.at(1)?, "want")?,
                    have: read_sorted(row.at(2)?, "have")?,
                }
            }
            4 => Message::Answer(read_answer(&rest)?),
            5 => Message::Ids(read_shorts(Row::<1>::new(&rest, "ids")?.at(0)?, "ids")?),
            6 => {
                let row = Row::<2>::new(&rest, "cells")?;
                Message::Cells {
                    from: row.uint(0)?,
                    bytes: fields::bytes(row.at(1)?, "cells")?.to_vec(),
                }
            }
            7 => {
                let row = Row::<4>::new(&rest, "list")?;
                Message::List {
                    parameter: u32::try_from(row.uint(0)?).map_err(|_| Fault::Field("list"))?,
                    count: row.uint(1)?,
                    bytes: fields::bytes(row.at(2)?, "list")?.to_vec(),
                    last: read_bool(row.at(3)?, "list")?,
                }
            }
            8 => {
                let row = Row::<4>::new(&rest, "again")?;
                Message::Again(Again {
                    salt: read_array(row.at(0)?, "salt")?,
                    expected: row.uint(1)?,
                    found: read_sorted(row.at(2)?, "found")?,
                    list: read_bool(row.at(3)?, "list")?,
                })
            }
            9 => {
                let row = Row::<3>::new(&rest, "stop")?;
                Message::Stop {
                    cached: read_sorted(row.at(0)?, "stop")?,
                    salted: read_sorted(row.at(1)?, "stop")?,
                    more: read_bool(row.at(2)?, "stop")?,
                }
            }
            10 => {
                let row = Row::<1>::new(&rest, "refused")?;
                let word = row.text(0)?;
                let known = Refusal::ALL.iter().find(|(_, name)| *name == word);
                Message::Refused(known.map_or(Refusal::Fault, |(refusal, _)| *refusal))
            }
            _ => return Err(Fault::Envelope),
        })
    }
}

fn read_hello(rest: &Value) -> Result<Hello, Fault> {
    let row = Row::<7>::new(rest, "hello")?;
    let cells = fields::bytes(row.at(5)?, "cells")?;
    // Whole cells; that they are few is the session's rule.
    cell::decode(0, cells).ok_or(Fault::Field("cells"))?;
    Ok(Hello {
        mapping: row.uint(0)?,
        feeds: read_array(row.at(1)?, "feeds")?,
        count: row.uint(2)?,
        root: Root(read_array(row.at(3)?, "root")?),
        since: match row.at(4)? {
            Value::Null => None,
            value => Some(read_cursor(value, "since")?),
        },
        cells: cells.to_vec(),
        rungs: rungs::decode(fields::bytes(row.at(6)?, "rungs")?).ok_or(Fault::Field("rungs"))?,
    })
}

fn read_answer(rest: &Value) -> Result<Answer, Fault> {
    let row = Row::<5>::new(rest, "answer")?;
    let Value::List(plan) = row.at(3)? else {
        return Err(Fault::Field("plan"));
    };
    let plan = match plan.as_slice() {
        [Value::Integer(0)] => Plan::Cells,
        [Value::Integer(1)] => Plan::Arrivals,
        [Value::Integer(2), day] => Plan::Suffix(
            u32::try_from(fields::uint(day, "plan")?).map_err(|_| Fault::Field("plan"))?,
        ),
        [Value::Integer(3)] => Plan::List,
        _ => return Err(Fault::Field("plan")),
    };
    Ok(Answer {
        count: row.uint(0)?,
        cursor: read_cursor(row.at(1)?, "cursor")?,
        salt: match row.at(2)? {
            Value::Null => None,
            value => Some(read_array(value, "salt")?),
        },
        plan,
        unknown: read_sorted(row.at(4)?, "unknown")?,
    })
}

fn read_bool(value: &Value, name: &'static str) -> Result<bool, Fault> {
    match value {
        Value::Bool(bool) => Ok(*bool),
        _ => Err(Fault::Field(name)),
    }
}

fn read_array<const N: usize>(value: &Value, name: &'static str) -> Result<[u8; N], Fault> {
    fields::bytes(value, name)?
        .try_into()
        .map_err(|_| Fault::Field(name))
}

fn read_cursor(value: &Value, name: &'static str) -> Result<Cursor, Fault> {
    let row = Row::<2>::new(value, name)?;
    Ok(Cursor {
        epoch: u32::try_from(row.uint(0)?).map_err(|_| Fault::Field(name))?,
        seq: row.uint(1)?,
    })
}

fn read_shorts(value: &Value, name: &'static str) -> Result<Vec<Short>, Fault> {
    let (chunks, rest) = fields::bytes(value, name)?.as_chunks::<8>();
    if !rest.is_empty() || chunks.len() > limits::COMPARE_IDS {
        return Err(Fault::Field(name));
    }
    Ok(chunks
        .iter()
        .map(|bytes| Short::from_bytes(*bytes))
        .collect())
}

fn read_sorted(value: &Value, name: &'static str) -> Result<Vec<Short>, Fault> {
    let ids = read_shorts(value, name)?;
    if fields::strictly_sorted(&ids, |short| *short) {
        Ok(ids)
    } else {
        Err(Fault::Field(name))
    }
}
