use indaba::network::{Bond, Event, KnownPeer, Multiaddr, Path, Profile};
use libp2p::multiaddr::Protocol;

use super::node::{Node, listening, quiet};

/// A hub relays for a node that listens nowhere else.
#[tokio::test]
async fn a_hub_relays_when_asked_to() {
    let mut settings = listening(1);
    settings.profile = Profile::Hub;
    settings.serve_others = true;
    // Reservations are offered only with a known external address.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let address: Multiaddr = format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap();
    settings.listen = vec![address.clone()];
    settings.external = vec![address];
    let (hub, hub_address) = Node::listen(settings).await;

    let mut settings = quiet(2);
    settings.relays = vec![KnownPeer {
        peer: hub.id(),
        addresses: vec![hub_address.clone()],
        bond: Bond::Always,
    }];
    let mut hidden = Node::start(settings);
    let reachable = hidden
        .until("reservation", |event| match event {
            Event::Listening(address) => Some(address),
            _ => None,
        })
        .await;
    assert!(reachable.iter().any(|part| part == Protocol::P2pCircuit));

    let mut settings = quiet(3);
    settings.relayed_dialling = true;
    let mut caller = Node::start(settings);
    caller.add(hidden.id(), &reachable).await;
    let hidden_id = hidden.id();
    let path = caller
        .until("relayed connection", |event| match event {
            Event::Connected { peer, path, .. } if peer == hidden_id => Some(path),
            _ => None,
        })
        .await;
    assert_eq!(path, Path::Relayed);
    hidden.connected_with(caller.id()).await;

    // The twin: a node that was not asked to use relays cannot.
    let mut plain = Node::start(quiet(4));
    plain.add(hidden_id, &reachable).await;
    plain
        .until("failed dial", |event| match event {
            Event::DialFailed { .. } => Some(()),
            _ => None,
        })
        .await;
}
