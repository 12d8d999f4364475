//! Weighing one word: whether the record counts, and what it says.

use std::collections::BTreeMap;

use indaba_protocol::trust::{
    Change, Class, NotCounted, Testimony, Vouch, Word, counts, may_be_word, read_word,
};
use indaba_protocol::{Header, Id, Part, Verified};
use indaba_store::{Store, StoreError};

use super::super::Engine;

/// What a record that counts says, as far as it must be remembered to take it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// It vouches.
    Vouch,
    /// It is a charter.
    Charter,
    /// Its institution agrees to charters.
    Cosign { institution: Id, to: Vec<Id> },
}

/// What a record says, or why it does not count. `None`: it says nothing about trust.
pub(super) type Weighed = Result<Option<Word>, NotCounted>;

impl Engine {
    /// Whether a record counts as a word, and what it says. `None`: it is not held, or cannot be one.
    pub(super) fn weigh(&self, id: &Id, store: &Store) -> Result<Option<Weighed>, StoreError> {
        let Some((header, record)) = self.readable_record(id, store)? else {
            return Ok(None);
        };
        if !may_be_word(&header) {
            return Ok(None);
        }
        if !self.trust.is_looked_at(id, &header.institution) {
            return Ok(Some(Err(NotCounted::TooMany)));
        }
        let naming = self.naming(&header, store)?;
        let (headers, positions) = (BTreeMap::new(), BTreeMap::new());
        let evidence = self.evidence(store, &headers, &positions);
        let counts = evidence.outcome(counts(&header, &naming, &evidence))?;
        let body = record
            .body
            .as_deref()
            .and_then(|body| Part::open(body).ok());
        let word = match body {
            Some((_, body)) => read_word(&header, &body),
            None => Err(NotCounted::Field("body")),
        };
        Ok(Some(counts.and(word)))
    }

    /// The withdrawals and revisions of its own institution that name a record: no others can take effect on it. All of them: one more
    /// link by somebody else must not hide any.
    fn naming(
        &self,
        header: &Verified<Header>,
        store: &Store,
    ) -> Result<Vec<Verified<Header>>, StoreError> {
        let mut naming = Vec::new();
        for (rel, from) in store.links_to(&header.id(), usize::MAX)? {
            if !matches!(rel.as_str(), "withdraws" | "revises") {
                continue;
            }
            naming.extend(
                self.header(&from, store)?
                    .filter(|by| by.institution == header.institution),
            );
        }
        Ok(naming)
    }

    /// Weighs everything that is due into a testimony, for a web that is made from nothing.
    pub(super) fn weigh_all(&mut self, store: &Store) -> Result<Testimony, StoreError> {
        let mut testimony = Testimony::default();
        for id in self.trust.take_due() {
            let Some(weighed) = self.weigh(&id, store)? else {
                continue;
            };
            let Ok(Some(word)) = weighed else {
                continue;
            };
            self.trust.counted.insert(id, counted(&word));
            match word {
                Word::Vouch(vouch) => testimony.vouches.push(vouch),
                Word::Charter(charter) => testimony.charters.push(charter),
                Word::Cosign {
                    record,
                    institution,
                    to,
                } => {
                    let cosigns = to.into_iter().map(|to| (record, institution, to));
                    testimony.cosigns.extend(cosigns);
                }
            }
        }
        for chain in self.institutions.chains() {
            let class = chain.newest().and_then(|state| Class::of(&state.profile));
            if let Some(class) = class {
                testimony.classes.insert(chain.institution(), class);
            }
        }
        Ok(testimony)
    }

    /// Weighs what is due, one word after the other. What changed by it.
    pub(super) fn weigh_due(&mut self, store: &Store) -> Result<Vec<Change>, StoreError> {
        let mut changes = Vec::new();
        for id in self.trust.take_due() {
            let weighed = self.weigh(&id, store)?;
            let word = weighed.and_then(Result::ok).flatten();
            let says = word.as_ref().map(counted);
            if self.trust.counted.get(&id) == says.as_ref() {
                continue;
            }
            changes.extend(self.take_back(&id));
            if let (Some(word), Some(says)) = (word, says) {
                self.trust.counted.insert(id, says);
                changes.extend(self.add_word(word));
            }
        }
        Ok(changes)
    }

    /// A word counts no longer.
    fn take_back(&mut self, id: &Id) -> Vec<Change> {
        let web = &mut self.trust.web;
        match self.trust.counted.remove(id) {
            None => Vec::new(),
            Some(Counted::Vouch) => web.remove(id),
            Some(Counted::Charter) => web.remove_charter(id),
            Some(Counted::Cosign { institution, to }) => to
                .iter()
                .flat_map(|charter| web.remove_cosign(id, &institution, charter))
                .collect(),
        }
    }

    /// A word counts from now on.
    fn add_word(&mut self, word: Word) -> Vec<Change> {
        let web = &mut self.trust.web;
        match word {
            Word::Vouch(vouch) => {
                let (voucher, subject) = (vouch.voucher, vouch.subject);
                let changes = web.add(vouch);
                if self.hears(&voucher) {
                    // Its inception and states are kept from now on, whether it is accepted or not.
                    self.trust.rejudged.insert(subject);
                }
                changes
            }
            Word::Charter(charter) => web.add_charter(charter),
            Word::Cosign {
                record,
                institution,
                to,
            } => to
                .into_iter()
                .flat_map(|charter| web.add_cosign(record, institution, charter))
                .collect(),
        }
    }

    /// The vouches of an institution for another that were not withdrawn, each with the reason if it does not count: whoever takes its word
    /// back has to name all of them, the revised ones too, which would count again if the revision became void.
    pub(super) fn standing_vouches(
        &self,
        voucher: &Id,
        subject: &Id,
        store: &Store,
    ) -> Result<Vec<(Vouch, Option<NotCounted>)>, StoreError> {
        let mut standing = Vec::new();
        for id in self.trust.words.get(voucher).into_iter().flatten() {
            let Some((header, record)) = self.readable_record(id, store)? else {
                continue;
            };
            let Some((_, body)) = record.body.as_deref().and_then(|b| Part::open(b).ok()) else {
                continue;
            };
            let Ok(Some(Word::Vouch(vouch))) = read_word(&header, &body) else {
                continue;
            };
            if vouch.subject != *subject || self.has_effective(&header, "withdraws", store)? {
                continue;
            }
            let weighed = self.weigh(id, store)?;
            standing.push((vouch, weighed.and_then(Result::err)));
        }
        Ok(standing)
    }
}

fn counted(word: &Word) -> Counted {
    match word {
        Word::Vouch(_) => Counted::Vouch,
        Word::Charter(_) => Counted::Charter,
        Word::Cosign {
            institution, to, ..
        } => Counted::Cosign {
            institution: *institution,
            to: to.clone(),
        },
    }
}
