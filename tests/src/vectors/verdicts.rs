//! Section 7: verdicts.

use super::case::{Map, bytes, hex, map, text};
use super::forge::{Pair, id, single, threshold};
use super::world::{World, by_key, cut, delegation, lane, sorted_digests, sorted_keys};
use indaba_protocol::{Id, Value};
use serde_json::{Value as Json, json};

const FEED: &str = "region:ecowas";
const OTHER: &str = "theme:trj";

struct Scene {
    world: World,
    states: Vec<Vec<u8>>,
}

impl Scene {
    fn new() -> Scene {
        let world = World::new();
        let states = vec![world.inception(), world.state()];
        Scene { world, states }
    }

    fn newest(&self) -> Id {
        self.states.last().map(|s| id(s)).unwrap_or(Id::of(b""))
    }

    /// The next state: the second key cut, with these lists.
    fn cut(mut self, list: Option<Id>) -> Scene {
        let map = self.next(list);
        self.states.push(threshold(&map, &self.world.two()));
        self
    }

    fn next(&self, list: Option<Id>) -> Map {
        let w = &self.world;
        w.next_map(
            self.states.len() as u64,
            self.newest(),
            [delegation(&w.node.key())],
            [cut(&w.other.key(), list)],
        )
    }

    /// A record of the second key, named by the state of version 1.
    fn record(&self, lanes: &[(&str, u64, Option<Id>)], day: i128) -> Vec<u8> {
        self.record_by(&self.world.other, id(&self.states[1]), lanes, day)
    }

    fn record_by(
        &self,
        signer: &Pair,
        state: Id,
        lanes: &[(&str, u64, Option<Id>)],
        day: i128,
    ) -> Vec<u8> {
        let mut map = self.world.record_map(
            lanes
                .iter()
                .map(|(feed, seq, prev)| lane(feed, *seq, *prev)),
        );
        map.insert("key".into(), bytes(signer.key().as_bytes()));
        map.insert("state".into(), bytes(state.as_bytes()));
        map.insert("day".into(), Value::Integer(day));
        single(&map, signer)
    }

    /// A lane of four.
    fn lane(&self, feed: &str) -> Vec<Vec<u8>> {
        let mut records: Vec<Vec<u8>> = Vec::new();
        for seq in 1..=4 {
            let prev = records.last().map(|r| id(r));
            records.push(self.record(&[(feed, seq, prev)], seq.into()));
        }
        records
    }

    fn list(&self, feeds: &[(&str, u64, Id)], adopted: &[Id]) -> Vec<u8> {
        threshold(
            &self
                .world
                .cut_list_map(&self.world.other.key(), feeds, adopted),
            &[],
        )
    }

    fn case(
        &self,
        name: &str,
        others: &[&Vec<u8>],
        followed: &[&str],
        verdicts: &[(&Vec<u8>, &str)],
    ) -> Json {
        self.case_of(
            name,
            others,
            &[self.world.institution()],
            followed,
            verdicts,
        )
    }

    fn case_of(
        &self,
        name: &str,
        others: &[&Vec<u8>],
        accepted: &[Id],
        followed: &[&str],
        verdicts: &[(&Vec<u8>, &str)],
    ) -> Json {
        let mut held: Vec<&Vec<u8>> = self.states.iter().chain(others.iter().copied()).collect();
        held.extend(
            verdicts
                .iter()
                .map(|(record, _)| *record)
                .filter(|r| !others.contains(r)),
        );
        let statements: Vec<String> = held.iter().map(|s| hex(s)).collect();
        let accepted: Vec<String> = accepted.iter().map(|i| hex(i.as_bytes())).collect();
        let verdicts: serde_json::Map<String, Json> = verdicts
            .iter()
            .map(|(r, v)| (hex(id(r).as_bytes()), json!(v)))
            .collect();
        json!({ "name": name, "net": "indaba", "statements": statements, "accepted": accepted, "followed": followed, "verdicts": verdicts })
    }
}

pub(super) fn cases() -> Vec<Json> {
    let mut cases = states_and_scope();
    cases.extend(cuts());
    cases.extend(rotations());
    cases
}

fn states_and_scope() -> Vec<Json> {
    let s = Scene::new();
    let w = &s.world;
    let good = s.record(&[(FEED, 1, None)], 1);
    let mut rival_map = w.state_map();
    rival_map.insert("day".into(), Value::Integer(1));
    let rival = threshold(&rival_map, &w.two());
    let stranger = Pair::of("a stranger");
    let twin = s.record(&[(FEED, 1, None)], 2);
    let proof = w.sign(&w.equivocation_map(&good, &twin));
    let gap = s.record(&[(FEED, 3, Some(Id::of(b"two")))], 3);
    let in_two = s.record(&[(FEED, 2, Some(Id::of(b"one"))), (OTHER, 1, None)], 3);
    let twin_in_one = s.record(&[(OTHER, 1, None)], 4);
    let by = |state: Id| s.record_by(&w.other, state, &[(OTHER, 1, None)], 1);
    let (unknown, on_rival, on_inception) =
        (by(Id::of(b"later")), by(id(&rival)), by(w.institution()));
    let undelegated = s.record_by(&stranger, s.newest(), &[(FEED, 1, None)], 1);
    let mut cases = vec![
        s.case("a record", &[], &[FEED], &[(&good, "VALID")]),
        s.case(
            "a record in a feed not followed",
            &[],
            &[],
            &[(&good, "VALID")],
        ),
        s.case("a record after a gap", &[], &[FEED], &[(&gap, "VALID")]),
        s.case_of(
            "an institution not accepted",
            &[],
            &[],
            &[FEED],
            &[(&good, "QUARANTINED")],
        ),
        s.case(
            "a state not held",
            &[],
            &[FEED],
            &[(&unknown, "PENDING:state")],
        ),
        s.case_of(
            "a state not held, of an institution not accepted",
            &[],
            &[],
            &[FEED],
            &[(&unknown, "PENDING:state")],
        ),
        s.case(
            "a rival state",
            &[&rival],
            &[FEED],
            &[(&on_rival, "VOID:rival-state"), (&good, "VALID")],
        ),
        s.case(
            "naming the inception",
            &[],
            &[FEED],
            &[(&on_inception, "VOID:not-delegated")],
        ),
        s.case(
            "a key never delegated",
            &[],
            &[FEED],
            &[(&undelegated, "VOID:not-delegated")],
        ),
        s.case(
            "two records at one position",
            &[],
            &[FEED],
            &[(&good, "CONTESTED"), (&twin, "CONTESTED")],
        ),
        s.case_of(
            "two records of an institution not accepted",
            &[],
            &[],
            &[FEED],
            &[(&good, "QUARANTINED"), (&twin, "QUARANTINED")],
        ),
        s.case(
            "a proof names the position",
            &[&proof],
            &[FEED],
            &[(&good, "CONTESTED")],
        ),
        s.case(
            "a twin in one of two feeds",
            &[&twin_in_one],
            &[FEED],
            &[(&in_two, "CONTESTED"), (&twin_in_one, "CONTESTED")],
        ),
    ];
    let empty = Scene {
        world: World::new(),
        states: vec![],
    };
    let mut unfounded = empty.case("an institution not held", &[], &[FEED], &[]);
    unfounded["statements"] = json!([hex(&good)]);
    unfounded["verdicts"] = json!({ hex(id(&good).as_bytes()): "PENDING:state" });
    cases.push(unfounded);

    let scoped = |scope: Value, purpose: &str| {
        let mut scene = Scene::new();
        let mut limited = delegation(&scene.world.other.key());
        if let Value::Map(map) = &mut limited {
            map.insert("scope".into(), scope);
            map.insert("purpose".into(), text(purpose));
        }
        let mut state = scene.world.state_map();
        state.insert(
            "delegations".into(),
            by_key([delegation(&scene.world.node.key()), limited]),
        );
        scene.states[1] = threshold(&state, &scene.world.two());
        scene
    };
    let feeds = |items: &[&str]| {
        map([(
            "feeds",
            Value::List(items.iter().map(|f| text(f)).collect()),
        )])
    };
    let kinds = |items: &[&str]| {
        map([(
            "kinds",
            Value::List(items.iter().map(|f| text(f)).collect()),
        )])
    };
    for (name, scope, purpose, expect) in [
        ("a feed in scope", feeds(&[FEED]), "sign", "VALID"),
        (
            "a beginning in scope",
            feeds(&["region:*"]),
            "sign",
            "VALID",
        ),
        ("every feed in scope", feeds(&["*"]), "sign", "VALID"),
        ("a feed out of scope", feeds(&[OTHER]), "sign", "VOID:scope"),
        (
            "a beginning without a star",
            feeds(&["region:"]),
            "sign",
            "VOID:scope",
        ),
        ("a kind in scope", kinds(&["practice"]), "sign", "VALID"),
        (
            "a kind out of scope",
            kinds(&["lesson"]),
            "sign",
            "VOID:scope",
        ),
        ("a scope without lists", map([]), "sign", "VALID"),
        (
            "another purpose",
            Value::Null,
            "witness",
            "VOID:not-delegated",
        ),
        (
            "an unknown purpose",
            Value::Null,
            "later",
            "VOID:not-delegated",
        ),
    ] {
        let scene = scoped(scope, purpose);
        let record = scene.record(&[(FEED, 1, None)], 1);
        cases.push(scene.case(name, &[], &[FEED], &[(&record, expect)]));
    }
    let scene = scoped(feeds(&[FEED]), "sign");
    let both = scene.record(&[(FEED, 1, None), (OTHER, 1, None)], 1);
    cases.push(scene.case(
        "one of two feeds out of scope",
        &[],
        &[FEED],
        &[(&both, "VOID:scope")],
    ));
    cases
}

fn cuts() -> Vec<Json> {
    let s = Scene::new();
    let lane = s.lane(FEED);
    let [r1, r2, r3, r4] = [&lane[0], &lane[1], &lane[2], &lane[3]];
    let fork = s.record(&[(FEED, 2, Some(id(r1)))], 99);
    let list = s.list(&[(FEED, 2, id(r2))], &[]);
    let adopting = s.list(&[(FEED, 2, id(r2))], &[id(r4)]);
    let both = s.record(&[(FEED, 2, Some(id(r1))), (OTHER, 1, None)], 7);
    let in_both = s.list(&[(FEED, 2, id(&both)), (OTHER, 1, id(&both))], &[]);
    let registry = s.record(&[("registry", 1, None)], 1);
    let registry_fork = s.record(&[("registry", 1, None)], 2);
    let registry_list = s.list(&[("registry", 1, id(&registry))], &[]);
    let broken = s.record(&[(FEED, 3, Some(Id::of(b"elsewhere")))], 5);
    let broken_list = s.list(&[(FEED, 3, id(&broken))], &[]);
    let mut foreign = s
        .world
        .cut_list_map(&s.world.node.key(), &[(FEED, 2, id(r2))], &[]);
    foreign.insert("day".into(), Value::Integer(1));
    let foreign = threshold(&foreign, &[]);
    let mine = s.record_by(&s.world.node, s.newest(), &[(FEED, 1, None)], 1);
    let wrong_seq = s.list(&[(FEED, 4, id(r2))], &[]);
    let cut = |list: &Vec<u8>| Scene::new().cut(Some(id(list)));
    let nothing = Scene::new().cut(None);
    let tightened = Scene::new().cut(Some(id(&list))).cut(None);
    let later = s.list(&[(FEED, 4, id(r4))], &[]);
    let loosened = Scene::new().cut(Some(id(&list))).cut(Some(id(&later)));
    let adopted_later = Scene::new().cut(None).cut(Some(id(&adopting)));
    let adopted_before = Scene::new().cut(Some(id(&adopting))).cut(Some(id(&list)));
    let unknown = Scene::new().cut(Some(Id::of(b"unknown list")));
    let null_then_unknown = Scene::new().cut(None).cut(Some(Id::of(b"unknown list")));
    let institution = s.world.institution();
    vec![
        nothing.case(
            "a cut without a list",
            &[],
            &[FEED],
            &[(r1, "VOID:cut"), (&mine, "VALID")],
        ),
        cut(&list).case(
            "a cut after the second",
            &[&list],
            &[FEED],
            &[
                (r1, "VALID"),
                (r2, "VALID"),
                (r3, "VOID:cut"),
                (r4, "VOID:cut"),
                (&fork, "VOID:cut"),
            ],
        ),
        cut(&list).case(
            "a cut in a feed not followed",
            &[&list],
            &[],
            &[(r1, "VALID"), (&fork, "VALID"), (r3, "VOID:cut")],
        ),
        unknown.case(
            "a cut list not held",
            &[],
            &[FEED],
            &[(r1, "PENDING:cut-list")],
        ),
        cut(&foreign).case(
            "a cut list of another key",
            &[&foreign],
            &[FEED],
            &[(r1, "PENDING:cut-list")],
        ),
        cut(&list).case(
            "ancestry not held",
            &[&list],
            &[FEED],
            &[(r1, "PENDING:ancestry")],
        ),
        cut(&list).case(
            "the record at the cut needs no ancestry",
            &[&list],
            &[FEED],
            &[(r2, "VALID")],
        ),
        cut(&list).case(
            "beyond the cut needs no ancestry",
            &[&list],
            &[FEED],
            &[(r3, "VOID:cut")],
        ),
        cut(&list).case(
            "a feed the list does not name",
            &[&list],
            &[FEED, OTHER],
            &[(&s.record(&[(OTHER, 1, None)], 1), "VOID:cut")],
        ),
        cut(&list).case(
            "one of two feeds not named",
            &[&list],
            &[FEED],
            &[(&both, "VOID:cut")],
        ),
        cut(&in_both).case(
            "good in both feeds",
            &[&in_both],
            &[FEED, OTHER],
            &[(&both, "VALID"), (r1, "VALID"), (r2, "VOID:cut")],
        ),
        cut(&registry_list).case(
            "registry counts as followed",
            &[&registry_list],
            &[],
            &[(&registry, "VALID"), (&registry_fork, "VOID:cut")],
        ),
        cut(&broken_list).case(
            "a lane that leads elsewhere, not held",
            &[&broken_list, &broken],
            &[FEED],
            &[(r1, "PENDING:ancestry"), (r2, "VOID:cut")],
        ),
        cut(&wrong_seq).case(
            "a last record at another position",
            &[&wrong_seq, r2],
            &[FEED],
            &[(r1, "VOID:cut"), (r3, "VOID:cut")],
        ),
        cut(&adopting).case(
            "an adopted record",
            &[&adopting],
            &[FEED],
            &[(r4, "ADOPTED"), (r3, "VOID:cut")],
        ),
        cut(&adopting).case_of(
            "an adopted record of an institution not accepted",
            &[&adopting],
            &[],
            &[FEED],
            &[(r4, "QUARANTINED"), (r3, "VOID:cut")],
        ),
        tightened.case(
            "a cut made tighter",
            &[&list],
            &[FEED],
            &[(r1, "VOID:cut"), (r2, "VOID:cut")],
        ),
        loosened.case(
            "a later list does not loosen",
            &[&list, &later, r4],
            &[FEED],
            &[(r1, "VALID"), (r2, "VALID"), (r3, "VOID:cut")],
        ),
        adopted_later.case(
            "adopted by the newest state",
            &[&adopting],
            &[FEED],
            &[(r4, "ADOPTED"), (r1, "VOID:cut")],
        ),
        adopted_before.case(
            "adopted by an earlier state only",
            &[&adopting, &list],
            &[FEED],
            &[(r4, "VOID:cut")],
        ),
        null_then_unknown.case(
            "failing, and the newest list not held",
            &[],
            &[FEED],
            &[(r1, "PENDING:cut-list")],
        ),
        cut(&list).case(
            "a cut ends a contest",
            &[&list],
            &[FEED],
            &[(r1, "VALID"), (r2, "VALID"), (&fork, "VOID:cut")],
        ),
        cut(&list).case_of(
            "cut, and not accepted",
            &[&list],
            &[],
            &[FEED],
            &[(r2, "QUARANTINED"), (r3, "VOID:cut")],
        ),
        Scene::new().case_of(
            "accepted among others",
            &[],
            &[Id::of(b"another"), institution],
            &[FEED],
            &[(r1, "VALID")],
        ),
    ]
}

/// A rotation restates the cuts: only those from it onwards count.
fn rotations() -> Vec<Json> {
    let s = Scene::new();
    let lane = s.lane(FEED);
    let tight = s.list(&[(FEED, 1, id(&lane[0]))], &[]);
    let wide = s.list(&[(FEED, 3, id(&lane[2]))], &[]);
    let mut scene = Scene::new().cut(Some(id(&tight)));
    let later: Vec<Pair> = (1..=3).map(|n| Pair::of(&format!("later {n}"))).collect();
    let mut map = scene.next(Some(id(&wide)));
    let reserve: Vec<&Pair> = scene.world.reserve.iter().collect();
    map.insert("roots".into(), sorted_keys(&reserve));
    map.insert(
        "next".into(),
        sorted_digests(&later.iter().collect::<Vec<_>>()),
    );
    let signers = [&scene.world.two()[..], &reserve[..]].concat();
    let rotation = threshold(&map, &signers);
    let before = scene.case(
        "before the rotation",
        &[&tight, &wide],
        &[FEED],
        &[
            (&lane[0], "VALID"),
            (&lane[1], "VOID:cut"),
            (&lane[2], "VOID:cut"),
        ],
    );
    scene.states.push(rotation);
    let after = scene.case(
        "after the rotation",
        &[&tight, &wide],
        &[FEED],
        &[
            (&lane[0], "VALID"),
            (&lane[1], "VALID"),
            (&lane[2], "VALID"),
            (&lane[3], "VOID:cut"),
        ],
    );
    vec![before, after]
}
