//! Two whole nodes on loopback: found, accept each other, publish, receive by gossip, be away, catch up.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::Path;
use std::time::Duration;

use indaba::engine::order::{Draft, Order, Reply};
use indaba::engine::{EngineSettings, Founding, Identity, Notice, Way, found};
use indaba::network::{Protocols, Settings};
use indaba::runtime::{NodeSettings, RunningNode, start};
use indaba_protocol::{
    Day, FeedName, Id, NetworkName, SigningKey, Value, catch_up_protocol, cbor, topic,
};
use tokio::sync::broadcast;
use tokio::time::timeout;

fn map(pairs: &[(&str, Value)]) -> Value {
    Value::Map(
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect(),
    )
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn network() -> NetworkName {
    NetworkName::parse("test.example").unwrap()
}

fn settings(dir: &Path, institution: Id, seed: u8) -> NodeSettings {
    NodeSettings {
        store: dir.join("store"),
        guard: dir.join("guard"),
        accept_loss: false,
        engine: EngineSettings {
            network: network(),
            identity: Identity {
                institution,
                node: SigningKey::from_seed(&[seed; 32]),
            },
            seed: [seed; 32],
            peer: None,
            compare_every: 300_000,
        },
    }
}

fn institution(dir: &Path, seed: u8, name: &str) -> Id {
    let settings = settings(dir, Id::of(b""), seed);
    let (mut store, _) = settings.open_store().unwrap();
    let profile = map(&[
        ("name", text(name)),
        ("kind", text("peace-council")),
        ("lang", text("en")),
        ("listed", Value::Bool(true)),
    ]);
    let founding = Founding {
        network: network().id(),
        root: &SigningKey::from_seed(&[seed + 100; 32]),
        reserve: SigningKey::from_seed(&[seed + 101; 32]).key(),
        node: SigningKey::from_seed(&[seed; 32]).key(),
        profile,
        day: "2026-11-23".parse::<Day>().unwrap(),
    };
    let id = found(&founding, &mut store).unwrap();
    store.close().unwrap();
    id
}

fn protocols() -> Protocols {
    let net = network().id();
    let registry = topic(&net, &FeedName::registry());
    Protocols {
        topic_prefix: registry.strip_suffix("registry").unwrap().to_owned(),
        topic_rest: 71,
        catch_up: catch_up_protocol(&net),
        routing: format!("/indaba/1/{}/kad", net.prefix()),
        identify: format!("/indaba/1/{}", net.prefix()),
    }
}

fn node(dir: &Path, institution: Id, seed: u8, listen: bool) -> RunningNode {
    let mut network = Settings::new([seed + 50; 32], protocols());
    if listen {
        network.listen = vec!["/ip4/127.0.0.1/tcp/0".parse().unwrap()];
    }
    start(settings(dir, institution, seed), network, None).unwrap()
}

fn draft(title: &str) -> Draft {
    let hex = |value: &Value| {
        cbor::encode(value)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect::<String>()
    };
    let sections = map(&[
        ("challenge", text("What was hard.")),
        ("solution", text("What was done.")),
    ]);
    Draft {
        kind: "practice".to_owned(),
        feeds: vec!["region:ecowas".to_owned(), "theme:ifp".to_owned()],
        links: Vec::new(),
        lang: "en".to_owned(),
        marking: "clear".to_owned(),
        day: Some("2026-11-23".to_owned()),
        card: hex(&map(&[
            ("title", text(title)),
            ("summary", text("In short.")),
        ])),
        body: hex(&map(&[
            ("licence", text("CC-BY-4.0")),
            ("attribution", text("organisation")),
            ("sections", sections),
        ])),
        source: title.to_owned(),
    }
}

async fn order(node: &RunningNode, order: Order) -> Reply {
    match timeout(Duration::from_secs(20), node.order(order))
        .await
        .unwrap()
        .unwrap()
    {
        Reply::Refused(refusal) => panic!("{refusal:?}"),
        reply => reply,
    }
}

async fn admitted(notices: &mut broadcast::Receiver<Notice>, count: usize) -> Vec<Way> {
    let mut ways = Vec::new();
    while ways.len() < count {
        if let Notice::Admitted { way, .. } = timeout(Duration::from_secs(20), notices.recv())
            .await
            .unwrap()
            .unwrap()
        {
            ways.push(way);
        }
    }
    ways
}

/// Waits until something changed at a node; a test asks again after each change.
async fn changed(watch: &mut broadcast::Receiver<Notice>, what: &str) {
    match timeout(Duration::from_secs(20), watch.recv()).await {
        Ok(Ok(_) | Err(broadcast::error::RecvError::Lagged(_))) => {}
        Ok(Err(closed)) => panic!("{what}: the node ended: {closed}"),
        Err(_) => panic!("{what}: nothing more happens"),
    }
}

async fn address(node: &RunningNode) -> String {
    let mut watch = node.notices();
    loop {
        if let Reply::Identity(view) = order(node, Order::Identity).await
            && let (Some(peer), Some(address)) = (view.peer, view.addresses.first())
        {
            return format!("{address}/p2p/{peer}");
        }
        changed(&mut watch, "listening").await;
    }
}

async fn complete(node: &RunningNode, feed: &str, count: u64) {
    let mut watch = node.notices();
    loop {
        let Reply::Feeds { feeds } = order(node, Order::Feeds).await else {
            panic!("feeds")
        };
        let view = feeds.into_iter().find(|view| view.feed == feed).unwrap();
        if view.state == "complete"
            && view.held == count
            && view.expected == count
            && view.parts_missing == 0
        {
            return;
        }
        changed(&mut watch, &format!("{count} wanted of {view:?}")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publish_gossip_follow_and_catch_up() {
    let (a_dir, b_dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let a_id = institution(a_dir.path(), 1, "National Peace Council (example)");
    let b_id = institution(b_dir.path(), 2, "Coast Network (example)");
    let a = node(a_dir.path(), a_id, 1, true);
    let b = node(b_dir.path(), b_id, 2, false);
    order(
        &a,
        Order::Anchor {
            institution: b_id.to_string(),
            name: None,
        },
    )
    .await;
    order(
        &b,
        Order::Anchor {
            institution: a_id.to_string(),
            name: None,
        },
    )
    .await;
    order(
        &b,
        Order::Follow {
            feed: "region:ecowas".to_owned(),
            quiet: false,
        },
    )
    .await;
    let a_address = address(&a).await;
    order(
        &b,
        Order::AddPeer {
            address: a_address.clone(),
            partner: true,
        },
    )
    .await;

    // Before there is any connection, and so by catch-up; the rest by either way.
    let mut seen = b.notices();
    order(
        &a,
        Order::Publish {
            drafts: vec![draft("one"), draft("two")],
        },
    )
    .await;
    admitted(&mut seen, 2).await;
    complete(&b, "region:ecowas", 2).await;
    order(
        &a,
        Order::Publish {
            drafts: vec![draft("three")],
        },
    )
    .await;
    assert_eq!(admitted(&mut seen, 1).await, [Way::Gossip]);
    complete(&b, "region:ecowas", 3).await;

    // Away, and back: what was missed comes by catch-up.
    b.stop().await.unwrap();
    order(
        &a,
        Order::Publish {
            drafts: (4..9).map(|n| draft(&format!("number {n}"))).collect(),
        },
    )
    .await;
    let b = node(b_dir.path(), b_id, 2, false);
    complete(&b, "region:ecowas", 8).await;

    let Reply::Feed { records, .. } = order(
        &b,
        Order::Feed {
            feed: "region:ecowas".to_owned(),
            after: None,
            limit: 100,
            newest: false,
        },
    )
    .await
    else {
        panic!("feed")
    };
    assert_eq!(records.len(), 8);
    assert!(
        records
            .iter()
            .all(|record| record.words == ["verified"] && record.title.is_some()),
        "{records:?}"
    );
    let Reply::Verified(verified) = order(
        &b,
        Order::Verify {
            id: records[7].short.clone(),
        },
    )
    .await
    else {
        panic!("verify")
    };
    assert!(verified.steps.iter().all(|step| step.holds), "{verified:?}");
    let Reply::Found { records, .. } = order(
        &b,
        Order::Search {
            words: vec!["NUMBER".to_owned()],
            feed: None,
            limit: 10,
        },
    )
    .await
    else {
        panic!("search")
    };
    assert_eq!(records.len(), 5);
    b.stop().await.unwrap();
    a.stop().await.unwrap();
}

/// Changes one byte of a card in the journal; false if the text is not there.
fn damage(dir: &Path, text: &str) -> bool {
    let journal = dir.join("store").join("journal");
    for entry in std::fs::read_dir(journal).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = std::fs::read(&path).unwrap();
        if let Some(at) = bytes
            .windows(text.len())
            .position(|window| window == text.as_bytes())
        {
            bytes[at] ^= 0x20;
            std::fs::write(&path, bytes).unwrap();
            return true;
        }
    }
    false
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_record_is_noticed_survived_and_fetched_again() {
    let (a_dir, b_dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let a_id = institution(a_dir.path(), 11, "National Peace Council (example)");
    let b_id = institution(b_dir.path(), 12, "Coast Network (example)");
    let a = node(a_dir.path(), a_id, 11, true);
    let b = node(b_dir.path(), b_id, 12, false);
    order(
        &b,
        Order::Anchor {
            institution: a_id.to_string(),
            name: None,
        },
    )
    .await;
    order(
        &b,
        Order::Follow {
            feed: "region:ecowas".to_owned(),
            quiet: false,
        },
    )
    .await;
    let a_address = address(&a).await;
    order(
        &b,
        Order::AddPeer {
            address: a_address.clone(),
            partner: true,
        },
    )
    .await;
    let Reply::Published { records } = order(
        &a,
        Order::Publish {
            drafts: vec![draft("xyzzy"), draft("plugh")],
        },
    )
    .await
    else {
        panic!("published")
    };
    complete(&b, "region:ecowas", 2).await;
    let b_peer = order(&b, Order::Peers).await;
    let Reply::Peers { peers } = b_peer else {
        panic!("peers")
    };
    order(
        &b,
        Order::RemovePeer {
            peer: peers[0].peer.clone(),
        },
    )
    .await;
    b.stop().await.unwrap();

    assert!(
        damage(b_dir.path(), "xyzzy"),
        "the card is in the journal as it is"
    );
    let b = node(b_dir.path(), b_id, 12, false);
    let show = |id: &str| Order::Show { id: id.to_owned() };
    // Alone, it says that it does not have the record, and shows the other one.
    let alone = timeout(Duration::from_secs(20), b.order(show(&records[0].id)))
        .await
        .unwrap()
        .unwrap();
    assert!(
        matches!(alone, Reply::Refused(_)),
        "a damaged record is never shown: {alone:?}"
    );
    assert!(matches!(
        order(&b, show(&records[1].id)).await,
        Reply::Record(_)
    ));
    // With a peer, it gets the record back.
    let mut watch = b.notices();
    order(
        &b,
        Order::AddPeer {
            address: a_address,
            partner: true,
        },
    )
    .await;
    loop {
        if let Reply::Record(view) = timeout(Duration::from_secs(20), b.order(show(&records[0].id)))
            .await
            .unwrap()
            .unwrap()
        {
            assert_eq!(view.line.title.as_deref(), Some("xyzzy"));
            break;
        }
        changed(&mut watch, "the record comes back").await;
    }
    b.stop().await.unwrap();
    a.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publisher_that_lost_its_store_gets_its_records_back_before_it_publishes_again() {
    let (a_dir, b_dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let a_id = institution(a_dir.path(), 21, "National Peace Council (example)");
    let b_id = institution(b_dir.path(), 22, "Coast Network (example)");
    let b = node(b_dir.path(), b_id, 22, true);
    order(
        &b,
        Order::Anchor {
            institution: a_id.to_string(),
            name: None,
        },
    )
    .await;
    for feed in ["region:ecowas", "theme:ifp"] {
        order(
            &b,
            Order::Follow {
                feed: feed.to_owned(),
                quiet: false,
            },
        )
        .await;
    }
    let b_address = address(&b).await;
    let a = node(a_dir.path(), a_id, 21, false);
    order(
        &a,
        Order::AddPeer {
            address: b_address.clone(),
            partner: false,
        },
    )
    .await;
    order(
        &a,
        Order::Publish {
            drafts: vec![draft("one"), draft("two")],
        },
    )
    .await;
    complete(&b, "region:ecowas", 2).await;
    a.stop().await.unwrap();

    std::fs::remove_dir_all(a_dir.path().join("store")).unwrap();
    let mut network = Settings::new([71; 32], protocols());
    network.listen = Vec::new();
    assert!(
        start(settings(a_dir.path(), a_id, 21), network.clone(), None).is_err(),
        "an emptied store is noticed"
    );
    let mut accepting = settings(a_dir.path(), a_id, 21);
    accepting.accept_loss = true;
    let a = start(accepting, network, None).unwrap();
    let mut watch = a.notices();
    let publish = |title: &str| Order::Publish {
        drafts: vec![draft(title)],
    };
    let refused = timeout(Duration::from_secs(20), a.order(publish("three")))
        .await
        .unwrap()
        .unwrap();
    assert!(
        matches!(refused, Reply::Refused(_)),
        "it must not publish at #1 again: {refused:?}"
    );
    order(
        &a,
        Order::AddPeer {
            address: b_address,
            partner: false,
        },
    )
    .await;
    let records = loop {
        if let Reply::Published { records } =
            timeout(Duration::from_secs(20), a.order(publish("three")))
                .await
                .unwrap()
                .unwrap()
        {
            break records;
        }
        changed(&mut watch, "it publishes again once its records are back").await;
    };
    assert!(
        records[0].lanes.iter().all(|(_, seq)| *seq == 3),
        "{records:?}"
    );
    complete(&b, "region:ecowas", 3).await;
    let Reply::Feed { records, .. } = order(
        &b,
        Order::Feed {
            feed: "theme:ifp".to_owned(),
            after: None,
            limit: 10,
            newest: false,
        },
    )
    .await
    else {
        panic!("feed")
    };
    assert!(
        records.iter().all(|record| record.words == ["verified"]),
        "nothing is disputed: {records:?}"
    );
    a.stop().await.unwrap();
    b.stop().await.unwrap();
}
