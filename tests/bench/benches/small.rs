//! Single operations: what one signature, one hash, one item, one record costs.
//!
//! `cargo bench -p indaba-bench --bench small`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a benchmark stops where something is not as it should be"
)]

use divan::{Bencher, black_box};
use indaba_bench::door::Door;
use indaba_bench::generator::Generator;
use indaba_protocol::{DecodedItem, Id};
use indaba_store::{Batch, Options, Store};

fn main() {
    divan::main();
}

/// BLAKE3 of a body of the mean size.
#[divan::bench]
fn hash_2_kib(bencher: Bencher<'_, '_>) {
    let body = vec![7; 2 << 10];
    bencher.bench(|| Id::of(black_box(&body)));
}

/// One strict verification with a key that is decoded already: the floor below everything that is admitted.
#[divan::bench]
fn bare_signature(bencher: Bencher<'_, '_>) {
    let door = Door::new(1, 1);
    let bare = door.bare(0);
    bencher.bench(|| bare.verify());
}

/// The cheap checks of an item as it comes from the network.
#[divan::bench]
fn decode_item(bencher: Bencher<'_, '_>) {
    let door = Door::new(1, 1);
    let frame = door.frame(0);
    bencher.bench(|| DecodedItem::open(&door.network(), black_box(&frame)).unwrap());
}

/// Keys, signature and parts of an item that passed the cheap checks.
#[divan::bench]
fn verify_item(bencher: Bencher<'_, '_>) {
    let door = Door::new(1, 1);
    let frame = door.frame(0);
    bencher
        .with_inputs(|| DecodedItem::open(&door.network(), &frame).unwrap())
        .bench_values(|item| item.verify().unwrap());
}

/// A record with its parts out of a store of 10,000.
#[divan::bench]
fn read_record(bencher: Bencher<'_, '_>) {
    let (store, generator, _folder) = filled();
    let mut n = 0;
    bencher.bench_local(|| {
        n = (n + 7_919) % RECORDS;
        store.record(&generator.id(n)).unwrap().unwrap()
    });
}

/// An id that no record of the store has: what a comparison with a peer asks most.
#[divan::bench]
fn absent_record(bencher: Bencher<'_, '_>) {
    let (store, generator, _folder) = filled();
    let mut n = RECORDS;
    bencher.bench_local(|| {
        n += 1;
        store.contains(&generator.id(n)).unwrap()
    });
}

const RECORDS: u64 = 10_000;

fn filled() -> (Store, Generator, tempfile::TempDir) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let generator = Generator::new(1);
    let (mut store, _) = Store::open(&folder.path().join("store"), Options::new([1; 16])).unwrap();
    for first in (0..RECORDS).step_by(1_000) {
        let mut batch = Batch::new();
        (first..first + 1_000).for_each(|n| batch.put_record(generator.record(n)));
        store.commit(batch).unwrap();
    }
    (store, generator, folder)
}
