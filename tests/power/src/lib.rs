//! What a power cut may leave of a store, tried on the system calls that a real one made.
//!
//! A worker process runs the store on the real disk under `strace` ([`load`]). The trace is read back ([`trace`]) and played to a
//! model of a file system that knows what is durable ([`disk`]); at chosen points the power is cut and the folder that comes up
//! afterwards is written out. A fresh process then opens it, as after a restart of the machine, and says whether everything acknowledged
//! is there, whole, and whether the store goes on ([`check`]). The same trace tells what an acknowledged group costs ([`cost`]).

pub mod check;
pub mod cost;
pub mod disk;
pub mod load;
pub mod random;
pub mod trace;

/// What went wrong, in words.
pub type Result<T> = std::result::Result<T, String>;

/// Turns any error into words, with what was being done.
pub fn said<E: std::fmt::Display>(doing: impl std::fmt::Display) -> impl FnOnce(E) -> String {
    move |error| format!("{doing}: {error}")
}
