//! The order in which the entries of a map are shown: that of the tables, not that of the alphabet.

use std::collections::BTreeMap;

use indaba_protocol::Value as Ipld;
use indaba_protocol::content::form::Form;
use indaba_protocol::vocabulary;

/// The entries of `map`, the value (or an element of the value) of the field `name`; unknown ones last.
pub(super) fn ordered<'a>(
    name: &str,
    form: &Form,
    map: &'a BTreeMap<String, Ipld>,
) -> Vec<(&'a String, &'a Ipld)> {
    let fields = match form {
        Form::Map(fields) => *fields,
        Form::List {
            item: Form::Map(fields),
            ..
        } => *fields,
        _ => &[],
    };
    let terms: Vec<&str> = match form {
        Form::Facet => vocabulary::term_fields()
            .filter_map(|term| term.strip_prefix(name)?.strip_prefix('.'))
            .collect(),
        _ => Vec::new(),
    };
    let place = |key: &str| {
        let known = fields.iter().position(|f| f.name == key);
        known
            .or_else(|| terms.iter().position(|t| *t == key))
            .unwrap_or(usize::MAX)
    };
    let mut out: Vec<_> = map.iter().collect();
    out.sort_by_key(|(key, _)| place(key));
    out
}
