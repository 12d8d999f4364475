//! A whole node, all threads of it, behind a network made of channels: how many records a second it verifies, judges and
//! stores, beside nothing but their signatures; and how long a publication takes, beside an append and a sync of the same bytes.
//!
//! `cargo bench -p indaba-bench --bench door -- --records 50000`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark prints, and stops where something is not as it should be"
)]

mod wire;

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Parser;
use indaba::engine::order::{Draft, Order, Reply};
use indaba::engine::{EngineSettings, Founding, Identity, found};
use indaba::network::Topic;
use indaba::runtime::{NodeSettings, RunningNode, start_on};
use indaba_bench::door::{Door, NETWORK, map, text};
use indaba_bench::figures::Times;
use indaba_bench::raw::Raw;
use indaba_protocol::{
    DecodedItem, FeedName, Id, Item, NetworkName, SigningKey, Value, cbor, topic,
};

use wire::Wire;

/// Records that one peer may send at once; each peer of the run stays below.
const PER_PEER: usize = 900;
/// Institutions at least, each with a feed and a peer of its own.
const SENDERS: usize = 50;
/// Signatures verified by themselves.
const BARE: usize = 10_000;
/// Publications, one record each.
const PUBLISHED: u64 = 500;

/// Measures a node: records in by gossip, and publications.
#[derive(Debug, Parser)]
struct Arguments {
    /// Records to take in.
    #[arg(long, default_value_t = 20_000)]
    records: usize,
    /// Folder for the node, removed afterwards; on the disk to be measured.
    #[arg(long, default_value = env!("CARGO_TARGET_TMPDIR"))]
    dir: PathBuf,
    /// Cargo says so.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let arguments = Arguments::parse();
    let folder = arguments
        .dir
        .join(format!("bench-door-{}", std::process::id()));
    let senders = SENDERS.max(arguments.records.div_ceil(PER_PEER));
    let door = Door::new(senders, arguments.records);
    let bare = bare(&door, arguments.records);
    let checked = checked(&door, arguments.records);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (wire, network) = Wire::new();
        let node = start_on(settings(&folder), network).unwrap();
        meet(&node, &wire, &door).await;
        let (taken, publications) = (
            take_in(&wire, &door, arguments.records).await,
            publish(&node, &door, &folder, arguments.records as u64).await,
        );
        node.stop().await.unwrap();
        report(arguments.records, bare, checked, taken, publications);
    });
    std::fs::remove_dir_all(&folder).unwrap();
}

fn report(records: usize, bare: f64, checked: f64, taken: f64, mut publications: (Times, Times)) {
    let (own, floor) = (&mut publications.0, &mut publications.1);
    let figure = |times: &mut Times, share| times.percentile(share);
    let (own_50, own_99) = (figure(own, 0.5), figure(own, 0.99));
    let (floor_50, floor_99) = (figure(floor, 0.5), figure(floor, 0.99));
    let verdict = |passes: bool| if passes { "reached" } else { "**missed**" };
    println!("\n### The door, {records} records\n\n| what | figure | bar | |\n|---|---:|---|---|");
    println!("| bare strict signatures, one core: 1/s | {bare:.0} | | |");
    println!(
        "| items decoded, their keys, signatures and parts checked, one core: 1/s | {checked:.0} | | |"
    );
    println!(
        "| verified, judged and stored by a node, group commit: records/s | {taken:.0} | >= 70 % of bare: {:.0} % | {} |",
        taken / bare * 100.0,
        verdict(taken >= 0.7 * bare)
    );
    println!(
        "| a publication, from order to answer, p50: us | {own_50:.0} | <= 3 x append + sync: {:.1} | {} |",
        own_50 / floor_50,
        verdict(own_50 <= 3.0 * floor_50)
    );
    println!("| p99: us | {own_99:.0} | | |");
    println!("| append + sync of the same bytes, in turn, p50: us | {floor_50:.0} | | |");
    println!("| p99: us | {floor_99:.0} | | |");
}

/// Signatures a second on this core, the keys decoded beforehand.
fn bare(door: &Door, records: usize) -> f64 {
    let all: Vec<_> = (0..BARE.min(records)).map(|n| door.bare(n)).collect();
    let began = Instant::now();
    all.iter().for_each(|bare| bare.verify());
    all.len() as f64 / began.elapsed().as_secs_f64()
}

/// Everything that is checked of an item before it is judged.
fn checked(door: &Door, records: usize) -> f64 {
    let frames: Vec<_> = (0..BARE.min(records)).map(|n| door.frame(n)).collect();
    let began = Instant::now();
    for frame in &frames {
        let item = DecodedItem::open(&door.network(), frame).unwrap();
        item.verify().unwrap();
    }
    frames.len() as f64 / began.elapsed().as_secs_f64()
}

/// A new institution with its node.
fn settings(folder: &Path) -> NodeSettings {
    let key = |byte| SigningKey::from_seed(&[byte; 32]);
    let mut settings = NodeSettings {
        store: folder.join("store"),
        guard: folder.join("guard"),
        accept_loss: false,
        reserve: 0,
        engine: EngineSettings {
            network: NetworkName::parse(NETWORK).unwrap(),
            identity: Identity {
                institution: Id::of(b""),
                node: key(3),
            },
            seed: [7; 32],
            peer: None,
            compare_every: 300_000,
            erase_after: indaba::engine::limits::ERASE_AFTER,
            clearance: Default::default(),
        },
    };
    std::fs::create_dir_all(folder).unwrap();
    let (mut store, _) = settings.open_store().unwrap();
    let founding = Founding {
        network: settings.engine.network.id(),
        root: &key(1),
        reserve: key(2).key(),
        node: key(3).key(),
        profile: map([
            ("name", text("Measured Council (example)")),
            ("kind", text("peace-council")),
            ("lang", text("en")),
            ("listed", Value::Bool(true)),
        ]),
        day: "2026-11-23".parse().unwrap(),
    };
    settings.engine.identity.institution = found(&founding, &mut store).unwrap();
    store.close().unwrap();
    settings
}

async fn order(node: &RunningNode, order: Order) -> Reply {
    match node.order(order).await.unwrap() {
        Reply::Refused(refusal) => panic!("{}", refusal.problem),
        reply => reply,
    }
}

/// Accepts every institution, follows its feed, and hears its inception and state.
async fn meet(node: &RunningNode, wire: &Wire, door: &Door) {
    let registry = Topic::new(topic(&door.network(), &FeedName::registry()));
    for (number, sender) in door.senders().iter().enumerate() {
        wire.connect(number).await;
        order(
            node,
            Order::Anchor {
                institution: sender.institution.to_string(),
                name: None,
                full: None,
                reach: None,
            },
        )
        .await;
        order(
            node,
            Order::Follow {
                feed: sender.feed.to_string(),
                quiet: None,
            },
        )
        .await;
        for statement in &sender.statements {
            let frame = Item::of_statement(statement.bytes()).encode();
            wire.message(number, &registry, frame).await;
        }
    }
    wire.all_judged().await;
}

/// Sends all records, and waits until the last is durable and judged.
async fn take_in(wire: &Wire, door: &Door, records: usize) -> f64 {
    let frames: Vec<_> = (0..records)
        .map(|n| {
            let topic = Topic::new(topic(&door.network(), door.feed(n)));
            (n % door.senders().len(), topic, door.frame(n))
        })
        .collect();
    let before = wire.accepted();
    let began = Instant::now();
    for (peer, topic, frame) in frames {
        wire.message(peer, &topic, frame).await;
    }
    wire.all_judged().await;
    let took = began.elapsed().as_secs_f64();
    assert_eq!(wire.accepted() - before, records, "some were not taken in");
    records as f64 / took
}

/// Publications, each beside an append and a sync of the same bytes.
async fn publish(node: &RunningNode, door: &Door, folder: &Path, from: u64) -> (Times, Times) {
    let mut log = Raw::open(&folder.join("floor"));
    let (mut own, mut floor) = (Times::default(), Times::default());
    let hex = |value: &Value| {
        let bytes = cbor::encode(value);
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    for n in from..from + PUBLISHED {
        let (card, body) = door.content(n);
        // What becomes durable: header and head take about 900 bytes with their signatures.
        let size = cbor::encode(&card).len() + cbor::encode(&body).len() + 900;
        let draft = Draft {
            kind: "practice".to_owned(),
            feeds: vec!["topic:subject-1".to_owned()],
            links: Vec::new(),
            lang: "en".to_owned(),
            marking: "clear".to_owned(),
            day: Some("2026-11-23".to_owned()),
            card: hex(&card),
            body: hex(&body),
            source: format!("practice {n}"),
        };
        floor.take(|| log.append(&vec![0x5a; size]));
        let began = Instant::now();
        order(
            node,
            Order::Publish {
                drafts: vec![draft],
            },
        )
        .await;
        own.note(began.elapsed());
    }
    (own, floor)
}
