//! What cannot be judged yet waits, within bounds, and is not lost.

use indaba::engine::limits;
use indaba::network::Relay;
use indaba_protocol::{Item, SigningKey};

use crate::engine_rules::bench::Bench;
use crate::engine_rules::cast::{Cast, FEED, id};

#[test]
fn quarantine_is_bounded_within_one_group_and_promoted_when_its_institution_is_accepted() {
    let (mut bench, unknown) = (Bench::new(), Cast::abroad(20));
    bench.follow(FEED, false);
    for bytes in std::iter::once(&unknown.inception).chain(&unknown.states) {
        bench.gossip("registry", Item::of_statement(bytes).encode());
    }
    let records = unknown.chain(FEED, limits::QUARANTINE_RECORDS + 50);
    for record in &records {
        bench.push(FEED, record.to_item().encode());
    }
    bench.run();
    assert_eq!(
        bench.store.held_use(&unknown.id).unwrap().count,
        limits::QUARANTINE_RECORDS
    );
    assert!(!bench.store.contains(&id(&records[0])).unwrap());
    bench.anchor(&unknown);
    assert_eq!(bench.store.held_use(&unknown.id).unwrap().count, 0);
    let promoted = bench.store.page(0, 1_000).unwrap().len() as u64;
    assert_eq!(
        promoted,
        limits::QUARANTINE_RECORDS - 2,
        "all that waited beside inception and state"
    );
}

#[test]
fn what_waits_for_a_state_is_released_by_it_and_not_lost_when_it_waits_on() {
    let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
    bench.follow(FEED, false);
    bench.accept(&friend);
    let key = SigningKey::from_seed(&[44; 32]);
    let next = friend.delegate(&key);
    let record = friend.signed(next.id(), &key, &[(FEED, 1, None)]);
    assert_eq!(bench.gossip(FEED, record.to_item().encode()), Relay::Ignore);
    assert!(bench.store.held(&id(&record)).unwrap().is_some());
    // Judged again without its state: it waits on.
    bench.anchor(&friend);
    assert!(bench.store.held(&id(&record)).unwrap().is_some());
    assert!(!bench.store.contains(&id(&record)).unwrap());
    assert_eq!(
        bench.gossip("registry", Item::of_statement(next.bytes()).encode()),
        Relay::Accept
    );
    assert!(bench.store.held(&id(&record)).unwrap().is_none());
    assert!(bench.store.contains(&id(&record)).unwrap());
}

#[test]
fn what_was_kept_aside_for_a_feed_nobody_follows_waits_until_somebody_does() {
    let (mut bench, unknown) = (Bench::new(), Cast::abroad(20));
    for bytes in std::iter::once(&unknown.inception).chain(&unknown.states) {
        bench.gossip("registry", Item::of_statement(bytes).encode());
    }
    let records = unknown.chain(FEED, 3);
    for record in &records {
        bench.push(FEED, record.to_item().encode());
    }
    bench.run();
    bench.anchor(&unknown);
    for record in &records {
        assert!(
            bench.store.held(&id(record)).unwrap().is_some(),
            "it goes on waiting"
        );
        assert!(!bench.store.contains(&id(record)).unwrap());
    }
    bench.follow("theme:trj", false);
    assert_eq!(
        bench.store.held_use(&unknown.id).unwrap().count,
        3,
        "that was another feed"
    );
    bench.follow(FEED, false);
    assert_eq!(bench.store.held_use(&unknown.id).unwrap().count, 0);
    for record in &records {
        assert!(bench.store.contains(&id(record)).unwrap());
    }
}
