//! The tables, parsed once.

use std::sync::OnceLock;

/// Labels in the languages of the interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    en: String,
    fr: String,
    pt: String,
    es: String,
    ar: String,
    sw: String,
}

impl Labels {
    /// The label in `lang` (its primary subtag counts), or in English when there is none.
    #[must_use]
    pub fn get(&self, lang: &str) -> &str {
        let label = match lang.split('-').next().unwrap_or(lang) {
            "fr" => &self.fr,
            "pt" => &self.pt,
            "es" => &self.es,
            "ar" => &self.ar,
            "sw" => &self.sw,
            _ => &self.en,
        };
        if label.is_empty() { &self.en } else { label }
    }

    /// The label in every language that has one.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        let all = [&self.en, &self.fr, &self.pt, &self.es, &self.ar, &self.sw];
        all.into_iter()
            .map(String::as_str)
            .filter(|l| !l.is_empty())
    }

    fn of(row: &Row<'_>) -> Self {
        Self {
            en: row.get("en"),
            fr: row.get("fr"),
            pt: row.get("pt"),
            es: row.get("es"),
            ar: row.get("ar"),
            sw: row.get("sw"),
        }
    }
}

/// A row of a table, by column name.
pub(super) struct Row<'a> {
    columns: &'a csv::StringRecord,
    cells: &'a csv::StringRecord,
}

impl Row<'_> {
    /// The cell of a column; empty when the table has no such column.
    pub(super) fn get(&self, column: &str) -> String {
        let place = self.columns.iter().position(|c| c == column);
        place
            .and_then(|i| self.cells.get(i))
            .unwrap_or_default()
            .to_owned()
    }
}

/// The rows of a table that is compiled in. A table that does not parse has no rows; a test holds each to its length.
pub(super) fn rows<T>(text: &str, read: impl Fn(&Row<'_>) -> T) -> Vec<T> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let Ok(columns) = reader.headers().cloned() else {
        return Vec::new();
    };
    reader
        .records()
        .filter_map(Result::ok)
        .map(|cells| {
            read(&Row {
                columns: &columns,
                cells: &cells,
            })
        })
        .collect()
}

macro_rules! table {
    ($(#[$doc:meta])* $reach:vis $name:ident, $type:ty, $file:literal, $read:expr) => {
        $(#[$doc])*
        #[must_use]
        $reach fn $name() -> &'static [$type] {
            static ROWS: OnceLock<Vec<$type>> = OnceLock::new();
            ROWS.get_or_init(|| rows(include_str!(concat!("../../vocabulary/", $file)), $read))
        }
    };
}

/// A theme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Its code, such as `TRJ.MEM`.
    pub code: String,
    /// The code of the theme above it; `None` at the top.
    pub broader: Option<String>,
    /// Its labels.
    pub labels: Labels,
    /// The version of the vocabulary that introduced it.
    pub since: String,
    /// The code that replaces it, when it is no longer used.
    pub deprecated_by: Option<String>,
}

/// A region: a regional organisation, or a group of the UN standard M49.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its code, such as `ecowas` or `m49:011`.
    pub code: String,
    /// Its English name.
    pub name_en: String,
    /// A remark, perhaps empty.
    pub note: String,
}

/// A country or territory of ISO 3166-1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Country {
    /// Two letters.
    pub alpha2: String,
    /// Three letters, as records use them.
    pub alpha3: String,
    /// M49 number, three digits.
    pub m49: String,
    /// Its names.
    pub labels: Labels,
}

/// A code with an English label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// The code.
    pub code: String,
    /// Its English label.
    pub en: String,
}

/// A controlled value, or with an empty code a field that has such values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The field, such as `i4p.type`.
    pub field: String,
    /// The value; empty in the row that labels the field.
    pub code: String,
    /// Its English label.
    pub en: String,
}

/// A kind of record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its code.
    pub kind: String,
    /// Its labels.
    pub labels: Labels,
    /// What it is for, in English.
    pub purpose_en: String,
}

/// A section of the text of a record, or its summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its key.
    pub key: String,
    /// Its headings.
    pub labels: Labels,
}

/// A language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language {
    /// BCP 47 tag.
    pub tag: String,
    /// English name.
    pub en: String,
    /// Its own name for itself.
    pub endonym: String,
    /// Whether it is written from right to left.
    pub rtl: bool,
}

table!(
    /// The themes, each after the one above it.
    pub themes, Theme, "themes.csv", |row| {
        let some = |name| Some(row.get(name)).filter(|v: &String| !v.is_empty());
        Theme {
            code: row.get("code"),
            broader: some("broader"),
            labels: Labels::of(row),
            since: row.get("since"),
            deprecated_by: some("deprecated_by"),
        }
    }
);
table!(
    /// The regions.
    pub regions, Region, "regions.csv",
    |row| Region { code: row.get("code"), name_en: row.get("name_en"), note: row.get("note") }
);
table!(
    /// The countries and territories.
    pub countries, Country, "countries.csv",
    |row| Country { alpha2: row.get("alpha2"), alpha3: row.get("alpha3"), m49: row.get("m49"), labels: Labels::of(row) }
);
table!(
    /// The fourteen risk factors of the United Nations Framework of Analysis.
    pub risk_factors, Code, "risk-factors.csv", |row| Code { code: row.get("code"), en: row.get("en") }
);
table!(
    /// Targets of the Sustainable Development Goals that matter here.
    pub sdg_targets, Code, "sdg.csv", |row| Code { code: row.get("code"), en: row.get("en") }
);
table!(
    /// The kinds of records.
    pub kinds, Kind, "kinds.csv",
    |row| Kind { kind: row.get("kind"), labels: Labels::of(row), purpose_en: row.get("purpose_en") }
);
table!(
    /// The sections that kinds foresee.
    pub sections, Section, "sections.csv", |row| Section { key: row.get("key"), labels: Labels::of(row) }
);
table!(
    /// Languages with their names and directions.
    pub languages, Language, "languages.csv",
    |row| Language {
        tag: row.get("tag"),
        en: row.get("en"),
        endonym: row.get("endonym"),
        rtl: row.get("direction") == "rtl",
    }
);
table!(all_terms, Term, "terms.csv", |row| Term {
    field: row.get("field"),
    code: row.get("code"),
    en: row.get("en")
});

/// The theme with this code.
#[must_use]
pub fn theme(code: &str) -> Option<&'static Theme> {
    themes().iter().find(|t| t.code == code)
}

/// The section with this key.
#[must_use]
pub fn section(key: &str) -> Option<&'static Section> {
    sections().iter().find(|s| s.key == key)
}

/// The region with this code.
#[must_use]
pub fn region(code: &str) -> Option<&'static Region> {
    regions().iter().find(|r| r.code == code)
}

/// The country with this alpha-3 code.
#[must_use]
pub fn country(alpha3: &str) -> Option<&'static Country> {
    countries().iter().find(|c| c.alpha3 == alpha3)
}

/// Whether ISO 3166-1 leaves this code to be assigned by those who need it: `XAA` to `XZZ`.
#[must_use]
pub fn user_assigned_country(alpha3: &str) -> bool {
    alpha3.len() == 3 && alpha3.starts_with('X') && alpha3.bytes().all(|b| b.is_ascii_uppercase())
}

/// The kind with this code.
#[must_use]
pub fn kind(code: &str) -> Option<&'static Kind> {
    kinds().iter().find(|k| k.kind == code)
}

/// The language with this tag, or else with its primary subtag.
#[must_use]
pub fn language(tag: &str) -> Option<&'static Language> {
    let primary = tag.split('-').next().unwrap_or(tag);
    languages()
        .iter()
        .find(|l| l.tag.eq_ignore_ascii_case(tag))
        .or_else(|| {
            languages()
                .iter()
                .find(|l| l.tag.eq_ignore_ascii_case(primary))
        })
}

/// The values of a field of `terms.csv`, in order; none for a field that holds a number, or is unknown.
pub fn terms(field: &str) -> impl Iterator<Item = &'static Term> {
    all_terms()
        .iter()
        .filter(move |t| t.field == field && !t.code.is_empty())
}

/// The English label of a field of `terms.csv`; `None` when the table does not know the field.
#[must_use]
pub fn term_label(field: &str) -> Option<&'static str> {
    all_terms()
        .iter()
        .find(|t| t.field == field && t.code.is_empty())
        .map(|t| t.en.as_str())
}

/// The fields that `terms.csv` knows.
pub fn term_fields() -> impl Iterator<Item = &'static str> {
    all_terms()
        .iter()
        .filter(|t| t.code.is_empty())
        .map(|t| t.field.as_str())
}
