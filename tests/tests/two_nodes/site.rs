//! An institution's place in a test: its folder, its keys, and the node that runs there.

use std::path::Path;
use std::time::Duration;

use indaba::engine::order::{Draft, Order, RecordLine, Reply};
use indaba::engine::{EngineSettings, Founding, Identity, Notice, Way, found};
use indaba::network::{Protocols, Settings};
use indaba::runtime::{NodeSettings, RunningNode, start};
use indaba_protocol::{
    Day, FeedName, Id, NetworkName, SigningKey, Value, catch_up_protocol, cbor, topic,
};
use tempfile::TempDir;
use tokio::sync::broadcast;
use tokio::time::timeout;

/// The subject that the nodes of these tests share.
pub(crate) const FEED: &str = "region:ecowas";
/// The second feed of every record.
pub(crate) const OTHER: &str = "theme:ifp";

/// Longest wait for anything that should happen. Generous: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(20);

/// A folder in which an institution was founded. Its node may be started and stopped.
pub(crate) struct Site {
    dir: TempDir,
    seed: u8,
    pub(crate) id: Id,
}

impl Site {
    /// Founds an institution whose keys follow from the seed.
    pub(crate) fn new(seed: u8, name: &str) -> Site {
        let dir = tempfile::tempdir().unwrap();
        let (mut store, _) = settings(dir.path(), Id::of(b""), seed)
            .open_store()
            .unwrap();
        let founding = Founding {
            network: network().id(),
            root: &SigningKey::from_seed(&[seed + 100; 32]),
            reserve: SigningKey::from_seed(&[seed + 101; 32]).key(),
            node: SigningKey::from_seed(&[seed; 32]).key(),
            profile: map(&[
                ("name", text(name)),
                ("kind", text("peace-council")),
                ("lang", text("en")),
                ("listed", Value::Bool(true)),
            ]),
            day: "2026-11-23".parse::<Day>().unwrap(),
        };
        let id = found(&founding, &mut store).unwrap();
        store.close().unwrap();
        Site { dir, seed, id }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// What the node starts with, for a test that starts it in its own way.
    pub(crate) fn settings(&self) -> NodeSettings {
        settings(self.path(), self.id, self.seed)
    }

    /// How the node speaks to others; it listens nowhere.
    pub(crate) fn network(&self) -> Settings {
        Settings::new([self.seed + 50; 32], protocols())
    }

    /// Starts a node that calls others only.
    pub(crate) fn start(&self) -> Node {
        Node(start(self.settings(), self.network(), None).unwrap())
    }

    /// Starts a node that others can call.
    pub(crate) fn start_listening(&self) -> Node {
        let mut network = self.network();
        network.listen = vec!["/ip4/127.0.0.1/tcp/0".parse().unwrap()];
        Node(start(self.settings(), network, None).unwrap())
    }
}

/// A running node, and what a test asks of it.
pub(crate) struct Node(pub(crate) RunningNode);

impl Node {
    /// The answer to an order, a refusal included.
    pub(crate) async fn ask(&self, order: Order) -> Reply {
        timeout(PATIENCE, self.0.order(order))
            .await
            .unwrap()
            .unwrap()
    }

    /// The answer to an order that must not be refused.
    pub(crate) async fn order(&self, order: Order) -> Reply {
        match self.ask(order).await {
            Reply::Refused(refusal) => panic!("{refusal:?}"),
            reply => reply,
        }
    }

    pub(crate) async fn accept(&self, site: &Site) {
        let institution = site.id.to_string();
        self.order(Order::Anchor {
            institution,
            name: None,
            full: None,
            reach: None,
        })
        .await;
    }

    pub(crate) async fn follow(&self, feed: &str) {
        let feed = feed.to_owned();
        self.order(Order::Follow { feed, quiet: None }).await;
    }

    pub(crate) async fn stay_in_touch(&self, address: &str, partner: bool) {
        let address = address.to_owned();
        self.order(Order::AddPeer { address, partner }).await;
    }

    /// Publishes a practice for [`FEED`] and [`OTHER`] under each title; the reply, a refusal included.
    pub(crate) async fn try_publish(&self, titles: &[&str]) -> Reply {
        let drafts = titles.iter().map(|title| draft(title)).collect();
        self.ask(Order::Publish { drafts }).await
    }

    /// As [`Node::try_publish`], and it must succeed; the ids.
    pub(crate) async fn publish(&self, titles: &[&str]) -> Vec<String> {
        match self.try_publish(titles).await {
            Reply::Published { records } => records.into_iter().map(|one| one.id).collect(),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn records(&self, feed: &str) -> Vec<RecordLine> {
        let order = Order::Feed {
            feed: feed.to_owned(),
            after: None,
            limit: 100,
            newest: false,
        };
        match self.order(order).await {
            Reply::Feed { records, .. } => records,
            other => panic!("{other:?}"),
        }
    }

    /// Waits until the node listens; an address with its peer id.
    pub(crate) async fn address(&self) -> String {
        let mut watch = self.0.notices();
        loop {
            if let Reply::Identity(view) = self.order(Order::Identity).await
                && let (Some(peer), Some(address)) = (view.peer, view.addresses.first())
            {
                return format!("{address}/p2p/{peer}");
            }
            changed(&mut watch, "listening").await;
        }
    }

    /// Waits until the node holds this many records of a feed, and knows that these are all.
    pub(crate) async fn complete(&self, feed: &str, count: u64) {
        let mut watch = self.0.notices();
        loop {
            let Reply::Feeds { feeds } = self.order(Order::Feeds).await else {
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

    pub(crate) async fn stop(self) {
        self.0.stop().await.unwrap();
    }
}

/// Waits until something changed at a node; a test asks again after each change.
pub(crate) async fn changed(watch: &mut broadcast::Receiver<Notice>, what: &str) {
    match timeout(PATIENCE, watch.recv()).await {
        Ok(Ok(_) | Err(broadcast::error::RecvError::Lagged(_))) => {}
        Ok(Err(closed)) => panic!("{what}: the node ended: {closed}"),
        Err(_) => panic!("{what}: nothing more happens"),
    }
}

/// Waits until the node has admitted this many records; how each came.
pub(crate) async fn admitted(watch: &mut broadcast::Receiver<Notice>, count: usize) -> Vec<Way> {
    let mut ways = Vec::new();
    while ways.len() < count {
        let notice = timeout(PATIENCE, watch.recv()).await.unwrap().unwrap();
        if let Notice::Admitted { way, .. } = notice {
            ways.push(way);
        }
    }
    ways
}

fn settings(dir: &Path, institution: Id, seed: u8) -> NodeSettings {
    NodeSettings {
        store: dir.join("store"),
        guard: dir.join("guard"),
        accept_loss: false,
        reserve: 1 << 20,
        engine: EngineSettings {
            network: network(),
            identity: Identity {
                institution,
                node: SigningKey::from_seed(&[seed; 32]),
            },
            seed: [seed; 32],
            peer: None,
            compare_every: 300_000,
            erase_after: indaba::engine::limits::ERASE_AFTER,
            clearance: Default::default(),
        },
    }
}

fn network() -> NetworkName {
    NetworkName::parse("test.example").unwrap()
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
        feeds: vec![FEED.to_owned(), OTHER.to_owned()],
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
