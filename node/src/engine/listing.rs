//! What this node tells a peer that it holds of a lane: never more than it would hand over.
//!
//! To list a place is a promise, and who is promised a record and does not get it names the one who promised (`withheld.rs`). So a lane
//! is listed up to the last place before which nothing lacks that this peer would get: no gap, nothing that a cut voids, nothing whose
//! signer is not accepted here for it, nothing that does not read from the disk. What lies beyond is handed over to whoever asks for it,
//! and promised to nobody.

use std::cell::Cell;
use std::collections::BTreeMap;

use indaba_protocol::trust::Acceptance;
use indaba_protocol::{FeedName, Id, Key, LaneSummary};
use indaba_store::{LaneEnd, Store, StoreError};
use libp2p::PeerId;

use super::{Engine, limits};

/// How far lanes were found whole. A memory that answers fill: it changes what an answer costs, never what it says.
#[derive(Debug, Default)]
pub(super) struct Listings {
    /// How often something came by which records are judged.
    changes: Cell<u64>,
    found: BTreeMap<(Id, Key, FeedName), Found>,
}

/// A lane that was looked through.
#[derive(Clone, Copy, Debug)]
struct Found {
    changes: u64,
    /// Up to here each place has a record that is handed over.
    upto: u64,
    last: Id,
}

/// How much one answer may still look at.
struct Effort {
    judged: usize,
    places: usize,
}

impl Listings {
    /// Records may be judged differently from now on, or one of them does not read any more.
    pub(super) fn changed(&self) {
        self.changes.set(self.changes.get() + 1);
    }
}

impl Engine {
    /// The lanes of a feed that a peer may ask for: all of a feed that is served to it, else those that this node signed.
    pub(super) fn lanes_served(
        &self,
        feed: &FeedName,
        peer: &PeerId,
        store: &Store,
    ) -> Result<Vec<LaneEnd>, StoreError> {
        let own_only = !self.serves(feed, peer);
        let mut lanes = store.lanes_of(feed)?;
        lanes.retain(|lane| {
            (!own_only || lane.key == self.own_key()) && self.takes_lane(&lane.institution, feed)
        });
        Ok(lanes)
    }

    /// The lanes of a feed behind a key, each as far as it is promised to this peer.
    pub(super) fn lanes_promised(
        &mut self,
        feed: &FeedName,
        after: Option<Key>,
        peer: &PeerId,
        store: &Store,
    ) -> Result<Vec<LaneSummary>, StoreError> {
        let mut lanes = self.lanes_served(feed, peer, store)?;
        lanes.retain(|lane| after.is_none_or(|after| lane.key > after));
        let mut effort = Effort {
            judged: limits::LISTED_JUDGED,
            places: limits::LISTED_PLACES,
        };
        let mut promised = Vec::with_capacity(lanes.len());
        for lane in lanes {
            let (institution, key) = (lane.institution, lane.key);
            if let Some((seq, last)) = self.whole(feed, lane, &mut effort, store)? {
                promised.push(LaneSummary {
                    institution,
                    key,
                    seq,
                    last,
                });
            }
        }
        Ok(promised)
    }

    /// Up to where each place of a lane has a record that is handed over, and the one there; `None` when the first has none.
    fn whole(
        &mut self,
        feed: &FeedName,
        lane: LaneEnd,
        effort: &mut Effort,
        store: &Store,
    ) -> Result<Option<(u64, Id)>, StoreError> {
        let all_good = self.hands_over_all(&lane.institution, &lane.key);
        if all_good && lane.count == lane.seq && self.damaged.borrow().is_empty() {
            return Ok(Some((lane.seq, lane.last)));
        }
        let changes = self.listings.changes.get();
        let name = (lane.institution, lane.key, feed.clone());
        let before = self.listings.found.get(&name).copied();
        let mut found = before
            .filter(|found| found.changes == changes)
            .unwrap_or(Found {
                changes,
                upto: 0,
                last: lane.last,
            });
        loop {
            let (begun, next) = (found.upto, found.upto + 1..=lane.seq);
            let page = store.lane(&lane.institution, &lane.key, feed, next, limits::PAGE)?;
            for (seq, id) in &page {
                // Of two records at one place, one is enough.
                if *seq == found.upto {
                    continue;
                }
                if *seq > found.upto + 1 || effort.places == 0 {
                    break;
                }
                effort.places -= 1;
                let good = if all_good {
                    !self.damaged.borrow().contains(id)
                } else {
                    if effort.judged == 0 {
                        break;
                    }
                    effort.judged -= 1;
                    match self.header(id, store)? {
                        Some(header) => self.judge_held(&header, store)?.is_good(),
                        None => false,
                    }
                };
                if good {
                    (found.upto, found.last) = (*seq, *id);
                }
            }
            if page.len() < limits::PAGE || found.upto == begun {
                break;
            }
        }
        if self.listings.found.len() >= limits::LANES_LISTED && before.is_none() {
            self.listings.found.clear();
        }
        self.listings.found.insert(name, found);
        Ok((found.upto > 0).then_some((found.upto, found.last)))
    }

    /// Whether every record held of a key is good without looking at it: its institution is accepted in every matter and of one mind,
    /// and never cut the key.
    fn hands_over_all(&self, institution: &Id, key: &Key) -> bool {
        self.acceptance(institution) == Acceptance::Everywhere
            && self.institutions.chain(institution).is_some_and(|chain| {
                let cut = chain.states().iter().any(|state| state.cut(key).is_some());
                !cut && !chain.is_disputed()
            })
    }
}
