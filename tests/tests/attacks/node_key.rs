//! A node key in other hands that signs with dates of the past.

use std::collections::BTreeSet;

use indaba::engine::order::{Order, Reply};
use indaba_protocol::{Head, Id, Item, LaneEnd, VerifiedItem};
use indaba_tests::chance::Chance;
use indaba_tests::simulator::{Network, Setting, draft};

use crate::scale::{Longest, first, nodes, nodes_each, with_every_seed};
use crate::signing::{FEED, Forgery, NOWHERE_ELSE, OTHER, id};
use crate::{COMPARED, ONE_SYNC};

/// Seeds of each test.
const SEEDS: u64 = 20;
/// Records that the thief signs behind the honest ones.
const BEHIND: usize = 3;

/// A node whose key was stolen: its honest records, and what the thief signs with dates of ten years ago.
struct Robbed {
    network: Network,
    /// What is left to chance in this story.
    chance: Chance,
    victim: usize,
    honest: Vec<Id>,
    lanes: [Vec<Id>; 2],
    forged: Vec<(VerifiedItem, &'static str)>,
}

/// The theft comes after any number of honest records, from any node.
fn robbed(seed: u64) -> Robbed {
    let mut network = Network::new(&Setting {
        hostile: 1,
        ..Setting::of(seed, nodes())
    });
    let mut chance = Chance::of(seed, "node key");
    let victim = chance.index(nodes());
    network.start();
    let (here, there) = (chance.between(2, 9), chance.between(2, 5));
    for number in 0..here {
        network.write(victim, number, &[FEED]);
        network.run(chance.between(0, 2_000));
    }
    for number in 0..there {
        network.write(victim, here + number, &[OTHER]);
    }
    network.run(ONE_SYNC);
    let key = network.node_key(victim);
    network.steal(key.key());
    let lanes = [FEED, OTHER].map(|feed| network.lane(&key.key(), feed));
    let honest = lanes.concat();
    let institution = network.institution(victim % 5);
    let (id_of, state) = (institution.id(), institution.first_state());
    let mut number = 1_000;
    let mut sign = |feed: &'static str, seq: u64, prev: Option<Id>| {
        number += 1;
        let item = Forgery {
            institution: id_of,
            state,
            key: &key,
            feed,
            seq,
            prev,
            day: Some("2016-05-01"),
            number,
        }
        .sign(&network);
        (item, feed)
    };
    let mut forged = Vec::new();
    // Behind the honest records, each behind the last.
    let mut prev = lanes[0].last().copied();
    for seq in (lanes[0].len() + 1..).take(BEHIND) {
        let next = sign(FEED, seq as u64, prev);
        prev = Some(id(&next.0));
        forged.push(next);
    }
    // Beside them, anywhere in one lane and at the end of the other.
    let beside = chance.index(lanes[0].len());
    let before = beside.checked_sub(1).map(|place| lanes[0][place]);
    forged.push(sign(FEED, beside as u64 + 1, before));
    let before = lanes[1][lanes[1].len() - 2];
    forged.push(sign(OTHER, lanes[1].len() as u64, Some(before)));
    // Where the node never published.
    let first = sign(NOWHERE_ELSE, 1, None);
    let second = sign(NOWHERE_ELSE, 2, Some(id(&first.0)));
    forged.extend([first, second]);
    Robbed {
        network,
        chance,
        victim,
        honest,
        lanes,
        forged,
    }
}

impl Robbed {
    /// The thief says every second of its records to everybody, beginning with this one, and serves it to those who ask.
    fn spread(&mut self, begin: usize) {
        let (mallory, everybody) = (self.network.hostile()[0], self.network.honest());
        for (item, feed) in self.forged.iter().skip(begin).step_by(2) {
            self.network.shelve_item(mallory, item.clone());
            self.network
                .say_to_all(mallory, &everybody, feed, &item.to_item());
        }
        self.network.run(ONE_SYNC);
    }

    /// How many verdicts on the thief's records are these, over all nodes.
    fn verdicts(&mut self, wanted: &str) -> usize {
        let mut count = 0;
        for who in self.network.honest() {
            for (item, _) in &self.forged {
                let verdict = self.network.verdict(who, &id(item));
                count += usize::from(verdict.as_deref() == Some(wanted));
            }
        }
        count
    }
}

#[test]
fn what_a_thief_backdates_is_void_after_the_cut_and_what_lies_before_the_line_stays() {
    let longest = Longest::of("until 99 of 100 connected nodes knew the revocation");
    let met = Longest::of("until those who were cut off knew it, from when they met the others");
    with_every_seed(SEEDS, |seed| {
        let mut robbed = robbed(seed);
        robbed.spread(0);
        assert!(
            robbed.verdicts("VALID") > 0,
            "seed {seed}: until the cut the thief is believed"
        );
        let absent = robbed.some_are_cut_off();
        longest.took(robbed.revoke(seed, &absent));
        robbed.network.heal();
        met.took(robbed.all_who_meet_know(seed, &absent));
        // The cut list is handed over after its state, by an operator of the institution.
        robbed.network.run(60_000);
        robbed.spread(1);
        robbed.network.run(COMPARED);
        robbed.is_settled(seed);
    });
    longest.say();
    met.say();
}

impl Robbed {
    /// A fifth of the nodes, whoever they are but of other institutions, hear nobody of the rest; fewer where the rest would fall apart.
    fn some_are_cut_off(&mut self) -> BTreeSet<usize> {
        let mut others = self.network.honest();
        others.retain(|who| who % 5 != self.victim % 5);
        self.chance.shuffle(&mut others);
        others.truncate(nodes_each());
        let mut absent: BTreeSet<usize> = others.iter().copied().collect();
        while !self.network.stays_whole_without(&absent) {
            absent.remove(&others.pop().unwrap());
        }
        self.network.cut_off(&absent);
        // Until every connection between the two is noticed to be broken.
        self.network.run(30_000);
        absent
    }

    fn knowing(&mut self) -> BTreeSet<usize> {
        let institution = self.network.institution(self.victim % 5).id();
        let mut knowing: BTreeSet<usize> = self.network.honest().into_iter().collect();
        knowing.retain(|who| self.network.version(*who, &institution) == 2);
        knowing
    }

    /// The root keys revoke the key behind its last honest records; how long it takes until all but one of a hundred of the connected nodes
    /// know it. Whoever knows it takes nothing of the thief's for valid from that moment on.
    fn revoke(&mut self, seed: u64, absent: &BTreeSet<usize>) -> u64 {
        let (victim, lanes) = (self.victim, self.lanes.clone());
        self.network
            .revoke(victim, &[(FEED, &lanes[0]), (OTHER, &lanes[1])]);
        let connected = nodes() - absent.len();
        let enough = connected - connected / 100;
        self.wait_until(seed, |knowing| knowing.difference(absent).count() >= enough)
    }

    /// Those who were cut off know it as soon as they meet one of the rest; whose links lead to others that were cut off only hears it
    /// with the next comparison.
    fn all_who_meet_know(&mut self, seed: u64, absent: &BTreeSet<usize>) -> u64 {
        let meets = |who: &usize| {
            let mut others = self.network.linked_with(*who).into_iter();
            others.any(|other| !absent.contains(&other))
        };
        let must: BTreeSet<usize> = self.network.honest().into_iter().filter(meets).collect();
        self.wait_until(seed, |knowing| must.is_subset(knowing))
    }

    fn wait_until(&mut self, seed: u64, enough: impl Fn(&BTreeSet<usize>) -> bool) -> u64 {
        let mut waited = 0;
        loop {
            let knowing = self.knowing();
            for who in &knowing {
                for (item, _) in &self.forged {
                    let verdict = self.network.verdict(*who, &id(item));
                    let verdict = verdict.as_deref();
                    assert!(
                        !matches!(verdict, Some("VALID" | "ADOPTED" | "CONTESTED")),
                        "seed {seed}, node {who}: {verdict:?} though the key is revoked"
                    );
                }
            }
            if enough(&knowing) {
                return waited;
            }
            assert!(
                waited < ONE_SYNC,
                "seed {seed}: only {knowing:?} know the revocation"
            );
            self.network.run(1_000);
            waited += 1_000;
        }
    }

    /// In the end everybody says the same: what was honest is valid, what the thief signed is void or was never kept.
    fn is_settled(&mut self, seed: u64) {
        assert_eq!(self.knowing().len(), nodes(), "seed {seed}");
        for who in self.network.honest() {
            for record in &self.honest {
                let verdict = self.network.verdict(who, record);
                assert_eq!(verdict.as_deref(), Some("VALID"), "seed {seed}, node {who}");
            }
            for (item, _) in &self.forged {
                let verdict = self.network.verdict(who, &id(item));
                assert!(
                    verdict.as_deref().is_none_or(|word| word == "VOID:cut"),
                    "seed {seed}, node {who}: {verdict:?}"
                );
            }
        }
        assert!(
            self.verdicts("VOID:cut") > 0,
            "seed {seed}: what was held is kept as evidence"
        );
        assert_eq!(self.network.difference(), None, "seed {seed}");
        self.network.look_at_everything();
        assert_eq!(
            self.network.banned(),
            BTreeSet::new(),
            "a thief's signature is no fault of a peer"
        );
    }
}

impl Robbed {
    /// A head of the stolen key that names what the thief signed behind the honest records, as the next one.
    fn head(&self) -> Item {
        let key = self.network.node_key(self.victim);
        let institution = self.network.institution(self.victim % 5);
        let store = self.network.store(self.victim);
        let beat = store.own_head(&key.key()).unwrap().unwrap();
        let last = id(&self.forged[BEHIND - 1].0);
        let ends = [
            (FEED, self.lanes[0].len() + BEHIND, last),
            (OTHER, self.lanes[1].len(), *self.lanes[1].last().unwrap()),
        ];
        let lanes = ends.map(|(feed, seq, last)| LaneEnd {
            feed: feed.parse().unwrap(),
            seq: seq as u64,
            last,
        });
        let head = Head {
            institution: institution.id(),
            key: key.key(),
            state: institution.first_state(),
            beat: beat + 1,
            lanes: lanes.into(),
            day: "2026-11-23".parse().unwrap(),
            due: "2026-11-30".parse().unwrap(),
        };
        let signed = head.sign(&key, &self.network.net()).unwrap();
        Item::of_statement(signed.bytes())
    }

    /// Whether the node whose key it is says that somebody else signs with it.
    fn owner_is_told(&mut self) -> bool {
        owner_is_told(&mut self.network, self.victim)
    }
}

fn owner_is_told(network: &mut Network, victim: usize) -> bool {
    match network.ask(victim, Order::Status) {
        Reply::Status(status) => status.another_copy,
        other => panic!("{other:?}"),
    }
}

/// The thief goes on where the owner stopped, and tells anybody but the owner: records, and where it says so a head that names them.
fn goes_on(seed: u64, says_head: bool) -> u64 {
    let mut robbed = robbed(seed);
    assert!(!robbed.owner_is_told(), "seed {seed}: nothing happened yet");
    let mut others = robbed.network.honest();
    others.retain(|who| *who != robbed.victim);
    let other = *robbed.chance.pick(&others).unwrap();
    let (mallory, victim) = (robbed.network.hostile()[0], robbed.victim);
    for (item, feed) in &robbed.forged[..BEHIND] {
        robbed.network.shelve_item(mallory, item.clone());
        robbed.network.say(mallory, other, feed, &item.to_item());
    }
    if says_head {
        let head = robbed.head();
        robbed.network.say(mallory, other, "registry", &head);
    }
    let took = robbed
        .network
        .run_until(ONE_SYNC, |network| owner_is_told(network, victim));
    let order = Order::Publish {
        drafts: vec![draft(777, vec![FEED.to_owned()])],
    };
    let refusal = robbed.network.refuses(victim, order);
    assert!(
        refusal.is_some(),
        "seed {seed}: it would sign a place twice"
    );
    took.unwrap_or_else(|| panic!("seed {seed}: the owner is not told"))
}

#[test]
fn whose_key_signs_a_head_elsewhere_is_told_within_one_sync_and_signs_nothing_more() {
    let longest = Longest::of("until the owner was told of a head");
    with_every_seed(SEEDS, |seed| longest.took(goes_on(seed, true)));
    longest.say();
}

#[test]
fn whose_key_signs_records_elsewhere_without_a_head_is_told_within_one_sync_as_well() {
    let longest = Longest::of("until the owner was told of a record");
    with_every_seed(SEEDS, |seed| longest.took(goes_on(seed, false)));
    longest.say();
}

#[test]
fn control_without_the_cut_what_a_thief_backdates_is_valid_everywhere() {
    let mut robbed = robbed(first());
    robbed.spread(0);
    robbed.spread(1);
    robbed.network.run(COMPARED);
    let beyond = robbed.forged[..BEHIND].to_vec();
    for who in robbed.network.honest() {
        for (item, _) in &beyond {
            let verdict = robbed.network.verdict(who, &id(item));
            assert_eq!(verdict.as_deref(), Some("VALID"), "node {who}");
        }
    }
}

/// An institution that draws the line by the dates that records claim calls good whatever the thief dated before the theft, and every
/// node with it.
#[test]
fn control_a_line_drawn_by_date_leaves_all_that_is_backdated_behind_it_good() {
    let mut robbed = robbed(first());
    robbed.spread(0);
    robbed.spread(1);
    robbed.network.run(COMPARED);
    let stolen = "2026-11-23".parse().unwrap();
    let mut good = robbed.lanes.clone();
    for (item, feed) in &robbed.forged[..BEHIND] {
        let day = item.record().and_then(|header| header.day);
        assert!(*feed == FEED && day.is_some_and(|day| day < stolen));
        good[0].push(id(item));
    }
    robbed
        .network
        .revoke(robbed.victim, &[(FEED, &good[0]), (OTHER, &good[1])]);
    robbed.network.run(60_000 + COMPARED);
    assert_eq!(robbed.knowing().len(), nodes());
    for who in robbed.network.honest() {
        for (item, _) in &robbed.forged[..BEHIND] {
            let verdict = robbed.network.verdict(who, &id(item));
            assert_eq!(verdict.as_deref(), Some("VALID"), "node {who}");
        }
    }
}
