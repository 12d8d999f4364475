//! What the operator asks, carried out.

use indaba_protocol::{CatchUpRequest, FeedName, Id, Part, Statement, Value, text_forms, topic};
use indaba_store::{HeldUse, Store, StoreError};

use super::boundary::Moment;
use super::choices::{Anchor, Follow, KnownPeer};
use super::order::{
    FeedView, IdentityView, Order, PeerView, RecordLine, Refusal, RefusalKind, Reply, Status,
    UnvouchedView,
};
use super::{Engine, limits};
use crate::network::{Command, Topic, parse_peer_address};

impl Engine {
    pub(super) fn handle_order(
        &mut self,
        now: Moment,
        order: Order,
        store: &mut Store,
    ) -> Result<Reply, StoreError> {
        match order {
            Order::Status => self.status(now, store),
            Order::Preflight { drafts } => self.preflight(&drafts, store),
            Order::Publish { drafts } => self.publish(now, &drafts, store),
            Order::Follow { feed, quiet } => self.follow_feed(feed, quiet, store),
            Order::Unfollow { feed } => self.unfollow_feed(feed, store),
            Order::Feeds => Ok(Reply::Feeds {
                feeds: self.feeds(now, store)?,
            }),
            Order::Feed {
                feed,
                after,
                limit,
                newest,
            } => self.show_feed(now, feed, after, limit, newest, store),
            Order::Show { id } => match self.find_id(&id, store) {
                Ok(id) => Ok(self.record_view(&id, store)?.map_or_else(
                    || not_held(&id.to_string()),
                    |view| Reply::Record(Box::new(view)),
                )),
                Err(refusal) => Ok(Reply::Refused(refusal)),
            },
            Order::Verify { id } => match self.find_id(&id, store) {
                Ok(id) => Ok(self.verify_view(&id, store)?.map_or_else(
                    || not_held(&id.to_string()),
                    |view| Reply::Verified(Box::new(view)),
                )),
                Err(refusal) => Ok(Reply::Refused(refusal)),
            },
            Order::Search { words, feed, limit } => self.search(&words, feed, limit, store),
            Order::AddPeer { address, partner } => self.add_peer(&address, partner, store),
            Order::RemovePeer { peer } => self.remove_peer(&peer, store),
            Order::Peers => Ok(Reply::Peers {
                peers: self.peer_views(),
            }),
            Order::Anchor { institution, name } => self.anchor(&institution, name, store),
            Order::RemoveAnchor { institution } => self.remove_anchor(&institution, store),
            Order::Anchors => {
                let ids: Vec<Id> = self.choices.anchors().keys().copied().collect();
                Ok(Reply::Anchors {
                    anchors: ids.iter().map(|id| self.institution_view(id)).collect(),
                })
            }
            Order::Unvouched => {
                let mut institutions = Vec::new();
                for (id, used) in self.unvouched(store)? {
                    institutions.push(UnvouchedView {
                        institution: self.institution_view(&id),
                        claimed_name: self.claimed_name(&id, store)?,
                        statements: used.count,
                        bytes: used.bytes,
                    });
                }
                Ok(Reply::Unvouched { institutions })
            }
            Order::CatchUp => {
                let peers: Vec<_> = self.peers.all().copied().collect();
                for peer in &peers {
                    self.open_session(*peer);
                }
                Ok(Reply::CatchUpStarted {
                    peers: peers.len() as u64,
                })
            }
            Order::Institution { institution } => {
                Ok(match self.find_institution(&institution, store)? {
                    Ok(id) => match self.institutions.chain(&id) {
                        Some(chain) => Reply::Institution {
                            institution: id.to_string(),
                            statements: super::chain_statements(chain)
                                .iter()
                                .map(|s| super::view::to_hex(s))
                                .collect(),
                        },
                        None => refused(
                            RefusalKind::NotFound,
                            format!("no statements of institution {} are held here", id.short()),
                            "they come with its records when it is accepted",
                        ),
                    },
                    Err(refusal) => Reply::Refused(refusal),
                })
            }
            Order::Identity => Ok(Reply::Identity(IdentityView {
                network: self.network.as_str().to_owned(),
                institution: self.institution_view(&self.identity.institution),
                peer: self.local_peer.clone(),
                addresses: self.listening.clone(),
            })),
            Order::Stop => {
                self.flush_announced(store)?;
                self.command(Command::Shutdown);
                Ok(Reply::Stopping)
            }
        }
    }

    fn status(&mut self, now: Moment, store: &Store) -> Result<Reply, StoreError> {
        let unvouched = self.unvouched(store)?;
        let all: u64 = store.held_uses()?.iter().map(|(_, used)| used.count).sum();
        let stats = store.stats()?;
        Ok(Reply::Status(Box::new(Status {
            network: self.network.as_str().to_owned(),
            institution: self.institution_view(&self.identity.institution),
            node_key: self.own_key().to_string(),
            peer: self.local_peer.clone(),
            listening: self.listening.clone(),
            peers_connected: self.peers.count() as u64,
            peers_known: self.choices.peers().len() as u64,
            records: stats.records,
            store_bytes: stats.journal_bytes + stats.index_bytes,
            feeds: self.feeds(now, store)?,
            outbox: (store.outbox()?.len() - self.announce.announced_count()) as u64,
            unvouched: unvouched.len() as u64,
            waiting: all - unvouched.iter().map(|(_, used)| used.count).sum::<u64>(),
            last_received: self.last_received,
            accepted: self.choices.anchors().len() as u64 + 1,
            key_disputed: self
                .institutions
                .is_alarmed(&self.identity.institution, &self.own_key()),
        })))
    }

    /// Institutions that nobody here vouches for, and what waits of each.
    fn unvouched(&self, store: &Store) -> Result<Vec<(Id, HeldUse)>, StoreError> {
        Ok(store
            .held_uses()?
            .into_iter()
            .filter(|(id, _)| !self.accepts(id))
            .collect())
    }

    /// The name an unvouched institution gives itself, from the newest of its states that wait. Nothing vouches for it.
    fn claimed_name(&self, institution: &Id, store: &Store) -> Result<Option<String>, StoreError> {
        let mut newest: Option<(u64, String)> = None;
        for id in store.held_of(institution, limits::QUARANTINE_RECORDS as usize)? {
            let Some(held) = store.held(&id)? else {
                continue;
            };
            let Ok(item) = indaba_protocol::DecodedItem::open(&self.net, &held.item) else {
                continue;
            };
            if let Statement::State(state) = item.statement()
                && newest
                    .as_ref()
                    .is_none_or(|(version, _)| *version < state.version)
            {
                newest = Some((state.version, state.profile.name().to_owned()));
            }
        }
        Ok(newest.map(|(_, name)| name).filter(|name| !name.is_empty()))
    }

    fn feeds(&mut self, now: Moment, store: &Store) -> Result<Vec<FeedView>, StoreError> {
        let feeds: Vec<FeedName> = self.choices.follows().keys().cloned().collect();
        feeds
            .iter()
            .map(|feed| self.feed_view(now, feed, store))
            .collect()
    }

    fn follow_feed(
        &mut self,
        name: String,
        quiet: bool,
        store: &mut Store,
    ) -> Result<Reply, StoreError> {
        let feed = match public_feed(&name) {
            Ok(feed) => feed,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        let before = self.choices.follows().get(&feed).copied();
        if before.is_none() && self.choices.follows().len() >= limits::FEEDS_FOLLOWED {
            return Ok(refused(
                RefusalKind::Policy,
                format!(
                    "{} feeds are followed, the most one node may",
                    limits::FEEDS_FOLLOWED
                ),
                "unfollow one first",
            ));
        }
        let changed = self.choices.follow(store, feed.clone(), Follow { quiet })?;
        if changed {
            let subscription = Topic::new(topic(&self.net, &feed));
            if quiet {
                self.command(Command::Unsubscribe(subscription));
            } else {
                self.command(Command::Subscribe(subscription));
            }
            self.declined.clear();
            let peers: Vec<_> = self
                .peers
                .all()
                .copied()
                .filter(|peer| self.may_name(&feed, peer))
                .collect();
            for peer in peers {
                self.sessions.ask(
                    peer,
                    [CatchUpRequest::Lanes {
                        feed: feed.clone(),
                        after: None,
                    }],
                );
            }
        }
        Ok(Reply::Followed {
            feed: feed.to_string(),
            quiet,
            already: !changed,
        })
    }

    fn unfollow_feed(&mut self, name: String, store: &mut Store) -> Result<Reply, StoreError> {
        let feed = match public_feed(&name) {
            Ok(feed) => feed,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        let was_followed = self.choices.unfollow(store, &feed)?;
        if was_followed {
            self.command(Command::Unsubscribe(Topic::new(topic(&self.net, &feed))));
        }
        Ok(Reply::Unfollowed {
            feed: feed.to_string(),
            was_followed,
        })
    }

    fn show_feed(
        &mut self,
        now: Moment,
        name: String,
        after: Option<u64>,
        limit: usize,
        newest: bool,
        store: &Store,
    ) -> Result<Reply, StoreError> {
        let feed: FeedName = match name.parse() {
            Ok(feed) => feed,
            Err(error) => {
                return Ok(refused(
                    RefusalKind::WrongUse,
                    format!("`{name}`: {error}"),
                    "see `indaba feed list`",
                ));
            }
        };
        let limit = limit.clamp(1, limits::PAGE);
        let page = if newest {
            store.feed_newest(&feed, after.unwrap_or(u64::MAX), limit)?
        } else {
            store.feed_page(&feed, after.unwrap_or(0), limit)?
        };
        let next = page
            .last()
            .filter(|_| page.len() == limit)
            .map(|(arrival, _)| *arrival);
        let mut records = Vec::new();
        for (arrival, id) in page {
            records.extend(self.record_line(&id, arrival, store)?);
        }
        Ok(Reply::Feed {
            feed: self.feed_view(now, &feed, store)?,
            records,
            next,
        })
    }

    /// Plain search: every word, in any letter case, in title, summary, sections, tags or the institution's name.
    fn search(
        &mut self,
        words: &[String],
        feed: Option<String>,
        limit: usize,
        store: &Store,
    ) -> Result<Reply, StoreError> {
        let feed = match feed.map(|name| public_feed(&name)).transpose() {
            Ok(feed) => feed,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        let words: Vec<String> = words
            .iter()
            .map(|word| word.to_lowercase())
            .filter(|word| !word.is_empty())
            .collect();
        if words.is_empty() {
            return Ok(refused(
                RefusalKind::WrongUse,
                "no word to search for",
                "name at least one word",
            ));
        }
        let limit = limit.clamp(1, limits::PAGE);
        let (mut records, mut looked_at, mut after): (Vec<RecordLine>, u64, Option<u64>) =
            (Vec::new(), 0, None);
        'pages: loop {
            let page = match &feed {
                Some(feed) => store.feed_newest(feed, after.unwrap_or(u64::MAX), limits::PAGE)?,
                None => store.newest(after.unwrap_or(u64::MAX), limits::PAGE)?,
            };
            let Some((last, _)) = page.last().copied() else {
                break;
            };
            after = Some(last);
            for (arrival, id) in page {
                if looked_at >= limits::SEARCH_LOOKS_AT || records.len() >= limit {
                    break 'pages;
                }
                looked_at += 1;
                let Some(record) = self.stored(&id, store)? else {
                    continue;
                };
                let text = searchable(record.card.as_deref(), record.body.as_deref());
                if !words.iter().all(|word| text.contains(word.as_str())) {
                    continue;
                }
                let Some(line) = self.record_line(&id, arrival, store)? else {
                    continue;
                };
                if !line
                    .words
                    .iter()
                    .any(|word| word == "withdrawn" || word == "superseded")
                    && !line.verdict.starts_with("VOID")
                {
                    records.push(line);
                }
            }
        }
        Ok(Reply::Found { records, looked_at })
    }

    fn add_peer(
        &mut self,
        address: &str,
        partner: bool,
        store: &mut Store,
    ) -> Result<Reply, StoreError> {
        let (peer, address) = match parse_peer_address(address) {
            Ok(parsed) => parsed,
            Err(error) => {
                return Ok(refused(
                    RefusalKind::WrongUse,
                    error.to_string(),
                    "copy the address from the peer's `indaba invite`",
                ));
            }
        };
        let name = peer.to_string();
        if self.local_peer.as_deref() == Some(name.as_str()) {
            return Ok(refused(
                RefusalKind::WrongUse,
                "this is the address of this node itself",
                "copy the other node's address",
            ));
        }
        let known = self.choices.peers().get(&name).cloned();
        if known.is_none() && self.choices.peers().len() >= limits::PEERS_KNOWN {
            return Ok(refused(
                RefusalKind::Policy,
                format!(
                    "{} peers are known, the most one node may",
                    limits::PEERS_KNOWN
                ),
                "remove one first",
            ));
        }
        let mut known = known.unwrap_or(KnownPeer {
            addresses: Vec::new(),
            partner,
        });
        known.partner = partner;
        let text = address.to_string();
        if !known.addresses.contains(&text) {
            // The newest first; eight are more than any node has.
            known.addresses.insert(0, text);
            known.addresses.truncate(8);
        }
        self.choices.add_peer(store, name.clone(), known)?;
        self.command(Command::AddPeer {
            peer,
            addresses: vec![address],
            pinned: true,
        });
        if self.peers.get(&peer).is_some() {
            self.open_session(peer);
        }
        Ok(Reply::PeerAdded { peer: name })
    }

    fn remove_peer(&mut self, text: &str, store: &mut Store) -> Result<Reply, StoreError> {
        let matching: Vec<String> = self
            .choices
            .peers()
            .keys()
            .filter(|peer| *peer == text || peer.ends_with(text))
            .cloned()
            .collect();
        let [name] = matching.as_slice() else {
            let (kind, problem) = if matching.is_empty() {
                (RefusalKind::NotFound, format!("no known peer `{text}`"))
            } else {
                (
                    RefusalKind::Ambiguous,
                    format!("`{text}` fits {} peers", matching.len()),
                )
            };
            return Ok(refused(kind, problem, "see `indaba peer list`"));
        };
        let was_known = self.choices.remove_peer(store, name)?;
        if let Ok(peer) = name.parse() {
            self.command(Command::RemovePeer(peer));
            self.command(Command::Disconnect(peer));
        }
        Ok(Reply::PeerRemoved {
            peer: name.clone(),
            was_known,
        })
    }

    fn peer_views(&self) -> Vec<PeerView> {
        let mut views: Vec<PeerView> = Vec::new();
        for (name, known) in self.choices.peers() {
            let parsed = name.parse().ok();
            let connected = parsed.and_then(|peer| self.peers.get(&peer));
            views.push(PeerView {
                peer: name.clone(),
                addresses: known.addresses.clone(),
                connected: connected.is_some(),
                partner: known.partner,
                path: connected.map(|peer| format!("{:?}", peer.path).to_lowercase()),
                outbound: connected.map(|peer| peer.outbound),
                feeds: connected
                    .map(|peer| self.shared_feeds(&peer.topics))
                    .unwrap_or_default(),
                last_problem: parsed
                    .and_then(|peer| self.peers.problem(&peer))
                    .map(str::to_owned),
            });
        }
        for peer in self.peers.all() {
            let name = peer.to_string();
            if self.choices.peers().contains_key(&name) {
                continue;
            }
            let Some(connected) = self.peers.get(peer) else {
                continue;
            };
            views.push(PeerView {
                peer: name,
                addresses: Vec::new(),
                connected: true,
                partner: false,
                path: Some(format!("{:?}", connected.path).to_lowercase()),
                outbound: Some(connected.outbound),
                feeds: self.shared_feeds(&connected.topics),
                last_problem: None,
            });
        }
        views
    }

    fn shared_feeds(&self, topics: &std::collections::BTreeSet<Topic>) -> Vec<String> {
        topics
            .iter()
            .filter_map(|topic| indaba_protocol::feed_of_topic(&self.net, topic.as_str()))
            .filter(|feed| self.follows(feed))
            .map(|feed| feed.to_string())
            .collect()
    }

    fn anchor(
        &mut self,
        text: &str,
        name: Option<String>,
        store: &mut Store,
    ) -> Result<Reply, StoreError> {
        let institution = match self.find_institution(text, store)? {
            Ok(id) => id,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        if institution == self.identity.institution {
            return Ok(refused(
                RefusalKind::WrongUse,
                "this is the node's own institution, which it accepts anyway",
                "name another one",
            ));
        }
        if self.choices.anchors().len() >= limits::ANCHORS {
            return Ok(refused(
                RefusalKind::Policy,
                format!("{} anchors, the most one node may hold", limits::ANCHORS),
                "remove one first",
            ));
        }
        let new = self.choices.anchor(store, institution, Anchor { name })?;
        self.declined.clear();
        // What waited unvouched goes through the door again.
        let waiting = store.held_of(&institution, limits::RELEASED_AT_ONCE)?;
        let released = waiting.len() as u64;
        self.take_waiting(&waiting, store)?;
        let peers: Vec<_> = self.peers.all().copied().collect();
        for peer in peers {
            self.sessions
                .ask(peer, [CatchUpRequest::Institution(institution)]);
            self.open_session(peer);
        }
        Ok(Reply::Anchored {
            institution: institution.to_string(),
            already: !new,
            released,
        })
    }

    fn remove_anchor(&mut self, text: &str, store: &mut Store) -> Result<Reply, StoreError> {
        let institution = match self.find_institution(text, store)? {
            Ok(id) => id,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        let was_anchor = self.choices.remove_anchor(store, &institution)?;
        Ok(Reply::AnchorRemoved {
            institution: institution.to_string(),
            was_anchor,
        })
    }

    /// The record a (shortened) id means.
    pub(super) fn find_id(&self, text: &str, store: &Store) -> Result<Id, Refusal> {
        let text = text.trim();
        if let Ok(id) = text.parse::<Id>() {
            return Ok(id);
        }
        let Ok(prefix) = text_forms::IdPrefix::parse(text) else {
            return Err(Refusal {
                kind: RefusalKind::WrongUse,
                problem: format!("`{text}` is no record id and not the beginning of one"),
                remedy: "an id is written in a-z and 2-7; see `indaba feed show FEED`".to_owned(),
            });
        };
        let (first, last) = prefix.range().into_inner();
        let found = store
            .ids_between(&first, &last, 3)
            .map_err(|error| Refusal {
                kind: RefusalKind::Storage,
                problem: error.to_string(),
                remedy: "run `indaba store verify`".to_owned(),
            })?;
        match found.as_slice() {
            [id] => Ok(*id),
            [] => Err(Refusal {
                kind: RefusalKind::NotFound,
                problem: format!("no record held here has an id that begins with `{text}`"),
                remedy: "see `indaba feed show FEED` for ids".to_owned(),
            }),
            several => Err(Refusal {
                kind: RefusalKind::Ambiguous,
                problem: format!(
                    "`{text}` fits several records, among them {} and {}",
                    several[0].short(),
                    several[1].short()
                ),
                remedy: "write more of the id".to_owned(),
            }),
        }
    }

    /// The institution a whole id, or the beginning of a known one, means.
    fn find_institution(
        &self,
        text: &str,
        store: &Store,
    ) -> Result<Result<Id, Refusal>, StoreError> {
        let text = text.trim();
        if let Ok(id) = text.parse::<Id>() {
            return Ok(Ok(id));
        }
        let mut known: Vec<Id> = self
            .institutions
            .chains()
            .map(|chain| chain.institution())
            .collect();
        known.extend(self.choices.anchors().keys());
        known.extend(store.held_uses()?.into_iter().map(|(id, _)| id));
        known.sort();
        known.dedup();
        let bare = text.strip_prefix("bafyr4i").unwrap_or(text);
        known.retain(|id| {
            !bare.is_empty()
                && id
                    .to_string()
                    .get(7..)
                    .is_some_and(|tail| tail.starts_with(bare))
        });
        Ok(match known.as_slice() {
            [id] => Ok(*id),
            [] => Err(Refusal {
                kind: RefusalKind::NotFound,
                problem: format!("`{text}` is no whole institution id, and not the beginning of a known one"),
                remedy: "copy the id from the institution's `indaba invite`, and compare the fingerprint by telephone".to_owned(),
            }),
            _ => Err(Refusal {
                kind: RefusalKind::Ambiguous,
                problem: format!("`{text}` fits several institutions"),
                remedy: "write more of the id".to_owned(),
            }),
        })
    }
}

/// A feed that can be followed.
fn public_feed(name: &str) -> Result<FeedName, Refusal> {
    let refusal = |problem: String, remedy: &str| Refusal {
        kind: RefusalKind::WrongUse,
        problem,
        remedy: remedy.to_owned(),
    };
    let feed: FeedName = name.parse().map_err(|error| {
        refusal(
            format!("`{name}`: {error}"),
            "write it as region:ecowas, theme:trj, country:gha or topic:water-points",
        )
    })?;
    if feed.is_circle() {
        return Err(refusal(
            format!("`{name}`: circles are not supported yet"),
            "follow a public feed",
        ));
    }
    Ok(feed)
}

/// Everything in card and body that a reader would search, in lower case.
fn searchable(card: Option<&[u8]>, body: Option<&[u8]>) -> String {
    let mut text = String::new();
    for part in [card, body].into_iter().flatten() {
        if let Ok((_, map)) = Part::open(part) {
            collect_texts(&map, &mut text);
        }
    }
    text
}

fn collect_texts(value: &Value, into: &mut String) {
    match value {
        Value::String(text) => {
            into.push_str(&text.to_lowercase());
            into.push('\n');
        }
        Value::List(items) => items.iter().for_each(|item| collect_texts(item, into)),
        Value::Map(map) => map.values().for_each(|item| collect_texts(item, into)),
        _ => {}
    }
}

fn not_held(id: &str) -> Reply {
    refused(
        RefusalKind::NotFound,
        format!("record {id} is not held here"),
        "follow a feed it is posted to, or check the id",
    )
}

fn refused(kind: RefusalKind, problem: impl Into<String>, remedy: &str) -> Reply {
    Reply::Refused(Refusal {
        kind,
        problem: problem.into(),
        remedy: remedy.to_owned(),
    })
}
