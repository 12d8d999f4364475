//! Steps 1, 2, 4 and 5: states, delegations, scopes, acceptance, contests.

use super::super::case::{hex, map, text};
use super::super::forge::{Pair, id, threshold};
use super::super::world::{World, by_key, delegation};
use super::{FEED, OTHER, Scene};
use indaba_protocol::{Id, Value};
use serde_json::{Value as Json, json};

pub(super) fn cases() -> Vec<Json> {
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
