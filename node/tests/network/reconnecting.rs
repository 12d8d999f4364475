use indaba::network::{Command, Event, Outcome, PeerId, Snapshot, Topic};

use super::line::Line;
use super::node::{Node, listening, quiet, topic};

fn connections(seen: &Snapshot, peer: PeerId) -> usize {
    seen.connections.iter().filter(|c| c.peer == peer).count()
}

/// Who comes back while the other end still believes in the old connection is told what that end follows, and gossip passes again in
/// both directions.
#[tokio::test]
async fn who_calls_again_before_the_old_connection_is_gone_is_told_what_is_followed() {
    let registry = topic("registry");
    let (mut hub, address) = Node::listen(listening(1)).await;
    hub.follow(&registry).await;
    let line = Line::to(&address).await;
    let mut leaf = Node::start(quiet(2));
    leaf.follow(&registry).await;
    leaf.add(hub.id(), &line.address).await;
    leaf.follower(hub.id(), &registry).await;
    hub.follower(leaf.id(), &registry).await;
    let (hub_id, leaf_id) = (hub.id(), leaf.id());

    line.breaks();
    leaf.until("disconnection", |event| match event {
        Event::Disconnected { .. } => Some(()),
        _ => None,
    })
    .await;
    hub.until_seen("the old connection beside the new one", |seen| {
        connections(seen, leaf_id) == 2
    })
    .await;

    leaf.follower(hub_id, &registry).await;
    hub.until_seen("one connection", |seen| connections(seen, leaf_id) == 1)
        .await;
    assert_eq!(
        leaf.publish(&registry, b"from the leaf", 1).await,
        Outcome::Sent(1)
    );
    assert_eq!(hub.message().await.3, b"from the leaf");
    assert_eq!(
        hub.publish(&registry, b"from the hub", 2).await,
        Outcome::Sent(1)
    );
    assert_eq!(leaf.message().await.3, b"from the hub");
}

/// Whether a peer gets what comes in on a topic, as soon as it comes.
fn in_mesh(peer: PeerId, topic: &Topic) -> impl Fn(&Snapshot) -> bool {
    move |seen| {
        let mut meshes = seen.meshes.iter();
        meshes.any(|(of, peers)| of == topic && peers.contains(&peer))
    }
}

/// A node that left the mesh would be kept out of it for a minute.
#[tokio::test]
async fn a_node_that_is_started_again_gets_gossip_at_once() {
    let registry = topic("registry");
    let (mut hub, address) = Node::listen(listening(1)).await;
    hub.follow(&registry).await;
    for start in 1..=3 {
        let leaf = Node::start(quiet(2));
        leaf.follow(&registry).await;
        leaf.add(hub.id(), &address).await;
        hub.until_seen(
            &format!("the leaf in the mesh after start {start}"),
            in_mesh(leaf.id(), &registry),
        )
        .await;
        let peer = leaf.id();
        leaf.stop().await;
        hub.until_seen("no leaf", |seen| connections(seen, peer) == 0)
            .await;
    }
}

/// Who is started again knows nothing of having been taken out of the mesh within the last minute. That it wants to be back on each of its
/// topics is no attack.
#[tokio::test]
async fn a_node_that_wants_back_into_the_mesh_too_early_is_still_listened_to() {
    let topics: Vec<Topic> = (0..16)
        .map(|n| topic(&format!("topic:number-{n}")))
        .collect();
    let (mut hub, address) = Node::listen(listening(1)).await;
    let leaf = Node::start(quiet(2));
    for topic in &topics {
        hub.follow(topic).await;
        leaf.follow(topic).await;
    }
    leaf.add(hub.id(), &address).await;
    for topic in &topics {
        hub.until_seen("the leaf in the mesh", in_mesh(leaf.id(), topic))
            .await;
    }
    for topic in &topics {
        leaf.tell(Command::Unsubscribe(topic.clone())).await;
    }
    let outside = |seen: &Snapshot| seen.meshes.iter().all(|(_, peers)| peers.is_empty());
    hub.until_seen("the leaf out of every mesh", outside).await;
    leaf.stop().await;

    let mut leaf = Node::start(quiet(2));
    for topic in &topics {
        leaf.follow(topic).await;
    }
    leaf.add(hub.id(), &address).await;
    leaf.follower(hub.id(), &topics[15]).await;
    // What it says after it asked to be back on all of them.
    leaf.until_seen("the hub turned it away", outside).await;
    let outcome = leaf.publish(&topics[0], b"a practice", 1).await;
    assert_eq!(outcome, Outcome::Sent(1));
    assert_eq!(hub.message().await.3, b"a practice");
}
