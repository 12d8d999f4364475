//! A root or reserve key, or a key that approves drafts, in a file of its own, on whatever its holder keeps it: a stick, most often, whose file system may know
//! neither owners nor permissions. So it is the seal that protects it there; what is not sealed must be for its owner alone.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

use super::custody::{check_owner, content, io_fault, open_key, open_plain, read_bounded};
use super::{KeyFault, Passphrase, Purpose, Seed, seal};

/// What the holders of an institution keep.
const OFFICERS: &[Purpose] = &[Purpose::Root, Purpose::Reserve];

/// Writes a new key file; sealed when a passphrase is given. Durable on return.
///
/// # Errors
/// [`KeyFault::Exists`] when there is a file already: keys are never overwritten.
pub fn write_officer_key(
    path: &Path,
    purpose: Purpose,
    seed: &Seed,
    passphrase: Option<&Passphrase>,
) -> Result<(), KeyFault> {
    let content = content(purpose, seed, passphrase, None)?;
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .custom_flags(OFlags::NOFOLLOW.bits() as i32)
        .open(path);
    let mut file = match made {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            return Err(KeyFault::Exists {
                path: path.to_owned(),
            });
        }
        Err(e) => return Err(io_fault("create", path)(e)),
    };
    let written = file.write_all(&content).and_then(|()| file.sync_all());
    if let Err(e) = written {
        // Half a key is no key; the file was made here.
        let _ = fs::remove_file(path);
        return Err(io_fault("write", path)(e));
    }
    let folder = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    File::open(folder)
        .and_then(|d| d.sync_all())
        .map_err(io_fault("sync", folder))
}

/// Whether these bytes are those of a key file, sealed or not: to say so where a public file is asked for.
pub fn is_key_file(bytes: &[u8]) -> bool {
    seal::is_sealed(bytes) || bytes.starts_with(super::seed::MARK.as_bytes())
}

/// Whether the key in a file needs a passphrase.
///
/// # Errors
/// When there is no such file, or it is no plain file.
pub fn officer_key_is_sealed(path: &Path) -> Result<bool, KeyFault> {
    let (file, meta) = open_plain(path)?;
    Ok(seal::is_sealed(&read_bounded(path, file, &meta)?))
}

/// Reads a root or reserve key, and says which of the two it was made as.
///
/// # Errors
/// [`KeyFault::Sealed`] when it needs a passphrase and none is given; [`KeyFault::Loose`] or [`KeyFault::Foreign`] when it is neither
/// sealed nor for its owner alone; otherwise what is wrong with the file.
pub fn read_officer_key(
    path: &Path,
    passphrase: Option<&Passphrase>,
) -> Result<(Purpose, Seed), KeyFault> {
    read(path, OFFICERS, passphrase)
}

/// Reads a key that approves drafts. One for another purpose is not taken: a root key has no business on a machine with a network.
///
/// # Errors
/// As [`read_officer_key`].
pub fn read_approving_key(path: &Path, passphrase: Option<&Passphrase>) -> Result<Seed, KeyFault> {
    read(path, &[Purpose::Officer], passphrase).map(|(_, seed)| seed)
}

fn read(
    path: &Path,
    accepted: &[Purpose],
    passphrase: Option<&Passphrase>,
) -> Result<(Purpose, Seed), KeyFault> {
    let (file, meta) = open_plain(path)?;
    let bytes = read_bounded(path, file, &meta)?;
    if !is_key_file(&bytes) {
        return Err(KeyFault::NoKey {
            path: path.to_owned(),
        });
    }
    if !seal::is_sealed(&bytes) {
        check_owner(path, &meta, 0o600)?;
    }
    open_key(path, &bytes, accepted, passphrase)
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn an_open_key_must_be_private_and_a_sealed_one_need_not() {
        let place = tempfile::tempdir().unwrap();
        let seed = Seed::random().unwrap();
        let loose = |path: &Path| {
            fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
        };
        let open = place.path().join("open.key");
        write_officer_key(&open, Purpose::Reserve, &seed, None).unwrap();
        let (purpose, read) = read_officer_key(&open, None).unwrap();
        assert_eq!((purpose, read.expose()), (Purpose::Reserve, seed.expose()));
        loose(&open);
        assert!(matches!(
            read_officer_key(&open, None),
            Err(KeyFault::Loose { .. })
        ));
        // On a stick every file may have any mode; the seal is what protects it.
        let passphrase = Passphrase::new("four plain words here");
        let sealed = place.path().join("sealed.key");
        fs::write(
            &sealed,
            &*content(Purpose::Root, &seed, Some(&passphrase), Some(4)).unwrap(),
        )
        .unwrap();
        loose(&sealed);
        assert!(officer_key_is_sealed(&sealed).unwrap());
        assert!(matches!(
            read_officer_key(&sealed, None),
            Err(KeyFault::Sealed { .. })
        ));
        assert_eq!(
            read_officer_key(&sealed, Some(&passphrase)).unwrap().0,
            Purpose::Root
        );
    }

    #[test]
    fn a_key_is_never_overwritten_and_a_node_key_is_no_root_key() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.key");
        let seed = Seed::random().unwrap();
        write_officer_key(&path, Purpose::Node, &seed, None).unwrap();
        assert!(matches!(
            write_officer_key(&path, Purpose::Root, &seed, None),
            Err(KeyFault::Exists { .. })
        ));
        let error = read_officer_key(&path, None).unwrap_err().to_string();
        assert!(error.contains("another purpose"), "{error}");
        let root = place.path().join("root.key");
        write_officer_key(&root, Purpose::Root, &seed, None).unwrap();
        let error = read_approving_key(&root, None).unwrap_err().to_string();
        assert!(error.contains("another purpose"), "{error}");
        let approving = place.path().join("officer.key");
        write_officer_key(&approving, Purpose::Officer, &seed, None).unwrap();
        assert!(read_officer_key(&approving, None).is_err());
        let read = read_approving_key(&approving, None).unwrap();
        assert_eq!(read.expose(), seed.expose());
    }
}
