//! Two records at one place: proven, and not multiplied.

use indaba::network::Relay;
use indaba_protocol::{Equivocation, Item, SigningKey};
use indaba_store::FactKind;

use crate::engine_rules::bench::Bench;
use crate::engine_rules::cast::{Cast, FEED, id, network};

#[test]
fn two_at_one_position_make_a_proof_and_a_third_is_not_kept() {
    let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
    bench.follow(FEED, false);
    bench.accept(&friend);
    let place = [(FEED, 1, None)];
    let rivals = ["en", "fr", "pt"].map(|lang| friend.rival(&place, lang));
    assert_eq!(
        bench.gossip(FEED, rivals[0].to_item().encode()),
        Relay::Accept
    );
    assert!(
        bench
            .store
            .facts(FactKind::Equivocation, &friend.id)
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        bench.gossip(FEED, rivals[1].to_item().encode()),
        Relay::Accept
    );
    assert_eq!(
        bench
            .store
            .facts(FactKind::Equivocation, &friend.id)
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        bench.gossip(FEED, rivals[2].to_item().encode()),
        Relay::Ignore
    );
    let kept = rivals.map(|rival| bench.store.contains(&id(&rival)).unwrap());
    assert_eq!(kept, [true, true, false]);
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
