//! The vocabularies a node ships with: themes, regions, memberships, countries, risk factors, targets, terms, languages, kinds.
//!
//! They explain and suggest. They never decide what a record says: tags are what the publisher signed, unknown codes
//! are kept, and a later table changes no record. The tables are the files of `protocol/vocabulary/`.

mod licence;
mod membership;
mod near;
mod table;
#[cfg(test)]
mod tests;

pub use licence::{is_licence, licences};
pub use membership::{Membership, members_on, memberships, regions_of};
pub use near::nearest;
pub use table::{
    Code, Country, Kind, Labels, Language, Region, Section, Term, Theme, countries, country, kind,
    kinds, language, languages, region, regions, risk_factors, sdg_targets, section, sections,
    term_fields, term_label, terms, theme, themes, user_assigned_country,
};

/// The label of a code of one of the lists, in `lang` or else in English.
///
/// `field` is the field of the body that holds the code: `themes`, `regions`, `countries`, `sdg`, `risk`, `kind`, `lang`, or a
/// field of `terms.csv`, such as `i4p.type`. `None` when the code is unknown: show it raw.
#[must_use]
pub fn label(field: &str, code: &str, lang: &str) -> Option<&'static str> {
    match field {
        "themes" => theme(code).map(|t| t.labels.get(lang)),
        "countries" => country(code).map(|c| c.labels.get(lang)),
        "kind" | "revised_kind" => kind(code).map(|k| k.labels.get(lang)),
        "regions" => region(code).map(|r| r.name_en.as_str()),
        "sdg" => sdg_targets()
            .iter()
            .find(|c| c.code == code)
            .map(|c| c.en.as_str()),
        "risk" => risk_factors()
            .iter()
            .find(|c| c.code == code)
            .map(|c| c.en.as_str()),
        "lang" | "languages" => language(code).map(|l| l.en.as_str()),
        _ => terms(field).find(|t| t.code == code).map(|t| t.en.as_str()),
    }
}
