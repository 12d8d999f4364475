use std::collections::BTreeMap;

use ipld_core::ipld::Ipld;

use super::personal::{Trace, traces};
use super::*;

fn t(text: &str) -> Ipld {
    Ipld::String(text.to_owned())
}

fn list(items: &[&str]) -> Ipld {
    Ipld::List(items.iter().map(|i| t(i)).collect())
}

fn map(entries: &[(&str, Ipld)]) -> Ipld {
    Ipld::Map(
        entries
            .iter()
            .map(|(k, v)| ((*k).to_owned(), v.clone()))
            .collect(),
    )
}

fn id(byte: u8) -> Ipld {
    Ipld::Bytes(vec![byte; 32])
}

fn put(target: &mut Ipld, key: &str, value: Ipld) {
    let Ipld::Map(map) = target else {
        panic!("not a map")
    };
    map.insert(key.to_owned(), value);
}

fn take(target: &mut Ipld, key: &str) {
    let Ipld::Map(map) = target else {
        panic!("not a map")
    };
    map.remove(key).unwrap();
}

/// The least content that each kind accepts.
fn least(kind: &str) -> (Ipld, Ipld) {
    let mut card = map(&[("title", t("A title"))]);
    let mut body = map(&[
        ("licence", t("CC-BY-4.0")),
        ("attribution", t("organisation")),
    ]);
    match kind {
        "practice" => {
            put(&mut card, "summary", t("A summary."));
            put(
                &mut body,
                "sections",
                map(&[("challenge", t("x")), ("solution", t("y"))]),
            );
        }
        "lesson" => {
            put(&mut card, "summary", t("A summary."));
            put(
                &mut body,
                "sections",
                map(&[("context", t("x")), ("lesson", t("y"))]),
            );
        }
        "exchange" => put(&mut card, "summary", t("A summary.")),
        "request" | "offer" => put(&mut body, "expires", t("2030-01-31")),
        "translation" => put(&mut body, "translation_status", t("courtesy")),
        "revision" => {
            put(&mut body, "revised_kind", t("position"));
            put(&mut body, "reason", t("A date was wrong."));
        }
        "withdrawal" => return (map(&[]), map(&[("reason", t("error"))])),
        "response" => return (map(&[]), map(&[("stance", t("endorse"))])),
        "vouch" => {
            return (
                map(&[]),
                map(&[
                    ("subject", id(1)),
                    ("level", t("identity")),
                    ("depth", Ipld::Integer(0)),
                ]),
            );
        }
        _ => {}
    }
    (card, body)
}

fn fields_of(faults: &[ContentFault]) -> Vec<&str> {
    faults.iter().map(|f| f.field.as_str()).collect()
}

/// The change must be refused for exactly this field, and only for it.
#[track_caller]
fn refused(kind: &str, field: &str, change: impl FnOnce(&mut Ipld, &mut Ipld)) {
    let (mut card, mut body) = least(kind);
    assert_eq!(
        check(kind, &card, &body),
        vec![],
        "the base of {kind} must be faultless"
    );
    change(&mut card, &mut body);
    let faults = check(kind, &card, &body);
    assert_eq!(fields_of(&faults), vec![field], "{faults:?}");
    assert!(!faults[0].remedy.is_empty() && !faults[0].problem.is_empty());
}

#[track_caller]
fn accepted(kind: &str, change: impl FnOnce(&mut Ipld, &mut Ipld)) {
    let (mut card, mut body) = least(kind);
    change(&mut card, &mut body);
    assert_eq!(check(kind, &card, &body), vec![]);
}

#[track_caller]
fn body_refused(field: &str, key: &str, value: Ipld) {
    refused("position", field, |_, body| put(body, key, value));
}

#[track_caller]
fn body_accepted(key: &str, value: Ipld) {
    accepted("position", |_, body| put(body, key, value));
}

#[test]
fn least_content_of_every_kind_is_accepted() {
    for rules in fields::KINDS {
        let (card, body) = least(rules.kind);
        assert_eq!(check(rules.kind, &card, &body), vec![], "{}", rules.kind);
    }
}

#[test]
fn required_fields_are_missed() {
    for (kind, field) in [
        ("lesson", "title"),
        ("lesson", "summary"),
        ("practice", "summary"),
        ("exchange", "summary"),
        ("charter", "title"),
    ] {
        refused(kind, field, |card, _| take(card, field));
    }
    for (kind, field) in [
        ("plan", "licence"),
        ("plan", "attribution"),
        ("request", "expires"),
        ("offer", "expires"),
        ("translation", "translation_status"),
        ("revision", "reason"),
        ("withdrawal", "reason"),
        ("response", "stance"),
        ("vouch", "subject"),
        ("vouch", "level"),
        ("vouch", "depth"),
    ] {
        refused(kind, field, |_, body| take(body, field));
    }
    refused("practice", "sections", |_, body| {
        put(body, "sections", map(&[("solution", t("only one"))]))
    });
    refused("lesson", "sections", |_, body| take(body, "sections"));
    let (card, mut body) = least("revision");
    take(&mut body, "revised_kind");
    assert_eq!(
        fields_of(&check("revision", &card, &body)),
        vec!["revised_kind"]
    );
}

#[test]
fn a_revision_is_judged_by_the_kind_it_revises() {
    refused("revision", "summary", |card, body| {
        put(body, "revised_kind", t("practice"));
        put(
            body,
            "sections",
            map(&[("challenge", t("x")), ("solution", t("y"))]),
        );
        let _ = card;
    });
    refused("revision", "stance", |_, body| {
        put(body, "revised_kind", t("response"))
    });
    for kind in ["revision", "withdrawal", "song"] {
        refused("revision", "revised_kind", |_, body| {
            put(body, "revised_kind", t(kind))
        });
    }
    refused("revision", "situation", |_, body| {
        put(body, "situation", t(""))
    });
}

#[test]
fn the_content_of_unknown_kinds_is_not_judged() {
    assert_eq!(check("song", &Ipld::Null, &Ipld::Null), vec![]);
    assert_eq!(
        fields_of(&check("plan", &Ipld::Null, &t("x"))),
        vec!["card", "body"]
    );
}

#[test]
fn card_bounds() {
    refused("plan", "title", |card, _| {
        put(card, "title", t(&"é".repeat(501)))
    });
    accepted("plan", |card, _| put(card, "title", t(&"é".repeat(500))));
    refused("plan", "title", |card, _| put(card, "title", t("")));
    refused("plan", "title", |card, _| {
        put(card, "title", Ipld::Integer(3))
    });
    refused("plan", "summary", |card, _| {
        put(card, "summary", t(&"x".repeat(1_501)))
    });
    accepted("plan", |card, _| {
        put(card, "summary", t(&"x".repeat(1_500)))
    });
    refused("plan", "summary", |card, _| put(card, "summary", t("")));
    refused("plan", "title_i18n", |card, _| {
        put(card, "title_i18n", map(&[]))
    });
    let many: BTreeMap<String, Ipld> = (0..9)
        .map(|i| (format!("a{}", char::from(b'a' + i)), t("x")))
        .collect();
    refused("plan", "title_i18n", |card, _| {
        put(card, "title_i18n", Ipld::Map(many))
    });
    refused("plan", "title_i18n.french!", |card, _| {
        put(card, "title_i18n", map(&[("french!", t("x"))]))
    });
    refused("plan", "title_i18n.fr", |card, _| {
        put(card, "title_i18n", map(&[("fr", t(&"x".repeat(501)))]))
    });
}

#[test]
fn rules_of_text() {
    for bad in [
        "a\nb",
        "a\tb",
        "a\u{202E}b",
        "a\u{2066}b\u{2069}",
        "a\u{2028}b",
        "a\u{85}b",
        "e\u{301}",
        "a\u{FEFF}b",
        "a\u{E0041}b",
    ] {
        refused("plan", "title", |card, _| put(card, "title", t(bad)));
    }
    for bad in [
        "a\tb",
        "a\rb",
        "a\u{202A}b",
        "a\u{2029}b",
        "e\u{301}",
        "\u{7F}",
        "a\u{E007F}",
    ] {
        refused("plan", "summary", |card, _| put(card, "summary", t(bad)));
    }
    accepted("plan", |card, _| {
        put(
            card,
            "summary",
            t("a\nb \u{2067}ب\u{2069} \u{61C}\u{200E}\u{200F}\u{200D}\u{200C}"),
        )
    });
    accepted("plan", |card, _| {
        put(card, "title", t("\u{200E}نص\u{200C}نص\u{61C}"))
    });
    body_refused("situation", "situation", t("two\nlines"));
    body_accepted("resources", map(&[("cost", t("two\nlines"))]));
}

#[test]
fn text_of_unknown_fields_and_open_maps_is_kept_unjudged() {
    body_accepted("future", t("a\u{202E}b"));
    body_accepted(
        "i4p",
        map(&[("type", Ipld::Integer(9)), ("x\u{202E}", t("\u{7}"))]),
    );
    body_accepted("tj", map(&[("future", t("e\u{301}"))]));
    body_accepted("ext", map(&[("x", t("\u{7}"))]));
    accepted("plan", |card, _| put(card, "future", Ipld::Null));
}

#[test]
fn common_fields() {
    body_refused("licence", "licence", t("CC BY 4.0"));
    body_refused("licence", "licence", t(&"a".repeat(65)));
    body_refused("attribution", "attribution", t("anonymous"));
    body_refused("sections.Big", "sections", map(&[("Big", t("x"))]));
    body_refused("sections.stance", "sections", map(&[("stance", t(""))]));
    body_refused(
        "sections.stance",
        "sections",
        map(&[("stance", t(&"x".repeat(8_001)))]),
    );
    body_accepted("sections", map(&[("own_heading", t(&"x".repeat(8_000)))]));
    body_refused("countries", "countries", list(&["KEN", "GHA"]));
    body_refused("countries[1]", "countries", list(&["GHA", "GHA"]));
    body_refused("countries[0]", "countries", list(&["gha"]));
    body_accepted("countries", list(&["GHA", "XKX"]));
    let codes: Vec<String> = (0..61u8)
        .map(|i| {
            format!(
                "A{}{}",
                char::from(b'A' + i / 26),
                char::from(b'A' + i % 26)
            )
        })
        .collect();
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    body_refused("countries", "countries", list(&codes));
    body_accepted("countries", list(&codes[..60]));
    body_refused(
        "areas",
        "areas",
        list(&["1", "2", "3", "4", "5", "6", "7", "8", "9"]),
    );
    body_refused("areas[0]", "areas", list(&[&"x".repeat(101)]));
    body_refused("regions[0]", "regions", list(&["ECOWAS"]));
    body_refused("regions[1]", "regions", list(&["au", "au"]));
    body_accepted("regions", list(&["sadc", "au", "m49:011"]));
    body_refused("themes[0]", "themes", list(&["trj"]));
    body_refused("themes[0]", "themes", list(&["TRJ.M"]));
    body_refused("sdg[0]", "sdg", list(&["16"]));
    body_accepted("sdg", list(&["16.a", "16.10"]));
    body_refused("risk[0]", "risk", list(&["RF1"]));
    body_refused("level", "level", list(&[]));
    body_refused(
        "level",
        "level",
        list(&["local", "district", "national", "regional"]),
    );
    body_refused("level[0]", "level", list(&["global"]));
    body_refused("level[1]", "level", list(&["local", "local"]));
    body_refused("period.from", "period", map(&[("from", t("open"))]));
    body_refused("period.to", "period", map(&[("to", t("2015-13"))]));
    body_accepted("period", map(&[("from", t("2015")), ("to", t("open"))]));
    body_refused("maturity", "maturity", t("best"));
    body_refused("validation", "validation", t("none"));
    body_refused("basis", "basis", t("hearsay"));
    body_refused("embargo", "embargo", t("2030-01"));
    body_refused("review_by", "review_by", t("2030"));
    body_refused("expires", "expires", t("2029-02-29"));
    body_accepted("expires", t("2028-02-29"));
    body_refused("contact", "contact", list(&["a", "b", "c", "d"]));
    body_refused("contact[0]", "contact", list(&[""]));
    body_refused("pillar[0]", "pillar", Ipld::List(vec![Ipld::Integer(4)]));
    body_refused(
        "pillar[1]",
        "pillar",
        Ipld::List(vec![Ipld::Integer(1), Ipld::Integer(1)]),
    );
    body_refused("pillar[0]", "pillar", list(&["1"]));
    body_refused("phase[0]", "phase", list(&["later"]));
    body_refused("i4p", "i4p", t("council"));
    body_refused("tj", "tj", list(&[]));
    body_refused("ext", "ext", map(&[("x", t(&"x".repeat(4_096)))]));
    body_accepted("ext", map(&[("x", t(&"x".repeat(4_090)))]));
    body_refused(
        "resources.cost",
        "resources",
        map(&[("cost", t(&"x".repeat(301)))]),
    );
}

#[test]
fn common_lists_of_maps() {
    let actor = |role: &str| map(&[("role", t(role)), ("name", t("An organisation (example)"))]);
    body_accepted("actors", Ipld::List(vec![actor("lead"), actor("lead")]));
    body_refused("actors[0].role", "actors", Ipld::List(vec![actor("hero")]));
    body_refused(
        "actors[0].name",
        "actors",
        Ipld::List(vec![map(&[("role", t("lead"))])]),
    );
    body_refused("actors", "actors", Ipld::List(vec![actor("lead"); 21]));
    refused("position", "actors", |_, body| {
        put(body, "attribution", t("chatham"));
        put(body, "actors", Ipld::List(vec![]));
    });
    let source = |key: &str, value: Ipld| Ipld::List(vec![map(&[("title", t("x")), (key, value)])]);
    body_refused("sources[0].title", "sources", Ipld::List(vec![map(&[])]));
    body_refused("sources[0].ref", "sources", source("ref", t("")));
    body_refused("sources[0].date", "sources", source("date", t("May 2015")));
    body_refused("sources[0].lang", "sources", source("lang", t("e")));
    body_refused(
        "sources[0].sha256",
        "sources",
        source("sha256", Ipld::Bytes(vec![0; 31])),
    );
    body_refused(
        "sources",
        "sources",
        Ipld::List(vec![map(&[("title", t("x"))]); 11]),
    );
    body_accepted("sources", source("sha256", id(0)));
    let attachment = |key: &str, value: Ipld| {
        let mut one = map(&[
            ("hash", id(2)),
            ("size", Ipld::Integer(9)),
            ("media", t("text/plain")),
            ("title", t("x")),
        ]);
        put(&mut one, key, value);
        Ipld::List(vec![one])
    };
    body_accepted("attachments", attachment("lang", t("pt-MZ")));
    body_refused(
        "attachments[0].hash",
        "attachments",
        attachment("hash", t("00")),
    );
    body_refused(
        "attachments[0].size",
        "attachments",
        attachment("size", Ipld::Integer(-1)),
    );
    body_refused(
        "attachments[0].media",
        "attachments",
        attachment("media", t("")),
    );
    body_refused(
        "attachments[0].title",
        "attachments",
        attachment("title", t(&"x".repeat(201))),
    );
    let stage = |s: &str, d: &str| Ipld::List(vec![map(&[("stage", t(s)), ("date", t(d))])]);
    body_accepted("stage", stage("statutory", "2011"));
    body_refused("stage[0].stage", "stage", stage("done", "2011"));
    body_refused("stage[0].date", "stage", stage("pilot", "11"));
}

#[test]
fn fields_by_kind() {
    refused("lesson", "product", |_, b| put(b, "product", t("book")));
    refused("lesson", "outcome", |_, b| put(b, "outcome", t("won")));
    refused("lesson", "lesson_stage", |_, b| {
        put(b, "lesson_stage", t("learned"))
    });
    refused("exchange", "modality[0]", |_, b| {
        put(b, "modality", list(&["holiday"]))
    });
    refused("exchange", "parties.to", |_, b| {
        put(b, "parties", map(&[("from", list(&["A"]))]))
    });
    refused("exchange", "parties.from[0]", |_, b| {
        put(
            b,
            "parties",
            map(&[("from", list(&[""])), ("to", list(&["B"]))]),
        )
    });
    refused("plan", "horizon.to", |_, b| {
        put(b, "horizon", map(&[("to", t("soon"))]))
    });
    refused("plan", "components", |_, b| {
        put(b, "components", Ipld::List(vec![]))
    });
    refused("plan", "components[0].text", |_, b| {
        put(
            b,
            "components",
            Ipld::List(vec![map(&[("component", t("dialogue"))])]),
        )
    });
    refused("plan", "components[0].practices[0]", |_, b| {
        let one = map(&[
            ("component", t("x")),
            ("text", t("y")),
            ("practices", Ipld::List(vec![t("bafy")])),
        ]);
        put(b, "components", Ipld::List(vec![one]));
    });
    refused("position", "situation", |_, b| {
        put(b, "situation", t(&"x".repeat(301)))
    });
    refused("position", "since", |_, b| put(b, "since", t("always")));
    refused("request", "languages", |_, b| {
        put(
            b,
            "languages",
            list(&["en", "fr", "pt", "es", "ar", "sw", "ha", "am", "so"]),
        )
    });
    refused("request", "cost_sharing", |_, b| {
        put(b, "cost_sharing", t("free"))
    });
    refused("offer", "state", |_, b| put(b, "state", t("sold")));
    refused("adaptation", "changes[0].why", |_, b| {
        put(
            b,
            "changes",
            Ipld::List(vec![map(&[("field", t("solution")), ("what", t("x"))])]),
        )
    });
    refused("outcome", "continued", |_, b| put(b, "continued", t("yes")));
    refused("translation", "translation_status", |_, b| {
        put(b, "translation_status", t("good"))
    });
    refused("revision", "reason", |_, b| {
        put(b, "reason", t(&"x".repeat(2_001)))
    });
    refused("withdrawal", "reason", |_, b| put(b, "reason", t("shame")));
    refused("withdrawal", "note", |_, b| {
        put(b, "note", t(&"x".repeat(301)))
    });
    refused("response", "stance", |_, b| put(b, "stance", t("like")));
    refused("response", "note", |_, b| {
        put(b, "note", t(&"x".repeat(2_001)))
    });
    refused("response", "scope", |_, b| put(b, "scope", t("all")));
    refused("vouch", "subject", |_, b| {
        put(b, "subject", Ipld::Bytes(vec![1; 33]))
    });
    refused("vouch", "level", |_, b| put(b, "level", t("friend")));
    refused("vouch", "depth", |_, b| put(b, "depth", Ipld::Integer(2)));
    refused("vouch", "scope.kinds", |_, b| {
        put(b, "scope", map(&[("kinds", t("practice"))]))
    });
    refused("vouch", "evidence", |_, b| put(b, "evidence", t("paper")));
    refused("charter", "stewards", |_, b| {
        put(b, "stewards", Ipld::List(vec![]))
    });
    refused("charter", "stewards[1]", |_, b| {
        put(b, "stewards", Ipld::List(vec![id(1), id(1)]))
    });
    refused("charter", "threshold", |_, b| {
        put(b, "threshold", Ipld::Integer(-1))
    });
    refused("charter", "admission.cso", |_, b| {
        put(b, "admission", map(&[("state", Ipld::Integer(1))]))
    });
}

#[test]
fn profiles() {
    let good = map(&[
        ("name", t("Council (example)")),
        ("kind", t("cso")),
        ("lang", t("en")),
        ("listed", Ipld::Bool(true)),
    ]);
    assert_eq!(check_profile(&good), vec![]);
    for (key, value) in [
        ("name", t("")),
        ("name", t(&"x".repeat(201))),
        ("name", t("a\u{2066}b")),
        ("kind", t("club")),
        ("acronym", t(&"X".repeat(21))),
        ("contact", list(&["a", "b", "c", "d"])),
        ("listed", t("yes")),
    ] {
        let mut bad = good.clone();
        put(&mut bad, key, value);
        assert_eq!(fields_of(&check_profile(&bad)), vec![key]);
    }
    assert_eq!(fields_of(&check_profile(&Ipld::Null)), vec!["profile"]);
}

#[test]
fn every_fault_is_told_at_once_and_hostile_text_is_escaped() {
    let card = map(&[("title", t("a\u{202E}b")), ("summary", t(""))]);
    let body = map(&[
        ("licence", t("?")),
        ("attribution", t("x\u{1B}[2J")),
        ("level", Ipld::Null),
    ]);
    let faults = check("practice", &card, &body);
    assert_eq!(
        fields_of(&faults),
        vec![
            "title",
            "summary",
            "licence",
            "attribution",
            "level",
            "sections"
        ]
    );
    assert!(faults.iter().all(|f| !f.to_string().contains('\u{1B}')));
    assert!(faults[4].problem.contains("null"));
}

#[test]
fn views_keep_what_they_do_not_know() {
    let card = map(&[
        ("title", t("A")),
        ("colour", t("blue")),
        ("title_i18n", map(&[("fr", t("B")), ("pt", Ipld::Null)])),
    ]);
    let view = Card::new(&card);
    assert_eq!(
        (
            view.title(),
            view.title_in("FR"),
            view.title_in("pt"),
            view.summary()
        ),
        (Some("A"), Some("B"), None, None)
    );
    assert_eq!(
        view.unknown().collect::<Vec<_>>(),
        vec![("colour", &t("blue"))]
    );
    let body = map(&[
        (
            "sections",
            map(&[
                ("results", t("3")),
                ("challenge", t("1")),
                ("own", t("4")),
                ("bad", Ipld::Null),
            ]),
        ),
        ("countries", list(&["GHA"])),
        ("taste", t("sweet")),
        ("outcome", t("worked")),
    ]);
    let view = Body::new(&body);
    assert_eq!(
        view.sections("practice"),
        vec![("challenge", "1"), ("results", "3"), ("own", "4")]
    );
    assert_eq!(view.texts("countries").collect::<Vec<_>>(), vec!["GHA"]);
    assert_eq!(
        view.unknown("practice").map(|(k, _)| k).collect::<Vec<_>>(),
        vec!["outcome", "taste"]
    );
    assert_eq!(
        view.unknown("lesson").map(|(k, _)| k).collect::<Vec<_>>(),
        vec!["taste"]
    );
    assert_eq!(Body::new(&Ipld::Null).sections("practice"), vec![]);
    assert_eq!(Card::new(&t("x")).title(), None);
}

#[test]
fn advice_names_unknown_codes_with_what_was_meant() {
    let (card, mut body) = least("practice");
    put(&mut body, "themes", list(&["TRJ.MEMO", "TRJ"]));
    put(&mut body, "regions", list(&["ecowass"]));
    put(&mut body, "countries", list(&["XKX", "ZZZ"]));
    put(&mut body, "risk", list(&["RF99"]));
    put(
        &mut body,
        "i4p",
        map(&[
            ("typ", t("x")),
            ("legal", t("acts")),
            ("members", Ipld::Integer(13)),
        ]),
    );
    put(&mut body, "licenze", t("x"));
    put(
        &mut body,
        "sections",
        map(&[("challenge", t("x")), ("sollution", t("y"))]),
    );
    put(
        &mut body,
        "period",
        map(&[("from", t("2016")), ("to", t("2015-12"))]),
    );
    assert_eq!(check("practice", &card, &body), vec![]);
    let advice = advise("practice", &card, &body);
    let at = |field: &str| {
        advice
            .iter()
            .find(|a| a.field == field)
            .unwrap_or_else(|| panic!("{field}: {advice:?}"))
    };
    assert!(at("themes[0]").remedy.contains("TRJ.MEM"));
    assert!(at("regions[0]").remedy.contains("ecowas"));
    assert_eq!(at("countries[1]").concern, Concern::UnknownCode);
    assert!(at("i4p.typ").remedy.contains("type"));
    assert!(at("i4p.legal").remedy.contains("act"));
    assert!(at("licenze").remedy.contains("licence"));
    assert!(at("sections.sollution").remedy.contains("solution"));
    assert_eq!(at("period").concern, Concern::Consistency);
    assert!(
        advice.iter().all(|a| a.field != "countries[0]"
            && a.field != "themes[1]"
            && a.field != "i4p.members")
    );
}

#[test]
fn advice_warns_of_personal_data() {
    let found = |text: &str| traces(text).len();
    assert_eq!(
        traces("Write to amina.k@example.org."),
        vec![Trace::Email("amina.k@example.org".to_owned())]
    );
    assert_eq!(
        traces("call +233 20 555 0101 now"),
        vec![Trace::Telephone("+233 20 555 0101".to_owned())]
    );
    assert_eq!(found("at 9.4034, -0.8424 in the north"), 1);
    assert_eq!(found("9.4034,-0.8424"), 1);
    assert_eq!(found("9°24'12\"N"), 1);
    assert_eq!(
        traces("as Dr. Example said"),
        vec![Trace::Name("Dr. Example".to_owned())]
    );
    for harmless in [
        "A/70/741-S/2016/71",
        "2010-2011 and 1994-07-04",
        "thirteen members, 16.6 and 16.10",
        "Act 818 of 2011",
        "3.5, 7.2 percent",
        "the captain of the ship",
        "follow @example",
        "https://example.org/2015/12/report.pdf",
        "ISBN 978-92-1-101425-6",
        "1,200,000 people in 2000 2001 2002",
        "costs 12.50, later 13.75 dollars per head of 100",
    ] {
        let traces = traces(harmless);
        assert!(traces.is_empty(), "{harmless}: {traces:?}");
    }
    let (card, mut body) = least("position");
    put(
        &mut body,
        "contact",
        list(&[
            "secretariat@example.org",
            "amina.example@example.org",
            "+233 30 555 0100",
        ]),
    );
    let advice = advise("position", &card, &body);
    assert_eq!(
        advice.iter().map(|a| a.field.as_str()).collect::<Vec<_>>(),
        vec!["contact[1]"]
    );
    assert_eq!(advice[0].concern, Concern::PersonalData);
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    fn any_value() -> impl Strategy<Value = Ipld> {
        let leaf = prop_oneof![
            Just(Ipld::Null),
            any::<bool>().prop_map(Ipld::Bool),
            any::<i64>().prop_map(|n| Ipld::Integer(n.into())),
            ".{0,40}".prop_map(Ipld::String),
            proptest::sample::select(vec![
                "2015-09", "clear", "lead", "GHA", "open", "practice", "en"
            ])
            .prop_map(t),
            proptest::collection::vec(any::<u8>(), 0..40).prop_map(Ipld::Bytes),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Ipld::List),
                proptest::collection::btree_map("[a-z_]{1,8}", inner, 0..5).prop_map(Ipld::Map),
            ]
        })
    }

    fn any_body() -> impl Strategy<Value = Ipld> {
        let names: Vec<&str> = fields::COMMON
            .iter()
            .chain(fields::KINDS.iter().flat_map(|r| r.fields))
            .map(|f| f.name)
            .collect();
        let name = prop_oneof![
            proptest::sample::select(names).prop_map(str::to_owned),
            "[a-z]{1,6}".prop_map(|s| s)
        ];
        proptest::collection::btree_map(name, any_value(), 0..12).prop_map(Ipld::Map)
    }

    fn any_kind() -> impl Strategy<Value = String> {
        prop_oneof![
            proptest::sample::select(fields::KINDS.iter().map(|r| r.kind).collect::<Vec<_>>())
                .prop_map(str::to_owned),
            "[a-z]{1,8}".prop_map(|s| s),
        ]
    }

    proptest! {
        #[test]
        fn any_content_is_judged_without_panic_and_every_fault_is_printable(
            kind in any_kind(), card in any_value(), body in prop_oneof![any_body(), any_value()],
        ) {
            for fault in check(&kind, &card, &body) {
                prop_assert!(text::fault_in(&fault.field, text::Role::Line).is_none_or(|f| f == text::TextFault::NotNormalised));
                prop_assert!(!fault.problem.chars().any(char::is_control));
                prop_assert!(!fault.remedy.is_empty());
            }
            for advice in advise(&kind, &card, &body) {
                prop_assert!(!advice.problem.chars().any(char::is_control));
            }
            let _ = check_profile(&body);
            let _ = Body::new(&body).sections(&kind);
        }

        #[test]
        fn escaping_leaves_nothing_that_moves_or_hides(text in any::<String>()) {
            let shown = text::escaped(&text, text::Role::Line);
            prop_assert!(text::fault_in(&shown, text::Role::Line).is_none_or(|f| f == text::TextFault::NotNormalised));
        }

        #[test]
        fn any_year_month_and_day_is_a_date_only_if_it_exists(y in 0u32..10_000, m in 0u32..14, d in 0u32..33) {
            let leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
            let days = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            let real = y >= 1 && (1..=12).contains(&m) && d >= 1 && d <= days[(m.max(1) as usize - 1).min(11)];
            prop_assert_eq!(shape::Shape::FullDate.fits(&format!("{y:04}-{m:02}-{d:02}")), real);
        }

        #[test]
        fn normalised_text_is_normal(text in any::<String>()) {
            prop_assert!(text::fault_in(&text::normalised(&text), text::Role::Running) != Some(text::TextFault::NotNormalised));
        }
    }
}
