//! Drawing the standard scenario from a seed.

use std::collections::{BTreeMap, BTreeSet};

use indaba_store::disk::Image;

use super::acts::{Act, Move, Text};
use super::cast::{FEEDS, INSTITUTIONS};
use super::node::Who;
use super::plan::{Plan, Role, TROUBLES, Trouble};
use super::scenario::{STORM, TEN_YEARS};
use super::world::Down;
use crate::chance::Chance;

/// Records that are written at least; a few more come with failures and withdrawals, and a few may be lost with a disk that fails
/// before anything was promised.
const RECORDS: usize = 46;

impl Plan {
    /// Draws the standard scenario. With `marked`, the first participant is busier than the others: whatever is wrong with it
    /// shall show.
    pub(super) fn draw(seed: u64, nodes: usize, hostile: bool, marked: bool) -> Plan {
        let mut draw = Draw {
            chance: Chance::of(seed, "plan"),
            nodes,
            marked,
            moves: Vec::new(),
        };
        let roles = (0..nodes).map(|who| draw.role(who)).collect();
        draw.everything();
        let troubles = TROUBLES
            .iter()
            .map(|(trouble, _)| *trouble)
            .filter(|trouble| hostile || *trouble != Trouble::Mallory)
            .collect();
        Plan {
            seed,
            roles,
            present: (0..nodes).collect(),
            made: (0..draw.moves.len()).collect(),
            moves: draw.moves,
            troubles,
        }
    }
}

/// The drawing of a plan.
struct Draw {
    chance: Chance,
    nodes: usize,
    marked: bool,
    moves: Vec<Move>,
}

impl Draw {
    fn at(&mut self, at: u64, act: Act) {
        self.moves.push(Move { at, act });
    }

    fn anybody(&mut self) -> Who {
        self.chance.index(self.nodes)
    }

    fn role(&mut self, who: Who) -> Role {
        let skew = match self.chance.index(4) {
            0 => TEN_YEARS,
            1 => -TEN_YEARS,
            2 => self.chance.between(0, 7_200_000) as i64 - 3_600_000,
            _ => 0,
        };
        let mut role = Role {
            skew,
            accepts: BTreeSet::new(),
            follows: BTreeMap::new(),
            chord: 0,
        };
        for institution in 0..INSTITUTIONS {
            if institution == who % INSTITUTIONS || self.chance.permille(200) {
                continue;
            }
            if self.chance.permille(120) {
                let at = self.chance.between(STORM / 3, STORM);
                self.at(at, Act::Accept(who, institution));
            } else {
                role.accepts.insert(institution);
            }
        }
        let mut order: Vec<usize> = (0..FEEDS.len()).collect();
        self.chance.shuffle(&mut order);
        let count = self.chance.between(2, FEEDS.len() as u64) as usize;
        for feed in order.into_iter().take(count) {
            let quiet = self.chance.permille(80);
            if self.chance.permille(120) {
                let at = self.chance.between(STORM / 3, STORM);
                self.at(at, Act::Follow { who, feed, quiet });
            } else {
                role.follows.insert(feed, quiet);
            }
        }
        role.chord = self.anybody();
        role
    }

    fn text(&mut self) -> Text {
        let mut feeds: Vec<usize> = (0..FEEDS.len()).collect();
        self.chance.shuffle(&mut feeds);
        let several = if self.chance.permille(400) {
            self.chance.between(2, 3)
        } else {
            1
        };
        feeds.truncate(several as usize);
        Text {
            number: self.chance.between(0, 1_000_000),
            feeds,
        }
    }

    fn everything(&mut self) {
        self.publications();
        self.partitions();
        self.failures();
        self.clocks();
        self.authority();
    }

    /// One institution says something new of itself; often a key falls into other hands, and often one is revoked.
    fn authority(&mut self) {
        let (at, who) = (
            self.chance.between(STORM / 4, STORM * 3 / 4),
            self.anybody(),
        );
        self.at(at, Act::Renew(who));
        // Not the first participant: what a broken rule does there shall be seen.
        let who = 1 + self.chance.index(self.nodes - 1);
        if self.chance.permille(500) {
            let at = self.chance.between(STORM / 4, STORM * 2 / 3);
            let pick = self.chance.between(0, u64::MAX - 1);
            self.at(at, Act::Forge { who, pick });
        }
        if self.chance.permille(600) {
            let at = self.chance.between(STORM / 2, STORM - 30_000);
            let back = self.chance.index(3);
            self.at(at, Act::Revoke { who, back });
        }
    }

    fn publications(&mut self) {
        let (mut number, mut written) = (0, 0);
        while written < RECORDS {
            let at = self.chance.between(5_000, STORM - 5_000);
            // Everybody publishes once, so that every institution does.
            let who = if self.marked && number % 3 == 0 {
                0
            } else if number < self.nodes {
                number
            } else {
                self.anybody()
            };
            let texts: Vec<Text> = (0..self.chance.between(1, 2))
                .map(|_| self.text())
                .collect();
            (number, written) = (number + 1, written + texts.len());
            self.at(at, Act::Publish { who, texts });
        }
        for _ in 0..2 {
            let at = self.chance.between(STORM / 3, STORM - 5_000);
            let (who, pick) = (self.anybody(), self.chance.between(0, u64::MAX - 1));
            self.at(at, Act::Withdraw { who, pick });
        }
    }

    fn partitions(&mut self) {
        for begin in [STORM / 15, STORM / 2] {
            let at = begin + self.chance.between(0, STORM / 8);
            let mut all: Vec<Who> = (0..self.nodes).collect();
            self.chance.shuffle(&mut all);
            let size = self.chance.between(1, all.len() as u64 - 1) as usize;
            self.at(at, Act::Partition(all.into_iter().take(size).collect()));
            let after = self.chance.between(45_000, STORM / 4);
            self.at(at + after, Act::Heal);
        }
    }

    fn failures(&mut self) {
        for number in 0..4 {
            let who = if self.marked && number == 0 {
                0
            } else {
                self.anybody()
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
                let texts = vec![self.text()];
                self.at(at, Act::Publish { who, texts });
            }
            let moment = self.chance.between(0, 40);
            if self.marked && number == 0 {
                // And the moment it is back, before it hears of anybody: who has forgotten what it signed signs it again.
                let texts = (0..4).map(|_| self.text()).collect();
                self.at(at + moment + for_millis + 10, Act::Publish { who, texts });
            }
            self.at(
                at + moment,
                Act::Stop {
                    who,
                    down,
                    for_millis,
                },
            );
        }
        if !self.marked {
            let (who, call) = (self.anybody(), self.chance.between(0, 12));
            let at = self.chance.between(60_000, STORM - 60_000);
            self.at(at, Act::FailDisk(who, call));
        }
    }

    fn clocks(&mut self) {
        for _ in 0..2 {
            let who = self.anybody();
            let skew = self.chance.between(0, 2 * TEN_YEARS as u64) as i64 - TEN_YEARS;
            let at = self.chance.between(30_000, STORM);
            self.at(at, Act::SetClock(who, skew));
        }
    }
}
