use std::path::PathBuf;

use indaba_protocol::Value as Ipld;
use indaba_protocol::content::{self, Body, Card, fields};

use super::*;

mod faults;
mod headings;
mod round_trip;
mod templates;

/// The example records that the program ships with.
fn cases() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("demo/cases");
    for folder in std::fs::read_dir(&root).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|e| e == "md") {
                let text = std::fs::read_to_string(&path).unwrap();
                files.push((path, text));
            }
        }
    }
    files.sort();
    assert!(files.len() >= 30, "only {} example records", files.len());
    files
}

#[test]
fn the_example_records_are_faultless_and_need_no_second_look() {
    for (path, text) in cases() {
        match parse(&text) {
            Ok(source) => assert!(
                source.warnings.is_empty(),
                "{}: {:#?}",
                path.display(),
                source.warnings
            ),
            Err(findings) => panic!("{}: {findings:#?}", path.display()),
        }
    }
}

#[test]
fn a_file_says_what_it_says() {
    let text = "---\nkind: practice\nlang: en\nmarking: green\nday: 2015-12-16\ntitle: \"A: b\"\nsummary: >-\n  One\n  two.\n\
                countries: [TGO, GHA]\nregions: ecowas\nthemes: [IFP.NPC, IFP.LPC, MED]\nperiod: {from: 2015-09, to: open}\n\
                i4p: {members: 13, type: national-council, note: \"13\"}\npillar: [1, 2]\n\
                links: {part-of: [bafyr4iabcd], see: bafyr4iefgh}\n---\n<!-- a\nnote -->\n## Challenge\n\nA line\nbroken.\n\n- one\n  more\n- two\n\n## what_happened_next\nText.\n## Solution\nDone.\n";
    let source = parse(text).unwrap();
    assert_eq!(
        (
            source.kind.as_str(),
            source.marking.as_str(),
            source.day.as_deref()
        ),
        ("practice", "green", Some("2015-12-16"))
    );
    assert_eq!(
        source.feeds,
        [
            "region:ecowas",
            "theme:ifp",
            "theme:med",
            "country:gha",
            "country:tgo"
        ]
    );
    assert!(source.feeds_derived);
    assert_eq!(
        source.links,
        [
            ("part-of".into(), "bafyr4iabcd".into()),
            ("see".into(), "bafyr4iefgh".into())
        ]
    );
    assert_eq!(Card::new(&source.card).summary(), Some("One two."));
    let body = Body::new(&source.body);
    assert_eq!(body.texts("countries").collect::<Vec<_>>(), ["GHA", "TGO"]);
    assert_eq!(body.text("licence"), Some("CC-BY-4.0"));
    assert_eq!(
        body.section("challenge"),
        Some("A line broken.\n\n- one more\n- two")
    );
    let Some(Ipld::Map(i4p)) = body.get("i4p") else {
        panic!()
    };
    assert_eq!(i4p.get("members"), Some(&Ipld::Integer(13)));
    assert_eq!(i4p.get("note"), Some(&Ipld::String("13".into())));
    let Some(Ipld::Map(period)) = body.get("period") else {
        panic!()
    };
    assert_eq!(period.get("from"), Some(&Ipld::String("2015-09".into())));
    let warned: Vec<_> = source
        .warnings
        .iter()
        .map(|w| (w.line, w.field.as_str()))
        .collect();
    assert_eq!(
        warned,
        [
            (1, "licence"),
            (14, "i4p.note"),
            (29, "sections.what_happened_next")
        ]
    );
}

#[test]
fn texts_that_other_readers_of_yaml_take_for_something_else_stay_text() {
    let text = "---\nkind: position\nlang: no\nmarking: clear\nfeeds: [theme:prv]\ntitle: NO\nsituation: 1e3\nsince: 2015-09\n---\n";
    let source = parse(text).unwrap();
    assert_eq!(source.lang, "no");
    assert_eq!(Card::new(&source.card).title(), Some("NO"));
    assert_eq!(Body::new(&source.body).text("situation"), Some("1e3"));
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_change_nothing() {
    let (_, text) = cases().swap_remove(0);
    let windows = format!("\u{FEFF}{}", text.replace('\n', "\r\n"));
    assert_eq!(parse(&windows), parse(&text));
}

#[test]
fn decomposed_letters_are_composed_before_they_are_signed() {
    let text = "---\nkind: position\nlang: fr\nmarking: clear\nfeeds: [theme:prv]\ntitle: Re\u{301}sume\u{301}\n---\n## Stance\ne\u{301}t\u{e9}\n";
    let source = parse(text).unwrap();
    assert_eq!(Card::new(&source.card).title(), Some("Résumé"));
    assert_eq!(Body::new(&source.body).section("stance"), Some("été"));
}

#[test]
fn at_most_eight_feeds_are_derived_and_the_registry_stands_alone() {
    let codes: Vec<&str> = indaba_protocol::vocabulary::countries()
        .iter()
        .take(12)
        .map(|c| c.alpha3.as_str())
        .collect();
    let text = format!(
        "---\nkind: plan\nlang: en\nmarking: clear\ntitle: x\nregions: [au]\nthemes: [TRJ.TRU, TRJ.MEM]\ncountries: [{}]\n---\n",
        codes.join(", ")
    );
    let source = parse(&text).unwrap();
    assert_eq!(source.feeds.len(), 8);
    assert_eq!(source.feeds[..2], ["region:au", "theme:trj"]);
    let charter =
        parse("---\nkind: charter\nlang: en\nmarking: clear\ntitle: x\nregions: [au]\n---\n")
            .unwrap();
    assert_eq!(charter.feeds, ["registry"]);
}

#[test]
fn a_new_version_becomes_a_revision() {
    let (_, text) = cases().swap_remove(0);
    let source = parse(&text).unwrap();
    let kind = source.kind.clone();
    let revision = source
        .clone()
        .into_revision("bafyr4iabcd", "A date was wrong.")
        .unwrap();
    assert_eq!(revision.kind, "revision");
    assert_eq!(
        revision.links.last(),
        Some(&("revises".to_owned(), "bafyr4iabcd".to_owned()))
    );
    assert_eq!(
        Body::new(&revision.body).text("revised_kind"),
        Some(kind.as_str())
    );
    assert_eq!(
        source.into_revision("bafyr4iabcd", "").unwrap_err()[0].field,
        "reason"
    );
}

#[test]
fn a_page_shows_labels_and_nothing_that_moves_the_cursor() {
    let card = Ipld::Map(
        [(
            "title".to_owned(),
            Ipld::String("a\u{1B}[2Jb\u{202E}c".into()),
        )]
        .into(),
    );
    let body = Ipld::Map(
        [
            (
                "countries".to_owned(),
                Ipld::List(vec![Ipld::String("GHA".into()), Ipld::String("ZZZ".into())]),
            ),
            (
                "sections".to_owned(),
                Ipld::Map(
                    [(
                        "own\u{7}".to_owned(),
                        Ipld::String("النص العربي هنا\u{2066}".into()),
                    )]
                    .into(),
                ),
            ),
            (
                "taste".to_owned(),
                Ipld::Map([("x".to_owned(), Ipld::Bytes(vec![1, 255]))].into()),
            ),
            ("pillar".to_owned(), Ipld::List(vec![Ipld::Integer(2)])),
            ("level".to_owned(), Ipld::Null),
        ]
        .into(),
    );
    let facts = Facts {
        kind: "practice".into(),
        lang: "en".into(),
        marking: "clear".into(),
        state: Some("verified".into()),
        ..Facts::default()
    };
    let page = render(&facts, &card, &body, 60);
    assert!(
        page.starts_with("Practice · verified\na\\u{1b}[2Jb\\u{202e}c\n"),
        "{page}"
    );
    assert!(page.contains("Ghana (GHA); ZZZ"), "{page}");
    assert!(page.contains("Pillar II:"), "{page}");
    assert!(
        page.contains("\u{2067}النص العربي هنا\\u{2066}\u{2069}"),
        "{page}"
    );
    assert!(page.contains("taste: {x: 01ff}"), "{page}");
    assert!(!page.contains(['\u{1B}', '\u{7}', '\u{202E}']));
    assert!(render(&facts, &Ipld::Null, &Ipld::Null, 0).starts_with("Practice · verified\n"));
}

#[test]
fn a_page_of_every_example_keeps_to_its_width_and_loses_no_word() {
    for (path, text) in cases() {
        let source = parse(&text).unwrap();
        let page = render(&source.facts(), &source.card, &source.body, 72);
        for line in page.lines() {
            assert!(line.chars().count() <= 76, "{}: {line}", path.display());
        }
        let words = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let shown = words(&page);
        for (_, section) in Body::new(&source.body).sections(&source.kind) {
            for word in words(section) {
                assert!(shown.contains(&word), "{}: {word}", path.display());
            }
        }
    }
}
