//! What became of an institution, in sentences: its former names, and what its newest state says it merged into, was split from or succeeds.

use indaba_protocol::Id;
use indaba_protocol::institution::Succession;
use indaba_store::{Store, StoreError};

use super::Engine;

impl Engine {
    /// One sentence for each; nothing of an institution that is still what it was.
    pub(super) fn became(
        &self,
        institution: &Id,
        store: &Store,
    ) -> Result<Vec<String>, StoreError> {
        let chain = self.institutions.chain(institution);
        let Some((chain, newest)) = chain.and_then(|chain| Some((chain, chain.newest()?))) else {
            return Ok(Vec::new());
        };
        let name = newest.profile.name();
        let mut former: Vec<&str> = Vec::new();
        for state in chain.states() {
            let earlier = state.profile.name();
            if earlier != name && !earlier.is_empty() && !former.contains(&earlier) {
                former.push(earlier);
            }
        }
        let mut told: Vec<String> = former
            .into_iter()
            .map(|name| format!("It was called \"{name}\" before."))
            .collect();
        for succession in &newest.succession {
            told.push(self.succession_sentence(institution, succession, store)?);
        }
        Ok(told)
    }

    /// A relation to another institution binds nobody until that one says so as well (section 4 of the protocol), so the sentence says
    /// whether it does.
    fn succession_sentence(
        &self,
        institution: &Id,
        succession: &Succession,
        store: &Store,
    ) -> Result<String, StoreError> {
        let (relation, day) = (succession.relation.as_str(), succession.day);
        let Some(other) = &succession.institution else {
            return Ok(match relation {
                "renamed" => format!("It has its present name since {day}, as it says."),
                "dissolved" => format!("It was dissolved on {day}, as it says."),
                other => format!("It says of itself: {other:?}, {day}."),
            });
        };
        let called = self.called(other, store)?;
        let said = match relation {
            "merged-into" => format!("It merged into {called} on {day}"),
            "split-from" => format!("It was split from {called} on {day}"),
            "successor-of" => format!("It succeeds {called} since {day}"),
            other => format!("It says of itself and {called}: {other:?}, {day}"),
        };
        let chain = self.institutions.chain(other);
        let theirs = chain.and_then(|chain| chain.newest());
        Ok(match theirs {
            None => format!("{said}, as it says; what {called} says is not known here."),
            Some(state) if names(&state.succession, institution) => {
                format!("{said}, as both of them say.")
            }
            Some(_) => format!("{said}, as it says; {called} has not said so."),
        })
    }
}

fn names(succession: &[Succession], institution: &Id) -> bool {
    succession
        .iter()
        .any(|one| one.institution.as_ref() == Some(institution))
}
