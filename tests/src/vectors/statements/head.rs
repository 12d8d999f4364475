//! The bounds of heads and alarms.

use super::super::case::{bytes, int, list};
use super::super::world::{World, end};
use super::{changes, circle};
use indaba_protocol::Id;
use serde_json::Value as Json;

pub(super) fn cases(w: &World, cases: &mut Vec<Json>) {
    let mut change = changes(w, cases);
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
            list([end(&circle(), 1, last)]),
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
        bytes(w.node.key().as_bytes()),
        "field",
    );
    change(
        "alarm against a key of an unknown algorithm",
        &w.alarm_map(),
        "against",
        bytes(&[7; 33]),
        "accept",
    );
}
