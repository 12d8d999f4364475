//! A node under test, and how to wait for it.

use std::time::{Duration, Instant};

use indaba::network::{
    Bond, Command, Event, MessageTicket, Multiaddr, Network, Outcome, PeerId, Protocols, Relay,
    Settings, Snapshot, Topic, spawn,
};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// Longest wait for anything that should happen. Generous: the machine may be busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// How long to look out for something that should not happen: three heartbeats of the default
/// profile, after which gossip announces a frame no more.
pub(crate) const LOOKOUT: Duration = Duration::from_secs(4);

pub(crate) const PREFIX: &str = "/indaba/1/0123456789abcdef/";

pub(crate) fn protocols() -> Protocols {
    Protocols {
        topic_prefix: PREFIX.into(),
        topic_rest: 48,
        catch_up: format!("{PREFIX}catch-up/1"),
        routing: format!("{PREFIX}routing/1"),
        identify: PREFIX.trim_end_matches('/').into(),
    }
}

/// Settings of a node that only dials.
pub(crate) fn quiet(seed: u8) -> Settings {
    Settings::new([seed; 32], protocols())
}

/// Settings of a node that listens on a free TCP port.
pub(crate) fn listening(seed: u8) -> Settings {
    let mut settings = quiet(seed);
    settings.listen = vec!["/ip4/127.0.0.1/tcp/0".parse().unwrap()];
    settings
}

pub(crate) fn topic(name: &str) -> Topic {
    Topic::new(format!("{PREFIX}{name}"))
}

pub(crate) struct Node {
    pub(crate) network: Network,
}

impl Node {
    pub(crate) fn start(settings: Settings) -> Self {
        Self {
            network: spawn(settings, None).unwrap(),
        }
    }

    /// Starts a listening node and waits for its address.
    pub(crate) async fn listen(settings: Settings) -> (Self, Multiaddr) {
        let mut node = Self::start(settings);
        let address = node
            .until("an address", |event| match event {
                Event::Listening(address) => Some(address),
                _ => None,
            })
            .await;
        (node, address)
    }

    pub(crate) fn id(&self) -> PeerId {
        self.network.local_peer
    }

    pub(crate) async fn tell(&self, command: Command) {
        self.network.commands.send(command).await.unwrap();
    }

    pub(crate) async fn follow(&self, topic: &Topic) {
        self.tell(Command::Subscribe(topic.clone())).await;
    }

    pub(crate) async fn add(&self, peer: PeerId, address: &Multiaddr) {
        self.tell(Command::AddPeer {
            peer,
            addresses: vec![address.clone()],
            bond: Bond::Loose,
        })
        .await;
    }

    /// The first event that `pick` takes; others are passed over.
    pub(crate) async fn until<T>(
        &mut self,
        what: &str,
        mut pick: impl FnMut(Event) -> Option<T>,
    ) -> T {
        let search = async {
            loop {
                let event = self.network.events.recv().await.expect("the network ended");
                if let Some(found) = pick(event) {
                    return found;
                }
            }
        };
        timeout(PATIENCE, search)
            .await
            .unwrap_or_else(|_| panic!("no {what} within {PATIENCE:?}"))
    }

    /// The same, but it must not happen for as long as `time`.
    pub(crate) async fn never<T: std::fmt::Debug>(
        &mut self,
        what: &str,
        time: Duration,
        mut pick: impl FnMut(Event) -> Option<T>,
    ) {
        let search = async {
            loop {
                match self.network.events.recv().await {
                    Some(event) => {
                        if let Some(found) = pick(event) {
                            return found;
                        }
                    }
                    None => std::future::pending().await,
                }
            }
        };
        if let Ok(found) = timeout(time, search).await {
            panic!("{what}: {found:?}");
        }
    }

    pub(crate) async fn connected_with(&mut self, peer: PeerId) {
        self.until("connection", |event| match event {
            Event::Connected { peer: found, .. } if found == peer => Some(()),
            _ => None,
        })
        .await;
    }

    pub(crate) async fn follower(&mut self, peer: PeerId, topic: &Topic) {
        self.until("follower", |event| match event {
            Event::PeerFollows { peer: p, topic: t } if p == peer && t == *topic => Some(()),
            _ => None,
        })
        .await;
    }

    pub(crate) async fn message(&mut self) -> (MessageTicket, PeerId, Topic, Vec<u8>) {
        self.until("message", |event| match event {
            Event::Message {
                ticket,
                peer,
                topic,
                frame,
            } => Some((ticket, peer, topic, frame)),
            _ => None,
        })
        .await
    }

    pub(crate) async fn judge(&self, message: MessageTicket, verdict: Relay) {
        self.tell(Command::Judge { message, verdict }).await;
    }

    pub(crate) async fn publish(&mut self, topic: &Topic, frame: &[u8], ticket: u64) -> Outcome {
        self.tell(Command::Publish {
            topic: topic.clone(),
            frame: frame.to_vec(),
            ticket,
        })
        .await;
        self.until("outcome", |event| match event {
            Event::Published { ticket: t, outcome } if t == ticket => Some(outcome),
            _ => None,
        })
        .await
    }

    pub(crate) async fn inspect(&self) -> Snapshot {
        let (reply, answer) = oneshot::channel();
        self.tell(Command::Inspect(reply)).await;
        timeout(PATIENCE, answer).await.unwrap().unwrap()
    }

    /// Asks again and again until the picture fits; each answer comes from the running task.
    pub(crate) async fn until_seen(
        &mut self,
        what: &str,
        fits: impl Fn(&Snapshot) -> bool,
    ) -> Snapshot {
        let end = Instant::now() + PATIENCE;
        loop {
            let seen = self.inspect().await;
            if fits(&seen) {
                return seen;
            }
            assert!(Instant::now() < end, "never {what}: {seen:?}");
            // Reading events lets the task go on; the limit keeps the loop from spinning.
            let _ = timeout(Duration::from_millis(20), self.network.events.recv()).await;
        }
    }

    pub(crate) async fn stop(self) {
        self.network.commands.send(Command::Shutdown).await.unwrap();
        timeout(PATIENCE, self.network.task).await.unwrap().unwrap();
    }
}
