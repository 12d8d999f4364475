//! `indaba publish`: show what would be signed, ask, sign, announce; or keep what must be cleared first.

use indaba_protocol::content::Card;
use serde::Serialize;

use super::changes;
use super::check::{draft, faulty_files};
use super::clock;
use super::context::{Context, unexpected};
use super::draft::{kept, missing, submissions};
use super::exit::Exit;
use super::failure::Failure;
use super::flags::{PublishFlags, SubmitFlags};
use super::officer::ask;
use super::record_text::{Written, read_file};
use super::screen::{Page, Report, clean, paint, style};
use super::words;
use crate::config::DataDir;
use crate::engine::TODAY;
use crate::engine::order::{
    ClearanceOrder, ClearanceReply, Draft, DraftView, Missing, Order, Preflight, PreflightRecord,
    Published, Reply,
};

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
    /// What each does to another record, and why.
    #[serde(skip)]
    effects: Vec<Vec<(String, String)>>,
}

/// The day a record will claim, and who says so.
#[derive(Serialize)]
struct DayClaim {
    day: Option<String>,
    /// `file`, `today`, `none`, `publication` for the day it goes out, or `clock` where none is claimed because the clock cannot be right.
    from: &'static str,
}

impl DayClaim {
    fn words(&self) -> String {
        match (&self.day, self.from) {
            (Some(day), "today") => format!("{day} (today)"),
            (Some(day), _) => format!("{day} (as the file says)"),
            (None, "publication") => "the day on which it goes out".to_owned(),
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
        for (name, words) in self.effects.get(place).into_iter().flatten() {
            page.field(name, words);
        }
        page.field("feeds", lanes.join(", "));
        if let Some(claim) = self.days.get(place) {
            page.field("day", claim.words());
        }
        for (what, name) in record
            .waits
            .iter()
            .zip(std::iter::once("waits for").chain(std::iter::repeat("")))
        {
            page.field(name, waiting(what));
        }
        match &record.embargo {
            Some(day) if !record.waits.iter().any(is_embargo) => page.field(
                "embargo",
                format!("{day}, which is over by this machine's clock"),
            ),
            _ => {}
        }
    }
}

/// What a record would wait for, in words.
fn waiting(what: &Missing) -> String {
    match what {
        // There is no draft to name yet.
        Missing::Approvals { need, .. } => format!(
            "{} by other officers",
            words::count(u64::from(*need), "approval", "approvals")
        ),
        Missing::Hold { minutes } => format!(
            "a holding time of {}",
            words::count(*minutes, "minute", "minutes")
        ),
        Missing::Release => "somebody's order to release it".to_owned(),
        other => missing(0, other),
    }
}

fn is_embargo(what: &Missing) -> bool {
    matches!(what, Missing::Embargo { .. })
}

#[derive(Serialize)]
struct Done {
    records: Vec<Published>,
    announced: bool,
    /// What is kept until it is cleared.
    drafts: Vec<DraftView>,
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
        for draft in &self.drafts {
            kept(page, "kept", draft);
        }
    }
}

/// Adds the feeds of the record that a draft belongs to. A revision and a withdrawal have no effect unless they stand in all of them;
/// a response or a translation goes there when it names nothing that leads elsewhere.
pub(super) fn add_feeds_of_targets(context: &Context, draft: &mut Draft) -> Result<(), Failure> {
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

/// Of several files, those that were published already and are not published once more, when nothing else is wrong: the way on for
/// whoever publishes again because the first time was interrupted.
fn published_before(records: &[PreflightRecord]) -> Option<Failure> {
    let (old, new): (Vec<_>, Vec<_>) = records.iter().partition(|r| r.published_as.is_some());
    if records.len() < 2 || old.is_empty() || new.iter().any(|r| !r.faults.is_empty()) {
        return None;
    }
    if new.is_empty() {
        let all = words::count(old.len() as u64, "file", "files");
        return Some(
            Failure::new(
                Exit::Failed,
                format!("all {all} were published already; nothing is left to publish"),
            )
            .hint("to publish a corrected text in the place of one: indaba revise ID FILE --reason WHY"),
        );
    }
    let names = |records: &[&PreflightRecord]| {
        let names: Vec<&str> = records.iter().map(|r| r.source.as_str()).collect();
        names.join(" ")
    };
    Some(
        Failure::new(
            Exit::Failed,
            format!(
                "{} of {} files were published already, and nothing was published now: {}",
                old.len(),
                records.len(),
                names(&old)
            ),
        )
        .hint(format!("leave these out; left to publish: {}", names(&new))),
    )
}

/// Runs the command.
pub(crate) fn run(context: &Context, flags: &PublishFlags) -> Result<Exit, Failure> {
    context.node_dir()?;
    let written: Vec<Written> = flags.files.iter().map(|f| read_file(f)).collect();
    sign(context, &written, flags.dry_run, &flags.submit, Vec::new())
}

/// Shows what would be signed, asks, signs, announces, or keeps what is to be cleared first; all of it or nothing. `warnings` stand before
/// what is noticed here.
pub(super) fn sign(
    context: &Context,
    written: &[Written],
    dry_run: bool,
    flags: &SubmitFlags,
    mut warnings: Vec<String>,
) -> Result<Exit, Failure> {
    let dir = context.node_dir()?;
    let mut hold = flags.hold;
    if let Some(failure) = faulty_files(written) {
        return Err(failure);
    }
    if !dry_run {
        not_a_copy(context, &dir)?;
    }
    let mut drafts = Vec::new();
    let mut derived = Vec::new();
    let mut days = Vec::new();
    let mut acts = Vec::new();
    let mut effects = Vec::new();
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
            if let Some(failure) = changes::nowhere(&draft) {
                return Err(failure);
            }
        }
        effects.push(changes::of(context, &draft, &source.body)?);
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
    let Reply::Preflight(mut preflight) = context.ask(Order::Preflight {
        drafts: drafts.clone(),
    })?
    else {
        return Err(unexpected());
    };
    for record in &preflight.records {
        if let Some(id) = &record.withdrawn_as {
            warnings.push(format!(
                "{}: this institution published this text before, as {id}, and withdrew it; see why: indaba show {}",
                record.source,
                words::short(id)
            ));
        }
        if let Some(id) = &record.same_title {
            warnings.push(format!(
                "{}: a record of this title stands already, as {id}; to correct or renew that one: indaba revise {} {} --reason WHY",
                record.source,
                words::short(id),
                record.source
            ));
        }
    }
    if doubt.is_some() && preflight.records.iter().any(|r| r.embargo.is_some()) {
        hold = true;
        warnings.push("with such a clock nobody knows whether an embargo is over: what is published now is kept until somebody releases it".to_owned());
    }
    let mut kept = 0;
    for (place, record) in preflight.records.iter_mut().enumerate() {
        if hold {
            record.waits.push(Missing::Release);
        }
        if record.waits.is_empty() {
            continue;
        }
        kept += 1;
        // Today is when it goes out.
        if let (Some(claim), Some(draft)) = (days.get_mut(place), drafts.get_mut(place))
            && claim.from == "today"
        {
            *claim = DayClaim {
                day: None,
                from: "publication",
            };
            draft.day = Some(TODAY.to_owned());
        }
    }
    let faulty = preflight.records.iter().any(|r| !r.faults.is_empty());
    let preview = Preview {
        preflight,
        warnings,
        derived,
        days,
        acts,
        effects,
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
    if let Some(failure) = published_before(&preview.preflight.records) {
        return Err(failure);
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
    let count = |number: usize| words::count(number as u64, "record", "records");
    let question = match (kept, drafts.len()) {
        (0, all) => format!("Sign and publish {}?", count(all)),
        (1, 1) => "Keep 1 record as a draft until it is cleared?".to_owned(),
        (kept, all) if kept == all => {
            format!("Keep {} as drafts until they are cleared?", count(all))
        }
        (kept, all) => format!(
            "Sign and publish {}, and keep {kept} as drafts until they are cleared?",
            count(all - kept)
        ),
    };
    if !context.asker.consent(&question)? {
        context.screen.tell("Nothing was signed.");
        return Ok(Exit::Interrupted);
    }
    let by = match &flags.by {
        Some(key) => submissions(context, &drafts, (0, 0), key, &flags.passphrase)?,
        None => Vec::new(),
    };
    let act = ClearanceOrder::Submit { drafts, hold, by };
    let done = ask(context, act).map_err(|failure| {
        if failure.exit == Exit::NotRunning {
            failure.hint("whether the records were signed or kept is not known: start the node again and publish the same files; what was signed or kept already is not taken twice")
        } else {
            failure
        }
    })?;
    let ClearanceReply::Submitted { published, kept } = done else {
        return Err(unexpected());
    };
    let announced = context.running(&dir)?.is_some();
    let feeds_of = |record: &Published| record.lanes.iter().map(|(feed, _)| feed.clone()).collect();
    let posted: Vec<Vec<String>> = published.iter().map(feeds_of).collect();
    let (is_out, is_kept) = (!published.is_empty(), !kept.is_empty());
    context.screen.report(&Done {
        records: published,
        announced,
        drafts: kept,
    })?;
    if is_kept {
        context
            .screen
            .hint("nothing of a draft leaves this machine: indaba draft list");
    }
    if is_out && !announced {
        context
            .screen
            .hint("signed and stored; they leave this machine when the node runs: indaba up");
    }
    unfollowed(context, &posted);
    Ok(Exit::Ok)
}
