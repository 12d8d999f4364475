//! The figures side by side, with the bar each has to pass.

use std::fmt::Write;

use crate::Figures;
use crate::subject::Kind;

/// One line: a figure, what it is called, and when it passes, given the figures and the number of records.
struct Row {
    figure: &'static str,
    title: &'static str,
    digits: usize,
    bar: Option<Bar>,
}

/// What a bar says, and whether the store passes it.
struct Bar {
    says: &'static str,
    passes: fn(&Known<'_>) -> bool,
}

/// The figures of one size.
struct Known<'a> {
    records: u64,
    figures: &'a Figures,
}

impl Known<'_> {
    fn of(&self, kind: Kind, name: &str) -> f64 {
        let found = self.figures.get(&(kind, name.to_owned()));
        found.copied().unwrap_or(f64::NAN)
    }

    fn store(&self, name: &str) -> f64 {
        self.of(Kind::Sled, name)
    }

    fn raw(&self, name: &str) -> f64 {
        self.of(Kind::Raw, name)
    }

    fn millions(&self) -> f64 {
        self.records as f64 / 1e6
    }
}

const fn plain(figure: &'static str, title: &'static str, digits: usize) -> Row {
    Row {
        figure,
        title,
        digits,
        bar: None,
    }
}

const fn barred(
    figure: &'static str,
    title: &'static str,
    digits: usize,
    says: &'static str,
    passes: fn(&Known<'_>) -> bool,
) -> Row {
    Row {
        figure,
        title,
        digits,
        bar: Some(Bar { says, passes }),
    }
}

const ROWS: &[Row] = &[
    barred(
        "import_rate",
        "bulk import, groups of 1,000: records/s",
        0,
        ">= 12,000 and >= redb",
        |known| {
            known.store("import_rate") >= 12_000.0
            // Without redb in the run there is nothing to compare with: not a number gives 0 here.
            && known.store("import_rate") >= known.of(Kind::Redb, "import_rate").max(0.0)
        },
    ),
    plain("import_first_rate", "  its first tenth: records/s", 0),
    barred(
        "import_last_rate",
        "  its last tenth: records/s",
        0,
        ">= 60 % of the first",
        |known| known.store("import_last_rate") >= 0.6 * known.store("import_first_rate"),
    ),
    plain("group_p50_ms", "  a group, p50: ms", 1),
    plain("group_p99_ms", "  a group, p99: ms", 1),
    barred(
        "publish_p50_us",
        "one durable publication with its head, p50: us",
        0,
        "<= 3 x append + sync",
        |known| known.store("publish_p50_us") <= 3.0 * known.store("floor_p50_us"),
    ),
    barred(
        "publish_p99_us",
        "  p99: us",
        0,
        "<= append + sync, p99, + 5 ms",
        |known| known.store("publish_p99_us") <= known.store("floor_p99_us") + 5_000.0,
    ),
    plain(
        "floor_p50_us",
        "  append + sync of the same bytes, in turn, p50: us",
        0,
    ),
    plain("floor_p99_us", "  p99: us", 0),
    barred(
        "publish_syncs",
        "  syncs by journal and guard for each",
        3,
        "1 (and one for the guard)",
        |known| known.store("publish_syncs") <= 1.001,
    ),
    plain(
        "publish_bytes",
        "  bytes written by journal and guard for each",
        0,
    ),
    barred(
        "get_p50_us",
        "a record with its parts, p50: us",
        1,
        "<= 4 x raw",
        |known| known.store("get_p50_us") <= 4.0 * known.raw("get_p50_us"),
    ),
    barred("get_p99_us", "  p99: us", 1, "<= 50", |known| {
        known.store("get_p99_us") <= 50.0
    }),
    barred(
        "absent_p50_us",
        "an id that is not there, p50: us",
        1,
        "<= 5",
        |known| known.store("absent_p50_us") <= 5.0,
    ),
    plain("absent_p99_us", "  p99: us", 1),
    barred(
        "page_p50_us",
        "50 records of a feed with their parts, p50: us",
        0,
        "<= 4 x raw",
        |known| known.store("page_p50_us") <= 4.0 * known.raw("page_p50_us"),
    ),
    barred("page_p99_us", "  p99: us", 0, "<= 1,000", |known| {
        known.store("page_p99_us") <= 1_000.0
    }),
    barred(
        "open_clean_ms",
        "opening after a clean close: ms",
        0,
        "<= 1,000 (at 300,000)",
        |known| {
            known.store("open_clean_ms") <= 1_000.0 * (known.records as f64 / 300_000.0).max(1.0)
        },
    ),
    barred(
        "open_killed_ms",
        "  after kill -9: ms",
        0,
        "<= 2,000 (at 300,000)",
        |known| {
            known.store("open_killed_ms") <= 2_000.0 * (known.records as f64 / 300_000.0).max(1.0)
        },
    ),
    barred(
        "scan_ms",
        "all ids and all feeds: ms",
        0,
        "<= 1,500 per million",
        |known| known.store("scan_ms") <= 1_500.0 * known.millions(),
    ),
    barred(
        "rebuild_s",
        "building the index anew: s",
        1,
        "<= 120 per million",
        |known| known.store("rebuild_s") <= 120.0 * known.millions(),
    ),
    barred(
        "rss_idle",
        "memory, idle: MiB",
        0,
        "<= 300 (at 1,000,000)",
        |known| known.store("rss_idle") <= 300.0,
    ),
    barred(
        "rss_import",
        "  importing, at most: MiB",
        0,
        "<= 700 (at 1,000,000)",
        |known| known.store("rss_import") <= 700.0,
    ),
    plain("rss_read", "  after the reads: MiB", 0),
    barred(
        "disk_per_body",
        "disk for each byte of bodies",
        2,
        "<= 1.1",
        |known| known.store("disk_per_body") <= 1.1,
    ),
    plain("disk_per_content", "  of statements, cards and bodies", 2),
    plain("delete_rate", "dropping the parts of 30 %: records/s", 0),
    plain("compact_s", "  compaction: s", 1),
    barred(
        "disk_after_delete",
        "  disk afterwards, of before",
        2,
        "<= 0.85",
        |known| known.store("disk_after_delete") <= 0.85,
    ),
];

/// The table in Markdown.
pub(crate) fn of(records: u64, kinds: &[Kind], figures: &Figures) -> String {
    let known = Known { records, figures };
    let mut out = format!("\n### {records} records\n\n| what |");
    for kind in kinds {
        let title = match kind {
            Kind::Raw => "raw log",
            Kind::Sled => "**store**",
            Kind::Redb => "store on redb",
        };
        write!(out, " {title} |").unwrap();
    }
    out.push_str(" bar | |\n|---|");
    kinds.iter().for_each(|_| out.push_str("---:|"));
    out.push_str("---|---|\n");
    for Row {
        figure,
        title,
        digits,
        bar,
    } in ROWS
    {
        write!(out, "| {title} |").unwrap();
        for kind in kinds {
            match figures.get(&(*kind, (*figure).to_owned())) {
                Some(value) => write!(out, " {value:.digits$} |").unwrap(),
                None => out.push_str(" |"),
            }
        }
        match bar {
            Some(Bar { says, passes }) => {
                let verdict = if passes(&known) {
                    "reached"
                } else {
                    "**missed**"
                };
                writeln!(out, " {says} | {verdict} |").unwrap();
            }
            None => out.push_str(" | |\n"),
        }
    }
    out
}
