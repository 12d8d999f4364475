//! Readers that are wrong on purpose: each lets the order of arrival decide in one place, and the check must notice.

/// What is wrong with a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Of several withdrawals or revisions of a record, the first that came is the only one looked at.
    FirstWithdrawalDecides,
    /// A record is judged when it comes, and not again when a cut comes later.
    JudgesOnce,
    /// Of two records at one position, the one that came first stands.
    FirstRecordStands,
    /// Of two alarms of one key about another, the one that came first is kept.
    FirstAlarmStays,
    /// A state that comes before the one it follows is dropped.
    DropsStatesAhead,
    /// Who was accepted once stays so.
    AcceptsForEver,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Flaw; 6] = [
        Flaw::FirstWithdrawalDecides,
        Flaw::JudgesOnce,
        Flaw::FirstRecordStands,
        Flaw::FirstAlarmStays,
        Flaw::DropsStatesAhead,
        Flaw::AcceptsForEver,
    ];
}
