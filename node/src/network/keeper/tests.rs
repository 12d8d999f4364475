#![allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

use super::*;

const TARGETS: PeerTargets = PeerTargets {
    target: 3,
    low: 2,
    high: 4,
};

struct Bench {
    keeper: Keeper,
    now: Instant,
    next: usize,
}

impl Bench {
    fn new() -> Self {
        Self::with(PeerId::random())
    }

    fn with(local: PeerId) -> Self {
        Self {
            keeper: Keeper::new(local, TARGETS, 8, 42),
            now: Instant::now(),
            next: 1,
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    fn add(&mut self, pinned: bool) -> PeerId {
        let peer = PeerId::random();
        self.keeper
            .add(peer, vec![address()], pinned, self.now)
            .unwrap();
        peer
    }

    fn connect(&mut self, peer: PeerId, outbound: bool, relayed: bool) -> ConnectionId {
        let id = ConnectionId::new_unchecked(self.next);
        self.next += 1;
        self.keeper.connected(
            peer,
            Link {
                id,
                outbound,
                path: if relayed { Path::Relayed } else { Path::Tcp },
                since: self.now,
            },
        );
        id
    }

    fn poll(&mut self) -> Vec<Action> {
        self.keeper.poll(self.now, |_| false)
    }

    fn dialled(&mut self) -> Vec<PeerId> {
        self.poll()
            .into_iter()
            .filter_map(|action| match action {
                Action::Dial { peer, .. } => Some(peer),
                Action::Close(_) => None,
            })
            .collect()
    }

    fn closed(&mut self) -> Vec<ConnectionId> {
        self.poll()
            .into_iter()
            .filter_map(|action| match action {
                Action::Close(id) => Some(id),
                Action::Dial { .. } => None,
            })
            .collect()
    }
}

fn address() -> Multiaddr {
    "/ip4/192.0.2.7/tcp/4711".parse().unwrap()
}

fn two_ids() -> (PeerId, PeerId) {
    let (a, b) = (PeerId::random(), PeerId::random());
    (a.min(b), a.max(b))
}

#[test]
fn an_added_peer_is_dialled_once() {
    let mut bench = Bench::new();
    let peer = bench.add(false);
    assert_eq!(bench.dialled(), [peer]);
    assert_eq!(bench.dialled(), []);
}

#[test]
fn dials_stop_at_the_target_but_not_for_pinned_peers() {
    let mut bench = Bench::new();
    for _ in 0..6 {
        bench.add(false);
    }
    assert_eq!(bench.dialled().len(), TARGETS.target);
    let pinned = bench.add(true);
    assert_eq!(bench.dialled(), [pinned]);
}

#[test]
fn pinned_peers_come_first() {
    let mut bench = Bench::new();
    for _ in 0..6 {
        bench.add(false);
    }
    let pinned = bench.add(true);
    assert_eq!(bench.dialled()[0], pinned);
}

#[test]
fn no_more_dials_at_once_than_allowed() {
    let mut bench = Bench::new();
    bench.keeper.dials = 2;
    for _ in 0..5 {
        bench.add(true);
    }
    let first = bench.dialled();
    assert_eq!(first.len(), 2);
    assert_eq!(bench.keeper.poll_timeout(), None);
    assert!(bench.keeper.dial_failed(&first[0], bench.now));
    assert_eq!(bench.dialled().len(), 1);
}

#[test]
fn failures_wait_longer_each_time_and_success_forgives() {
    let mut bench = Bench::new();
    let peer = bench.add(true);
    let mut waits = Vec::new();
    for _ in 0..14 {
        assert_eq!(bench.dialled(), [peer]);
        assert!(bench.keeper.dial_failed(&peer, bench.now));
        assert_eq!(bench.dialled(), [], "not before the wait is over");
        let due = bench.keeper.poll_timeout().unwrap();
        waits.push(due - bench.now);
        bench.now = due;
    }
    assert!(waits[0] <= Duration::from_millis(1250), "{waits:?}");
    assert!(waits[6] > waits[2], "{waits:?}");
    assert!(waits.iter().all(|w| *w <= backoff::LONGEST), "{waits:?}");
    assert!(waits[13] >= Duration::from_secs(450), "{waits:?}");

    assert_eq!(bench.dialled(), [peer]);
    let id = bench.connect(peer, true, false);
    bench.pass(STABLE);
    bench.keeper.disconnected(&peer, id, bench.now);
    let wait = bench.keeper.poll_timeout().unwrap() - bench.now;
    assert!(wait <= Duration::from_millis(1250), "{wait:?}");
}

#[test]
fn a_connection_that_ends_at_once_counts_as_a_failure() {
    let mut bench = Bench::new();
    let peer = bench.add(true);
    let mut last = Duration::ZERO;
    for _ in 0..6 {
        assert_eq!(bench.dialled(), [peer]);
        let id = bench.connect(peer, true, false);
        bench.keeper.disconnected(&peer, id, bench.now);
        let due = bench.keeper.poll_timeout().unwrap();
        last = due - bench.now;
        bench.now = due;
    }
    assert!(last >= Duration::from_secs(20), "{last:?}");
}

#[test]
fn surplus_above_high_is_trimmed_never_the_pinned() {
    let mut bench = Bench::new();
    let mut pinned = Vec::new();
    for _ in 0..5 {
        let peer = bench.add(true);
        pinned.push(bench.connect(peer, false, false));
    }
    assert_eq!(
        bench.closed(),
        [],
        "five pinned peers stay, though high is 4"
    );
    let stranger = bench.connect(PeerId::random(), false, false);
    assert_eq!(bench.closed(), [stranger]);
    assert_eq!(bench.closed(), [], "not twice");
}

#[test]
fn fresh_inbound_strangers_displace_themselves() {
    let mut bench = Bench::new();
    let chosen = bench.connect(PeerId::random(), true, false);
    let mut old = Vec::new();
    for _ in 0..3 {
        bench.pass(Duration::from_secs(1));
        old.push(bench.connect(PeerId::random(), false, false));
    }
    bench.pass(Duration::from_secs(1));
    let fresh = bench.connect(PeerId::random(), false, false);
    let closed = bench.closed();
    assert_eq!(closed, [fresh]);
    assert!(!closed.contains(&chosen) && !old.contains(&closed[0]));
}

#[test]
fn mesh_peers_are_trimmed_last() {
    let mut bench = Bench::new();
    let mut peers = Vec::new();
    for _ in 0..5 {
        let peer = PeerId::random();
        peers.push((peer, bench.connect(peer, false, false)));
        bench.pass(Duration::from_secs(1));
    }
    let (outside, outside_id) = peers[0];
    let actions = bench.keeper.poll(bench.now, |peer| *peer != outside);
    assert_eq!(actions, [Action::Close(outside_id)]);
}

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

#[test]
fn on_the_local_network_the_smaller_peer_dials_at_once_the_other_waits() {
    let (small, large) = two_ids();
    let mut first = Bench::with(small);
    first.keeper.discovered(large, vec![address()], first.now);
    assert_eq!(first.dialled(), [large]);

    let mut second = Bench::with(large);
    second.keeper.discovered(small, vec![address()], second.now);
    assert_eq!(second.dialled(), []);
    let due = second.keeper.poll_timeout().unwrap();
    assert_eq!(due - second.now, DISCOVERY_COURTESY);
    second.now = due;
    assert_eq!(second.dialled(), [small], "nobody came: dial after all");

    let mut third = Bench::with(large);
    third.keeper.discovered(small, vec![address()], third.now);
    third.connect(small, false, false);
    third.pass(DISCOVERY_COURTESY);
    assert_eq!(third.dialled(), [], "the smaller one came");
}

#[test]
fn adding_a_found_peer_keeps_the_courtesy_and_ends_a_backoff() {
    let (small, large) = two_ids();
    let mut bench = Bench::with(large);
    let add = |bench: &mut Bench| {
        bench
            .keeper
            .add(small, vec![address()], false, bench.now)
            .unwrap();
    };
    bench.keeper.discovered(small, vec![address()], bench.now);
    add(&mut bench);
    assert_eq!(bench.dialled(), []);
    bench.pass(DISCOVERY_COURTESY);
    assert_eq!(bench.dialled(), [small]);
    bench.keeper.dial_failed(&small, bench.now);
    assert_eq!(bench.dialled(), []);
    add(&mut bench);
    assert_eq!(bench.dialled(), [small]);
}

#[test]
fn found_peers_are_dialled_only_when_peers_are_short() {
    let mut bench = Bench::new();
    let (a, b) = (bench.add(false), bench.add(false));
    let c = bench.add(false);
    assert_eq!(bench.dialled().len(), 3);
    for peer in [a, b, c] {
        bench.connect(peer, true, false);
    }
    assert_eq!(bench.dialled(), []);
    let id = bench.keeper.links[&c][0].id;
    bench.keeper.disconnected(&c, id, bench.now);
    bench.keeper.remove(&c);
    let found = PeerId::random();
    bench.keeper.discovered(found, vec![address()], bench.now);
    bench.pass(DISCOVERY_COURTESY);
    assert_eq!(bench.dialled(), [], "two are not below low");
    let id = bench.keeper.links[&b][0].id;
    bench.keeper.disconnected(&b, id, bench.now);
    assert!(bench.dialled().contains(&found));
}

#[test]
fn a_silent_peer_is_closed_at_the_reported_failure() {
    let mut bench = Bench::new();
    let id = bench.connect(PeerId::random(), true, false);
    bench.keeper.ping_answered(id);
    assert_eq!(bench.closed(), []);
    assert!(bench.keeper.ping_failed(id));
    assert_eq!(bench.closed(), [id]);
    assert!(!bench.keeper.ping_failed(ConnectionId::new_unchecked(99)));
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut bench = Bench::new();
    for _ in 0..MAX_KNOWN {
        bench.add(false);
    }
    let one_more = bench
        .keeper
        .add(PeerId::random(), vec![address()], true, bench.now);
    assert_eq!(one_more, Err(Full));
    for _ in 0..MAX_DISCOVERED + 50 {
        bench
            .keeper
            .discovered(PeerId::random(), vec![address()], bench.now);
    }
    assert_eq!(bench.keeper.known_peers(), MAX_KNOWN + MAX_DISCOVERED);
    let peer = *bench.keeper.known.keys().next().unwrap();
    let many = (1..100)
        .map(|port| format!("/ip4/192.0.2.7/tcp/{port}").parse().unwrap())
        .collect();
    bench.keeper.discovered(peer, many, bench.now);
    assert_eq!(bench.keeper.addresses(&peer).len(), MAX_ADDRESSES);
}

#[test]
fn a_paused_peer_is_left_alone_for_that_long() {
    let mut bench = Bench::new();
    let peer = bench.add(true);
    bench.keeper.pause(&peer, bench.now + DISCONNECT_PAUSE);
    assert_eq!(bench.dialled(), []);
    bench.pass(DISCONNECT_PAUSE);
    assert_eq!(bench.dialled(), [peer]);
}
