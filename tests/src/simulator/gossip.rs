//! Gossip: a frame goes to a part of the connected peers that follow its topic, and from there on only when it was judged fit.

use std::rc::Rc;

use indaba::network::gossip::{MAX_FRAME, message_id};
use indaba::network::{Event, MessageTicket, Offence, Outcome, Relay, Topic};
use indaba_protocol::{Item, Statement, Unread, read_unsigned};

use super::links::Parcel;
use super::node::{Unjudged, Who};
use super::rule::Rule;
use super::sabotage::Sabotage;
use super::world::{World, brief};

/// Peers that a frame is handed to: the degree of a mesh.
const DEGREE: usize = 6;
/// How long the network room knows a message again, as its default profile has it.
const REMEMBERED: u64 = 10 * 60_000;
/// How long an engine may take to judge.
const JUDGE_WITHIN: u64 = indaba::network::pending::JUDGE_WITHIN.as_millis() as u64;

/// A message on a topic and what the trace calls it.
pub(super) struct Frame {
    pub(super) id: [u8; 20],
    pub(super) bytes: Vec<u8>,
    pub(super) label: String,
}

impl World {
    pub(super) fn frame(&self, topic: &Topic, bytes: Vec<u8>) -> Frame {
        let feed = topic.as_str().rsplit('/').next().unwrap_or_default();
        let decoded = Item::decode(&bytes)
            .ok()
            .and_then(|item| read_unsigned(&self.net, &item.statement).ok());
        let label = match decoded {
            None => format!("{} bytes {feed}", bytes.len()),
            Some(decoded) => match decoded.statement() {
                Statement::Record(header) => {
                    let lane = header.lanes.iter().find(|lane| lane.feed.as_str() == feed);
                    let seq = lane.map_or_else(String::new, |lane| format!(" #{}", lane.seq));
                    format!("record {} {feed}{seq}", brief(&decoded.id()))
                }
                _ => format!("{} {} {feed}", decoded.kind().name(), brief(&decoded.id())),
            },
        };
        let id = message_id(topic.as_str(), &bytes);
        Frame { id, bytes, label }
    }

    /// Connected peers that follow a topic.
    fn followers(&self, who: Who, topic: &Topic) -> Vec<Who> {
        let mut followers = self.neighbours(who);
        followers.retain(|other| self.nodes[*other].topics.contains(topic));
        followers
    }

    /// An engine announces something.
    pub(super) fn publish(&mut self, who: Who, topic: Topic, bytes: Vec<u8>, ticket: u64) {
        if bytes.len() > MAX_FRAME {
            return self.outcome(who, ticket, Outcome::TooLarge);
        }
        let (frame, now) = (Rc::new(self.frame(&topic, bytes)), self.now);
        let seen = self.nodes[who].seen.get(&frame.id);
        if seen.is_some_and(|until| *until > now) {
            return self.outcome(who, ticket, Outcome::Duplicate);
        }
        let followers = self.followers(who, &topic);
        if followers.is_empty() {
            self.counts.unheard += 1;
            return self.outcome(who, ticket, Outcome::NoPeers);
        }
        self.nodes[who].seen.insert(frame.id, now + REMEMBERED);
        if self.nodes[who].chance.permille(self.weather.queue_full) {
            self.counts.queue_full += 1;
            return self.outcome(who, ticket, Outcome::QueueFull);
        }
        let count = followers.len();
        self.spread(who, followers, &topic, &frame);
        self.outcome(who, ticket, Outcome::Sent(count));
    }

    fn spread(&mut self, from: Who, mut to: Vec<Who>, topic: &Topic, frame: &Rc<Frame>) {
        self.nodes[from].chance.shuffle(&mut to);
        to.truncate(DEGREE);
        for to in to {
            self.hand(from, to, topic, frame);
        }
    }

    /// Sends one message over one link, as the weather lets it.
    pub(super) fn hand(&mut self, from: Who, to: Who, topic: &Topic, frame: &Rc<Frame>) {
        let number = self.number(from, to);
        let parcel = || Parcel::Gossip {
            topic: topic.clone(),
            frame: frame.clone(),
            number,
        };
        let (loss, double) = (self.weather.loss, self.weather.double);
        if self.links.chance(from, to).permille(loss) {
            self.counts.lost += 1;
        } else {
            self.send(from, to, 0, parcel());
        }
        let chance = self.links.chance(from, to);
        if chance.permille(double) {
            let late = if chance.permille(300) {
                REMEMBERED + chance.between(0, 120_000)
            } else {
                chance.between(0, 5_000)
            };
            self.counts.doubled += 1;
            self.send(from, to, late, parcel());
        }
    }

    pub(super) fn gossip_arrives(&mut self, from: Who, to: Who, topic: Topic, frame: Rc<Frame>) {
        if self.nodes[to].hostile {
            return self.hostile_hears(&topic, &frame);
        }
        if !self.nodes[to].topics.contains(&topic) {
            return;
        }
        if self.comes_second(to, &frame.bytes) {
            return;
        }
        let now = self.now;
        match self.nodes[to].seen.insert(frame.id, now + REMEMBERED) {
            Some(until) if until > now => return,
            Some(_) => self.counts.replayed += 1,
            None => {}
        }
        let names = (self.nodes[to].name.clone(), self.nodes[from].name.clone());
        self.say(format_args!(
            "{} <== {}  {} (gossip)",
            names.0, names.1, frame.label
        ));
        self.counts.deliveries += 1;
        self.counts.hostile_gossip += u64::from(self.nodes[from].hostile);
        let ticket = MessageTicket(self.nodes[to].ticket());
        let (peer, bytes) = (self.nodes[from].peer, frame.bytes.clone());
        let is_head = frame.label.starts_with("head");
        self.nodes[to].unjudged.insert(
            ticket,
            Unjudged {
                from,
                topic: topic.clone(),
                frame,
                since: now,
            },
        );
        if self.sabotaged(to, Sabotage::ForwardsUnjudged) {
            self.forward(to, ticket);
        }
        if self.sabotaged(to, Sabotage::ForgetsToJudge) && is_head {
            return;
        }
        self.tell(
            to,
            Event::Message {
                ticket,
                peer,
                topic,
                frame: bytes,
            },
        );
    }

    /// The relay judgement of an engine.
    pub(super) fn judged(&mut self, who: Who, message: MessageTicket, verdict: Relay) {
        let verdict = if self.sabotaged(who, Sabotage::TrustsItsClock)
            && self.is_of_the_future(who, message)
        {
            Relay::Reject
        } else {
            verdict
        };
        if verdict == Relay::Accept && !self.sabotaged(who, Sabotage::ForwardsUnjudged) {
            self.forward(who, message);
        }
        let name = self.nodes[who].name.clone();
        let Some(judged) = self.nodes[who].unjudged.remove(&message) else {
            let what = format!("{name} judged a gossip message twice");
            return self.fail(Rule::JudgesOnce, what);
        };
        if verdict == Relay::Reject {
            let from = self.nodes[judged.from].name.clone();
            let label = &judged.frame.label;
            self.say(format_args!("{name} rejects {label} of {from}"));
            if !self.nodes[judged.from].hostile {
                let what = format!("{name} rejected {label} of {from}, who is honest");
                return self.fail(Rule::BlamesNobodyHonest, what);
            }
            if !matches!(
                self.readings.open(&judged.frame.bytes),
                Err(Unread::Invalid(_))
            ) {
                let what = format!("{name} rejected {label}, which is not invalid");
                return self.fail(Rule::RejectsTheInvalidOnly, what);
            }
            self.counts.rejected += 1;
            *self.nodes[who].invalid_from.entry(judged.from).or_default() += 1;
            self.penalised(who, judged.from, Offence::Invalid);
        }
        if self.nodes[judged.from].hostile
            && verdict == Relay::Accept
            && self.readings.open(&judged.frame.bytes).is_err()
        {
            let what = format!(
                "{name} accepted {}, which does not read",
                judged.frame.label
            );
            self.fail(Rule::RejectsTheInvalidOnly, what);
        }
    }

    fn forward(&mut self, who: Who, message: MessageTicket) {
        let Some(unjudged) = self.nodes[who].unjudged.get(&message) else {
            return;
        };
        let (from, topic, frame) = (
            unjudged.from,
            unjudged.topic.clone(),
            unjudged.frame.clone(),
        );
        let mut to = self.followers(who, &topic);
        to.retain(|other| *other != from);
        self.spread(who, to, &topic, &frame);
    }

    fn is_of_the_future(&self, who: Who, message: MessageTicket) -> bool {
        let today = self.nodes[who].moment(self.now).wall.div_euclid(86_400_000);
        let Some(unjudged) = self.nodes[who].unjudged.get(&message) else {
            return false;
        };
        let item = self.readings.open(&unjudged.frame.bytes);
        item.is_ok_and(|item| {
            item.record()
                .and_then(|header| header.day)
                .is_some_and(|day| i64::from(day.number()) > today)
        })
    }

    /// The oldest message must not wait longer than the network room does.
    pub(super) fn check_unjudged(&mut self, who: Who) {
        let now = self.now;
        let late = self.nodes[who]
            .unjudged
            .values()
            .next()
            .filter(|unjudged| now > unjudged.since + JUDGE_WITHIN);
        if let Some(late) = late {
            let what = format!(
                "{} did not judge {} in time",
                self.nodes[who].name, late.frame.label
            );
            self.fail(Rule::JudgesInTime, what);
        }
    }
}
