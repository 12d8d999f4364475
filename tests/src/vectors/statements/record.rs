//! The bounds of a record: lanes, links, sizes, and what makes it UNSUPPORTED.

use super::super::case::{bytes, filler, int, list, text};
use super::super::world::{World, lane, part};
use super::{LINKED, changes, circle, with};
use indaba_protocol::{Id, Value};
use serde_json::Value as Json;

pub(super) fn cases(w: &World, cases: &mut Vec<Json>) {
    let mut change = changes(w, cases);
    let r = w.record_map([lane("region:ecowas", 1, None)]);
    let prev = Some(Id::of(b"before"));
    let circle = circle();
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
}
