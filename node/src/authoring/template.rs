//! The file to begin with.

use std::fmt::Write as _;

use indaba_protocol::content::fields::{self, SUMMARY_SCALARS, TITLE_SCALARS};
use indaba_protocol::content::form::{Field, Form};
use indaba_protocol::content::shape::Shape;
use indaba_protocol::content::text::{Role, escaped};
use indaba_protocol::vocabulary;

use super::sections::heading_in;

/// A kind this version does not know, so there is no file to begin with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a kind of record; {}", escaped(kind, Role::Line), self.meant())]
pub struct UnknownKind {
    kind: String,
}

impl UnknownKind {
    fn meant(&self) -> String {
        let known = fields::KINDS.iter().map(|r| r.kind);
        match vocabulary::nearest(&self.kind, known.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are: {}", known.collect::<Vec<_>>().join(", ")),
        }
    }
}

/// The file that `indaba new KIND` prints: every field of the kind, with what it is for and how much it may hold.
///
/// What must be written stands between `<` and `>`; [`parse`](super::parse()) names each of these places until it is filled in.
/// Optional fields are commented out. The explanations are in English; a `lang` that is no language tag reads as `en`.
///
/// # Errors
/// [`UnknownKind`].
pub fn template(kind: &str, lang: &str) -> Result<String, UnknownKind> {
    let revised = (kind == "revision").then_some("practice");
    let (Some(rules), Some(ruling)) = (fields::rules(kind), fields::ruling(kind, revised)) else {
        return Err(UnknownKind {
            kind: kind.to_owned(),
        });
    };
    let lang = if Shape::LanguageTag.fits(lang) {
        lang
    } else {
        "en"
    };
    let mut out = String::from("---\n");
    if let Some(known) = vocabulary::kind(kind) {
        let own = known.labels.get(lang);
        let also = if own == known.labels.get("en") {
            String::new()
        } else {
            format!(" ({own})")
        };
        let _ = writeln!(
            out,
            "# {}{also}. {}.",
            known.labels.get("en"),
            known.purpose_en.trim_end_matches('.')
        );
    }
    out.push_str(
        "#
# Replace what stands between < and >. A field that is not needed stays behind its #; take the # away to use it.
# Never name persons, victims or witnesses, and no place finer than a district.
# `indaba check FILE` says what is still missing; nothing leaves this machine before `indaba publish FILE`.

",
    );
    let _ = writeln!(out, "kind: {kind}");
    let _ = writeln!(
        out,
        "# Language of the whole text, as a BCP 47 tag.\nlang: {lang}"
    );
    out.push_str("# clear: may be shared without limit. green: for the community of the mesh. Nothing stronger can be published.\nmarking: clear\n");
    out.push_str("# The day this record claims for itself; left out, it is the day of publishing. `none` claims no day.\n#day: 2025-01-31\n");
    out.push_str(match rules.link {
        Some("withdraws" | "revises") => "# Where it goes, at most 8 feeds; left out, where that record is, and where regions, themes and countries lead.\n",
        Some(_) => "# Where it goes, at most 8 feeds; left out, where regions, themes and countries lead, or else where that record is.\n",
        None => "# Where it goes, at most 8 feeds; derived from regions, themes and countries when left out.\n",
    });
    out.push_str(if matches!(kind, "vouch" | "charter") {
        "#feeds: [registry]\n"
    } else {
        "#feeds: [region:ecowas, theme:ifp, country:gha]\n"
    });
    match rules.link {
        Some(rel) => {
            let _ = writeln!(out, "# The record it belongs to, by its id; more links may stand beside it.\nlinks: {{{rel}: [<id of that record>]}}");
        }
        None => out.push_str("# Links to other records, by their ids.\n#links: {see: [bafyr4iabcd], part-of: [bafyr4iefgh]}\n"),
    }
    if !brief(ruling) {
        card(&mut out, ruling);
    }
    out.push('\n');
    for field in fields::of_body(kind, revised) {
        if brief(ruling) && !field.required && rules.fields.iter().all(|f| f.name != field.name) {
            continue;
        }
        match field.name {
            "sections" => {}
            "licence" if ruling.terms => {
                let _ = writeln!(
                    out,
                    "# {} SPDX identifier.\nlicence: CC-BY-4.0",
                    field.purpose
                );
            }
            "attribution" if ruling.terms => {
                let _ = writeln!(
                    out,
                    "# {} {}\nattribution: organisation",
                    field.purpose,
                    limits(&field.form)
                );
            }
            "revised_kind" => {
                let _ = writeln!(
                    out,
                    "# {} {}\nrevised_kind: practice",
                    field.purpose,
                    limits(&field.form)
                );
            }
            _ if field.required => {
                let _ = writeln!(
                    out,
                    "# {}\n{}: <{}>",
                    limits(&field.form),
                    field.name,
                    plain(field.purpose)
                );
            }
            _ => {
                let limits = limits(&field.form);
                let _ = writeln!(
                    out,
                    "# {}{}{limits}",
                    field.purpose,
                    if limits.is_empty() { "" } else { " " }
                );
                example(&mut out, field);
            }
        }
    }
    out.push_str("---\n");
    if ruling.sections.is_empty() {
        if matches!(kind, "plan" | "translation") {
            out.push_str("\n<!-- Text may follow under headings of two signs, at most 8,000 characters each:\n## Heading\nText. -->\n");
        }
    } else {
        let least = match ruling.sections_min {
            0 => String::new(),
            n => format!(" At least {n} are needed."),
        };
        let _ = writeln!(
            out,
            "\n<!-- Sections, at most {} characters each.{least} Remove those you do not need. No markup:\nparagraphs are separated by an empty line, list items begin with a hyphen. -->",
            fields::SECTION_SCALARS
        );
        for section in ruling.sections {
            let _ = write!(
                out,
                "\n## {}\n\n<{}>\n",
                heading_in(section.key, lang),
                section.purpose
            );
        }
    }
    Ok(out)
}

/// Whether a record of these rules says one thing about another record or an institution, and so needs only its own fields. The others are
/// allowed, and nobody misses them in the form.
fn brief(ruling: &fields::Rules) -> bool {
    !ruling.title && !ruling.terms
}

/// Title and summary.
fn card(out: &mut String, ruling: &fields::Rules) {
    out.push('\n');
    let mark = if ruling.title { "" } else { "#" };
    let _ = writeln!(
        out,
        "{mark}title: <What it is, in one line, at most {TITLE_SCALARS} characters>"
    );
    out.push_str("# The title in other languages, at most 8: a help for lists, not a translation of the record.\n#title_i18n: {fr: \"Titre\", pt: \"Título\"}\n");
    if ruling.summary {
        let _ = writeln!(
            out,
            "summary: <What a reader in a hurry should know, at most {SUMMARY_SCALARS} characters>"
        );
    } else {
        let _ = writeln!(
            out,
            "# What a reader in a hurry should know, at most {SUMMARY_SCALARS} characters.\n#summary: \"Text\""
        );
    }
}

/// A purpose without the signs that would end a plain scalar of YAML.
fn plain(purpose: &str) -> String {
    purpose
        .replace(": ", ", ")
        .replace(" #", " ")
        .trim_end_matches('.')
        .to_owned()
}

/// How much a field may hold, in a sentence; empty when its example says enough.
fn limits(form: &Form) -> String {
    match form {
        Form::Line { max, .. } => format!("One line, at most {max} characters."),
        Form::Running { max, .. } => format!("At most {max} characters."),
        Form::Code(codes) => format!("One of: {}.", codes.join(", ")),
        Form::Shaped(shape) => format!("Write {}.", shape.expected()),
        Form::Bytes32 => "An id in full, or 64 hexadecimal digits.".to_owned(),
        Form::Natural { min, max } if *max < 1_000 => {
            format!("A whole number from {min} to {max}.")
        }
        Form::Natural { .. } => "A whole number.".to_owned(),
        Form::Truth => "yes or no.".to_owned(),
        Form::List { max, item, .. } => {
            let many = if *max == usize::MAX {
                "A list.".to_owned()
            } else {
                format!("A list of at most {max}.")
            };
            match item {
                Form::Map(fields) => format!("{many} {}", of_fields(fields)),
                Form::Code(codes) => format!("{many} Values: {}.", codes.join(", ")),
                Form::Shaped(shape) => format!("{many} Each is {}.", shape.expected()),
                item => format!("{many} Each: {}", limits(item)),
            }
        }
        Form::Map(fields) => of_fields(fields),
        Form::Table { max, .. } => format!("At most {max} entries."),
        Form::Facet => "Optional; every key may be left out.".to_owned(),
        Form::Opaque { max } => format!("At most {max} bytes."),
    }
}

fn of_fields(fields: &[Field]) -> String {
    let told: Vec<String> = fields
        .iter()
        .map(|f| {
            let kind = match f.form {
                Form::Code(codes) => format!(" ({})", codes.join(", ")),
                Form::Line { max, .. } | Form::Running { max, .. } => {
                    format!(" (at most {max} characters)")
                }
                _ => String::new(),
            };
            format!(
                "{}{kind}{}",
                f.name,
                if f.required { ", needed" } else { "" }
            )
        })
        .collect();
    format!("Fields: {}.", told.join("; "))
}

/// The field with an example, commented out. An example line has no space after its sign, an explanation has one.
fn example(out: &mut String, field: &Field) {
    match (field.name, &field.form) {
        (name @ ("i4p" | "tj"), _) => {
            let _ = writeln!(out, "#{name}:");
            let prefix = format!("{name}.");
            for term in vocabulary::term_fields().filter(|t| t.starts_with(prefix.as_str())) {
                let key = &term[prefix.len()..];
                let codes: Vec<&str> = vocabulary::terms(term).map(|t| t.code.as_str()).collect();
                let several = matches!(key, "levels" | "seats" | "functions" | "pillars" | "aims");
                let _ = match (codes.first(), several) {
                    (None, _) => writeln!(out, "#  {key}: 3"),
                    (Some(first), true) => {
                        writeln!(out, "#  {key}: [{first}]  # {}", codes.join(", "))
                    }
                    (Some(first), false) => {
                        writeln!(out, "#  {key}: {first}  # {}", codes.join(", "))
                    }
                };
            }
        }
        (
            name,
            Form::List {
                item: Form::Map(fields),
                ..
            },
        ) => {
            let _ = writeln!(out, "#{name}:");
            for (i, f) in fields.iter().enumerate() {
                let lead = if i == 0 { "  - " } else { "    " };
                let _ = writeln!(out, "#{lead}{}: {}", f.name, sample(f.name, &f.form));
            }
        }
        (name, Form::Map(fields)) => {
            let _ = writeln!(out, "#{name}:");
            for f in *fields {
                let _ = writeln!(out, "#  {}: {}", f.name, sample(f.name, &f.form));
            }
        }
        (name, form) => {
            let _ = writeln!(out, "#{name}: {}", sample(name, form));
        }
    }
}

const ID: &str = "bafyr4iaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A value that the form allows.
fn sample(name: &str, form: &Form) -> String {
    match form {
        Form::Line { .. } => match name {
            "country" => "GHA".to_owned(),
            "contact" => "secretariat@example.org".to_owned(),
            "media" => "application/pdf".to_owned(),
            "name" | "responsible" => "\"Name of an organisation\"".to_owned(),
            "regions" | "region" => "ecowas".to_owned(),
            "kinds" => "practice".to_owned(),
            _ => "\"Text\"".to_owned(),
        },
        Form::Running { .. } => "\"Text\"".to_owned(),
        Form::Code(codes) => codes.first().copied().unwrap_or_default().to_owned(),
        Form::Shaped(shape) => match shape {
            Shape::SectionKey => "challenge",
            Shape::Kind => "practice",
            Shape::Country => "GHA",
            Shape::Region => "ecowas",
            Shape::Theme => "IFP.NPC",
            Shape::SdgTarget => "\"16.6\"",
            Shape::RiskFactor => "RF06",
            Shape::LanguageTag => "en",
            Shape::Licence => "CC-BY-4.0",
            Shape::Date => "2011",
            Shape::FullDate => "2030-12-31",
            Shape::DateOrOpen => "open",
        }
        .to_owned(),
        Form::Bytes32 if matches!(name, "hash" | "sha256" | "evidence") => HASH.to_owned(),
        Form::Bytes32 => ID.to_owned(),
        Form::Natural { min, max } => 2.clamp(*min, *max).to_string(),
        Form::Truth => "yes".to_owned(),
        Form::List { item, .. } => format!("[{}]", sample(name, item)),
        _ => "{note: \"Text\"}".to_owned(),
    }
}
