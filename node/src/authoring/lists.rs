//! The lists of codes that a record and the name of a feed are written with, for those who look for one.

use indaba_protocol::FeedName;
use indaba_protocol::content::text::folded;
use indaba_protocol::vocabulary;
use indaba_protocol::vocabulary::Labels;

use super::meant::LANGUAGES;

/// Lists beside those of `terms.csv`: what each is called, how else it is asked for, and what it holds.
const TABLES: [(&str, &str, &str); 7] = [
    ("kinds", "kind", "Kinds of records"),
    ("themes", "theme", "Themes; each is a feed of its own"),
    ("regions", "region", "Regions; each is a feed of its own"),
    (
        "countries",
        "country",
        "Countries and territories; each is a feed of its own",
    ),
    ("languages", "language", "Languages; others are accepted"),
    (
        "sdg",
        "target",
        "Targets of the Sustainable Development Goals",
    ),
    ("risk", "risks", "Risk factors that a practice reduces"),
];

/// Prefixes of feeds and the lists that hold what follows them.
const FEEDS: [(&str, &str); 3] = [
    ("theme", "themes"),
    ("region", "regions"),
    ("country", "countries"),
];

/// One list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeList {
    /// What it is called, such as `themes` or `i4p.type`.
    pub name: &'static str,
    /// What it holds, in English.
    pub about: &'static str,
    /// How many codes it holds.
    pub codes: usize,
}

/// One code of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedCode {
    /// The list.
    pub list: &'static str,
    /// The code as it is written in a record.
    pub code: &'static str,
    /// What it means, in the language asked for where there is a label, else in English.
    pub label: &'static str,
    /// More about it, perhaps empty.
    pub note: &'static str,
    /// The feed of what is about it, when there is one.
    pub feed: Option<String>,
    /// Its labels in all languages, as they are compared.
    names: Vec<String>,
}

impl ListedCode {
    /// Whether code, label in any language or note hold all the words.
    #[must_use]
    pub fn holds(&self, words: &[String]) -> bool {
        words
            .iter()
            .map(|word| folded(word))
            .all(|word| self.names.iter().any(|name| name.contains(&word)))
    }

    fn labelled(
        list: &'static str,
        code: &'static str,
        labels: &'static Labels,
        note: &'static str,
        lang: &str,
    ) -> Self {
        let mut listed = Self::plain(list, code, labels.get(lang), note);
        listed
            .names
            .extend(LANGUAGES.iter().map(|lang| folded(labels.get(lang))));
        listed
    }

    fn plain(
        list: &'static str,
        code: &'static str,
        label: &'static str,
        note: &'static str,
    ) -> Self {
        let feed = FEEDS
            .iter()
            .find(|(_, of)| *of == list)
            .map(|(prefix, _)| format!("{prefix}:{}", code.to_lowercase()))
            .filter(|feed| feed.parse::<FeedName>().is_ok());
        Self {
            list,
            code,
            label,
            note,
            names: [code, label, note].map(folded).into(),
            feed,
        }
    }
}

/// Every list, those of feeds and records first.
#[must_use]
pub fn lists() -> Vec<CodeList> {
    let tables = TABLES.iter().map(|(name, _, about)| (*name, *about));
    let fields = vocabulary::term_fields().map(|f| (f, vocabulary::term_label(f).unwrap_or(f)));
    tables
        .chain(fields)
        .map(|(name, about)| CodeList {
            name,
            about,
            codes: codes_of(name, "en").len(),
        })
        // Fields of a number have a label and no codes.
        .filter(|list| list.codes > 0)
        .collect()
}

/// The name of the list that is asked for, by its own name or the word for one of its codes.
#[must_use]
pub fn list_named(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase().replace('-', "_");
    let tables = TABLES
        .iter()
        .flat_map(|(name, one, _)| [(*name, *name), (*one, *name)]);
    tables
        .chain(vocabulary::term_fields().map(|field| (field, field)))
        .find(|(said, name)| *said == text && !codes_of(name, "en").is_empty())
        .map(|(_, name)| name)
}

/// The list that holds the codes of a field of a record, such as `themes` for `themes[2]`, or of the feeds with a prefix.
#[must_use]
pub fn list_of(field: &str) -> Option<&'static str> {
    let field = field.split('[').next().unwrap_or(field);
    let field = match field {
        "lang" => "languages",
        "kind" | "revised_kind" => "kinds",
        other => other,
    };
    let prefixed = FEEDS.iter().find(|(prefix, _)| *prefix == field);
    let tables = TABLES.iter().find(|(name, _, _)| *name == field);
    prefixed
        .map(|(_, list)| *list)
        .or(tables.map(|(name, _, _)| *name))
}

/// Codes that are worth naming one by one.
const FEW: usize = 6;

/// The codes of a field of a record that are called after a word, when they are few.
#[must_use]
pub(super) fn codes_with(field: &str, word: &str) -> Vec<&'static str> {
    let Some(list) = list_of(field).filter(|_| word.chars().count() > 2) else {
        return Vec::new();
    };
    let words = [word.to_owned()];
    let found = codes_of(list, "en").into_iter();
    let found: Vec<_> = found
        .filter(|code| code.holds(&words))
        .map(|code| code.code)
        .collect();
    // What is a code already was meant as it stands.
    if found.len() > FEW || found.contains(&word) {
        Vec::new()
    } else {
        found
    }
}

/// The codes of a list, with labels in `lang`; none when there is no such list.
#[must_use]
pub fn codes_of(list: &str, lang: &str) -> Vec<ListedCode> {
    use vocabulary as v;
    match list {
        "kinds" => v::kinds()
            .iter()
            .map(|k| ListedCode::labelled("kinds", &k.kind, &k.labels, &k.purpose_en, lang))
            .collect(),
        "themes" => v::themes()
            .iter()
            .filter(|t| t.deprecated_by.is_none())
            .map(|t| ListedCode::labelled("themes", &t.code, &t.labels, "", lang))
            .collect(),
        "countries" => v::countries()
            .iter()
            .map(|c| ListedCode::labelled("countries", &c.alpha3, &c.labels, &c.alpha2, lang))
            .collect(),
        "regions" => v::regions()
            .iter()
            .map(|r| ListedCode::plain("regions", &r.code, &r.name_en, &r.note))
            .collect(),
        "languages" => v::languages()
            .iter()
            .map(|l| ListedCode::plain("languages", &l.tag, &l.en, &l.endonym))
            .collect(),
        "sdg" => v::sdg_targets()
            .iter()
            .map(|c| ListedCode::plain("sdg", &c.code, &c.en, ""))
            .collect(),
        "risk" => v::risk_factors()
            .iter()
            .map(|c| ListedCode::plain("risk", &c.code, &c.en, ""))
            .collect(),
        field => v::terms(field)
            .map(|t| ListedCode::plain(&t.field, &t.code, &t.en, ""))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_has_codes_and_is_found_by_its_name() {
        let all = lists();
        for name in [
            "kinds",
            "themes",
            "regions",
            "countries",
            "marking",
            "level",
            "i4p.type",
        ] {
            assert!(all.iter().any(|list| list.name == name), "{name}");
        }
        for list in &all {
            assert_eq!(list_named(list.name), Some(list.name));
            assert_eq!(list.codes, codes_of(list.name, "sw").len());
        }
        assert_eq!(list_named("Country"), Some("countries"));
        assert_eq!(list_named("lesson-outcome"), Some("lesson_outcome"));
        assert_eq!(list_named("nothing"), None);
        // Numbers are no codes.
        assert_eq!(list_named("i4p.members"), None);
    }

    #[test]
    fn a_code_is_found_in_any_language_with_or_without_accents() {
        let found = |list: &str, word: &str| -> Vec<String> {
            let codes = codes_of(list, "en").into_iter();
            codes
                .filter(|code| code.holds(&[word.to_owned()]))
                .map(|code| code.code.to_owned())
                .collect()
        };
        assert!(found("themes", "memorialis").contains(&"TRJ.MEM".to_owned()));
        assert!(found("themes", "Mediacao").contains(&"MED".to_owned()));
        assert_eq!(found("countries", "cote d'ivoire"), ["CIV"]);
        assert_eq!(found("countries", "gh"), found("countries", "GH"));
        assert!(found("regions", "west african").contains(&"ecowas".to_owned()));
        assert!(found("themes", "zzzz").is_empty());
        assert!(codes_with("themes[1]", "land").contains(&"MED.LAND"));
        assert!(codes_with("themes[1]", "a").is_empty() && codes_with("title", "land").is_empty());
    }

    #[test]
    fn the_feeds_named_can_be_followed() {
        for list in ["themes", "regions", "countries"] {
            for code in codes_of(list, "en") {
                let feed = code
                    .feed
                    .unwrap_or_else(|| panic!("{} has no feed", code.code));
                assert!(super::super::unknown_feed(&feed).is_none(), "{feed}");
            }
        }
        assert!(
            codes_of("level", "en")
                .iter()
                .all(|code| code.feed.is_none())
        );
    }

    #[test]
    fn fields_and_prefixes_lead_to_their_lists() {
        assert_eq!(list_of("themes[2]"), Some("themes"));
        assert_eq!(list_of("region"), Some("regions"));
        assert_eq!(list_of("lang"), Some("languages"));
        assert_eq!(list_of("title"), None);
    }
}
