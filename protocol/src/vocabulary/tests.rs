use super::*;

#[test]
fn every_table_parses_whole() {
    let lines = |text: &str| text.lines().count() - 1;
    assert_eq!(
        themes().len(),
        lines(include_str!("../../vocabulary/themes.csv"))
    );
    assert_eq!(
        regions().len(),
        lines(include_str!("../../vocabulary/regions.csv"))
    );
    assert_eq!(countries().len(), 249);
    assert_eq!(
        memberships().len(),
        lines(include_str!("../../vocabulary/memberships.csv"))
    );
    assert_eq!(risk_factors().len(), 14);
    assert_eq!(
        sdg_targets().len(),
        lines(include_str!("../../vocabulary/sdg.csv"))
    );
    assert_eq!(
        languages().len(),
        lines(include_str!("../../vocabulary/languages.csv"))
    );
    assert_eq!(kinds().len(), 15);
}

#[test]
fn every_kind_of_the_specification_has_a_label_and_no_other() {
    let known: Vec<_> = crate::content::fields::KINDS
        .iter()
        .map(|r| r.kind)
        .collect();
    let told: Vec<_> = kinds().iter().map(|k| k.kind.as_str()).collect();
    assert_eq!(known, told);
}

#[test]
fn every_section_has_headings_of_its_own() {
    use crate::content::text::folded;
    let foreseen: std::collections::BTreeSet<_> = crate::content::fields::KINDS
        .iter()
        .flat_map(|rules| rules.sections.iter().map(|s| s.key))
        .chain(["summary"])
        .collect();
    let told: std::collections::BTreeSet<_> = sections().iter().map(|s| s.key.as_str()).collect();
    assert_eq!(foreseen, told);
    let mut of = std::collections::BTreeMap::new();
    for section in sections() {
        assert_eq!(section.labels.all().count(), 6, "{}", section.key);
        for label in section.labels.all() {
            let other = of.insert(folded(label), &section.key);
            assert!(other.is_none_or(|key| *key == section.key), "{label}");
        }
    }
}

#[test]
fn fixed_values_and_terms_agree() {
    use crate::content::fields;
    use crate::content::form::Form;
    let pairs = [
        ("level", "level"),
        ("maturity", "maturity"),
        ("validation", "validation"),
        ("basis", "basis"),
        ("attribution", "attribution"),
        ("phase", "phase"),
    ];
    for (name, terms_field) in pairs {
        let field = fields::COMMON.iter().find(|f| f.name == name).unwrap();
        let codes = match field.form {
            Form::Code(codes) => codes,
            Form::List {
                item: Form::Code(codes),
                ..
            } => *codes,
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(
            codes.to_vec(),
            terms(terms_field)
                .map(|t| t.code.as_str())
                .collect::<Vec<_>>(),
            "{name}"
        );
    }
    assert_eq!(
        fields::MODALITIES.to_vec(),
        terms("modality")
            .map(|t| t.code.as_str())
            .collect::<Vec<_>>()
    );
    assert_eq!(
        fields::INSTITUTION_KINDS.to_vec(),
        terms("institution_type")
            .map(|t| t.code.as_str())
            .collect::<Vec<_>>()
    );
    assert_eq!(
        fields::MARKINGS.to_vec(),
        terms("marking")
            .map(|t| t.code.as_str())
            .collect::<Vec<_>>()
    );
}

#[test]
fn codes_have_the_shape_that_records_ask_for() {
    use crate::content::shape::Shape;
    assert!(themes().iter().all(|t| Shape::Theme.fits(&t.code)));
    assert!(regions().iter().all(|r| Shape::Region.fits(&r.code)));
    assert!(countries().iter().all(|c| Shape::Country.fits(&c.alpha3)));
    assert!(sdg_targets().iter().all(|c| Shape::SdgTarget.fits(&c.code)));
    assert!(
        risk_factors()
            .iter()
            .all(|c| Shape::RiskFactor.fits(&c.code))
    );
    assert!(languages().iter().all(|l| Shape::LanguageTag.fits(&l.tag)));
    assert!(
        themes()
            .iter()
            .all(|t| t.broader.as_ref().is_none_or(|b| theme(b).is_some()))
    );
    assert!(
        memberships()
            .iter()
            .all(|m| country(&m.country).is_some() && region(&m.region).is_some())
    );
}

#[test]
fn membership_is_dated() {
    assert!(members_on("ecowas", "2015-09-17").contains(&"BFA"));
    assert!(members_on("ecowas", "2025-01-29").contains(&"BFA"));
    assert!(!members_on("ecowas", "2025-01-30").contains(&"BFA"));
    assert_eq!(members_on("ecowas", "2026-01-01").len(), 12);
    assert!(!members_on("eac", "2023-10-31").contains(&"SOM"));
    assert!(members_on("eac", "2023-11").contains(&"SOM"));
    assert!(members_on("eac", "2023").contains(&"SOM"));
    assert!(
        members_on("eccas", "2026-01-01").contains(&"RWA"),
        "notice was given, its effect is not established"
    );
    assert!(
        !members_on("caricom", "2026-01-01").contains(&"BMU"),
        "an associate is not a member"
    );
    assert!(regions_of("GHA", "2026-01-01").contains(&"ecowas"));
    assert!(members_on("nowhere", "2026").is_empty());
    assert_eq!(members_on("au", "2026-01-01").len(), 55);
}

#[test]
fn labels_fall_back_to_english_and_then_to_nothing() {
    assert_eq!(label("countries", "GHA", "ar"), Some("غانا"));
    assert_eq!(label("countries", "GHA", "xx"), Some("Ghana"));
    assert_eq!(
        label("themes", "TRJ", "fr-CA"),
        Some("Justice transitionnelle")
    );
    assert_eq!(
        label("i4p.type", "national-council", "en"),
        Some("National council")
    );
    assert_eq!(label("themes", "ZZZ", "en"), None);
    assert_eq!(label("no-such-field", "x", "en"), None);
    assert_eq!(term_label("i4p.members"), Some("Number of members"));
}

#[test]
fn near_words_are_found_and_far_ones_are_not() {
    let known = ["practice", "lesson", "exchange"];
    assert_eq!(nearest("pratice", known), Some("practice"));
    assert_eq!(nearest("LESSON", known), Some("lesson"));
    assert_eq!(nearest("exchagne", known), Some("exchange"));
    assert_eq!(nearest("telephone", known), None);
    assert_eq!(nearest("", known), None);
    assert_eq!(nearest(&"x".repeat(65), known), None);
    assert!(
        user_assigned_country("XKX")
            && !user_assigned_country("GHA")
            && !user_assigned_country("xkx")
    );
}
