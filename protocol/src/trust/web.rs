//! The policy and the words of others together, evaluated and kept up to date.

use super::charter::Charter;
use super::paths::{speaks, suffice};
use super::policy::{Policy, PolicyFault};
use super::scope::{Matter, Scope};
use super::testimony::Testimony;
use super::vouch::{Class, Vouch};
use crate::id::Id;
use crate::record::Header;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How far an institution is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Acceptance {
    /// Not at all: unvouched.
    No,
    /// Not accepted, but an anchor lets it introduce, or it is a steward of a charter that the policy accepts: what it says about others is
    /// kept and counts, nothing else of it.
    Heard,
    /// In some matters; ask [`Web::accepts`] about each.
    Limited,
    /// In every matter.
    Everywhere,
}

/// How it stands with a charter here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CharterStanding<'w> {
    /// The charter.
    pub charter: &'w Charter,
    /// The stewards that agreed to it, sorted; those that are refused here do not count.
    pub agreeing: Vec<Id>,
    /// How far the policy follows it; `None` if it does not accept it.
    pub accepted: Option<&'w Scope>,
    /// It is accepted, and enough stewards agreed.
    pub in_force: bool,
}

/// An institution about which the answer changed, or may have changed in some matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The institution.
    pub institution: Id,
    /// How far it was accepted.
    pub before: Acceptance,
    /// How far it is accepted now. If both are [`Acceptance::Limited`], the matters may differ.
    pub after: Acceptance,
}

/// Whom the policy accepts, given every vouch and charter that counts. It has no bound of its own: it holds what the caller puts in.
///
/// The same policy and words give the same answers, whatever the order in which they came and went. The default has the default policy and no
/// words.
#[derive(Debug, Clone, Default)]
pub struct Web {
    policy: Policy,
    vouches: BTreeMap<Id, Arc<Vouch>>,
    /// By subject, voucher and record.
    to: BTreeMap<Edge, Arc<Vouch>>,
    /// By voucher, subject and record.
    from: BTreeSet<Edge>,
    /// Of `to`, the vouches by which anchors let others introduce.
    introductions: BTreeMap<Edge, Arc<Vouch>>,
    classes: BTreeMap<Id, Class>,
    charters: BTreeMap<Id, Arc<Charter>>,
    /// By charter, institution and record.
    cosigns: BTreeSet<Edge>,
    /// Charters that are accepted and in force, with how far they reach here.
    in_force: Vec<(Arc<Charter>, Scope)>,
    /// The stewards of charters that are accepted, in force or not.
    stewards: BTreeSet<Id>,
    /// Who is not [`Acceptance::No`].
    pub(super) acceptance: BTreeMap<Id, Acceptance>,
}

type Edge = (Id, Id, Id);

const LEAST: Id = Id::from_bytes([0; 32]);
const GREATEST: Id = Id::from_bytes([0xff; 32]);

fn all_of(first: &Id) -> std::ops::RangeInclusive<Edge> {
    (*first, LEAST, LEAST)..=(*first, GREATEST, GREATEST)
}

impl Web {
    /// Evaluates from nothing.
    ///
    /// # Errors
    /// The number in the policy that is out of its bounds.
    pub fn new(policy: Policy, testimony: Testimony) -> Result<Web, PolicyFault> {
        policy.check()?;
        let mut web = Web {
            policy,
            vouches: BTreeMap::new(),
            to: BTreeMap::new(),
            from: BTreeSet::new(),
            introductions: BTreeMap::new(),
            classes: testimony.classes,
            charters: BTreeMap::new(),
            cosigns: BTreeSet::new(),
            in_force: Vec::new(),
            stewards: BTreeSet::new(),
            acceptance: BTreeMap::new(),
        };
        for vouch in testimony.vouches {
            web.insert(vouch);
        }
        for charter in testimony.charters {
            web.charters.insert(charter.id, Arc::new(charter));
        }
        for (record, institution, charter) in testimony.cosigns {
            web.cosigns.insert((charter, institution, record));
        }
        web.find_in_force();
        web.evaluate(web.everybody());
        Ok(web)
    }

    // What is asked.

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// How far an institution is accepted.
    pub fn acceptance(&self, institution: &Id) -> Acceptance {
        let known = self.acceptance.get(institution);
        known.copied().unwrap_or(Acceptance::No)
    }

    /// Everybody who is accepted, at least in some matter, sorted.
    pub fn accepted(&self) -> impl Iterator<Item = &Id> {
        let accepted = self.acceptance.iter();
        accepted.filter_map(|(id, a)| (*a >= Acceptance::Limited).then_some(id))
    }

    /// Everybody who is heard and not accepted, sorted.
    pub fn heard(&self) -> impl Iterator<Item = &Id> {
        let known = self.acceptance.iter();
        known.filter_map(|(id, a)| (*a == Acceptance::Heard).then_some(id))
    }

    /// Everybody for whom a vouch that counts stands, sorted; one as often as there are vouches.
    pub fn subjects(&self) -> impl Iterator<Item = &Id> {
        self.to.keys().map(|(subject, _, _)| subject)
    }

    /// How many vouches count, whoever gave them.
    pub fn vouches(&self) -> usize {
        self.vouches.len()
    }

    /// Whether an institution is accepted in a matter.
    pub fn accepts(&self, institution: &Id, matter: &Matter) -> bool {
        match self.acceptance(institution) {
            Acceptance::No | Acceptance::Heard => false,
            Acceptance::Everywhere => true,
            Acceptance::Limited => self.judge(institution, matter),
        }
    }

    /// Whether a record is accepted: its institution is in every matter of the record; or it is a vouch in `registry`, a response, a
    /// revision or a withdrawal there, of an institution that is heard.
    pub fn accepts_record(&self, record: &Header) -> bool {
        match self.acceptance(&record.institution) {
            Acceptance::No => false,
            Acceptance::Everywhere => true,
            Acceptance::Limited => Matter::all_of(record)
                .iter()
                .all(|matter| self.judge(&record.institution, matter)),
            Acceptance::Heard => {
                matches!(
                    record.kind.as_str(),
                    "vouch" | "response" | "revision" | "withdrawal"
                ) && record.feeds().all(|feed| feed.is_registry())
            }
        }
    }

    /// Whether a vouch names the institution whose record is accepted.
    pub fn is_vouched(&self, institution: &Id) -> bool {
        self.vouches_for(institution)
            .any(|v| self.acceptance(&v.voucher) > Acceptance::No)
    }

    /// The vouch that a record says, if it counts.
    pub fn vouch(&self, record: &Id) -> Option<&Vouch> {
        self.vouches.get(record).map(Arc::as_ref)
    }

    /// The vouches for an institution, by voucher, then record.
    pub fn vouches_for(&self, subject: &Id) -> impl Iterator<Item = &Vouch> {
        self.to.range(all_of(subject)).map(|(_, v)| v.as_ref())
    }

    /// Whom an institution vouches for, sorted; one as often as there are vouches.
    pub fn vouched_by(&self, voucher: &Id) -> impl Iterator<Item = Id> {
        self.from
            .range(all_of(voucher))
            .map(|(_, subject, _)| *subject)
    }

    /// The charters that count, by id, accepted here or not.
    pub fn charters(&self) -> impl Iterator<Item = CharterStanding<'_>> {
        self.charters.values().map(|charter| CharterStanding {
            charter,
            agreeing: self.agreeing(charter),
            accepted: self.policy.charters.get(&charter.id),
            in_force: self.in_force.iter().any(|(c, _)| c.id == charter.id),
        })
    }

    // What comes and goes.

    /// A vouch that counts has come. One that is there already changes nothing.
    pub fn add(&mut self, vouch: Vouch) -> Vec<Change> {
        match self.insert(vouch) {
            Some(vouch) => self.evaluate(self.touched_by(&vouch)),
            None => Vec::new(),
        }
    }

    /// The vouch of a record counts no longer: it was withdrawn or revised, or the record became void.
    pub fn remove(&mut self, record: &Id) -> Vec<Change> {
        let Some(vouch) = self.vouches.remove(record) else {
            return Vec::new();
        };
        let touched = self.touched_by(&vouch);
        let edge = (vouch.subject, vouch.voucher, vouch.id);
        self.to.remove(&edge);
        self.introductions.remove(&edge);
        self.from.remove(&(vouch.voucher, vouch.subject, vouch.id));
        self.evaluate(touched)
    }

    /// What an institution says it is; `None` if it is not known. See [`Class::of`].
    pub fn classify(&mut self, institution: Id, class: Option<Class>) -> Vec<Change> {
        let before = match class {
            Some(class) => self.classes.insert(institution, class),
            None => self.classes.remove(&institution),
        };
        if before == class {
            return Vec::new();
        }
        self.evaluate(BTreeSet::from([institution]))
    }

    /// A charter that counts has come.
    pub fn add_charter(&mut self, charter: Charter) -> Vec<Change> {
        self.charters.insert(charter.id, Arc::new(charter));
        self.charters_changed()
    }

    /// A charter counts no longer.
    pub fn remove_charter(&mut self, charter: &Id) -> Vec<Change> {
        self.charters.remove(charter);
        self.charters_changed()
    }

    /// A record that cosigns a charter has come.
    pub fn add_cosign(&mut self, record: Id, institution: Id, charter: Id) -> Vec<Change> {
        self.cosigns.insert((charter, institution, record));
        self.charters_changed()
    }

    /// A record that cosigned a charter counts no longer.
    pub fn remove_cosign(&mut self, record: &Id, institution: &Id, charter: &Id) -> Vec<Change> {
        self.cosigns.remove(&(*charter, *institution, *record));
        self.charters_changed()
    }

    /// Takes another policy and evaluates everything again.
    ///
    /// # Errors
    /// The number in the policy that is out of its bounds; then the policy stays as it was.
    pub fn set_policy(&mut self, policy: Policy) -> Result<Vec<Change>, PolicyFault> {
        policy.check()?;
        let mut everybody = self.everybody();
        self.policy = policy;
        let introductions = self.to.iter().filter(|(_, v)| self.is_introduction(v));
        self.introductions = introductions.map(|(e, v)| (*e, Arc::clone(v))).collect();
        self.find_in_force();
        everybody.extend(self.everybody());
        Ok(self.evaluate(everybody))
    }

    // What paths and explanations are made of.

    /// The vouches by which anchors let an institution introduce, by anchor, then record.
    pub(super) fn introductions_of(&self, introducer: &Id) -> impl Iterator<Item = &Vouch> {
        let all = self.introductions.range(all_of(introducer));
        all.map(|(_, v)| v.as_ref())
    }

    /// The vouches of stewards for an institution in a matter, one a steward, by steward.
    pub(super) fn steward_vouches<'w>(
        &'w self,
        charter: &Charter,
        subject: &Id,
        matter: &Matter,
    ) -> Vec<&'w Vouch> {
        let mut one: Vec<&Vouch> = Vec::new();
        for vouch in self.vouches_for(subject) {
            let again = one.last().is_some_and(|last| last.voucher == vouch.voucher);
            if !again
                && charter.stewards.contains(&vouch.voucher)
                && !self.policy.refuses(&vouch.voucher)
                && speaks(vouch, &self.policy, matter)
            {
                one.push(vouch);
            }
        }
        one
    }

    /// The stewards that signed or cosigned a charter, sorted. Those that are refused here do not count.
    pub(super) fn agreeing(&self, charter: &Charter) -> Vec<Id> {
        let cosigned = |steward: &Id| {
            let records = (charter.id, *steward, LEAST)..=(charter.id, *steward, GREATEST);
            self.cosigns.range(records).next().is_some()
        };
        let agrees = |s: &&Id| (charter.signer == **s || cosigned(s)) && !self.policy.refuses(s);
        charter.stewards.iter().filter(agrees).copied().collect()
    }

    pub(super) fn class(&self, institution: &Id) -> Option<Class> {
        self.classes.get(institution).copied()
    }

    pub(super) fn charter(&self, id: &Id) -> Option<&Charter> {
        self.charters.get(id).map(Arc::as_ref)
    }

    // How it is found.

    /// Whether an institution is accepted in a matter, from the words alone.
    pub(super) fn judge(&self, institution: &Id, matter: &Matter) -> bool {
        !self.policy.refuses(institution)
            && (self.policy.anchors.contains_key(institution)
                || suffice(self, institution, matter)
                || self
                    .in_force
                    .iter()
                    .any(|(charter, scope)| self.admits(charter, scope, institution, matter)))
    }

    fn admits(&self, charter: &Charter, scope: &Scope, institution: &Id, matter: &Matter) -> bool {
        scope.covers(matter)
            && (charter.stewards.contains(institution)
                || charter
                    .needed(self.class(institution))
                    .is_some_and(|needed| {
                        self.steward_vouches(charter, institution, matter).len() >= needed
                    }))
    }

    fn acceptance_now(&self, institution: &Id) -> Acceptance {
        if self.policy.refuses(institution) {
            Acceptance::No
        } else if self.judge(institution, &Matter::Every) {
            Acceptance::Everywhere
        } else if self.judge(institution, &Matter::Any) {
            Acceptance::Limited
        } else if self.stewards.contains(institution)
            || self.policy.depth > 1
                && self
                    .introductions_of(institution)
                    .any(|v| speaks(v, &self.policy, &Matter::Any))
        {
            Acceptance::Heard
        } else {
            Acceptance::No
        }
    }

    fn evaluate(&mut self, institutions: BTreeSet<Id>) -> Vec<Change> {
        let mut changes = Vec::new();
        for institution in institutions {
            let before = self.acceptance(&institution);
            let after = self.acceptance_now(&institution);
            if after == Acceptance::No {
                self.acceptance.remove(&institution);
            } else if after != before {
                self.acceptance.insert(institution, after);
            }
            if before != after || after == Acceptance::Limited {
                changes.push(Change {
                    institution,
                    before,
                    after,
                });
            }
        }
        changes
    }

    /// `None` if it is there already, or says nothing.
    fn insert(&mut self, vouch: Vouch) -> Option<Arc<Vouch>> {
        if vouch.voucher == vouch.subject || self.vouches.contains_key(&vouch.id) {
            return None;
        }
        let vouch = Arc::new(vouch);
        let edge = (vouch.subject, vouch.voucher, vouch.id);
        self.vouches.insert(vouch.id, Arc::clone(&vouch));
        self.from.insert((vouch.voucher, vouch.subject, vouch.id));
        self.to.insert(edge, Arc::clone(&vouch));
        if self.is_introduction(&vouch) {
            self.introductions.insert(edge, Arc::clone(&vouch));
        }
        Some(vouch)
    }

    fn is_introduction(&self, vouch: &Vouch) -> bool {
        vouch.introduces && self.policy.anchor(&vouch.voucher).is_some()
    }

    /// Whom a vouch can make a difference to: its subject, if the voucher's word counts for anything; and if it lets the subject
    /// introduce, everybody for whom the subject vouches.
    fn touched_by(&self, vouch: &Vouch) -> BTreeSet<Id> {
        let mut touched = BTreeSet::new();
        let introduction = self.policy.depth > 1 && self.is_introduction(vouch);
        let matters = self.policy.anchor(&vouch.voucher).is_some()
            || self.introductions_of(&vouch.voucher).next().is_some()
            || self
                .in_force
                .iter()
                .any(|(charter, _)| charter.stewards.contains(&vouch.voucher));
        if matters {
            touched.insert(vouch.subject);
        }
        if introduction {
            touched.extend(self.vouched_by(&vouch.subject));
        }
        touched
    }

    /// Everybody who can be anything but [`Acceptance::No`].
    fn everybody(&self) -> BTreeSet<Id> {
        let mut everybody = self.members();
        everybody.extend(&self.stewards);
        everybody.extend(self.policy.anchors.keys());
        everybody.extend(self.to.keys().map(|(subject, _, _)| *subject));
        everybody
    }

    /// Whom the charters in force can make a difference to.
    fn members(&self) -> BTreeSet<Id> {
        let stewards = self
            .in_force
            .iter()
            .flat_map(|(charter, _)| &charter.stewards);
        let mut members: BTreeSet<Id> = stewards.copied().collect();
        let vouched: Vec<Id> = members.iter().flat_map(|s| self.vouched_by(s)).collect();
        members.extend(vouched);
        members
    }

    fn charters_changed(&mut self) -> Vec<Change> {
        let mut touched = self.members();
        let before = std::mem::take(&mut self.in_force);
        let heard = std::mem::take(&mut self.stewards);
        self.find_in_force();
        if before == self.in_force {
            touched.clear();
        } else {
            touched.extend(self.members());
        }
        touched.extend(heard.symmetric_difference(&self.stewards));
        self.evaluate(touched)
    }

    fn find_in_force(&mut self) {
        let accepted = self.policy.charters.iter();
        let in_force = accepted.filter_map(|(id, here)| {
            let charter = self.charters.get(id)?;
            let agreed = self.agreeing(charter).len() >= charter.agreement()?;
            agreed.then(|| (Arc::clone(charter), charter.scope.and(here)))
        });
        self.in_force = in_force.collect();
        let accepted = self.policy.charters.keys();
        let charters = accepted.filter_map(|id| self.charters.get(id));
        self.stewards = charters.flat_map(|c| &c.stewards).copied().collect();
    }
}
