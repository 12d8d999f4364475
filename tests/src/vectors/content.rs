//! Section 9.

use super::case::{Map, hex, int, list, map, text};
use indaba_protocol::{Value, cbor};
use serde_json::{Value as Json, json};

/// A card and a body, to be changed in one place.
#[derive(Clone)]
struct Content {
    kind: &'static str,
    card: Map,
    body: Map,
}

fn entries<const N: usize>(fields: [(&str, Value); N]) -> Map {
    fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
}

fn texts<const N: usize>(items: [&str; N]) -> Value {
    list(items.map(text))
}

fn id(byte: u8) -> Value {
    Value::Bytes(vec![byte; 32])
}

fn sections<const N: usize>(keys: [&str; N]) -> Value {
    map(keys.map(|k| (k, text("Text."))))
}

/// The least content that a kind accepts.
fn least(kind: &'static str) -> Content {
    let mut card = entries([("title", text("A title"))]);
    let mut body = entries([
        ("licence", text("CC-BY-4.0")),
        ("attribution", text("organisation")),
    ]);
    let summary = ("summary".to_owned(), text("A summary."));
    match kind {
        "practice" => {
            card.extend([summary]);
            body.insert("sections".into(), sections(["challenge", "solution"]));
        }
        "lesson" => {
            card.extend([summary]);
            body.insert("sections".into(), sections(["context", "lesson"]));
        }
        "exchange" => card.extend([summary]),
        "request" | "offer" => {
            body.insert("expires".into(), text("2030-01-31"));
        }
        "translation" => {
            body.insert("translation_status".into(), text("courtesy"));
        }
        "revision" => {
            body.insert("revised_kind".into(), text("position"));
            body.insert("reason".into(), text("A date was wrong."));
        }
        "withdrawal" => {
            card.clear();
            body = entries([("reason", text("error"))]);
        }
        "response" => {
            card.clear();
            body = entries([("stance", text("endorse"))]);
        }
        "vouch" => {
            card.clear();
            body = entries([
                ("subject", id(1)),
                ("level", text("identity")),
                ("depth", int(0)),
            ]);
        }
        _ => {}
    }
    Content { kind, card, body }
}

impl Content {
    fn card(mut self, key: &str, value: Value) -> Self {
        self.card.insert(key.to_owned(), value);
        self
    }

    fn body(mut self, key: &str, value: Value) -> Self {
        self.body.insert(key.to_owned(), value);
        self
    }

    fn without(mut self, key: &str) -> Self {
        self.card.remove(key);
        self.body.remove(key);
        self
    }

    fn case(self, name: &str, expect: &str, field: Option<&str>) -> Json {
        let mut case = json!({
            "name": name,
            "kind": self.kind,
            "card": hex(&cbor::encode(&Value::Map(self.card))),
            "body": hex(&cbor::encode(&Value::Map(self.body))),
            "expect": expect,
        });
        if let (Some(case), Some(field)) = (case.as_object_mut(), field) {
            case.insert("field".into(), field.into());
        }
        case
    }

    fn accept(self, name: &str) -> Json {
        self.case(name, "accept", None)
    }

    fn refuse(self, name: &str, field: &str) -> Json {
        self.case(name, "malformed", Some(field))
    }
}

/// A position without a fault and with this field; it allows every common field.
fn with(key: &str, value: Value) -> Content {
    least("position").body(key, value)
}

/// Every case of `content.json`.
pub(super) fn cases() -> Vec<Json> {
    [
        accepted(),
        refused_texts(),
        refused_cards(),
        refused_common(),
        refused_by_kind(),
    ]
    .concat()
}

fn accepted() -> Vec<Json> {
    let kinds = [
        "practice",
        "lesson",
        "exchange",
        "plan",
        "position",
        "request",
        "offer",
        "adaptation",
        "outcome",
        "translation",
        "revision",
        "withdrawal",
        "response",
        "vouch",
        "charter",
    ];
    let mut cases: Vec<Json> = kinds
        .into_iter()
        .map(|k| least(k).accept(&format!("the least {k}")))
        .collect();
    let actor = map([("role", text("lead")), ("name", text("Council (example)"))]);
    let nothing = || Content {
        kind: "song",
        card: Map::new(),
        body: Map::new(),
    };
    cases.extend([
        nothing().accept("an unknown kind is not judged"),
        nothing()
            .card("title", text("a\u{202e}b"))
            .body("licence", int(1))
            .accept("an unknown kind is not judged, whatever it holds"),
        least("plan")
            .card("title", text(&"é".repeat(500)))
            .accept("title of 500 scalar values, 1,000 bytes"),
        least("plan")
            .card(
                "title",
                text("نص\u{200c}نص \u{200d}\u{200e}\u{200f}\u{61c}"),
            )
            .accept("marks and joiners in a title"),
        least("plan")
            .card("summary", text("one\n\n\u{2067}نص\u{2069}"))
            .accept("line feeds and isolates in a summary"),
        least("plan")
            .card("summary", text(&"x".repeat(1_500)))
            .accept("summary of 1,500"),
        with("later", text("a\u{202e}\u{7}b")).accept("an unknown field is kept unjudged"),
        with("ext", map([("x", text("\u{7}"))])).accept("ext is kept unjudged"),
        with("ext", map([("x", text(&"x".repeat(4_090)))])).accept("ext of 4,096 bytes"),
        with("i4p", map([("type", int(1)), ("later", text("e\u{301}"))]))
            .accept("i4p is kept unjudged"),
        with("tj", map([("later", Value::Null)])).accept("tj is kept unjudged"),
        with("sections", map([("own_words", text(&"x".repeat(8_000)))]))
            .accept("a section of its own of 8,000"),
        with("countries", texts(["GHA", "XKX", "ZZZ"]))
            .accept("countries are judged by the pattern alone"),
        with("themes", texts(["ZZZ", "TRJ.MEM"]))
            .accept("themes are judged by the pattern alone, in any order"),
        with("sdg", texts(["16.a", "5.1", "99.zz"]))
            .accept("targets are judged by the pattern alone"),
        with(
            "period",
            map([("from", text("2011")), ("to", text("open"))]),
        )
        .accept("an open period"),
        with("period", map([])).accept("a period without ends"),
        with("period", map([("from", text("2012-02-29"))])).accept("a leap day"),
        with("actors", list([actor.clone(), actor]))
            .accept("arrays of maps may hold an element twice"),
        with("resources", map([("cost", text("a\nb"))])).accept("resources are running text"),
        least("lesson")
            .body("outcome", text("failed"))
            .body("product", text("aar"))
            .accept("a lesson of what failed"),
        least("revision")
            .body("revised_kind", text("practice"))
            .card("summary", text("x"))
            .body("sections", sections(["challenge", "solution"]))
            .accept("a revision of a practice"),
        least("withdrawal")
            .body("note", text(""))
            .accept("an empty note"),
        least("charter")
            .body("stewards", list([id(1), id(2)]))
            .body("admission", map([("state", int(1)), ("cso", int(1))]))
            .accept("a charter with stewards"),
    ]);
    cases
}

fn refused_texts() -> Vec<Json> {
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

fn refused_cards() -> Vec<Json> {
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

fn refused_common() -> Vec<Json> {
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

fn refused_by_kind() -> Vec<Json> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use indaba_protocol::content;

    #[test]
    fn every_case_breaks_one_rule_in_the_field_it_names() {
        let cases = cases();
        assert!(cases.len() >= 60);
        let value = |hex: &str| cbor::decode(&super::super::case::unhex(hex)).unwrap();
        let text = |case: &Json, key: &str| case[key].as_str().unwrap_or_default().to_owned();
        let mut names = std::collections::BTreeSet::new();
        for case in &cases {
            let faults = content::check(
                &text(case, "kind"),
                &value(&text(case, "card")),
                &value(&text(case, "body")),
            );
            let fields: Vec<&str> = faults
                .iter()
                .map(|f| f.field.split(['.', '[']).next().unwrap_or_default())
                .collect();
            let wanted: Vec<&str> = case["field"].as_str().into_iter().collect();
            assert_eq!(fields, wanted, "{case}");
            assert!(names.insert(text(case, "name")), "{case}");
        }
    }
}
