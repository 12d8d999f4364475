//! Writing: one line an entry, durable before it is called written, only ever added at the end.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::account::Account;
use super::entry::{Deed, Entry, LineHash, Who};
use super::limits::{FILE_BYTES, FILES, LOCK_LOOK, LOCK_WAIT};
use super::reading::{bytes, file_name, files, lines};
use super::words::SWITCHED_OFF;

/// What is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditSettings {
    /// Whether anything is.
    pub keep: bool,
    /// Also which feeds are followed quietly.
    pub quiet_feeds: bool,
}

impl Default for AuditSettings {
    fn default() -> Self {
        Self {
            keep: true,
            quiet_feeds: false,
        }
    }
}

/// An entry could not be written. What it is about was done, or refused, all the same.
#[derive(Debug, thiserror::Error)]
#[error("not written into the audit log in {}: {error}", folder.display())]
pub struct AuditFault {
    folder: PathBuf,
    error: io::Error,
}

/// The audit log of a data folder. Every process that changes something adds to it; they take turns by a lock on the folder.
#[derive(Debug)]
pub struct AuditLog {
    folder: PathBuf,
    settings: AuditSettings,
    /// Entries that could not be written since the last one that was.
    missed: AtomicU64,
}

impl AuditLog {
    /// The log in a folder, which need not exist.
    pub fn new(folder: PathBuf, settings: AuditSettings) -> Self {
        Self {
            folder,
            settings,
            missed: AtomicU64::new(0),
        }
    }

    /// Whether what is done quietly is logged too.
    pub fn names_quiet_feeds(&self) -> bool {
        self.settings.quiet_feeds
    }

    /// Adds an entry; returns when it is durable. Where the log is switched off, it notes that once and nothing else.
    ///
    /// # Errors
    /// When it cannot be written, or another process does not let it within two seconds. The next entry says how many are missing.
    pub fn note(&self, who: Who, deed: Deed) -> Result<(), AuditFault> {
        let missed = self.missed.swap(0, Ordering::Relaxed);
        self.add(who, deed, missed).map_err(|error| {
            self.missed.fetch_add(missed + 1, Ordering::Relaxed);
            AuditFault {
                folder: self.folder.clone(),
                error,
            }
        })
    }

    /// As [`AuditLog::note`], in the name of the account of this process.
    ///
    /// # Errors
    /// As [`AuditLog::note`].
    pub fn note_own(&self, deed: Deed) -> Result<(), AuditFault> {
        self.note(Account::own().who(), deed)
    }

    fn add(&self, who: Who, deed: Deed, missed: u64) -> io::Result<()> {
        if !self.settings.keep && !self.folder.exists() {
            return Ok(());
        }
        make_folder(&self.folder)?;
        let _turn = lock(&self.folder)?;
        let end = End::of(&self.folder)?;
        let deed = match (self.settings.keep, end.act.as_deref()) {
            (true, _) => deed,
            (false, None | Some(SWITCHED_OFF)) => return Ok(()),
            (false, Some(_)) => Deed::done(SWITCHED_OFF, Vec::new()),
        };
        let mut entry = Entry::new(end.number + 1, end.hash, now(), who, deed);
        entry.missed = Some(missed).filter(|missed| *missed > 0);
        let mut line = entry.line().map_err(io::Error::other)?;
        let begins = end.file.is_none() || end.bytes + line.len() as u64 + 2 > FILE_BYTES;
        let number = end.file.map_or(1, |file| file + u64::from(begins));
        let mut surplus = Vec::new();
        if begins {
            surplus = oldest_beyond(&self.folder, FILES - 1)?;
            entry.given_up = last_number(&surplus)?;
            line = entry.line().map_err(io::Error::other)?;
        }
        line.push(b'\n');
        if end.is_torn && !begins {
            // What a process could not finish stays as it is, on a line of its own.
            line.insert(0, b'\n');
        }
        append(&self.folder, number, begins, &line)?;
        for path in surplus {
            // What does not go now goes with the next file; in a folder to which one can only add, root takes it out.
            let _ = fs::remove_file(path);
        }
        Ok(())
    }
}

/// By this machine's clock.
fn now() -> String {
    // Whole seconds: nobody decides by less.
    jiff::Timestamp::from_second(jiff::Timestamp::now().as_second())
        .unwrap_or_default()
        .to_string()
}

/// The end of the log: what the next entry follows.
struct End {
    file: Option<u64>,
    bytes: u64,
    is_torn: bool,
    number: u64,
    hash: LineHash,
    act: Option<String>,
}

impl End {
    fn of(folder: &Path) -> io::Result<Self> {
        let files = files(folder)?;
        let mut end = End {
            file: files.last().map(|(number, _)| *number),
            bytes: 0,
            is_torn: false,
            number: 0,
            hash: LineHash::NONE,
            act: None,
        };
        let mut is_last_line = true;
        for (number, path) in files.iter().rev() {
            let bytes = bytes(path)?;
            if Some(*number) == end.file {
                end.bytes = bytes.len() as u64;
                end.is_torn = bytes.last().is_some_and(|byte| *byte != b'\n');
            }
            for line in lines(&bytes).rev() {
                if std::mem::take(&mut is_last_line) {
                    end.hash = LineHash::of(line);
                }
                if let Some(entry) = Entry::read(line) {
                    end.number = entry.n;
                    end.act = Some(entry.act);
                    return Ok(end);
                }
            }
        }
        Ok(end)
    }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => sync_folder(folder.parent().unwrap_or(folder)),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(e),
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The turn of this process, until it is dropped.
fn lock(folder: &Path) -> io::Result<File> {
    let turn = File::open(folder)?;
    let begun = Instant::now();
    loop {
        match turn.try_lock() {
            Ok(()) => return Ok(turn),
            Err(TryLockError::WouldBlock) if begun.elapsed() < LOCK_WAIT => {
                std::thread::sleep(LOCK_LOOK);
            }
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "another process holds it",
                ));
            }
            Err(TryLockError::Error(e)) => return Err(e),
        }
    }
}

/// The files beyond the newest so many.
fn oldest_beyond(folder: &Path, keep: usize) -> io::Result<Vec<PathBuf>> {
    let mut files = files(folder)?;
    files.truncate(files.len().saturating_sub(keep));
    Ok(files.into_iter().map(|(_, path)| path).collect())
}

/// The number of the last entry that reads in these files.
fn last_number(files: &[PathBuf]) -> io::Result<Option<u64>> {
    for path in files.iter().rev() {
        let bytes = bytes(path)?;
        if let Some(entry) = lines(&bytes).rev().find_map(Entry::read) {
            return Ok(Some(entry.n));
        }
    }
    Ok(None)
}

fn append(folder: &Path, number: u64, begins: bool, line: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(folder.join(file_name(number)))?;
    if begins {
        // Takes its whole room at once, so that a disk that fills up later keeps no entry out. Where the file system cannot, the entry
        // is written as it comes.
        let _ = rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::KEEP_SIZE, 0, FILE_BYTES);
    }
    file.write_all(line)?;
    file.sync_data()?;
    if begins {
        sync_folder(folder)?;
    }
    Ok(())
}
