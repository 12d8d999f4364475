//! What a run exercised. A fault that no run ever met proves nothing.

/// Declares the counters once: field, words, and whether a run without hostile nodes must have met it.
macro_rules! counts {
    ($($field:ident: $words:literal, $honest:literal;)*) => {
        /// How often each thing happened.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Counts { $(#[doc = $words] pub $field: u64,)* }

        impl Counts {
            /// Adds another run's.
            pub fn add(&mut self, other: &Counts) { $(self.$field += other.$field;)* }

            /// Every counter with its words, and whether runs of honest nodes must meet it.
            pub fn all(&self) -> Vec<(&'static str, u64, bool)> { vec![$(($words, self.$field, $honest),)*] }
        }
    };
}

counts! {
    records: "records published", true;
    publishers: "institutions that published", true;
    posts: "places in lanes taken", true;
    deliveries: "gossip messages given to an engine", true;
    by_gossip: "records admitted from gossip", true;
    by_catch_up: "records admitted from catch-up", true;
    questions: "catch-up questions", true;
    lost: "gossip messages lost", true;
    doubled: "gossip messages doubled", true;
    replayed: "old gossip messages that came again after the network forgot them", true;
    overtaken: "gossip messages that overtook an earlier one on their link", true;
    queue_full: "publications that found every queue full", true;
    unheard: "publications that nobody followed", true;
    questions_lost: "questions or answers lost", true;
    partitions: "partitions", true;
    severed: "connections that a partition broke", true;
    in_flight: "messages lost in a connection that broke", true;
    clean_restarts: "nodes stopped and started", true;
    power_cuts: "nodes that lost power", true;
    torn: "power cuts that left some sectors of unfinished writes", true;
    disk_failures: "disk failures that a store reported", true;
    slow_checks: "signature groups that took long", true;
    skewed: "nodes whose clock is wrong by more than a year", true;
    clock_steps: "clocks set while running", true;
    late_follows: "feeds followed late", true;
    late_anchors: "institutions accepted late, with statements waiting or not", true;
    released: "statements that waited and were released", true;
    quiet: "feeds followed quietly", true;
    multi_feed: "records in several feeds", true;
    withdrawn: "withdrawals", true;
    renewed: "states signed anew", true;
    forged: "places of a lane signed twice by a key in other hands", true;
    contradictions: "proofs of such contradictions that a node made or took", true;
    revoked: "keys revoked", true;
    voided: "records held that a revocation voids", true;
    checks: "times the invariants were checked", true;
    hostile_gossip: "hostile messages delivered", false;
    hostile_answers: "hostile answers delivered", false;
    hostile_questions: "hostile questions delivered", false;
    rejected: "provably invalid messages rejected", false;
    penalised: "penalties for provably invalid answers", false;
    nuisance: "penalties for useless work", false;
    banned: "bans", false;
    quarantined: "statements of an unvouched institution held apart", false;
}
