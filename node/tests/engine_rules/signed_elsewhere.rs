//! Records that the node's own key signed and this machine does not remember: the owner is told, and signs nothing more.

use indaba::engine::Engine;
use indaba::engine::order::{Order, RefusalKind, Reply};
use indaba::network::Relay;
use indaba_protocol::VerifiedItem;

use crate::engine_rules::bench::{Bench, draft, settings};
use crate::engine_rules::cast::{Cast, FEED, OTHER, id};

fn publish(bench: &mut Bench, title: &str) -> Reply {
    bench.order(Order::Publish {
        drafts: vec![draft(title)],
    })
}

/// What the owner reads instead of having something published.
fn refusal(bench: &mut Bench) -> String {
    match publish(bench, "the owner's next") {
        Reply::Refused(refusal) => {
            assert_eq!(refusal.kind, RefusalKind::Integrity);
            assert!(refusal.remedy.contains("accept-copy"), "{}", refusal.remedy);
            refusal.problem
        }
        other => panic!("signed: {other:?}"),
    }
}

fn is_told(bench: &mut Bench) -> bool {
    match bench.order(Order::Status) {
        Reply::Status(status) => status.another_copy,
        other => panic!("{other:?}"),
    }
}

/// A node that published one record, and what a thief signs as the next one, without a head that names it.
fn robbed() -> (Bench, VerifiedItem) {
    let mut bench = Bench::new();
    assert!(matches!(
        publish(&mut bench, "one"),
        Reply::Published { .. }
    ));
    let key = bench.own.node.key();
    let (_, seq, first) = bench.store.own_positions(&key).unwrap().remove(0);
    assert_eq!(seq, 1);
    let forged = bench.own.record(&[(FEED, 2, Some(first))]);
    (bench, forged)
}

fn restart(bench: &mut Bench) {
    let settings = settings(bench.own.id);
    bench.engine = Engine::new(settings, bench.now, &mut bench.store).unwrap();
    bench.run();
}

#[test]
fn a_record_behind_the_newest_own_one_is_told_and_nothing_is_signed_until_the_operator_has_spoken()
{
    let (mut bench, forged) = robbed();
    assert!(!is_told(&mut bench), "nothing happened yet");
    assert_eq!(
        bench.gossip(FEED, forged.to_item().encode()),
        Relay::Accept,
        "nobody else can know that it is not the owner's"
    );
    assert!(is_told(&mut bench));
    let problem = refusal(&mut bench);
    let named = format!("{} came from peers", id(&forged));
    assert!(
        problem.contains(&named) && problem.contains(&format!("{FEED} #2")),
        "{problem}"
    );
    assert!(problem.contains("#1 as the newest"), "{problem}");
    // The first trace stays when more of it comes, and a restart forgets nothing.
    let next = bench.own.record(&[(FEED, 3, Some(id(&forged)))]);
    bench.gossip(FEED, next.to_item().encode());
    restart(&mut bench);
    assert_eq!(refusal(&mut bench), problem);
    assert!(is_told(&mut bench));
    // It was the owner's own machine, put back from an image: publishing goes on behind what came back.
    assert!(matches!(
        bench.order(Order::AcceptCopy),
        Reply::CopyAccepted { was_copy: true }
    ));
    assert!(!is_told(&mut bench));
    let Reply::Published { records } = publish(&mut bench, "four") else {
        panic!("refused")
    };
    assert_eq!(records[0].lanes, [(FEED.to_owned(), 4)]);
    restart(&mut bench);
    assert!(!is_told(&mut bench));
}

#[test]
fn of_two_records_that_come_together_the_first_place_is_named() {
    let (mut bench, forged) = robbed();
    let next = bench.own.record(&[(FEED, 3, Some(id(&forged)))]);
    for record in [&forged, &next] {
        bench.push(FEED, record.to_item().encode());
    }
    bench.run();
    assert!(refusal(&mut bench).contains(&format!("{FEED} #2")));
}

#[test]
fn a_record_in_a_feed_that_the_node_never_published_in_tells_as_much() {
    let (mut bench, _) = robbed();
    let forged = bench.own.record(&[(OTHER, 1, None)]);
    bench.gossip(OTHER, forged.to_item().encode());
    // The feed need not be followed: a record of the own key is always taken.
    let problem = refusal(&mut bench);
    assert!(problem.contains("remembers none there"), "{problem}");
}

#[test]
fn control_what_the_machine_remembers_is_no_trace() {
    let (mut bench, _) = robbed();
    // The own record comes round again.
    let key = bench.own.node.key();
    let (_, _, first) = bench.store.own_positions(&key).unwrap().remove(0);
    let (_, bytes) = bench.store.statement(&first).unwrap().unwrap();
    bench.gossip(FEED, indaba_protocol::Item::of_statement(&bytes).encode());
    // Another record at a place that is taken contradicts it: that is proven, and another rule's.
    let rival = bench.own.record(&[(FEED, 1, None)]);
    bench.gossip(FEED, rival.to_item().encode());
    assert!(!is_told(&mut bench));
}

#[test]
fn control_records_of_another_key_are_no_trace() {
    let (mut bench, _) = robbed();
    let friend = Cast::abroad(10);
    bench.follow(FEED, false);
    bench.accept(&friend);
    let record = friend.record(&[(FEED, 1, None)]);
    bench.gossip(FEED, record.to_item().encode());
    assert!(!is_told(&mut bench));
    assert!(matches!(
        publish(&mut bench, "two"),
        Reply::Published { .. }
    ));
}

#[test]
fn what_the_operator_imports_is_no_trace_of_somebody_else() {
    let (mut bench, forged) = robbed();
    let item = forged.to_item().encode();
    let hex = item.iter().map(|byte| format!("{byte:02x}")).collect();
    let order = Order::Import {
        items: vec![hex],
        look_only: false,
    };
    // The command that imports marks the folder as a restored copy, as the count says that own records are new.
    assert!(matches!(bench.order(order), Reply::Imported(done) if done.own == 1));
    assert!(!is_told(&mut bench));
}
