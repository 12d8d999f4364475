//! Reading a card that may be malformed or newer than this program.

use ipld_core::ipld::Ipld;

use super::fields;

/// A view of a card. What is missing or of the wrong type reads as absent.
#[derive(Clone, Copy, Debug)]
pub struct Card<'a>(&'a Ipld);

impl<'a> Card<'a> {
    /// A view of `card`.
    #[must_use]
    pub fn new(card: &'a Ipld) -> Self {
        Self(card)
    }

    /// The value of a field, known or not.
    #[must_use]
    pub fn get(self, field: &str) -> Option<&'a Ipld> {
        match self.0 {
            Ipld::Map(map) => map.get(field),
            _ => None,
        }
    }

    fn text(self, field: &str) -> Option<&'a str> {
        match self.get(field) {
            Some(Ipld::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The title in the language of the record.
    #[must_use]
    pub fn title(self) -> Option<&'a str> {
        self.text("title")
    }

    /// The title in `lang`, if the card gives it.
    #[must_use]
    pub fn title_in(self, lang: &str) -> Option<&'a str> {
        self.title_i18n()
            .find(|(tag, _)| tag.eq_ignore_ascii_case(lang))
            .map(|(_, title)| title)
    }

    /// The titles in other languages.
    pub fn title_i18n(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let map = match self.get("title_i18n") {
            Some(Ipld::Map(map)) => Some(map),
            _ => None,
        };
        map.into_iter()
            .flatten()
            .filter_map(|(tag, title)| match title {
                Ipld::String(title) => Some((tag.as_str(), title.as_str())),
                _ => None,
            })
    }

    /// The summary.
    #[must_use]
    pub fn summary(self) -> Option<&'a str> {
        self.text("summary")
    }

    /// Fields this version does not know, as they were signed.
    pub fn unknown(self) -> impl Iterator<Item = (&'a str, &'a Ipld)> {
        let map = match self.0 {
            Ipld::Map(map) => Some(map),
            _ => None,
        };
        map.into_iter()
            .flatten()
            .filter(|(name, _)| fields::CARD.iter().all(|f| f.name != name.as_str()))
            .map(|(name, value)| (name.as_str(), value))
    }
}
