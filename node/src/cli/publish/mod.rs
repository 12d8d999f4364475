//! `indaba publish`: show what would be signed, ask, sign, announce; or keep what must be cleared first.

mod obstacle;
mod preview;

use indaba_protocol::content::Card;
use serde::Serialize;

use super::changes;
use super::check::{draft, faulty_files};
use super::clock;
use super::context::{Context, unexpected};
use super::draft::{kept, submissions};
use super::exit::Exit;
use super::failure::Failure;
use super::flags::{PublishFlags, SubmitFlags};
use super::officer::ask;
use super::record_text::{Written, read_file};
use super::screen::{Page, Report, clean, paint, style};
use super::words;
use crate::engine::TODAY;
use crate::engine::order::{
    ClearanceOrder, ClearanceReply, Draft, DraftView, Missing, Order, Published, Reply,
};

pub(super) use obstacle::not_a_copy;
use obstacle::published_before;
use preview::{DayClaim, Preview};

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
    if preflight.unasked {
        warnings.push(format!("no peer could be asked whether this node has published more than is known here{}; if this machine was put back from an image, or another copy of it may run, sign nothing before it was connected", if context.running(&dir)?.is_some() { "" } else { ", because the node does not run" }));
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
