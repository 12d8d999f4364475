//! What is pointed at before publishing, and what is not.

use ipld_core::ipld::Ipld;

use super::{least, list, map, put, t, take};
use crate::content::personal::{Trace, traces};
use crate::content::*;

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
fn a_licence_that_nobody_knows_is_named() {
    for (licence, remedy) in [
        ("libre", Some("CC-BY-4.0")),
        ("CC-BY-4", Some("did you mean `CC-BY-4.0`?")),
        ("CC-BY-3.0-IGO", None),
        ("LicenseRef-Sembe", None),
    ] {
        let (card, mut body) = least("position");
        put(&mut body, "licence", Ipld::String(licence.to_owned()));
        let advice = advise("position", &card, &body);
        let found = advice.iter().find(|a| a.field == "licence");
        assert_eq!(found.is_some(), remedy.is_some(), "{licence}: {advice:?}");
        if let (Some(found), Some(remedy)) = (found, remedy) {
            assert!(found.remedy.contains(remedy), "{licence}: {found:?}");
        }
    }
}

#[test]
fn a_charter_that_can_never_count_is_said_to() {
    let steward = |n: u8| Ipld::Bytes(vec![n; 32]);
    let admission =
        |state, cso| map(&[("state", Ipld::Integer(state)), ("cso", Ipld::Integer(cso))]);
    let concerns = |change: &dyn Fn(&mut Ipld)| {
        let (card, mut body) = least("charter");
        put(&mut body, "region", t("ecowas"));
        put(
            &mut body,
            "stewards",
            Ipld::List(vec![steward(1), steward(2)]),
        );
        put(&mut body, "threshold", Ipld::Integer(2));
        put(&mut body, "admission", admission(1, 2));
        change(&mut body);
        let advice = advise("charter", &card, &body).into_iter();
        let fields = advice
            .filter(|a| a.concern == Concern::Consistency)
            .map(|a| a.field);
        fields.collect::<Vec<_>>()
    };
    assert!(concerns(&|_| ()).is_empty());
    /// A field, and what spoils it.
    type Slip<'a> = (&'a str, &'a dyn Fn(&mut Ipld));
    let slips: [Slip<'_>; 7] = [
        ("region", &|b| put(b, "region", t("The North"))),
        ("region", &|b| take(b, "region")),
        ("threshold", &|b| put(b, "threshold", Ipld::Integer(3))),
        ("threshold", &|b| take(b, "threshold")),
        ("admission.cso", &|b| put(b, "admission", admission(1, 3))),
        ("admission.state", &|b| put(b, "admission", admission(0, 1))),
        ("stewards", &|b| {
            take(b, "stewards");
            take(b, "threshold");
            take(b, "admission");
        }),
    ];
    for (field, change) in slips {
        let found = concerns(change);
        assert_eq!(found.first().map(String::as_str), Some(field), "{found:?}");
    }
    // A network needs no code.
    let named = |b: &mut Ipld| {
        take(b, "region");
        put(b, "network", t("Friends of the Lagoon (example)"));
    };
    assert!(concerns(&named).is_empty());
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
    assert_eq!(
        traces("tel. 0205 550 101 (office)"),
        vec![Trace::Telephone("0205 550 101".to_owned())]
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
        "from 01.02.2015 to 03.04.2015",
        "shares of 0 10 20 30 40 and 0.123456789",
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
