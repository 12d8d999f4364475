//! The one word a person sees first.

use super::Verdict;
use std::fmt;

/// What is known about a record besides its verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The verdict.
    pub verdict: Verdict,
    /// Rival states of the institution are known.
    pub rival_states: bool,
    /// An alarm calls the record not good.
    pub alarmed: bool,
    /// A withdrawal took effect.
    pub withdrawn: bool,
    /// A revision took effect.
    pub superseded: bool,
    /// A predecessor in a followed lane, or the card or body, is not held.
    pub incomplete: bool,
    /// The reader's clock is past what the signer promised or claimed.
    pub stale: bool,
}

/// The word, first that applies (section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StateWord {
    /// Signed after the cut, or never permitted: shown only on request.
    Void,
    /// Two records at one position, rival states, or an alarm.
    Disputed,
    /// Withdrawn by its institution.
    Withdrawn,
    /// Revised by its institution.
    Superseded,
    /// Nobody accepted here vouches for the institution.
    Unvouched,
    /// Something is missing.
    Incomplete,
    /// Older than promised.
    Stale,
    /// Nothing stands against it.
    Verified,
}

impl Standing {
    /// The word: the one place where precedence is decided.
    pub fn word(&self) -> StateWord {
        let by_precedence = [
            (matches!(self.verdict, Verdict::Void(_)), StateWord::Void),
            (
                self.verdict == Verdict::Contested || self.rival_states || self.alarmed,
                StateWord::Disputed,
            ),
            (self.withdrawn, StateWord::Withdrawn),
            (self.superseded, StateWord::Superseded),
            (self.verdict == Verdict::Quarantined, StateWord::Unvouched),
            (
                self.incomplete || matches!(self.verdict, Verdict::Pending(_)),
                StateWord::Incomplete,
            ),
            (self.stale, StateWord::Stale),
        ];
        by_precedence
            .into_iter()
            .find(|(applies, _)| *applies)
            .map_or(StateWord::Verified, |(_, word)| word)
    }
}

impl StateWord {
    /// The English word.
    pub fn word(self) -> &'static str {
        match self {
            StateWord::Void => "signed after the cut",
            StateWord::Disputed => "disputed",
            StateWord::Withdrawn => "withdrawn",
            StateWord::Superseded => "superseded",
            StateWord::Unvouched => "unvouched",
            StateWord::Incomplete => "incomplete",
            StateWord::Stale => "stale",
            StateWord::Verified => "verified",
        }
    }
}

impl fmt::Display for StateWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::VoidReason;

    #[test]
    fn precedence() {
        let mut standing = Standing {
            verdict: Verdict::Valid,
            rival_states: false,
            alarmed: false,
            withdrawn: false,
            superseded: false,
            incomplete: false,
            stale: false,
        };
        assert_eq!(standing.word(), StateWord::Verified);
        standing.stale = true;
        assert_eq!(standing.word(), StateWord::Stale);
        standing.incomplete = true;
        assert_eq!(standing.word(), StateWord::Incomplete);
        standing.verdict = Verdict::Quarantined;
        assert_eq!(standing.word(), StateWord::Unvouched);
        standing.superseded = true;
        assert_eq!(standing.word(), StateWord::Superseded);
        standing.withdrawn = true;
        assert_eq!(standing.word(), StateWord::Withdrawn);
        standing.alarmed = true;
        assert_eq!(standing.word(), StateWord::Disputed);
        standing.verdict = Verdict::Void(VoidReason::Cut);
        assert_eq!(standing.word(), StateWord::Void);
    }
}
