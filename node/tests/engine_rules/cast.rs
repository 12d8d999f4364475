//! Institutions whose node key signs by hand, and what they sign.

use std::path::Path;
use std::sync::Arc;

use indaba::engine::{Founding, found};
use indaba_protocol::institution::{Cut, CutReason};
use indaba_protocol::{
    Day, Delegation, FeedName, Head, Id, Item, Lane, LaneEnd, LaneSummary, NetworkName, Part,
    RecordDraft, SigningKey, State, Value, VerifiedItem, VerifiedStatement, read,
};
use indaba_store::disk::MemoryDisk;
use indaba_store::{FactKind, IndexKind, Options, Store};

pub(crate) const FEED: &str = "region:ecowas";
pub(crate) const OTHER: &str = "theme:ifp";

pub(crate) fn network() -> NetworkName {
    NetworkName::parse("test.example").unwrap()
}

pub(crate) fn day() -> Day {
    "2026-11-23".parse().unwrap()
}

pub(crate) fn feed(name: &str) -> FeedName {
    name.parse().unwrap()
}

pub(crate) fn open(disk: &MemoryDisk) -> Store {
    let options = Options {
        index: IndexKind::Memory,
        guard: Some("/keys/guard".into()),
        disk: Arc::new(disk.clone()),
        accept_loss: true,
        ..Options::new([5; 16])
    };
    Store::open(Path::new("/store"), options).unwrap().0
}

pub(crate) fn profile() -> Value {
    let text = |text: &str| Value::String(text.to_owned());
    map(&[
        ("name", text("Peace Council (example)")),
        ("kind", text("peace-council")),
        ("lang", text("en")),
        ("listed", Value::Bool(true)),
    ])
}

pub(crate) fn map(pairs: &[(&str, Value)]) -> Value {
    Value::Map(
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect(),
    )
}

/// An institution with one root key, whose node key signs by hand here.
pub(crate) struct Cast {
    pub(crate) id: Id,
    pub(crate) root: SigningKey,
    pub(crate) node: SigningKey,
    pub(crate) inception: Vec<u8>,
    pub(crate) states: Vec<Vec<u8>>,
}

impl Cast {
    pub(crate) fn new(seed: u8, store: &mut Store) -> Cast {
        let (root, node) = (
            SigningKey::from_seed(&[seed + 100; 32]),
            SigningKey::from_seed(&[seed; 32]),
        );
        let founding = Founding {
            network: network().id(),
            root: &root,
            reserve: SigningKey::from_seed(&[seed + 101; 32]).key(),
            node: node.key(),
            profile: profile(),
            day: day(),
        };
        let id = found(&founding, store).unwrap();
        let inception = store.fact(&id).unwrap().unwrap().bytes;
        let states = store
            .facts(FactKind::State, &id)
            .unwrap()
            .into_iter()
            .map(|fact| fact.bytes)
            .collect();
        Cast {
            id,
            root,
            node,
            inception,
            states,
        }
    }

    pub(crate) fn abroad(seed: u8) -> Cast {
        Cast::new(seed, &mut open(&MemoryDisk::new()))
    }

    pub(crate) fn state(&self) -> Id {
        read(&network().id(), self.states.last().unwrap())
            .unwrap()
            .id()
    }

    /// The next state, which delegates one more key.
    pub(crate) fn delegate(&self, key: &SigningKey) -> VerifiedStatement {
        let VerifiedStatement::State(old) =
            read(&network().id(), self.states.last().unwrap()).unwrap()
        else {
            panic!()
        };
        let mut next = State {
            version: old.version + 1,
            prev: old.id(),
            ..(*old).clone()
        };
        next.delegations.push(Delegation {
            key: key.key(),
            purpose: "sign".to_owned(),
            scope: None,
            expires: None,
        });
        next.delegations.sort_by_key(|delegation| delegation.key);
        let mut gathering = next.gather(&network().id()).unwrap();
        gathering.sign(&self.root).unwrap();
        gathering.finish().unwrap()
    }

    /// The next state, which cuts the node key.
    pub(crate) fn cut(&self, list: Option<Id>) -> VerifiedStatement {
        let VerifiedStatement::State(old) =
            read(&network().id(), self.states.last().unwrap()).unwrap()
        else {
            panic!()
        };
        let cuts = vec![Cut {
            key: self.node.key(),
            reason: CutReason::Retired,
            list,
        }];
        let next = State {
            version: old.version + 1,
            prev: old.id(),
            delegations: Vec::new(),
            cuts,
            ..(*old).clone()
        };
        let mut gathering = next.gather(&network().id()).unwrap();
        gathering.sign(&self.root).unwrap();
        gathering.finish().unwrap()
    }

    pub(crate) fn signed(
        &self,
        state: Id,
        key: &SigningKey,
        lanes: &[(&str, u64, Option<Id>)],
    ) -> VerifiedItem {
        let text = |text: &str| Value::String(text.to_owned());
        let own = text(&format!("{lanes:?}"));
        let lanes = lanes
            .iter()
            .map(|(name, seq, prev)| Lane {
                feed: feed(name),
                seq: *seq,
                prev: *prev,
            })
            .collect();
        let title = map(&[("title", own.clone()), ("summary", text("In short."))]);
        let sections = map(&[("challenge", text("Hard.")), ("solution", text("Done."))]);
        let body = map(&[
            ("licence", text("CC-BY-4.0")),
            ("attribution", text("organisation")),
            ("sections", sections),
        ]);
        RecordDraft {
            institution: self.id,
            state,
            kind: "practice".to_owned(),
            lanes,
            links: Vec::new(),
            lang: "en".to_owned(),
            marking: "clear".to_owned(),
            day: Some(day()),
            card: Part::seal([1; 16], &title),
            body: Part::seal([2; 16], &body),
        }
        .sign(key, &network().id())
        .unwrap()
    }

    pub(crate) fn record(&self, lanes: &[(&str, u64, Option<Id>)]) -> VerifiedItem {
        self.signed(self.state(), &self.node, lanes)
    }

    /// The first records of a lane, each behind the last.
    pub(crate) fn chain(&self, feed: &str, count: u64) -> Vec<VerifiedItem> {
        let (mut prev, mut records) = (None, Vec::new());
        for seq in 1..=count {
            let record = self.record(&[(feed, seq, prev)]);
            prev = Some(id(&record));
            records.push(record);
        }
        records
    }

    /// A different record at the same place.
    pub(crate) fn rival(&self, lanes: &[(&str, u64, Option<Id>)], lang: &str) -> VerifiedItem {
        let other = self.record(lanes);
        let header = other.record().unwrap().clone();
        let (card, body) = (
            other.card().unwrap().to_vec(),
            other.body().unwrap().to_vec(),
        );
        RecordDraft {
            institution: self.id,
            state: header.state,
            kind: header.kind.clone(),
            lanes: header.lanes.clone(),
            links: Vec::new(),
            lang: lang.to_owned(),
            marking: "clear".to_owned(),
            day: Some(day()),
            card,
            body,
        }
        .sign(&self.node, &network().id())
        .unwrap()
    }

    /// Where a lane of the node key ends, as a peer lists it.
    pub(crate) fn lane_end(&self, seq: u64, last: Id) -> LaneSummary {
        LaneSummary {
            institution: self.id,
            key: self.node.key(),
            seq,
            last,
        }
    }

    pub(crate) fn head(&self, beat: u64, lanes: &[(&str, u64, Id)]) -> Item {
        let lanes = lanes
            .iter()
            .map(|(name, seq, last)| LaneEnd {
                feed: feed(name),
                seq: *seq,
                last: *last,
            })
            .collect();
        let head = Head {
            institution: self.id,
            key: self.node.key(),
            state: self.state(),
            beat,
            lanes,
            day: day(),
            due: day(),
        };
        Item::of_statement(head.sign(&self.node, &network().id()).unwrap().bytes())
    }
}

pub(crate) fn id(item: &VerifiedItem) -> Id {
    item.statement().id()
}
