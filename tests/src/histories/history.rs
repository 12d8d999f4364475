//! A part of a world that somebody comes to hold, the orders in which it comes, and what to print when two of them differ.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use indaba_protocol::trust::{Anchor, Policy, Scope, Trust};
use indaba_protocol::{FeedName, Id, VerifiedStatement};

use super::cast::{self, FEEDS};
use super::world::{Said, World};
use crate::chance::Chance;

/// Histories that are taken from one world, each with other statements left out: to sign a world costs as much as to read it in fifty orders.
pub(super) const OF_ONE_WORLD: u64 = 10;

/// What a reader holds in the end, follows and trusts.
#[derive(Clone)]
pub struct History {
    /// Its number; the same number gives the same history.
    pub number: u64,
    pub(super) world: Arc<World>,
    /// What comes of the world, by its place there.
    pub(super) present: BTreeSet<usize>,
    pub(super) followed: BTreeSet<FeedName>,
    /// The operator accepts both institutions; otherwise the first alone, and the second as far as words bring it in.
    pub(super) accepts_both: bool,
}

/// An order of arrival.
#[derive(Clone)]
pub(super) struct Order {
    /// What comes, by its place in the world; some of it more than once.
    pub(super) arrivals: Vec<usize>,
    /// Whether records are looked at after every so many arrivals: what is remembered of it must not matter.
    pub(super) looks: Option<usize>,
    pub(super) words: &'static str,
}

/// Two orders that ended differently.
#[derive(Clone, Debug)]
pub struct Difference {
    /// What differs, in words.
    pub what: String,
    /// The order in which it came out otherwise, in words.
    pub order: String,
}

impl World {
    /// The world that a history is taken from.
    pub fn of_history(number: u64) -> World {
        World::draw(number / OF_ONE_WORLD)
    }
}

impl History {
    /// The histories that are taken from the same world as this one, as far as they are wanted, with it.
    pub fn together(first: u64, end: u64) -> Vec<History> {
        let world = Arc::new(World::of_history(first));
        let numbers = first..end.min(History::end_of_world(first));
        numbers
            .map(|n| History::draw(n, Arc::clone(&world)))
            .collect()
    }

    /// The number of the first history of the next world.
    pub fn end_of_world(number: u64) -> u64 {
        (number / OF_ONE_WORLD + 1) * OF_ONE_WORLD
    }

    /// How many statements come.
    pub fn len(&self) -> usize {
        self.present.len()
    }

    /// Whether nothing comes.
    pub fn is_empty(&self) -> bool {
        self.present.is_empty()
    }

    fn draw(number: u64, world: Arc<World>) -> History {
        let mut chance = Chance::of(number, "history");
        let left_out = *chance.pick(&[0, 0, 0, 10, 30]).unwrap();
        let keeps = |at: &usize| {
            let is_inception =
                matches!(world.said[*at].statement(), VerifiedStatement::Inception(_));
            !chance.percent(if is_inception {
                left_out / 10
            } else {
                left_out
            })
        };
        let present: BTreeSet<usize> = (0..world.len()).filter(keeps).collect();
        let follows = *chance.pick(&[100, 70]).unwrap();
        let followed = FEEDS
            .iter()
            .filter(|_| chance.percent(follows))
            .map(|feed| feed.parse().unwrap())
            .collect();
        let mut history = History {
            number,
            world,
            present,
            followed,
            accepts_both: chance.percent(40),
        };
        // Which of two rivals is pinned may decide whom a vouch brings in; about those that are accepted anyway nothing else may differ.
        history.accepts_both |= history.has_rivals();
        history
    }

    pub(super) fn said(&self, at: usize) -> &Said {
        &self.world.said[at]
    }

    pub(super) fn statements(&self) -> impl Iterator<Item = &Said> {
        self.present.iter().map(|at| self.said(*at))
    }

    pub(super) fn policy(&self) -> Policy {
        let anchor = || Anchor {
            trust: Trust::Full,
            scope: Scope::default(),
        };
        let houses = 0..if self.accepts_both { 2 } else { 1 };
        Policy {
            anchors: houses
                .map(|house| (cast::institution(house), anchor()))
                .collect(),
            ..Policy::default()
        }
    }

    /// Institutions of which two states of one version come.
    pub(super) fn rivals(&self) -> BTreeSet<Id> {
        let mut versions: BTreeMap<(Id, u64), usize> = BTreeMap::new();
        for said in self.statements() {
            if let VerifiedStatement::State(state) = said.statement() {
                *versions
                    .entry((state.institution, state.version))
                    .or_default() += 1;
            }
        }
        let twice = versions.into_iter().filter(|(_, count)| *count > 1);
        twice.map(|((institution, _), _)| institution).collect()
    }

    pub(super) fn has_rivals(&self) -> bool {
        !self.rivals().is_empty()
    }

    /// Orders in which this history comes, the first as it was signed. What is left out of a history changes nothing of the order of the
    /// rest, so that a failing one can be shrunk.
    pub(super) fn orders(&self) -> Vec<Order> {
        let mut chance = Chance::of(self.number, "orders");
        let count = self.world.len();
        let mut drawn = |words: &'static str, repeats: u32, looks: Option<usize>| {
            let mut arrivals: Vec<usize> = (0..count).collect();
            arrivals.extend((0..count).filter(|_| chance.percent(repeats)));
            chance.shuffle(&mut arrivals);
            Order {
                arrivals,
                looks,
                words,
            }
        };
        let signed = Order {
            arrivals: (0..count).collect(),
            looks: None,
            words: "as signed",
        };
        let backwards = Order {
            arrivals: (0..count).rev().collect(),
            looks: None,
            words: "backwards",
        };
        let one = drawn("at random, and looked at after each", 0, Some(1));
        let other = drawn(
            "at random, some of it twice, and looked at now and then",
            25,
            Some(5),
        );
        let mut orders = vec![signed, backwards, one, other];
        if self.has_rivals() {
            // The same states are pinned when states alone keep their order.
            for like in 0..orders.len() {
                let mut order = drawn("at random, but states as in an order before", 0, None);
                self.with_states_as(&orders[like], &mut order);
                orders.push(order);
            }
        }
        for order in &mut orders {
            order.arrivals.retain(|at| self.present.contains(at));
        }
        orders
    }

    fn with_states_as(&self, like: &Order, order: &mut Order) {
        let is_state =
            |at: &usize| matches!(self.said(*at).statement(), VerifiedStatement::State(_));
        let mut seen = BTreeSet::new();
        let firsts = like.arrivals.iter().filter(|at| is_state(at));
        let mut states = firsts.filter(|at| seen.insert(**at)).copied();
        for at in order.arrivals.iter_mut().filter(|at| is_state(at)) {
            *at = states.next().unwrap_or(*at);
        }
    }

    pub(super) fn names(&self, order: &Order) -> String {
        let name = |at: &usize| self.world.call(&self.said(*at).statement().id()).to_owned();
        let names: Vec<String> = order.arrivals.iter().map(name).collect();
        format!("{}: {}", order.words, names.join(", "))
    }
}

/// As a person reads it.
impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let followed: Vec<&str> = self.followed.iter().map(FeedName::as_str).collect();
        let accepted = if self.accepts_both { "A and B" } else { "A" };
        writeln!(
            f,
            "history {}: follows [{}], accepts {accepted}; what comes, as it was signed:",
            self.number,
            followed.join(", ")
        )?;
        for said in self.statements() {
            writeln!(f, "  {}", said.words)?;
        }
        Ok(())
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.what)?;
        writeln!(f, "order: {}", self.order)
    }
}
