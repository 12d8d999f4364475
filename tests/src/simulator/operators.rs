//! What operators tell their nodes, and what the nodes say to them.

use indaba::engine::order::{Order, Reply};
use indaba::engine::{Input, Notice, OrderTicket, Output, Way};
use indaba_protocol::Id;

use super::node::Who;
use super::rule::Rule;
use super::sabotage::Sabotage;
use super::world::{World, brief};

impl World {
    pub(super) fn noticed(&mut self, who: Who, notice: &Notice) {
        if let Notice::Equivocation { .. } = notice {
            self.counts.contradictions += 1;
            let name = self.nodes[who].name.clone();
            self.say(format_args!("{name} has the proof of a contradiction"));
        }
        if let Notice::Admitted { record, way, .. } = notice {
            let how = match way {
                Way::Own => "written here",
                Way::Gossip => {
                    self.counts.by_gossip += 1;
                    "gossip"
                }
                Way::CatchUp => {
                    self.counts.by_catch_up += 1;
                    "catch-up"
                }
            };
            self.nodes[who].watch.acknowledge(*record);
            let name = self.nodes[who].name.clone();
            self.say(format_args!("{name} keeps {} ({how})", brief(record)));
        }
    }

    /// Gives an order; the answer is awaited.
    pub(super) fn order(&mut self, who: Who, what: &'static str, order: Order) {
        self.next_order += 1;
        let ticket = self.next_order;
        self.orders.insert(ticket, (who, what));
        self.give(
            who,
            Input::Order {
                ticket: OrderTicket(ticket),
                order,
            },
        );
    }

    /// Gives an order that may be refused; the number under which its answer is kept.
    pub(super) fn try_order(&mut self, who: Who, order: Order) -> u64 {
        self.next_order += 1;
        let ticket = self.next_order;
        self.tried.insert(ticket, None);
        self.give(
            who,
            Input::Order {
                ticket: OrderTicket(ticket),
                order,
            },
        );
        ticket
    }

    pub(super) fn replied(&mut self, ticket: u64, reply: Reply) {
        if let Some(kept) = self.tried.get_mut(&ticket) {
            *kept = Some(reply);
            return;
        }
        let Some((who, what)) = self.orders.remove(&ticket) else {
            let what = format!("order {ticket} was answered twice, or never given");
            return self.fail(Rule::CarriesOutOrders, what);
        };
        let name = self.nodes[who].name.clone();
        match reply {
            Reply::Published { records } => {
                if self.sabotaged(who, Sabotage::RunsAnOldCopy) && self.old_copy.is_none() {
                    self.old_copy = Some(self.nodes[who].disk.copy());
                }
                for record in records {
                    let Ok(id) = record.id.parse::<Id>() else {
                        continue;
                    };
                    self.nodes[who].watch.acknowledge(id);
                    let lanes: Vec<_> = record
                        .lanes
                        .iter()
                        .map(|(feed, seq)| format!("{feed} #{seq}"))
                        .collect();
                    self.say(format_args!(
                        "{name} publishes {} {}",
                        brief(&id),
                        lanes.join(", ")
                    ));
                    self.counts.records += 1;
                    self.counts.posts += lanes.len() as u64;
                    self.counts.multi_feed += u64::from(lanes.len() > 1);
                }
            }
            Reply::Anchored { released, .. } => {
                self.counts.released += released;
                self.say(format_args!("{name} {what}, {released} waiting"));
            }
            Reply::Refused(refusal) => {
                let (problem, remedy) = (refusal.problem, refusal.remedy);
                let what = format!("{name} refused to {what}: {problem} ({remedy})");
                self.fail(Rule::CarriesOutOrders, what);
            }
            _ => self.say(format_args!("{name} {what}")),
        }
    }

    /// Asks an engine that has settled, and waits for the answer.
    pub(super) fn ask(&mut self, who: Who, order: Order) -> Option<Reply> {
        let now = self.now;
        if self.nodes[who].settles {
            self.settle(who);
        }
        let node = &mut self.nodes[who];
        let moment = node.moment(now);
        let run = node.run.as_mut()?;
        run.engine
            .handle(
                moment,
                Input::Order {
                    ticket: OrderTicket(u64::MAX),
                    order,
                },
                &mut run.store,
            )
            .ok()?;
        match run.engine.poll_output() {
            Some(Output::Reply { reply, .. }) => Some(reply),
            _ => None,
        }
    }
}
