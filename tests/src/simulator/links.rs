//! Connections: who is joined with whom, how long things take, and what breaks.

use std::collections::BTreeSet;
use std::rc::Rc;

use indaba::network::{Disconnection, Event, Path, RequestFailure, Topic};

use super::gossip::Frame;
use super::node::Who;
use super::world::{Happening, World};

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

/// Longest time a broken connection stays unnoticed.
const SILENCE: u64 = 20_000;

fn pair(a: Who, b: Who) -> (Who, Who) {
    (a.min(b), a.max(b))
}

impl World {
    /// Two participants shall be connected from now on.
    pub(super) fn want(&mut self, a: Who, b: Who) {
        if a == b || self.links.contains_key(&pair(a, b)) {
            return;
        }
        let low = self.chance.between(1, 80);
        let high = if self.chance.permille(150) {
            self.chance.between(500, 2_500)
        } else {
            low + self.chance.between(1, 150)
        };
        let link = Link {
            up: None,
            severed: false,
            latency: (low, high),
            ordered: [0; 2],
            sent: [0; 2],
            arrived: [0; 2],
        };
        self.links.insert(pair(a, b), link);
        let after = self.chance.between(10, 1_500);
        self.in_millis(after, Happening::Dial { a, b });
    }

    pub(super) fn epoch(&self, a: Who, b: Who) -> Option<u64> {
        self.links.get(&pair(a, b)).and_then(|link| link.up)
    }

    /// Who is connected with a participant.
    pub(super) fn neighbours(&self, who: Who) -> Vec<Who> {
        (0..self.nodes.len())
            .filter(|other| *other != who && self.epoch(who, *other).is_some())
            .collect()
    }

    pub(super) fn dial(&mut self, a: Who, b: Who) {
        let blocked = self.nodes[a].banned.contains(&b) || self.nodes[b].banned.contains(&a);
        let up = self.nodes[a].is_up() && self.nodes[b].is_up();
        let Some(link) = self.links.get_mut(&pair(a, b)) else {
            return;
        };
        if link.up.is_some() || blocked {
            return;
        }
        if link.severed || !up {
            if self.nodes[a].is_up() {
                let after = self.chance.between(2_000, 8_000);
                self.in_millis(after, Happening::Dial { a, b });
            }
            return;
        }
        self.next_epoch += 1;
        link.up = Some(self.next_epoch);
        link.ordered = [self.now; 2];
        let line = format!("{} --- {}", self.nodes[a].name, self.nodes[b].name);
        self.say(&line);
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
        let delay = self.latency(from, to);
        let Some(link) = self.links.get_mut(&pair(from, to)) else {
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

    fn latency(&mut self, a: Who, b: Who) -> u64 {
        let (low, high) = self
            .links
            .get(&pair(a, b))
            .map_or((1, 1), |link| link.latency);
        self.chance.between(low, high)
    }

    /// Sends something that takes as long as it takes.
    pub(super) fn send(&mut self, from: Who, to: Who, extra: u64, parcel: Parcel) {
        let Some(epoch) = self.epoch(from, to) else {
            return;
        };
        let delay = self.latency(from, to) + extra;
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
        self.links.get_mut(&pair(from, to)).map_or(0, |link| {
            link.sent[usize::from(from < to)] += 1;
            link.sent[usize::from(from < to)]
        })
    }

    pub(super) fn arrive(&mut self, from: Who, to: Who, epoch: u64, parcel: Parcel) {
        let severed = self
            .links
            .get(&pair(from, to))
            .is_none_or(|link| link.severed);
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
                if let Some(link) = self.links.get_mut(&pair(from, to)) {
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
        let Some(link) = self.links.get_mut(&pair(a, b)) else {
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
        let line = format!("{} -/- {}", self.nodes[a].name, self.nodes[b].name);
        self.say(&line);
        let after = self.chance.between(1_000, 6_000);
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
                let after = self.chance.between(0, SILENCE);
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
        let known: Vec<Who> = (0..self.nodes.len())
            .filter(|other| self.links.contains_key(&pair(who, *other)))
            .collect();
        for other in known {
            let after = self.chance.between(50, 3_000);
            self.in_millis(after, Happening::Dial { a: who, b: other });
        }
    }

    /// Cuts the network in two: nothing passes between `side` and the rest.
    pub(super) fn partition(&mut self, side: &BTreeSet<Who>) {
        self.counts.partitions += 1;
        let names: Vec<_> = side
            .iter()
            .map(|who| self.nodes[*who].name.clone())
            .collect();
        self.say(&format!("partition: {} | the rest", names.join(" ")));
        let cut: Vec<(Who, Who)> = self
            .links
            .keys()
            .copied()
            .filter(|(a, b)| side.contains(a) != side.contains(b))
            .collect();
        for (a, b) in cut {
            if let Some(link) = self.links.get_mut(&(a, b)) {
                link.severed = true;
            }
            if let Some(epoch) = self.epoch(a, b) {
                self.counts.severed += 1;
                let after = self.chance.between(0, SILENCE);
                self.in_millis(after, Happening::Noticed { a, b, epoch });
            }
        }
    }

    /// Lets everybody reach everybody again.
    pub(super) fn heal(&mut self) {
        self.say("the partition ends");
        let all: Vec<(Who, Who)> = self.links.keys().copied().collect();
        for (a, b) in all {
            let Some(link) = self.links.get_mut(&(a, b)) else {
                continue;
            };
            if std::mem::take(&mut link.severed) {
                self.disconnect(a, b);
            }
        }
    }
}
