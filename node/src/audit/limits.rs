//! Every bound of the audit log, with its reason.

use std::time::Duration;

/// Bytes after which the next entry begins a new file: about three thousand entries, more than an office makes in a year, and read
/// whole at each entry in under a millisecond.
pub const FILE_BYTES: u64 = 1024 * 1024;
/// Files kept; the oldest goes when one more begins. Some fifty thousand entries, and at most as much disk as a few long records.
pub const FILES: usize = 16;
/// Bytes of one line: the largest publish order, 500 ids of 59 characters with what they withdraw, and room.
pub const LINE_BYTES: usize = 128 * 1024;
/// Things one entry names; of more, the number is noted. The largest publish order has 500.
pub const SUBJECTS: usize = 600;
/// Characters of what names one thing: twice the longest id.
pub const SUBJECT: usize = 128;
/// Characters of the reason of a refusal: a line on the screen and a half.
pub const WHY: usize = 160;
/// Bytes read of the system's list of accounts: ten thousand of them.
pub const ACCOUNTS_FILE: u64 = 1024 * 1024;
/// How long an entry waits for another process that is writing one, which takes as long as one sync of the disk. What was done is done
/// by then, and who asked for it waits: a process that was stopped with the lock in hand may not hold up a withdrawal.
pub const LOCK_WAIT: Duration = Duration::from_secs(2);
/// How often to look whether it has written.
pub const LOCK_LOOK: Duration = Duration::from_millis(5);
