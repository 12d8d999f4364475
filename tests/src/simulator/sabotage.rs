//! Broken rules, switched in on purpose. A check that never fails when the rule it guards is off, guards nothing.

/// What one node, the first, does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// Passes gossip on before anything was judged.
    ForwardsUnjudged,
    /// Answers for each message twice.
    JudgesTwice,
    /// Never answers for a message of one kind.
    ForgetsToJudge,
    /// Asks for no missing records.
    FillsNoGaps,
    /// Acknowledges before anything is durable.
    AcknowledgesEarly,
    /// Rejects what claims a day after today, by its own clock.
    TrustsItsClock,
    /// Calls every feed complete.
    ClaimsComplete,
    /// Comes back from an old copy of its disk, guard and all.
    RunsAnOldCopy,
    /// Keeps what nobody of the scenario signed.
    KeepsStrangers,
    /// Lists everything it has and hands over all but some.
    Withholds,
}

impl Sabotage {
    /// All of them.
    pub const ALL: [Sabotage; 10] = [
        Sabotage::ForwardsUnjudged,
        Sabotage::JudgesTwice,
        Sabotage::ForgetsToJudge,
        Sabotage::FillsNoGaps,
        Sabotage::AcknowledgesEarly,
        Sabotage::TrustsItsClock,
        Sabotage::ClaimsComplete,
        Sabotage::RunsAnOldCopy,
        Sabotage::KeepsStrangers,
        Sabotage::Withholds,
    ];
}
