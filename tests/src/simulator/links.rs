//! Connections: who is joined with whom, how long things take, and what breaks.

use std::collections::BTreeSet;
use std::rc::Rc;

use indaba::network::{Disconnection, Event, Path, RequestFailure, Topic};

use super::cast;
use super::gossip::Frame;
use super::node::Who;
use super::plan::{Plan, Trouble};
use super::world::{Happening, World};
use crate::chance::Chance;

/// What goes over a connection.
pub(super) enum Parcel {
    Gossip {
        topic: Topic,
        frame: Rc<Frame>,
        number: u64,
    },
    Follows {
        topic: Topic,
        follows: bool,
    },
    Question {
        ticket: u64,
        body: Vec<u8>,
    },
    Answer {
        ticket: u64,
        body: Option<Vec<u8>>,
    },
    /// The answer that never came: noticed by who asked.
    Silence {
        ticket: u64,
    },
}

/// Two participants that want to be connected.
pub(super) struct Link {
    /// The epoch of the connection, while there is one.
    up: Option<u64>,
    /// A partition lies between them.
    severed: bool,
    /// Milliseconds one way.
    latency: (u64, u64),
    /// When the last ordered message of each direction arrives: announcements keep their order.
    ordered: [u64; 2],
    /// Gossip sent and arrived per direction, to see what overtakes what.
    sent: [u64; 2],
    arrived: [u64; 2],
}

/// All links, wanted or not, each with what is random about it.
pub(super) struct Links {
    size: usize,
    all: Vec<(Chance, Option<Link>)>,
    /// Who has a link with whom, up or not.
    of: Vec<Vec<Who>>,
    /// Whether links with a steady latency only are made.
    steady: bool,
}

impl Links {
    pub(super) fn new(plan: &Plan, size: usize) -> Links {
        let all = (0..size * size)
            .map(|place| {
                let (a, b) = (place / size, place % size);
                // The half below the diagonal is never looked at; what it draws does not matter.
                (Chance::of(plan.seed, &format!("link {a} {b}")), None)
            })
            .collect();
        Links {
            size,
            all,
            of: vec![Vec::new(); size],
            steady: !plan.has(Trouble::SlowLinks),
        }
    }

    fn place(&self, a: Who, b: Who) -> usize {
        a.min(b) * self.size + a.max(b)
    }

    /// Whom a participant has a link with, up or not.
    pub(super) fn of(&self, who: Who) -> &[Who] {
        &self.of[who]
    }

    pub(super) fn get(&self, a: Who, b: Who) -> Option<&Link> {
        self.all[self.place(a, b)].1.as_ref()
    }

    fn get_mut(&mut self, a: Who, b: Who) -> Option<&mut Link> {
        let place = self.place(a, b);
        self.all[place].1.as_mut()
    }

    /// What is random between two participants.
    pub(super) fn chance(&mut self, a: Who, b: Who) -> &mut Chance {
        let place = self.place(a, b);
        &mut self.all[place].0
    }

    /// Whether two operators trust each other with what is quiet, though they need not.
    pub(super) fn is_friendly(&mut self, a: Who, b: Who) -> bool {
        self.chance(a, b).permille(300)
    }

    fn make(&mut self, a: Who, b: Who) {
        let steady = self.steady;
        let chance = self.chance(a, b);
        let low = chance.between(1, 80);
        let high = match (steady, chance.permille(150)) {
            (true, _) => low,
            (false, true) => chance.between(500, 2_500),
            (false, false) => low + chance.between(1, 150),
        };
        let place = self.place(a, b);
        self.all[place].1 = Some(Link {
            up: None,
            severed: false,
            latency: (low, high),
            ordered: [0; 2],
            sent: [0; 2],
            arrived: [0; 2],
        });
        for (here, there) in [(a, b), (b, a)] {
            let place = self.of[here].partition_point(|other| *other < there);
            self.of[here].insert(place, there);
        }
    }

    /// Every link, from the lower to the higher participant.
    fn pairs(&self) -> Vec<(Who, Who)> {
        let above = |(a, others): (Who, &Vec<Who>)| {
            let others: Vec<_> = others.iter().filter(|b| **b > a).map(|b| (a, *b)).collect();
            others
        };
        self.of.iter().enumerate().flat_map(above).collect()
    }

    /// When the latency of a link lets something arrive that is sent now.
    fn delay(&mut self, a: Who, b: Who) -> u64 {
        let (low, high) = self.get(a, b).map_or((1, 1), |link| link.latency);
        if low == high {
            return low;
        }
        self.chance(a, b).between(low, high)
    }
}

/// Longest time a broken connection stays unnoticed.
const SILENCE: u64 = 20_000;

impl World {
    /// Two participants shall be connected from now on.
    pub(super) fn want(&mut self, a: Who, b: Who) {
        if a == b || self.links.get(a, b).is_some() {
            return;
        }
        self.links.make(a, b);
        let after = self.links.chance(a, b).between(10, 1_500);
        self.in_millis(after, Happening::Dial { a, b });
    }

    pub(super) fn epoch(&self, a: Who, b: Who) -> Option<u64> {
        self.links.get(a, b).and_then(|link| link.up)
    }

    /// Who is connected with a participant.
    pub(super) fn neighbours(&self, who: Who) -> Vec<Who> {
        let others = self.links.of(who).iter().copied();
        others
            .filter(|other| self.epoch(who, *other).is_some())
            .collect()
    }

    pub(super) fn dial(&mut self, a: Who, b: Who) {
        let blocked = self.nodes[a].banned.contains(&b) || self.nodes[b].banned.contains(&a);
        let up = self.nodes[a].is_up() && self.nodes[b].is_up();
        let Some(link) = self.links.get_mut(a, b) else {
            return;
        };
        if link.up.is_some() || blocked {
            return;
        }
        if link.severed || !up {
            if self.nodes[a].is_up() {
                let after = self.links.chance(a, b).between(2_000, 8_000);
                self.in_millis(after, Happening::Dial { a, b });
            }
            return;
        }
        self.next_epoch += 1;
        link.up = Some(self.next_epoch);
        link.ordered = [self.now; 2];
        let names = (self.nodes[a].name.clone(), self.nodes[b].name.clone());
        self.say(format_args!("{} --- {}", names.0, names.1));
        for (here, there, outbound) in [(a, b, true), (b, a, false)] {
            let peer = self.nodes[there].peer;
            self.tell(
                here,
                Event::Connected {
                    peer,
                    outbound,
                    path: Path::Tcp,
                },
            );
            let topics: Vec<Topic> = self.nodes[here].topics.iter().cloned().collect();
            for topic in topics {
                self.announce_topic(here, there, topic, true);
            }
        }
    }

    fn announce_topic(&mut self, from: Who, to: Who, topic: Topic, follows: bool) {
        let Some(epoch) = self.epoch(from, to) else {
            return;
        };
        let delay = self.links.delay(from, to);
        let Some(link) = self.links.get_mut(from, to) else {
            return;
        };
        let direction = usize::from(from < to);
        let at = (self.now + delay).max(link.ordered[direction]);
        link.ordered[direction] = at;
        self.at(
            at,
            Happening::Arrive {
                from,
                to,
                epoch,
                parcel: Parcel::Follows { topic, follows },
            },
        );
    }

    pub(super) fn subscribe(&mut self, who: Who, topic: Topic, follows: bool) {
        let changed = if follows {
            self.nodes[who].topics.insert(topic.clone())
        } else {
            self.nodes[who].topics.remove(&topic)
        };
        if changed {
            for other in self.neighbours(who) {
                self.announce_topic(who, other, topic.clone(), follows);
            }
        }
    }

    /// Sends something that takes as long as it takes.
    pub(super) fn send(&mut self, from: Who, to: Who, extra: u64, parcel: Parcel) {
        let Some(epoch) = self.epoch(from, to) else {
            return;
        };
        let delay = self.links.delay(from, to) + extra;
        self.in_millis(
            delay,
            Happening::Arrive {
                from,
                to,
                epoch,
                parcel,
            },
        );
    }

    /// The number of the next gossip message on a link.
    pub(super) fn number(&mut self, from: Who, to: Who) -> u64 {
        self.links.get_mut(from, to).map_or(0, |link| {
            link.sent[usize::from(from < to)] += 1;
            link.sent[usize::from(from < to)]
        })
    }

    pub(super) fn arrive(&mut self, from: Who, to: Who, epoch: u64, parcel: Parcel) {
        let severed = self.links.get(from, to).is_none_or(|link| link.severed);
        if self.epoch(from, to) != Some(epoch) || severed || !self.nodes[to].is_up() {
            self.counts.in_flight += 1;
            return;
        }
        match parcel {
            Parcel::Gossip {
                topic,
                frame,
                number,
            } => {
                if let Some(link) = self.links.get_mut(from, to) {
                    let last = &mut link.arrived[usize::from(from < to)];
                    self.counts.overtaken += u64::from(number < *last);
                    *last = number.max(*last);
                }
                self.gossip_arrives(from, to, topic, frame);
            }
            Parcel::Follows { topic, follows } => {
                let peer = self.nodes[from].peer;
                let event = if follows {
                    Event::PeerFollows { peer, topic }
                } else {
                    Event::PeerUnfollows { peer, topic }
                };
                self.tell(to, event);
            }
            Parcel::Question { ticket, body } => {
                self.question_arrives(from, to, epoch, ticket, body)
            }
            Parcel::Answer { ticket, body } => self.answer_arrives(from, to, ticket, body),
            Parcel::Silence { ticket } => self.question_failed(to, ticket, RequestFailure::Timeout),
        }
    }

    /// Ends the connection of two, at once and on both sides.
    pub(super) fn disconnect(&mut self, a: Who, b: Who) {
        let Some(link) = self.links.get_mut(a, b) else {
            return;
        };
        if link.up.take().is_none() {
            return;
        }
        for (here, there) in [(a, b), (b, a)] {
            let peer = self.nodes[there].peer;
            let open: Vec<u64> = self.nodes[here]
                .asked
                .iter()
                .filter(|(_, (whom, _))| *whom == there)
                .map(|(ticket, _)| *ticket)
                .collect();
            self.nodes[here]
                .serving
                .retain(|_, (whom, _, _)| *whom != there);
            for ticket in open {
                self.question_failed(here, ticket, RequestFailure::Closed);
            }
            if self.nodes[here].is_up() {
                self.tell(
                    here,
                    Event::Disconnected {
                        peer,
                        reason: Disconnection::Remote,
                    },
                );
            }
        }
        let names = (self.nodes[a].name.clone(), self.nodes[b].name.clone());
        self.say(format_args!("{} -/- {}", names.0, names.1));
        let after = self.links.chance(a, b).between(1_000, 6_000);
        self.in_millis(after, Happening::Dial { a, b });
    }

    pub(super) fn notice_broken(&mut self, a: Who, b: Who, epoch: u64) {
        if self.epoch(a, b) == Some(epoch) {
            self.disconnect(a, b);
        }
    }

    /// A node went down. A clean end is said; a power cut is noticed when it does not answer.
    pub(super) fn lose_links(&mut self, who: Who, clean: bool) {
        for other in self.neighbours(who) {
            if clean {
                self.disconnect(who, other);
            } else if let Some(epoch) = self.epoch(who, other) {
                let after = self.links.chance(who, other).between(0, SILENCE);
                self.in_millis(
                    after,
                    Happening::Noticed {
                        a: who,
                        b: other,
                        epoch,
                    },
                );
            }
        }
    }

    /// A started node's keeper dials everybody it knows.
    pub(super) fn redial(&mut self, who: Who) {
        for other in self.links.of(who).to_vec() {
            let after = self.links.chance(who, other).between(50, 3_000);
            self.in_millis(after, Happening::Dial { a: who, b: other });
        }
    }

    /// Cuts the network in two: nothing passes between `side` and the rest.
    pub(super) fn partition(&mut self, side: &BTreeSet<Who>) {
        self.partition_of(side, |_| true);
    }

    /// As [`partition`](World::partition), of those that `holds` names: the others go on reaching everybody.
    pub(super) fn partition_of(&mut self, side: &BTreeSet<Who>, holds: impl Fn(Who) -> bool) {
        self.counts.partitions += 1;
        let names: Vec<_> = side.iter().map(|who| cast::name(*who)).collect();
        self.say(format_args!("partition: {} | the rest", names.join(" ")));
        let mut cut = self.links.pairs();
        cut.retain(|(a, b)| side.contains(a) != side.contains(b) && holds(*a) && holds(*b));
        for (a, b) in cut {
            if let Some(link) = self.links.get_mut(a, b) {
                link.severed = true;
            }
            if let Some(epoch) = self.epoch(a, b) {
                self.counts.severed += 1;
                let after = self.links.chance(a, b).between(0, SILENCE);
                self.in_millis(after, Happening::Noticed { a, b, epoch });
            }
        }
    }

    /// Lets everybody reach everybody again.
    pub(super) fn heal(&mut self) {
        self.say(format_args!("the partition ends"));
        for (a, b) in self.links.pairs() {
            let Some(link) = self.links.get_mut(a, b) else {
                continue;
            };
            if std::mem::take(&mut link.severed) {
                self.disconnect(a, b);
            }
        }
    }
}
