//! A file system that knows what is durable, and the folders a power cut may leave of it.
//!
//! Of each file it keeps what everybody reads, and beside it what was there at its last sync and every change since. Of each folder the same:
//! names are durable by a sync of their folder only, as POSIX has it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Component, Path, PathBuf};

use crate::random::Random;
use crate::trace::{Act, Call};
use crate::{Result, said};

/// What of the un-synced changes a power cut leaves. In all but the first, of each folder's changes of names a beginning of random
/// length, as journaling file systems keep their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Image {
    /// Nothing.
    Strict,
    /// Each change with probability one half.
    Dropped,
    /// Each change with probability one half, in any order.
    Reordered,
    /// Each block of so many bytes of each write with probability one half: a sector, or a page.
    Torn(usize),
}

impl Image {
    /// All kinds.
    pub const ALL: [Self; 5] = [
        Self::Strict,
        Self::Dropped,
        Self::Reordered,
        Self::Torn(512),
        Self::Torn(4096),
    ];
}

/// Syncs that shall count as nothing, for the controls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// None.
    Nothing,
    /// Those of the journal's segments.
    Journal,
    /// Those of the guard.
    Guard,
    /// Those of folders.
    Folders,
}

impl Ignored {
    fn holds(self, path: &Path, is_folder: bool) -> bool {
        match self {
            Self::Nothing => false,
            Self::Journal => path.extension().is_some_and(|ext| ext == "seg"),
            Self::Guard => path
                .file_name()
                .is_some_and(|name| name == crate::load::GUARD),
            Self::Folders => is_folder,
        }
    }
}

#[derive(Clone, Debug)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate(usize),
}

#[derive(Clone, Debug)]
enum NameChange {
    Link(String, usize),
    Unlink(String),
    Rename(String, String, usize),
}

type Names = BTreeMap<String, usize>;

#[derive(Clone, Debug)]
enum Node {
    File {
        length: usize,
        durable: Vec<u8>,
        pending: Vec<(usize, Change)>,
    },
    Folder {
        names: Names,
        durable: Names,
        pending: Vec<(usize, NameChange)>,
    },
}

/// The files below one folder, which itself is durable.
#[derive(Clone, Debug)]
pub struct Disk {
    root: PathBuf,
    nodes: Vec<Node>,
    ignored: Ignored,
}

fn folder() -> Node {
    Node::Folder {
        names: Names::new(),
        durable: Names::new(),
        pending: Vec::new(),
    }
}

impl Disk {
    /// An empty one.
    #[must_use]
    pub fn new(root: &Path, ignored: Ignored) -> Self {
        Self {
            root: root.to_owned(),
            nodes: vec![folder()],
            ignored,
        }
    }

    /// Does what a call did.
    ///
    /// # Errors
    /// When the trace changes what is not there: then it was not followed well.
    pub fn play(&mut self, call: &Call) -> Result<()> {
        match &call.act {
            Act::Said(_) => {}
            Act::MakeDir { path } => {
                self.nodes.push(folder());
                self.link(path, self.nodes.len() - 1, call.ended)?;
            }
            Act::Open { path, create, cut } => match (self.find(path), create) {
                (Ok(node), _) if *cut => self.change(node, call.ended, Change::Truncate(0))?,
                (Ok(_), _) => {}
                (Err(_), true) => {
                    self.nodes.push(Node::File {
                        length: 0,
                        durable: Vec::new(),
                        pending: Vec::new(),
                    });
                    self.link(path, self.nodes.len() - 1, call.ended)?;
                }
                (Err(error), false) => return Err(error),
            },
            Act::Write {
                path,
                offset,
                bytes,
            } => {
                let node = self.find(path)?;
                self.change(
                    node,
                    call.ended,
                    Change::Write {
                        offset: *offset,
                        bytes: bytes.clone(),
                    },
                )?;
            }
            Act::Truncate { path, length } => {
                let node = self.find(path)?;
                self.change(node, call.ended, Change::Truncate(*length))?;
            }
            Act::Remove { path } => {
                let (parent, name) = self.place(path)?;
                self.rename(parent, NameChange::Unlink(name), call.ended)?;
            }
            Act::Rename { from, to } => {
                let node = self.find(from)?;
                let ((parent, old), (other, new)) = (self.place(from)?, self.place(to)?);
                if parent != other {
                    return Err("a rename from one folder to another is not followed".to_owned());
                }
                self.rename(parent, NameChange::Rename(old, new, node), call.ended)?;
            }
            Act::Sync { path } => {
                let node = self.find(path)?;
                let is_folder = matches!(self.nodes.get(node), Some(Node::Folder { .. }));
                if !self.ignored.holds(path, is_folder) {
                    self.sync(node, call.begun);
                }
            }
        }
        Ok(())
    }

    /// Writes out what comes up after the power was cut now.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn cut(&self, image: Image, random: &mut Random, into: &Path) -> Result<()> {
        self.write_out(0, image, random, into)
    }

    fn find(&self, path: &Path) -> Result<usize> {
        let missing = || format!("{} is not there", path.display());
        let inside = path.strip_prefix(&self.root).map_err(|_| missing())?;
        let mut node = 0;
        for part in inside.components() {
            let (Component::Normal(name), Some(Node::Folder { names, .. })) =
                (part, self.nodes.get(node))
            else {
                return Err(missing());
            };
            node = *names.get(&*name.to_string_lossy()).ok_or_else(missing)?;
        }
        Ok(node)
    }

    fn place(&self, path: &Path) -> Result<(usize, String)> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(format!("{} has no place", path.display()));
        };
        Ok((self.find(parent)?, name.to_string_lossy().into_owned()))
    }

    fn link(&mut self, path: &Path, node: usize, at: usize) -> Result<()> {
        let (parent, name) = self.place(path)?;
        self.rename(parent, NameChange::Link(name, node), at)
    }

    fn rename(&mut self, parent: usize, change: NameChange, at: usize) -> Result<()> {
        let Some(Node::Folder { names, pending, .. }) = self.nodes.get_mut(parent) else {
            return Err("a name in what is no folder".to_owned());
        };
        apply_name(names, &change);
        pending.push((at, change));
        Ok(())
    }

    fn change(&mut self, node: usize, at: usize, change: Change) -> Result<()> {
        let Some(Node::File {
            length, pending, ..
        }) = self.nodes.get_mut(node)
        else {
            return Err("bytes in what is no file".to_owned());
        };
        *length = match &change {
            Change::Write { offset, bytes } => (*length).max(offset + bytes.len()),
            Change::Truncate(length) => *length,
        };
        pending.push((at, change));
        Ok(())
    }

    /// Makes durable what had ended when the sync began.
    fn sync(&mut self, node: usize, begun: usize) {
        match self.nodes.get_mut(node) {
            Some(Node::File {
                durable, pending, ..
            }) => {
                let after = pending.partition_point(|(ended, _)| *ended < begun);
                for (_, change) in pending.drain(..after) {
                    apply(durable, &change);
                }
            }
            Some(Node::Folder {
                durable, pending, ..
            }) => {
                let after = pending.partition_point(|(ended, _)| *ended < begun);
                for (_, change) in pending.drain(..after) {
                    apply_name(durable, &change);
                }
            }
            None => {}
        }
    }

    fn write_out(&self, node: usize, image: Image, random: &mut Random, into: &Path) -> Result<()> {
        match self.nodes.get(node) {
            Some(Node::File {
                durable, pending, ..
            }) => {
                let bytes = survive(durable, pending, image, random);
                let file = fs::File::create(into).map_err(said("create"))?;
                // Blocks of zeroes stay holes: the index's file is mostly empty.
                file.set_len(bytes.len() as u64).map_err(said("grow"))?;
                for (number, block) in bytes.chunks(64 << 10).enumerate() {
                    if block.iter().any(|byte| *byte != 0) {
                        file.write_all_at(block, (number * (64 << 10)) as u64)
                            .map_err(said("write"))?;
                    }
                }
                Ok(())
            }
            Some(Node::Folder {
                durable, pending, ..
            }) => {
                fs::create_dir_all(into).map_err(said("make"))?;
                let mut names = durable.clone();
                let kept = if image == Image::Strict {
                    0
                } else {
                    random.below(pending.len() as u64 + 1) as usize
                };
                for (_, change) in &pending[..kept] {
                    apply_name(&mut names, change);
                }
                for (name, node) in names {
                    self.write_out(node, image, random, &into.join(name))?;
                }
                Ok(())
            }
            None => Ok(()),
        }
    }
}

fn survive(
    durable: &[u8],
    pending: &[(usize, Change)],
    image: Image,
    random: &mut Random,
) -> Vec<u8> {
    let mut bytes = durable.to_vec();
    if image == Image::Strict {
        return bytes;
    }
    let mut order: Vec<usize> = (0..pending.len()).collect();
    if image == Image::Reordered {
        for place in (1..order.len()).rev() {
            order.swap(place, random.below(place as u64 + 1) as usize);
        }
    }
    for place in order {
        let change = &pending[place].1;
        match (image, change) {
            (
                Image::Torn(grain),
                Change::Write {
                    offset,
                    bytes: written,
                },
            ) => {
                let mut at = *offset;
                let mut rest = written.as_slice();
                while !rest.is_empty() {
                    // Blocks of the file, not of the write.
                    let (block, after) = rest.split_at(rest.len().min(grain - at % grain));
                    if random.coin() {
                        put(&mut bytes, at, block);
                    }
                    (at, rest) = (at + block.len(), after);
                }
            }
            _ if random.coin() => apply(&mut bytes, change),
            _ => {}
        }
    }
    bytes
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write {
            offset,
            bytes: written,
        } => put(bytes, *offset, written),
        Change::Truncate(length) => bytes.resize(*length, 0),
    }
}

fn put(bytes: &mut Vec<u8>, offset: usize, written: &[u8]) {
    let end = offset + written.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[offset..end].copy_from_slice(written);
}

fn apply_name(names: &mut Names, change: &NameChange) {
    match change {
        NameChange::Link(name, node) => {
            names.insert(name.clone(), *node);
        }
        NameChange::Unlink(name) => {
            names.remove(name);
        }
        NameChange::Rename(old, new, node) => {
            names.remove(old);
            names.insert(new.clone(), *node);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(acts: &[Act], ignored: Ignored) -> Disk {
        let mut disk = Disk::new(Path::new("/r"), ignored);
        for (place, act) in acts.iter().enumerate() {
            let call = Call {
                thread: 1,
                begun: place,
                ended: place,
                act: act.clone(),
            };
            disk.play(&call).unwrap();
        }
        disk
    }

    fn acts() -> Vec<Act> {
        let path = PathBuf::from("/r/d/a.seg");
        let write = |offset, byte| Act::Write {
            path: path.clone(),
            offset,
            bytes: vec![byte; 4],
        };
        vec![
            Act::MakeDir {
                path: "/r/d".into(),
            },
            Act::Sync { path: "/r".into() },
            Act::Open {
                path: path.clone(),
                create: true,
                cut: false,
            },
            write(0, 1),
            Act::Sync { path: path.clone() },
            Act::Sync {
                path: "/r/d".into(),
            },
            write(2, 2),
        ]
    }

    fn strict(disk: &Disk) -> Option<Vec<u8>> {
        let into = tempfile::tempdir().unwrap();
        disk.cut(Image::Strict, &mut Random(1), into.path())
            .unwrap();
        fs::read(into.path().join("d/a.seg")).ok()
    }

    #[test]
    fn strictly_only_what_was_synced_survives() {
        assert_eq!(strict(&played(&acts(), Ignored::Nothing)), Some(vec![1; 4]));
        // A file whose name was never made durable is not there, whatever was synced of it.
        assert_eq!(strict(&played(&acts()[..5], Ignored::Nothing)), None);
        assert_eq!(strict(&played(&acts(), Ignored::Folders)), None);
        assert_eq!(strict(&played(&acts(), Ignored::Journal)), Some(Vec::new()));
    }

    #[test]
    fn what_was_not_synced_survives_sometimes() {
        let disk = played(&acts(), Ignored::Nothing);
        for image in Image::ALL {
            let into = tempfile::tempdir().unwrap();
            let mut seen = std::collections::BTreeSet::new();
            for seed in 0..40 {
                let into = into.path().join(seed.to_string());
                disk.cut(image, &mut Random(seed), &into).unwrap();
                seen.insert(fs::read(into.join("d/a.seg")).unwrap());
            }
            let old = vec![1; 4];
            let new = vec![1, 1, 2, 2, 2, 2];
            let expected = if image == Image::Strict {
                vec![old]
            } else {
                vec![old, new]
            };
            assert_eq!(seen.into_iter().collect::<Vec<_>>(), expected, "{image:?}");
        }
    }
}
