//! What a publisher and an operator learn from what peers say they hold; and what is not believed.

use indaba::engine::order::{Holder, Order, PeerView, Reply, Status};
use indaba::network::{Disconnection, Event, Topic};
use indaba_protocol::{Id, Item, LaneSummary, SigningKey, topic};
use libp2p::PeerId;

use crate::engine_rules::bench::{Bench, draft};
use crate::engine_rules::cast::{Cast, FEED, OTHER, feed, id, network};

fn publish(bench: &mut Bench, title: &str) -> Id {
    let drafts = vec![draft(title)];
    let Reply::Published { records } = bench.order(Order::Publish { drafts }) else {
        panic!("not published");
    };
    records[0].id.parse().unwrap()
}

fn holders(bench: &mut Bench, record: Id) -> Option<Vec<Holder>> {
    let id = record.to_string();
    let Reply::Record(view) = bench.order(Order::Show { id }) else {
        panic!("not shown");
    };
    view.holders
}

fn status(bench: &mut Bench) -> Status {
    let Reply::Status(status) = bench.order(Order::Status) else {
        panic!("no status");
    };
    *status
}

fn peer(bench: &mut Bench, peer: PeerId) -> PeerView {
    let Reply::Peers { peers } = bench.order(Order::Peers) else {
        panic!("no peers");
    };
    let name = peer.to_string();
    peers.into_iter().find(|view| view.peer == name).unwrap()
}

fn own(bench: &Bench, seq: u64, last: Id) -> LaneSummary {
    LaneSummary {
        institution: bench.own.id,
        key: SigningKey::from_seed(&[1; 32]).key(),
        seq,
        last,
    }
}

/// Connects, and answers that these lanes of [`FEED`] are held.
fn says(bench: &mut Bench, lanes: &[LaneSummary]) -> PeerId {
    let peer = bench.connect();
    bench.serve(peer, lanes, |_| Vec::new());
    peer
}

#[test]
fn a_publisher_sees_who_said_that_he_holds_a_record() {
    let mut bench = Bench::new();
    let first = publish(&mut bench, "first");
    let second = publish(&mut bench, "second");
    assert_eq!(holders(&mut bench, first).unwrap().len(), 0);
    let lane = own(&bench, 1, first);
    let friend = says(&mut bench, &[lane]);
    let held = holders(&mut bench, first).unwrap();
    assert_eq!(held.len(), 1);
    assert_eq!(
        (held[0].peer.as_str(), held[0].since),
        (friend.to_string().as_str(), bench.now.wall)
    );
    assert_eq!(holders(&mut bench, second).unwrap().len(), 0);
    let lanes = status(&mut bench).held_elsewhere;
    assert_eq!((lanes[0].seq, lanes[0].all, lanes[0].some), (2, 0, 1));
    let view = peer(&mut bench, friend);
    assert_eq!(view.compared.unwrap().missing_there, 1);

    // Who holds the second holds both; and of another's record nothing is said.
    let lane = own(&bench, 2, second);
    says(&mut bench, &[lane]);
    assert_eq!(holders(&mut bench, first).unwrap().len(), 2);
    assert_eq!(holders(&mut bench, second).unwrap().len(), 1);
    let other = Cast::abroad(10);
    bench.accept(&other);
    bench.follow(FEED, false);
    let record = other.record(&[(FEED, 1, None)]);
    bench.gossip(FEED, record.to_item().encode());
    assert!(holders(&mut bench, id(&record)).is_none());
}

#[test]
fn what_no_holder_can_know_is_not_believed() {
    let mut bench = Bench::new();
    let first = publish(&mut bench, "first");
    let second = publish(&mut bench, "second");
    // More than there is, and a record that stands elsewhere or nowhere.
    for (seq, last) in [
        (3, second),
        (9_007_199_254_740_991, second),
        (1, second),
        (2, first),
    ] {
        let lane = own(&bench, seq, last);
        says(&mut bench, &[lane]);
    }
    assert_eq!(holders(&mut bench, first).unwrap().len(), 0);
    assert_eq!(status(&mut bench).held_elsewhere[0].some, 0);
    // The twin: the same with what is true.
    let lane = own(&bench, 2, second);
    says(&mut bench, &[lane]);
    assert_eq!(holders(&mut bench, first).unwrap().len(), 1);
}

#[test]
fn a_peer_that_lost_a_record_does_not_hold_it_any_more() {
    let mut bench = Bench::new();
    let first = publish(&mut bench, "first");
    let lane = own(&bench, 1, first);
    let friend = says(&mut bench, &[lane]);
    assert_eq!(holders(&mut bench, first).unwrap().len(), 1);
    bench.event(Event::Disconnected {
        peer: friend,
        reason: Disconnection::Remote,
    });
    // It is away, and was there.
    bench.now = bench.now.after(60_000);
    assert_eq!(holders(&mut bench, first).unwrap().len(), 1);
    bench.event(Event::Connected {
        peer: friend,
        outbound: false,
        path: indaba::network::Path::Tcp,
    });
    bench.serve(friend, &[], |_| Vec::new());
    assert_eq!(holders(&mut bench, first).unwrap().len(), 0);
}

#[test]
fn what_a_peer_has_and_this_node_lacks_is_told_until_it_came() {
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
    let mean = says(&mut bench, &[lane]);
    assert_eq!(peer(&mut bench, mean).compared.unwrap().missing_here, 1);
    let good = bench.connect();
    let item: Item = record.to_item();
    bench.serve(good, &[lane], |_| vec![item.clone()]);
    assert_eq!(peer(&mut bench, good).compared.unwrap().missing_here, 0);
    assert_eq!(peer(&mut bench, mean).compared.unwrap().missing_here, 0);
}

#[test]
fn a_peer_is_named_by_order_only_and_keeps_the_name() {
    let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
    bench.accept(&friend);
    let stranger = bench.connect();
    assert!(peer(&mut bench, stranger).institution.is_none());
    let name = |bench: &mut Bench, peer: PeerId| {
        bench.order(Order::NamePeer {
            peer: peer.to_string(),
            institution: friend.id.to_string(),
        })
    };
    assert!(matches!(
        name(&mut bench, stranger),
        Reply::PeerNamed { .. }
    ));
    assert!(matches!(
        name(&mut bench, PeerId::random()),
        Reply::Refused(_)
    ));
    bench.event(Event::Disconnected {
        peer: stranger,
        reason: Disconnection::Remote,
    });
    bench.now = bench.now.after(5_000);
    let view = peer(&mut bench, stranger);
    assert_eq!(view.institution.unwrap().id, friend.id.to_string());
    assert!(!view.connected && view.last_seen.is_some());
}

#[test]
fn where_accepted_institutions_publish_is_known_before_it_is_followed() {
    let (mut bench, friend, unknown) = (Bench::new(), Cast::abroad(10), Cast::abroad(20));
    let known = |bench: &mut Bench| -> Vec<(String, u64, bool)> {
        let Reply::KnownFeeds { feeds, more: false } = bench.order(Order::KnownFeeds) else {
            panic!("no feeds");
        };
        feeds
            .into_iter()
            .map(|f| (f.feed, f.records, f.followed))
            .collect()
    };
    publish(&mut bench, "own records are no reason to follow");
    assert_eq!(known(&mut bench), []);
    bench.accept(&friend);
    let record = friend.record(&[(FEED, 1, None), (OTHER, 1, None)]);
    bench.gossip(
        "registry",
        friend
            .head(1, &[(FEED, 1, id(&record)), (OTHER, 1, id(&record))])
            .encode(),
    );
    let stranger = unknown.record(&[(FEED, 1, None)]);
    bench.gossip(
        "registry",
        unknown.head(1, &[(FEED, 1, id(&stranger))]).encode(),
    );
    bench.follow(FEED, false);
    assert_eq!(
        known(&mut bench),
        [(FEED.to_owned(), 1, true), (OTHER.to_owned(), 1, false)]
    );
}

#[test]
fn a_feed_says_how_many_connected_peers_carry_it() {
    let mut bench = Bench::new();
    bench.follow(FEED, false);
    let carried = |bench: &mut Bench| {
        let Reply::Feeds { feeds } = bench.order(Order::Feeds) else {
            panic!("no feeds");
        };
        let feed = feeds.into_iter().find(|view| view.feed == FEED).unwrap();
        (feed.carried_by, feed.connected)
    };
    assert_eq!(carried(&mut bench), (0, 0));
    let (one, _) = (bench.connect(), bench.connect());
    let follows = |name: &str| Event::PeerFollows {
        peer: one,
        topic: Topic::new(topic(&network().id(), &feed(name))),
    };
    bench.event(follows(OTHER));
    assert_eq!(carried(&mut bench), (0, 2), "another feed is not this one");
    bench.event(follows(FEED));
    assert_eq!(carried(&mut bench), (1, 2));
}
