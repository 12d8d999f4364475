//! The file a person writes, and how a record reads.
//!
//! A record is written as a Markdown file: the fields between two lines `---`, in YAML of the simplest kind, then the text
//! under `## headings`. [`parse`] turns such a file into a [`Source`], whose `card` and `body` are ready to be sealed and signed, or
//! says everything that is wrong with it at once. [`template`] writes the file to begin with, [`to_markdown`] the file of
//! a record that exists, [`render`] shows a record to a reader.
//!
//! Everything here is pure: text in, text out. The rules themselves are those of `indaba_protocol::content`.

mod exact;
mod feeds;
mod finding;
mod front_matter;
mod header;
mod judgement;
mod labels;
mod lines;
mod lists;
mod markdown;
mod markup;
mod meant;
mod order;
mod paragraphs;
mod render;
mod sections;
mod source;
mod template;
mod values;
mod yaml;

#[cfg(test)]
mod tests;

pub use feeds::unknown_feed;
pub use finding::{Finding, Severity};
#[cfg(test)]
pub(crate) use lines::columns;
pub(crate) use lines::lines;
pub use lists::{CodeList, ListedCode, codes_of, list_named, list_of, lists};
pub use markdown::to_markdown;
pub use meant::{country_meant, feed_meant, language_meant};
pub use render::render;
pub use source::{FILE_BYTES, Facts, Source, parse};
pub use template::{UnknownKind, template};
