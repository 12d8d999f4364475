//! What the engine asks its peers for, and what it does not believe them.

use indaba::engine::order::{Order, Reply};
use indaba::engine::{Input, limits};
use indaba::network::{Command, Disconnection, Event, Offence, Relay};
use indaba_protocol::{
    CatchUpRequest, CatchUpResponse, DecodedItem, Item, LaneSummary, SigningKey,
};
use indaba_store::FactKind;
use libp2p::PeerId;

use crate::engine_rules::bench::Bench;
use crate::engine_rules::cast::{Cast, FEED, feed, id, network};

#[test]
fn cards_and_bodies_that_were_left_out_are_asked_for() {
    let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
    bench.accept(&friend);
    bench.follow(FEED, false);
    let record = friend.record(&[(FEED, 1, None)]);
    let lane = LaneSummary {
        institution: friend.id,
        key: friend.node.key(),
        seq: 1,
        last: id(&record),
    };
    let mean = bench.connect();
    bench.serve(mean, &[lane], |_| {
        vec![Item::of_statement(record.statement().bytes())]
    });
    assert!(
        !bench.store.parts_held(&id(&record)).unwrap().unwrap().card,
        "the header alone came"
    );
    let good = bench.connect();
    let whole = record.to_item();
    let asked = bench.serve(good, &[lane], |request| match request {
        CatchUpRequest::Get(_) => vec![whole.clone()],
        _ => Vec::new(),
    });
    assert!(
        asked.contains(&CatchUpRequest::Get(vec![id(&record)])),
        "{asked:?}"
    );
    let parts = bench.store.parts_held(&id(&record)).unwrap().unwrap();
    assert!(parts.card && parts.body);
}

#[test]
fn a_peer_that_stalls_withholds_nothing_for_long() {
    let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
    bench.accept(&friend);
    bench.follow(FEED, false);
    let record = friend.record(&[(FEED, 1, None)]);
    let lane = LaneSummary {
        institution: friend.id,
        key: friend.node.key(),
        seq: 1,
        last: id(&record),
    };
    let stalling = bench.connect();
    // It answers everything but the question that matters.
    while let Some((ticket, request)) = bench
        .asked(stalling)
        .filter(|(_, request)| !matches!(request, CatchUpRequest::Range { .. }))
    {
        let response = match request {
            CatchUpRequest::Facts { .. } => CatchUpResponse::Facts {
                ids: Vec::new(),
                more: false,
            },
            CatchUpRequest::Lanes { feed, .. } => CatchUpResponse::Lanes {
                lanes: if feed.is_registry() {
                    Vec::new()
                } else {
                    vec![lane]
                },
                more: false,
            },
            _ => CatchUpResponse::Items {
                items: Vec::new(),
                more: false,
            },
        };
        bench.answer(stalling, ticket, &response);
    }
    let good = bench.connect();
    let whole = record.to_item();
    bench.serve(good, &[lane], |_| vec![whole.clone()]);
    assert!(
        !bench.store.contains(&id(&record)).unwrap(),
        "for a moment the first peer is given its chance"
    );
    bench.now = bench.now.after(limits::ANSWER_AWAITED_ALONE + 1);
    bench.give(Input::Tick);
    bench.run();
    bench.serve(good, &[lane], |_| vec![whole.clone()]);
    assert!(bench.store.contains(&id(&record)).unwrap());
}

#[test]
fn lanes_of_keys_that_nobody_delegated_are_not_asked_for() {
    let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
    bench.accept(&friend);
    bench.follow(FEED, false);
    let top = (1 << 53) - 1;
    let claim = |key| LaneSummary {
        institution: friend.id,
        key,
        seq: top,
        last: friend.id,
    };
    let mut lanes = vec![
        claim(friend.node.key()),
        claim(SigningKey::from_seed(&[99; 32]).key()),
    ];
    lanes.sort_by_key(|lane| lane.key);
    let peer = bench.connect();
    let asked = bench.serve(peer, &lanes, |_| Vec::new());
    let ranges: Vec<_> = asked
        .iter()
        .filter(|request| matches!(request, CatchUpRequest::Range { .. }))
        .collect();
    assert_eq!(
        ranges,
        [&CatchUpRequest::Range {
            feed: feed(FEED),
            key: friend.node.key(),
            from: 1,
            to: limits::PORTION_FIRST
        }]
    );
    assert!(!bench.said.iter().any(|command| matches!(
        command,
        Command::Penalise {
            offence: Offence::Invalid,
            ..
        }
    )));
}

#[test]
fn heads_that_claim_the_most_overflow_nothing() {
    let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
    bench.accept(&friend);
    bench.follow(FEED, false);
    let head = friend.head(1, &[(FEED, (1 << 53) - 1, friend.id)]);
    assert_eq!(bench.gossip("registry", head.encode()), Relay::Accept);
    let Reply::Feeds { feeds } = bench.order(Order::Feeds) else {
        panic!()
    };
    assert_eq!((feeds[0].held, feeds[0].expected), (0, (1 << 53) - 1));
    assert_eq!(feeds[0].lanes[0].missing, [(1, (1 << 53) - 1)]);
}

#[test]
fn on_a_slow_line_little_is_asked_for_at_once_and_each_answer_is_kept() {
    let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
    bench.accept(&friend);
    bench.follow(FEED, false);
    let records = friend.chain(FEED, 60);
    let lane = LaneSummary {
        institution: friend.id,
        key: friend.node.key(),
        seq: 60,
        last: id(&records[59]),
    };
    let peer = bench.connect();
    // Milliseconds each answer takes, and the positions asked for with it.
    let first = limits::PORTION_FIRST;
    let line = [
        (limits::PORTION_SLOW, (1, first)),
        (limits::PORTION_QUICK + 1, (first + 1, first + first / 2)),
        (0, (first + first / 2 + 1, 2 * first)),
        (limits::PORTION_QUICK, (2 * first + 1, 4 * first)),
    ];
    let mut line = line.into_iter();
    let mut held = 0;
    while let Some((ticket, request)) = bench.asked(peer) {
        let response = match request {
            CatchUpRequest::Facts { .. } => CatchUpResponse::Facts {
                ids: Vec::new(),
                more: false,
            },
            CatchUpRequest::Lanes { feed, .. } => CatchUpResponse::Lanes {
                lanes: if feed.as_str() == FEED {
                    vec![lane]
                } else {
                    Vec::new()
                },
                more: false,
            },
            CatchUpRequest::Range { from, to, .. } => {
                let Some((took, asked)) = line.next() else {
                    break;
                };
                assert_eq!((from, to), asked);
                bench.now = bench.now.after(took);
                held = to;
                CatchUpResponse::Items {
                    items: records[from as usize - 1..to as usize]
                        .iter()
                        .map(|record| record.to_item())
                        .collect(),
                    more: false,
                }
            }
            other => panic!("{other:?}"),
        };
        bench.answer(peer, ticket, &response);
    }
    // The line ends in the middle of an answer: what was answered before is kept.
    let kept = |bench: &Bench, seq: u64| {
        bench
            .store
            .contains(&id(&records[seq as usize - 1]))
            .unwrap()
    };
    assert!(line.next().is_none() && held == 4 * first);
    assert!(kept(&bench, held) && !kept(&bench, held + 1));
    bench.event(Event::Disconnected {
        peer,
        reason: Disconnection::Remote,
    });
    let again = bench.connect();
    bench.serve(again, &[lane], |request| match request {
        CatchUpRequest::Range { from, to, .. } => {
            assert!(*from > held, "nothing is asked for twice: {from}");
            records[*from as usize - 1..*to as usize]
                .iter()
                .map(|record| record.to_item())
                .collect()
        }
        _ => Vec::new(),
    });
    assert!(kept(&bench, 60));
}

/// The peer lists this head, and is asked for it or not. It hands it over.
fn is_asked_for(bench: &mut Bench, peer: PeerId, head: &Item, last: &mut u64) -> bool {
    let read = DecodedItem::of_item(&network().id(), head.clone());
    let head_id = read.unwrap().id();
    let mut asked_for = false;
    bench.order(Order::CatchUp);
    while let Some((ticket, request)) = bench.asked(peer).filter(|(ticket, _)| ticket != last) {
        *last = ticket;
        let wants = matches!(&request, CatchUpRequest::Get(ids) if ids.contains(&head_id));
        asked_for |= wants;
        let response = match request {
            CatchUpRequest::Facts { .. } => CatchUpResponse::Facts {
                ids: vec![head_id],
                more: false,
            },
            CatchUpRequest::Lanes { .. } => CatchUpResponse::Lanes {
                lanes: Vec::new(),
                more: false,
            },
            _ => CatchUpResponse::Items {
                items: wants.then(|| head.clone()).into_iter().collect(),
                more: false,
            },
        };
        bench.answer(peer, ticket, &response);
    }
    asked_for
}

#[test]
fn a_head_of_whom_nobody_accepts_waits_aside_and_counts_once_somebody_does() {
    let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
    bench.follow(FEED, false);
    bench.accept(&friend);
    // Its states are known, and nobody accepts it any more.
    let order = Order::RemoveAnchor {
        institution: friend.id.to_string(),
    };
    bench.order(order);
    let record = friend.record(&[(FEED, 1, None)]);
    let head = friend.head(1, &[(FEED, 1, id(&record))]);
    let (peer, mut last) = (bench.connect(), 0);
    assert!(is_asked_for(&mut bench, peer, &head, &mut last));
    let is_kept = |bench: &Bench| {
        let heads = bench.store.facts(FactKind::Head, &friend.id).unwrap();
        !heads.is_empty()
    };
    assert!(!is_kept(&bench), "nobody accepts its institution");
    assert!(
        !is_asked_for(&mut bench, peer, &head, &mut last),
        "not at each comparison"
    );
    bench.anchor(&friend);
    assert!(is_kept(&bench), "without being asked for once more");
    assert!(!is_asked_for(&mut bench, peer, &head, &mut last));
}
