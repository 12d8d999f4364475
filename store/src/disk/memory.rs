//! A disk in memory that knows which bytes a power cut would leave.
//!
//! Each file has a durable content and a list of operations since its last sync. Reads see all of
//! them; [`MemoryDisk::power_cut`] builds the disk that comes up afterwards, from the durable
//! content and a chosen part of the rest. Names become durable by [`Disk::sync_dir`]; un-synced
//! changes of names survive as a prefix, as journaling file systems keep their order.

use std::any::Any;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Disk, DiskFile};

/// A write can be torn at this grain: the sector size that disks promise to write whole.
const SECTOR: usize = 512;

/// What shall go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The n-th changing call (from 0) fails once; a failed sync loses the pages it covered while
    /// reads still show them, as Linux does. A failed write leaves half of its bytes.
    FailAt(u64),
    /// The n-th changing call and every later one fail: the machine is losing power.
    DieAt(u64),
    /// Syncs report success and do nothing: a disk that lies, or code that forgot to sync.
    IgnoreSyncs,
    /// The n-th reading call (from 0) fails once.
    FailReadAt(u64),
}

/// What of the un-synced writes survives a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Image {
    /// Nothing.
    Strict,
    /// Everything, in full.
    Everything,
    /// Each sector of each write survives with probability one half, drawn from this seed.
    Torn(u64),
}

#[derive(Debug, Clone)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate(usize),
}

#[derive(Debug, Clone, Default)]
struct Inode {
    visible: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Debug, Default)]
struct State {
    inodes: Vec<Inode>,
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    /// The whole name table after each change since the last directory sync.
    name_history: Vec<BTreeMap<PathBuf, usize>>,
    locks: Vec<PathBuf>,
    calls: u64,
    reads: u64,
    syncs: u64,
    fault: Option<Fault>,
    /// Bytes that fit; `None`: any number.
    capacity: Option<usize>,
}

/// A disk in memory; clones share the same content.
#[derive(Debug, Clone, Default)]
pub struct MemoryDisk {
    state: Arc<Mutex<State>>,
}

impl MemoryDisk {
    /// An empty disk.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets or clears what shall go wrong from now on; counts calls from 0 again.
    pub fn set_fault(&self, fault: Option<Fault>) {
        let mut state = self.state();
        state.fault = fault;
        state.calls = 0;
        state.reads = 0;
    }

    /// Sets how many bytes fit on the disk, files in all; `None`: any number.
    pub fn set_capacity(&self, capacity: Option<usize>) {
        self.state().capacity = capacity;
    }

    /// Bytes that all files take.
    #[must_use]
    pub fn used(&self) -> usize {
        self.state().used()
    }

    /// Reading calls since the fault was set.
    #[must_use]
    pub fn reads(&self) -> u64 {
        self.state().reads
    }

    /// Changing calls (create, write, sync, truncate, rename, remove) since the fault was set.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    /// Successful file syncs since the disk was made.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.state().syncs
    }

    /// The disk as it comes up after losing power now. This one is not changed.
    #[must_use]
    pub fn power_cut(&self, image: Image) -> Self {
        let state = self.state();
        let mut random = match image {
            Image::Torn(seed) => Some(SplitMix(seed)),
            Image::Strict | Image::Everything => None,
        };
        let keep = |random: &mut Option<SplitMix>| match random {
            Some(random) => random.next() & 1 == 0,
            None => image == Image::Everything,
        };
        let names = match &mut random {
            Some(random) if !state.name_history.is_empty() => {
                let changes = state.name_history.len() as u64 + 1;
                match random.next() % changes {
                    0 => &state.durable_names,
                    n => &state.name_history[n as usize - 1],
                }
            }
            None if image == Image::Everything => &state.names,
            _ => &state.durable_names,
        };
        let inodes = state
            .inodes
            .iter()
            .map(|inode| {
                let mut content = inode.durable.clone();
                for change in &inode.pending {
                    match change {
                        Change::Truncate(length) => {
                            if keep(&mut random) {
                                content.resize(*length, 0);
                            }
                        }
                        Change::Write { offset, bytes } => {
                            let mut at = *offset;
                            for sector in bytes.chunks(SECTOR) {
                                if keep(&mut random) {
                                    write(&mut content, at, sector);
                                }
                                at += sector.len();
                            }
                        }
                    }
                }
                Inode {
                    visible: content.clone(),
                    durable: content,
                    pending: Vec::new(),
                }
            })
            .collect();
        let fresh = State {
            inodes,
            names: names.clone(),
            durable_names: names.clone(),
            ..State::default()
        };
        Self {
            state: Arc::new(Mutex::new(fresh)),
        }
    }

    /// Overwrites bytes in place behind the program's back, durably: damage at rest.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is no such file.
    pub fn damage(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        let mut state = self.state();
        let index = state.find(path)?;
        let inode = &mut state.inodes[index];
        change(&mut inode.visible);
        inode.durable = inode.visible.clone();
        inode.pending.clear();
        Ok(())
    }

    /// A copy of everything readable now, as a backup program would take it.
    #[must_use]
    pub fn copy(&self) -> Self {
        self.power_cut(Image::Everything)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn find(&self, path: &Path) -> io::Result<usize> {
        self.names
            .get(path)
            .copied()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Counts a changing call. `true`: it must fail.
    fn step(&mut self) -> bool {
        let call = self.calls;
        self.calls += 1;
        match self.fault {
            Some(Fault::FailAt(at)) => call == at,
            Some(Fault::DieAt(at)) => call >= at,
            Some(Fault::IgnoreSyncs | Fault::FailReadAt(_)) | None => false,
        }
    }

    fn used(&self) -> usize {
        self.names
            .values()
            .map(|index| self.inodes[*index].visible.len())
            .sum()
    }

    /// How many of the bytes from `offset` on fit into a file.
    fn fitting(&self, index: usize, offset: usize, length: usize) -> usize {
        let Some(capacity) = self.capacity else {
            return length;
        };
        let reach = self.inodes[index].visible.len() + capacity.saturating_sub(self.used());
        reach.saturating_sub(offset).min(length)
    }

    fn name_changed(&mut self) {
        self.name_history.push(self.names.clone());
    }
}

fn failure() -> io::Error {
    io::Error::other("injected failure")
}

fn write(content: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[offset..end].copy_from_slice(bytes);
}

impl Disk for MemoryDisk {
    fn create_dir(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.state();
        if state.step() {
            return Err(failure());
        }
        if state.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.inodes.push(Inode::default());
        let index = state.inodes.len() - 1;
        state.names.insert(path.to_owned(), index);
        state.name_changed();
        Ok(Box::new(MemoryFile {
            disk: self.clone(),
            index,
        }))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let index = self.state().find(path)?;
        Ok(Box::new(MemoryFile {
            disk: self.clone(),
            index,
        }))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let state = self.state();
        let direct = state.names.keys().filter(|path| path.parent() == Some(dir));
        Ok(direct
            .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
            .collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        if state.step() {
            return Err(failure());
        }
        if state.names.contains_key(from) {
            let index = state.find(from)?;
            state.names.remove(from);
            state.names.insert(to.to_owned(), index);
        } else {
            // A folder: it is nothing but the beginning of names.
            let names = std::mem::take(&mut state.names);
            let moved = |path: PathBuf| match path.strip_prefix(from) {
                Ok(rest) => to.join(rest),
                Err(_) => path,
            };
            state.names = names
                .into_iter()
                .map(|(path, index)| (moved(path), index))
                .collect();
        }
        state.name_changed();
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        if state.step() {
            return Err(failure());
        }
        state.find(path)?;
        state.names.remove(path);
        state.name_changed();
        Ok(())
    }

    fn sync_dir(&self, _: &Path) -> io::Result<()> {
        let mut state = self.state();
        if state.step() {
            return Err(failure());
        }
        if state.fault != Some(Fault::IgnoreSyncs) {
            state.durable_names = state.names.clone();
            state.name_history.clear();
        }
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Any + Send + Sync>> {
        let mut state = self.state();
        if state.locks.iter().any(|held| held == path) {
            return Err(io::Error::new(io::ErrorKind::WouldBlock, "this process"));
        }
        state.locks.push(path.to_owned());
        Ok(Box::new(MemoryLock {
            disk: self.clone(),
            path: path.to_owned(),
        }))
    }
}

struct MemoryLock {
    disk: MemoryDisk,
    path: PathBuf,
}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        self.disk.state().locks.retain(|held| *held != self.path);
    }
}

struct MemoryFile {
    disk: MemoryDisk,
    index: usize,
}

impl MemoryFile {
    fn position(offset: u64) -> io::Result<usize> {
        usize::try_from(offset).map_err(|_| io::ErrorKind::InvalidInput.into())
    }
}

impl DiskFile for MemoryFile {
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let offset = Self::position(offset)?;
        let mut state = self.disk.state();
        let fails = state.step();
        let fitting = state.fitting(self.index, offset, bytes.len());
        let is_full = fitting < bytes.len();
        // A write that fails has often written its first part.
        let bytes = if fails {
            &bytes[..fitting.min(bytes.len() / 2)]
        } else {
            &bytes[..fitting]
        };
        let inode = &mut state.inodes[self.index];
        write(&mut inode.visible, offset, bytes);
        inode.pending.push(Change::Write {
            offset,
            bytes: bytes.to_vec(),
        });
        if fails {
            return Err(failure());
        }
        if is_full {
            Err(io::ErrorKind::StorageFull.into())
        } else {
            Ok(())
        }
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let offset = Self::position(offset)?;
        let mut state = self.disk.state();
        let read = state.reads;
        state.reads += 1;
        if state.fault == Some(Fault::FailReadAt(read)) {
            return Err(failure());
        }
        let content = &state.inodes[self.index].visible;
        let end = offset
            .checked_add(buffer.len())
            .filter(|end| *end <= content.len());
        let end = end.ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(&content[offset..end]);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        let fails = state.step();
        let (fault, index) = (state.fault, self.index);
        let inode = &mut state.inodes[index];
        if fails {
            if matches!(fault, Some(Fault::FailAt(_))) {
                // The kernel gave up on these pages and marks them clean: visible, not durable,
                // and no later sync will write them.
                inode.pending.clear();
            }
            return Err(failure());
        }
        if fault != Some(Fault::IgnoreSyncs) {
            let pending = std::mem::take(&mut inode.pending);
            for change in pending {
                match change {
                    Change::Write { offset, bytes } => write(&mut inode.durable, offset, &bytes),
                    Change::Truncate(length) => inode.durable.resize(length, 0),
                }
            }
        }
        state.syncs += 1;
        Ok(())
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        let length = Self::position(length)?;
        let mut state = self.disk.state();
        if state.step() {
            return Err(failure());
        }
        let inode = &mut state.inodes[self.index];
        inode.visible.resize(length, 0);
        inode.pending.push(Change::Truncate(length));
        Ok(())
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.disk.state().inodes[self.index].visible.len() as u64)
    }

    fn allocate(&self, length: u64) -> io::Result<()> {
        let missing = length.saturating_sub(self.length()?);
        self.write_at(length - missing, &vec![0; Self::position(missing)?])
    }
}

/// The published SplitMix64 step: small, seedable, good enough to draw sectors.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
