#![allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

mod doubles;

use super::plan::{ROUND, VISIT};
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

    fn add(&mut self, bond: Bond) -> PeerId {
        let peer = PeerId::random();
        self.keeper
            .add(peer, vec![address()], bond, self.now)
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
                Action::Close(_) | Action::Greet { .. } => None,
            })
            .collect()
    }

    fn closed(&mut self) -> Vec<ConnectionId> {
        self.poll()
            .into_iter()
            .filter_map(|action| match action {
                Action::Close(id) => Some(id),
                Action::Dial { .. } | Action::Greet { .. } => None,
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
    let peer = bench.add(Bond::Loose);
    assert_eq!(bench.dialled(), [peer]);
    assert_eq!(bench.dialled(), []);
}

#[test]
fn dials_stop_at_the_target_but_not_for_pinned_peers() {
    let mut bench = Bench::new();
    for _ in 0..6 {
        bench.add(Bond::Loose);
    }
    assert_eq!(bench.dialled().len(), TARGETS.target);
    let pinned = bench.add(Bond::Pinned);
    assert_eq!(bench.dialled(), [pinned]);
}

/// Whoever adds every node of a network by hand does not make a full mesh with it.
#[test]
fn of_many_pinned_peers_as_many_as_the_target_are_kept() {
    let mut bench = Bench::new();
    for _ in 0..10 {
        bench.add(Bond::Pinned);
    }
    let first = bench.dialled();
    assert_eq!(first.len(), TARGETS.target);
    for peer in &first {
        bench.connect(*peer, true, false);
    }
    assert_eq!(bench.dialled(), []);
    // One that cannot be reached makes way for another.
    let id = bench.keeper.links[&first[0]][0].id;
    bench.keeper.disconnected(&first[0], id, bench.now);
    let second = bench.dialled();
    assert_eq!(second.len(), 1);
    assert!(!first.contains(&second[0]));
    // The twin: a partner is dialled whatever the number.
    let partner = bench.add(Bond::Always);
    assert_eq!(bench.dialled(), [partner]);
}

#[test]
fn nodes_with_one_list_dial_different_peers() {
    let peers: Vec<PeerId> = (0..40).map(|_| PeerId::random()).collect();
    let first = |seed| {
        let now = Instant::now();
        let mut keeper = Keeper::new(PeerId::random(), TARGETS, 8, seed);
        for peer in &peers {
            keeper
                .add(*peer, vec![address()], Bond::Pinned, now)
                .unwrap();
        }
        keeper.poll(now, |_| false)
    };
    assert_ne!(first(1), first(2));
}

#[test]
fn pinned_peers_come_first() {
    let mut bench = Bench::new();
    for _ in 0..6 {
        bench.add(Bond::Loose);
    }
    let pinned = bench.add(Bond::Pinned);
    assert_eq!(bench.dialled()[0], pinned);
}

#[test]
fn no_more_dials_at_once_than_allowed() {
    let mut bench = Bench::new();
    bench.keeper.dials = 2;
    for _ in 0..5 {
        bench.add(Bond::Pinned);
    }
    let first = bench.dialled();
    assert_eq!(first.len(), 2);
    let due = bench.keeper.poll_timeout().unwrap() - bench.now;
    assert!(due >= ROUND / 2, "a dial that ends wakes it: {due:?}");
    assert!(bench.keeper.dial_failed(&first[0], bench.now));
    assert_eq!(bench.dialled().len(), 1);
}

#[test]
fn failures_wait_longer_each_time_and_success_forgives() {
    let mut bench = Bench::new();
    let peer = bench.add(Bond::Pinned);
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
    assert!(waits[13] >= Duration::from_secs(180), "{waits:?}");

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
    let peer = bench.add(Bond::Pinned);
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
fn a_peer_without_room_is_not_called_again_at_once_but_by_a_node_that_has_hardly_anybody() {
    let mut bench = Bench::new();
    let (stranger, local) = two_ids();
    bench.keeper.local = local;
    bench
        .keeper
        .discovered(stranger, vec![address()], bench.now);
    bench.pass(DISCOVERY_COURTESY);
    let told_of = bench.add(Bond::Pinned);
    // Alone: the one it was told of is called again after a second, a stranger after half a minute.
    for peer in [stranger, told_of] {
        bench.dialled();
        let id = bench.connect(peer, true, false);
        bench.pass(VISIT);
        bench.keeper.disconnected(&peer, id, bench.now);
    }
    bench.pass(Duration::from_secs(2));
    assert_eq!(bench.dialled(), [told_of]);
    bench.pass(Duration::from_secs(40));
    assert_eq!(bench.dialled(), [stranger]);
    // With peers enough for a while, the one it was told of is left in peace as well.
    for _ in 0..TARGETS.low {
        let other = PeerId::random();
        bench.connect(other, false, false);
    }
    let id = bench.connect(told_of, true, false);
    bench.pass(VISIT);
    bench.keeper.disconnected(&told_of, id, bench.now);
    bench.pass(Duration::from_secs(20));
    assert!(!bench.dialled().contains(&told_of));
    bench.pass(Duration::from_secs(22));
    assert!(bench.dialled().contains(&told_of));
}

#[test]
fn surplus_above_high_is_trimmed_strangers_before_the_pinned() {
    let mut bench = Bench::new();
    for _ in 0..TARGETS.high {
        let peer = bench.add(Bond::Pinned);
        bench.connect(peer, false, false);
    }
    bench.pass(VISIT);
    assert_eq!(bench.closed(), []);
    let stranger = bench.connect(PeerId::random(), false, false);
    assert_eq!(bench.closed(), [], "a newcomer has time to look around");
    assert_eq!(bench.keeper.poll_timeout(), Some(bench.now + VISIT));
    bench.pass(VISIT);
    assert_eq!(bench.closed(), [stranger]);
    assert_eq!(bench.closed(), [], "not twice");
    // Of more pinned ones than may be, the youngest; whoever is always kept stays.
    let partner = bench.add(Bond::Always);
    bench.connect(partner, false, false);
    let peer = bench.add(Bond::Pinned);
    let pinned = bench.connect(peer, false, false);
    bench.pass(VISIT);
    let closed = bench.closed();
    assert_eq!(closed.len(), 2);
    assert!(closed.contains(&pinned));
    bench.pass(VISIT);
    assert!(bench.keeper.links.contains_key(&partner));
    assert_eq!(bench.closed(), []);
}

/// What Kademlia dials to ask a question.
#[test]
fn connections_nobody_asked_for_end_when_there_are_peers_enough() {
    let mut bench = Bench::new();
    let kept = bench.connect(PeerId::random(), true, false);
    assert_eq!(bench.closed(), []);
    bench.pass(VISIT);
    assert_eq!(bench.closed(), [], "there is room for it");
    for _ in 0..2 {
        let peer = bench.add(Bond::Loose);
        assert_eq!(bench.dialled(), [peer]);
        bench.connect(peer, true, false);
    }
    bench.keeper.targets.high = 5;
    let visit = bench.connect(PeerId::random(), true, false);
    let call = bench.connect(PeerId::random(), false, false);
    assert_eq!(bench.closed(), [], "it has its time");
    assert_eq!(bench.keeper.poll_timeout(), Some(bench.now + VISIT));
    bench.pass(VISIT);
    let closed = bench.closed();
    assert_eq!(closed, [visit]);
    assert!(!closed.contains(&kept) && !closed.contains(&call));
}

/// Two halves of a network that each have peers enough hear of each other all the same.
#[test]
fn now_and_then_a_peer_that_is_not_connected_is_visited() {
    let mut bench = Bench::new();
    for _ in 0..4 {
        bench.add(Bond::Pinned);
    }
    for peer in bench.dialled() {
        bench.connect(peer, true, false);
    }
    bench.pass(ROUND / 2);
    assert_eq!(bench.dialled(), []);
    bench.pass(ROUND);
    let visited = bench.dialled();
    assert_eq!(visited.len(), 1);
    let id = bench.connect(visited[0], true, false);
    bench.pass(VISIT);
    assert_eq!(bench.closed(), [id]);
}

#[test]
fn a_found_peer_that_is_never_there_is_forgotten() {
    let mut bench = Bench::new();
    let peer = PeerId::random();
    bench.keeper.discovered(peer, vec![address()], bench.now);
    for _ in 0..FORGET_AFTER {
        bench.pass(backoff::LONGEST);
        assert_eq!(bench.dialled(), [peer]);
        assert!(bench.keeper.dial_failed(&peer, bench.now));
    }
    assert_eq!(bench.keeper.known_peers(), 0);
}

#[test]
fn fresh_inbound_strangers_displace_themselves() {
    let mut bench = Bench::new();
    let peer = bench.add(Bond::Loose);
    assert_eq!(bench.dialled(), [peer]);
    let chosen = bench.connect(peer, true, false);
    let mut old = Vec::new();
    for _ in 0..3 {
        bench.pass(Duration::from_secs(1));
        old.push(bench.connect(PeerId::random(), false, false));
    }
    bench.pass(Duration::from_secs(1));
    bench.pass(VISIT);
    let fresh = bench.connect(PeerId::random(), false, false);
    assert_eq!(bench.closed(), [], "it displaces nobody");
    bench.pass(VISIT);
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
    bench.pass(VISIT);
    let (outside, outside_id) = peers[0];
    let actions = bench.keeper.poll(bench.now, |peer| *peer != outside);
    assert_eq!(actions, [Action::Close(outside_id)]);
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
            .add(small, vec![address()], Bond::Loose, bench.now)
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
    let (a, b) = (bench.add(Bond::Loose), bench.add(Bond::Loose));
    let c = bench.add(Bond::Loose);
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
        bench.add(Bond::Loose);
    }
    let one_more = bench
        .keeper
        .add(PeerId::random(), vec![address()], Bond::Pinned, bench.now);
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
    let peer = bench.add(Bond::Pinned);
    bench.keeper.pause(&peer, bench.now + DISCONNECT_PAUSE);
    assert_eq!(bench.dialled(), []);
    bench.pass(DISCONNECT_PAUSE);
    assert_eq!(bench.dialled(), [peer]);
}
