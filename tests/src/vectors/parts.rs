//! Sections 5 and 10: items and their parts.

use super::case::{bytes, hex, list};
use super::world::World;
use indaba_protocol::{Item, Value, cbor};
use serde_json::{Value as Json, json};

pub(super) fn cases() -> Vec<Json> {
    let world = World::new();
    let item = world.record_item();
    let head = world.head();
    let with = |card: Option<Vec<u8>>, body: Option<Vec<u8>>| {
        Item {
            statement: item.statement.clone(),
            card,
            body,
        }
        .encode()
    };
    let flipped = |part: &Option<Vec<u8>>| {
        let mut part = part.clone().unwrap_or_default();
        part[20] ^= 1;
        Some(part)
    };
    let longer = |part: &Option<Vec<u8>>| {
        part.clone().map(|mut p| {
            p.push(0);
            p
        })
    };
    let shorter = |part: &Option<Vec<u8>>| {
        part.clone().map(|mut p| {
            p.pop();
            p
        })
    };
    let (card, body) = (item.card.clone(), item.body.clone());
    let mut forged = item.statement.clone();
    if let Some(last) = forged.last_mut() {
        *last ^= 1;
    }
    let mut open = list([bytes(&item.statement), Value::Null]);
    let two = cbor::encode(&open);
    if let Value::List(items) = &mut open {
        items.extend([Value::Null, Value::Null]);
    }
    let four = cbor::encode(&open);
    let mut trailing = with(card.clone(), body.clone());
    trailing.push(0);
    let huge = Item {
        statement: item.statement.clone(),
        card: Some(vec![0; 40_000]),
        body: Some(vec![0; 30_000]),
    }
    .encode();
    let red = world.record_marked("red");
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        (
            "a record with both parts",
            with(card.clone(), body.clone()),
            "accept",
        ),
        ("a record with its card", with(card.clone(), None), "accept"),
        ("a record with its body", with(None, body.clone()), "accept"),
        ("a record alone", with(None, None), "accept"),
        (
            "a head",
            Item {
                statement: head.clone(),
                card: None,
                body: None,
            }
            .encode(),
            "accept",
        ),
        (
            "a bit of the card changed",
            with(flipped(&card), body.clone()),
            "part",
        ),
        (
            "a bit of the body changed",
            with(card.clone(), flipped(&body)),
            "part",
        ),
        (
            "a byte after the card",
            with(longer(&card), body.clone()),
            "part",
        ),
        (
            "the body a byte short",
            with(card.clone(), shorter(&body)),
            "part",
        ),
        (
            "card and body exchanged",
            with(body.clone(), card.clone()),
            "part",
        ),
        ("an empty card", with(Some(vec![]), body.clone()), "part"),
        (
            "a card beside a head",
            Item {
                statement: head.clone(),
                card: card.clone(),
                body: None,
            }
            .encode(),
            "envelope",
        ),
        (
            "a body beside a head",
            Item {
                statement: head,
                card: None,
                body: body.clone(),
            }
            .encode(),
            "envelope",
        ),
        (
            "a forged signature",
            Item {
                statement: forged,
                card: card.clone(),
                body: body.clone(),
            }
            .encode(),
            "signature",
        ),
        (
            "an unsupported record",
            Item {
                statement: red,
                card: None,
                body: None,
            }
            .encode(),
            "unsupported",
        ),
        ("an array of two", two, "envelope"),
        ("an array of four", four, "envelope"),
        (
            "a map",
            cbor::encode(&Value::Map(Default::default())),
            "envelope",
        ),
        (
            "a card that is text",
            cbor::encode(&list([
                bytes(&item.statement),
                Value::String("card".into()),
                Value::Null,
            ])),
            "envelope",
        ),
        (
            "a statement that is null",
            cbor::encode(&list([Value::Null, Value::Null, Value::Null])),
            "envelope",
        ),
        ("a byte after the item", trailing, "not-canonical"),
        ("nothing", vec![], "not-canonical"),
        ("more than 65,536 bytes", huge, "too-large"),
    ];
    let case = |(name, item, expect): (&str, Vec<u8>, &str)| {
        let mut case = json!({ "name": name, "net": "indaba", "item": hex(&item) });
        match expect {
            "accept" | "unsupported" => case["expect"] = json!(expect),
            code => {
                case["expect"] = json!("invalid");
                case["code"] = json!(code);
            }
        }
        case
    };
    cases.into_iter().map(case).collect()
}
