//! Sections 2 to 6 and 11: one statement a case.

use super::case::{Map, bytes, filler, int, list, map, statement_case, text};
use super::forge::{
    Pair, claimed, encoded, id, net, payload, signatures, single, single_of, threshold,
    threshold_of,
};
use super::world::{World, by_key, cut, delegation, end, lane, part, sorted_digests, sorted_keys};
use indaba_protocol::{Id, NetworkName, Value, cbor};
use serde_json::{Value as Json, json};

const NET: &str = "indaba";

pub(super) fn cases() -> Vec<Json> {
    let world = World::new();
    let mut cases = Vec::new();
    accepted(&world, &mut cases);
    envelopes(&world, &mut cases);
    every_field(&world, &mut cases);
    bounds(&world, &mut cases);
    keys_and_signatures(&world, &mut cases);
    replays(&world, &mut cases);
    contradictions(&world, &mut cases);
    cases
}

fn accept(cases: &mut Vec<Json>, name: &str, statement: &[u8]) {
    let mut case = statement_case(name, NET, statement, "accept");
    case["type"] = json!(claimed(&payload(statement).1));
    case["id"] = json!(super::case::hex(id(statement).as_bytes()));
    cases.push(case);
}

fn refuse(cases: &mut Vec<Json>, name: &str, statement: &[u8], code: &str) {
    cases.push(statement_case(name, NET, statement, code));
}

fn with(map: &Map, field: &str, value: Value) -> Map {
    let mut map = map.clone();
    map.insert(field.to_owned(), value);
    map
}

fn accepted(w: &World, cases: &mut Vec<Json>) {
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

const LINKED: [(&str, &str); 6] = [
    ("revision", "revises"),
    ("withdrawal", "withdraws"),
    ("adaptation", "adapts"),
    ("translation", "translates"),
    ("response", "responds-to"),
    ("outcome", "outcome-of"),
];

fn recovery(guardians: &[u8], k: i128, jurisdictions: i128) -> Value {
    let guardians = list(guardians.iter().map(|g| bytes(&filler(*g))));
    map([
        ("guardians", guardians),
        ("k", int(k)),
        ("jurisdictions", int(jurisdictions)),
    ])
}

fn envelopes(w: &World, cases: &mut Vec<Json>) {
    let custody = w.custody_map();
    let (payload, good) = (encoded(&custody), w.sign(&custody));
    let signature = w.node.sign("custody", &net(), &payload);
    let empty = || Value::Map(Map::new());
    let four = |a: Value, b: Value, c: Value, d: Value| cbor::encode(&list([a, b, c, d]));
    let constant = || bytes(&[0xa1, 0x01, 0x27]);
    refuse(
        cases,
        "more than 61,440 bytes",
        &single_of(&vec![0; 61_440], &signature),
        "too-large",
    );
    refuse(cases, "no bytes", &[], "not-canonical");
    refuse(
        cases,
        "a byte after the statement",
        &[good.clone(), vec![0]].concat(),
        "not-canonical",
    );
    refuse(
        cases,
        "tagged as COSE_Sign1",
        &[vec![0xd2], good.clone()].concat(),
        "not-canonical",
    );
    refuse(cases, "a map", &cbor::encode(&empty()), "envelope");
    refuse(
        cases,
        "an array of three",
        &cbor::encode(&list([constant(), empty(), bytes(&payload)])),
        "envelope",
    );
    refuse(
        cases,
        "an array of five",
        &cbor::encode(&list([
            constant(),
            empty(),
            bytes(&payload),
            bytes(&signature),
            empty(),
        ])),
        "envelope",
    );
    refuse(
        cases,
        "a signature of 63 bytes",
        &single_of(&payload, &signature[..63]),
        "envelope",
    );
    refuse(
        cases,
        "a payload that is text",
        &four(constant(), empty(), text("payload"), bytes(&signature)),
        "envelope",
    );
    refuse(
        cases,
        "a protected header that is a map",
        &four(empty(), empty(), bytes(&payload), bytes(&signature)),
        "envelope",
    );
    refuse(
        cases,
        "an unprotected header that is null",
        &four(constant(), Value::Null, bytes(&payload), bytes(&signature)),
        "envelope",
    );
    refuse(
        cases,
        "another algorithm",
        &four(
            bytes(&[0xa1, 0x01, 0x26]),
            empty(),
            bytes(&payload),
            bytes(&signature),
        ),
        "header",
    );
    refuse(
        cases,
        "an empty protected header",
        &four(bytes(&[]), empty(), bytes(&payload), bytes(&signature)),
        "header",
    );
    refuse(
        cases,
        "something unprotected",
        &four(
            constant(),
            map([("kid", int(1))]),
            bytes(&payload),
            bytes(&signature),
        ),
        "header",
    );

    let signed = |payload: &[u8]| single_of(payload, &w.node.sign("custody", &net(), payload));
    refuse(
        cases,
        "a payload with a byte after it",
        &signed(&[payload.clone(), vec![0]].concat()),
        "payload",
    );
    refuse(
        cases,
        "a payload that is an array",
        &signed(&[0x80]),
        "payload",
    );
    refuse(cases, "an empty payload", &signed(&[]), "payload");
    for field in ["type", "v", "net"] {
        let mut without = custody.clone();
        without.remove(field);
        refuse(
            cases,
            &format!("a payload without {field}"),
            &signed(&encoded(&without)),
            "payload",
        );
        refuse(
            cases,
            &format!("{field} is true"),
            &signed(&encoded(&with(&custody, field, Value::Bool(true)))),
            "payload",
        );
    }
    refuse(
        cases,
        "v is -1",
        &signed(&encoded(&with(&custody, "v", int(-1)))),
        "payload",
    );
    refuse(
        cases,
        "net of 31 bytes",
        &signed(&encoded(&with(&custody, "net", bytes(&filler(1)[..31])))),
        "payload",
    );
    refuse(
        cases,
        "of another network",
        &signed(&encoded(&with(&custody, "net", bytes(&filler(1))))),
        "network",
    );
    cases.push(statement_case(
        "read in another network",
        "other",
        &good,
        "network",
    ));
    for (name, field, value) in [
        ("an unknown type", "type", text("cosignature")),
        ("a type in capitals", "type", text("Custody")),
        ("version 2", "v", int(2)),
        ("version 0", "v", int(0)),
    ] {
        refuse(
            cases,
            name,
            &single(&with(&custody, field, value), &w.node),
            "unsupported",
        );
    }
    refuse(
        cases,
        "an unknown type under a broken signature",
        &single_of(&encoded(&with(&custody, "type", text("later"))), &signature),
        "unsupported",
    );

    for (kind, map, statement) in w.one_of_each() {
        let single_envelope = statement.first() == Some(&0x84);
        let other = if single_envelope {
            threshold(&map, &w.two())
        } else {
            single(&map, &w.node)
        };
        refuse(
            cases,
            &format!("{kind} in the other envelope"),
            &other,
            "envelope",
        );
    }
    for kind in [2, 5] {
        let (kind, map, _) = w.one_of_each().swap_remove(kind);
        refuse(
            cases,
            &format!("{kind} with a signature"),
            &threshold(&map, &[&w.roots[0]]),
            "envelope",
        );
    }
    let inception = w.inception_map();
    let pairs = signatures(&inception, &w.roots.iter().collect::<Vec<_>>());
    let payload = encoded(&inception);
    let of = |pairs: &[_]| threshold_of(&payload, pairs);
    refuse(
        cases,
        "signatures out of order",
        &of(&[pairs[1], pairs[0]]),
        "envelope",
    );
    refuse(
        cases,
        "a signature twice",
        &of(&[pairs[0], pairs[0], pairs[1]]),
        "envelope",
    );
    let crowd: Vec<Pair> = (0..33).map(|n| Pair::of(&format!("crowd {n}"))).collect();
    refuse(
        cases,
        "33 signatures",
        &of(&signatures(&inception, &crowd.iter().collect::<Vec<_>>())),
        "envelope",
    );
    let pair = |key: &[u8], signature: &[u8]| {
        cbor::encode(&list([
            bytes(&payload),
            list([list([bytes(key), bytes(signature)])]),
        ]))
    };
    refuse(
        cases,
        "a signer of 32 bytes",
        &pair(&pairs[0].0.as_bytes()[1..], &pairs[0].1),
        "envelope",
    );
    refuse(
        cases,
        "a threshold signature of 65 bytes",
        &pair(pairs[0].0.as_bytes(), &[0; 65]),
        "envelope",
    );
    refuse(
        cases,
        "signatures that are null",
        &cbor::encode(&list([bytes(&payload), Value::Null])),
        "envelope",
    );

    for (kind, limit) in [
        ("inception", 6_144),
        ("record", 2_048),
        ("head", 16_384),
        ("equivocation", 33_792),
        ("alarm", 16_384),
        ("manifest", 2_048),
        ("custody", 2_048),
        ("receipt", 32_768),
    ] {
        let Some((_, map, _)) = w.one_of_each().into_iter().find(|(k, ..)| *k == kind) else {
            continue;
        };
        if kind == "equivocation" {
            refuse(
                cases,
                "equivocation of more bytes than the type may have",
                &padded(w, &map, limit + 1),
                "too-large",
            );
            continue;
        }
        accept(
            cases,
            &format!("{kind} of {limit} bytes"),
            &padded(w, &map, limit),
        );
        refuse(
            cases,
            &format!("{kind} of {} bytes", limit + 1),
            &padded(w, &map, limit + 1),
            "too-large",
        );
    }
}

/// The statement with a field of a later version that brings it to `size` bytes.
fn padded(w: &World, map: &Map, size: usize) -> Vec<u8> {
    let mut length = size.saturating_sub(w.sign(map).len());
    loop {
        let statement = w.sign(&with(map, "padding", bytes(&vec![0; length])));
        if statement.len() <= size || length == 0 {
            return statement;
        }
        length -= statement.len() - size;
    }
}

/// Every field of every type: missing, and of the wrong type.
fn every_field(w: &World, cases: &mut Vec<Json>) {
    for (kind, map, _) in w.one_of_each() {
        for field in map
            .keys()
            .filter(|f| !["type", "v", "net"].contains(&f.as_str()))
        {
            let mut without = map.clone();
            without.remove(field);
            refuse(
                cases,
                &format!("{kind} without {field}"),
                &w.sign(&without),
                "field",
            );
            refuse(
                cases,
                &format!("{kind}, {field} is true"),
                &w.sign(&with(&map, field, Value::Bool(true))),
                "field",
            );
        }
    }
}

fn bounds(w: &World, cases: &mut Vec<Json>) {
    let mut change = |name: &str, map: &Map, field: &str, value: Value, expect: &str| {
        cases.push(statement_case(
            name,
            NET,
            &w.sign(&with(map, field, value)),
            expect,
        ));
    };
    let i = w.inception_map();
    let many: Vec<Pair> = (0..17).map(|n| Pair::of(&format!("root {n}"))).collect();
    let many: Vec<&Pair> = many.iter().collect();
    let reversed = |value: Value| match value {
        Value::List(items) => list(items.into_iter().rev()),
        other => other,
    };
    let twice = |value: Value| match value {
        Value::List(mut items) => {
            items.insert(0, items[0].clone());
            Value::List(items)
        }
        other => other,
    };
    let roots = || sorted_keys(&w.roots.iter().collect::<Vec<_>>());
    let next = || sorted_digests(&w.reserve.iter().collect::<Vec<_>>());
    change("inception, no roots", &i, "roots", list([]), "field");
    change(
        "inception, 17 roots",
        &i,
        "roots",
        sorted_keys(&many),
        "field",
    );
    change(
        "inception, roots out of order",
        &i,
        "roots",
        reversed(roots()),
        "field",
    );
    change(
        "inception, a root twice",
        &i,
        "roots",
        twice(roots()),
        "field",
    );
    change(
        "inception, a root of 32 bytes",
        &i,
        "roots",
        list([bytes(&filler(1))]),
        "field",
    );
    change("inception, threshold 0", &i, "threshold", int(0), "field");
    change(
        "inception, threshold above the roots",
        &i,
        "threshold",
        int(4),
        "field",
    );
    change("inception, no reserve", &i, "next", list([]), "field");
    change(
        "inception, 17 digests",
        &i,
        "next",
        sorted_digests(&many),
        "field",
    );
    change(
        "inception, digests out of order",
        &i,
        "next",
        reversed(next()),
        "field",
    );
    change(
        "inception, a digest twice",
        &i,
        "next",
        twice(next()),
        "field",
    );
    change(
        "inception, next_threshold 0",
        &i,
        "next_threshold",
        int(0),
        "field",
    );
    change(
        "inception, next_threshold above the digests",
        &i,
        "next_threshold",
        int(4),
        "field",
    );
    change(
        "inception, no guardians",
        &i,
        "recovery",
        recovery(&[], 1, 1),
        "field",
    );
    change(
        "inception, 33 guardians",
        &i,
        "recovery",
        recovery(&(1..=33).collect::<Vec<_>>(), 1, 1),
        "field",
    );
    change(
        "inception, guardians out of order",
        &i,
        "recovery",
        recovery(&[8, 7], 1, 1),
        "field",
    );
    change(
        "inception, a guardian twice",
        &i,
        "recovery",
        recovery(&[7, 7], 1, 1),
        "field",
    );
    change(
        "inception, k 0",
        &i,
        "recovery",
        recovery(&[7, 8], 0, 1),
        "field",
    );
    change(
        "inception, k above the guardians",
        &i,
        "recovery",
        recovery(&[7, 8], 3, 1),
        "field",
    );
    change(
        "inception, jurisdictions 0",
        &i,
        "recovery",
        recovery(&[7, 8], 2, 0),
        "field",
    );
    change(
        "inception, jurisdictions above k",
        &i,
        "recovery",
        recovery(&[7, 8], 1, 2),
        "field",
    );
    change(
        "inception, day before the first",
        &i,
        "day",
        int(-719_163),
        "field",
    );
    change(
        "inception, day after the last",
        &i,
        "day",
        int(2_932_897),
        "field",
    );

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
        let mut profile = super::world::profile();
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

    let c = w.cut_list_map(&two, &[], &[]);
    let entry = |feed: u8, seq: i128| list([bytes(&filler(feed)), int(seq), bytes(&filler(9))]);
    change(
        "cut list, feeds out of order",
        &c,
        "feeds",
        list([entry(2, 1), entry(1, 1)]),
        "field",
    );
    change(
        "cut list, a feed twice",
        &c,
        "feeds",
        list([entry(1, 1), entry(1, 2)]),
        "field",
    );
    change("cut list, seq 0", &c, "feeds", list([entry(1, 0)]), "field");
    change(
        "cut list, seq 2^53",
        &c,
        "feeds",
        list([entry(1, 1 << 53)]),
        "field",
    );
    change(
        "cut list, an entry of two",
        &c,
        "feeds",
        list([list([bytes(&filler(1)), int(1)])]),
        "field",
    );
    change(
        "cut list, adopted out of order",
        &c,
        "adopted",
        list([bytes(&filler(2)), bytes(&filler(1))]),
        "field",
    );
    change(
        "cut list, adopted twice",
        &c,
        "adopted",
        list([bytes(&filler(1)), bytes(&filler(1))]),
        "field",
    );
    let mut crowd: Vec<Id> = (0..513).map(|n: u32| Id::of(&n.to_be_bytes())).collect();
    crowd.sort();
    let ids = |n: usize| list(crowd[..n].iter().map(|i| bytes(i.as_bytes())));
    change("cut list, 512 adopted", &c, "adopted", ids(512), "accept");
    change("cut list, 513 adopted", &c, "adopted", ids(513), "field");

    let r = w.record_map([lane("region:ecowas", 1, None)]);
    let prev = Some(Id::of(b"before"));
    let circle = format!("circle:{}", "0f".repeat(32));
    for (name, lanes, expect) in [
        ("no lanes", vec![], "field"),
        (
            "nine lanes",
            (1..=9)
                .map(|n| lane(&format!("topic:t{n}"), 1, None))
                .collect(),
            "field",
        ),
        (
            "lanes out of order",
            vec![lane("theme:trj", 1, None), lane("region:ecowas", 1, None)],
            "field",
        ),
        (
            "a feed twice",
            vec![lane("theme:trj", 1, None), lane("theme:trj", 2, prev)],
            "field",
        ),
        ("seq 0", vec![lane("theme:trj", 0, prev)], "field"),
        ("seq 2^53", vec![lane("theme:trj", 1 << 53, prev)], "field"),
        (
            "seq 1 with a predecessor",
            vec![lane("theme:trj", 1, prev)],
            "field",
        ),
        (
            "seq 2 without a predecessor",
            vec![lane("theme:trj", 2, None)],
            "field",
        ),
        (
            "a lane of two",
            vec![list([text("theme:trj"), int(1)])],
            "field",
        ),
        (
            "a feed without a colon",
            vec![lane("theme", 1, None)],
            "field",
        ),
        (
            "a feed in capitals",
            vec![lane("theme:TRJ", 1, None)],
            "field",
        ),
        (
            "a feed with nothing after the colon",
            vec![lane("theme:", 1, None)],
            "field",
        ),
        (
            "a feed of 49 bytes",
            vec![lane(&format!("topic:{}", "a".repeat(43)), 1, None)],
            "field",
        ),
        (
            "a prefix of 17 bytes",
            vec![lane(&format!("{}:a", "a".repeat(17)), 1, None)],
            "field",
        ),
        (
            "a prefix that begins with a digit",
            vec![lane("1a:a", 1, None)],
            "field",
        ),
        (
            "a rest that begins with a hyphen",
            vec![lane("topic:-a", 1, None)],
            "field",
        ),
        (
            "a circle that is none",
            vec![lane("circle:friends", 1, None)],
            "field",
        ),
        (
            "registry and another feed",
            vec![lane("region:ecowas", 1, None), lane("registry", 1, None)],
            "field",
        ),
        ("a circle", vec![lane(&circle, 1, None)], "unsupported"),
        (
            "a feed of 48 bytes",
            vec![lane(&format!("topic:{}", "a".repeat(42)), 1, None)],
            "accept",
        ),
        (
            "a feed of an unknown prefix",
            vec![lane("basin:volta.2:upper_a-1", 1, None)],
            "accept",
        ),
    ] {
        change(
            &format!("record, {name}"),
            &r,
            "lanes",
            Value::List(lanes),
            expect,
        );
    }
    let link = |rel: &str, n: u8| list([text(rel), bytes(&filler(n))]);
    change(
        "record, 32 links",
        &r,
        "links",
        list((0..32).map(|n| link("see", n))),
        "accept",
    );
    change(
        "record, 33 links",
        &r,
        "links",
        list((0..33).map(|n| link("see", n))),
        "field",
    );
    change(
        "record, links out of order by relation",
        &r,
        "links",
        list([link("see", 1), link("adapts", 1)]),
        "field",
    );
    change(
        "record, links out of order by target",
        &r,
        "links",
        list([link("see", 2), link("see", 1)]),
        "field",
    );
    change(
        "record, a link twice",
        &r,
        "links",
        list([link("see", 1), link("see", 1)]),
        "field",
    );
    change(
        "record, a relation with a space",
        &r,
        "links",
        list([link("see also", 1)]),
        "field",
    );
    change(
        "record, links where bytewise is not shorter first",
        &r,
        "links",
        list([link("based-on", 1), link("see", 1)]),
        "accept",
    );
    for (kind, rel) in LINKED {
        change(
            &format!("record, {kind} without {rel}"),
            &r,
            "kind",
            text(kind),
            "field",
        );
    }
    for (name, lang, expect) in [
        ("one letter", "e", "field"),
        ("nine letters", "abcdefghi", "field"),
        ("an empty subtag", "en--GB", "field"),
        ("a subtag of nine", "en-abcdefghi", "field"),
        ("an underscore", "en_GB", "field"),
        ("36 bytes", "en-aaaaaaaa-bbbbbbbb-cccccccc-dddddd", "field"),
        ("35 bytes", "en-aaaaaaaa-bbbbbbbb-cccccccc-ddddd", "accept"),
        ("nothing", "", "field"),
    ] {
        change(
            &format!("record, language of {name}"),
            &r,
            "lang",
            text(lang),
            expect,
        );
    }
    change(
        "record, kind in capitals",
        &r,
        "kind",
        text("Practice"),
        "field",
    );
    change(
        "record, kind of 33 characters",
        &r,
        "kind",
        text(&"a".repeat(33)),
        "field",
    );
    change("record, card of 16 bytes", &r, "card", part(16), "field");
    change("record, body of 16 bytes", &r, "body", part(16), "field");
    change(
        "record, parts of 17 bytes",
        &with(&r, "card", part(17)),
        "body",
        part(17),
        "accept",
    );
    change(
        "record, card of 16,384 bytes",
        &r,
        "card",
        part(16_384),
        "accept",
    );
    change(
        "record, card of 16,385 bytes",
        &r,
        "card",
        part(16_385),
        "field",
    );
    let whole = 61_440 - w.sign(&with(&r, "body", part(60_000))).len() as u64 - 100;
    change(
        "record, 61,441 bytes with its parts",
        &r,
        "body",
        part(whole + 1),
        "field",
    );
    change(
        "record, a body of 2^63-1 bytes",
        &r,
        "body",
        part(i64::MAX as u64),
        "field",
    );
    let registry = w.record_map([lane("registry", 1, None)]);
    let whole = 16_384 - w.sign(&with(&registry, "body", part(10_000))).len() as u64 - 100;
    change(
        "record in registry, 16,384 bytes with its parts",
        &registry,
        "body",
        part(whole),
        "accept",
    );
    change(
        "record in registry, 16,385 bytes with its parts",
        &registry,
        "body",
        part(whole + 1),
        "field",
    );
    change(
        "record, marking amber",
        &r,
        "marking",
        text("amber"),
        "unsupported",
    );
    change("record, encrypted", &r, "enc", text("age"), "unsupported");
    change(
        "record, marking amber and a kind in capitals",
        &with(&r, "kind", text("A")),
        "marking",
        text("amber"),
        "field",
    );
    change(
        "record, marking amber and too large with its parts",
        &with(&r, "body", part(61_000)),
        "marking",
        text("amber"),
        "field",
    );

    let h = w.head_map(1, []);
    let last = Id::of(b"last");
    change("head, beat 0", &h, "beat", int(0), "field");
    change("head, beat 2^53", &h, "beat", int(1 << 53), "field");
    change("head, due before its day", &h, "due", int(20_002), "field");
    change("head, due on its day", &h, "due", int(20_003), "accept");
    let crowd = |n: usize| list((1_000..1_000 + n).map(|n| end(&format!("topic:t{n}"), 1, last)));
    for (kind, map, field) in [("head", &h, "lanes"), ("alarm", &w.alarm_map(), "good")] {
        change(
            &format!("{kind}, 129 lanes"),
            map,
            field,
            crowd(129),
            "field",
        );
        change(
            &format!("{kind}, lanes out of order"),
            map,
            field,
            list([end("b:b", 1, last), end("a:a", 1, last)]),
            "field",
        );
        change(
            &format!("{kind}, a lane twice"),
            map,
            field,
            list([end("a:a", 1, last), end("a:a", 2, last)]),
            "field",
        );
        change(
            &format!("{kind}, seq 0"),
            map,
            field,
            list([end("a:a", 0, last)]),
            "field",
        );
        change(
            &format!("{kind}, seq 2^53"),
            map,
            field,
            list([end("a:a", 1 << 53, last)]),
            "field",
        );
        change(
            &format!("{kind}, a circle"),
            map,
            field,
            list([end(&circle, 1, last)]),
            "field",
        );
        change(
            &format!("{kind}, no feed name"),
            map,
            field,
            list([end("A:a", 1, last)]),
            "field",
        );
    }
    change(
        "alarm against itself",
        &w.alarm_map(),
        "against",
        bytes(one.as_bytes()),
        "field",
    );
    change(
        "alarm against a key of an unknown algorithm",
        &w.alarm_map(),
        "against",
        bytes(&[7; 33]),
        "accept",
    );
    let m = w.manifest_map();
    change(
        "manifest, an unknown role",
        &m,
        "role",
        text("gift"),
        "field",
    );
    for field in ["frames", "volumes"] {
        change(&format!("manifest, {field} 0"), &m, field, int(0), "field");
    }
    change("manifest, bytes -1", &m, "bytes", int(-1), "field");
    change("custody, leg 0", &w.custody_map(), "leg", int(0), "field");
    let receipt = w.receipt_map();
    let hold = |key: u8, feed: &str, seq: i128| {
        list([bytes(&[key; 33]), text(feed), int(seq), bytes(&filler(9))])
    };
    change(
        "receipt, holds out of order by key",
        &receipt,
        "holds",
        list([hold(2, "a:a", 1), hold(1, "a:a", 1)]),
        "field",
    );
    change(
        "receipt, holds out of order by feed",
        &receipt,
        "holds",
        list([hold(1, "b:b", 1), hold(1, "a:a", 1)]),
        "field",
    );
    change(
        "receipt, a lane twice",
        &receipt,
        "holds",
        list([hold(1, "a:a", 1), hold(1, "a:a", 2)]),
        "field",
    );
    change(
        "receipt, seq 0",
        &receipt,
        "holds",
        list([hold(1, "a:a", 0)]),
        "field",
    );
    change(
        "receipt, a circle",
        &receipt,
        "holds",
        list([hold(1, &circle, 1)]),
        "field",
    );
    change(
        "receipt, 240 lanes",
        &receipt,
        "holds",
        list((0..240).map(|n| hold(n, "a:a", 1))),
        "accept",
    );
    change(
        "receipt, 241 lanes",
        &receipt,
        "holds",
        list((0..241).map(|n| hold(n as u8, "a:a", 1))),
        "field",
    );
}

fn keys_and_signatures(w: &World, cases: &mut Vec<Json>) {
    let identity = {
        let mut key = [0; 33];
        (key[0], key[1]) = (1, 1);
        key
    };
    let custody = w.custody_map();
    // Under the identity every message "verifies" with R = identity and S = 0, unless small order is refused.
    let mut forged = [0; 64];
    forged[0] = 1;
    let weak = with(&custody, "key", bytes(&identity));
    refuse(
        cases,
        "custody forged with a key of small order",
        &single_of(&encoded(&weak), &forged),
        "key",
    );
    refuse(
        cases,
        "custody of an unknown algorithm",
        &w.sign(&with(&custody, "key", bytes(&[2; 33]))),
        "key",
    );
    let payload = encoded(&custody);
    let signature = w.node.sign("custody", &net(), &payload);
    let mut flipped = signature;
    flipped[0] ^= 1;
    refuse(
        cases,
        "custody, a bit of R changed",
        &single_of(&payload, &flipped),
        "signature",
    );
    flipped = signature;
    flipped[32] ^= 1;
    refuse(
        cases,
        "custody, a bit of S changed",
        &single_of(&payload, &flipped),
        "signature",
    );
    refuse(
        cases,
        "custody, S plus the group order",
        &single_of(&payload, &plus_order(&signature)),
        "signature",
    );
    refuse(
        cases,
        "custody, R of small order",
        &single_of(&payload, &forged),
        "signature",
    );
    refuse(
        cases,
        "custody, a signature of zeros",
        &single_of(&payload, &[0; 64]),
        "signature",
    );
    refuse(
        cases,
        "custody signed by another key",
        &single_of(&payload, &w.other.sign("custody", &net(), &payload)),
        "signature",
    );
    refuse(
        cases,
        "custody, the payload changed after signing",
        &single_of(&encoded(&with(&custody, "leg", int(2))), &signature),
        "signature",
    );

    let inception = w.inception_map();
    let all = signatures(&inception, &w.roots.iter().collect::<Vec<_>>());
    let payload = encoded(&inception);
    refuse(
        cases,
        "inception without signatures",
        &threshold_of(&payload, &[]),
        "threshold",
    );
    refuse(
        cases,
        "inception one signature short",
        &threshold_of(&payload, &all[..1]),
        "threshold",
    );
    let mut wrong = all.clone();
    wrong[2].1[40] ^= 1;
    refuse(
        cases,
        "inception, enough good signatures and a bad one",
        &threshold_of(&payload, &wrong),
        "signature",
    );
    refuse(
        cases,
        "inception also signed by a reserve key",
        &threshold(&inception, &[&w.roots[0], &w.roots[1], &w.reserve[0]]),
        "signature",
    );
    let mut roots = vec![
        bytes(&identity),
        bytes(w.roots[0].key().as_bytes()),
        bytes(w.roots[1].key().as_bytes()),
    ];
    roots.sort_by_key(|key| match key {
        Value::Bytes(key) => key.clone(),
        _ => Vec::new(),
    });
    refuse(
        cases,
        "inception, a root of small order",
        &w.sign(&with(&inception, "roots", Value::List(roots))),
        "key",
    );
    let state = w.state_map();
    let pairs = signatures(&state, &[&w.roots[0], &w.reserve[0], &w.reserve[1]]);
    refuse(
        cases,
        "state, enough signatures and too few of its own roots",
        &threshold_of(&encoded(&state), &pairs),
        "threshold",
    );
    refuse(
        cases,
        "state without signatures",
        &threshold(&state, &[]),
        "threshold",
    );
    let mut wrong = signatures(&state, &[&w.roots[0], &w.roots[1], &w.reserve[0]]);
    let stranger = w.reserve[0].key();
    for pair in wrong.iter_mut().filter(|pair| pair.0 == stranger) {
        pair.1[40] ^= 1;
    }
    refuse(
        cases,
        "state, a bad signature of a key that need not sign",
        &threshold_of(&encoded(&state), &wrong),
        "signature",
    );
    let weak = list([map([
        ("key", bytes(&identity)),
        ("purpose", text("sign")),
        ("scope", Value::Null),
        ("expires", Value::Null),
    ])]);
    refuse(
        cases,
        "state, a delegated key of small order",
        &w.sign(&with(&state, "delegations", weak)),
        "key",
    );
    let other = list([map([
        ("key", bytes(&[2; 33])),
        ("purpose", text("later")),
        ("scope", Value::Null),
        ("expires", Value::Null),
    ])]);
    refuse(
        cases,
        "state, a delegated key of an unknown algorithm",
        &w.sign(&with(&state, "delegations", other)),
        "key",
    );
    refuse(
        cases,
        "state with a signer of small order",
        &{
            let mut pairs = signatures(&state, &w.two());
            pairs.push((indaba_protocol::Key::from_bytes(identity), forged));
            pairs.sort();
            threshold_of(&encoded(&state), &pairs)
        },
        "key",
    );
}

/// The same scalar, spelled beyond the group order.
fn plus_order(signature: &[u8; 64]) -> [u8; 64] {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut out = *signature;
    let mut carry = 0u16;
    for (byte, add) in out[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    out
}

/// A signature of one type and network under a payload of another.
fn replays(w: &World, cases: &mut Vec<Json>) {
    let singles: Vec<(&str, Map)> = w
        .one_of_each()
        .into_iter()
        .filter(|(_, _, s)| s[0] == 0x84)
        .map(|(k, m, _)| (k, m))
        .collect();
    for (kind, map) in &singles {
        let payload = encoded(map);
        for (other, _) in singles.iter().filter(|(other, _)| other != kind) {
            let name = format!("{kind} under a signature made for {other}");
            refuse(
                cases,
                &name,
                &single_of(&payload, &w.node.sign(other, &net(), &payload)),
                "signature",
            );
        }
        let elsewhere = NetworkName::parse("other").map(|n| n.id()).unwrap_or(net());
        let name = format!("{kind} under a signature made for another network");
        refuse(
            cases,
            &name,
            &single_of(&payload, &w.node.sign(kind, &elsewhere, &payload)),
            "signature",
        );
    }
    for (kind, other, map) in [
        ("inception", "state", w.inception_map()),
        ("state", "inception", w.state_map()),
    ] {
        let payload = encoded(&map);
        let mut pairs: Vec<_> = w
            .two()
            .iter()
            .map(|root| (root.key(), root.sign(other, &net(), &payload)))
            .collect();
        pairs.sort();
        refuse(
            cases,
            &format!("{kind} under signatures made for {other}"),
            &threshold_of(&payload, &pairs),
            "signature",
        );
    }
}

fn contradictions(w: &World, cases: &mut Vec<Json>) {
    let (a, b) = w.rival_records();
    let signed = |map: Map| single(&map, &w.node);
    let proof = |a: &[u8], b: &[u8]| w.sign(&w.equivocation_map(a, b));
    let head = |beat, lanes: Vec<Value>| signed(w.head_map(beat, lanes));
    let (x, y) = (Id::of(b"x"), Id::of(b"y"));
    let low = head(1, vec![end("a:a", 2, x), end("b:b", 2, x)]);
    for (name, other) in [
        ("equal beat", head(1, vec![end("a:a", 2, x)])),
        (
            "a higher beat without a feed",
            head(2, vec![end("a:a", 2, x)]),
        ),
        (
            "a higher beat with a lower seq",
            head(2, vec![end("a:a", 1, x), end("b:b", 2, x)]),
        ),
        (
            "one position, two records",
            head(2, vec![end("a:a", 2, y), end("b:b", 2, x)]),
        ),
    ] {
        accept(
            cases,
            &format!("equivocation of heads, {name}"),
            &proof(&low, &other),
        );
    }
    refuse(
        cases,
        "equivocation of heads that agree",
        &proof(&low, &head(2, vec![end("a:a", 3, y), end("b:b", 2, x)])),
        "field",
    );
    let prev = Some(Id::of(b"before"));
    let second = signed(w.record_map([lane("region:ecowas", 2, prev)]));
    refuse(
        cases,
        "equivocation of records at two positions",
        &proof(&a, &second),
        "field",
    );
    refuse(
        cases,
        "equivocation of records in two feeds",
        &proof(&a, &signed(w.record_map([lane("theme:trj", 1, None)]))),
        "field",
    );
    let both = signed(w.record_map([lane("region:ecowas", 1, None), lane("theme:trj", 5, prev)]));
    accept(
        cases,
        "equivocation of records that share one of two feeds",
        &proof(&a, &both),
    );
    refuse(
        cases,
        "equivocation of a record and a head",
        &proof(&a, &low),
        "field",
    );
    let mut turned = w.equivocation_map(&a, &b);
    if let (Some(one), Some(two)) = (turned.remove("a"), turned.remove("b")) {
        turned.insert("a".into(), two);
        turned.insert("b".into(), one);
    }
    refuse(
        cases,
        "equivocation with the greater id first",
        &w.sign(&turned),
        "field",
    );
    let same = with(
        &with(&w.equivocation_map(&a, &b), "a", bytes(&a)),
        "b",
        bytes(&a),
    );
    refuse(
        cases,
        "equivocation of a record with itself",
        &w.sign(&same),
        "field",
    );
    let stranger = World::named("another land");
    refuse(
        cases,
        "equivocation of two institutions",
        &proof(&a, &stranger.record()),
        "field",
    );
    let mut by_other = w.record_map([lane("region:ecowas", 1, None)]);
    by_other.insert("key".into(), bytes(w.other.key().as_bytes()));
    refuse(
        cases,
        "equivocation of two keys",
        &proof(&a, &single(&by_other, &w.other)),
        "field",
    );
    let mut elsewhere = w.record_map([lane("region:ecowas", 1, None)]);
    elsewhere.insert("inst".into(), bytes(&filler(1)));
    refuse(
        cases,
        "equivocation of one key for two institutions",
        &proof(&a, &signed(elsewhere)),
        "field",
    );
    let mut forged = b.clone();
    if let Some(last) = forged.last_mut() {
        *last ^= 1;
    }
    refuse(
        cases,
        "equivocation with a forged record",
        &proof(&a, &forged),
        "field",
    );
    refuse(
        cases,
        "equivocation with an unsupported record",
        &proof(&a, &w.record_marked("amber")),
        "field",
    );
    refuse(
        cases,
        "equivocation of alarms",
        &proof(
            &signed(w.alarm_map()),
            &signed(with(&w.alarm_map(), "day", int(1))),
        ),
        "field",
    );
    refuse(
        cases,
        "equivocation with bytes that are no statement",
        &w.sign(&with(&w.equivocation_map(&a, &b), "a", bytes(b"no"))),
        "field",
    );
    refuse(
        cases,
        "equivocation inside an equivocation",
        &proof(&a, &proof(&a, &b)),
        "field",
    );
    let map = w.equivocation_map(&a, &b);
    accept(
        cases,
        "equivocation of records in 4,608 bytes",
        &padded(w, &map, 4_608),
    );
    refuse(
        cases,
        "equivocation of records in 4,609 bytes",
        &padded(w, &map, 4_609),
        "field",
    );
}
