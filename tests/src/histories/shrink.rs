//! From a failing history to a short one that fails as well: whatever can be left out is left out.

use std::fmt;

use super::history::{Difference, History};

/// A history in which nothing is left to leave out, and what differs in it.
pub struct Shrunk {
    /// What is left.
    pub history: History,
    /// What differs there.
    pub difference: Difference,
}

impl History {
    /// Leaves out halves of what comes, then quarters, down to single statements, for as long as `fails` finds a difference. None if
    /// there is none to begin with.
    pub fn shrink(&self, fails: impl Fn(&History) -> Option<Difference>) -> Option<Shrunk> {
        let mut left = Shrunk {
            difference: fails(self)?,
            history: self.clone(),
        };
        let mut size = left.history.present.len();
        while size > 0 {
            let all: Vec<usize> = left.history.present.iter().copied().collect();
            let mut found = false;
            for some in all.chunks(size) {
                let mut without = left.history.clone();
                without.present.retain(|at| !some.contains(at));
                if let Some(difference) = fails(&without) {
                    left = Shrunk {
                        history: without,
                        difference,
                    };
                    found = true;
                }
            }
            if !(found && size == 1) {
                size /= 2;
            }
        }
        Some(left)
    }
}

impl fmt::Display for Shrunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.history, self.difference)
    }
}
