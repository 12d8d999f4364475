//! The side that was asked.

use super::super::cell::{self, Cell};
use super::super::decoder::{Decoder, Tier};
use super::super::estimate;
use super::super::held::{Element, Held};
use super::super::id_list;
use super::super::mapping;
use super::super::message::{Again, Answer, Hello, Message, Plan, Refusal};
use super::super::short::{CheckKey, Salt, Short, ShortKey};
use super::choosing::{Choice, PROOF, choose};
use super::flow::Flow;
use super::known;
use super::{Budget, Difference, Outcome, SessionFault};
use crate::id::Id;
use crate::limits;
use std::collections::{BTreeSet, VecDeque};

/// Wishes for another tier in one session: the salted one, and the list.
const AGAINS: u8 = 2;

/// Answers one initiator. All messages and polls of a session are about the same moment of the same set ([`Held`]).
#[derive(Debug)]
pub struct Responder {
    nonce: [u8; 16],
    budget: Budget,
    queue: VecDeque<Message>,
    state: State,
    outcome: Option<Outcome>,
}

#[derive(Debug)]
enum State {
    Waiting,
    Flowing(Box<Flow>),
    Ended,
}

impl Responder {
    /// `nonce` is chance, new for each session.
    pub fn new(nonce: [u8; 16], budget: Budget) -> Responder {
        Responder {
            nonce,
            budget,
            queue: VecDeque::new(),
            state: State::Waiting,
            outcome: None,
        }
    }

    /// How it ended, once it did.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// Whether nothing more is sent or expected.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Ended) && self.queue.is_empty()
    }

    /// What it has cost so far.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Takes a message.
    ///
    /// # Errors
    /// A [`SessionFault`]: the session is over; [`Responder::poll`] may still have a last word for the peer.
    pub fn handle(&mut self, bytes: &[u8], held: &dyn Held) -> Result<(), SessionFault> {
        let result = self.take(bytes, held);
        if let Err(fault) = result {
            self.state = State::Ended;
            self.queue.clear();
            match fault {
                // Ours has a word of its own; to the peer's there is no answer.
                SessionFault::Refused(refusal @ (Refusal::Mapping | Refusal::Feeds)) => {
                    self.queue.push_back(Message::Refused(refusal));
                }
                SessionFault::Refused(_) => {}
                _ => self.queue.push_back(Message::Refused(Refusal::Fault)),
            }
        }
        result
    }

    fn take(&mut self, bytes: &[u8], held: &dyn Held) -> Result<(), SessionFault> {
        self.budget.receive(bytes.len())?;
        let message = Message::decode(bytes)?;
        match (std::mem::replace(&mut self.state, State::Ended), message) {
            (State::Waiting, Message::Hello(hello)) => self.hello(&hello, held),
            (State::Flowing(flow), Message::Again(again)) => self.again(*flow, &again, held),
            (
                State::Flowing(mut flow),
                Message::Stop {
                    cached,
                    salted,
                    more,
                },
            ) => {
                flow.wanted.extend(cached);
                flow.wanted_salted.extend(salted);
                flow.silence();
                self.queue.clear();
                if more {
                    self.state = State::Flowing(flow);
                    Ok(())
                } else {
                    self.stopped(&flow, held)
                }
            }
            (_, Message::Refused(refusal)) => Err(SessionFault::Refused(refusal)),
            _ => Err(SessionFault::Order),
        }
    }

    fn end(&mut self, message: Message, outcome: Outcome) -> Result<(), SessionFault> {
        self.queue.push_back(message);
        self.outcome = Some(outcome);
        Ok(())
    }

    fn hello(&mut self, hello: &Hello, held: &dyn Held) -> Result<(), SessionFault> {
        if hello.mapping != mapping::REGULAR {
            return Err(SessionFault::Refused(Refusal::Mapping));
        }
        if hello.feeds != known::tag(held.feeds()) {
            return Err(SessionFault::Refused(Refusal::Feeds));
        }
        let (count, cursor) = (held.count(), held.cursor());
        if hello.root == held.root() {
            return self.end(Message::Equal(cursor), Outcome::Equal { cursor: None });
        }
        if hello.count == 0 || count == 0 {
            return self.end(
                Message::Everything { count, cursor },
                Outcome::Everything {
                    theirs: hello.count,
                    cursor: None,
                },
            );
        }
        let theirs = cell::decode(0, &hello.cells).unwrap_or_default();
        let own = held.cells().get(..theirs.len());
        let own = own.filter(|_| theirs.len() <= limits::COMPARE_OPENER);
        let own = own.ok_or(SessionFault::Order)?;
        let mut decoder = Decoder::new(CheckKey::cached(), Tier::Cached);
        let mut holds = |short| held.find(short).is_some();
        decoder.push(own, &theirs, &mut holds, &mut self.budget.work)?;
        let found = decoder.found();
        if decoder.is_done() && !found.is_empty() {
            let give = found.ours.iter().filter_map(|short| held.find(*short));
            let difference = Difference {
                give: give.collect(),
                want: found.theirs.clone(),
                ..Difference::default()
            };
            let message = Message::Found {
                cursor,
                want: found.theirs,
                have: found.ours,
            };
            return self.end(message, Outcome::Difference(difference));
        }
        let difference: Vec<Cell> = own
            .iter()
            .zip(&theirs)
            .enumerate()
            .map(|(i, (own, theirs))| own.minus(*theirs, i))
            .collect();
        let keys = known::cached_keys(held);
        let choice = if decoder.is_done() {
            // The roots differ, and no cell does: records made to cancel each other.
            Choice {
                plan: Plan::Cells,
                salted: true,
                first: PROOF,
            }
        } else {
            choose(&mut self.budget, hello, &difference, held, &keys)?
        };
        let mut flow = Flow {
            cap: known::cap(count, hello.count),
            salted: None,
            without: BTreeSet::new(),
            hint: self.hint(choice.plan, hello, held, &keys)?,
            list: None,
            listed: false,
            next: 0,
            first: choice.first,
            agains: 0,
            wanted: BTreeSet::new(),
            wanted_salted: BTreeSet::new(),
        };
        let salt = (choice.salted || choice.plan == Plan::List).then_some(self.nonce);
        if let Some(responder) = salt {
            let salt = Salt {
                initiator: [0; 16],
                responder,
            };
            flow.salt(salt, choice.plan, held, &mut self.budget)?;
        }
        self.answer(salt, choice.plan, Vec::new(), held);
        self.state = State::Flowing(Box::new(flow));
        Ok(())
    }

    fn answer(&mut self, salt: Option<[u8; 16]>, plan: Plan, unknown: Vec<Short>, held: &dyn Held) {
        self.queue.push_back(Message::Answer(Answer {
            count: held.count(),
            cursor: held.cursor(),
            salt,
            plan,
            unknown,
        }));
    }

    /// The short ids that a plan begins with, sorted.
    fn hint(
        &mut self,
        plan: Plan,
        hello: &Hello,
        held: &dyn Held,
        keys: &[ShortKey],
    ) -> Result<Option<VecDeque<Short>>, SessionFault> {
        let mut ids: Vec<Short> = Vec::new();
        let mut take = |element: Element| {
            ids.extend(keys.get(element.feed).map(|key| key.short(&element.id)));
            true
        };
        match (plan, hello.since) {
            (Plan::Arrivals, Some(since)) => held.arrived(since.seq, &mut take),
            (Plan::Suffix(boundary), _) => {
                held.newest(&mut |day, element| day >= boundary && take(element));
            }
            _ => return Ok(None),
        }
        self.budget.work.spend(ids.len() as u64 * 8)?;
        ids.sort_unstable();
        ids.dedup();
        Ok(Some(ids.into()))
    }

    fn again(
        &mut self,
        mut flow: Flow,
        again: &Again,
        held: &dyn Held,
    ) -> Result<(), SessionFault> {
        if flow.agains == AGAINS {
            return Err(SessionFault::Order);
        }
        flow.agains += 1;
        flow.silence();
        self.queue.clear();
        self.budget.work.spend(again.found.len() as u64)?;
        let (mut without, mut unknown) = (BTreeSet::new(), Vec::new());
        for short in &again.found {
            match held.find(*short) {
                Some(element) => {
                    without.insert(element);
                }
                None => unknown.push(*short),
            }
        }
        flow.without = without;
        flow.next = 0;
        let expected = again
            .expected
            .min(held.count().saturating_mul(2))
            .min(1 << 20) as f64;
        flow.first = (estimate::cells_for(expected) * 3 / 4).max(PROOF);
        // Another one for each tier.
        let nonce = Id::of(&[&self.nonce[..], &[flow.agains]].concat());
        let mut responder = [0; 16];
        responder.copy_from_slice(&nonce.as_bytes()[..16]);
        let plan = if again.list { Plan::List } else { Plan::Cells };
        let salt = Salt {
            initiator: again.salt,
            responder,
        };
        flow.salt(salt, plan, held, &mut self.budget)?;
        self.answer(Some(responder), plan, unknown, held);
        self.state = State::Flowing(Box::new(flow));
        Ok(())
    }

    fn stopped(&mut self, flow: &Flow, held: &dyn Held) -> Result<(), SessionFault> {
        let work = &mut self.budget.work;
        let mut give: BTreeSet<Element> = BTreeSet::new();
        let mut unknown = 0;
        work.spend(flow.wanted.len() as u64)?;
        for short in &flow.wanted {
            match held.find(*short) {
                Some(element) => {
                    give.insert(element);
                }
                None => unknown += 1,
            }
        }
        if let Some(salted) = &flow.salted {
            let before = give.len();
            if flow.listed {
                let wanted = flow.wanted_salted.iter().map(|s| id_list::listed(*s));
                give.extend(salted.find_listed(&wanted.collect(), held, work)?);
            } else {
                let found = salted.find(&flow.wanted_salted, held, work)?;
                give.extend(found.into_iter().map(|(_, element)| element));
            }
            unknown += flow.wanted_salted.len().saturating_sub(give.len() - before);
        }
        self.outcome = Some(Outcome::Difference(Difference {
            give: give.into_iter().collect(),
            unknown,
            ..Difference::default()
        }));
        Ok(())
    }

    /// The next message to send: nothing until the peer says something, or ever, if the session is over. After an answer it goes on giving cells, each message a twentieth of what went before,
    /// so ask only when the last is on its way.
    pub fn poll(&mut self, held: &dyn Held) -> Option<Vec<u8>> {
        let message = match self.queue.pop_front() {
            Some(message) => message,
            None => match &mut self.state {
                State::Flowing(flow) => flow.next(held, &mut self.budget)?,
                _ => return None,
            },
        };
        let bytes = message.encode();
        if self.budget.send(bytes.len()) {
            return Some(bytes);
        }
        self.queue.clear();
        self.state = State::Ended;
        None
    }
}
