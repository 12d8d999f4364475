//! Why an institution is accepted or not, and what would change that.

use super::charter::Charter;
use super::paths::{Ways, is_heard_anchor, speaks, suffice};
use super::policy::{Policy, Trust};
use super::scope::{Matter, Scope};
use super::vouch::{Class, Vouch};
use super::web::Web;
use crate::id::Id;
use crate::limits;
use std::collections::BTreeSet;

/// Everything an answer rests on. The grounds stand beside each other: one that suffices is enough, and the answer changes only when
/// all that suffice have fallen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Who is asked about.
    pub subject: Id,
    /// In which matter.
    pub matter: Matter,
    /// The answer.
    pub accepted: bool,
    /// The operator refuses it: that goes before all grounds.
    pub refused: bool,
    /// It is an anchor itself.
    pub anchor: Option<Trust>,
    /// The paths from the anchors.
    pub paths: PathGround,
    /// The charters the policy accepts, of those that are held, by id.
    pub charters: Vec<CharterGround>,
    /// Vouches for it that count for nothing here, by voucher, then record; the first 16.
    pub uncounted: Vec<Vouch>,
    /// How many more of those there are.
    pub uncounted_more: usize,
}

/// What the paths from the anchors come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathGround {
    /// A largest set of paths that share no institution; the direct ones first, by anchor.
    pub found: Vec<Path>,
    /// How many are asked for.
    pub threshold: usize,
    /// How many of these must be direct.
    pub direct: usize,
    /// Whether the paths suffice.
    pub suffices: bool,
    /// If not: what is missing. `None` as well if no vouch of the present anchors can be enough.
    pub needed: Option<Needed>,
    /// How many anchors there are whose word counts in the matter.
    pub anchors: usize,
    /// If they suffice: a smallest group that could take that away.
    pub losing: Option<Losing>,
}

/// A path from an anchor to the subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// Where it begins.
    pub anchor: Id,
    /// How the anchor is trusted.
    pub trust: Trust,
    /// Its vouches in order; one or two.
    pub steps: Vec<Vouch>,
    /// How far the path reaches: what the anchor's scope and all its vouches let through.
    pub scope: Scope,
}

/// The fewest further vouches that would suffice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    /// Anchors whose own vouches together would be enough: one such group. No smaller number of vouches is enough, whoever gives them.
    pub from: Vec<Id>,
}

/// A group of institutions without whose vouches the ground no longer suffices. No smaller group could do that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Losing {
    /// The group.
    pub institutions: Vec<Id>,
    /// The records by which they vouch, as far as they count here; sorted.
    pub vouches: Vec<Id>,
}

/// What a charter comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CharterGround {
    /// The charter.
    pub charter: Charter,
    /// How far it reaches here.
    pub scope: Scope,
    /// Whether that covers the matter.
    pub covers: bool,
    /// The stewards that agreed to it.
    pub agreeing: Vec<Id>,
    /// Whether these are enough.
    pub in_force: bool,
    /// Whether the subject is a steward.
    pub steward: bool,
    /// What the subject says it is.
    pub class: Option<Class>,
    /// How many stewards must vouch for it; `None` if the charter admits none of its class.
    pub needed: Option<usize>,
    /// The vouches of stewards for it, one a steward.
    pub vouches: Vec<Vouch>,
    /// Whether it is accepted by this charter.
    pub suffices: bool,
    /// If so, and it is no steward: a smallest group that could take that away.
    pub losing: Option<Losing>,
}

impl Web {
    /// Why an institution is accepted in a matter or not.
    pub fn explain(&self, subject: &Id, matter: &Matter) -> Explanation {
        let policy = self.policy();
        let ways = Ways::find(self, subject, matter);
        let charters: Vec<CharterGround> = policy
            .charters
            .iter()
            .filter_map(|(id, here)| {
                Some(charter_ground(
                    self,
                    self.charter(id)?,
                    here,
                    subject,
                    matter,
                ))
            })
            .collect();
        let used: BTreeSet<Id> = ways
            .direct
            .iter()
            .map(|v| v.id)
            .chain(ways.introducers.iter().map(|i| i.vouch.id))
            .chain(charters.iter().flat_map(|c| c.vouches.iter().map(|v| v.id)))
            .collect();
        let unused: Vec<&Vouch> = self
            .vouches_for(subject)
            .filter(|v| !used.contains(&v.id))
            .collect();
        let mut uncounted: Vec<Vouch> = unused.iter().copied().cloned().collect();
        uncounted.truncate(limits::EXPLAINED);
        Explanation {
            subject: *subject,
            matter: matter.clone(),
            accepted: self.judge(subject, matter),
            refused: policy.refuses(subject),
            anchor: policy.anchor(subject).map(|a| a.trust),
            paths: path_ground(&ways, self, subject, matter),
            charters,
            uncounted_more: unused.len() - uncounted.len(),
            uncounted,
        }
    }
}

fn path_ground(ways: &Ways<'_>, web: &Web, subject: &Id, matter: &Matter) -> PathGround {
    let policy = web.policy();
    let suffices = suffice(web, subject, matter);
    let candidates: Vec<Id> = policy
        .anchors
        .keys()
        .filter(|a| *a != subject && is_heard_anchor(policy, a, matter))
        .copied()
        .collect();
    PathGround {
        found: found(ways, policy),
        threshold: policy.threshold,
        direct: policy.direct,
        suffices,
        needed: (!suffices)
            .then(|| needed(ways, policy, &candidates))
            .flatten(),
        anchors: candidates.len(),
        losing: suffices.then(|| losing(ways, web, subject, matter)),
    }
}

/// A largest set of disjoint paths.
fn found(ways: &Ways<'_>, policy: &Policy) -> Vec<Path> {
    let path = |steps: &[&Vouch]| {
        let anchor = steps.first()?.voucher;
        let trusted = policy.anchor(&anchor)?;
        Some(Path {
            anchor,
            trust: trusted.trust,
            scope: steps
                .iter()
                .fold(trusted.scope.clone(), |scope, step| scope.and(&step.scope)),
            steps: steps.iter().map(|v| (*v).clone()).collect(),
        })
    };
    let matching = ways.matching(usize::MAX);
    let introduced = (0..ways.starts.len()).filter_map(|start| {
        let introducer = ways.introducers.get(matching.partner(start)?)?;
        let (_, introduction) = introducer.let_by.iter().find(|(at, _)| *at == start)?;
        path(&[introduction, introducer.vouch])
    });
    let direct = ways.direct.iter().filter_map(|v| path(&[v]));
    direct.chain(introduced).collect()
}

/// One more vouch makes one more path at most, and makes a direct path only if an anchor gives it. So it takes at least
/// `threshold` − paths, and at least `direct` − direct paths; and that many suffice when given by anchors that begin no path of a largest set, then by
/// those that do: their path is replaced by a direct one. With a fully trusted anchor, it takes one.
fn needed(ways: &Ways<'_>, policy: &Policy, anchors: &[Id]) -> Option<Needed> {
    let silent = |id: &&Id| ways.direct.iter().all(|v| v.voucher != **id);
    let full = |id: &&Id| policy.anchor(id).is_some_and(|a| a.trust == Trust::Full);
    if let Some(full) = anchors.iter().filter(silent).find(full) {
        return Some(Needed { from: vec![*full] });
    }
    if anchors.len() < policy.threshold {
        return None;
    }
    let (direct, matching) = (ways.direct.len(), ways.matching(usize::MAX));
    let count = policy
        .threshold
        .saturating_sub(direct + matching.size())
        .max(policy.direct.saturating_sub(direct));
    let begins = |id: &&Id| {
        let start = ways.starts.binary_search(id);
        start.is_ok_and(|at| matching.partner(at).is_some())
    };
    let silent: Vec<&Id> = anchors.iter().filter(silent).collect();
    let (busy, free): (Vec<&Id>, Vec<&Id>) = silent.into_iter().partition(begins);
    let mut from: Vec<Id> = free.into_iter().chain(busy).take(count).copied().collect();
    from.sort();
    Some(Needed { from })
}

/// All fully trusted anchors that vouch themselves, and then either so many of the others that too few direct paths are left, or so
/// many of a smallest set that every path meets that too few paths are left, whichever is less.
fn losing(ways: &Ways<'_>, web: &Web, subject: &Id, matter: &Matter) -> Losing {
    let policy = web.policy();
    let full: BTreeSet<Id> = ways.full(policy).collect();
    let direct: Vec<Id> = ways
        .direct
        .iter()
        .map(|v| v.voucher)
        .filter(|id| !full.contains(id))
        .collect();
    let matching = ways.matching(usize::MAX);
    let paths = direct.len() + matching.size();
    let by_paths = (paths + 1).saturating_sub(policy.threshold);
    // With 0 direct paths asked for, there are never too few.
    let by_direct = match policy.direct {
        0 => usize::MAX,
        asked => (direct.len() + 1).saturating_sub(asked),
    };
    let (starts, introducers) = matching.cover();
    let cover = starts
        .iter()
        .filter_map(|at| ways.starts.get(*at).copied())
        .chain(
            introducers
                .iter()
                .filter_map(|at| ways.introducers.get(*at).map(|i| i.vouch.voucher)),
        );
    let met = direct.iter().copied().chain(cover);
    let mut institutions: Vec<Id> = full
        .into_iter()
        .chain(met.take(by_paths.min(by_direct)))
        .collect();
    institutions.sort();
    // An anchor that took back only its own vouch could still begin a path by somebody it lets introduce.
    let vouchers: BTreeSet<Id> = web.vouches_for(subject).map(|v| v.voucher).collect();
    let introductions = vouchers.iter().flat_map(|v| web.introductions_of(v));
    let relevant = web
        .vouches_for(subject)
        .chain(introductions)
        .filter(|v| speaks(v, policy, matter));
    Losing {
        vouches: records_of(&institutions, relevant),
        institutions,
    }
}

fn records_of<'v>(institutions: &[Id], vouches: impl Iterator<Item = &'v Vouch>) -> Vec<Id> {
    let mut records: Vec<Id> = vouches
        .filter(|v| institutions.binary_search(&v.voucher).is_ok())
        .map(|v| v.id)
        .collect();
    records.sort();
    records
}

fn charter_ground(
    web: &Web,
    charter: &Charter,
    here: &Scope,
    subject: &Id,
    matter: &Matter,
) -> CharterGround {
    let scope = charter.scope.and(here);
    let covers = scope.covers(matter);
    let agreeing = web.agreeing(charter);
    let in_force = charter.agreement().is_some_and(|n| agreeing.len() >= n);
    let class = web.class(subject);
    let needed = charter.needed(class);
    let vouches = web.steward_vouches(charter, subject, matter);
    let steward = charter.stewards.contains(subject);
    let admitted = needed.is_some_and(|n| vouches.len() >= n);
    let suffices = covers && in_force && (steward || admitted) && !web.policy().refuses(subject);
    let losing = needed.filter(|_| suffices && !steward).map(|needed| {
        let institutions: Vec<Id> = vouches
            .iter()
            .map(|v| v.voucher)
            .take(vouches.len() + 1 - needed)
            .collect();
        let speaking = web
            .vouches_for(subject)
            .filter(|v| speaks(v, web.policy(), matter));
        Losing {
            vouches: records_of(&institutions, speaking),
            institutions,
        }
    });
    CharterGround {
        covers,
        in_force,
        steward,
        class,
        needed,
        suffices,
        losing,
        agreeing,
        scope,
        vouches: vouches.into_iter().cloned().collect(),
        charter: charter.clone(),
    }
}
