//! A peer that serves yesterday's states, withholds today's, or offers those of a year that has not come.

use std::collections::BTreeSet;

use indaba::engine::limits;
use indaba_protocol::{Id, Item, SigningKey, State, VerifiedStatement};
use indaba_tests::simulator::{Network, Setting, authority_of, sign_state};

use crate::signing::{FEED, Forgery, id};
use crate::{COMPARED, NODES, ONE_SYNC};

/// Seeds of each test.
const SEEDS: u64 = 5;
/// The node that only the hostile peer speaks with, at first.
const LONELY: usize = 13;

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

/// A network in which everybody knows four states, but for one node that only a hostile peer speaks with; the states from the second on.
fn behind(seed: u64) -> (Network, Vec<VerifiedStatement>) {
    let mut network = Network::new(&Setting {
        hostile: 1,
        ..Setting::of(seed, NODES)
    });
    let mallory = network.hostile()[0];
    network.start_apart(&BTreeSet::from([LONELY]));
    for who in network.honest() {
        network.join(mallory, who);
    }
    network.run(ONE_SYNC);
    let states = next_states(&mut network, 3);
    for state in &states {
        network.hand_over(0, state);
        network.run(ONE_SYNC);
    }
    let everybody_else: Vec<usize> = everybody_else(&network);
    assert_eq!(versions(&mut network, &everybody_else), BTreeSet::from([4]));
    // The hostile peer gives the first two, and says nothing of what came after.
    for statement in network.institution(0).statements().clone() {
        network.shelve(mallory, statement);
    }
    network.shelve(mallory, states[0].clone());
    network.run(COMPARED);
    (network, states)
}

fn everybody_else(network: &Network) -> Vec<usize> {
    let honest = network.honest().into_iter();
    honest.filter(|who| *who != LONELY).collect()
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
    for seed in 1..=SEEDS {
        let (mut network, states) = behind(seed);
        let (mallory, others) = (network.hostile()[0], everybody_else(&network));
        let first = network.institution(0).statements().clone();
        for round in 0..3 {
            for statement in first.iter().chain(&states[..2]) {
                let item = Item::of_statement(statement.bytes());
                network.say_to_all(mallory, &others, "registry", &item);
            }
            network.run(ONE_SYNC);
            assert_eq!(
                versions(&mut network, &others),
                BTreeSet::from([4]),
                "round {round}"
            );
            for who in [others[round], others[round + 5]] {
                network.stop(who);
                network.start_again(who);
            }
        }
        network.run(COMPARED);
        assert_eq!(
            versions(&mut network, &others),
            BTreeSet::from([4]),
            "seed {seed}"
        );
        assert!(network.banned().is_empty());
    }
}

#[test]
fn who_is_told_old_states_only_learns_the_newest_from_the_first_honest_peer() {
    for seed in 1..=SEEDS {
        let (mut network, _) = behind(seed);
        assert_eq!(
            versions(&mut network, &[LONELY]),
            BTreeSet::from([2]),
            "seed {seed}"
        );
        // What names a newer state shows that there is one: it waits, and is not called good.
        let (record, item) = under_the_newest(&mut network);
        let mallory = network.hostile()[0];
        network.say_to_all(mallory, &[LONELY], FEED, &item);
        network.run(ONE_SYNC);
        assert!(!network.holds(LONELY, &record), "seed {seed}");
        let institution = network.institution(0).id();
        assert_eq!(network.waiting(LONELY).get(&(institution, false)), Some(&1));
        network.join(LONELY, 4);
        network.run(ONE_SYNC);
        assert_eq!(
            versions(&mut network, &[LONELY]),
            BTreeSet::from([4]),
            "seed {seed}"
        );
        let verdict = network.verdict(LONELY, &record);
        assert_eq!(verdict.as_deref(), Some("VALID"), "what waited is let in");
    }
}

#[test]
fn control_without_an_honest_peer_the_newest_state_stays_unknown() {
    let (mut network, _) = behind(1);
    network.run(60 * 60_000);
    assert_eq!(versions(&mut network, &[LONELY]), BTreeSet::from([2]));
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
    let (mut network, _) = behind(1);
    network.join(LONELY, 4);
    network.run(ONE_SYNC);
    let everybody = network.honest();
    let ahead = far_ahead(&network, FLOOD);
    flood(&mut network, &ahead);
    let institution = network.institution(0).id();
    assert_eq!(versions(&mut network, &everybody), BTreeSet::from([4]));
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
    let states = next_states(&mut network, 2);
    let (mallory, second) = (network.hostile()[0], Item::of_statement(states[1].bytes()));
    network.shelve(mallory, states[1].clone());
    network.say_to_all(mallory, &everybody, "registry", &second);
    network.run(ONE_SYNC);
    assert_eq!(
        versions(&mut network, &everybody),
        BTreeSet::from([4]),
        "none is left out"
    );
    network.hand_over(0, &states[0]);
    let institution_of = institution;
    let took = network.run_until(COMPARED, |network| {
        let everybody = network.honest();
        everybody
            .iter()
            .all(|who| network.version(*who, &institution_of) == 6)
    });
    assert!(took.is_some(), "{:?}", versions(&mut network, &everybody));
    assert!(network.banned().is_empty(), "ahead is not invalid");
}

/// Who takes the highest version that is signed as it says itself ends at one that no officer ever saw.
#[test]
fn control_a_reading_that_takes_the_highest_version_ends_with_a_forged_one() {
    let (network, states) = behind(1);
    let ahead = far_ahead(&network, 3);
    let version = |statement: &VerifiedStatement| match statement {
        VerifiedStatement::State(state) => state.version,
        _ => 0,
    };
    let highest = states.iter().chain(&ahead).max_by_key(|one| version(one));
    assert_eq!(highest.map(VerifiedStatement::id), Some(ahead[0].id()));
}
