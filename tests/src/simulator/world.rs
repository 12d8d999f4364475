//! The clock that everything hangs on: what happens next, and what comes of it.

use std::collections::BTreeMap;

use indaba::engine::order::{Order, Reply};
use indaba::engine::{CheckTicket, Input, Notice, OrderTicket, Output, Way};
use indaba::network::{Command, Event, Offence, Outcome, PeerId};
use indaba_protocol::{DecodedItem, Id, NetworkId, Unread};
use indaba_store::disk::{Image, MemoryDisk};

use super::acts::Act;
use super::cast::{self, Institution};
use super::chance::Chance;
use super::counts::Counts;
use super::hostile::Hostile;
use super::invariants::Ledger;
use super::links::{Link, Parcel};
use super::node::{Node, Who, node_key};
use super::sabotage::Sabotage;
use super::trace::Trace;

/// Something that will happen.
pub(super) enum Happening {
    /// The scenario's next move.
    Act(Act),
    /// A node commits what gathered and hands out what is to be done.
    Settle { who: Who, life: u32 },
    /// A timeout that an engine asked for.
    Tick { who: Who, life: u32 },
    /// The signature thread is done.
    Checked {
        who: Who,
        life: u32,
        ticket: CheckTicket,
        items: Vec<DecodedItem>,
    },
    /// An event of the node's own network room.
    Own {
        who: Who,
        life: u32,
        event: Box<Event>,
    },
    /// The connection keeper tries.
    Dial { a: Who, b: Who },
    /// A broken connection is noticed.
    Noticed { a: Who, b: Who, epoch: u64 },
    /// Something arrives over a connection.
    Arrive {
        from: Who,
        to: Who,
        epoch: u64,
        parcel: Parcel,
    },
    /// The hostile node thinks of something.
    Mischief,
}

/// How bad links are, in permille.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weather {
    pub(super) loss: u64,
    pub(super) double: u64,
    pub(super) question_loss: u64,
    pub(super) queue_full: u64,
}

/// How a node goes down.
#[derive(Clone, Copy, Debug)]
pub(super) enum Down {
    Clean,
    Power(Image),
}

/// One run.
pub(super) struct World {
    pub(super) now: u64,
    next: u64,
    queue: BTreeMap<(u64, u64), Happening>,
    pub(super) chance: Chance,
    pub(super) trace: Trace,
    pub(super) counts: Counts,
    pub(super) net: NetworkId,
    pub(super) nodes: Vec<Node>,
    pub(super) institutions: Vec<Institution>,
    pub(super) links: BTreeMap<(Who, Who), Link>,
    pub(super) next_epoch: u64,
    pub(super) weather: Weather,
    pub(super) ledger: Ledger,
    pub(super) hostile: Hostile,
    pub(super) sabotage: Option<Sabotage>,
    next_order: u64,
    /// Which orders are publications, so that their answers are acknowledgements.
    orders: BTreeMap<u64, (Who, &'static str)>,
    /// A copy of a disk that somebody will mistake for the newest.
    pub(super) old_copy: Option<MemoryDisk>,
    /// The first breach of a rule.
    pub(super) breach: Option<String>,
}

impl World {
    /// Honest nodes, at most one hostile one behind them, nothing started.
    pub(super) fn new(
        seed: u64,
        honest: usize,
        hostile: bool,
        sabotage: Option<Sabotage>,
        echo: bool,
    ) -> World {
        let net = cast::network().id();
        let mut nodes: Vec<Node> = (0..honest)
            .map(|who| Node::new(who, who % cast::INSTITUTIONS, false))
            .collect();
        let institutions = (0..cast::INSTITUTIONS)
            .map(|number| {
                let keys: Vec<_> = (0..honest)
                    .filter(|who| who % cast::INSTITUTIONS == number)
                    .map(node_key)
                    .collect();
                Institution::found(&net, number, &keys.iter().collect::<Vec<_>>())
            })
            .collect();
        if hostile {
            nodes.push(Node::new(honest, cast::INSTITUTIONS, true));
        }
        let ledger = Ledger::new(
            nodes
                .iter()
                .filter(|node| !node.hostile)
                .map(|node| node.key),
        );
        World {
            now: 0,
            next: 0,
            queue: BTreeMap::new(),
            chance: Chance::of(seed),
            trace: Trace::new(echo),
            counts: Counts::default(),
            net,
            nodes,
            institutions,
            links: BTreeMap::new(),
            next_epoch: 0,
            weather: Weather {
                loss: 60,
                double: 60,
                question_loss: 20,
                queue_full: 10,
            },
            ledger,
            hostile: Hostile::new(&net),
            sabotage,
            next_order: 0,
            orders: BTreeMap::new(),
            old_copy: None,
            breach: None,
        }
    }

    pub(super) fn honest(&self) -> Vec<Who> {
        (0..self.nodes.len())
            .filter(|who| !self.nodes[*who].hostile)
            .collect()
    }

    pub(super) fn in_millis(&mut self, millis: u64, happening: Happening) {
        self.at(self.now + millis, happening);
    }

    pub(super) fn at(&mut self, at: u64, happening: Happening) {
        self.next += 1;
        self.queue.insert((at.max(self.now), self.next), happening);
    }

    pub(super) fn say(&mut self, what: &str) {
        self.trace.line(self.now, what);
    }

    /// Notes a breach of a rule; the first one ends the run.
    pub(super) fn fail(&mut self, what: impl Into<String>) {
        let what = what.into();
        self.say(&format!("BREACH {what}"));
        self.breach.get_or_insert(what);
    }

    pub(super) fn sabotaged(&self, who: Who, what: Sabotage) -> bool {
        who == 0 && self.sabotage == Some(what)
    }

    pub(super) fn who_is(&self, peer: &PeerId) -> Option<Who> {
        self.nodes.iter().position(|node| node.peer == *peer)
    }

    /// Lets everything happen up to an instant, or the first breach.
    pub(super) fn run_until(&mut self, until: u64) {
        while self.breach.is_none() {
            match self.queue.first_key_value() {
                Some(((at, _), _)) if *at <= until => {}
                _ => break,
            }
            if let Some(((at, _), happening)) = self.queue.pop_first() {
                self.now = at;
                self.step(happening);
            }
        }
        self.now = self.now.max(until);
    }

    fn step(&mut self, happening: Happening) {
        match happening {
            Happening::Act(act) => self.act(act),
            Happening::Settle { who, life } => {
                if self.lives(who, life) {
                    self.settle(who);
                }
            }
            Happening::Tick { who, life } => {
                if self.lives(who, life) {
                    self.nodes[who].ticks_at = None;
                    self.give(who, Input::Tick);
                }
            }
            Happening::Checked {
                who,
                life,
                ticket,
                items,
            } => {
                if self.lives(who, life) {
                    let items = items
                        .into_iter()
                        .map(|item| item.verify().map_err(Unread::from))
                        .collect();
                    self.give(who, Input::Checked { ticket, items });
                }
            }
            Happening::Own { who, life, event } => {
                if self.lives(who, life) {
                    self.give(who, Input::Network(*event));
                }
            }
            Happening::Dial { a, b } => self.dial(a, b),
            Happening::Noticed { a, b, epoch } => self.notice_broken(a, b, epoch),
            Happening::Arrive {
                from,
                to,
                epoch,
                parcel,
            } => self.arrive(from, to, epoch, parcel),
            Happening::Mischief => self.mischief(),
        }
    }

    fn lives(&self, who: Who, life: u32) -> bool {
        self.nodes[who].life == life && self.nodes[who].run.is_some()
    }

    /// Hands an event of the network room to a node.
    pub(super) fn tell(&mut self, who: Who, event: Event) {
        if !self.nodes[who].hostile {
            self.give(who, Input::Network(event));
        }
    }

    /// Hands something to an engine. It settles soon after, together with what else comes until then.
    pub(super) fn give(&mut self, who: Who, input: Input) {
        let now = self.now;
        let node = &mut self.nodes[who];
        let moment = node.moment(now);
        let Some(run) = node.run.as_mut() else { return };
        if let Err(error) = run.engine.handle(moment, input, &mut run.store) {
            self.store_failed(who, &error.to_string());
            return;
        }
        if !self.nodes[who].settles {
            self.nodes[who].settles = true;
            let after = if self.chance.permille(200) {
                self.chance.between(1, 30)
            } else {
                0
            };
            let life = self.nodes[who].life;
            self.in_millis(after, Happening::Settle { who, life });
        }
    }

    /// Lets an engine commit, carries out what it wants done, and looks at it.
    pub(super) fn settle(&mut self, who: Who) {
        let now = self.now;
        let node = &mut self.nodes[who];
        node.settles = false;
        let moment = node.moment(now);
        let Some(run) = node.run.as_mut() else { return };
        if let Err(error) = run.engine.settle(moment, &mut run.store) {
            self.store_failed(who, &error.to_string());
            return;
        }
        let mut outputs = Vec::new();
        while let Some(output) = run.engine.poll_output() {
            outputs.push(output);
        }
        let timeout = run.engine.poll_timeout();
        for output in outputs {
            self.carry_out(who, output);
        }
        if let Some(at) = timeout {
            let at = self.nodes[who].instant(at).max(now + 1);
            if self.nodes[who]
                .ticks_at
                .is_none_or(|set| at < set || set <= now)
            {
                self.nodes[who].ticks_at = Some(at);
                let life = self.nodes[who].life;
                self.at(at, Happening::Tick { who, life });
            }
        }
        self.check(who);
    }

    fn carry_out(&mut self, who: Who, output: Output) {
        match output {
            Output::Network(command) => self.command(who, command),
            Output::Check { ticket, items } => {
                let after = if self.chance.permille(50) {
                    self.counts.slow_checks += 1;
                    self.chance.between(100, 5_000)
                } else {
                    self.chance.between(0, 3)
                };
                let life = self.nodes[who].life;
                self.in_millis(
                    after,
                    Happening::Checked {
                        who,
                        life,
                        ticket,
                        items,
                    },
                );
            }
            Output::Reply {
                ticket: OrderTicket(ticket),
                reply,
            } => self.replied(ticket, reply),
            Output::Notice(notice) => self.noticed(who, &notice),
        }
    }

    fn command(&mut self, who: Who, command: Command) {
        match command {
            Command::Subscribe(topic) => self.subscribe(who, topic, true),
            Command::Unsubscribe(topic) => self.subscribe(who, topic, false),
            Command::Publish {
                topic,
                frame,
                ticket,
            } => self.publish(who, topic, frame, ticket),
            Command::Judge { message, verdict } => {
                self.judged(who, message, verdict);
                if self.sabotaged(who, Sabotage::JudgesTwice) {
                    self.judged(who, message, verdict);
                }
            }
            Command::Request { peer, ticket, body } => self.request(who, peer, ticket, body),
            Command::Respond { request, body } => self.respond(who, request, Some(body)),
            Command::Decline(request) => self.respond(who, request, None),
            Command::AddPeer { peer, .. } => {
                if let Some(other) = self.who_is(&peer) {
                    self.want(who, other);
                }
            }
            Command::Penalise { peer, offence } => {
                if let Some(other) = self.who_is(&peer) {
                    self.penalised(who, other, offence);
                }
            }
            Command::RemovePeer(_)
            | Command::Block(_)
            | Command::Unblock(_)
            | Command::Disconnect(_)
            | Command::Inspect(_)
            | Command::Shutdown => {}
        }
    }

    /// An engine found a peer at fault.
    pub(super) fn penalised(&mut self, who: Who, other: Who, offence: Offence) {
        let (node, peer) = (self.nodes[who].name.clone(), self.nodes[other].name.clone());
        self.say(&format!("{node} penalises {peer}: {offence:?}"));
        if !self.nodes[other].hostile {
            self.fail(format!(
                "{node} penalised {peer}, who is honest, for {offence:?}"
            ));
            return;
        }
        let points = match offence {
            Offence::Nuisance => {
                self.counts.nuisance += 1;
                1
            }
            Offence::Invalid => {
                self.counts.penalised += 1;
                let proofs = self.nodes[who].invalid_from.entry(other).or_default();
                if *proofs == 0 {
                    self.fail(format!(
                        "{node} called bytes of {peer} invalid that are not"
                    ));
                    return;
                }
                *proofs -= 1;
                4
            }
            Offence::Hostile => 10,
        };
        let sum = self.nodes[who].misconduct.entry(other).or_default();
        *sum += points;
        // The limit of the network room: the third provable offence is the last.
        if *sum >= 10 && self.nodes[who].banned.insert(other) {
            self.counts.banned += 1;
            self.disconnect(who, other);
            let peer = self.nodes[other].peer;
            self.tell(
                who,
                Event::Banned {
                    peer,
                    duration: indaba::network::conduct::BAN,
                },
            );
        }
    }

    fn noticed(&mut self, who: Who, notice: &Notice) {
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
            self.nodes[who].watch.acknowledged.insert(*record);
            let line = format!("{} keeps {} ({how})", self.nodes[who].name, brief(record));
            self.say(&line);
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

    fn replied(&mut self, ticket: u64, reply: Reply) {
        let Some((who, what)) = self.orders.remove(&ticket) else {
            self.fail(format!("order {ticket} was answered twice, or never given"));
            return;
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
                    self.nodes[who].watch.acknowledged.insert(id);
                    let lanes: Vec<_> = record
                        .lanes
                        .iter()
                        .map(|(feed, seq)| format!("{feed} #{seq}"))
                        .collect();
                    self.say(&format!(
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
                self.say(&format!("{name} {what}, {released} waiting"));
            }
            Reply::Refused(refusal) => self.fail(format!(
                "{name} refused to {what}: {} ({})",
                refusal.problem, refusal.remedy
            )),
            _ => self.say(&format!("{name} {what}")),
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

    /// Tells a publisher how it went, a moment later.
    pub(super) fn outcome(&mut self, who: Who, ticket: u64, outcome: Outcome) {
        let after = self.chance.between(0, 5);
        let life = self.nodes[who].life;
        self.in_millis(
            after,
            Happening::Own {
                who,
                life,
                event: Box::new(Event::Published { ticket, outcome }),
            },
        );
    }
}

/// An id in a line of the trace.
pub(super) fn brief(id: &Id) -> String {
    let text = id.to_string();
    format!("bafy…{}", &text[text.len() - 4..])
}
