//! `indaba store export`: a copy of what the store holds, in one file.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use indaba_protocol::Day;
use indaba_store::StoreError;
use indaba_store::backup::{self, Export, Stage};
use indaba_store::disk::{Disk, RealDisk};
use serde::{Deserialize, Serialize};

use super::held::Held;
use super::progress;
use crate::cli::assembly::{open_store, store_path};
use crate::cli::context::{Context, Reached};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::screen::{Page, Report};
use crate::cli::words;
use crate::config::{DataDir, Settings};
use crate::engine::CHOSEN_COLUMNS;

/// Where a backup is from, as it says itself.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Origin {
    /// The network's name.
    pub(super) network: String,
    /// The institution's id.
    pub(super) institution: String,
    /// The version of the program that made it.
    pub(super) program: String,
}

#[derive(Serialize)]
struct Exported {
    file: String,
    bytes: u64,
    records: u64,
    records_with_text: u64,
    institution_statements: u64,
    waiting: u64,
    choices: u64,
}

impl Report for Exported {
    const NAME: &'static str = "store-export";
    fn page(&self, page: &mut Page) {
        page.line(format!(
            "{} written and read back: {}, {} of institutions, {} of this node",
            words::bytes(self.bytes),
            words::count(self.records, "record", "records"),
            words::count(self.institution_statements, "statement", "statements"),
            words::count(self.choices, "choice", "choices"),
        ));
        page.line(crate::cli::screen::clean(&self.file));
        page.line("Not in it: the keys, config.toml and identity.toml; copy those by themselves, and treat both as secret.");
        page.line("Put back with: indaba store import FILE");
    }
}

/// Runs the command, while the node runs or not.
pub(super) fn run(
    context: &Context,
    dir: &DataDir,
    settings: &Settings,
    target: &Path,
) -> Result<Exit, Failure> {
    let identity = context.identity(dir)?;
    let origin = Origin {
        network: identity.network.as_str().to_owned(),
        institution: identity.institution.to_string(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let origin = serde_json::to_vec(&origin)
        .map_err(|e| Failure::new(Exit::Failed, "cannot describe the origin").because(e))?;
    let made = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0));
    let to = place(target, made);
    room_for(&to)?;
    // Without a running node the lock keeps others away until the copy is made.
    let store = match context.reach(dir, || open_store(dir, settings))? {
        Reached::Running(_) => None,
        Reached::Here(store) => Some(store),
    };
    let mut held = match &store {
        None => Some(Held::begin(context)?),
        Some(_) => None,
    };
    let held_end = held.as_ref().map(|held| held.end);
    let end = held_end.or(store.as_ref().map(indaba_store::Store::journal_end));
    let what = Export {
        store: &store_path(dir, settings),
        end: end.unwrap_or(0),
        made,
        origin: &origin,
        columns: &CHOSEN_COLUMNS,
    };
    let mut reading = progress(&context.screen, "Reading");
    let mut writing = progress(&context.screen, "Writing");
    let mut checking = progress(&context.screen, "Checking");
    let disk: Arc<dyn Disk> = Arc::new(RealDisk);
    let contents = backup::export(&what, &disk, &to, &mut |stage, done, all| {
        held.iter_mut().for_each(Held::keep);
        match stage {
            Stage::Reading => reading(done, all),
            Stage::Writing => writing(done, all),
            Stage::Checking => checking(done, all),
        }
    })
    .map_err(|error| failed(error, &to))?;
    if let Some(store) = store {
        store.close()?;
    }
    context.screen.report(&Exported {
        file: to.display().to_string(),
        bytes: contents.bytes,
        records: contents.records,
        records_with_text: contents.whole,
        institution_statements: contents.facts,
        waiting: contents.waiting,
        choices: contents.choices,
    })?;
    Ok(Exit::Ok)
}

/// Why no copy was made. Where the copy itself cannot be written, as on a stick that is full, nothing is wrong with the data folder.
fn failed(error: StoreError, to: &Path) -> Failure {
    let is_of_copy = matches!(&error, StoreError::Io { path, .. } if path.parent() == to.parent());
    let failure = Failure::from(error);
    match to.parent().filter(|_| is_of_copy) {
        Some(folder) => {
            let folder = if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            };
            failure.hint(format!(
                "make room in {}, see that it can be written to, or name another place",
                folder.display()
            ))
        }
        None => failure,
    }
}

/// Looks beforehand whether a file of this name can be made.
fn room_for(to: &Path) -> Result<(), Failure> {
    if std::fs::symlink_metadata(to).is_ok() {
        let problem = format!("{} exists already and is never overwritten", to.display());
        return Err(Failure::new(Exit::Failed, problem).hint(
            "choose another name, or name a folder: the file is then called after day and minute",
        ));
    }
    // A name that ends like a folder's is one, also where there is none.
    let named_as_folder = to.as_os_str().as_encoded_bytes().ends_with(b"/");
    let folder = if named_as_folder {
        Some(to)
    } else {
        to.parent()
    };
    match folder {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => Err(Failure::new(
            Exit::NotFound,
            format!("there is no folder {}", folder.display()),
        )
        .hint("is the stick mounted? See: lsblk")),
        _ => Ok(()),
    }
}

/// The file itself, or a new one in the folder named, called after the day and the minute.
fn place(target: &Path, made: i64) -> PathBuf {
    if !target.is_dir() {
        return target.to_owned();
    }
    let day = Day::from_number(made.div_euclid(86_400_000)).unwrap_or(Day::FIRST);
    let minute = made.rem_euclid(86_400_000) / 60_000;
    let (hour, minute) = (minute / 60, minute % 60);
    target.join(format!("indaba-{day}-{hour:02}{minute:02}.backup"))
}
