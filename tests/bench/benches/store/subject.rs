//! What is measured: the store with one of its engines, or the plain log, behind the few operations that all have.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use indaba_bench::generator::Generator;
use indaba_bench::raw::Raw;
use indaba_store::{Batch, Fact, FactKind, IndexKind, NewRecord, Options, Store};

use crate::counting::{Counting, Counts};

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Kind {
    /// An append log with checksums, one sync a group, maps in memory.
    Raw,
    /// The store as it is used: journal and sled.
    Sled,
    /// The store with redb in the place of sled.
    Redb,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Sled => "sled",
            Self::Redb => "redb",
        }
    }
}

pub(crate) enum Subject {
    Raw(Raw),
    Store(Box<Store>, Arc<Counts>),
}

/// Where a subject keeps its files.
pub(crate) fn place(folder: &Path) -> PathBuf {
    folder.join("store")
}

impl Subject {
    pub(crate) fn open(kind: Kind, folder: &Path) -> Self {
        let index = match kind {
            Kind::Raw => {
                std::fs::create_dir_all(place(folder)).unwrap();
                return Self::Raw(Raw::open(&place(folder).join("log")));
            }
            Kind::Sled => IndexKind::Sled,
            Kind::Redb => IndexKind::Redb,
        };
        let counts = Arc::new(Counts::default());
        let options = Options {
            index,
            guard: Some(folder.join("guard")),
            disk: Arc::new(Counting(counts.clone())),
            ..Options::new([7; 16])
        };
        let (store, report) = Store::open(&place(folder), options).unwrap();
        if let Some(why) = report.rebuilt {
            // A rebuild would be timed as an opening.
            eprintln!("note: the index was built anew at opening: {why}");
        }
        Self::Store(Box::new(store), counts)
    }

    pub(crate) fn commit(&mut self, records: Vec<NewRecord>) {
        match self {
            Self::Raw(raw) => raw.commit(&records),
            Self::Store(store, _) => {
                let mut batch = Batch::new();
                records
                    .into_iter()
                    .for_each(|record| batch.put_record(record));
                store.commit(batch).unwrap();
            }
        }
    }

    /// The record with its parts; returns how many bytes it has.
    pub(crate) fn get(&self, generator: &Generator, n: u64) -> Option<usize> {
        let id = generator.id(n);
        match self {
            Self::Raw(raw) => raw.get(&id).map(|bytes| bytes.len()),
            Self::Store(store, _) => {
                let record = store.record(&id).unwrap()?;
                let part = |part: Option<Vec<u8>>| part.map_or(0, |part| part.len());
                Some(record.statement.len() + part(record.card) + part(record.body))
            }
        }
    }

    /// A page of a feed with everything in it, after the first `skip` records of the feed.
    pub(crate) fn page(&self, feed: &indaba_protocol::FeedName, skip: u64, limit: usize) -> usize {
        match self {
            Self::Raw(raw) => raw.page(feed.as_str(), skip as usize, limit).len(),
            Self::Store(store, _) => {
                let page = store.feed_page(feed, skip, limit).unwrap();
                page.iter()
                    .filter(|(_, id)| store.record(id).unwrap().is_some())
                    .count()
            }
        }
    }

    pub(crate) fn close(self) {
        if let Self::Store(store, _) = self {
            store.close().unwrap();
        }
    }
}

/// Everything that becomes durable when an institution publishes one record: the record, its place in the lane, the head
/// that says so and the one it replaces, the notes to announce both.
pub(crate) fn publication(record: NewRecord, beat: u64, head: &[u8]) -> Batch {
    let head_id = |beat: u64| indaba_protocol::Id::of(format!("head {beat}").as_bytes());
    let (view, lane) = (record.view.clone(), record.view.lanes[0].clone());
    let mut batch = Batch::new();
    batch.put_record(record);
    batch.own_position(view.key, lane.feed.clone(), lane.seq, view.id);
    batch.outbox_push(view.id, vec![lane.feed.clone()]);
    if beat > 1 {
        batch.drop_fact(head_id(beat - 1));
    }
    batch.put_fact(Fact {
        id: head_id(beat),
        kind: FactKind::Head,
        institution: view.institution,
        key: Some(view.key),
        order: beat,
        bytes: head.to_vec(),
    });
    batch.own_head(view.key, beat);
    batch.outbox_push(head_id(beat), vec![lane.feed]);
    batch
}
