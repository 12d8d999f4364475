//! Founding an institution: inception and first state. With one root key both are signed where they are made; with several, the
//! same drafts travel from one holder to the next.

use indaba_protocol::institution::{Authority, Profile};
use indaba_protocol::{
    Chain, CutList, Day, Delegation, DraftError, Gathering, Id, Inception, Key, NetworkId,
    SigningKey, State, Value, Verified, VerifiedStatement,
};
use indaba_store::{Batch, FactKind, Store, StoreError};

use super::durable;

/// What a founding on one machine needs.
pub struct Founding<'a> {
    /// The network.
    pub network: NetworkId,
    /// The root key in use.
    pub root: &'a SigningKey,
    /// The public half of the root key in reserve.
    pub reserve: Key,
    /// The node key that the first state delegates for signing.
    pub node: Key,
    /// The profile: `name`, `kind`, `lang`, `listed` and what else belongs there.
    pub profile: Value,
    /// The claimed day.
    pub day: Day,
}

/// What inception and first state say, whoever signs them.
pub struct FoundingDraft {
    /// Root keys and reserve, with their thresholds.
    pub authority: Authority,
    /// The node key that the first state delegates for signing.
    pub node: Key,
    /// The profile.
    pub profile: Value,
    /// The claimed day.
    pub day: Day,
}

impl FoundingDraft {
    /// Inception and first state, unsigned.
    ///
    /// # Errors
    /// The rule that the draft breaks.
    pub fn gather(self, network: &NetworkId) -> Result<(Gathering, Gathering), DraftError> {
        let inception = Inception {
            authority: self.authority.clone(),
            day: self.day,
        }
        .gather(network)?;
        let state = State {
            institution: inception.id(),
            version: 1,
            prev: inception.id(),
            authority: self.authority,
            profile: Profile::new(self.profile)?,
            sealing: Vec::new(),
            delegations: vec![Delegation {
                key: self.node,
                purpose: "sign".to_owned(),
                scope: None,
                expires: None,
            }],
            cuts: Vec::new(),
            succession: Vec::new(),
            witnesses: None,
            day: self.day,
        }
        .gather(network)?;
        Ok((inception, state))
    }
}

/// Signs the inception and the first state, and stores both, durably.
///
/// # Errors
/// [`FoundError::Draft`] when the profile or a key breaks a rule; [`FoundError::Store`] when the store fails.
pub fn found(founding: &Founding<'_>, store: &mut Store) -> Result<Id, FoundError> {
    let draft = FoundingDraft {
        authority: Authority {
            roots: vec![founding.root.key()],
            threshold: 1,
            next: vec![founding.reserve.digest()],
            next_threshold: 1,
            recovery: None,
        },
        node: founding.node,
        profile: founding.profile.clone(),
        day: founding.day,
    };
    let (mut inception, mut state) = draft.gather(&founding.network)?;
    for gathering in [&mut inception, &mut state] {
        gathering.sign(founding.root).map_err(DraftError::from)?;
    }
    let mut batch = Batch::new();
    batch.put_fact(durable::fact(FactKind::Inception, &inception.finish()?));
    batch.put_fact(durable::fact(FactKind::State, &state.finish()?));
    store.commit(batch)?;
    Ok(inception.id())
}

/// Stores the statements of an institution that was founded elsewhere, durably: what a new node begins with. The cut lists are those
/// at hand; others come from peers.
///
/// # Errors
/// When the store fails.
pub fn settle(
    chain: &Chain,
    lists: &[Verified<CutList>],
    store: &mut Store,
) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    let inception = VerifiedStatement::Inception(chain.inception().clone());
    batch.put_fact(durable::fact(FactKind::Inception, &inception));
    for state in chain.states() {
        let state = VerifiedStatement::State(state.clone());
        batch.put_fact(durable::fact(FactKind::State, &state));
    }
    for list in lists {
        let list = VerifiedStatement::CutList(list.clone());
        batch.put_fact(durable::fact(FactKind::CutList, &list));
    }
    store.commit(batch).map(drop)
}

/// Why founding failed. Nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum FoundError {
    /// A rule of the protocol.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The inception and states of an institution, as they travel: what `verify FILE` and an invitation's receiver need.
pub fn chain_statements(chain: &Chain) -> Vec<Vec<u8>> {
    let mut statements = vec![chain.inception().bytes().to_vec()];
    statements.extend(
        chain
            .states()
            .iter()
            .map(|state: &Verified<State>| state.bytes().to_vec()),
    );
    statements
}
