//! Why a key cannot be used or kept, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use super::Purpose;

/// Why a key cannot be used or kept.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    /// The operating system refused.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was attempted.
        doing: &'static str,
        /// Which file or folder.
        path: PathBuf,
        /// The answer.
        source: io::Error,
    },
    /// There is no such key here.
    #[error("{} does not exist", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A key is already there; it is never overwritten.
    #[error("{} exists already and is never overwritten", path.display())]
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// Others than the owner can get at it.
    #[error("{} has mode {mode:04o}; it must be {wanted:04o}, so that nobody else can read the keys", path.display())]
    Loose {
        /// Which file or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// The permission bits it must not exceed.
        wanted: u32,
    },
    /// It belongs to another account.
    #[error("{} belongs to account {owner}, not to account {me} that runs this program", path.display())]
    Foreign {
        /// Which file or folder.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who runs this program.
        me: u32,
    },
    /// It is not what it should be: a symbolic link, a folder, a pipe.
    #[error("{} is not a plain {wanted}; symbolic links are not followed", path.display())]
    Kind {
        /// Which path.
        path: PathBuf,
        /// What it should be.
        wanted: &'static str,
    },
    /// The file's content is not a key.
    #[error("{} is not a usable key file: {what}", path.display())]
    Content {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A file without a key was named where an officer's key is asked for.
    #[error("{} is no key file", path.display())]
    NoKey {
        /// Which file.
        path: PathBuf,
    },
    /// The key is sealed and no passphrase was given.
    #[error("{} is sealed with a passphrase", path.display())]
    Sealed {
        /// Which file.
        path: PathBuf,
    },
    /// The key is sealed, and the passphrase given does not open it.
    #[error("this passphrase does not open {}", path.display())]
    Passphrase {
        /// Which file.
        path: PathBuf,
    },
    /// Sealing failed.
    #[error("the key cannot be sealed: {what}")]
    Seal {
        /// What age said.
        what: String,
    },
    /// No random bytes from the operating system.
    #[error("the operating system gives no random bytes: {0}")]
    Chance(String),
}

impl KeyFault {
    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            KeyFault::Loose { path, wanted, .. } => {
                format!("chmod {wanted:o} {}", path.display())
            }
            KeyFault::Foreign { path, .. } => {
                format!(
                    "run the command as the account that owns {}, or give it to this account",
                    path.display()
                )
            }
            KeyFault::Kind { path, .. } => {
                format!("put the real file or folder at {}", path.display())
            }
            KeyFault::Missing { path } if is_node_key(path) => {
                "put the file back from its backup. If there is none, the institution stays the same and its root keys let a new key sign: indaba institution node-key --public FILE"
                    .into()
            }
            KeyFault::Missing { .. } => "put the key file back from its backup".into(),
            KeyFault::Exists { .. } => {
                "choose another folder with --data-dir, or move the old keys away yourself".into()
            }
            KeyFault::Content { .. } => "put the key file back from its backup".into(),
            KeyFault::NoKey { .. } => {
                "name the file that the key was written to; a public file is for others, and signs nothing. If it was the key, it is damaged: put it back from its backup".into()
            }
            KeyFault::Sealed { .. } => {
                "give the passphrase, on a terminal or with --passphrase-file".into()
            }
            KeyFault::Passphrase { .. } => {
                "type it again; capitals, spaces and accents count. If it is certainly the right one, the file is damaged: put it back from its backup"
                    .into()
            }
            KeyFault::Io { .. } | KeyFault::Seal { .. } | KeyFault::Chance(_) => {
                "check the disk and the permissions of the data folder".into()
            }
        }
    }
}

/// Whether a path is that of the key a node signs with, or of the folder it lies in.
fn is_node_key(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name == Purpose::Node.file_name() || name == "keys")
}
