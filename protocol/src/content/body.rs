//! Reading a body that may be malformed or newer than this program.

use ipld_core::ipld::Ipld;

use super::fields;

/// A view of a body. What is missing or of the wrong type reads as absent.
#[derive(Clone, Copy, Debug)]
pub struct Body<'a>(&'a Ipld);

impl<'a> Body<'a> {
    /// A view of `body`.
    #[must_use]
    pub fn new(body: &'a Ipld) -> Self {
        Self(body)
    }

    fn map(self) -> impl Iterator<Item = (&'a str, &'a Ipld)> {
        entries(Some(self.0))
    }

    /// The value of a field, known or not.
    #[must_use]
    pub fn get(self, field: &str) -> Option<&'a Ipld> {
        match self.0 {
            Ipld::Map(map) => map.get(field),
            _ => None,
        }
    }

    /// A field that is text, such as `licence`, `basis`, `reason`, `stance`, `expires`.
    #[must_use]
    pub fn text(self, field: &str) -> Option<&'a str> {
        match self.get(field) {
            Some(Ipld::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The texts of a field that is an array of text, such as `countries`; other elements are passed over.
    pub fn texts(self, field: &str) -> impl Iterator<Item = &'a str> {
        let list = match self.get(field) {
            Some(Ipld::List(list)) => list.as_slice(),
            _ => &[],
        };
        list.iter().filter_map(|item| match item {
            Ipld::String(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// A field that is a whole number, such as `depth`.
    #[must_use]
    pub fn number(self, field: &str) -> Option<i64> {
        match self.get(field) {
            Some(Ipld::Integer(n)) => i64::try_from(*n).ok(),
            _ => None,
        }
    }

    /// A field that is true or false, such as `continued`.
    #[must_use]
    pub fn truth(self, field: &str) -> Option<bool> {
        match self.get(field) {
            Some(Ipld::Bool(b)) => Some(*b),
            _ => None,
        }
    }

    /// A field of thirty-two bytes, such as `subject`.
    #[must_use]
    pub fn bytes32(self, field: &str) -> Option<[u8; 32]> {
        match self.get(field) {
            Some(Ipld::Bytes(bytes)) => bytes.as_slice().try_into().ok(),
            _ => None,
        }
    }

    /// One section.
    #[must_use]
    pub fn section(self, key: &str) -> Option<&'a str> {
        self.all_sections()
            .find(|(k, _)| *k == key)
            .map(|(_, text)| text)
    }

    fn all_sections(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        entries(self.get("sections")).filter_map(|(key, text)| match text {
            Ipld::String(text) => Some((key, text.as_str())),
            _ => None,
        })
    }

    /// The sections in the order in which the kind foresees them, then the others by key.
    #[must_use]
    pub fn sections(self, kind: &str) -> Vec<(&'a str, &'a str)> {
        let foreseen =
            fields::ruling(kind, self.text("revised_kind")).map_or(&[][..], |r| r.sections);
        let place = |key: &str| {
            foreseen
                .iter()
                .position(|s| s.key == key)
                .unwrap_or(foreseen.len())
        };
        let mut out: Vec<_> = self.all_sections().collect();
        out.sort_by_key(|(key, _)| place(key));
        out
    }

    /// Fields that a body of `kind` does not foresee, as they were signed.
    pub fn unknown(self, kind: &str) -> impl Iterator<Item = (&'a str, &'a Ipld)> {
        let known = fields::of_body(kind, self.text("revised_kind"));
        self.map()
            .filter(move |(name, _)| known.iter().all(|f| f.name != *name))
    }
}

fn entries(value: Option<&Ipld>) -> impl Iterator<Item = (&str, &Ipld)> {
    let map = match value {
        Some(Ipld::Map(map)) => Some(map),
        _ => None,
    };
    map.into_iter()
        .flatten()
        .map(|(key, value)| (key.as_str(), value))
}
