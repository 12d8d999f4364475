//! What a doctor says: numbered checks, each with how it came out and what mends it.

use serde::Serialize;

use crate::cli::failure::Failure;
use crate::cli::screen::{Page, Report, paint, style};
use crate::cli::words;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    Ok,
    Note,
    Problem,
}

#[derive(Serialize)]
pub(super) struct Check {
    pub(super) number: usize,
    pub(super) about: &'static str,
    pub(super) outcome: Outcome,
    pub(super) found: String,
    pub(super) mend: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Diagnosis {
    pub(super) checks: Vec<Check>,
    pub(super) problems: usize,
}

impl Report for Diagnosis {
    const NAME: &'static str = "doctor";
    fn page(&self, page: &mut Page) {
        for check in &self.checks {
            let mark = match check.outcome {
                Outcome::Ok => paint(style::GOOD, "ok     "),
                Outcome::Note => paint(style::WARN, "note   "),
                Outcome::Problem => paint(style::BAD, "PROBLEM"),
            };
            let begin = format!("{:>3}. {mark} {:<14} ", check.number, check.about);
            page.hanging(&begin, 28, &check.found);
            if let Some(mend) = &check.mend {
                let begin = format!("             {} ", paint(style::HINT, "mend:"));
                page.hanging(&begin, 19, mend);
            }
        }
        page.line(match self.problems {
            0 => "nothing is broken".to_owned(),
            count => words::count(count as u64, "problem", "problems"),
        });
    }
}

#[derive(Default)]
pub(super) struct Checks(pub(super) Vec<Check>);

impl Checks {
    fn add(
        &mut self,
        about: &'static str,
        outcome: Outcome,
        found: impl Into<String>,
        mend: Option<String>,
    ) {
        let number = self.0.len() + 1;
        self.0.push(Check {
            number,
            about,
            outcome,
            found: found.into(),
            mend,
        });
    }

    pub(super) fn ok(&mut self, about: &'static str, found: impl Into<String>) {
        self.add(about, Outcome::Ok, found, None);
    }

    pub(super) fn note(
        &mut self,
        about: &'static str,
        found: impl Into<String>,
        mend: impl Into<String>,
    ) {
        self.add(about, Outcome::Note, found, Some(mend.into()));
    }

    pub(super) fn problem(
        &mut self,
        about: &'static str,
        found: impl Into<String>,
        mend: impl Into<String>,
    ) {
        self.add(about, Outcome::Problem, found, Some(mend.into()));
    }

    /// Whether a check before said the same.
    pub(super) fn told(&self, failure: &Failure) -> bool {
        self.0.iter().any(|c| c.found == failure.problem)
    }

    pub(super) fn failure(&mut self, about: &'static str, failure: &Failure) {
        let mut found = failure.problem.replace('\n', "; ");
        for cause in &failure.causes {
            found.push_str(&format!(" ({cause})"));
        }
        // Whoever reads this has run it.
        let mend = failure
            .hint
            .clone()
            .filter(|hint| !hint.contains("indaba doctor"));
        self.add(about, Outcome::Problem, found, mend);
    }
}
