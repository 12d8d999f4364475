//! Faults in the fields that every kind has.

use super::super::case::{int, list, map, text};
use super::{entries, id, least, sections, texts, with};
use indaba_protocol::Value;
use serde_json::Value as Json;

pub(super) fn cases() -> Vec<Json> {
    let bad = |field: &str, name: &str, value: Value| {
        with(field, value).refuse(&format!("{field}: {name}"), field)
    };
    let long = |n: usize| text(&"x".repeat(n));
    let many = |n: u8| {
        list((0..n).map(|i| {
            text(&format!(
                "A{}{}",
                char::from(b'A' + i / 26),
                char::from(b'A' + i % 26)
            ))
        }))
    };
    let actor = |role: &str| map([("role", text(role)), ("name", text("Council (example)"))]);
    let source = |key: &str, value: Value| list([map([("title", text("x")), (key, value)])]);
    let file = |key: &str, value: Value| {
        let mut file = entries([
            ("hash", id(1)),
            ("size", int(1)),
            ("media", text("text/plain")),
            ("title", text("x")),
        ]);
        file.insert(key.to_owned(), value);
        list([Value::Map(file)])
    };
    vec![
        least("plan")
            .without("licence")
            .refuse("licence missing", "licence"),
        least("plan")
            .without("attribution")
            .refuse("attribution missing", "attribution"),
        bad("licence", "65 bytes", long(65)),
        bad("licence", "not an SPDX identifier", text("CC BY 4.0")),
        bad("attribution", "not a value", text("anonymous")),
        with("attribution", text("chatham"))
            .body("actors", list([actor("lead")]))
            .refuse("chatham with actors", "actors"),
        bad("sections", "key in capitals", map([("Stance", text("x"))])),
        bad(
            "sections",
            "key of 33",
            map([("abcdefghijklmnopqrstuvwxyz_0123456", text("x"))]),
        ),
        bad("sections", "empty text", map([("stance", text(""))])),
        bad("sections", "8,001", map([("stance", long(8_001))])),
        bad("sections", "an array", texts(["x"])),
        least("practice")
            .body("sections", sections(["challenge"]))
            .refuse("a practice with one section", "sections"),
        least("lesson")
            .without("sections")
            .refuse("a lesson without sections", "sections"),
        bad("countries", "not sorted", texts(["KEN", "GHA"])),
        bad("countries", "twice", texts(["GHA", "GHA"])),
        bad("countries", "lower case", texts(["gha"])),
        bad("countries", "61", many(61)),
        bad(
            "areas",
            "nine",
            texts(["1", "2", "3", "4", "5", "6", "7", "8", "9"]),
        ),
        bad("areas", "101", list([long(101)])),
        bad("areas", "twice", texts(["North", "North"])),
        bad("regions", "capitals", texts(["ECOWAS"])),
        bad("regions", "twice", texts(["au", "au"])),
        bad("themes", "lower case", texts(["trj"])),
        bad("themes", "one character below", texts(["TRJ.M"])),
        bad(
            "themes",
            "13",
            list((0..13).map(|i| {
                text(&format!(
                    "A{}{}",
                    char::from(b'A' + i / 5),
                    char::from(b'A' + i % 5)
                ))
            })),
        ),
        bad("sdg", "a goal alone", texts(["16"])),
        bad("sdg", "three characters", texts(["16.100"])),
        bad("risk", "one digit", texts(["RF1"])),
        bad("level", "none", list([])),
        bad(
            "level",
            "four",
            texts(["local", "district", "national", "regional"]),
        ),
        bad("level", "twice", texts(["local", "local"])),
        bad("level", "not a value", texts(["global"])),
        bad("period", "from open", map([("from", text("open"))])),
        bad("period", "month 13", map([("to", text("2015-13"))])),
        bad(
            "period",
            "29 February 2015",
            map([("from", text("2015-02-29"))]),
        ),
        bad("period", "year 0000", map([("from", text("0000"))])),
        bad("actors", "unknown role", list([actor("hero")])),
        bad("actors", "no name", list([map([("role", text("lead"))])])),
        bad("actors", "21", list(vec![actor("lead"); 21])),
        bad("sources", "no title", list([map([])])),
        bad("sources", "empty ref", source("ref", text(""))),
        bad("sources", "date in words", source("date", text("May 2015"))),
        bad("sources", "bad tag", source("lang", text("e"))),
        bad(
            "sources",
            "sha256 of 31 bytes",
            source("sha256", Value::Bytes(vec![0; 31])),
        ),
        bad("sources", "11", list(vec![map([("title", text("x"))]); 11])),
        bad("maturity", "not a value", text("best")),
        bad("validation", "not a value", text("none")),
        bad("basis", "not a value", text("hearsay")),
        bad("embargo", "a month", text("2030-01")),
        bad("review_by", "a year", text("2030")),
        bad("expires", "not a day of the calendar", text("2030-04-31")),
        bad("contact", "four", texts(["a", "b", "c", "d"])),
        bad("contact", "201", list([long(201)])),
        bad("attachments", "hash as text", file("hash", text("00"))),
        bad("attachments", "negative size", file("size", int(-1))),
        bad("attachments", "title of 201", file("title", long(201))),
        bad(
            "stage",
            "not a value",
            list([map([("stage", text("done"))])]),
        ),
        bad("resources", "301", map([("cost", long(301))])),
        bad("pillar", "four", list([int(4)])),
        bad("pillar", "as text", texts(["1"])),
        bad("pillar", "twice", list([int(1), int(1)])),
        bad("phase", "not a value", texts(["later"])),
        bad("ext", "4,097 bytes", map([("x", long(4_091))])),
    ]
}
