//! Reading a trace of `strace -f -y -xx`: the calls that change files below one folder, in the order in which they ended.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::{Result, said};

/// The calls to record. Whatever of them touches the folder and is not understood is an error: a change that is not seen would make
/// every image wrong.
pub const CALLS: &str = "openat,open,creat,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,rename,renameat,\
renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,mkdir,mkdirat,rmdir,fsync,fdatasync,syncfs,sync_file_range,lseek,mmap,close,\
dup,dup2,dup3,fcntl,copy_file_range,sendfile,splice,io_uring_setup";

/// Most bytes of one argument that are recorded: more than one write of the store or of its index.
pub const LONGEST: usize = 64 << 20;

/// What a call did. Paths are full; lengths and places are in bytes.
#[allow(missing_docs, reason = "each variant says what its fields are")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// A file is there, made if it was not; `cut`: and is empty now.
    Open {
        path: PathBuf,
        create: bool,
        cut: bool,
    },
    /// Bytes were written at a place.
    Write {
        path: PathBuf,
        offset: usize,
        bytes: Vec<u8>,
    },
    /// A file has this length now.
    Truncate { path: PathBuf, length: usize },
    /// A name was replaced by another one, in one step.
    Rename { from: PathBuf, to: PathBuf },
    /// A file or an empty folder is gone.
    Remove { path: PathBuf },
    /// A folder was made.
    MakeDir { path: PathBuf },
    /// A file or folder was made durable.
    Sync { path: PathBuf },
    /// The worker said something on its standard output.
    Said(String),
}

/// One call that ended well.
#[derive(Clone, Debug)]
pub struct Call {
    /// Which thread made it.
    pub thread: u32,
    /// Place in the trace where it began. What ended after this, a sync does not cover.
    pub begun: usize,
    /// Place in the trace where it ended.
    pub ended: usize,
    /// What it did.
    pub act: Act,
}

/// Reads the trace of a worker that had all its files below `root`.
///
/// # Errors
/// When a line cannot be read, or a call changed something below `root` in a way this does not follow.
pub fn read(text: &str, root: &Path) -> Result<Vec<Call>> {
    let mut reader = Reader {
        root,
        files: BTreeMap::new(),
        calls: Vec::new(),
    };
    let mut unfinished: BTreeMap<u32, (usize, String)> = BTreeMap::new();
    for (place, line) in text.lines().enumerate() {
        let wrong = |what: &str| {
            let shown: String = line.chars().take(300).collect();
            format!("line {} of the trace, {what}: {shown}", place + 1)
        };
        let (thread, rest) = line
            .trim_start()
            .split_once(' ')
            .ok_or_else(|| wrong("no thread"))?;
        let thread: u32 = thread.parse().map_err(|_| wrong("no thread"))?;
        let rest = rest.trim_start();
        if rest.starts_with("+++") || rest.starts_with("---") {
            continue;
        }
        if let Some(begin) = rest.strip_suffix("<unfinished ...>") {
            unfinished.insert(thread, (place, begin.to_owned()));
            continue;
        }
        let (begun, whole) = match rest.strip_prefix("<... ") {
            None => (place, rest.to_owned()),
            Some(resumed) => {
                let (begun, begin) = unfinished
                    .remove(&thread)
                    .ok_or_else(|| wrong("resumes nothing"))?;
                let (_, end) = resumed
                    .split_once(" resumed>")
                    .ok_or_else(|| wrong("resumes what?"))?;
                (begun, begin + end)
            }
        };
        reader
            .line(thread, begun, place, &whole)
            .map_err(|what| wrong(&what))?;
    }
    Ok(reader.calls)
}

struct Reader<'a> {
    root: &'a Path,
    /// By open file below the folder: where it stands for calls that name no place, and whether it only appends.
    files: BTreeMap<i64, Place>,
    calls: Vec<Call>,
}

#[derive(Clone, Copy)]
struct Place {
    offset: usize,
    appends: bool,
}

impl Reader<'_> {
    fn line(&mut self, thread: u32, begun: usize, ended: usize, line: &str) -> Result<()> {
        let (name, rest) = line.split_once('(').ok_or("no call")?;
        let (arguments, result) = rest
            .rsplit_once(") = ")
            .or_else(|| {
                // strace pads short lines so that results stand under each other.
                let at = rest.rfind(" = ")?;
                let arguments = rest.get(..at)?.trim_end().strip_suffix(')')?;
                Some((arguments, rest.get(at + 3..)?))
            })
            .ok_or("no result")?;
        let result = result.trim();
        // A call that failed changed nothing. `?`: the process ended in it.
        if result.starts_with('-') || result.starts_with('?') {
            return Ok(());
        }
        let arguments = Arguments(arguments.split(", ").map(str::trim).collect());
        let value = number(result.split(['<', ' ']).next().unwrap_or_default())?;
        let act = self.act(name.trim(), &arguments, result, value)?;
        if let Some(act) = act {
            self.calls.push(Call {
                thread,
                begun,
                ended,
                act,
            });
        }
        Ok(())
    }

    fn act(
        &mut self,
        name: &str,
        arguments: &Arguments<'_>,
        result: &str,
        value: i64,
    ) -> Result<Option<Act>> {
        let ours = |path: PathBuf| path.starts_with(self.root).then_some(path);
        Ok(match name {
            "openat" | "open" | "creat" => {
                let (path, flags) = match name {
                    "openat" => (arguments.path_at(0, 1)?, arguments.get(2)?),
                    "open" => (arguments.path(0)?, arguments.get(1)?),
                    _ => (arguments.path(0)?, "O_CREAT|O_TRUNC"),
                };
                let Some(path) = ours(path) else {
                    self.files.remove(&value);
                    return Ok(None);
                };
                let has = |flag: &str| flags.split('|').any(|found| found == flag);
                if has("O_TMPFILE") {
                    return Err("a file without a name".to_owned());
                }
                if has("O_DIRECTORY") {
                    return Ok(None);
                }
                self.files.insert(
                    value,
                    Place {
                        offset: 0,
                        appends: has("O_APPEND"),
                    },
                );
                let (create, cut) = (has("O_CREAT"), has("O_TRUNC"));
                (create || cut).then_some(Act::Open { path, create, cut })
            }
            "write" | "pwrite64" => {
                let (fd, path) = arguments.file(0)?;
                if fd == 1 {
                    let text = String::from_utf8_lossy(&arguments.bytes(1)?).into_owned();
                    return Ok(Some(Act::Said(text)));
                }
                let Some(path) = ours(path) else {
                    return Ok(None);
                };
                let mut bytes = arguments.bytes(1)?;
                bytes.truncate(usize::try_from(value).map_err(said("length"))?);
                let offset = if name == "pwrite64" {
                    usize::try_from(number(arguments.get(3)?)?).map_err(said("offset"))?
                } else {
                    let place = self
                        .files
                        .get_mut(&fd)
                        .ok_or("a file that was not opened")?;
                    if place.appends {
                        return Err("an appending write".to_owned());
                    }
                    let offset = place.offset;
                    place.offset += bytes.len();
                    offset
                };
                Some(Act::Write {
                    path,
                    offset,
                    bytes,
                })
            }
            "lseek" => {
                let (fd, _) = arguments.file(0)?;
                if let Some(place) = self.files.get_mut(&fd) {
                    place.offset = usize::try_from(value).map_err(said("offset"))?;
                }
                None
            }
            "ftruncate" => {
                let length = usize::try_from(number(arguments.get(1)?)?).map_err(said("length"))?;
                ours(arguments.file(0)?.1).map(|path| Act::Truncate { path, length })
            }
            "fallocate" => {
                let Some(path) = ours(arguments.file(0)?.1) else {
                    return Ok(None);
                };
                if number(arguments.get(1)?)? != 0 {
                    return Err("an allocation of another kind".to_owned());
                }
                let end = number(arguments.get(2)?)? + number(arguments.get(3)?)?;
                let length = usize::try_from(end).map_err(said("length"))?;
                // Grows the file with zeroes and changes nothing else: the same as writing its last byte where there was none.
                Some(Act::Write {
                    path,
                    offset: length,
                    bytes: Vec::new(),
                })
            }
            "fsync" | "fdatasync" => ours(arguments.file(0)?.1).map(|path| Act::Sync { path }),
            // Promises nothing about a power cut: no length, no place of the blocks, no cache of the device.
            "sync_file_range" => None,
            "rename" => self.renamed(arguments.path(0)?, arguments.path(1)?),
            "renameat" | "renameat2" => {
                self.renamed(arguments.path_at(0, 1)?, arguments.path_at(2, 3)?)
            }
            "unlink" | "rmdir" => ours(arguments.path(0)?).map(|path| Act::Remove { path }),
            "unlinkat" => ours(arguments.path_at(0, 1)?).map(|path| Act::Remove { path }),
            "mkdir" => ours(arguments.path(0)?).map(|path| Act::MakeDir { path }),
            "mkdirat" => ours(arguments.path_at(0, 1)?).map(|path| Act::MakeDir { path }),
            "close" => {
                self.files.remove(&arguments.file(0)?.0);
                None
            }
            "mmap" => {
                let is_shared = arguments.get(3)?.contains("MAP_SHARED")
                    && arguments.get(2)?.contains("PROT_WRITE");
                if is_shared
                    && arguments
                        .file(4)
                        .is_ok_and(|(_, path)| ours(path).is_some())
                {
                    return Err("a file written through memory".to_owned());
                }
                None
            }
            "fcntl" => None,
            // Nothing here may touch the folder: what it would change is not followed.
            _ => {
                if arguments
                    .0
                    .iter()
                    .any(|argument| mentions(argument, self.root))
                    || mentions(result, self.root)
                {
                    return Err(format!("{name} is not followed"));
                }
                None
            }
        })
    }

    fn renamed(&self, from: PathBuf, to: PathBuf) -> Option<Act> {
        from.starts_with(self.root)
            .then_some(Act::Rename { from, to })
    }
}

struct Arguments<'a>(Vec<&'a str>);

impl Arguments<'_> {
    fn get(&self, at: usize) -> Result<&str> {
        self.0
            .get(at)
            .copied()
            .ok_or_else(|| format!("no argument {at}"))
    }

    fn bytes(&self, at: usize) -> Result<Vec<u8>> {
        let text = self.get(at)?;
        let inside = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'));
        hex(inside.ok_or("a text that was cut off")?)
    }

    fn path(&self, at: usize) -> Result<PathBuf> {
        let path = PathBuf::from(String::from_utf8(self.bytes(at)?).map_err(said("path"))?);
        if path.is_absolute() {
            Ok(path)
        } else {
            Err("a relative path".to_owned())
        }
    }

    /// A path beside the open folder it may be relative to.
    fn path_at(&self, folder: usize, at: usize) -> Result<PathBuf> {
        let name = PathBuf::from(String::from_utf8(self.bytes(at)?).map_err(said("path"))?);
        Ok(if name.is_absolute() {
            name
        } else {
            annotated(self.get(folder)?)?.join(name)
        })
    }

    /// An open file and what it is.
    fn file(&self, at: usize) -> Result<(i64, PathBuf)> {
        let text = self.get(at)?;
        let fd = number(text.split('<').next().unwrap_or_default())?;
        Ok((fd, annotated(text).unwrap_or_default()))
    }
}

/// The path in `3<\x2f...>`; a file that has lost its name has none.
fn annotated(text: &str) -> Result<PathBuf> {
    let inside = text
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    let (path, rest) = inside.ok_or("an open file without a path")?;
    if rest.contains("(deleted)") {
        return Err("a file that was removed".to_owned());
    }
    let path = String::from_utf8(hex(path)?).map_err(said("path"))?;
    Ok(PathBuf::from(path))
}

fn mentions(text: &str, root: &Path) -> bool {
    let quoted = text.trim_matches('"');
    hex(quoted).is_ok_and(|bytes| {
        Path::new(&String::from_utf8_lossy(&bytes).into_owned()).starts_with(root)
    }) || annotated(text).is_ok_and(|path| path.starts_with(root))
}

fn hex(text: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4);
    let mut rest = text;
    while !rest.is_empty() {
        let (pair, after) = rest
            .strip_prefix("\\x")
            .and_then(|rest| rest.split_at_checked(2))
            .ok_or("bytes that do not read")?;
        bytes.push(u8::from_str_radix(pair, 16).map_err(said("byte"))?);
        rest = after;
    }
    Ok(bytes)
}

fn number(text: &str) -> Result<i64> {
    let parsed = match text.strip_prefix("0x") {
        // A place in memory may be more than a signed number holds; only that it is one counts.
        Some(digits) => u64::from_str_radix(digits, 16).map(|found| found as i64),
        None => text.parse(),
    };
    parsed.map_err(|_| format!("no number: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coded(text: &str) -> String {
        text.bytes().map(|byte| format!("\\x{byte:02x}")).collect()
    }

    #[test]
    fn calls_are_read_in_the_order_in_which_they_end() {
        let (dir, file, out) = (coded("/r"), coded("/r/a"), coded("/tmp/out"));
        let trace = format!(
            "7  openat(AT_FDCWD<{dir}>, \"{file}\", O_RDWR|O_CREAT|O_CLOEXEC, 0600) = 3<{file}>\n\
             7  pwrite64(3<{file}>, \"\\x01\\x02\", 2, 5) = 2\n\
             7  fdatasync(3<{file}> <unfinished ...>\n\
             8  pwrite64(3<{file}>, \"\\x03\", 1, 0) = 1\n\
             7  <... fdatasync resumed>)             = 0\n\
             7  write(1<{out}>, \"{}\", 3) = 3\n\
             7  unlink(\"{file}\") = -1 ENOENT (No such file or directory)\n\
             7  +++ exited with 0 +++\n",
            coded("ok\n")
        );
        let calls = read(&trace, Path::new("/r")).unwrap();
        let path = PathBuf::from("/r/a");
        let acts: Vec<_> = calls.iter().map(|call| call.act.clone()).collect();
        assert_eq!(
            acts,
            [
                Act::Open {
                    path: path.clone(),
                    create: true,
                    cut: false
                },
                Act::Write {
                    path: path.clone(),
                    offset: 5,
                    bytes: vec![1, 2]
                },
                Act::Write {
                    path: path.clone(),
                    offset: 0,
                    bytes: vec![3]
                },
                Act::Sync { path },
                Act::Said("ok\n".to_owned()),
            ]
        );
        // The second write ended after the sync began: it is not covered.
        assert!(calls[3].begun < calls[2].ended && calls[3].begun > calls[1].ended);
    }

    #[test]
    fn what_is_not_followed_is_an_error() {
        let file = coded("/r/a");
        for call in [
            format!("7  writev(3<{file}>, [{{iov_base=\"\\x00\", iov_len=1}}], 1) = 1"),
            format!(
                "7  linkat(AT_FDCWD<{0}>, \"{file}\", AT_FDCWD<{0}>, \"{file}\", 0) = 0",
                coded("/")
            ),
            format!("7  pwrite64(3<{file}>, \"\\x00\"..., 9, 0) = 9"),
            "7  nonsense".to_owned(),
        ] {
            assert!(read(&call, Path::new("/r")).is_err(), "{call}");
        }
    }
}
