//! What can go wrong in the store, each with what it means and what to do.

use std::io;
use std::path::{Path, PathBuf};

use indaba_protocol::Id;

/// A failure of the store. None of these says anything about a peer: the store judges bytes on
/// its own disk only.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The operating system refused an operation.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was attempted, as a verb: "write", "sync", "open".
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// Another process has the store open.
    #[error(
        "the store {} is in use by {holder}; two processes must not share one store. \
         Stop the other one first",
        path.display()
    )]
    Locked {
        /// The store folder.
        path: PathBuf,
        /// The other process, as far as it can be named.
        holder: String,
    },
    /// Bytes that were once written whole are no longer whole, with good bytes after them.
    #[error(
        "the journal is damaged: segment {segment}, byte {offset}: {what}. Nothing was changed. \
         Copy the store folder away, then repair it; records that cannot be read are fetched \
         again from peers"
    )]
    Damaged {
        /// File name of the segment.
        segment: String,
        /// Byte within that file.
        offset: u64,
        /// What is wrong there.
        what: &'static str,
    },
    /// The journal ends before a position that is known to have been durable.
    #[error(
        "the journal ends at {found} but was {known} bytes long: the store was emptied, replaced \
         by an older copy, or lost its end. Nothing was changed. Put the newest copy back, or \
         accept the loss; publishing under the old node key stays refused until its records are back"
    )]
    Behind {
        /// Position known to have been durable.
        known: u64,
        /// Where the journal ends now.
        found: u64,
    },
    /// The store was written by a newer version.
    #[error(
        "{} has format version {found}; this program reads up to {supported}. \
         Use the program that wrote it, or a newer one",
        path.display()
    )]
    NewerFormat {
        /// The file or folder.
        path: PathBuf,
        /// Version found.
        found: u16,
        /// Newest version this program reads.
        supported: u16,
    },
    /// A file in the store folder belongs to another store.
    #[error(
        "{} belongs to another store. Two stores were mixed; put the matching files together",
        path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// An earlier write or sync failed, so what is on disk is unknown until reopened.
    #[error(
        "an earlier write to the journal failed; the store must be closed and opened again before \
         it accepts anything (check free space and the disk first)"
    )]
    Poisoned,
    /// There is too little space on the disk for ordinary records: only states, cut lists, withdrawals and the node's own
    /// bookkeeping are still stored, in what was kept back for them. Nothing of the batch was stored.
    #[error(
        "the disk of {} is full: the last of it is kept back for states, cut lists and withdrawals. \
         Nothing was stored. Make {} MB free on its volume; then records are stored again",
        path.display(), needed.div_ceil(1_000_000)
    )]
    Full {
        /// The store folder.
        path: PathBuf,
        /// Bytes that must be free.
        needed: u64,
    },
    /// More than the store accepts at once.
    #[error("{what} is {size}, at most {limit} is accepted")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size.
        size: u64,
        /// The bound.
        limit: u64,
    },
    /// There is no entry at this position, or it no longer matches its checksum.
    #[error("entry at journal position {offset} cannot be read: {what}")]
    BadEntry {
        /// Global position.
        offset: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// The file that remembers how far this node has published is gone or unreadable.
    #[error(
        "{} is missing or unreadable, so the store cannot tell whether it is behind what this \
         node already published. Put it back from a backup, or accept the store as it is: \
         publishing then needs a new node key or the confirmation of peers",
        path.display()
    )]
    GuardLost {
        /// The guard file.
        path: PathBuf,
    },
    /// A backup is not one, is damaged, or cannot be written there.
    #[error("backup {}: {what}", path.display())]
    Backup {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The index failed. What the journal holds is not affected.
    #[error(
        "{what}. Nothing is lost: the journal has everything. Close and open the store, and the \
         index is built again"
    )]
    Index {
        /// What happened.
        what: String,
    },
    /// A part or position was given for a record that is not held.
    #[error("record {0} is not held")]
    UnknownRecord(Id),
    /// Bytes do not hash to what names them.
    #[error("the {what} of record {id} is not the one its header names")]
    Mismatch {
        /// The record.
        id: Id,
        /// Card or body.
        what: &'static str,
    },
    /// Publishing here would use a position twice.
    #[error(
        "this node already published in {feed} up to {known}, but would now publish at {seq}: the \
         store is older than what was published. Fetch the missing records from peers first, or \
         publish under a new node key"
    )]
    OwnBehind {
        /// The feed, or `head` for the beat of a head.
        feed: String,
        /// Where the node was about to publish.
        seq: u64,
        /// Newest position known to be used.
        known: u64,
    },
}

/// Result of a store operation.
pub type Result<T> = std::result::Result<T, StoreError>;

impl StoreError {
    /// Whether the store must be closed and opened again before it is of any use.
    #[must_use]
    pub fn needs_reopening(&self) -> bool {
        matches!(self, Self::Io { .. } | Self::Poisoned | Self::Index { .. })
    }

    /// Whether what is missing is space on the disk.
    #[must_use]
    pub fn is_full(&self) -> bool {
        match self {
            Self::Full { .. } => true,
            Self::Io { source, .. } => matches!(
                source.kind(),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
            ),
            // The engine of the index hands on nothing but words; these are the system's numbers for the two above.
            Self::Index { what } => what.contains("os error 28)") || what.contains("os error 122)"),
            _ => false,
        }
    }

    /// Wraps an I/O error with what was being done to which file.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            doing,
            path: path.to_owned(),
            source,
        }
    }
}

impl From<crate::index::IndexError> for StoreError {
    fn from(error: crate::index::IndexError) -> Self {
        Self::Index {
            what: error.to_string(),
        }
    }
}
