//! `indaba verify`: each step of the judgement about one record, offline.

use std::path::Path;

use indaba_protocol::NetworkName;
use serde::Serialize;

use super::context::{Context, unexpected};
use super::exit::Exit;
use super::failure::Failure;
use super::flags::VerifyFlags;
use super::record_file::RecordFile;
use super::screen::{Page, Report, clean, paint, style};
use super::verify_file::judge_file;
use crate::engine::order::{Order, Reply, VerifyView};

#[derive(Serialize)]
struct Verified {
    #[serde(flatten)]
    view: VerifyView,
    /// What this node knows about the record of a file; none for an id, and where it is not held.
    held_here: Option<HeldHere>,
    /// A file was looked at, and not what this node holds.
    #[serde(skip)]
    is_file: bool,
}

/// What a node knows about a record, beyond what its file proves.
#[derive(Serialize)]
struct HeldHere {
    words: Vec<String>,
    verdict: String,
}

impl Report for Verified {
    const NAME: &'static str = "verify";
    fn page(&self, page: &mut Page) {
        page.head(format!("record {}", self.view.id));
        for (place, step) in self.view.steps.iter().enumerate() {
            let mark = if step.holds {
                paint(style::GOOD, "holds")
            } else {
                paint(style::BAD, "FAILS")
            };
            page.line(format!("{:>4}. {mark}  {}", place + 1, clean(&step.what)));
            if !step.detail.is_empty() {
                page.line(format!(
                    "             {}",
                    paint(style::DIM, &clean(&step.detail))
                ));
            }
        }
        page.line(format!(
            "{} ({})",
            paint(style::BOLD, &clean(&self.view.words.join(", "))),
            clean(&self.view.verdict)
        ));
        match &self.held_here {
            Some(here) => {
                let words = format!(
                    "This node holds the record too: {} ({})",
                    clean(&here.words.join(", ")),
                    clean(&here.verdict)
                );
                let is_fine = here.words == self.view.words && here.verdict == self.view.verdict;
                page.line(match is_fine {
                    true => words,
                    false => paint(style::WARN, &words),
                });
            }
            None if self.is_file && exit_of(&self.view) == Exit::Ok => page.line(
                "What was said about it later, a withdrawal or a newer version, is known to nodes that hold it, not to the file.",
            ),
            None => {}
        }
    }
}

/// Runs the command.
pub(crate) fn run(context: &Context, flags: VerifyFlags) -> Result<Exit, Failure> {
    let path = Path::new(&flags.record);
    if path.is_file() {
        return file(context, path, flags.network.as_deref());
    }
    // No id has a dot or a stroke.
    if flags.record.contains(['.', '/']) {
        let what = match path.is_dir() {
            true => format!("{} is a folder", flags.record),
            false => format!("there is no file {}", flags.record),
        };
        return Err(Failure::new(Exit::NotFound, what)
            .hint("name a file written by `indaba show ID --raw --out FILE`, or a record's id"));
    }
    let Reply::Verified(view) = context.ask(Order::Verify { id: flags.record })? else {
        return Err(unexpected());
    };
    let exit = exit_of(&view);
    context.screen.report(&Verified {
        view: *view,
        held_here: None,
        is_file: false,
    })?;
    Ok(exit)
}

/// What is unvouched is refused by policy, what waits for something is half judged, and all else that does not hold is broken.
fn exit_of(view: &VerifyView) -> Exit {
    match view.verdict.split(':').next().unwrap_or_default() {
        "VALID" | "ADOPTED" if view.steps.iter().all(|s| s.holds) => Exit::Ok,
        "QUARANTINED" => Exit::Refused,
        "PENDING" => Exit::Partly,
        _ => Exit::Integrity,
    }
}

/// Verifies a file by itself: for that nothing is asked of the store but, where the file does not say, the network's name. What a node here
/// knows about the record is said beside it, and a record that does not stand here is not passed because its file is in order.
fn file(context: &Context, path: &Path, network: Option<&str>) -> Result<Exit, Failure> {
    let file = RecordFile::read(path)?;
    let name = match (network, &file.network) {
        (Some(name), _) => {
            NetworkName::parse(name).map_err(|e| Failure::new(Exit::WrongUse, e.to_string()))?
        }
        (None, Some(name)) => name.clone(),
        (None, None) => context
            .node_dir()
            .and_then(|dir| context.identity(&dir))
            .map(|identity| identity.network)
            .map_err(|e| e.hint("name the network the record belongs to: --network NAME"))?,
    };
    let view = judge_file(&file, &name);
    let here = held_here(context, &view, &name);
    // That this node does not accept the institution, or waits for something, says nothing about the file.
    let is_void = here.as_ref().map(exit_of) == Some(Exit::Integrity);
    let exit = match exit_of(&view) {
        Exit::Ok if is_void => Exit::Integrity,
        exit => exit,
    };
    let differs = here.as_ref().is_some_and(|here| here.words != view.words);
    let id = view.id.clone();
    context.screen.report(&Verified {
        view,
        held_here: here.map(|here| HeldHere {
            words: here.words,
            verdict: here.verdict,
        }),
        is_file: true,
    })?;
    if differs {
        context
            .screen
            .hint(format!("what stands against it: indaba show {id}"));
    }
    Ok(exit)
}

/// The judgement of the node on this machine about the same record; none when there is no node, or it does not hold it or cannot be asked.
fn held_here(context: &Context, view: &VerifyView, network: &NetworkName) -> Option<VerifyView> {
    let dir = context.node_dir().ok()?;
    if context.identity(&dir).ok()?.network != *network {
        return None;
    }
    let id = view.id.clone();
    match context.ask(Order::Verify { id }).ok()? {
        Reply::Verified(here) => Some(*here),
        _ => None,
    }
}
