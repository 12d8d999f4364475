//! Each function breaks one of the bans of `protocol/clippy.toml` and says which. `tests/ban/run`
//! fails if clippy lets one pass, if an entry has no case here, or if the allowed part is refused.
#![allow(dead_code, clippy::let_underscore_future, clippy::mutex_atomic)]

mod allowed;
mod chance;
mod files;
mod machine;
mod moment;
mod signatures;
mod threads;
