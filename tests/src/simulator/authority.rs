//! What institutions do besides publishing: they sign new states, and revoke a key that is in other hands. Their operators hand such
//! statements to a node; from there on it is the network's matter.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use indaba::network::{Event, MessageTicket, Topic};
use indaba_protocol::institution::CutReason;
use indaba_protocol::institution::{Cut, CutEntry};
use indaba_protocol::{
    CutList, FeedName, Id, Item, Key, Lane, Part, RecordDraft, VerifiedStatement, topic,
};

use super::cast;
use super::node::{Unjudged, Who};
use super::world::{Happening, World};

/// A key that its institution revoked.
pub(super) struct Revoked {
    /// The state that says so.
    pub(super) state: Id,
    pub(super) list: CutList,
}

/// Something that operators hand to a node.
#[derive(Clone)]
pub(super) struct Word {
    /// Whom it is handed to, the likeliest first.
    among: Vec<Who>,
    topic: Topic,
    bytes: Vec<u8>,
}

/// Milliseconds from one thing handed over to the next.
const WORDS_APART: u64 = 20_000;

/// What institutions signed in this run beyond their first states, and what was signed with keys in other hands.
#[derive(Default)]
pub(super) struct Authority {
    pub(super) statements: Vec<VerifiedStatement>,
    pub(super) revoked: BTreeMap<Key, Revoked>,
    /// Keys that somebody else has too.
    pub(super) cloned: BTreeSet<Key>,
    words: Vec<Word>,
}

impl World {
    /// An institution signs a state that says the same in other words.
    pub(super) fn renew(&mut self, institution: usize) {
        let version = self.institutions[institution].version() + 1;
        let state = self.institutions[institution].sign_next(&self.net, |state| {
            state.profile = cast::profile(institution, version);
        });
        self.counts.renewed += 1;
        self.hand_over(institution, state);
    }

    /// An institution revokes the key of one of its nodes, after the last `back` records of each lane that it knows of.
    pub(super) fn revoke(&mut self, who: Who, back: usize) {
        let key = self.nodes[who].key;
        if self.authority.revoked.contains_key(&key) {
            return;
        }
        let mut feeds: Vec<CutEntry> = self
            .good_lanes(&key, back)
            .into_iter()
            .filter_map(|(feed, lane)| {
                Some(CutEntry {
                    feed: feed.hash(),
                    seq: lane.len() as u64,
                    last: *lane.last()?,
                })
            })
            .collect();
        feeds.sort_by_key(|entry| entry.feed);
        self.cut(who, feeds);
    }

    /// An institution revokes the key of one of its nodes: these are the last good records, in all other feeds nothing is.
    pub(super) fn cut(&mut self, who: Who, feeds: Vec<CutEntry>) {
        let (key, number) = (self.nodes[who].key, self.nodes[who].institution);
        let institution = self.institutions[number].id;
        let list = CutList {
            institution,
            key,
            feeds,
            adopted: Vec::new(),
            day: cast::day(),
        };
        let stated = list.state(&self.net).unwrap();
        let state = self.institutions[number].sign_next(&self.net, |state| {
            state.delegations.retain(|delegation| delegation.key != key);
            state.cuts.push(Cut {
                key,
                reason: CutReason::Compromised,
                list: Some(stated.id()),
            });
            state.cuts.sort_by_key(|cut| cut.key);
        });
        let name = self.nodes[who].name.clone();
        self.say(format_args!("the key of {name} is revoked"));
        self.counts.revoked += 1;
        let revoked = Revoked {
            state: state.id(),
            list,
        };
        self.authority.revoked.insert(key, revoked);
        self.hand_over(number, state);
        self.hand_over(number, stated.into());
    }

    /// The lanes of a key without the last `back` records of each, and without what comes at or after a record that is cut in another of
    /// its lanes: a record is good in all of its lanes or in none, and a lane must not be said to lead to one that is not.
    fn good_lanes(&self, key: &Key, back: usize) -> BTreeMap<FeedName, Vec<Id>> {
        let mut lanes = self.ledger.lanes_of(key);
        for lane in lanes.values_mut() {
            lane.truncate(lane.len().saturating_sub(back));
        }
        loop {
            let ends: BTreeMap<FeedName, usize> = lanes
                .iter()
                .map(|(feed, lane)| (feed.clone(), lane.len()))
                .collect();
            let is_cut = |id: &Id| {
                let beyond = |lane: &Lane| ends[&lane.feed] < lane.seq as usize;
                self.ledger.records[id].lanes.iter().any(beyond)
            };
            for lane in lanes.values_mut() {
                let good = lane.iter().position(is_cut).unwrap_or(lane.len());
                lane.truncate(good);
            }
            if lanes.iter().all(|(feed, lane)| ends[feed] == lane.len()) {
                return lanes;
            }
        }
    }

    /// Whoever has a copy of a node's key signs another record at the newest place of one of its lanes.
    pub(super) fn forge(&mut self, who: Who, pick: u64) {
        let (key, number) = (self.nodes[who].key, self.nodes[who].institution);
        let lanes: Vec<(FeedName, Vec<Id>)> = self.ledger.lanes_of(&key).into_iter().collect();
        if lanes.is_empty() || self.authority.revoked.contains_key(&key) {
            return;
        }
        let (feed, lane) = &lanes[(pick % lanes.len() as u64) as usize];
        let (card, body) = cast::practice(pick % 1_000_000);
        let rival = RecordDraft {
            institution: self.institutions[number].id,
            state: self.cast.institutions[number].state,
            kind: "practice".to_owned(),
            lanes: vec![Lane {
                feed: feed.clone(),
                seq: lane.len() as u64,
                prev: lane.len().checked_sub(2).map(|place| lane[place]),
            }],
            links: Vec::new(),
            lang: "en".to_owned(),
            marking: "clear".to_owned(),
            day: None,
            card: Part::seal([3; 16], &card),
            body: Part::seal([4; 16], &body),
        }
        .sign(&self.cast.keys()[who], &self.net)
        .unwrap();
        let name = self.nodes[who].name.clone();
        self.say(format_args!(
            "a copy of {name}'s key signs {feed} #{} too",
            lane.len()
        ));
        self.counts.forged += 1;
        self.authority.cloned.insert(key);
        self.ledger.excuse(key);
        self.spread_word(feed, rival.to_item(), |world, who| {
            world.nodes[who].follows.contains_key(feed)
        });
    }

    /// The operator of one of its nodes hands a statement of an institution over.
    fn hand_over(&mut self, institution: usize, statement: VerifiedStatement) {
        let item = Item::of_statement(statement.bytes());
        self.authority.statements.push(statement);
        self.spread_word(&FeedName::registry(), item, |world, who| {
            world.nodes[who].institution == institution
        });
    }

    /// Puts an item into the network at one of its nodes: at those that are apt, or else at any that is up.
    fn spread_word(&mut self, feed: &FeedName, item: Item, is_apt: impl Fn(&World, Who) -> bool) {
        let mut among = self.honest();
        among.sort_by_key(|who| !is_apt(self, *who));
        let word = Word {
            among,
            topic: Topic::new(topic(&self.net, feed)),
            bytes: item.encode(),
        };
        // A cut list is taken only when its state is known: one after the other.
        let after = WORDS_APART * self.authority.words.len() as u64 % (4 * WORDS_APART);
        self.in_millis(after, Happening::Handed(Box::new(word.clone())));
        self.authority.words.push(word);
    }

    /// Operators hand everything over once more: a node that lost power may not have passed it on.
    pub(super) fn repeat_words(&mut self) {
        for (place, word) in self.authority.words.clone().into_iter().enumerate() {
            self.in_millis(
                WORDS_APART * place as u64,
                Happening::Handed(Box::new(word)),
            );
        }
    }

    /// An operator hands something to the first node that is up.
    pub(super) fn handed(&mut self, word: Word) {
        let up = word
            .among
            .iter()
            .find(|who| self.nodes[**who].run.is_some());
        let Some(&to) = up else {
            return self.in_millis(WORDS_APART, Happening::Handed(Box::new(word)));
        };
        self.hand_message(to, word.topic, word.bytes);
    }

    /// An operator hands a node an item, for a feed.
    pub(super) fn hand_to(&mut self, to: Who, feed: &FeedName, item: &Item) {
        self.hand_message(to, Topic::new(topic(&self.net, feed)), item.encode());
    }

    fn hand_message(&mut self, to: Who, topic: Topic, bytes: Vec<u8>) {
        let frame = Rc::new(self.frame(&topic, bytes));
        let name = self.nodes[to].name.clone();
        self.say(format_args!("{name} is handed {}", frame.label));
        let ticket = MessageTicket(self.nodes[to].ticket());
        let (peer, bytes) = (self.nodes[to].peer, frame.bytes.clone());
        let unjudged = Unjudged {
            from: to,
            topic: topic.clone(),
            frame,
            since: self.now,
        };
        self.nodes[to].unjudged.insert(ticket, unjudged);
        let message = Event::Message {
            ticket,
            peer,
            topic,
            frame: bytes,
        };
        self.tell(to, message);
    }
}
