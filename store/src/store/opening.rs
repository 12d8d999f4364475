//! Opening: lock, guard, session, index, journal, replay; and building the index anew.

use std::any::Any;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Store;
use super::compaction::Compaction;
use crate::disk::{Disk, RealDisk};
use crate::draft::{Draft, counter};
use crate::entry::Entry;
use crate::error::{Result, StoreError};
use crate::guard::{Guard, OwnBeat, OwnPosition, Remembered};
use crate::index::memory::MemoryIndex;
use crate::index::pending::Pending;
#[cfg(feature = "redb")]
use crate::index::redb::RedbIndex;
use crate::index::sled::SledIndex;
use crate::index::watched::Watched;
use crate::index::{Changes, Column, Index, IndexError};
use crate::journal::{self, Journal, Mark, Opening, Reader, StoreId};
use crate::keys::{small, table};
use crate::reserve::{self, Reserve};
use crate::rows;
use crate::session::{self, Ended, Session};

/// Which engine keeps the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IndexKind {
    /// On disk; needs the real file system.
    #[default]
    Sled,
    /// In memory, rebuilt at every opening.
    Memory,
    /// In redb, on the real file system: to compare with.
    #[cfg(feature = "redb")]
    Redb,
}

/// How to open a store.
#[derive(Clone)]
pub struct Options {
    /// Random name for a store that does not exist yet.
    pub new_id: StoreId,
    /// Which engine keeps the index.
    pub index: IndexKind,
    /// Where the guard file is; outside the store folder. `None`: nothing guards against publishing
    /// from an older copy.
    pub guard: Option<PathBuf>,
    /// The operator accepts that the store is behind the guard, or that the guard is gone.
    pub accept_loss: bool,
    /// The file system.
    pub disk: Arc<dyn Disk>,
    /// Size at which a journal segment is closed.
    pub segment_bytes: u64,
    /// Bytes of the disk that are kept back for what must be stored even when it is full; 0 for none.
    /// [`RESERVE_BYTES`](crate::RESERVE_BYTES) suits an ordinary node.
    pub reserve_bytes: u64,
    /// Names the time since the machine was started; `None` where the system does not tell. After a restart the index of a
    /// store that was in use is not believed.
    pub boot: Option<String>,
}

impl Options {
    /// sled on the real file system, without a guard.
    #[must_use]
    pub fn new(new_id: StoreId) -> Self {
        Self {
            new_id,
            index: IndexKind::default(),
            guard: None,
            accept_loss: false,
            disk: Arc::new(RealDisk),
            segment_bytes: journal::SEGMENT_BYTES,
            reserve_bytes: 0,
            boot: session::boot(),
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("index", &self.index)
            .field("guard", &self.guard)
            .field("accept_loss", &self.accept_loss)
            .finish_non_exhaustive()
    }
}

/// What opening found and did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpenReport {
    /// The store was created.
    pub created: bool,
    /// Bytes of an unacknowledged write that were cut off the journal.
    pub cut: u64,
    /// Frames of the journal that were brought into the index.
    pub replayed: u64,
    /// Why the index was built anew, if it was.
    pub rebuilt: Option<String>,
    /// The operator's acceptance of a loss was used.
    pub loss_accepted: bool,
}

/// Version of the index's keys and rows. An index of another one is built anew, so a change needs no migration.
const INDEX_VERSION: u64 = 2;

/// Name of the folder of the index.
const INDEX: &str = "index";
/// Where a failed index is put aside.
const BAD_INDEX: &str = "index.bad";

impl Store {
    /// Opens the store in `dir`, creating it if there is none.
    ///
    /// # Errors
    /// [`StoreError::Locked`], [`StoreError::Damaged`], [`StoreError::Behind`],
    /// [`StoreError::GuardLost`], [`StoreError::Foreign`], [`StoreError::NewerFormat`],
    /// [`StoreError::Io`]; see there. A failing index is no error: it is built anew.
    pub fn open(dir: &Path, options: Options) -> Result<(Self, OpenReport)> {
        match Self::open_once(dir, options.clone()) {
            // Mending may need space, which a full disk has only in the reserve.
            Err(error) if error.is_full() && reserve::give_up(&options.disk, dir) => {
                tracing::warn!(%error, "the disk is full: its reserve is given up");
                Self::open_once(dir, options)
            }
            opened => opened,
        }
    }

    fn open_once(dir: &Path, options: Options) -> Result<(Self, OpenReport)> {
        let disk = options.disk.clone();
        disk.create_dir(dir)
            .map_err(StoreError::io("create", dir))?;
        let lock = lock(&disk, dir)?;
        let mut report = OpenReport::default();
        let guard = match &options.guard {
            Some(path) => Guard::open(&disk, path)?,
            None => None,
        };
        let known_end = match &guard {
            Some(guard) if !options.accept_loss => guard.remembered().journal_end,
            _ => 0,
        };

        let (session, ended) = Session::open(&disk, &dir.join("session"), options.boot.clone())?;
        let session = Arc::new(session);
        let trusted = match ended {
            None => Err("it is new, or how it was closed is unknown"),
            Some((Ended::Distrust, _)) => Err("it failed before"),
            Some((Ended::Open, false)) => Err("the machine stopped while it was in use"),
            Some((Ended::Open, true)) => Ok(()),
            Some((Ended::Clean { index_size }, _)) => {
                if index_size == self::index_size(&options, dir) {
                    Ok(())
                } else {
                    Err("its files changed after it was closed")
                }
            }
        };
        let mut old = trusted
            .map_err(|why| IndexError(why.to_owned()))
            .and_then(|()| open_index(&options, dir))
            .and_then(|index| of_this_version(&*index).map(|()| index));
        // From here on an ending without close leaves "open" behind. A failed index stays distrusted
        // until it has been put aside, which happens before it is opened again.
        if old.is_ok() {
            session.set(Ended::Open)?;
        }
        let folder = journal::folder(dir);
        super::repair::finish(&disk, dir)?;
        let opening = Opening {
            new_id: options.new_id,
            from: Mark::START,
            known_end,
            segment_bytes: options.segment_bytes,
        };
        let from = match &old {
            Ok(index) => index.mark().map(|mark| mark.unwrap_or(Mark::START)),
            Err(error) => Err(error.clone()),
        };
        let opened = match from {
            Ok(from) if from != Mark::START => {
                match Journal::open(disk.clone(), &folder, &Opening { from, ..opening }) {
                    // The mark may be what is wrong. Then the whole journal checks out.
                    Err(StoreError::Damaged { .. }) => {
                        old = Err(IndexError("it does not match the journal".to_owned()));
                        Journal::open(disk.clone(), &folder, &opening)?
                    }
                    Err(StoreError::Behind { .. }) if options.accept_loss => {
                        old = Err(IndexError("the journal ends before it".to_owned()));
                        Journal::open(disk.clone(), &folder, &opening)?
                    }
                    opened => opened?,
                }
            }
            Ok(_) => Journal::open(disk.clone(), &folder, &opening)?,
            Err(error) => {
                old = Err(error);
                Journal::open(disk.clone(), &folder, &opening)?
            }
        };
        let (journal, recovery) = opened;
        report.cut = recovery.cut;
        let reader = journal.reader();
        report.created = reader.frames(Mark::START).next().is_none();
        if report.created {
            // The names of the folders themselves, before anything in them is acknowledged.
            let above = dir.parent().filter(|above| !above.as_os_str().is_empty());
            for folder in above.into_iter().chain([dir]) {
                disk.sync_dir(folder)
                    .map_err(StoreError::io("sync", folder))?;
            }
        }

        let replayed = old.map_err(ReplayError::Index).and_then(|index| {
            let from = index.mark()?.unwrap_or(Mark::START);
            // An index that begins at the beginning although there was something: sled opens a
            // damaged file empty.
            if from == Mark::START && !report.created && options.index != IndexKind::Memory {
                return Err(ReplayError::Index(IndexError("it is empty".to_owned())));
            }
            let frames = replay(&*index, &reader, from, &mut |_, _| {})?;
            Ok((index, frames))
        });
        let index = match replayed {
            Ok((index, frames)) => {
                report.replayed = frames;
                index
            }
            Err(ReplayError::Journal(error)) => return Err(error),
            Err(ReplayError::Index(error)) => {
                if !report.created && options.index != IndexKind::Memory {
                    tracing::warn!(reason = %error.0, "building the index anew from the journal");
                    report.rebuilt = Some(error.0);
                }
                let (index, frames) = fresh_index(&options, dir, &reader, &mut |_, _| {})?;
                report.replayed = frames;
                session.set(Ended::Open)?;
                index
            }
        };

        let reserve = Reserve::open(&disk, dir, options.reserve_bytes)?;
        let mut store = Self {
            reserve,
            index: Watched::boxed(index, &session),
            journal,
            reader,
            guard,
            session,
            options,
            dir: dir.to_owned(),
            index_failed: false,
            published: false,
            compaction: Compaction::default(),
            _lock: lock,
        };
        report.loss_accepted = store.settle_guard()?;
        Ok((store, report))
    }

    /// Creates the guard, or compares it with the store. `true`: a loss was accepted.
    fn settle_guard(&mut self) -> Result<bool> {
        let Some(path) = self.options.guard.clone() else {
            return Ok(false);
        };
        let (store, journal_end) = (*self.journal.id(), self.journal.end().offset);
        let accept = self.options.accept_loss;
        let Some(guard) = &mut self.guard else {
            let own = self.own_everything()?;
            let is_lost = !own.positions.is_empty() || !own.beats.is_empty();
            if is_lost && !accept {
                return Err(StoreError::GuardLost { path });
            }
            let remembered = Remembered {
                store,
                journal_end,
                ..own
            };
            self.guard = Some(Guard::create(&self.options.disk, &path, remembered)?);
            return Ok(is_lost);
        };
        let remembered = guard.remembered();
        let is_foreign = remembered.store != store;
        let is_behind = remembered.journal_end > journal_end;
        if !is_foreign && !is_behind {
            return Ok(false);
        }
        if !accept {
            return Err(if is_behind {
                StoreError::Behind {
                    known: remembered.journal_end,
                    found: journal_end,
                }
            } else {
                StoreError::Foreign { path }
            });
        }
        // Positions and beats stay: they are what must not be used twice.
        let remembered = Remembered {
            store,
            journal_end,
            ..remembered.clone()
        };
        guard.write(remembered)?;
        guard.sync()?;
        Ok(true)
    }

    fn own_everything(&self) -> Result<Remembered> {
        let mut own = Remembered::default();
        for (key, feed, seq, id) in self.all_own_positions()? {
            let key = key.as_bytes().to_vec();
            own.note_position(OwnPosition {
                key,
                feed,
                seq,
                id: *id.as_bytes(),
            })?;
        }
        for (key, beat) in self.all_own_beats()? {
            own.note_beat(OwnBeat {
                key: key.as_bytes().to_vec(),
                beat,
            })?;
        }
        Ok(own)
    }

    /// Builds the index anew from the journal. `progress` hears bytes done and bytes in all.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when the journal cannot be read through; [`StoreError::Index`].
    pub fn rebuild_index(&mut self, progress: &mut dyn FnMut(u64, u64)) -> Result<u64> {
        self.session.set(Ended::Distrust)?;
        self.index_failed = true;
        // The old engine must be closed before its folder is moved.
        self.index = Box::new(MemoryIndex::default());
        let (index, frames) = fresh_index(&self.options, &self.dir, &self.reader, progress)?;
        self.index = Watched::boxed(index, &self.session);
        self.session.set(Ended::Open)?;
        self.index_failed = false;
        Ok(frames)
    }
}

/// Holds the store folder against other processes.
pub(super) fn lock(disk: &Arc<dyn Disk>, dir: &Path) -> Result<Box<dyn Any + Send + Sync>> {
    let path = dir.join("lock");
    disk.lock(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::WouldBlock => StoreError::Locked {
            path: dir.to_owned(),
            holder: error.to_string(),
        },
        _ => StoreError::io("lock", &path)(error),
    })
}

/// Why bringing the journal into the index failed.
pub(super) enum ReplayError {
    Journal(StoreError),
    Index(IndexError),
}

impl From<IndexError> for ReplayError {
    fn from(error: IndexError) -> Self {
        Self::Index(error)
    }
}

impl From<ReplayError> for StoreError {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Journal(error) => error,
            ReplayError::Index(error) => error.into(),
        }
    }
}

/// Brings every frame from a mark on into the index, one transaction per frame.
pub(super) fn replay(
    index: &dyn Index,
    reader: &Reader,
    from: Mark,
    progress: &mut dyn FnMut(u64, u64),
) -> std::result::Result<u64, ReplayError> {
    if from == Mark::START {
        begin_index(index)?;
    }
    let total = reader.segments().last().map_or(0, |segment| segment.end);
    let mut frames = 0;
    for frame in reader.frames(from) {
        let frame = frame.map_err(ReplayError::Journal)?;
        let mut draft = Draft::new(index, reader);
        for stored in frame.entries().map_err(ReplayError::Journal)? {
            let what = "content does not read";
            let offset = stored.at.offset;
            let bad = || ReplayError::Journal(StoreError::BadEntry { offset, what });
            let entry = Entry::decode(stored.kind, &stored.bytes).ok_or_else(bad)?;
            draft.apply(&entry, stored.at)?;
        }
        index.apply(Arc::new(draft.into_changes()), frame.next())?;
        frames += 1;
        progress(frame.next().offset, total);
    }
    index.settle()?;
    Ok(frames)
}

fn version_key() -> Vec<u8> {
    small(table::COUNTERS, &[&[counter::VERSION]])
}

/// An index that has a mark was filled, and then says by which version.
fn of_this_version(index: &dyn Index) -> std::result::Result<(), IndexError> {
    let found = index.get(Column::Small, &version_key())?;
    let found = found.and_then(|row| rows::number(&row));
    if index.mark()?.is_none() || found == Some(INDEX_VERSION) {
        return Ok(());
    }
    Err(IndexError("it is of another version".to_owned()))
}

/// Says of which version an index is, before anything is in it.
fn begin_index(index: &dyn Index) -> std::result::Result<(), IndexError> {
    let version = INDEX_VERSION.to_be_bytes().to_vec();
    let mut changes = Changes::default();
    changes.put(Column::Small, version_key(), Some(version));
    index.apply(Arc::new(changes), Mark::START)
}

fn open_index(options: &Options, dir: &Path) -> std::result::Result<Box<dyn Index>, IndexError> {
    Ok(match options.index {
        IndexKind::Memory => Box::new(MemoryIndex::default()),
        IndexKind::Sled => Box::new(Pending::over(SledIndex::open(&dir.join(INDEX))?)?),
        #[cfg(feature = "redb")]
        IndexKind::Redb => Box::new(Pending::over(RedbIndex::open(&dir.join(INDEX))?)?),
    })
}

/// Puts the old index aside and fills a new one.
fn fresh_index(
    options: &Options,
    dir: &Path,
    reader: &Reader,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(Box<dyn Index>, u64)> {
    if options.index != IndexKind::Memory {
        let (index, bad) = (dir.join(INDEX), dir.join(BAD_INDEX));
        if index.exists() {
            if bad.exists() {
                std::fs::remove_dir_all(&bad).map_err(StoreError::io("remove", &bad))?;
            }
            std::fs::rename(&index, &bad).map_err(StoreError::io("put aside", &index))?;
        }
    }
    let index = open_index(options, dir)?;
    let frames = replay(&*index, reader, Mark::START, progress)?;
    Ok((index, frames))
}

/// Bytes of all files of the index: a cheap sign that somebody cut or replaced one.
pub(super) fn index_size(options: &Options, dir: &Path) -> u64 {
    fn total(folder: &Path) -> u64 {
        let Ok(items) = std::fs::read_dir(folder) else {
            return 0;
        };
        let size = |item: std::fs::DirEntry| match item.metadata() {
            Ok(found) if found.is_dir() => total(&item.path()),
            Ok(found) => found.len(),
            Err(_) => 0,
        };
        items.flatten().map(size).sum()
    }
    match options.index {
        IndexKind::Memory => 0,
        _ => total(&dir.join(INDEX)),
    }
}
