//! When the disk is full.

use super::Store;
use crate::error::{Result, StoreError};

impl Store {
    /// Whether ordinary records are refused, because the disk has less than the reserve left.
    #[must_use]
    pub fn lacks_space(&self) -> bool {
        !self.reserve.is_whole()
    }

    /// Bytes that must be free for ordinary records to be stored again.
    #[must_use]
    pub fn space_needed(&self) -> u64 {
        self.reserve.needed()
    }

    /// Looks whether there is space again, and keeps the reserve back if so. `true`: everything is stored as usual.
    ///
    /// # Errors
    /// [`StoreError::Io`] for anything but a lack of space.
    pub fn renew_reserve(&mut self) -> Result<bool> {
        self.reserve.renew()
    }

    pub(super) fn has_room(&self) -> Result<()> {
        if self.lacks_space() {
            return Err(StoreError::Full {
                path: self.dir.clone(),
                needed: self.reserve.needed(),
            });
        }
        Ok(())
    }

    /// At the first lack of space the reserve goes: the next opening needs it to mend what is half written.
    pub(super) fn noting_full<T>(&mut self, done: Result<T>) -> Result<T> {
        if let Err(error) = &done
            && error.is_full()
            && self.reserve.is_whole()
            && self.reserve.bytes() > 0
        {
            tracing::warn!(%error, "the disk is full: its reserve is given up");
            self.reserve.give_up();
        }
        done
    }
}
