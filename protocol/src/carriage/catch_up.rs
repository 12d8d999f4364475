//! Catch-up: what two nodes say to each other. The four bytes of length before each message are the transport's.

use super::item::Item;
use crate::bytes::fields::{self, Row};
use crate::bytes::{Value, build, cbor};
use crate::fault::Fault;
use crate::id::Id;
use crate::key::Key;
use crate::lane::FeedName;
use crate::limits;

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CatchUpRequest {
    /// Which lanes of this feed do you hold, after this key?
    Lanes {
        /// The feed.
        feed: FeedName,
        /// The last key of the answer before.
        after: Option<Key>,
    },
    /// Records of a lane, both ends included.
    Range {
        /// The feed.
        feed: FeedName,
        /// The key.
        key: Key,
        /// The first position.
        from: u64,
        /// The last position.
        to: u64,
    },
    /// Which other registry statements do you hold, after this id?
    Facts {
        /// The last id of the answer before.
        after: Option<Id>,
    },
    /// Inception, states and cut lists of one institution.
    Institution(Id),
    /// These; 1 to 64.
    Get(Vec<Id>),
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CatchUpResponse {
    /// Lanes held, sorted by key, then institution; at most 512. No key is split over two answers.
    Lanes {
        /// The lanes.
        lanes: Vec<LaneSummary>,
        /// Whether there is more after the last.
        more: bool,
    },
    /// Items, as many as fit.
    Items {
        /// The items.
        items: Vec<Item>,
        /// Whether there is more after the last.
        more: bool,
    },
    /// Ids of registry statements, sorted; at most 2,048.
    Facts {
        /// The ids.
        ids: Vec<Id>,
        /// Whether there is more after the last.
        more: bool,
    },
    /// No.
    Refused(RefusedReason),
}

/// How far a lane is handed over by who answers: all of it from the first record to this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneSummary {
    /// The institution.
    pub institution: Id,
    /// The key.
    pub key: Key,
    /// The highest position up to which nothing lacks.
    pub seq: u64,
    /// The record there.
    pub last: Id,
}

/// Why a question is not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusedReason {
    /// Ask later.
    Busy,
    /// A question this version does not know.
    UnknownRequest,
    /// Not for you.
    NotServed,
    /// A reason of a later version, at most 32 characters.
    Other(String),
}

impl RefusedReason {
    /// The word on the wire.
    pub fn name(&self) -> &str {
        match self {
            RefusedReason::Busy => "busy",
            RefusedReason::UnknownRequest => "unknown-request",
            RefusedReason::NotServed => "not-served",
            RefusedReason::Other(name) => name,
        }
    }
}

/// The fields after the first text of an array.
fn tagged(bytes: &[u8], limit: usize) -> Result<(String, Vec<Value>), Fault> {
    if bytes.len() > limit {
        return Err(Fault::TooLarge);
    }
    let Value::List(items) = cbor::decode(bytes)? else {
        return Err(Fault::Envelope);
    };
    let mut items = items.into_iter();
    match items.next() {
        Some(Value::String(tag)) => Ok((tag, items.collect())),
        _ => Err(Fault::Envelope),
    }
}

fn message<const N: usize>(tag: &str, rest: [Value; N]) -> Vec<u8> {
    cbor::encode(&Value::List(
        [build::text(tag)].into_iter().chain(rest).collect(),
    ))
}

fn nullable<T>(
    value: &Value,
    one: impl Fn(&Value, &'static str) -> Result<T, Fault>,
    name: &'static str,
) -> Result<Option<T>, Fault> {
    if *value == Value::Null {
        Ok(None)
    } else {
        one(value, name).map(Some)
    }
}

impl CatchUpRequest {
    /// Encodes.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            CatchUpRequest::Lanes { feed, after } => message(
                "lanes",
                [
                    build::text(feed.as_str()),
                    build::or_null(after.as_ref(), build::key),
                ],
            ),
            CatchUpRequest::Range {
                feed,
                key,
                from,
                to,
            } => message(
                "range",
                [
                    build::text(feed.as_str()),
                    build::key(key),
                    build::uint(*from),
                    build::uint(*to),
                ],
            ),
            CatchUpRequest::Facts { after } => {
                message("facts", [build::or_null(after.as_ref(), build::id)])
            }
            CatchUpRequest::Institution(id) => message("institution", [build::id(id)]),
            CatchUpRequest::Get(ids) => message("get", [build::list(ids, build::id)]),
        }
    }

    /// Decodes.
    ///
    /// # Errors
    /// [`Fault::Envelope`] for a question this version does not know (answer *unknown-request*), and the faults of the form
    /// and of the fields.
    pub fn decode(bytes: &[u8]) -> Result<CatchUpRequest, Fault> {
        let (tag, rest) = tagged(bytes, limits::REQUEST)?;
        let rest = Value::List(rest);
        Ok(match tag.as_str() {
            "lanes" => {
                let row = Row::<2>::new(&rest, "lanes")?;
                CatchUpRequest::Lanes {
                    feed: row.feed(0)?,
                    after: nullable(row.at(1)?, fields::key, "after")?,
                }
            }
            "range" => {
                let row = Row::<4>::new(&rest, "range")?;
                let (from, to) = (row.counter(2)?, row.counter(3)?);
                if from > to {
                    return Err(Fault::Field("range"));
                }
                CatchUpRequest::Range {
                    feed: row.feed(0)?,
                    key: row.key(1)?,
                    from,
                    to,
                }
            }
            "facts" => CatchUpRequest::Facts {
                after: Row::<1>::new(&rest, "facts")?.id_or_null(0)?,
            },
            "institution" => {
                CatchUpRequest::Institution(Row::<1>::new(&rest, "institution")?.id(0)?)
            }
            "get" => {
                let row = Row::<1>::new(&rest, "get")?;
                CatchUpRequest::Get(fields::list(
                    row.at(0)?,
                    "get",
                    1..=limits::GET_IDS,
                    fields::id,
                )?)
            }
            _ => return Err(Fault::Envelope),
        })
    }
}

impl CatchUpResponse {
    /// Encodes. Keeping within [`limits::RESPONSE`] is the answerer's part: see [`CatchUpResponse::items_that_fit`].
    pub fn encode(&self) -> Vec<u8> {
        match self {
            CatchUpResponse::Lanes { lanes, more } => {
                let lane = |l: &LaneSummary| {
                    Value::List(vec![
                        build::id(&l.institution),
                        build::key(&l.key),
                        build::uint(l.seq),
                        build::id(&l.last),
                    ])
                };
                message("lanes", [build::list(lanes, lane), Value::Bool(*more)])
            }
            CatchUpResponse::Items { items, more } => message(
                "items",
                [build::list(items, Item::value), Value::Bool(*more)],
            ),
            CatchUpResponse::Facts { ids, more } => {
                message("facts", [build::list(ids, build::id), Value::Bool(*more)])
            }
            CatchUpResponse::Refused(reason) => message("refused", [build::text(reason.name())]),
        }
    }

    /// Decodes.
    ///
    /// # Errors
    /// [`Fault::Envelope`] for an answer this version does not know, and the faults of the form and of the fields. Of the items
    /// only the form is checked: each passes the same door as gossip.
    pub fn decode(bytes: &[u8]) -> Result<CatchUpResponse, Fault> {
        let (tag, mut rest) = tagged(bytes, limits::RESPONSE)?;
        if tag == "refused" {
            let rest = Value::List(rest);
            let reason = Row::<1>::new(&rest, "refused")?;
            return Ok(CatchUpResponse::Refused(match reason.text(0)? {
                "busy" => RefusedReason::Busy,
                "unknown-request" => RefusedReason::UnknownRequest,
                "not-served" => RefusedReason::NotServed,
                other => RefusedReason::Other(other.chars().take(32).collect()),
            }));
        }
        let (Some(Value::Bool(more)), Some(Value::List(list)), true) =
            (rest.pop(), rest.pop(), rest.is_empty())
        else {
            return Err(Fault::Envelope);
        };
        match tag.as_str() {
            "lanes" => {
                let lane = |value: &Value, name| {
                    let row = Row::<4>::new(value, name)?;
                    Ok(LaneSummary {
                        institution: row.id(0)?,
                        key: row.key(1)?,
                        seq: row.counter(2)?,
                        last: row.id(3)?,
                    })
                };
                let list = Value::List(list);
                let lanes = fields::list(&list, "lanes", 0..=limits::LANES_RESPONSE, lane)?;
                // One key may hold lanes of several institutions; each lane stands once.
                if !fields::strictly_sorted(&lanes, |l| (l.key, l.institution)) {
                    return Err(Fault::Field("lanes"));
                }
                Ok(CatchUpResponse::Lanes { lanes, more })
            }
            "items" => {
                let items = list
                    .into_iter()
                    .map(Item::of_value)
                    .collect::<Result<Vec<Item>, Fault>>()?;
                Ok(CatchUpResponse::Items { items, more })
            }
            "facts" => {
                let list = Value::List(list);
                let ids = fields::list(&list, "facts", 0..=limits::FACTS_RESPONSE, fields::id)?;
                if !fields::strictly_sorted(&ids, |i| *i) {
                    return Err(Fault::Field("facts"));
                }
                Ok(CatchUpResponse::Facts { ids, more })
            }
            _ => Err(Fault::Envelope),
        }
    }

    /// The lanes in the order of an answer, as many as it holds; `more` is set when one is left. What follows is asked for by
    /// the last key, so a key is never split over two answers. (Of a key with more lanes than one answer holds, the first
    /// are given: to leave it out would hide every key after it.)
    pub fn lanes_that_fit(mut lanes: Vec<LaneSummary>) -> CatchUpResponse {
        lanes.sort_by_key(|lane| (lane.key, lane.institution));
        let more = lanes.len() > limits::LANES_RESPONSE;
        let split = lanes.get(limits::LANES_RESPONSE).map(|lane| lane.key);
        lanes.truncate(limits::LANES_RESPONSE);
        if lanes.first().map(|lane| lane.key) != split {
            lanes.retain(|lane| Some(lane.key) != split);
        }
        CatchUpResponse::Lanes { lanes, more }
    }

    /// Takes items from the front as long as the response stays within its bound; `more` is set when one is left.
    pub fn items_that_fit(items: impl IntoIterator<Item = Item>, more: bool) -> CatchUpResponse {
        // Array, `items`, the list's head and `more`.
        const FRAMING: usize = 1 + 6 + 5 + 1;
        let (mut taken, mut size) = (Vec::new(), FRAMING);
        for item in items {
            size += item.encode().len();
            if size > limits::RESPONSE {
                return CatchUpResponse::Items {
                    items: taken,
                    more: true,
                };
            }
            taken.push(item);
        }
        CatchUpResponse::Items { items: taken, more }
    }
}

#[cfg(test)]
mod tests;
