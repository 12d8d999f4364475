//! Tells a data folder from a copy of it.
//!
//! A copy does not know what was signed after it was made; whoever publishes from it signs a second record at a place that is taken, and the
//! key is burnt. What is inside the folder is copied with it and cannot tell. So a small file remembers which file on which day
//! it is itself: its number and its moment of birth, which the system gives anew to every file that is made, also by `cp -a`,
//! `tar` or `rsync`. An image of a whole disk brings both back and is not noticed.

use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::UNIX_EPOCH;

/// The file's name in the data folder.
const NAME: &str = "place";

/// Most bytes read of it: two numbers.
const MOST: u64 = 128;

/// What the mark says about a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FolderMark {
    /// It is the folder that was marked.
    Same,
    /// Its file system does not tell when a file was made, so nothing can be said.
    Unknown,
    /// It is a copy, or the mark is gone.
    Copied,
}

/// Looks whether the folder is the one that was marked.
///
/// # Errors
/// When the mark is there and cannot be read.
pub fn look(folder: &Path) -> io::Result<FolderMark> {
    let mut file = match fs::File::open(folder.join(NAME)) {
        Ok(file) => file,
        // Setting up leaves a mark: where it could and is gone, the folder was put together from a backup, file by file.
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return Ok(match own(&fs::metadata(folder)?) {
                Some(_) => FolderMark::Copied,
                None => FolderMark::Unknown,
            });
        }
        Err(e) => return Err(e),
    };
    let Some(is) = own(&file.metadata()?) else {
        return Ok(FolderMark::Unknown);
    };
    let mut was = String::new();
    (&mut file).take(MOST).read_to_string(&mut was)?;
    Ok(if was == is {
        FolderMark::Same
    } else {
        FolderMark::Copied
    })
}

/// Marks the folder as it is; does nothing where the file system does not tell when a file was made.
///
/// # Errors
/// When the file cannot be written.
pub fn mark(folder: &Path) -> io::Result<()> {
    // A new file each time, put in place whole: the mark names the file it stands in.
    let passing = folder.join(format!("{NAME}.new"));
    match fs::remove_file(&passing) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&passing)?;
    let Some(is) = own(&file.metadata()?) else {
        return fs::remove_file(&passing);
    };
    file.write_all(is.as_bytes())?;
    file.sync_all()?;
    fs::rename(&passing, folder.join(NAME))?;
    fs::File::open(folder)?.sync_all()
}

/// Takes the mark away: what is in the folder may be older than what was signed, and somebody has to look.
///
/// # Errors
/// When the file cannot be removed.
pub fn unmark(folder: &Path) -> io::Result<()> {
    match fs::remove_file(folder.join(NAME)) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => fs::File::open(folder)?.sync_all(),
    }
}

/// Number and birth of a file; none where the file system does not know the birth.
fn own(meta: &Metadata) -> Option<String> {
    let birth = meta.created().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{} {}\n", meta.ino(), birth.as_nanos()))
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_told_from_what_was_marked() {
        let here = tempfile::tempdir().unwrap();
        // Without a mark it may have been put together from a backup.
        assert_eq!(look(here.path()).unwrap(), FolderMark::Copied);
        mark(here.path()).unwrap();
        let there = tempfile::tempdir().unwrap();
        fs::copy(here.path().join(NAME), there.path().join(NAME)).unwrap();
        assert_eq!(look(there.path()).unwrap(), FolderMark::Copied);
        // Negative control: the folder itself, also under another name, and a copy that was accepted.
        assert_eq!(look(here.path()).unwrap(), FolderMark::Same);
        let moved = there.path().join("moved");
        fs::rename(here.path(), &moved).unwrap();
        assert_eq!(look(&moved).unwrap(), FolderMark::Same);
        mark(there.path()).unwrap();
        assert_eq!(look(there.path()).unwrap(), FolderMark::Same);
    }
}
