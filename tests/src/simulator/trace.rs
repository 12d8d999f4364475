//! What happened, in lines that can be read aloud, and their hash.

use std::collections::VecDeque;
use std::fmt::{self, Write};

/// Lines kept for whoever wants to know how it ended.
const TAIL: usize = 80;

/// A moment of a run, as lines begin with it: minutes, seconds, milliseconds.
pub(super) fn clock(at: u64) -> String {
    format!(
        "{:02}:{:02}.{:03}",
        at / 60_000,
        at / 1_000 % 60,
        at % 1_000
    )
}

/// How much of a trace is kept; its hash is over all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// The end.
    Tail,
    /// Everything but routine, of a run that is short enough.
    Story,
}

/// The trace of one run.
pub(super) struct Trace {
    hash: blake3::Hasher,
    lines: u64,
    line: String,
    kept: VecDeque<String>,
    keep: Keep,
    /// Lines of routine that were left out.
    routine: u64,
    echo: bool,
}

impl Trace {
    /// An empty trace; `echo` prints each line as it comes.
    pub(super) fn new(keep: Keep, echo: bool) -> Trace {
        Trace {
            hash: blake3::Hasher::new(),
            lines: 0,
            line: String::new(),
            kept: VecDeque::new(),
            keep,
            routine: 0,
            echo,
        }
    }

    /// Adds a line, `at` milliseconds after the beginning. Routine is what comes again and again and brings nothing: a comparison
    /// that finds no difference.
    #[allow(
        clippy::print_stdout,
        reason = "whoever replays a seed asked to see it"
    )]
    pub(super) fn line(&mut self, at: u64, what: fmt::Arguments<'_>, is_routine: bool) {
        self.line.clear();
        // Writing into a string cannot fail.
        let _ = writeln!(
            self.line,
            "{:02}:{:02}.{:03} {what}",
            at / 60_000,
            at / 1_000 % 60,
            at % 1_000
        );
        self.hash.update(self.line.as_bytes());
        self.lines += 1;
        if self.echo {
            print!("{}", self.line);
        }
        match self.keep {
            Keep::Story if is_routine => self.routine += 1,
            Keep::Tail if self.kept.len() == TAIL => {
                let oldest = self.kept.pop_front().unwrap_or_default();
                self.keep_line(oldest);
            }
            _ => self.keep_line(String::new()),
        }
    }

    /// Keeps the newest line, in the memory of one that is not kept any more.
    fn keep_line(&mut self, mut old: String) {
        old.clear();
        old.push_str(self.line.trim_end());
        self.kept.push_back(old);
    }

    pub(super) fn lines(&self) -> u64 {
        self.lines
    }

    /// The hash over all lines so far.
    pub(super) fn hash(&self) -> String {
        self.hash.finalize().to_hex().to_string()
    }

    /// The lines kept.
    pub(super) fn kept(&self) -> Vec<String> {
        self.kept.iter().cloned().collect()
    }

    /// Lines of routine that are not among them.
    pub(super) fn routine(&self) -> u64 {
        self.routine
    }
}
