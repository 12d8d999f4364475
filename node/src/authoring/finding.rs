//! What is wrong with a file, or worth a look, and where.

use std::fmt;

use super::exact;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file cannot become a record as it is.
    Fault,
    /// It can; a person should look at it first.
    Warning,
}

/// One thing to say about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Line in the file, from 1; 0 for the file as a whole.
    pub line: usize,
    /// Column in that line, in characters, from 1.
    pub column: usize,
    /// The field, as `sources[0].title`; empty when it is about the file as a whole.
    pub field: String,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
    /// How much it weighs.
    pub severity: Severity,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Fault => "error",
            Severity::Warning => "warning",
        };
        if self.line > 0 {
            write!(f, "{}:{}:", self.line, self.column)?;
        }
        write!(f, " {word}: ")?;
        if !self.field.is_empty() {
            write!(f, "{} ", self.field)?;
        }
        write!(f, "{}; {}", self.problem, self.remedy)
    }
}

/// Findings while a file is read, with the places of its fields.
#[derive(Debug, Default)]
pub(super) struct Findings {
    list: Vec<Finding>,
    places: std::collections::BTreeMap<String, (usize, usize)>,
    /// Fields that hold a placeholder or cannot be read: what follows from that need not be said as well.
    unread: std::collections::BTreeSet<String>,
}

impl Findings {
    /// Remembers where a field stands.
    pub(super) fn place(&mut self, field: &str, at: (usize, usize)) {
        self.places.insert(field.to_owned(), at);
    }

    /// Where a field stands, or else what contains it, or else the top of the file.
    pub(super) fn whereabouts(&self, field: &str) -> (usize, usize) {
        let mut path = field;
        loop {
            if let Some(at) = self.places.get(path) {
                return *at;
            }
            match path.rfind(['.', '[']) {
                Some(end) => path = &path[..end],
                None => return (1, 1),
            }
        }
    }

    /// Where in the field stands what the problem quotes; where the field stands when that is not found.
    pub(super) fn exactly(&self, field: &str, problem: &str, file: &str) -> (usize, usize) {
        let from = self.whereabouts(field);
        exact::quoted(problem)
            .and_then(|needle| exact::place(file, from, &needle))
            .unwrap_or(from)
    }

    /// A fault at a place.
    pub(super) fn fault_at(
        &mut self,
        at: (usize, usize),
        field: &str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.push(at, field, problem, remedy, Severity::Fault);
    }

    /// A fault of a field whose place is known or can be guessed.
    pub(super) fn fault(
        &mut self,
        field: &str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.fault_at(self.whereabouts(field), field, problem, remedy);
    }

    /// A warning at a place.
    pub(super) fn warning_at(
        &mut self,
        at: (usize, usize),
        field: &str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.push(at, field, problem, remedy, Severity::Warning);
    }

    /// A warning.
    pub(super) fn warning(
        &mut self,
        field: &str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.warning_at(self.whereabouts(field), field, problem, remedy);
    }

    /// A field that still holds what the template put there.
    pub(super) fn unfilled(&mut self, field: &str, hint: &str) {
        self.unreadable(
            field,
            "is still to be filled in",
            format!("write it: {hint}"),
        );
    }

    /// A fault that leaves a field, or a part of it, without a value.
    pub(super) fn unreadable(
        &mut self,
        field: &str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.fault(field, problem, remedy);
        self.unread.insert(field.to_owned());
    }

    /// Whether a field, or what it contains, was left without a value by a fault already told.
    pub(super) fn is_unread(&self, field: &str) -> bool {
        self.unread.iter().any(|u| {
            u == field
                || u.strip_prefix(field)
                    .is_some_and(|rest| rest.starts_with(['.', '[']))
        })
    }

    fn push(
        &mut self,
        (line, column): (usize, usize),
        field: &str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
        severity: Severity,
    ) {
        let finding = Finding {
            line,
            column,
            field: field.to_owned(),
            problem: problem.into(),
            remedy: remedy.into(),
            severity,
        };
        if !self.list.contains(&finding) {
            self.list.push(finding);
        }
    }

    /// All findings, from the top of the file to its end.
    pub(super) fn into_sorted(mut self) -> Vec<Finding> {
        self.list.sort_by_key(|f| (f.line, f.column, f.severity));
        self.list
    }
}
