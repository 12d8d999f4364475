//! The peers connected now: what each announced, how much it may send and ask, when it came.

use std::collections::{BTreeMap, BTreeSet};

use libp2p::PeerId;

use super::boundary::Moment;
use super::limits;
use super::rate::Bucket;
use crate::network::{Path, Topic};

/// Peers connected now, and the last problem with those that are not.
#[derive(Debug, Default)]
pub(super) struct Peers {
    connected: BTreeMap<PeerId, Peer>,
    /// The last dial problem of a known peer; at most as many entries as known peers are dialled.
    problems: BTreeMap<PeerId, String>,
    /// When those that left were last connected, in milliseconds since 1970. In memory only: who was met when is nobody's business.
    left: BTreeMap<PeerId, i64>,
}

/// One connected peer.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) outbound: bool,
    pub(super) path: Path,
    /// Since when, in milliseconds since 1970.
    pub(super) since: i64,
    /// Topics it announced, at most as many as the network room lets through.
    pub(super) topics: BTreeSet<Topic>,
    messages: Bucket,
    requests: Bucket,
}

impl Peers {
    pub(super) fn connected(&mut self, peer: PeerId, outbound: bool, path: Path, now: Moment) {
        self.problems.remove(&peer);
        self.connected.insert(
            peer,
            Peer {
                outbound,
                path,
                since: now.wall,
                topics: BTreeSet::new(),
                messages: Bucket::new(limits::MESSAGE_BURST, limits::MESSAGES_PER_SECOND, now),
                requests: Bucket::new(limits::REQUEST_BURST, limits::REQUESTS_PER_SECOND, now),
            },
        );
    }

    pub(super) fn disconnected(&mut self, peer: &PeerId, now: Moment) {
        if self.connected.remove(peer).is_none() {
            return;
        }
        if self.left.len() >= limits::PEERS_HEARD && !self.left.contains_key(peer) {
            let oldest = self.left.iter().min_by_key(|(_, at)| **at);
            if let Some(oldest) = oldest.map(|(peer, _)| *peer) {
                self.left.remove(&oldest);
            }
        }
        self.left.insert(*peer, now.wall);
    }

    /// Since when the peer has been connected, or when it last was; none when not since the start.
    pub(super) fn seen(&self, peer: &PeerId) -> Option<i64> {
        let since = self.connected.get(peer).map(|peer| peer.since);
        since.or_else(|| self.left.get(peer).copied())
    }

    pub(super) fn dial_failed(&mut self, peer: PeerId, reason: String) {
        if self.problems.len() < limits::PEERS_KNOWN || self.problems.contains_key(&peer) {
            self.problems.insert(peer, reason);
        }
    }

    pub(super) fn follows(&mut self, peer: &PeerId, topic: Topic) {
        if let Some(peer) = self.connected.get_mut(peer)
            && peer.topics.len() < limits::FEEDS_FOLLOWED * 2
        {
            peer.topics.insert(topic);
        }
    }

    pub(super) fn unfollows(&mut self, peer: &PeerId, topic: &Topic) {
        if let Some(peer) = self.connected.get_mut(peer) {
            peer.topics.remove(topic);
        }
    }

    pub(super) fn get(&self, peer: &PeerId) -> Option<&Peer> {
        self.connected.get(peer)
    }

    pub(super) fn problem(&self, peer: &PeerId) -> Option<&str> {
        self.problems.get(peer).map(String::as_str)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &PeerId> {
        self.connected.keys()
    }

    /// How many have announced that they follow this.
    pub(super) fn carrying(&self, topic: &Topic) -> usize {
        let all = self.connected.values();
        all.filter(|peer| peer.topics.contains(topic)).count()
    }

    pub(super) fn count(&self) -> usize {
        self.connected.len()
    }

    /// Whether this peer may send one more message now.
    pub(super) fn may_send(&mut self, peer: &PeerId, now: Moment) -> bool {
        self.connected
            .get_mut(peer)
            .is_none_or(|peer| peer.messages.take(now))
    }

    /// An answer was more work than one question.
    pub(super) fn charge(&mut self, peer: &PeerId, questions: usize) {
        if let Some(peer) = self.connected.get_mut(peer) {
            peer.requests.charge(questions);
        }
    }

    /// Whether this peer may ask one more question now.
    pub(super) fn may_ask(&mut self, peer: &PeerId, now: Moment) -> bool {
        self.connected
            .get_mut(peer)
            .is_none_or(|peer| peer.requests.take(now))
    }
}
