//! Clocks that are wrong by ten years, and clocks that jump.

use std::collections::BTreeSet;

use indaba_protocol::Id;
use indaba_tests::chance::Chance;
use indaba_tests::simulator::{Network, Rule, Sabotage, Setting, withdrawal};

use crate::scale::{Longest, first, nodes, with_every_seed};
use crate::signing::{FEED, OTHER};

/// Seeds of each test.
const SEEDS: u64 = 6;
/// Ten years, in milliseconds.
const TEN_YEARS: i64 = 3_653 * 86_400_000;
/// Milliseconds given to converge over bad links: comparisons come every five minutes, with three peers each.
const CONVERGES: u64 = 2 * 60 * 60_000;

/// Nodes of which each has a clock that is wrong by anything up to ten years, over bad links.
fn out_of_joint(setting: &Setting) -> (Network, Vec<Id>) {
    let mut network = Network::new(setting);
    let mut chance = Chance::of(setting.seed, "wrong clocks");
    let mut skew = || chance.between(-TEN_YEARS, TEN_YEARS);
    for who in network.honest() {
        network.set_clock(who, skew());
    }
    network.start();
    let mut records = Vec::new();
    for turn in 0..3 {
        for who in network.honest() {
            let number = (turn * nodes() + who) as u64;
            records.push(network.write(who, number, &[FEED, OTHER]));
            network.run_whatever(2_000);
        }
        // All clocks jump, by anything up to twenty years, to or fro.
        for who in network.honest() {
            network.set_clock(who, skew());
        }
    }
    (network, records)
}

#[test]
fn clocks_wrong_by_ten_years_lose_no_record_and_nobody_is_banned() {
    let longest = Longest::of("until everybody had everything");
    with_every_seed(SEEDS, |seed| {
        let setting = Setting {
            bad_links: true,
            ..Setting::of(seed, nodes())
        };
        let (mut network, records) = out_of_joint(&setting);
        let taken_back = withdrawal(&records[0], vec![FEED.to_owned(), OTHER.to_owned()]);
        network.publish(0, vec![taken_back]);
        let took = network.run_until(CONVERGES, |network| network.difference().is_none());
        longest.took(took.unwrap_or_else(|| panic!("seed {seed}: {:?}", network.difference())));
        for who in network.honest() {
            for record in &records {
                let verdict = network.verdict(who, record);
                assert_eq!(verdict.as_deref(), Some("VALID"), "seed {seed}, node {who}");
            }
            // What was withdrawn is not erased early by a clock that jumped.
            let parts = network.store(who).parts_held(&records[0]).unwrap();
            assert!(parts.is_some_and(|parts| parts.card && parts.body && !parts.erased));
        }
        assert_eq!(network.banned(), BTreeSet::new());
        network.look_at_everything();
    });
    longest.say();
}

#[test]
fn control_a_node_that_rejects_what_is_of_the_future_blames_the_honest() {
    let setting = Setting {
        sabotage: Some(Sabotage::TrustsItsClock),
        ..Setting::of(first(), nodes())
    };
    let mut network = Network::new(&setting);
    network.set_clock(0, -TEN_YEARS);
    network.start();
    network.write(1, 1, &[FEED]);
    network.run_whatever(10_000);
    assert_eq!(network.broken(), Some(Rule::BlamesNobodyHonest));
}
