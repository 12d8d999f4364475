//! The paths from the anchors to one institution, in one matter.

use super::matching::Matching;
use super::policy::{Policy, Trust};
use super::scope::Matter;
use super::vouch::Vouch;
use super::web::Web;
use crate::id::Id;

/// Everything that can be a path. Why a matching answers is written above the module.
#[derive(Debug)]
pub(super) struct Ways<'w> {
    /// Vouches of anchors for the subject, one an anchor, sorted by anchor: the set *D*.
    pub(super) direct: Vec<&'w Vouch>,
    /// Anchors outside *D* that begin some path, sorted: the left side.
    pub(super) starts: Vec<Id>,
    /// Institutions that vouch for the subject and that a start lets introduce, sorted: the right side.
    pub(super) introducers: Vec<Introducer<'w>>,
}

/// An introducer's vouch for the subject, and the vouches that let it introduce.
#[derive(Debug)]
pub(super) struct Introducer<'w> {
    pub(super) vouch: &'w Vouch,
    /// One a start, sorted by start; each with its place among the starts.
    pub(super) let_by: Vec<(usize, &'w Vouch)>,
}

/// Whether a vouch says anything in a matter, whoever gave it.
pub(super) fn speaks(vouch: &Vouch, policy: &Policy, matter: &Matter) -> bool {
    policy.levels.contains(&vouch.level) && vouch.scope.covers(matter)
}

/// Whether an institution is an anchor whose word counts in a matter.
pub(super) fn is_heard_anchor(policy: &Policy, institution: &Id, matter: &Matter) -> bool {
    policy
        .anchor(institution)
        .is_some_and(|anchor| anchor.scope.covers(matter))
}

/// Of the vouches that speak, the first of each voucher. They must come sorted by voucher.
fn one_each<'w>(
    vouches: impl Iterator<Item = &'w Vouch>,
    policy: &Policy,
    matter: &Matter,
) -> Vec<&'w Vouch> {
    let mut one: Vec<&Vouch> = Vec::new();
    for vouch in vouches {
        let again = one.last().is_some_and(|last| last.voucher == vouch.voucher);
        if !again && speaks(vouch, policy, matter) {
            one.push(vouch);
        }
    }
    one
}

/// The vouches for the subject that speak, one a voucher: of anchors heard, and of others that may introduce.
fn vouches<'w>(web: &'w Web, subject: &Id, matter: &Matter) -> (Vec<&'w Vouch>, Vec<&'w Vouch>) {
    let policy = web.policy();
    let (mut direct, mut others) = (Vec::new(), Vec::new());
    for vouch in one_each(web.vouches_for(subject), policy, matter) {
        if is_heard_anchor(policy, &vouch.voucher, matter) {
            direct.push(vouch);
        } else if policy.depth > 1 && !policy.refuses(&vouch.voucher) {
            others.push(vouch);
        }
    }
    (direct, others)
}

/// Whether the paths are as many as the policy asks for. Introductions are looked at only where they decide.
pub(super) fn suffice(web: &Web, subject: &Id, matter: &Matter) -> bool {
    let policy = web.policy();
    let (direct, others) = vouches(web, subject, matter);
    let full = |v: &&Vouch| {
        policy
            .anchor(&v.voucher)
            .is_some_and(|a| a.trust == Trust::Full)
    };
    if direct.iter().any(full) {
        return true;
    }
    if direct.len() < policy.direct || direct.len() + others.len() < policy.threshold {
        return false;
    }
    let rest = policy.threshold.saturating_sub(direct.len());
    rest == 0
        || Ways::of(web, subject, matter, direct, others)
            .matching(rest)
            .size()
            >= rest
}

impl<'w> Ways<'w> {
    pub(super) fn find(web: &'w Web, subject: &Id, matter: &Matter) -> Ways<'w> {
        let (direct, others) = vouches(web, subject, matter);
        Ways::of(web, subject, matter, direct, others)
    }

    fn of(
        web: &'w Web,
        subject: &Id,
        matter: &Matter,
        direct: Vec<&'w Vouch>,
        others: Vec<&'w Vouch>,
    ) -> Ways<'w> {
        let policy = web.policy();
        let begins = |anchor: &Id| {
            anchor != subject
                && is_heard_anchor(policy, anchor, matter)
                && direct
                    .binary_search_by_key(anchor, |v: &&Vouch| v.voucher)
                    .is_err()
        };
        let mut found: Vec<(&Vouch, Vec<&Vouch>)> = Vec::new();
        for vouch in others {
            let mut introductions = one_each(web.introductions_of(&vouch.voucher), policy, matter);
            introductions.retain(|i| begins(&i.voucher));
            if !introductions.is_empty() {
                found.push((vouch, introductions));
            }
        }
        let mut starts: Vec<Id> = found
            .iter()
            .flat_map(|(_, introductions)| introductions.iter().map(|i| i.voucher))
            .collect();
        starts.sort();
        starts.dedup();
        let place = |i: &'w Vouch| starts.binary_search(&i.voucher).ok().map(|at| (at, i));
        let introducers = found
            .into_iter()
            .map(|(vouch, introductions)| Introducer {
                vouch,
                let_by: introductions.into_iter().filter_map(place).collect(),
            })
            .collect();
        Ways {
            direct,
            starts,
            introducers,
        }
    }

    /// The largest matching of starts and introducers, or one of size `enough`.
    pub(super) fn matching(&self, enough: usize) -> Matching {
        let edges = self
            .introducers
            .iter()
            .map(|i| i.let_by.iter().map(|(at, _)| *at).collect())
            .collect();
        Matching::new(self.starts.len(), edges, enough)
    }

    /// Fully trusted anchors that vouch for the subject themselves.
    pub(super) fn full<'a>(&'a self, policy: &'a Policy) -> impl Iterator<Item = Id> + 'a {
        let full = |id: &Id| policy.anchor(id).is_some_and(|a| a.trust == Trust::Full);
        self.direct.iter().map(|v| v.voucher).filter(full)
    }
}
