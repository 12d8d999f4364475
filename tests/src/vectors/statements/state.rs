//! The bounds of a state: delegations, scopes, cuts, successions, witnesses, profile.

use super::super::case::{bytes, filler, int, list, map, text};
use super::super::forge::Pair;
use super::super::world::{World, by_key, cut, delegation};
use super::{changes, reversed, twice};
use indaba_protocol::Value;
use serde_json::Value as Json;

pub(super) fn cases(w: &World, cases: &mut Vec<Json>) {
    let mut change = changes(w, cases);
    let s = w.state_map();
    let (one, two) = (w.node.key(), w.other.key());
    let keys: Vec<_> = (0..300)
        .map(|n| Pair::of(&format!("machine {n}")).key())
        .collect();
    change("state, version 0", &s, "version", int(0), "field");
    change("state, version 2^53", &s, "version", int(1 << 53), "field");
    change(
        "state, 65 delegations",
        &s,
        "delegations",
        by_key(keys[..65].iter().map(delegation)),
        "field",
    );
    change(
        "state, delegations out of order",
        &s,
        "delegations",
        reversed(by_key([delegation(&one), delegation(&two)])),
        "field",
    );
    change(
        "state, a delegation twice",
        &s,
        "delegations",
        twice(by_key([delegation(&one)])),
        "field",
    );
    change(
        "state, a root delegated",
        &s,
        "delegations",
        list([delegation(&w.roots[0].key())]),
        "field",
    );
    change(
        "state, 257 cuts",
        &s,
        "cuts",
        by_key(keys[..257].iter().map(|k| cut(k, None))),
        "field",
    );
    change(
        "state, 256 cuts",
        &s,
        "cuts",
        by_key(keys[..256].iter().map(|k| cut(k, None))),
        "accept",
    );
    change(
        "state, 64 delegations",
        &s,
        "delegations",
        by_key(keys[..64].iter().map(delegation)),
        "accept",
    );
    change(
        "state, cuts out of order",
        &s,
        "cuts",
        reversed(by_key([cut(&keys[0], None), cut(&keys[1], None)])),
        "field",
    );
    change(
        "state, a cut twice",
        &s,
        "cuts",
        twice(by_key([cut(&keys[0], None)])),
        "field",
    );
    change(
        "state, a delegated key cut",
        &s,
        "cuts",
        list([cut(&one, None)]),
        "field",
    );
    change(
        "state, five sealing recipients",
        &s,
        "sealing",
        list((0..5).map(|_| text("age1example"))),
        "field",
    );
    change(
        "state, a sealing recipient of 2,561 bytes",
        &s,
        "sealing",
        list([text(&"x".repeat(2_561))]),
        "field",
    );
    change(
        "state, four sealing recipients of 2,560 bytes",
        &s,
        "sealing",
        list((0..4).map(|_| text(&"x".repeat(2_560)))),
        "accept",
    );
    let heir = |relation: &str| {
        map([
            ("relation", text(relation)),
            ("inst", Value::Null),
            ("day", int(0)),
        ])
    };
    change(
        "state, eight successions",
        &s,
        "succession",
        list((0..8).map(|_| heir("renamed"))),
        "accept",
    );
    change(
        "state, nine successions",
        &s,
        "succession",
        list((0..9).map(|_| heir("renamed"))),
        "field",
    );
    change(
        "state, a relation in capitals",
        &s,
        "succession",
        list([heir("Renamed")]),
        "field",
    );
    change(
        "state, an empty relation",
        &s,
        "succession",
        list([heir("")]),
        "field",
    );
    let watch = |who: &[u8], quorum| {
        map([
            ("institutions", list(who.iter().map(|n| bytes(&filler(*n))))),
            ("quorum", int(quorum)),
        ])
    };
    change(
        "state, no witnesses in the list",
        &s,
        "witnesses",
        watch(&[], 1),
        "field",
    );
    change(
        "state, witnesses out of order",
        &s,
        "witnesses",
        watch(&[2, 1], 1),
        "field",
    );
    change(
        "state, a witness twice",
        &s,
        "witnesses",
        watch(&[1, 1], 1),
        "field",
    );
    change(
        "state, quorum 0",
        &s,
        "witnesses",
        watch(&[1, 2], 0),
        "field",
    );
    change(
        "state, quorum above the witnesses",
        &s,
        "witnesses",
        watch(&[1, 2], 3),
        "field",
    );
    change(
        "state, 33 witnesses",
        &s,
        "witnesses",
        watch(&(1..=33).collect::<Vec<_>>(), 1),
        "field",
    );
    let profile = |field: &str, value: Option<Value>| {
        let mut profile = super::super::world::profile();
        if let Value::Map(map) = &mut profile {
            match value {
                Some(value) => map.insert(field.to_owned(), value),
                None => map.remove(field),
            };
        }
        profile
    };
    for field in ["name", "kind", "lang", "listed"] {
        change(
            &format!("state, profile without {field}"),
            &s,
            "profile",
            profile(field, None),
            "field",
        );
        change(
            &format!("state, profile whose {field} is 1"),
            &s,
            "profile",
            profile(field, Some(int(1))),
            "field",
        );
    }
    change(
        "state, profile above 8,192 bytes",
        &s,
        "profile",
        profile("contact", Some(text(&"x".repeat(8_192)))),
        "field",
    );
    change(
        "state, profile with an unknown kind",
        &s,
        "profile",
        profile("kind", Some(text("guild"))),
        "accept",
    );
    let delegated = |field: &str, value: Value| {
        let mut item = delegation(&one);
        if let Value::Map(map) = &mut item {
            map.insert(field.to_owned(), value);
        }
        list([item])
    };
    let scope =
        |field: &str, items: Vec<Value>| delegated("scope", map([(field, Value::List(items))]));
    change(
        "state, a purpose with an underscore",
        &s,
        "delegations",
        delegated("purpose", text("sign_all")),
        "field",
    );
    change(
        "state, a purpose of 33 characters",
        &s,
        "delegations",
        delegated("purpose", text(&"a".repeat(33))),
        "field",
    );
    change(
        "state, a delegated key of 32 bytes",
        &s,
        "delegations",
        delegated("key", bytes(&filler(1))),
        "field",
    );
    change(
        "state, expires is text",
        &s,
        "delegations",
        delegated("expires", text("2030-01-01")),
        "field",
    );
    change(
        "state, a scope without kinds or feeds",
        &s,
        "delegations",
        delegated("scope", map([])),
        "accept",
    );
    for field in ["kinds", "feeds"] {
        let word = |w: &str| text(w);
        change(
            &format!("state, scope with no {field}"),
            &s,
            "delegations",
            scope(field, vec![]),
            "field",
        );
        change(
            &format!("state, scope with {field} out of order"),
            &s,
            "delegations",
            scope(field, vec![word("b"), word("a")]),
            "field",
        );
        change(
            &format!("state, scope with one of {field} twice"),
            &s,
            "delegations",
            scope(field, vec![word("a"), word("a")]),
            "field",
        );
        let crowd = (100..133).map(|n| text(&format!("a{n}"))).collect();
        change(
            &format!("state, scope with 33 {field}"),
            &s,
            "delegations",
            scope(field, crowd),
            "field",
        );
        change(
            &format!("state, scope whose {field} are 1"),
            &s,
            "delegations",
            delegated("scope", map([(field, int(1))])),
            "field",
        );
    }
    let unknown = map([
        ("key", bytes(keys[0].as_bytes())),
        ("reason", text("lost")),
        ("list", Value::Null),
    ]);
    change(
        "state, an unknown reason for a cut",
        &s,
        "cuts",
        list([unknown]),
        "field",
    );
}
