//! Headers that were read and verified before.

use std::collections::BTreeMap;

use indaba_protocol::{Header, Id, Verified};

/// A memory beside the store. Reading a statement is a function of its bytes alone, so the same bytes need no second look at their
/// signature: what is remembered counts only for bytes that are the same, and a disk that changed is noticed as before.
/// Bounded: the older half goes when it is full, and costs time only.
#[derive(Debug, Default)]
pub(super) struct Headers {
    young: BTreeMap<Id, Verified<Header>>,
    old: BTreeMap<Id, Verified<Header>>,
}

impl Headers {
    /// Half of what is remembered at most. A header with its bytes takes about 1.5 KiB: 3 MiB in all.
    const HALF: usize = 1_024;

    /// The header that these bytes were read as.
    pub(super) fn of(&self, id: &Id, bytes: &[u8]) -> Option<Verified<Header>> {
        self.young
            .get(id)
            .or_else(|| self.old.get(id))
            .filter(|known| known.bytes() == bytes)
            .cloned()
    }

    /// Remembers a header.
    pub(super) fn note(&mut self, header: &Verified<Header>) {
        if self.young.len() >= Headers::HALF {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(header.id(), header.clone());
    }
}
