//! Percentiles, memory of this process, bytes on disk.

use std::path::Path;
use std::time::{Duration, Instant};

/// Times of many operations.
#[derive(Debug, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Runs an operation and notes how long it took.
    pub fn take<T>(&mut self, operation: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let result = operation();
        self.0.push(began.elapsed());
        result
    }

    /// Notes a time.
    pub fn note(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// The time that this share (0 to 1) of the operations stayed within, in microseconds.
    #[must_use]
    pub fn percentile(&mut self, share: f64) -> f64 {
        if self.0.is_empty() {
            return 0.0;
        }
        self.0.sort_unstable();
        let last = self.0.len() - 1;
        let at = (self.0.len() as f64 * share) as usize;
        self.0[at.min(last)].as_nanos() as f64 / 1e3
    }

    /// All times together, in seconds.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.0.iter().sum::<Duration>().as_secs_f64()
    }
}

/// Memory of this process in MiB: what it has now, and the most it ever had.
#[must_use]
pub fn memory() -> (f64, f64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
        kib.unwrap_or(0.0) / 1024.0
    };
    (field("VmRSS:"), field("VmHWM:"))
}

/// Bytes that the files of a folder take from the file system.
#[must_use]
pub fn on_disk(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let Ok(items) = std::fs::read_dir(folder) else {
        return 0;
    };
    items
        .flatten()
        .map(|item| match item.metadata() {
            Ok(found) if found.is_dir() => on_disk(&item.path()),
            // Blocks are of 512 bytes whatever the file system.
            Ok(found) => found.blocks() * 512,
            Err(_) => 0,
        })
        .sum()
}
