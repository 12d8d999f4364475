//! Whether this node may sign at all, and why not.

use std::collections::BTreeMap;

use indaba_protocol::FeedName;
use indaba_store::{Store, StoreError};

use crate::engine::order::{Draft, Refusal, RefusalKind};
use crate::engine::{Engine, limits, space};

impl Engine {
    /// An own lane of which more was published than is held here.
    ///
    /// Two witnesses: the guard, which remembers on this machine, and the last head, which may have come back from a peer to a store
    /// without a guard. A head that says less than that one would contradict it.
    pub(in crate::engine) fn behind(
        &self,
        store: &Store,
    ) -> Result<Option<(FeedName, u64, u64)>, StoreError> {
        let key = self.own_key();
        if let Some(blocked) = store.own_blocked(&key)?.into_iter().next() {
            return Ok(Some(blocked));
        }
        let Some(head) = self.institutions.head(&key) else {
            return Ok(None);
        };
        let held: BTreeMap<FeedName, u64> = store
            .own_positions(&key)?
            .into_iter()
            .map(|(feed, seq, _)| (feed, seq))
            .collect();
        let short = head
            .lanes
            .iter()
            .find(|lane| held.get(&lane.feed).is_none_or(|seq| *seq < lane.seq));
        Ok(short.map(|lane| {
            (
                lane.feed.clone(),
                lane.seq,
                held.get(&lane.feed).copied().unwrap_or(0),
            )
        }))
    }

    /// Why nothing can be published at all.
    pub(in crate::engine) fn may_publish(
        &self,
        drafts: &[Draft],
        store: &Store,
    ) -> Option<Refusal> {
        let refusal = |kind, problem: String, remedy: &str| {
            Some(Refusal {
                kind,
                problem,
                remedy: remedy.to_owned(),
            })
        };
        let count = drafts.len();
        if count == 0 || count > limits::DRAFTS_PER_ORDER {
            let problem = format!(
                "{count} records in one go; 1 to {} can be published together",
                limits::DRAFTS_PER_ORDER
            );
            return refusal(
                RefusalKind::WrongUse,
                problem,
                "publish them in several goes",
            );
        }
        let bytes: usize = drafts
            .iter()
            .map(|draft| (draft.card.len() + draft.body.len()) / 2)
            .sum();
        if bytes > limits::DRAFT_BYTES_PER_ORDER {
            let most = limits::DRAFT_BYTES_PER_ORDER;
            let problem =
                format!("{bytes} bytes of text in one go; {most} can be published together");
            return refusal(
                RefusalKind::WrongUse,
                problem,
                "publish them in several goes",
            );
        }
        self.may_sign_now(store)
            .or_else(|| space::refusal(drafts, store))
    }

    /// Why this node cannot sign anything now.
    pub(in crate::engine) fn may_sign_now(&self, store: &Store) -> Option<Refusal> {
        let refusal = |kind, problem: String, remedy: &str| {
            Some(Refusal {
                kind,
                problem,
                remedy: remedy.to_owned(),
            })
        };
        let key = self.own_key();
        let behind = match self.behind(store) {
            Ok(behind) => behind,
            Err(error) => {
                return refusal(
                    RefusalKind::Storage,
                    error.to_string(),
                    "run `indaba store verify`",
                );
            }
        };
        if let Some((feed, known, held)) = behind {
            let problem = format!(
                "this node published in {feed} up to #{known}, but its store holds #{held} only: it is an older copy"
            );
            return refusal(
                RefusalKind::Integrity,
                problem,
                "connect to a peer that has the missing records and wait for them, put the newer store back, or use a new node key",
            );
        }
        match self.another_copy(store) {
            Ok(None) => {}
            Ok(refusal) => return refusal,
            Err(error) => {
                return refusal(
                    RefusalKind::Storage,
                    error.to_string(),
                    "run `indaba store verify`",
                );
            }
        }
        let institution = &self.identity.institution;
        if self.institutions.is_cut(institution, &key) {
            return refusal(
                RefusalKind::Policy,
                "the institution has revoked this node's key".to_owned(),
                "ask the root key holders to delegate a new node key",
            );
        }
        let delegated = self
            .own_state()
            .is_some_and(|state| state.signing_delegation(&key).is_some());
        if !delegated {
            return refusal(
                RefusalKind::Policy,
                "the institution's newest state does not delegate this node's key for signing"
                    .to_owned(),
                "a reader's node cannot publish; ask the root key holders to delegate its key",
            );
        }
        None
    }
}
