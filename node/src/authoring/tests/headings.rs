//! Headings in the language of the text.

use super::*;

fn lesson(lang: &str, first: &str, second: &str) -> String {
    format!(
        "---\nkind: lesson\nlang: {lang}\nmarking: clear\nregions: [ecowas]\ntitle: T\nsummary: S.\nlicence: CC-BY-4.0\n\
         attribution: organisation\n---\n\n## {first}\n\nA.\n\n## {second}\n\nB.\n"
    )
}

fn sections(source: &Source) -> Vec<(String, String)> {
    let body = Body::new(&source.body);
    let pairs = body.sections(&source.kind).into_iter();
    pairs.map(|(k, t)| (k.to_owned(), t.to_owned())).collect()
}

#[test]
fn headings_are_understood_in_six_languages() {
    let wanted = [("what_happened", "A."), ("lesson", "B.")];
    let wanted: Vec<_> = wanted.map(|(k, t)| (k.to_owned(), t.to_owned())).to_vec();
    for (lang, first, second) in [
        ("en", "What happened", "Lesson"),
        ("fr", "Ce qui s’est passé", "Enseignement :"),
        ("fr", "CE QUI S'EST PASSE", "enseignement"),
        ("pt", "O que aconteceu", "Lição"),
        ("es", "Lo que ocurrió", "Lección"),
        ("ar", "ما حدث", "الدرس المستفاد"),
        ("sw", "Kilichotokea", "Somo"),
        // English stays understood, whatever the text is written in.
        ("fr", "what_happened", "Lesson"),
    ] {
        let source = parse(&lesson(lang, first, second)).unwrap();
        assert_eq!(sections(&source), wanted, "{lang}");
        assert!(source.warnings.is_empty(), "{lang}: {:#?}", source.warnings);
    }
}

#[test]
fn a_heading_that_nobody_knows_is_met_with_those_that_are_known() {
    let findings = parse(&lesson("fr", "Ce qui s'est passé", "Leçon apprise")).unwrap_err();
    let faults: Vec<_> = findings.iter().filter(|f| f.line == 16).collect();
    assert_eq!(faults.len(), 1, "{findings:#?}");
    let said = format!("{:?}", faults);
    assert!(
        said.contains("Ce qui était prévu; Ce qui s'est passé"),
        "{said}"
    );
}
