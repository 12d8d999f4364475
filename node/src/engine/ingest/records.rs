//! Records at the door: verdict, admission, contradictions, parts that come late.

use indaba_protocol::verdict::{Passage, passage};
use indaba_protocol::{
    Equivocation, FeedName, Header, Id, Item, Missing, Verdict, Verified, VerifiedItem,
    VerifiedStatement, VoidReason, judge,
};
use indaba_store::{FactKind, Part, PartsHeld, Store, StoreError};

use super::{Group, Origin};
use crate::engine::boundary::{Moment, Notice, Way};
use crate::engine::{Engine, durable, limits, push_to, space};
use crate::network::Relay;

impl Engine {
    pub(super) fn judge_record(
        &mut self,
        now: Moment,
        header: &Verified<Header>,
        item: &VerifiedItem,
        origin: &Origin,
        group: &mut Group,
        store: &Store,
    ) -> Result<Relay, StoreError> {
        let id = header.id();
        if !space::takes(header, store) {
            return Ok(Relay::Ignore);
        }
        if let Some(parts) = self.parts_held(&id, store)? {
            self.keep_missing_parts(id, item, parts, group, store)?;
            self.ingest.relays_copy(&id, origin);
            // Held is not good: a cut may have voided it since.
            return Ok(if self.is_carried(header, store)? {
                Relay::Accept
            } else {
                Relay::Ignore
            });
        }
        if group.headers.contains_key(&id) {
            // The copy before it may have come without parts; those at hand already are left out by the store.
            self.keep_missing_parts(
                id,
                item,
                PartsHeld {
                    card: false,
                    body: false,
                    erased: false,
                },
                group,
                store,
            )?;
            return Ok(if self.ingest.relays_copy(&id, origin) {
                Relay::Accept
            } else {
                Relay::Ignore
            });
        }
        if !(self.wants(header) || self.brings_back(header, origin)) {
            // What came without being asked for, on a stick, and was kept aside, stays there until somebody follows its feed.
            match origin {
                Origin::Waited { id } => {
                    group.wait_on.insert(*id);
                }
                // Asked for by its id, before its feeds were known: not again before somebody follows one of them.
                Origin::CatchUp { .. } => group.refused.push(id),
                Origin::Gossip { .. } | Origin::Import { .. } => {}
            }
            return Ok(Relay::Ignore);
        }
        let (verdict, passage) = {
            let evidence = self.evidence(store, &group.headers, &group.positions);
            let verdict = judge(header, &evidence);
            let passage = match verdict {
                Verdict::Void(VoidReason::Cut) => passage(header, &evidence),
                _ => Passage::None,
            };
            evidence.outcome((verdict, passage))?
        };
        match verdict {
            Verdict::Pending(missing) => {
                let awaiting = awaited(header, missing);
                self.wait(item, origin, Some(awaiting), group, store)?;
                Ok(Relay::Ignore)
            }
            // Void in one lane, it may stand in another on the way from the last good record to those before it, which cannot be judged
            // without it: whether it came before the cut or after must not matter to them.
            Verdict::Void(_) => match passage {
                Passage::Leads => {
                    self.admit(now, header, item, origin, group, store)?;
                    Ok(Relay::Accept)
                }
                Passage::Open(missing) => {
                    let awaiting = awaited(header, missing);
                    self.wait(item, origin, Some(awaiting), group, store)?;
                    Ok(Relay::Ignore)
                }
                Passage::None => {
                    group.refused.push(id);
                    Ok(Relay::Ignore)
                }
            },
            Verdict::Quarantined => {
                self.quarantine(item, origin, group, store)?;
                Ok(Relay::Ignore)
            }
            Verdict::Valid | Verdict::Adopted | Verdict::Contested => {
                let beside = self.prove_equivocation(header, group, store)?;
                self.admit(now, header, item, origin, group, store)?;
                if beside {
                    self.pass_on_rival(header, item, origin, group);
                }
                Ok(Relay::Accept)
            }
        }
    }

    /// Whether one of the record's feeds is followed here, or it is this node's own.
    pub(in crate::engine) fn wants(&self, header: &Header) -> bool {
        header.key == self.own_key() || header.lanes.iter().any(|lane| self.follows(&lane.feed))
    }

    /// Whether a record of the own institution comes out of a backup. An earlier key signed it, or another node, and its feed need not be
    /// followed: an institution that restores what it published gets all of it back.
    fn brings_back(&self, header: &Header, origin: &Origin) -> bool {
        let is_restored = matches!(origin, Origin::Import { .. } | Origin::Waited { .. });
        is_restored && header.institution == self.identity.institution
    }

    /// Adds a record to the group.
    pub(super) fn admit(
        &mut self,
        now: Moment,
        header: &Verified<Header>,
        item: &VerifiedItem,
        origin: &Origin,
        group: &mut Group,
        store: &Store,
    ) -> Result<(), StoreError> {
        let id = header.id();
        self.mended(&id);
        self.headers.borrow_mut().note(header);
        self.note_record(header);
        group
            .batch
            .put_record(durable::record(header, item.card(), item.body()));
        if !group.shows_another_copy {
            group.shows_another_copy =
                self.note_elsewhere(header, id, origin, &mut group.batch, store)?;
        }
        for lane in &header.lanes {
            let is_new_place = || {
                let held = store.at(&header.institution, &header.key, &lane.feed, lane.seq)?;
                Ok::<_, StoreError>(held.is_empty())
            };
            if header.key == self.own_key() && is_new_place()? {
                // Lost here and held by a peer: publishing may go on from it. Where a record of ours stands, another one is somebody
                // else's who has the key, and nothing follows it here.
                group
                    .batch
                    .own_recovered(header.key, lane.feed.clone(), lane.seq, id);
            }
            push_to(
                &mut group.positions,
                (header.key, lane.feed.clone(), lane.seq),
                id,
            );
            if let (Some(prev), Origin::Gossip { peer, .. }) = (lane.prev, origin) {
                let known = group.headers.contains_key(&prev) || store.parts_held(&prev)?.is_some();
                if !known && self.follows(&lane.feed) {
                    let at = now.after(limits::GAP_PATIENCE).monotonic;
                    self.ingest
                        .gaps
                        .entry((lane.feed.clone(), header.key))
                        .or_insert((at, *peer));
                }
            }
        }
        self.names_withdrawn(header);
        self.ingest.note_relays(header, origin);
        if item.card().is_none() || item.body().is_none() {
            self.ingest.lacks_parts(id);
        }
        group.headers.insert(id, header.clone());
        group.arrived.insert(header.key.digest());
        let way = match origin {
            Origin::Gossip { .. } => Way::Gossip,
            Origin::CatchUp { .. } | Origin::Waited { .. } | Origin::Import { .. } => Way::CatchUp,
        };
        group.notices.push(Notice::Admitted {
            record: id,
            institution: header.institution,
            feeds: header.lanes.iter().map(|lane| lane.feed.clone()).collect(),
            way,
        });
        Ok(())
    }

    /// One more record for a place that came by an answer: whoever holds the first one lacks nothing that it would ask for, so it
    /// is passed on as if it had come by gossip.
    fn pass_on_rival(
        &self,
        header: &Verified<Header>,
        item: &VerifiedItem,
        origin: &Origin,
        group: &mut Group,
    ) {
        if matches!(origin, Origin::Gossip { .. }) || !item.is_complete() {
            return;
        }
        let named = header
            .feeds()
            .filter(|feed| self.follows(feed) && !self.is_quiet(feed));
        let feeds: Vec<FeedName> = named.cloned().collect();
        group.to_announce.push((item.to_item(), feeds));
    }

    /// Whether another record stands at a position of this one; makes the proof then, one for a position, however many records stand there. All of
    /// them are kept: which one its institution meant is not known before a cut names it, and whoever has the key signs as many at
    /// positions of their own anyway.
    pub(super) fn prove_equivocation(
        &mut self,
        header: &Verified<Header>,
        group: &mut Group,
        store: &Store,
    ) -> Result<bool, StoreError> {
        let (institution, key) = (header.institution, header.key);
        let mut beside = false;
        for lane in &header.lanes {
            let mut others = store.at(&institution, &key, &lane.feed, lane.seq)?;
            if let Some(ids) = group.positions.get(&(key, lane.feed.clone(), lane.seq)) {
                others.extend(ids);
            }
            others.retain(|id| *id != header.id());
            let aside = self.rival_aside(header, (&lane.feed, lane.seq), group, store)?;
            let aside_id = aside.as_ref().map(|aside| aside.id());
            let Some(other) = others.first().or(aside_id.as_ref()) else {
                continue;
            };
            beside = true;
            // Where two stand, neither counts as a word any more.
            self.trust.note_institution(institution);
            if self
                .institutions
                .is_contested(&institution, &key, &lane.feed, lane.seq)
            {
                continue;
            }
            let other_bytes = match (group.headers.get(other), aside) {
                (Some(other), _) => other.bytes().to_vec(),
                (None, Some(aside)) if aside.id() == *other => aside.bytes().to_vec(),
                (None, _) => match store.statement(other)? {
                    Some((_, bytes)) => bytes,
                    None => continue,
                },
            };
            self.prove(&header.clone().into(), &other_bytes, group);
        }
        Ok(beside)
    }

    /// Keeps and announces a proof made here.
    pub(super) fn prove(&mut self, a: &VerifiedStatement, b: &[u8], group: &mut Group) {
        let Ok(b) = indaba_protocol::read(&self.net, b) else {
            return;
        };
        let Some(Ok(proof)) = Equivocation::prove(a, &b, &self.net) else {
            return;
        };
        let statement = VerifiedStatement::Equivocation(proof.clone());
        self.keep_fact(FactKind::Equivocation, &statement, group);
        group.notices.push(Notice::Equivocation {
            institution: proof.institution,
        });
        group.to_announce.push((
            Item::of_statement(proof.bytes()),
            vec![FeedName::registry()],
        ));
    }

    /// A part that was missing has come, unless the record was withdrawn meanwhile.
    pub(super) fn keep_missing_parts(
        &mut self,
        id: Id,
        item: &VerifiedItem,
        held: PartsHeld,
        group: &mut Group,
        store: &Store,
    ) -> Result<(), StoreError> {
        if held.erased && self.is_withdrawn(&id, store)? {
            return Ok(());
        }
        if (held.card || item.card().is_some()) && (held.body || item.body().is_some()) {
            self.ingest.has_parts(&id);
        }
        if let (Some(card), false) = (item.card(), held.card) {
            group.batch.put_part(id, Part::Card, card.to_vec());
        }
        if let (Some(body), false) = (item.body(), held.body) {
            group.batch.put_part(id, Part::Body, body.to_vec());
            if let Some(header) = item.record() {
                self.trust.note_text(header);
            }
        }
        Ok(())
    }
}

/// What has to come before a record can be judged.
fn awaited(header: &Header, missing: Missing) -> Id {
    match missing {
        Missing::State => header.state,
        // Any cut list of the institution, any record of the key: then it is judged again.
        Missing::CutList => header.institution,
        Missing::Ancestry => header.key.digest(),
    }
}
