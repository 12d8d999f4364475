//! The guard file: how far this node has published, remembered outside the store folder.
//!
//! A node that opens an emptied store, or an older copy of it, would publish again at positions it
//! already used and so contradict itself before everybody. The guard notices: it holds the newest
//! position of each of its lanes, the newest beat of its head, and how long the journal was. The
//! journal stays the truth; the guard only ever forbids. See
//! `docs/decisions/0004-own-head-guard.md` for when it is written and when it is synced.
//!
//! Two slots are written in turn. The slot that was last synced is never overwritten before the
//! other one has been synced, so a power cut leaves at least one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::{Disk, DiskFile};
use crate::encoding::{Fields, Writer};
use crate::error::{Result, StoreError};
use crate::journal::StoreId;

const MAGIC: [u8; 8] = *b"INDABAG\x01";
const VERSION: u16 = 1;
/// Lanes of own keys remembered: eight keys (each restore of a backup makes one) at the 128 public
/// lanes a head may list.
pub const MAX_POSITIONS: usize = 1024;
/// Own keys whose beat is remembered.
pub const MAX_BEATS: usize = 64;
/// Longest key and feed name remembered.
const MAX_NAME: usize = 64;
/// Room of a slot, more than the bounds above can fill (1024 x 172 + 64 x 74 bytes).
const SLOT: usize = 192 << 10;

/// Newest published position of one own lane.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OwnPosition {
    /// The node key, as encoded.
    pub key: Vec<u8>,
    /// Name of the feed.
    pub feed: String,
    /// Sequence number in the lane.
    pub seq: u64,
    /// Id of the record there.
    pub id: [u8; 32],
}

/// Newest beat of one own head.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OwnBeat {
    /// The node key, as encoded.
    pub key: Vec<u8>,
    /// The head's counter.
    pub beat: u64,
}

/// What the guard remembers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Remembered {
    /// The store it belongs to.
    pub store: StoreId,
    /// Length of the journal, global position.
    pub journal_end: u64,
    /// Own lanes.
    pub positions: Vec<OwnPosition>,
    /// Own heads.
    pub beats: Vec<OwnBeat>,
}

impl Remembered {
    /// Notes a published position; one that is not newer changes nothing.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] beyond the bounds of the file.
    pub fn note_position(&mut self, new: OwnPosition) -> Result<()> {
        bound(
            "the length of a key or feed name",
            new.key.len().max(new.feed.len()),
            MAX_NAME,
        )?;
        let same = |old: &&mut OwnPosition| old.key == new.key && old.feed == new.feed;
        match self.positions.iter_mut().find(same) {
            Some(old) if old.seq < new.seq => *old = new,
            Some(_) => {}
            None => {
                bound(
                    "the number of own lanes",
                    self.positions.len() + 1,
                    MAX_POSITIONS,
                )?;
                self.positions.push(new);
            }
        }
        Ok(())
    }

    /// Notes a published beat; one that is not newer changes nothing.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] beyond the bounds of the file.
    pub fn note_beat(&mut self, new: OwnBeat) -> Result<()> {
        bound("the length of a key", new.key.len(), MAX_NAME)?;
        match self.beats.iter_mut().find(|old| old.key == new.key) {
            Some(old) => old.beat = old.beat.max(new.beat),
            None => {
                bound("the number of own keys", self.beats.len() + 1, MAX_BEATS)?;
                self.beats.push(new);
            }
        }
        Ok(())
    }

    fn encode(&self, generation: u64) -> Vec<u8> {
        let mut content = Writer::default()
            .fixed(&MAGIC)
            .u16(VERSION)
            .u64(generation)
            .fixed(&self.store)
            .u64(self.journal_end)
            .u16(self.positions.len() as u16)
            .u16(self.beats.len() as u16);
        for own in &self.positions {
            content = content
                .bytes(&own.key)
                .bytes(own.feed.as_bytes())
                .u64(own.seq)
                .fixed(&own.id);
        }
        for own in &self.beats {
            content = content.bytes(&own.key).u64(own.beat);
        }
        let content = content.0;
        let sum = crc32c::crc32c(&content);
        Writer::default()
            .u32(content.len() as u32)
            .u32(sum)
            .fixed(&content)
            .0
    }

    fn decode(slot: &[u8]) -> Option<Slot> {
        let mut fields = Fields(slot);
        let (length, sum) = (fields.u32()?, fields.u32()?);
        let content = fields.0.get(..length as usize)?;
        if crc32c::crc32c(content) != sum {
            return None;
        }
        let mut fields = Fields(content);
        if fields.fixed()? != MAGIC {
            return None;
        }
        let version = fields.u16()?;
        if version > VERSION {
            return Some(Slot::Newer(version));
        }
        let generation = fields.u64()?;
        let mut found = Self {
            store: fields.fixed()?,
            journal_end: fields.u64()?,
            ..Self::default()
        };
        let (positions, beats) = (fields.u16()?, fields.u16()?);
        for _ in 0..positions {
            let key = fields.bytes()?.to_vec();
            let feed = fields.text()?;
            found.positions.push(OwnPosition {
                key,
                feed,
                seq: fields.u64()?,
                id: fields.fixed()?,
            });
        }
        for _ in 0..beats {
            found.beats.push(OwnBeat {
                key: fields.bytes()?.to_vec(),
                beat: fields.u64()?,
            });
        }
        fields.is_empty().then_some(Slot::Good(generation, found))
    }
}

enum Slot {
    Good(u64, Remembered),
    Newer(u16),
}

fn bound(what: &'static str, size: usize, limit: usize) -> Result<()> {
    let (size, limit) = (size as u64, limit as u64);
    if size > limit {
        Err(StoreError::TooLarge { what, size, limit })
    } else {
        Ok(())
    }
}

/// The open guard file.
pub struct Guard {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    remembered: Remembered,
    generation: u64,
    /// Slot whose content is known to be durable.
    synced_slot: usize,
    is_synced: bool,
    poisoned: bool,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Guard {
    /// Opens the guard, or `None` when the file is missing or neither slot is readable.
    ///
    /// # Errors
    /// [`StoreError::NewerFormat`], [`StoreError::Io`].
    pub fn open(disk: &Arc<dyn Disk>, path: &Path) -> Result<Option<Self>> {
        let file = match disk.open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::io("open", path)(error)),
        };
        let length = file.length().map_err(StoreError::io("measure", path))?;
        let mut best: Option<(u64, usize, Remembered)> = None;
        for slot in 0..2 {
            let start = (slot * SLOT) as u64;
            let mut bytes = vec![0; length.saturating_sub(start).min(SLOT as u64) as usize];
            if bytes.is_empty() {
                continue;
            }
            file.read_at(start, &mut bytes)
                .map_err(StoreError::io("read", path))?;
            match Remembered::decode(&bytes) {
                Some(Slot::Good(generation, found)) => {
                    let newest = best.as_ref().map(|(other, _, _)| *other);
                    if newest < Some(generation) {
                        best = Some((generation, slot, found));
                    }
                }
                Some(Slot::Newer(found)) => {
                    let path = path.to_owned();
                    return Err(StoreError::NewerFormat {
                        path,
                        found,
                        supported: VERSION,
                    });
                }
                None => {}
            }
        }
        let Some((generation, slot, remembered)) = best else {
            return Ok(None);
        };
        let mut guard = Self {
            file,
            path: path.to_owned(),
            remembered,
            generation,
            // The slot read may never have reached the disk, so it is written again, with the same
            // bytes, and the other one is left alone until that is synced.
            synced_slot: 1 - slot,
            is_synced: false,
            poisoned: false,
        };
        guard.write_slot()?;
        guard.sync()?;
        Ok(Some(guard))
    }

    /// Creates the guard, replacing an unreadable one.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn create(disk: &Arc<dyn Disk>, path: &Path, remembered: Remembered) -> Result<Self> {
        if let Some(folder) = path.parent() {
            disk.create_dir(folder)
                .map_err(StoreError::io("create", folder))?;
        }
        match disk.remove(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::io("remove", path)(error));
            }
            _ => {}
        }
        let file = disk.create(path).map_err(StoreError::io("create", path))?;
        let mut guard = Self {
            file,
            path: path.to_owned(),
            remembered,
            generation: 0,
            synced_slot: 1,
            is_synced: false,
            poisoned: false,
        };
        guard.write_slot()?;
        guard.sync()?;
        if let Some(folder) = path.parent() {
            disk.sync_dir(folder)
                .map_err(StoreError::io("sync", folder))?;
        }
        Ok(guard)
    }

    /// What it remembers.
    #[must_use]
    pub fn remembered(&self) -> &Remembered {
        &self.remembered
    }

    /// Whether the newest content is durable.
    #[must_use]
    pub fn is_synced(&self) -> bool {
        self.is_synced
    }

    /// Writes a new content without syncing it.
    ///
    /// # Errors
    /// [`StoreError::Io`], then [`StoreError::Poisoned`] until reopened.
    pub fn write(&mut self, remembered: Remembered) -> Result<()> {
        self.remembered = remembered;
        self.generation += 1;
        self.is_synced = false;
        self.write_slot()
    }

    /// Makes the newest content durable.
    ///
    /// # Errors
    /// [`StoreError::Io`], then [`StoreError::Poisoned`] until reopened.
    pub fn sync(&mut self) -> Result<()> {
        if self.poisoned {
            return Err(StoreError::Poisoned);
        }
        if self.is_synced {
            return Ok(());
        }
        self.poisoned = true;
        self.file
            .sync()
            .map_err(StoreError::io("sync", &self.path))?;
        self.poisoned = false;
        self.synced_slot = 1 - self.synced_slot;
        self.is_synced = true;
        Ok(())
    }

    fn write_slot(&mut self) -> Result<()> {
        if self.poisoned {
            return Err(StoreError::Poisoned);
        }
        let bytes = self.remembered.encode(self.generation);
        bound("the guard file", bytes.len(), SLOT)?;
        let start = ((1 - self.synced_slot) * SLOT) as u64;
        self.poisoned = true;
        self.file
            .write_at(start, &bytes)
            .map_err(StoreError::io("write", &self.path))?;
        self.poisoned = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
