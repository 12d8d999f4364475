//! What each kind adds to the common fields.

use super::{DATE, DAY, LANGUAGE, LINE, MODALITY, NO_BOUND, PARAGRAPHS, REVISABLE};
use crate::content::form::{Field, Form, Order};
use crate::content::shape::Shape;

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
    /// Fields of the body; one that is also in [`COMMON`](super::COMMON) takes its place.
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
                            item: &LINE,
                        },
                        "Organisations that gave.",
                    ),
                    Field::must(
                        "to",
                        Form::List {
                            min: 0,
                            max: NO_BOUND,
                            order: Order::Distinct,
                            item: &LINE,
                        },
                        "Organisations that received.",
                    ),
                    Field::may(
                        "supporter",
                        LINE,
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
            Field::may(
                "horizon",
                Form::Map(&[
                    Field::must("from", DATE, "First day, month or year."),
                    Field::must("to", DATE, "Last day, month or year."),
                ]),
                "From when to when it runs.",
            ),
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
                            max: 16,
                            order: Order::Distinct,
                            item: &Form::Shaped(Shape::Region),
                        },
                        "For which regions.",
                    ),
                    Field::may(
                        "kinds",
                        Form::List {
                            min: 0,
                            max: NO_BOUND,
                            order: Order::Distinct,
                            item: &Form::Shaped(Shape::Kind),
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
