use ipld_core::ipld::Ipld;

use super::*;

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
        put(b, "horizon", map(&[("from", t("2025")), ("to", t("soon"))]))
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
fn members_of_maps_are_required_where_no_mark_makes_them_optional() {
    refused("plan", "horizon.to", |_, b| {
        put(b, "horizon", map(&[("from", t("2025"))]))
    });
    refused("plan", "horizon.to", |_, b| {
        put(b, "horizon", map(&[("from", t("2025")), ("to", t("open"))]))
    });
    refused("vouch", "scope.regions[0]", |_, b| {
        put(b, "scope", map(&[("regions", list(&["ECOWAS"]))]))
    });
    refused("vouch", "scope.kinds[0]", |_, b| {
        put(b, "scope", map(&[("kinds", list(&["Practice"]))]))
    });
    body_refused(
        "actors[0].country",
        "actors",
        Ipld::List(vec![map(&[
            ("role", t("lead")),
            ("name", t("Council (example)")),
            ("country", t("Ghana")),
        ])]),
    );
}
