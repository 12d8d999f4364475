//! From the public keys that officers handed in to the proposal of a new institution.

use std::collections::BTreeSet;

use indaba_protocol::institution::Authority;
use indaba_protocol::{Day, Key, NetworkName, Value, limits as wire};

use super::cards::OfficerCard;
use super::fault::CeremonyFault;
use super::proposal::{Parts, Proposal};
use super::telling::Roles;
use crate::engine::FoundingDraft;

/// What a founding by several officers needs.
#[derive(Clone, Debug)]
pub(crate) struct Founding {
    /// The network.
    pub network: NetworkName,
    /// What the officers handed in.
    pub officers: Vec<OfficerCard>,
    /// How many root keys must sign.
    pub threshold: u64,
    /// How many reserve keys must take part in a rotation.
    pub reserve_threshold: u64,
    /// The node key that may sign records.
    pub node: Key,
    /// The profile.
    pub profile: Value,
    /// The claimed day.
    pub day: Day,
}

impl Founding {
    /// The proposal, unsigned.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub(crate) fn propose(self) -> Result<Proposal, CeremonyFault> {
        let roles = self.check()?;
        let mut roots: Vec<Key> = self.officers.iter().map(|card| card.root).collect();
        let mut next: Vec<_> = self.officers.iter().map(|card| card.reserve).collect();
        roots.sort_unstable();
        next.sort_unstable();
        let draft = FoundingDraft {
            authority: Authority {
                roots,
                threshold: self.threshold,
                next,
                next_threshold: self.reserve_threshold,
                recovery: None,
            },
            node: self.node,
            profile: self.profile,
            day: self.day,
        };
        let (inception, state) = draft.gather(&self.network.id())?;
        Proposal::new(Parts {
            network: self.network,
            base: None,
            inception: Some(inception),
            state,
            lists: Vec::new(),
            feeds: Vec::new(),
            roles,
        })
    }

    fn check(&self) -> Result<Roles, CeremonyFault> {
        let roles = check_officers(
            &self.network,
            &self.officers,
            self.threshold,
            self.reserve_threshold,
        )?;
        if roles.of(&self.node.digest()).is_some() {
            return Err(CeremonyFault::rule(
                "the node key is an officer's key too",
                "make a key on the node's machine with `indaba institution node-key`",
            ));
        }
        Ok(roles)
    }
}

/// The rules about root keys and reserve, of a founding as of a rotation: who holds which, if all is well.
///
/// # Errors
/// The first rule that is broken.
pub(super) fn check_officers(
    network: &NetworkName,
    officers: &[OfficerCard],
    threshold: u64,
    reserve_threshold: u64,
) -> Result<Roles, CeremonyFault> {
    let count = officers.len();
    if count == 0 || count > wire::ROOTS {
        return Err(CeremonyFault::rule(
            format!("{count} officers; an institution has 1 to {}", wire::ROOTS),
            "name each officer's public file once with --officer",
        ));
    }
    let mut roles = Roles::default();
    let mut names = BTreeSet::new();
    for card in officers {
        if card.network != *network {
            return Err(CeremonyFault::rule(
                format!(
                    "the keys of {} were made for the network \"{}\", not \"{network}\"",
                    card.role, card.network
                ),
                "found in that network with --network, or let the officer make keys for this one",
            ));
        }
        if !names.insert(card.role.as_str()) {
            return Err(CeremonyFault::rule(
                format!("two officers have the role \"{}\"", card.role),
                "tell them apart, such as \"First deputy\" and \"Second deputy\"; or one file is named twice",
            ));
        }
        for (digest, what) in [(card.root.digest(), "root"), (card.reserve, "reserve")] {
            if roles.of(&digest).is_some() {
                return Err(CeremonyFault::rule(
                    format!(
                        "the {what} key of {} stands in another place too: every key may be used once, as root or in reserve",
                        card.role
                    ),
                    "let every officer make keys of their own with `indaba institution keys`",
                ));
            }
            roles.note(digest, &card.role);
        }
    }
    for (name, threshold) in [
        ("--threshold", threshold),
        ("--reserve-threshold", reserve_threshold),
    ] {
        if threshold == 0 || threshold > count as u64 {
            return Err(CeremonyFault::rule(
                format!(
                    "{name} is {threshold}; with {count} officers it lies between 1 and {count}"
                ),
                "3 of 5 survives two lost keys, and two thieves",
            ));
        }
    }
    Ok(roles)
}
