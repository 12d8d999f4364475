//! The standard scenario: the nodes of five institutions publish for ten minutes while the network falls apart twice and
//! nodes come and go; then it holds together, and everybody must end up with everything they asked for.

use std::collections::BTreeSet;

use indaba::engine::order::Order;
use indaba_protocol::Id;

use super::cast::INSTITUTIONS;
use super::counts::Counts;
use super::node::Who;
use super::plan::Plan;
use super::rule::Rule;
use super::sabotage::Sabotage;
use super::trace::Keep;
use super::world::{Manner, Weather, World};

/// Milliseconds in which things go wrong.
pub(super) const STORM: u64 = 10 * 60_000;
/// Milliseconds given to converge after it: comparisons come every five minutes, with three peers each, and a record may have
/// several hops to go.
const CALM: u64 = 6 * 60 * 60_000;
/// How often it is looked at whether everything is there.
const LOOK: u64 = 60_000;
/// Ten years, in milliseconds.
pub(super) const TEN_YEARS: i64 = 3_653 * 86_400_000;

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// Decides everything else that is random.
    pub seed: u64,
    /// Honest nodes, at least one for each of the five institutions.
    pub nodes: usize,
    /// Whether one more node plays by its own rules.
    pub hostile: bool,
    /// A rule that is broken on purpose.
    pub sabotage: Option<Sabotage>,
    /// Print the trace as it comes.
    pub echo: bool,
    /// Read every statement anew at every node, and look at everything after every step: slow, and the same in all it finds.
    pub thorough: bool,
}

/// A run that kept every rule.
#[derive(Clone, Debug)]
pub struct Report {
    /// What it exercised.
    pub counts: Counts,
    /// The hash over the lines of its trace.
    pub trace: String,
    /// The lines of its trace.
    pub lines: u64,
    /// Milliseconds of simulated time until everybody had everything.
    pub took: u64,
}

/// A run that broke a rule.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The seed.
    pub seed: u64,
    /// The rule.
    pub rule: Rule,
    /// Who broke it, and how.
    pub what: String,
    /// Lines of the trace: the last ones, or all but routine if the story was asked for.
    pub lines: Vec<String>,
    /// Lines of routine left out of the story.
    pub routine: u64,
}

impl Scenario {
    /// The standard scenario with honest nodes only.
    pub fn honest(seed: u64, nodes: usize) -> Scenario {
        Scenario {
            seed,
            nodes: nodes.max(INSTITUTIONS),
            hostile: false,
            sabotage: None,
            echo: false,
            thorough: false,
        }
    }

    /// What will be done, by whom and when.
    pub fn plan(&self) -> Plan {
        Plan::draw(self.seed, self.nodes, self.hostile, self.sabotage.is_some())
    }

    /// Runs it.
    ///
    /// # Errors
    /// The first rule that was broken.
    pub fn run(&self) -> Result<Report, Box<Violation>> {
        self.carry_out(&self.plan(), Keep::Tail)
    }

    /// Runs a plan, in this scenario's manner, and keeps its story.
    ///
    /// # Errors
    /// The first rule that was broken.
    pub fn tell(&self, plan: &Plan) -> Result<Report, Box<Violation>> {
        self.carry_out(plan, Keep::Story)
    }

    pub(super) fn carry_out(&self, plan: &Plan, keep: Keep) -> Result<Report, Box<Violation>> {
        let manner = Manner {
            sabotage: self.sabotage,
            thorough: self.thorough,
            echo: self.echo,
            keep,
        };
        let mut world = World::new(plan, manner);
        world.prepare();
        world.run_until(STORM);
        if world.breach.is_none() {
            world.calm_down();
        }
        let until = STORM + CALM;
        while world.breach.is_none() {
            world.run_until(world.now + LOOK);
            if world.breach.is_some() {
                break;
            }
            match world.difference() {
                None => break,
                Some(difference) if world.now >= until => {
                    world.fail(Rule::Converges, format!("no convergence: {difference}"));
                }
                Some(_) => {}
            }
        }
        if world.breach.is_none() {
            world.finish();
        }
        match world.breach {
            Some((rule, what)) => Err(Box::new(Violation {
                seed: self.seed,
                rule,
                what,
                lines: world.trace.kept(),
                routine: world.trace.routine(),
            })),
            None => Ok(Report {
                counts: world.counts,
                trace: world.trace.hash(),
                lines: world.trace.lines(),
                took: world.now - STORM,
            }),
        }
    }
}

impl World {
    /// Starts everybody, lets the operators say what they want, and puts down everything that will happen.
    fn prepare(&mut self) {
        let honest = self.honest();
        for &who in &honest {
            self.counts.skewed += u64::from(self.nodes[who].skew.abs() == TEN_YEARS);
            let quiet = self.nodes[who].follows.values().filter(|quiet| **quiet);
            self.counts.quiet += quiet.count() as u64;
            self.start(who);
            self.instruct(who);
        }
        let quiet = self.plan.quiet();
        for (a, b) in self.plan.topology() {
            // A quiet feed is asked for at partners only, and served to partners only.
            let quiet = quiet.contains(&a) || quiet.contains(&b);
            let partners = quiet || self.links.is_friendly(a, b);
            self.introduce(a, b, partners);
        }
        let moves: Vec<_> = self.plan.moves().into_iter().cloned().collect();
        for made in moves {
            self.at(made.at, super::world::Happening::Act(made.act));
        }
        if self.nodes.len() > self.plan.roles.len() {
            self.let_mallory_in();
        }
    }

    /// Both operators write down the other's address.
    pub(super) fn introduce(&mut self, a: Who, b: Who, partner: bool) {
        for (here, there) in [(a, b), (b, a)] {
            let address = self.nodes[there].address(there);
            self.order(here, "knows a peer", Order::AddPeer { address, partner });
        }
    }

    /// The operator says what to accept and follow.
    pub(super) fn instruct(&mut self, who: Who) {
        let accepted: Vec<Id> = self.nodes[who]
            .accepts
            .iter()
            .map(|number| self.institutions[*number].id)
            .collect();
        for institution in accepted {
            self.order(
                who,
                "accepts an institution",
                Order::Anchor {
                    institution: institution.to_string(),
                    name: None,
                    full: None,
                    reach: None,
                },
            );
        }
        let follows: Vec<(String, bool)> = self.nodes[who]
            .follows
            .iter()
            .map(|(feed, quiet)| (feed.to_string(), *quiet))
            .collect();
        for (feed, quiet) in follows {
            let quiet = Some(quiet);
            self.order(who, "follows a feed", Order::Follow { feed, quiet });
        }
    }

    /// The storm is over: the network is whole, everybody is up, links lose little.
    fn calm_down(&mut self) {
        self.say(format_args!("calm"));
        self.heal();
        self.weather = Weather::calm(&self.plan);
        for who in self.honest() {
            self.nodes[who].disk_may_fail = false;
            if !self.sabotaged(who, Sabotage::AcknowledgesEarly) {
                self.nodes[who].disk.set_fault(None);
            }
            self.start(who);
        }
        self.repeat_words();
    }

    /// What is left to look at when everybody has everything.
    fn finish(&mut self) {
        let records = self.ledger.records.values();
        let publishers: BTreeSet<Id> = records.map(|header| header.institution).collect();
        self.counts.publishers = publishers.len() as u64;
        for who in self.honest() {
            self.settle(who);
            self.check_everything(who);
        }
        self.check_verdicts();
        self.check_waiting();
        for who in self.honest() {
            self.check_named_peers(who, true);
        }
        // Whatever was handed over last is judged by now, or never will be.
        self.run_until(self.now + 2 * 60_000);
        for who in self.honest() {
            self.check_unjudged(who);
        }
    }
}
