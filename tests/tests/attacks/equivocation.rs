//! A key says one thing to one half of the network and another thing to the other half.

use std::collections::BTreeSet;

use indaba::engine::order::{Order, Reply};
use indaba_protocol::{Id, VerifiedItem};
use indaba_store::FactKind;
use indaba_tests::simulator::{Network, Setting};

use crate::signing::{FEED, Forgery, id};
use crate::{NODES, ONE_SYNC};

/// Milliseconds that halves are apart: each breaks the connections with the other one within twenty seconds.
const APART: u64 = 60_000;
/// Seeds of each test.
const SEEDS: u64 = 10;

/// A network in which the key of the first node is in other hands as well, after three honest records; and the two versions of the
/// fourth, of which the node itself knows nothing.
fn two_versions(seed: u64) -> (Network, Id, [VerifiedItem; 2]) {
    let mut network = Network::new(&Setting {
        hostile: 1,
        ..Setting::of(seed, NODES)
    });
    network.start();
    for number in 0..3 {
        network.write(0, number, &[FEED]);
    }
    network.run(5_000);
    let key = network.node_key(0);
    let lane = network.lane(&key.key(), FEED);
    network.steal(key.key());
    let institution = network.institution(0);
    let versions = [100, 200].map(|number| {
        Forgery {
            institution: institution.id(),
            state: institution.first_state(),
            key: &key,
            feed: FEED,
            seq: lane.len() as u64 + 1,
            prev: lane.last().copied(),
            day: None,
            number,
        }
        .sign(&network)
    });
    (network, lane[0], versions)
}

fn halves(network: &Network) -> [Vec<usize>; 2] {
    let (mut one, mut other) = (network.honest(), Vec::new());
    other.extend(one.split_off(one.len() / 2));
    [one, other]
}

/// Nodes that lack a version or the proof, or choose one of the two.
fn in_the_dark(network: &mut Network, versions: &[VerifiedItem; 2]) -> Vec<String> {
    let institution = network.institution(0).id();
    let mut dark = Vec::new();
    for who in network.honest() {
        let proofs = network.facts(who, FactKind::Equivocation, &institution);
        let verdicts = [0, 1].map(|n| network.verdict(who, &id(&versions[n])));
        if proofs != 1 || verdicts.iter().any(|v| v.as_deref() != Some("CONTESTED")) {
            dark.push(format!(
                "{}: {proofs} proofs, {verdicts:?}",
                network.name(who)
            ));
        }
    }
    dark
}

#[test]
fn both_versions_and_the_proof_reach_everybody_within_one_sync() {
    for seed in 1..=SEEDS {
        let (mut network, first, versions) = two_versions(seed);
        let mallory = network.hostile()[0];
        for (half, version) in halves(&network).iter().zip(&versions) {
            network.say_to_all(mallory, half, FEED, &version.to_item());
        }
        network.run(ONE_SYNC);
        let dark = in_the_dark(&mut network, &versions);
        assert!(dark.is_empty(), "seed {seed}: {dark:?}");
        for who in network.honest() {
            let verdict = network.verdict(who, &first);
            assert_eq!(verdict.as_deref(), Some("VALID"), "what came before stays");
        }
        // The node whose key it is learns that it must be replaced.
        match network.ask(0, Order::Status) {
            Reply::Status(status) => assert!(status.key_disputed, "seed {seed}"),
            other => panic!("{other:?}"),
        }
    }
}

/// A network whose halves cannot hear each other while each is told its own version.
fn told_apart(seed: u64) -> (Network, [VerifiedItem; 2]) {
    let (mut network, _, versions) = two_versions(seed);
    let mallory = network.hostile()[0];
    let [one, other] = halves(&network);
    let side: BTreeSet<usize> = one.iter().copied().collect();
    network.cut_off(&side);
    for (half, version) in [&one, &other].into_iter().zip(&versions) {
        network.say_to_all(mallory, half, FEED, &version.to_item());
    }
    network.run(APART);
    (network, versions)
}

#[test]
fn halves_that_were_told_different_things_find_out_when_they_meet() {
    for seed in 1..=SEEDS {
        let (mut network, versions) = told_apart(seed);
        let dark = in_the_dark(&mut network, &versions);
        assert_eq!(dark.len(), NODES, "seed {seed}: nobody can know yet");
        network.heal();
        let took = network.run_until(ONE_SYNC, |network| {
            in_the_dark(network, &versions).is_empty()
        });
        let dark = in_the_dark(&mut network, &versions);
        assert!(took.is_some(), "seed {seed}: {dark:?}");
        network.look_at_everything();
    }
}

/// Who keeps what came first, and looks no further, ends with one of the two: halves that differ, and nobody who knows.
#[test]
fn control_who_keeps_what_came_first_chooses_in_silence() {
    let (mut network, versions) = told_apart(1);
    let mut chosen = [0, 0];
    for who in network.honest() {
        for (version, count) in versions.iter().zip(&mut chosen) {
            let verdict = network.verdict(who, &id(version));
            *count += usize::from(verdict.as_deref() == Some("VALID"));
        }
    }
    assert_eq!(
        chosen,
        [NODES / 2, NODES / 2],
        "each takes what it was told for valid"
    );
}

#[test]
fn control_halves_that_do_not_ask_for_each_others_version_never_find_out() {
    let (mut network, versions) = told_apart(1);
    network.lose_questions_by_id();
    network.heal();
    // Several comparisons, which come every five minutes.
    network.run(20 * 60_000);
    assert_eq!(in_the_dark(&mut network, &versions).len(), NODES);
}
