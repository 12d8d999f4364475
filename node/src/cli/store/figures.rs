//! `indaba store stats`: where every byte is.

use indaba_store::{Account, Content, Tally};
use serde::Serialize;

use super::held::Held;
use super::progress;
use crate::cli::assembly::store_path;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::screen::{Page, Report};
use crate::cli::words;
use crate::config::{DataDir, Settings};

/// Beyond this much it is worth a word, bytes; below, a disk has other cares.
const LARGE: u64 = 100_000_000;

/// One line. The bytes of all lines add up to those of all files.
#[derive(Serialize)]
struct Line {
    what: String,
    bytes: u64,
    /// Of these, bytes that count.
    needed: u64,
    /// Bytes of what was replaced by something later.
    replaced: u64,
    /// Bytes of text erased on purpose that has not left the disk yet.
    erased: u64,
    /// Things of this kind that count; none where nothing is counted.
    count: Option<u64>,
}

#[derive(Serialize)]
struct Figures {
    folder: String,
    total_bytes: u64,
    lines: Vec<Line>,
    /// What compression spares, of what counts.
    compression_saved_bytes: u64,
    /// What compaction gave back since the store was made.
    given_back_bytes: u64,
    segments: u64,
    cleared_segments: u64,
    damaged: Vec<String>,
    advice: Vec<String>,
}

impl Report for Figures {
    const NAME: &'static str = "store-stats";
    fn page(&self, page: &mut Page) {
        let heads = ["bytes", "needed", "replaced", "erased"];
        let row = |line: &Line| {
            let dash = |bytes: u64| {
                if bytes == 0 {
                    "-".to_owned()
                } else {
                    words::bytes(bytes)
                }
            };
            [
                words::bytes(line.bytes),
                dash(line.needed),
                dash(line.replaced),
                dash(line.erased),
            ]
        };
        let all = Line {
            what: "together".to_owned(),
            bytes: self.total_bytes,
            needed: self.lines.iter().map(|line| line.needed).sum(),
            replaced: self.lines.iter().map(|line| line.replaced).sum(),
            erased: self.lines.iter().map(|line| line.erased).sum(),
            count: None,
        };
        let rows: Vec<_> = self.lines.iter().chain([&all]).collect();
        let cells: Vec<[String; 4]> = rows.iter().map(|line| row(line)).collect();
        let name = |line: &Line| match line.count {
            Some(count) => format!("{} ({count})", line.what),
            None => line.what.clone(),
        };
        let lead = rows
            .iter()
            .map(|line| name(line).chars().count())
            .max()
            .unwrap_or(0);
        let numbers = |cells: &[String]| {
            cells
                .iter()
                .map(|cell| format!("{cell:>11}"))
                .collect::<String>()
        };
        let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
        page.head(format!("{:lead$}{}", self.folder, "").trim_end());
        page.line(format!("{:lead$}{}", "", numbers(&heads)));
        for (line, cells) in rows.iter().zip(&cells) {
            page.line(format!(
                "{:lead$}{}",
                crate::cli::screen::clean(&name(line)),
                numbers(cells)
            ));
        }
        page.gap();
        page.line(format!(
            "compression saves {}; compaction has given back {}",
            words::bytes(self.compression_saved_bytes),
            words::bytes(self.given_back_bytes)
        ));
        for fault in &self.damaged {
            page.block(&format!("damaged: {fault}"));
        }
        for advice in &self.advice {
            page.block(advice);
        }
    }
}

/// Runs the command. Needs no lock, and no store that opens.
pub(super) fn run(context: &Context, dir: &DataDir, settings: &Settings) -> Result<Exit, Failure> {
    let folder = store_path(dir, settings);
    let mut held = match context.running(dir)? {
        Some(_) => Some(Held::begin(context)?),
        None => None,
    };
    let mut show = progress(&context.screen, "Counting");
    let account = Account::of(&folder, Some(&dir.guard()), &mut |done, all| {
        held.iter_mut().for_each(Held::keep);
        show(done, all);
    })?;
    context
        .screen
        .report(&figures(&folder.display().to_string(), &account))?;
    Ok(Exit::Ok)
}

fn figures(folder: &str, account: &Account) -> Figures {
    let mut lines: Vec<Line> = Content::ALL
        .into_iter()
        .map(|content| {
            let tally = account.contents.get(&content).copied().unwrap_or_default();
            of_content(content, &tally)
        })
        .collect();
    let plain = |what: &str, bytes: u64, count: Option<u64>| Line {
        what: what.to_owned(),
        bytes,
        needed: bytes,
        replaced: 0,
        erased: 0,
        count,
    };
    lines.push(plain(
        "frames around them",
        account.frame_headers,
        Some(account.frames),
    ));
    lines.push(plain(
        "segments of the journal",
        account.segment_headers,
        Some(account.segments + account.cleared),
    ));
    for (what, bytes) in [
        ("written just now, or never finished", account.unfinished),
        ("unreadable", account.unreadable),
    ] {
        if bytes > 0 {
            let mut line = plain(what, bytes, None);
            line.needed = 0;
            lines.push(line);
        }
    }
    for (folder, what) in [
        ("index/", "index"),
        ("index.bad/", "index that was not believed"),
        ("journal.damaged.", "journals put aside by a repair"),
    ] {
        let files = account
            .files
            .iter()
            .filter(|file| file.name.starts_with(folder));
        let (count, bytes) = files.fold((0, 0), |(count, bytes), file| {
            (count + 1, bytes + file.bytes)
        });
        if count > 0 {
            lines.push(plain(what, bytes, Some(count)));
        }
    }
    for file in &account.files {
        let is_grouped = ["index/", "index.bad/", "journal.damaged."]
            .iter()
            .any(|folder| file.name.starts_with(folder));
        if !is_grouped {
            lines.push(plain(&known_file(&file.name), file.bytes, None));
        }
    }
    let saved: u64 = account
        .contents
        .values()
        .map(|tally| {
            let overhead = tally.entries * indaba_store::journal::ENTRY_OVERHEAD;
            (tally.original + overhead).saturating_sub(tally.live)
        })
        .sum();
    Figures {
        folder: folder.to_owned(),
        total_bytes: account.total(),
        advice: advice(account, &lines),
        lines,
        compression_saved_bytes: saved,
        given_back_bytes: account.given_back,
        segments: account.segments,
        cleared_segments: account.cleared,
        damaged: account
            .faults
            .iter()
            .map(|fault| {
                format!(
                    "segment {}, byte {}: {}",
                    fault.segment, fault.offset, fault.what
                )
            })
            .collect(),
    }
}

fn of_content(content: Content, tally: &Tally) -> Line {
    let what = match content {
        Content::Headers => "records: signed headers",
        Content::Cards => "records: cards",
        Content::Bodies => "records: bodies",
        Content::Facts => "institutions, states, heads, proofs",
        Content::Waiting => "waiting for a judgement",
        Content::Outbox => "to be announced",
        Content::OwnPositions => "own positions",
        Content::Choices => "choices and notes of this node",
        Content::Dropped => "marks of what was dropped",
    };
    Line {
        what: what.to_owned(),
        bytes: tally.live + tally.superseded + tally.erased,
        needed: tally.live,
        replaced: tally.superseded,
        erased: tally.erased,
        count: Some(tally.entries),
    }
}

fn known_file(name: &str) -> String {
    match name {
        "lock" => "lock".to_owned(),
        "session" => "session: how the store was closed".to_owned(),
        "reserve" => "reserve for a full disk".to_owned(),
        _ if name.ends_with("/published") => "guard: how far this node published".to_owned(),
        other => other.to_owned(),
    }
}

/// What to do about what is large.
fn advice(account: &Account, lines: &[Line]) -> Vec<String> {
    let bytes = |what: &str| {
        let line = lines.iter().find(|line| line.what == what);
        line.map_or(0, |line| line.bytes)
    };
    let (replaced, erased) = account.contents.values().fold((0, 0), |sum, tally| {
        (sum.0 + tally.superseded, sum.1 + tally.erased)
    });
    let mut advice = Vec::new();
    if account.unreadable > 0 {
        advice.push(
            "Part of the journal does not read: stop the node, then run `indaba store verify`."
                .to_owned(),
        );
    }
    if erased > 0 {
        advice.push(format!("{} of erased text is still on the disk. A running node removes it within a day; `indaba store compact` does it now.", words::bytes(erased)));
    }
    if replaced > LARGE && replaced > account.journal() / 4 {
        advice.push(format!(
            "{} were replaced by something later; `indaba store compact --all` gives them back.",
            words::bytes(replaced)
        ));
    }
    let index = bytes("index");
    if index > LARGE && index > account.journal() {
        advice.push("The index is larger than the journal; with the node stopped, `indaba store rebuild-index` makes a small one.".to_owned());
    }
    if bytes("index that was not believed") > 0 {
        advice.push(
            "The folder index.bad is kept for whoever looks for the cause; it may be deleted."
                .to_owned(),
        );
    }
    if bytes("journals put aside by a repair") > 0 {
        advice.push("A repair put a damaged journal aside; when `indaba feed list` says complete, the folder journal.damaged.* may be deleted.".to_owned());
    }
    if bytes("waiting for a judgement") > LARGE {
        advice.push("Much waits for a judgement; `indaba trust list` says whose it is.".to_owned());
    }
    if advice.is_empty() {
        advice.push("Nothing needs doing.".to_owned());
    }
    advice
}
