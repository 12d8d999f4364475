//! Section 6: which of several alarms is kept, and what it disputes.

use super::super::case::{Map, bytes, hex, list};
use super::super::forge::{Pair, id, single, threshold};
use super::super::world::{by_key, cut, delegation, end};
use super::{FEED, OTHER, Scene};
use indaba_protocol::{Id, Value};
use serde_json::{Value as Json, json};

/// An alarm of the first key about the second, which calls so much of it good.
fn alarm(s: &Scene, good: u64, day: i128, change: impl FnOnce(&mut Map)) -> Vec<u8> {
    let mut map = s.world.alarm_map();
    let ends = (good > 0).then(|| end(FEED, good, Id::of(b"an end")));
    map.insert("good".into(), list(ends));
    map.insert("day".into(), Value::Integer(day));
    map.insert("state".into(), bytes(id(&s.states[1]).as_bytes()));
    change(&mut map);
    single(&map, &s.world.node)
}

/// What is kept, and which of the records of a lane are disputed.
fn case(mut case: Json, kept: &[&Vec<u8>], lane: &[Vec<u8>], disputed: &[bool]) -> Json {
    let name = |statement: &Vec<u8>| hex(id(statement).as_bytes());
    let mut kept: Vec<String> = kept.iter().map(|s| name(s)).collect();
    kept.sort();
    let answers = lane.iter().zip(disputed).map(|(r, d)| (name(r), json!(d)));
    case["kept"] = json!(kept);
    case["disputed"] = Json::Object(answers.collect());
    case
}

pub(super) fn cases() -> Vec<Json> {
    let mut cases = Vec::new();
    cases.extend(smallest());
    cases.extend(not_let_pass());
    cases.extend(settled());
    cases
}

/// Of several alarms of one key about another the one with the smallest id. The answers differ with the choice.
fn smallest() -> Vec<Json> {
    let s = Scene::new();
    let lane = s.lane(FEED);
    let mut alarms: Vec<(u64, Vec<u8>)> = (0..4)
        .map(|good| (good, alarm(&s, good, 20_100, |_| {})))
        .collect();
    alarms.sort_by_key(|(_, alarm)| id(alarm));
    let mut cases = Vec::new();
    for from in 0..4 {
        let some = &alarms[from..];
        let (good, kept) = &some[0];
        let disputed: Vec<bool> = (1..=4).map(|seq| seq > *good).collect();
        let mut others: Vec<&Vec<u8>> = lane.iter().collect();
        others.extend(some.iter().map(|(_, alarm)| alarm));
        let name = format!("{} alarms of one key about another", some.len());
        let of = s.case(
            &name,
            &others,
            &[FEED],
            &[(kept, "VALID"), (&lane[3], "VALID")],
        );
        cases.push(case(of, &[kept], &lane, &disputed));
    }
    cases
}

/// A smaller id decides nothing when steps 1 and 2 do not let it pass.
fn not_let_pass() -> Vec<Json> {
    let mut s = Scene::new();
    let lane = s.lane(FEED);
    let mut rival = s.world.state_map();
    rival.insert("day".into(), Value::Integer(1));
    s.states.push(threshold(&rival, &s.world.two()));
    let good = alarm(&s, 2, 20_100, |_| {});
    let mut cases = Vec::new();
    for (name, verdict, state) in [
        ("its state is not held", "PENDING:state", Id::of(b"later")),
        ("its state is a rival", "VOID:rival-state", id(&s.states[2])),
        (
            "its state is the inception",
            "VOID:not-delegated",
            s.world.institution(),
        ),
    ] {
        let of_day = |day| {
            alarm(&s, 0, day, |map| {
                map.insert("state".into(), bytes(state.as_bytes()));
            })
        };
        // A day on which its id is the smaller one.
        let bad = (20_101..).map(of_day).find(|bad| id(bad) < id(&good));
        let bad = bad.unwrap_or_default();
        let mut others: Vec<&Vec<u8>> = lane.iter().collect();
        others.extend([&good, &bad]);
        let of = s.case(
            &format!("an alarm with a smaller id, and {name}"),
            &others,
            &[FEED],
            &[(&good, "VALID"), (&bad, verdict)],
        );
        cases.push(case(of, &[&good], &lane, &[false, false, true, true]));
    }
    cases
}

/// What ends an alarm, and what does not.
fn settled() -> Vec<Json> {
    let s = Scene::new();
    let lane = s.lane(FEED);
    let said = alarm(&s, 1, 20_100, |_| {});
    let listed = s.list(&[(FEED, 3, id(&lane[2]))], &[]);
    let mut others: Vec<&Vec<u8>> = lane.iter().collect();
    others.extend([&said, &listed]);
    let nothing = [false; 4];
    let cut_against = Scene::new().cut(Some(id(&listed)));
    let of = cut_against.case(
        "an alarm about a key that is cut now",
        &others,
        &[FEED],
        &[
            (&said, "VALID"),
            (&lane[2], "VALID"),
            (&lane[3], "VOID:cut"),
        ],
    );
    let mut cases = vec![case(of, &[&said], &lane, &nothing)];

    let w = &s.world;
    let mut cut_signer = Scene::new();
    let second = w.next_map(
        2,
        cut_signer.newest(),
        [delegation(&w.other.key())],
        [cut(&w.node.key(), None)],
    );
    cut_signer.states.push(threshold(&second, &w.two()));
    let of = cut_signer.case(
        "an alarm by a key that is cut now",
        &others,
        &[FEED],
        &[(&said, "VOID:cut"), (&lane[3], "VALID")],
    );
    cases.push(case(of, &[&said], &lane, &nothing));

    let of = s.case_of(
        "an alarm in an institution not accepted",
        &others,
        &[],
        &[FEED],
        &[(&said, "QUARANTINED"), (&lane[3], "QUARANTINED")],
    );
    cases.push(case(of, &[&said], &lane, &nothing));

    // Two keys warn about a third: an alarm of each is kept, and the cut of one of the two ends its own only.
    let third = Pair::of("sample land, node key 3");
    let mut state = w.state_map();
    let keys = [w.node.key(), w.other.key(), third.key()];
    state.insert("delegations".into(), by_key(keys.iter().map(delegation)));
    let mut three = Scene::new();
    three.states[1] = threshold(&state, &w.two());
    let lane = three.lane(FEED);
    let one = alarm(&three, 3, 20_100, |_| {});
    let mut two = three.world.alarm_map();
    two.extend([
        ("key".to_owned(), bytes(third.key().as_bytes())),
        ("state".to_owned(), bytes(id(&three.states[1]).as_bytes())),
        ("good".to_owned(), list([end(OTHER, 9, Id::of(b"an end"))])),
    ]);
    let two = single(&two, &third);
    let mut others: Vec<&Vec<u8>> = lane.iter().collect();
    others.extend([&one, &two]);
    let both = [(&one, "VALID"), (&two, "VALID")];
    let of = three.case("alarms of two keys about a third", &others, &[FEED], &both);
    cases.push(case(of, &[&one, &two], &lane, &[true; 4]));
    let second = three.world.next_map(
        2,
        three.newest(),
        keys[..2].iter().map(delegation),
        [cut(&third.key(), None)],
    );
    three.states.push(threshold(&second, &three.world.two()));
    let one_left = [(&one, "VALID"), (&two, "VOID:cut")];
    let of = three.case(
        "alarms of two keys, one of them cut now",
        &others,
        &[FEED],
        &one_left,
    );
    cases.push(case(of, &[&one, &two], &lane, &[false, false, false, true]));
    cases
}
