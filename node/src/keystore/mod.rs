//! Keys on disk: a folder for the owner alone, one file for each key.
//!
//! A file is created once and never overwritten, is readable by its owner only, and is refused when it is looser than
//! that, a symbolic link, or somebody else's. Root and reserve keys may be sealed with a passphrase; where several officers hold
//! them, each has a file of its own ([`write_officer_key`]).

mod custody;
mod fault;
mod officer;
mod seal;
mod seed;

pub use custody::KeyDir;
pub use fault::KeyFault;
pub use officer::{
    is_key_file, officer_key_is_sealed, read_approving_key, read_officer_key, write_officer_key,
};
pub use seal::{MAX_WORK_FACTOR, Passphrase};
pub use seed::{Purpose, Seed};
