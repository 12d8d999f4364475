//! The pinned chain of one institution, and what it takes to lengthen it.

use super::authority::Authority;
use super::inception::Inception;
use super::state::{Cut, Delegation, State};
use crate::bytes::{Value, build};
use crate::id::Id;
use crate::key::Key;
use crate::statement::{Decoded, Statement, Verified, payload_of};
use std::collections::BTreeMap;
use thiserror::Error;

/// The inception and the states pinned so far, with the rivals that prove a contradiction.
#[derive(Debug, Clone)]
pub struct Chain {
    inception: Verified<Inception>,
    states: Vec<Verified<State>>,
    rivals: BTreeMap<u64, Verified<State>>,
    /// Index of the newest rotation among `states`; 0 if there was none.
    rotation: usize,
}

/// What became of a state that was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainOutcome {
    /// Pinned as the newest version. Make that durable before using it.
    Accepted,
    /// Pinned already, or kept as a rival already.
    AlreadyHeld,
    /// Another state would do for a version that is pinned. Kept as proof, in place of a rival with a greater id if there was
    /// one; the institution is disputed.
    Rival,
    /// One more rival of a version whose kept rival has a smaller id. Not kept.
    FurtherRival,
    /// Further ahead than the next version: hold it until what lies between has come.
    Ahead,
    /// Does not follow from the chain. Costs nobody.
    Refused(ChainFault),
}

/// Why a state does not follow from the chain. A judgement about the chain held here, never INVALID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum ChainFault {
    /// Of another institution.
    #[error("the state is of another institution")]
    Institution,
    /// Does not name the version before.
    #[error("the state does not name the id of the version before")]
    Prev,
    /// Signed by a key that is a root of neither version.
    #[error("a signer is a root key of neither this version nor the one before")]
    Signer,
    /// Too few root keys of the version before signed.
    #[error("fewer root keys of the version before signed than its threshold requires")]
    Threshold,
    /// A rotation without enough of the reserve.
    #[error(
        "roots, reserve or recovery change, and too few of the reserve keys of the version before signed"
    )]
    Next,
    /// A delegation changed or vanished without a cut, or a cut key came back.
    #[error("a delegation changed or vanished without a cut, or a key that was cut came back")]
    Delegation,
    /// A cut vanished, or a key was cut that was not delegated.
    #[error("a cut vanished, or names a key that the version before did not delegate")]
    Cut,
}

impl ChainFault {
    /// The code of section 13.
    pub fn code(&self) -> &'static str {
        match self {
            ChainFault::Institution => "chain-institution",
            ChainFault::Prev => "chain-prev",
            ChainFault::Signer => "chain-signer",
            ChainFault::Threshold => "chain-threshold",
            ChainFault::Next => "chain-next",
            ChainFault::Delegation => "chain-delegation",
            ChainFault::Cut => "chain-cut",
        }
    }
}

/// What an id means to a chain.
#[derive(Debug, Clone, Copy)]
pub enum Pinned<'a> {
    /// The inception, which delegates nothing.
    Inception,
    /// A pinned state.
    State(&'a Verified<State>),
    /// A rival kept as proof.
    Rival,
    /// Not held.
    Unknown,
}

impl Chain {
    /// Begins a chain.
    pub fn found(inception: Verified<Inception>) -> Chain {
        Chain {
            inception,
            states: Vec::new(),
            rivals: BTreeMap::new(),
            rotation: 0,
        }
    }

    /// The institution's id.
    pub fn institution(&self) -> Id {
        self.inception.id()
    }

    /// The inception.
    pub fn inception(&self) -> &Verified<Inception> {
        &self.inception
    }

    /// The pinned states, from version 1.
    pub fn states(&self) -> &[Verified<State>] {
        &self.states
    }

    /// The newest pinned state, if there is one after the inception.
    pub fn newest(&self) -> Option<&Verified<State>> {
        self.states.last()
    }

    /// The newest pinned version; 0 is the inception.
    pub fn version(&self) -> u64 {
        self.states.len() as u64
    }

    /// The rivals kept as proof, by version.
    pub fn rivals(&self) -> impl Iterator<Item = &Verified<State>> {
        self.rivals.values()
    }

    /// Whether rival states are known: the institution is then *disputed*.
    pub fn is_disputed(&self) -> bool {
        !self.rivals.is_empty()
    }

    /// What `id` means here.
    pub fn pinned(&self, id: &Id) -> Pinned<'_> {
        if *id == self.inception.id() {
            return Pinned::Inception;
        }
        if let Some(state) = self.states.iter().find(|s| s.id() == *id) {
            return Pinned::State(state);
        }
        if self.rivals.values().any(|r| r.id() == *id) {
            Pinned::Rival
        } else {
            Pinned::Unknown
        }
    }

    /// The cuts of a key in all pinned states from the newest rotation, or the inception, to the newest state; oldest first.
    pub fn cuts_of(&self, key: &Key) -> Vec<&Cut> {
        self.states[self.rotation..]
            .iter()
            .filter_map(|s| s.cut(key))
            .collect()
    }

    /// Whether a pinned state names this cut list for that key.
    pub fn names_cut_list(&self, list: &Id, key: &Key) -> bool {
        self.states
            .iter()
            .any(|s| s.cut(key).is_some_and(|c| c.list == Some(*list)))
    }

    /// Offers a state. Pins it when it follows; pin durably before use.
    pub fn offer(&mut self, state: Verified<State>) -> ChainOutcome {
        let held = |s: &Verified<State>| s.id() == state.id();
        if self.states.iter().any(held) || self.rivals.values().any(held) {
            return ChainOutcome::AlreadyHeld;
        }
        if state.institution != self.institution() {
            return ChainOutcome::Refused(ChainFault::Institution);
        }
        let next = self.version() + 1;
        if state.version > next {
            return ChainOutcome::Ahead;
        }
        // Versions begin at 1, so a version before exists; it is below `next`, so the cast is exact.
        let before = (state.version - 1) as usize;
        let rotates = match self.follows(before, &state, state.bytes(), Some(state.signers())) {
            Ok(rotates) => rotates,
            Err(fault) => return ChainOutcome::Refused(fault),
        };
        if state.version == next {
            if rotates {
                self.rotation = self.states.len();
            }
            self.states.push(state);
            return ChainOutcome::Accepted;
        }
        // The smallest id, so that the choice does not depend on what came first.
        if self
            .rivals
            .get(&state.version)
            .is_some_and(|kept| kept.id() < state.id())
        {
            return ChainOutcome::FurtherRival;
        }
        self.rivals.insert(state.version, state);
        ChainOutcome::Rival
    }

    /// Whether a draft would be the next version once enough have signed it: every row of the table but those about signatures.
    /// True when it is a rotation.
    ///
    /// # Errors
    /// The first row that fails; a draft that is no state, or of another version than the next one, fails by
    /// [`ChainFault::Institution`] and [`ChainFault::Prev`].
    pub fn admits(&self, draft: &Decoded) -> Result<bool, ChainFault> {
        let Statement::State(state) = draft.statement() else {
            return Err(ChainFault::Institution);
        };
        if state.institution != self.institution() {
            return Err(ChainFault::Institution);
        }
        if state.version != self.version() + 1 {
            return Err(ChainFault::Prev);
        }
        self.follows(self.states.len(), state, draft.bytes(), None)
    }

    /// The authority of version `version`.
    fn authority(&self, version: usize) -> &Authority {
        match version.checked_sub(1) {
            None => &self.inception.authority,
            Some(i) => &self.states[i].authority,
        }
    }

    /// The table of section 4, after the institution; whether it is a rotation. Without signers, the rows about them are left out.
    fn follows(
        &self,
        before: usize,
        state: &State,
        bytes: &[u8],
        signers: Option<&[Key]>,
    ) -> Result<bool, ChainFault> {
        let old = before.checked_sub(1).map(|i| &self.states[i]);
        let old_id = old.map_or(self.inception.id(), Verified::id);
        let old_authority = self.authority(before);
        let (old_delegations, old_cuts): (&[Delegation], &[Cut]) =
            old.map_or((&[], &[]), |s| (&s.delegations, &s.cuts));

        if state.prev != old_id {
            return Err(ChainFault::Prev);
        }
        let (old_raw, new_raw) = (
            Raw::of(old.map_or(self.inception.bytes(), |s| s.bytes())),
            Raw::of(bytes),
        );
        let rotates = old_raw.authority() != new_raw.authority();
        if let Some(signers) = signers {
            signed_enough(old_authority, &state.authority, rotates, signers)?;
        }
        for old in old_delegations {
            let unchanged = new_raw
                .delegation(&old.key)
                .is_some_and(|d| Some(d) == old_raw.delegation(&old.key));
            if !unchanged && state.cut(&old.key).is_none() {
                return Err(ChainFault::Delegation);
            }
        }
        let was_cut = |key: &Key| old_cuts.iter().any(|c| c.key == *key);
        let was_delegated = |key: &Key| old_delegations.iter().any(|d| d.key == *key);
        if state.delegations.iter().any(|d| was_cut(&d.key)) {
            return Err(ChainFault::Delegation);
        }
        // Every cut is repeated, so the cuts of one state are all there ever were.
        if old_cuts.iter().any(|c| state.cut(&c.key).is_none()) {
            return Err(ChainFault::Cut);
        }
        if state
            .cuts
            .iter()
            .any(|c| !was_delegated(&c.key) && !was_cut(&c.key))
        {
            return Err(ChainFault::Cut);
        }
        Ok(rotates)
    }
}

/// The rows about signatures.
fn signed_enough(
    old: &Authority,
    new: &Authority,
    rotates: bool,
    signers: &[Key],
) -> Result<(), ChainFault> {
    if !signers
        .iter()
        .all(|k| old.roots.contains(k) || new.roots.contains(k))
    {
        return Err(ChainFault::Signer);
    }
    let of_old = signers.iter().filter(|k| old.roots.contains(k)).count();
    if (of_old as u64) < old.threshold {
        return Err(ChainFault::Threshold);
    }
    let committed = |k: &&Key| new.roots.contains(k) && old.next.contains(&k.digest());
    if rotates && (signers.iter().filter(committed).count() as u64) < old.next_threshold {
        return Err(ChainFault::Next);
    }
    Ok(())
}

/// A payload in the generic form: *unchanged* means the same bytes, fields of later versions included.
struct Raw(BTreeMap<String, Value>);

impl Raw {
    fn of(statement: &[u8]) -> Raw {
        match payload_of(statement) {
            Some(Value::Map(map)) => Raw(map),
            _ => Raw(BTreeMap::new()),
        }
    }

    fn authority(&self) -> [Option<&Value>; 5] {
        ["roots", "threshold", "next", "next_threshold", "recovery"].map(|name| self.0.get(name))
    }

    fn delegation(&self, key: &Key) -> Option<&Value> {
        let Some(Value::List(delegations)) = self.0.get("delegations") else {
            return None;
        };
        delegations
            .iter()
            .find(|d| matches!(d, Value::Map(d) if d.get("key") == Some(&build::key(key))))
    }
}
