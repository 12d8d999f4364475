use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::authoring::paragraphs::{join, lay_out};

#[track_caller]
fn goes_round(source: &Source) {
    let written = to_markdown(&source.facts(), &source.card, &source.body);
    match parse(&written) {
        Ok(again) => {
            let again = Source {
                warnings: source.warnings.clone(),
                feeds_derived: source.feeds_derived,
                // What exists without a day was published without one; a draft may still be given today's.
                undated: source.undated,
                ..again
            };
            assert_eq!(&again, source, "{written}");
        }
        Err(findings) => panic!("{findings:#?}\n{written}"),
    }
}

#[test]
fn every_example_goes_to_a_file_and_back() {
    for (_, text) in cases() {
        let source = parse(&text).unwrap();
        goes_round(&source);
        goes_round(
            &source
                .into_revision("bafyr4iabcd", "First line.\n\nSecond: \"quoted\" \\ back.")
                .unwrap(),
        );
    }
}

#[test]
fn every_kind_of_value_goes_to_a_file_and_back() {
    let id = indaba_protocol::Id::from_bytes([9; 32]).to_string();
    let hash = "ab".repeat(32);
    let files = [
        format!("kind: vouch\nfeeds: [registry]\nsubject: {id}\nlevel: known\ndepth: 1\nscope: {{regions: [au], kinds: []}}\nevidence: {hash}\nexpires: 2030-01-01"),
        format!("kind: charter\ntitle: x\nfeeds: [registry]\nstewards: [{id}]\nthreshold: 1\nadmission: {{state: 1, cso: 0}}"),
        format!("kind: plan\ntitle: x\nfeeds: [topic:x]\ncomponents:\n  - {{component: dialogue, text: \"a\\n- b\", practices: [{id}]}}\nattachments:\n  - {{hash: {hash}, size: 12, media: text/plain, title: t}}\next: {{a: {{b: [1, \"1\", true, \"true\", null, 0x0aff, \"0x0aff\", -5]}}, \"odd: key\": x}}"),
        "kind: outcome\ntitle: \"- <x>\"\nlinks: {outcome-of: [bafyr4iabcd]}\nfeeds: [topic:x]\ncontinued: no\nresources: {}\nsdg: []".to_owned(),
        "kind: withdrawal\nlinks: {withdraws: [bafyr4iabcd, bafyr4iabce]}\nfeeds: [topic:x]\nreason: safety\nnote: \"\"".to_owned(),
        "kind: position\ntitle: \"<x>\"\nfeeds: [topic:x]\nsections: {summary: \"two  spaces\", odd_: \"x\", stance: \" <!-- lead\\n\\n\\n## x \"}".to_owned(),
    ];
    for file in files {
        let source = parse(&format!("---\n{file}\nlang: en\nmarking: clear\n---\n")).unwrap();
        goes_round(&source);
    }
}

#[test]
fn fields_of_a_later_version_are_left_as_comments() {
    let facts = Facts {
        kind: "position".into(),
        lang: "en".into(),
        marking: "clear".into(),
        feeds: vec!["topic:x".into()],
        ..Facts::default()
    };
    let card = Ipld::Map([("title".to_owned(), Ipld::String("x".into()))].into());
    let body: BTreeMap<String, Ipld> = [
        ("licence".to_owned(), Ipld::String("CC-BY-4.0".into())),
        (
            "attribution".to_owned(),
            Ipld::String("organisation".into()),
        ),
        (
            "later\nkind: plan".to_owned(),
            Ipld::String("a\nkind: plan".into()),
        ),
    ]
    .into();
    let written = to_markdown(&facts, &card, &Ipld::Map(body));
    let source = parse(&written).unwrap();
    assert_eq!(source.kind, "position");
    assert!(written.contains("# not known to this version, left out:"));
}

proptest! {
    #[test]
    fn running_text_that_can_be_laid_out_comes_back(text in "([a-z#<>\\-\\\\ *!&:]{0,12}\n{0,3}){0,8}") {
        if let Some(written) = lay_out(&text) {
            prop_assert_eq!(join(&written), text);
        }
    }

    #[test]
    fn ordinary_paragraphs_can_always_be_laid_out(paragraphs in proptest::collection::vec("[A-Za-z\\-#<\\\\]{0,8}[a-z]( [A-Za-z\\-#<\\\\]{1,9}){0,5}(\n[a-z#<\\-]{0,9}[a-z]\\\\?| [a-z]{1,9}){0,3}", 1..5)) {
        prop_assert!(lay_out(&paragraphs.join("\n\n")).is_some());
    }

    #[test]
    fn any_title_summary_and_section_comes_back(title in "\\PC{1,60}", summary in "(\\PC|\n){1,300}", section in "(\\PC|\n){1,300}", key in "[a-z][a-z0-9_]{0,31}") {
        let clean = |s: &str| content::text::normalised(s);
        let card: BTreeMap<_, _> = [("title".to_owned(), Ipld::String(clean(&title))), ("summary".to_owned(), Ipld::String(clean(&summary)))].into();
        let sections: BTreeMap<_, _> = [(key, Ipld::String(clean(&section)))].into();
        let body: BTreeMap<_, _> = [
            ("licence".to_owned(), Ipld::String("CC0-1.0".into())),
            ("attribution".to_owned(), Ipld::String("group".into())),
            ("sections".to_owned(), Ipld::Map(sections)),
        ].into();
        let (card, body) = (Ipld::Map(card), Ipld::Map(body));
        prop_assume!(content::check("position", &card, &body).is_empty());
        let facts = Facts { kind: "position".into(), lang: "en".into(), marking: "clear".into(), feeds: vec!["topic:x".into()], ..Facts::default() };
        let written = to_markdown(&facts, &card, &body);
        let again = parse(&written).map_err(|f| TestCaseError::fail(format!("{f:?}\n{written}")))?;
        prop_assert_eq!(again.card, card);
        prop_assert_eq!(again.body, body);
    }

    #[test]
    fn any_text_is_read_without_panic(text in "(---\n)?([a-z0-9:\\[\\]{}\"'*&!|>#<, \n-]{0,200})(\n---\n)?(\\PC|\n){0,100}") {
        if let Err(findings) = parse(&text) {
            prop_assert!(findings.iter().any(|f| f.severity == Severity::Fault));
            prop_assert!(findings.iter().all(|f| f.line >= 1 && f.column >= 1 && !f.remedy.is_empty()));
        }
    }
}
