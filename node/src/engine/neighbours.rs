//! Orders about peers and institutions: whom to stay in touch with, whom to accept.

use std::collections::BTreeMap;

use indaba_protocol::text_forms::{Fingerprint, parse_fingerprint};
use indaba_protocol::{CatchUpRequest, DecodedItem, Id};
use indaba_store::{Store, StoreError};
use libp2p::PeerId;

use super::boundary::Moment;
use super::choices::Anchor;
use super::order::{Compared, PeerView, Refusal, RefusalKind, Reply, Withholds};
use super::orders::refused;
use super::trust::policy::Reach;
use super::{Engine, limits};
use crate::network::{Bond, Command, Topic, parse_peer_address};

/// How firmly the network is to hold a peer the operator named.
pub(super) fn bond(partner: bool) -> Bond {
    if partner { Bond::Always } else { Bond::Pinned }
}

/// A text means none of the peers, or several.
fn no_one_peer(text: &str, fitting: usize) -> Reply {
    let (kind, problem) = match fitting {
        0 => (RefusalKind::NotFound, format!("no known peer `{text}`")),
        many => (
            RefusalKind::Ambiguous,
            format!("`{text}` fits {many} peers"),
        ),
    };
    refused(kind, problem, "see `indaba peer list`")
}

fn too_many_known() -> Reply {
    refused(
        RefusalKind::Policy,
        format!(
            "{} peers are known, the most one node may",
            limits::PEERS_KNOWN
        ),
        "remove one first",
    )
}

impl Engine {
    pub(super) fn add_peer(
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
            return Ok(too_many_known());
        }
        let mut known = known.unwrap_or_default();
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
            bond: bond(partner),
        });
        if self.peers.get(&peer).is_some() {
            self.open_session(peer);
        }
        Ok(Reply::PeerAdded { peer: name })
    }

    pub(super) fn remove_peer(
        &mut self,
        text: &str,
        store: &mut Store,
    ) -> Result<Reply, StoreError> {
        let matching: Vec<String> = self
            .choices
            .peers()
            .keys()
            .filter(|peer| *peer == text || peer.ends_with(text))
            .cloned()
            .collect();
        let [name] = matching.as_slice() else {
            return Ok(no_one_peer(text, matching.len()));
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

    /// Remembers which institution a peer belongs to that is known, or connected now.
    pub(super) fn name_peer(
        &mut self,
        text: &str,
        institution: &str,
        store: &mut Store,
    ) -> Result<Reply, StoreError> {
        let known = self.choices.peers().keys().cloned();
        let connected = self.peers.all().map(ToString::to_string);
        let mut matching: Vec<String> = known
            .chain(connected)
            .filter(|peer| peer == text || peer.ends_with(text))
            .collect();
        matching.sort();
        matching.dedup();
        let [name] = matching.as_slice() else {
            return Ok(no_one_peer(text, matching.len()));
        };
        let institution = match self.find_institution(institution, store)? {
            Ok(id) => id,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        let known = self.choices.peers().get(name).cloned();
        if known.is_none() && self.choices.peers().len() >= limits::PEERS_KNOWN {
            return Ok(too_many_known());
        }
        let mut known = known.unwrap_or_default();
        known.institution = Some(institution.to_string());
        self.choices.add_peer(store, name.clone(), known)?;
        Ok(Reply::PeerNamed {
            peer: name.clone(),
            institution: self.institution_view(&institution),
        })
    }

    /// The peers known, then those connected that are not.
    pub(super) fn peer_views(&self, store: &Store) -> Result<Vec<PeerView>, StoreError> {
        let mut views: Vec<PeerView> = Vec::new();
        for (name, known) in self.choices.peers() {
            let addresses = known.addresses.clone();
            views.push(match name.parse() {
                Ok(peer) => self.peer_view(&peer, addresses, known.partner, store)?,
                // A peer id of a form that this version does not read.
                Err(_) => PeerView {
                    peer: name.clone(),
                    institution: None,
                    addresses,
                    connected: false,
                    partner: known.partner,
                    path: None,
                    outbound: None,
                    feeds: Vec::new(),
                    last_problem: None,
                    last_seen: None,
                    withholds: None,
                    compared: None,
                },
            });
        }
        for peer in self.peers.all() {
            if !self.choices.peers().contains_key(&peer.to_string()) {
                views.push(self.peer_view(peer, Vec::new(), false, store)?);
            }
        }
        Ok(views)
    }

    fn peer_view(
        &self,
        peer: &PeerId,
        addresses: Vec<String>,
        partner: bool,
        store: &Store,
    ) -> Result<PeerView, StoreError> {
        let connected = self.peers.get(peer);
        let compared = match self.heard.of(peer) {
            Some(said) => Some(Compared {
                at: said.compared(),
                missing_here: self.still_missing_from(peer, store)?,
                missing_there: self.not_held_by(peer, store)?,
            }),
            None => None,
        };
        Ok(PeerView {
            peer: peer.to_string(),
            institution: self.institution_of_peer(peer),
            addresses,
            connected: connected.is_some(),
            partner,
            path: connected.map(|peer| format!("{:?}", peer.path).to_lowercase()),
            outbound: connected.map(|peer| peer.outbound),
            feeds: connected
                .map(|peer| self.shared_feeds(&peer.topics))
                .unwrap_or_default(),
            last_problem: self.peers.problem(peer).map(str::to_owned),
            last_seen: self.peers.seen(peer),
            withholds: self
                .withheld
                .by(peer)
                .map(|(records, at)| Withholds { records, at }),
            compared,
        })
    }

    pub(super) fn shared_feeds(&self, topics: &std::collections::BTreeSet<Topic>) -> Vec<String> {
        topics
            .iter()
            .filter_map(|topic| indaba_protocol::feed_of_topic(&self.net, topic.as_str()))
            .filter(|feed| self.follows(feed))
            .map(|feed| feed.to_string())
            .collect()
    }

    pub(super) fn anchor(
        &mut self,
        now: Moment,
        text: &str,
        name: Option<String>,
        full: Option<bool>,
        reach: Option<Reach>,
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
        let known = self.choices.anchors().get(&institution).cloned();
        if known.is_none() && self.choices.anchors().len() >= limits::ANCHORS {
            return Ok(refused(
                RefusalKind::Policy,
                format!("{} anchors, the most one node may hold", limits::ANCHORS),
                "remove one first",
            ));
        }
        let known = known.unwrap_or_default();
        let anchor = Anchor {
            name: name.or(known.name),
            full: full.unwrap_or(known.full),
            reach: reach.unwrap_or(known.reach),
        };
        let new = self.choices.anchor(store, institution, anchor)?;
        self.note_name(&institution);
        self.policy_changed(now);
        self.declined.clear();
        // What waited unvouched goes through the door again.
        let waiting = store.held_of(&institution, limits::RELEASED_AT_ONCE)?;
        let unfollowed = self.unfollowed_of(&waiting, store)?;
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
            released: waiting.len() as u64,
            unfollowed,
        })
    }

    /// Of these waiting statements, how many are records of each feed that is not followed here; one in two such feeds counts for both.
    fn unfollowed_of(
        &self,
        waiting: &[Id],
        store: &Store,
    ) -> Result<BTreeMap<String, u64>, StoreError> {
        let mut feeds = BTreeMap::new();
        for id in waiting {
            let Some(held) = store.held(id)? else {
                continue;
            };
            let item = DecodedItem::open(&self.net, &held.item).ok();
            let header = item.as_ref().and_then(|item| self.unfollowed(&held, item));
            for feed in header.into_iter().flat_map(|header| header.feeds()) {
                *feeds.entry(feed.to_string()).or_default() += 1;
            }
        }
        Ok(feeds)
    }

    pub(super) fn remove_anchor(
        &mut self,
        now: Moment,
        text: &str,
        store: &mut Store,
    ) -> Result<Reply, StoreError> {
        let institution = match self.find_institution(text, store)? {
            Ok(id) => id,
            Err(refusal) => return Ok(Reply::Refused(refusal)),
        };
        let was_anchor = self.choices.remove_anchor(store, &institution)?;
        self.policy_changed(now);
        Ok(Reply::AnchorRemoved {
            institution: institution.to_string(),
            was_anchor,
        })
    }

    /// The institution a whole id means, or of a known one the fingerprint or the beginning of the id.
    pub(super) fn find_institution(
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
        known.extend(&self.choices.trust().refused);
        let web = self.trust.web();
        known.extend(web.accepted().chain(web.heard()).chain(web.subjects()));
        known.extend(store.held_uses()?.into_iter().map(|(id, _)| id));
        known.sort();
        known.dedup();
        let bare = text.strip_prefix("bafyr4i").unwrap_or(text);
        let fingerprint = parse_fingerprint(text).ok();
        known.retain(|id| match &fingerprint {
            Some(fingerprint) => Fingerprint::of(id) == *fingerprint,
            None => {
                let begins = |tail: &str| tail.starts_with(bare);
                !bare.is_empty() && id.to_string().get(7..).is_some_and(begins)
            }
        });
        Ok(match known.as_slice() {
            [id] => Ok(*id),
            [] => Err(Refusal {
                kind: RefusalKind::NotFound,
                problem: match fingerprint {
                    Some(_) => "no institution that this node has heard of has this fingerprint".to_owned(),
                    None => format!("`{text}` is no whole institution id, and not the beginning of a known one"),
                },
                remedy: "copy the id from the institution's own \"indaba invite\", or give the invitation itself".to_owned(),
            }),
            _ => Err(Refusal {
                kind: RefusalKind::Ambiguous,
                problem: format!("`{text}` fits several institutions"),
                remedy: "write more of the id".to_owned(),
            }),
        })
    }
}
