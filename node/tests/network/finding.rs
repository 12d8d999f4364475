use indaba::network::{Bond, Event, KnownPeer, Multiaddr, Profile, Relay, Settings};

use super::node::{LOOKOUT, Node, listening, quiet, topic};

/// A free port: an external address must be known before the start.
fn reachable(seed: u8) -> Settings {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let address: Multiaddr = format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap();
    let mut settings = quiet(seed);
    settings.listen = vec![address.clone()];
    settings.external = vec![address];
    settings
}

fn knows(mut settings: Settings, peer: &Node, address: &Multiaddr) -> Settings {
    settings.bootstrap = vec![KnownPeer {
        peer: peer.id(),
        addresses: vec![address.clone()],
        bond: Bond::Pinned,
    }];
    settings
}

/// Two nodes that know only the hub find each other, and only if both and the hub take part.
#[tokio::test]
async fn routing_finds_peers_of_peers() {
    let mut settings = reachable(1);
    settings.profile = Profile::Hub;
    settings.routing = true;
    let (hub, address) = Node::listen(settings).await;

    let mut settings = knows(reachable(2), &hub, &address);
    settings.routing = true;
    let (mut first, _) = Node::listen(settings).await;
    first.connected_with(hub.id()).await;

    let mut settings = knows(quiet(3), &hub, &address);
    settings.routing = true;
    let mut second = Node::start(settings);
    second.connected_with(first.id()).await;

    // The twin: without routing it stays with the hub.
    let mut third = Node::start(knows(quiet(4), &hub, &address));
    third.connected_with(hub.id()).await;
    let found = first.id();
    third
        .never("found all the same", LOOKOUT, |event| match event {
            Event::Connected { peer, .. } if peer == found => Some(peer),
            _ => None,
        })
        .await;
}

/// A lean node dials its hub, listens nowhere, and gets what it follows.
#[tokio::test]
async fn a_lean_node_follows_through_its_hub() {
    let subject = topic("country:gha");
    let mut settings = listening(1);
    settings.profile = Profile::Hub;
    let (mut hub, address) = Node::listen(settings).await;
    let mut settings = knows(quiet(2), &hub, &address);
    settings.profile = Profile::Lean;
    let mut lean = Node::start(settings);
    hub.follow(&subject).await;
    lean.follow(&subject).await;
    lean.connected_with(hub.id()).await;
    hub.follower(lean.id(), &subject).await;
    hub.publish(&subject, b"a lesson", 1).await;
    let (ticket, _, _, frame) = lean.message().await;
    assert_eq!(frame, b"a lesson");
    lean.judge(ticket, Relay::Accept).await;
    assert!(lean.inspect().await.listeners.is_empty());
}
