use super::*;

#[test]
fn an_untouched_template_says_what_is_still_to_be_filled_in_and_nothing_else() {
    for rules in fields::KINDS {
        let text = template(rules.kind, "en").unwrap();
        let mut findings = match parse(&text) {
            Err(findings) => findings,
            Ok(source) => panic!("{} passes untouched: {source:?}", rules.kind),
        };
        // What a charter needs to count may all be left out, but not unknowingly.
        findings.retain(|f| !f.problem.ends_with("the charter never counts"));
        for f in &findings {
            let said = f.problem == "is still to be filled in" || f.field == "feeds";
            assert!(said, "{}: {f}\n{text}", rules.kind);
        }
        let filled = |field: &str| findings.iter().any(|f| f.field == field);
        assert_eq!(
            filled("title"),
            rules.title || rules.kind == "revision",
            "{}",
            rules.kind
        );
        if let Some(rel) = rules.link {
            assert!(
                filled(&format!("links.{rel}[0]")),
                "{}: {findings:#?}",
                rules.kind
            );
        }
        for f in &findings {
            let line = text.lines().nth(f.line - 1).unwrap();
            let place = line.contains('<') || line.starts_with("## ") || f.field == "feeds";
            assert!(place, "{}: line {} is `{line}`", rules.kind, f.line);
        }
    }
}

#[test]
fn a_template_holds_every_field_of_its_kind() {
    for rules in fields::KINDS {
        let text = template(rules.kind, "fr").unwrap();
        let revised = (rules.kind == "revision").then_some("practice");
        // A withdrawal, a response or a vouch says one thing; the form does not hide it among what nobody puts there.
        let brief = !rules.title && !rules.terms && revised.is_none();
        for field in fields::CARD
            .iter()
            .chain(fields::of_body(rules.kind, revised))
            .filter(|f| f.name != "sections")
            .filter(|f| !brief || f.required || rules.fields.iter().any(|own| own.name == f.name))
        {
            let there = text.lines().any(|l| {
                l.trim_start_matches('#')
                    .starts_with(&format!("{}:", field.name))
            });
            assert!(there, "{}: {}", rules.kind, field.name);
        }
        assert_eq!(brief, text.lines().count() < 45, "{}", rules.kind);
        assert!(text.contains("\nlang: fr\n"));
        assert!(text.lines().all(|l| l.chars().count() < 700));
    }
}

/// Takes the sign away from every example, fills in every `<place>`, and expects a file without fault.
#[test]
fn every_example_in_a_template_is_valid() {
    let id = indaba_protocol::Id::from_bytes([7; 32]).to_string();
    for rules in fields::KINDS {
        let mut out = String::new();
        for line in template(rules.kind, "en").unwrap().lines() {
            let line = match line.strip_prefix('#') {
                Some(rest)
                    if rest.starts_with(|c: char| c.is_ascii_lowercase())
                        || rest.starts_with("  ") =>
                {
                    rest
                }
                _ => line,
            };
            let filled = match line
                .find('<')
                .filter(|_| line.ends_with(['>', '}']) && !line.contains("<!--"))
            {
                Some(start) => {
                    let name = line.split(':').next().unwrap_or_default();
                    let value = match name {
                        "expires" => "2030-01-31".to_owned(),
                        "subject" | "links" => id.clone(),
                        "translation_status" => "courtesy".to_owned(),
                        "level" => "identity".to_owned(),
                        "depth" => "0".to_owned(),
                        "stance" => "endorse".to_owned(),
                        "reason" if rules.kind == "withdrawal" => "error".to_owned(),
                        _ => "Text".to_owned(),
                    };
                    let end = line.rfind('>').unwrap();
                    format!("{}{value}{}", &line[..start], &line[end + 1..])
                }
                None => line.to_owned(),
            };
            out.push_str(&filled);
            out.push('\n');
        }
        match parse(&out) {
            Ok(source) => {
                assert!(content::check(&source.kind, &source.card, &source.body).is_empty())
            }
            Err(findings) => panic!("{}: {findings:#?}\n{out}", rules.kind),
        }
    }
}

#[test]
fn a_kind_that_does_not_exist_has_no_template() {
    assert!(
        template("pratice", "en")
            .unwrap_err()
            .to_string()
            .contains("did you mean `practice`?")
    );
    assert!(
        template("\u{1B}x", "en")
            .unwrap_err()
            .to_string()
            .contains("there are: practice")
    );
}
