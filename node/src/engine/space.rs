//! When the disk is full: what is stored all the same, and what is refused.

use indaba_protocol::Header;
use indaba_store::{Batch, Store};

use super::Engine;
use super::boundary::Moment;
use super::order::{Draft, Refusal, RefusalKind};

/// The kind of record that must be stored even then: a record that may harm somebody has to be withdrawn everywhere.
const WITHDRAWAL: &str = "withdrawal";

impl Engine {
    /// There is space again: what was refused meanwhile is asked for soon.
    pub fn space_is_back(&mut self, now: Moment) {
        self.compare_soon(now);
    }
}

/// Whether a record that comes in can be stored now.
pub(super) fn takes(header: &Header, store: &Store) -> bool {
    !store.lacks_space() || header.kind == WITHDRAWAL
}

/// Why these drafts cannot be stored now.
pub(super) fn refusal(drafts: &[Draft], store: &Store) -> Option<Refusal> {
    let is_urgent = drafts.iter().all(|draft| draft.kind == WITHDRAWAL);
    (store.lacks_space() && !is_urgent).then(|| full(store.space_needed()))
}

/// What an operator is told.
pub fn full(needed: u64) -> Refusal {
    let needed = needed.div_ceil(1_000_000).max(1);
    Refusal {
        kind: RefusalKind::Full,
        problem: "the disk is full; nothing was stored. The last of it is kept back for states, cut lists and withdrawals"
            .to_owned(),
        remedy: format!(
            "make {needed} MB free on the volume of the data folder; a running node notices by itself"
        ),
    }
}

/// What was let through on a full disk may use what was kept back.
pub(super) fn allow(batch: &mut Batch, store: &Store) {
    if store.lacks_space() {
        batch.urgent();
    }
}
