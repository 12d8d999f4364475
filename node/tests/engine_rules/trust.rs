//! Whom the engine accepts, by the words that count of the records it holds.

use indaba::engine::limits;
use indaba::engine::order::{Order, Reply, VerifyView};
use indaba::network::Relay;
use indaba_protocol::institution::CutEntry;
use indaba_protocol::{CatchUpRequest, CatchUpResponse, CutList, Item, LaneSummary};
use indaba_store::FactKind;

use crate::engine_rules::bench::Bench;
use crate::engine_rules::cast::{Cast, FEED, OTHER, day, feed, id, network};
use crate::engine_rules::speaker::{REGISTRY, Speaker, anchored, chain_of, text};

#[test]
fn two_anchors_that_vouch_bring_in_what_waited_and_one_does_not() {
    let (mut a, mut b, new) = (Speaker::new(10), Speaker::new(20), Cast::abroad(30));
    let mut bench = anchored(&[&a, &b]);
    bench.meet(&new);
    let record = new.record(&[(FEED, 1, None)]);
    assert_eq!(bench.gossip(FEED, record.to_item().encode()), Relay::Ignore);
    assert_eq!(bench.extent(&new.id), "no");

    assert_eq!(bench.hear(&a.vouch(&new)), Relay::Accept);
    assert_eq!(bench.extent(&new.id), "no", "one anchor does not decide");
    assert!(
        bench.store.has_fact(&new.id).unwrap(),
        "its inception is kept from the first vouch on"
    );
    assert!(!bench.store.contains(&id(&record)).unwrap());
    assert!(bench.store.is_waiting(&id(&record)).unwrap());
    let view = bench.explain(&new.id);
    assert!(!view.accepted);
    let needed = view.answers[0].needed.as_ref().unwrap();
    assert_eq!(needed.len(), 1);
    assert_eq!(
        needed[0].id,
        bench.own.id.to_string(),
        "the own institution is a fully trusted anchor"
    );

    assert_eq!(bench.hear(&b.vouch(&new)), Relay::Accept);
    assert_eq!(bench.extent(&new.id), "everywhere");
    assert!(bench.store.contains(&id(&record)).unwrap(), "promoted");
    assert!(!bench.store.is_waiting(&id(&record)).unwrap());
    assert_eq!(bench.word(&id(&record)), "verified");
    let next = new.record(&[(FEED, 2, Some(id(&record)))]);
    assert_eq!(bench.gossip(FEED, next.to_item().encode()), Relay::Accept);
    let view = bench.explain(&new.id);
    assert_eq!(view.answers[0].paths.len(), 2);
    assert_eq!(view.answers[0].losing.as_ref().unwrap().len(), 1);
    let step = |view: &VerifyView| {
        let step = view.steps.iter().find(|step| step.what == "trust");
        step.map(|step| (step.holds, step.detail.clone())).unwrap()
    };
    let (holds, why) = step(&bench.verified(&id(&record)));
    assert!(holds && why.contains("an anchor, vouches for"), "{why}");
}

#[test]
fn vouches_of_those_who_are_no_anchors_count_for_nothing() {
    let (mut a, b) = (Speaker::new(10), Speaker::new(20));
    let (mut stranger, new) = (Speaker::new(40), Cast::abroad(30));
    let mut bench = anchored(&[&a, &b]);
    bench.meet(&new);
    bench.meet(&stranger.cast);
    assert_eq!(bench.hear(&stranger.vouch(&new)), Relay::Ignore);
    bench.hear(&a.vouch(&new));
    assert_eq!(bench.extent(&new.id), "no");
    // Control: from an anchor the same words are enough.
    bench.anchor(&stranger.cast);
    assert_eq!(bench.extent(&new.id), "everywhere");
}

#[test]
fn a_vouch_taken_back_ends_acceptance_and_nothing_is_deleted() {
    let (mut a, mut b, new) = (Speaker::new(10), Speaker::new(20), Cast::abroad(30));
    let mut bench = anchored(&[&a, &b]);
    bench.meet(&new);
    bench.hear(&a.vouch(&new));
    let vouch = b.vouch(&new);
    bench.hear(&vouch);
    let record = new.record(&[(FEED, 1, None)]);
    assert_eq!(bench.gossip(FEED, record.to_item().encode()), Relay::Accept);
    let peer = bench.connect();
    let get = CatchUpRequest::Get(vec![id(&record)]);
    let served = |bytes: &[u8]| match CatchUpResponse::decode(bytes).unwrap() {
        CatchUpResponse::Items { items, .. } => items.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(served(&bench.ask(peer, &get)), 1);

    bench.hear(&b.withdraw(&[id(&vouch)]));
    assert_eq!(bench.extent(&new.id), "no");
    assert!(bench.store.contains(&id(&record)).unwrap());
    assert_eq!(bench.word(&id(&record)), "unvouched");
    assert_eq!(served(&bench.ask(peer, &get)), 0, "no longer passed on");
    let next = new.record(&[(FEED, 2, Some(id(&record)))]);
    assert_eq!(bench.gossip(FEED, next.to_item().encode()), Relay::Ignore);

    // And back again: what waited meanwhile is taken in.
    bench.hear(&b.vouch(&new));
    assert_eq!(bench.word(&id(&record)), "verified");
    assert!(bench.store.contains(&id(&next)).unwrap());
}

#[test]
fn a_withdrawal_by_a_key_that_is_cut_no_longer_ends_a_vouch() {
    let (mut a, new) = (Speaker::new(10), Cast::abroad(30));
    let mut bench = anchored(&[]);
    bench.order(Order::Anchor {
        institution: a.id().to_string(),
        name: None,
        full: Some(true),
        reach: None,
    });
    bench.meet(&a.cast);
    bench.meet(&new);
    let vouch = a.vouch(&new);
    bench.hear(&vouch);
    assert_eq!(bench.extent(&new.id), "everywhere", "fully trusted");
    bench.hear(&a.withdraw(&[id(&vouch)]));
    assert_eq!(bench.extent(&new.id), "no");

    let list = CutList {
        institution: a.id(),
        key: a.cast.node.key(),
        feeds: vec![CutEntry {
            feed: feed(REGISTRY).hash(),
            seq: 1,
            last: id(&vouch),
        }],
        adopted: Vec::new(),
        day: day(),
    }
    .state(&network().id())
    .unwrap();
    let cut = a.cast.cut(Some(list.id()));
    bench.gossip(REGISTRY, Item::of_statement(cut.bytes()).encode());
    assert_eq!(
        bench.extent(&new.id),
        "no",
        "what the cut leaves is not known before its list has come"
    );
    bench.gossip(REGISTRY, Item::of_statement(list.bytes()).encode());
    assert_eq!(bench.extent(&new.id), "everywhere");
    bench.begin_anew();
    assert_eq!(bench.extent(&new.id), "everywhere");
}

#[test]
fn a_contradicted_vouch_does_not_count() {
    let (mut a, new, other) = (Speaker::new(10), Cast::abroad(30), Cast::abroad(40));
    let mut bench = anchored(&[]);
    bench.order(Order::Anchor {
        institution: a.id().to_string(),
        name: None,
        full: Some(true),
        reach: None,
    });
    bench.meet(&a.cast);
    bench.hear(&a.vouch(&new));
    assert_eq!(bench.extent(&new.id), "everywhere");
    a.last = None;
    bench.hear(&a.vouch(&other));
    assert_eq!(bench.extent(&new.id), "no", "which was meant is not known");
    assert_eq!(bench.extent(&other.id), "no");
}

/// Two records at one place, one of which is accepted, the other not: its institution is vouched for in one region only.
#[test]
fn what_is_kept_aside_contests_another_record_of_its_place_in_whatever_order_they_come() {
    let elsewhere = "region:sadc";
    for turn in 0..4 {
        let (mut a, mut b, new) = (Speaker::new(10), Speaker::new(20), Cast::abroad(30));
        let mut bench = anchored(&[&a, &b]);
        bench.meet(&new);
        let vouches = [
            a.vouch_for_region(&new, "ecowas"),
            b.vouch_for_region(&new, "ecowas"),
        ];
        let good = new.record(&[(FEED, 1, None)]);
        let aside = new.record(&[(FEED, 1, None), (elsewhere, 1, None)]);
        let records = [&good, &aside];
        let vouch = |bench: &mut Bench| {
            for vouch in &vouches {
                bench.hear(vouch);
            }
        };
        match turn {
            // One after the other.
            0 | 1 => {
                vouch(&mut bench);
                for at in [turn, 1 - turn] {
                    bench.gossip(FEED, records[at].to_item().encode());
                }
            }
            // In one group.
            2 => {
                vouch(&mut bench);
                for record in records {
                    bench.push(FEED, record.to_item().encode());
                }
                bench.run();
            }
            // Both are there before anybody vouches.
            _ => {
                for record in records {
                    bench.gossip(FEED, record.to_item().encode());
                }
                vouch(&mut bench);
            }
        }
        assert_eq!(bench.extent(&new.id), "limited", "turn {turn}");
        assert!(bench.store.is_waiting(&id(&aside)).unwrap(), "turn {turn}");
        assert_eq!(
            bench.verified(&id(&good)).verdict,
            "CONTESTED",
            "turn {turn}"
        );
        assert_eq!(bench.word(&id(&good)), "disputed", "turn {turn}");
        let proofs = bench.store.facts(FactKind::Equivocation, &new.id).unwrap();
        assert_eq!(proofs.len(), 1, "turn {turn}");
        bench.begin_anew();
        assert_eq!(bench.word(&id(&good)), "disputed", "turn {turn}");
    }
}

#[test]
fn control_what_is_kept_aside_at_another_place_contests_nothing() {
    let (mut a, mut b, new) = (Speaker::new(10), Speaker::new(20), Cast::abroad(30));
    let mut bench = anchored(&[&a, &b]);
    bench.meet(&new);
    bench.hear(&a.vouch_for_region(&new, "ecowas"));
    bench.hear(&b.vouch_for_region(&new, "ecowas"));
    let good = new.record(&[(FEED, 1, None)]);
    let aside = new.record(&[(FEED, 2, Some(id(&good))), ("region:sadc", 1, None)]);
    for record in [&good, &aside] {
        bench.gossip(FEED, record.to_item().encode());
    }
    assert!(bench.store.is_waiting(&id(&aside)).unwrap());
    assert_eq!(bench.verified(&id(&good)).verdict, "VALID");
}

/// Everything two anchors, an introducer and a newcomer say, in many orders: the same answer each time, and after a restart.
#[test]
fn in_whatever_order_words_come_the_same_are_accepted_and_a_restart_changes_nothing() {
    let (mut a, mut b) = (Speaker::new(10), Speaker::new(20));
    let (mut helper, new, gone) = (Speaker::new(30), Cast::abroad(40), Cast::abroad(50));
    let mut items: Vec<(&str, Item)> = Vec::new();
    for cast in [&a.cast, &b.cast, &helper.cast, &new, &gone] {
        items.extend(chain_of(cast).into_iter().map(|item| (REGISTRY, item)));
    }
    let taken_back = a.vouch(&gone);
    let said = [
        a.introduce(&helper.cast),
        a.withdraw(&[id(&taken_back)]),
        b.vouch(&new),
        b.vouch(&gone),
        helper.vouch(&new),
        helper.vouch(&gone),
        taken_back,
    ];
    items.extend(said.iter().map(|item| (REGISTRY, item.to_item())));
    let record = new.record(&[(FEED, 1, None)]);
    items.push((FEED, record.to_item()));

    let mut first = None;
    let mut state = 1u64;
    for round in 0..40 {
        let mut order: Vec<usize> = (0..items.len()).collect();
        for at in (1..order.len()).rev() {
            // A plain generator; the orders are the same in each run.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            order.swap(at, (state >> 33) as usize % (at + 1));
        }
        let mut bench = Bench::new();
        bench.follow(FEED, false);
        bench.anchor(&a.cast);
        bench.anchor(&b.cast);
        for at in order {
            let (name, item) = &items[at];
            bench.push(name, item.encode());
            if at % 3 != round % 3 {
                bench.run();
            }
        }
        bench.run();
        let trusted = bench.everything_trusted();
        assert_eq!(bench.extent(&new.id), "everywhere", "round {round}");
        assert_eq!(bench.extent(&helper.id()), "heard", "round {round}");
        assert_eq!(
            bench.extent(&gone.id),
            "everywhere",
            "by b, and by a's introduction"
        );
        assert!(bench.store.contains(&id(&record)).unwrap(), "round {round}");
        assert_eq!(first.get_or_insert(trusted.clone()), &trusted);
        bench.begin_anew();
        assert_eq!(bench.everything_trusted(), trusted);
    }
}

#[test]
fn who_is_only_heard_gets_its_vouches_in_and_nothing_else() {
    let (mut a, b) = (Speaker::new(10), Speaker::new(20));
    let (mut helper, new) = (Speaker::new(30), Cast::abroad(40));
    let mut bench = anchored(&[&a, &b]);
    bench.meet(&helper.cast);
    let vouch = helper.vouch(&new);
    assert_eq!(
        bench.hear(&vouch),
        Relay::Ignore,
        "nobody lets it introduce"
    );
    bench.hear(&a.introduce(&helper.cast));
    assert_eq!(bench.extent(&helper.id()), "heard");
    assert!(bench.store.contains(&id(&vouch)).unwrap());
    let record = helper.cast.record(&[(FEED, 1, None)]);
    assert_eq!(bench.gossip(FEED, record.to_item().encode()), Relay::Ignore);
    let charter = helper.say("charter", &[], &[("region", text("ecowas"))]);
    assert_eq!(bench.hear(&charter), Relay::Ignore);
    for waiting in [&record, &charter] {
        assert!(bench.store.is_waiting(&id(waiting)).unwrap());
    }
    // What waits is not asked for again, nor counted as missing in what is kept.
    let peer = bench.connect();
    let lane = LaneSummary {
        institution: helper.id(),
        key: helper.cast.node.key(),
        seq: 2,
        last: id(&charter),
    };
    let asked = bench.serve_registry(peer, &lane);
    assert!(
        !asked
            .iter()
            .any(|request| matches!(request, CatchUpRequest::Range { .. })),
        "{asked:?}"
    );
}

#[test]
fn an_institution_accepted_for_a_region_keeps_what_it_says_elsewhere_apart() {
    let (mut a, mut b, new) = (Speaker::new(10), Speaker::new(20), Cast::abroad(30));
    let mut bench = anchored(&[&a, &b]);
    bench.meet(&new);
    bench.hear(&a.vouch_for_region(&new, "ecowas"));
    bench.hear(&b.vouch_for_region(&new, "ecowas"));
    assert_eq!(bench.extent(&new.id), "limited");
    let inside = new.record(&[(FEED, 1, None)]);
    assert_eq!(bench.gossip(FEED, inside.to_item().encode()), Relay::Accept);
    let outside = new.record(&[(OTHER, 1, None)]);
    assert_eq!(
        bench.gossip(OTHER, outside.to_item().encode()),
        Relay::Ignore
    );
    let second = new.record(&[(FEED, 2, Some(id(&inside))), (OTHER, 2, Some(id(&outside)))]);
    assert_eq!(
        bench.gossip(OTHER, second.to_item().encode()),
        Relay::Accept
    );
    let head = new.head(1, &[(FEED, 2, id(&second)), (OTHER, 2, id(&second))]);
    bench.gossip(REGISTRY, head.encode());
    assert!(bench.store.is_waiting(&id(&outside)).unwrap());
    let feed_of = |bench: &mut Bench, name: &str| match bench.order(Order::Feeds) {
        Reply::Feeds { feeds } => feeds.into_iter().find(|feed| feed.feed == name).unwrap(),
        other => panic!("{other:?}"),
    };
    let other = feed_of(&mut bench, OTHER);
    assert_eq!(
        (
            other.held,
            other.expected,
            other.unvouched,
            other.state.as_str()
        ),
        (1, 1, 1, "complete")
    );
    assert_eq!(bench.word(&id(&second)), "verified", "nothing is missing");

    // Control: what did not come is missing.
    let mut less = anchored(&[&a, &b]);
    for item in chain_of(&new).into_iter().chain([head.clone()]) {
        less.gossip(REGISTRY, item.encode());
    }
    let (mut a2, mut b2) = (Speaker::new(10), Speaker::new(20));
    less.hear(&a2.vouch_for_region(&new, "ecowas"));
    less.hear(&b2.vouch_for_region(&new, "ecowas"));
    less.gossip(OTHER, second.to_item().encode());
    less.gossip(REGISTRY, head.encode());
    assert_eq!(feed_of(&mut less, OTHER).state, "incomplete");

    // And once its anchors vouch for everything, it is taken in.
    bench.hear(&a.vouch(&new));
    bench.hear(&b.vouch(&new));
    assert_eq!(bench.extent(&new.id), "everywhere");
    assert!(bench.store.contains(&id(&outside)).unwrap());
    assert_eq!(feed_of(&mut bench, OTHER).held, 2);
}

#[test]
fn what_was_withdrawn_stays_so_when_its_institution_is_no_longer_accepted() {
    let (mut a, new) = (Speaker::new(10), Cast::abroad(30));
    let mut bench = anchored(&[&a]);
    let (kept, taken_back) = (a.vouch(&new), a.introduce(&new));
    bench.hear(&kept);
    bench.hear(&taken_back);
    bench.hear(&a.withdraw(&[id(&taken_back)]));
    assert_eq!(bench.word(&id(&taken_back)), "withdrawn");
    bench.order(Order::RemoveAnchor {
        institution: a.id().to_string(),
    });
    assert_eq!(bench.extent(&a.id()), "no");
    assert_eq!(bench.word(&id(&taken_back)), "withdrawn");
    assert_eq!(
        bench.word(&id(&kept)),
        "unvouched",
        "what was not taken back"
    );
}

#[test]
fn links_that_others_make_hide_no_withdrawal() {
    let (mut a, mut b, new) = (Speaker::new(10), Speaker::new(20), Cast::abroad(30));
    let mut bench = anchored(&[&a, &b]);
    let vouch = a.vouch(&new);
    bench.hear(&vouch);
    for _ in 0..limits::PAGE + 10 {
        bench.push(REGISTRY, b.withdraw(&[id(&vouch)]).to_item().encode());
    }
    bench.run();
    assert_eq!(
        bench.word(&id(&vouch)),
        "verified",
        "nobody withdraws for another"
    );
    bench.hear(&a.withdraw(&[id(&vouch)]));
    assert_eq!(bench.word(&id(&vouch)), "withdrawn");
}
