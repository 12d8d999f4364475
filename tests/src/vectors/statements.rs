//! Sections 2 to 6 and 11: one statement a case.

mod accepted;
mod airgap;
mod cut_list;
mod envelope;
mod equivocation;
mod fields;
mod head;
mod inception;
mod record;
mod replay;
mod signature;
mod state;

use super::case::{Map, bytes, filler, int, list, map, statement_case};
use super::forge::{claimed, id, payload};
use super::world::World;
use indaba_protocol::Value;
use serde_json::{Value as Json, json};

const NET: &str = "indaba";

/// Kinds, and the link each needs.
const LINKED: [(&str, &str); 6] = [
    ("revision", "revises"),
    ("withdrawal", "withdraws"),
    ("adaptation", "adapts"),
    ("translation", "translates"),
    ("response", "responds-to"),
    ("outcome", "outcome-of"),
];

pub(super) fn cases() -> Vec<Json> {
    let world = World::new();
    let mut cases = Vec::new();
    accepted::cases(&world, &mut cases);
    envelope::cases(&world, &mut cases);
    fields::cases(&world, &mut cases);
    inception::cases(&world, &mut cases);
    state::cases(&world, &mut cases);
    cut_list::cases(&world, &mut cases);
    record::cases(&world, &mut cases);
    head::cases(&world, &mut cases);
    airgap::cases(&world, &mut cases);
    signature::cases(&world, &mut cases);
    replay::cases(&world, &mut cases);
    equivocation::cases(&world, &mut cases);
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

/// Adds cases that differ from a statement of the right form in one field: name, payload, field, value, what is expected.
fn changes<'a>(
    w: &'a World,
    cases: &'a mut Vec<Json>,
) -> impl FnMut(&str, &Map, &str, Value, &str) + 'a {
    |name, map, field, value, expect| {
        cases.push(statement_case(
            name,
            NET,
            &w.sign(&with(map, field, value)),
            expect,
        ));
    }
}

/// The name of a circle's feed.
fn circle() -> String {
    format!("circle:{}", "0f".repeat(32))
}

fn reversed(value: Value) -> Value {
    match value {
        Value::List(items) => list(items.into_iter().rev()),
        other => other,
    }
}

/// The list with its first element twice.
fn twice(value: Value) -> Value {
    match value {
        Value::List(mut items) => {
            items.insert(0, items[0].clone());
            Value::List(items)
        }
        other => other,
    }
}

fn recovery(guardians: &[u8], k: i128, jurisdictions: i128) -> Value {
    let guardians = list(guardians.iter().map(|g| bytes(&filler(*g))));
    map([
        ("guardians", guardians),
        ("k", int(k)),
        ("jurisdictions", int(jurisdictions)),
    ])
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
