//! What a connected node that is no partner can learn of a quiet follow: everything it is sent, captured.
//!
//! The stranger is plain libp2p without our code: gossip, questions and identify, as any node offers them. That a name is not in
//! the capture proves nothing by itself, so an open feed is followed beside each quiet one, whose name is sorted after
//! it: once the open one was told by gossip and in a question, the place where the quiet one would have been told is
//! passed. And with a plain follow the same capture shows the name.

use std::path::Path;

use futures::StreamExt;
use indaba::engine::order::{Order, Reply};
use indaba::engine::{EngineSettings, Founding, Identity, found};
use indaba::network::{Protocols, Settings};
use indaba::runtime::{NodeSettings, RunningNode, start};
use indaba_protocol::{
    CatchUpRequest, CatchUpResponse, FeedName, Id, NetworkName, SigningKey, Value,
    catch_up_protocol, topic,
};
use libp2p::request_response::{self, ProtocolSupport};
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use libp2p::{Multiaddr, PeerId, StreamProtocol, gossipsub, identify, identity};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::hostile::{Raw, swarm};
use super::node::PATIENCE;

fn network() -> NetworkName {
    NetworkName::parse("test.example").unwrap()
}

/// Something the stranger was sent.
#[derive(Debug)]
enum Heard {
    /// A topic that was announced.
    Topic(String),
    /// A question, as it came.
    Question(Vec<u8>),
    /// A message, or what the other says about itself.
    Other(Vec<u8>),
}

impl Heard {
    fn names(&self, word: &str) -> bool {
        let bytes = match self {
            Heard::Topic(topic) => topic.as_bytes(),
            Heard::Question(bytes) | Heard::Other(bytes) => bytes,
        };
        bytes
            .windows(word.len())
            .any(|part| part == word.as_bytes())
    }
}

#[derive(NetworkBehaviour)]
struct Ears {
    gossip: gossipsub::Behaviour,
    questions: request_response::Behaviour<Raw>,
    identify: identify::Behaviour,
}

/// A node that listens, answers every question with "nothing", and reports what it hears.
struct Stranger {
    peer: PeerId,
    address: Multiaddr,
    heard: mpsc::Receiver<Heard>,
    capture: Vec<Heard>,
    task: JoinHandle<()>,
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Stranger {
    async fn listen() -> Stranger {
        let net = network().id();
        let mut swarm = swarm(|| {
            let config = gossipsub::ConfigBuilder::default()
                .validation_mode(gossipsub::ValidationMode::Anonymous)
                .build()
                .unwrap();
            let mut gossip: gossipsub::Behaviour =
                gossipsub::Behaviour::new(gossipsub::MessageAuthenticity::Anonymous, config)
                    .unwrap();
            let registry = topic(&net, &FeedName::registry());
            gossip
                .subscribe(&gossipsub::IdentTopic::new(registry))
                .unwrap();
            let protocol = StreamProtocol::try_from_owned(catch_up_protocol(&net)).unwrap();
            let key = identity::Keypair::generate_ed25519().public();
            Ears {
                gossip,
                questions: request_response::Behaviour::with_codec(
                    Raw,
                    [(protocol, ProtocolSupport::Full)],
                    request_response::Config::default(),
                ),
                identify: identify::Behaviour::new(identify::Config::new(
                    format!("/indaba/1/{}", net.prefix()),
                    key,
                )),
            }
        });
        let peer = *swarm.local_peer_id();
        swarm
            .listen_on("/ip4/127.0.0.1/tcp/0".parse().unwrap())
            .unwrap();
        let address = loop {
            if let SwarmEvent::NewListenAddr { address, .. } = swarm.select_next_some().await {
                break address;
            }
        };
        let (report, heard) = mpsc::channel(1024);
        let task = tokio::spawn(async move {
            loop {
                let SwarmEvent::Behaviour(event) = swarm.select_next_some().await else {
                    continue;
                };
                let heard = match event {
                    EarsEvent::Gossip(gossipsub::Event::Subscribed { topic, .. }) => {
                        Heard::Topic(topic.into_string())
                    }
                    EarsEvent::Gossip(gossipsub::Event::Message { message, .. }) => {
                        Heard::Other(message.data)
                    }
                    EarsEvent::Questions(request_response::Event::Message {
                        message:
                            request_response::Message::Request {
                                request, channel, ..
                            },
                        ..
                    }) => {
                        let _ = swarm
                            .behaviour_mut()
                            .questions
                            .send_response(channel, nothing(&request));
                        Heard::Question(request)
                    }
                    EarsEvent::Identify(event) => Heard::Other(format!("{event:?}").into_bytes()),
                    _ => continue,
                };
                if report.send(heard).await.is_err() {
                    return;
                }
            }
        });
        Stranger {
            peer,
            address,
            heard,
            capture: Vec::new(),
            task,
        }
    }

    /// Listens until a word was heard by gossip and in a question.
    async fn until_told(&mut self, word: &str) {
        let told = |capture: &[Heard]| {
            let by = |gossip: bool| {
                capture.iter().any(|heard| match heard {
                    Heard::Topic(_) => gossip && heard.names(word),
                    Heard::Question(_) => !gossip && heard.names(word),
                    Heard::Other(_) => false,
                })
            };
            by(true) && by(false)
        };
        while !told(&self.capture) {
            match timeout(PATIENCE, self.heard.recv()).await {
                Ok(Some(heard)) => self.capture.push(heard),
                Ok(None) => panic!("the stranger ended"),
                Err(_) => panic!("{word} was not told: {:?}", self.capture),
            }
        }
    }

    fn was_told(&self, word: &str) -> bool {
        self.capture.iter().any(|heard| heard.names(word))
    }
}

/// An answer that has the right form and holds nothing, behind its length as it travels.
fn nothing(question: &[u8]) -> Vec<u8> {
    let answer = match CatchUpRequest::decode(question) {
        Ok(CatchUpRequest::Facts { .. }) => CatchUpResponse::Facts {
            ids: Vec::new(),
            more: false,
        },
        Ok(CatchUpRequest::Lanes { .. }) => CatchUpResponse::Lanes {
            lanes: Vec::new(),
            more: false,
        },
        _ => CatchUpResponse::Items {
            items: Vec::new(),
            more: false,
        },
    }
    .encode();
    let length = u32::try_from(answer.len()).unwrap().to_be_bytes();
    [&length[..], &answer].concat()
}

/// A whole node that only dials.
fn follower(dir: &Path) -> RunningNode {
    let net = network().id();
    let mut settings = NodeSettings {
        store: dir.join("store"),
        guard: dir.join("guard"),
        accept_loss: false,
        reserve: 1 << 20,
        engine: EngineSettings {
            network: network(),
            identity: Identity {
                institution: Id::of(b""),
                node: SigningKey::from_seed(&[1; 32]),
            },
            seed: [1; 32],
            peer: None,
            compare_every: 300_000,
            erase_after: indaba::engine::limits::ERASE_AFTER,
            clearance: Default::default(),
        },
    };
    let text = |text: &str| Value::String(text.to_owned());
    let profile = [
        ("name", text("Coast Dialogue Network (example)")),
        ("kind", text("cso")),
        ("lang", text("en")),
        ("listed", Value::Bool(true)),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value));
    let (mut store, _) = settings.open_store().unwrap();
    let founding = Founding {
        network: net,
        root: &SigningKey::from_seed(&[2; 32]),
        reserve: SigningKey::from_seed(&[3; 32]).key(),
        node: SigningKey::from_seed(&[1; 32]).key(),
        profile: Value::Map(profile.collect()),
        day: "2026-11-23".parse().unwrap(),
    };
    settings.engine.identity.institution = found(&founding, &mut store).unwrap();
    store.close().unwrap();
    let registry = topic(&net, &FeedName::registry());
    let protocols = Protocols {
        topic_prefix: registry.strip_suffix("registry").unwrap().to_owned(),
        topic_rest: 71,
        catch_up: catch_up_protocol(&net),
        routing: format!("/indaba/1/{}/kad", net.prefix()),
        identify: format!("/indaba/1/{}", net.prefix()),
    };
    start(settings, Settings::new([4; 32], protocols), None).unwrap()
}

async fn order(node: &RunningNode, order: Order) {
    let reply = timeout(PATIENCE, node.order(order)).await.unwrap().unwrap();
    assert!(!matches!(reply, Reply::Refused(_)), "{reply:?}");
}

async fn follow(node: &RunningNode, feed: &str, quiet: bool) {
    let feed = feed.to_owned();
    let quiet = Some(quiet);
    order(node, Order::Follow { feed, quiet }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_is_never_sent_the_name_of_a_quiet_feed() {
    for quiet in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let (node, mut stranger) = (follower(dir.path()), Stranger::listen().await);
        // Before the connection: told in the first message and the first comparison, if at all.
        follow(&node, "topic:hidden-first", quiet).await;
        follow(&node, "topic:open-first", false).await;
        let address = format!("{}/p2p/{}", stranger.address, stranger.peer);
        let partner = false;
        order(&node, Order::AddPeer { address, partner }).await;
        stranger.until_told("topic:open-first").await;
        // While connected.
        follow(&node, "topic:hidden-later", quiet).await;
        follow(&node, "topic:open-later", false).await;
        stranger.until_told("topic:open-later").await;
        if quiet {
            assert!(!stranger.was_told("hidden"), "{:?}", stranger.capture);
        } else {
            // The negative control: the same capture shows a plain follow.
            stranger.until_told("topic:hidden-first").await;
            stranger.until_told("topic:hidden-later").await;
        }
        node.stop().await.unwrap();
    }
}
