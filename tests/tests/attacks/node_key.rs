//! A node key in other hands that signs with dates of the past.

use std::collections::BTreeSet;

use indaba_protocol::{Id, VerifiedItem};
use indaba_tests::simulator::{Network, Setting};

use crate::signing::{FEED, Forgery, NOWHERE_ELSE, OTHER, id};
use crate::{COMPARED, NODES, ONE_SYNC};

/// Seeds of each test.
const SEEDS: u64 = 5;

/// A node whose key was stolen: its honest records, and what the thief signs with dates of ten years ago.
struct Robbed {
    network: Network,
    honest: Vec<Id>,
    lanes: [Vec<Id>; 2],
    forged: Vec<(VerifiedItem, &'static str)>,
}

fn robbed(seed: u64) -> Robbed {
    let mut network = Network::new(&Setting {
        hostile: 1,
        ..Setting::of(seed, NODES)
    });
    network.start();
    for number in 0..6 {
        network.write(0, number, &[FEED]);
    }
    for number in 6..9 {
        network.write(0, number, &[OTHER]);
    }
    network.run(ONE_SYNC);
    let key = network.node_key(0);
    network.steal(key.key());
    let lanes = [FEED, OTHER].map(|feed| network.lane(&key.key(), feed));
    let honest = lanes.concat();
    let institution = network.institution(0);
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
    for seq in 7..=9 {
        let next = sign(FEED, seq, prev);
        prev = Some(id(&next.0));
        forged.push(next);
    }
    // Beside them, in the middle and at the end of a lane.
    forged.push(sign(FEED, 3, Some(lanes[0][1])));
    forged.push(sign(OTHER, 3, Some(lanes[1][1])));
    // Where the node never published.
    let first = sign(NOWHERE_ELSE, 1, None);
    let second = sign(NOWHERE_ELSE, 2, Some(id(&first.0)));
    forged.extend([first, second]);
    Robbed {
        network,
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
    for seed in 1..=SEEDS {
        let mut robbed = robbed(seed);
        robbed.spread(0);
        assert!(
            robbed.verdicts("VALID") > 0,
            "seed {seed}: until the cut the thief is believed"
        );
        let lanes = robbed.lanes.clone();
        robbed
            .network
            .revoke(0, &[(FEED, &lanes[0]), (OTHER, &lanes[1])]);
        // The cut list is handed over after its state, by an operator of the institution.
        robbed.network.run(60_000);
        robbed.spread(1);
        robbed.network.run(COMPARED);
        for who in robbed.network.honest() {
            for record in &robbed.honest.clone() {
                let verdict = robbed.network.verdict(who, record);
                assert_eq!(verdict.as_deref(), Some("VALID"), "seed {seed}, node {who}");
            }
            for (item, _) in &robbed.forged.clone() {
                let verdict = robbed.network.verdict(who, &id(item));
                assert!(
                    verdict
                        .as_deref()
                        .is_none_or(|verdict| verdict == "VOID:cut"),
                    "seed {seed}, node {who}: {verdict:?}"
                );
            }
        }
        assert!(
            robbed.verdicts("VOID:cut") > 0,
            "seed {seed}: what was held is kept as evidence"
        );
        assert_eq!(robbed.network.difference(), None, "seed {seed}");
        robbed.network.look_at_everything();
        assert_eq!(
            robbed.network.banned(),
            BTreeSet::new(),
            "a thief's signature is no fault of a peer"
        );
    }
}

#[test]
fn control_without_the_cut_what_a_thief_backdates_is_valid_everywhere() {
    let mut robbed = robbed(1);
    robbed.spread(0);
    robbed.spread(1);
    robbed.network.run(COMPARED);
    let beyond = robbed.forged[..3].to_vec();
    for who in robbed.network.honest() {
        for (item, _) in &beyond {
            let verdict = robbed.network.verdict(who, &id(item));
            assert_eq!(verdict.as_deref(), Some("VALID"), "node {who}");
        }
    }
}

/// Who believes dates takes every forgery for older than the theft.
#[test]
fn control_a_reading_by_date_takes_all_that_is_backdated() {
    let robbed = robbed(1);
    let stolen = "2026-11-23".parse().unwrap();
    let believed = robbed.forged.iter().filter(|(item, _)| {
        let day = item.record().and_then(|header| header.day);
        day.is_some_and(|day| day < stolen)
    });
    assert_eq!(believed.count(), robbed.forged.len());
}
