//! `indaba publish`: show what would be signed, ask, sign, announce.

use std::path::PathBuf;

use indaba_protocol::content::Card;
use serde::Serialize;

use super::check::{draft, faulty_files};
use super::clock;
use super::context::{Context, unexpected};
use super::exit::Exit;
use super::failure::Failure;
use super::record_text::{Written, read_file};
use super::screen::{Page, Report, clean, paint, style};
use super::words;
use crate::config::DataDir;
use crate::engine::order::{Draft, Order, Preflight, PreflightRecord, Published, Reply};

#[derive(Serialize)]
struct Preview {
    #[serde(flatten)]
    preflight: Preflight,
    warnings: Vec<String>,
    derived: Vec<String>,
    days: Vec<DayClaim>,
    /// The title of each, or what it does.
    #[serde(skip)]
    acts: Vec<String>,
}

/// The day a record will claim, and who says so.
#[derive(Serialize)]
struct DayClaim {
    day: Option<String>,
    /// `file`, `today`, `none`, or `clock` where none is claimed because the clock cannot be right.
    from: &'static str,
}

impl DayClaim {
    fn words(&self) -> String {
        match (&self.day, self.from) {
            (Some(day), "today") => format!("{day} (today)"),
            (Some(day), _) => format!("{day} (as the file says)"),
            (None, "clock") => "none, because of the clock".to_owned(),
            (None, _) => "none, as the file says".to_owned(),
        }
    }
}

impl Report for Preview {
    const NAME: &'static str = "publish-preview";
    fn page(&self, page: &mut Page) {
        let p = &self.preflight;
        page.head("What would be signed");
        page.field("signing as", words::institution(&p.institution));
        page.field("authority", &p.authority);
        page.field("node key", &p.node_key);
        page.field("audience", &p.audience);
        for (place, record) in p.records.iter().enumerate() {
            page.gap();
            page.line(format!(
                "{} {}",
                paint(
                    style::BOLD,
                    &clean(record.title.as_deref().unwrap_or_else(|| {
                        self.acts.get(place).map_or("(no title)", String::as_str)
                    }))
                ),
                paint(style::DIM, &clean(&record.source))
            ));
            if record.faults.is_empty() {
                self.place(page, place, record);
            }
            for fault in &record.faults {
                page.hanging(
                    &format!("{}  ", paint(style::BAD, &format!("{:>14}", "fault"))),
                    16,
                    fault,
                );
            }
        }
        if !self.derived.is_empty() {
            page.gap();
            page.field(
                "feeds of",
                format!(
                    "{}: derived from what the files are about and belong to; name them with `feeds:` to choose",
                    self.derived.join(", ")
                ),
            );
        }
        if !self.warnings.is_empty() {
            page.gap();
            page.line(paint(style::WARN, "Look at these first"));
            for warning in &self.warnings {
                page.line(format!("  {}", clean(warning)));
            }
        }
        page.gap();
        page.hanging(
            "",
            0,
            "Practices and institutional lessons only: no names or data of victims, witnesses or other persons, no incident reports, no \
             positions of forces. What is published can be withdrawn, but never called back.",
        );
    }
}

impl Preview {
    /// What a record without faults would be, and where it would stand.
    fn place(&self, page: &mut Page, place: usize, record: &PreflightRecord) {
        let lanes: Vec<String> = record
            .lanes
            .iter()
            .map(|(feed, seq)| format!("{feed} #{seq}"))
            .collect();
        page.field(
            "kind",
            format!(
                "{}, {}, marked {}",
                record.kind,
                words::bytes(record.bytes),
                record.marking
            ),
        );
        page.field("feeds", lanes.join(", "));
        if let Some(claim) = self.days.get(place) {
            page.field("day", claim.words());
        }
    }
}

#[derive(Serialize)]
struct Done {
    records: Vec<Published>,
    announced: bool,
}

impl Report for Done {
    const NAME: &'static str = "publish";
    fn page(&self, page: &mut Page) {
        for record in &self.records {
            page.line(format!(
                "{} {}  {}",
                paint(style::GOOD, "published"),
                record.id,
                clean(&record.source)
            ));
        }
    }
}

/// Adds the feeds of the record that a draft belongs to. A revision and a withdrawal have no effect unless they stand in all of them;
/// a response or a translation goes there when it names nothing that leads elsewhere.
fn add_feeds_of_targets(context: &Context, draft: &mut Draft) -> Result<(), Failure> {
    let nowhere = draft.feeds.is_empty();
    for (rel, target) in &draft.links {
        if !nowhere && rel != "revises" && rel != "withdraws" {
            continue;
        }
        let target = match context.ask(Order::Show { id: target.clone() }) {
            Ok(Reply::Record(target)) => target,
            Ok(_) => return Err(unexpected()),
            Err(failure) if matches!(failure.exit, Exit::NotFound | Exit::WrongUse) => continue,
            Err(failure) => return Err(failure),
        };
        for feed in target.line.feeds {
            if !draft.feeds.contains(&feed) {
                draft.feeds.push(feed);
            }
        }
    }
    Ok(())
}

/// Refuses to sign in a data folder that is a copy.
pub(super) fn not_a_copy(context: &Context, dir: &DataDir) -> Result<(), Failure> {
    if !context.is_copy(dir)? {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Refused,
        "this data folder was restored from a backup, or copied: it may not know of all that this node has signed, and signing a second \
         record at a place that is taken destroys the key",
    )
    .hint("run the node until it was connected and its own records are back, then: indaba store accept-copy"))
}

/// Says so when a record went only where this node does not follow: what others answer would not come here. The records are signed by
/// then, so a node that cannot be asked any more makes no failure of it.
fn unfollowed(context: &Context, posted: &[Vec<String>]) {
    let Ok(Reply::Feeds { feeds }) = context.ask(Order::Feeds) else {
        return;
    };
    let followed = |name: &String| name == "registry" || feeds.iter().any(|f| f.feed == *name);
    if let Some(feed) = posted
        .iter()
        .find(|feeds| !feeds.iter().any(followed))
        .and_then(|feeds| feeds.first())
    {
        context.screen.hint(format!(
            "what others answer comes only where this node follows: indaba feed follow {feed}"
        ));
    }
}

/// Runs the command.
pub(crate) fn run(context: &Context, files: &[PathBuf], dry_run: bool) -> Result<Exit, Failure> {
    context.node_dir()?;
    let written: Vec<Written> = files.iter().map(|f| read_file(f)).collect();
    sign(context, &written, dry_run)
}

/// Shows what would be signed, asks, signs, announces; all of it or nothing.
pub(super) fn sign(context: &Context, written: &[Written], dry_run: bool) -> Result<Exit, Failure> {
    let dir = context.node_dir()?;
    if let Some(failure) = faulty_files(written) {
        return Err(failure);
    }
    if !dry_run {
        not_a_copy(context, &dir)?;
    }
    let mut drafts = Vec::new();
    let mut warnings = Vec::new();
    let mut derived = Vec::new();
    let mut days = Vec::new();
    let mut acts = Vec::new();
    let doubt = clock::doubt();
    if let Some(doubt) = &doubt {
        warnings.push(format!("{doubt}: a record claims no day unless its file names one; to set the clock: timedatectl set-time"));
    }
    for file in written {
        let Ok(source) = &file.read else { continue };
        warnings.extend(source.warnings.iter().map(|w| format!("{}:{w}", file.file)));
        // A withdrawal stands where its record does: there is nothing to choose.
        if source.feeds_derived && source.kind != "withdrawal" {
            derived.push(file.file.clone());
        }
        let mut draft = draft(source, &file.file);
        if source.feeds_derived {
            add_feeds_of_targets(context, &mut draft)?;
        }
        let from = match (&draft.day, source.undated) {
            (Some(_), _) => "file",
            (None, true) => "none",
            (None, false) if doubt.is_some() => "clock",
            (None, false) => {
                draft.day = Some(clock::today());
                "today"
            }
        };
        days.push(DayClaim {
            day: draft.day.clone(),
            from,
        });
        acts.push(match Card::new(&source.card).title() {
            Some(title) => title.to_owned(),
            None => words::act(&draft.kind, &draft.links, &source.body),
        });
        drafts.push(draft);
    }
    let Reply::Preflight(preflight) = context.ask(Order::Preflight {
        drafts: drafts.clone(),
    })?
    else {
        return Err(unexpected());
    };
    for record in &preflight.records {
        if let Some(id) = &record.same_title {
            warnings.push(format!(
                "{}: a record of this title stands already, as {id}; to correct or renew that one: indaba revise {} {} --reason WHY",
                record.source,
                words::short(id),
                record.source
            ));
        }
    }
    let faulty = preflight.records.iter().any(|r| !r.faults.is_empty());
    let preview = Preview {
        preflight,
        warnings,
        derived,
        days,
        acts,
    };
    // The preview is the result of --dry-run; otherwise the result is what was published.
    if dry_run {
        context.screen.report(&preview)?;
    } else {
        context.screen.preview(&preview);
    }
    if faulty && dry_run && context.screen.json() {
        // The one object on stdout names the faults already.
        return Ok(Exit::Failed);
    }
    if faulty {
        let faults = preview.preflight.records.iter();
        let faults =
            faults.flat_map(|r| r.faults.iter().map(move |f| format!("{}: {f}", r.source)));
        return Err(
            Failure::new(Exit::Failed, faults.collect::<Vec<_>>().join("\n"))
                .hint("nothing was published; mend what is named, then `indaba publish` again"),
        );
    }
    if dry_run {
        context.screen.tell("Nothing was signed.");
        return Ok(Exit::Ok);
    }
    let question = format!(
        "Sign and publish {}?",
        words::count(drafts.len() as u64, "record", "records")
    );
    if !context.asker.consent(&question)? {
        context.screen.tell("Nothing was signed.");
        return Ok(Exit::Interrupted);
    }
    let posted: Vec<Vec<String>> = drafts.iter().map(|draft| draft.feeds.clone()).collect();
    let done = context.ask(Order::Publish { drafts }).map_err(|failure| {
        if failure.exit == Exit::NotRunning {
            failure.hint("whether the records were signed is not known: start the node again and publish the same files; what was signed already is not signed twice")
        } else {
            failure
        }
    })?;
    let Reply::Published { records } = done else {
        return Err(unexpected());
    };
    let announced = context.running(&dir)?.is_some();
    context.screen.report(&Done { records, announced })?;
    if !announced {
        context
            .screen
            .hint("signed and stored; they leave this machine when the node runs: indaba up");
    }
    unfollowed(context, &posted);
    Ok(Exit::Ok)
}
