use std::collections::BTreeMap;

use ipld_core::ipld::Ipld;

use super::*;

mod advice;
mod properties;
mod refusals;

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
fn what_is_looked_for_is_found_however_it_is_written() {
    for (one, other) in [
        ("Élection", "election"),
        ("MEMORIALIZAÇÃO", "memorializacao"),
        ("Côte d’Ivoire", "cote d'ivoire"),
        ("العَدَالَة", "العداله"),
        ("إِصلاح", "اصلاح"),
        ("مُسَـاءلة", "مساءلة"),
        ("e\u{301}tat", "état"),
    ] {
        assert_eq!(text::folded(one), text::folded(other), "{one} | {other}");
    }
    // Marks of other scripts make other words, and letters stay letters.
    for (one, other) in [("நிலம்", "நலம"), ("लिपि", "लप"), ("sal", "salt")]
    {
        assert_ne!(text::folded(one), text::folded(other), "{one} | {other}");
    }
}
