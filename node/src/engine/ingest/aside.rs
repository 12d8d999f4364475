//! What is kept aside of an institution that is accepted in part: it is shown and passed on to nobody, but it is held, and so it contests
//! another record of its place.

use std::collections::BTreeMap;

use indaba_protocol::trust::Acceptance;
use indaba_protocol::{FeedName, Header, Id, Key, Verified};
use indaba_store::{HeldReason, Store, StoreError};

use super::Group;
use crate::engine::{Engine, limits};

/// The records of one institution that are kept aside, by their places.
#[derive(Default)]
pub(super) struct Aside(BTreeMap<(Key, FeedName, u64), Vec<Verified<Header>>>);

impl Aside {
    fn add(&mut self, header: &Verified<Header>) {
        for lane in &header.lanes {
            let place = (header.key, lane.feed.clone(), lane.seq);
            let there = self.0.entry(place).or_default();
            if there.iter().all(|held| held.id() != header.id()) {
                there.push(header.clone());
            }
        }
    }
}

impl Engine {
    /// Reads what is kept aside of an institution, once for a group; nothing of one that is accepted everywhere, or nowhere.
    fn read_aside<'a>(
        &self,
        institution: &Id,
        group: &'a mut Group,
        store: &Store,
    ) -> Result<Option<&'a mut Aside>, StoreError> {
        if self.acceptance(institution) != Acceptance::Limited {
            return Ok(None);
        }
        if !group.aside.contains_key(institution) {
            let mut aside = Aside::default();
            for id in store.held_of(institution, limits::RELEASED_AT_ONCE)? {
                let held = store.held(&id)?;
                if held.is_some_and(|held| held.why == HeldReason::Quarantine)
                    && let Some(header) = self.waiting_header(&id, store)?
                {
                    aside.add(&header);
                }
            }
            group.aside.insert(*institution, aside);
        }
        Ok(group.aside.get_mut(institution))
    }

    /// Another record kept aside at this place.
    pub(super) fn rival_aside(
        &self,
        header: &Verified<Header>,
        (feed, seq): (&FeedName, u64),
        group: &mut Group,
        store: &Store,
    ) -> Result<Option<Verified<Header>>, StoreError> {
        let place = (header.key, feed.clone(), seq);
        let aside = self.read_aside(&header.institution, group, store)?;
        let there = aside.and_then(|aside| aside.0.get(&place));
        let mut others = there.into_iter().flatten();
        Ok(others.find(|other| other.id() != header.id()).cloned())
    }

    /// A record is kept aside: where another one stands at its place, there is the proof that neither is beyond doubt.
    pub(super) fn kept_aside(
        &mut self,
        header: &Verified<Header>,
        group: &mut Group,
        store: &Store,
    ) -> Result<(), StoreError> {
        match self.read_aside(&header.institution, group, store)? {
            Some(aside) => aside.add(header),
            None => return Ok(()),
        }
        self.prove_equivocation(header, group, store)?;
        Ok(())
    }
}
