//! Why a command failed, in one form for people and for programs.

use super::exit::Exit;
use crate::config::ConfigFault;
use crate::engine::order::{Refusal, RefusalKind};
use crate::keystore::KeyFault;

/// A failed command: what is wrong, why, and what to do.
#[derive(Debug)]
pub struct Failure {
    /// How the process ends.
    pub exit: Exit,
    /// What is wrong and where.
    pub problem: String,
    /// What lies behind it, outermost first.
    pub causes: Vec<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure with its exit code.
    pub fn new(exit: Exit, problem: impl Into<String>) -> Self {
        Self {
            exit,
            problem: problem.into(),
            causes: Vec::new(),
            hint: None,
        }
    }

    /// Adds what to do.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what lies behind it.
    pub fn because(mut self, cause: impl std::fmt::Display) -> Self {
        self.causes.push(cause.to_string());
        self
    }

    /// A failed read or write of a file of the operator's.
    pub fn io(doing: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        let exit = if error.kind() == std::io::ErrorKind::NotFound {
            Exit::NotFound
        } else {
            Exit::Failed
        };
        Self::new(exit, format!("cannot {doing} {}", path.display())).because(error)
    }
}

impl From<KeyFault> for Failure {
    fn from(fault: KeyFault) -> Self {
        let exit = match fault {
            KeyFault::Sealed { .. } | KeyFault::Passphrase { .. } => Exit::Locked,
            KeyFault::Missing { .. } => Exit::NotFound,
            KeyFault::NoKey { .. } => Exit::WrongUse,
            KeyFault::Loose { .. } | KeyFault::Foreign { .. } | KeyFault::Kind { .. } => {
                Exit::Refused
            }
            _ => Exit::Failed,
        };
        Self::new(exit, fault.to_string()).hint(fault.remedy())
    }
}

impl From<ConfigFault> for Failure {
    fn from(fault: ConfigFault) -> Self {
        let failure = Self::new(Exit::WrongUse, fault.to_string());
        match fault.remedy() {
            Some(remedy) => failure.hint(remedy),
            None => failure,
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let exit = match refusal.kind {
            RefusalKind::WrongUse | RefusalKind::Ambiguous => Exit::WrongUse,
            RefusalKind::NotFound => Exit::NotFound,
            RefusalKind::Integrity => Exit::Integrity,
            RefusalKind::Policy => Exit::Refused,
            RefusalKind::Storage => Exit::Failed,
            RefusalKind::Full => Exit::Full,
        };
        let failure = Self::new(exit, refusal.problem);
        if refusal.remedy.is_empty() {
            failure
        } else {
            failure.hint(refusal.remedy)
        }
    }
}
