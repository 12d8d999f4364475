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
#[serde(transparent)]
struct Verified(VerifyView);

impl Report for Verified {
    const NAME: &'static str = "verify";
    fn page(&self, page: &mut Page) {
        page.head(format!("record {}", self.0.id));
        for (place, step) in self.0.steps.iter().enumerate() {
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
            paint(style::BOLD, &clean(&self.0.words.join(", "))),
            clean(&self.0.verdict)
        ));
    }
}

/// Runs the command.
pub(crate) fn run(context: &Context, flags: VerifyFlags) -> Result<Exit, Failure> {
    let path = Path::new(&flags.record);
    let view = if path.is_file() {
        file(context, path, flags.network.as_deref())?
    } else {
        // No id has a dot or a stroke.
        if flags.record.contains(['.', '/']) {
            let what = match path.is_dir() {
                true => format!("{} is a folder", flags.record),
                false => format!("there is no file {}", flags.record),
            };
            return Err(Failure::new(Exit::NotFound, what).hint(
                "name a file written by `indaba show ID --raw --out FILE`, or a record's id",
            ));
        }
        let Reply::Verified(view) = context.ask(Order::Verify { id: flags.record })? else {
            return Err(unexpected());
        };
        *view
    };
    let exit = exit_of(&view);
    context.screen.report(&Verified(view))?;
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

/// Verifies a file by itself: nothing is asked of the store but, where the file does not say, the network's name.
fn file(context: &Context, path: &Path, network: Option<&str>) -> Result<VerifyView, Failure> {
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
    Ok(judge_file(&file, &name))
}
