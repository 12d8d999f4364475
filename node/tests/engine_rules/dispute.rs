//! What is told about something disputed, and that nothing is told where nothing is.

use indaba::engine::order::{Order, RecordView, Reply, Status, TrustOrder, TrustReply, VerifyView};
use indaba::network::Relay;
use indaba_protocol::{Item, SigningKey};

use crate::engine_rules::bench::Bench;
use crate::engine_rules::cast::{Cast, FEED, id};

fn shown(bench: &mut Bench, id: String) -> RecordView {
    match bench.order(Order::Show { id }) {
        Reply::Record(view) => *view,
        other => panic!("{other:?}"),
    }
}

fn dispute_step(bench: &mut Bench, id: String) -> bool {
    let view: VerifyView = match bench.order(Order::Verify { id }) {
        Reply::Verified(view) => *view,
        other => panic!("{other:?}"),
    };
    let step = view.steps.iter().find(|step| step.what == "dispute");
    step.unwrap().holds
}

fn status(bench: &mut Bench) -> Status {
    match bench.order(Order::Status) {
        Reply::Status(status) => *status,
        other => panic!("{other:?}"),
    }
}

fn explained(bench: &mut Bench, friend: &Cast) -> Vec<String> {
    let act = TrustOrder::Explain {
        subject: friend.id.to_string(),
        kind: None,
        feed: None,
    };
    match bench.order(Order::Trust { act }) {
        Reply::Trust { answer } => match *answer {
            TrustReply::Explained(view) => view.disputes,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn rival_states_are_told_with_each_record_the_institution_and_the_status() {
    let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
    bench.follow(FEED, false);
    bench.accept(&friend);
    let record = friend.record(&[(FEED, 1, None)]);
    assert_eq!(bench.gossip(FEED, record.to_item().encode()), Relay::Accept);
    let record = id(&record).to_string();
    let mut next = |seed: u8| {
        let state = friend.delegate(&SigningKey::from_seed(&[seed; 32]));
        bench.gossip("registry", Item::of_statement(state.bytes()).encode())
    };
    assert_eq!(next(98), Relay::Accept);
    // One state after the other is no dispute.
    assert!(shown(&mut bench, record.clone()).disputes.is_empty());
    assert!(dispute_step(&mut bench, record.clone()));
    assert!(explained(&mut bench, &friend).is_empty());
    assert!(status(&mut bench).disputed.is_empty());

    let rival = friend.delegate(&SigningKey::from_seed(&[99; 32]));
    bench.gossip("registry", Item::of_statement(rival.bytes()).encode());
    let told = shown(&mut bench, record.clone()).disputes;
    assert!(
        told.len() == 1 && told[0].contains("two different states 2"),
        "{told:?}"
    );
    assert_eq!(explained(&mut bench, &friend), told);
    assert!(!dispute_step(&mut bench, record));
    let disputed = status(&mut bench).disputed;
    assert_eq!(disputed.len(), 1);
    assert_eq!(disputed[0].id, friend.id.to_string());
}

#[test]
fn two_records_at_one_place_name_each_other() {
    let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
    bench.follow(FEED, false);
    bench.accept(&friend);
    let place = [(FEED, 1, None)];
    let [first, second] = ["en", "fr"].map(|lang| friend.rival(&place, lang));
    bench.gossip(FEED, first.to_item().encode());
    assert!(
        shown(&mut bench, id(&first).to_string())
            .disputes
            .is_empty()
    );
    bench.gossip(FEED, second.to_item().encode());
    for (one, other) in [(&first, &second), (&second, &first)] {
        let told = shown(&mut bench, id(one).to_string()).disputes;
        assert!(
            told.len() == 1 && told[0].contains(&id(other).short()),
            "{told:?}"
        );
    }
}
