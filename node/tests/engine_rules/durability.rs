//! Nothing is said before it is durable, and nothing is signed behind what was.

use indaba::engine::order::{Order, RefusalKind, Reply};
use indaba::engine::{Input, OrderTicket, Output};
use indaba::network::{Command, Relay};
use indaba_protocol::Unread;
use indaba_store::disk::{Fault, MemoryDisk};

use crate::engine_rules::bench::{Bench, draft};
use crate::engine_rules::cast::{Cast, FEED, id};

#[test]
fn a_reply_and_an_announcement_come_only_after_the_commit() {
    for broken in [false, true] {
        let disk = MemoryDisk::new();
        let mut bench = Bench::on(&disk);
        bench.said.clear();
        if broken {
            disk.set_fault(Some(Fault::DieAt(0)));
        }
        let order = Input::Order {
            ticket: OrderTicket(1),
            order: Order::Publish {
                drafts: vec![draft("one")],
            },
        };
        let done = bench.engine.handle(bench.now, order, &mut bench.store);
        assert_eq!(done.is_err(), broken);
        let (mut replies, mut published) = (0, 0);
        while let Some(output) = bench.engine.poll_output() {
            replies += u32::from(matches!(output, Output::Reply { .. }));
            published += u32::from(matches!(output, Output::Network(Command::Publish { .. })));
        }
        assert_eq!((replies, published), if broken { (0, 0) } else { (1, 2) });
    }
}

#[test]
fn nothing_is_accepted_when_the_commit_fails() {
    let disk = MemoryDisk::new();
    let (mut bench, friend) = (Bench::on(&disk), Cast::abroad(10));
    bench.follow(FEED, false);
    bench.accept(&friend);
    let ticket = bench.push(FEED, friend.record(&[(FEED, 1, None)]).to_item().encode());
    bench.engine.settle(bench.now, &mut bench.store).unwrap();
    let Some(Output::Check {
        ticket: check,
        items,
    }) = bench.engine.poll_output()
    else {
        panic!("a check")
    };
    let items = items
        .into_iter()
        .map(|item| item.verify().map_err(Unread::from))
        .collect();
    bench.give(Input::Checked {
        ticket: check,
        items,
    });
    disk.set_fault(Some(Fault::DieAt(0)));
    assert!(bench.engine.settle(bench.now, &mut bench.store).is_err());
    assert!(bench.engine.poll_output().is_none(), "no judgement");
    assert!(bench.judgements(ticket).is_empty());
}

#[test]
fn a_node_whose_own_head_came_back_with_more_than_it_holds_does_not_publish() {
    let mut bench = Bench::new();
    let first = bench.own.record(&[(FEED, 1, None)]);
    let second = bench.own.record(&[(FEED, 2, Some(id(&first)))]);
    let head = bench.own.head(5, &[(FEED, 2, id(&second))]);
    assert_eq!(bench.gossip("registry", head.encode()), Relay::Accept);
    let Reply::Refused(refusal) = bench.order(Order::Publish {
        drafts: vec![draft("three")],
    }) else {
        panic!("published")
    };
    assert_eq!(refusal.kind, RefusalKind::Integrity);
    for record in [&first, &second] {
        bench.gossip(FEED, record.to_item().encode());
    }
    // That this is all, and that nobody goes on signing elsewhere, only the operator knows.
    let again = Order::Publish {
        drafts: vec![draft("three")],
    };
    assert!(matches!(bench.order(again), Reply::Refused(_)));
    assert!(matches!(
        bench.order(Order::AcceptCopy),
        Reply::CopyAccepted { was_copy: true }
    ));
    let Reply::Published { records } = bench.order(Order::Publish {
        drafts: vec![draft("three")],
    }) else {
        panic!("refused")
    };
    assert_eq!(records[0].lanes, [(FEED.to_owned(), 3)]);
    assert_eq!(
        bench.store.own_head(&bench.own.node.key()).unwrap(),
        Some(6),
        "the beat goes on from the one that came back"
    );
}

#[test]
fn an_older_copy_of_the_store_does_not_go_back_behind_its_guard() {
    let disk = MemoryDisk::new();
    let mut bench = Bench::on(&disk);
    bench.order(Order::Publish {
        drafts: vec![draft("one")],
    });
    // The guard remembers a later beat at the same positions: a head renewed after the copy was made.
    let key = bench.own.node.key();
    let mut batch = indaba_store::Batch::new();
    batch.own_head(key, 9);
    bench.store.commit(batch).unwrap();
    let Reply::Published { .. } = bench.order(Order::Publish {
        drafts: vec![draft("two")],
    }) else {
        panic!("refused")
    };
    assert_eq!(bench.store.own_head(&key).unwrap(), Some(10));
}
