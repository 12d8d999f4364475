//! Faults in the card, and against the rules for text.

use super::super::case::{int, map, text};
use super::{least, sections, texts, with};
use indaba_protocol::Value;
use serde_json::Value as Json;

pub(super) fn texts_refused() -> Vec<Json> {
    let title = |name: &str, t: &str| least("plan").card("title", text(t)).refuse(name, "title");
    let summary = |name: &str, t: &str| {
        least("plan")
            .card("summary", text(t))
            .refuse(name, "summary")
    };
    vec![
        title("title: not NFC", "e\u{301}"),
        title("title: line feed", "a\nb"),
        title("title: tab", "a\tb"),
        title("title: isolate", "a\u{2066}b\u{2069}"),
        title("title: override", "a\u{202e}b"),
        title("title: line separator", "a\u{2028}b"),
        title("title: U+FEFF", "a\u{feff}b"),
        title("title: tag character", "a\u{e0041}b"),
        title("title: C1 control", "a\u{85}b"),
        summary("summary: not NFC", "e\u{301}"),
        summary("summary: carriage return", "a\r\nb"),
        summary("summary: embedding", "a\u{202a}b"),
        summary("summary: paragraph separator", "a\u{2029}b"),
        summary("summary: U+FEFF", "\u{feff}a"),
        summary("summary: last tag character", "a\u{e007f}"),
        summary("summary: DEL", "a\u{7f}b"),
        with("sections", map([("stance", text("a\tb"))])).refuse("section: tab", "sections"),
        with("situation", text("a\nb")).refuse("situation is one line", "situation"),
        with("areas", texts(["a\nb"])).refuse("an area is one line", "areas"),
        with("contact", texts(["a\u{2066}b"])).refuse("a contact holds no isolate", "contact"),
    ]
}

pub(super) fn cards_refused() -> Vec<Json> {
    let title = text(&"x".repeat(501));
    let nine = Value::Map(
        (b'a'..b'j')
            .map(|c| (format!("a{}", char::from(c)), text("x")))
            .collect(),
    );
    let mut cases: Vec<Json> = ["practice", "plan", "charter", "translation", "revision"]
        .into_iter()
        .map(|kind| {
            least(kind)
                .without("title")
                .refuse(&format!("{kind} without title"), "title")
        })
        .collect();
    cases.extend(["practice", "lesson", "exchange"].into_iter().map(|kind| {
        least(kind)
            .without("summary")
            .refuse(&format!("{kind} without summary"), "summary")
    }));
    cases.extend([
        least("plan")
            .card("title", title.clone())
            .refuse("title of 501", "title"),
        least("plan")
            .card("title", text(""))
            .refuse("empty title", "title"),
        least("plan")
            .card("title", int(1))
            .refuse("title that is a number", "title"),
        least("plan")
            .card("summary", text(&"x".repeat(1_501)))
            .refuse("summary of 1,501", "summary"),
        least("plan")
            .card("summary", text(""))
            .refuse("empty summary", "summary"),
        least("plan")
            .card("title_i18n", map([]))
            .refuse("title_i18n without entry", "title_i18n"),
        least("plan")
            .card("title_i18n", nine)
            .refuse("title_i18n with nine entries", "title_i18n"),
        least("plan")
            .card("title_i18n", map([("fr", title)]))
            .refuse("title_i18n of 501", "title_i18n"),
        least("plan")
            .card("title_i18n", map([("f", text("x"))]))
            .refuse("title_i18n with a bad tag", "title_i18n"),
        least("revision")
            .body("revised_kind", text("practice"))
            .body("sections", sections(["challenge", "solution"]))
            .refuse("a revision of a practice without summary", "summary"),
    ]);
    cases
}
