//! The data folder: who can get at it, its keys, whose it is, whether it is a copy.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::findings::Checks;
use crate::audit::Found;
use crate::cli::context::Context;
use crate::cli::words;
use crate::config::DataDir;
use crate::keystore::{KeyDir, KeyFault, Purpose};

pub(super) fn folder(checks: &mut Checks, path: &Path) {
    match fs::metadata(path) {
        Ok(meta) => {
            let mode = meta.permissions().mode() & 0o777;
            if mode & 0o022 != 0 {
                checks.problem(
                    "data folder",
                    format!(
                        "{} has mode {mode:04o}: others can write in it",
                        path.display()
                    ),
                    format!("chmod 700 {}", path.display()),
                );
            } else {
                checks.ok(
                    "data folder",
                    format!("{}, mode {mode:04o}", path.display()),
                );
            }
        }
        Err(e) => checks.problem(
            "data folder",
            format!("{}: {e}", path.display()),
            "check the folder's permissions",
        ),
    }
}

pub(super) fn keys(checks: &mut Checks, dir: &DataDir) {
    let keys = match KeyDir::open(&dir.keys()) {
        Ok(keys) => keys,
        Err(fault) => return checks.problem("keys", fault.to_string(), fault.remedy()),
    };
    for (about, purpose) in [
        ("node key", Purpose::Node),
        ("transport key", Purpose::Transport),
    ] {
        match keys.check(purpose) {
            Ok(()) => checks.ok(about, "there, for this account alone"),
            Err(fault) => checks.problem(about, fault.to_string(), fault.remedy()),
        }
    }
    for (about, purpose) in [
        ("root key", Purpose::Root),
        ("reserve key", Purpose::Reserve),
    ] {
        match keys.is_sealed(purpose) {
            Err(KeyFault::Missing { .. }) => {
                checks.ok(about, "not on this machine, as it should be")
            }
            Ok(sealed) => {
                let found = if sealed {
                    "on this machine, sealed with a passphrase"
                } else {
                    "on this machine, and NOT sealed"
                };
                let file = keys.file(purpose);
                checks.note(
                    about,
                    found,
                    format!(
                        "copy it to a stick, compare, then remove it here: mv {} /media/STICK/",
                        file.display()
                    ),
                );
            }
            Err(fault) => checks.problem(about, fault.to_string(), fault.remedy()),
        }
    }
}

pub(super) fn identity(checks: &mut Checks, context: &Context, dir: &DataDir) {
    match context.identity(dir) {
        Ok(identity) => checks.ok(
            "identity",
            format!(
                "{} in the network \"{}\"",
                identity.institution.short(),
                identity.network
            ),
        ),
        Err(failure) => checks.failure("identity", &failure),
    }
}

pub(super) fn copy(checks: &mut Checks, context: &Context, dir: &DataDir) {
    match context.is_copy(dir) {
        Ok(false) => checks.ok("copy", "this folder is the one that was set up"),
        Ok(true) => checks.problem(
            "copy",
            "this folder was restored from a backup, or copied; publishing is refused",
            "let it connect until its own records are back, then: indaba store accept-copy",
        ),
        Err(failure) => checks.failure("copy", &failure),
    }
}

pub(super) fn audit_log(checks: &mut Checks, dir: &DataDir) {
    const ABOUT: &str = "audit log";
    match Found::read(&dir.audit()) {
        Ok(found) if found.faults.is_empty() => checks.ok(
            ABOUT,
            format!(
                "{}, each as it was written",
                words::count(found.entries.len() as u64, "entry", "entries")
            ),
        ),
        Ok(_) => checks.problem(
            ABOUT,
            "it is not as it was written: somebody or a faulty disk changed it",
            "indaba audit verify",
        ),
        Err(e) => checks.problem(
            ABOUT,
            format!("{} cannot be read: {e}", dir.audit().display()),
            "run the command as the account that owns the data folder",
        ),
    }
}
