//! Steps 1 to 8 of reading: size, encoding, envelope, header, payload, network, type.

use super::super::case::{Map, bytes, filler, int, list, map, statement_case, text};
use super::super::forge::{
    Pair, encoded, net, signatures, single, single_of, threshold, threshold_of,
};
use super::super::world::World;
use super::{accept, padded, refuse, with};
use indaba_protocol::{Value, cbor};
use serde_json::Value as Json;

pub(super) fn cases(w: &World, cases: &mut Vec<Json>) {
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
