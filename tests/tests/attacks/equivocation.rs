//! A key says one thing to one half of the network and another thing to the other half.

use std::collections::BTreeSet;

use indaba::engine::order::{Order, Reply};
use indaba_protocol::{Id, VerifiedItem};
use indaba_store::FactKind;
use indaba_tests::chance::Chance;
use indaba_tests::simulator::{Network, Setting};

use crate::ONE_SYNC;
use crate::scale::{Longest, first, nodes, with_every_seed};
use crate::signing::{FEED, Forgery, id};

/// Milliseconds that halves are apart: each breaks the connections with the other one within twenty seconds.
const APART: u64 = 60_000;
/// Seeds of each test.
const SEEDS: u64 = 30;
/// Most honest records before.
const BEFORE: u64 = 6;

/// A key in two hands, and what it says to whom.
struct Contradiction {
    network: Network,
    /// The node whose key it is.
    victim: usize,
    /// What it published before, and still knows for its own.
    before: Vec<Id>,
    versions: [VerifiedItem; 2],
    /// Who is told which version: all honest nodes, in two halves that chance makes.
    halves: [Vec<usize>; 2],
}

/// A network in which the key of a node is in other hands as well, after some honest records; and the two versions of the next one, of
/// which the node itself knows nothing.
fn contradiction(seed: u64) -> Contradiction {
    let mut network = Network::new(&Setting {
        hostile: 1,
        ..Setting::of(seed, nodes())
    });
    let mut chance = Chance::of(seed, "equivocation");
    let victim = chance.index(nodes());
    network.start();
    for number in 0..chance.between(1, BEFORE) {
        network.write(victim, number, &[FEED]);
        network.run(chance.between(0, 3_000));
    }
    network.run(5_000);
    let key = network.node_key(victim);
    let before = network.lane(&key.key(), FEED);
    network.steal(key.key());
    let institution = network.institution(victim % 5);
    let versions = [100, 200].map(|number| {
        Forgery {
            institution: institution.id(),
            state: institution.first_state(),
            key: &key,
            feed: FEED,
            seq: before.len() as u64 + 1,
            prev: before.last().copied(),
            day: None,
            number,
        }
        .sign(&network)
    });
    let mut one = network.honest();
    chance.shuffle(&mut one);
    let other = one.split_off(one.len() / 2);
    Contradiction {
        network,
        victim,
        before,
        versions,
        halves: [one, other],
    }
}

impl Contradiction {
    /// Tells each half its version.
    fn tell(&mut self) {
        let mallory = self.network.hostile()[0];
        for (half, version) in self.halves.iter().zip(&self.versions) {
            self.network
                .say_to_all(mallory, half, FEED, &version.to_item());
        }
    }

    /// Nodes that lack a version or the proof, or choose one of the two.
    fn in_the_dark(&mut self) -> Vec<String> {
        in_the_dark(&mut self.network, self.victim, &self.versions)
    }

    /// Waits until nobody is in the dark any more, and says how long that took.
    fn found_out(&mut self, seed: u64) -> u64 {
        let (victim, versions) = (self.victim, self.versions.clone());
        let took = self.network.run_until(ONE_SYNC, |network| {
            in_the_dark(network, victim, &versions).is_empty()
        });
        took.unwrap_or_else(|| panic!("seed {seed}: {:?}", self.in_the_dark()))
    }
}

fn in_the_dark(network: &mut Network, victim: usize, versions: &[VerifiedItem; 2]) -> Vec<String> {
    let institution = network.institution(victim % 5).id();
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
    let longest = Longest::of("until everybody had both versions and the proof");
    with_every_seed(SEEDS, |seed| {
        let mut told = contradiction(seed);
        told.tell();
        longest.took(told.found_out(seed));
        let (network, before) = (&mut told.network, &told.before);
        for who in network.honest() {
            for record in before {
                let verdict = network.verdict(who, record);
                assert_eq!(verdict.as_deref(), Some("VALID"), "what came before stays");
            }
        }
        // The node whose key it is learns that it must be replaced.
        match network.ask(told.victim, Order::Status) {
            Reply::Status(status) => assert!(status.key_disputed, "seed {seed}"),
            other => panic!("{other:?}"),
        }
    });
    longest.say();
}

/// A network whose halves cannot hear each other while each is told its own version.
fn told_apart(seed: u64) -> Contradiction {
    let mut apart = contradiction(seed);
    let side: BTreeSet<usize> = apart.halves[0].iter().copied().collect();
    apart.network.cut_off(&side);
    apart.tell();
    apart.network.run(APART);
    apart
}

#[test]
fn halves_that_were_told_different_things_find_out_when_they_meet() {
    let longest = Longest::of("until everybody had both versions and the proof");
    with_every_seed(SEEDS, |seed| {
        let mut apart = told_apart(seed);
        let dark = apart.in_the_dark();
        assert_eq!(dark.len(), nodes(), "seed {seed}: nobody can know yet");
        apart.network.heal();
        longest.took(apart.found_out(seed));
        apart.network.look_at_everything();
    });
    longest.say();
}

/// Nodes that keep what came first, and look no further, end with one of the two for good: halves that differ, and nobody who knows.
#[test]
fn control_who_keeps_what_came_first_chooses_in_silence() {
    let mut apart = told_apart(first());
    apart.network.keep_what_came_first();
    apart.network.heal();
    // Several comparisons, which come every five minutes.
    apart.network.run(20 * 60_000);
    let institution = apart.network.institution(apart.victim % 5).id();
    for (half, mine) in apart.halves.iter().zip([0, 1]) {
        for who in half {
            let [chosen, other] = [mine, 1 - mine].map(|n| id(&apart.versions[n]));
            let verdict = apart.network.verdict(*who, &chosen);
            assert_eq!(verdict.as_deref(), Some("VALID"), "node {who}");
            assert!(!apart.network.holds(*who, &other), "node {who}");
            let proofs = apart
                .network
                .facts(*who, FactKind::Equivocation, &institution);
            assert_eq!(proofs, 0, "node {who}");
        }
    }
}

#[test]
fn control_halves_that_do_not_ask_for_each_others_version_never_find_out() {
    let mut apart = told_apart(first());
    apart.network.lose_questions_by_id();
    apart.network.heal();
    // Several comparisons, which come every five minutes.
    apart.network.run(20 * 60_000);
    assert_eq!(apart.in_the_dark().len(), nodes());
}
