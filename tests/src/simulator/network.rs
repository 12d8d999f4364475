//! A network that a test drives by hand: who is there, what is said to whom and when. Engines, disks, links, clocks and the rules that are
//! watched are those of every other run; nothing is random but what the seed gives, and links lose nothing unless it is asked for.

use std::collections::BTreeSet;
use std::rc::Rc;

use indaba::engine::order::{Draft, Order};
use indaba::network::Topic;
use indaba_protocol::institution::CutEntry;
use indaba_protocol::{
    CutList, FeedName, Id, Item, Key, NetworkId, SigningKey, VerifiedItem, VerifiedStatement, topic,
};

use super::authority::Revoked;
use super::cast::{self, FEEDS, INSTITUTIONS, Institution};
use super::links::Parcel;
use super::node::Who;
use super::plan::{Plan, Role, Trouble};
use super::rule::Rule;
use super::sabotage::Sabotage;
use super::shelf::Shelf;
use super::trace::Keep;
use super::world::{Manner, World};
use crate::chance::Chance;

/// Milliseconds within which everybody is connected and has compared with whom it first met.
const MEETING: u64 = 30_000;

/// A network under a test's hand.
pub struct Network {
    pub(super) world: World,
    hostile: Vec<Who>,
}

/// How a network is set up.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Decides everything that is random.
    pub seed: u64,
    /// Honest nodes; node `n` signs for institution `n % 5`.
    pub nodes: usize,
    /// Hostile nodes, numbered behind the honest ones: they say what the test lets them say.
    pub hostile: usize,
    /// Institutions that every honest operator accepts by hand.
    pub anchors: BTreeSet<usize>,
    /// Whether links lose, double and delay what goes over them.
    pub bad_links: bool,
    /// A rule that the first node breaks.
    pub sabotage: Option<Sabotage>,
}

impl Setting {
    /// Honest nodes that accept every institution, and links that lose nothing.
    pub fn of(seed: u64, nodes: usize) -> Setting {
        Setting {
            seed,
            nodes: nodes.max(INSTITUTIONS),
            hostile: 0,
            anchors: (0..INSTITUTIONS).collect(),
            bad_links: false,
            sabotage: None,
        }
    }

    fn plan(&self) -> Plan {
        let mut chords = Chance::of(self.seed, "chords");
        let mut role = |who: Who| Role {
            skew: 0,
            accepts: self
                .anchors
                .iter()
                .copied()
                .filter(|number| *number != who % INSTITUTIONS)
                .collect(),
            follows: (0..FEEDS.len()).map(|feed| (feed, false)).collect(),
            chord: (who + chords.between(2, self.nodes - 2)) % self.nodes,
        };
        let troubles = [
            Trouble::Loss,
            Trouble::Doubles,
            Trouble::LostQuestions,
            Trouble::SlowLinks,
            Trouble::WrongClocks,
        ];
        Plan {
            seed: self.seed,
            roles: (0..self.nodes).map(&mut role).collect(),
            present: (0..self.nodes).collect(),
            moves: Vec::new(),
            made: BTreeSet::new(),
            troubles: troubles
                .into_iter()
                .filter(|trouble| self.bad_links || *trouble == Trouble::WrongClocks)
                .collect(),
        }
    }
}

impl Network {
    /// Everybody, nobody started.
    pub fn new(setting: &Setting) -> Network {
        let plan = setting.plan();
        let manner = Manner {
            sabotage: setting.sabotage,
            thorough: false,
            echo: std::env::var_os("INDABA_SIM_ECHO").is_some_and(|echo| echo != "0"),
            keep: Keep::Tail,
        };
        let mut world = World::with_hostile(&plan, manner, setting.hostile);
        let hostile: Vec<Who> = (setting.nodes..setting.nodes + setting.hostile).collect();
        for who in &hostile {
            world.shelves.insert(*who, Shelf::default());
        }
        Network { world, hostile }
    }

    /// Starts everybody, joins them in a ring with chords and the hostile ones with all honest ones, and lets them meet.
    pub fn start(&mut self) {
        self.start_apart(&BTreeSet::new());
        for hostile in self.hostile.clone() {
            for who in self.world.honest() {
                self.world.want(hostile, who);
            }
        }
        self.run(MEETING);
    }

    /// Starts everybody, and joins those who are not kept apart.
    pub fn start_apart(&mut self, apart: &BTreeSet<Who>) {
        for who in self.world.honest() {
            self.world.start(who);
            self.world.instruct(who);
        }
        let topology = self.world.plan.topology();
        for (a, b) in topology {
            if !apart.contains(&a) && !apart.contains(&b) {
                self.world.introduce(a, b, false);
            }
        }
    }

    /// Two nodes know each other from now on.
    pub fn join(&mut self, a: Who, b: Who) {
        match self.world.nodes[a].hostile || self.world.nodes[b].hostile {
            true => self.world.want(a, b),
            false => self.world.introduce(a, b, false),
        }
    }

    /// Lets so many milliseconds go by.
    ///
    /// # Panics
    /// When a rule is broken that holds in every run.
    pub fn run(&mut self, millis: u64) {
        self.run_whatever(millis);
        if let Some((rule, what)) = &self.world.breach {
            panic!("{}\n{rule}: {what}", self.world.trace.kept().join("\n"));
        }
    }

    /// As [`run`](Network::run), up to the first broken rule.
    pub fn run_whatever(&mut self, millis: u64) {
        self.world.run_until(self.world.now + millis);
    }

    /// The rule that was broken, if one was.
    pub fn broken(&self) -> Option<Rule> {
        self.world.breach.as_ref().map(|(rule, _)| *rule)
    }

    /// Lets time go by, a second at a time, until something holds; the milliseconds it took, or none if it did not within `most`.
    pub fn run_until(
        &mut self,
        most: u64,
        mut holds: impl FnMut(&mut Network) -> bool,
    ) -> Option<u64> {
        let began = self.world.now;
        while self.world.now - began <= most {
            if holds(self) {
                return Some(self.world.now - began);
            }
            self.run(1_000);
        }
        None
    }

    /// Nothing passes any more between these honest nodes and the others; hostile ones reach both sides.
    pub fn cut_off(&mut self, side: &BTreeSet<Who>) {
        let honest = self.world.plan.roles.len();
        self.world.partition_of(side, |who| who < honest);
    }

    /// Everybody reaches everybody again.
    pub fn heal(&mut self) {
        self.world.heal();
    }

    /// The honest nodes.
    pub fn honest(&self) -> Vec<Who> {
        self.world.honest()
    }

    /// The hostile nodes.
    pub fn hostile(&self) -> Vec<Who> {
        self.hostile.clone()
    }

    /// The network's id.
    pub fn net(&self) -> NetworkId {
        self.world.net
    }

    /// One of the institutions.
    pub fn institution(&self, number: usize) -> &Institution {
        &self.world.institutions[number]
    }

    /// The same, to let it go on from another state.
    pub fn institution_mut(&mut self, number: usize) -> &mut Institution {
        &mut self.world.institutions[number]
    }

    /// Founds an institution anew, before anybody is started, with so many officers of whom `threshold` must sign.
    pub fn refound(&mut self, number: usize, officers: usize, threshold: usize) {
        let keys: Vec<&SigningKey> = self
            .world
            .cast
            .keys()
            .iter()
            .skip(number)
            .step_by(INSTITUTIONS)
            .collect();
        let founded = Institution::found_by(&self.world.net, number, &keys, officers, threshold);
        self.world.institutions[number] = founded;
    }

    /// Founds an institution that none of the nodes signs for, and that lets this key sign.
    pub fn found(&mut self, number: usize, key: &SigningKey) -> Institution {
        self.world.ledger.know(key.key());
        Institution::found(&self.world.net, INSTITUTIONS + number, &[key])
    }

    /// The key that a node signs with.
    pub fn node_key(&self, who: Who) -> SigningKey {
        match self.world.nodes[who].hostile {
            true => self.world.cast.hostile_key.clone(),
            false => self
                .world
                .new_keys
                .get(&who)
                .unwrap_or(&self.world.cast.keys()[who])
                .clone(),
        }
    }

    /// From now on somebody else has this key too: what it signs is kept, and it may sign twice at one place.
    pub fn steal(&mut self, key: Key) {
        self.world.ledger.know(key);
        self.world.ledger.excuse(key);
        self.world.authority.cloned.insert(key);
    }

    /// The institution of a node revokes its key: the last good record of each of these feeds; in all others nothing is good.
    pub fn revoke(&mut self, who: Who, good: &[(&str, &[Id])]) {
        let mut feeds: Vec<CutEntry> = good
            .iter()
            .filter_map(|(feed, lane)| {
                Some(CutEntry {
                    feed: cast::feed(feed).hash(),
                    seq: lane.len() as u64,
                    last: *lane.last()?,
                })
            })
            .collect();
        feeds.sort_by_key(|entry| entry.feed);
        self.world.cut(who, feeds);
    }

    /// The root keys, whoever holds them, took everything of a key back: nodes that know the state call its lanes ended.
    pub fn note_void(&mut self, number: usize, key: Key, state: Id) {
        let list = CutList {
            institution: self.world.institutions[number].id,
            key,
            feeds: Vec::new(),
            adopted: Vec::new(),
            day: cast::day(),
        };
        let revoked = Revoked { state, list };
        self.world.authority.revoked.insert(key, revoked);
    }

    /// From now on no question for a record or statement by its id gets through, nor the answer: what would come by it does not.
    pub fn lose_questions_by_id(&mut self) {
        self.world.loses_gets = true;
    }

    /// Gives an order that must be carried out, and lets it be.
    pub fn order(&mut self, who: Who, order: Order) {
        self.tell(who, order);
        self.run(0);
    }

    /// Gives an order that must be carried out in the time that goes by next.
    pub fn tell(&mut self, who: Who, order: Order) {
        self.world.order(who, "does as it is told", order);
    }

    /// A node publishes; the ids, in the order of the drafts.
    pub fn publish(&mut self, who: Who, drafts: Vec<Draft>) -> Vec<Id> {
        let (key, count) = (self.world.nodes[who].key, drafts.len());
        let before = self.signed_by(&key);
        self.order(who, Order::Publish { drafts });
        // A node that was just started hears its peers first.
        let signed = |network: &mut Network| network.signed_by(&key).len() >= before.len() + count;
        self.run_until(30_000, signed);
        let mut new: Vec<Id> = self.signed_by(&key).difference(&before).copied().collect();
        new.sort_by_key(|id| {
            let header = &self.world.ledger.records[id];
            header.lanes.first().map(|lane| lane.seq)
        });
        assert_eq!(new.len(), count, "what was published is in the store");
        new
    }

    /// A node publishes a practice in each of these feeds.
    pub fn write(&mut self, who: Who, number: u64, feeds: &[&str]) -> Id {
        let feeds = feeds.iter().map(|feed| (*feed).to_owned()).collect();
        self.publish(who, vec![cast::draft(number, feeds)])[0]
    }

    fn signed_by(&self, key: &Key) -> BTreeSet<Id> {
        let records = self.world.ledger.records.iter();
        records
            .filter(|(_, header)| header.key == *key)
            .map(|(id, _)| *id)
            .collect()
    }

    /// The lane of a key in a feed, from the first record: of two at one place, the one that was seen first.
    pub fn lane(&self, key: &Key, feed: &str) -> Vec<Id> {
        let mut lanes = self.world.ledger.lanes_of(key);
        lanes.remove(&cast::feed(feed)).unwrap_or_default()
    }

    /// A hostile node says something to one other, on the topic of a feed.
    pub fn say(&mut self, from: Who, to: Who, feed: &str, item: &Item) {
        let topic = Topic::new(topic(&self.world.net, &cast::feed(feed)));
        let frame = Rc::new(self.world.frame(&topic, item.encode()));
        let number = self.world.number(from, to);
        let parcel = Parcel::Gossip {
            topic,
            frame,
            number,
        };
        self.world.send(from, to, 0, parcel);
    }

    /// A hostile node says it to these, one after the other.
    pub fn say_to_all(&mut self, from: Who, to: &[Who], feed: &str, item: &Item) {
        for who in to {
            self.say(from, *who, feed, item);
        }
    }

    /// An operator hands a statement to one of these nodes, the first that is up.
    pub fn hand_over(&mut self, who: Who, statement: &VerifiedStatement) {
        let item = Item::of_statement(statement.bytes());
        self.world.hand_to(who, &FeedName::registry(), &item);
        self.run(0);
    }

    /// From now on a hostile node serves this to those who ask.
    pub fn shelve(&mut self, hostile: Who, statement: VerifiedStatement) {
        let item = VerifiedItem::attach(statement, None, None).expect("a statement without parts");
        self.shelve_item(hostile, item);
    }

    /// The same with a record.
    pub fn shelve_item(&mut self, hostile: Who, item: VerifiedItem) {
        self.world.shelves.entry(hostile).or_default().put(item);
    }

    /// From now on it serves nothing of what it did.
    pub fn clear_shelf(&mut self, hostile: Who) {
        self.world.shelves.entry(hostile).or_default().clear();
    }

    /// From now on a node is expected to accept an institution, or not to, though its operator did not say so by hand.
    pub fn expect_accepted(&mut self, who: Who, number: usize, accepted: bool) {
        let accepts = &mut self.world.nodes[who].accepts;
        match accepted {
            true => accepts.insert(number),
            false => accepts.remove(&number),
        };
    }

    /// Sets a node's wall clock so many milliseconds off.
    pub fn set_clock(&mut self, who: Who, skew: i64) {
        self.world.nodes[who].skew = skew;
    }
}
