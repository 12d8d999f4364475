//! How the store was last closed, which decides whether the index is believed.
//!
//! After a clean close, or when only the process died, the index is what it was. After the machine
//! stopped, sled may open with entries missing and say nothing, so it is rebuilt.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::disk::{Disk, DiskFile};
use crate::encoding::{Fields, Writer};
use crate::error::{Result, StoreError};

const MAGIC: [u8; 8] = *b"INDABAS\x01";

/// What the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// In use, or ended without closing.
    Open,
    /// Closed; the index had this size.
    Clean { index_size: u64 },
    /// The index is not to be believed.
    Distrust,
}

/// Identifies the time since the machine was started; `None` where the system does not tell.
pub(crate) fn boot() -> Option<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(boot.trim().to_owned())
}

pub(crate) struct Session {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    boot: Option<String>,
    is_distrusted: AtomicBool,
}

impl Session {
    /// Opens the file. Returns it with what it said and whether that was since the machine was
    /// started; nothing when it is new or does not read.
    pub(crate) fn open(
        disk: &Arc<dyn Disk>,
        path: &Path,
        boot: Option<String>,
    ) -> Result<(Self, Option<(Ended, bool)>)> {
        let (file, found) = match disk.open(path) {
            Ok(file) => {
                let length = file.length().map_err(StoreError::io("measure", path))?;
                // More than this is no session file.
                let mut bytes = vec![0; length.min(512) as usize];
                file.read_at(0, &mut bytes)
                    .map_err(StoreError::io("read", path))?;
                let found = decode(&bytes);
                (file, found)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => (
                disk.create(path).map_err(StoreError::io("create", path))?,
                None,
            ),
            Err(error) => return Err(StoreError::io("open", path)(error)),
        };
        let found = found.map(|(ended, then)| (ended, boot.as_ref() == Some(&then)));
        Ok((
            Self {
                file,
                path: path.to_owned(),
                boot,
                is_distrusted: AtomicBool::new(false),
            },
            found,
        ))
    }

    /// Writes and syncs a new state. A failed index stays failed until a new one is in use.
    pub(crate) fn set(&self, ended: Ended) -> Result<()> {
        match ended {
            Ended::Open => self.is_distrusted.store(false, Ordering::Release),
            Ended::Clean { .. } if self.is_distrusted.load(Ordering::Acquire) => return Ok(()),
            Ended::Clean { .. } => {}
            Ended::Distrust => self.is_distrusted.store(true, Ordering::Release),
        }
        let (state, size) = match ended {
            Ended::Open => (0, 0),
            Ended::Clean { index_size } => (1, index_size),
            Ended::Distrust => (2, 0),
        };
        let boot = self.boot.as_deref().unwrap_or_default();
        let content = Writer::default()
            .fixed(&MAGIC)
            .u8(state)
            .u64(size)
            .bytes(boot.as_bytes())
            .0;
        let sum = crc32c::crc32c(&content);
        let bytes = Writer::default().u32(sum).bytes(&content).0;
        self.file
            .write_at(0, &bytes)
            .map_err(StoreError::io("write", &self.path))?;
        self.file.sync().map_err(StoreError::io("sync", &self.path))
    }
}

fn decode(bytes: &[u8]) -> Option<(Ended, String)> {
    let mut from = Fields(bytes);
    let (sum, content) = (from.u32()?, from.bytes()?);
    if crc32c::crc32c(content) != sum {
        return None;
    }
    let mut from = Fields(content);
    if from.fixed()? != MAGIC {
        return None;
    }
    let (state, index_size) = (from.u8()?, from.u64()?);
    let ended = match state {
        0 => Ended::Open,
        1 => Ended::Clean { index_size },
        _ => Ended::Distrust,
    };
    Some((ended, from.text()?))
}
