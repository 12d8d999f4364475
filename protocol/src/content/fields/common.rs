//! The fields of every card, of every body, and of a profile.

use super::{
    DATE, DAY, EXT_BYTES, INSTITUTION_KINDS, LANGUAGE, LINE, NAME, NO_BOUND, PARAGRAPHS, PERIOD,
    SECTION_SCALARS, SUMMARY_SCALARS, TITLE_SCALARS,
};
use crate::content::form::{Field, Form, Order};
use crate::content::shape::Shape;

/// The fields of every card. Whether title and summary are required depends on the kind: see [`Rules`](super::Rules).
pub const CARD: &[Field] = &[
    Field::may(
        "title",
        Form::Line {
            min: 1,
            max: TITLE_SCALARS,
        },
        "What it is, in one line.",
    ),
    Field::may(
        "title_i18n",
        Form::Table {
            min: 1,
            max: 8,
            key: Shape::LanguageTag,
            value: &Form::Line {
                min: 1,
                max: TITLE_SCALARS,
            },
        },
        "The title in other languages: a help for lists, not a translation of the record.",
    ),
    Field::may(
        "summary",
        Form::Running {
            min: 1,
            max: SUMMARY_SCALARS,
        },
        "What a reader in a hurry should know.",
    ),
];

/// The fields that a body of any kind may have.
pub const COMMON: &[Field] = &[
    Field::may(
        "licence",
        Form::Shaped(Shape::Licence),
        "Under which licence others may reuse and translate it.",
    ),
    Field::may(
        "attribution",
        Form::Code(&["organisation", "group", "chatham"]),
        "To whom it may be attributed; with `chatham` no actors are named.",
    ),
    Field::may(
        "sections",
        Form::Table {
            min: 0,
            max: NO_BOUND,
            key: Shape::SectionKey,
            value: &Form::Running {
                min: 1,
                max: SECTION_SCALARS,
            },
        },
        "The text, under headings.",
    ),
    Field::may(
        "countries",
        Form::List {
            min: 0,
            max: 60,
            order: Order::Sorted,
            item: &Form::Shaped(Shape::Country),
        },
        "Countries it is about.",
    ),
    Field::may(
        "areas",
        Form::List {
            min: 0,
            max: 8,
            order: Order::Distinct,
            item: &Form::Line { min: 1, max: 100 },
        },
        "Areas within a country, never finer than a district.",
    ),
    Field::may(
        "regions",
        Form::List {
            min: 0,
            max: 16,
            order: Order::Distinct,
            item: &Form::Shaped(Shape::Region),
        },
        "Regions it concerns.",
    ),
    Field::may(
        "themes",
        Form::List {
            min: 0,
            max: 12,
            order: Order::Distinct,
            item: &Form::Shaped(Shape::Theme),
        },
        "Themes.",
    ),
    Field::may(
        "sdg",
        Form::List {
            min: 0,
            max: 10,
            order: Order::Distinct,
            item: &Form::Shaped(Shape::SdgTarget),
        },
        "Targets of the Sustainable Development Goals.",
    ),
    Field::may(
        "risk",
        Form::List {
            min: 0,
            max: 14,
            order: Order::Distinct,
            item: &Form::Shaped(Shape::RiskFactor),
        },
        "Risk factors that it helps to reduce; never a rating of a country.",
    ),
    Field::may(
        "level",
        Form::List {
            min: 1,
            max: 3,
            order: Order::Distinct,
            item: &Form::Code(&[
                "local",
                "district",
                "national",
                "subregional",
                "regional",
                "interregional",
                "multilateral",
            ]),
        },
        "Levels at which it works.",
    ),
    Field::may("period", PERIOD, "When it took place."),
    Field::may(
        "actors",
        Form::List {
            min: 0,
            max: 20,
            order: Order::Free,
            item: &Form::Map(&[
                Field::must(
                    "role",
                    Form::Code(&["lead", "implementing", "supporting", "funding", "partner"]),
                    "What the organisation did.",
                ),
                Field::must("name", NAME, "Name of the organisation, never of a person."),
                Field::may("type", LINE, "Type of organisation."),
                Field::may("country", Form::Shaped(Shape::Country), "Its country."),
            ]),
        },
        "Organisations that took part; never persons.",
    ),
    Field::may(
        "sources",
        Form::List {
            min: 0,
            max: 10,
            order: Order::Free,
            item: &Form::Map(&[
                Field::must(
                    "title",
                    Form::Line { min: 1, max: 500 },
                    "Title of the source.",
                ),
                Field::may(
                    "ref",
                    Form::Line { min: 1, max: 500 },
                    "Address, DOI, document symbol or number of a law.",
                ),
                Field::may("date", DATE, "When it was published."),
                Field::may("lang", LANGUAGE, "Its language."),
                Field::may(
                    "sha256",
                    Form::Bytes32,
                    "SHA-256 of the file, in hexadecimal.",
                ),
            ]),
        },
        "Where a reader can check it.",
    ),
    Field::may(
        "maturity",
        Form::Code(&["innovation", "promising", "good", "institutionalised"]),
        "How proven it is.",
    ),
    Field::may(
        "validation",
        Form::Code(&[
            "self-reported",
            "peer-reviewed",
            "evaluated",
            "endorsed-by-management",
        ]),
        "Who has examined it.",
    ),
    Field::may(
        "basis",
        Form::Code(&["first-hand", "second-hand", "research"]),
        "How the signer knows it.",
    ),
    Field::may(
        "embargo",
        DAY,
        "Not to be quoted before this day; this node publishes it once that day has begun everywhere.",
    ),
    Field::may("review_by", DAY, "To be looked at again by this day."),
    Field::may("expires", DAY, "Of no use after this day."),
    Field::may(
        "contact",
        Form::List {
            min: 0,
            max: 3,
            order: Order::Distinct,
            item: &Form::Line { min: 1, max: 200 },
        },
        "A route to the organisation, such as a role mailbox; never a person.",
    ),
    Field::may(
        "attachments",
        Form::List {
            min: 0,
            max: 32,
            order: Order::Free,
            item: &Form::Map(&[
                Field::must(
                    "hash",
                    Form::Bytes32,
                    "BLAKE3 hash of the file, in hexadecimal.",
                ),
                Field::must(
                    "size",
                    Form::Natural {
                        min: 0,
                        max: i64::MAX.unsigned_abs(),
                    },
                    "Size in bytes.",
                ),
                Field::must("media", LINE, "Media type, such as application/pdf."),
                Field::must(
                    "title",
                    Form::Line { min: 1, max: 200 },
                    "Title of the attachment.",
                ),
                Field::may("lang", LANGUAGE, "Its language."),
            ]),
        },
        "Files that belong to it.",
    ),
    Field::may(
        "stage",
        Form::List {
            min: 0,
            max: 10,
            order: Order::Free,
            item: &Form::Map(&[
                Field::must(
                    "stage",
                    Form::Code(&["ad-hoc", "pilot", "mandated", "funded", "statutory"]),
                    "How firmly it is established.",
                ),
                Field::may("date", DATE, "Since when."),
            ]),
        },
        "How it became an institution, step by step.",
    ),
    Field::may(
        "resources",
        Form::Map(&[
            Field::may("duration", PARAGRAPHS, "How long it takes or took."),
            Field::may(
                "cost",
                PARAGRAPHS,
                "What it costs, with the currency and the year.",
            ),
            Field::may("funding", PARAGRAPHS, "Who pays."),
            Field::may("staffing", PARAGRAPHS, "How many people it needs."),
        ]),
        "What it takes.",
    ),
    Field::may(
        "pillar",
        Form::List {
            min: 1,
            max: 3,
            order: Order::Distinct,
            item: &Form::Natural { min: 1, max: 3 },
        },
        "Pillars of the responsibility to protect.",
    ),
    Field::may(
        "phase",
        Form::List {
            min: 1,
            max: 3,
            order: Order::Distinct,
            item: &Form::Code(&["before", "during", "after"]),
        },
        "Before, during or after a crisis.",
    ),
    Field::may(
        "i4p",
        Form::Facet,
        "The shape of an infrastructure for peace.",
    ),
    Field::may(
        "tj",
        Form::Facet,
        "The shape of a transitional-justice measure.",
    ),
    Field::may(
        "ext",
        Form::Opaque { max: EXT_BYTES },
        "Additions agreed between some programs; kept as they are.",
    ),
];

/// The fields of a profile (section 4 says which of them make a state invalid; this is content).
pub const PROFILE: &[Field] = &[
    Field::must("name", NAME, "The official name."),
    Field::must(
        "kind",
        Form::Code(INSTITUTION_KINDS),
        "What the institution is.",
    ),
    Field::must("lang", LANGUAGE, "The language of the profile."),
    Field::must(
        "listed",
        Form::Truth,
        "Whether others may list it publicly.",
    ),
    Field::may(
        "name_i18n",
        Form::Table {
            min: 0,
            max: 8,
            key: Shape::LanguageTag,
            value: &NAME,
        },
        "The name in other languages.",
    ),
    Field::may("acronym", Form::Line { min: 0, max: 20 }, "Its acronym."),
    Field::may("legal_basis", LINE, "The law or statute it rests on."),
    Field::may("country", LINE, "Its country."),
    Field::may("region", LINE, "Its region."),
    Field::may(
        "languages",
        Form::List {
            min: 0,
            max: NO_BOUND,
            order: Order::Distinct,
            item: &LANGUAGE,
        },
        "Languages it works in.",
    ),
    Field::may(
        "themes",
        Form::List {
            min: 0,
            max: NO_BOUND,
            order: Order::Distinct,
            item: &Form::Shaped(Shape::Theme),
        },
        "Themes it works on.",
    ),
    Field::may(
        "state_body",
        Form::Truth,
        "Whether it claims to be a body of a state.",
    ),
    Field::may(
        "contact",
        Form::List {
            min: 0,
            max: 3,
            order: Order::Distinct,
            item: &Form::Line { min: 1, max: 200 },
        },
        "A route to the institution, never a person.",
    ),
];
