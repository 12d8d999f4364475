//! From drafts to signed, durable records: the content rules, the lanes, the signatures, the head, one batch.

use std::collections::{BTreeMap, BTreeSet};

use indaba_protocol::{
    Day, FeedName, Head, Id, Lane, LaneEnd, Link, Part, RecordDraft, Value, Verified, VerifiedItem,
    VerifiedStatement, cbor, content, limits as wire,
};
use indaba_store::{Batch, FactKind, Store, StoreError};
use rand::Rng;

use super::boundary::{Moment, Notice, Way};
use super::order::{Draft, Preflight, PreflightRecord, Published, Refusal, RefusalKind, Reply};
use super::{Engine, durable, limits};

/// A draft whose every field was understood.
struct Ready {
    source: String,
    kind: String,
    feeds: Vec<FeedName>,
    links: Vec<Link>,
    lang: String,
    marking: String,
    day: Option<Day>,
    card: Value,
    body: Value,
}

impl Engine {
    /// What publishing would do.
    pub(super) fn preflight(&self, drafts: &[Draft], store: &Store) -> Result<Reply, StoreError> {
        if let Some(refusal) = self.may_publish(drafts, store) {
            return Ok(Reply::Refused(refusal));
        }
        let mut next: BTreeMap<FeedName, u64> = BTreeMap::new();
        let mut records = Vec::new();
        let published = self.own_texts(store)?;
        for draft in drafts {
            let mut record = PreflightRecord {
                source: draft.source.clone(),
                kind: draft.kind.clone(),
                title: None,
                lanes: Vec::new(),
                bytes: 0,
                marking: draft.marking.clone(),
                faults: Vec::new(),
            };
            match self.ready(draft, &published, store)? {
                Err(faults) => record.faults = faults,
                Ok(ready) => {
                    record.title = content::Card::new(&ready.card).title().map(str::to_owned);
                    record.bytes =
                        ((draft.card.len() + draft.body.len()) / 2 + 2 * wire::PART_SALT) as u64;
                    for feed in &ready.feeds {
                        let seq = match next.get(feed) {
                            Some(seq) => seq + 1,
                            None => self.lane_end(feed, store)?.map_or(1, |(seq, _)| seq + 1),
                        };
                        next.insert(feed.clone(), seq);
                        record.lanes.push((feed.to_string(), seq));
                    }
                }
            }
            records.push(record);
        }
        let state = self.own_state().map_or_else(
            || "no state".to_owned(),
            |state| format!("state {} of the institution", state.version),
        );
        Ok(Reply::Preflight(Preflight {
            institution: self.institution_view(&self.identity.institution),
            authority: format!("{state}, which delegates this node's key for signing"),
            node_key: self.own_key().to_string(),
            audience: audience(drafts),
            records,
        }))
    }

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
        let published = self.own_texts(store)?;
        for draft in drafts {
            match self.ready(draft, &published, store)? {
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

    fn put_head(&self, head: &Verified<Head>, batch: &mut Batch) {
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
    fn next_head(
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

    /// An own lane of which more was published than is held here.
    ///
    /// Two witnesses: the guard, which remembers on this machine, and the last head, which may have come back from a peer to a store
    /// without a guard. A head that says less than that one would contradict it.
    fn behind(&self, store: &Store) -> Result<Option<(FeedName, u64, u64)>, StoreError> {
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

    /// The end of this node's own lane.
    fn lane_end(&self, feed: &FeedName, store: &Store) -> Result<Option<(u64, Id)>, StoreError> {
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

    /// Why nothing can be published at all.
    fn may_publish(&self, drafts: &[Draft], store: &Store) -> Option<Refusal> {
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
    }

    /// Why this node cannot sign anything now.
    fn may_sign_now(&self, store: &Store) -> Option<Refusal> {
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

    /// What this node published, by the hash of kind, links, card and body, the parts without their random bytes.
    fn own_texts(&self, store: &Store) -> Result<BTreeMap<Id, Id>, StoreError> {
        let key = self.own_key();
        let mut texts = BTreeMap::new();
        // A record stands in several lanes and is read once.
        let mut read = BTreeSet::new();
        for (feed, seq, _) in store.own_positions(&key)? {
            for (_, id) in
                store.lane(&self.identity.institution, &key, &feed, 1..=seq, OWN_TEXTS)?
            {
                if !read.insert(id) {
                    continue;
                }
                let Some(record) = self.stored(&id, store)? else {
                    continue;
                };
                if let (Some(card), Some(body)) = (record.card, record.body) {
                    let (card, body) = (card.get(wire::PART_SALT..), body.get(wire::PART_SALT..));
                    let links = record
                        .view
                        .links
                        .iter()
                        .map(|link| (link.rel.as_str(), link.target));
                    let hash = text_hash(
                        &record.view.kind,
                        links,
                        card.unwrap_or_default(),
                        body.unwrap_or_default(),
                    );
                    texts.insert(hash, id);
                }
            }
        }
        Ok(texts)
    }

    /// Understands a draft, or lists everything that is wrong with it.
    fn ready(
        &self,
        draft: &Draft,
        published: &BTreeMap<Id, Id>,
        store: &Store,
    ) -> Result<Result<Ready, Vec<String>>, StoreError> {
        let mut faults = Vec::new();
        let mut feeds: Vec<FeedName> = Vec::new();
        for name in &draft.feeds {
            match name.parse::<FeedName>() {
                Ok(feed) if feed.is_circle() => {
                    faults.push(format!("feed `{name}`: circles are not supported yet"))
                }
                Ok(feed) if feeds.contains(&feed) => {
                    faults.push(format!("feed `{name}` is named twice"))
                }
                Ok(feed) => feeds.push(feed),
                Err(error) => faults.push(format!("feed `{name}`: {error}")),
            }
        }
        feeds.sort();
        if feeds.is_empty() || feeds.len() > wire::LANES {
            faults.push(format!(
                "{} feeds; a record is posted to 1 to {}",
                feeds.len(),
                wire::LANES
            ));
        }
        let mut links = Vec::new();
        for (rel, target) in &draft.links {
            match self.find_id(target, store) {
                Ok(target) => links.push(Link { rel: rel.clone(), target }),
                Err(_) => match target.parse() {
                    // A whole id may point at what is not held here.
                    Ok(target) => links.push(Link { rel: rel.clone(), target }),
                    Err(_) => faults.push(format!("link `{rel}`: `{target}` is no whole id, and not the beginning of one held here")),
                },
            }
        }
        links.sort();
        links.dedup();
        if let Some(rel) = indaba_protocol::Header::required_link(&draft.kind)
            && !links.iter().any(|link| link.rel == rel)
        {
            faults.push(format!(
                "a {} needs a link `{rel}` to the record it is about",
                draft.kind
            ));
        }
        let day = match draft.day.as_deref().map(str::parse::<Day>) {
            None => None,
            Some(Ok(day)) => Some(day),
            Some(Err(_)) => {
                faults.push("day: not a day of the calendar written as YYYY-MM-DD".to_owned());
                None
            }
        };
        if draft.marking != "clear" && draft.marking != "green" {
            faults.push(format!(
                "marking `{}`: only clear and green can be published; stronger handling needs another way than an open mesh",
                draft.marking
            ));
        }
        let part =
            |hex: &str| super::view::from_hex(hex).and_then(|bytes| cbor::decode(&bytes).ok());
        let (Some(card), Some(body)) = (part(&draft.card), part(&draft.body)) else {
            faults.push("card or body is not strict CBOR in hexadecimal".to_owned());
            return Ok(Err(faults));
        };
        for fault in content::check(&draft.kind, &card, &body) {
            faults.push(format!(
                "{}: {}; {}",
                fault.field, fault.problem, fault.remedy
            ));
        }
        let links_named = links.iter().map(|link| (link.rel.as_str(), link.target));
        if let Some(before) = published.get(&text_hash(
            &draft.kind,
            links_named,
            &cbor::encode(&card),
            &cbor::encode(&body),
        )) {
            faults.push(format!(
                "the same text was published already, as {before}; publishing it twice helps nobody"
            ));
        }
        if let Some(delegation) = self
            .own_state()
            .and_then(|state| state.signing_delegation(&self.own_key()))
            && !delegation.permits(&draft.kind, &feeds)
        {
            faults.push("this node's key may not post this kind to these feeds; the institution's state limits its scope".to_owned());
        }
        Ok(if faults.is_empty() {
            Ok(Ready {
                source: draft.source.clone(),
                kind: draft.kind.clone(),
                feeds,
                links,
                lang: draft.lang.clone(),
                marking: draft.marking.clone(),
                day,
                card,
                body,
            })
        } else {
            Err(faults)
        })
    }
}

/// Own records of one feed that a new one is compared with: ten times what the largest institution is expected to publish.
const OWN_TEXTS: usize = 5_000;

/// Kind and links belong to it: an endorsement or a withdrawal says the same words about each record it is for.
fn text_hash<'a>(
    kind: &str,
    links: impl Iterator<Item = (&'a str, Id)>,
    card: &[u8],
    body: &[u8],
) -> Id {
    let mut all = Id::of(kind.as_bytes()).as_bytes().to_vec();
    for (rel, target) in links {
        all.extend_from_slice(Id::of(rel.as_bytes()).as_bytes());
        all.extend_from_slice(target.as_bytes());
    }
    all.extend_from_slice(Id::of(card).as_bytes());
    all.extend_from_slice(Id::of(body).as_bytes());
    Id::of(&all)
}

/// Who will be able to read it, in words.
fn audience(drafts: &[Draft]) -> String {
    let green = drafts
        .iter()
        .filter(|draft| draft.marking == "green")
        .count();
    let clear = drafts.len() - green;
    let mut words = Vec::new();
    if clear > 0 {
        words.push(format!(
            "{clear} marked TLP:CLEAR: everybody, for ever, also outside the mesh"
        ));
    }
    if green > 0 {
        words.push(format!("{green} marked TLP:GREEN: every node of the mesh, and nobody can call it back; not for web pages"));
    }
    words.join("; ")
}

fn refused(kind: RefusalKind, problem: impl Into<String>, remedy: &str) -> Reply {
    Reply::Refused(Refusal {
        kind,
        problem: problem.into(),
        remedy: remedy.to_owned(),
    })
}
