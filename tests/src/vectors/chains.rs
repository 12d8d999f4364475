//! Section 4: accepting states.

use super::case::{Map, bytes, hex, int, list, map, text};
use super::forge::{Pair, id, threshold};
use super::world::{World, by_key, cut, delegation, sorted_digests, sorted_keys};
use indaba_protocol::{Id, Value};
use serde_json::{Value as Json, json};

/// The next root keys and the reserve behind them.
fn rotated(mut state: Map, roots: &[&Pair], next: &[&Pair]) -> Map {
    state.insert("roots".into(), sorted_keys(roots));
    state.insert("next".into(), sorted_digests(next));
    state
}

/// What is offered, and what becomes of it.
type Steps = Vec<(Vec<u8>, &'static str)>;

fn joined<'a>(roots: &[&'a Pair], signers: &[&'a Pair]) -> Vec<&'a Pair> {
    [roots, signers].concat()
}

pub(super) fn cases() -> Vec<Json> {
    let w = World::new();
    let (one, two) = (w.node.key(), w.other.key());
    let roots: Vec<&Pair> = w.two().to_vec();
    let reserve: Vec<&Pair> = w.reserve.iter().collect();
    let later: Vec<Pair> = (1..=3).map(|n| Pair::of(&format!("later {n}"))).collect();
    let later: Vec<&Pair> = later.iter().collect();
    let inception = w.inception();
    let first = w.state();
    let second =
        |delegations: Vec<Value>, cuts: Vec<Value>| w.next_map(2, id(&first), delegations, cuts);
    let both = || vec![delegation(&one), delegation(&two)];
    let update = second(both(), vec![]);
    let signed = |map: &Map| threshold(map, &roots);
    let with = |map: &Map, field: &str, value: Value| {
        let mut map = map.clone();
        map.insert(field.to_owned(), value);
        map
    };
    let rotation = rotated(update.clone(), &reserve, &later);
    let third_key = Pair::of("a third machine").key();
    let mut widened = delegation(&one);
    if let Value::Map(map) = &mut widened {
        map.insert("later".into(), int(1));
    }
    let cut_two = second(vec![delegation(&one)], vec![cut(&two, None)]);
    let after_cut = |delegations: Vec<Value>, cuts: Vec<Value>| {
        signed(&w.next_map(3, id(&signed(&cut_two)), delegations, cuts))
    };
    let guarded = map([
        ("guardians", list([bytes(&[7; 32])])),
        ("k", int(1)),
        ("jurisdictions", int(1)),
    ]);
    let dated = |day: i128| signed(&with(&w.state_map(), "day", int(day)));
    let mut rivals = [dated(1), dated(2), dated(3)];
    rivals.sort_by_key(|s| id(s));
    let [small, middle, great] = rivals;

    // Each after an inception and a first state that are accepted.
    let mut cases: Vec<(&str, Steps)> = vec![
        ("an update", vec![(signed(&update), "accepted")]),
        ("the same state again", vec![(first.clone(), "held")]),
        (
            "two updates",
            vec![
                (signed(&update), "accepted"),
                (
                    signed(&w.next_map(3, id(&signed(&update)), both(), [])),
                    "accepted",
                ),
            ],
        ),
        (
            "a state ahead",
            vec![(
                signed(&w.next_map(3, Id::of(b"two"), both(), [])),
                "waiting",
            )],
        ),
        (
            "of another institution",
            vec![(
                signed(&with(&update, "inst", bytes(&[1; 32]))),
                "refused:chain-institution",
            )],
        ),
        (
            "naming another predecessor",
            vec![(
                signed(&with(&update, "prev", bytes(&[1; 32]))),
                "refused:chain-prev",
            )],
        ),
        (
            "signed by a stranger as well",
            vec![(
                threshold(&update, &joined(&roots, &[later[0]])),
                "refused:chain-signer",
            )],
        ),
        (
            "a rotation",
            vec![(threshold(&rotation, &joined(&roots, &reserve)), "accepted")],
        ),
        (
            "a rotation by two of the reserve",
            vec![(
                threshold(&rotation, &joined(&roots, &reserve[..2])),
                "accepted",
            )],
        ),
        (
            "a rotation that today's roots did not sign",
            vec![(threshold(&rotation, &reserve), "refused:chain-threshold")],
        ),
        (
            "a rotation that one of today's roots signed",
            vec![(
                threshold(&rotation, &[&reserve[..], &roots[..1]].concat()),
                "refused:chain-threshold",
            )],
        ),
        (
            "a rotation to keys that were not in reserve",
            vec![(
                threshold(
                    &rotated(update.clone(), &later, &reserve),
                    &joined(&roots, &later),
                ),
                "refused:chain-next",
            )],
        ),
        (
            "a rotation with one key of the reserve",
            vec![(
                threshold(
                    &rotated(update.clone(), &[reserve[0], later[0], later[1]], &later),
                    &joined(&roots, &[reserve[0], later[0]]),
                ),
                "refused:chain-next",
            )],
        ),
        (
            "a thief replaces the reserve",
            vec![(
                signed(&rotated(
                    update.clone(),
                    &w.roots.iter().collect::<Vec<_>>(),
                    &later,
                )),
                "refused:chain-next",
            )],
        ),
        (
            "a thief lowers the threshold",
            vec![(
                signed(&with(&update, "threshold", int(1))),
                "refused:chain-next",
            )],
        ),
        (
            "a thief lowers the reserve's threshold",
            vec![(
                signed(&with(&update, "next_threshold", int(1))),
                "refused:chain-next",
            )],
        ),
        (
            "a thief names guardians",
            vec![(
                signed(&with(&update, "recovery", guarded)),
                "refused:chain-next",
            )],
        ),
        (
            "one more delegation",
            vec![(
                signed(&second(
                    [both(), vec![delegation(&third_key)]].concat(),
                    vec![],
                )),
                "accepted",
            )],
        ),
        (
            "a delegation that vanishes",
            vec![(
                signed(&second(vec![delegation(&one)], vec![])),
                "refused:chain-delegation",
            )],
        ),
        (
            "a delegation that changes its purpose",
            vec![(
                signed(&with(
                    &update,
                    "delegations",
                    by_key([delegation(&two), {
                        let mut changed = delegation(&one);
                        if let Value::Map(map) = &mut changed {
                            map.insert("purpose".into(), text("witness"));
                        }
                        changed
                    }]),
                )),
                "refused:chain-delegation",
            )],
        ),
        (
            "a delegation that gains a field of a later version",
            vec![(
                signed(&second(vec![widened, delegation(&two)], vec![])),
                "refused:chain-delegation",
            )],
        ),
        ("a cut", vec![(signed(&cut_two), "accepted")]),
        (
            "a cut of a key never delegated",
            vec![(
                signed(&second(both(), vec![cut(&third_key, None)])),
                "refused:chain-cut",
            )],
        ),
        (
            "a cut that is repeated with a list",
            vec![
                (signed(&cut_two), "accepted"),
                (
                    after_cut(
                        vec![delegation(&one)],
                        vec![cut(&two, Some(Id::of(b"list")))],
                    ),
                    "accepted",
                ),
            ],
        ),
        (
            "a cut that vanishes",
            vec![
                (signed(&cut_two), "accepted"),
                (
                    after_cut(vec![delegation(&one)], vec![]),
                    "refused:chain-cut",
                ),
            ],
        ),
        (
            "a cut key that comes back",
            vec![
                (signed(&cut_two), "accepted"),
                (after_cut(both(), vec![]), "refused:chain-delegation"),
            ],
        ),
        ("a rival", vec![(small.clone(), "rival")]),
        (
            "a rival and a greater one",
            vec![(small.clone(), "rival"), (great.clone(), "rival")],
        ),
        (
            "a rival and a smaller one",
            vec![
                (middle, "rival"),
                (small.clone(), "rival"),
                (small.clone(), "held"),
            ],
        ),
        (
            "a rival of what has a successor",
            vec![(signed(&update), "accepted"), (great, "rival")],
        ),
        (
            "a rival that does not meet the table",
            vec![(
                threshold(&w.state_map(), &[&w.roots[0], &w.roots[1], later[0]]),
                "held",
            )],
        ),
        (
            "another first state, signed by a stranger as well",
            vec![(
                threshold(
                    &with(&w.state_map(), "day", int(9)),
                    &joined(&roots, &[later[0]]),
                ),
                "refused:chain-signer",
            )],
        ),
        (
            "another first state after another inception",
            vec![(
                signed(&with(&w.state_map(), "prev", bytes(&[1; 32]))),
                "refused:chain-prev",
            )],
        ),
    ];
    cases.push(("after a rotation, the old roots", {
        let rotated_state = threshold(&rotation, &joined(&roots, &reserve));
        let next = rotated(
            w.next_map(3, id(&rotated_state), both(), []),
            &reserve,
            &later,
        );
        vec![
            (rotated_state, "accepted"),
            (
                threshold(&next, &[&reserve[..2], &roots[..]].concat()),
                "refused:chain-signer",
            ),
            (threshold(&next, &reserve[..2]), "accepted"),
        ]
    }));
    let case = |(name, steps): (&str, Steps)| {
        let begin = [(inception.clone(), "accepted"), (first.clone(), "accepted")];
        let (statements, expect): (Vec<String>, Vec<&str>) = begin
            .into_iter()
            .chain(steps)
            .map(|(s, e)| (hex(&s), e))
            .unzip();
        json!({ "name": name, "net": "indaba", "statements": statements, "expect": expect })
    };
    cases.into_iter().map(case).collect()
}
