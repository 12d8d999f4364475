//! Statements of every type that read without fault, at the edges of what is permitted.

use super::super::case::{bytes, filler, int, list, map, text};
use super::super::forge::{Pair, threshold};
use super::super::world::{World, cut, delegation, end, lane, part};
use super::{LINKED, accept, recovery, with};
use indaba_protocol::{Id, Value};
use serde_json::Value as Json;

pub(super) fn cases(w: &World, cases: &mut Vec<Json>) {
    for (kind, map, statement) in w.one_of_each() {
        accept(cases, kind, &statement);
        accept(
            cases,
            &format!("{kind} with a field of a later version"),
            &w.sign(&with(&map, "later", list([int(1)]))),
        );
    }
    let record = w.record_map([lane("region:ecowas", 1, None)]);
    let prev = Some(Id::of(b"before"));
    let feeds: Vec<String> = (1..=8)
        .map(|n| format!("topic:{}{n}", "x".repeat(41)))
        .collect();
    for (name, map) in [
        (
            "record of an unknown kind",
            with(&record, "kind", text("sketch")),
        ),
        (
            "record for partners",
            with(&record, "marking", text("green")),
        ),
        ("record without a day", with(&record, "day", Value::Null)),
        (
            "record at the last position",
            w.record_map([lane("region:ecowas", (1 << 53) - 1, prev)]),
        ),
        (
            "record in eight feeds of the longest names",
            w.record_map(feeds.iter().map(|f| lane(f, 9, prev))),
        ),
        (
            "record in the registry",
            with(
                &w.record_map([lane("registry", 1, None)]),
                "kind",
                text("vouch"),
            ),
        ),
        (
            "record with a long language tag",
            with(&record, "lang", text("sl-rozaj-biske-1994")),
        ),
        (
            "record as large as one may be",
            w.record_map([lane("region:ecowas", 1, None)]),
        ),
    ] {
        let map = if name.ends_with("may be") {
            let rest = 61_440 - w.sign(&with(&map, "body", part(60_000))).len() as u64 - 100;
            with(&map, "body", part(rest))
        } else {
            map
        };
        accept(cases, name, &w.sign(&map));
    }
    for (kind, rel) in LINKED {
        let links = list([list([text(rel), bytes(&filler(6))])]);
        accept(
            cases,
            &format!("{kind} that {rel} a record"),
            &w.sign(&with(&with(&record, "kind", text(kind)), "links", links)),
        );
    }
    accept(
        cases,
        "inception signed by all roots",
        &threshold(&w.inception_map(), &w.roots.iter().collect::<Vec<_>>()),
    );
    let guardians = recovery(&[7, 8], 2, 1);
    accept(
        cases,
        "inception with recovery",
        &w.sign(&with(&w.inception_map(), "recovery", guardians)),
    );
    accept(
        cases,
        "state also signed by other keys",
        &threshold(&w.state_map(), &[&w.roots[0], &w.roots[2], &w.reserve[0]]),
    );
    let third = Pair::of("a cut key").key();
    let scope = map([
        ("feeds", list([text("region:*"), text("theme:trj")])),
        ("kinds", list([text("lesson"), text("practice")])),
    ]);
    let mut scoped = delegation(&w.node.key());
    if let Value::Map(map) = &mut scoped {
        map.insert("scope".into(), scope);
        map.insert("expires".into(), int(30_000));
        map.insert("purpose".into(), text("something-later"));
    }
    let mut full = w.next_map(
        3,
        Id::of(b"two"),
        [scoped],
        [cut(&third, Some(Id::of(b"list")))],
    );
    full.insert("sealing".into(), list([text("age1example")]));
    full.insert(
        "witnesses".into(),
        map([
            ("institutions", list([bytes(&filler(1)), bytes(&filler(2))])),
            ("quorum", int(2)),
        ]),
    );
    full.insert(
        "succession".into(),
        list([map([
            ("relation", text("merged-into")),
            ("inst", bytes(&filler(1))),
            ("day", int(1)),
        ])]),
    );
    accept(cases, "state with everything in it", &w.sign(&full));
    accept(
        cases,
        "cut list of nothing",
        &w.sign(&w.cut_list_map(&third, &[], &[])),
    );
    accept(
        cases,
        "cut list of a key of an unknown algorithm",
        &w.sign(&with(
            &w.cut_list_map(&third, &[], &[]),
            "key",
            bytes(&[2; 33]),
        )),
    );
    accept(cases, "head of no lanes", &w.sign(&w.head_map(1, [])));
    let lanes: Vec<Value> = (100..228)
        .map(|n| {
            end(
                &format!("topic:{}{n}", "x".repeat(39)),
                9_007_199_254_740_991,
                Id::of(b"x"),
            )
        })
        .collect();
    accept(cases, "head of 128 lanes", &w.sign(&w.head_map(2, lanes)));
    accept(
        cases,
        "receipt of nothing",
        &w.sign(&with(&w.receipt_map(), "holds", list([]))),
    );
    accept(
        cases,
        "manifest of a want file",
        &w.sign(&with(&w.manifest_map(), "role", text("want"))),
    );
    for (name, day) in [("first", -719_162), ("last", 2_932_896)] {
        accept(
            cases,
            &format!("custody on the {name} day there is"),
            &w.sign(&with(&w.custody_map(), "day", int(day))),
        );
    }
}
