//! `indaba doctor`: what can be wrong, one numbered check after another, each with the command that mends it.

mod findings;
mod folder;
mod machine;
mod node;

use super::assembly::store_path;
use super::clock;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::full_disk::FullDisk;
use super::words;
use crate::engine::order::{Order, Reply};

use findings::{Checks, Diagnosis, Outcome};

/// Runs the command.
pub(crate) fn run(context: &Context) -> Result<Exit, Failure> {
    let dir = context.node_dir()?;
    let mut checks = Checks::default();
    folder::folder(&mut checks, dir.path());
    folder::keys(&mut checks, &dir);
    folder::copy(&mut checks, context, &dir);
    folder::identity(&mut checks, context, &dir);
    folder::audit_log(&mut checks, &dir);
    let settings = match context.settings(&dir) {
        Ok(settings) => {
            if context.runs_as_before(&dir) {
                checks.note(
                    "configuration",
                    "no faults, but changed after the running node read it",
                    "stop the node and start it again: indaba up",
                );
            } else {
                checks.ok("configuration", "no faults");
            }
            Some(settings)
        }
        Err(failure) => {
            checks.failure("configuration", &failure);
            None
        }
    };
    machine::clock(&mut checks, clock::seconds());
    machine::space(&mut checks, dir.path());
    if let Some(settings) = &settings {
        machine::files(&mut checks, settings.network.profile);
    }
    let running = match context.running(&dir) {
        Ok(Some(_)) => {
            checks.ok("node", "running");
            true
        }
        Ok(None) => {
            checks.note("node", "not running", "indaba up");
            false
        }
        Err(failure) => {
            checks.failure("node", &failure);
            false
        }
    };
    if let Some(settings) = settings {
        match context.ask(Order::Status) {
            Ok(Reply::Status(status)) => {
                checks.ok(
                    "store",
                    format!(
                        "opens; {}, {} on disk",
                        words::count(status.records, "record", "records"),
                        words::bytes(status.store_bytes)
                    ),
                );
                if let Some(needed) = status.space_needed {
                    checks.problem(
                        "store",
                        "the disk is full: only states, cut lists and withdrawals are still stored",
                        FullDisk::of(&store_path(&dir, &settings), needed).remedy(),
                    );
                }
                node::own_key(&mut checks, &status);
                node::rival_states(&mut checks, &status);
                node::key_in_hand(&mut checks, &dir, &status);
                node::drafts(&mut checks, &status);
                node::well_connected(&mut checks, &status, &settings, running);
                node::feeds(&mut checks, &status);
            }
            Ok(_) => checks.problem(
                "store",
                "the node gave an answer to another question",
                "restart the node with this version",
            ),
            // What stands above already, such as a key open to others, keeps the store from being asked.
            Err(failure) if checks.told(&failure) => {}
            Err(failure) => checks.failure("store", &failure),
        }
    }
    if !context.screen.json() {
        for check in &mut checks.0 {
            check.mend = check.mend.take().map(|mend| context.screen.commands(&mend));
        }
    }
    let problems = checks
        .0
        .iter()
        .filter(|c| c.outcome == Outcome::Problem)
        .count();
    context.screen.report(&Diagnosis {
        checks: checks.0,
        problems,
    })?;
    Ok(if problems == 0 {
        Exit::Ok
    } else {
        Exit::Failed
    })
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::audit::{AuditLog, AuditSettings, Deed};
    use crate::config::DataDir;

    #[test]
    fn each_problem_names_what_mends_it() {
        let place = tempfile::tempdir().unwrap();
        let mut checks = Checks::default();
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o777)).unwrap();
        folder::folder(&mut checks, place.path());
        folder::keys(&mut checks, &DataDir::new(place.path()));
        machine::clock(&mut checks, 0);
        assert_eq!(checks.0.len(), 3);
        for check in &checks.0 {
            assert_eq!(check.outcome, Outcome::Problem, "{}", check.about);
            assert!(
                check.mend.as_ref().is_some_and(|m| !m.is_empty()),
                "{}",
                check.about
            );
        }
        // Negative control: in order, the same checks pass.
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let mut checks = Checks::default();
        folder::folder(&mut checks, place.path());
        machine::clock(&mut checks, 1_800_000_000);
        assert!(checks.0.iter().all(|c| c.outcome == Outcome::Ok));
    }

    #[test]
    fn an_audit_log_that_was_changed_is_a_problem() {
        let place = tempfile::tempdir().unwrap();
        let dir = DataDir::new(place.path());
        let log = AuditLog::new(dir.audit(), AuditSettings::default());
        for _ in 0..2 {
            log.note_own(Deed::done("store-compact", Vec::new()))
                .unwrap();
        }
        let outcome = || {
            let mut checks = Checks::default();
            folder::audit_log(&mut checks, &dir);
            checks.0[0].outcome
        };
        assert_eq!(outcome(), Outcome::Ok);
        let file = dir.audit().join("00000001.log");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replacen("done", "failed", 1)).unwrap();
        assert_eq!(outcome(), Outcome::Problem);
    }
}
