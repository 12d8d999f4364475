//! The moves of the scenario: what operators, the weather and bad luck do, and when.

use std::collections::BTreeSet;

use indaba::engine::order::Order;
use indaba_protocol::{FeedName, Id};
use indaba_store::disk::{Fault, Image};

use super::cast::{self, FEEDS};
use super::node::Who;
use super::scenario::{STORM, TEN_YEARS};
use super::world::{Down, Happening, World};

/// One move of a scenario.
#[derive(Clone, Debug)]
pub(super) enum Act {
    Start(Who),
    Stop {
        who: Who,
        down: Down,
        for_millis: u64,
    },
    Publish {
        who: Who,
        count: u64,
    },
    Withdraw(Who),
    Partition(BTreeSet<Who>),
    Heal,
    Follow(Who, FeedName),
    Anchor(Who, usize),
    SetClock(Who, i64),
    /// The disk fails at the n-th call from now.
    FailDisk(Who, u64),
}

impl World {
    /// Decides what will happen in the storm.
    pub(super) fn plan(&mut self, honest: &[Who]) {
        let publications = 46 + self.chance.between(0, 8);
        for number in 0..publications {
            let at = self.chance.between(5_000, STORM - 5_000);
            let who = if self.sabotage.is_some() && number % 3 == 0 {
                0
            } else {
                honest[self.chance.index(honest.len())]
            };
            let count = self.chance.between(1, 2);
            self.at(at, Happening::Act(Act::Publish { who, count }));
        }
        for _ in 0..2 {
            let at = self.chance.between(STORM / 3, STORM - 5_000);
            let who = honest[self.chance.index(honest.len())];
            self.at(at, Happening::Act(Act::Withdraw(who)));
        }
        for begin in [60_000, 480_000] {
            let at = begin + self.chance.between(0, 120_000);
            let mut all = honest.to_vec();
            self.chance.shuffle(&mut all);
            let size = self.chance.between(1, all.len() as u64 - 1) as usize;
            let side: BTreeSet<Who> = all.into_iter().take(size).collect();
            self.at(at, Happening::Act(Act::Partition(side)));
            let after = self.chance.between(45_000, 240_000);
            self.at(at + after, Happening::Act(Act::Heal));
        }
        for number in 0..4 {
            let who = if self.sabotage.is_some() && number == 0 {
                0
            } else {
                honest[self.chance.index(honest.len())]
            };
            let down = match number {
                0 => Down::Power(Image::Strict),
                1 => Down::Power(Image::Torn(self.chance.between(0, u64::MAX - 1))),
                2 => Down::Power(Image::Everything),
                _ => Down::Clean,
            };
            let at = self.chance.between(STORM / 4, STORM * 3 / 4);
            let for_millis = self.chance.between(500, 150_000);
            // Often in the middle of something: a moment after the operator was answered.
            if self.chance.permille(600) {
                self.at(at, Happening::Act(Act::Publish { who, count: 1 }));
            }
            let moment = self.chance.between(0, 40);
            self.at(
                at + moment,
                Happening::Act(Act::Stop {
                    who,
                    down,
                    for_millis,
                }),
            );
        }
        let (who, call) = (
            honest[self.chance.index(honest.len())],
            self.chance.between(0, 12),
        );
        let at = self.chance.between(60_000, STORM - 60_000);
        self.at(at, Happening::Act(Act::FailDisk(who, call)));
        for _ in 0..2 {
            let who = honest[self.chance.index(honest.len())];
            let skew = self.chance.between(0, 2 * TEN_YEARS as u64) as i64 - TEN_YEARS;
            let at = self.chance.between(30_000, STORM);
            self.at(at, Happening::Act(Act::SetClock(who, skew)));
        }
        for &who in honest {
            for institution in self.nodes[who].late_accepts.clone() {
                let at = self.chance.between(STORM / 3, STORM);
                self.at(at, Happening::Act(Act::Anchor(who, institution)));
            }
            for feed in self.nodes[who].late_follows.clone() {
                let at = self.chance.between(STORM / 3, STORM);
                self.at(at, Happening::Act(Act::Follow(who, feed)));
            }
        }
    }

    /// Makes one move.
    pub(super) fn act(&mut self, act: Act) {
        match act {
            Act::Start(who) => self.start(who),
            Act::Stop {
                who,
                down,
                for_millis,
            } => {
                if self.nodes[who].run.is_some() {
                    self.stop(who, down);
                    self.in_millis(for_millis, Happening::Act(Act::Start(who)));
                }
            }
            Act::Publish { who, count } => self.write(who, count),
            Act::Withdraw(who) => self.withdraw(who),
            Act::Partition(side) => self.partition(&side),
            Act::Heal => self.heal(),
            Act::Follow(who, feed) => {
                if self.nodes[who].run.is_none() {
                    return self.in_millis(10_000, Happening::Act(Act::Follow(who, feed)));
                }
                if self.nodes[who].late_follows.remove(&feed) {
                    self.counts.late_follows += 1;
                    let quiet = self.nodes[who]
                        .follows
                        .get(&feed)
                        .copied()
                        .unwrap_or_default();
                    self.order(
                        who,
                        "follows a feed late",
                        Order::Follow {
                            feed: feed.to_string(),
                            quiet,
                        },
                    );
                }
            }
            Act::Anchor(who, number) => {
                if self.nodes[who].run.is_none() {
                    return self.in_millis(10_000, Happening::Act(Act::Anchor(who, number)));
                }
                if self.nodes[who].late_accepts.remove(&number) {
                    self.counts.late_anchors += 1;
                    let institution = self.institutions[number].id.to_string();
                    self.order(
                        who,
                        "accepts an institution late",
                        Order::Anchor {
                            institution,
                            name: None,
                        },
                    );
                }
            }
            Act::SetClock(who, skew) => {
                self.counts.clock_steps += 1;
                self.nodes[who].skew = skew;
                let line = format!(
                    "{} sets its clock {} days off",
                    self.nodes[who].name,
                    skew / 86_400_000
                );
                self.say(&line);
            }
            Act::FailDisk(who, call) => {
                if self.nodes[who].run.is_some() && self.sabotage.is_none() {
                    self.nodes[who].disk_may_fail = true;
                    self.nodes[who].disk.set_fault(Some(Fault::FailAt(call)));
                }
            }
        }
    }

    /// A node publishes; when it is down, another one does.
    fn write(&mut self, who: Who, count: u64) {
        let count_nodes = self.honest().len();
        let Some(who) = (0..count_nodes)
            .map(|step| (who + step) % count_nodes)
            .find(|who| self.nodes[*who].run.is_some())
        else {
            return;
        };
        let drafts = (0..count)
            .map(|_| {
                let number = self.chance.between(0, 1_000_000);
                let mut feeds: Vec<String> = FEEDS.iter().map(|feed| (*feed).to_owned()).collect();
                self.chance.shuffle(&mut feeds);
                let several = if self.chance.permille(400) {
                    self.chance.between(2, 3)
                } else {
                    1
                };
                feeds.truncate(several as usize);
                cast::draft(number, feeds)
            })
            .collect();
        self.order(who, "publish", Order::Publish { drafts });
    }

    fn withdraw(&mut self, who: Who) {
        if self.nodes[who].run.is_none() {
            return;
        }
        let key = self.nodes[who].key;
        let withdrawn: BTreeSet<Id> = self
            .ledger
            .records
            .values()
            .flat_map(|header| header.targets("withdraws").copied().collect::<Vec<_>>())
            .collect();
        let own: Vec<(Id, Vec<String>)> = self
            .ledger
            .records
            .values()
            .filter(|header| {
                header.key == key && header.kind == "practice" && !withdrawn.contains(&header.id())
            })
            .map(|header| {
                (
                    header.id(),
                    header.feeds().map(ToString::to_string).collect(),
                )
            })
            .collect();
        if let Some((id, feeds)) = self.chance.pick(&own).cloned() {
            self.counts.withdrawn += 1;
            self.order(
                who,
                "withdraw",
                Order::Publish {
                    drafts: vec![cast::withdrawal(&id, feeds)],
                },
            );
        }
    }
}
