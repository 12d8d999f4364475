//! More than two records at one position: all are held, and each is judged.

use super::super::case::{bytes, map, text};
use super::super::forge::{id, threshold};
use super::super::world::{by_key, delegation};
use super::{FEED, OTHER, Scene, asking};
use indaba_protocol::Value;
use serde_json::Value as Json;

pub(super) fn cases() -> Vec<Json> {
    let s = Scene::new();
    let one = s.record(&[(FEED, 1, None)], 1);
    let at_two = |day| s.record(&[(FEED, 2, Some(id(&one)))], day);
    let several: Vec<Vec<u8>> = (10..14).map(at_two).collect();
    let mut cases = Vec::new();
    for count in [3, 4] {
        let mut verdicts = vec![(&one, "VALID")];
        verdicts.extend(several[..count].iter().map(|r| (r, "CONTESTED")));
        let relayed: Vec<_> = several[..count].iter().map(|r| (r, FEED, true)).collect();
        let name = format!("{count} records at one position");
        cases.push(asking(
            s.case(&name, &[], &[FEED], &verdicts),
            &[],
            &relayed,
        ));
    }
    for (n, good) in several.iter().enumerate() {
        let next = s.record(&[(FEED, 3, Some(id(good)))], 20);
        let list = s.list(&[(FEED, 3, id(&next))], &[id(&several[(n + 1) % 4])]);
        let adopted = (n + 1) % 4;
        let mut verdicts = vec![(&one, "VALID"), (&next, "VALID")];
        let (mut leads, mut relayed) = (Vec::new(), Vec::new());
        for (at, record) in several.iter().enumerate() {
            let verdict = match at {
                at if at == n => "VALID",
                at if at == adopted => "ADOPTED",
                _ => "VOID:cut",
            };
            verdicts.push((record, verdict));
            leads.push((record, if at == n { "yes" } else { "no" }));
            relayed.push((record, FEED, at == n || at == adopted));
        }
        let name = format!("of four records at one position a cut says which, {n}");
        let scene = Scene::new().cut(Some(id(&list)));
        cases.push(asking(
            scene.case(&name, &[&list], &[FEED], &verdicts),
            &leads,
            &relayed,
        ));
    }
    cases.push(under_two_delegations());
    cases
}

/// Three at one position, of which one is out of its key's scope and therefore not held: the others contest each other all the same, and a
/// record whose only rival is not held is valid.
fn under_two_delegations() -> Json {
    let mut scene = Scene::new();
    let mut limited = delegation(&scene.world.other.key());
    if let Value::Map(fields) = &mut limited {
        let feeds = Value::List(vec![text(FEED)]);
        fields.insert("scope".into(), map([("feeds", feeds)]));
    }
    let mut state = scene.world.state_map();
    state.insert(
        "delegations".into(),
        by_key([delegation(&scene.world.node.key()), limited]),
    );
    state.insert("inst".into(), bytes(scene.world.institution().as_bytes()));
    scene.states[1] = threshold(&state, &scene.world.two());
    let a = scene.record(&[(FEED, 1, None)], 1);
    let b = scene.record(&[(FEED, 1, None)], 2);
    let c = scene.record(&[(FEED, 1, None), (OTHER, 1, None)], 3);
    let second = scene.record(&[(FEED, 2, Some(id(&a)))], 4);
    let outside = scene.record(&[(FEED, 2, Some(id(&b))), (OTHER, 2, Some(id(&c)))], 5);
    scene.case(
        "three at one position, one of them out of scope",
        &[],
        &[FEED],
        &[
            (&a, "CONTESTED"),
            (&b, "CONTESTED"),
            (&c, "VOID:scope"),
            (&second, "VALID"),
            (&outside, "VOID:scope"),
        ],
    )
}
