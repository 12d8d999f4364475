//! From the outbox to the mesh. What is in the outbox is durable; it leaves when the network took it, or when a later
//! comparison will deliver it anyway. A restart begins with what is left.

use std::collections::{BTreeMap, BTreeSet};

use indaba_protocol::{FeedName, Id, Item, VerifiedStatement, feed_of_topic, topic};
use indaba_store::{Batch, Store, StoreError};
use libp2p::PeerId;

use super::boundary::Moment;
use super::neighbours::bond;
use super::{Engine, limits};
use crate::network::{Command, Outcome, Topic};

/// Statements kept for a feed that nobody connected follows. When more wait, those who come later get them by comparing,
/// which they do on connecting, instead of by a burst of gossip.
const UNHEARD_PER_FEED: usize = 64;

/// What was handed to the network and is not settled.
#[derive(Default)]
pub(super) struct Announce {
    next_ticket: u64,
    tickets: BTreeMap<u64, (Id, FeedName)>,
    /// Statements that nobody was told of yet.
    open: BTreeSet<Id>,
    /// Statements that nobody heard yet, by feed.
    unheard: BTreeMap<FeedName, Vec<Id>>,
    done: BTreeSet<Id>,
    /// When those are taken out of the outbox.
    settle_at: Option<u64>,
}

impl Announce {
    /// When announced statements are to be taken out of the outbox.
    pub(super) fn settles_at(&self) -> Option<u64> {
        self.settle_at
    }

    /// Whether a statement was announced. It may have left the outbox already, as a head does that a newer one replaced.
    pub(super) fn is_announced(&self, id: &Id) -> bool {
        self.done.contains(id)
    }
}

impl Engine {
    /// Announces everything in the outbox: at the start.
    pub(super) fn announce_outbox(&mut self, store: &Store) -> Result<(), StoreError> {
        for (id, feeds) in store.outbox()? {
            match self.item_of(&id, store)? {
                Some(item) => self.announce(id, &item, feeds),
                None => {
                    self.announce.done.insert(id);
                }
            }
        }
        Ok(())
    }

    /// Announces a statement that was just put into the outbox, and is durable.
    pub(super) fn announce(
        &mut self,
        id: Id,
        item: &Item,
        feeds: impl IntoIterator<Item = FeedName>,
    ) {
        // A quiet feed's name never reaches a peer by gossip; partners pull it.
        let open: BTreeSet<_> = feeds
            .into_iter()
            .filter(|feed| !self.is_quiet(feed))
            .collect();
        if open.is_empty() {
            self.announce.done.insert(id);
            return;
        }
        let frame = item.encode();
        for feed in &open {
            self.announce_in(id, feed, frame.clone());
        }
        self.announce.open.insert(id);
    }

    /// Announces any statement but a record, which has no parts, in the registry.
    pub(super) fn announce_in_registry(&mut self, statement: &VerifiedStatement) {
        let item = Item::of_statement(statement.bytes());
        self.announce(statement.id(), &item, [FeedName::registry()]);
    }

    /// Announces a statement that is not in the outbox because peers can make it themselves.
    pub(super) fn announce_now(&mut self, item: &Item, feeds: &[FeedName]) {
        let frame = item.encode();
        for feed in feeds {
            let topic = Topic::new(topic(&self.net, feed));
            self.announce.next_ticket += 1;
            let ticket = self.announce.next_ticket;
            self.command(Command::Publish {
                topic,
                frame: frame.clone(),
                ticket,
            });
        }
    }

    fn announce_in(&mut self, id: Id, feed: &FeedName, frame: Vec<u8>) {
        self.announce.next_ticket += 1;
        let ticket = self.announce.next_ticket;
        self.announce.tickets.insert(ticket, (id, feed.clone()));
        let topic = Topic::new(topic(&self.net, feed));
        self.command(Command::Publish {
            topic,
            frame,
            ticket,
        });
    }

    /// The network says what became of an announcement.
    pub(super) fn handle_published(&mut self, now: Moment, ticket: u64, outcome: Outcome) {
        let Some((id, feed)) = self.announce.tickets.remove(&ticket) else {
            return;
        };
        match outcome {
            Outcome::NoPeers => {
                let unheard = self.announce.unheard.entry(feed).or_default();
                if unheard.len() < UNHEARD_PER_FEED {
                    unheard.push(id);
                } else {
                    self.announced(now, id);
                }
            }
            // A full queue is healed by comparing; publishing again would only say "duplicate".
            // Told in one feed is told: who follows another one and comes later gets it by comparing on connecting.
            Outcome::Sent(_) | Outcome::Duplicate | Outcome::QueueFull => self.announced(now, id),
            Outcome::TooLarge => {
                tracing::error!(id = %id.short(), "a statement of ours is larger than a frame; it travels by comparing only");
                self.announced(now, id);
            }
        }
        self.settle_later(now);
    }

    /// A statement has reached somebody, by gossip or because he asked.
    pub(super) fn announced(&mut self, now: Moment, id: Id) {
        if self.announce.open.remove(&id) {
            self.announce.done.insert(id);
            self.settle_later(now);
        }
    }

    fn settle_later(&mut self, now: Moment) {
        if !self.announce.done.is_empty() && self.announce.settle_at.is_none() {
            self.announce.settle_at = Some(now.after(limits::OUTBOX_LINGER).monotonic);
        }
    }

    /// Somebody follows a feed now that nobody followed before: tell what was not heard.
    pub(super) fn handle_peer_follows(
        &mut self,
        now: Moment,
        peer: PeerId,
        topic: &Topic,
        store: &Store,
    ) -> Result<(), StoreError> {
        self.peers.follows(&peer, topic.clone());
        let Some(feed) = feed_of_topic(&self.net, topic.as_str()) else {
            return Ok(());
        };
        if self.is_quiet(&feed) {
            return Ok(());
        }
        for id in self.announce.unheard.remove(&feed).unwrap_or_default() {
            match self.item_of(&id, store)? {
                Some(item) => self.announce_in(id, &feed, item.encode()),
                None => self.announced(now, id),
            }
        }
        Ok(())
    }

    /// Takes what was announced out of the outbox when its time has come. A crash before that announces it once more, which
    /// harms nobody.
    pub(super) fn settle_announced(
        &mut self,
        now: Moment,
        store: &mut Store,
    ) -> Result<(), StoreError> {
        match self.announce.settle_at {
            Some(at) if at <= now.monotonic => self.flush_announced(store),
            _ => Ok(()),
        }
    }

    /// Takes what was announced out of the outbox.
    pub(super) fn flush_announced(&mut self, store: &mut Store) -> Result<(), StoreError> {
        self.announce.settle_at = None;
        if self.announce.done.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new();
        for id in std::mem::take(&mut self.announce.done) {
            batch.outbox_done(id);
        }
        store.commit(batch).map(drop)
    }

    /// A statement as it travels, with the parts held.
    pub(super) fn item_of(&self, id: &Id, store: &Store) -> Result<Option<Item>, StoreError> {
        if let Some(record) = self.stored(id, store)? {
            return Ok(Some(Item {
                statement: record.statement,
                card: record.card,
                body: record.body,
            }));
        }
        Ok(store.fact(id)?.map(|fact| Item::of_statement(&fact.bytes)))
    }

    /// The topics this node announces that it follows.
    pub(super) fn announced_feeds(&self) -> Vec<FeedName> {
        let mut feeds = vec![FeedName::registry()];
        feeds.extend(
            self.choices
                .follows()
                .iter()
                .filter(|(_, follow)| !follow.quiet)
                .map(|(feed, _)| feed.clone()),
        );
        feeds
    }

    /// Subscribes, and tells the network whom to stay in touch with.
    pub(super) fn join_network(&mut self) {
        for feed in self.announced_feeds() {
            let topic = Topic::new(topic(&self.net, &feed));
            self.command(Command::Subscribe(topic));
        }
        let known: Vec<_> = self
            .choices
            .peers()
            .iter()
            .filter_map(|(peer, choice)| {
                let addresses: Vec<_> = choice
                    .addresses
                    .iter()
                    .filter_map(|address| address.parse().ok())
                    .collect();
                let peer = peer.parse::<PeerId>().ok()?;
                (!addresses.is_empty()).then_some((peer, addresses, choice.partner))
            })
            .collect();
        for (peer, addresses, partner) in known {
            self.command(Command::AddPeer {
                peer,
                addresses,
                bond: bond(partner),
            });
        }
    }
}
