//! A store that is too damaged to be opened: what is missing, and the way back.

use indaba_store::{Fault, Store, Survey};
use serde::Serialize;

use super::progress;
use crate::cli::assembly::{open_store_accepting, store_options, store_path};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::screen::{Page, Report, clean};
use crate::cli::words;
use crate::config::{DataDir, Settings};

/// Lines shown of each list; `--json` has all.
const SHOWN: usize = 20;

#[derive(Serialize)]
struct Lane {
    feed: String,
    institution: String,
    key: String,
    missing: u64,
    ranges: Vec<(u64, u64)>,
}

#[derive(Serialize)]
struct Surveyed {
    problem: String,
    records: u64,
    journal_faults: Vec<String>,
    records_lost: u64,
    lanes: Vec<Lane>,
    without_card_or_body: Vec<String>,
}

impl Surveyed {
    fn of(survey: Survey, problem: String) -> Self {
        let lane = |lane: indaba_store::LaneGaps| Lane {
            feed: lane.feed,
            institution: lane.institution.to_string(),
            key: lane.key.to_string(),
            missing: lane.gaps.count,
            ranges: lane.gaps.ranges,
        };
        Self {
            problem,
            records: survey.records,
            journal_faults: survey.faults.iter().map(place).collect(),
            records_lost: survey.lost.count,
            lanes: survey.lanes.into_iter().map(lane).collect(),
            without_card_or_body: survey.partless.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Report for Surveyed {
    const NAME: &'static str = "store-verify";
    fn page(&self, page: &mut Page) {
        page.line(clean(&self.problem));
        for fault in self.journal_faults.iter().take(SHOWN) {
            page.line(format!("journal: {}", clean(fault)));
        }
        page.line(format!(
            "{} can be read, {} lost",
            words::count(self.records, "record", "records"),
            if self.records_lost == 1 {
                "1 is".to_owned()
            } else {
                format!("{} are", self.records_lost)
            }
        ));
        for lane in self.lanes.iter().take(SHOWN) {
            let range = |(from, to): &(u64, u64)| {
                if from == to {
                    from.to_string()
                } else {
                    format!("{from}-{to}")
                }
            };
            let ranges: Vec<_> = lane.ranges.iter().take(SHOWN).map(range).collect();
            page.line(format!(
                "{}, institution {}: {} missing: {}",
                clean(&lane.feed),
                lane.institution,
                words::count(lane.missing, "place", "places"),
                ranges.join(", ")
            ));
        }
        for id in self.without_card_or_body.iter().take(SHOWN) {
            page.line(format!("record {id}: card or body missing"));
        }
        page.line("the store is damaged");
    }
}

/// What a store that cannot be opened still holds.
pub(super) fn survey(
    context: &Context,
    dir: &DataDir,
    settings: &Settings,
    failure: Failure,
) -> Result<Exit, Failure> {
    let options = store_options(dir, settings)?;
    let mut progress = progress(&context.screen, "Reading");
    let found = Store::survey(&store_path(dir, settings), &options, &mut progress)?;
    let is_readable = found.faults.is_empty();
    context
        .screen
        .report(&Surveyed::of(found, failure.problem))?;
    match failure.hint {
        // It is not the journal that does not read.
        Some(hint) if is_readable => context.screen.hint(hint),
        _ => context
            .screen
            .hint("copy the data folder away, then: indaba store repair"),
    }
    Ok(Exit::Integrity)
}

#[derive(Serialize)]
struct Repaired {
    frames: u64,
    journal_faults: Vec<String>,
    damaged_journal: String,
    records: u64,
}

impl Report for Repaired {
    const NAME: &'static str = "store-repair";
    fn page(&self, page: &mut Page) {
        for fault in self.journal_faults.iter().take(SHOWN) {
            page.line(format!("not readable: {}", clean(fault)));
        }
        page.line(format!(
            "repaired: {} saved; what is missing comes back from peers",
            words::count(self.records, "record", "records")
        ));
        page.field("damaged journal", &self.damaged_journal);
    }
}

/// Makes a new journal of what can be read, and accepts what is lost.
pub(super) fn repair(
    context: &Context,
    dir: &DataDir,
    settings: &Settings,
) -> Result<Exit, Failure> {
    let question = "Is there no newer copy of the store? Then a new journal is made of all that can be read; the rest comes back from peers, and publishing stays refused where own records are missing. Repair?";
    if !context.asker.consent(question)? {
        return Ok(Exit::Interrupted);
    }
    let repaired = Store::repair(&store_path(dir, settings), &store_options(dir, settings)?)?;
    let store = open_store_accepting(dir, settings, true)?;
    let records = store.stats()?.records;
    store.close()?;
    context.screen.report(&Repaired {
        frames: repaired.frames,
        journal_faults: repaired.faults.iter().map(place).collect(),
        damaged_journal: repaired.aside.display().to_string(),
        records,
    })?;
    context
        .screen
        .hint("start the node and let it connect: indaba up");
    Ok(Exit::Ok)
}

fn place(fault: &Fault) -> String {
    format!(
        "segment {}, byte {}: {}",
        fault.segment, fault.offset, fault.what
    )
}
