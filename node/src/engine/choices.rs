//! What the operator chose: feeds to follow, institutions to accept, peers to stay in touch with. Kept in the store, so
//! that a choice is as durable as a record and there is one place to copy, restore and wipe.

use std::collections::BTreeMap;

use indaba_protocol::{FeedName, Id};
use indaba_store::{Batch, Store, StoreError};
use serde::{Deserialize, Serialize};

use super::order::{Order, TrustOrder};
use super::trust::policy::{CHARTER, Chosen, NUMBERS, Numbers, REFUSED, Reach};

/// Names of the columns in the store.
const FOLLOW: &str = "follow";
const ANCHOR: &str = "anchor";
const PEER: &str = "peer";

/// The columns a backup carries.
pub const CHOSEN_COLUMNS: [&str; 6] = [FOLLOW, ANCHOR, PEER, NUMBERS, CHARTER, REFUSED];

/// A choice out of a backup, as the orders that make it here.
#[derive(Clone, Debug)]
pub struct ChosenOrder {
    /// The orders.
    pub orders: Vec<Order>,
    /// What they do, in words.
    pub words: String,
}

/// What a choice under a column and a key says; nothing when it does not read.
pub fn chosen_order(column: &str, key: &[u8], value: &[u8]) -> Option<ChosenOrder> {
    let name = std::str::from_utf8(key).ok()?.to_owned();
    let (orders, words) = match column {
        FOLLOW => {
            let Follow { quiet } = serde_json::from_slice(value).ok()?;
            let words = format!("follow {name}{}", if quiet { ", quietly" } else { "" });
            // What is followed quietly here stays so, whatever the backup says.
            let quiet = quiet.then_some(true);
            (vec![Order::Follow { feed: name, quiet }], words)
        }
        ANCHOR => {
            let anchor: Anchor = serde_json::from_slice(value).ok()?;
            let fully = if anchor.full { ", fully trusted" } else { "" };
            let reach = anchor.reach.words();
            let words = match &anchor.name {
                Some(called) => format!("accept {called} ({name}){fully}{reach}"),
                None => format!("accept {name}{fully}{reach}"),
            };
            let order = Order::Anchor {
                institution: name,
                name: anchor.name,
                full: Some(anchor.full),
                reach: Some(anchor.reach),
            };
            (vec![order], words)
        }
        PEER => {
            let KnownPeer {
                addresses,
                partner,
                institution,
            } = serde_json::from_slice(value).ok()?;
            let words = format!(
                "stay in touch with {name}{}",
                if partner { ", a partner" } else { "" }
            );
            let add = |address: String| Order::AddPeer {
                address: format!("{address}/p2p/{name}"),
                partner,
            };
            let mut orders: Vec<Order> = addresses.into_iter().map(add).collect();
            orders.extend(institution.map(|institution| Order::NamePeer {
                peer: name.clone(),
                institution,
            }));
            (orders, words)
        }
        NUMBERS => {
            let numbers: Numbers = serde_json::from_slice(value).ok()?;
            let levels: Vec<String> = numbers.levels.into_iter().collect();
            let words = format!(
                "ask for {} paths, {} of them an anchor's own vouch, of at most {} vouches, of the levels {}",
                numbers.threshold,
                numbers.direct,
                numbers.depth,
                levels.join(", ")
            );
            let act = TrustOrder::SetPolicy {
                threshold: Some(numbers.threshold),
                direct: Some(numbers.direct),
                depth: Some(numbers.depth),
                levels: Some(levels),
            };
            (vec![Order::Trust { act }], words)
        }
        CHARTER => {
            let reach: Reach = serde_json::from_slice(value).ok()?;
            let words = format!("accept the charter {name}{}", reach.words());
            let act = TrustOrder::AcceptCharter {
                charter: name,
                reach,
            };
            (vec![Order::Trust { act }], words)
        }
        REFUSED => {
            let words = format!("refuse {name}");
            let act = TrustOrder::Refuse { institution: name };
            (vec![Order::Trust { act }], words)
        }
        _ => return None,
    };
    Some(ChosenOrder { orders, words })
}

/// How a feed is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Follow {
    /// Never announced; pulled only from partners, served only to partners.
    pub quiet: bool,
}

/// An institution accepted by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// What the operator calls it; the institution's own name is in its profile.
    pub name: Option<String>,
    /// Its own vouch for another institution suffices alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub full: bool,
    /// For what its vouches count.
    #[serde(default)]
    pub reach: Reach,
}

/// A peer known by order of the operator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownPeer {
    /// Multiaddrs, as text.
    pub addresses: Vec<String>,
    /// May be asked for, and served, quiet feeds.
    pub partner: bool,
    /// The id of the institution it belongs to, as its invitation said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub institution: Option<String>,
}

/// All choices, in memory; the store has the durable copy.
#[derive(Clone, Debug, Default)]
pub(super) struct Choices {
    follows: BTreeMap<FeedName, Follow>,
    anchors: BTreeMap<Id, Anchor>,
    peers: BTreeMap<String, KnownPeer>,
    trust: Chosen,
}

impl Choices {
    /// Reads the durable copy. An entry that does not read is left alone and named in the log: it was written by a
    /// newer version.
    pub(super) fn load(store: &Store) -> Result<Choices, StoreError> {
        let mut choices = Choices {
            trust: Chosen::load(store)?,
            ..Choices::default()
        };
        for (key, value) in store.choices(FOLLOW)? {
            if let (Ok(feed), Ok(follow)) = (text(&key).parse(), serde_json::from_slice(&value)) {
                choices.follows.insert(feed, follow);
            } else {
                tracing::warn!("a followed feed in the store does not read; left alone");
            }
        }
        for (key, value) in store.choices(ANCHOR)? {
            if let (Ok(id), Ok(anchor)) = (text(&key).parse(), serde_json::from_slice(&value)) {
                choices.anchors.insert(id, anchor);
            } else {
                tracing::warn!("an anchor in the store does not read; left alone");
            }
        }
        for (key, value) in store.choices(PEER)? {
            if let Ok(peer) = serde_json::from_slice(&value) {
                choices.peers.insert(text(&key), peer);
            } else {
                tracing::warn!("a peer in the store does not read; left alone");
            }
        }
        Ok(choices)
    }

    pub(super) fn follows(&self) -> &BTreeMap<FeedName, Follow> {
        &self.follows
    }

    pub(super) fn anchors(&self) -> &BTreeMap<Id, Anchor> {
        &self.anchors
    }

    /// The policy but for its anchors.
    pub(super) fn trust(&self) -> &Chosen {
        &self.trust
    }

    pub(super) fn trust_mut(&mut self) -> &mut Chosen {
        &mut self.trust
    }

    pub(super) fn peers(&self) -> &BTreeMap<String, KnownPeer> {
        &self.peers
    }

    /// Whether the operator accepted this peer as a partner.
    pub(super) fn is_partner(&self, peer: &str) -> bool {
        self.peers.get(peer).is_some_and(|known| known.partner)
    }

    /// Follows a feed, or changes how. True if something changed.
    pub(super) fn follow(
        &mut self,
        store: &mut Store,
        feed: FeedName,
        follow: Follow,
    ) -> Result<bool, StoreError> {
        if self.follows.get(&feed) == Some(&follow) {
            return Ok(false);
        }
        put(store, FOLLOW, feed.as_str(), &follow)?;
        self.follows.insert(feed, follow);
        Ok(true)
    }

    /// Stops following. True if it was followed.
    pub(super) fn unfollow(
        &mut self,
        store: &mut Store,
        feed: &FeedName,
    ) -> Result<Option<Follow>, StoreError> {
        if !self.follows.contains_key(feed) {
            return Ok(None);
        }
        remove(store, FOLLOW, feed.as_str())?;
        Ok(self.follows.remove(feed))
    }

    /// Accepts an institution. True if it was not accepted by hand before.
    pub(super) fn anchor(
        &mut self,
        store: &mut Store,
        institution: Id,
        anchor: Anchor,
    ) -> Result<bool, StoreError> {
        let known = self.anchors.get(&institution);
        let new = known.is_none();
        if known != Some(&anchor) {
            put(store, ANCHOR, &institution.to_string(), &anchor)?;
            self.anchors.insert(institution, anchor);
        }
        Ok(new)
    }

    /// Accepts an institution no longer. True if it was an anchor.
    pub(super) fn remove_anchor(
        &mut self,
        store: &mut Store,
        institution: &Id,
    ) -> Result<bool, StoreError> {
        if !self.anchors.contains_key(institution) {
            return Ok(false);
        }
        remove(store, ANCHOR, &institution.to_string())?;
        self.anchors.remove(institution);
        Ok(true)
    }

    /// Adds or changes a peer.
    pub(super) fn add_peer(
        &mut self,
        store: &mut Store,
        peer: String,
        known: KnownPeer,
    ) -> Result<(), StoreError> {
        if self.peers.get(&peer) != Some(&known) {
            put(store, PEER, &peer, &known)?;
            self.peers.insert(peer, known);
        }
        Ok(())
    }

    /// Forgets a peer. True if it was known.
    pub(super) fn remove_peer(
        &mut self,
        store: &mut Store,
        peer: &str,
    ) -> Result<bool, StoreError> {
        if !self.peers.contains_key(peer) {
            return Ok(false);
        }
        remove(store, PEER, peer)?;
        self.peers.remove(peer);
        Ok(true)
    }
}

pub(super) fn text(key: &[u8]) -> String {
    String::from_utf8_lossy(key).into_owned()
}

pub(super) fn put(
    store: &mut Store,
    column: &str,
    key: &str,
    value: &impl Serialize,
) -> Result<(), StoreError> {
    let value = serde_json::to_vec(value).unwrap_or_default();
    let mut batch = Batch::new();
    batch.choose(column, key.as_bytes(), &value);
    store.commit(batch).map(drop)
}

pub(super) fn remove(store: &mut Store, column: &str, key: &str) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    batch.unchoose(column, key.as_bytes());
    store.commit(batch).map(drop)
}
