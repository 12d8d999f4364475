//! Which message is passed on, which is not, and which costs its sender: each is judged once.

use indaba::network::Relay;
use indaba_protocol::{Part, SigningKey};

use crate::engine_rules::bench::Bench;
use crate::engine_rules::cast::{Cast, FEED, OTHER, map};

#[test]
fn invalid_is_rejected_and_everything_else_that_is_not_relayed_is_ignored_each_once() {
    let (mut bench, friend, unknown) = (Bench::new(), Cast::abroad(10), Cast::abroad(20));
    bench.follow(FEED, false);
    bench.accept(&friend);
    let good = friend.record(&[(FEED, 1, None)]);
    let mut forged = good.to_item();
    let end = forged.statement.len() - 1;
    forged.statement[end] ^= 1;
    let mut swapped = good.to_item();
    swapped.body = Some(Part::seal([9; 16], &map(&[])));
    assert_eq!(bench.gossip(FEED, b"junk".to_vec()), Relay::Reject);
    assert_eq!(bench.gossip(FEED, forged.encode()), Relay::Reject);
    assert_eq!(
        bench.gossip(FEED, swapped.encode()),
        Relay::Reject,
        "a part that is not the header's"
    );
    assert_eq!(
        bench.gossip(OTHER, good.to_item().encode()),
        Relay::Ignore,
        "a topic the record does not list"
    );
    assert_eq!(
        bench.gossip(FEED, unknown.record(&[(FEED, 1, None)]).to_item().encode()),
        Relay::Ignore,
        "unvouched"
    );
    let thief = SigningKey::from_seed(&[99; 32]);
    let void = friend.signed(friend.state(), &thief, &[(FEED, 1, None)]);
    assert_eq!(
        bench.gossip(FEED, void.to_item().encode()),
        Relay::Ignore,
        "not delegated"
    );
    // None of it keeps the genuine record out.
    assert_eq!(bench.gossip(FEED, good.to_item().encode()), Relay::Accept);
    assert_eq!(
        bench.gossip(FEED, good.to_item().encode()),
        Relay::Ignore,
        "held"
    );
}

#[test]
fn a_group_of_messages_is_judged_once_each() {
    let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
    bench.follow(FEED, false);
    bench.accept(&friend);
    let record = friend.record(&[(FEED, 1, None)]);
    let tickets: Vec<_> = (0..3)
        .map(|_| bench.push(FEED, record.to_item().encode()))
        .collect();
    bench.run();
    let judged: Vec<_> = tickets
        .iter()
        .map(|ticket| bench.judgements(*ticket))
        .collect();
    assert_eq!(
        judged,
        [
            vec![Relay::Accept],
            vec![Relay::Ignore],
            vec![Relay::Ignore]
        ]
    );
}

#[test]
fn a_record_is_passed_on_once_on_each_of_its_topics() {
    for together in [false, true] {
        let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
        bench.follow(FEED, false);
        bench.follow(OTHER, false);
        bench.accept(&friend);
        let frame = friend
            .record(&[(FEED, 1, None), (OTHER, 1, None)])
            .to_item()
            .encode();
        let first = bench.push(FEED, frame.clone());
        if !together {
            bench.run();
        }
        let second = bench.push(OTHER, frame.clone());
        bench.run();
        assert_eq!(bench.judgements(first), [Relay::Accept]);
        assert_eq!(
            bench.judgements(second),
            [Relay::Accept],
            "those who follow only {OTHER} need it too"
        );
        assert_eq!(bench.gossip(OTHER, frame), Relay::Ignore, "but once");
    }
}
