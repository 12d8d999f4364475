//! What is remembered of those who withhold, and of those who do not.

use super::*;

fn lane(number: u16) -> Lane {
    let mut key = [2; 33];
    key[1..3].copy_from_slice(&number.to_be_bytes());
    ("region:ecowas".parse().unwrap(), Key::from_bytes(key))
}

fn institution() -> Id {
    Id::of(b"institution")
}

#[test]
fn what_is_remembered_of_lanes_and_peers_is_bounded() {
    let mut withheld = Withheld::default();
    for number in 0..2_000 {
        withheld.missing(&lane(number), institution(), &[(1, 9)], 5, false);
    }
    assert_eq!(withheld.lanes.len(), limits::WITHHELD_LANES);
    let named = PeerId::random();
    withheld.listed(named, &lane(0), institution(), 9, 1);
    withheld.answered(named, &lane(0), (1, 4), &[]);
    withheld.listed(named, &lane(0), institution(), 9, 2);
    for _ in 0..100 {
        let peer = PeerId::random();
        withheld.listed(peer, &lane(0), institution(), 9, 3);
        withheld.asked(peer, &lane(0));
    }
    assert_eq!(withheld.lanes[&lane(0)].peers.len(), limits::WITHHELD_PEERS);
    assert_eq!(withheld.by(&named), Some((4, 2)), "who is named stays");
}

#[test]
fn of_those_that_list_it_the_one_asked_longest_ago_is_next() {
    let mut withheld = Withheld::default();
    let lane = lane(1);
    let places = Places::of(&[(1, 9)]);
    withheld.missing(&lane, institution(), places.ranges(), 5, false);
    let [all, some, none, unknown] = [(); 4].map(|()| PeerId::random());
    for (peer, upto) in [(all, 9), (some, 3), (none, 0)] {
        withheld.listed(peer, &lane, institution(), upto, 1);
    }
    withheld.asked(all, &lane);
    let next = |withheld: &Withheld, listing_only| {
        let peers = [all, some, none, unknown];
        withheld.next_of(&lane, &places, peers.iter(), listing_only)
    };
    assert_eq!(next(&withheld, false), Some(some));
    withheld.asked(some, &lane);
    assert_eq!(next(&withheld, false), Some(all));
    // Who failed at all it listed comes no more, and who did not answer neither.
    withheld.answered(all, &lane, (1, 9), &[]);
    withheld.unanswered(some, &lane);
    assert_eq!(next(&withheld, true), None);
    assert_eq!(next(&withheld, false), Some(unknown));
    withheld.listed(unknown, &lane, institution(), 0, 1);
    withheld.answered(unknown, &lane, (1, 9), &[]);
    assert_eq!(next(&withheld, false), Some(none));
    withheld.answered(none, &lane, (1, 9), &[]);
    assert_eq!(next(&withheld, false), None);
    // In turn, and not without end.
    let turns = (0..100).filter(|_| withheld.hand_on(&lane)).count();
    assert_eq!(turns, limits::ASKED_IN_TURN);
    withheld.next_round(|_| true);
    assert!(withheld.hand_on(&lane));
}

#[test]
fn only_what_was_listed_lacked_and_listed_again_is_withheld() {
    let mut withheld = Withheld::default();
    let (lane, peer) = (lane(1), PeerId::random());
    withheld.missing(&lane, institution(), &[(1, 9)], 5, false);
    // Not listed: it says that it does not have them.
    let lacked = withheld.answered(peer, &lane, (1, 4), &[]);
    assert!(!lacked.relist && !lacked.promised);
    withheld.listed(peer, &lane, institution(), 6, 10);
    let lacked = withheld.answered(peer, &lane, (5, 8), &[5]);
    assert!(lacked.relist && lacked.promised);
    assert_eq!(lacked.places.ranges(), [(6, 8)]);
    assert_eq!(withheld.by(&peer), None, "it was not asked again");
    withheld.listed(peer, &lane, institution(), 9, 20);
    assert_eq!(withheld.by(&peer), Some((1, 20)));
    // What it hands over after all, and what it lists no more, it does not withhold.
    withheld.answered(peer, &lane, (6, 6), &[6]);
    assert_eq!(withheld.by(&peer), None);
    withheld.answered(peer, &lane, (1, 4), &[]);
    withheld.disconnected(&peer);
    withheld.listed(peer, &lane, institution(), 9, 30);
    assert_eq!(withheld.by(&peer), None, "the line broke between");
    withheld.answered(peer, &lane, (1, 4), &[]);
    withheld.unsettled(&peer);
    withheld.listed(peer, &lane, institution(), 9, 35);
    assert_eq!(withheld.by(&peer), None, "the question in between was lost");
    withheld.answered(peer, &lane, (1, 4), &[]);
    withheld.listed(peer, &lane, institution(), 9, 40);
    assert_eq!(withheld.by(&peer), Some((4, 40)));
    withheld.listed(peer, &lane, institution(), 2, 50);
    assert_eq!(withheld.by(&peer), Some((2, 40)));
}
