//! Why a file of a ceremony is refused, and what to do about it.

use indaba_protocol::{ChainFault, DraftError, Fault, Unread};

/// Why a file of a ceremony is refused, or a step cannot be taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CeremonyFault {
    /// It is not a file of that kind.
    #[error("it is not {wanted}: {what}")]
    Kind {
        /// What was expected.
        wanted: &'static str,
        /// What it seems to be.
        what: String,
    },
    /// It changed on the way.
    #[error("it was damaged or cut short on the way: {0}")]
    Damaged(&'static str),
    /// The words are not those of the content.
    #[error("what it says in words is not what would be signed")]
    Words,
    /// The content is not well formed.
    #[error("its content is not in order: {0}")]
    Content(String),
    /// A statement in it does not read.
    #[error("the {which} in it does not read: {unread}")]
    Statement {
        /// Which statement.
        which: &'static str,
        /// Why.
        unread: Unread,
    },
    /// A draft holds what this version cannot show.
    #[error("the {0} in it holds fields that this version does not know and could not show")]
    Unknown(&'static str),
    /// Nodes would refuse the state, however many sign.
    #[error("no node would accept this state: {0}")]
    Chain(#[from] ChainFault),
    /// A rule of the protocol.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// A signature cannot be added.
    #[error("the signature cannot be added: {0}")]
    Signing(Fault),
    /// The key is no root key of the institution, neither before nor after.
    #[error(
        "this key may not sign here: it is no root key of the institution, neither before nor after the change"
    )]
    Stranger,
    /// Two files are about different things.
    #[error("the two files propose different things")]
    Different,
    /// What was asked for breaks a rule.
    #[error("{problem}")]
    Rule {
        /// What is wrong.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// Too few signed.
    #[error("it is still a draft: {0}")]
    Unfinished(String),
}

impl CeremonyFault {
    /// A rule that an order breaks.
    pub(crate) fn rule(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Rule {
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    /// What to do about it.
    pub(crate) fn remedy(&self) -> String {
        match self {
            CeremonyFault::Kind { .. } => {
                "name the file that the step before wrote; `indaba institution show FILE` says what a file is"
            }
            CeremonyFault::Damaged(_) => "copy it again from the machine it was made on",
            CeremonyFault::Words => {
                "do not sign it: it was changed by hand, or written by another version; ask for a new one, made with this version"
            }
            CeremonyFault::Content(_) | CeremonyFault::Statement { .. } => {
                "do not sign it; ask for a new one"
            }
            CeremonyFault::Unknown(_) => "sign it with the version of indaba that made it",
            CeremonyFault::Chain(_) | CeremonyFault::Draft(_) => {
                "propose it again, from the institution's newest state"
            }
            CeremonyFault::Signing(_) => "ask for a new proposal",
            CeremonyFault::Stranger => {
                "take the key file that belongs to this institution; `indaba institution show FILE` lists its keys"
            }
            CeremonyFault::Different => {
                "combine only copies of one proposal; `indaba institution show FILE` gives the number of each"
            }
            CeremonyFault::Rule { remedy, .. } => return remedy.clone(),
            CeremonyFault::Unfinished(_) => {
                "let more officers sign, each on their own machine, then combine all files"
            }
        }
        .to_owned()
    }

    /// Whether it is the content that does not hold, rather than the order that is wrong.
    pub(crate) fn is_integrity(&self) -> bool {
        matches!(
            self,
            CeremonyFault::Damaged(_)
                | CeremonyFault::Words
                | CeremonyFault::Content(_)
                | CeremonyFault::Statement { .. }
        )
    }
}
