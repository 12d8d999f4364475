//! The files of the log, read and checked.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::entry::{Entry, Head, LineHash};
use super::limits::{FILE_BYTES, LINE_BYTES};

/// Most bytes read of one file: what a file can hold, and the line that filled it.
const FILE_READ: u64 = FILE_BYTES + LINE_BYTES as u64;

/// The name of a file, by its number. Numbers only grow and no file is ever renamed, so that a folder to which one can only add
/// (`chattr +a`) suffices.
pub(super) fn file_name(number: u64) -> String {
    format!("{number:08}.log")
}

/// The files there are, oldest first.
///
/// # Errors
/// When the folder cannot be read; none at all is an empty log.
pub(super) fn files(folder: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".log"));
        if let Some(number) = number.and_then(|digits| digits.parse::<u64>().ok())
            && name == file_name(number).as_str()
        {
            found.push((number, entry.path()));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// The bytes of a file, at most as many as one can have.
pub(super) fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_READ).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The lines of a file, without their breaks. What stands behind the last break is a line too: one that was never finished.
pub(super) fn lines(bytes: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    let whole = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let empty = bytes.is_empty();
    whole.split(|byte| *byte == b'\n').filter(move |_| !empty)
}

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file and the line in it; none where it is about all of the log.
    pub place: Option<(String, usize)>,
    /// What is wrong.
    pub what: String,
}

/// The log as it was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Every entry that reads, as it stands.
    pub entries: Vec<Entry>,
    /// What is not as it was written.
    pub faults: Vec<Fault>,
    /// Lines that were never finished: file and line. The process or the machine ended while it wrote them.
    pub unfinished: Vec<(String, usize)>,
    /// The number and the line's hash of every entry, in order.
    hashes: Vec<(u64, LineHash)>,
}

impl Found {
    /// Reads and checks all of it.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let mut found = Self::default();
        let mut check = Check::default();
        let files = files(folder)?;
        for pair in files.windows(2) {
            if let [(before, _), (after, _)] = pair
                && before + 1 != *after
            {
                found.fault(
                    None,
                    format!("files between {before} and {after} are missing"),
                );
            }
        }
        for (number, path) in &files {
            let bytes = bytes(path)?;
            if bytes.len() as u64 >= FILE_READ {
                found.fault(
                    Some((file_name(*number), 1)),
                    "the file is too long".to_owned(),
                );
            }
            for (at, line) in lines(&bytes).enumerate() {
                check.line(&mut found, (file_name(*number), at + 1), line);
            }
        }
        check.end(&mut found);
        Ok(found)
    }

    /// The newest entry and its line's hash.
    pub fn newest(&self) -> Option<(u64, LineHash)> {
        self.hashes.last().copied()
    }

    /// Compares with what was noted elsewhere; none when the entry of that number is the noted one.
    pub fn differs_from(&self, noted: &Head) -> Option<String> {
        let first = self.hashes.first().map_or(1, |(n, _)| *n);
        if noted.number < first {
            return Some(format!(
                "entry {} was noted, and the oldest one here is {first}: it cannot be compared",
                noted.number
            ));
        }
        match self.hashes.iter().find(|(n, _)| *n == noted.number) {
            None => Some(format!(
                "entry {} was noted, and there is none with that number: the end of the log was cut off",
                noted.number
            )),
            Some((_, hash)) if hash.hex().starts_with(&noted.hash) => None,
            Some(_) => Some(format!(
                "entry {} is not the one that was noted: the log was written anew",
                noted.number
            )),
        }
    }

    fn fault(&mut self, place: Option<(String, usize)>, what: String) {
        self.faults.push(Fault { place, what });
    }
}

/// Where the check stands between two lines.
#[derive(Default)]
struct Check {
    before: Option<LineHash>,
    number: Option<u64>,
    given_up: u64,
    first: Option<u64>,
    /// Lines that do not read, until the next entry says whether they were written so.
    unread: Vec<(String, usize)>,
}

impl Check {
    fn line(&mut self, found: &mut Found, place: (String, usize), line: &[u8]) {
        let hash = LineHash::of(line);
        let before = self.before.replace(hash);
        let Some(entry) = Entry::read(line) else {
            self.unread.push(place);
            return;
        };
        let is_next = match before {
            Some(before) => before.hex() == entry.prev,
            None => entry.n > 1 || entry.prev == LineHash::NONE.hex(),
        };
        if is_next {
            found.unfinished.append(&mut self.unread);
        } else {
            found.fault(
                Some(place.clone()),
                format!("entry {} does not follow the line before it: that line was changed, or others between were removed", entry.n),
            );
            for unread in self.unread.drain(..) {
                found.fault(Some(unread), "the line does not read".to_owned());
            }
        }
        if let Some(number) = self.number
            && number + 1 != entry.n
        {
            found.fault(
                Some(place),
                format!(
                    "entry {} stands where entry {} belongs",
                    entry.n,
                    number + 1
                ),
            );
        }
        self.first.get_or_insert(entry.n);
        self.number = Some(entry.n);
        self.given_up = self.given_up.max(entry.given_up.unwrap_or(0));
        found.hashes.push((entry.n, hash));
        found.entries.push(entry);
    }

    fn end(self, found: &mut Found) {
        // Nothing follows that could tell whether they were written so.
        found.unfinished.extend(self.unread);
        if let Some(first) = self.first
            && first > self.given_up + 1
        {
            found.fault(
                None,
                format!(
                    "the log begins with entry {first}, and only what came before entry {} was given up for room",
                    self.given_up + 1
                ),
            );
        }
    }
}
