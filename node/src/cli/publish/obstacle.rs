//! What keeps a publication from going on before anybody is asked: a folder that is a copy, files that were published before.

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::words;
use crate::config::DataDir;
use crate::engine::order::PreflightRecord;

/// Refuses to sign in a data folder that is a copy.
pub(in crate::cli) fn not_a_copy(context: &Context, dir: &DataDir) -> Result<(), Failure> {
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

/// Of several files, those that were published already and are not published once more, when nothing else is wrong: the way on for
/// whoever publishes again because the first time was interrupted.
pub(super) fn published_before(records: &[PreflightRecord]) -> Option<Failure> {
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
