//! What counts as held: what steps 1 and 2 do not let pass contests nothing, and no lane leads through it.

use super::super::case::{Map, bytes, list, map, text};
use super::super::forge::{Pair, id, single, threshold};
use super::super::world::{by_key, cut, delegation, lane};
use super::{FEED, OTHER, Scene};
use indaba_protocol::{Id, Value};
use serde_json::Value as Json;

/// One way for a record not to be held: what is in the way, its verdict, and how a sound record is changed to be so.
struct Way {
    name: &'static str,
    verdict: &'static str,
    change: fn(&Institution, &mut Map),
}

const WAYS: [Way; 6] = [
    Way {
        name: "its state is not held",
        verdict: "PENDING:state",
        change: |_, map| state(map, Id::of(b"later")),
    },
    Way {
        name: "its state is a rival",
        verdict: "VOID:rival-state",
        change: |i, map| state(map, id(&i.rival)),
    },
    Way {
        name: "its state is the inception",
        verdict: "VOID:not-delegated",
        change: |i, map| state(map, i.scene.world.institution()),
    },
    Way {
        name: "its kind is out of scope",
        verdict: "VOID:scope",
        change: |_, map| {
            map.insert("kind".into(), text("lesson"));
        },
    },
    Way {
        name: "one of its feeds is out of scope",
        verdict: "VOID:scope",
        change: |_, map| {
            if let Some(Value::List(lanes)) = map.get_mut("lanes") {
                lanes.push(lane(OTHER, 1, None));
            }
        },
    },
    // The control: nothing in the way.
    Way {
        name: "nothing is in the way",
        verdict: "",
        change: |_, _| {},
    },
];

fn state(map: &mut Map, id: Id) {
    map.insert("state".into(), bytes(id.as_bytes()));
}

/// An institution whose second key may post practices to one feed, and which signed two states of version 1.
struct Institution {
    scene: Scene,
    /// The state of version 1, not yet signed.
    first: Map,
    rival: Vec<u8>,
}

impl Institution {
    fn new() -> Institution {
        let mut scene = Scene::new();
        let mut first = scene.world.state_map();
        first.insert(
            "delegations".into(),
            by_key([
                delegation(&scene.world.node.key()),
                scoped(&scene.world.other),
            ]),
        );
        let mut other = first.clone();
        other.insert("day".into(), Value::Integer(1));
        scene.states[1] = threshold(&first, &scene.world.two());
        let rival = threshold(&other, &scene.world.two());
        Institution {
            scene,
            first,
            rival,
        }
    }

    /// A record of the second key, changed.
    fn record(
        &self,
        seq: u64,
        prev: Option<Id>,
        day: i128,
        change: impl FnOnce(&Institution, &mut Map),
    ) -> Vec<u8> {
        let mut map = self.scene.world.record_map([lane(FEED, seq, prev)]);
        map.insert("key".into(), bytes(self.scene.world.other.key().as_bytes()));
        map.insert("state".into(), bytes(id(&self.scene.states[1]).as_bytes()));
        map.insert("day".into(), Value::Integer(day));
        change(self, &mut map);
        single(&map, &self.scene.world.other)
    }

    /// Version 2: the second key cut by a list.
    fn cut(self, last: &[u8], seq: u64) -> (Institution, Vec<u8>) {
        let listed = self.scene.list(&[(FEED, seq, id(last))], &[]);
        let mut scene = self.scene.cut(None);
        let mut second = self.first.clone();
        let w = &scene.world;
        second.extend(w.next_map(
            2,
            id(&scene.states[1]),
            [delegation(&w.node.key())],
            [cut(&w.other.key(), Some(id(&listed)))],
        ));
        scene.states[2] = threshold(&second, &w.two());
        (Institution { scene, ..self }, listed)
    }
}

fn scoped(key: &Pair) -> Value {
    let mut limited = delegation(&key.key());
    if let Value::Map(fields) = &mut limited {
        let scope = map([
            ("kinds", list([text("practice")])),
            ("feeds", list([text(FEED)])),
        ]);
        fields.insert("scope".into(), scope);
    }
    limited
}

/// Every case.
pub(super) fn cases() -> Vec<Json> {
    let mut cases = Vec::new();
    for way in &WAYS {
        cases.push(contest(way));
        cases.push(bridge(way));
        cases.push(last(way));
    }
    cases.push(void_by_a_cut());
    cases
}

/// Two records at one position, of which one may not be held.
fn contest(way: &Way) -> Json {
    let i = Institution::new();
    let good = i.record(1, None, 1, |_, _| {});
    let other = i.record(1, None, 2, way.change);
    let (first, second) = match way.verdict {
        "" => ("CONTESTED", "CONTESTED"),
        verdict => ("VALID", verdict),
    };
    i.scene.case(
        &format!("a twin, and {}", way.name),
        &[&i.rival],
        &[FEED],
        &[(&good, first), (&other, second)],
    )
}

/// A lane of three before a cut, whose second record may not be held.
fn bridge(way: &Way) -> Json {
    let i = Institution::new();
    let first = i.record(1, None, 1, |_, _| {});
    let middle = i.record(2, Some(id(&first)), 2, way.change);
    let third = i.record(3, Some(id(&middle)), 3, |_, _| {});
    let (i, list) = i.cut(&third, 3);
    let (one, two) = match way.verdict {
        "" => ("VALID", "VALID"),
        verdict => ("PENDING:ancestry", verdict),
    };
    i.scene.case(
        &format!("a header on the way from the cut, and {}", way.name),
        &[&i.rival, &list],
        &[FEED],
        &[(&first, one), (&middle, two), (&third, "VALID")],
    )
}

/// The last good record itself may not be held, and stands at another position than the list says: only a held one shows that.
fn last(way: &Way) -> Json {
    let i = Institution::new();
    let first = i.record(1, None, 1, |_, _| {});
    let wrong = i.record(3, Some(Id::of(b"two")), 3, way.change);
    let (i, list) = i.cut(&wrong, 2);
    let (one, two) = match way.verdict {
        "" => ("VOID:cut", "VOID:cut"),
        verdict => ("PENDING:ancestry", verdict),
    };
    i.scene.case(
        &format!("a last record at another position, and {}", way.name),
        &[&i.rival, &list],
        &[FEED],
        &[(&first, one), (&wrong, two)],
    )
}

/// A record that a cut voids is held: the lane of a later list leads through it.
fn void_by_a_cut() -> Json {
    let s = Scene::new();
    let lane = s.lane(FEED);
    let tight = s.list(&[(FEED, 2, id(&lane[1]))], &[]);
    let wide = s.list(&[(FEED, 3, id(&lane[2]))], &[]);
    let scene = Scene::new().cut(Some(id(&tight))).cut(Some(id(&wide)));
    scene.case(
        "a header on the way that a cut voids",
        &[&tight, &wide],
        &[FEED],
        &[
            (&lane[0], "VALID"),
            (&lane[1], "VALID"),
            (&lane[2], "VOID:cut"),
        ],
    )
}
