//! A list of the responder's whole set as the initiator takes it.

use super::super::id_list;
use super::super::short::Short;
use super::known::Salted;
use std::collections::BTreeSet;

/// What was compared so far.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) salted: Salted,
    pub(super) own: Vec<u64>,
    pub(super) at: usize,
    pub(super) last: Option<u64>,
    pub(super) ours: BTreeSet<u64>,
    pub(super) theirs: Vec<Short>,
}

impl Listing {
    pub(super) fn take(&mut self, ids: &[u64]) {
        for id in ids {
            while let Some(own) = self.own.get(self.at).filter(|own| *own < id) {
                self.ours.insert(*own);
                self.at += 1;
            }
            if self.own.get(self.at) == Some(id) {
                self.at += 1;
            } else {
                self.theirs.push(Short(id << (64 - id_list::BITS)));
            }
            self.last = Some(*id);
        }
    }
}
