//! When a revision or withdrawal takes effect.

use super::header::Header;
use crate::institution::{Chain, Pinned};
use crate::statement::Verified;
use thiserror::Error;

/// Why a revision or withdrawal stands without effect on a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NoEffect {
    /// It is neither a revision nor a withdrawal.
    #[error("it is neither a revision nor a withdrawal")]
    OtherKind,
    /// It does not name the target.
    #[error("it does not name the record")]
    NotNamed,
    /// Another institution signed it.
    #[error("another institution signed it")]
    OtherInstitution,
    /// Its key may not post the target's kind and feeds.
    #[error("its key may not post the kind and feeds of the record")]
    Scope,
    /// It is not posted to every feed of the record.
    #[error("it is not posted to every feed of the record")]
    Feeds,
}

/// Whether `by`, whose own verdict the caller has, revises or withdraws `target`.
///
/// Each target is judged by itself: which of the others are held differs from node to node and does not enter.
///
/// # Errors
/// What is missing.
pub fn takes_effect(
    by: &Verified<Header>,
    target: &Verified<Header>,
    chain: &Chain,
) -> Result<(), NoEffect> {
    let rel = match by.kind.as_str() {
        "revision" => "revises",
        "withdrawal" => "withdraws",
        _ => return Err(NoEffect::OtherKind),
    };
    if !by.targets(rel).any(|named| *named == target.id()) {
        return Err(NoEffect::NotNamed);
    }
    if by.institution != target.institution {
        return Err(NoEffect::OtherInstitution);
    }
    let Pinned::State(state) = chain.pinned(&by.state) else {
        return Err(NoEffect::Scope);
    };
    let delegation = state.signing_delegation(&by.key).ok_or(NoEffect::Scope)?;
    if !delegation.permits(&target.kind, target.feeds()) {
        return Err(NoEffect::Scope);
    }
    if !target.feeds().all(|feed| by.lane(feed).is_some()) {
        return Err(NoEffect::Feeds);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
