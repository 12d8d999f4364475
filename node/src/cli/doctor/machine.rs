//! The machine under the node: its clock, its disk, its open files.

use std::path::Path;

use super::findings::Checks;
use crate::cli::{clock, open_files, words};
use crate::network::Profile;

/// Least free space, bytes: the store needs room for its journal and for making the index anew.
const FREE_SPACE: u64 = 256 * 1024 * 1024;

pub(super) fn clock(checks: &mut Checks, seconds: i64) {
    let shown = jiff::Timestamp::from_second(seconds)
        .map(|t| t.to_string())
        .unwrap_or_else(|_| seconds.to_string());
    if clock::plausible(seconds) {
        checks.ok("clock", shown);
    } else {
        checks.problem(
            "clock",
            format!("{shown} cannot be right; what is signed now would claim that day"),
            "timedatectl set-time, or switch on time synchronisation",
        );
    }
}

pub(super) fn space(checks: &mut Checks, path: &Path) {
    match rustix::fs::statvfs(path) {
        Ok(volume) => {
            let free = volume.f_bavail.saturating_mul(volume.f_frsize);
            if free < FREE_SPACE {
                checks.problem(
                    "disk space",
                    format!("{} free", words::bytes(free)),
                    format!("make room on the volume of {}", path.display()),
                );
            } else {
                checks.ok("disk space", format!("{} free", words::bytes(free)));
            }
        }
        Err(e) => checks.note("disk space", format!("cannot be asked: {e}"), "df"),
    }
}

pub(super) fn files(checks: &mut Checks, profile: Profile) {
    let (most, wanted) = (open_files::most(), open_files::wanted(profile));
    if most.is_some_and(|most| most < wanted) {
        let (found, mend) = open_files::too_few(profile);
        checks.note("open files", found, mend);
    } else {
        checks.ok("open files", format!("as many as needed: {wanted}"));
    }
}
