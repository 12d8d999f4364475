//! What is wrong in a configuration, where, and what to do.

use std::fmt;

/// One fault of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFault {
    /// `file:line:column`, the name of a variable, or a flag.
    pub place: String,
    /// What is wrong.
    pub problem: String,
    /// What to do, where something better than the problem can be said.
    pub remedy: Option<String>,
}

impl ConfigFault {
    pub(super) fn new(place: impl fmt::Display, problem: impl Into<String>) -> Self {
        Self {
            place: place.to_string(),
            problem: problem.into(),
            remedy: None,
        }
    }

    pub(super) fn remedy_is(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// What to do about it.
    pub fn remedy(&self) -> Option<String> {
        self.remedy.clone()
    }
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

impl std::error::Error for ConfigFault {}
