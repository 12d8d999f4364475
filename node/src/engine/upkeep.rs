//! Giving disk back while the node runs: a small piece of compaction at a time, so that nobody who publishes waits for it.

use indaba_store::{Compacted, Store, StoreError, Wanted};

use super::boundary::Moment;
use super::order::Reply;
use super::{Engine, limits};

/// When compaction has its next turn.
pub(super) struct Upkeep {
    next: u64,
    /// When nothing erased was left on the disk, last.
    cleared: Option<u64>,
    /// Somebody reads the journal from outside: no segment goes before this moment.
    held_until: u64,
}

impl Upkeep {
    pub(super) fn new(now: Moment) -> Upkeep {
        Upkeep {
            next: now.after(limits::COMPACT_EVERY).monotonic,
            cleared: None,
            held_until: 0,
        }
    }

    pub(super) fn next(&self) -> u64 {
        self.next
    }
}

impl Engine {
    /// A piece of compaction, if it is time for one.
    pub(super) fn compact_if_due(
        &mut self,
        now: Moment,
        store: &mut Store,
    ) -> Result<(), StoreError> {
        if now.monotonic < self.upkeep.next {
            return Ok(());
        }
        if now.monotonic < self.upkeep.held_until {
            self.upkeep.next = self.upkeep.held_until;
            return Ok(());
        }
        // The last of the space is kept for what is urgent; by command it may be used for this.
        if store.lacks_space() {
            self.upkeep.next = now.after(limits::COMPACT_EVERY).monotonic;
            return Ok(());
        }
        let cleared = self.upkeep.cleared;
        let erased = cleared.is_none_or(|at| now.monotonic - at >= limits::ERASED_LEAVES_WITHIN);
        let wanted = Wanted {
            live_percent: limits::COMPACT_BELOW - 1,
            erased,
            older: false,
            before: u64::MAX,
            bytes: limits::COMPACT_PIECE,
        };
        if store.compact_piece(&wanted)?.more {
            self.upkeep.next = now.after(limits::COMPACT_PAUSE).monotonic;
        } else {
            if erased {
                self.upkeep.cleared = Some(now.monotonic);
            }
            self.upkeep.next = now.after(limits::COMPACT_EVERY).monotonic;
        }
        Ok(())
    }

    /// Compaction by order of the operator: some pieces at once; whoever wants it finished asks again.
    pub(super) fn compact(
        &mut self,
        now: Moment,
        all: bool,
        before: Option<u64>,
        store: &mut Store,
    ) -> Result<Reply, StoreError> {
        let is_held = now.monotonic < self.upkeep.held_until;
        let before = before.unwrap_or_else(|| store.journal_end());
        let mut done = Compacted::default();
        let mut more = is_held;
        if !is_held {
            let wanted = wanted(all, before);
            for _ in 0..limits::COMPACT_PIECES {
                let piece = store.compact_piece(&wanted)?;
                done.segments += piece.done.segments;
                done.removed += piece.done.removed;
                done.moved += piece.done.moved;
                more = piece.more;
                if !more {
                    break;
                }
            }
        }
        Ok(Reply::Compacted {
            segments: done.segments,
            removed: done.removed,
            moved: done.moved,
            more,
            held: is_held,
            before,
        })
    }

    /// Keeps every segment in its place for a while, so that the journal can be read from outside up to its present end.
    pub(super) fn hold_journal(&mut self, now: Moment, seconds: u64, store: &Store) -> Reply {
        let millis = seconds.min(limits::HOLD_SECONDS) * 1_000;
        self.upkeep.held_until = now.after(millis).monotonic;
        Reply::JournalHeld {
            end: store.journal_end(),
        }
    }
}

/// What compaction by command clears: what it would by itself; or whatever holds anything dead.
pub(crate) fn wanted(all: bool, before: u64) -> Wanted {
    Wanted {
        live_percent: if all { 99 } else { limits::COMPACT_BELOW - 1 },
        erased: true,
        older: false,
        before,
        bytes: limits::COMPACT_PIECE,
    }
}
