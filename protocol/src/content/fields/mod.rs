//! The table of fields: section 9 of `docs/protocol.md`, one entry for each field.

mod common;
mod kinds;

use super::form::{Field, Form, Order};
use super::shape::Shape;

pub use common::{CARD, COMMON, PROFILE};
pub use kinds::{KINDS, Rules, Section};

/// Encoded bytes of `ext`.
pub const EXT_BYTES: usize = 4_096;
/// Scalar values of one section.
pub const SECTION_SCALARS: usize = 8_000;
/// Scalar values of a title.
pub const TITLE_SCALARS: usize = 500;
/// Scalar values of a summary.
pub const SUMMARY_SCALARS: usize = 1_500;
/// Scalar values of the name of an organisation.
pub const NAME_SCALARS: usize = 200;

/// Scalar values of a text for which no other bound is given.
pub const TEXT_SCALARS: usize = 300;

/// Kinds of institutions.
pub const INSTITUTION_KINDS: &[&str] = &[
    "ministry",
    "peace-council",
    "nhri",
    "focal-point",
    "judiciary",
    "truth-body",
    "rec-secretariat",
    "un",
    "cso",
    "network",
    "academic",
    "traditional",
];
/// Ways of an exchange, a request or an offer.
pub const MODALITIES: &[&str] = &[
    "study-visit",
    "secondment",
    "advice",
    "training",
    "forensic",
    "drafting",
    "twinning",
    "workshop",
];
/// Markings with which a record may travel (TLP 2.0).
pub const MARKINGS: &[&str] = &["clear", "green"];

/// Kinds that a revision may name: all known ones but revision and withdrawal.
pub const REVISABLE: &[&str] = &[
    "practice",
    "lesson",
    "exchange",
    "plan",
    "position",
    "request",
    "offer",
    "adaptation",
    "outcome",
    "translation",
    "response",
    "vouch",
    "charter",
];

pub(super) const NO_BOUND: usize = usize::MAX;
pub(super) const NAME: Form = Form::Line {
    min: 1,
    max: NAME_SCALARS,
};
pub(super) const DATE: Form = Form::Shaped(Shape::Date);
pub(super) const DAY: Form = Form::Shaped(Shape::FullDate);
pub(super) const LANGUAGE: Form = Form::Shaped(Shape::LanguageTag);
/// A text for which section 9 gives no bound.
pub(super) const LINE: Form = Form::Line {
    min: 1,
    max: TEXT_SCALARS,
};
pub(super) const PARAGRAPHS: Form = Form::Running {
    min: 1,
    max: TEXT_SCALARS,
};
pub(super) const PERIOD: Form = Form::Map(&[
    Field::may("from", DATE, "First day, month or year."),
    Field::may(
        "to",
        Form::Shaped(Shape::DateOrOpen),
        "Last day, month or year, or `open`.",
    ),
]);
pub(super) const MODALITY: Form = Form::List {
    min: 0,
    max: NO_BOUND,
    order: Order::Distinct,
    item: &Form::Code(MODALITIES),
};

/// What a kind adds, if this version knows the kind.
#[must_use]
pub fn rules(kind: &str) -> Option<&'static Rules> {
    KINDS.iter().find(|r| r.kind == kind)
}

/// The rules that judge card and body of a record: those of its kind, for a revision those of the kind that is revised.
///
/// `None` for a kind this version does not know: its content is not judged.
#[must_use]
pub fn ruling(kind: &str, revised: Option<&str>) -> Option<&'static Rules> {
    let own = rules(kind)?;
    let revised = revised
        .filter(|r| kind == "revision" && REVISABLE.contains(r))
        .and_then(rules);
    Some(revised.unwrap_or(own))
}

/// All fields of a body of `kind`: its own, for a revision those of `revised`, and the common ones.
///
/// A name appears once; the more special entry wins. Licence and attribution are required where
/// [`Rules::terms`] of the [`ruling`] says so.
#[must_use]
pub fn of_body(kind: &str, revised: Option<&str>) -> Vec<&'static Field> {
    let mut out: Vec<&'static Field> = Vec::new();
    let own = rules(kind)
        .into_iter()
        .chain(ruling(kind, revised))
        .flat_map(|r| r.fields);
    for field in own.chain(COMMON) {
        if !out.iter().any(|f| f.name == field.name) {
            out.push(field);
        }
    }
    out
}
