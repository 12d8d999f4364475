//! The segment files of one journal.

mod reading;

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::format::{HeaderFault, Mark, SEGMENT_HEADER, SegmentHeader, StoreId};
use crate::disk::{Disk, DiskFile};
use crate::error::{Result, StoreError};
use crate::migration::Formats;

/// Open files kept for reading. A tenth of the usual limit of 1024 per process; sixty-four
/// segments are 4 GiB of journal, beyond which reads reopen files.
const OPEN_FILES: usize = 64;

pub(crate) use reading::Step;

/// One segment file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment {
    pub(crate) header: SegmentHeader,
    /// Global position after its last byte.
    pub(crate) end: u64,
}

impl Segment {
    pub(crate) fn start(&self) -> u64 {
        self.header.start.offset
    }

    /// Whether its entries are in an older format than this program writes.
    pub(crate) fn is_old(&self) -> bool {
        self.header.format < Formats::known().newest()
    }

    pub(crate) fn is_retired(&self) -> bool {
        self.header.retired_end.is_some()
    }
}

/// The files of a journal; shared by its writer and its readers.
pub(crate) struct Segments {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    id: StoreId,
    list: RwLock<BTreeMap<u64, Segment>>,
    open: Mutex<VecDeque<(u64, Arc<dyn DiskFile>)>>,
}

/// File name of the segment that begins at a global position.
pub(crate) fn file_name(start: u64) -> String {
    format!("{start:020}.seg")
}

/// Name of the one file a retirement may leave unfinished.
pub(crate) const UNFINISHED: &str = "retired.tmp";

impl Segments {
    /// Reads the headers of all segments, removing what an interrupted creation left behind.
    /// With none, creates the first one under `new_id`.
    pub(crate) fn open(disk: Arc<dyn Disk>, dir: &Path, new_id: StoreId) -> Result<Self> {
        disk.create_dir(dir)
            .map_err(StoreError::io("create", dir))?;
        let names = disk.list(dir).map_err(StoreError::io("list", dir))?;
        if names.iter().any(|name| name == UNFINISHED) {
            let path = dir.join(UNFINISHED);
            disk.remove(&path)
                .map_err(StoreError::io("remove", &path))?;
        }
        let mut starts: Vec<u64> = names.iter().filter_map(|name| parse_name(name)).collect();
        starts.sort_unstable();
        let mut list = BTreeMap::new();
        let mut id = None;
        let mut expected = 0;
        let last = starts.last().copied();
        for start in starts {
            let path = dir.join(file_name(start));
            let damaged = |offset, what| StoreError::Damaged {
                segment: file_name(start),
                offset,
                what,
            };
            let file = disk.open(&path).map_err(StoreError::io("open", &path))?;
            let length = file.length().map_err(StoreError::io("measure", &path))?;
            let header = read_header(&*file, length, &path)?;
            let Some(header) = header else {
                // A segment is synced before its first frame is written, so one without a good
                // header and without any frame is a creation that a power cut interrupted.
                if Some(start) == last && length <= SEGMENT_HEADER {
                    disk.remove(&path)
                        .map_err(StoreError::io("remove", &path))?;
                    continue;
                }
                return Err(damaged(0, "the segment header is unreadable"));
            };
            if *id.get_or_insert(header.id) != header.id {
                return Err(StoreError::Foreign { path });
            }
            if header.start.offset != start {
                return Err(damaged(0, "the segment header and the file name disagree"));
            }
            if start != expected {
                return Err(damaged(
                    0,
                    "the segment before this one is missing or incomplete",
                ));
            }
            let end = header.retired_end.unwrap_or(start + length);
            expected = end;
            list.insert(start, Segment { header, end });
        }
        if list.values().next_back().is_some_and(Segment::is_retired) {
            let segment = file_name(last.unwrap_or(0));
            return Err(StoreError::Damaged {
                segment,
                offset: 0,
                what: "the last segment is missing",
            });
        }
        let segments = Self {
            disk,
            dir: dir.to_owned(),
            id: id.unwrap_or(new_id),
            list: RwLock::new(list),
            open: Mutex::new(VecDeque::new()),
        };
        if id.is_none() {
            segments.create(Mark::START)?;
        }
        Ok(segments)
    }

    /// Takes what there is, however damaged, without changing anything: to save what can be saved.
    /// `fallback` names the store when no segment header does.
    pub(crate) fn open_damaged(disk: Arc<dyn Disk>, dir: &Path, fallback: StoreId) -> Result<Self> {
        let names = disk.list(dir).map_err(StoreError::io("list", dir))?;
        let mut found = BTreeMap::new();
        for start in names.iter().filter_map(|name| parse_name(name)) {
            let path = dir.join(file_name(start));
            let file = disk.open(&path).map_err(StoreError::io("open", &path))?;
            let length = file.length().map_err(StoreError::io("measure", &path))?;
            let header = read_header(&*file, length, &path)?;
            found.insert(
                start,
                (header.filter(|header| header.start.offset == start), length),
            );
        }
        let mut headers = found.values().filter_map(|(header, _)| *header);
        let id = headers.next().map_or(fallback, |header| header.id);
        let mut list = BTreeMap::new();
        for (start, (header, length)) in found {
            // A place that no frame before it leads to: reported, and searched for frames.
            let nowhere = Mark {
                offset: start,
                seq: u64::MAX,
                chain: 0,
            };
            let unread = SegmentHeader {
                format: Formats::known().newest(),
                id,
                start: nowhere,
                retired_end: None,
            };
            let header = header.unwrap_or(unread);
            let end = header.retired_end.unwrap_or(start + length);
            list.insert(start, Segment { header, end });
        }
        let (dir, list, open) = (
            dir.to_owned(),
            RwLock::new(list),
            Mutex::new(VecDeque::new()),
        );
        Ok(Self {
            disk,
            dir,
            id,
            list,
            open,
        })
    }

    pub(crate) fn id(&self) -> &StoreId {
        &self.id
    }

    pub(crate) fn path(&self, start: u64) -> PathBuf {
        self.dir.join(file_name(start))
    }

    /// Adds an empty segment at `start` and makes it durable. Returns it ready for writing.
    pub(crate) fn create(&self, start: Mark) -> Result<Arc<dyn DiskFile>> {
        let path = self.path(start.offset);
        let header = SegmentHeader {
            format: Formats::known().newest(),
            id: self.id,
            start,
            retired_end: None,
        };
        let file: Arc<dyn DiskFile> = self
            .disk
            .create(&path)
            .map_err(StoreError::io("create", &path))?
            .into();
        file.write_at(0, &header.encode())
            .map_err(StoreError::io("write", &path))?;
        file.sync().map_err(StoreError::io("sync", &path))?;
        self.sync_dir()?;
        let end = start.offset + SEGMENT_HEADER;
        self.write_list()
            .insert(start.offset, Segment { header, end });
        Ok(file)
    }

    pub(crate) fn sync_dir(&self) -> Result<()> {
        self.disk
            .sync_dir(&self.dir)
            .map_err(StoreError::io("sync", &self.dir))
    }

    /// Replaces the content of a segment by a note that it was removed.
    pub(crate) fn retire(&self, start: u64) -> Result<()> {
        let Some(segment) = self.read_list().get(&start).copied() else {
            return Ok(());
        };
        let header = SegmentHeader {
            retired_end: Some(segment.end),
            ..segment.header
        };
        let unfinished = self.dir.join(UNFINISHED);
        let path = self.path(start);
        let file = self
            .disk
            .create(&unfinished)
            .map_err(StoreError::io("create", &unfinished))?;
        file.write_at(0, &header.encode())
            .map_err(StoreError::io("write", &unfinished))?;
        file.sync().map_err(StoreError::io("sync", &unfinished))?;
        self.disk
            .rename(&unfinished, &path)
            .map_err(StoreError::io("replace", &path))?;
        self.sync_dir()?;
        self.write_list().insert(
            start,
            Segment {
                header,
                end: segment.end,
            },
        );
        self.forget(start);
        Ok(())
    }

    /// The header of a segment that holds nothing, in the newest format.
    pub(crate) fn renew(&self, segment: &Segment) -> SegmentHeader {
        let header = SegmentHeader {
            format: Formats::known().newest(),
            ..segment.header
        };
        if let Some(segment) = self.write_list().get_mut(&segment.start()) {
            segment.header = header;
        }
        header
    }

    /// Notes that the last segment now reaches to `end`.
    pub(crate) fn set_end(&self, start: u64, end: u64) {
        if let Some(segment) = self.write_list().get_mut(&start) {
            segment.end = end;
        }
    }

    pub(crate) fn all(&self) -> Vec<Segment> {
        self.read_list().values().copied().collect()
    }

    /// The segment that holds a position; a position between two belongs to the later one.
    pub(crate) fn holding(&self, offset: u64) -> Option<Segment> {
        self.read_list()
            .range(..=offset)
            .next_back()
            .map(|(_, segment)| *segment)
    }

    pub(crate) fn after(&self, segment: &Segment) -> Option<Segment> {
        let from = segment.end.max(segment.start() + 1);
        let list = self.read_list();
        list.range(from..).next().map(|(_, next)| *next)
    }

    /// The file of a segment, opened if needed.
    pub(crate) fn file(&self, start: u64) -> Result<Arc<dyn DiskFile>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = open.iter().position(|(other, _)| *other == start)
            && let Some(found) = open.remove(index)
        {
            let file = found.1.clone();
            open.push_back(found);
            return Ok(file);
        }
        let path = self.path(start);
        let file: Arc<dyn DiskFile> = self
            .disk
            .open(&path)
            .map_err(StoreError::io("open", &path))?
            .into();
        if open.len() >= OPEN_FILES {
            open.pop_front();
        }
        open.push_back((start, file.clone()));
        Ok(file)
    }

    fn forget(&self, start: u64) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(other, _)| *other != start);
    }

    fn read_list(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<u64, Segment>> {
        self.list.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_list(&self) -> std::sync::RwLockWriteGuard<'_, BTreeMap<u64, Segment>> {
        self.list.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a path ends like a segment's file.
pub(crate) fn is_segment(path: &Path) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| parse_name(name).is_some())
}

fn parse_name(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".seg")?;
    (digits.len() == 20).then(|| digits.parse().ok()).flatten()
}

fn read_header(file: &dyn DiskFile, length: u64, path: &Path) -> Result<Option<SegmentHeader>> {
    if length < SEGMENT_HEADER {
        return Ok(None);
    }
    let mut bytes = [0; SEGMENT_HEADER as usize];
    file.read_at(0, &mut bytes)
        .map_err(StoreError::io("read", path))?;
    match SegmentHeader::decode(&bytes) {
        Ok(header) => Ok(Some(header)),
        Err(HeaderFault::Damaged) => Ok(None),
        Err(HeaderFault::Newer(found)) => Err(StoreError::NewerFormat {
            path: path.to_owned(),
            found,
            supported: Formats::known().newest(),
        }),
    }
}
