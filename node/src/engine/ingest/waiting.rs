//! What cannot be judged yet, and what nobody here vouches for: kept aside within bounds, taken up again when its time has come.

use std::collections::BTreeMap;

use indaba_protocol::{
    DecodedItem, FeedName, Header, Id, Statement, VerifiedItem, VerifiedStatement,
};
use indaba_store::{HeldItem, HeldReason, HeldUse, Store, StoreError};

use super::{Group, Origin, size};
use crate::engine::{Engine, durable, limits};

/// Room that waiting statements take.
#[derive(Default)]
pub(super) struct Room {
    of: BTreeMap<Id, HeldUse>,
    /// Bytes of those of accepted institutions, and of all others.
    pending: u64,
    unvouched: u64,
    /// How many others.
    strangers: u64,
}

impl Engine {
    /// Sends what waited through the door once more.
    pub(in crate::engine) fn take_waiting(
        &mut self,
        waiting: &[Id],
        store: &Store,
    ) -> Result<(), StoreError> {
        for id in waiting {
            let Some(held) = store.held(id)? else {
                continue;
            };
            match DecodedItem::open(&self.net, &held.item) {
                Ok(item) => self
                    .ingest
                    .unchecked
                    .push((item, Origin::Waited { id: *id })),
                Err(unread) => {
                    tracing::error!(id = %id.short(), %unread, "a waiting statement does not read")
                }
            }
        }
        Ok(())
    }

    /// The feeds of a waiting record that is kept aside because none of them is followed here, though its institution is accepted.
    pub(in crate::engine) fn unfollowed<'a>(
        &self,
        held: &HeldItem,
        item: &'a DecodedItem,
    ) -> Option<&'a Header> {
        match item.statement() {
            Statement::Record(header)
                if held.why == HeldReason::Quarantine
                    && self.accepts(&held.institution)
                    && !self.wants(header) =>
            {
                Some(header)
            }
            _ => None,
        }
    }

    /// A feed is followed: what was kept aside for it goes through the door once more.
    pub(in crate::engine) fn take_unfollowed(
        &mut self,
        feed: &FeedName,
        store: &Store,
    ) -> Result<(), StoreError> {
        for (institution, _) in store.held_uses()? {
            if !self.accepts(&institution) {
                continue;
            }
            for id in store.held_of(&institution, limits::RELEASED_AT_ONCE)? {
                let Some(held) = store.held(&id)? else {
                    continue;
                };
                let is_of_feed = |item: &DecodedItem| matches!(item.statement(), Statement::Record(header) if header.feeds().any(|of| of == feed));
                if let Some(item) = DecodedItem::open(&self.net, &held.item)
                    .ok()
                    .filter(is_of_feed)
                {
                    self.ingest.take(item, Origin::Waited { id });
                }
            }
        }
        Ok(())
    }

    /// Keeps an item that cannot be judged yet, within the bounds.
    pub(super) fn wait(
        &mut self,
        item: &VerifiedItem,
        origin: &Origin,
        awaiting: Option<Id>,
        group: &mut Group,
        store: &Store,
    ) -> Result<(), StoreError> {
        let institution = item.statement().institution();
        if let Origin::Waited { id } = origin {
            // It has its place; only for something else is it written anew.
            group.wait_on.insert(*id);
            if store
                .held(id)?
                .is_some_and(|held| held.why == HeldReason::Pending && held.awaiting == awaiting)
            {
                return Ok(());
            }
        } else if !self.takes_room(item, group, store)? {
            return Ok(());
        }
        group
            .batch
            .hold(durable::waiting(HeldReason::Pending, item, awaiting));
        if let VerifiedStatement::Record(header) = item.statement() {
            self.note_on_the_way(header);
            self.ask_for_institution(origin, institution);
            self.is_on_the_way(header, group);
        }
        Ok(())
    }

    /// Whether one more statement may wait; if so, it is counted. Of the room of an accepted institution, keys that it never
    /// delegated get half: anybody can name an institution and a state that does not exist.
    pub(super) fn takes_room(
        &self,
        item: &VerifiedItem,
        group: &mut Group,
        store: &Store,
    ) -> Result<bool, StoreError> {
        if store.lacks_space() {
            return Ok(false);
        }
        let institution = item.statement().institution();
        let key = match item.statement() {
            VerifiedStatement::Record(record) => Some(record.key),
            VerifiedStatement::Head(head) => Some(head.key),
            VerifiedStatement::Alarm(alarm) => Some(alarm.key),
            _ => None,
        };
        let share = if key.is_some_and(|key| !self.institutions.ever_delegated(&institution, &key))
        {
            2
        } else {
            1
        };
        let mut room = match group.room.take() {
            Some(room) => room,
            None => {
                let mut room = Room::default();
                for (id, used) in store.held_uses()? {
                    if self.accepts(&id) {
                        room.pending = room.pending.saturating_add(used.bytes);
                    } else {
                        room.unvouched = room.unvouched.saturating_add(used.bytes);
                        room.strangers += 1;
                    }
                    room.of.insert(id, used);
                }
                room
            }
        };
        let accepted = self.accepts(&institution);
        let is_new = !room.of.contains_key(&institution);
        let used = room.of.get(&institution).copied().unwrap_or_default();
        let bytes = size(item) as u64;
        let free = if accepted {
            used.count < limits::PENDING_PER_INSTITUTION / share
                && used.bytes + bytes <= limits::PENDING_BYTES / share
                && room.pending + bytes <= limits::WAITING_ALL_BYTES
        } else {
            used.count < limits::QUARANTINE_RECORDS
                && used.bytes + bytes <= limits::QUARANTINE_BYTES
                && room.unvouched + bytes <= limits::WAITING_ALL_BYTES
                && !(is_new && room.strangers >= limits::QUARANTINE_INSTITUTIONS)
        };
        if free {
            if accepted {
                room.pending += bytes;
            } else {
                room.unvouched += bytes;
                room.strangers += u64::from(is_new);
            }
            room.of.insert(
                institution,
                HeldUse {
                    count: used.count + 1,
                    bytes: used.bytes + bytes,
                },
            );
        }
        group.room = Some(room);
        Ok(free)
    }

    /// Keeps what an institution signed that nobody here vouches for, within the bounds; never relayed.
    pub(super) fn quarantine(
        &mut self,
        item: &VerifiedItem,
        origin: &Origin,
        group: &mut Group,
        store: &Store,
    ) -> Result<(), StoreError> {
        // What can never be kept or shown does not wait either.
        let useful = !matches!(
            item.statement(),
            VerifiedStatement::CutList(_)
                | VerifiedStatement::Equivocation(_)
                | VerifiedStatement::Manifest(_)
                | VerifiedStatement::Custody(_)
                | VerifiedStatement::Receipt(_)
        );
        if let VerifiedStatement::Record(header) = item.statement() {
            self.declined.insert_places(header);
            self.note_on_the_way(header);
        }
        if let Origin::Waited { id } = origin {
            // It has its place; only what waited for something else is written anew.
            group.wait_on.insert(*id);
            if store
                .held(id)?
                .is_some_and(|held| held.why == HeldReason::Quarantine)
            {
                if let VerifiedStatement::Record(header) = item.statement() {
                    self.kept_aside(header, group, store)?;
                }
                return Ok(());
            }
        } else if !useful || !self.takes_room(item, group, store)? {
            // For want of space only, it is asked for again when there is some.
            if !store.lacks_space() {
                group.refused.push(item.statement().id());
            }
            return Ok(());
        }
        group
            .batch
            .hold(durable::waiting(HeldReason::Quarantine, item, None));
        if let VerifiedStatement::Record(header) = item.statement() {
            self.kept_aside(header, group, store)?;
            self.is_on_the_way(header, group);
        }
        Ok(())
    }

    /// A record that waits may stand on the way that a cut of its key is walked: what waits for ancestry is judged again. One that goes
    /// on waiting for the same is not new there, so this comes to an end.
    fn is_on_the_way(&self, header: &Header, group: &mut Group) {
        if self.institutions.is_cut(&header.institution, &header.key) {
            group.arrived.insert(header.key.digest());
        }
    }
}
