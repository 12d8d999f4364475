//! The words of the recovery sheet in six languages, and which translations nobody has checked yet: all in one list, `words.txt`.

use std::collections::BTreeMap;

/// The list. Its form is checked by the tests.
const LIST: &str = include_str!("words.txt");

/// The languages of the sheet, the first of which is the one it was written in.
pub(crate) const LANGUAGES: [&str; 6] = ["en", "fr", "pt", "es", "ar", "sw"];

/// The words in one language.
pub(super) struct Words {
    lang: &'static str,
    texts: BTreeMap<&'static str, &'static str>,
}

impl Words {
    /// Those in a language; of one the sheet does not speak, in English.
    pub(super) fn of(lang: &str) -> Self {
        let lang = spoken(lang).unwrap_or(LANGUAGES[0]);
        let mut texts = BTreeMap::new();
        for (key, of, text) in entries() {
            if of == lang {
                texts.insert(key, text);
            }
        }
        Self { lang, texts }
    }

    pub(super) fn lang(&self) -> &'static str {
        self.lang
    }

    /// How the page is read: from the right, or from the left.
    pub(super) fn direction(&self) -> &'static str {
        if self.lang == "ar" { "rtl" } else { "ltr" }
    }

    /// Nobody who speaks the language has checked it yet.
    pub(super) fn is_unchecked(&self) -> bool {
        unchecked().any(|lang| lang == self.lang)
    }

    /// A text without anything to fill in.
    pub(super) fn text(&self, key: &str) -> &'static str {
        self.texts.get(key).copied().unwrap_or_default()
    }

    /// A text, filled in.
    pub(super) fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        let mut rest = self.text(key);
        let mut out = String::new();
        // In one pass: a brace in a value is text.
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let (name, behind) = after.split_once('}').unwrap_or((after, ""));
            let value = values.iter().find(|(of, _)| *of == name);
            out.push_str(value.map_or("", |(_, value)| value));
            rest = behind;
        }
        out + rest
    }
}

/// The language of the sheet that a tag means, if it is one: `fr-CI` means `fr`.
pub(crate) fn spoken(tag: &str) -> Option<&'static str> {
    let primary = tag.split('-').next().unwrap_or_default();
    LANGUAGES
        .into_iter()
        .find(|lang| lang.eq_ignore_ascii_case(primary))
}

fn lines() -> impl Iterator<Item = &'static str> {
    LIST.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn unchecked() -> impl Iterator<Item = &'static str> {
    let named = lines().find_map(|line| line.strip_prefix("unchecked "));
    named.unwrap_or_default().split(' ')
}

/// Key, language, text.
fn entries() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let mut key = "";
    lines().filter_map(move |line| {
        if let Some(begins) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            key = begins;
            return None;
        }
        let (lang, text) = line.split_once(' ')?;
        (!key.is_empty()).then_some((key, lang, text))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// What is filled in, and the markup, of a text.
    fn parts(text: &str) -> BTreeSet<String> {
        let between = |open: char, close: char| {
            let pieces = text.split(open).skip(1);
            pieces
                .filter_map(move |piece| piece.split_once(close))
                .map(move |(part, _)| format!("{open}{part}"))
                .collect::<Vec<_>>()
        };
        between('{', '}')
            .into_iter()
            .chain(between('<', '>'))
            .collect()
    }

    #[test]
    fn every_text_stands_once_in_every_language_with_the_same_parts() {
        let mut texts: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
        for (key, lang, text) in entries() {
            assert!(LANGUAGES.contains(&lang), "{key}: {lang}");
            let before = texts.entry(key).or_default().insert(lang, text);
            assert_eq!(before, None, "{key} stands twice in {lang}");
        }
        assert!(texts.len() > 40, "{}", texts.len());
        for (key, of) in &texts {
            assert_eq!(of.len(), LANGUAGES.len(), "{key} lacks a language");
            let english = of.get("en").copied().unwrap_or_default();
            for (lang, text) in of {
                assert_eq!(parts(text), parts(english), "{key} in {lang}");
                assert!(
                    *lang == "en" || *text != english,
                    "{key} in {lang} is not translated"
                );
            }
        }
    }

    #[test]
    fn commands_are_the_same_in_every_language() {
        let commands = |text: &str| -> Vec<String> {
            let pieces = text.split("<code>").skip(1);
            let pieces = pieces.filter_map(|piece| piece.split_once("</code>"));
            pieces.map(|(command, _)| command.to_owned()).collect()
        };
        let english = Words::of("en");
        for (key, lang, text) in entries() {
            assert_eq!(
                commands(text),
                commands(english.text(key)),
                "{key} in {lang}"
            );
        }
    }

    #[test]
    fn a_language_is_found_by_its_tag_and_who_is_unchecked_is_one_of_them() {
        assert_eq!(spoken("fr-CI"), Some("fr"));
        assert_eq!(spoken("AR"), Some("ar"));
        assert_eq!(spoken("zu"), None);
        assert_eq!(Words::of("zu").lang(), "en");
        assert!(!Words::of("en").is_unchecked());
        assert!(unchecked().all(|lang| LANGUAGES.contains(&lang)));
    }

    #[test]
    fn what_is_filled_in_is_not_looked_through_again() {
        let lead = Words::of("en").fill("lead", &[("name", "{network}"), ("network", "indaba")]);
        assert!(lead.contains("<bdi>{network}</bdi>"), "{lead}");
    }
}
