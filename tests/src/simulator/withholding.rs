//! A node that lists everything and hands over all but some; and whom the others name for it.

use std::collections::BTreeSet;

use indaba::engine::order::{FeedView, Order, Reply};
use indaba_protocol::{CatchUpResponse, FeedName, Item, Unread, VerifiedStatement};

use super::node::{Node, Who};
use super::rule::Rule;
use super::sabotage::Sabotage;
use super::world::World;

/// Of so many records it keeps back one, always the same.
const KEPT_BACK: u8 = 3;

impl World {
    /// What this node answers to another: without the records it keeps back, and as if that were all.
    pub(super) fn held_back(&self, who: Who, asker: Who, body: Vec<u8>) -> Vec<u8> {
        if !self.sabotaged(who, Sabotage::Withholds) {
            return body;
        }
        match CatchUpResponse::decode(&body) {
            Ok(CatchUpResponse::Items { mut items, more }) => {
                items.retain(|item| !self.keeps_back(who, asker, item));
                CatchUpResponse::Items { items, more }.encode()
            }
            _ => body,
        }
    }

    /// Only what somebody else hands over to whoever asks: what nobody else has would stay missing, and rightly be called so.
    fn keeps_back(&self, who: Who, asker: Who, item: &Item) -> bool {
        let read: Result<_, Unread> = self.readings.open(&item.encode());
        let Ok(item) = read else { return false };
        let VerifiedStatement::Record(header) = item.statement() else {
            return false;
        };
        let id = header.id();
        let serves = |other: &Who| {
            let other = &self.nodes[*other];
            let holds = other
                .run
                .as_ref()
                .is_some_and(|run| run.store.contains(&id).is_ok_and(|holds| holds));
            let shared = |feed: &FeedName| {
                let follows = |node: &Node| feed.is_registry() || node.follows.contains_key(feed);
                follows(other) && follows(&self.nodes[asker])
            };
            holds && header.feeds().any(shared)
        };
        id.as_bytes()[0] % KEPT_BACK == 0
            && self
                .neighbours(asker)
                .iter()
                .filter(|other| **other != who)
                .any(serves)
    }

    /// Whether a node may be named at any time. The one that is switched on to withhold may be until the end, so that it is seen whether
    /// everybody gets everything all the same; and then it is as honest as the others.
    fn may_be_named(&self, peer: &str) -> bool {
        let named = self
            .nodes
            .iter()
            .position(|node| node.peer.to_string() == peer);
        named.is_some_and(|who| self.nodes[who].hostile || self.sabotaged(who, Sabotage::Withholds))
    }

    /// Nobody honest is named in what a node says of its feeds.
    pub(super) fn check_named(&mut self, who: Who, feeds: &[FeedView]) {
        let lanes = feeds.iter().flat_map(|feed| &feed.lanes);
        let by = lanes.flat_map(|lane| lane.lacking.iter().flat_map(|l| &l.withheld_by));
        let named: BTreeSet<String> = by.map(|by| by.peer.clone()).collect();
        for peer in named {
            if !self.may_be_named(&peer) {
                self.fail_named(who, &peer);
            }
        }
    }

    /// Nobody honest is named among the peers of a node; at the end not even the one that is switched on to withhold.
    pub(super) fn check_named_peers(&mut self, who: Who, at_end: bool) {
        let Some(Reply::Peers { peers }) = self.ask(who, Order::Peers) else {
            return;
        };
        for view in peers.iter().filter(|view| view.withholds.is_some()) {
            let hostile = |node: &Node| node.peer.to_string() == view.peer;
            let is_hostile = self.nodes.iter().any(|node| node.hostile && hostile(node));
            let allowed = match at_end {
                true => is_hostile,
                false => self.may_be_named(&view.peer),
            };
            if !allowed {
                self.fail_named(who, &view.peer);
            }
        }
    }

    fn fail_named(&mut self, who: Who, peer: &str) {
        let named = self.nodes.iter().find(|node| node.peer.to_string() == peer);
        let named = named.map_or("nobody", |node| &*node.name);
        let what = format!("{} says that {named} withholds", self.nodes[who].name);
        self.fail(Rule::NamesNobodyHonest, what);
    }
}
