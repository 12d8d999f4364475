//! What the operator asks, carried out.

use indaba_protocol::{CatchUpRequest, FeedName, Id, text_forms, topic};
use indaba_store::{Store, StoreError};

use super::boundary::Moment;
use super::choices::Follow;
use super::cutting::Line;
use super::order::{IdentityView, Imported, Order, Refusal, RefusalKind, Reply, UnvouchedView};
use super::{Engine, limits};
use crate::network::{Command, Topic};

impl Engine {
    pub(super) fn handle_order(
        &mut self,
        now: Moment,
        order: Order,
        store: &mut Store,
    ) -> Result<Reply, StoreError> {
        match order {
            Order::Status => self.status(now, store),
            Order::Preflight { drafts } => self.preflight(now, &drafts, store),
            Order::Publish { drafts } => self.publish(now, &drafts, store),
            Order::Follow { feed, quiet } => self.follow_feed(feed, quiet, store),
            Order::Unfollow { feed } => self.unfollow_feed(feed, store),
            Order::Feeds => Ok(Reply::Feeds {
                feeds: self.feeds(now, store)?,
            }),
            Order::KnownFeeds => Ok(self.known_feeds()),
            Order::Feed {
                feed,
                after,
                limit,
                newest,
            } => self.show_feed(now, feed, after, limit, newest, store),
            // Taken out before it comes here: its answer waits for a judgement.
            Order::Import { .. } => Ok(Reply::Imported(Imported::default())),
            Order::Compact { all, before } => self.compact(now, all, before, store),
            Order::HoldJournal { seconds } => Ok(self.hold_journal(now, seconds, store)),
            Order::Show { id } => match self.find_id(&id, store) {
                Ok(id) => Ok(self.record_view(now, &id, store)?.map_or_else(
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
            Order::NamePeer { peer, institution } => self.name_peer(&peer, &institution, store),
            Order::RemovePeer { peer } => self.remove_peer(&peer, store),
            Order::Peers => Ok(Reply::Peers {
                peers: self.peer_views(store)?,
            }),
            Order::Anchor {
                institution,
                name,
                full,
                reach,
            } => self.anchor(now, &institution, name, full, reach, store),
            Order::Trust { act } => self.handle_trust(now, act, store),
            Order::RemoveAnchor { institution } => self.remove_anchor(now, &institution, store),
            Order::Anchors => {
                let ids: Vec<Id> = self.choices.anchors().keys().copied().collect();
                Ok(Reply::Anchors {
                    anchors: ids.iter().map(|id| self.institution_view(id)).collect(),
                })
            }
            Order::Unvouched => {
                let mut institutions = Vec::new();
                for (id, used) in self.unvouched(store)? {
                    let (institution, claimed_name) = self.claiming_view(&id, store)?;
                    institutions.push(UnvouchedView {
                        institution,
                        claimed_name,
                        statements: used.count,
                        bytes: used.bytes,
                    });
                }
                Ok(Reply::Unvouched { institutions })
            }
            Order::AcceptCopy => self.accept_copy(store),
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
                            disputed: chain.is_disputed(),
                            lists: self
                                .institutions
                                .cut_lists_of(chain)
                                .map(|list| super::view::to_hex(list.bytes()))
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
            Order::Take { statements } => self.take_states(&statements, store),
            Order::PlanCut {
                key,
                last,
                first_bad,
            } => Ok(self
                .plan_cut(&key, &Line { last, first_bad }, store)?
                .map_or_else(Reply::Refused, |plan| Reply::CutPlan(Box::new(plan)))),
            Order::Alarm {
                key,
                last,
                first_bad,
            } => self.raise_alarm(now, &key, &Line { last, first_bad }, store),
            Order::Identity => Ok(Reply::Identity(IdentityView {
                network: self.network.as_str().to_owned(),
                institution: self.institution_view(&self.identity.institution),
                peer: self.local_peer.clone(),
                addresses: self.listening.clone(),
            })),
            Order::Clearance { act } => self.clearance_order(now, act, store),
            Order::Stop => {
                self.flush_announced(store)?;
                self.command(Command::Shutdown);
                Ok(Reply::Stopping)
            }
        }
    }

    pub(super) fn follow_feed(
        &mut self,
        name: String,
        quiet: Option<bool>,
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
        let was_quiet = before.map(|follow| follow.quiet);
        // Who follows quietly and asks again must not be given away by leaving out a word.
        let quiet = quiet.or(was_quiet).unwrap_or(false);
        let changed = self.choices.follow(store, feed.clone(), Follow { quiet })?;
        if changed {
            self.listings.changed();
            let subscription = Topic::new(topic(&self.net, &feed));
            if quiet {
                self.command(Command::Unsubscribe(subscription));
            } else {
                self.command(Command::Subscribe(subscription));
            }
            self.declined.clear();
            self.take_unfollowed(&feed, store)?;
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
            was_quiet,
        })
    }

    pub(super) fn unfollow_feed(
        &mut self,
        name: String,
        store: &mut Store,
    ) -> Result<Reply, StoreError> {
        let feed = match public_feed(&name) {
            Ok(feed) => feed,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        let was = self.choices.unfollow(store, &feed)?;
        let was_followed = was.is_some();
        if was_followed {
            self.listings.changed();
            self.command(Command::Unsubscribe(Topic::new(topic(&self.net, &feed))));
        }
        Ok(Reply::Unfollowed {
            feed: feed.to_string(),
            was_followed,
            was_quiet: was.is_some_and(|follow| follow.quiet),
        })
    }

    /// The record a (shortened) id means.
    pub(super) fn find_id(&self, text: &str, store: &Store) -> Result<Id, Refusal> {
        // Typed from paper or dictated, it may come in capitals.
        let text = text.trim().to_ascii_lowercase();
        let text = text.as_str();
        if let Ok(id) = text.parse::<Id>() {
            return Ok(id);
        }
        let Ok(prefix) = text_forms::IdPrefix::parse(text) else {
            return Err(Refusal {
                kind: RefusalKind::WrongUse,
                problem: format!("`{text}` is no record id and not the beginning of one"),
                remedy: "an id is written in a-z and 2-7; see `indaba feed show FEED`, or look for words with `indaba search`".to_owned(),
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
}

/// A feed that can be followed.
pub(super) fn public_feed(name: &str) -> Result<FeedName, Refusal> {
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

fn not_held(id: &str) -> Reply {
    refused(
        RefusalKind::NotFound,
        format!("record {id} is not held here"),
        "follow a feed it is posted to, or check the id",
    )
}

pub(super) fn refused(kind: RefusalKind, problem: impl Into<String>, remedy: &str) -> Reply {
    Reply::Refused(Refusal {
        kind,
        problem: problem.into(),
        remedy: remedy.to_owned(),
    })
}
