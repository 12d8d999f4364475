//! Section 16.

use super::case::hex;
use indaba_protocol::Id;
use indaba_protocol::reconciliation::message::{Again, Answer, Hello, Message, Plan, Refusal};
use indaba_protocol::reconciliation::rungs::Rung;
use indaba_protocol::reconciliation::{
    Cell, CheckKey, Cursor, Root, RootState, Salt, Short, ShortKey, Sketch, cell, id_list,
    mapping::Mapping,
};
use serde_json::{Value as Json, json};

mod run;

pub(super) use run::case;

/// Cells that cases of sketches show.
const SHOWN: usize = 80;

fn salt() -> Salt {
    let hash = Id::of(b"salt");
    let mut salt = Salt::default();
    salt.initiator.copy_from_slice(&hash.as_bytes()[..16]);
    salt.responder.copy_from_slice(&hash.as_bytes()[16..]);
    salt
}

fn salt_text(salt: &Salt) -> String {
    hex(&[salt.initiator, salt.responder].concat())
}

fn keys(feed: &str, salt: Option<&Salt>) -> (ShortKey, CheckKey) {
    let feed = Id::of(feed.as_bytes());
    match salt {
        None => (ShortKey::cached(&feed), CheckKey::cached()),
        Some(salt) => (ShortKey::salted(&feed, salt), CheckKey::salted(salt)),
    }
}

type Elements = Vec<(&'static str, Id)>;

fn elements(name: &str, n: u32) -> Elements {
    let feeds = ["registry", "region:ecowas", "topic:water-points"];
    (0..n)
        .map(|i| {
            let id = Id::of(format!("{name} {i}").as_bytes());
            (feeds[i as usize % feeds.len()], id)
        })
        .collect()
}

fn written(elements: &Elements) -> Json {
    let pairs = elements
        .iter()
        .map(|(feed, id)| json!([feed, hex(id.as_bytes())]));
    Json::Array(pairs.collect())
}

fn shorts_of(elements: &[(&str, Id)], salt: Option<&Salt>) -> Vec<Short> {
    let mut shorts: Vec<Short> = elements
        .iter()
        .map(|(feed, id)| keys(feed, salt).0.short(id))
        .collect();
    shorts.sort_unstable();
    shorts
}

fn sketch(elements: &[(&str, Id)], salt: Option<&Salt>, cells: usize) -> Vec<Cell> {
    let mut sketch = Sketch::new(keys("", salt).1, cells);
    for short in shorts_of(elements, salt) {
        sketch.insert(short);
    }
    sketch.into_cells()
}

fn root(elements: &[(&str, Id)]) -> Root {
    let mut root = RootState::default();
    for (feed, id) in elements {
        root.insert(&Id::of(feed.as_bytes()), id);
    }
    root.digest()
}

fn places(short: Short) -> Vec<u64> {
    let mut mapping = Mapping::new(short);
    let mut places = Vec::new();
    while mapping.index() < 4_096 {
        places.push(mapping.index());
        mapping.advance();
    }
    places
}

fn number(short: &Short) -> String {
    hex(&short.to_bytes())
}

fn numbers(shorts: &[Short]) -> Vec<String> {
    shorts.iter().map(number).collect()
}

pub(super) fn cases() -> Vec<Json> {
    let mut cases = short_cases();
    cases.extend(set_cases());
    cases.extend(list_cases());
    cases.extend(message_cases());
    cases
}

fn short_cases() -> Vec<Json> {
    let mut cases = Vec::new();
    for (feed, id) in elements("record", 4) {
        for salt in [None, Some(salt())] {
            let (key, check) = keys(feed, salt.as_ref());
            let short = key.short(&id);
            let tier = if salt.is_some() { "salted" } else { "cached" };
            let mut case = json!({
                "name": format!("short id of {} in {feed}, {tier}", id.short()), "do": "short",
                "feed": feed, "id": hex(id.as_bytes()), "short": number(&short),
                "check": format!("{:08x}", check.check(short)), "places": places(short),
            });
            if let Some(salt) = salt {
                case["salt"] = json!(salt_text(&salt));
            }
            cases.push(case);
        }
    }
    cases
}

fn set_cases() -> Vec<Json> {
    let mut cases = Vec::new();
    for (name, n) in [
        ("nothing", 0),
        ("one element", 1),
        ("three feeds", 12),
        ("counts beyond a byte", 300),
    ] {
        let all = elements("set", n);
        cases.push(json!({
            "name": format!("sketch and root of {name}"), "do": "sketch", "elements": written(&all),
            "root": hex(&root(&all).0), "cells": hex(&cell::encode(0, &sketch(&all, None, SHOWN))),
        }));
    }
    let common = elements("common", 20);
    for (name, ours, theirs, cells, salt) in [
        ("one more here", 1, 0, 16, None),
        ("five on each side", 5, 5, 40, None),
        ("thirty there", 0, 30, 80, None),
        ("eight on each side, salted", 8, 8, 60, Some(salt())),
        ("more than the cells hold", 20, 20, 24, None),
    ] {
        let side = |name, n| [common.clone(), elements(name, n)].concat();
        let (a, b) = (side("ours", ours), side("theirs", theirs));
        let mut case = json!({
            "name": format!("difference: {name}"), "do": "difference",
            "a": written(&a), "b": written(&b), "cells": cells,
        });
        if let Some(salt) = &salt {
            case["salt"] = json!(salt_text(salt));
        }
        if cells > ours + theirs {
            let only =
                |name, n: usize| numbers(&shorts_of(&elements(name, n as u32), salt.as_ref()));
            case["expect"] = json!("recovered");
            case["ours"] = json!(only("ours", ours as usize));
            case["theirs"] = json!(only("theirs", theirs as usize));
        } else {
            case["expect"] = json!("left");
        }
        cases.push(case);
    }
    cases
}

fn list_cases() -> Vec<Json> {
    let ids = |n: u64| -> Vec<u64> {
        let shorts = (0..n).map(|i| id_list::listed(Short(u64::from_be_bytes(first(i)))));
        let mut ids: Vec<u64> = shorts.collect();
        ids.sort_unstable();
        ids
    };
    let case = |name: &str,
                parameter: u32,
                before: Option<u64>,
                ids: &[u64],
                bytes: &[u8],
                expect: &str| {
        let shown: Vec<String> = ids.iter().map(|id| format!("{id:012x}")).collect();
        json!({
            "name": format!("list: {name}"), "do": "list", "parameter": parameter, "count": ids.len(),
            "before": before.map(|id| format!("{id:012x}")), "ids": shown, "bytes": hex(bytes), "expect": expect,
        })
    };
    let accept = |name: &str, before: Option<u64>, ids: &[u64]| {
        let parameter = id_list::parameter(ids.len() as u64);
        let bytes = id_list::encode(parameter, before, ids);
        case(name, parameter, before, ids, &bytes, "accept")
    };
    let some = ids(7);
    let bytes = id_list::encode(40, None, &some);
    vec![
        accept("no ids", None, &[]),
        accept(
            "the first and the last there can be",
            None,
            &[0, (1 << 48) - 1],
        ),
        accept("seven ids", None, &some),
        accept(
            "what goes on after a message before",
            Some(some[0]),
            &some[1..],
        ),
        accept("two hundred ids", None, &ids(200)),
        case(
            "a byte too many",
            40,
            None,
            &some,
            &[&bytes[..], &[0xff]].concat(),
            "refused",
        ),
        case(
            "cut short",
            40,
            None,
            &some,
            &bytes[..bytes.len() - 1],
            "refused",
        ),
        case(
            "filled with a zero",
            40,
            None,
            &some[..1],
            &[&id_list::encode(40, None, &some[..1])[..5], &[0]].concat(),
            "refused",
        ),
        case("a parameter beyond 48", 49, None, &some, &bytes, "refused"),
        case(
            "an id beyond 48 bits",
            48,
            Some(5),
            &[9],
            &id_list::encode(48, None, &[(1 << 48) - 1]),
            "refused",
        ),
    ]
}

fn first(n: u64) -> [u8; 8] {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&Id::of(&n.to_be_bytes()).as_bytes()[..8]);
    bytes
}

fn message_cases() -> Vec<Json> {
    let cursor = Cursor {
        epoch: 7,
        seq: 1_000_000,
    };
    let shorts = shorts_of(&elements("wanted", 3), None);
    let hello = Hello {
        mapping: 1,
        feeds: [3; 8],
        count: 1_000_000,
        root: Root([4; 16]),
        since: Some(cursor),
        cells: cell::encode(0, &sketch(&elements("set", 12), None, 24)),
        rungs: vec![],
    };
    let stranger = Hello {
        since: None,
        rungs: vec![
            Rung {
                boundary: (1 << 31) + 20_000,
                counters: [-3, 5, 0, 1, -1, 7, 9, -32_768],
            },
            Rung {
                boundary: 0,
                counters: [1; 8],
            },
        ],
        ..hello.clone()
    };
    let answer = |salt, plan, unknown| {
        Message::Answer(Answer {
            count: 5,
            cursor,
            salt,
            plan,
            unknown,
        })
    };
    let accepted = [
        ("hello", Message::Hello(hello.clone())),
        (
            "hello of a stranger, with rungs",
            Message::Hello(stranger.clone()),
        ),
        ("equal", Message::Equal(cursor)),
        ("everything", Message::Everything { count: 0, cursor }),
        (
            "found",
            Message::Found {
                cursor,
                want: shorts.clone(),
                have: vec![],
            },
        ),
        ("answer with cells", answer(None, Plan::Cells, vec![])),
        (
            "answer with what arrived",
            answer(None, Plan::Arrivals, vec![]),
        ),
        (
            "answer with what claims a day",
            answer(None, Plan::Suffix(1 << 31), vec![]),
        ),
        (
            "answer with a list",
            answer(Some([1; 16]), Plan::List, shorts.clone()),
        ),
        ("ids", Message::Ids(shorts.clone())),
        ("ids, the end", Message::Ids(vec![])),
        (
            "cells",
            Message::Cells {
                from: 63,
                bytes: vec![0; 14 + 13],
            },
        ),
        (
            "list",
            Message::List {
                parameter: 48,
                count: 0,
                bytes: vec![],
                last: true,
            },
        ),
        (
            "again",
            Message::Again(Again {
                salt: [2; 16],
                expected: 8,
                found: shorts.clone(),
                list: false,
            }),
        ),
        (
            "stop",
            Message::Stop {
                cached: shorts.clone(),
                salted: vec![],
                more: false,
            },
        ),
        ("refused", Message::Refused(Refusal::Feeds)),
    ];
    let case = |name: &str, bytes: &[u8], expect: &str| json!({ "name": format!("message: {name}"), "do": "message", "bytes": hex(bytes), "expect": expect });
    let mut cases: Vec<Json> = accepted
        .iter()
        .map(|(name, message)| case(name, &message.encode(), "accept"))
        .collect();
    let backwards: Vec<Short> = shorts.iter().rev().copied().collect();
    let with = |change: &dyn Fn(&mut Hello)| {
        let mut changed = stranger.clone();
        change(&mut changed);
        Message::Hello(changed).encode()
    };
    cases.extend([
        case("a number nobody knows", &[0x82, 0x0b, 0x00], "refused"),
        case("no array", &[0x00], "refused"),
        case("an empty array", &[0x80], "refused"),
        case("a field too many", &[0x83, 0x05, 0x40, 0xf6], "refused"),
        case("not strict CBOR", &[0x82, 0x18, 0x05, 0x40], "refused"),
        case(
            "half a short id",
            &[0x82, 0x05, 0x44, 0, 0, 0, 0],
            "refused",
        ),
        case(
            "wants that are not sorted",
            &Message::Stop {
                cached: backwards,
                salted: vec![],
                more: false,
            }
            .encode(),
            "refused",
        ),
        case(
            "wants that are repeated",
            &Message::Stop {
                cached: vec![shorts[0]; 2],
                salted: vec![],
                more: false,
            }
            .encode(),
            "refused",
        ),
        case(
            "cells of a hello cut short",
            &with(&|h| {
                h.cells.pop();
            }),
            "refused",
        ),
        case(
            "rungs that do not go back",
            &with(&|h| h.rungs.reverse()),
            "refused",
        ),
        case(
            "fifteen rungs",
            &with(&|h| {
                h.rungs = (0..15)
                    .map(|n| Rung {
                        boundary: 15 - n,
                        counters: [0; 8],
                    })
                    .collect()
            }),
            "refused",
        ),
        case(
            "an epoch beyond 32 bits",
            &[0x82, 0x01, 0x82, 0x1b, 0, 0, 0, 1, 0, 0, 0, 0, 0x00],
            "refused",
        ),
        case(
            "too large",
            &Message::Cells {
                from: 0,
                bytes: vec![0; 36_864],
            }
            .encode(),
            "refused",
        ),
    ]);
    cases
}
