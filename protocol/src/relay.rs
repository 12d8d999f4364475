//! Section 8: the relay judgement, answered once per message.

use crate::fault::Unread;
use crate::id::Id;
use crate::institution::Pinned;
use crate::lane::FeedName;
use crate::statement::VerifiedStatement;
use crate::verdict::{Evidence, is_carried, judge_signer};

/// What becomes of a message on the mesh. Whether this node keeps it is another judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relay {
    /// Passed on.
    Accept,
    /// Not passed on; costs nobody.
    Ignore,
    /// Not passed on; every node on earth judges alike, so it may cost the peer that relayed it.
    Reject,
}

impl From<&Unread> for Relay {
    fn from(unread: &Unread) -> Self {
        match unread {
            Unread::Invalid(_) => Relay::Reject,
            Unread::Unsupported(_) => Relay::Ignore,
        }
    }
}

/// The judgement about a statement that was read without fault and came on the topic of `feed`, given everything held
/// including the statement itself.
pub fn judge_relay(
    statement: &VerifiedStatement,
    feed: &FeedName,
    evidence: &impl Evidence,
) -> Relay {
    let on_its_feed = match statement {
        VerifiedStatement::Record(record) => record.lane(feed).is_some(),
        _ => feed.is_registry(),
    };
    if on_its_feed && is_relayable(statement, evidence) {
        Relay::Accept
    } else {
        Relay::Ignore
    }
}

/// Whether a statement may be passed on at all: by gossip on its feeds, or in catch-up.
pub fn is_relayable(statement: &VerifiedStatement, evidence: &impl Evidence) -> bool {
    let institution = statement.institution();
    match statement {
        VerifiedStatement::Record(s) => is_carried(s, evidence),
        VerifiedStatement::Head(s) => {
            judge_signer(&s.institution, &s.key, &s.state, evidence).is_good()
        }
        VerifiedStatement::Alarm(s) => {
            judge_signer(&s.institution, &s.key, &s.state, evidence).is_good()
        }
        VerifiedStatement::Inception(_) => is_of_interest(&institution, evidence),
        VerifiedStatement::State(s) => {
            // Whoever holds the root keys makes rivals without end: of those of one version one is kept.
            let kept = evidence
                .chain(&institution)
                .is_some_and(|chain| !matches!(chain.pinned(&s.id()), Pinned::Unknown));
            kept && is_of_interest(&institution, evidence)
        }
        VerifiedStatement::CutList(s) => {
            let named = evidence
                .chain(&institution)
                .is_some_and(|chain| chain.names_cut_list(&s.id(), &s.key));
            named && evidence.knows_chain_of(&institution)
        }
        VerifiedStatement::Equivocation(s) => {
            // A stranger can contradict itself under any institution's name, without end.
            let delegated = evidence.chain(&institution).is_some_and(|chain| {
                let mut states = chain.states().iter();
                states.any(|state| state.signing_delegation(&s.key).is_some())
            });
            delegated && evidence.knows_chain_of(&institution)
        }
        // They travel to whom they are addressed.
        VerifiedStatement::Manifest(_)
        | VerifiedStatement::Custody(_)
        | VerifiedStatement::Receipt(_) => false,
    }
}

/// Whether others want to know what an institution is.
fn is_of_interest(institution: &Id, evidence: &impl Evidence) -> bool {
    evidence.knows_chain_of(institution) || evidence.vouched(institution)
}

#[cfg(test)]
mod tests;
