//! Honest and wrong: an old copy of a node's disk is put back.

use indaba::engine::order::{Order, Refusal, RefusalKind, Reply};
use indaba_protocol::{Delegation, Id, SigningKey};
use indaba_store::FactKind;
use indaba_tests::chance::Chance;
use indaba_tests::simulator::{Network, Restored, Rule, Setting, draft, sign_state};

use crate::COMPARED;
use crate::scale::{first, nodes, with_every_seed};
use crate::signing::{FEED, OTHER};

/// Seeds of each test; each is backed up at another moment.
const SEEDS: u64 = 30;
/// Milliseconds in which a connected node gets back what others have of it.
const GIVEN_BACK: u64 = 60_000;
/// Milliseconds in which everybody has what somebody published while he was alone: one comparison, every five minutes, for each of the
/// hops between the farthest two of fifty nodes.
const SPREAD: u64 = 40 * 60_000;
/// Milliseconds from one look at that to the next.
const LOOK: u64 = 30_000;

/// The node that is restored.
const WHO: usize = 1;

/// A node that was backed up after some records, published more, and is off; cut off from the others, or not.
fn restored(seed: u64, what: Restored, online: bool) -> (Network, Vec<Id>) {
    let mut network = Network::new(&Setting::of(seed, nodes()));
    let mut chance = Chance::of(seed, "backup");
    network.start();
    let (before, after) = (chance.between(0, 6), chance.between(1, 5));
    let mut published = Vec::new();
    let mut write = |network: &mut Network, number: u64| {
        let feeds: &[&str] = if number.is_multiple_of(2) {
            &[FEED]
        } else {
            &[FEED, OTHER]
        };
        published.push(network.write(WHO, number, feeds));
        network.run(chance.between(0, 2_000));
    };
    for number in 0..before {
        write(&mut network, number);
    }
    let backup = network.back_up(WHO);
    for number in before..before + after {
        write(&mut network, number);
    }
    network.run(10_000);
    network.stop(WHO);
    network.restore(WHO, &backup, what);
    if !online {
        network.cut_off(&[WHO].into());
    }
    (network, published)
}

/// A publication that is nothing but tried.
fn one_more() -> Order {
    Order::Publish {
        drafts: vec![draft(777, vec![FEED.to_owned()])],
    }
}

/// The node is told to publish, waits for what its peers say, and refuses.
fn refused(network: &mut Network, seed: u64) -> Refusal {
    match network.attempt(WHO, one_more()) {
        Reply::Refused(refusal) => {
            assert_eq!(refusal.kind, RefusalKind::Integrity, "seed {seed}");
            refusal
        }
        other => panic!("seed {seed}: {other:?}"),
    }
}

/// Everybody comes to hold everything that was ever published, and nobody contradicted himself.
fn nothing_is_lost(network: &mut Network, published: &[Id], about: &str) {
    let mut waited = 0;
    while let Some(lacks) = lacking(network, published) {
        assert!(waited < SPREAD, "{about}: {lacks}");
        network.run(LOOK);
        waited += LOOK;
    }
    let institution = network.institution(WHO).id();
    for who in network.honest() {
        assert_eq!(network.facts(who, FactKind::Equivocation, &institution), 0);
    }
    assert_eq!(network.difference(), None, "{about}");
    network.look_at_everything();
}

/// Somebody for whom a record is not valid, if there is one.
fn lacking(network: &mut Network, published: &[Id]) -> Option<String> {
    for who in network.honest() {
        for record in published {
            let verdict = network.verdict(who, record);
            if verdict.as_deref() != Some("VALID") {
                return Some(format!("node {who} calls {record} {verdict:?}"));
            }
        }
    }
    None
}

/// The institution lets its node go on under another key; the node is told by its operator, without a network.
fn go_on_under_another_key(network: &mut Network) -> SigningKey {
    let key = SigningKey::from_seed(&[70; 32]);
    let institution = network.institution(WHO).clone();
    let mut state = institution.draft_next();
    state.delegations.push(Delegation {
        key: key.key(),
        purpose: "sign".to_owned(),
        scope: None,
        expires: None,
    });
    state.delegations.sort_by_key(|delegation| delegation.key);
    let signed = sign_state(&network.net(), &state, institution.roots());
    network.institution_mut(WHO).go_on_from(state, signed.id());
    network.hand_over(WHO, &signed);
    network.run(1_000);
    network.stop(WHO);
    network.give_key(WHO, &key);
    network.start_again(WHO);
    key
}

/// It publishes under another key while it is alone; then it meets the others, and nothing is lost.
fn a_lane_of_its_own(network: &mut Network, published: &mut Vec<Id>, seed: u64) {
    let key = go_on_under_another_key(network);
    published.push(network.write(WHO, 777, &[FEED]));
    assert_eq!(network.lane(&key.key(), FEED).len(), 1, "a lane of its own");
    network.run(GIVEN_BACK);
    network.heal();
    nothing_is_lost(network, published, &format!("seed {seed}"));
}

#[test]
fn an_old_store_publishes_nothing_until_its_records_are_given_back() {
    with_every_seed(SEEDS, |seed| {
        let (mut network, mut published) = restored(seed, Restored::Store, true);
        assert!(!network.opens(WHO), "seed {seed}: the guard knows better");
        network.accept_loss(WHO);
        network.start_again(WHO);
        let refusal = network.refuses(WHO, one_more()).expect("too early");
        assert_eq!(refusal.kind, RefusalKind::Integrity, "seed {seed}");
        network.run(GIVEN_BACK);
        published.push(network.write(WHO, 777, &[FEED]));
        nothing_is_lost(&mut network, &published, &format!("seed {seed}"));
    });
}

#[test]
fn an_old_store_without_a_network_goes_on_under_another_key_only() {
    with_every_seed(SEEDS, |seed| {
        let (mut network, mut published) = restored(seed, Restored::Store, false);
        network.accept_loss(WHO);
        network.start_again(WHO);
        network.run(GIVEN_BACK);
        let refusal = network.refuses(WHO, one_more()).expect("nobody gave back");
        assert_eq!(refusal.kind, RefusalKind::Integrity, "seed {seed}");
        a_lane_of_its_own(&mut network, &mut published, seed);
    });
}

#[test]
fn a_whole_old_copy_that_waits_until_it_was_connected_contradicts_nobody() {
    with_every_seed(SEEDS, |seed| {
        let (mut network, mut published) = restored(seed, Restored::Everything, true);
        assert!(
            network.opens(WHO),
            "seed {seed}: nothing on it knows better"
        );
        network.start_again(WHO);
        // What the operator waits for before accepting the copy.
        network.run(GIVEN_BACK);
        let refusal = refused(&mut network, seed);
        assert!(refusal.remedy.contains("accept-copy"), "seed {seed}");
        network.accept_copy(WHO);
        published.push(network.write(WHO, 777, &[FEED]));
        nothing_is_lost(&mut network, &published, &format!("seed {seed}"));
    });
}

#[test]
fn a_whole_old_copy_that_publishes_at_once_is_held_back_and_loses_nothing_under_another_key() {
    with_every_seed(SEEDS, |seed| {
        let (mut network, mut published) = restored(seed, Restored::Everything, true);
        network.start_again(WHO);
        refused(&mut network, seed);
        network.run(GIVEN_BACK);
        // Also when all is back: whether that was all nobody knows but the operator.
        refused(&mut network, seed);
        network.stop(WHO);
        network.start_again(WHO);
        assert_eq!(
            network.refuses(WHO, one_more()).map(|refusal| refusal.kind),
            Some(RefusalKind::Integrity),
            "seed {seed}: a restart forgets nothing"
        );
        a_lane_of_its_own(&mut network, &mut published, seed);
    });
}

#[test]
fn one_neighbour_that_knows_suffices_to_hold_a_whole_old_copy_back() {
    with_every_seed(SEEDS, |seed| {
        let (mut network, published) = restored(seed, Restored::Everything, true);
        network.cut_off(&[WHO, WHO + 1].into());
        network.start_again(WHO);
        refused(&mut network, seed);
        network.heal();
        nothing_is_lost(&mut network, &published, &format!("seed {seed}"));
    });
}

#[test]
fn a_whole_old_copy_without_a_network_opens_a_lane_of_its_own_under_another_key() {
    with_every_seed(SEEDS, |seed| {
        let (mut network, mut published) = restored(seed, Restored::Everything, false);
        network.start_again(WHO);
        a_lane_of_its_own(&mut network, &mut published, seed);
    });
}

#[test]
fn control_a_whole_old_copy_that_asks_nobody_or_finds_nobody_contradicts_itself() {
    for online in [true, false] {
        let (mut network, _) = restored(first(), Restored::Everything, online);
        if online {
            network.ask_nobody(WHO);
        }
        network.start_again(WHO);
        network.tell(WHO, one_more());
        // Whoever finds nobody goes on after a while: publishing without a network stays possible.
        network.run_whatever(if online { 0 } else { GIVEN_BACK });
        network.heal();
        network.run_whatever(COMPARED);
        assert_eq!(network.broken(), Some(Rule::SignsOnce), "online: {online}");
    }
}
