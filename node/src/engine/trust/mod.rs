//! Whom this node accepts, kept up to date: the words that count of the records held, and the operator's policy about them (section 15
//! of the protocol).
//!
//! What counts is a function of the set of records held, and whom the policy accepts is a function of what counts; so the order in which
//! things come cannot enter as long as everything is weighed again that may have changed. That is what the `note` methods are for: they
//! say what to weigh again, beside the change itself; [`Engine::settle_trust`] does it once the change is durable and can be read.

mod charters;
mod chosen;
mod orders;
pub(super) mod policy;
mod views;
mod weighing;

use std::collections::{BTreeMap, BTreeSet};

use indaba_protocol::trust::{Acceptance, Change, Class, Web, may_be_word};
use indaba_protocol::{Header, Id, Verified, VerifiedStatement, limits as wire};
use indaba_store::{HeldReason, Store, StoreError};

use self::weighing::Counted;
use super::boundary::Moment;
use super::{Engine, limits};

/// The words held, those that count, and what follows from them.
#[derive(Default)]
pub(super) struct Trust {
    web: Web,
    /// Records that may be words, by institution, whether they count or not.
    words: BTreeMap<Id, BTreeSet<Id>>,
    /// Those that count.
    counted: BTreeMap<Id, Counted>,
    /// Words to be weighed.
    due: BTreeSet<Id>,
    /// Institutions all of whose words are to be weighed.
    due_of: BTreeSet<Id>,
    /// Institutions whose waiting statements go through the door again.
    rejudged: BTreeSet<Id>,
    /// The charters that the policy accepts, as far as they have come.
    chosen: chosen::Chosen,
}

impl Trust {
    /// Whom the policy accepts.
    pub(super) fn web(&self) -> &Web {
        &self.web
    }

    /// A record is held, or is about to be.
    pub(super) fn note(&mut self, record: &Verified<Header>) {
        let (id, institution) = (record.id(), record.institution);
        if may_be_word(record) {
            let words = self.words.entry(institution).or_default();
            words.insert(id);
            self.due.insert(id);
            if words.len() > wire::WORDS {
                // It may have taken the place of the last one.
                self.due.extend(words.iter().nth(wire::WORDS));
            }
        }
        if let Some(words) = self.words.get(&institution) {
            let named = ["withdraws", "revises"].map(|rel| record.targets(rel));
            let named = named.into_iter().flatten();
            self.due.extend(named.filter(|id| words.contains(id)));
        }
    }

    /// The text of a record has come.
    pub(super) fn note_text(&mut self, record: &Verified<Header>) {
        if may_be_word(record) {
            self.due.insert(record.id());
        }
    }

    /// Something is known now by which all records of an institution are judged: a state, a cut list, a proof, a record at a place
    /// that another one takes too, or one on the way that a cut is walked.
    pub(super) fn note_institution(&mut self, institution: Id) {
        if self.words.contains_key(&institution) {
            self.due_of.insert(institution);
        }
    }

    /// Words to be weighed now.
    fn take_due(&mut self) -> BTreeSet<Id> {
        let mut due = std::mem::take(&mut self.due);
        for institution in std::mem::take(&mut self.due_of) {
            due.extend(self.words.get(&institution).into_iter().flatten());
        }
        due
    }

    /// Whether a word is among those of its institution that are looked at.
    fn is_looked_at(&self, record: &Id, institution: &Id) -> bool {
        self.words.get(institution).is_some_and(|words| {
            words.len() <= wire::WORDS
                || words
                    .iter()
                    .nth(wire::WORDS)
                    .is_none_or(|first_left_out| record < first_left_out)
        })
    }
}

impl Engine {
    /// How far an institution is accepted.
    pub(super) fn acceptance(&self, institution: &Id) -> Acceptance {
        self.trust.web.acceptance(institution)
    }

    /// Whether this node accepts an institution, at least in some matter: itself, its anchors, and whom the words that count bring in.
    pub(super) fn accepts(&self, institution: &Id) -> bool {
        self.acceptance(institution) >= Acceptance::Limited
    }

    /// Whether what an institution says about others counts here.
    pub(super) fn hears(&self, institution: &Id) -> bool {
        self.acceptance(institution) > Acceptance::No
    }

    /// Whether inception and states of an institution are kept and passed on.
    pub(super) fn keeps_states_of(&self, institution: &Id) -> bool {
        self.knows_chain_of(institution) || self.trust.web.is_vouched(institution)
    }

    /// Whether the own institution has as many words in `registry` as are looked at.
    pub(super) fn has_said_enough(&self, kind: &str) -> bool {
        let own = self.trust.words.get(&self.identity.institution);
        matches!(kind, "vouch" | "charter" | "response" | "revision")
            && own.is_some_and(|words| words.len() >= wire::WORDS)
    }

    /// Weighs every word held, and looks for what waits though its institution is accepted by now. At the start, when nothing is
    /// remembered.
    pub(super) fn load_trust(&mut self, store: &Store) -> Result<(), StoreError> {
        self.trust = Trust::default();
        let registry = indaba_protocol::FeedName::registry();
        let mut after = 0;
        loop {
            let page = store.feed_page(&registry, after, limits::PAGE)?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            for (_, id) in page {
                if let Some(header) = self.header(&id, store)? {
                    self.trust.note(&header);
                }
            }
        }
        self.find_chosen(store)?;
        let testimony = self.weigh_all(store)?;
        let policy = self.choices.policy(&self.identity.institution);
        match Web::new(policy, testimony) {
            Ok(web) => self.trust.web = web,
            Err(fault) => {
                tracing::error!(%fault, "the policy in the store breaks a bound; nobody is accepted")
            }
        }
        let chains = self.institutions.chains().map(|chain| chain.institution());
        let known: Vec<Id> = chains
            .chain(self.choices.anchors().keys().copied())
            .collect();
        for institution in known {
            self.note_name(&institution);
        }
        for (institution, _) in store.held_uses()? {
            if self.keeps_states_of(&institution) && has_quarantined(&institution, store)? {
                self.trust.rejudged.insert(institution);
            }
        }
        Ok(())
    }

    /// Weighs what may count differently now, and lets through the door again what is judged differently for it.
    pub(super) fn settle_trust(&mut self, now: Moment, store: &Store) -> Result<(), StoreError> {
        let changes = self.weigh_due(store)?;
        self.trust_changed(now, &changes);
        self.rejudge(store)
    }

    /// What an institution says it is may have changed with its newest state.
    pub(super) fn note_profile(&mut self, institution: &Id) {
        let chain = self.institutions.chain(institution);
        let class = chain
            .and_then(|chain| chain.newest())
            .and_then(|state| Class::of(&state.profile));
        let changes = self.trust.web.classify(*institution, class);
        self.note_changes(&changes);
        self.note_name(institution);
    }

    /// A record is held, or is about to be.
    pub(super) fn note_record(&mut self, record: &Verified<Header>) {
        self.trust.note(record);
        self.note_on_the_way(record);
    }

    /// A record may stand on the way that a cut of its key is walked.
    pub(super) fn note_on_the_way(&mut self, record: &Header) {
        let in_registry = record.feeds().any(indaba_protocol::FeedName::is_registry);
        if in_registry && self.institutions.is_cut(&record.institution, &record.key) {
            self.trust.note_institution(record.institution);
        }
    }

    /// A statement that is no record is held, or is about to be.
    pub(super) fn note_fact(&mut self, statement: &VerifiedStatement) {
        let institution = statement.institution();
        match statement {
            VerifiedStatement::State(_) => {
                self.listings.changed();
                self.note_profile(&institution);
                self.trust.note_institution(institution);
            }
            VerifiedStatement::Inception(_)
            | VerifiedStatement::CutList(_)
            | VerifiedStatement::Equivocation(_) => {
                self.listings.changed();
                self.trust.note_institution(institution);
            }
            _ => {}
        }
    }

    /// The operator chose differently.
    pub(super) fn policy_changed(&mut self, now: Moment) {
        let policy = self.choices.policy(&self.identity.institution);
        let before: Vec<Id> = self.trust.web.accepted().copied().collect();
        match self.trust.web.set_policy(policy) {
            Ok(changes) => {
                self.listings.changed();
                // A scope of an anchor that grew changes who is accepted in which matter though not whether.
                self.trust.rejudged.extend(before);
                self.trust_changed(now, &changes);
            }
            Err(fault) => tracing::error!(%fault, "a choice breaks a bound of the policy"),
        }
    }

    fn trust_changed(&mut self, now: Moment, changes: &[Change]) {
        if !changes.is_empty() {
            self.listings.changed();
        }
        self.note_changes(changes);
        if !self.trust.rejudged.is_empty() {
            self.declined.clear();
            self.compare_within(now, limits::COMPARE_WHEN_ACCEPTED);
        }
    }

    /// Whose waiting statements are judged differently now: of institutions of which more is accepted, and of those for which one of
    /// them vouches.
    fn note_changes(&mut self, changes: &[Change]) {
        for change in changes {
            if change.after > change.before || change.after == Acceptance::Limited {
                self.trust.rejudged.insert(change.institution);
            }
            if change.before == Acceptance::No {
                let vouched: Vec<Id> = self.trust.web.vouched_by(&change.institution).collect();
                self.trust.rejudged.extend(vouched);
            }
        }
    }

    /// Sends what waits of some institutions through the door, as many as there is room for; the others follow when these are judged.
    fn rejudge(&mut self, store: &Store) -> Result<(), StoreError> {
        let mut taken = 0;
        while taken < limits::REJUDGED_AT_ONCE
            && let Some(institution) = self.trust.rejudged.pop_first()
        {
            let waiting = store.held_of(&institution, limits::RELEASED_AT_ONCE)?;
            taken += waiting.len();
            self.take_waiting(&waiting, store)?;
        }
        Ok(())
    }
}

/// Whether anything of an institution waits for somebody to vouch.
fn has_quarantined(institution: &Id, store: &Store) -> Result<bool, StoreError> {
    for id in store.held_of(institution, limits::RELEASED_AT_ONCE)? {
        let held = store.held(&id)?;
        if held.is_some_and(|held| held.why == HeldReason::Quarantine) {
            return Ok(true);
        }
    }
    Ok(false)
}
