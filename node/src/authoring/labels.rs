//! What fields and codes are called when a person reads them.

use indaba_protocol::content::text::{Role, escaped};
use indaba_protocol::vocabulary;

use super::sections::heading_of;

/// The field of the vocabulary that holds the values of a field of a record.
fn terms_of<'a>(kind: &str, field: &'a str) -> &'a str {
    match (kind, field) {
        (_, "outcome") => "lesson_outcome",
        ("withdrawal", "reason") => "withdrawal_reason",
        (_, "stance") => "response_stance",
        ("response", "scope") => "response_scope",
        ("vouch", "level") => "vouch_level",
        (_, "role") => "actor_role",
        (_, "component") => "plan_component",
        _ => field,
    }
}

/// The name of a field.
pub(super) fn field(kind: &str, field: &str) -> String {
    let name = match field {
        "sdg" => "SDG targets",
        "risk" => "Risk factors reduced",
        "i4p" => "Infrastructure for peace",
        "tj" => "Transitional justice",
        "ref" => "Reference",
        "sha256" => "SHA-256",
        "review_by" => "To be reviewed by",
        "cost_sharing" => "Cost-sharing",
        "ext" => "Additions",
        "lang" => "Language",
        "pillar" => "Pillar",
        "media" => "Media type",
        _ => {
            let inner = field.rsplit_once('.').map_or(field, |(_, last)| last);
            return match vocabulary::term_label(terms_of(kind, field)) {
                Some(label)
                    if !matches!(
                        field,
                        "role" | "component" | "stage" | "stance" | "scope" | "reason" | "state"
                    ) =>
                {
                    label.to_owned()
                }
                _ => escaped(&heading_of(inner), Role::Line),
            };
        }
    };
    name.to_owned()
}

/// A code in words, with the code itself where a reader may want to look it up; a code that is unknown as it is.
pub(super) fn code(kind: &str, field: &str, code: &str, lang: &str) -> String {
    let field = match (kind, field) {
        ("vouch", "scope.regions") => "regions",
        (_, "country") => "countries",
        _ => terms_of(kind, field),
    };
    let shown = escaped(code, Role::Line);
    match vocabulary::label(field, code, lang) {
        Some(label) if matches!(field, "themes" | "countries" | "regions" | "sdg" | "risk") => {
            format!("{label} ({shown})")
        }
        Some(label) => label.to_owned(),
        None => shown,
    }
}

/// The name of a kind.
pub(super) fn kind(code: &str, lang: &str) -> String {
    vocabulary::label("kind", code, lang).map_or_else(|| escaped(code, Role::Line), str::to_owned)
}

/// The name of a language.
pub(super) fn language(tag: &str) -> String {
    vocabulary::language(tag).map_or_else(|| escaped(tag, Role::Line), |l| l.en.clone())
}
