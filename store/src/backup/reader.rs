//! Reading a backup. Its bytes may be anybody's: every length is bounded, and nothing is believed before its checksum.

use std::path::{Path, PathBuf};

use indaba_protocol::Id;

use super::{Contents, END, FROM, HEADER, Kept, MAGIC, MAX_ORIGIN, digest, refused};
use crate::disk::DiskFile;
use crate::encoding::Writer;
use crate::entry::{Entry, Part};
use crate::error::{Result, StoreError};
use crate::journal::{self, Frame, FrameHeader, Mark, StoreId};
use crate::migration::Formats;

/// Reads a backup from its beginning to its end.
pub struct BackupReader {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    format: u16,
    id: StoreId,
    made: i64,
    origin: Vec<u8>,
    length: u64,
    at: Mark,
    digest: Id,
    records: u64,
    entries: u64,
    has_ended: bool,
}

impl std::fmt::Debug for BackupReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BackupReader")
            .field("path", &self.path)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

impl BackupReader {
    /// Begins to read. Whether the file is whole is known only when [`next`](Self::next) said that nothing follows.
    ///
    /// # Errors
    /// [`StoreError::Backup`] when it is none, [`StoreError::NewerFormat`], [`StoreError::Io`].
    pub fn open(file: Box<dyn DiskFile>, path: &Path) -> Result<Self> {
        let length = file.length().map_err(StoreError::io("measure", path))?;
        let mut head = [0; HEADER as usize];
        if length < HEADER {
            return Err(refused(path, "it is too short"));
        }
        file.read_at(0, &mut head)
            .map_err(StoreError::io("read", path))?;
        if head[..8] != MAGIC {
            return Err(refused(path, "it does not begin like one"));
        }
        let (mut id, mut made, mut sum, mut version) = ([0; 16], [0; 8], [0; 4], [0; 2]);
        version.copy_from_slice(&head[8..10]);
        id.copy_from_slice(&head[16..32]);
        made.copy_from_slice(&head[32..40]);
        sum.copy_from_slice(&head[60..]);
        if u32::from_le_bytes(sum) != crc32c::crc32c(&head[..60]) {
            return Err(refused(path, "its header is damaged"));
        }
        let format = u16::from_le_bytes(version);
        let supported = Formats::known().newest();
        if format > supported {
            return Err(StoreError::NewerFormat {
                path: path.to_owned(),
                found: format,
                supported,
            });
        }
        let mut reader = Self {
            file,
            path: path.to_owned(),
            format,
            id,
            made: i64::from_le_bytes(made),
            origin: Vec::new(),
            length,
            at: Mark {
                offset: HEADER,
                seq: 0,
                chain: 0,
            },
            digest: Id::of(&head),
            records: 0,
            entries: 0,
            has_ended: false,
        };
        match reader.frame()?.as_slice() {
            [from] if from.kind == FROM && from.bytes.len() <= MAX_ORIGIN => {
                reader.origin.clone_from(&from.bytes);
            }
            _ => return Err(refused(path, "it does not say where it is from")),
        }
        Ok(reader)
    }

    /// Where it is from, as it says itself.
    #[must_use]
    pub fn origin(&self) -> &[u8] {
        &self.origin
    }

    /// How far it was read, in bytes, and its length.
    #[must_use]
    pub fn place(&self) -> (u64, u64) {
        (self.at.offset, self.length)
    }

    /// The next things kept; nothing after the last, when the whole file has checked out.
    ///
    /// # Errors
    /// [`StoreError::Backup`] when it is damaged or does not end as it should, [`StoreError::Io`].
    #[expect(
        clippy::should_implement_trait,
        reason = "it can fail, and ends with the first failure"
    )]
    pub fn next(&mut self) -> Result<Option<Vec<Kept>>> {
        if self.has_ended {
            return Ok(None);
        }
        let before = self.digest;
        let stored = self.frame()?;
        if let [end] = stored.as_slice()
            && end.kind == END
        {
            let counts = Writer::default().u64(self.records).u64(self.entries);
            if end.bytes != counts.fixed(before.as_bytes()).0 {
                return Err(refused(
                    &self.path,
                    "it does not hold what it says at its end",
                ));
            }
            if self.at.offset != self.length {
                return Err(refused(&self.path, "there is something behind its end"));
            }
            self.has_ended = true;
            return Ok(None);
        }
        self.entries += stored.len() as u64;
        let mut found: Vec<Kept> = Vec::new();
        // The record whose parts may follow.
        let mut last = None;
        for stored in stored {
            let entry = Entry::decode(stored.kind, &stored.bytes);
            match entry {
                Some(Entry::Record {
                    view, statement, ..
                }) => {
                    last = Some(view.id);
                    self.records += 1;
                    found.push(Kept::Record {
                        statement,
                        card: None,
                        body: None,
                    });
                }
                Some(Entry::Part { id, part, bytes }) if last == Some(id) => {
                    if let Some(Kept::Record { card, body, .. }) = found.last_mut() {
                        *(if part == Part::Card { card } else { body }) = Some(bytes);
                    }
                }
                Some(Entry::Fact(fact)) => {
                    last = None;
                    found.push(Kept::Fact(fact.bytes));
                }
                Some(Entry::Hold(held)) => {
                    last = None;
                    found.push(Kept::Waiting(held.item));
                }
                Some(Entry::Choose { column, key, value }) => {
                    last = None;
                    found.push(Kept::Choice { column, key, value });
                }
                _ => {
                    let what = format!("an entry at byte {} does not read", stored.at.offset);
                    return Err(refused(&self.path, what));
                }
            }
        }
        Ok(Some(found))
    }

    /// Reads to the end and counts. `progress` hears bytes done and bytes in all.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub fn check(&mut self, progress: &mut dyn FnMut(u64, u64)) -> Result<Contents> {
        let mut contents = Contents {
            made: self.made,
            origin: self.origin.clone(),
            bytes: self.length,
            ..Contents::default()
        };
        while let Some(found) = self.next()? {
            progress(self.at.offset, self.length);
            for kept in found {
                match kept {
                    Kept::Record { card, body, .. } => {
                        contents.records += 1;
                        contents.whole += u64::from(card.is_some() && body.is_some());
                    }
                    Kept::Fact(_) => contents.facts += 1,
                    Kept::Waiting(_) => contents.waiting += 1,
                    Kept::Choice { .. } => contents.choices += 1,
                }
            }
        }
        Ok(contents)
    }

    fn frame(&mut self) -> Result<Vec<journal::StoredBytes>> {
        let offset = self.at.offset;
        let damaged = || {
            let what = if offset >= self.length {
                "its end is missing: it was never finished, or was cut off".to_owned()
            } else {
                format!("byte {offset} and what follows is damaged or cut off")
            };
            refused(&self.path, what)
        };
        let mut bytes = vec![0; journal::FRAME_HEADER as usize];
        if self.length.saturating_sub(offset) < journal::FRAME_HEADER {
            return Err(damaged());
        }
        let read = |offset, bytes: &mut [u8]| {
            self.file
                .read_at(offset, bytes)
                .map_err(StoreError::io("read", &self.path))
        };
        read(offset, &mut bytes)?;
        let header = FrameHeader::decode(&self.id, offset, &bytes)
            .filter(|header| header.at == self.at)
            .filter(|header| offset + header.total() <= self.length)
            .ok_or_else(damaged)?;
        bytes.resize(header.total() as usize, 0);
        read(
            offset + journal::FRAME_HEADER,
            &mut bytes[journal::FRAME_HEADER as usize..],
        )?;
        let frame_digest = digest(&self.digest, &bytes);
        let frame = Frame::checked(self.id, self.format, header, bytes).ok_or_else(damaged)?;
        let entries = frame.entries().map_err(|_| damaged())?;
        self.digest = frame_digest;
        self.at = frame.next();
        Ok(entries)
    }
}
