//! Nodes without the defence against contradictions: of two records at one place they take the one that came first, and never look at the
//! other. In front of each engine stands what such a node would do; the engine itself is that of every run.

use indaba_protocol::{CatchUpResponse, Item, Statement, read_unsigned};

use super::network::Network;
use super::node::Who;
use super::world::World;

impl Network {
    /// From now on every honest node keeps what came first, and looks at nothing that stands beside it.
    pub fn keep_what_came_first(&mut self) {
        self.world.first_come = true;
    }
}

impl World {
    /// Whether a node holds another record at a place of this one.
    fn stands_beside(&self, who: Who, item: &Item) -> bool {
        let Some(run) = &self.nodes[who].run else {
            return false;
        };
        let Ok(decoded) = read_unsigned(&self.net, &item.statement) else {
            return false;
        };
        let Statement::Record(header) = decoded.statement() else {
            return false;
        };
        header.lanes.iter().any(|lane| {
            let held = run
                .store
                .at(&header.institution, &header.key, &lane.feed, lane.seq)
                .unwrap();
            held.iter().any(|id| *id != decoded.id())
        })
    }

    /// Whether a gossip message comes too late for a node that keeps what came first.
    pub(super) fn comes_second(&self, who: Who, frame: &[u8]) -> bool {
        self.first_come && Item::decode(frame).is_ok_and(|item| self.stands_beside(who, &item))
    }

    /// An answer without what comes too late.
    pub(super) fn without_seconds(&self, who: Who, body: Vec<u8>) -> Vec<u8> {
        match CatchUpResponse::decode(&body) {
            Ok(CatchUpResponse::Items { mut items, more }) if self.first_come => {
                items.retain(|item| !self.stands_beside(who, item));
                CatchUpResponse::Items { items, more }.encode()
            }
            _ => body,
        }
    }
}
