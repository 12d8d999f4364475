//! The clock that everything hangs on: what happens next, and what comes of it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use indaba::engine::order::Reply;
use indaba::engine::{CheckTicket, Input, OrderTicket, Output};
use indaba::network::{Event, PeerId};
use indaba_protocol::{DecodedItem, Id, NetworkId, SigningKey};
use indaba_store::disk::{Image, MemoryDisk};

use super::acts::Act;
use super::authority::{Authority, Word};
use super::cast::{Cast, Institution};
use super::counts::Counts;
use super::hostile::Hostile;
use super::ledger::Ledger;
use super::links::{Links, Parcel};
use super::node::{Node, Who};
use super::plan::{Plan, Trouble};
use super::readings::Readings;
use super::rule::Rule;
use super::sabotage::Sabotage;
use super::shelf::Shelf;
use super::trace::{Keep, Trace};

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
    /// An operator hands a node what an institution signed.
    Handed(Box<Word>),
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

impl Weather {
    /// What links are like while things go wrong.
    fn storm(plan: &Plan) -> Weather {
        Weather {
            loss: 60,
            double: 60,
            question_loss: 20,
            queue_full: 10,
        }
        .as_far_as(plan)
    }

    /// What they are like afterwards.
    pub(super) fn calm(plan: &Plan) -> Weather {
        Weather {
            loss: 15,
            double: 15,
            question_loss: 5,
            queue_full: 2,
        }
        .as_far_as(plan)
    }

    fn as_far_as(self, plan: &Plan) -> Weather {
        let if_there = |trouble, permille| if plan.has(trouble) { permille } else { 0 };
        Weather {
            loss: if_there(Trouble::Loss, self.loss),
            double: if_there(Trouble::Doubles, self.double),
            question_loss: if_there(Trouble::LostQuestions, self.question_loss),
            queue_full: if_there(Trouble::FullQueues, self.queue_full),
        }
    }
}

/// How a run is carried out; nothing of it changes what happens in a run without sabotage.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    pub(super) sabotage: Option<Sabotage>,
    pub(super) thorough: bool,
    pub(super) echo: bool,
    pub(super) keep: Keep,
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
    pub(super) plan: Plan,
    pub(super) trace: Trace,
    pub(super) counts: Counts,
    pub(super) net: NetworkId,
    pub(super) cast: Arc<Cast>,
    pub(super) nodes: Vec<Node>,
    pub(super) institutions: Vec<Institution>,
    pub(super) links: Links,
    pub(super) next_epoch: u64,
    pub(super) weather: Weather,
    pub(super) ledger: Ledger,
    pub(super) authority: Authority,
    pub(super) readings: Readings,
    pub(super) hostile: Hostile,
    /// Hostile nodes that answer what their master wants, by number; the others answer anything.
    pub(super) shelves: BTreeMap<Who, Shelf>,
    /// Keys that nodes were given instead of their first ones.
    pub(super) new_keys: BTreeMap<Who, SigningKey>,
    /// No question by id gets through: switched on by tests that show what depends on them.
    pub(super) loses_gets: bool,
    /// Nobody looks at a record beside another one: switched on likewise.
    pub(super) first_come: bool,
    pub(super) manner: Manner,
    pub(super) next_order: u64,
    /// Which orders are publications, so that their answers are acknowledgements.
    pub(super) orders: BTreeMap<u64, (Who, &'static str)>,
    /// Orders that may be refused, and the answers that came.
    pub(super) tried: BTreeMap<u64, Option<Reply>>,
    /// A copy of a disk that somebody will mistake for the newest.
    pub(super) old_copy: Option<MemoryDisk>,
    /// The first breach of a rule, and how.
    pub(super) breach: Option<(Rule, String)>,
}

impl World {
    /// Honest nodes, at most one hostile one behind them, nothing started.
    pub(super) fn new(plan: &Plan, manner: Manner) -> World {
        World::with_hostile(plan, manner, usize::from(plan.has(Trouble::Mallory)))
    }

    /// Honest nodes, and so many hostile ones behind them.
    pub(super) fn with_hostile(plan: &Plan, manner: Manner, hostile: usize) -> World {
        let cast = Cast::of(plan.roles.len());
        let mut nodes: Vec<Node> = (0..plan.roles.len())
            .map(|who| Node::new(plan, &cast, who))
            .collect();
        nodes.extend((0..hostile).map(|number| Node::mallory(plan, &cast, number)));
        let ledger = Ledger::new(cast.keys().iter().map(|key| key.key()));
        World {
            now: 0,
            next: 0,
            queue: BTreeMap::new(),
            trace: Trace::new(manner.keep, manner.echo),
            counts: Counts::default(),
            net: cast.net,
            institutions: cast.institutions.clone(),
            links: Links::new(plan, nodes.len()),
            nodes,
            next_epoch: 0,
            weather: Weather::storm(plan),
            ledger,
            authority: Authority::default(),
            readings: Readings::new(cast.net, !manner.thorough),
            hostile: Hostile::new(&cast, plan.seed),
            shelves: BTreeMap::new(),
            new_keys: BTreeMap::new(),
            loses_gets: false,
            first_come: false,
            plan: plan.clone(),
            manner,
            cast,
            next_order: 0,
            orders: BTreeMap::new(),
            tried: BTreeMap::new(),
            old_copy: None,
            breach: None,
        }
    }

    /// The honest participants of this run.
    pub(super) fn honest(&self) -> Vec<Who> {
        self.plan.present().iter().copied().collect()
    }

    pub(super) fn in_millis(&mut self, millis: u64, happening: Happening) {
        self.at(self.now + millis, happening);
    }

    pub(super) fn at(&mut self, at: u64, happening: Happening) {
        self.next += 1;
        self.queue.insert((at.max(self.now), self.next), happening);
    }

    pub(super) fn say(&mut self, what: fmt::Arguments<'_>) {
        self.trace.line(self.now, what, false);
    }

    /// A line about what comes again and again and brings nothing.
    pub(super) fn say_routine(&mut self, what: fmt::Arguments<'_>) {
        self.trace.line(self.now, what, true);
    }

    /// Notes a breach of a rule; the first one ends the run.
    pub(super) fn fail(&mut self, rule: Rule, what: impl Into<String>) {
        let what = what.into();
        self.say(format_args!("BREACH {what}"));
        self.breach.get_or_insert((rule, what));
    }

    pub(super) fn sabotaged(&self, who: Who, what: Sabotage) -> bool {
        who == 0 && self.manner.sabotage == Some(what)
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
                        .map(|item| self.readings.verify(item))
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
            Happening::Handed(word) => self.handed(*word),
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
            let late = if self.plan.has(Trouble::LateCommits) {
                200
            } else {
                0
            };
            let chance = &mut self.nodes[who].chance;
            let after = if chance.permille(late) {
                chance.between(1, 30)
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
                let slow = if self.plan.has(Trouble::SlowChecks) {
                    50
                } else {
                    0
                };
                let chance = &mut self.nodes[who].chance;
                let after = if chance.permille(slow) {
                    self.counts.slow_checks += 1;
                    chance.between(100, 5_000)
                } else {
                    chance.between(0, 3)
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
}

/// An id in a line of the trace.
pub(super) fn brief(id: &Id) -> String {
    let text = id.to_string();
    format!("bafy…{}", &text[text.len() - 4..])
}
