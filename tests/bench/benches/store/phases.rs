//! What is done, each phase in a process of its own: memory is then its own, and a killed one is really killed. A phase
//! writes its figures as lines of a name and a number.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use indaba_bench::chance::Chance;
use indaba_bench::figures::{Times, memory, on_disk};
use indaba_bench::generator::Generator;
use indaba_bench::raw::Raw;

use crate::subject::{Kind, Subject, place, publication};

/// Records in one group of the import.
const GROUP: u64 = 1_000;
/// Publications of one record each.
const PUBLISHED: u64 = 2_000;
/// Reads of each kind.
const READS: u64 = 20_000;
/// Pages of a feed.
const PAGES: u64 = 2_000;
/// Records in one.
const PAGE: usize = 50;
/// The own head beside a published record.
const HEAD: [u8; 300] = [0x48; 300];

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Phase {
    /// Import, then publications one by one, then a clean close.
    Import,
    /// Opening after the clean close, then all reads.
    Read,
    /// Imports until it is killed.
    Crash,
    /// Opening after that.
    Reopen,
    /// Building the index anew.
    Rebuild,
    /// Dropping the parts of 30 % of the records, then compaction.
    Delete,
}

pub(crate) struct Run<'a> {
    pub(crate) kind: Kind,
    pub(crate) records: u64,
    pub(crate) folder: &'a Path,
    pub(crate) generator: Generator,
}

fn figure(name: &str, value: f64) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{name} {value}").unwrap();
    out.flush().unwrap();
}

fn millis(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1e3
}

impl Run<'_> {
    pub(crate) fn phase(&self, phase: Phase) {
        match phase {
            Phase::Import => self.import(),
            Phase::Read => self.read(),
            Phase::Crash => self.crash(),
            Phase::Reopen => {
                let began = Instant::now();
                let subject = self.open();
                assert!(subject.get(&self.generator, self.records - 1).is_some());
                figure("open_killed_ms", millis(began));
                subject.close();
            }
            Phase::Rebuild => self.rebuild(),
            Phase::Delete => self.delete(),
        }
    }

    fn open(&self) -> Subject {
        Subject::open(self.kind, self.folder)
    }

    fn import(&self) {
        let mut subject = self.open();
        let (mut groups, mut bodies, mut content) = (Times::default(), 0, 0);
        let mut tenths = Vec::new();
        let (mut in_tenth, tenth) = (Times::default(), (self.records / 10).max(GROUP));
        for first in (0..self.records).step_by(GROUP as usize) {
            let records: Vec<_> = (first..(first + GROUP).min(self.records))
                .map(|n| self.generator.record(n))
                .collect();
            for record in &records {
                let body = record.body.as_ref().map_or(0, Vec::len);
                bodies += body;
                content += body + record.statement.len() + record.card.as_ref().map_or(0, Vec::len);
            }
            let began = Instant::now();
            subject.commit(records);
            groups.note(began.elapsed());
            in_tenth.note(began.elapsed());
            if (first + GROUP).is_multiple_of(tenth) {
                tenths.push(tenth as f64 / std::mem::take(&mut in_tenth).total());
            }
        }
        figure("import_rate", self.records as f64 / groups.total());
        if let [first, .., last] = tenths[..] {
            figure("import_first_rate", first);
            figure("import_last_rate", last);
        }
        figure("group_p50_ms", groups.percentile(0.5) / 1e3);
        figure("group_p99_ms", groups.percentile(0.99) / 1e3);
        let (_, peak) = memory();
        figure("rss_import", peak);
        figure(
            "disk_per_body",
            on_disk(&place(self.folder)) as f64 / bodies as f64,
        );
        figure(
            "disk_per_content",
            on_disk(&place(self.folder)) as f64 / content as f64,
        );
        self.publish(&mut subject);
        let began = Instant::now();
        subject.close();
        figure("close_ms", millis(began));
    }

    /// Each publication beside a plain append and sync of the same bytes, in turn, so that both meet the same disk.
    fn publish(&self, subject: &mut Subject) {
        let mut floor_log = Raw::open(&self.folder.join("floor"));
        let (mut floor, mut own) = (Times::default(), Times::default());
        let before = match &subject {
            Subject::Raw(_) => return,
            Subject::Store(_, counts) => counts.read(),
        };
        let (mut beat, author) = (0, self.generator.author(u64::from(u32::MAX)));
        for n in self.records..self.records + PUBLISHED {
            let mut record = self.generator.record(n);
            (record.view.institution, record.view.key) = author;
            record.view.lanes[0].feed = self.generator.feeds()[0].clone();
            record.view.lanes[0].seq = n;
            let mut bytes = record.statement.clone();
            bytes.extend(record.card.iter().chain(&record.body).flatten());
            bytes.extend(HEAD);
            beat += 1;
            let batch = publication(record, beat, &HEAD);
            floor.take(|| floor_log.append(&bytes));
            let Subject::Store(store, _) = subject else {
                return;
            };
            own.take(|| store.commit(batch).unwrap());
        }
        let Subject::Store(_, counts) = subject else {
            return;
        };
        let (syncs, bytes) = counts.read();
        figure("publish_p50_us", own.percentile(0.5));
        figure("publish_p99_us", own.percentile(0.99));
        figure("floor_p50_us", floor.percentile(0.5));
        figure("floor_p99_us", floor.percentile(0.99));
        figure(
            "publish_syncs",
            (syncs - before.0) as f64 / PUBLISHED as f64,
        );
        figure(
            "publish_bytes",
            (bytes - before.1) as f64 / PUBLISHED as f64,
        );
    }

    fn read(&self) {
        let began = Instant::now();
        let subject = self.open();
        assert!(subject.get(&self.generator, 0).is_some());
        figure("open_clean_ms", millis(began));
        figure("rss_idle", memory().0);
        let mut chance = Chance::of(1, self.records);
        let mut any = |bound: u64| chance.below(bound);
        let (mut gets, mut absent, mut pages) =
            (Times::default(), Times::default(), Times::default());
        // Half of the reads first and unmeasured: the figures are for a warm cache.
        for round in 0..2 {
            for _ in 0..READS / 2 {
                let n = any(self.records);
                let found = gets.take(|| subject.get(&self.generator, n));
                assert!(found.is_some(), "record {n} is missing");
                let n = self.records * 2 + any(1 << 40);
                assert!(absent.take(|| subject.get(&self.generator, n)).is_none());
            }
            for _ in 0..PAGES / 2 {
                // Feeds as often as there are records in them.
                let feed = self
                    .generator
                    .feed_of(any(indaba_bench::generator::AUTHORS));
                // The store pages by arrival number, the log by place in the feed; both begin in the first half.
                let skip = match subject {
                    Subject::Raw(_) => any(20),
                    Subject::Store(..) => any(self.records / 2),
                };
                pages.take(|| subject.page(feed, skip, PAGE));
            }
            if round == 0 {
                (gets, absent, pages) = Default::default();
            }
        }
        for (name, times) in [
            ("get", &mut gets),
            ("absent", &mut absent),
            ("page", &mut pages),
        ] {
            figure(&format!("{name}_p50_us"), times.percentile(0.5));
            figure(&format!("{name}_p99_us"), times.percentile(0.99));
        }
        if let Subject::Store(store, _) = &subject {
            let began = Instant::now();
            let (mut after, mut seen) = (0, 0);
            loop {
                let page = store.page(after, 10_000).unwrap();
                let Some((last, _)) = page.last() else { break };
                after = *last;
                seen += page.len();
            }
            for feed in store.feeds().unwrap() {
                let mut after = 0;
                loop {
                    let page = store.feed_page(&feed, after, 10_000).unwrap();
                    let Some((last, _)) = page.last() else { break };
                    after = *last;
                    seen += page.len();
                }
            }
            assert!(seen as u64 >= 2 * self.records);
            figure("scan_ms", millis(began));
        }
        figure("rss_read", memory().0);
        subject.close();
    }

    /// Says "ready" once there is something to lose, and goes on until it is killed.
    fn crash(&self) {
        let mut subject = self.open();
        let mut first = self.records * 4;
        loop {
            let records = (first..first + GROUP).map(|n| self.generator.record(n));
            subject.commit(records.collect());
            first += GROUP;
            if first == self.records * 4 + 5 * GROUP {
                figure("ready", 1.0);
            }
        }
    }

    fn rebuild(&self) {
        let Subject::Store(mut store, _) = self.open() else {
            return;
        };
        let began = Instant::now();
        store.rebuild_index(&mut |_, _| {}).unwrap();
        figure("rebuild_s", began.elapsed().as_secs_f64());
        store.close().unwrap();
    }

    fn delete(&self) {
        let Subject::Store(mut store, _) = self.open() else {
            return;
        };
        let before = on_disk(&place(self.folder));
        let ids: Vec<_> = (0..self.records)
            .filter(|n| Chance::of(3, *n).below(10) < 3)
            .map(|n| self.generator.id(n))
            .collect();
        let began = Instant::now();
        for ids in ids.chunks(GROUP as usize) {
            let mut batch = indaba_store::Batch::new();
            ids.iter().for_each(|id| batch.drop_parts(*id));
            store.commit(batch).unwrap();
        }
        figure(
            "delete_rate",
            ids.len() as f64 / began.elapsed().as_secs_f64(),
        );
        let began = Instant::now();
        store.compact(90, usize::MAX).unwrap();
        figure("compact_s", began.elapsed().as_secs_f64());
        store.close().unwrap();
        figure(
            "disk_after_delete",
            on_disk(&place(self.folder)) as f64 / before as f64,
        );
    }
}
