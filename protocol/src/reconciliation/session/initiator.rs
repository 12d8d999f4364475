//! The side that asks.

use super::super::cell;
use super::super::decoder::{DecodeFault, Decoder, Tier};
use super::super::held::{Cursor, Element, Held};
use super::super::id_list;
use super::super::message::{Again, Answer, Message, Plan, Refusal};
use super::super::rungs;
use super::super::short::{Salt, Short};
use super::known::{self, Salted};
use super::listing::Listing;
use super::opening::{self, Start};
use super::summing::{Carried, RESIDUE, Summing};
use super::{Budget, Difference, Outcome, SessionFault};
use crate::limits;
use std::collections::{BTreeSet, VecDeque};

/// Asks one responder. All messages of a session are about the same moment of the same set ([`Held`]).
#[derive(Debug)]
pub struct Initiator {
    start: Start,
    budget: Budget,
    queue: VecDeque<Message>,
    state: State,
    tries: u8,
    outcome: Option<Outcome>,
}

#[derive(Debug)]
enum State {
    /// Hello was said.
    Asked,
    /// Hello, or again, was said and something of an earlier answer may still be on its way.
    AskedAgain(Carried, Answered, Wish),
    /// The answer began: short ids come first.
    Hinted(Answered, Plan, Vec<Short>),
    /// Cells come.
    Summing(Answered, Box<Summing>),
    /// A list comes.
    Listing(Answered, Listing),
    Ended,
}

/// What was asked for again.
#[derive(Debug, Clone, Copy)]
struct Wish {
    /// The whole list, not cells.
    list: bool,
    /// Differences that seem to be left.
    expected: f64,
}

/// What a responder said of itself.
#[derive(Debug, Clone, Copy)]
struct Answered {
    count: u64,
    cursor: Cursor,
}

impl Initiator {
    /// Begins: [`Initiator::poll`] gives the first message.
    pub fn new(held: &dyn Held, start: Start, mut budget: Budget) -> Initiator {
        let (state, queue) = match opening::hello(held, &start, &mut budget) {
            Ok(hello) => (State::Asked, VecDeque::from([Message::Hello(hello)])),
            Err(_) => (State::Ended, VecDeque::new()),
        };
        Initiator {
            start,
            budget,
            queue,
            state,
            tries: 0,
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

    /// The next message to send: nothing until the peer says something, or ever, if the session is over.
    pub fn poll(&mut self) -> Option<Vec<u8>> {
        let bytes = self.queue.pop_front()?.encode();
        if self.budget.send(bytes.len()) {
            return Some(bytes);
        }
        self.queue.clear();
        self.state = State::Ended;
        None
    }

    /// Takes a message.
    ///
    /// # Errors
    /// A [`SessionFault`]: the session is over, and the sets are to be taken for unequal; [`Initiator::poll`] may still have a last word for the peer.
    pub fn handle(&mut self, bytes: &[u8], held: &dyn Held) -> Result<(), SessionFault> {
        if matches!(self.state, State::Ended) && self.outcome.is_some() {
            // What was on its way when we said stop.
            return self.budget.receive(bytes.len());
        }
        let result = self.take(bytes, held);
        if let Err(fault) = result {
            self.state = State::Ended;
            self.queue.clear();
            if !matches!(fault, SessionFault::Refused(_)) {
                self.queue.push_back(Message::Refused(Refusal::Fault));
            }
        }
        result
    }

    fn take(&mut self, bytes: &[u8], held: &dyn Held) -> Result<(), SessionFault> {
        self.budget.receive(bytes.len())?;
        let message = Message::decode(bytes)?;
        match (std::mem::replace(&mut self.state, State::Ended), message) {
            (_, Message::Refused(refusal)) => Err(SessionFault::Refused(refusal)),
            (State::Asked, Message::Equal(cursor)) => {
                self.outcome = Some(Outcome::Equal {
                    cursor: Some(cursor),
                });
                Ok(())
            }
            (State::Asked, Message::Everything { count, cursor }) => {
                // One of the two has to be empty, and we know about one.
                if held.count() != 0 && count != 0 {
                    return Err(SessionFault::Order);
                }
                self.outcome = Some(Outcome::Everything {
                    theirs: count,
                    cursor: Some(cursor),
                });
                Ok(())
            }
            (State::Asked, Message::Found { cursor, want, have }) => {
                self.found(cursor, &want, have, held)
            }
            (State::Asked, Message::Answer(answer)) => {
                self.answered(&answer, [0; 16], Carried::default(), 0.0, held)
            }
            (State::AskedAgain(carried, _, wish), Message::Answer(answer)) => {
                if answer.salt.is_none() || (answer.plan == Plan::List) != wish.list {
                    return Err(SessionFault::Order);
                }
                self.answered(&answer, self.start.nonce, carried, wish.expected, held)
            }
            (
                State::AskedAgain(carried, answered, wish),
                Message::Ids(_) | Message::Cells { .. } | Message::List { .. },
            ) => {
                // Sent before the responder read that it was not wanted any more.
                self.state = State::AskedAgain(carried, answered, wish);
                Ok(())
            }
            (State::Hinted(answered, plan, mut ids), Message::Ids(more)) => {
                if more.is_empty() {
                    return self.hinted(answered, plan, &ids, held);
                }
                ids.extend(more);
                if !ids.is_sorted_by(|a, b| a < b)
                    || ids.len() > limits::COMPARE_HINT.max(rungs::LARGEST)
                    || ids.len() as u64 > answered.count
                {
                    return Err(SessionFault::Order);
                }
                self.state = State::Hinted(answered, plan, ids);
                Ok(())
            }
            (State::Summing(answered, summing), Message::Cells { from, bytes }) => {
                self.cells(answered, summing, from, &bytes, held)
            }
            (
                State::Listing(answered, listing),
                Message::List {
                    parameter,
                    count,
                    bytes,
                    last,
                },
            ) => self.piece(answered, listing, parameter, count, &bytes, last, held),
            _ => Err(SessionFault::Order),
        }
    }

    fn found(
        &mut self,
        cursor: Cursor,
        want: &[Short],
        have: Vec<Short>,
        held: &dyn Held,
    ) -> Result<(), SessionFault> {
        if want.is_empty() && have.is_empty() {
            return Err(SessionFault::Unexplained);
        }
        self.budget.work.spend((want.len() + have.len()) as u64)?;
        // The responder could look up only what it holds itself.
        let give: Vec<Element> = want.iter().filter_map(|short| held.find(*short)).collect();
        let unknown = want.len() - give.len();
        let want: Vec<Short> = have
            .into_iter()
            .filter(|short| held.find(*short).is_none())
            .collect();
        self.outcome = Some(Outcome::Difference(Difference {
            give,
            want,
            unknown,
            cursor: Some(cursor),
            ..Difference::default()
        }));
        Ok(())
    }

    fn answered(
        &mut self,
        answer: &Answer,
        initiator: [u8; 16],
        mut carried: Carried,
        expected: f64,
        held: &dyn Held,
    ) -> Result<(), SessionFault> {
        let answered = Answered {
            count: answer.count,
            cursor: answer.cursor,
        };
        carried
            .theirs
            .retain(|short| answer.unknown.binary_search(short).is_err());
        let Some(responder) = answer.salt else {
            self.state = match answer.plan {
                Plan::Cells => State::Summing(answered, Box::new(Summing::cached())),
                Plan::List => return Err(SessionFault::Order),
                plan => State::Hinted(answered, plan, Vec::new()),
            };
            return Ok(());
        };
        self.tries = self.tries.max(1);
        let salt = Salt {
            initiator,
            responder,
        };
        let mut salted = Salted::new(salt, held);
        salted.foresee(expected);
        self.state = match answer.plan {
            Plan::List => {
                self.tries = 2;
                let listing = Listing {
                    own: salted.listed(held, &mut self.budget.work)?,
                    salted,
                    at: 0,
                    last: None,
                    ours: BTreeSet::new(),
                    theirs: Vec::new(),
                };
                State::Listing(answered, listing)
            }
            Plan::Cells => {
                let mut decoder = Decoder::new(salted.check_key(), Tier::Salted).looked_up_later();
                for element in &carried.ours {
                    if let Some(short) = salted.short(element) {
                        decoder.assume(short, true, &mut self.budget.work)?;
                    }
                }
                State::Summing(
                    answered,
                    Box::new(Summing {
                        decoder,
                        salted: Some(salted),
                        carried,
                    }),
                )
            }
            _ => return Err(SessionFault::Order),
        };
        Ok(())
    }

    /// All short ids of the hint are here: what follows if it is right is taken for granted, and cells say whether it is.
    fn hinted(
        &mut self,
        answered: Answered,
        plan: Plan,
        ids: &[Short],
        held: &dyn Held,
    ) -> Result<(), SessionFault> {
        let mut summing = Box::new(Summing::cached());
        let work = &mut self.budget.work;
        work.spend(ids.len() as u64 * 2)?;
        for short in ids {
            if held.find(*short).is_none() {
                summing.decoder.assume(*short, false, work)?;
            }
        }
        let keys = known::cached_keys(held);
        let mut fault = None;
        let mut take = |element: Element| {
            let Some(key) = keys.get(element.feed) else {
                return true;
            };
            let short = key.short(&element.id);
            if let Err(why) = work.spend(4) {
                fault = Some(why);
            } else if ids.binary_search(&short).is_err()
                && let Err(why) = summing.decoder.assume(short, true, work)
            {
                fault = Some(why);
            }
            fault.is_none()
        };
        match (plan, self.start.own_since) {
            (Plan::Arrivals, Some(since)) => held.arrived(since, &mut take),
            (Plan::Suffix(boundary), _) => {
                held.newest(&mut |day, element| day >= boundary && take(element));
            }
            _ => {}
        }
        if let Some(fault) = fault {
            return Err(fault.into());
        }
        self.state = State::Summing(answered, summing);
        Ok(())
    }

    fn cells(
        &mut self,
        answered: Answered,
        mut summing: Box<Summing>,
        from: u64,
        bytes: &[u8],
        held: &dyn Held,
    ) -> Result<(), SessionFault> {
        let at = summing.decoder.received();
        if from != at as u64 {
            return Err(SessionFault::Order);
        }
        let theirs = cell::decode(at, bytes).filter(|cells| !cells.is_empty());
        let theirs = theirs.ok_or(SessionFault::Order)?;
        let cap = known::cap(held.count(), answered.count);
        let to = at + theirs.len();
        if to > cap.max(limits::COMPARE_LEAST_CELLS) {
            return Err(DecodeFault::Cells.into());
        }
        summing.take(at, &theirs, held, &mut self.budget.work)?;
        if summing.decoder.is_done() {
            return self.summed(answered, *summing, held);
        }
        let end = match summing.salted {
            Some(_) => cap,
            None => held.cells().len().min(cap),
        };
        let surplus = held.count() as i64 - i64::try_from(answered.count).unwrap_or(i64::MAX / 2);
        let left = summing.left(surplus);
        let recovered = summing.decoder.recovered();
        if let Some(salted) = &mut summing.salted {
            salted.foresee(left + recovered as f64);
        }
        if to >= end || (summing.salted.is_none() && summing.is_stuck(left, recovered)) {
            let expected = if summing.is_stuck(left, recovered) {
                RESIDUE
            } else {
                left
            };
            return self.again(answered, *summing, expected, held);
        }
        self.state = State::Summing(answered, summing);
        Ok(())
    }

    /// All cells are explained.
    fn summed(
        &mut self,
        answered: Answered,
        summing: Summing,
        held: &dyn Held,
    ) -> Result<(), SessionFault> {
        let found = summing.decoder.found();
        if found.is_empty() && summing.carried.theirs.is_empty() {
            // The roots differ, so something does.
            return self.again(answered, summing, RESIDUE, held);
        }
        let mut difference = Difference {
            cursor: Some(answered.cursor),
            ..Difference::default()
        };
        match &summing.salted {
            None => {
                let ours = found.ours.iter().filter_map(|short| held.find(*short));
                difference.give = ours.collect();
                difference.want = found.theirs;
            }
            Some(salted) => {
                let work = &mut self.budget.work;
                let all: BTreeSet<Short> =
                    found.ours.iter().chain(&found.theirs).copied().collect();
                let here = salted.find(&all, held, work)?;
                let is_ours = |short: &Short| found.ours.binary_search(short).is_ok();
                if here.len() != found.ours.len() || !here.iter().all(|(s, _)| is_ours(s)) {
                    return Err(DecodeFault::Lie.into());
                }
                difference.give = here.into_iter().map(|(_, element)| element).collect();
                difference.want = summing.carried.theirs;
                difference.want_salted = found.theirs;
            }
        }
        self.stop(difference);
        Ok(())
    }

    fn stop(&mut self, difference: Difference) {
        let pieces = |ids: &[Short]| -> Vec<Vec<Short>> {
            ids.chunks(limits::COMPARE_IDS / 2)
                .map(<[Short]>::to_vec)
                .collect()
        };
        let (cached, salted) = (pieces(&difference.want), pieces(&difference.want_salted));
        let messages = cached.len().max(salted.len()).max(1);
        for i in 0..messages {
            self.queue.push_back(Message::Stop {
                cached: cached.get(i).cloned().unwrap_or_default(),
                salted: salted.get(i).cloned().unwrap_or_default(),
                more: i + 1 < messages,
            });
        }
        self.outcome = Some(Outcome::Difference(difference));
    }

    /// The next tier, with what was recovered left out.
    fn again(
        &mut self,
        answered: Answered,
        summing: Summing,
        expected: f64,
        held: &dyn Held,
    ) -> Result<(), SessionFault> {
        let list = match self.tries {
            0 => false,
            1 => true,
            _ => return Err(SessionFault::Unexplained),
        };
        self.tries += 1;
        let mut carried = Carried::default();
        if !list {
            let found = summing.decoder.found();
            carried.ours = found.ours.iter().filter_map(|s| held.find(*s)).collect();
            carried.theirs = found.theirs;
            carried.theirs.truncate(limits::COMPARE_IDS);
        }
        self.queue.push_back(Message::Again(Again {
            salt: self.start.nonce,
            expected: expected.max(1.0) as u64,
            found: carried.theirs.clone(),
            list,
        }));
        self.state = State::AskedAgain(carried, answered, Wish { list, expected });
        Ok(())
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "the fields of one message, taken apart by the caller"
    )]
    fn piece(
        &mut self,
        answered: Answered,
        mut listing: Listing,
        parameter: u32,
        count: u64,
        bytes: &[u8],
        last: bool,
        held: &dyn Held,
    ) -> Result<(), SessionFault> {
        let count = usize::try_from(count).map_err(|_| SessionFault::Order)?;
        let ids = id_list::decode(parameter, listing.last, count, bytes);
        let ids = ids.ok_or(SessionFault::Order)?;
        if ids.is_empty() && !last {
            return Err(SessionFault::Order);
        }
        self.budget.work.spend(ids.len() as u64 * 4)?;
        listing.take(&ids);
        if !last {
            self.state = State::Listing(answered, listing);
            return Ok(());
        }
        listing.ours.extend(listing.own.iter().skip(listing.at));
        if listing.ours.is_empty() && listing.theirs.is_empty() {
            return Err(SessionFault::Unexplained);
        }
        let work = &mut self.budget.work;
        let give = listing.salted.find_listed(&listing.ours, held, work)?;
        self.stop(Difference {
            give,
            want_salted: listing.theirs,
            cursor: Some(answered.cursor),
            ..Difference::default()
        });
        Ok(())
    }
}
