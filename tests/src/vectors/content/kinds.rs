//! Faults in the fields of one kind.

use super::super::case::{int, list, map, text};
use super::{id, least, texts};
use indaba_protocol::Value;
use serde_json::Value as Json;

pub(super) fn cases() -> Vec<Json> {
    let bad = |kind: &'static str, field: &str, name: &str, value: Value| {
        least(kind)
            .body(field, value)
            .refuse(&format!("{kind}, {field}: {name}"), field)
    };
    let long = |n: usize| text(&"x".repeat(n));
    let missing = |kind: &'static str, field: &str| {
        least(kind)
            .without(field)
            .refuse(&format!("{kind} without {field}"), field)
    };
    vec![
        missing("request", "expires"),
        missing("offer", "expires"),
        missing("translation", "translation_status"),
        missing("revision", "revised_kind"),
        missing("revision", "reason"),
        missing("withdrawal", "reason"),
        missing("response", "stance"),
        missing("vouch", "subject"),
        missing("vouch", "level"),
        missing("vouch", "depth"),
        bad("lesson", "product", "not a value", text("book")),
        bad("lesson", "outcome", "not a value", text("won")),
        bad("lesson", "lesson_stage", "not a value", text("learned")),
        bad("exchange", "modality", "not a value", texts(["holiday"])),
        bad(
            "exchange",
            "parties",
            "no receiver",
            map([("from", texts(["A (example)"]))]),
        ),
        bad("plan", "components", "none", list([])),
        bad(
            "plan",
            "components",
            "no text",
            list([map([("component", text("dialogue"))])]),
        ),
        bad(
            "plan",
            "components",
            "practice that is no id",
            list([map([
                ("component", text("x")),
                ("text", text("y")),
                ("practices", texts(["x"])),
            ])]),
        ),
        bad(
            "plan",
            "horizon",
            "not a date",
            map([("from", text("2025")), ("to", text("soon"))]),
        ),
        bad("position", "situation", "301", long(301)),
        bad("position", "since", "not a date", text("always")),
        bad(
            "request",
            "languages",
            "nine",
            texts(["en", "fr", "pt", "es", "ar", "sw", "ha", "am", "so"]),
        ),
        bad("request", "cost_sharing", "not a value", text("free")),
        bad("offer", "state", "not a value", text("sold")),
        bad(
            "adaptation",
            "changes",
            "no reason",
            list([map([("field", text("solution")), ("what", text("x"))])]),
        ),
        bad("outcome", "continued", "text", text("yes")),
        bad(
            "translation",
            "translation_status",
            "not a value",
            text("good"),
        ),
        bad("revision", "revised_kind", "revision", text("revision")),
        bad("revision", "revised_kind", "withdrawal", text("withdrawal")),
        bad("revision", "revised_kind", "unknown", text("song")),
        bad("revision", "reason", "2,001", long(2_001)),
        bad("withdrawal", "reason", "not a value", text("shame")),
        bad("withdrawal", "note", "301", long(301)),
        bad("response", "stance", "not a value", text("like")),
        bad("response", "note", "2,001", long(2_001)),
        bad("response", "scope", "not a value", text("all")),
        bad("vouch", "subject", "33 bytes", Value::Bytes(vec![1; 33])),
        bad("vouch", "level", "not a value", text("friend")),
        bad("vouch", "depth", "2", int(2)),
        bad("vouch", "evidence", "text", text("paper")),
        bad("charter", "stewards", "none", list([])),
        bad("charter", "stewards", "65", list((0..65).map(id))),
        bad("charter", "stewards", "twice", list([id(1), id(1)])),
        bad("charter", "threshold", "negative", int(-1)),
        bad("charter", "admission", "no cso", map([("state", int(1))])),
    ]
}
