//! A quiet follow, seen from a peer that is no partner.

use indaba::engine::limits;
use indaba::network::Command;
use indaba_protocol::{CatchUpRequest, CatchUpResponse, Item};

use crate::engine_rules::bench::Bench;
use crate::engine_rules::cast::{Cast, FEED, feed, id};

#[test]
fn a_quiet_feed_looks_like_one_that_is_not_followed() {
    let (mut quiet, mut open, mut without, friend) =
        (Bench::new(), Bench::new(), Bench::new(), Cast::abroad(10));
    let records = friend.chain(FEED, limits::PAGE as u64 + 1);
    for bench in [&mut quiet, &mut open, &mut without] {
        bench.accept(&friend);
    }
    quiet.follow(FEED, true);
    open.follow(FEED, false);
    for record in &records {
        for bench in [&mut quiet, &mut open] {
            bench.push(FEED, record.to_item().encode());
            bench.run();
        }
    }
    assert!(quiet.store.contains(&id(&records[500])).unwrap());
    let key = friend.node.key();
    let questions = [
        CatchUpRequest::Lanes {
            feed: feed(FEED),
            after: None,
        },
        CatchUpRequest::Range {
            feed: feed(FEED),
            key,
            from: 1,
            to: 1_000,
        },
        CatchUpRequest::Get(vec![id(&records[0])]),
    ];
    let peers = [&mut quiet, &mut open, &mut without].map(Bench::connect);
    for question in &questions {
        let [q, o, w] = [
            (&mut quiet, peers[0]),
            (&mut open, peers[1]),
            (&mut without, peers[2]),
        ]
        .map(|(bench, peer)| bench.ask(peer, question));
        assert_eq!(q, w, "{question:?}");
        assert_ne!(o, w, "an open follow answers: {question:?}");
    }
    // Nothing the node says names the feed, to a peer that is no partner.
    quiet.serve(peers[0], &[], |_| Vec::new());
    let name = FEED.as_bytes();
    let named = |said: &[Command]| {
        said.iter().any(|command| match command {
            Command::Request { body, .. } => body.windows(name.len()).any(|part| part == name),
            Command::Subscribe(topic) => topic.as_str().contains(FEED),
            _ => false,
        })
    };
    assert!(!named(&quiet.said));
    open.serve(peers[1], &[], |_| Vec::new());
    assert!(named(&open.said), "the open follow does name it");
}

#[test]
fn a_stranger_learns_of_the_own_institution_and_of_the_accepted_ones_and_of_nobody_else() {
    let (mut bench, friend, unknown) = (Bench::new(), Cast::abroad(10), Cast::abroad(20));
    bench.accept(&friend);
    for bytes in std::iter::once(&unknown.inception).chain(&unknown.states) {
        bench.gossip("registry", Item::of_statement(bytes).encode());
    }
    let unvouched = unknown.record(&[("registry", 1, None)]);
    bench.gossip("registry", unvouched.to_item().encode());
    assert!(bench.store.is_waiting(&id(&unvouched)).unwrap());
    let peer = bench.connect();
    let answer = bench.ask(peer, &CatchUpRequest::Facts { after: None });
    let Ok(CatchUpResponse::Facts { ids, .. }) = CatchUpResponse::decode(&answer) else {
        panic!("no facts");
    };
    assert!(ids.contains(&bench.own.id) && ids.contains(&bench.own.state()));
    assert!(ids.contains(&friend.id) && ids.contains(&friend.state()));
    // Nobody vouches for the third: not even that it was heard of is said.
    assert!(!ids.contains(&unknown.id) && !ids.contains(&unknown.state()));
    let lanes = bench.ask(
        peer,
        &CatchUpRequest::Lanes {
            feed: feed("registry"),
            after: None,
        },
    );
    let Ok(CatchUpResponse::Lanes { lanes, .. }) = CatchUpResponse::decode(&lanes) else {
        panic!("no lanes");
    };
    assert!(lanes.iter().all(|lane| lane.institution != unknown.id));
    let by_id = bench.ask(
        peer,
        &CatchUpRequest::Get(vec![id(&unvouched), unknown.state()]),
    );
    let Ok(CatchUpResponse::Items { items, .. }) = CatchUpResponse::decode(&by_id) else {
        panic!("no items");
    };
    assert!(items.is_empty());
}
