//! The forms a field can have. [`fields`](super::fields) is written in these terms.

use super::shape::Shape;

/// Whether the order of a list matters, and whether it may repeat an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Any order, repetition allowed: arrays of maps.
    Free,
    /// Any order, no element twice.
    Distinct,
    /// Sorted by bytes, no element twice.
    Sorted,
}

/// What a field's value is.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// One line of text, with its bounds in scalar values.
    Line {
        /// Fewest scalar values.
        min: usize,
        /// Most scalar values.
        max: usize,
    },
    /// Paragraphs, with their bounds in scalar values.
    Running {
        /// Fewest scalar values.
        min: usize,
        /// Most scalar values.
        max: usize,
    },
    /// One of the values listed. The list is fixed by the protocol.
    Code(&'static [&'static str]),
    /// Text of a fixed shape.
    Shaped(Shape),
    /// Thirty-two bytes: a hash or an id.
    Bytes32,
    /// A whole number, both ends included.
    Natural {
        /// Least value.
        min: u64,
        /// Greatest value.
        max: u64,
    },
    /// `true` or `false`.
    Truth,
    /// An array.
    List {
        /// Fewest elements.
        min: usize,
        /// Most elements; `usize::MAX` where only the size of the body bounds them.
        max: usize,
        /// Order and repetition.
        order: Order,
        /// What each element is.
        item: &'static Form,
    },
    /// A map with named fields; unknown ones are kept.
    Map(&'static [Field]),
    /// A map from keys of one shape to values of one form.
    Table {
        /// Fewest entries.
        min: usize,
        /// Most entries.
        max: usize,
        /// The keys.
        key: Shape,
        /// The values.
        value: &'static Form,
    },
    /// A map whose keys and values `protocol/vocabulary/terms.csv` lists; others are kept.
    Facet,
    /// A map that is kept as it is, of at most so many bytes when encoded.
    Opaque {
        /// Most bytes.
        max: usize,
    },
}

/// One field of a map.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its key.
    pub name: &'static str,
    /// Its value.
    pub form: Form,
    /// Whether it must be present.
    pub required: bool,
    /// What it is for, in one line, for those who write records.
    pub purpose: &'static str,
}

impl Field {
    /// A field that may be absent.
    pub(super) const fn may(name: &'static str, form: Form, purpose: &'static str) -> Self {
        Self {
            name,
            form,
            required: false,
            purpose,
        }
    }

    /// A field that must be present.
    pub(super) const fn must(name: &'static str, form: Form, purpose: &'static str) -> Self {
        Self {
            name,
            form,
            required: true,
            purpose,
        }
    }
}
