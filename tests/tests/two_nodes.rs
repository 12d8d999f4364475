//! Two whole nodes on loopback: found, accept each other, publish, receive by gossip, be away, catch up.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::Path;

use indaba::engine::Way;
use indaba::engine::order::{Order, Reply};
use indaba::runtime::start;

use two_nodes::site::{FEED, Node, OTHER, Site, admitted, changed};

mod two_nodes {
    pub(crate) mod site;
}

/// A council whose node listens and a network whose node calls it, accepts it and follows [`FEED`].
async fn council_and_network(seed: u8) -> ((Site, Node), (Site, Node), String) {
    let council = Site::new(seed, "National Peace Council (example)");
    let coast = Site::new(seed + 1, "Coast Network (example)");
    let (a, b) = (council.start_listening(), coast.start());
    b.accept(&council).await;
    b.follow(FEED).await;
    let address = a.address().await;
    b.stay_in_touch(&address, true).await;
    ((council, a), (coast, b), address)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publish_gossip_follow_and_catch_up() {
    let ((_council, a), (coast, b), _) = council_and_network(1).await;
    a.accept(&coast).await;

    // The first two before or after there is a connection, and so by either way; the third by gossip.
    let mut seen = b.0.notices();
    a.publish(&["one", "two"]).await;
    b.complete(FEED, 2).await;
    a.publish(&["three"]).await;
    assert_eq!(admitted(&mut seen, 3).await[2], Way::Gossip);
    b.complete(FEED, 3).await;

    // Away, and back: what was missed comes by catch-up.
    b.stop().await;
    a.publish(&["number 4", "number 5", "number 6", "number 7", "number 8"])
        .await;
    let b = coast.start();
    b.complete(FEED, 8).await;

    let records = b.records(FEED).await;
    assert_eq!(records.len(), 8);
    assert!(
        records
            .iter()
            .all(|record| record.words == ["verified"] && record.title.is_some()),
        "{records:?}"
    );
    let id = records[7].short.clone();
    let Reply::Verified(verified) = b.order(Order::Verify { id }).await else {
        panic!("verify")
    };
    assert!(verified.steps.iter().all(|step| step.holds), "{verified:?}");
    let search = Order::Search {
        words: vec!["NUMBER".to_owned()],
        feed: None,
        limit: 10,
    };
    let Reply::Found { records, .. } = b.order(search).await else {
        panic!("search")
    };
    assert_eq!(records.len(), 5);
    b.stop().await;
    a.stop().await;
}

/// Changes one byte of every copy of a text in the journal, and says how many there were: what comes by gossip while it is asked for
/// is written twice.
fn damage(dir: &Path, text: &str) -> usize {
    let mut copies = 0;
    for entry in std::fs::read_dir(dir.join("store").join("journal")).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = std::fs::read(&path).unwrap();
        let found: Vec<usize> = (0..bytes.len())
            .filter(|at| bytes[*at..].starts_with(text.as_bytes()))
            .collect();
        for at in &found {
            bytes[*at] ^= 0x20;
        }
        if !found.is_empty() {
            std::fs::write(&path, bytes).unwrap();
        }
        copies += found.len();
    }
    copies
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_record_is_noticed_survived_and_fetched_again() {
    let ((_council, a), (coast, b), address) = council_and_network(11).await;
    let ids = a.publish(&["xyzzy", "plugh"]).await;
    b.complete(FEED, 2).await;
    let Reply::Peers { peers } = b.order(Order::Peers).await else {
        panic!("peers")
    };
    let peer = peers[0].peer.clone();
    b.order(Order::RemovePeer { peer }).await;
    b.stop().await;

    assert!(
        damage(coast.path(), "xyzzy") > 0,
        "the card is in the journal as it is"
    );
    let b = coast.start();
    let show = |id: &str| Order::Show { id: id.to_owned() };
    // Alone, it says that it does not have the record, and shows the other one.
    let alone = b.ask(show(&ids[0])).await;
    assert!(
        matches!(alone, Reply::Refused(_)),
        "a damaged record is never shown: {alone:?}"
    );
    assert!(matches!(b.order(show(&ids[1])).await, Reply::Record(_)));
    // With a peer, it gets the record back.
    let mut watch = b.0.notices();
    b.stay_in_touch(&address, true).await;
    loop {
        if let Reply::Record(view) = b.ask(show(&ids[0])).await {
            assert_eq!(view.line.title.as_deref(), Some("xyzzy"));
            break;
        }
        changed(&mut watch, "the record comes back").await;
    }
    b.stop().await;
    a.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publisher_that_lost_its_store_gets_its_records_back_before_it_publishes_again() {
    let council = Site::new(21, "National Peace Council (example)");
    let coast = Site::new(22, "Coast Network (example)");
    let (a, b) = (council.start(), coast.start_listening());
    b.accept(&council).await;
    for feed in [FEED, OTHER] {
        b.follow(feed).await;
    }
    let address = b.address().await;
    a.stay_in_touch(&address, false).await;
    a.publish(&["one", "two"]).await;
    b.complete(FEED, 2).await;
    a.stop().await;

    std::fs::remove_dir_all(council.path().join("store")).unwrap();
    assert!(
        start(council.settings(), council.network(), None).is_err(),
        "an emptied store is noticed"
    );
    let mut accepting = council.settings();
    accepting.accept_loss = true;
    let a = Node(start(accepting, council.network(), None).unwrap());
    let mut watch = a.0.notices();
    let refused = a.try_publish(&["three"]).await;
    assert!(
        matches!(refused, Reply::Refused(_)),
        "it must not publish at #1 again: {refused:?}"
    );
    a.stay_in_touch(&address, false).await;
    let records = loop {
        if let Reply::Published { records } = a.try_publish(&["three"]).await {
            break records;
        }
        changed(&mut watch, "it publishes again once its records are back").await;
    };
    assert!(
        records[0].lanes.iter().all(|(_, seq)| *seq == 3),
        "{records:?}"
    );
    b.complete(FEED, 3).await;
    let records = b.records(OTHER).await;
    assert!(
        records.iter().all(|record| record.words == ["verified"]),
        "nothing is disputed: {records:?}"
    );
    a.stop().await;
    b.stop().await;
}
