//! A key that was cut: where its lanes end.

use indaba::engine::order::{Order, Reply};
use indaba::network::Relay;
use indaba_protocol::institution::CutEntry;
use indaba_protocol::{CatchUpRequest, CatchUpResponse, CutList, Item};

use crate::engine_rules::bench::{Bench, stranger};
use crate::engine_rules::cast::{Cast, FEED, day, feed, id, network};

#[test]
fn a_cut_list_is_fetched_for_its_state_and_ends_the_lane_where_it_says() {
    const GOOD: u64 = 60;
    let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
    bench.follow(FEED, false);
    bench.accept(&friend);
    let records = friend.chain(FEED, GOOD + 2);
    for record in &records[..=GOOD as usize] {
        assert_eq!(bench.gossip(FEED, record.to_item().encode()), Relay::Accept);
    }
    let last = id(&records[GOOD as usize - 1]);
    let list = CutList {
        institution: friend.id,
        key: friend.node.key(),
        feeds: vec![CutEntry {
            feed: feed(FEED).hash(),
            seq: GOOD,
            last,
        }],
        adopted: Vec::new(),
        day: day(),
    }
    .state(&network().id())
    .unwrap();
    let list_item = Item::of_statement(list.bytes());
    assert_eq!(bench.gossip("registry", list_item.encode()), Relay::Ignore);
    assert!(
        bench.store.held(&list.id()).unwrap().is_none(),
        "nobody signs a cut list: it takes no room before a state names it"
    );

    let next = friend.cut(Some(list.id()));
    let peer = bench.connect();
    bench.serve(peer, &[], |_| Vec::new());
    assert_eq!(
        bench.gossip("registry", Item::of_statement(next.bytes()).encode()),
        Relay::Accept
    );
    let asker = stranger();
    let (ticket, asked) = bench.asked(asker).unwrap();
    assert_eq!(asked, CatchUpRequest::Get(vec![list.id()]));
    let verdicts = |bench: &mut Bench| {
        let order = Order::Feed {
            feed: FEED.to_owned(),
            after: None,
            limit: 500,
            newest: false,
        };
        let Reply::Feed { records, .. } = bench.order(order) else {
            panic!()
        };
        records
            .into_iter()
            .map(|record| record.verdict)
            .collect::<Vec<_>>()
    };
    assert!(
        verdicts(&mut bench)
            .iter()
            .all(|verdict| verdict == "PENDING:cut-list")
    );
    let state = |bench: &mut Bench| match bench.order(Order::Feeds) {
        Reply::Feeds { feeds } => feeds[0].state.clone(),
        _ => panic!(),
    };
    assert_eq!(
        state(&mut bench),
        "unproven",
        "nobody knows yet how far the lane is good"
    );
    bench.answer(
        asker,
        ticket,
        &CatchUpResponse::Items {
            items: vec![list_item],
            more: false,
        },
    );
    assert_eq!(state(&mut bench), "complete");
    for _ in 0..2 {
        // The second time from what was remembered of the first.
        let verdicts = verdicts(&mut bench);
        assert!(
            verdicts[..GOOD as usize]
                .iter()
                .all(|verdict| verdict == "VALID"),
            "{verdicts:?}"
        );
        assert_eq!(verdicts[GOOD as usize..], ["VOID:cut"]);
    }
    assert_eq!(
        bench.gossip(FEED, records[GOOD as usize + 1].to_item().encode()),
        Relay::Ignore,
        "after the cut"
    );
    // Another chain to the same positions is not the one that the list names.
    let fork = friend.rival(
        &[(FEED, GOOD - 1, Some(id(&records[GOOD as usize - 3])))],
        "fr",
    );
    assert_eq!(bench.gossip(FEED, fork.to_item().encode()), Relay::Ignore);
    assert!(!bench.store.contains(&id(&fork)).unwrap());
}
