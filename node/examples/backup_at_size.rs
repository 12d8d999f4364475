//! How long a backup and its import take: `cargo run --release -p indaba --example backup_at_size -- 100000`.
//!
//! Makes a store of so many signed records of about 2 KiB, copies it, and imports the copy into a node that has nothing, through the door that
//! a peer's records take.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "it measures; what fails ends it"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use indaba::engine::order::{Imported, Order, Reply};
use indaba::engine::{EngineSettings, Founding, Identity, found, limits};
use indaba::runtime::{NodeSettings, Offline};
use indaba_protocol::{Id, Item, Lane, NetworkName, Part, RecordDraft, SigningKey, Value};
use indaba_store::backup::{self, BackupReader, Export, Kept};
use indaba_store::disk::{Disk, RealDisk};
use indaba_store::{Batch, FactKind, LanePlace, NewRecord, Options, RecordView, Store};

const FEED: &str = "theme:trj";

fn map(pairs: &[(&str, Value)]) -> Value {
    let pairs = pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()));
    Value::Map(pairs.collect())
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn words(n: u64, length: usize) -> String {
    let words = [
        "water", "council", "boundary", "elders", "season", "market", "school", "road",
    ];
    let mut state = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut said = String::new();
    while said.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        said.push_str(words[(state % 8) as usize]);
        said.push_str(&format!(" {:x} ", (state >> 32) as u16));
    }
    said
}

fn founding<'a>(net: &NetworkName, root: &'a SigningKey, seed: u8) -> Founding<'a> {
    Founding {
        network: net.id(),
        root,
        reserve: SigningKey::from_seed(&[seed + 1; 32]).key(),
        node: SigningKey::from_seed(&[seed + 2; 32]).key(),
        profile: map(&[
            ("name", text("Council (example)")),
            ("kind", text("peace-council")),
            ("lang", text("en")),
            ("listed", Value::Bool(true)),
        ]),
        day: "2026-11-23".parse().unwrap(),
    }
}

fn main() {
    let count: u64 = std::env::args()
        .nth(1)
        .map_or(100_000, |n| n.parse().expect("a number of records"));
    let folder = tempfile::tempdir().unwrap();
    let net = NetworkName::parse("size.example").unwrap();
    let (root, node) = (
        SigningKey::from_seed(&[10; 32]),
        SigningKey::from_seed(&[12; 32]),
    );
    let dir = folder.path().join("from");
    let mut store = Store::open(&dir, Options::new([1; 16])).unwrap().0;
    let institution = found(&founding(&net, &root, 10), &mut store).unwrap();
    fill(&mut store, &net, institution, &node, count);

    let to = folder.path().join("copy");
    let what = Export {
        store: &dir,
        end: store.journal_end(),
        made: 0,
        origin: b"{}",
        columns: &[],
    };
    let disk: Arc<dyn Disk> = Arc::new(RealDisk);
    let begun = Instant::now();
    let contents = backup::export(&what, &disk, &to, &mut |_, _, _| {}).unwrap();
    let took = begun.elapsed().as_secs_f64();
    println!(
        "export, written and read back: {} records, {} bytes from a journal of {}: {took:.1} s",
        contents.records,
        contents.bytes,
        store.journal_end()
    );

    let other = SigningKey::from_seed(&[30; 32]);
    let own = {
        let mut store = Store::open(&folder.path().join("to"), Options::new([2; 16]))
            .unwrap()
            .0;
        let own = found(&founding(&net, &other, 30), &mut store).unwrap();
        store.close().unwrap();
        own
    };
    let settings = NodeSettings {
        store: folder.path().join("to"),
        guard: folder.path().join("published"),
        accept_loss: false,
        reserve: 0,
        engine: EngineSettings {
            network: net,
            identity: Identity {
                institution: own,
                node: SigningKey::from_seed(&[32; 32]),
            },
            seed: [7; 32],
            peer: None,
            compare_every: 300_000,
            erase_after: limits::ERASE_AFTER,
            clearance: Default::default(),
        },
    };
    let mut node = Offline::open(settings).unwrap();
    node.order(Order::Follow {
        feed: FEED.to_owned(),
        quiet: None,
    })
    .unwrap();
    node.order(Order::Anchor {
        institution: institution.to_string(),
        name: None,
        full: None,
        reach: None,
    })
    .unwrap();
    for pass in ["first", "again"] {
        let begun = Instant::now();
        let done = import(&mut node, &to);
        let took = begun.elapsed().as_secs_f64();
        println!(
            "import, {pass}: {} new, {} known: {took:.1} s",
            done.new, done.known
        );
        assert_eq!(done.new + done.known, contents.records + contents.facts);
    }
    node.close().unwrap();
}

/// Signs records and puts them into the store as a node would.
fn fill(store: &mut Store, net: &NetworkName, institution: Id, node: &SigningKey, count: u64) {
    let state = store
        .facts(FactKind::State, &institution)
        .unwrap()
        .pop()
        .unwrap();
    let (mut prev, mut seq) = (None, 0);
    while seq < count {
        let mut batch = Batch::new();
        for _ in 0..500.min(count - seq) {
            seq += 1;
            let item = RecordDraft {
                institution,
                state: state.id,
                kind: "practice".to_owned(),
                lanes: vec![Lane {
                    feed: FEED.parse().unwrap(),
                    seq,
                    prev,
                }],
                links: Vec::new(),
                lang: "en".to_owned(),
                marking: "clear".to_owned(),
                day: None,
                card: Part::seal(
                    [1; 16],
                    &map(&[
                        ("title", text(&format!("Practice {seq} (example)"))),
                        ("summary", text("In short.")),
                    ]),
                ),
                body: Part::seal(
                    [2; 16],
                    &map(&[
                        ("licence", text("CC-BY-4.0")),
                        ("attribution", text("organisation")),
                        (
                            "sections",
                            map(&[
                                ("challenge", text("Hard.")),
                                ("solution", text(&words(seq, 1_900))),
                            ]),
                        ),
                    ]),
                ),
            }
            .sign(node, &net.id())
            .unwrap();
            let header = item.record().unwrap();
            prev = Some(header.id());
            batch.put_record(NewRecord {
                view: RecordView {
                    id: header.id(),
                    institution,
                    key: header.key,
                    kind: header.kind.clone(),
                    lanes: header
                        .lanes
                        .iter()
                        .map(|lane| LanePlace {
                            feed: lane.feed.clone(),
                            seq: lane.seq,
                        })
                        .collect(),
                    links: Vec::new(),
                    card: header.card.hash,
                    body: header.body.hash,
                },
                statement: header.bytes().to_vec(),
                card: item.card().map(<[u8]>::to_vec),
                body: item.body().map(<[u8]>::to_vec),
            });
        }
        store.commit(batch).unwrap();
    }
}

/// As `indaba store import` does: facts first, then records, in orders of a bounded size.
fn import(node: &mut Offline, from: &Path) -> Imported {
    let mut all = Imported::default();
    for records in [false, true] {
        let mut items = Vec::new();
        let mut size = 0;
        let file = std::fs::File::open(from).unwrap();
        let mut reader = BackupReader::open(Box::new(file), from).unwrap();
        loop {
            let found = reader.next().unwrap();
            let is_end = found.is_none();
            for kept in found.into_iter().flatten() {
                let item = match kept {
                    Kept::Fact(bytes) if !records => Item::of_statement(&bytes),
                    Kept::Record {
                        statement,
                        card,
                        body,
                    } if records => Item {
                        statement,
                        card,
                        body,
                    },
                    _ => continue,
                };
                let item = item.encode();
                size += item.len();
                items.push(
                    item.iter()
                        .map(|byte| format!("{byte:02x}"))
                        .collect::<String>(),
                );
                if items.len() == limits::IMPORTED_AT_ONCE || size > limits::IMPORTED_BYTES {
                    give(node, &mut items, &mut all);
                    size = 0;
                }
            }
            if is_end {
                break;
            }
        }
        give(node, &mut items, &mut all);
    }
    all
}

fn give(node: &mut Offline, items: &mut Vec<String>, all: &mut Imported) {
    let order = Order::Import {
        items: std::mem::take(items),
        look_only: false,
    };
    let Ok(Reply::Imported(done)) = node.order(order) else {
        panic!("the import was refused")
    };
    all.new += done.new;
    all.known += done.known;
}
