//! What was meant by a code or a feed that is written as a person would say it.

use indaba_protocol::FeedName;
use indaba_protocol::content::text::folded;
use indaba_protocol::vocabulary::{self, nearest};

/// Prefixes of feeds that this version knows.
pub(super) const PREFIXES: [&str; 5] = ["region", "theme", "country", "topic", "circle"];

/// Languages in which the vocabularies name things.
pub(super) const LANGUAGES: [&str; 6] = ["en", "fr", "pt", "es", "ar", "sw"];

/// The feed that was probably meant, if the text is not one that the vocabulary knows: `ecowas`, `Country:GHA`, `regon:ecowas`, `Ghana`.
#[must_use]
pub fn feed_meant(text: &str) -> Option<String> {
    let lower = text.trim().to_lowercase();
    let (prefixes, rest) = match lower.split_once(':') {
        Some((prefix, rest)) => (vec![nearest(prefix, PREFIXES)?], rest.trim()),
        None => (vec!["region", "theme", "country"], lower.as_str()),
    };
    let meant = prefixes
        .iter()
        .find_map(|prefix| named(prefix, rest).map(|code| format!("{prefix}:{code}")))
        .or_else(|| {
            // Codes of countries are too short for a guess among them without their prefix.
            let prefix = *prefixes.first()?;
            let codes = codes(prefix);
            let near = match prefix {
                "topic" | "circle" => Some(rest),
                _ => nearest(rest, codes.iter().map(String::as_str)),
            };
            near.map(|code| format!("{prefix}:{code}"))
        })?;
    (meant != text && meant.parse::<FeedName>().is_ok()).then_some(meant)
}

/// The codes that feeds with a prefix may end in.
pub(super) fn codes(prefix: &str) -> Vec<String> {
    let codes: Vec<&String> = match prefix {
        "region" => vocabulary::regions().iter().map(|r| &r.code).collect(),
        "theme" => vocabulary::themes().iter().map(|t| &t.code).collect(),
        "country" => vocabulary::countries().iter().map(|c| &c.alpha3).collect(),
        _ => Vec::new(),
    };
    codes.iter().map(|code| code.to_lowercase()).collect()
}

/// The code in small letters of what is called so, by its code or by its name.
fn named(prefix: &str, text: &str) -> Option<String> {
    if codes(prefix).iter().any(|code| code == text) {
        return Some(text.to_owned());
    }
    match prefix {
        "region" => region(text),
        "theme" => theme(text),
        "country" => country(text),
        _ => None,
    }
    .map(str::to_lowercase)
}

/// The code of a country that is named, or given by two letters.
pub(super) fn country(text: &str) -> Option<&'static str> {
    let found = vocabulary::countries().iter().find(|c| {
        same(&c.alpha3, text)
            || same(&c.alpha2, text)
            || LANGUAGES.iter().any(|lang| same(c.labels.get(lang), text))
    })?;
    Some(&found.alpha3)
}

fn region(text: &str) -> Option<&'static str> {
    let found = vocabulary::regions()
        .iter()
        .find(|r| same(&r.code, text) || same(&r.name_en, text))?;
    Some(&found.code)
}

fn theme(text: &str) -> Option<&'static str> {
    let found = vocabulary::themes().iter().find(|t| {
        same(&t.code, text) || LANGUAGES.iter().any(|lang| same(t.labels.get(lang), text))
    })?;
    Some(&found.code)
}

/// The tag of a language that is named.
#[must_use]
pub fn language_meant(text: &str) -> Option<&'static str> {
    let found = vocabulary::languages()
        .iter()
        .find(|l| same(&l.en, text) || same(&l.endonym, text) || same(&l.tag, text))?;
    Some(&found.tag)
}

/// The country that was probably meant.
#[must_use]
pub fn country_meant(text: &str) -> Option<&'static str> {
    country(text).filter(|code| *code != text)
}

/// The code that was probably meant in a field of a record; none when the text is a code, or nothing is near.
pub(super) fn code_meant(field: &str, text: &str) -> Option<String> {
    let (name, text) = (field.split('[').next().unwrap_or(field), text.trim());
    let meant = match name {
        "countries" => country(text),
        "regions" => region(text),
        "themes" => theme(text),
        "licence" => vocabulary::licences().find(|licence| letters(licence) == letters(text)),
        _ => None,
    };
    meant.filter(|code| *code != text).map(str::to_owned)
}

fn letters(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn same(label: &str, text: &str) -> bool {
    folded(label) == folded(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_says_leads_to_the_feed() {
        for (said, meant) in [
            ("ecowas", "region:ecowas"),
            ("ECOWAS", "region:ecowas"),
            ("ecowass", "region:ecowas"),
            ("African Union", "region:au"),
            ("regon:ecowas", "region:ecowas"),
            ("region: ecowas", "region:ecowas"),
            ("region:ecowass", "region:ecowas"),
            ("Country:GHA", "country:gha"),
            ("Ghana", "country:gha"),
            ("theme:TRJ", "theme:trj"),
            ("trj", "theme:trj"),
            ("Topic:Water-Points", "topic:water-points"),
        ] {
            assert_eq!(feed_meant(said).as_deref(), Some(meant), "{said}");
        }
        // What is right needs no advice, and nothing is made up.
        for said in ["region:ecowas", "topic:anything", "xyz", "", ":", "1:2:3"] {
            assert_eq!(feed_meant(said), None, "{said}");
        }
    }

    #[test]
    fn what_a_person_says_leads_to_the_code() {
        for (field, said, meant) in [
            ("countries[2]", "Ghana", "GHA"),
            ("countries[0]", "gh", "GHA"),
            ("countries[1]", "Cote d'Ivoire", "CIV"),
            ("countries[1]", "Côte d’Ivoire", "CIV"),
            ("regions[0]", "ECOWAS", "ecowas"),
            ("themes[1]", "ifp.npc", "IFP.NPC"),
            ("licence", "cc by 4.0", "CC-BY-4.0"),
        ] {
            assert_eq!(code_meant(field, said).as_deref(), Some(meant), "{said}");
        }
        assert_eq!(code_meant("countries[0]", "GHA"), None);
        assert_eq!(code_meant("licence", "free for all"), None);
        assert_eq!(language_meant("English"), Some("en"));
    }
}
