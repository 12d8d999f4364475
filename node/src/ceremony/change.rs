//! From the state in force to the proposal of the next one.

use std::collections::BTreeMap;

use indaba_protocol::institution::{Authority, Profile, Scope, Succession};
use indaba_protocol::{
    Cut, CutList, Day, Delegation, FeedName, Id, Key, State, Value, Verified, content,
    limits as wire,
};

use super::cards::OfficerCard;
use super::fault::CeremonyFault;
use super::founding::check_officers;
use super::proposal::{Parts, Proposal};
use super::settled::Settled;
use super::telling::Roles;

/// A next state in the making. Begins as a copy of the state in force.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    base: Settled,
    state: State,
    lists: Vec<Verified<CutList>>,
    feeds: Vec<FeedName>,
    roles: Roles,
    changed: bool,
}

impl Change {
    /// Begins from the newest state.
    ///
    /// # Errors
    /// When the institution has no state.
    pub(crate) fn begin(base: Settled, day: Day) -> Result<Self, CeremonyFault> {
        let newest = base
            .chain()
            .newest()
            .ok_or_else(|| CeremonyFault::Content("the institution has no state".into()))?;
        let mut state = newest.body().clone();
        state.version += 1;
        state.prev = newest.id();
        state.day = day;
        Ok(Self {
            base,
            state,
            lists: Vec::new(),
            feeds: Vec::new(),
            roles: Roles::default(),
            changed: false,
        })
    }

    /// Notes who holds which key, for the reader's eye.
    pub(crate) fn note_officers(&mut self, cards: &[OfficerCard]) {
        for card in cards {
            self.roles.note(card.root.digest(), &card.role);
            self.roles.note(card.reserve, &card.role);
        }
    }

    /// Lets a key sign.
    ///
    /// # Errors
    /// When it was ever delegated, or decides for the institution.
    pub(crate) fn delegate(
        &mut self,
        key: Key,
        scope: Option<Scope>,
        expires: Option<Day>,
    ) -> Result<(), CeremonyFault> {
        if self.state.cut(&key).is_some() {
            return Err(CeremonyFault::rule(
                format!("node key {key} was cut; a key that was cut never comes back"),
                "make a new one on the node's machine: indaba institution node-key --public FILE",
            ));
        }
        if self.state.delegation(&key).is_some() {
            return Err(CeremonyFault::rule(
                format!(
                    "node key {key} is delegated already, and what it may do cannot be changed"
                ),
                "cut it and delegate a new key: indaba institution revoke KEY --reason superseded --delegate FILE",
            ));
        }
        if self.state.authority.roots.contains(&key) {
            return Err(CeremonyFault::rule(
                format!("{key} is a root key; a key that decides never lies on a node"),
                "make a key on the node's machine: indaba institution node-key --public FILE",
            ));
        }
        if self.state.delegations.len() >= wire::DELEGATIONS {
            return Err(CeremonyFault::rule(
                format!(
                    "{} keys are delegated, the most there may be",
                    wire::DELEGATIONS
                ),
                "revoke one that is no longer used",
            ));
        }
        self.state.delegations.push(Delegation {
            key,
            purpose: "sign".to_owned(),
            scope,
            expires,
        });
        self.state.delegations.sort_by_key(|d| d.key);
        self.changed = true;
        Ok(())
    }

    /// Replaces the root keys: those of the cards come into force, and what the cards hold in reserve is the new reserve.
    ///
    /// # Errors
    /// When the keys break a rule, or too few of them were held in reserve until now.
    pub(crate) fn rotate(
        &mut self,
        cards: &[OfficerCard],
        threshold: u64,
        reserve_threshold: u64,
    ) -> Result<(), CeremonyFault> {
        let roles = check_officers(self.base.network(), cards, threshold, reserve_threshold)?;
        let old = &self.state.authority;
        let mut roots: Vec<Key> = cards.iter().map(|card| card.root).collect();
        let mut next: Vec<Id> = cards.iter().map(|card| card.reserve).collect();
        roots.sort_unstable();
        next.sort_unstable();
        let from_reserve = roots.iter().filter(|key| old.next.contains(&key.digest()));
        let count = from_reserve.count() as u64;
        let authority = Authority {
            roots,
            threshold,
            next,
            next_threshold: reserve_threshold,
            recovery: old.recovery.clone(),
        };
        if authority == *old {
            return Err(CeremonyFault::rule(
                "these are the root keys in force, with the same thresholds",
                "name the public files that the officers made anew",
            ));
        }
        if count < old.next_threshold {
            return Err(CeremonyFault::rule(
                format!(
                    "{count} of the new root keys were held in reserve; at least {} must be",
                    old.next_threshold
                ),
                "let officers bring their reserve key into force: indaba institution keys --from-reserve FILE --reserve NEW-FILE ...",
            ));
        }
        if self
            .state
            .delegations
            .iter()
            .any(|d| authority.roots.contains(&d.key))
        {
            return Err(CeremonyFault::rule(
                "one of the new root keys is a node key",
                "let every officer make keys of their own with `indaba institution keys`",
            ));
        }
        self.state.authority = authority;
        self.roles.0.extend(roles.0);
        self.changed = true;
        Ok(())
    }

    /// Sets a field of the profile; none drops it. A new name is said as one.
    ///
    /// # Errors
    /// When the profile then breaks a rule of content.
    pub(crate) fn profile(
        &mut self,
        field: &str,
        value: Option<Value>,
    ) -> Result<(), CeremonyFault> {
        let Value::Map(mut map) = self.state.profile.value().clone() else {
            return Err(CeremonyFault::Content("the profile is no map".into()));
        };
        let before: BTreeMap<_, _> = map.clone();
        match value {
            Some(value) => map.insert(field.to_owned(), value),
            None => map.remove(field),
        };
        if map == before {
            return Ok(());
        }
        let value = Value::Map(map);
        if let Some(fault) = content::check_profile(&value).first() {
            return Err(CeremonyFault::rule(
                format!("{} {}", fault.field, fault.problem),
                fault.remedy.to_string(),
            ));
        }
        self.state.profile = Profile::new(value).map_err(indaba_protocol::DraftError::from)?;
        self.changed = true;
        if field == "name" {
            self.succession("renamed", None)?;
        }
        Ok(())
    }

    /// Says what became of the institution.
    ///
    /// # Errors
    /// When it says as much as there may be.
    pub(crate) fn succession(
        &mut self,
        relation: &str,
        institution: Option<Id>,
    ) -> Result<(), CeremonyFault> {
        if institution == Some(self.state.institution) {
            return Err(CeremonyFault::rule(
                "an institution has no relation to itself",
                "name the other institution's id",
            ));
        }
        let said = Succession {
            relation: relation.to_owned(),
            institution,
            day: self.state.day,
        };
        if self.state.succession.len() >= wire::SUCCESSIONS {
            // Names are the least of it: every state keeps its own.
            let oldest_name = self
                .state
                .succession
                .iter()
                .position(|s| s.relation == "renamed");
            match oldest_name {
                Some(at) => drop(self.state.succession.remove(at)),
                None => {
                    return Err(CeremonyFault::rule(
                        format!(
                            "{} successions are said, the most there may be",
                            wire::SUCCESSIONS
                        ),
                        "an institution with such a history is better founded anew, as a successor",
                    ));
                }
            }
        }
        self.state.succession.push(said);
        self.changed = true;
        Ok(())
    }

    /// Cuts a key, or changes how it was cut. The list says what stays valid; the names are those of its feeds.
    ///
    /// # Errors
    /// When the key was never delegated.
    pub(crate) fn cut(
        &mut self,
        cut: Cut,
        list: Option<Verified<CutList>>,
        feeds: Vec<FeedName>,
    ) -> Result<(), CeremonyFault> {
        let known = self.state.delegation(&cut.key).is_some() || self.state.cut(&cut.key).is_some();
        if !known {
            return Err(CeremonyFault::rule(
                format!("node key {} is not delegated", cut.key),
                "see `indaba institution show` for the keys that are",
            ));
        }
        self.state.delegations.retain(|d| d.key != cut.key);
        self.state.cuts.retain(|old| old.key != cut.key);
        self.state.cuts.push(cut);
        self.state.cuts.sort_by_key(|cut| cut.key);
        self.lists.extend(list);
        self.feeds.extend(feeds);
        self.changed = true;
        Ok(())
    }

    /// The proposal, unsigned.
    ///
    /// # Errors
    /// When nothing would change, or a rule of the protocol is broken.
    pub(crate) fn propose(self) -> Result<Proposal, CeremonyFault> {
        if !self.changed {
            return Err(CeremonyFault::rule(
                "nothing would change",
                "say what the next state is to change; `--help` has examples",
            ));
        }
        let state = self.state.gather(&self.base.network().id())?;
        Proposal::new(Parts {
            network: self.base.network().clone(),
            base: Some(self.base.chain().clone()),
            inception: None,
            state,
            lists: self.lists,
            feeds: self.feeds,
            roles: self.roles,
        })
    }
}

#[cfg(test)]
mod tests;
