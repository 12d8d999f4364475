//! What histories exercised. A case that no history met proves nothing.

use indaba_protocol::{Missing, Standing, StateWord, Verdict, VoidReason};

/// Declares the counters once: field and words.
macro_rules! counts {
    ($($field:ident: $words:literal $(, $node:ident)?;)*) => {
        /// How often each thing happened.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Counts { $(#[doc = $words] pub $field: u64,)* }

        impl Counts {
            /// Adds another history's.
            pub fn add(&mut self, other: &Counts) { $(self.$field += other.$field;)* }

            /// Every counter with its words, and whether only a node can meet it.
            pub fn all(&self) -> Vec<(&'static str, u64, bool)> {
                vec![$(($words, self.$field, false $(|| stringify!($node) == "node")?)),*]
            }
        }
    };
}

counts! {
    histories: "histories";
    orders: "orders";
    statements: "statements that arrived";
    repeated: "statements that arrived once more";
    records: "records";
    many_lanes: "records in several lanes";
    stolen: "statements signed by a thief or an older copy";
    two_houses: "histories of two institutions";
    rotations: "rotations of the root key";
    delegated: "keys delegated";
    retired: "keys retired";
    superseded_keys: "keys superseded";
    compromised: "keys compromised";
    lists: "cut lists";
    adoptions: "cut lists that adopt records";
    withdrawals: "withdrawals";
    many_targets: "withdrawals and revisions of several records";
    revisions: "revisions";
    responses: "responses";
    vouches: "vouches";
    alarms: "alarms";
    heads: "heads";
    proofs: "proofs of a contradiction";
    rivals: "histories with rival states";
    rival_pins: "histories with rival states in which the order decided which was pinned";
    valid: "verdicts VALID";
    adopted: "verdicts ADOPTED";
    contested: "verdicts CONTESTED";
    quarantined: "verdicts QUARANTINED";
    void_cut: "verdicts VOID:cut";
    void_rival: "verdicts VOID:rival-state";
    void_undelegated: "verdicts VOID:not-delegated";
    void_scope: "verdicts VOID:scope";
    pending_state: "verdicts PENDING:state";
    pending_list: "verdicts PENDING:cut-list";
    pending_ancestry: "verdicts PENDING:ancestry";
    disputed: "records shown as disputed";
    alarmed: "records that an alarm disputes";
    withdrawn: "records shown as withdrawn";
    superseded: "records shown as superseded";
    unvouched: "records shown as unvouched";
    incomplete: "records shown as incomplete";
    verified: "records shown as verified";
    words: "vouches that count";
    restarts: "nodes stopped and started", node;
    kept: "records that a node holds in the end", node;
    without_effect: "withdrawals and revisions without effect on what they name";
}

impl Counts {
    /// Notes how a record stands.
    pub(super) fn note(&mut self, standing: &Standing, word: StateWord) {
        let verdict = match standing.verdict {
            Verdict::Valid => &mut self.valid,
            Verdict::Adopted => &mut self.adopted,
            Verdict::Contested => &mut self.contested,
            Verdict::Quarantined => &mut self.quarantined,
            Verdict::Void(VoidReason::Cut) => &mut self.void_cut,
            Verdict::Void(VoidReason::RivalState) => &mut self.void_rival,
            Verdict::Void(VoidReason::NotDelegated) => &mut self.void_undelegated,
            Verdict::Void(VoidReason::Scope) => &mut self.void_scope,
            Verdict::Pending(Missing::State) => &mut self.pending_state,
            Verdict::Pending(Missing::CutList) => &mut self.pending_list,
            Verdict::Pending(Missing::Ancestry) => &mut self.pending_ancestry,
        };
        *verdict += 1;
        self.alarmed += u64::from(standing.alarmed);
        match word {
            StateWord::Disputed => self.disputed += 1,
            StateWord::Withdrawn => self.withdrawn += 1,
            StateWord::Superseded => self.superseded += 1,
            StateWord::Unvouched => self.unvouched += 1,
            StateWord::Incomplete => self.incomplete += 1,
            StateWord::Verified => self.verified += 1,
            StateWord::Void | StateWord::Stale => {}
        }
    }
}
