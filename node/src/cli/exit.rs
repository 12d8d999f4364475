//! Exit codes: the one list. Scripts rely on them; an unknown code means failure.

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// Failed; of `check` and `publish`: a file has faults.
    Failed = 1,
    /// The command itself is wrong.
    WrongUse = 2,
    /// Some of it is done, some is not.
    Partly = 3,
    /// Nothing of that name.
    NotFound = 4,
    /// A signature or a hash does not hold.
    Integrity = 5,
    /// The store is in use by another process, or a key is sealed.
    Locked = 6,
    /// No peer could be reached.
    Unreachable = 7,
    /// The node does not run, or does not answer.
    NotRunning = 8,
    /// A rule or the local policy forbids it.
    Refused = 9,
    /// There is no node in the data folder yet.
    NotInitialised = 10,
    /// The disk is full.
    Full = 11,
    /// Interrupted by the operator (128 + SIGINT, as shells count).
    Interrupted = 130,
}

impl Exit {
    /// The number the process ends with.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The word `--json` names it by.
    pub fn word(self) -> &'static str {
        match self {
            Exit::Ok => "ok",
            Exit::Failed => "failed",
            Exit::WrongUse => "wrong-use",
            Exit::Partly => "partly-done",
            Exit::NotFound => "not-found",
            Exit::Integrity => "integrity",
            Exit::Locked => "locked",
            Exit::Unreachable => "network-unreachable",
            Exit::NotRunning => "not-running",
            Exit::Refused => "refused",
            Exit::NotInitialised => "not-initialised",
            Exit::Full => "disk-full",
            Exit::Interrupted => "interrupted",
        }
    }
}
