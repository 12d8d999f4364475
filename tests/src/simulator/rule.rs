//! The rules that are watched, each by a name: a violation is of one of them, whoever broke it and with which record.

use std::fmt;

/// A rule of the simulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// What was acknowledged stays.
    KeepsWhatItAcknowledged,
    /// Only what the scenario's institutions signed is kept.
    KeepsNoStrangers,
    /// No position of a lane is signed twice by an honest key.
    SignsOnce,
    /// The head held of a key never goes back.
    HeadsGoForward,
    /// Whatever is in a store reads.
    StoresRead,
    /// A feed called complete is complete.
    ClaimsAreTrue,
    /// A gossip message is judged once.
    JudgesOnce,
    /// A gossip message is judged in time.
    JudgesInTime,
    /// Nobody honest is rejected or penalised.
    BlamesNobodyHonest,
    /// Nobody honest is named as one that withholds.
    NamesNobodyHonest,
    /// Only what is provably invalid is rejected, and nothing that does not read is accepted.
    RejectsTheInvalidOnly,
    /// An answer is within the bounds of the wire.
    AnswersWithinBounds,
    /// An order is carried out, and answered once.
    CarriesOutOrders,
    /// Everybody ends with exactly what they asked for.
    Converges,
    /// A verdict is a function of the set held.
    VerdictsAgree,
    /// What waits is bounded, and nothing waits that could be judged.
    WaitingIsBounded,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Rule::KeepsWhatItAcknowledged => "what was acknowledged stays",
            Rule::KeepsNoStrangers => "only what the scenario's institutions signed is kept",
            Rule::SignsOnce => "no position is signed twice by an honest key",
            Rule::HeadsGoForward => "the head held of a key never goes back",
            Rule::StoresRead => "whatever is in a store reads",
            Rule::ClaimsAreTrue => "a feed called complete is complete",
            Rule::JudgesOnce => "a gossip message is judged once",
            Rule::JudgesInTime => "a gossip message is judged in time",
            Rule::BlamesNobodyHonest => "nobody honest is rejected or penalised",
            Rule::NamesNobodyHonest => "nobody honest is named as one that withholds",
            Rule::RejectsTheInvalidOnly => "only what is provably invalid is rejected",
            Rule::AnswersWithinBounds => "an answer is within the bounds of the wire",
            Rule::CarriesOutOrders => "an order is carried out, and answered once",
            Rule::Converges => "everybody ends with exactly what they asked for",
            Rule::VerdictsAgree => "a verdict is a function of the set held",
            Rule::WaitingIsBounded => "what waits is bounded and cannot be judged yet",
        })
    }
}
