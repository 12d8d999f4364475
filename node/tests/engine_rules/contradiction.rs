//! Two records at one place: proven, and not multiplied.

use indaba::engine::order::{LaneView, Order, Reply};
use indaba::network::{Command, Relay};
use indaba_protocol::{
    CatchUpRequest, Equivocation, Id, Item, SigningKey, VerifiedStatement, read,
};
use indaba_store::FactKind;
use indaba_store::disk::MemoryDisk;

use crate::engine_rules::bench::{Bench, draft};
use crate::engine_rules::cast::{Cast, FEED, feed, id, network};

#[test]
fn two_at_one_position_make_a_proof_and_a_third_no_other() {
    let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
    bench.follow(FEED, false);
    bench.accept(&friend);
    let place = [(FEED, 1, None)];
    let rivals = ["en", "fr", "pt"].map(|lang| friend.rival(&place, lang));
    for (rival, proofs) in rivals.iter().zip([0, 1, 1]) {
        assert_eq!(bench.gossip(FEED, rival.to_item().encode()), Relay::Accept);
        let made = bench.store.facts(FactKind::Equivocation, &friend.id);
        assert_eq!(made.unwrap().len(), proofs);
    }
    // Which one was meant is not known: were one left out, it would be the one that came last.
    let kept = rivals.map(|rival| bench.store.contains(&id(&rival)).unwrap());
    assert_eq!(kept, [true; 3]);
}

#[test]
fn a_contradiction_counts_only_under_a_key_of_the_institution() {
    let friend = Cast::abroad(10);
    for (key, expected) in [
        (SigningKey::from_seed(&[99; 32]), Relay::Ignore),
        (SigningKey::from_seed(&[10; 32]), Relay::Accept),
    ] {
        let mut bench = Bench::new();
        bench.accept(&friend);
        let [a, b] = [friend.state(), friend.id]
            .map(|state| friend.signed(state, &key, &[("registry", 1, None)]));
        let proof = Equivocation::prove(a.statement(), b.statement(), &network().id())
            .unwrap()
            .unwrap();
        assert_eq!(
            bench.gossip("registry", Item::of_statement(proof.bytes()).encode()),
            expected
        );
        assert_eq!(
            bench.store.fact(&proof.id()).unwrap().is_some(),
            expected == Relay::Accept
        );
    }
}

#[test]
fn a_record_whose_place_a_rival_took_is_asked_for_by_its_id() {
    let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
    bench.follow(FEED, false);
    bench.accept(&friend);
    let [first, rival] = ["en", "fr"].map(|lang| friend.rival(&[(FEED, 1, None)], lang));
    let second = friend.record(&[(FEED, 2, Some(id(&first)))]);
    for record in [&rival, &second] {
        assert_eq!(bench.gossip(FEED, record.to_item().encode()), Relay::Accept);
    }
    let head = friend.head(1, &[(FEED, 2, id(&second))]);
    assert_eq!(bench.gossip("registry", head.encode()), Relay::Accept);
    let state = |bench: &mut Bench| match bench.order(Order::Feeds) {
        Reply::Feeds { feeds } => (feeds[0].state.clone(), feeds[0].held),
        _ => panic!(),
    };
    assert_eq!(state(&mut bench), ("incomplete".to_owned(), 1));
    let peer = bench.connect();
    let lane = friend.lane_end(2, id(&second));
    let wanted = CatchUpRequest::Get(vec![id(&first)]);
    let asked = bench.serve(peer, &[lane], |request| {
        (*request == wanted)
            .then(|| first.to_item())
            .into_iter()
            .collect()
    });
    assert!(asked.contains(&wanted), "{asked:?}");
    assert_eq!(state(&mut bench), ("complete".to_owned(), 2));
}

#[test]
fn a_lane_that_ends_with_another_record_elsewhere_is_asked_about_and_told_to_others() {
    let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
    bench.follow(FEED, false);
    bench.accept(&friend);
    let [first, rival, third] =
        ["en", "fr", "pt"].map(|lang| friend.rival(&[(FEED, 1, None)], lang));
    assert_eq!(bench.gossip(FEED, first.to_item().encode()), Relay::Accept);
    let ends_with = |last: Id| friend.lane_end(1, last);
    let peer = bench.connect();
    let wanted = CatchUpRequest::Get(vec![id(&rival)]);
    bench.serve(peer, &[ends_with(id(&rival))], |request| {
        (*request == wanted)
            .then(|| rival.to_item())
            .into_iter()
            .collect()
    });
    assert!(bench.store.contains(&id(&rival)).unwrap());
    let proofs = bench.store.facts(FactKind::Equivocation, &friend.id);
    assert_eq!(proofs.unwrap().len(), 1);
    let told = |command: &Command| matches!(command, Command::Publish { frame, .. } if *frame == rival.to_item().encode());
    assert!(
        bench.said.iter().any(told),
        "who holds the first asks for nothing"
    );
    // A third one as well: which is meant is not known.
    let peer = bench.connect();
    let asked = bench.serve(peer, &[ends_with(id(&third))], |_| Vec::new());
    assert!(
        asked.contains(&CatchUpRequest::Get(vec![id(&third)])),
        "{asked:?}"
    );
}

#[test]
fn what_a_proof_names_and_is_not_here_is_asked_for() {
    let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
    bench.follow(FEED, false);
    bench.accept(&friend);
    let [first, rival] = ["en", "fr"].map(|lang| friend.rival(&[(FEED, 1, None)], lang));
    let second = friend.record(&[(FEED, 2, Some(id(&first)))]);
    for record in [&first, &second] {
        assert_eq!(bench.gossip(FEED, record.to_item().encode()), Relay::Accept);
    }
    let proof = Equivocation::prove(first.statement(), rival.statement(), &network().id())
        .unwrap()
        .unwrap();
    let proof = Item::of_statement(proof.bytes()).encode();
    assert_eq!(bench.gossip("registry", proof), Relay::Accept);
    let peer = bench.connect();
    let lane = friend.lane_end(2, id(&second));
    let wanted = CatchUpRequest::Get(vec![id(&rival)]);
    let asked = bench.serve(peer, &[lane], |_| Vec::new());
    assert!(asked.contains(&wanted), "{asked:?}");
}

#[test]
fn a_record_by_a_copy_of_the_own_key_leads_no_own_lane() {
    let mut bench = Bench::new();
    bench.follow(FEED, false);
    let publish = |bench: &mut Bench, title: &str| -> Id {
        let drafts = vec![draft(title)];
        match bench.order(Order::Publish { drafts }) {
            Reply::Published { records } => records[0].id.parse().unwrap(),
            other => panic!("{other:?}"),
        }
    };
    let first = publish(&mut bench, "One (example)");
    let rival = bench.own.rival(&[(FEED, 1, None)], "fr");
    assert_eq!(bench.gossip(FEED, rival.to_item().encode()), Relay::Accept);
    let second = publish(&mut bench, "Two (example)");
    let (_, bytes) = bench.store.statement(&second).unwrap().unwrap();
    let VerifiedStatement::Record(second) = read(&network().id(), &bytes).unwrap() else {
        panic!()
    };
    assert_eq!(second.lane(&feed(FEED)).unwrap().prev, Some(first));
}

#[test]
fn a_key_whose_heads_contradict_each_other_is_shown_disputed_until_it_is_cut() {
    let disk = MemoryDisk::new();
    let friend = Cast::abroad(10);
    let [first, rival] = ["en", "fr"].map(|lang| friend.rival(&[(FEED, 1, None)], lang));
    let lane = |bench: &mut Bench| -> LaneView {
        match bench.order(Order::Feeds) {
            Reply::Feeds { feeds } => feeds[0].lanes[0].clone(),
            other => panic!("{other:?}"),
        }
    };
    {
        let mut bench = Bench::on(&disk);
        bench.follow(FEED, false);
        bench.accept(&friend);
        assert_eq!(bench.gossip(FEED, first.to_item().encode()), Relay::Accept);
        let head = friend.head(1, &[(FEED, 1, id(&first))]);
        assert_eq!(bench.gossip("registry", head.encode()), Relay::Accept);
        // One head more of the same lane is no contradiction.
        let head = friend.head(2, &[(FEED, 1, id(&first))]);
        assert_eq!(bench.gossip("registry", head.encode()), Relay::Accept);
        assert!(!lane(&mut bench).disputed);
        // The rival record never comes: the two heads alone prove it.
        let head = friend.head(3, &[(FEED, 1, id(&rival))]);
        bench.gossip("registry", head.encode());
        assert!(lane(&mut bench).disputed);
        assert!(!own_key_disputed(&mut bench));
    }
    let mut bench = Bench::on(&disk);
    assert!(lane(&mut bench).disputed, "after a restart");
    let cut = Item::of_statement(friend.cut(None).bytes());
    bench.gossip("registry", cut.encode());
    let lane = lane(&mut bench);
    assert!(lane.cut && !lane.disputed, "{lane:?}");
}

#[test]
fn a_node_whose_copy_signed_as_well_learns_that_its_own_key_is_disputed() {
    let mut bench = Bench::new();
    bench.follow(FEED, false);
    let rivals = ["en", "fr"].map(|lang| bench.own.rival(&[(FEED, 1, None)], lang));
    for (rival, disputed) in rivals.iter().zip([false, true]) {
        assert_eq!(bench.gossip(FEED, rival.to_item().encode()), Relay::Accept);
        assert_eq!(own_key_disputed(&mut bench), disputed);
    }
}

fn own_key_disputed(bench: &mut Bench) -> bool {
    match bench.order(Order::Status) {
        Reply::Status(status) => status.key_disputed,
        other => panic!("{other:?}"),
    }
}
