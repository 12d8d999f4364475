use indaba::network::{Event, Outcome, PeerId, Snapshot};

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
