//! Sections 7, 8 and 15.6: records that are accepted though their institution is not, and the other way round.

use super::super::case::{Map, bytes, hex, list, text};
use super::super::forge::{Pair, id, single, threshold};
use super::super::world::{World, lane};
use super::{FEED, Scene, asking};
use indaba_protocol::{Id, Value};
use serde_json::Value as Json;

const REGISTRY: &str = "registry";

pub(super) fn cases() -> Vec<Json> {
    let mut cases = charters();
    cases.extend(words_about_a_charter());
    cases.extend(in_part());
    cases
}

/// A record of the second key with this kind and these links.
fn record(s: &Scene, kind: &str, seq: u64, prev: Option<Id>, links: &[(&str, Id)]) -> Vec<u8> {
    signed(s, &s.world.other, |map| {
        map.insert("kind".into(), text(kind));
        map.insert("lanes".into(), list([lane(REGISTRY, seq, prev)]));
        let pair = |(rel, target): &(&str, Id)| list([text(rel), bytes(target.as_bytes())]);
        map.insert("links".into(), list(links.iter().map(pair)));
    })
}

fn signed(s: &Scene, signer: &Pair, change: impl FnOnce(&mut Map)) -> Vec<u8> {
    let mut map = s.world.record_map([lane(FEED, 1, None)]);
    map.insert("key".into(), bytes(signer.key().as_bytes()));
    map.insert("state".into(), bytes(id(&s.states[1]).as_bytes()));
    change(&mut map);
    single(&map, signer)
}

fn naming(mut case: Json, member: &str, records: &[Id]) -> Json {
    let ids = records.iter().map(|id| hex(id.as_bytes()));
    case[member] = ids.collect();
    case
}

/// What is accepted of the signer of an accepted charter, beside the same without it.
fn charters() -> Vec<Json> {
    let s = Scene::new();
    let charter = record(&s, "charter", 1, None, &[]);
    let other = record(&s, "charter", 2, Some(id(&charter)), &[]);
    let vouch = record(&s, "vouch", 3, Some(id(&other)), &[]);
    let listed = s.list(&[(REGISTRY, 3, id(&vouch))], &[]);
    let s = s.cut(Some(id(&listed)));
    let rival = record(&s, "vouch", 1, None, &[]);
    let proof = threshold(&s.world.equivocation_map(&charter, &rival), &[]);
    let head = s.world.head();
    let others = [&charter, &other, &vouch, &listed, &proof, &head];
    let case = |name: &str, chosen: &[Id], accepts: bool| {
        let of_charter = if accepts { "VALID" } else { "QUARANTINED" };
        let verdicts = [
            (&charter, of_charter),
            (&other, "QUARANTINED"),
            (&vouch, "QUARANTINED"),
            (&head, "QUARANTINED"),
        ];
        let case = s.case_of(name, &others, &[], &[], &verdicts);
        let relayed = [
            (&s.states[0], REGISTRY, accepts),
            (&s.states[1], REGISTRY, accepts),
            (&charter, REGISTRY, accepts),
            (&other, REGISTRY, false),
            (&listed, REGISTRY, accepts),
            (&proof, REGISTRY, accepts),
            (&head, REGISTRY, false),
        ];
        naming(asking(case, &[], &relayed), "charters", chosen)
    };
    vec![
        case(
            "a charter that is accepted, of a stranger",
            &[id(&charter)],
            true,
        ),
        case("a charter that nobody accepts", &[], false),
        case(
            "an accepted charter that is not held",
            &[Id::of(b"not held")],
            false,
        ),
        // A record of another kind is no charter, whatever the policy names.
        case("an accepted charter that is none", &[id(&vouch)], false),
    ]
}

/// Withdrawals and revisions by its signer that name it.
fn words_about_a_charter() -> Vec<Json> {
    let s = Scene::new();
    let charter = record(&s, "charter", 1, None, &[]);
    let other = record(&s, "charter", 2, Some(id(&charter)), &[]);
    let mut cases = Vec::new();
    for (kind, rel) in [("withdrawal", "withdraws"), ("revision", "revises")] {
        let named = record(&s, kind, 3, Some(id(&other)), &[(rel, id(&charter))]);
        let unnamed = record(&s, kind, 4, Some(id(&named)), &[(rel, id(&other))]);
        let case = s.case_of(
            &format!("a {kind} by the signer of an accepted charter"),
            &[&charter, &other],
            &[],
            &[],
            &[(&named, "VALID"), (&unnamed, "QUARANTINED")],
        );
        let relayed = [(&named, REGISTRY, true), (&unnamed, REGISTRY, false)];
        let case = asking(case, &[], &relayed);
        cases.push(naming(case, "charters", &[id(&charter)]));
        cases.push(by_another(&s, &charter, kind, rel));
    }
    let mentions = record(
        &s,
        "response",
        3,
        Some(id(&other)),
        &[("responds-to", id(&charter))],
    );
    let case = s.case_of(
        "a response by the signer of an accepted charter",
        &[&charter, &other],
        &[],
        &[],
        &[(&mentions, "QUARANTINED")],
    );
    cases.push(naming(case, "charters", &[id(&charter)]));
    cases
}

/// Another institution says so of a charter that is not its own.
fn by_another(s: &Scene, charter: &Vec<u8>, kind: &str, rel: &str) -> Json {
    let stranger = World::named("another institution");
    let (inception, state) = (stranger.inception(), stranger.state());
    let mut map = stranger.record_map([lane(REGISTRY, 1, None)]);
    map.insert("kind".into(), text(kind));
    let link = list([text(rel), bytes(id(charter).as_bytes())]);
    map.insert("links".into(), Value::List(vec![link]));
    let named = single(&map, &stranger.node);
    let case = s.case_of(
        &format!("a {kind} of an accepted charter by another institution"),
        &[&inception, &state, charter],
        &[],
        &[],
        &[(&named, "QUARANTINED")],
    );
    let relayed = [(&named, REGISTRY, false), (&state, REGISTRY, false)];
    naming(asking(case, &[], &relayed), "charters", &[id(charter)])
}

/// An institution that is accepted in some matters only.
fn in_part() -> Vec<Json> {
    let s = Scene::new();
    let day = |seq: u64, prev: Option<Id>, day: i128| s.record(&[(FEED, seq, prev)], day);
    let one = day(1, None, 1);
    let (here, aside) = (day(2, Some(id(&one)), 2), day(2, Some(id(&one)), 3));
    let after = day(3, Some(id(&here)), 4);
    let case = |name: &str, held: &[&Vec<u8>], word: &str| {
        let verdicts = [(&one, "VALID"), (&here, word), (held[0], "QUARANTINED")];
        let relayed = [(&here, FEED, true), (held[0], FEED, false)];
        let case = s.case(name, &[], &[FEED], &verdicts);
        naming(asking(case, &[], &relayed), "aside", &[id(held[0])])
    };
    let mut cases = vec![
        case(
            "kept aside at the place of one that is accepted",
            &[&aside],
            "CONTESTED",
        ),
        case("kept aside at another place", &[&after], "VALID"),
    ];
    // What a cut voids is relayed for the lane's sake only where it is accepted.
    let listed = s.list(&[(FEED, 3, id(&after))], &[]);
    let void = s.record(&[(FEED, 3, Some(id(&here))), (super::OTHER, 1, None)], 4);
    let led = s.list(&[(FEED, 3, id(&void))], &[]);
    for (name, list, last, kept_aside) in [
        ("led, and accepted", &led, &void, false),
        ("led, and kept aside", &led, &void, true),
        ("good by a cut, and kept aside", &listed, &after, true),
    ] {
        let scene = Scene::new().cut(Some(id(list)));
        let is_void = last == &void;
        let word = match (is_void, kept_aside) {
            (true, _) => "VOID:cut",
            (false, true) => "QUARANTINED",
            (false, false) => "VALID",
        };
        let case = scene.case(name, &[list, &one, &here], &[FEED], &[(last, word)]);
        let case = asking(
            case,
            &[(last, "yes")],
            &[(last, FEED, !kept_aside), (&here, FEED, true)],
        );
        let aside: Vec<Id> = kept_aside.then(|| id(last)).into_iter().collect();
        cases.push(naming(case, "aside", &aside));
    }
    cases
}
