//! Nodes that do not keep to the rules: plain libp2p without our bounds.

use std::io;
use std::time::Duration;

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, StreamExt};
use libp2p::request_response::{self, Codec, ProtocolSupport};
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use libp2p::{
    Multiaddr, PeerId, StreamProtocol, Swarm, SwarmBuilder, gossipsub, noise, tcp, yamux,
};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// A node with this behaviour and keys of its own.
pub(crate) fn swarm<B: NetworkBehaviour>(behaviour: impl FnOnce() -> B) -> Swarm<B> {
    SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(
            tcp::Config::default(),
            noise::Config::new,
            yamux::Config::default,
        )
        .unwrap()
        .with_behaviour(|_| behaviour())
        .unwrap()
        .with_swarm_config(|c| c.with_idle_connection_timeout(Duration::from_secs(60)))
        .build()
}

/// Dials and announces these topics.
pub(crate) fn announce(topics: Vec<String>, address: Multiaddr) -> JoinHandle<()> {
    let mut swarm = swarm(|| {
        let config = gossipsub::ConfigBuilder::default()
            .validation_mode(gossipsub::ValidationMode::Anonymous)
            .build()
            .unwrap();
        let mut behaviour: gossipsub::Behaviour =
            gossipsub::Behaviour::new(gossipsub::MessageAuthenticity::Anonymous, config).unwrap();
        for topic in topics {
            behaviour
                .subscribe(&gossipsub::IdentTopic::new(topic))
                .unwrap();
        }
        behaviour
    });
    swarm.dial(address).unwrap();
    tokio::spawn(async move {
        loop {
            swarm.select_next_some().await;
        }
    })
}

/// Writes whatever it is given, without length or bound; reads until the end.
#[derive(Clone, Default)]
pub(crate) struct Raw;

async fn slurp<T: AsyncRead + Unpin>(io: &mut T) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io.take(8 << 20).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

impl Codec for Raw {
    type Protocol = StreamProtocol;
    type Request = Vec<u8>;
    type Response = Vec<u8>;

    async fn read_request<T: AsyncRead + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
    ) -> io::Result<Vec<u8>> {
        // A length and a body, as the honest side sends them.
        let mut head = [0; 4];
        io.read_exact(&mut head).await?;
        let mut body = vec![0; u32::from_be_bytes(head) as usize];
        io.read_exact(&mut body).await?;
        Ok(body)
    }

    async fn read_response<T: AsyncRead + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
    ) -> io::Result<Vec<u8>> {
        slurp(io).await
    }

    async fn write_request<T: AsyncWrite + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        bytes: Vec<u8>,
    ) -> io::Result<()> {
        io.write_all(&bytes).await?;
        io.close().await
    }

    async fn write_response<T: AsyncWrite + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        bytes: Vec<u8>,
    ) -> io::Result<()> {
        io.write_all(&bytes).await?;
        io.close().await
    }
}

/// What the raw peer saw.
#[derive(Debug)]
pub(crate) enum Seen {
    Connected,
    Closed,
    /// The answer to a request of ours, or that there was none.
    Answer(Option<Vec<u8>>),
}

/// A peer that sends raw bytes as requests, and answers every request with `answer`.
pub(crate) struct RawPeer {
    pub(crate) id: PeerId,
    pub(crate) send: mpsc::Sender<Vec<u8>>,
    pub(crate) seen: mpsc::Receiver<Seen>,
    task: JoinHandle<()>,
}

impl Drop for RawPeer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl RawPeer {
    pub(crate) fn dial(
        protocol: String,
        target: PeerId,
        address: Multiaddr,
        answer: Vec<u8>,
    ) -> Self {
        let protocol = StreamProtocol::try_from_owned(protocol).unwrap();
        let mut swarm = swarm(|| {
            request_response::Behaviour::with_codec(
                Raw,
                [(protocol, ProtocolSupport::Full)],
                request_response::Config::default(),
            )
        });
        let id = *swarm.local_peer_id();
        swarm.dial(address).unwrap();
        let (send, mut orders) = mpsc::channel::<Vec<u8>>(8);
        let (report, seen) = mpsc::channel(64);
        let task = tokio::spawn(async move {
            loop {
                let seen = tokio::select! {
                    Some(bytes) = orders.recv() => {
                        swarm.behaviour_mut().send_request(&target, bytes);
                        continue;
                    }
                    event = swarm.select_next_some() => match event {
                        SwarmEvent::ConnectionEstablished { .. } => Seen::Connected,
                        SwarmEvent::ConnectionClosed { .. } => Seen::Closed,
                        SwarmEvent::Behaviour(request_response::Event::Message { message, .. }) => {
                            match message {
                                request_response::Message::Request { channel, .. } => {
                                    let _ = swarm
                                        .behaviour_mut()
                                        .send_response(channel, answer.clone());
                                    continue;
                                }
                                request_response::Message::Response { response, .. } => {
                                    Seen::Answer(Some(response))
                                }
                            }
                        }
                        SwarmEvent::Behaviour(request_response::Event::OutboundFailure {
                            ..
                        }) => Seen::Answer(None),
                        _ => continue,
                    },
                };
                if report.send(seen).await.is_err() {
                    return;
                }
            }
        });
        Self {
            id,
            send,
            seen,
            task,
        }
    }

    pub(crate) async fn next(&mut self) -> Seen {
        tokio::time::timeout(super::node::PATIENCE, self.seen.recv())
            .await
            .expect("the raw peer saw nothing")
            .expect("the raw peer ended")
    }
}
