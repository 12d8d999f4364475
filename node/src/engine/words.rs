//! The words a person sees beside a record: one first, by the precedence that `protocol` decides, then the others that hold.

use indaba_protocol::record::takes_effect;
use indaba_protocol::{Header, Id, Standing, StateWord, Verdict, Verified};
use indaba_store::{Store, StoreError};

use super::Engine;

impl Engine {
    /// Every word that holds for a record, the first by precedence.
    pub(super) fn words(
        &self,
        header: &Verified<Header>,
        verdict: Verdict,
        store: &Store,
    ) -> Result<Vec<String>, StoreError> {
        let parts = store.parts_held(&header.id())?;
        let mut incomplete = parts.is_none_or(|parts| !parts.card || !parts.body);
        for lane in &header.lanes {
            // What comes before a record that is adopted lies beyond a cut as well, is void, and here only if it came before the cut.
            let wanted = self.follows(&lane.feed) && verdict != Verdict::Adopted;
            if let (Some(prev), true) = (lane.prev, wanted) {
                // Its predecessor may be kept aside, for want of somebody who vouches or of what a cut is judged by: it is here.
                incomplete |= store.parts_held(&prev)?.is_none()
                    && self.waiting_header(&prev, store)?.is_none();
            }
        }
        let withdrawn = self.has_effective(header, "withdraws", store)?;
        let mut standing = Standing {
            verdict,
            rival_states: self
                .institutions
                .chain(&header.institution)
                .is_some_and(|chain| chain.is_disputed()),
            alarmed: self.alarms_disputing(header).next().is_some(),
            withdrawn,
            superseded: self.has_effective(header, "revises", store)?,
            // The parts of a withdrawn record are meant to be gone.
            incomplete: incomplete && !withdrawn,
            // Stale is a matter of the feed and its promise, shown with the feed; a record by itself does not age.
            stale: false,
        };
        let mut words = vec![standing.word()];
        // What is left when the first word is taken away, until nothing stands against it.
        loop {
            match words.last() {
                Some(StateWord::Void | StateWord::Verified) | None => break,
                Some(StateWord::Disputed) => {
                    (standing.rival_states, standing.alarmed) = (false, false);
                    if standing.verdict == Verdict::Contested {
                        standing.verdict = Verdict::Valid;
                    }
                }
                Some(StateWord::Withdrawn) => standing.withdrawn = false,
                Some(StateWord::Superseded) => standing.superseded = false,
                Some(StateWord::Unvouched) => standing.verdict = Verdict::Valid,
                Some(StateWord::Incomplete) => {
                    standing.incomplete = false;
                    if matches!(standing.verdict, Verdict::Pending(_)) {
                        standing.verdict = Verdict::Valid;
                    }
                }
                Some(StateWord::Stale) => standing.stale = false,
            }
            let next = standing.word();
            if next == StateWord::Verified {
                break;
            }
            words.push(next);
        }
        Ok(words
            .into_iter()
            .map(|word| word.word().to_owned())
            .collect())
    }

    /// Whether a withdrawal of this record took effect.
    pub(super) fn is_withdrawn(&self, id: &Id, store: &Store) -> Result<bool, StoreError> {
        match self.header(id, store)? {
            Some(header) => self.has_effective(&header, "withdraws", store),
            None => Ok(false),
        }
    }

    /// Whether a good record with this relation to `target` takes effect on it.
    pub(super) fn has_effective(
        &self,
        target: &Verified<Header>,
        rel: &str,
        store: &Store,
    ) -> Result<bool, StoreError> {
        let found = self.effective(target, rel, |_| Ok(true), store)?;
        Ok(found.is_some())
    }

    /// The first record with this relation to `target` that takes effect on it and is wanted; good, or unvouched and otherwise good.
    pub(super) fn effective(
        &self,
        target: &Verified<Header>,
        rel: &str,
        wanted: impl Fn(&Verified<Header>) -> Result<bool, StoreError>,
        store: &Store,
    ) -> Result<Option<Verified<Header>>, StoreError> {
        let Some(chain) = self.institutions.chain(&target.institution) else {
            return Ok(None);
        };
        // All of them: links that others make must not push a withdrawal out of sight.
        for (link, from) in store.links_to(&target.id(), usize::MAX)? {
            if link != rel {
                continue;
            }
            let Some(by) = self.header(&from, store)? else {
                continue;
            };
            if by.institution != target.institution {
                continue;
            }
            // What an institution took back stays taken back when nobody vouches for it any more.
            let verdict = self.judge_held(&by, store)?;
            if !verdict.is_good() && verdict != Verdict::Quarantined {
                continue;
            }
            if takes_effect(&by, target, chain).is_ok() && wanted(&by)? {
                return Ok(Some(by));
            }
        }
        Ok(None)
    }
}
