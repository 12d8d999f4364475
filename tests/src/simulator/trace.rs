//! What happened, in lines that can be read aloud, and their hash.

use std::collections::VecDeque;

/// Lines kept for whoever wants to know how it ended.
const TAIL: usize = 80;

/// The trace of one run.
pub(super) struct Trace {
    hash: blake3::Hasher,
    lines: u64,
    tail: VecDeque<String>,
    echo: bool,
}

impl Trace {
    /// An empty trace; `echo` prints each line as it comes.
    pub(super) fn new(echo: bool) -> Trace {
        Trace {
            hash: blake3::Hasher::new(),
            lines: 0,
            tail: VecDeque::new(),
            echo,
        }
    }

    /// Adds a line, `at` milliseconds after the beginning.
    #[allow(
        clippy::print_stdout,
        reason = "whoever replays a seed asked to see it"
    )]
    pub(super) fn line(&mut self, at: u64, what: &str) {
        let line = format!(
            "{:02}:{:02}.{:03} {what}",
            at / 60_000,
            at / 1_000 % 60,
            at % 1_000
        );
        self.hash.update(line.as_bytes());
        self.hash.update(b"\n");
        self.lines += 1;
        if self.echo {
            println!("{line}");
        }
        if self.tail.len() == TAIL {
            self.tail.pop_front();
        }
        self.tail.push_back(line);
    }

    pub(super) fn lines(&self) -> u64 {
        self.lines
    }

    /// The hash over all lines so far.
    pub(super) fn hash(&self) -> String {
        self.hash.finalize().to_hex().to_string()
    }

    /// The last lines.
    pub(super) fn tail(&self) -> Vec<String> {
        self.tail.iter().cloned().collect()
    }
}
