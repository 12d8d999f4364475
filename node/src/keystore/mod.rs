//! Keys on disk: a folder for the owner alone, one file for each key.
//!
//! A file is created once and never overwritten, is readable by its owner only, and is refused when it is looser than
//! that, a symbolic link, or somebody else's. Root and reserve keys may be sealed with a passphrase.

mod custody;
mod fault;
mod seal;
mod seed;

pub use custody::KeyDir;
pub use fault::KeyFault;
pub use seal::{MAX_WORK_FACTOR, Passphrase};
pub use seed::{Purpose, Seed};
