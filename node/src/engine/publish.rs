//! From drafts to signed, durable records: the content rules, the lanes, the signatures, the head, one batch.

use std::collections::BTreeMap;

use indaba_protocol::{
    Day, FeedName, Head, Id, Lane, LaneEnd, Part, RecordDraft, Verified, VerifiedItem,
    VerifiedStatement, limits as wire,
};
use indaba_store::{Batch, FactKind, Store, StoreError};
use rand::Rng;

use super::boundary::{Moment, Notice, Way};
use super::drafting::Ready;
use super::order::{Draft, Published, Refusal, RefusalKind, Reply};
use super::orders::refused;
use super::{Engine, durable, limits, space};

impl Engine {
    /// Signs and stores the drafts, all or none.
    pub(super) fn publish(
        &mut self,
        now: Moment,
        drafts: &[Draft],
        store: &mut Store,
    ) -> Result<Reply, StoreError> {
        if let Some(refusal) = self.may_publish(drafts, store) {
            return Ok(Reply::Refused(refusal));
        }
        let ready = match self.all_ready(drafts, None, store)? {
            Ok(ready) => ready,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        let waits = |ready: &Ready| !self.would_wait(now, ready, false).is_empty();
        if ready.iter().any(waits) {
            return Ok(refused(
                RefusalKind::Policy,
                "what is to be published waits for clearance first; nothing was published",
                "submit it with `indaba publish` of this version; see `indaba draft --help`",
            ));
        }
        self.publish_ready(now, ready, Batch::new(), store)
    }

    /// Signs and stores what was understood and may go out now, all or none, in one batch with what else is to be true then.
    pub(super) fn publish_ready(
        &mut self,
        now: Moment,
        ready: Vec<Ready>,
        mut batch: Batch,
        store: &mut Store,
    ) -> Result<Reply, StoreError> {
        let Some(state) = self.own_state().map(Verified::id) else {
            return Ok(refused(
                RefusalKind::Policy,
                "this institution has no state yet",
                "found it with `indaba init`",
            ));
        };

        let mut ends: BTreeMap<FeedName, LaneEnd> = BTreeMap::new();
        let mut items: Vec<(VerifiedItem, String)> = Vec::new();
        for draft in ready {
            let mut lanes = Vec::new();
            for feed in &draft.feeds {
                let before = match ends.get(feed) {
                    Some(end) => Some((end.seq, end.last)),
                    None => self.lane_end(feed, store)?,
                };
                let (seq, prev) = before.map_or((1, None), |(seq, id)| (seq + 1, Some(id)));
                lanes.push(Lane {
                    feed: feed.clone(),
                    seq,
                    prev,
                });
            }
            let feeds = draft.feeds.clone();
            let source = draft.source.clone();
            let signed = self.sign_record(now, draft, lanes.clone(), state);
            let item = match signed {
                Ok(item) => item,
                Err(error) => {
                    let problem = format!("{source}: {error}");
                    return Ok(refused(
                        RefusalKind::WrongUse,
                        problem,
                        "shorten the text, or post to fewer feeds; nothing was published",
                    ));
                }
            };
            for (feed, lane) in feeds.into_iter().zip(&lanes) {
                ends.insert(
                    feed.clone(),
                    LaneEnd {
                        feed,
                        seq: lane.seq,
                        last: item.statement().id(),
                    },
                );
            }
            items.push((item, source));
        }

        let head = match self.next_head(now, &ends, store)? {
            Ok(head) => head,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        let mut published = Vec::new();
        for (item, source) in &items {
            let Some(header) = item.record() else {
                continue;
            };
            self.names_withdrawn(header);
            let feeds: Vec<FeedName> = header.feeds().cloned().collect();
            batch.put_record(durable::record(header, item.card(), item.body()));
            batch.outbox_push(header.id(), feeds);
            for lane in &header.lanes {
                batch.own_position(header.key, lane.feed.clone(), lane.seq, header.id());
            }
            published.push(Published {
                id: header.id().to_string(),
                short: header.id().short(),
                source: source.clone(),
                lanes: header
                    .lanes
                    .iter()
                    .map(|lane| (lane.feed.to_string(), lane.seq))
                    .collect(),
            });
        }
        self.put_head(&head, &mut batch);
        space::allow(&mut batch, store);
        match store.commit(batch) {
            Ok(_) => {}
            // The store refused before it wrote anything: that ends an order, not a node.
            Err(StoreError::OwnBehind { feed, seq, known }) => {
                let problem = format!(
                    "the guard of this node remembers {feed} #{known}; #{seq} would contradict it"
                );
                return Ok(refused(
                    RefusalKind::Integrity,
                    problem,
                    "put the newer store back, or use a new node key",
                ));
            }
            Err(error) => return Err(error),
        }

        let head = VerifiedStatement::Head(head);
        self.institutions.remember(&head);
        for (item, _) in &items {
            let Some(header) = item.record() else {
                continue;
            };
            self.headers.borrow_mut().note(header);
            self.note_record(header);
            self.notice(Notice::Admitted {
                record: header.id(),
                institution: header.institution,
                feeds: header.feeds().cloned().collect(),
                way: Way::Own,
            });
            self.announce(header.id(), &item.to_item(), header.feeds().cloned());
        }
        self.announce_in_registry(&head);
        Ok(Reply::Published { records: published })
    }

    /// Signs one record.
    fn sign_record(
        &mut self,
        now: Moment,
        ready: Ready,
        lanes: Vec<Lane>,
        state: Id,
    ) -> Result<VerifiedItem, String> {
        let (mut card_salt, mut body_salt) = ([0; wire::PART_SALT], [0; wire::PART_SALT]);
        self.rng.fill_bytes(&mut card_salt);
        self.rng.fill_bytes(&mut body_salt);
        let today = ready.today.then(|| Engine::today(now));
        RecordDraft {
            institution: self.identity.institution,
            state,
            kind: ready.kind,
            lanes,
            links: ready.links,
            lang: ready.lang,
            marking: ready.marking,
            day: today.or(ready.day),
            card: Part::seal(card_salt, &ready.card),
            body: Part::seal(body_salt, &ready.body),
        }
        .sign(&self.identity.node, &self.net)
        .map_err(|error| error.to_string())
    }

    /// Whether a record could be signed as things stand, or why not. What was signed to find out is thrown away.
    pub(super) fn can_sign(
        &mut self,
        now: Moment,
        ready: &Ready,
        store: &Store,
    ) -> Result<Result<(), String>, StoreError> {
        let Some(state) = self.own_state().map(Verified::id) else {
            return Ok(Err("this institution has no state yet".to_owned()));
        };
        let mut lanes = Vec::new();
        for feed in &ready.feeds {
            let end = self.lane_end(feed, store)?;
            let (seq, prev) = end.map_or((1, None), |(seq, id)| (seq + 1, Some(id)));
            lanes.push(Lane {
                feed: feed.clone(),
                seq,
                prev,
            });
        }
        let signed = self.sign_record(now, ready.clone(), lanes, state);
        Ok(signed.map(drop))
    }

    /// Signs the head again when its promise comes due though nothing is new.
    pub(super) fn renew_head_if_due(
        &mut self,
        now: Moment,
        store: &mut Store,
    ) -> Result<(), StoreError> {
        let due = self.institutions.head(&self.own_key()).map(|head| head.due);
        // A day early, so that a follower whose clock is a little ahead does not see a stale feed.
        let renew = due.is_some_and(|due| Engine::today(now).number() >= due.number() - 1);
        if !renew || self.awaits_own_head(now) || self.may_sign_now(store).is_some() {
            return Ok(());
        }
        if let Ok(head) = self.next_head(now, &BTreeMap::new(), store)? {
            let mut batch = Batch::new();
            self.put_head(&head, &mut batch);
            store.commit(batch)?;
            let head = VerifiedStatement::Head(head);
            self.institutions.remember(&head);
            self.announce_in_registry(&head);
        }
        Ok(())
    }

    pub(super) fn put_head(&self, head: &Verified<Head>, batch: &mut Batch) {
        if let Some(old) = self.institutions.head(&head.key) {
            batch.drop_fact(old.id());
            batch.outbox_done(old.id());
        }
        batch.put_fact(durable::fact(
            FactKind::Head,
            &VerifiedStatement::Head(head.clone()),
        ));
        batch.outbox_push(head.id(), vec![FeedName::registry()]);
        batch.own_head(head.key, head.beat);
    }

    /// The head that follows, with the lanes that move.
    pub(super) fn next_head(
        &self,
        now: Moment,
        moved: &BTreeMap<FeedName, LaneEnd>,
        store: &Store,
    ) -> Result<Result<Verified<Head>, Refusal>, StoreError> {
        let key = self.own_key();
        let mut lanes: BTreeMap<FeedName, LaneEnd> = store
            .own_positions(&key)?
            .into_iter()
            .map(|(feed, seq, last)| (feed.clone(), LaneEnd { feed, seq, last }))
            .collect();
        lanes.extend(moved.iter().map(|(feed, end)| (feed.clone(), end.clone())));
        if lanes.len() > wire::HEAD_LANES {
            return Ok(Err(Refusal {
                kind: RefusalKind::Policy,
                problem: format!(
                    "this node would publish to {} feeds; a head names at most {}",
                    lanes.len(),
                    wire::HEAD_LANES
                ),
                remedy:
                    "post to feeds already used, or let another node of the institution publish"
                        .to_owned(),
            }));
        }
        // A head that came back from a peer counts as much as one remembered here.
        let known = self.institutions.head(&key).map(|head| head.beat);
        let beat = store.own_head(&key)?.max(known).unwrap_or(0) + 1;
        let today = Engine::today(now);
        let due = Day::from_number(i64::from(today.number()) + i64::from(limits::HEAD_DUE_DAYS))
            .unwrap_or(today);
        let Some(state) = self.own_state().map(Verified::id) else {
            return Ok(Err(Refusal {
                kind: RefusalKind::Policy,
                problem: "this institution has no state yet".to_owned(),
                remedy: "found it with `indaba init`".to_owned(),
            }));
        };
        let head = Head {
            institution: self.identity.institution,
            key,
            state,
            beat,
            lanes: lanes.into_values().collect(),
            day: today,
            due,
        };
        Ok(head
            .sign(&self.identity.node, &self.net)
            .map_err(|error| Refusal {
                kind: RefusalKind::Policy,
                problem: error.to_string(),
                remedy: "run `indaba doctor`".to_owned(),
            }))
    }

    /// The end of this node's own lane.
    pub(super) fn lane_end(
        &self,
        feed: &FeedName,
        store: &Store,
    ) -> Result<Option<(u64, Id)>, StoreError> {
        let own = store.own_positions(&self.own_key())?;
        Ok(own
            .into_iter()
            .find(|(held, _, _)| held == feed)
            .map(|(_, seq, id)| (seq, id)))
    }

    pub(super) fn own_state(&self) -> Option<&Verified<indaba_protocol::State>> {
        self.institutions
            .chain(&self.identity.institution)
            .and_then(|chain| chain.newest())
    }
}
