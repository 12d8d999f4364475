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
