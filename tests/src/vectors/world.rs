//! One invented institution, its keys, and statements of every type that read without fault.

use super::case::{Map, bytes, filler, int, list, map, text};
use super::forge::{Pair, id, net, single, threshold};
use indaba_protocol::{Id, Item, Key, Part, Value};

pub(super) struct World {
    pub(super) roots: Vec<Pair>,
    pub(super) reserve: Vec<Pair>,
    pub(super) node: Pair,
    pub(super) other: Pair,
}

/// A record's place in a lane, as the payload has it.
pub(super) fn lane(feed: &str, seq: u64, prev: Option<Id>) -> Value {
    list([
        text(feed),
        int(seq.into()),
        prev.map_or(Value::Null, |p| bytes(p.as_bytes())),
    ])
}

pub(super) fn end(feed: &str, seq: u64, last: Id) -> Value {
    list([text(feed), int(seq.into()), bytes(last.as_bytes())])
}

pub(super) fn part(length: u64) -> Value {
    list([bytes(&filler(9)), int(length.into())])
}

fn head_of(kind: &str) -> Map {
    Map::from([
        ("type".to_owned(), text(kind)),
        ("v".to_owned(), int(1)),
        ("net".to_owned(), bytes(net().as_bytes())),
    ])
}

fn statement<const N: usize>(kind: &str, fields: [(&str, Value); N]) -> Map {
    let mut map = head_of(kind);
    map.extend(fields.map(|(k, v)| (k.to_owned(), v)));
    map
}

pub(super) fn sorted_keys(pairs: &[&Pair]) -> Value {
    let mut keys: Vec<Key> = pairs.iter().map(|p| p.key()).collect();
    keys.sort();
    list(keys.iter().map(|k| bytes(k.as_bytes())))
}

pub(super) fn sorted_digests(pairs: &[&Pair]) -> Value {
    let mut digests: Vec<Id> = pairs.iter().map(|p| p.key().digest()).collect();
    digests.sort();
    list(digests.iter().map(|d| bytes(d.as_bytes())))
}

pub(super) fn delegation(key: &Key) -> Value {
    map([
        ("key", bytes(key.as_bytes())),
        ("purpose", text("sign")),
        ("scope", Value::Null),
        ("expires", Value::Null),
    ])
}

pub(super) fn cut(key: &Key, list: Option<Id>) -> Value {
    let named = list.map_or(Value::Null, |id| bytes(id.as_bytes()));
    map([
        ("key", bytes(key.as_bytes())),
        ("reason", text("compromised")),
        ("list", named),
    ])
}

/// Sorted by the `key` of each.
pub(super) fn by_key(items: impl IntoIterator<Item = Value>) -> Value {
    let mut items: Vec<Value> = items.into_iter().collect();
    items.sort_by_key(|item| match item {
        Value::Map(map) => match map.get("key") {
            Some(Value::Bytes(key)) => key.clone(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    });
    Value::List(items)
}

pub(super) fn profile() -> Value {
    map([
        ("name", text("Peace Council of Sample Land (example)")),
        ("kind", text("peace-council")),
        ("lang", text("en")),
        ("listed", Value::Bool(true)),
    ])
}

impl World {
    pub(super) fn new() -> World {
        World::named("sample land")
    }

    pub(super) fn named(name: &str) -> World {
        let pairs = |what: &str| {
            (1..=3)
                .map(|n| Pair::of(&format!("{name}, {what} {n}")))
                .collect()
        };
        World {
            roots: pairs("root"),
            reserve: pairs("reserve"),
            node: Pair::of(&format!("{name}, node key 1")),
            other: Pair::of(&format!("{name}, node key 2")),
        }
    }

    pub(super) fn inception_map(&self) -> Map {
        let roots: Vec<&Pair> = self.roots.iter().collect();
        let reserve: Vec<&Pair> = self.reserve.iter().collect();
        statement(
            "inception",
            [
                ("roots", sorted_keys(&roots)),
                ("threshold", int(2)),
                ("next", sorted_digests(&reserve)),
                ("next_threshold", int(2)),
                ("recovery", Value::Null),
                ("day", int(20_000)),
            ],
        )
    }

    pub(super) fn two(&self) -> [&Pair; 2] {
        [&self.roots[0], &self.roots[1]]
    }

    pub(super) fn inception(&self) -> Vec<u8> {
        threshold(&self.inception_map(), &self.two())
    }

    pub(super) fn institution(&self) -> Id {
        id(&self.inception())
    }

    pub(super) fn state_map(&self) -> Map {
        self.next_map(
            1,
            self.institution(),
            [delegation(&self.node.key()), delegation(&self.other.key())],
            [],
        )
    }

    /// An update: the version after `prev`, with these delegations and cuts.
    pub(super) fn next_map(
        &self,
        version: u64,
        prev: Id,
        delegations: impl IntoIterator<Item = Value>,
        cuts: impl IntoIterator<Item = Value>,
    ) -> Map {
        let mut map = self.inception_map();
        map.extend(statement(
            "state",
            [
                ("inst", bytes(self.institution().as_bytes())),
                ("version", int(version.into())),
                ("prev", bytes(prev.as_bytes())),
                ("profile", profile()),
                ("sealing", list([])),
                ("delegations", by_key(delegations)),
                ("cuts", by_key(cuts)),
                ("succession", list([])),
                ("witnesses", Value::Null),
                ("day", int(20_001)),
            ],
        ));
        map
    }

    pub(super) fn state(&self) -> Vec<u8> {
        threshold(&self.state_map(), &self.two())
    }

    /// The fields that every statement of a node key has.
    fn node_map<const N: usize>(&self, kind: &str, fields: [(&str, Value); N]) -> Map {
        let mut map = statement(kind, fields);
        map.insert("inst".into(), bytes(self.institution().as_bytes()));
        map.insert("key".into(), bytes(self.node.key().as_bytes()));
        map.insert("state".into(), bytes(id(&self.state()).as_bytes()));
        map
    }

    pub(super) fn record_map(&self, lanes: impl IntoIterator<Item = Value>) -> Map {
        self.node_map(
            "record",
            [
                ("kind", text("practice")),
                ("lanes", list(lanes)),
                ("links", list([])),
                ("lang", text("en")),
                ("marking", text("clear")),
                ("day", int(20_002)),
                ("card", part(100)),
                ("body", part(1_000)),
            ],
        )
    }

    pub(super) fn record(&self) -> Vec<u8> {
        single(
            &self.record_map([lane("region:ecowas", 1, None)]),
            &self.node,
        )
    }

    pub(super) fn record_marked(&self, marking: &str) -> Vec<u8> {
        let mut map = self.record_map([lane("region:ecowas", 1, None)]);
        map.insert("marking".into(), text(marking));
        single(&map, &self.node)
    }

    /// A record whose parts are at hand.
    pub(super) fn record_item(&self) -> Item {
        let card = Part::seal(
            [1; 16],
            &map([("title", text("Mediation by market associations (example)"))]),
        );
        let body = Part::seal(
            [2; 16],
            &map([
                ("licence", text("CC-BY-4.0")),
                ("attribution", text("organisation")),
            ]),
        );
        let named = |part: &[u8]| list([bytes(Id::of(part).as_bytes()), int(part.len() as i128)]);
        let mut record = self.record_map([lane("region:ecowas", 1, None)]);
        record.insert("card".into(), named(&card));
        record.insert("body".into(), named(&body));
        Item {
            statement: single(&record, &self.node),
            card: Some(card),
            body: Some(body),
        }
    }

    pub(super) fn head_map(&self, beat: u64, lanes: impl IntoIterator<Item = Value>) -> Map {
        self.node_map(
            "head",
            [
                ("beat", int(beat.into())),
                ("lanes", list(lanes)),
                ("day", int(20_003)),
                ("due", int(20_010)),
            ],
        )
    }

    pub(super) fn head(&self) -> Vec<u8> {
        single(
            &self.head_map(1, [end("region:ecowas", 1, id(&self.record()))]),
            &self.node,
        )
    }

    pub(super) fn alarm_map(&self) -> Map {
        let good = list([end("region:ecowas", 1, id(&self.record()))]);
        self.node_map(
            "alarm",
            [
                ("against", bytes(self.other.key().as_bytes())),
                ("good", good),
                ("day", int(20_004)),
            ],
        )
    }

    pub(super) fn manifest_map(&self) -> Map {
        self.node_map(
            "manifest",
            [
                ("role", text("bundle")),
                ("root", bytes(&filler(3))),
                ("frames", int(12)),
                ("bytes", int(100_000)),
                ("volumes", int(1)),
                ("to", Value::Null),
                ("day", int(20_005)),
            ],
        )
    }

    pub(super) fn custody_map(&self) -> Map {
        let of = id(&single(&self.manifest_map(), &self.node));
        self.node_map(
            "custody",
            [
                ("of", bytes(of.as_bytes())),
                ("leg", int(1)),
                ("day", int(20_006)),
            ],
        )
    }

    pub(super) fn receipt_map(&self) -> Map {
        let hold = |key: &Key, feed: &str| {
            list([bytes(key.as_bytes()), text(feed), int(3), bytes(&filler(4))])
        };
        let mut keys = [self.node.key(), self.other.key()];
        keys.sort();
        let holds = list([
            hold(&keys[0], "region:ecowas"),
            hold(&keys[0], "theme:trj"),
            hold(&keys[1], "region:ecowas"),
        ]);
        self.node_map(
            "receipt",
            [
                ("to", bytes(&filler(5))),
                ("about", Value::Null),
                ("holds", holds),
                ("day", int(20_007)),
            ],
        )
    }

    pub(super) fn cut_list_map(&self, key: &Key, feeds: &[(&str, u64, Id)], adopted: &[Id]) -> Map {
        let mut entries: Vec<(Id, u64, Id)> = feeds
            .iter()
            .map(|(feed, seq, last)| (Id::of(feed.as_bytes()), *seq, *last))
            .collect();
        entries.sort();
        let mut adopted = adopted.to_vec();
        adopted.sort();
        statement(
            "cut-list",
            [
                ("inst", bytes(self.institution().as_bytes())),
                ("key", bytes(key.as_bytes())),
                (
                    "feeds",
                    list(entries.iter().map(|(feed, seq, last)| {
                        list([
                            bytes(feed.as_bytes()),
                            int((*seq).into()),
                            bytes(last.as_bytes()),
                        ])
                    })),
                ),
                ("adopted", list(adopted.iter().map(|a| bytes(a.as_bytes())))),
                ("day", int(20_008)),
            ],
        )
    }

    pub(super) fn equivocation_map(&self, one: &[u8], two: &[u8]) -> Map {
        let (a, b) = if id(one) < id(two) {
            (one, two)
        } else {
            (two, one)
        };
        statement("equivocation", [("a", bytes(a)), ("b", bytes(b))])
    }

    /// Two records at one position.
    pub(super) fn rival_records(&self) -> (Vec<u8>, Vec<u8>) {
        let mut other = self.record_map([lane("region:ecowas", 1, None)]);
        other.insert("kind".into(), text("lesson"));
        (self.record(), single(&other, &self.node))
    }

    /// One payload of each type, and the statement.
    pub(super) fn one_of_each(&self) -> Vec<(&'static str, Map, Vec<u8>)> {
        let (a, b) = self.rival_records();
        let signed = |kind, map: Map| (kind, map.clone(), single(&map, &self.node));
        let rooted = |kind, map: Map| (kind, map.clone(), threshold(&map, &self.two()));
        let bare = |kind, map: Map| (kind, map.clone(), threshold(&map, &[]));
        vec![
            rooted("inception", self.inception_map()),
            rooted("state", self.state_map()),
            bare(
                "cut-list",
                self.cut_list_map(
                    &self.other.key(),
                    &[("region:ecowas", 1, id(&a))],
                    &[id(&b)],
                ),
            ),
            signed("record", self.record_map([lane("region:ecowas", 1, None)])),
            signed("head", self.head_map(1, [end("region:ecowas", 1, id(&a))])),
            bare("equivocation", self.equivocation_map(&a, &b)),
            signed("alarm", self.alarm_map()),
            signed("manifest", self.manifest_map()),
            signed("custody", self.custody_map()),
            signed("receipt", self.receipt_map()),
        ]
    }

    /// Signs a payload as its type is signed.
    pub(super) fn sign(&self, map: &Map) -> Vec<u8> {
        match super::forge::claimed(map) {
            "inception" | "state" => threshold(map, &self.two()),
            "cut-list" | "equivocation" => threshold(map, &[]),
            _ => single(map, &self.node),
        }
    }
}
