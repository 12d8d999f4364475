//! The table of fields: section 9 of `docs/protocol.md`, one entry for each field.

use super::form::{Field, Form, Order};
use super::shape::Shape;

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

const NO_BOUND: usize = usize::MAX;
const NAME: Form = Form::Line {
    min: 1,
    max: NAME_SCALARS,
};
const DATE: Form = Form::Shaped(Shape::Date);
const DAY: Form = Form::Shaped(Shape::FullDate);
const LANGUAGE: Form = Form::Shaped(Shape::LanguageTag);
/// A text for which section 9 gives no bound.
const LINE: Form = Form::Line {
    min: 1,
    max: TEXT_SCALARS,
};
const PARAGRAPHS: Form = Form::Running {
    min: 1,
    max: TEXT_SCALARS,
};
const PERIOD: Form = Form::Map(&[
    Field::may("from", DATE, "First day, month or year."),
    Field::may(
        "to",
        Form::Shaped(Shape::DateOrOpen),
        "Last day, month or year, or `open`.",
    ),
]);
const MODALITY: Form = Form::List {
    min: 0,
    max: NO_BOUND,
    order: Order::Distinct,
    item: &Form::Code(MODALITIES),
};

/// The fields of every card. Whether title and summary are required depends on the kind: see [`Rules`].
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
                Field::may("country", LINE, "Its country."),
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
    Field::may("embargo", DAY, "Not to be quoted before this day."),
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

/// A section that a kind foresees.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// Its key.
    pub key: &'static str,
    /// What belongs there, in one line.
    pub purpose: &'static str,
}

const fn section(key: &'static str, purpose: &'static str) -> Section {
    Section { key, purpose }
}

/// What one kind adds to the common fields.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// The kind.
    pub kind: &'static str,
    /// Whether the card needs a title.
    pub title: bool,
    /// Whether the body needs licence and attribution.
    pub terms: bool,
    /// Whether the card needs a summary.
    pub summary: bool,
    /// Fewest sections.
    pub sections_min: usize,
    /// Sections the kind foresees; others are kept.
    pub sections: &'static [Section],
    /// Fields of the body; one that is also in [`COMMON`] takes its place.
    pub fields: &'static [Field],
    /// The link the header needs (section 5).
    pub link: Option<&'static str>,
}

const PLAIN: Rules = Rules {
    kind: "",
    title: true,
    terms: true,
    summary: false,
    sections_min: 0,
    sections: &[],
    fields: &[],
    link: None,
};

const MATCHING: &[Field] = &[
    Field::must(
        "expires",
        DAY,
        "The day after which it no longer stands; at most two years ahead is good use.",
    ),
    Field::may("modality", MODALITY, "In which ways."),
    Field::may(
        "languages",
        Form::List {
            min: 0,
            max: 8,
            order: Order::Distinct,
            item: &LANGUAGE,
        },
        "Working languages.",
    ),
    Field::may(
        "cost_sharing",
        Form::Code(&["requester", "provider", "triangular", "none"]),
        "Who pays.",
    ),
    Field::may(
        "state",
        Form::Code(&["open", "matched", "closed"]),
        "Whether it still stands.",
    ),
];

/// The kinds of version 1.
pub const KINDS: &[Rules] = &[
    Rules {
        kind: "practice",
        summary: true,
        sections_min: 2,
        sections: &[
            section("challenge", "What was the problem?"),
            section("solution", "What was done, by whom, in which order?"),
            section("results", "What changed, and how do you know?"),
            section("innovation", "What was new about it?"),
            section("enabling", "What had to be there for it to work?"),
            section(
                "constraints",
                "What stood in the way, and what did not work?",
            ),
            section("sustainability", "What keeps it going?"),
            section(
                "replicability",
                "What should another institution know before it tries?",
            ),
            section("cost", "What did it cost, in short?"),
            section(
                "gender_inclusion",
                "How were women, youth and minorities part of it?",
            ),
        ],
        ..PLAIN
    },
    Rules {
        kind: "lesson",
        summary: true,
        sections_min: 2,
        sections: &[
            section("context", "Where, when and in which situation?"),
            section("what_was_planned", "What should have happened?"),
            section("what_happened", "What did happen?"),
            section("why", "Why was there a difference?"),
            section("lesson", "What is to be learned?"),
            section("recommendation", "What should others do, or not do?"),
        ],
        fields: &[
            Field::may(
                "product",
                Form::Code(&[
                    "aar",
                    "eoa",
                    "survey",
                    "practice-note",
                    "study",
                    "handover",
                    "workshop",
                ]),
                "From which kind of paper it comes.",
            ),
            Field::may(
                "outcome",
                Form::Code(&["worked", "mixed", "failed"]),
                "Whether it worked.",
            ),
            Field::may(
                "lesson_stage",
                Form::Code(&["identified", "validated", "assigned", "implemented"]),
                "How far the lesson has come.",
            ),
        ],
        ..PLAIN
    },
    Rules {
        kind: "exchange",
        summary: true,
        sections: &[
            section("description", "What was exchanged, and how?"),
            section("follow_up", "What came of it?"),
        ],
        fields: &[
            Field::may("modality", MODALITY, "In which ways."),
            Field::may(
                "parties",
                Form::Map(&[
                    Field::must(
                        "from",
                        Form::List {
                            min: 0,
                            max: NO_BOUND,
                            order: Order::Distinct,
                            item: &NAME,
                        },
                        "Organisations that gave.",
                    ),
                    Field::must(
                        "to",
                        Form::List {
                            min: 0,
                            max: NO_BOUND,
                            order: Order::Distinct,
                            item: &NAME,
                        },
                        "Organisations that received.",
                    ),
                    Field::may(
                        "supporter",
                        NAME,
                        "The organisation that supported it from outside.",
                    ),
                ]),
                "Organisations on both sides.",
            ),
        ],
        ..PLAIN
    },
    Rules {
        kind: "plan",
        fields: &[
            Field::may("horizon", PERIOD, "From when to when it runs."),
            Field::may(
                "components",
                Form::List {
                    min: 1,
                    max: 16,
                    order: Order::Free,
                    item: &Form::Map(&[
                        Field::must(
                            "component",
                            LINE,
                            "Which part, such as dialogue or reconciliation.",
                        ),
                        Field::must("text", PARAGRAPHS, "What is planned."),
                        Field::may(
                            "practices",
                            Form::List {
                                min: 0,
                                max: NO_BOUND,
                                order: Order::Distinct,
                                item: &Form::Bytes32,
                            },
                            "Ids of the practices it draws on.",
                        ),
                        Field::may("responsible", LINE, "The responsible organisation."),
                        Field::may("review_by", DATE, "When it is looked at again."),
                        Field::may("state", LINE, "How far it has come."),
                    ]),
                },
                "The parts of the plan.",
            ),
        ],
        ..PLAIN
    },
    Rules {
        kind: "position",
        sections: &[section(
            "stance",
            "What does the institution hold, and commit to?",
        )],
        fields: &[
            Field::may("situation", LINE, "The situation or theme it is about."),
            Field::may("since", DATE, "Since when it is held."),
        ],
        ..PLAIN
    },
    Rules {
        kind: "request",
        sections: &[section("need", "What is sought, for what, and by when?")],
        fields: MATCHING,
        ..PLAIN
    },
    Rules {
        kind: "offer",
        sections: &[section(
            "expertise",
            "What can the institution give? Never a list of persons.",
        )],
        fields: MATCHING,
        ..PLAIN
    },
    Rules {
        kind: "adaptation",
        sections: &[
            section("kept", "What was taken over as it was?"),
            section("changed", "What was changed?"),
            section("why_changed", "Why?"),
            section("results", "What came of it?"),
        ],
        fields: &[Field::may(
            "changes",
            Form::List {
                min: 0,
                max: 64,
                order: Order::Free,
                item: &Form::Map(&[
                    Field::must("field", LINE, "Which field or section of the practice."),
                    Field::must("what", PARAGRAPHS, "What was changed."),
                    Field::must("why", PARAGRAPHS, "Why."),
                ]),
            },
            "The changes, field by field.",
        )],
        link: Some("adapts"),
        ..PLAIN
    },
    Rules {
        kind: "outcome",
        sections: &[
            section("what_happened", "What happened since?"),
            section("evidence", "How do you know?"),
            section("why", "Why was it continued or discontinued?"),
        ],
        fields: &[Field::may("continued", Form::Truth, "Whether it goes on.")],
        link: Some("outcome-of"),
        ..PLAIN
    },
    Rules {
        kind: "translation",
        fields: &[Field::must(
            "translation_status",
            Form::Code(&["official", "courtesy", "machine"]),
            "How binding the translation is.",
        )],
        link: Some("translates"),
        ..PLAIN
    },
    Rules {
        kind: "revision",
        fields: &[
            Field::must(
                "revised_kind",
                Form::Code(REVISABLE),
                "The kind of the record that is revised.",
            ),
            Field::must(
                "reason",
                Form::Running { min: 1, max: 2_000 },
                "What was changed, and why.",
            ),
        ],
        link: Some("revises"),
        ..PLAIN
    },
    Rules {
        kind: "withdrawal",
        title: false,
        terms: false,
        fields: &[
            Field::must(
                "reason",
                Form::Code(&["error", "safety", "consent", "superseded", "legal", "other"]),
                "Why it is withdrawn.",
            ),
            Field::may(
                "note",
                Form::Running { min: 0, max: 300 },
                "In a few words.",
            ),
        ],
        link: Some("withdraws"),
        ..PLAIN
    },
    Rules {
        kind: "response",
        title: false,
        terms: false,
        fields: &[
            Field::must(
                "stance",
                Form::Code(&["endorse", "reviewed", "contest", "reply", "cosign"]),
                "What the institution says to the record.",
            ),
            Field::may(
                "note",
                Form::Running { min: 0, max: 2_000 },
                "In its own words.",
            ),
            Field::may(
                "scope",
                Form::Code(&["content", "translation"]),
                "What is meant: the content or the translation.",
            ),
        ],
        link: Some("responds-to"),
        ..PLAIN
    },
    Rules {
        kind: "vouch",
        title: false,
        terms: false,
        fields: &[
            Field::must(
                "subject",
                Form::Bytes32,
                "Id of the institution that is vouched for.",
            ),
            Field::must(
                "level",
                Form::Code(&["identity", "known", "observer"]),
                "What exactly is vouched for.",
            ),
            Field::must(
                "depth",
                Form::Natural { min: 0, max: 1 },
                "1 when its own vouches count too, else 0.",
            ),
            Field::may(
                "scope",
                Form::Map(&[
                    Field::may(
                        "regions",
                        Form::List {
                            min: 0,
                            max: NO_BOUND,
                            order: Order::Distinct,
                            item: &LINE,
                        },
                        "For which regions.",
                    ),
                    Field::may(
                        "kinds",
                        Form::List {
                            min: 0,
                            max: NO_BOUND,
                            order: Order::Distinct,
                            item: &LINE,
                        },
                        "For which kinds of records.",
                    ),
                ]),
                "Where the vouch holds; everywhere if absent.",
            ),
            Field::may(
                "evidence",
                Form::Bytes32,
                "Hash of the paper that was examined.",
            ),
        ],
        ..PLAIN
    },
    Rules {
        kind: "charter",
        sections: &[section(
            "rule",
            "How members are admitted and how decisions are made.",
        )],
        fields: &[
            Field::may("region", LINE, "The region it is for."),
            Field::may("network", LINE, "Or the network it is for."),
            Field::may(
                "stewards",
                Form::List {
                    min: 1,
                    max: 64,
                    order: Order::Distinct,
                    item: &Form::Bytes32,
                },
                "Ids of the institutions that are stewards.",
            ),
            Field::may(
                "threshold",
                Form::Natural {
                    min: 0,
                    max: i64::MAX.unsigned_abs(),
                },
                "How many stewards must agree.",
            ),
            Field::may(
                "admission",
                Form::Map(&[
                    Field::must(
                        "state",
                        Form::Natural {
                            min: 0,
                            max: i64::MAX.unsigned_abs(),
                        },
                        "Stewards needed to admit a state body.",
                    ),
                    Field::must(
                        "cso",
                        Form::Natural {
                            min: 0,
                            max: i64::MAX.unsigned_abs(),
                        },
                        "Stewards needed to admit a civil-society organisation.",
                    ),
                ]),
                "Stewards needed to admit a member.",
            ),
        ],
        ..PLAIN
    },
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
