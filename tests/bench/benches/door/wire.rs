//! A network of channels: peers that only send, and a node's commands answered as a real network would.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use indaba::network::{
    Command, Event, MessageTicket, Network, Outcome, Path, PeerId, Relay, RequestFailure, Topic,
};
use indaba_protocol::Id;
use tokio::sync::{Semaphore, mpsc};

/// Messages that wait for their judgement. A node ignores more than 2,048, and gets them later by catching up.
const UNJUDGED: u32 = 1_500;

pub(crate) struct Wire {
    events: mpsc::Sender<Event>,
    tickets: AtomicU64,
    room: Arc<Semaphore>,
    accepted: Arc<AtomicUsize>,
}

/// The id libp2p derives from an Ed25519 key; nobody has this one.
fn peer(number: usize) -> PeerId {
    let mut bytes = vec![0x00, 0x24, 0x08, 0x01, 0x12, 0x20];
    bytes.extend_from_slice(Id::of(format!("peer {number}").as_bytes()).as_bytes());
    PeerId::from_bytes(&bytes).unwrap()
}

impl Wire {
    pub(crate) fn new() -> (Self, Network) {
        let (commands, mut inbox) = mpsc::channel(indaba::network::COMMANDS);
        let (outbox, events) = mpsc::channel(indaba::network::EVENTS);
        let room = Arc::new(Semaphore::new(UNJUDGED as usize));
        let accepted = Arc::new(AtomicUsize::new(0));
        let (judged, counted, answers) = (room.clone(), accepted.clone(), outbox.clone());
        let task = tokio::spawn(async move {
            while let Some(command) = inbox.recv().await {
                let answer = match command {
                    Command::Judge { verdict, .. } => {
                        counted.fetch_add(usize::from(verdict == Relay::Accept), Ordering::Relaxed);
                        judged.add_permits(1);
                        continue;
                    }
                    Command::Publish { ticket, .. } => Event::Published {
                        ticket,
                        outcome: Outcome::Sent(1),
                    },
                    Command::Request { peer, ticket, .. } => Event::RequestFailed {
                        ticket,
                        peer,
                        reason: RequestFailure::Unsupported,
                    },
                    Command::Shutdown => break,
                    _ => continue,
                };
                // Not awaited here: the node takes no event while it hands out commands.
                let answers = answers.clone();
                tokio::spawn(async move { answers.send(answer).await });
            }
        });
        let wire = Self {
            events: outbox,
            tickets: AtomicU64::new(0),
            room,
            accepted,
        };
        let network = Network {
            local_peer: peer(usize::MAX),
            commands,
            events,
            task,
        };
        (wire, network)
    }

    pub(crate) async fn connect(&self, number: usize) {
        let event = Event::Connected {
            peer: peer(number),
            outbound: false,
            path: Path::Tcp,
        };
        self.events.send(event).await.unwrap();
    }

    /// Sends a message, once few enough others wait.
    pub(crate) async fn message(&self, from: usize, topic: &Topic, frame: Vec<u8>) {
        self.room.acquire().await.unwrap().forget();
        let event = Event::Message {
            ticket: MessageTicket(self.tickets.fetch_add(1, Ordering::Relaxed)),
            peer: peer(from),
            topic: topic.clone(),
            frame,
        };
        self.events.send(event).await.unwrap();
    }

    /// Waits until every message was judged.
    pub(crate) async fn all_judged(&self) {
        drop(self.room.acquire_many(UNJUDGED).await.unwrap());
    }

    /// Messages judged worth passing on.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }
}
