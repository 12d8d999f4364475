use std::time::Duration;

use indaba::network::{
    Bond, Command, DialFailure, Disconnection, Event, Multiaddr, Offence, Path, PeerId, Profile,
    Refusal, Snapshot, StartError, spawn,
};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use super::node::{LOOKOUT, Node, listening, quiet, topic};

fn connections(seen: &Snapshot, peer: PeerId) -> usize {
    seen.connections.iter().filter(|c| c.peer == peer).count()
}

#[tokio::test]
async fn silence_is_the_default_no_listener_no_peer() {
    let node = Node::start(quiet(1));
    let seen = node.inspect().await;
    assert!(seen.listeners.is_empty() && seen.external.is_empty());
    assert!(seen.connections.is_empty() && seen.known_peers == 0);
    node.stop().await;

    // The twin: asked to listen, it does.
    let (node, address) = Node::listen(listening(1)).await;
    assert_eq!(node.inspect().await.listeners, [address]);
    node.stop().await;
}

#[tokio::test]
async fn a_node_that_only_dials_connects() {
    let (mut hub, address) = Node::listen(listening(1)).await;
    let mut leaf = Node::start(quiet(2));
    leaf.add(hub.id(), &address).await;
    let (outbound, path) = leaf
        .until("connection", |event| match event {
            Event::Connected { outbound, path, .. } => Some((outbound, path)),
            _ => None,
        })
        .await;
    assert!(outbound);
    assert_eq!(path, Path::Tcp);
    hub.connected_with(leaf.id()).await;
    assert!(leaf.inspect().await.listeners.is_empty());
}

#[tokio::test]
async fn quic_carries_too() {
    let mut settings = quiet(1);
    settings.listen = vec!["/ip4/127.0.0.1/udp/0/quic-v1".parse().unwrap()];
    let (hub, address) = Node::listen(settings).await;
    let mut leaf = Node::start(quiet(2));
    leaf.add(hub.id(), &address).await;
    let path = leaf
        .until("connection", |event| match event {
            Event::Connected { path, .. } => Some(path),
            _ => None,
        })
        .await;
    assert_eq!(path, Path::Quic);

    // A lean node does not speak it unless told to.
    let mut settings = quiet(3);
    settings.profile = Profile::Lean;
    let mut lean = Node::start(settings.clone());
    lean.add(hub.id(), &address).await;
    lean.until("failed dial", |event| match event {
        Event::DialFailed { .. } => Some(()),
        _ => None,
    })
    .await;
    lean.stop().await;
    settings.quic = Some(true);
    let mut lean = Node::start(settings);
    lean.add(hub.id(), &address).await;
    lean.connected_with(hub.id()).await;
}

#[tokio::test]
async fn both_dial_at_once_and_one_connection_remains() {
    // Several rounds: not every round makes the two dials cross.
    for round in 0..5u8 {
        let (mut a, a_address) = Node::listen(listening(10 + round)).await;
        let (mut b, b_address) = Node::listen(listening(50 + round)).await;
        let (a_id, b_id) = (a.id(), b.id());
        let subject = topic("registry");
        tokio::join!(a.follow(&subject), b.follow(&subject));
        tokio::join!(a.add(b_id, &b_address), b.add(a_id, &a_address));
        tokio::join!(a.connected_with(b_id), b.connected_with(a_id));
        let one = |peer: PeerId| move |seen: &Snapshot| connections(seen, peer) == 1;
        a.until_seen("one connection", one(b_id)).await;
        b.until_seen("one connection", one(a_id)).await;
        // And it stays: nobody closed the connection the other side kept.
        a.never("lost", Duration::from_millis(300), |event| match event {
            Event::Disconnected { reason, .. } => Some(reason),
            _ => None,
        })
        .await;
        let outbound_at_a = a.inspect().await.connections[0].outbound;
        let outbound_at_b = b.inspect().await.connections[0].outbound;
        assert_ne!(outbound_at_a, outbound_at_b, "both sides kept the same one");
        // Whichever of the two carried it, each knows what the other follows.
        let in_mesh =
            |peer: PeerId| move |seen: &Snapshot| seen.meshes.iter().any(|(_, of)| of == &[peer]);
        a.until_seen("a mesh", in_mesh(b_id)).await;
        b.until_seen("a mesh", in_mesh(a_id)).await;
        tokio::join!(a.stop(), b.stop());
    }
}

#[tokio::test]
async fn an_address_answered_by_someone_else_is_named() {
    let (hub, address) = Node::listen(listening(1)).await;
    let mut leaf = Node::start(quiet(2));
    let expected = PeerId::random();
    leaf.add(expected, &address).await;
    let (peer, reason) = leaf
        .until("failed dial", |event| match event {
            Event::DialFailed { peer, reason } => Some((peer, reason)),
            _ => None,
        })
        .await;
    assert_eq!(peer, expected);
    assert_eq!(reason, DialFailure::WrongPeer(hub.id()));
}

#[tokio::test]
async fn a_refused_dial_names_the_reason_and_no_address() {
    let (hub, address) = Node::listen(listening(1)).await;
    let peer = hub.id();
    hub.stop().await;
    let mut leaf = Node::start(quiet(2));
    leaf.add(peer, &address).await;
    let reason = leaf
        .until("failed dial", |event| match event {
            Event::DialFailed { reason, .. } => Some(reason.to_string()),
            _ => None,
        })
        .await;
    assert!(reason.contains("refused"), "{reason}");
    assert!(!reason.contains("127.0.0.1"), "{reason}");
}

#[tokio::test]
async fn a_peer_that_comes_back_is_dialled_again() {
    let (hub, address) = Node::listen(listening(1)).await;
    let mut leaf = Node::start(quiet(2));
    leaf.add(hub.id(), &address).await;
    leaf.connected_with(hub.id()).await;
    let peer = hub.id();
    hub.stop().await;
    let reason = leaf
        .until("disconnection", |event| match event {
            Event::Disconnected { reason, .. } => Some(reason),
            _ => None,
        })
        .await;
    assert_eq!(reason, Disconnection::Remote);
    let mut again = quiet(1);
    again.listen = vec![address];
    let (_hub, _) = Node::listen(again).await;
    leaf.connected_with(peer).await;
}

#[tokio::test]
async fn a_blocked_peer_is_cut_off_and_stays_out() {
    let (mut hub, address) = Node::listen(listening(1)).await;
    let leaf = Node::start(quiet(2));
    leaf.add(hub.id(), &address).await;
    hub.connected_with(leaf.id()).await;
    hub.tell(Command::Block(leaf.id())).await;
    let peer = leaf.id();
    hub.until("disconnection", |event| match event {
        Event::Disconnected { peer: p, .. } if p == peer => Some(()),
        _ => None,
    })
    .await;
    hub.never("connected all the same", LOOKOUT, |event| match event {
        Event::Connected { peer, .. } => Some(peer),
        _ => None,
    })
    .await;
    // The twin: unblocked, it comes back by itself.
    hub.tell(Command::Unblock(leaf.id())).await;
    hub.connected_with(peer).await;
}

#[tokio::test]
async fn offences_add_up_to_a_ban() {
    let (mut hub, address) = Node::listen(listening(1)).await;
    let mut leaf = Node::start(quiet(2));
    leaf.add(hub.id(), &address).await;
    hub.connected_with(leaf.id()).await;
    let peer = leaf.id();
    for _ in 0..2 {
        hub.tell(Command::Penalise {
            peer,
            offence: Offence::Invalid,
        })
        .await;
    }
    let seen = hub.inspect().await;
    assert_eq!((seen.blocked, connections(&seen, peer)), (0, 1));
    hub.tell(Command::Penalise {
        peer,
        offence: Offence::Invalid,
    })
    .await;
    let duration = hub
        .until("ban", |event| match event {
            Event::Banned { duration, .. } => Some(duration),
            _ => None,
        })
        .await;
    assert!(duration >= Duration::from_secs(12 * 60 * 60));
    leaf.until("disconnection", |event| match event {
        Event::Disconnected { .. } => Some(()),
        _ => None,
    })
    .await;
}

#[tokio::test]
async fn a_closed_circle_lets_nobody_else_in() {
    let mut settings = listening(1);
    settings.known_peers_only = true;
    let (mut hub, address) = Node::listen(settings).await;
    let mut stranger = Node::start(quiet(2));
    let friend = Node::start(quiet(3));
    hub.tell(Command::AddPeer {
        peer: friend.id(),
        addresses: vec![],
        bond: Bond::Loose,
    })
    .await;
    stranger.add(hub.id(), &address).await;
    // Refused by the other side right after the handshake.
    stranger
        .until("disconnection", |event| match event {
            Event::Disconnected { .. } | Event::DialFailed { .. } => Some(()),
            _ => None,
        })
        .await;
    friend.add(hub.id(), &address).await;
    hub.connected_with(friend.id()).await;
    let seen = hub.inspect().await;
    assert_eq!(connections(&seen, stranger.id()), 0);
}

#[tokio::test]
async fn impossible_commands_are_refused_with_a_reason() {
    let mut node = Node::start(quiet(1));
    let own = node.id();
    node.tell(Command::AddPeer {
        peer: own,
        addresses: vec![],
        bond: Bond::Loose,
    })
    .await;
    let (peer, other) = (PeerId::random(), PeerId::random());
    node.add(
        peer,
        &format!("/ip4/127.0.0.1/tcp/1/p2p/{other}").parse().unwrap(),
    )
    .await;
    let foreign = indaba::network::Topic::new("/other/registry");
    node.follow(&foreign).await;
    let mut refusals = Vec::new();
    while refusals.len() < 3 {
        refusals.push(
            node.until("refusal", |event| match event {
                Event::Refused(refusal) => Some(refusal),
                _ => None,
            })
            .await,
        );
    }
    assert_eq!(
        refusals,
        [
            Refusal::OwnPeer(own),
            Refusal::AddressOfAnother(peer),
            Refusal::TopicNotAllowed(foreign),
        ]
    );
}

#[tokio::test]
async fn a_busy_port_is_reported_not_fatal() {
    // A plain listener: libp2p nodes of one owner share a port without complaint.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let address: Multiaddr = format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap();
    let mut settings = quiet(2);
    settings.listen = vec![address.clone()];
    let mut node = Node::start(settings);
    let (failed, reason) = node
        .until("listen failure", |event| match event {
            Event::ListenFailed { address, reason } => Some((address, reason)),
            _ => None,
        })
        .await;
    assert_eq!(failed, Some(address));
    assert!(reason.contains("in use"), "{reason}");
    // It goes on without.
    assert!(node.inspect().await.listeners.is_empty());
    node.stop().await;
}

#[tokio::test]
async fn the_end_is_orderly_and_the_peer_notices() {
    let (mut hub, address) = Node::listen(listening(1)).await;
    let mut leaf = Node::start(quiet(2));
    let subject = topic("registry");
    leaf.follow(&subject).await;
    leaf.add(hub.id(), &address).await;
    leaf.connected_with(hub.id()).await;
    hub.follower(leaf.id(), &subject).await;
    let peer = leaf.id();
    leaf.stop().await;
    let reason = hub
        .until("disconnection", |event| match event {
            Event::Disconnected { peer: p, reason } if p == peer => Some(reason),
            _ => None,
        })
        .await;
    assert_eq!(reason, Disconnection::Remote);
}

#[tokio::test]
async fn dropping_either_end_stops_the_task() {
    let node = Node::start(listening(1));
    let network = node.network;
    drop(network.commands);
    tokio::time::timeout(super::node::PATIENCE, network.task)
        .await
        .unwrap()
        .unwrap();
    let node = Node::start(quiet(2));
    let network = node.network;
    drop(network.events);
    tokio::time::timeout(super::node::PATIENCE, network.task)
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn wrong_settings_do_not_start() {
    let mut settings = quiet(1);
    settings.protocols.catch_up = "no-slash".into();
    assert!(matches!(
        spawn(settings, None),
        Err(StartError::ProtocolName(_))
    ));
    let mut settings = listening(1);
    settings.profile = Profile::Lean;
    assert!(matches!(
        spawn(settings, None),
        Err(StartError::NotInProfile { .. })
    ));
}

#[tokio::test]
async fn metrics_are_counted() {
    let mut registry = Registry::default();
    let network = spawn(listening(1), Some(&mut registry)).unwrap();
    let (mut node, mut leaf) = (Node { network }, Node::start(quiet(2)));
    let address = node
        .until("an address", |event| match event {
            Event::Listening(address) => Some(address),
            _ => None,
        })
        .await;
    leaf.add(node.id(), &address).await;
    leaf.connected_with(node.id()).await;
    node.connected_with(leaf.id()).await;
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    assert!(
        text.contains("libp2p_swarm_connections_established"),
        "{text}"
    );
    assert!(
        text.contains("indaba_network_messages_unjudged_total 0"),
        "{text}"
    );
}
