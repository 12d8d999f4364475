//! Which known institutions have names that look alike.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use indaba_protocol::Id;

use super::Engine;
use crate::names::{Oddity, likeness, oddities};

/// The names of institutions that are known here, by what they look like. One entry for each pinned chain and each anchor.
#[derive(Debug, Default)]
pub(super) struct Names {
    looks: BTreeMap<String, BTreeSet<Id>>,
    of: BTreeMap<Id, Name>,
}

/// A name, and what comes of looking at it closely, which takes longer than all else about showing an institution.
#[derive(Clone, Debug)]
struct Name {
    text: String,
    looks: [String; 2],
    odd: Vec<Oddity>,
}

impl Name {
    fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            looks: likeness(text),
            odd: oddities(text),
        }
    }
}

impl Names {
    /// An institution is called so from now on.
    pub(super) fn note(&mut self, institution: Id, text: &str) {
        if self
            .of
            .get(&institution)
            .is_some_and(|name| name.text == text)
        {
            return;
        }
        for before in self
            .of
            .remove(&institution)
            .into_iter()
            .flat_map(|name| name.looks)
        {
            if let Some(others) = self.looks.get_mut(&before) {
                others.remove(&institution);
            }
        }
        let name = Name::new(text);
        for look in &name.looks {
            let others = self.looks.entry(look.clone()).or_default();
            others.insert(institution);
        }
        self.of.insert(institution, name);
    }

    /// A name that an institution has, or claims.
    fn look_at(&self, institution: &Id, text: &str) -> Cow<'_, Name> {
        match self.of.get(institution) {
            Some(name) if name.text == text => Cow::Borrowed(name),
            _ => Cow::Owned(Name::new(text)),
        }
    }

    /// Institutions with a name that looks like this one.
    fn like(&self, name: &Name) -> BTreeSet<Id> {
        let found = name.looks.iter().filter_map(|look| self.looks.get(look));
        found.flatten().copied().collect()
    }
}

impl Engine {
    /// Takes note of what an institution is called: by its newest state, or else by the operator.
    pub(super) fn note_name(&mut self, institution: &Id) {
        if let Some(name) = self.name_of(institution) {
            self.names.note(*institution, &name);
        }
    }

    /// What an institution is called.
    pub(super) fn name_of(&self, institution: &Id) -> Option<String> {
        let chain = self.institutions.chain(institution);
        let name = chain
            .and_then(|chain| chain.newest())
            .map(|state| state.profile.name().to_owned());
        name.filter(|name| !name.is_empty()).or_else(|| {
            let anchor = self.choices.anchors().get(institution);
            anchor.and_then(|anchor| anchor.name.clone())
        })
    }

    /// What a reader must know about a name that an institution has, or claims: that it looks like that of another institution which is
    /// accepted here, and what is odd about it by itself. An impostor puts no mark on whom it imitates.
    pub(super) fn marks(&self, institution: &Id, name: &str) -> Vec<String> {
        let name = self.names.look_at(institution, name);
        let others = self
            .names
            .like(&name)
            .into_iter()
            .filter(|other| other != institution && self.accepts(other));
        let mut marks: Vec<String> = others
            .map(|other| {
                let called = self.name_of(&other).unwrap_or_default();
                format!("looks like {called} ({})", other.short())
            })
            .collect();
        marks.extend(name.odd.iter().map(|odd| odd.words().to_owned()));
        marks
    }
}
