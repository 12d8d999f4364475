//! Single operations: an element comes, and a set is gone through.

use std::hint::black_box;
use std::time::Duration;

use indaba_bench::chance::Chance;
use indaba_protocol::reconciliation::{CheckKey, FeedSet, Salt, ShortKey, Sketch};
use indaba_protocol::{Id, limits};

use crate::processor;

pub(crate) struct Single {
    size: u64,
    /// An element into sketch and root.
    pub(crate) insert: Duration,
    /// All elements into a sketch of the prefix's size, from nothing.
    pub(crate) cold: Duration,
    /// What is kept of a feed, on the disk and in memory.
    pub(crate) kept: usize,
    pub(crate) memory: usize,
    read: Duration,
}

pub(crate) fn measure(size: u64) -> Single {
    let feed = Id::of(b"region:example");
    let mut chance = Chance::of(18, 0);
    let ids: Vec<Id> = (0..size)
        .map(|_| {
            let mut id = [0; 32];
            chance.fill(&mut id);
            Id::from_bytes(id)
        })
        .collect();
    let before = crate::MEMORY.current_usage();
    let mut set = FeedSet::new(feed);
    let memory = crate::MEMORY.current_usage() - before;
    let some = &ids[..ids.len().min(100_000)];
    let began = processor();
    for id in some {
        set.insert(black_box(id));
    }
    let insert = (processor() - began) / some.len() as u32;
    let bytes = set.to_bytes(0);
    let began = processor();
    black_box(FeedSet::from_bytes(&bytes).unwrap());
    let read = processor() - began;
    let salt = Salt::default();
    let key = ShortKey::salted(&feed, &salt);
    let began = processor();
    let mut sketch = Sketch::new(CheckKey::salted(&salt), limits::COMPARE_PREFIX);
    for id in &ids {
        sketch.insert(key.short(id));
    }
    black_box(sketch.cells());
    Single {
        size,
        insert,
        cold: processor() - began,
        kept: bytes.len(),
        memory,
        read,
    }
}

impl Single {
    pub(crate) fn print(&self) {
        println!(
            "An element into sketch and root: {} ns. {} elements into 4,096 salted cells: {:.0} ms. A feed's set: {} bytes in memory, {} on the disk, read and checked in {} us.\n",
            self.insert.as_nanos(),
            self.size,
            self.cold.as_secs_f64() * 1e3,
            self.memory,
            self.kept,
            self.read.as_micros(),
        );
    }
}
