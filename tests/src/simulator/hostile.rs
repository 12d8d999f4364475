//! A node that plays by its own rules: it says anything, to anybody, at any time, and keeps every key it was ever given.

use std::rc::Rc;

use ed25519_dalek::Signer;
use indaba::network::Topic;
use indaba::network::gossip::MAX_FRAME;
use indaba_protocol::key::signed_bytes;
use indaba_protocol::{
    CatchUpRequest, CatchUpResponse, FeedName, Id, Item, Key, Lane, LaneSummary, NetworkId,
    NetworkName, Part, PartRef, RecordDraft, RefusedReason, SigningKey, Value, VerifiedItem, cbor,
};
use indaba_store::{Batch, LanePlace, NewRecord, RecordView, Store};

use super::cast::{self, Cast, FEEDS, Institution, map, text};
use super::gossip::Frame;
use super::links::Parcel;
use super::node::Who;
use super::world::{Happening, World};
use crate::chance::Chance;

/// What was heard and may come again.
const REMEMBERED: usize = 64;

/// The hostile node's mind.
pub(super) struct Hostile {
    net: NetworkId,
    key: SigningKey,
    institution: Institution,
    heard: Vec<(Topic, Rc<Frame>)>,
    /// What is random about it.
    chance: Chance,
    asked: u64,
}

impl Hostile {
    pub(super) fn new(cast: &Cast, seed: u64) -> Hostile {
        Hostile {
            net: cast.net,
            key: cast.hostile_key.clone(),
            institution: cast.hostile.clone(),
            heard: Vec::new(),
            chance: Chance::of(seed, "mischief"),
            asked: 0,
        }
    }

    /// A record that reads without fault, of an institution that nobody accepts.
    fn stranger(&self, seq: u64) -> VerifiedItem {
        let (card, body) = cast::practice(seq);
        let prev = (seq > 1).then(|| Id::of(&seq.to_be_bytes()));
        RecordDraft {
            institution: self.institution.id,
            state: self.institution.state,
            kind: "practice".to_owned(),
            lanes: vec![Lane {
                feed: cast::feed(FEEDS[0]),
                seq,
                prev,
            }],
            links: Vec::new(),
            lang: "en".to_owned(),
            marking: "clear".to_owned(),
            day: None,
            card: Part::seal([1; 16], &card),
            body: Part::seal([2; 16], &body),
        }
        .sign(&self.key, &self.net)
        .unwrap()
    }

    /// Puts a stranger's record into a store, past the door.
    pub(super) fn intrude(&self, store: &mut Store) {
        let item = self.stranger(1);
        let header = item.record().unwrap();
        let view = RecordView {
            id: header.id(),
            institution: header.institution,
            key: header.key,
            kind: header.kind.clone(),
            lanes: header
                .lanes
                .iter()
                .map(|lane| LanePlace {
                    feed: lane.feed.clone(),
                    seq: lane.seq,
                })
                .collect(),
            links: Vec::new(),
            card: header.card.hash,
            body: header.body.hash,
        };
        let mut batch = Batch::new();
        batch.put_record(NewRecord {
            view,
            statement: header.bytes().to_vec(),
            card: item.card().map(<[u8]>::to_vec),
            body: item.body().map(<[u8]>::to_vec),
        });
        store.commit(batch).unwrap();
    }

    /// A statement signed by the hostile key, whatever it says.
    fn sign(&self, fields: Value, kind: &str, net: &NetworkId) -> Vec<u8> {
        let seed = Id::of(b"indaba simulator: hostile");
        let key = ed25519_dalek::SigningKey::from_bytes(seed.as_bytes());
        let payload = cbor::encode(&fields);
        let signature = key.sign(&signed_bytes(kind, net, &payload)).to_bytes();
        cbor::encode(&Value::List(vec![
            Value::Bytes(vec![0xa1, 0x01, 0x27]),
            map([]),
            Value::Bytes(payload),
            Value::Bytes(signature.to_vec()),
        ]))
    }

    /// The payload of a record with these claims.
    fn payload(&self, claims: &Claims<'_>) -> Value {
        let (card, body) = claims.parts;
        let part = |part: &[u8]| {
            let part = PartRef::of(part);
            Value::List(vec![
                Value::Bytes(part.hash.as_bytes().to_vec()),
                Value::Integer(part.length.into()),
            ])
        };
        let prev = claims
            .prev
            .map_or(Value::Null, |id| Value::Bytes(id.as_bytes().to_vec()));
        let lane = Value::List(vec![
            text(claims.feed),
            Value::Integer(claims.seq.into()),
            prev,
        ]);
        map([
            ("type", text("record")),
            ("v", Value::Integer(claims.version)),
            ("net", Value::Bytes(claims.net.as_bytes().to_vec())),
            ("inst", Value::Bytes(claims.institution.as_bytes().to_vec())),
            ("key", Value::Bytes(claims.key.as_bytes().to_vec())),
            ("state", Value::Bytes(claims.state.as_bytes().to_vec())),
            ("kind", text("practice")),
            ("lanes", Value::List(vec![lane])),
            ("links", Value::List(Vec::new())),
            ("lang", text("en")),
            ("marking", text("clear")),
            ("day", Value::Null),
            ("card", part(card)),
            ("body", part(body)),
        ])
    }
}

/// What a forged record claims.
struct Claims<'a> {
    net: NetworkId,
    version: i128,
    institution: Id,
    key: Key,
    state: Id,
    feed: &'a str,
    seq: u64,
    prev: Option<Id>,
    parts: (&'a [u8], &'a [u8]),
}

fn garbage(chance: &mut Chance, most: u64) -> Vec<u8> {
    let length = chance.between(0, most);
    (0..length).map(|_| chance.between(0, 255) as u8).collect()
}

impl World {
    fn mallory(&self) -> Who {
        self.nodes.len() - 1
    }

    /// The hostile node connects to half of the others and begins.
    pub(super) fn let_mallory_in(&mut self) {
        let mallory = self.mallory();
        for name in FEEDS.iter().chain(["registry"].iter()) {
            let topic = Topic::new(indaba_protocol::topic(&self.net, &cast::feed(name)));
            self.nodes[mallory].topics.insert(topic);
        }
        let mut others = self.honest();
        self.hostile.chance.shuffle(&mut others);
        others.truncate(self.nodes.len() / 2 + 1);
        for other in others {
            self.want(mallory, other);
        }
        self.in_millis(5_000, Happening::Mischief);
    }

    /// It keeps what it hears, and passes nothing on.
    pub(super) fn hostile_hears(&mut self, topic: &Topic, frame: &Rc<Frame>) {
        if self.hostile.heard.len() >= REMEMBERED {
            self.hostile.heard.remove(0);
        }
        self.hostile.heard.push((topic.clone(), frame.clone()));
    }

    pub(super) fn mischief(&mut self) {
        let mallory = self.mallory();
        let neighbours = self.neighbours(mallory);
        if let Some(to) = self.hostile.chance.pick(&neighbours).copied() {
            if self.hostile.chance.permille(250) {
                self.hostile_asks(to);
            } else {
                let topics: Vec<Topic> = self.nodes[to].topics.iter().cloned().collect();
                if let Some(topic) = self.hostile.chance.pick(&topics).cloned() {
                    let (topic, bytes) = self.anything(topic);
                    let frame = Rc::new(self.frame(&topic, bytes));
                    let number = self.number(mallory, to);
                    self.send(
                        mallory,
                        to,
                        0,
                        Parcel::Gossip {
                            topic,
                            frame,
                            number,
                        },
                    );
                }
            }
        }
        let after = self.hostile.chance.between(200, 6_000);
        self.in_millis(after, Happening::Mischief);
    }

    /// Something to say on a topic, or on another one.
    fn anything(&mut self, topic: Topic) -> (Topic, Vec<u8>) {
        let heard = self.hostile.chance.pick(&self.hostile.heard).cloned();
        let provable = self.hostile.chance.permille(80);
        if let (Some((old, frame)), false) = (heard, provable) {
            return match self.hostile.chance.index(6) {
                0 => (old, frame.bytes.clone()),
                1 => (topic, frame.bytes.clone()),
                _ => (topic, self.harmless()),
            };
        }
        let bytes = if provable {
            self.invalid()
        } else {
            self.harmless()
        };
        (topic, bytes)
    }

    /// Bytes that every node on earth calls invalid.
    fn invalid(&mut self) -> Vec<u8> {
        let heard = self
            .hostile
            .chance
            .pick(&self.hostile.heard)
            .map(|(_, frame)| frame.bytes.clone());
        match (self.hostile.chance.index(9), heard) {
            (0, _) => garbage(&mut self.hostile.chance, 300),
            (1, _) => vec![0x83; MAX_FRAME + 1],
            (2, _) => vec![0x81; 2_000],
            (3, Some(mut bytes)) => {
                let length = self.hostile.chance.index(bytes.len());
                bytes.truncate(length);
                bytes
            }
            (4, Some(mut bytes)) => {
                let at = self.hostile.chance.index(bytes.len());
                bytes[at] ^= 1 << self.hostile.chance.index(8);
                bytes
            }
            (5, Some(bytes)) => match Item::decode(&bytes) {
                Ok(item) if item.body.is_some() => Item {
                    body: item.card.clone(),
                    ..item
                }
                .encode(),
                _ => garbage(&mut self.hostile.chance, 10),
            },
            (6, _) => {
                let other = NetworkName::parse("elsewhere.example").unwrap().id();
                self.forged(|claims| claims.net = other)
            }
            // A first position with a predecessor, or a later one without.
            (7, _) => self.forged(|claims| {
                claims.seq = 7;
                claims.prev = None;
            }),
            // Somebody else's key over a signature of its own.
            _ => {
                let key = self.nodes[0].key;
                self.forged(|claims| claims.key = key)
            }
        }
    }

    /// Bytes that prove nothing: nobody may be blamed for them, and nobody may keep them among the records.
    fn harmless(&mut self) -> Vec<u8> {
        let victim = &self.institutions[self.hostile.chance.index(cast::INSTITUTIONS)];
        let (institution, state) = (victim.id, victim.state);
        match self.hostile.chance.index(6) {
            // Under a state that does not delegate the key.
            0 => self.forged(|claims| (claims.institution, claims.state) = (institution, state)),
            // Under a state that nobody has.
            1 => self.forged(|claims| {
                (claims.institution, claims.state) = (institution, Id::of(b"no such state"))
            }),
            2 => self.forged(|claims| claims.version = 2),
            3 => {
                let seq = self.hostile.chance.between(1, 200);
                self.hostile.stranger(seq).to_item().encode()
            }
            4 => {
                let which = self.hostile.chance.index(2);
                Item::of_statement(self.hostile.institution.statements[which].bytes()).encode()
            }
            _ => self.forged(|claims| {
                (claims.institution, claims.state) = (institution, state);
                (claims.seq, claims.prev) = (u64::MAX >> 11, Some(Id::of(b"no such record")));
            }),
        }
    }

    /// A record signed by the hostile key, with claims changed.
    fn forged(&mut self, change: impl FnOnce(&mut Claims<'_>)) -> Vec<u8> {
        let number = self.hostile.chance.between(0, 1_000);
        let (card, body) = cast::practice(number);
        let (card, body) = (
            Part::seal(self.hostile.chance.bytes(), &card),
            Part::seal(self.hostile.chance.bytes(), &body),
        );
        let feed = FEEDS[self.hostile.chance.index(FEEDS.len())];
        let hostile = &self.hostile;
        let mut claims = Claims {
            net: self.net,
            version: 1,
            institution: hostile.institution.id,
            key: hostile.key.key(),
            state: hostile.institution.state,
            feed,
            seq: 1,
            prev: None,
            parts: (&card, &body),
        };
        change(&mut claims);
        let statement = hostile.sign(hostile.payload(&claims), "record", &claims.net);
        Item {
            statement,
            card: Some(card.clone()),
            body: Some(body.clone()),
        }
        .encode()
    }

    fn hostile_asks(&mut self, to: Who) {
        let feed: FeedName = cast::feed(FEEDS[self.hostile.chance.index(FEEDS.len())]);
        let key = self.nodes[to].key;
        let body = match self.hostile.chance.index(6) {
            0 => garbage(&mut self.hostile.chance, 100),
            1 => CatchUpRequest::Range {
                feed,
                key,
                from: 1,
                to: u64::MAX >> 11,
            }
            .encode(),
            2 => CatchUpRequest::Get(
                (0..64)
                    .map(|_| Id::from_bytes(self.hostile.chance.bytes()))
                    .collect(),
            )
            .encode(),
            3 => CatchUpRequest::Lanes { feed, after: None }.encode(),
            4 => CatchUpRequest::Facts { after: None }.encode(),
            _ => CatchUpRequest::Institution(self.institutions[0].id).encode(),
        };
        self.hostile.asked += 1;
        let (mallory, ticket) = (self.mallory(), self.hostile.asked);
        self.send(mallory, to, 0, Parcel::Question { ticket, body });
    }

    /// Whatever it is asked, it answers something, or nothing.
    pub(super) fn hostile_answers(&mut self, asker: Who, mallory: Who, ticket: u64, body: &[u8]) {
        let question = CatchUpRequest::decode(body);
        if let Some(shelf) = self.shelves.get(&mallory) {
            let answer = question
                .ok()
                .map(|question| shelf.answer(&question).encode());
            let parcel = Parcel::Answer {
                ticket,
                body: answer,
            };
            return self.send(mallory, asker, 0, parcel);
        }
        let nasty = self.hostile.chance.permille(30);
        let answer = match (self.hostile.chance.index(8), question) {
            (0, _) => return,
            (1, _) => CatchUpResponse::Refused(RefusedReason::Busy).encode(),
            _ if nasty => match self.hostile.chance.index(3) {
                0 => garbage(&mut self.hostile.chance, 400),
                1 => vec![0x81; 4_000],
                _ => CatchUpResponse::Items {
                    items: Vec::new(),
                    more: true,
                }
                .encode()
                .into_iter()
                .chain([0])
                .collect(),
            },
            (_, Ok(CatchUpRequest::Lanes { .. })) => self.invented_lanes(),
            (_, Ok(CatchUpRequest::Facts { .. })) => {
                let mut ids: Vec<Id> = (0..self.hostile.chance.between(0, 200))
                    .map(|_| Id::from_bytes(self.hostile.chance.bytes()))
                    .collect();
                ids.sort();
                CatchUpResponse::Facts { ids, more: true }.encode()
            }
            _ => self.invented_items(),
        };
        self.send(
            mallory,
            asker,
            0,
            Parcel::Answer {
                ticket,
                body: Some(answer),
            },
        );
    }

    /// Lanes of others, as long as the protocol can say.
    fn invented_lanes(&mut self) -> Vec<u8> {
        let mut lanes: Vec<LaneSummary> = self
            .honest()
            .into_iter()
            .map(|who| LaneSummary {
                institution: self.institutions[self.nodes[who].institution].id,
                key: self.nodes[who].key,
                seq: if self.hostile.chance.permille(300) {
                    u64::MAX >> 11
                } else {
                    self.hostile.chance.between(1, 5_000)
                },
                last: Id::from_bytes(self.hostile.chance.bytes()),
            })
            .collect();
        lanes.sort_by_key(|lane| lane.key);
        CatchUpResponse::Lanes { lanes, more: true }.encode()
    }

    fn invented_items(&mut self) -> Vec<u8> {
        let count = self.hostile.chance.between(0, 6);
        let mut items = Vec::new();
        for _ in 0..count {
            let bytes = if self.hostile.chance.permille(40) {
                self.invalid()
            } else {
                self.harmless()
            };
            if let Ok(item) = Item::decode(&bytes) {
                items.push(item);
            }
        }
        if let Some((_, frame)) = self.hostile.chance.pick(&self.hostile.heard).cloned() {
            items.extend(Item::decode(&frame.bytes));
        }
        CatchUpResponse::Items { items, more: true }.encode()
    }
}
