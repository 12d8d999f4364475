//! The standard scenario: ten institutions' nodes publish for a quarter of an hour while the network falls apart twice and nodes
//! come and go; then it holds together, and everybody must end up with everything they asked for.

use std::collections::BTreeSet;

use indaba::engine::order::Order;
use indaba_protocol::{FeedName, Id};

use super::cast::{self, FEEDS, INSTITUTIONS};
use super::counts::Counts;
use super::node::Who;
use super::sabotage::Sabotage;
use super::world::{Weather, World};

/// Milliseconds in which things go wrong.
pub(super) const STORM: u64 = 15 * 60_000;
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
    /// The rule, and who broke it.
    pub what: String,
    /// The last lines of the trace.
    pub tail: Vec<String>,
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
        }
    }

    /// Runs it.
    ///
    /// # Errors
    /// The first rule that was broken.
    pub fn run(&self) -> Result<Report, Box<Violation>> {
        let mut world = World::new(
            self.seed,
            self.nodes,
            self.hostile,
            self.sabotage,
            self.echo,
        );
        world.prepare();
        world.run_until(STORM);
        if world.breach.is_none() {
            world.calm_down();
        }
        let mut what = world.breach.clone();
        let until = STORM + CALM;
        while what.is_none() {
            world.run_until(world.now + LOOK);
            what.clone_from(&world.breach);
            if what.is_some() {
                break;
            }
            match world.difference() {
                None => break,
                Some(difference) if world.now >= until => {
                    what = Some(format!("no convergence: {difference}"))
                }
                Some(_) => {}
            }
        }
        if what.is_none() {
            world.finish();
            what = world.breach.clone();
        }
        match what {
            Some(what) => Err(Box::new(Violation {
                seed: self.seed,
                what,
                tail: world.trace.tail(),
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
    /// Decides who follows and accepts what, who knows whom, and everything that will happen.
    fn prepare(&mut self) {
        let honest = self.honest();
        let feeds: Vec<FeedName> = FEEDS.iter().map(|name| cast::feed(name)).collect();
        for &who in &honest {
            self.choose(who, &feeds);
        }
        let wanted = self.topology();
        for &who in &honest {
            self.start(who);
            self.instruct(who);
        }
        for (a, b) in wanted {
            self.introduce(a, b);
        }
        self.plan(&honest);
        if self.nodes.len() > honest.len() {
            self.let_mallory_in();
        }
    }

    fn choose(&mut self, who: Who, feeds: &[FeedName]) {
        self.nodes[who].skew = match self.chance.index(4) {
            0 => TEN_YEARS,
            1 => -TEN_YEARS,
            2 => self.chance.between(0, 7_200_000) as i64 - 3_600_000,
            _ => 0,
        };
        self.counts.skewed += u64::from(self.nodes[who].skew.abs() == TEN_YEARS);
        for number in 0..INSTITUTIONS {
            if number != self.nodes[who].institution && !self.chance.permille(200) {
                self.nodes[who].accepts.insert(number);
                if self.chance.permille(120) {
                    self.nodes[who].late_accepts.insert(number);
                }
            }
        }
        let mut order: Vec<usize> = (0..feeds.len()).collect();
        self.chance.shuffle(&mut order);
        let count = self.chance.between(2, feeds.len() as u64) as usize;
        for number in order.into_iter().take(count) {
            let quiet = self.chance.permille(80);
            self.counts.quiet += u64::from(quiet);
            self.nodes[who].follows.insert(feeds[number].clone(), quiet);
            if self.chance.permille(120) {
                self.nodes[who].late_follows.insert(feeds[number].clone());
            }
        }
    }

    /// A ring and chords, and then as many links as it takes: whoever wants an author's records in a feed must reach that author
    /// over nodes that carry them. What nobody between them carries, no protocol can bring.
    fn topology(&mut self) -> BTreeSet<(Who, Who)> {
        let honest = self.honest();
        let count = honest.len();
        let mut links = BTreeSet::new();
        for &who in &honest {
            links.insert(pair(who, (who + 1) % count));
            let other = self.chance.index(count);
            if other != who {
                links.insert(pair(who, other));
            }
        }
        for &author in &honest {
            for feed in FEEDS.iter().map(|name| cast::feed(name)) {
                for &reader in &honest {
                    if self.wants(reader, author, &feed)
                        && !self.reaches(&links, reader, author, &feed)
                    {
                        links.insert(pair(reader, author));
                    }
                }
            }
        }
        links
    }

    fn wants(&self, reader: Who, author: Who, feed: &FeedName) -> bool {
        let (reader, author) = (&self.nodes[reader], &self.nodes[author]);
        let accepted = reader.institution == author.institution
            || reader.accepts.contains(&author.institution);
        accepted && reader.follows.contains_key(feed)
    }

    fn reaches(
        &self,
        links: &BTreeSet<(Who, Who)>,
        reader: Who,
        author: Who,
        feed: &FeedName,
    ) -> bool {
        let mut reached = BTreeSet::from([reader]);
        let mut open = vec![reader];
        while let Some(here) = open.pop() {
            for other in self.honest() {
                let carries = other == author
                    || (self.wants(other, author, feed)
                        && self.nodes[other].follows.get(feed) == Some(&false));
                if links.contains(&pair(here, other)) && carries && reached.insert(other) {
                    open.push(other);
                }
            }
        }
        reached.contains(&author)
    }

    /// Both operators write down the other's address.
    fn introduce(&mut self, a: Who, b: Who) {
        for (here, there) in [(a, b), (b, a)] {
            // A quiet feed is asked for at partners only, and served to partners only.
            let partner = [here, there]
                .iter()
                .any(|who| self.nodes[*who].follows.values().any(|quiet| *quiet))
                || self.chance.permille(300);
            let address = self.nodes[there].address(there);
            self.order(here, "knows a peer", Order::AddPeer { address, partner });
        }
    }

    /// The operator says what to accept and follow.
    pub(super) fn instruct(&mut self, who: Who) {
        let node = &self.nodes[who];
        let accepted: Vec<Id> = node
            .accepts
            .difference(&node.late_accepts)
            .map(|number| self.institutions[*number].id)
            .collect();
        for institution in accepted {
            self.order(
                who,
                "accepts an institution",
                Order::Anchor {
                    institution: institution.to_string(),
                    name: None,
                },
            );
        }
        let follows: Vec<(String, bool)> = self.nodes[who]
            .follows
            .iter()
            .filter(|(feed, _)| !self.nodes[who].late_follows.contains(*feed))
            .map(|(feed, quiet)| (feed.to_string(), *quiet))
            .collect();
        for (feed, quiet) in follows {
            self.order(who, "follows a feed", Order::Follow { feed, quiet });
        }
    }

    /// The storm is over: the network is whole, everybody is up, links lose little.
    fn calm_down(&mut self) {
        self.say("calm");
        self.heal();
        self.weather = Weather {
            loss: 15,
            double: 15,
            question_loss: 5,
            queue_full: 2,
        };
        for who in self.honest() {
            self.nodes[who].disk_may_fail = false;
            if !self.sabotaged(who, Sabotage::AcknowledgesEarly) {
                self.nodes[who].disk.set_fault(None);
            }
            self.start(who);
        }
    }

    /// What is left to look at when everybody has everything.
    fn finish(&mut self) {
        for who in self.honest() {
            self.settle(who);
            self.check_claims(who);
        }
        self.check_verdicts();
        self.check_waiting();
        // Whatever was handed over last is judged by now, or never will be.
        self.run_until(self.now + 2 * 60_000);
        for who in self.honest() {
            self.check_unjudged(who);
        }
    }
}

fn pair(a: Who, b: Who) -> (Who, Who) {
    (a.min(b), a.max(b))
}
