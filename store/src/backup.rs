//! A copy of what a store holds, in one file: whole or not there at all, checked by reading it back, and made while a node writes on.
//!
//! ```text
//! header (64)   magic 8, journal format u16, 6 zero, store id 16, made i64, journal end u64, 12 zero, crc u32
//! frames        as in the journal, chained, each bound to its place in this file
//! ```
//!
//! The first frame says where the copy is from, in bytes of the caller; the last one counts what stands between and carries a digest of
//! everything before it. A record is followed by its parts. What was replaced or erased is not in it, nor what belongs to one node's life
//! only: its outbox, its own positions, what it was told to forget. Nothing in it is believed: whoever imports it judges every statement anew.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use indaba_protocol::Id;

use crate::disk::{Disk, DiskFile};
use crate::encoding::Writer;
use crate::entry::{Entry, Part};
use crate::error::{Result, StoreError};
use crate::journal::{self, FrameWriter, MAX_ENTRIES, Mark, Reader, StoreId};
use crate::latest::Latest;
use crate::migration::Formats;

mod reader;

pub use reader::BackupReader;

const MAGIC: [u8; 8] = *b"INDABAX\x01";
const HEADER: u64 = 64;
/// Kinds of entries that only a backup has; the journal's own end far below.
const FROM: u8 = 254;
const END: u8 = 255;
/// Bytes gathered before they are written as a frame: few frames, little memory.
const GROUP: usize = 1 << 20;
/// Longest description of where a copy is from.
const MAX_ORIGIN: usize = 4 << 10;

/// Whether a file begins like a backup; whether it is a whole one only reading it can tell.
///
/// # Errors
/// When it cannot be read.
pub fn is_backup(file: &dyn DiskFile) -> std::io::Result<bool> {
    let mut begin = [0; MAGIC.len()];
    if file.length()? < HEADER {
        return Ok(false);
    }
    file.read_at(0, &mut begin)?;
    Ok(begin == MAGIC)
}

/// What is being done, for whoever watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reading the journal, to know what counts.
    Reading,
    /// Writing the copy.
    Writing,
    /// Reading the copy back.
    Checking,
}

/// Hears what is being done, and how many bytes of how many are.
pub type Progress<'a> = dyn FnMut(Stage, u64, u64) + 'a;

/// What to copy.
#[derive(Debug, Clone, Copy)]
pub struct Export<'a> {
    /// The store's folder.
    pub store: &'a Path,
    /// Position up to which its journal is durable; what comes after is not copied.
    pub end: u64,
    /// The moment, in milliseconds since 1970.
    pub made: i64,
    /// Where the copy is from, for whoever reads it; at most 4 KiB.
    pub origin: &'a [u8],
    /// Names of the columns of choices that are copied.
    pub columns: &'a [&'a str],
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contents {
    /// When it was made, in milliseconds since 1970, as it says itself.
    pub made: i64,
    /// Where it is from, as it says itself.
    pub origin: Vec<u8>,
    /// Records.
    pub records: u64,
    /// Records with card and body.
    pub whole: u64,
    /// Statements that are not records.
    pub facts: u64,
    /// Items that waited for a judgement.
    pub waiting: u64,
    /// Choices of the operator.
    pub choices: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// One thing kept in a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// A record with the parts at hand.
    Record {
        /// The signed statement.
        statement: Vec<u8>,
        /// The card.
        card: Option<Vec<u8>>,
        /// The body.
        body: Option<Vec<u8>>,
    },
    /// A statement that is not a record.
    Fact(Vec<u8>),
    /// An item that waited.
    Waiting(Vec<u8>),
    /// A choice of the operator.
    Choice {
        /// Name of the column.
        column: String,
        /// The key.
        key: Vec<u8>,
        /// The value.
        value: Vec<u8>,
    },
}

fn refused(path: &Path, what: impl Into<String>) -> StoreError {
    StoreError::Backup {
        path: path.to_owned(),
        what: what.into(),
    }
}

/// Copies a store into the file `to`, which must not exist. Until it is whole and was read back it is called `to.partial`.
/// The journal must not be compacted meanwhile.
///
/// # Errors
/// [`StoreError::Io`] when `to` exists, among others; [`StoreError::Damaged`] when the journal does not read.
pub fn export(
    what: &Export<'_>,
    disk: &Arc<dyn Disk>,
    to: &Path,
    progress: &mut Progress<'_>,
) -> Result<Contents> {
    let folder = match to.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let names = disk.list(folder).map_err(StoreError::io("list", folder))?;
    if to
        .file_name()
        .is_some_and(|name| names.iter().any(|other| name == other.as_str()))
    {
        let there = "there is a file of this name already; name another";
        let exists = std::io::Error::new(std::io::ErrorKind::AlreadyExists, there);
        return Err(StoreError::io("create", to)(exists));
    }
    let mut partial = to.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let _lock = disk.lock(&partial).map_err(|error| {
        if error.kind() == std::io::ErrorKind::WouldBlock {
            refused(to, format!("it is being written by {error}"))
        } else {
            StoreError::io("create", &partial)(error)
        }
    })?;
    let written = write(what, disk, &partial, progress).and_then(|()| {
        let file = disk
            .open(&partial)
            .map_err(StoreError::io("open", &partial))?;
        let mut copy = BackupReader::open(file, &partial)?;
        let contents = copy.check(&mut |done, all| progress(Stage::Checking, done, all))?;
        disk.rename(&partial, to)
            .map_err(StoreError::io("put in place", to))?;
        disk.sync_dir(folder)
            .map_err(StoreError::io("sync", folder))?;
        Ok(contents)
    });
    if written.is_err() {
        // What remains of it is no backup and says so by its name, should it not go.
        let _ = disk.remove(&partial);
    }
    written
}

fn write(
    what: &Export<'_>,
    disk: &Arc<dyn Disk>,
    partial: &Path,
    progress: &mut Progress<'_>,
) -> Result<()> {
    if what.origin.len() > MAX_ORIGIN {
        return Err(StoreError::TooLarge {
            what: "the description of the origin",
            size: what.origin.len() as u64,
            limit: MAX_ORIGIN as u64,
        });
    }
    let reader = Reader::of_damaged(disk.clone(), &journal::folder(what.store), [0; 16])?;
    let mut latest = Latest::new(reader.id());
    each_entry(&reader, what.end, |entry, stored| {
        latest.note(&entry, stored.at, stored.bytes.len());
        progress(Stage::Reading, stored.at.offset, what.end);
        Ok(())
    })?;
    let file = match disk.open(partial) {
        Ok(file) => file,
        Err(_) => disk
            .create(partial)
            .map_err(StoreError::io("create", partial))?,
    };
    file.truncate(0)
        .map_err(StoreError::io("truncate", partial))?;
    let mut copy = BackupWriter::begin(file, partial, reader.id(), what)?;
    each_entry(&reader, what.end, |entry, stored| {
        progress(Stage::Writing, stored.at.offset, what.end);
        if !latest.is_last(&entry, stored.at) {
            return Ok(());
        }
        match &entry {
            Entry::Record { view, .. } => {
                let mut group = vec![(stored.kind, stored.bytes.clone())];
                for part in [Part::Card, Part::Body] {
                    if let Some(at) = latest.part(&view.id, part) {
                        let part = reader.read(at)?;
                        group.push((part.kind, part.bytes));
                    }
                }
                copy.records += 1;
                copy.add(group)
            }
            Entry::Fact(_) | Entry::Hold(_) => copy.add(vec![(stored.kind, stored.bytes.clone())]),
            Entry::Choose { column, .. } if what.columns.contains(&column.as_str()) => {
                copy.add(vec![(stored.kind, stored.bytes.clone())])
            }
            _ => Ok(()),
        }
    })?;
    copy.end()
}

/// Every entry before a position.
fn each_entry(
    reader: &Reader,
    end: u64,
    mut each: impl FnMut(Entry, &journal::StoredBytes) -> Result<()>,
) -> Result<()> {
    for frame in reader.frames(Mark::START) {
        let frame = frame?;
        for stored in frame.entries()? {
            let offset = stored.at.offset;
            let bad = || StoreError::BadEntry {
                offset,
                what: "content does not read",
            };
            each(
                Entry::decode(stored.kind, &stored.bytes).ok_or_else(bad)?,
                &stored,
            )?;
        }
        if frame.next().offset >= end {
            break;
        }
    }
    Ok(())
}

/// What stands before a frame, digested: each digest covers the one before.
fn digest(before: &Id, frame: &[u8]) -> Id {
    Id::of(&Writer::default().fixed(before.as_bytes()).fixed(frame).0)
}

struct BackupWriter {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    id: StoreId,
    frames: FrameWriter,
    at: Mark,
    digest: Id,
    group: Vec<(u8, Vec<u8>)>,
    size: usize,
    records: u64,
    entries: u64,
}

impl BackupWriter {
    fn begin(file: Box<dyn DiskFile>, path: &Path, id: StoreId, what: &Export<'_>) -> Result<Self> {
        let header = header(&id, what.made, what.end);
        file.write_at(0, &header)
            .map_err(StoreError::io("write", path))?;
        let mut writer = Self {
            file,
            path: path.to_owned(),
            id,
            frames: FrameWriter::new(),
            at: Mark {
                offset: HEADER,
                seq: 0,
                chain: 0,
            },
            digest: Id::of(&header),
            group: Vec::new(),
            size: 0,
            records: 0,
            entries: 0,
        };
        writer.group.push((FROM, what.origin.to_vec()));
        writer.flush()?;
        Ok(writer)
    }

    /// Adds entries that stay together.
    fn add(&mut self, entries: Vec<(u8, Vec<u8>)>) -> Result<()> {
        let size: usize = entries.iter().map(|(_, bytes)| bytes.len()).sum();
        if !self.group.is_empty()
            && (self.size + size > GROUP || self.group.len() + entries.len() > MAX_ENTRIES)
        {
            self.flush()?;
        }
        self.entries += entries.len() as u64;
        self.size += size;
        self.group.extend(entries);
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        if self.group.is_empty() {
            return Ok(());
        }
        let entries: Vec<_> = self
            .group
            .iter()
            .map(|(kind, bytes)| journal::Entry { kind: *kind, bytes })
            .collect();
        let (bytes, next, _) = self.frames.frame(&self.id, self.at, &entries);
        self.file
            .write_at(self.at.offset, bytes)
            .map_err(StoreError::io("write", &self.path))?;
        self.digest = digest(&self.digest, bytes);
        self.at = next;
        self.group.clear();
        self.size = 0;
        Ok(())
    }

    fn end(mut self) -> Result<()> {
        self.flush()?;
        let counts = Writer::default().u64(self.records).u64(self.entries);
        let end = counts.fixed(self.digest.as_bytes()).0;
        self.group.push((END, end));
        self.flush()?;
        self.file.sync().map_err(StoreError::io("sync", &self.path))
    }
}

fn header(id: &StoreId, made: i64, end: u64) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&Formats::known().newest().to_le_bytes());
    bytes.extend_from_slice(&[0; 6]);
    bytes.extend_from_slice(id);
    bytes.extend_from_slice(&made.to_le_bytes());
    bytes.extend_from_slice(&end.to_le_bytes());
    bytes.extend_from_slice(&[0; 12]);
    let sum = crc32c::crc32c(&bytes);
    bytes.extend_from_slice(&sum.to_le_bytes());
    bytes
}
