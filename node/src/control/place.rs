//! Where the socket is.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Longest path a Unix socket address holds, bytes: 108 on Linux with the closing zero, 104 elsewhere.
const MAX_PATH: usize = 103;

/// Why there is no place for a socket.
#[derive(Debug, thiserror::Error)]
pub enum SocketFault {
    /// The folder for sockets cannot be used.
    #[error("cannot use {} for the control socket: {what}", path.display())]
    Folder {
        /// Which folder.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A node answers there already.
    #[error("a node is running already with this data folder ({})", path.display())]
    Busy {
        /// The socket.
        path: PathBuf,
    },
}

/// Where the control socket of a data folder is.
///
/// The rule: `control.sock` in the data folder; when that path is too long for a socket address,
/// `/tmp/indaba-<account>/<16 hexadecimal digits>.sock`, where the digits begin the SHA-256 of the data folder's full path. Both ends
/// compute it alike, whatever their environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketPlace {
    path: PathBuf,
    shared: bool,
}

impl SocketPlace {
    /// The place for a data folder, which should exist: its full path decides.
    pub fn of(data_dir: &Path) -> Self {
        let full = fs::canonicalize(data_dir).unwrap_or_else(|_| data_dir.to_owned());
        let near = full.join("control.sock");
        if near.as_os_str().as_bytes().len() <= MAX_PATH {
            return Self {
                path: near,
                shared: false,
            };
        }
        let digest = Sha256::digest(full.as_os_str().as_bytes());
        let name: String = digest.iter().take(8).map(|b| format!("{b:02x}")).collect();
        let folder = PathBuf::from(format!(
            "/tmp/indaba-{}",
            rustix::process::geteuid().as_raw()
        ));
        Self {
            path: folder.join(format!("{name}.sock")),
            shared: true,
        }
    }

    /// The socket's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the folder and checks that nobody else can put a socket there.
    ///
    /// # Errors
    /// When the folder is somebody else's or open to others.
    pub fn prepare(&self) -> Result<(), SocketFault> {
        if !self.shared {
            return Ok(());
        }
        let folder = self.path.parent().unwrap_or(Path::new("/tmp"));
        let wrong = |what: String| SocketFault::Folder {
            path: folder.to_owned(),
            what,
        };
        match fs::DirBuilder::new().mode(0o700).create(folder) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(wrong(e.to_string())),
        }
        let meta = fs::symlink_metadata(folder).map_err(|e| wrong(e.to_string()))?;
        if !meta.is_dir() || meta.uid() != rustix::process::geteuid().as_raw() {
            return Err(wrong(
                "it is not a folder of this account; remove it or use a shorter data folder".into(),
            ));
        }
        if meta.permissions().mode() & 0o077 != 0 {
            return Err(wrong(format!(
                "others can enter it; run: chmod 700 {}",
                folder.display()
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;

    #[test]
    fn a_long_data_folder_gets_a_short_socket() {
        let place = tempfile::tempdir().unwrap();
        let short = SocketPlace::of(place.path());
        assert!(short.path().ends_with("control.sock"));
        let long = place.path().join("x".repeat(120));
        fs::create_dir(&long).unwrap();
        let far = SocketPlace::of(&long);
        assert!(far.path().as_os_str().as_bytes().len() <= MAX_PATH);
        assert_eq!(far, SocketPlace::of(&long.join("..").join("x".repeat(120))));
        assert_ne!(far, SocketPlace::of(&place.path().join("y".repeat(120))));
    }
}
