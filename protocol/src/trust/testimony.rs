//! From records to words that count.

use super::charter::{Admission, Charter};
use super::scope::Scope;
use super::vouch::{Class, Level, Vouch};
use crate::bytes::fields::{self, Fields};
use crate::bytes::{Day, Value};
use crate::content::shape::Shape;
use crate::fault::Fault;
use crate::id::Id;
use crate::institution::{Chain, CutList, Profile};
use crate::key::Key;
use crate::lane::FeedName;
use crate::limits;
use crate::record::{Header, takes_effect};
use crate::statement::Verified;
use crate::verdict::{Evidence, LanePlace, Verdict, Walk, judge};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use thiserror::Error;

/// What a record says about trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// An institution vouches for another.
    Vouch(Vouch),
    /// A charter.
    Charter(Charter),
    /// An institution agrees to a record, which may be a charter.
    Cosign {
        /// The id of this record.
        record: Id,
        /// Who agrees.
        institution: Id,
        /// The ids of the records agreed to.
        to: Vec<Id>,
    },
}

/// Why a record does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotCounted {
    /// It is not in `registry`, so not every node has it.
    #[error("it is not posted to the feed registry, which alone every node follows")]
    NotInRegistry,
    /// The verdict on it, were its institution accepted.
    #[error("the verdict on its record is {0}")]
    Verdict(Verdict),
    /// It was withdrawn.
    #[error("it was withdrawn")]
    Withdrawn(Id),
    /// It was revised.
    #[error("it was revised")]
    Revised(Id),
    /// A field that matters does not read.
    #[error("its field `{0}` does not read")]
    Field(&'static str),
    /// Its institution said too much.
    #[error("its institution has 4,096 records with smaller ids that are looked at before it")]
    TooMany,
}

/// Whether a record may be a word, by its header alone: those of its institution are counted for the bound [`limits::WORDS`].
pub fn may_be_word(record: &Header) -> bool {
    matches!(
        record.kind.as_str(),
        "vouch" | "charter" | "response" | "revision"
    ) && record.feeds().all(FeedName::is_registry)
}

/// Whether a record counts as a word, given the records held that name it in a link. The same on every node that holds the same
/// records of its institution in `registry`: whom a node accepts and what else it follows do not enter.
///
/// # Errors
/// Why not.
pub fn counts(
    record: &Verified<Header>,
    naming: &[Verified<Header>],
    evidence: &impl Evidence,
) -> Result<(), NotCounted> {
    let evidence = AsIfAccepted(evidence);
    if !record.feeds().all(FeedName::is_registry) {
        return Err(NotCounted::NotInRegistry);
    }
    match judge(record, &evidence) {
        Verdict::Valid | Verdict::Adopted => {}
        verdict => return Err(NotCounted::Verdict(verdict)),
    }
    let Some(chain) = evidence.chain(&record.institution) else {
        return Ok(());
    };
    // The smallest id first, so that the reason given does not depend on the order either.
    let mut naming: Vec<&Verified<Header>> = naming.iter().collect();
    naming.sort_by_key(|by| by.id());
    for by in naming {
        if takes_effect(by, record, &chain).is_ok() && judge(by, &evidence).is_good() {
            return Err(match by.kind.as_str() {
                "revision" => NotCounted::Revised(by.id()),
                _ => NotCounted::Withdrawn(by.id()),
            });
        }
    }
    Ok(())
}

/// What a record says about trust, from its header and the map of its body; `None` if it is of a kind that says nothing. A revision says what
/// the kind it revises would say.
///
/// # Errors
/// [`NotCounted::Field`]: a fault in a field that matters here. Faults elsewhere in the body do not.
pub fn read_word(record: &Verified<Header>, body: &Value) -> Result<Option<Word>, NotCounted> {
    let word = || -> Result<Option<Word>, Fault> {
        let f = Fields::new(body, "body")?;
        let kind = match record.kind.as_str() {
            "revision" => f.text("revised_kind")?,
            kind => kind,
        };
        Ok(match kind {
            "vouch" => Some(Word::Vouch(vouch(record, f)?)),
            "charter" => Some(Word::Charter(charter(record, f)?)),
            "response" if f.text("stance")? == "cosign" => Some(Word::Cosign {
                record: record.id(),
                institution: record.institution,
                to: record.targets("responds-to").copied().collect(),
            }),
            _ => None,
        })
    };
    word().map_err(|fault| match fault {
        Fault::Field(name) => NotCounted::Field(name),
        _ => NotCounted::Field("body"),
    })
}

fn vouch(record: &Verified<Header>, f: Fields<'_>) -> Result<Vouch, Fault> {
    let level = f.text("level")?;
    let scope = match f.optional("scope") {
        None => Scope::default(),
        Some(value) => scope(value)?,
    };
    Ok(Vouch {
        id: record.id(),
        voucher: record.institution,
        subject: f.id("subject")?,
        level: Level::ALL
            .into_iter()
            .find(|l| l.word() == level)
            .ok_or(Fault::Field("level"))?,
        introduces: f.uint_in("depth", 0..=1)? == 1,
        scope,
        day: record.day,
        // Only shown; what does not read as a day is not shown.
        expires: f
            .optional("expires")
            .and_then(|value| fields::text(value, "expires").ok()?.parse::<Day>().ok()),
        evidence: f
            .optional("evidence")
            .and_then(|value| fields::id(value, "evidence").ok()),
    })
}

/// A scope that does not read must not be taken for none.
fn scope(value: &Value) -> Result<Scope, Fault> {
    let f = Fields::new(value, "scope")?;
    let texts = |name: &str, shape: Shape, most: usize, before: &str| match f.optional(name) {
        None => Ok(None),
        Some(list) => fields::list(list, "scope", 0..=most, |item, name| {
            let text = fields::text(item, name)?;
            match shape.fits(text) {
                true => Ok(format!("{before}{text}")),
                false => Err(Fault::Field(name)),
            }
        })
        .and_then(|texts| distinct(texts, "scope"))
        .map(Some),
    };
    Ok(Scope {
        feeds: texts("regions", Shape::Region, limits::REGIONS, "region:")?,
        kinds: texts("kinds", Shape::Kind, limits::VALUES, "")?,
    })
}

/// As section 9 has it: an array holds no element twice.
fn distinct<T: Ord>(all: Vec<T>, name: &'static str) -> Result<BTreeSet<T>, Fault> {
    let count = all.len();
    let set = BTreeSet::from_iter(all);
    match set.len() == count {
        true => Ok(set),
        false => Err(Fault::Field(name)),
    }
}

fn charter(record: &Verified<Header>, f: Fields<'_>) -> Result<Charter, Fault> {
    let (name, scope) = match f.optional("region") {
        Some(region) => {
            let region = fields::text(region, "region")?;
            if !Shape::Region.fits(region) {
                return Err(Fault::Field("region"));
            }
            (region, Scope::region(region))
        }
        None => (f.text("network")?, Scope::default()),
    };
    let admission = Fields::new(f.required("admission")?, "admission")?;
    let stewards = f.list("stewards", 1..=limits::STEWARDS, fields::id)?;
    Ok(Charter {
        id: record.id(),
        signer: record.institution,
        name: name.to_owned(),
        scope,
        stewards: distinct(stewards, "stewards")?,
        threshold: f.uint("threshold")?,
        admission: Admission {
            state: admission.uint("state")?,
            civil: admission.uint("cso")?,
        },
    })
}

impl Class {
    /// What a profile says. `None` if it says nothing about it.
    pub fn of(profile: &Profile) -> Option<Class> {
        let Value::Map(map) = profile.value() else {
            return None;
        };
        match map.get("state_body") {
            Some(Value::Bool(true)) => Some(Class::State),
            Some(Value::Bool(false)) => Some(Class::Civil),
            _ => None,
        }
    }
}

/// All words that count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Testimony {
    /// Vouches.
    pub vouches: Vec<Vouch>,
    /// Charters.
    pub charters: Vec<Charter>,
    /// Cosigning record, institution, and the record agreed to.
    pub cosigns: Vec<(Id, Id, Id)>,
    /// What institutions say they are.
    pub classes: BTreeMap<Id, Class>,
}

impl Testimony {
    /// Reads records with the maps of their bodies, and judges them as one set. What does not count is given with the reason, by record; a body
    /// that is not held does not read. Classes come from the newest pinned states of all institutions that are named.
    pub fn of(
        records: &BTreeMap<Id, (Verified<Header>, Option<Value>)>,
        evidence: &impl Evidence,
    ) -> (Testimony, BTreeMap<Id, NotCounted>) {
        let (mut testimony, mut not_counted) = (Testimony::default(), BTreeMap::new());
        let mut naming: BTreeMap<Id, Vec<Verified<Header>>> = BTreeMap::new();
        for (record, _) in records.values() {
            for link in &record.links {
                naming.entry(link.target).or_default().push(record.clone());
            }
        }
        let mut number: BTreeMap<Id, usize> = BTreeMap::new();
        for (id, (record, body)) in records {
            if may_be_word(record) {
                let number = number.entry(record.institution).or_default();
                *number += 1;
                if *number > limits::WORDS {
                    not_counted.insert(*id, NotCounted::TooMany);
                    continue;
                }
            }
            let naming = naming.get(id).map_or(&[][..], Vec::as_slice);
            let says = matches!(
                record.kind.as_str(),
                "vouch" | "charter" | "response" | "revision"
            );
            let word = match body {
                _ if !says => continue,
                Some(body) => read_word(record, body),
                None => Err(NotCounted::Field("body")),
            };
            match counts(record, naming, evidence).and(word) {
                Ok(word) => testimony.extend(word),
                Err(reason) => {
                    not_counted.insert(*id, reason);
                }
            }
        }
        testimony.classify(evidence);
        (testimony, not_counted)
    }

    fn extend(&mut self, word: Option<Word>) {
        match word {
            Some(Word::Vouch(vouch)) => self.vouches.push(vouch),
            Some(Word::Charter(charter)) => self.charters.push(charter),
            Some(Word::Cosign {
                record,
                institution,
                to,
            }) => self
                .cosigns
                .extend(to.into_iter().map(|to| (record, institution, to))),
            None => {}
        }
    }

    fn classify(&mut self, evidence: &impl Evidence) {
        let subjects: BTreeSet<Id> = self.vouches.iter().map(|v| v.subject).collect();
        for subject in subjects {
            let chain = evidence.chain(&subject);
            let newest = chain.as_ref().and_then(|chain| chain.newest());
            if let Some(class) = newest.and_then(|state| Class::of(&state.profile)) {
                self.classes.insert(subject, class);
            }
        }
    }
}

/// The same evidence with everybody accepted: what is left of a verdict is authenticity.
struct AsIfAccepted<'e, E>(&'e E);

impl<E: Evidence> Evidence for AsIfAccepted<'_, E> {
    fn chain(&self, institution: &Id) -> Option<Arc<Chain>> {
        self.0.chain(institution)
    }

    fn cut_list(&self, id: &Id) -> Option<Arc<CutList>> {
        self.0.cut_list(id)
    }

    fn place(&self, record: &Id, feed: &FeedName) -> Option<Option<LanePlace>> {
        self.0.place(record, feed)
    }

    fn at_position(&self, institution: &Id, key: &Key, feed: &FeedName, seq: u64) -> Vec<Id> {
        self.0.at_position(institution, key, feed, seq)
    }

    fn proof_at(&self, institution: &Id, key: &Key, feed: &FeedName, seq: u64) -> bool {
        self.0.proof_at(institution, key, feed, seq)
    }

    fn follows(&self, feed: &FeedName) -> bool {
        self.0.follows(feed)
    }

    fn accepts(&self, _: &Id) -> bool {
        true
    }

    fn accepts_record(&self, _: &Header) -> bool {
        true
    }

    fn vouched(&self, institution: &Id) -> bool {
        self.0.vouched(institution)
    }

    fn reached(&self, walk: &Walk, seq: u64) -> Option<(Id, u64)> {
        self.0.reached(walk, seq)
    }

    fn reaches(&self, walk: &Walk, id: Id, seq: u64) {
        self.0.reaches(walk, id, seq);
    }
}
