//! Attacks on trust, against the engine: impostors that vouch for each other, an anchor that turns.

use indaba::engine::limits;
use indaba::engine::order::{Order, TrustOrder};
use indaba_protocol::{Id, SigningKey};

use crate::engine_rules::bench::Bench;
use crate::engine_rules::cast::{Cast, FEED, id};
use crate::engine_rules::speaker::{Speaker, anchored, say_as};

/// A key of an impostor, and the institution it claims to be.
fn impostor(number: u32) -> (Id, SigningKey) {
    let mut seed = [0xab; 32];
    seed[..4].copy_from_slice(&number.to_be_bytes());
    (Id::of(&seed), SigningKey::from_seed(&seed))
}

#[test]
fn ten_thousand_impostors_that_vouch_for_each_other_are_nobody() {
    const IMPOSTORS: u32 = 10_000;
    let (a, b) = (Speaker::new(10), Speaker::new(20));
    let mut bench = anchored(&[&a, &b]);
    let before = bench.accepted();
    for number in 0..IMPOSTORS {
        let (institution, key) = impostor(number);
        let (next, _) = impostor((number + 1) % IMPOSTORS);
        let vouch = say_as(institution, &key, next);
        bench.push("registry", vouch.to_item().encode());
        if number % 500 == 0 {
            bench.let_pass(10_000);
            bench.run();
        }
    }
    bench.run();
    assert_eq!(bench.accepted(), before, "nobody but the anchors");
    let held = bench.store.held_uses().unwrap();
    assert!(!held.is_empty(), "what they said waits, within the bounds");
    assert!(held.len() as u64 <= limits::QUARANTINE_INSTITUTIONS);
}

/// Two anchors are deceived and let an impostor each introduce; both vouch for the same crowd.
fn deceived(direct: usize) -> (Bench, Vec<Cast>) {
    let (mut a, mut b) = (Speaker::new(10), Speaker::new(20));
    let (mut first, mut second) = (Speaker::new(30), Speaker::new(40));
    let mut bench = anchored(&[&a, &b]);
    bench.order(Order::Trust {
        act: TrustOrder::SetPolicy {
            threshold: None,
            direct: Some(direct),
            depth: None,
            levels: None,
        },
    });
    for cast in [&first, &second] {
        bench.meet(&cast.cast);
    }
    bench.hear(&a.introduce(&first.cast));
    bench.hear(&b.introduce(&second.cast));
    let crowd: Vec<Cast> = (60..100).map(Cast::abroad).collect();
    for one in &crowd {
        bench.hear(&first.vouch(one));
        bench.hear(&second.vouch(one));
    }
    (bench, crowd)
}

#[test]
fn whom_deceived_anchors_let_introduce_brings_in_nobody() {
    let (mut bench, crowd) = deceived(1);
    assert!(crowd.iter().all(|one| bench.extent(&one.id) == "no"));
}

#[test]
fn control_without_a_direct_path_two_deceived_anchors_let_in_a_crowd() {
    let (mut bench, crowd) = deceived(0);
    assert!(
        crowd
            .iter()
            .all(|one| bench.extent(&one.id) == "everywhere")
    );
}

/// Five anchors vouch for institutions, `vouches` of them for each; one of the five turns and takes all its vouches back.
fn one_of_five_turns(vouches: usize) -> (usize, usize) {
    let mut anchors: Vec<Speaker> = (1..=5).map(|n| Speaker::new(n * 10)).collect();
    let mut bench = anchored(&anchors.iter().collect::<Vec<_>>());
    let members: Vec<Cast> = (110..130).map(Cast::abroad).collect();
    let mut said: Vec<Vec<Id>> = vec![Vec::new(); anchors.len()];
    let mut records = Vec::new();
    for (place, member) in members.iter().enumerate() {
        bench.meet(member);
        for turn in 0..vouches {
            let by = (place + turn) % anchors.len();
            let vouch = anchors[by].vouch(member);
            said[by].push(id(&vouch));
            bench.hear(&vouch);
        }
        let record = member.record(&[(FEED, 1, None)]);
        bench.gossip(FEED, record.to_item().encode());
        records.push(id(&record));
    }
    assert!(
        members
            .iter()
            .all(|member| bench.extent(&member.id) == "everywhere")
    );
    let taken_back = said[0].clone();
    assert!(!taken_back.is_empty());
    bench.hear(&anchors[0].withdraw(&taken_back));
    let held = records
        .iter()
        .filter(|id| bench.store.contains(id).unwrap());
    let held = held.count();
    let accepted = members
        .iter()
        .filter(|member| bench.extent(&member.id) == "everywhere")
        .count();
    (accepted, held)
}

#[test]
fn when_one_of_five_anchors_turns_nobody_with_three_vouches_loses_anything() {
    assert_eq!(one_of_five_turns(3), (20, 20));
}

#[test]
fn control_with_two_vouches_those_of_the_hostile_anchor_are_lost_and_their_records_kept() {
    let (accepted, held) = one_of_five_turns(2);
    assert_eq!(held, 20, "nothing is deleted");
    assert_eq!(
        accepted, 12,
        "eight of twenty had one of their two vouches from it"
    );
}
