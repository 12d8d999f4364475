//! What is inside a field: the members of its map, the elements of its array, its tags.

use super::super::case::{Map, int, list, map, text};
use super::{Content, entries, id, least, texts, with};
use indaba_protocol::Value;
use serde_json::Value as Json;

/// Every case.
pub(super) fn cases() -> Vec<Json> {
    let mut cases = members();
    cases.extend(elements());
    cases.extend(forms());
    cases
}

/// A kind, a field of it that is a map or an array of maps, the whole map, and how it is wrapped.
type Whole = (&'static str, &'static str, Map, fn(Map) -> Value);

fn wholes() -> [Whole; 9] {
    let one = |map: Map| list([Value::Map(map)]);
    [
        (
            "position",
            "actors",
            entries([("role", text("lead")), ("name", text("Council (example)"))]),
            one,
        ),
        ("position", "sources", entries([("title", text("x"))]), one),
        (
            "position",
            "attachments",
            entries([
                ("hash", id(1)),
                ("size", int(0)),
                ("media", text("text/plain")),
                ("title", text("x")),
            ]),
            one,
        ),
        (
            "position",
            "stage",
            entries([("stage", text("pilot"))]),
            one,
        ),
        (
            "exchange",
            "parties",
            entries([
                ("from", texts(["A (example)"])),
                ("to", texts(["B (example)"])),
            ]),
            Value::Map,
        ),
        (
            "plan",
            "horizon",
            entries([("from", text("2025")), ("to", text("2027-06"))]),
            Value::Map,
        ),
        (
            "plan",
            "components",
            entries([("component", text("dialogue")), ("text", text("a\nb"))]),
            one,
        ),
        (
            "adaptation",
            "changes",
            entries([
                ("field", text("solution")),
                ("what", text("x")),
                ("why", text("y")),
            ]),
            one,
        ),
        (
            "charter",
            "admission",
            entries([("state", int(1)), ("cso", int(2))]),
            Value::Map,
        ),
    ]
}

/// Each map with all the members it needs, and without each of them.
fn members() -> Vec<Json> {
    let mut cases = Vec::new();
    for (kind, field, whole, value) in wholes() {
        cases.push(
            least(kind)
                .body(field, value(whole.clone()))
                .accept(&format!("{field} with the members it needs")),
        );
        for member in whole.keys() {
            let mut without = whole.clone();
            without.remove(member);
            cases.push(
                least(kind)
                    .body(field, value(without))
                    .refuse(&format!("{field} without {member}"), field),
            );
        }
    }
    cases.push(with("period", map([("to", text("open"))])).accept("a period needs no beginning"));
    cases
}

/// No array but one of maps holds an element twice.
fn elements() -> Vec<Json> {
    let two = |element: &Value| list([element.clone(), element.clone()]);
    let mut cases = Vec::new();
    for (kind, field, element) in [
        ("position", "themes", text("TRJ")),
        ("position", "sdg", text("16.1")),
        ("position", "risk", text("RF01")),
        ("position", "contact", text("desk@example.org")),
        ("position", "phase", text("before")),
        ("exchange", "modality", text("training")),
        ("offer", "languages", text("fr")),
    ] {
        let name = |what: &str| format!("{kind}, {field}: {what}");
        cases.push(
            least(kind)
                .body(field, list([element.clone()]))
                .accept(&name("an element once")),
        );
        cases.push(
            least(kind)
                .body(field, two(&element))
                .refuse(&name("an element twice"), field),
        );
    }
    let parties = |side: &str, names: Value| {
        let mut both = entries([("from", texts(["A"])), ("to", texts(["B"]))]);
        both.insert(side.to_owned(), names);
        least("exchange").body("parties", Value::Map(both))
    };
    for side in ["from", "to"] {
        cases.push(
            parties(side, two(&text("C (example)")))
                .refuse(&format!("parties: a name twice in {side}"), "parties"),
        );
    }
    let practices = |ids: Value| {
        least("plan").body(
            "components",
            list([map([
                ("component", text("x")),
                ("text", text("y")),
                ("practices", ids),
            ])]),
        )
    };
    cases.push(practices(list([id(1), id(2)])).accept("components: two practices"));
    cases.push(practices(two(&id(1))).refuse("components: a practice twice", "components"));
    let vouch = |field: &str, value: Value| least("vouch").body("scope", map([(field, value)]));
    let regions = |n: u8| list((0..n).map(|i| text(&format!("r{i}"))));
    cases.extend([
        vouch("regions", regions(16)).accept("scope: 16 regions"),
        vouch("regions", regions(17)).refuse("scope: 17 regions", "scope"),
        vouch("regions", two(&text("au"))).refuse("scope: a region twice", "scope"),
        vouch("regions", texts(["AU"])).refuse("scope: a region in capitals", "scope"),
        vouch("kinds", texts(["lesson", "x-song"])).accept("scope: kinds, one of them unknown"),
        vouch("kinds", two(&text("lesson"))).refuse("scope: a kind twice", "scope"),
        vouch("kinds", texts(["Lesson"])).refuse("scope: a kind with a capital", "scope"),
        least("vouch")
            .body("scope", map([]))
            .accept("scope: without lists"),
    ]);
    cases
}

/// Licences, tags, dates and notes at their edges.
fn forms() -> Vec<Json> {
    let licence = |value: &str| with("licence", text(value));
    let titled =
        |tag: &str, title: &str| least("plan").card("title_i18n", map([(tag, text(title))]));
    let tagged = |tag: &str| {
        with(
            "sources",
            list([map([("title", text("x")), ("lang", text(tag))])]),
        )
    };
    let component = |review: &str| {
        least("plan").body(
            "components",
            list([map([
                ("component", text("x")),
                ("text", text("y")),
                ("review_by", text(review)),
            ])]),
        )
    };
    let noted = |kind: &'static str, note: &str| least(kind).body("note", text(note));
    let actor = |country: &str| -> Content {
        let actor = map([
            ("role", text("lead")),
            ("name", text("Council (example)")),
            ("country", text(country)),
        ]);
        with("actors", list([actor]))
    };
    let long = "L".repeat(64);
    vec![
        licence(&long).accept("licence of 64"),
        licence("L").accept("licence of one letter"),
        licence("CC-BY-NC-4.0").accept("licence with points and hyphens"),
        licence("").refuse("licence: empty", "licence"),
        licence("CC_BY").refuse("licence: an underscore", "licence"),
        licence("GPL-2.0+").refuse("licence: a plus sign", "licence"),
        licence("CC-BY-4.0\n").refuse("licence: a line feed at the end", "licence"),
        licence("Lic\u{e9}nce").refuse("licence: an accent", "licence"),
        titled("pt-MZ", "Um t\u{ed}tulo").accept("title_i18n of a language with a country"),
        titled("fr", "a\nb").refuse("title_i18n with a line feed", "title_i18n"),
        titled("fr", "").refuse("title_i18n with an empty title", "title_i18n"),
        titled("pt_MZ", "x").refuse("title_i18n under a tag with an underscore", "title_i18n"),
        tagged("sw-TZ-x-a1").accept("a tag of four parts"),
        tagged("abcdefgh-abcdefgh-abcdefgh-abcdefgh").accept("a tag of 35 bytes"),
        tagged("abcdefgh-abcdefgh-abcdefgh-abcdefg-a").refuse("a tag of 36 bytes", "sources"),
        tagged("en-").refuse("a tag that ends in a hyphen", "sources"),
        tagged("en-abcdefghi").refuse("a tag with a part of nine", "sources"),
        component("2027").accept("a component may be looked at again in a year without a day"),
        component("soon").refuse("components: looked at again on no date", "components"),
        least("plan")
            .body(
                "horizon",
                map([("from", text("2025")), ("to", text("open"))]),
            )
            .refuse("a horizon is not open", "horizon"),
        noted("response", "").accept("an empty note in a response"),
        noted("response", "a\n\nb").accept("a note is running text"),
        noted("withdrawal", "a\tb").refuse("note: a tab", "note"),
        actor("GHA").accept("an actor's country is three capital letters"),
        actor("Ghana").refuse("an actor's country in words", "actors"),
    ]
}
