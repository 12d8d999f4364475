//! From a failing run to the shortest scenario that fails in the same way: whatever can be left out is left out.

use std::collections::BTreeSet;
use std::fmt;

use super::plan::{Piece, Plan};
use super::rule::Rule;
use super::scenario::{Scenario, Violation};

/// Runs that one shrinking may take. A scenario of twenty nodes has some 250 pieces; leaving out halves, quarters and so on of each kind
/// takes about a hundred runs, and each further round fewer.
pub const RUNS: usize = 600;

/// A scenario in which nothing is left to leave out, and what is wrong in it.
pub struct Shrunk {
    scenario: Scenario,
    /// The pieces that are left.
    pub pieces: BTreeSet<Piece>,
    /// What is left, as a plan.
    pub plan: Plan,
    /// What it violates, with its story.
    pub violation: Violation,
    /// Runs that it took.
    pub runs: usize,
    /// Whether every piece that is left was tried without.
    pub is_minimal: bool,
}

impl Scenario {
    /// Shrinks a plan that violates a rule, by delta debugging: halves of its pieces are left out, then quarters, down to single ones,
    /// for as long as the same rule is violated; again until nothing can be left out any more, or [`RUNS`] runs were made. None if
    /// the plan violates nothing.
    pub fn shrink(&self, plan: &Plan) -> Option<Shrunk> {
        let quiet = Scenario {
            echo: false,
            ..*self
        };
        let first = quiet.tell(plan).err()?;
        let mut search = Search {
            scenario: quiet,
            plan,
            rule: first.rule,
            left: plan.pieces(),
            violation: *first,
            runs: 1,
        };
        let mut is_minimal = false;
        while !is_minimal && search.runs < RUNS {
            let before = search.left.len();
            for kind in 0..KINDS {
                search.leave_out(kind);
            }
            is_minimal = search.left.len() == before && search.runs < RUNS;
        }
        Some(Shrunk {
            scenario: *self,
            plan: plan.only(&search.left),
            pieces: search.left,
            violation: search.violation,
            runs: search.runs,
            is_minimal,
        })
    }
}

/// Kinds of pieces, in the order in which they are tried: with a participant much else goes.
const KINDS: usize = 5;

fn kind(piece: &Piece) -> usize {
    match piece {
        Piece::Node(_) => 0,
        Piece::Trouble(_) => 1,
        Piece::Move(_) => 2,
        Piece::Follows(..) => 3,
        Piece::Accepts(..) => 4,
    }
}

struct Search<'a> {
    scenario: Scenario,
    plan: &'a Plan,
    rule: Rule,
    left: BTreeSet<Piece>,
    violation: Violation,
    runs: usize,
}

impl Search<'_> {
    /// Leaves out what can be left out of one kind.
    fn leave_out(&mut self, of: usize) {
        let count = self.left.iter().filter(|piece| kind(piece) == of).count();
        let mut size = count.div_ceil(2);
        while size > 0 {
            let pieces: Vec<Piece> = self
                .left
                .iter()
                .copied()
                .filter(|piece| kind(piece) == of)
                .collect();
            for some in pieces.chunks(size) {
                self.try_without(some);
            }
            size /= 2;
        }
    }

    fn try_without(&mut self, pieces: &[Piece]) {
        if self.runs >= RUNS || !pieces.iter().any(|piece| self.left.contains(piece)) {
            return;
        }
        let mut left = self.left.clone();
        for piece in pieces {
            left.remove(piece);
        }
        let plan = self.plan.only(&left);
        if plan.present().is_empty() {
            return;
        }
        self.runs += 1;
        if let Err(violation) = self.scenario.tell(&plan)
            && violation.rule == self.rule
        {
            // What belonged to a participant that is gone goes with it.
            self.left = plan.pieces();
            self.violation = *violation;
        }
    }
}

impl Shrunk {
    /// The pieces in one word, as the test takes them back.
    pub fn word(&self) -> String {
        let pieces: Vec<_> = self.pieces.iter().map(ToString::to_string).collect();
        pieces.join(",")
    }

    /// The command that runs what is left once more, and prints every line.
    pub fn command(&self) -> String {
        let scenario = &self.scenario;
        let mut command = format!(
            "INDABA_SIM_FROM={} INDABA_SIM_NODES={} INDABA_SIM_PIECES={}",
            scenario.seed,
            scenario.nodes,
            self.word()
        );
        if scenario.hostile {
            command.push_str(" INDABA_SIM_HOSTILE=1");
        }
        if let Some(sabotage) = scenario.sabotage {
            command.push_str(&format!(" INDABA_SIM_SABOTAGE={sabotage:?}"));
        }
        command.push_str(" cargo test -p indaba-tests --test simulator replay -- --nocapture");
        command
    }

    /// Reads pieces from the word of an earlier shrinking.
    ///
    /// # Errors
    /// What is no piece.
    pub fn pieces_of(word: &str) -> Result<BTreeSet<Piece>, String> {
        word.split(',').map(str::parse).collect()
    }
}

impl fmt::Display for Shrunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let violation = &self.violation;
        let how = if self.is_minimal {
            "nothing more can be left out"
        } else {
            "stopped there"
        };
        writeln!(f, "seed {}, {} runs, {how}:", violation.seed, self.runs)?;
        writeln!(f, "{}", self.plan)?;
        for line in &violation.lines {
            writeln!(f, "{line}")?;
        }
        if violation.routine > 0 {
            writeln!(
                f,
                "({} lines of comparisons that found nothing are left out)",
                violation.routine
            )?;
        }
        writeln!(f, "broken: {} ({})", violation.rule, violation.what)?;
        write!(f, "replay: {}", self.command())
    }
}
