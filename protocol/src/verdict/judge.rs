//! The order of section 7.

use super::cuts::{Passage, Survival, authentic_list, passage, survives};
use super::evidence::Evidence;
use super::{Missing, Verdict, VoidReason};
use crate::id::Id;
use crate::institution::{Chain, Pinned, State};
use crate::key::Key;
use crate::record::Header;
use crate::statement::Verified;

/// The verdict about a record.
pub fn judge(record: &Verified<Header>, evidence: &impl Evidence) -> Verdict {
    let chain = evidence.chain(&record.institution);
    let chain = match permitted(record, chain.as_deref()) {
        Err(verdict) => return verdict,
        Ok(chain) => chain,
    };
    let cuts = chain.cuts_of(&record.key);
    let survivals: Vec<Survival> = cuts
        .iter()
        .map(|cut| survives(record, cut, evidence))
        .collect();
    let mut good = Verdict::Valid;
    if survivals.contains(&Survival::Fails) {
        // Every cut is repeated by later states, so the newest state's cut is the last.
        let newest = cuts.last().filter(|cut| cut.list.is_some());
        match newest.map(|cut| authentic_list(cut, &record.institution, evidence)) {
            Some(None) => return Verdict::Pending(Missing::CutList),
            Some(Some(list)) if list.adopts(&record.id()) => good = Verdict::Adopted,
            _ => return Verdict::Void(VoidReason::Cut),
        }
    } else {
        for missing in [Missing::CutList, Missing::Ancestry] {
            if survivals.contains(&Survival::Open(missing)) {
                return Verdict::Pending(missing);
            }
        }
    }
    if !evidence.accepts_record(record) {
        return Verdict::Quarantined;
    }
    if cuts.is_empty() && is_contested(record, evidence) {
        Verdict::Contested
    } else {
        good
    }
}

/// Whether a record counts as held, given the pinned chain of its institution: it passes steps 1 and 2. One that waits for
/// its state is not held yet, one that a rival state, a missing delegation or a scope voids never is. Such a record is no
/// evidence: it contests nothing, and no lane leads through it. One that a cut voids is evidence.
pub fn is_kept(record: &Header, chain: Option<&Chain>) -> bool {
    permitted(record, chain).is_ok()
}

/// Whether a record may be passed on: it is good; or a cut voids it, and a lane that the cut ends leads through it, so that others need it to
/// judge what stands before it.
pub fn is_carried(record: &Verified<Header>, evidence: &impl Evidence) -> bool {
    match judge(record, evidence) {
        Verdict::Void(VoidReason::Cut) => {
            evidence.accepts_record(record) && passage(record, evidence) == Passage::Leads
        }
        verdict => verdict.is_good(),
    }
}

/// Steps 1 and 2.
fn permitted<'a>(record: &Header, chain: Option<&'a Chain>) -> Result<&'a Chain, Verdict> {
    let (chain, state) = named_state(chain, &record.state)?;
    let delegation = state.and_then(|s| s.signing_delegation(&record.key));
    let delegation = delegation.ok_or(Verdict::Void(VoidReason::NotDelegated))?;
    if delegation.permits(&record.kind, record.feeds()) {
        Ok(chain)
    } else {
        Err(Verdict::Void(VoidReason::Scope))
    }
}

/// The verdict about a head, an alarm, a manifest, a custody statement or a receipt: they hold while their key is
/// delegated for signing in the state they name and is not cut in the newest pinned state.
pub fn judge_signer(institution: &Id, key: &Key, state: &Id, evidence: &impl Evidence) -> Verdict {
    let chain = evidence.chain(institution);
    match named_state(chain.as_deref(), state) {
        Err(verdict) => verdict,
        Ok((chain, state)) => {
            if state.and_then(|s| s.signing_delegation(key)).is_none() {
                Verdict::Void(VoidReason::NotDelegated)
            } else if chain.newest().is_some_and(|s| s.cut(key).is_some()) {
                Verdict::Void(VoidReason::Cut)
            } else if evidence.accepts(institution) {
                Verdict::Valid
            } else {
                Verdict::Quarantined
            }
        }
    }
}

/// Step 1: the chain, and the state if it is one that delegates.
fn named_state<'a>(
    chain: Option<&'a Chain>,
    state: &Id,
) -> Result<(&'a Chain, Option<&'a State>), Verdict> {
    let chain = chain.ok_or(Verdict::Pending(Missing::State))?;
    match chain.pinned(state) {
        Pinned::Inception => Ok((chain, None)),
        Pinned::State(state) => Ok((chain, Some(state))),
        Pinned::Rival => Err(Verdict::Void(VoidReason::RivalState)),
        Pinned::Unknown => Err(Verdict::Pending(Missing::State)),
    }
}

fn is_contested(record: &Verified<Header>, evidence: &impl Evidence) -> bool {
    let id = record.id();
    record.lanes.iter().any(|lane| {
        evidence
            .at_position(&record.institution, &record.key, &lane.feed, lane.seq)
            .iter()
            .any(|other| *other != id)
            || evidence.proof_at(&record.institution, &record.key, &lane.feed, lane.seq)
    })
}

#[cfg(test)]
mod tests;
