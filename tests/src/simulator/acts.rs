//! The moves of the scenario: what operators, the weather and bad luck do, and when.

use std::collections::BTreeSet;
use std::fmt;

use indaba::engine::order::Order;
use indaba_protocol::Id;
use indaba_store::disk::{Fault, Image};

use super::cast::{self, FEEDS};
use super::node::Who;
use super::trace::clock;
use super::world::{Down, Happening, World};

/// One move of a scenario. Everything about it is decided beforehand, except which record there is to be withdrawn.
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
        texts: Vec<Text>,
    },
    /// Withdraws one of its own records, whichever `pick` falls on.
    Withdraw {
        who: Who,
        pick: u64,
    },
    Partition(BTreeSet<Who>),
    Heal,
    /// Follows one more feed, by number.
    Follow {
        who: Who,
        feed: usize,
        quiet: bool,
    },
    /// Accepts one more institution.
    Accept(Who, usize),
    SetClock(Who, i64),
    /// The disk fails at the n-th call from now.
    FailDisk(Who, u64),
    /// The institution of a node signs a new state.
    Renew(Who),
    /// Somebody who has a node's key too signs with it, in whichever lane `pick` falls on.
    Forge {
        who: Who,
        pick: u64,
    },
    /// A node's key is revoked, after all but the last `back` records of each lane.
    Revoke {
        who: Who,
        back: usize,
    },
}

/// Something to be written.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) number: u64,
    /// Feeds by number.
    pub(super) feeds: Vec<usize>,
}

/// A move and when it is made, in milliseconds from the beginning.
#[derive(Clone, Debug)]
pub(super) struct Move {
    pub(super) at: u64,
    pub(super) act: Act,
}

impl Act {
    /// Without whom it makes no sense.
    pub(super) fn needs(&self) -> Option<Who> {
        match self {
            Act::Start(who)
            | Act::Stop { who, .. }
            | Act::Publish { who, .. }
            | Act::Withdraw { who, .. }
            | Act::Follow { who, .. }
            | Act::Accept(who, _)
            | Act::SetClock(who, _)
            | Act::FailDisk(who, _)
            | Act::Renew(who)
            | Act::Forge { who, .. }
            | Act::Revoke { who, .. } => Some(*who),
            Act::Partition(_) | Act::Heal => None,
        }
    }
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", clock(self.at))?;
        match &self.act {
            Act::Start(who) => write!(f, "{} starts", cast::name(*who)),
            Act::Stop {
                who,
                down,
                for_millis,
            } => {
                let how = match down {
                    Down::Clean => "stops".to_owned(),
                    Down::Power(Image::Strict) => {
                        "loses power and all that is not synced".to_owned()
                    }
                    Down::Power(Image::Everything) => "loses power".to_owned(),
                    Down::Power(Image::Torn(_)) => {
                        "loses power in the middle of a write".to_owned()
                    }
                };
                let seconds = for_millis.div_ceil(1_000);
                write!(f, "{} {how}, for {seconds} s", cast::name(*who))
            }
            Act::Publish { who, texts } => {
                let texts: Vec<_> = texts
                    .iter()
                    .map(|text| {
                        let feeds: Vec<_> = text.feeds.iter().map(|feed| FEEDS[*feed]).collect();
                        feeds.join(" and ")
                    })
                    .collect();
                write!(
                    f,
                    "{} publishes in {}",
                    cast::name(*who),
                    texts.join(", then in ")
                )
            }
            Act::Withdraw { who, .. } => write!(f, "{} withdraws a record", cast::name(*who)),
            Act::Partition(side) => {
                let names: Vec<_> = side.iter().map(|who| cast::name(*who)).collect();
                write!(f, "partition: {} | the rest", names.join(" "))
            }
            Act::Heal => write!(f, "the partition ends"),
            Act::Follow { who, feed, quiet } => {
                let how = if *quiet { " quietly" } else { "" };
                write!(f, "{} follows {}{how}", cast::name(*who), FEEDS[*feed])
            }
            Act::Accept(who, institution) => {
                write!(f, "{} accepts institution {institution}", cast::name(*who))
            }
            Act::SetClock(who, skew) => {
                write!(
                    f,
                    "{} sets its clock {} days off",
                    cast::name(*who),
                    skew / 86_400_000
                )
            }
            Act::FailDisk(who, call) => {
                write!(
                    f,
                    "{}'s disk fails at call {call} from now",
                    cast::name(*who)
                )
            }
            Act::Renew(who) => {
                write!(
                    f,
                    "the institution of {} signs a new state",
                    cast::name(*who)
                )
            }
            Act::Forge { who, .. } => {
                write!(
                    f,
                    "a copy of {}'s key signs a place once more",
                    cast::name(*who)
                )
            }
            Act::Revoke { who, back } => {
                let name = cast::name(*who);
                write!(
                    f,
                    "the key of {name} is revoked, after all but the last {back} of each lane"
                )
            }
        }
    }
}

impl World {
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
            Act::Publish { who, texts } => self.write(who, &texts),
            Act::Withdraw { who, pick } => self.withdraw(who, pick),
            Act::Partition(side) => self.partition(&side),
            Act::Heal => self.heal(),
            Act::Follow { who, feed, quiet } => {
                if self.nodes[who].run.is_none() {
                    return self
                        .in_millis(10_000, Happening::Act(Act::Follow { who, feed, quiet }));
                }
                self.counts.late_follows += 1;
                self.counts.quiet += u64::from(quiet);
                self.nodes[who]
                    .follows
                    .insert(cast::feed(FEEDS[feed]), quiet);
                let order = Order::Follow {
                    feed: FEEDS[feed].to_owned(),
                    quiet: Some(quiet),
                };
                self.order(who, "follows a feed late", order);
            }
            Act::Accept(who, institution) => {
                if self.nodes[who].run.is_none() {
                    return self.in_millis(10_000, Happening::Act(Act::Accept(who, institution)));
                }
                self.counts.late_anchors += 1;
                self.nodes[who].accepts.insert(institution);
                let order = Order::Anchor {
                    institution: self.institutions[institution].id.to_string(),
                    name: None,
                    full: None,
                    reach: None,
                };
                self.order(who, "accepts an institution late", order);
            }
            Act::SetClock(who, skew) => {
                self.counts.clock_steps += 1;
                self.nodes[who].skew = skew;
                let days = skew / 86_400_000;
                self.say(format_args!(
                    "{} sets its clock {days} days off",
                    cast::name(who)
                ));
            }
            Act::FailDisk(who, call) => {
                if self.nodes[who].run.is_some() {
                    self.nodes[who].disk_may_fail = true;
                    self.nodes[who].disk.set_fault(Some(Fault::FailAt(call)));
                }
            }
            Act::Renew(who) => self.renew(self.nodes[who].institution),
            Act::Forge { who, pick } => self.forge(who, pick),
            Act::Revoke { who, back } => self.revoke(who, back),
        }
    }

    /// A node publishes; when it is down, another one does.
    fn write(&mut self, who: Who, texts: &[Text]) {
        let honest = self.honest();
        let place = honest
            .iter()
            .position(|other| *other == who)
            .unwrap_or_default();
        let Some(who) = (0..honest.len())
            .map(|step| honest[(place + step) % honest.len()])
            .find(|who| self.may_write(*who))
        else {
            return;
        };
        let drafts = texts
            .iter()
            .map(|text| {
                let feeds = text
                    .feeds
                    .iter()
                    .map(|feed| FEEDS[*feed].to_owned())
                    .collect();
                cast::draft(text.number, feeds)
            })
            .collect();
        self.order(who, "publish", Order::Publish { drafts });
    }

    /// Whether a node is up and does not know its key to be revoked.
    fn may_write(&self, who: Who) -> bool {
        let revoked = self.authority.revoked.get(&self.nodes[who].key);
        self.nodes[who].run.as_ref().is_some_and(|run| {
            !revoked.is_some_and(|revoked| run.store.has_fact(&revoked.state).unwrap_or(false))
        })
    }

    fn withdraw(&mut self, who: Who, pick: u64) {
        if !self.may_write(who) {
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
        if own.is_empty() {
            return;
        }
        let (id, feeds) = own[(pick % own.len() as u64) as usize].clone();
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
