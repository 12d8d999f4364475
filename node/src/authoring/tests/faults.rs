use super::*;

/// A file without fault; each case changes one thing in it.
const GOOD: &str = "---
kind: practice
lang: en
marking: clear
title: A title
summary: A summary.
countries: [GHA]
level: [national]
period: {from: 2011, to: open}
sources:
  - title: One
    date: 2011
---
## Challenge
Text.

## Solution
Text.
";

#[track_caller]
fn finds(change: (&str, &str), line: usize, field: &str, remedy: &str) {
    assert!(parse(GOOD).is_ok(), "{:?}", parse(GOOD));
    let text = GOOD.replacen(change.0, change.1, 1);
    assert_ne!(text, GOOD, "the change must change something");
    let findings = parse(&text).expect_err("must be refused");
    let faults: Vec<_> = findings
        .iter()
        .filter(|f| f.severity == Severity::Fault)
        .collect();
    assert_eq!(faults.len(), 1, "{faults:#?}");
    let fault = faults[0];
    assert_eq!((fault.line, fault.field.as_str()), (line, field), "{fault}");
    assert!(fault.remedy.contains(remedy), "{fault}");
}

#[test]
fn header_fields() {
    finds(
        ("kind: practice", "kind: pratice"),
        2,
        "kind",
        "did you mean `practice`?",
    );
    finds(("kind: practice\n", ""), 1, "kind", "kind: practice");
    finds(("lang: en\n", ""), 1, "lang", "lang: en");
    finds(("lang: en", "lang: e"), 3, "lang", "language tag");
    finds(("marking: clear\n", ""), 1, "marking", "marking: clear");
    finds(
        ("marking: clear", "marking: amber"),
        4,
        "marking",
        "must not be published",
    );
    finds(
        ("marking: clear", "marking: clear\nday: 2015-09"),
        5,
        "day",
        "YYYY-MM-DD",
    );
    finds(
        ("marking: clear", "marking: clear\nfeeds: [ecowas]"),
        5,
        "feeds[0]",
        "region:ecowas",
    );
    finds(
        (
            "marking: clear",
            "marking: clear\nfeeds: [registry, theme:trj]",
        ),
        5,
        "feeds",
        "`registry` alone",
    );
    finds(
        (
            "marking: clear",
            "marking: clear\nfeeds: [theme:trj, theme:trj]",
        ),
        5,
        "feeds[1]",
        "remove",
    );
    finds(
        (
            "marking: clear",
            "marking: clear\nfeeds: [a:1, a:2, a:3, a:4, a:5, a:6, a:7, a:8, a:9]",
        ),
        5,
        "feeds",
        "at most 8",
    );
    finds(
        ("marking: clear", "marking: clear\nfeeds: [theme: trj]"),
        5,
        "feeds[0]",
        "no space",
    );
    finds(
        ("marking: clear", "marking: clear\nlinks: {see: [NOT]}"),
        5,
        "links.see[0]",
        "bafyr4i",
    );
    finds(
        ("marking: clear", "marking: clear\nlinks: [bafyr4iabcd]"),
        5,
        "links",
        "see",
    );
    finds(("countries: [GHA]\n", ""), 1, "feeds", "feeds: [...]");
}

#[test]
fn content_fields() {
    finds(("title: A title\n", ""), 1, "title", "needs it");
    finds(("title: A title", "title:"), 5, "title", "needs it");
    finds(
        ("title: A title", "title: <A title>"),
        5,
        "title",
        "write it: A title",
    );
    finds(
        ("summary: A summary.", "sumary: A summary.\nsummary: x"),
        6,
        "sumary",
        "did you mean `summary`?",
    );
    finds(
        ("countries: [GHA]", "countries: [GHA, ghana]"),
        7,
        "countries[1]",
        "did you mean `GHA`?",
    );
    finds(
        ("countries: [GHA]", "countries: [GHA, sembe]"),
        7,
        "countries[1]",
        "three capital letters",
    );
    finds(
        ("title: A title", "title: A #1 title"),
        5,
        "title",
        "between double quotes",
    );
    finds(
        ("countries: [GHA]", "countries: [GHA, GHA]"),
        7,
        "countries[1]",
        "repetition",
    );
    finds(
        ("level: [national]", "level: [nationl]"),
        8,
        "level[0]",
        "did you mean `national`?",
    );
    finds(
        ("level: [national]", "level: {a: b}"),
        8,
        "level",
        "[one, two]",
    );
    finds(("to: open", "to: opne"), 9, "period.to", "`open`");
    finds(("to: open", "untill: open"), 9, "period.untill", "from, to");
    finds(
        ("    date: 2011", "    date: in 2011"),
        12,
        "sources[0].date",
        "YYYY",
    );
    finds(
        ("    date: 2011", "    dates: 2011"),
        12,
        "sources[0].dates",
        "did you mean `date`?",
    );
    finds(
        ("    date: 2011", "    sha256: 12"),
        12,
        "sources[0].sha256",
        "64 hexadecimal digits",
    );
    finds(
        ("  - title: One\n    date: 2011", "  - date: 2011"),
        11,
        "sources[0].title",
        "Title of the source",
    );
    finds(
        ("level: [national]", "pillar: [first]"),
        8,
        "pillar[0]",
        "whole number",
    );
    finds(
        ("title: A title", "title: \"A\\ttitle\""),
        5,
        "title",
        "control character",
    );
    finds(
        ("A summary.", "\"a\\u202Eb\""),
        6,
        "summary",
        "direction character",
    );
    finds(
        ("level: [national]", "attribution: chatham\nactors: []"),
        9,
        "actors",
        "another attribution",
    );
}

#[test]
fn what_yaml_offers_and_a_record_does_not_need() {
    finds(("title: A title", "title: &a A title"), 5, "", "quotes");
    finds(("title: A title", "title: *a"), 5, "", "quotes");
    finds(("title: A title", "title: !!str A title"), 5, "", "quotes");
    finds(
        ("title: A title", "title: A title\ntitle: B"),
        6,
        "title",
        "keep one",
    );
    finds(
        ("title: A title", "title: a: b"),
        5,
        "title",
        "double quotes",
    );
    finds(
        ("level: [national]", "level: [[[[[[[[[[a]]]]]]]]]]"),
        8,
        "",
        "plain fields",
    );
    finds(("title: A title", "...\ntitle: A title"), 6, "", "");
}

#[test]
fn the_file_as_a_whole() {
    finds(("---\nkind", "kind"), 1, "", "two lines `---`");
    finds(
        ("    date: 2011\n---", "    date: 2011"),
        1,
        "",
        "second line `---`",
    );
    finds(
        ("---\n## Challenge", "---\nHello\n## Challenge"),
        14,
        "sections",
        "under a heading",
    );
    finds(("## Challenge", "# Challenge\n## Challenge"), 14, "", "## ");
    finds(
        ("## Solution", "## Results\nx\n## Challenge"),
        19,
        "sections.challenge",
        "one heading",
    );
    finds(
        ("## Challenge\nText.\n", "## Challenge\n"),
        14,
        "sections",
        "at least 2",
    );
    let long = format!("## Challenge\n{}", "x ".repeat(4_001));
    finds(
        ("## Challenge", &long),
        14,
        "sections.challenge",
        "at most 8000",
    );
    let huge = format!("{GOOD}{}", "x".repeat(FILE_BYTES));
    assert!(
        parse(&huge).expect_err("too large")[0]
            .problem
            .contains("too many")
    );
    assert_eq!(parse("").expect_err("empty").len(), 1);
}

#[test]
fn a_record_must_fit() {
    let sections: String = (0..9)
        .map(|i| format!("\n## Part {i}\n{}\n", "x".repeat(7_500)))
        .collect();
    let findings = parse(&format!("{GOOD}{sections}")).expect_err("too large");
    assert!(
        findings
            .iter()
            .any(|f| f.field == "sections" && f.problem.contains("bytes")),
        "{findings:#?}"
    );
    let titles: Vec<String> = ["fr", "pt", "es", "ar", "sw", "am", "ta", "my"]
        .iter()
        .map(|l| format!("{l}: {}", "ሀ".repeat(500)))
        .collect();
    let summary = "ሀ".repeat(1_500);
    let text = GOOD.replace(
        "summary: A summary.",
        &format!("summary: {summary}\ntitle_i18n: {{{}}}", titles.join(", ")),
    );
    let findings = parse(&text).expect_err("card too large");
    assert!(
        findings
            .iter()
            .any(|f| f.line == 7 && f.problem.starts_with("card")),
        "{findings:#?}"
    );
}

#[test]
fn the_link_that_a_kind_needs() {
    let text = "---\nkind: adaptation\nlang: en\nmarking: clear\nfeeds: [topic:x]\ntitle: x\n---\n";
    let mut findings = parse(text).expect_err("no link");
    findings.retain(|f| f.severity == Severity::Fault);
    assert_eq!((findings.len(), findings[0].field.as_str()), (1, "links"));
    assert!(findings[0].remedy.contains("adapts"));
    assert!(parse(&text.replace("title", "links: {adapts: [bafyr4iabcd]}\ntitle")).is_ok());
}

#[test]
fn everything_is_told_at_once_in_the_order_of_the_file() {
    let text = "---\nkind: lesson\nlang: e\nmarking: red\ntitel: x\noutcome: won\nsdg: [16]\n---\nstray\n## Context\n";
    let findings = parse(text).expect_err("many faults");
    let faults: Vec<_> = findings
        .iter()
        .filter(|f| f.severity == Severity::Fault)
        .map(|f| (f.line, f.field.as_str()))
        .collect();
    assert_eq!(
        faults,
        [
            (1, "feeds"),
            (1, "title"),
            (1, "summary"),
            (3, "lang"),
            (4, "marking"),
            (5, "titel"),
            (6, "outcome"),
            (7, "sdg[0]"),
            (9, "sections"),
            (10, "sections"),
        ]
    );
}

#[test]
fn warnings_do_not_stop_a_record() {
    let text = GOOD
        .replace("countries: [GHA]", "countries: [GHA, ZZZ]")
        .replace(
            "Text.\n\n",
            "Ask Dr. Example, or write to a.example@example.org.\n\n## Sollution\nx\n\n## Cost\n\n",
        );
    let source = parse(&text).unwrap();
    let warned: Vec<_> = source
        .warnings
        .iter()
        .map(|w| (w.line, w.field.as_str()))
        .collect();
    assert_eq!(
        warned,
        [
            (1, "licence"),
            (7, "countries[1]"),
            (15, "sections.challenge"),
            (15, "sections.challenge"),
            (17, "sections.sollution"),
            (20, "sections.cost")
        ]
    );
    assert!(
        source
            .warnings
            .iter()
            .all(|w| w.severity == Severity::Warning && !w.remedy.is_empty())
    );
}

#[test]
fn one_slip_is_told_once_with_the_code_that_was_meant() {
    let text = GOOD.replace("countries: [GHA]", "countries: [GH]");
    let findings = parse(&text).unwrap_err();
    let told: Vec<_> = findings
        .iter()
        .filter(|f| f.severity == Severity::Fault)
        .map(|f| (f.line, f.field.as_str(), f.remedy.as_str()))
        .collect();
    assert_eq!(told, [(7, "countries[0]", "did you mean `GHA`?")]);
}

#[test]
fn a_character_that_must_not_be_there_is_named_where_it_stands() {
    let text = GOOD.replace("Text.\n\n", "Text.\nMore \u{7} text.\n\n");
    let findings = parse(&text).unwrap_err();
    let fault = findings.iter().find(|f| f.severity == Severity::Fault);
    let place = fault.map(|f| (f.line, f.column));
    assert_eq!(place, Some((16, 6)), "{findings:?}");
}

#[test]
fn markup_that_readers_would_see_is_pointed_at_once_for_each_sort() {
    let text = GOOD
        .replace("summary: A summary.", "summary: A **bold** summary.")
        .replace(
            "## Solution\nText.\n",
            "## Solution\nText with **weight** and\nmore **weight**.\n\n* one\n* two\n\nSee [this](https://a.example).\n",
        );
    let source = parse(&text).expect("markup is no fault");
    let told: Vec<String> = source.warnings.iter().map(ToString::to_string).collect();
    let place = |line: usize, column: usize, sign: &str| {
        let begin = format!("{line}:{column}: warning: ");
        assert!(
            told.iter()
                .any(|t| t.starts_with(&begin) && t.contains(sign)),
            "{begin}{sign}: {told:#?}"
        );
    };
    place(6, 12, "`**bold**`");
    place(18, 11, "`**weight**`");
    place(21, 1, "`*` begins no item");
    place(24, 5, "`[this](https://a.example)`");
    assert_eq!(
        told.iter().filter(|t| t.contains("1 more line")).count(),
        2,
        "{told:#?}"
    );
    // What the text forms of a record have is no markup.
    let plain = GOOD.replace(
        "## Solution\nText.\n",
        "## Solution\nText:\n- one\n- two\n\nMore.\n",
    );
    let told = parse(&plain).expect("it is good").warnings;
    assert!(
        told.iter()
            .all(|w| !w.problem.contains("markup") && !w.problem.contains("list")),
        "{told:#?}"
    );
}

#[test]
fn a_colon_in_a_title_is_called_by_its_name() {
    let text = GOOD.replace("title: A title", "title: Peace councils: a lesson");
    let findings = parse(&text).expect_err("it is no field");
    let fault = &findings[0];
    assert_eq!((fault.line, fault.field.as_str()), (5, "title"), "{fault}");
    assert!(fault.remedy.contains("`title: \"...\"`"), "{fault}");
    // What is not readable for another reason is not blamed on a colon.
    let text = GOOD.replace("title: A title", "title: \"A title: one");
    let findings = parse(&text).expect_err("it is not closed");
    assert!(findings[0].problem.contains("YAML"), "{:?}", findings[0]);
}

#[test]
fn a_word_leads_to_the_codes_that_are_called_after_it() {
    finds(
        ("level: [national]", "level: [national]\nthemes: [land]"),
        9,
        "themes[0]",
        "`MED.LAND`",
    );
}
