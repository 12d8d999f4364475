//! Where every byte of a store folder is. Read from outside: no lock, no index, nothing changed, so it works while a node runs on the
//! store and when nothing can be opened any more. Compaction must be held off meanwhile.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::disk::RealDisk;
use crate::entry::Entry;
use crate::error::{Result, StoreError};
use crate::journal::{self, FRAME_HEADER, Fault, Reader, SEGMENT_HEADER};
pub use crate::latest::Content;
use crate::latest::Latest;

/// Bytes of one kind of content in the journal, as stored, with what each entry carries around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Entries that count.
    pub entries: u64,
    /// Their bytes.
    pub live: u64,
    /// The same before compression.
    pub original: u64,
    /// Bytes of entries whose place another one took.
    pub superseded: u64,
    /// Bytes of parts that were dropped on purpose and wait for compaction.
    pub erased: u64,
}

/// Everything else in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherFile {
    /// Path below the store folder, or the file's own path when it is outside.
    pub name: String,
    /// Its length in bytes.
    pub bytes: u64,
}

/// Where every byte is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// What stands in the journal, by content.
    pub contents: BTreeMap<Content, Tally>,
    /// Frames read, and bytes of their headers.
    pub frames: u64,
    /// See `frames`.
    pub frame_headers: u64,
    /// Segments with content.
    pub segments: u64,
    /// Notes that stand for segments whose content was removed.
    pub cleared: u64,
    /// Bytes those segments took before.
    pub given_back: u64,
    /// Bytes of the headers of segments, and of the notes.
    pub segment_headers: u64,
    /// Bytes behind the last whole frame: being written just now, or never acknowledged.
    pub unfinished: u64,
    /// Bytes that do not read.
    pub unreadable: u64,
    /// Where they are.
    pub faults: Vec<Fault>,
    /// Files other than the journal's, by name: index, lock, session, what was put aside; and the guard.
    pub files: Vec<OtherFile>,
}

impl Account {
    /// Looks at the store in `dir`; `guard` is counted with it. `progress` hears bytes done and bytes in all.
    ///
    /// # Errors
    /// [`StoreError::Io`] when something cannot be read, [`StoreError::NewerFormat`].
    pub fn of(
        dir: &Path,
        guard: Option<&Path>,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Self> {
        let mut account = Self::default();
        let folder = journal::folder(dir);
        if folder.is_dir() {
            let reader = Reader::of_damaged(Arc::new(RealDisk), &folder, [0; 16])?;
            account.read(&reader, progress)?;
        }
        account.list(dir, dir, &folder)?;
        if let Some(guard) = guard
            && let Ok(found) = std::fs::metadata(guard)
        {
            account.files.push(OtherFile {
                name: guard.display().to_string(),
                bytes: found.len(),
            });
        }
        account.files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(account)
    }

    /// Bytes of the journal's files.
    #[must_use]
    pub fn journal(&self) -> u64 {
        let contents: u64 = self
            .contents
            .values()
            .map(|tally| tally.live + tally.superseded + tally.erased)
            .sum();
        contents + self.frame_headers + self.segment_headers + self.unfinished + self.unreadable
    }

    /// Bytes of all files.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.journal() + self.files.iter().map(|file| file.bytes).sum::<u64>()
    }

    fn read(&mut self, reader: &Reader, progress: &mut dyn FnMut(u64, u64)) -> Result<()> {
        let segments = reader.segments();
        let end = segments.last().map_or(0, |segment| segment.end);
        let mut in_files = 0;
        for segment in &segments {
            if segment.retired {
                self.cleared += 1;
                self.given_back += segment.end - segment.start;
                in_files += SEGMENT_HEADER;
            } else {
                self.segments += 1;
                in_files += segment.end - segment.start;
            }
            self.segment_headers += SEGMENT_HEADER;
        }
        let mut latest = Latest::new(reader.id());
        let (mut read, mut last) = (0, 0);
        self.faults = reader.salvage(|frame| {
            last = frame.next().offset;
            progress(last, end);
            self.frames += 1;
            self.frame_headers += FRAME_HEADER;
            read += last - frame.at().offset;
            let entries = frame.entries().unwrap_or_default();
            let mut counted = FRAME_HEADER;
            for stored in entries {
                counted += u64::from(stored.at.length);
                self.count(&mut latest, &stored);
            }
            self.unreadable += last - frame.at().offset - counted;
            Ok(())
        })?;
        // What no frame and no header accounts for. Behind the last frame it is a write that is under way, or was never finished.
        let header = |start: u64| last.max(start + SEGMENT_HEADER);
        let newest = segments.last().filter(|newest| !newest.retired);
        let unfinished = newest.map_or(0, |newest| newest.end.saturating_sub(header(newest.start)));
        let is_fault = |fault: &Fault| {
            let start = newest.map_or(0, |newest| newest.start);
            fault.segment != journal::file_name(start) || start + fault.offset < last
        };
        self.faults.retain(is_fault);
        self.unfinished = unfinished;
        self.unreadable += in_files
            .saturating_sub(self.segment_headers)
            .saturating_sub(read)
            .saturating_sub(unfinished);
        Ok(())
    }

    fn count(&mut self, latest: &mut Latest, stored: &journal::StoredBytes) {
        let size = u64::from(stored.at.length);
        let Some(entry) = Entry::decode(stored.kind, &stored.bytes) else {
            self.unreadable += size;
            return;
        };
        let is_drop = matches!(entry, Entry::DropPart { .. });
        if let Some(before) = latest.note(&entry, stored.at, stored.bytes.len()) {
            let tally = self.contents.entry(before.content).or_default();
            let size = u64::from(before.at.length);
            tally.entries -= 1;
            tally.live -= size;
            tally.original -= u64::from(before.original);
            if is_drop && before.content != Content::Dropped {
                tally.erased += size;
            } else {
                tally.superseded += size;
            }
        }
        let tally = self.contents.entry(Content::of(&entry)).or_default();
        tally.entries += 1;
        tally.live += size;
        tally.original += stored.bytes.len() as u64;
    }

    fn list(&mut self, dir: &Path, root: &Path, journal: &Path) -> Result<()> {
        let failed = |source| StoreError::Io {
            doing: "list",
            path: dir.to_owned(),
            source,
        };
        for item in std::fs::read_dir(dir).map_err(failed)? {
            let path = item.map_err(failed)?.path();
            // A file that goes away meanwhile, as sled's do, is not there any more.
            let Ok(found) = std::fs::symlink_metadata(&path) else {
                continue;
            };
            if found.is_dir() {
                self.list(&path, root, journal)?;
            } else if dir != journal || !journal::is_segment(&path) {
                let name = path.strip_prefix(root).unwrap_or(&path);
                self.files.push(OtherFile {
                    name: name.display().to_string(),
                    bytes: found.len(),
                });
            }
        }
        Ok(())
    }
}
