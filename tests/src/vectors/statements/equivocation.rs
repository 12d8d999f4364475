//! Contradictions, and what is none.

use super::super::case::{Map, bytes, filler, int};
use super::super::forge::single;
use super::super::world::{World, end, lane};
use super::{accept, padded, refuse, with};
use indaba_protocol::{Id, Value};
use serde_json::Value as Json;

pub(super) fn cases(w: &World, cases: &mut Vec<Json>) {
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
