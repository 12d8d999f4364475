//! A peer that serves yesterday's states, withholds today's, or offers those of a year that has not come.

use std::collections::BTreeSet;

use indaba::engine::limits;
use indaba_protocol::{Id, Item, SigningKey, State, VerifiedStatement};
use indaba_store::FactKind;
use indaba_tests::chance::Chance;
use indaba_tests::simulator::{Network, Setting, authority_of, sign_state};

use crate::scale::{Longest, first, nodes, with_every_seed};
use crate::signing::{FEED, Forgery, id};
use crate::{COMPARED, ONE_SYNC};

/// Seeds of each test.
const SEEDS: u64 = 20;
/// Seeds of the flood, each of which takes thousands of messages to every node.
const FLOODS: u64 = 2;
/// Most states that a network knows before the attack begins.
const MOST_STATES: usize = 6;

/// The next states of an institution, signed and not yet handed to anybody.
fn next_states(network: &mut Network, count: usize) -> Vec<VerifiedStatement> {
    let net = network.net();
    let sign_one = |_| {
        let institution = network.institution(0);
        let mut state: State = institution.draft_next();
        // A node that nobody runs yet: so states differ in what they say.
        let version = u8::try_from(state.version).unwrap_or(u8::MAX);
        let key = SigningKey::from_seed(&[100 + version; 32]);
        state.delegations.push(indaba_protocol::Delegation {
            key: key.key(),
            purpose: "sign".to_owned(),
            scope: None,
            expires: None,
        });
        state.delegations.sort_by_key(|delegation| delegation.key);
        let signed = sign_state(&net, &state, institution.roots());
        network.institution_mut(0).go_on_from(state, signed.id());
        signed
    };
    (0..count).map(sign_one).collect()
}

fn versions(network: &mut Network, of: &[usize]) -> BTreeSet<u64> {
    let institution = network.institution(0).id();
    of.iter()
        .map(|who| network.version(*who, &institution))
        .collect()
}

/// A network in which everybody knows some states, but for one node that only a hostile peer speaks with.
struct Behind {
    network: Network,
    chance: Chance,
    /// The one who knows less, of any institution but the one whose states it is about.
    lonely: usize,
    /// The states from the second on.
    states: Vec<VerifiedStatement>,
    /// How many of these the hostile peer gave the lonely one: one less than there are at most.
    given: usize,
}

fn behind(seed: u64) -> Behind {
    let mut network = Network::new(&Setting {
        hostile: 1,
        ..Setting::of(seed, nodes())
    });
    let mut chance = Chance::of(seed, "states");
    // What is left of the ring is whole without any one.
    let strangers: Vec<usize> = (0..nodes()).filter(|who| who % 5 != 0).collect();
    let lonely = *chance.pick(&strangers).unwrap();
    let mallory = network.hostile()[0];
    network.start_apart(&BTreeSet::from([lonely]));
    for who in network.honest() {
        network.join(mallory, who);
    }
    network.run(ONE_SYNC);
    let count = chance.between(2, MOST_STATES);
    let states = next_states(&mut network, count);
    for state in &states {
        network.hand_over(0, state);
        network.run(ONE_SYNC);
    }
    // The hostile peer gives the first ones, and says nothing of what came after.
    let given = chance.index(count);
    for statement in network.institution(0).statements().clone() {
        network.shelve(mallory, statement);
    }
    for state in &states[..given] {
        network.shelve(mallory, state.clone());
    }
    let mut behind = Behind {
        network,
        chance,
        lonely,
        states,
        given,
    };
    let (others, newest) = (behind.others(), behind.newest());
    assert_eq!(behind.versions(&others), BTreeSet::from([newest]));
    behind.network.run(COMPARED);
    behind
}

impl Behind {
    fn others(&self) -> Vec<usize> {
        let honest = self.network.honest().into_iter();
        honest.filter(|who| *who != self.lonely).collect()
    }

    /// The version that everybody else has pinned.
    fn newest(&self) -> u64 {
        1 + self.states.len() as u64
    }

    fn versions(&mut self, of: &[usize]) -> BTreeSet<u64> {
        versions(&mut self.network, of)
    }

    /// The lonely one meets an honest node.
    fn meets_somebody(&mut self) {
        let others = self.others();
        let other = *self.chance.pick(&others).unwrap();
        self.network.join(self.lonely, other);
    }
}

/// A record that names the newest state, signed by the first node.
fn under_the_newest(network: &mut Network) -> (Id, Item) {
    let key = network.node_key(0);
    network.steal(key.key());
    let institution = network.institution(0);
    let newest = institution.draft_next().prev;
    let record = Forgery {
        institution: institution.id(),
        state: newest,
        key: &key,
        feed: FEED,
        seq: 1,
        prev: None,
        day: None,
        number: 7,
    }
    .sign(network);
    (id(&record), record.to_item())
}

#[test]
fn old_states_move_nobody_back_whoever_says_them_and_after_a_restart() {
    with_every_seed(SEEDS, |seed| {
        let mut behind = behind(seed);
        let (mallory, others, newest) = (
            behind.network.hostile()[0],
            behind.others(),
            behind.newest(),
        );
        let first = behind.network.institution(0).statements().clone();
        for round in 0..3 {
            // Every one but the newest.
            for statement in first.iter().chain(behind.states.split_last().unwrap().1) {
                let item = Item::of_statement(statement.bytes());
                behind
                    .network
                    .say_to_all(mallory, &others, "registry", &item);
            }
            behind.network.run(ONE_SYNC);
            assert_eq!(
                behind.versions(&others),
                BTreeSet::from([newest]),
                "seed {seed}, round {round}"
            );
            for _ in 0..2 {
                let who = *behind.chance.pick(&others).unwrap();
                behind.network.stop(who);
                behind.network.start_again(who);
            }
        }
        behind.network.run(COMPARED);
        assert_eq!(
            behind.versions(&others),
            BTreeSet::from([newest]),
            "seed {seed}"
        );
        assert!(behind.network.banned().is_empty());
    });
}

#[test]
fn who_is_told_old_states_only_learns_the_newest_from_the_first_honest_peer() {
    let longest = Longest::of("until who was told old states only knew the newest");
    with_every_seed(SEEDS, |seed| {
        let mut behind = behind(seed);
        let (lonely, newest) = (behind.lonely, behind.newest());
        let given = 1 + behind.given as u64;
        assert_eq!(
            behind.versions(&[lonely]),
            BTreeSet::from([given]),
            "seed {seed}"
        );
        // What names a newer state shows that there is one: it waits, and is not called good.
        let (record, item) = under_the_newest(&mut behind.network);
        let network = &mut behind.network;
        let mallory = network.hostile()[0];
        network.say_to_all(mallory, &[lonely], FEED, &item);
        network.run(ONE_SYNC);
        assert!(!network.holds(lonely, &record), "seed {seed}");
        let institution = network.institution(0).id();
        assert_eq!(network.waiting(lonely).get(&(institution, false)), Some(&1));
        behind.meets_somebody();
        let took = behind.network.run_until(ONE_SYNC, |network| {
            network.version(lonely, &institution) == newest
                && network.verdict(lonely, &record).as_deref() == Some("VALID")
        });
        let took = took.unwrap_or_else(|| {
            panic!("seed {seed}: {:?}", behind.versions(&[lonely]));
        });
        longest.took(took);
    });
    longest.say();
}

#[test]
fn control_without_an_honest_peer_the_newest_state_stays_unknown() {
    let mut behind = behind(first());
    behind.network.run(60 * 60_000);
    let (lonely, given) = (behind.lonely, 1 + behind.given as u64);
    assert_eq!(behind.versions(&[lonely]), BTreeSet::from([given]));
}

/// States far ahead, each under root keys of the liar's own: anybody can sign those in the name of any institution.
fn far_ahead(network: &Network, count: usize) -> Vec<VerifiedStatement> {
    let own = [SigningKey::from_seed(&[66; 32])];
    let (net, next) = (network.net(), network.institution(0).draft_next());
    let versions = (0..count).map(|number| match number {
        0 => (1 << 53) - 1,
        _ => 1_000 + number as u64,
    });
    versions
        .map(|version| {
            let mut state = next.clone();
            (state.version, state.prev) = (version, Id::of(&version.to_be_bytes()));
            state.authority = authority_of(&own, &own, 1);
            sign_state(&net, &state, &own)
        })
        .collect()
}

/// Says each to everybody, no faster than a node listens.
fn flood(network: &mut Network, states: &[VerifiedStatement]) {
    let (mallory, everybody) = (network.hostile()[0], network.honest());
    for some in states.chunks(limits::MESSAGES_PER_SECOND as usize) {
        for state in some {
            let item = Item::of_statement(state.bytes());
            network.say_to_all(mallory, &everybody, "registry", &item);
        }
        network.run(1_000);
    }
}

/// States of the flood: more than may wait of one institution.
const FLOOD: usize = 1_200;

#[test]
fn states_of_a_year_that_has_not_come_advance_nobody_and_stop_no_honest_one() {
    with_every_seed(FLOODS, |seed| {
        let mut behind = behind(seed);
        let newest = behind.newest();
        behind.meets_somebody();
        behind.network.run(ONE_SYNC);
        let network = &mut behind.network;
        let everybody = network.honest();
        let ahead = far_ahead(network, FLOOD);
        flood(network, &ahead);
        let institution = network.institution(0).id();
        assert_eq!(versions(network, &everybody), BTreeSet::from([newest]));
        for who in &everybody {
            let waiting = network.waiting(*who).get(&(institution, false)).copied();
            let waiting = waiting.unwrap_or(0);
            assert!(waiting > 0, "node {who}: they were heard");
            assert!(
                waiting <= limits::PENDING_PER_INSTITUTION,
                "node {who}: {waiting}"
            );
        }
        // Of two genuine ones the second is offered first: it waits for the one between, or is asked for when that one comes.
        let states = next_states(network, 2);
        let (mallory, second) = (network.hostile()[0], Item::of_statement(states[1].bytes()));
        network.shelve(mallory, states[1].clone());
        network.say_to_all(mallory, &everybody, "registry", &second);
        network.run(ONE_SYNC);
        assert_eq!(
            versions(network, &everybody),
            BTreeSet::from([newest]),
            "none is left out"
        );
        network.hand_over(0, &states[0]);
        let took = network.run_until(COMPARED, |network| {
            let everybody = network.honest();
            everybody
                .iter()
                .all(|who| network.version(*who, &institution) == newest + 2)
        });
        assert!(
            took.is_some(),
            "seed {seed}: {:?}",
            versions(network, &everybody)
        );
        assert!(network.banned().is_empty(), "ahead is not invalid");
    });
}

/// Where the liar holds the root keys, the same flood advances everybody, and what the officers sign next is not the next any more.
#[test]
fn control_with_the_root_keys_the_liar_advances_everybody_and_stops_the_honest_ones() {
    let mut behind = behind(first());
    let newest = behind.newest();
    behind.meets_somebody();
    behind.network.run(ONE_SYNC);
    let network = &mut behind.network;
    let everybody = network.honest();
    let liars = {
        // The officers know nothing of what is signed with their keys.
        let officers = network.institution(0).clone();
        let liars = next_states(network, 3);
        *network.institution_mut(0) = officers;
        liars
    };
    flood(network, &liars);
    network.run(COMPARED);
    assert_eq!(versions(network, &everybody), BTreeSet::from([newest + 3]));
    let mut state = network.institution(0).draft_next();
    state.day = "2026-11-24".parse().unwrap();
    let honest = sign_state(&network.net(), &state, network.institution(0).roots());
    network.hand_over(0, &honest);
    network.run(COMPARED);
    assert_eq!(versions(network, &everybody), BTreeSet::from([newest + 3]));
    let institution = network.institution(0).id();
    for who in everybody {
        let rivals = network.facts(who, FactKind::RivalState, &institution);
        assert_eq!(rivals, 1, "node {who}: it is a rival now");
    }
}

/// States of the past that nobody adopts: for each version, one that whoever holds the root keys of that time signs today.
#[test]
fn who_holds_the_root_keys_of_old_versions_moves_no_holder_to_another_branch() {
    with_every_seed(SEEDS, |seed| {
        let mut behind = behind(seed);
        let (mallory, others, newest) = (
            behind.network.hostile()[0],
            behind.others(),
            behind.newest(),
        );
        let branches = branches(&behind);
        for state in branches.iter().flatten() {
            behind.network.shelve(mallory, state.clone());
            let item = Item::of_statement(state.bytes());
            behind
                .network
                .say_to_all(mallory, &others, "registry", &item);
            behind.network.run(200);
        }
        behind.network.run(COMPARED);
        let network = &mut behind.network;
        let institution = network.institution(0).id();
        for who in others {
            assert_eq!(network.version(who, &institution), newest, "seed {seed}");
            for state in &behind.states {
                assert!(network.knows(who, &state.id()), "seed {seed}, node {who}");
            }
            let rivals = network.facts(who, FactKind::RivalState, &institution);
            assert_eq!(
                rivals,
                branches.len(),
                "seed {seed}, node {who}: one of each version is kept as proof"
            );
        }
        assert!(network.banned().is_empty());
    });
}

/// For each version after the first, a branch that begins there and is longer than what everybody holds.
fn branches(behind: &Behind) -> Vec<Vec<VerifiedStatement>> {
    let institution = behind.network.institution(0);
    let branch = |from: usize| {
        let VerifiedStatement::State(held) = &behind.states[from - 2] else {
            panic!("states only");
        };
        let (mut state, mut prev) = (State::clone(held), held.prev);
        let mut branch = Vec::new();
        for version in from as u64..=behind.newest() + 1 {
            (state.version, state.prev) = (version, prev);
            state.day = "2026-11-25".parse().unwrap();
            let signed = sign_state(&behind.network.net(), &state, institution.roots());
            prev = signed.id();
            branch.push(signed);
        }
        branch
    };
    (2..=behind.newest() as usize).map(branch).collect()
}
