//! What would be signed, shown before anybody is asked.

use serde::Serialize;

use crate::cli::draft::missing;
use crate::cli::screen::{Page, Report, clean, paint, style};
use crate::cli::words;
use crate::engine::order::{Missing, Preflight, PreflightRecord};

#[derive(Serialize)]
pub(super) struct Preview {
    #[serde(flatten)]
    pub(super) preflight: Preflight,
    pub(super) warnings: Vec<String>,
    pub(super) derived: Vec<String>,
    pub(super) days: Vec<DayClaim>,
    /// The title of each, or what it does.
    #[serde(skip)]
    pub(super) acts: Vec<String>,
    /// What each does to another record, and why.
    #[serde(skip)]
    pub(super) effects: Vec<Vec<(String, String)>>,
}

/// The day a record will claim, and who says so.
#[derive(Serialize)]
pub(super) struct DayClaim {
    pub(super) day: Option<String>,
    /// `file`, `today`, `none`, `publication` for the day it goes out, or `clock` where none is claimed because the clock cannot be right.
    pub(super) from: &'static str,
}

impl DayClaim {
    fn words(&self) -> String {
        match (&self.day, self.from) {
            (Some(day), "today") => format!("{day} (today)"),
            (Some(day), _) => format!("{day} (as the file says)"),
            (None, "publication") => "the day on which it goes out".to_owned(),
            (None, "clock") => "none, because of the clock".to_owned(),
            (None, _) => "none, as the file says".to_owned(),
        }
    }
}

impl Report for Preview {
    const NAME: &'static str = "publish-preview";
    fn page(&self, page: &mut Page) {
        let p = &self.preflight;
        page.head("What would be signed");
        page.field("signing as", words::institution(&p.institution));
        page.field("authority", &p.authority);
        page.field("node key", &p.node_key);
        page.field("audience", &p.audience);
        for (place, record) in p.records.iter().enumerate() {
            page.gap();
            page.line(format!(
                "{} {}",
                paint(
                    style::BOLD,
                    &clean(record.title.as_deref().unwrap_or_else(|| {
                        self.acts.get(place).map_or("(no title)", String::as_str)
                    }))
                ),
                paint(style::DIM, &clean(&record.source))
            ));
            if record.faults.is_empty() {
                self.place(page, place, record);
            }
            for fault in &record.faults {
                page.hanging(
                    &format!("{}  ", paint(style::BAD, &format!("{:>14}", "fault"))),
                    16,
                    fault,
                );
            }
        }
        if !self.derived.is_empty() {
            page.gap();
            page.field(
                "feeds of",
                format!(
                    "{}: derived from what the files are about and belong to; name them with `feeds:` to choose",
                    self.derived.join(", ")
                ),
            );
        }
        if !self.warnings.is_empty() {
            page.gap();
            page.line(paint(style::WARN, "Look at these first"));
            for warning in &self.warnings {
                page.line(format!("  {}", clean(warning)));
            }
        }
        page.gap();
        page.hanging(
            "",
            0,
            "Practices and institutional lessons only: no names or data of victims, witnesses or other persons, no incident reports, no \
             positions of forces. What is published can be withdrawn, but never called back.",
        );
    }
}

impl Preview {
    /// What a record without faults would be, and where it would stand.
    fn place(&self, page: &mut Page, place: usize, record: &PreflightRecord) {
        let lanes: Vec<String> = record
            .lanes
            .iter()
            .map(|(feed, seq)| format!("{feed} #{seq}"))
            .collect();
        page.field(
            "kind",
            format!(
                "{}, {}, marked {}",
                record.kind,
                words::bytes(record.bytes),
                record.marking
            ),
        );
        for (name, words) in self.effects.get(place).into_iter().flatten() {
            page.field(name, words);
        }
        page.field("feeds", lanes.join(", "));
        if let Some(claim) = self.days.get(place) {
            page.field("day", claim.words());
        }
        for (what, name) in record
            .waits
            .iter()
            .zip(std::iter::once("waits for").chain(std::iter::repeat("")))
        {
            page.field(name, waiting(what));
        }
        match &record.embargo {
            Some(day) if !record.waits.iter().any(is_embargo) => page.field(
                "embargo",
                format!("{day}, which is over by this machine's clock"),
            ),
            _ => {}
        }
    }
}

/// What a record would wait for, in words.
fn waiting(what: &Missing) -> String {
    match what {
        // There is no draft to name yet.
        Missing::Approvals { need, .. } => format!(
            "{} by other officers",
            words::count(u64::from(*need), "approval", "approvals")
        ),
        Missing::Hold { minutes } => format!(
            "a holding time of {}",
            words::count(*minutes, "minute", "minutes")
        ),
        Missing::Release => "somebody's order to release it".to_owned(),
        other => missing(0, other),
    }
}

fn is_embargo(what: &Missing) -> bool {
    matches!(what, Missing::Embargo { .. })
}
