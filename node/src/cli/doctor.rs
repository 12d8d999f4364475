//! `indaba doctor`: what can be wrong, one numbered check after another, each with the command that mends it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use indaba_protocol::SigningKey;
use serde::Serialize;

use super::clock;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::open_files;
use super::screen::{Page, Report, paint, style};
use super::words;
use crate::config::{DataDir, Settings};
use crate::engine::order::{Order, Reply, Status};
use crate::keystore::{KeyDir, KeyFault, Purpose};
use crate::network::Profile;

/// Least free space, bytes: the store needs room for its journal and for making the index anew.
const FREE_SPACE: u64 = 256 * 1024 * 1024;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Ok,
    Note,
    Problem,
}

#[derive(Serialize)]
struct Check {
    number: usize,
    about: &'static str,
    outcome: Outcome,
    found: String,
    mend: Option<String>,
}

#[derive(Serialize)]
struct Diagnosis {
    checks: Vec<Check>,
    problems: usize,
}

impl Report for Diagnosis {
    const NAME: &'static str = "doctor";
    fn page(&self, page: &mut Page) {
        for check in &self.checks {
            let mark = match check.outcome {
                Outcome::Ok => paint(style::GOOD, "ok     "),
                Outcome::Note => paint(style::WARN, "note   "),
                Outcome::Problem => paint(style::BAD, "PROBLEM"),
            };
            let begin = format!("{:>3}. {mark} {:<14} ", check.number, check.about);
            page.hanging(&begin, 28, &check.found);
            if let Some(mend) = &check.mend {
                let begin = format!("             {} ", paint(style::HINT, "mend:"));
                page.hanging(&begin, 19, mend);
            }
        }
        page.line(match self.problems {
            0 => "nothing is broken".to_owned(),
            count => words::count(count as u64, "problem", "problems"),
        });
    }
}

#[derive(Default)]
struct Checks(Vec<Check>);

impl Checks {
    fn add(
        &mut self,
        about: &'static str,
        outcome: Outcome,
        found: impl Into<String>,
        mend: Option<String>,
    ) {
        let number = self.0.len() + 1;
        self.0.push(Check {
            number,
            about,
            outcome,
            found: found.into(),
            mend,
        });
    }

    fn ok(&mut self, about: &'static str, found: impl Into<String>) {
        self.add(about, Outcome::Ok, found, None);
    }

    fn note(&mut self, about: &'static str, found: impl Into<String>, mend: impl Into<String>) {
        self.add(about, Outcome::Note, found, Some(mend.into()));
    }

    fn problem(&mut self, about: &'static str, found: impl Into<String>, mend: impl Into<String>) {
        self.add(about, Outcome::Problem, found, Some(mend.into()));
    }

    /// Whether a check before said the same.
    fn told(&self, failure: &Failure) -> bool {
        self.0.iter().any(|c| c.found == failure.problem)
    }

    fn failure(&mut self, about: &'static str, failure: &Failure) {
        let mut found = failure.problem.replace('\n', "; ");
        for cause in &failure.causes {
            found.push_str(&format!(" ({cause})"));
        }
        // Whoever reads this has run it.
        let mend = failure
            .hint
            .clone()
            .filter(|hint| !hint.contains("indaba doctor"));
        self.add(about, Outcome::Problem, found, mend);
    }
}

/// Runs the command.
pub(crate) fn run(context: &Context) -> Result<Exit, Failure> {
    let dir = context.node_dir()?;
    let mut checks = Checks::default();
    folder(&mut checks, dir.path());
    keys(&mut checks, &dir);
    copy(&mut checks, context, &dir);
    identity(&mut checks, context, &dir);
    let settings = match context.settings(&dir) {
        Ok(settings) => {
            checks.ok("configuration", "no faults");
            Some(settings)
        }
        Err(failure) => {
            checks.failure("configuration", &failure);
            None
        }
    };
    clock(&mut checks, clock::seconds());
    space(&mut checks, dir.path());
    if let Some(settings) = &settings {
        files(&mut checks, settings.network.profile);
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
                        format!(
                            "make {} free on the volume of the data folder; a running node notices by itself",
                            words::bytes(needed)
                        ),
                    );
                }
                own_key(&mut checks, &status);
                rival_states(&mut checks, &status);
                key_in_hand(&mut checks, &dir, &status);
                drafts(&mut checks, &status);
                well_connected(&mut checks, &status, &settings, running);
                feeds(&mut checks, &status);
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

fn folder(checks: &mut Checks, path: &Path) {
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

fn keys(checks: &mut Checks, dir: &DataDir) {
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

fn identity(checks: &mut Checks, context: &Context, dir: &DataDir) {
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

fn clock(checks: &mut Checks, seconds: i64) {
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

fn space(checks: &mut Checks, path: &Path) {
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

fn files(checks: &mut Checks, profile: Profile) {
    let (most, wanted) = (open_files::most(), open_files::wanted(profile));
    if most.is_some_and(|most| most < wanted) {
        let (found, mend) = open_files::too_few(profile);
        checks.note("open files", found, mend);
    } else {
        checks.ok("open files", format!("as many as needed: {wanted}"));
    }
}

fn copy(checks: &mut Checks, context: &Context, dir: &DataDir) {
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

fn own_key(checks: &mut Checks, status: &Status) {
    if status.key_disputed {
        checks.problem(
            "signatures",
            "this node's key contradicted itself, as that of a restored copy does, or another key of the institution warned about it; everybody sees that, and what it concerns counts as disputed",
            "publish nothing more with it; replace it with the root key, and tell those who follow this institution",
        );
    } else {
        checks.ok(
            "signatures",
            "as far as is known here, this node's key never contradicted itself",
        );
    }
}

fn rival_states(checks: &mut Checks, status: &Status) {
    for institution in &status.disputed {
        checks.problem(
            "institutions",
            format!(
                "enough root keys of {} signed two different states of one version",
                words::institution(institution)
            ),
            "ask the institution by another way which one it means, and rely on nothing it signs until then",
        );
    }
}

/// Whether the node that answered signs with the key that lies in its folder: a running one goes on with the key it began with.
fn key_in_hand(checks: &mut Checks, dir: &DataDir, status: &Status) {
    let kept = KeyDir::open(&dir.keys())
        .and_then(|keys| keys.read(Purpose::Node, None))
        .map(|seed| SigningKey::from_seed(seed.expose()).key().to_string());
    if kept.is_ok_and(|kept| kept != status.node_key) {
        checks.problem(
            "node key",
            "the running node has an older key in hand than the one it was given since",
            "end the node and start it again: indaba up",
        );
    }
}

fn drafts(checks: &mut Checks, status: &Status) {
    let waiting = words::count(status.drafts, "draft waits", "drafts wait");
    match (status.drafts, status.drafts_failed) {
        (0, _) => checks.ok("drafts", "none waits"),
        (_, 0) => checks.ok("drafts", format!("{waiting} to be cleared")),
        (_, failed) => checks.problem(
            "drafts",
            format!("{waiting}; {failed} could not be published though nothing was missing"),
            "indaba draft list says why",
        ),
    }
}

fn well_connected(checks: &mut Checks, status: &Status, settings: &Settings, running: bool) {
    if !running {
        return;
    }
    let wanted = settings.network.listen.len();
    match (wanted, status.listening.len()) {
        (0, 0) => checks.ok("listening", "nowhere, as configured: this node dials only"),
        (_, 0) => checks.problem(
            "listening",
            "no configured address could be listened on",
            "see the node's log; another program may have the port",
        ),
        (_, count) => checks.ok(
            "listening",
            format!("on {}", words::count(count as u64, "address", "addresses")),
        ),
    }
    match (status.peers_known, status.peers_connected) {
        (0, 0) => checks.problem(
            "peers",
            "none known: nothing comes in or goes out",
            "indaba peer add ADDRESS",
        ),
        (known, 0) => checks.problem(
            "peers",
            format!("none of {known} connected"),
            "indaba peer list shows why",
        ),
        (known, connected) => checks.ok("peers", format!("{connected} connected, {known} known")),
    }
    if status.outbox > 0 {
        checks.note(
            "outbox",
            format!(
                "{} not yet announced",
                words::count(status.outbox, "statement", "statements")
            ),
            "they go when a peer is connected; indaba peer list",
        );
    }
}

fn feeds(checks: &mut Checks, status: &Status) {
    let followed: Vec<_> = status.feeds.iter().filter(|f| f.followed).collect();
    if followed.is_empty() {
        return checks.note("feeds", "none followed", "indaba feed follow region:ecowas");
    }
    for feed in followed {
        let found = format!("{}: {}", feed.feed, words::completeness(feed));
        if feed.state == "incomplete" || feed.parts_missing > 0 {
            checks.note(
                "feeds",
                found,
                format!(
                    "indaba feed show {} --lanes; what is missing comes when a peer has it",
                    feed.feed
                ),
            );
        } else if feed.lanes.iter().any(|lane| lane.disputed) {
            checks.note(
                "feeds",
                found,
                format!(
                    "indaba feed show {} --lanes names the key; do not rely on what it signed before the institution was asked by another way",
                    feed.feed
                ),
            );
        } else if feed.stale_lanes > 0 {
            checks.note(
                "feeds",
                found,
                format!(
                    "indaba feed show {} --lanes names who has not been heard of as promised; connect to more peers, or ask the institution",
                    feed.feed
                ),
            );
        } else if feed.state == "empty" {
            checks.note("feeds", found, "indaba feed list --known");
        } else {
            checks.ok("feeds", found);
        }
    }
    if status.unvouched > 0 {
        checks.note(
            "trust",
            format!(
                "{} to be accepted or not",
                words::count(status.unvouched, "institution", "institutions")
            ),
            "indaba trust list",
        );
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;

    #[test]
    fn each_problem_names_what_mends_it() {
        let place = tempfile::tempdir().unwrap();
        let mut checks = Checks::default();
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o777)).unwrap();
        folder(&mut checks, place.path());
        keys(&mut checks, &DataDir::new(place.path()));
        clock(&mut checks, 0);
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
        folder(&mut checks, place.path());
        clock(&mut checks, 1_800_000_000);
        assert!(checks.0.iter().all(|c| c.outcome == Outcome::Ok));
    }
}
