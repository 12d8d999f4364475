//! Many thin callers of one hub, in one process: the network of real nodes on thin lines, with next to nothing behind it.
//!
//! `callers ADDRESS FIRST COUNT FEED` starts callers number FIRST and following, of the network `mesh.example`, which dial ADDRESS and
//! follow FEED. They hold nothing, say so to whoever asks, and pass on nothing. For each line on standard input one is printed: how many are
//! connected with the hub, and how many records all of them were sent by gossip. It ends with its standard input.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "it stops where something is not as it should be, and prints what it counted"
)]

use std::io::BufRead;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use indaba::network::{
    self, Bond, Command, Event, KnownPeer, Network, Profile, Protocols, Relay, Settings, Topic,
    parse_peer_address,
};
use indaba_protocol::{
    CatchUpRequest, CatchUpResponse, FeedName, NetworkName, catch_up_protocol, limits, topic,
};

/// What all callers of this process saw.
#[derive(Default)]
struct Counts {
    connected: AtomicUsize,
    records: AtomicUsize,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, first, count, feed] = arguments.as_slice() else {
        panic!("callers ADDRESS FIRST COUNT FEED");
    };
    let (first, count): (u64, u64) = (first.parse().unwrap(), count.parse().unwrap());
    let feed: FeedName = feed.parse().unwrap();
    let counts = Arc::new(Counts::default());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    for number in first..first + count {
        let (address, feed, counts) = (address.clone(), feed.clone(), counts.clone());
        runtime.spawn(async move { call(number, &address, &feed, &counts).await });
    }
    for line in std::io::stdin().lock().lines() {
        line.unwrap();
        let read = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        println!("{} {}", read(&counts.connected), read(&counts.records));
    }
    runtime.shutdown_background();
}

/// One caller, until the process ends.
async fn call(number: u64, address: &str, feed: &FeedName, counts: &Counts) {
    let net = NetworkName::parse("mesh.example").unwrap().id();
    let beginning = format!("/indaba/1/{}", net.prefix());
    let mut seed = [0x61; 32];
    seed[..8].copy_from_slice(&number.to_be_bytes());
    let protocols = Protocols {
        topic_prefix: format!("{beginning}/"),
        topic_rest: limits::FEED_NAME,
        catch_up: catch_up_protocol(&net),
        routing: format!("{beginning}/kad/1"),
        identify: beginning,
    };
    let (hub, address) = parse_peer_address(address).unwrap();
    let mut settings = Settings::new(seed, protocols);
    settings.profile = Profile::Lean;
    settings.bootstrap = vec![KnownPeer {
        peer: hub,
        addresses: vec![address],
        bond: Bond::Pinned,
    }];
    let Network {
        commands,
        mut events,
        ..
    } = network::spawn(settings, None).unwrap();
    for feed in [FeedName::registry(), feed.clone()] {
        let topic = Topic::new(topic(&net, &feed));
        commands.send(Command::Subscribe(topic)).await.unwrap();
    }
    let of_feed = topic(&net, feed);
    while let Some(event) = events.recv().await {
        let answer = match event {
            Event::Connected { peer, .. } if peer == hub => {
                counts.connected.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            Event::Disconnected { peer, .. } if peer == hub => {
                counts.connected.fetch_sub(1, Ordering::Relaxed);
                continue;
            }
            Event::Message { ticket, topic, .. } => {
                if topic.as_str() == of_feed {
                    counts.records.fetch_add(1, Ordering::Relaxed);
                }
                Command::Judge {
                    message: ticket,
                    verdict: Relay::Accept,
                }
            }
            Event::Request { ticket, body, .. } => match nothing(&body) {
                Some(answer) => Command::Respond {
                    request: ticket,
                    body: answer.encode(),
                },
                None => Command::Decline(ticket),
            },
            _ => continue,
        };
        commands.send(answer).await.unwrap();
    }
}

/// The answer of a node that holds nothing.
fn nothing(question: &[u8]) -> Option<CatchUpResponse> {
    let more = false;
    Some(match CatchUpRequest::decode(question).ok()? {
        CatchUpRequest::Lanes { .. } => CatchUpResponse::Lanes {
            lanes: Vec::new(),
            more,
        },
        CatchUpRequest::Facts { .. } => CatchUpResponse::Facts {
            ids: Vec::new(),
            more,
        },
        _ => CatchUpResponse::Items {
            items: Vec::new(),
            more,
        },
    })
}
