//! Content without a fault.

use super::super::case::{Map, int, list, map, text};
use super::{Content, id, least, sections, texts, with};
use indaba_protocol::Value;
use serde_json::Value as Json;

pub(super) fn cases() -> Vec<Json> {
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
