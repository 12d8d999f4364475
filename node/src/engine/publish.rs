//! From drafts to signed, durable records: the content rules, the lanes, the signatures, the head, one batch.

use std::collections::BTreeMap;

use indaba_protocol::{
    Day, FeedName, Head, Id, Lane, LaneEnd, Part, RecordDraft, Verified, VerifiedItem,
    VerifiedStatement, limits as wire,
};
use indaba_store::{Batch, FactKind, Store, StoreError};
use rand::Rng;

use super::boundary::{Moment, Notice, Way};
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
        let mut ready = Vec::new();
        let mut faults = Vec::new();
        self.read_own_texts(store)?;
        let mut texts = BTreeMap::new();
        for draft in drafts {
            match self.ready(draft, &mut texts, store)? {
                Ok(draft) => ready.push(draft),
                Err(found) => faults.extend(
                    found
                        .into_iter()
                        .map(|fault| format!("{}: {fault}", draft.source)),
                ),
            }
        }
        if !faults.is_empty() {
            return Ok(refused(
                RefusalKind::WrongUse,
                faults.join("\n"),
                "mend what is named; nothing was published",
            ));
        }
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
            let (mut card_salt, mut body_salt) = ([0; wire::PART_SALT], [0; wire::PART_SALT]);
            self.rng.fill_bytes(&mut card_salt);
            self.rng.fill_bytes(&mut body_salt);
            let signed = RecordDraft {
                institution: self.identity.institution,
                state,
                kind: draft.kind,
                lanes: lanes.clone(),
                links: draft.links,
                lang: draft.lang,
                marking: draft.marking,
                day: draft.day,
                card: Part::seal(card_salt, &draft.card),
                body: Part::seal(body_salt, &draft.body),
            }
            .sign(&self.identity.node, &self.net);
            let item = match signed {
                Ok(item) => item,
                Err(error) => {
                    let problem = format!("{}: {error}", draft.source);
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
            items.push((item, draft.source));
        }

        let head = match self.next_head(now, &ends, store)? {
            Ok(head) => head,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        let mut batch = Batch::new();
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

        self.institutions.remember(&VerifiedStatement::Head(head));
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
        }
        self.announce_outbox(store)?;
        Ok(Reply::Published { records: published })
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
        if !renew || self.may_sign_now(store).is_some() {
            return Ok(());
        }
        if let Ok(head) = self.next_head(now, &BTreeMap::new(), store)? {
            let mut batch = Batch::new();
            self.put_head(&head, &mut batch);
            store.commit(batch)?;
            self.institutions.remember(&VerifiedStatement::Head(head));
            self.announce_outbox(store)?;
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
