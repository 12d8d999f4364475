//! Before anything is signed: understanding drafts, what publishing them would do, and why it may not be done.

use std::collections::BTreeMap;

use indaba_protocol::{Day, FeedName, Id, Link, Value, cbor, content, limits as wire};
use indaba_store::{Store, StoreError};

use super::boundary::Moment;
use super::order::{Draft, Preflight, PreflightRecord, Refusal, RefusalKind, Reply};
use super::{Engine, clearance, limits, own_texts, space};

/// A draft whose every field was understood.
#[derive(Clone)]
pub(super) struct Ready {
    pub(super) source: String,
    pub(super) kind: String,
    pub(super) feeds: Vec<FeedName>,
    pub(super) links: Vec<Link>,
    pub(super) lang: String,
    pub(super) marking: String,
    pub(super) day: Option<Day>,
    pub(super) card: Value,
    pub(super) body: Value,
    /// Claim the day on which it is signed.
    pub(super) today: bool,
    /// By which the same text is found again.
    pub(super) text: Id,
    /// The day before which it is not to be quoted.
    pub(super) embargo: Option<Day>,
}

impl Ready {
    /// The title, where the kind has one.
    pub(super) fn title(&self) -> Option<String> {
        content::Card::new(&self.card).title().map(str::to_owned)
    }
}

/// Why a draft cannot be published.
pub(super) struct Unready {
    /// What is wrong, in words; never empty.
    pub(super) faults: Vec<String>,
    /// The own record that says the same already, where nothing else is wrong.
    pub(super) published_as: Option<Id>,
}

/// What a draft says for its day when it is to claim the one on which it is signed.
pub const TODAY: &str = "today";

impl Engine {
    /// What publishing would do.
    pub(super) fn preflight(
        &mut self,
        now: Moment,
        drafts: &[Draft],
        store: &Store,
    ) -> Result<Reply, StoreError> {
        if let Some(refusal) = self.may_publish(drafts, store) {
            return Ok(Reply::Refused(refusal));
        }
        let mut next: BTreeMap<FeedName, u64> = BTreeMap::new();
        let mut records = Vec::new();
        self.read_own_texts(store)?;
        let mut texts = self.kept_texts(None);
        for draft in drafts {
            let mut record = PreflightRecord {
                source: draft.source.clone(),
                kind: draft.kind.clone(),
                title: None,
                lanes: Vec::new(),
                bytes: 0,
                marking: draft.marking.clone(),
                faults: Vec::new(),
                published_as: None,
                withdrawn_as: None,
                same_title: None,
                waits: Vec::new(),
                embargo: None,
            };
            match self.ready(draft, &mut texts, store)? {
                Err(unready) => {
                    record.published_as = unready.published_as.map(|id| id.to_string());
                    record.faults = unready.faults;
                }
                Ok(ready) => {
                    record.title = ready.title();
                    let stands = record.title.as_deref().filter(|_| !refers(&ready.kind));
                    if let Some(id) = stands.and_then(|title| self.own_texts.titled(title))
                        && !self.is_withdrawn(&id, store)?
                    {
                        record.same_title = Some(id.to_string());
                    }
                    if let Some(id) = self.own_texts.record(&ready.text)
                        && self.is_withdrawn(&id, store)?
                    {
                        record.withdrawn_as = Some(id.to_string());
                    }
                    record.waits = self.would_wait(now, &ready, false);
                    record.embargo = ready.embargo.map(|day| day.to_string());
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

    /// An own lane of which more was published than is held here.
    ///
    /// Two witnesses: the guard, which remembers on this machine, and the last head, which may have come back from a peer to a store
    /// without a guard. A head that says less than that one would contradict it.
    pub(super) fn behind(&self, store: &Store) -> Result<Option<(FeedName, u64, u64)>, StoreError> {
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
    pub(super) fn may_publish(&self, drafts: &[Draft], store: &Store) -> Option<Refusal> {
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
    pub(super) fn may_sign_now(&self, store: &Store) -> Option<Refusal> {
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

    /// Understands all drafts, or says everything that is wrong with any of them. None may say what was published already, or what is kept
    /// as a draft, but for the one that is left out.
    pub(super) fn all_ready(
        &mut self,
        drafts: &[Draft],
        but_for: Option<u64>,
        store: &Store,
    ) -> Result<Result<Vec<Ready>, Refusal>, StoreError> {
        self.read_own_texts(store)?;
        let mut texts = self.kept_texts(but_for);
        let mut ready = Vec::new();
        let mut faults = Vec::new();
        for draft in drafts {
            match self.ready(draft, &mut texts, store)? {
                Ok(draft) => ready.push(draft),
                Err(unready) => faults.extend(
                    unready
                        .faults
                        .into_iter()
                        .map(|fault| format!("{}: {fault}", draft.source)),
                ),
            }
        }
        Ok(if faults.is_empty() {
            Ok(ready)
        } else {
            Err(Refusal {
                kind: RefusalKind::WrongUse,
                problem: faults.join("\n"),
                remedy: "mend what is named; nothing was published".to_owned(),
            })
        })
    }

    /// Understands a draft, or lists everything that is wrong with it. A text that is understood is added to those that stand
    /// somewhere, in words, so that the next draft of the same order cannot repeat it.
    pub(super) fn ready(
        &self,
        draft: &Draft,
        texts: &mut BTreeMap<Id, String>,
        store: &Store,
    ) -> Result<Result<Ready, Unready>, StoreError> {
        let mut faults = Vec::new();
        let mut published_as = None;
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
                "kind {} needs a link `{rel}` to the record it is about",
                draft.kind
            ));
        }
        let named = links.iter().map(|link| (link.rel.as_str(), link.target));
        faults.extend(self.without_effect(named, &feeds, store)?);
        let today = draft.day.as_deref() == Some(TODAY);
        let day = match draft.day.as_deref().map(str::parse::<Day>) {
            None => None,
            Some(Ok(day)) => Some(day),
            Some(Err(_)) if today => None,
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
            return Ok(Err(Unready {
                faults,
                published_as,
            }));
        };
        for fault in content::check(&draft.kind, &card, &body) {
            faults.push(format!(
                "{}: {}; {}",
                fault.field, fault.problem, fault.remedy
            ));
        }
        let links_named = links.iter().map(|link| (link.rel.as_str(), link.target));
        let hash = own_texts::hash(
            &draft.kind,
            links_named,
            &cbor::encode(&card),
            &cbor::encode(&body),
        );
        match (self.stands_as(&hash, store)?, texts.get(&hash)) {
            (Some(id), _) => {
                published_as = Some(id);
                faults.push(format!(
                "the same text was published already, as {id}; leave this file out. To publish a corrected text in its place: indaba revise {} FILE --reason WHY",
                id.short()
            ));
            }
            (None, Some(words)) => {
                faults.push(format!("the same text {words}; leave this file out"))
            }
            (None, None) => {}
        }
        if feeds.iter().any(FeedName::is_registry) && self.has_said_enough(&draft.kind) {
            faults.push(format!(
                "this institution has {} vouches, charters, responses and revisions in the registry; nobody looks at more",
                wire::WORDS
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
            texts.insert(hash, format!("is to be published as {}", draft.source));
            let embargo = clearance::embargo_of(&body);
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
                today,
                text: hash,
                embargo,
            })
        } else {
            Err(Unready {
                published_as: published_as.filter(|_| faults.len() == 1),
                faults,
            })
        })
    }
}

impl Engine {
    /// The own record that says the same. What was without effect may be said again, where it has one; and so may what was taken back.
    fn stands_as(&self, text: &Id, store: &Store) -> Result<Option<Id>, StoreError> {
        let Some(id) = self.own_texts.record(text) else {
            return Ok(None);
        };
        let Some(record) = self.header(&id, store)? else {
            return Ok(None);
        };
        let feeds: Vec<FeedName> = record.feeds().cloned().collect();
        let links = record
            .links
            .iter()
            .map(|link| (link.rel.as_str(), link.target));
        let stands = self.without_effect(links, &feeds, store)?.is_empty()
            && (store.links_to(&id, 1)?.is_empty() || !self.is_withdrawn(&id, store)?);
        Ok(stands.then_some(id))
    }

    /// Why a revision or a withdrawal would change nothing: it stands where its record does not, or belongs to another institution
    /// (section 5 of the protocol). What it names and is not held here cannot be judged.
    fn without_effect<'a>(
        &self,
        links: impl Iterator<Item = (&'a str, Id)>,
        feeds: &[FeedName],
        store: &Store,
    ) -> Result<Vec<String>, StoreError> {
        let mut faults = Vec::new();
        for (rel, id) in links {
            let verb = match rel {
                "withdraws" => "withdraw",
                "revises" => "revise",
                _ => continue,
            };
            if let Some(target) = self.header(&id, store)? {
                let short = id.short();
                if target.institution != self.identity.institution {
                    faults.push(format!(
                        "link `{rel}`: {short} was signed by another institution, and nobody can {verb} what another one signed; answer it with a `response`"
                    ));
                    continue;
                }
                let missing: Vec<String> = target
                    .feeds()
                    .filter(|feed| !feeds.contains(feed))
                    .map(ToString::to_string)
                    .collect();
                if !missing.is_empty() {
                    faults.push(format!(
                        "feeds: {short} stands in {} too, and it would be without effect everywhere unless posted there; add what is missing, or leave `feeds` out",
                        missing.join(" ")
                    ));
                }
            }
        }
        Ok(faults)
    }
}

/// Whether records of this kind bear the title of another one as a rule.
fn refers(kind: &str) -> bool {
    matches!(kind, "revision" | "translation" | "withdrawal" | "response")
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
