//! Disk space kept back for what must still be stored when the disk is full.
//!
//! On a full disk nobody could take note any more that a key was stolen or a record withdrawn. So a file takes
//! space that the first lack of it gives up: from then on the store refuses ordinary records and keeps what little is left for
//! states, cut lists, withdrawals and its own bookkeeping, until the file fits again.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::Disk;
use crate::error::{Result, StoreError};

/// Size of the reserve of an ordinary node: room for tens of thousands of withdrawals, or for a thousand states of 16 KiB
/// with what the index needs beside them, and for one more segment of the index's file at each opening. Small devices may
/// take less.
pub const RESERVE_BYTES: u64 = 64 << 20;

/// It is taken only where a quarter more is free: otherwise the space that giving it up set free would at once be taken for it again,
/// and the next record would find the disk full once more.
const MARGIN: u64 = 4;

/// Its name in the store's folder.
const NAME: &str = "reserve";

/// Bytes that must be free on a full disk until a reserve of this size is taken again and everything is stored as before.
#[must_use]
pub fn space_needed(reserve: u64) -> u64 {
    reserve + reserve / MARGIN
}

pub(crate) struct Reserve {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    bytes: u64,
    is_whole: bool,
}

impl Reserve {
    /// Finds the file, or makes it if there is room; without room the reserve counts as given up.
    pub(crate) fn open(disk: &Arc<dyn Disk>, dir: &Path, bytes: u64) -> Result<Self> {
        let mut reserve = Self {
            disk: disk.clone(),
            path: dir.join(NAME),
            bytes,
            is_whole: false,
        };
        reserve.renew()?;
        Ok(reserve)
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Bytes that must be free for it to be taken.
    pub(crate) fn needed(&self) -> u64 {
        space_needed(self.bytes)
    }

    /// Takes the space again, if it is there. Without a sync: after a power cut the file is made anew if it is not whole.
    pub(crate) fn renew(&mut self) -> Result<bool> {
        if self.is_whole {
            return Ok(true);
        }
        let held = match self.disk.open(&self.path) {
            Ok(file) => Some(
                file.length()
                    .map_err(StoreError::io("measure", &self.path))?,
            ),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(StoreError::io("open", &self.path)(error)),
        };
        if held != Some(self.bytes) {
            if held.is_some() {
                self.remove()?;
            }
            if self.bytes > 0 && !self.make()? {
                return Ok(false);
            }
        }
        self.is_whole = true;
        Ok(true)
    }

    /// Gives the space back to the disk. Failing is no error of its own: what is wrong is said by whatever fails next.
    pub(crate) fn give_up(&mut self) {
        if self.bytes > 0 {
            self.is_whole = false;
            let _ = self.disk.remove(&self.path);
        }
    }

    fn make(&self) -> Result<bool> {
        let file = match self.disk.create(&self.path) {
            Ok(file) => file,
            Err(error) => return is_full(StoreError::io("create", &self.path)(error)),
        };
        let taken = file.allocate(self.needed());
        match taken.and_then(|()| file.truncate(self.bytes)) {
            Ok(()) => Ok(true),
            Err(error) => {
                drop(file);
                // Part of it would take the last space and keep nothing back.
                self.remove()?;
                is_full(StoreError::io("take space for", &self.path)(error))
            }
        }
    }

    fn remove(&self) -> Result<()> {
        self.disk
            .remove(&self.path)
            .map_err(StoreError::io("remove", &self.path))
    }
}

/// Lack of space is no failure here.
fn is_full(error: StoreError) -> Result<bool> {
    if error.is_full() {
        Ok(false)
    } else {
        Err(error)
    }
}

/// Gives up the reserve of a store that is not open. `true`: there was one.
pub(crate) fn give_up(disk: &Arc<dyn Disk>, dir: &Path) -> bool {
    disk.remove(&dir.join(NAME)).is_ok()
}
