//! Whether a record survives the cuts of its key (section 7, step 3).

use super::Missing;
use super::evidence::{Evidence, Walk};
use crate::id::Id;
use crate::institution::{Cut, CutEntry, CutList};
use crate::lane::Lane;
use crate::record::Header;
use crate::statement::Verified;
use std::sync::Arc;

/// What one cut, or one lane under it, says about a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Survival {
    Good,
    Fails,
    Open(Missing),
}

/// A cut list counts only for the institution and the key of the cut that names it.
pub(super) fn authentic_list(
    cut: &Cut,
    institution: &Id,
    evidence: &impl Evidence,
) -> Option<Arc<CutList>> {
    let list = evidence.cut_list(&cut.list?)?;
    (list.institution == *institution && list.key == cut.key).then_some(list)
}

pub(super) fn survives(record: &Verified<Header>, cut: &Cut, evidence: &impl Evidence) -> Survival {
    if cut.list.is_none() {
        return Survival::Fails;
    }
    let Some(list) = authentic_list(cut, &record.institution, evidence) else {
        return Survival::Open(Missing::CutList);
    };
    let mut all = Survival::Good;
    for lane in &record.lanes {
        match list.entry(&lane.feed).map_or(Survival::Fails, |entry| {
            reaches(record, lane, entry, evidence)
        }) {
            Survival::Fails => return Survival::Fails,
            Survival::Open(missing) => all = Survival::Open(missing),
            Survival::Good => {}
        }
    }
    all
}

/// Whether a lane that a cut list ends leads through a record: what stands before it there is told by its header, be it void itself for
/// another of its lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// A lane leads through it.
    Leads,
    /// Something on the way to it is not held.
    Open(Missing),
    /// None does.
    None,
}

/// Whether a record of a key that is cut stands on the way from the last good record of one of its lanes, in a feed followed here.
pub fn passage(record: &Verified<Header>, evidence: &impl Evidence) -> Passage {
    let Some(chain) = evidence.chain(&record.institution) else {
        return Passage::None;
    };
    let mut found = Passage::None;
    for cut in chain.cuts_of(&record.key) {
        if cut.list.is_none() {
            continue;
        }
        let Some(list) = authentic_list(cut, &record.institution, evidence) else {
            found = Passage::Open(Missing::CutList);
            continue;
        };
        for lane in &record.lanes {
            let Some(entry) = list.entry(&lane.feed) else {
                continue;
            };
            if !lane.feed.is_registry() && !evidence.follows(&lane.feed) {
                continue;
            }
            match reaches(record, lane, entry, evidence) {
                Survival::Good => return Passage::Leads,
                Survival::Open(missing) => found = Passage::Open(missing),
                Survival::Fails => {}
            }
        }
    }
    found
}

/// Whether the lane leads from the last good record back to this one.
fn reaches(
    record: &Verified<Header>,
    lane: &Lane,
    entry: &CutEntry,
    evidence: &impl Evidence,
) -> Survival {
    if lane.seq > entry.seq {
        return Survival::Fails;
    }
    if !lane.feed.is_registry() && !evidence.follows(&lane.feed) {
        return Survival::Good;
    }
    let walk = Walk {
        institution: record.institution,
        key: record.key,
        feed: lane.feed.clone(),
        last: entry.last,
        seq: entry.seq,
    };
    let (mut id, mut seq) = evidence
        .reached(&walk, lane.seq)
        .filter(|(_, seq)| (lane.seq..=entry.seq).contains(seq))
        .unwrap_or((entry.last, entry.seq));
    while seq > lane.seq {
        // Each step needs a header that is held, so the walk is no longer than the lane in the store.
        let Some(held) = evidence.place(&id, &lane.feed) else {
            return Survival::Open(Missing::Ancestry);
        };
        let Some(place) = held else {
            return Survival::Fails;
        };
        if (place.institution, place.key, place.seq) != (record.institution, record.key, seq) {
            return Survival::Fails;
        }
        let Some(prev) = place.prev else {
            return Survival::Fails;
        };
        (id, seq) = (prev, seq - 1);
        evidence.reaches(&walk, id, seq);
    }
    if id == record.id() {
        Survival::Good
    } else {
        Survival::Fails
    }
}
