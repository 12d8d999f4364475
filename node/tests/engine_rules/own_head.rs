//! Before anything is signed, peers are heard about the newest head of the own key.

use indaba::engine::order::{Order, RefusalKind, Reply};
use indaba::engine::{Engine, EngineSettings, Input, OrderTicket, limits};
use indaba_protocol::{CatchUpRequest, CatchUpResponse, DecodedItem, Item};
use libp2p::PeerId;

use crate::engine_rules::bench::{Bench, draft, settings};
use crate::engine_rules::cast::{FEED, id, network};

/// A node with a network.
fn online() -> Bench {
    let mut bench = Bench::new();
    let settings = EngineSettings {
        peer: Some("12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp".to_owned()),
        ..settings(bench.own.id)
    };
    bench.engine = Engine::new(settings, bench.now, &mut bench.store).unwrap();
    bench.run();
    bench
}

/// Orders a publication; the answer, if it came at once.
fn publish(bench: &mut Bench) -> Option<Reply> {
    let drafts = vec![draft("one")];
    bench.give(Input::Order {
        ticket: OrderTicket(1),
        order: Order::Publish { drafts },
    });
    bench.run();
    bench.replies.pop()
}

/// Answers all questions of the node; this head is what the peer holds of the registry.
fn tell(bench: &mut Bench, peer: PeerId, head: &Item) {
    let read = DecodedItem::of_item(&network().id(), head.clone());
    let head_id = read.unwrap().id();
    let mut last = 0;
    while let Some((ticket, request)) = bench.asked(peer).filter(|(ticket, _)| *ticket != last) {
        last = ticket;
        let response = match &request {
            CatchUpRequest::Facts { .. } => CatchUpResponse::Facts {
                ids: vec![head_id],
                more: false,
            },
            CatchUpRequest::Lanes { .. } => CatchUpResponse::Lanes {
                lanes: Vec::new(),
                more: false,
            },
            CatchUpRequest::Get(ids) if ids.contains(&head_id) => CatchUpResponse::Items {
                items: vec![head.clone()],
                more: false,
            },
            _ => CatchUpResponse::Items {
                items: Vec::new(),
                more: false,
            },
        };
        bench.answer(peer, ticket, &response);
    }
}

#[test]
fn what_would_be_signed_waits_for_what_a_peer_says_and_goes_out_when_it_knows_nothing_newer() {
    let mut bench = online();
    let peer = bench.connect();
    assert!(publish(&mut bench).is_none(), "before the peer was heard");
    bench.serve(peer, &[], |_| Vec::new());
    assert!(matches!(bench.replies.pop(), Some(Reply::Published { .. })));
    // The next one need not wait: the peer has said all it knows.
    let again = Order::Publish {
        drafts: vec![draft("two")],
    };
    assert!(matches!(bench.order(again), Reply::Published { .. }));
}

#[test]
fn a_newer_own_head_at_a_peer_is_heard_before_anything_is_signed() {
    let mut bench = online();
    let record = bench.own.record(&[(FEED, 1, None)]);
    let head = bench.own.head(5, &[(FEED, 1, id(&record))]);
    let peer = bench.connect();
    assert!(publish(&mut bench).is_none());
    tell(&mut bench, peer, &head);
    match bench.replies.pop() {
        Some(Reply::Refused(refusal)) => assert_eq!(refusal.kind, RefusalKind::Integrity),
        other => panic!("{other:?}"),
    }
    // And no other copy is taken for gone while something of it is missing here.
    assert!(matches!(
        bench.order(Order::AcceptCopy),
        Reply::Refused(refusal) if refusal.kind == RefusalKind::Integrity
    ));
}

#[test]
fn control_a_node_that_asks_nobody_signs_beside_its_own_head() {
    let mut bench = Bench::new();
    bench.connect();
    assert!(matches!(publish(&mut bench), Some(Reply::Published { .. })));
}

#[test]
fn a_peer_that_says_nothing_and_one_that_is_not_reached_keep_nobody_from_publishing() {
    let mut bench = online();
    bench.connect();
    assert!(publish(&mut bench).is_none());
    bench.now = bench.now.after(limits::OWN_HEAD_WITHIN);
    bench.give(Input::Tick);
    bench.run();
    assert!(matches!(bench.replies.pop(), Some(Reply::Published { .. })));

    let mut bench = Bench::new();
    let there = PeerId::random();
    bench.order(Order::AddPeer {
        address: format!("/ip4/192.0.2.1/tcp/4001/p2p/{there}"),
        partner: false,
    });
    let settings = EngineSettings {
        peer: Some(PeerId::random().to_string()),
        ..settings(bench.own.id)
    };
    bench.engine = Engine::new(settings, bench.now, &mut bench.store).unwrap();
    assert!(
        publish(&mut bench).is_none(),
        "it may be reached in a moment"
    );
    bench.now = bench.now.after(limits::OWN_HEAD_DIALLED);
    bench.give(Input::Tick);
    bench.run();
    assert!(matches!(bench.replies.pop(), Some(Reply::Published { .. })));
    // Before the next one is signed its operator is told that nobody could be asked.
    match bench.order(Order::Preflight {
        drafts: vec![draft("two")],
    }) {
        Reply::Preflight(preflight) => assert!(preflight.unasked),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_order_that_waits_is_not_looked_at_again_before_something_can_have_changed() {
    let mut bench = online();
    bench.connect();
    bench.now = bench.now.after(limits::OWN_HEAD_WITHIN - 1_000);
    bench.run();
    // The first one's time is nearly over, that of the second begins.
    bench.connect();
    assert!(publish(&mut bench).is_none());
    for _ in 0..2 {
        let next = bench.engine.poll_timeout().unwrap();
        assert!(next > bench.now.monotonic, "it would be asked without end");
        bench.now = bench.now.after(next - bench.now.monotonic);
        bench.give(Input::Tick);
        bench.run();
    }
}
