//! What a test asks the nodes of its network, and what it finds in their stores.

use std::collections::{BTreeMap, BTreeSet};

use indaba::engine::order::{InstitutionView, Order, Refusal, Reply, TrustOrder, TrustReply};
use indaba_protocol::Id;
use indaba_store::{FactKind, HeldReason, Store};

use super::network::Network;
use super::node::Who;

impl Network {
    /// Asks a node something that is answered at once.
    pub fn ask(&mut self, who: Who, order: Order) -> Reply {
        self.world.ask(who, order).unwrap_or_else(|| {
            panic!("{} does not answer", self.world.nodes[who].name);
        })
    }

    /// Why an order is refused, if it is; one that would not be is carried out.
    pub fn refuses(&mut self, who: Who, order: Order) -> Option<Refusal> {
        match self.world.ask(who, order) {
            Some(Reply::Refused(refusal)) => Some(refusal),
            _ => None,
        }
    }

    /// What a node has kept.
    pub fn store(&self, who: Who) -> &Store {
        let run = self.world.nodes[who].run.as_ref();
        &run.expect("the node is up").store
    }

    /// Whether a node holds a record.
    pub fn holds(&self, who: Who, record: &Id) -> bool {
        self.store(who).contains(record).unwrap()
    }

    /// Whether a node holds a statement that is no record.
    pub fn knows(&self, who: Who, statement: &Id) -> bool {
        self.store(who).has_fact(statement).unwrap()
    }

    /// How many statements of a kind a node holds about an institution.
    pub fn facts(&self, who: Who, kind: FactKind, institution: &Id) -> usize {
        self.store(who).facts(kind, institution).unwrap().len()
    }

    /// What waits at a node, by institution and reason.
    pub fn waiting(&self, who: Who) -> BTreeMap<(Id, bool), u64> {
        let mut waiting = BTreeMap::new();
        for held in self.store(who).held_page(None, usize::MAX).unwrap() {
            let unvouched = held.why == HeldReason::Quarantine;
            *waiting.entry((held.institution, unvouched)).or_default() += 1;
        }
        waiting
    }

    /// The verdict of a node on a record that it holds.
    pub fn verdict(&mut self, who: Who, record: &Id) -> Option<String> {
        if !self.holds(who, record) {
            return None;
        }
        match self.ask(
            who,
            Order::Verify {
                id: record.to_string(),
            },
        ) {
            Reply::Verified(view) => Some(view.verdict),
            other => panic!("{other:?}"),
        }
    }

    /// What a node says of an institution.
    fn view(&mut self, who: Who, institution: &Id) -> InstitutionView {
        let act = TrustOrder::Whom {
            institution: institution.to_string(),
        };
        match self.ask(who, Order::Trust { act }) {
            Reply::Trust { answer } => match *answer {
                TrustReply::Whom { institution, .. } => institution,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    /// The version of an institution's newest state that a node has pinned.
    pub fn version(&mut self, who: Who, institution: &Id) -> u64 {
        self.view(who, institution).version.unwrap_or(0)
    }

    /// Whether a node accepts an institution, in some matter at least.
    pub fn accepts(&mut self, who: Who, institution: &Id) -> bool {
        self.view(who, institution).accepted
    }

    /// Bytes of everything on a node's disk.
    pub fn disk_use(&self, who: Who) -> usize {
        self.world.nodes[who].disk.used()
    }

    /// Whom honest nodes have banned. That nobody of them is honest is a rule of every run.
    pub fn banned(&self) -> BTreeSet<Who> {
        let nodes = self.world.nodes.iter();
        nodes.flat_map(|node| node.banned.iter().copied()).collect()
    }

    /// What still differs between what somebody asked for and what it holds, if anything.
    pub fn difference(&mut self) -> Option<String> {
        self.world.difference()
    }

    /// Looks at everything of every node: stores, claims, verdicts, what waits.
    ///
    /// # Panics
    /// When a rule is broken.
    pub fn look_at_everything(&mut self) {
        for who in self.world.honest() {
            self.world.settle(who);
            self.world.check_everything(who);
        }
        self.world.check_verdicts();
        self.world.check_waiting();
        self.run(0);
    }

    /// The honest nodes that a node has links with, up or not.
    pub fn linked_with(&self, who: Who) -> Vec<Who> {
        let others = self.world.links.of(who).iter().copied();
        others
            .filter(|other| !self.world.nodes[*other].hostile)
            .collect()
    }

    /// Whether the honest nodes without these reach each other over links among themselves.
    pub fn stays_whole_without(&self, absent: &BTreeSet<Who>) -> bool {
        let mut left: BTreeSet<Who> = self.honest().into_iter().collect();
        left.retain(|who| !absent.contains(who));
        let mut open: Vec<Who> = left.pop_first().into_iter().collect();
        while let Some(who) = open.pop() {
            for other in self.linked_with(who) {
                if left.remove(&other) {
                    open.push(other);
                }
            }
        }
        left.is_empty()
    }

    /// What each honest node is called in the trace.
    pub fn name(&self, who: Who) -> String {
        self.world.nodes[who].name.to_string()
    }
}
