//! The policy as the operator chose it: numbers, charters, refusals. Anchors are chosen by [`super::super::choices`].

use std::collections::{BTreeMap, BTreeSet};

use indaba_protocol::trust::{self, Level, Policy, Scope, Trust};
use indaba_protocol::{Id, limits as wire};
use indaba_store::{Store, StoreError};
use serde::{Deserialize, Serialize};

use crate::engine::choices::{Choices, put, remove, text};

/// Names of the columns in the store.
pub(in crate::engine) const NUMBERS: &str = "policy";
pub(in crate::engine) const CHARTER: &str = "charter";
pub(in crate::engine) const REFUSED: &str = "refused";

/// How far a word counts here, as chosen. A missing list limits nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// Feeds; one that ends in `*` stands for every feed that begins so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feeds: Option<BTreeSet<String>>,
    /// Kinds of records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<BTreeSet<String>>,
}

impl Reach {
    /// As the protocol takes it.
    pub fn scope(&self) -> Scope {
        Scope {
            feeds: self.feeds.clone(),
            kinds: self.kinds.clone(),
        }
    }

    /// As the protocol says it.
    pub fn of(scope: &Scope) -> Reach {
        Reach {
            feeds: scope.feeds.clone(),
            kinds: scope.kinds.clone(),
        }
    }

    /// In words that follow a sentence: `, only for feed region:ecowas`; nothing if nothing is limited.
    pub fn words(&self) -> String {
        let list = |texts: &Option<BTreeSet<String>>, what: &str| match texts {
            None => String::new(),
            Some(texts) if texts.is_empty() => format!(", for no {what}"),
            Some(texts) => {
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                format!(", only for {what} {}", texts.join(", "))
            }
        };
        list(&self.feeds, "feed") + &list(&self.kinds, "kind")
    }
}

/// The numbers of the policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbers {
    /// Paths that share no institution: how many are asked for.
    pub threshold: usize,
    /// How many of these must be an anchor's own vouch.
    pub direct: usize,
    /// The longest path, in vouches.
    pub depth: usize,
    /// Levels of vouches that count.
    pub levels: BTreeSet<String>,
}

impl Default for Numbers {
    fn default() -> Numbers {
        let Policy {
            threshold,
            direct,
            depth,
            levels,
            ..
        } = Policy::default();
        Numbers {
            threshold,
            direct,
            depth,
            levels: levels.iter().map(|level| level.word().to_owned()).collect(),
        }
    }
}

/// The level of a word; `None` if there is none.
pub(in crate::engine) fn level(word: &str) -> Option<Level> {
    Level::ALL.into_iter().find(|level| level.word() == word)
}

/// A refusal. Nothing in it yet: that it is there says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine) struct Refused {}

/// What was chosen beside anchors, in memory; the store has the durable copy.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct Chosen {
    pub(in crate::engine) numbers: Numbers,
    pub(in crate::engine) charters: BTreeMap<Id, Reach>,
    pub(in crate::engine) refused: BTreeSet<Id>,
}

impl Chosen {
    /// Reads the durable copy. What does not read is left alone: a newer version wrote it.
    pub(in crate::engine) fn load(store: &Store) -> Result<Chosen, StoreError> {
        let mut chosen = Chosen::default();
        if let Some(numbers) = store.choice(NUMBERS, b"")? {
            match serde_json::from_slice(&numbers) {
                Ok(numbers) => chosen.numbers = numbers,
                Err(_) => {
                    tracing::warn!("the policy in the store does not read; the default holds")
                }
            }
        }
        for (key, value) in store.choices(CHARTER)? {
            if let (Ok(id), Ok(reach)) = (text(&key).parse(), serde_json::from_slice(&value)) {
                chosen.charters.insert(id, reach);
            } else {
                tracing::warn!("an accepted charter in the store does not read; left alone");
            }
        }
        for (key, _) in store.choices(REFUSED)? {
            if let Ok(id) = text(&key).parse() {
                chosen.refused.insert(id);
            } else {
                tracing::warn!("a refusal in the store does not read; left alone");
            }
        }
        Ok(chosen)
    }
}

impl Choices {
    /// The policy that was chosen. The institution itself is a fully trusted anchor and is never refused.
    pub(in crate::engine) fn policy(&self, own: &Id) -> Policy {
        let chosen = self.trust();
        let mut anchors: BTreeMap<Id, trust::Anchor> = self
            .anchors()
            .iter()
            // More are never taken; a store that holds more was written by something else.
            .take(wire::TRUST_ANCHORS - 1)
            .map(|(id, anchor)| {
                let trust = if anchor.full {
                    Trust::Full
                } else {
                    Trust::Partial
                };
                let scope = anchor.reach.scope();
                (*id, trust::Anchor { trust, scope })
            })
            .collect();
        let itself = trust::Anchor {
            trust: Trust::Full,
            scope: Scope::default(),
        };
        anchors.insert(*own, itself);
        let scopes = chosen.charters.iter();
        let mut refused = chosen.refused.clone();
        refused.remove(own);
        let numbers = &chosen.numbers;
        Policy {
            anchors,
            threshold: numbers.threshold,
            direct: numbers.direct,
            depth: numbers.depth,
            levels: numbers.levels.iter().filter_map(|l| level(l)).collect(),
            charters: scopes
                .take(wire::TRUST_CHARTERS)
                .map(|(id, reach)| (*id, reach.scope()))
                .collect(),
            refused: refused.into_iter().take(wire::TRUST_REFUSED).collect(),
        }
    }

    /// Other numbers.
    pub(in crate::engine) fn set_numbers(
        &mut self,
        store: &mut Store,
        numbers: Numbers,
    ) -> Result<(), StoreError> {
        put(store, NUMBERS, "", &numbers)?;
        self.trust_mut().numbers = numbers;
        Ok(())
    }

    /// Accepts a charter, or follows it differently. True if it was not accepted before.
    pub(in crate::engine) fn accept_charter(
        &mut self,
        store: &mut Store,
        charter: Id,
        reach: Reach,
    ) -> Result<bool, StoreError> {
        put(store, CHARTER, &charter.to_string(), &reach)?;
        Ok(self.trust_mut().charters.insert(charter, reach).is_none())
    }

    /// Accepts a charter no longer. True if it was accepted.
    pub(in crate::engine) fn drop_charter(
        &mut self,
        store: &mut Store,
        charter: &Id,
    ) -> Result<bool, StoreError> {
        if !self.trust().charters.contains_key(charter) {
            return Ok(false);
        }
        remove(store, CHARTER, &charter.to_string())?;
        self.trust_mut().charters.remove(charter);
        Ok(true)
    }

    /// Refuses an institution. True if it was not refused before.
    pub(in crate::engine) fn refuse(
        &mut self,
        store: &mut Store,
        institution: Id,
    ) -> Result<bool, StoreError> {
        if self.trust().refused.contains(&institution) {
            return Ok(false);
        }
        put(store, REFUSED, &institution.to_string(), &Refused {})?;
        Ok(self.trust_mut().refused.insert(institution))
    }

    /// Refuses it no longer. True if it was refused.
    pub(in crate::engine) fn unrefuse(
        &mut self,
        store: &mut Store,
        institution: &Id,
    ) -> Result<bool, StoreError> {
        if !self.trust().refused.contains(institution) {
            return Ok(false);
        }
        remove(store, REFUSED, &institution.to_string())?;
        Ok(self.trust_mut().refused.remove(institution))
    }
}
