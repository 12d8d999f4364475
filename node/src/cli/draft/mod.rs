//! `indaba draft`: records that wait to be cleared, and what officers say about them.

mod decide;
mod page;
mod word;

use std::path::{Path, PathBuf};

use indaba_protocol::{Id, cbor};
use serde::Serialize;

use super::check::faulty_files;
use super::clock;
use super::context::{Context, unexpected};
use super::exit::Exit;
use super::failure::Failure;
use super::flags::{DraftAct, PassphraseFlags};
use super::hex;
use super::officer::ask;
use super::publish::add_feeds_of_targets;
use super::record_file::write_new;
use super::record_text::read_file;
use super::screen::{Page, Report, clean};
use crate::authoring;
use crate::engine::TODAY;
use crate::engine::order::{
    ClearanceOrder, ClearanceReply, ClearanceRules, DraftView, DraftWhole, Published,
};

use page::waits_for;
pub(super) use page::{kept, missing};
use word::submission;
pub(super) use word::submissions;

#[derive(Serialize)]
struct Listed {
    rules: ClearanceRules,
    drafts: Vec<DraftView>,
}

impl Report for Listed {
    const NAME: &'static str = "draft-list";
    fn page(&self, page: &mut Page) {
        if self.drafts.is_empty() {
            page.line("no draft waits");
            return;
        }
        let rows: Vec<Vec<String>> = self
            .drafts
            .iter()
            .map(|draft| {
                vec![
                    draft.number.to_string(),
                    draft.kind.clone(),
                    draft.title.clone().unwrap_or_else(|| draft.source.clone()),
                    waits_for(draft),
                ]
            })
            .collect();
        page.table(&["draft", "kind", "title", "waits for"], &rows);
    }
}

#[derive(Serialize)]
#[serde(transparent)]
struct Shown(DraftWhole);

impl Report for Shown {
    const NAME: &'static str = "draft-show";
    fn page(&self, page: &mut Page) {
        page::whole(page, &self.0);
    }
}

#[derive(Serialize)]
struct Markdown {
    number: u64,
    markdown: String,
    file: Option<String>,
}

impl Report for Markdown {
    const NAME: &'static str = "draft-markdown";
    fn page(&self, page: &mut Page) {
        match &self.file {
            Some(file) => page.line(clean(file)),
            None => page.block(&self.markdown),
        }
    }
}

/// What became of a draft about which something was said.
#[derive(Serialize)]
struct Done<const ACT: usize> {
    /// As it stands; none when it is published.
    draft: Option<DraftView>,
    records: Vec<Published>,
}

/// The acts that give a [`Done`], by their number.
const ACTS: [(&str, &str); 4] = [
    ("draft-edit", "kept"),
    ("draft-approve", "approved"),
    ("draft-refuse", "refused"),
    ("draft-release", "released"),
];
const EDIT: usize = 0;
const APPROVE: usize = 1;
const REFUSE: usize = 2;
const RELEASE: usize = 3;

impl<const ACT: usize> Report for Done<ACT> {
    const NAME: &'static str = ACTS[ACT].0;
    fn page(&self, page: &mut Page) {
        for record in &self.records {
            page::published(page, record);
        }
        if let Some(draft) = &self.draft {
            page::kept(page, ACTS[ACT].1, draft);
        }
    }
}

#[derive(Serialize)]
struct TakenBack {
    number: u64,
    title: Option<String>,
}

impl Report for TakenBack {
    const NAME: &'static str = "draft-take-back";
    fn page(&self, page: &mut Page) {
        let title = self.title.as_deref().unwrap_or("(no title)");
        page.line(clean(&format!(
            "draft {} is taken back and was not published: {title}",
            self.number
        )));
    }
}

/// Runs the command.
pub(crate) fn run(context: &Context, act: DraftAct) -> Result<Exit, Failure> {
    match act {
        DraftAct::List => {
            let (rules, _, drafts) = drafts(context)?;
            context.screen.report(&Listed { rules, drafts })?;
            Ok(Exit::Ok)
        }
        DraftAct::Show {
            number,
            markdown,
            out,
        } => show(context, number, markdown, out),
        DraftAct::Edit {
            number,
            file,
            by,
            passphrase,
        } => edit(context, number, &file, by.as_deref(), &passphrase),
        DraftAct::Approve { number, key } => decide::approve(context, number, &key),
        DraftAct::Refuse { number, key, words } => decide::refuse(context, number, &key, &words),
        DraftAct::TakeBack { number } => {
            let question = format!("Forget draft {number}? Its text is not kept.");
            if !context.asker.consent(&question)? {
                return Err(Failure::new(Exit::Refused, "the draft stays"));
            }
            let act = ClearanceOrder::TakeBack { number };
            let ClearanceReply::TakenBack { number, title } = ask(context, act)? else {
                return Err(unexpected());
            };
            context.screen.report(&TakenBack { number, title })?;
            Ok(Exit::Ok)
        }
        DraftAct::Release { number, today } => decide::release(context, number, today),
    }
}

/// The rules in force, the institution, and the drafts.
fn drafts(context: &Context) -> Result<(ClearanceRules, Id, Vec<DraftView>), Failure> {
    let ClearanceReply::Drafts {
        rules,
        institution,
        drafts,
    } = ask(context, ClearanceOrder::Drafts)?
    else {
        return Err(unexpected());
    };
    let institution = institution.parse().map_err(|_| unexpected())?;
    Ok((rules, institution, drafts))
}

/// One draft with its text.
fn whole(context: &Context, number: u64) -> Result<DraftWhole, Failure> {
    match ask(context, ClearanceOrder::Draft { number })? {
        ClearanceReply::Draft(whole) => Ok(*whole),
        _ => Err(unexpected()),
    }
}

fn show(
    context: &Context,
    number: u64,
    markdown: bool,
    out: Option<PathBuf>,
) -> Result<Exit, Failure> {
    let whole = whole(context, number)?;
    if !markdown {
        context.screen.report(&Shown(whole))?;
        return Ok(Exit::Ok);
    }
    let part = |text: &str| hex::decode(text).and_then(|bytes| cbor::decode(&bytes).ok());
    let (Some(card), Some(body)) = (part(&whole.text.card), part(&whole.text.body)) else {
        return Err(unexpected());
    };
    let markdown = authoring::to_markdown(&page::facts(&whole), &card, &body);
    if let Some(path) = &out {
        write_new(path, markdown.as_bytes())?;
    }
    context.screen.report(&Markdown {
        number,
        markdown,
        file: out.map(|path| path.display().to_string()),
    })?;
    Ok(Exit::Ok)
}

fn edit(
    context: &Context,
    number: u64,
    file: &Path,
    by: Option<&Path>,
    passphrase: &PassphraseFlags,
) -> Result<Exit, Failure> {
    let written = read_file(file);
    if let Some(failure) = faulty_files(std::slice::from_ref(&written)) {
        return Err(failure.hint("the draft is as it was; mend what is named, then edit again"));
    }
    let Ok(source) = &written.read else {
        return Err(unexpected());
    };
    let mut draft = super::check::draft(source, &written.file);
    if source.feeds_derived {
        add_feeds_of_targets(context, &mut draft)?;
    }
    if draft.day.is_none() && !source.undated && clock::doubt().is_none() {
        draft.day = Some(TODAY.to_owned());
    }
    let old = whole(context, number)?.draft;
    let question = format!(
        "Put this text in the place of draft {number}, version {}? Approvals of that version are void.",
        old.version
    );
    if !context.asker.consent(&question)? {
        return Err(Failure::new(Exit::Refused, "the draft is as it was"));
    }
    let about = (number, old.version);
    let by = match by {
        Some(key) => Some(submission(context, &draft, about, key, passphrase)?),
        None => None,
    };
    let act = ClearanceOrder::Edit { number, draft, by };
    done::<EDIT>(context, ask(context, act)?)
}

/// Reports what became of a draft.
fn done<const ACT: usize>(context: &Context, answer: ClearanceReply) -> Result<Exit, Failure> {
    let (draft, records) = match answer {
        ClearanceReply::Changed { draft } => (Some(*draft), Vec::new()),
        ClearanceReply::Released { records, .. } => (None, records),
        _ => return Err(unexpected()),
    };
    let is_out = !records.is_empty();
    context.screen.report(&Done::<ACT> { draft, records })?;
    if is_out && context.running(&context.node_dir()?)?.is_none() {
        context
            .screen
            .hint("signed and stored; it leaves this machine when the node runs: indaba up");
    }
    Ok(Exit::Ok)
}
