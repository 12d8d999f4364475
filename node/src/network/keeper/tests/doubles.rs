//! Several connections with one peer.

use super::*;

/// Both sides must close the same connection, whichever they saw first.
#[test]
fn simultaneous_dials_leave_the_one_of_the_smaller_peer() {
    let (small, large) = two_ids();
    for small_sees_own_first in [true, false] {
        for large_sees_own_first in [true, false] {
            let verdict = |local: PeerId, remote: PeerId, own_first: bool| {
                let mut bench = Bench::with(local);
                let (mut own, mut other) = (None, None);
                for outbound in [own_first, !own_first] {
                    let id = bench.connect(remote, outbound, false);
                    if outbound {
                        own = Some(id);
                    } else {
                        other = Some(id);
                    }
                    bench.pass(Duration::from_millis(40));
                }
                let closed = bench.closed();
                assert_eq!(closed.len(), 1);
                (closed[0] == own.unwrap(), closed[0] == other.unwrap())
            };
            let (small_closes_own, _) = verdict(small, large, small_sees_own_first);
            let (large_closes_own, large_closes_other) =
                verdict(large, small, large_sees_own_first);
            assert!(!small_closes_own);
            assert!(large_closes_own && !large_closes_other);
        }
    }
}

#[test]
fn a_direct_connection_replaces_a_relayed_one() {
    for direct_outbound in [true, false] {
        let mut bench = Bench::new();
        let peer = PeerId::random();
        let relayed = bench.connect(peer, !direct_outbound, true);
        bench.pass(Duration::from_secs(2));
        bench.connect(peer, direct_outbound, false);
        assert_eq!(bench.closed(), [relayed]);
    }
}

#[test]
fn a_later_connection_replaces_one_the_peer_has_lost() {
    let (small, large) = two_ids();
    let mut bench = Bench::with(small);
    let stale = bench.connect(large, true, false);
    bench.pass(Duration::from_secs(300));
    bench.connect(large, false, false);
    assert_eq!(bench.closed(), [stale]);
}

#[test]
fn two_dials_of_one_side_are_left_to_that_side() {
    let mut listener = Bench::new();
    let peer = PeerId::random();
    listener.connect(peer, false, false);
    listener.connect(peer, false, false);
    assert_eq!(listener.closed(), []);
    let mut dialler = Bench::new();
    let first = dialler.connect(peer, true, false);
    dialler.pass(Duration::from_millis(5));
    dialler.connect(peer, true, false);
    assert_eq!(dialler.closed(), [first]);
}

/// It calls again only when it is connected with nobody: what is still here of an older call is a line that broke.
#[test]
fn of_two_dials_of_the_other_side_the_older_is_ended_when_both_are_still_there_after_a_while() {
    let mut bench = Bench::new();
    let peer = PeerId::random();
    let stale = bench.connect(peer, false, false);
    bench.pass(Duration::from_secs(3));
    bench.connect(peer, false, false);
    assert_eq!(bench.closed(), []);
    bench.now = bench.keeper.poll_timeout().unwrap();
    assert_eq!(bench.closed(), [stale]);
    bench.pass(Duration::from_secs(60));
    assert_eq!(bench.closed(), []);
}

fn greeted(bench: &mut Bench) -> Vec<(PeerId, ConnectionId)> {
    let greet = |action| match action {
        Action::Greet { peer, on } => Some((peer, on)),
        _ => None,
    };
    bench.poll().into_iter().filter_map(greet).collect()
}

#[test]
fn a_peer_of_whose_connections_one_is_gone_is_greeted_on_the_other() {
    let mut bench = Bench::new();
    let peer = PeerId::random();
    let stale = bench.connect(peer, false, false);
    assert_eq!(greeted(&mut bench), [], "the first is greeted by gossipsub");
    bench.pass(Duration::from_secs(300));
    let fresh = bench.connect(peer, false, false);
    assert_eq!(greeted(&mut bench), [], "not while both are there");
    bench.keeper.disconnected(&peer, stale, bench.now);
    assert_eq!(greeted(&mut bench), [(peer, fresh)]);
    bench.pass(Duration::from_secs(300));
    assert_eq!(greeted(&mut bench), [], "once");
    // Nobody is greeted of whom nothing is left.
    bench.keeper.disconnected(&peer, fresh, bench.now);
    bench.pass(Duration::from_secs(300));
    assert_eq!(greeted(&mut bench), []);
}

/// What is on its way on a line that is gone keeps a connection from closing for many minutes.
#[test]
fn a_peer_is_greeted_though_the_old_connection_does_not_close() {
    let mut bench = Bench::new();
    let peer = PeerId::random();
    let stale = bench.connect(peer, false, false);
    bench.pass(Duration::from_secs(300));
    let fresh = bench.connect(peer, false, false);
    assert_eq!(bench.closed(), [stale]);
    let due = bench.keeper.poll_timeout().unwrap();
    assert_eq!(due - bench.now, CLOSING);
    bench.now = due;
    assert_eq!(greeted(&mut bench), [(peer, fresh)]);
    let next = bench.keeper.poll_timeout().unwrap();
    assert!(next > bench.now + CLOSING, "and then it rests");
}
