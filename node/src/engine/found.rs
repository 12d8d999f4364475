//! Founding an institution on one machine: inception and first state. With one root key this is all there is to it; with several,
//! the same statements are gathered from their holders.

use indaba_protocol::institution::{Authority, Profile};
use indaba_protocol::{
    Day, Delegation, DraftError, Id, Inception, Key, NetworkId, SigningKey, State, Value, Verified,
    VerifiedStatement,
};
use indaba_store::{Batch, FactKind, Store, StoreError};

use super::durable;

/// What a founding needs.
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

/// Signs the inception and the first state, and stores both, durably.
///
/// # Errors
/// [`FoundError::Draft`] when the profile or a key breaks a rule; [`FoundError::Store`] when the store fails.
pub fn found(founding: &Founding<'_>, store: &mut Store) -> Result<Id, FoundError> {
    let (inception, state) = statements(founding)?;
    let mut batch = Batch::new();
    batch.put_fact(durable::fact(FactKind::Inception, &inception));
    batch.put_fact(durable::fact(FactKind::State, &state));
    store.commit(batch)?;
    Ok(inception.id())
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

fn statements(
    founding: &Founding<'_>,
) -> Result<(VerifiedStatement, VerifiedStatement), DraftError> {
    let authority = Authority {
        roots: vec![founding.root.key()],
        threshold: 1,
        next: vec![founding.reserve.digest()],
        next_threshold: 1,
        recovery: None,
    };
    let mut gathering = Inception {
        authority: authority.clone(),
        day: founding.day,
    }
    .gather(&founding.network)?;
    gathering.sign(founding.root)?;
    let inception = gathering.finish()?;
    let state = State {
        institution: inception.id(),
        version: 1,
        prev: inception.id(),
        authority,
        profile: Profile::new(founding.profile.clone())?,
        sealing: Vec::new(),
        delegations: vec![Delegation {
            key: founding.node,
            purpose: "sign".to_owned(),
            scope: None,
            expires: None,
        }],
        cuts: Vec::new(),
        succession: Vec::new(),
        witnesses: None,
        day: founding.day,
    };
    let mut gathering = state.gather(&founding.network)?;
    gathering.sign(founding.root)?;
    Ok((inception, gathering.finish()?))
}

/// The inception and states of an institution, as they travel: what `verify FILE` and an invitation's receiver need.
pub fn chain_statements(chain: &indaba_protocol::Chain) -> Vec<Vec<u8>> {
    let mut statements = vec![chain.inception().bytes().to_vec()];
    statements.extend(
        chain
            .states()
            .iter()
            .map(|state: &Verified<State>| state.bytes().to_vec()),
    );
    statements
}
