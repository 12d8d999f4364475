//! The key folder: who may read it, how files get into it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use zeroize::Zeroizing;

use super::seal::{self, Passphrase};
use super::{KeyFault, Purpose, Seed};

/// Largest key file read, bytes. A sealed one has about 300.
const MAX_FILE: u64 = 16_384;

/// The account that runs this program.
fn me() -> u32 {
    rustix::process::geteuid().as_raw()
}

pub(super) fn io_fault(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> KeyFault {
    move |source| KeyFault::Io {
        doing,
        path: path.to_owned(),
        source,
    }
}

/// The folder `keys` of a node.
#[derive(Clone, Debug)]
pub struct KeyDir {
    path: PathBuf,
}

impl KeyDir {
    /// Makes the folder, or takes over an existing one that passes the checks of [`KeyDir::open`].
    ///
    /// # Errors
    /// When it cannot be made, or exists and is not for the owner alone.
    pub fn create(path: &Path) -> Result<Self, KeyFault> {
        match fs::DirBuilder::new().mode(0o700).create(path) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(io_fault("create", path)(e)),
        }
        Self::open(path)
    }

    /// Opens the folder.
    ///
    /// # Errors
    /// When it is missing, a symbolic link, looser than 0700, or another account's.
    pub fn open(path: &Path) -> Result<Self, KeyFault> {
        let meta = match fs::symlink_metadata(path) {
            Ok(meta) => meta,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(KeyFault::Missing {
                    path: path.to_owned(),
                });
            }
            Err(e) => return Err(io_fault("look at", path)(e)),
        };
        if !meta.is_dir() {
            return Err(KeyFault::Kind {
                path: path.to_owned(),
                wanted: "folder",
            });
        }
        check_owner(path, &meta, 0o700)?;
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file of a key.
    pub fn file(&self, purpose: Purpose) -> PathBuf {
        self.path.join(purpose.file_name())
    }

    /// Whether there is a file of that purpose, usable or not.
    pub fn has(&self, purpose: Purpose) -> bool {
        fs::symlink_metadata(self.file(purpose)).is_ok()
    }

    /// Writes a new key; sealed when a passphrase is given. Durable on return.
    ///
    /// # Errors
    /// [`KeyFault::Exists`] when there is one already: keys are never overwritten.
    pub fn add(
        &self,
        purpose: Purpose,
        seed: &Seed,
        passphrase: Option<&Passphrase>,
    ) -> Result<PathBuf, KeyFault> {
        self.add_with(purpose, seed, passphrase, None)
    }

    fn add_with(
        &self,
        purpose: Purpose,
        seed: &Seed,
        passphrase: Option<&Passphrase>,
        work_factor: Option<u8>,
    ) -> Result<PathBuf, KeyFault> {
        let content = content(purpose, seed, passphrase, work_factor)?;
        let target = self.file(purpose);
        let passing = self.path.join(format!(".{}.new", purpose.file_name()));
        // A leftover of an interrupted attempt was never a key.
        match fs::remove_file(&passing) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(io_fault("remove", &passing)(e)),
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .custom_flags(OFlags::NOFOLLOW.bits() as i32)
            .open(&passing)
            .map_err(io_fault("create", &passing))?;
        file.write_all(&content)
            .map_err(io_fault("write", &passing))?;
        file.sync_all().map_err(io_fault("sync", &passing))?;
        // A link fails when the target exists, where a rename would replace it.
        let linked = fs::hard_link(&passing, &target);
        fs::remove_file(&passing).map_err(io_fault("remove", &passing))?;
        match linked {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                return Err(KeyFault::Exists { path: target });
            }
            Err(e) => return Err(io_fault("create", &target)(e)),
        }
        File::open(&self.path)
            .and_then(|d| d.sync_all())
            .map_err(io_fault("sync", &self.path))?;
        Ok(target)
    }

    /// Puts the next node key in the place of the node key, whose file is kept under another name. Durable on return.
    ///
    /// # Errors
    /// When there is no next node key, or a file cannot be renamed.
    pub fn advance_node(&self) -> Result<PathBuf, KeyFault> {
        self.check(Purpose::NextNode)?;
        let node = self.file(Purpose::Node);
        // Linked first and replaced in one step: at no moment is there no node key.
        let kept = (1u32..)
            .map(|number| self.path.join(format!("node-{number}.key")))
            .find(|path| fs::symlink_metadata(path).is_err())
            .ok_or_else(|| KeyFault::Exists { path: node.clone() })?;
        fs::hard_link(&node, &kept).map_err(io_fault("keep", &kept))?;
        fs::rename(self.file(Purpose::NextNode), &node).map_err(io_fault("replace", &node))?;
        File::open(&self.path)
            .and_then(|d| d.sync_all())
            .map_err(io_fault("sync", &self.path))?;
        Ok(kept)
    }

    /// Makes the next node key the node key, where the file of the node key is gone. Durable on return; without a next node key nothing changes.
    ///
    /// # Errors
    /// [`KeyFault::Exists`] when there is a node key; otherwise when a file cannot be renamed.
    pub fn adopt_next_node(&self) -> Result<(), KeyFault> {
        let node = self.file(Purpose::Node);
        if fs::symlink_metadata(&node).is_ok() {
            return Err(KeyFault::Exists { path: node });
        }
        if !self.has(Purpose::NextNode) {
            return Ok(());
        }
        self.check(Purpose::NextNode)?;
        fs::rename(self.file(Purpose::NextNode), &node).map_err(io_fault("replace", &node))?;
        File::open(&self.path)
            .and_then(|d| d.sync_all())
            .map_err(io_fault("sync", &self.path))
    }

    /// Whether the key is sealed.
    ///
    /// # Errors
    /// As [`KeyDir::read`].
    pub fn is_sealed(&self, purpose: Purpose) -> Result<bool, KeyFault> {
        Ok(seal::is_sealed(&self.bytes(purpose)?))
    }

    /// Checks folder mode, owner and kind of one key file without using the key.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, purpose: Purpose) -> Result<(), KeyFault> {
        let bytes = self.bytes(purpose)?;
        if seal::is_sealed(&bytes) {
            Ok(())
        } else {
            self.read(purpose, None).map(|_| ())
        }
    }

    /// Reads a key.
    ///
    /// # Errors
    /// [`KeyFault::Sealed`] when it needs a passphrase and none is given; otherwise what is wrong with the file.
    pub fn read(
        &self,
        purpose: Purpose,
        passphrase: Option<&Passphrase>,
    ) -> Result<Seed, KeyFault> {
        let bytes = self.bytes(purpose)?;
        open_key(&self.file(purpose), &bytes, &[purpose], passphrase).map(|(_, seed)| seed)
    }

    fn bytes(&self, purpose: Purpose) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
        let path = self.file(purpose);
        let (file, meta) = open_plain(&path)?;
        check_owner(&path, &meta, 0o600)?;
        read_bounded(&path, file, &meta)
    }
}

/// What a key file holds.
pub(super) fn content(
    purpose: Purpose,
    seed: &Seed,
    passphrase: Option<&Passphrase>,
    work_factor: Option<u8>,
) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
    let plain = seed.to_text(purpose);
    Ok(match passphrase {
        Some(passphrase) => Zeroizing::new(seal::seal(&plain, passphrase, work_factor)?),
        None => Zeroizing::new(plain.as_bytes().to_vec()),
    })
}

/// Opens a file for reading, if it is one: no link is followed, no pipe waited for.
pub(super) fn open_plain(path: &Path) -> Result<(File, fs::Metadata), KeyFault> {
    let not_plain = || KeyFault::Kind {
        path: path.to_owned(),
        wanted: "file",
    };
    let file = match OpenOptions::new()
        .read(true)
        .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32)
        .open(path)
    {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return Err(KeyFault::Missing {
                path: path.to_owned(),
            });
        }
        Err(e) if e.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
            return Err(not_plain());
        }
        Err(e) => return Err(io_fault("open", path)(e)),
    };
    // Asked of the open file, not of the path: nothing can be swapped in between.
    let meta = file.metadata().map_err(io_fault("look at", path))?;
    if meta.is_file() {
        Ok((file, meta))
    } else {
        Err(not_plain())
    }
}

/// Reads a key file whole.
pub(super) fn read_bounded(
    path: &Path,
    mut file: File,
    meta: &fs::Metadata,
) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
    if meta.len() > MAX_FILE {
        return Err(KeyFault::Content {
            path: path.to_owned(),
            what: format!("it is larger than {MAX_FILE} bytes"),
        });
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_FILE as usize));
    Read::by_ref(&mut file)
        .take(MAX_FILE)
        .read_to_end(&mut bytes)
        .map_err(io_fault("read", path))?;
    Ok(bytes)
}

/// The key in the bytes of a file, sealed or not.
pub(super) fn open_key(
    path: &Path,
    bytes: &[u8],
    accepted: &[Purpose],
    passphrase: Option<&Passphrase>,
) -> Result<(Purpose, Seed), KeyFault> {
    let wrong = |what: String| KeyFault::Content {
        path: path.to_owned(),
        what,
    };
    if seal::is_sealed(bytes) {
        let passphrase = passphrase.ok_or_else(|| KeyFault::Sealed {
            path: path.to_owned(),
        })?;
        let text = seal::unseal(bytes, passphrase).map_err(|fault| match fault {
            seal::SealFault::Passphrase => KeyFault::Passphrase {
                path: path.to_owned(),
            },
            seal::SealFault::File(what) => wrong(format!("the seal does not open: {what}")),
        })?;
        return Seed::from_text(&text, accepted).map_err(|e| wrong(e.into()));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| wrong("it is not text".into()))?;
    Seed::from_text(text, accepted).map_err(|e| wrong(e.into()))
}

pub(super) fn check_owner(path: &Path, meta: &fs::Metadata, wanted: u32) -> Result<(), KeyFault> {
    if meta.uid() != me() {
        return Err(KeyFault::Foreign {
            path: path.to_owned(),
            owner: meta.uid(),
            me: me(),
        });
    }
    let mode = meta.permissions().mode() & 0o7777;
    if mode & !wanted != 0 {
        return Err(KeyFault::Loose {
            path: path.to_owned(),
            mode,
            wanted,
        });
    }
    Ok(())
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, KeyDir) {
        let place = tempfile::tempdir().unwrap();
        let keys = KeyDir::create(&place.path().join("keys")).unwrap();
        (place, keys)
    }

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_key_comes_back_and_only_its_owner_can_read_it() {
        let (_place, keys) = folder();
        let seed = Seed::random().unwrap();
        let path = keys.add(Purpose::Node, &seed, None).unwrap();
        assert_eq!(
            keys.read(Purpose::Node, None).unwrap().expose(),
            seed.expose()
        );
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(
            fs::metadata(keys.path()).unwrap().permissions().mode() & 0o777,
            0o700
        );
        assert_eq!(
            fs::read_dir(keys.path()).unwrap().count(),
            1,
            "the passing file is gone"
        );
    }

    #[test]
    fn a_key_is_never_overwritten() {
        let (_place, keys) = folder();
        let first = Seed::random().unwrap();
        keys.add(Purpose::Root, &first, None).unwrap();
        let again = keys.add(Purpose::Root, &Seed::random().unwrap(), None);
        assert!(matches!(again, Err(KeyFault::Exists { .. })));
        assert_eq!(
            keys.read(Purpose::Root, None).unwrap().expose(),
            first.expose()
        );
    }

    #[test]
    fn looser_files_folders_and_links_are_refused() {
        let (place, keys) = folder();
        let path = keys
            .add(Purpose::Node, &Seed::random().unwrap(), None)
            .unwrap();
        for loose in [0o640, 0o604, 0o700, 0o4600] {
            mode(&path, loose);
            assert!(
                matches!(keys.read(Purpose::Node, None), Err(KeyFault::Loose { .. })),
                "{loose:o}"
            );
        }
        // Negative control: the same file is read again as soon as its mode is right.
        mode(&path, 0o600);
        keys.read(Purpose::Node, None).unwrap();
        mode(keys.path(), 0o750);
        assert!(matches!(
            KeyDir::open(keys.path()),
            Err(KeyFault::Loose { .. })
        ));
        mode(keys.path(), 0o700);
        let elsewhere = place.path().join("elsewhere");
        fs::rename(&path, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        assert!(matches!(
            keys.read(Purpose::Node, None),
            Err(KeyFault::Kind { .. })
        ));
        let link = place.path().join("link");
        std::os::unix::fs::symlink(keys.path(), &link).unwrap();
        assert!(matches!(KeyDir::open(&link), Err(KeyFault::Kind { .. })));
    }

    #[test]
    fn a_sealed_key_opens_with_its_passphrase_only() {
        let (_place, keys) = folder();
        let seed = Seed::random().unwrap();
        let passphrase = Passphrase::new("four plain words here\n");
        let path = keys
            .add_with(Purpose::Root, &seed, Some(&passphrase), Some(4))
            .unwrap();
        let stored = fs::read(&path).unwrap();
        assert!(keys.is_sealed(Purpose::Root).unwrap());
        assert!(!stored.windows(4).any(|w| w == b"seed"));
        assert!(matches!(
            keys.read(Purpose::Root, None),
            Err(KeyFault::Sealed { .. })
        ));
        assert!(matches!(
            keys.read(Purpose::Root, Some(&Passphrase::new("three plain words"))),
            Err(KeyFault::Passphrase { .. })
        ));
        let opened = keys
            .read(
                Purpose::Root,
                Some(&Passphrase::new("four plain words here")),
            )
            .unwrap();
        assert_eq!(opened.expose(), seed.expose());
        // Negative control: what is damaged is not put down to the passphrase.
        fs::write(&path, &stored[..stored.len() - 1]).unwrap();
        assert!(matches!(
            keys.read(Purpose::Root, Some(&passphrase)),
            Err(KeyFault::Content { .. })
        ));
    }

    #[test]
    fn a_key_for_another_purpose_is_not_taken() {
        let (_place, keys) = folder();
        let path = keys
            .add(Purpose::Root, &Seed::random().unwrap(), None)
            .unwrap();
        fs::rename(&path, keys.file(Purpose::Node)).unwrap();
        let error = keys.read(Purpose::Node, None).unwrap_err().to_string();
        assert!(error.contains("another purpose"), "{error}");
    }

    #[test]
    fn the_next_node_key_becomes_the_node_key_only_where_that_is_gone() {
        let (_place, keys) = folder();
        let [first, next] = [Seed::random().unwrap(), Seed::random().unwrap()];
        keys.add(Purpose::Node, &first, None).unwrap();
        keys.add(Purpose::NextNode, &next, None).unwrap();
        assert!(matches!(
            keys.adopt_next_node(),
            Err(KeyFault::Exists { .. })
        ));
        fs::remove_file(keys.file(Purpose::Node)).unwrap();
        keys.adopt_next_node().unwrap();
        let now = keys.read(Purpose::Node, None).unwrap();
        assert_eq!(now.expose(), next.expose());
        assert!(!keys.has(Purpose::NextNode));
    }

    #[test]
    fn the_next_node_key_takes_the_place_of_the_node_key() {
        let (_place, keys) = folder();
        let (first, second) = (Seed::random().unwrap(), Seed::random().unwrap());
        keys.add(Purpose::Node, &first, None).unwrap();
        assert!(keys.advance_node().is_err(), "there is none yet");
        keys.add(Purpose::NextNode, &second, None).unwrap();
        let kept = keys.advance_node().unwrap();
        let now = keys.read(Purpose::Node, None).unwrap();
        assert_eq!(now.expose(), second.expose());
        assert!(!keys.has(Purpose::NextNode) && kept.is_file());
    }

    #[test]
    fn secrets_are_not_shown() {
        let seed = Seed::from_bytes([7; 32]);
        assert_eq!(format!("{seed:?}"), "Seed(hidden)");
        assert_eq!(
            format!("{:?}", Passphrase::new("sesame opens")),
            "Passphrase(hidden)"
        );
    }
}
