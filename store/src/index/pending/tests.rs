#![allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use proptest::prelude::*;

use super::*;
use crate::index::Change;
use crate::index::memory::MemoryIndex;

/// An engine that takes changes only while its gate is open, counts transactions, and fails when told to.
#[derive(Default)]
struct Gate {
    inner: MemoryIndex,
    open: Mutex<bool>,
    opened: Condvar,
    transactions: AtomicUsize,
    fails: AtomicBool,
}

impl Gate {
    fn set(&self, open: bool) {
        *self.open.lock().unwrap() = open;
        self.opened.notify_all();
    }
}

impl Index for Arc<Gate> {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        self.inner.get(column, key)
    }
    fn range(
        &self,
        column: Column,
        from: &[u8],
        to: &[u8],
        down: bool,
        each: &mut Each<'_>,
    ) -> Result<(), IndexError> {
        self.inner.range(column, from, to, down, each)
    }
    fn apply(&self, changes: Arc<Changes>, mark: Mark) -> Result<(), IndexError> {
        let mut open = self.open.lock().unwrap();
        while !*open {
            open = self.opened.wait(open).unwrap();
        }
        if self.fails.load(Ordering::SeqCst) {
            return Err(IndexError("injected".to_owned()));
        }
        self.transactions.fetch_add(1, Ordering::SeqCst);
        self.inner.apply(changes, mark)
    }
    fn mark(&self) -> Result<Option<Mark>, IndexError> {
        self.inner.mark()
    }
    fn checkpoint(&self) -> Result<(), IndexError> {
        self.inner.checkpoint()
    }
    fn size(&self) -> u64 {
        0
    }
}

fn gated() -> (Arc<Gate>, Pending) {
    let gate = Arc::new(Gate::default());
    let pending = Pending::over(gate.clone()).unwrap();
    (gate, pending)
}

fn mark(offset: u64) -> Mark {
    Mark {
        offset,
        ..Mark::START
    }
}

fn changes(all: impl IntoIterator<Item = (Vec<u8>, Option<u8>)>) -> Arc<Changes> {
    let change = |(key, value): (Vec<u8>, Option<u8>)| -> Change {
        ((Column::Lane, key), value.map(|value| vec![value]))
    };
    Arc::new(all.into_iter().map(change).collect())
}

fn found(
    index: &dyn Index,
    from: &[u8],
    to: &[u8],
    down: bool,
    most: usize,
) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut found = Vec::new();
    index
        .range(Column::Lane, from, to, down, &mut |key, value| {
            found.push((key.to_vec(), value.to_vec()));
            found.len() < most
        })
        .unwrap();
    found
}

#[test]
fn what_waits_is_seen_and_is_not_in_the_engine() {
    let (gate, pending) = gated();
    pending
        .apply(changes([(vec![1], Some(1)), (vec![2], Some(2))]), mark(1))
        .unwrap();
    pending.apply(changes([(vec![2], None)]), mark(2)).unwrap();
    assert_eq!(pending.get(Column::Lane, &[1]).unwrap(), Some(vec![1]));
    assert_eq!(pending.get(Column::Lane, &[2]).unwrap(), None);
    assert_eq!(pending.mark().unwrap(), Some(mark(2)));
    assert_eq!(gate.inner.get(Column::Lane, &[1]).unwrap(), None);
    gate.set(true);
    pending.settle().unwrap();
    assert_eq!(gate.inner.get(Column::Lane, &[1]).unwrap(), Some(vec![1]));
    assert_eq!(gate.inner.mark().unwrap(), Some(mark(2)));
}

#[test]
fn what_waited_together_is_one_transaction() {
    let (gate, pending) = gated();
    for n in 0..10 {
        pending
            .apply(changes([(vec![n], Some(n))]), mark(n.into()))
            .unwrap();
    }
    gate.set(true);
    pending.settle().unwrap();
    // The first was taken alone, unless the thread began late.
    assert!(gate.transactions.load(Ordering::SeqCst) <= 2);
    assert_eq!(found(&pending, &[0], &[99], false, 99).len(), 10);
}

#[test]
fn who_has_no_room_waits_for_it() {
    let (gate, pending) = gated();
    let done = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for n in 0..=COMMITS {
                pending
                    .apply(changes([(vec![n as u8], Some(1))]), mark(n as u64))
                    .unwrap();
                done.fetch_add(1, Ordering::SeqCst);
            }
        });
        while pending.shared.lock().waiting.len() < COMMITS {
            std::thread::yield_now();
        }
        assert!(!writer.is_finished() && done.load(Ordering::SeqCst) <= COMMITS);
        gate.set(true);
        writer.join().unwrap();
    });
    pending.settle().unwrap();
    assert_eq!(gate.inner.mark().unwrap(), Some(mark(COMMITS as u64)));
}

#[test]
fn a_failure_is_told_to_everybody_who_asks_afterwards() {
    let (gate, pending) = gated();
    gate.fails.store(true, Ordering::SeqCst);
    pending
        .apply(changes([(vec![1], Some(1))]), mark(1))
        .unwrap();
    gate.set(true);
    assert!(pending.settle().is_err());
    assert!(pending.get(Column::Lane, &[1]).is_err());
    assert!(
        pending
            .range(Column::Lane, &[0], &[9], false, &mut |_, _| true)
            .is_err()
    );
    assert!(
        pending
            .apply(changes([(vec![2], Some(2))]), mark(2))
            .is_err()
    );
    assert!(pending.mark().is_err() && pending.checkpoint().is_err());
    assert_eq!(gate.inner.mark().unwrap(), None);
}

#[test]
fn closing_brings_in_what_waits() {
    let (gate, pending) = gated();
    pending
        .apply(changes([(vec![1], Some(1))]), mark(1))
        .unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| drop(pending));
        gate.set(true);
    });
    assert_eq!(gate.inner.mark().unwrap(), Some(mark(1)));
}

type Round = Vec<(Vec<u8>, Option<u8>)>;

fn rounds() -> impl Strategy<Value = Vec<Round>> {
    let key = prop::collection::vec(0u8..4, 0..3);
    let round = prop::collection::vec((key, any::<Option<u8>>()), 0..12);
    prop::collection::vec(round, 0..6)
}

proptest! {
    /// Some commits are in the engine, some wait: together they are what an index without waiting has.
    #[test]
    fn ranges_are_those_of_an_index_that_never_waits(
        before in rounds(),
        waiting in rounds(),
        from in prop::collection::vec(0u8..5, 0..3),
        to in prop::collection::vec(0u8..5, 0..3),
        down in any::<bool>(),
        most in 1usize..9,
    ) {
        let (gate, pending) = gated();
        let plain = MemoryIndex::default();
        gate.set(true);
        for round in before {
            pending.apply(changes(round.clone()), mark(1)).unwrap();
            plain.apply(changes(round), mark(1)).unwrap();
        }
        pending.settle().unwrap();
        gate.set(false);
        for round in waiting {
            pending.apply(changes(round.clone()), mark(2)).unwrap();
            plain.apply(changes(round), mark(2)).unwrap();
        }
        prop_assert_eq!(found(&pending, &from, &to, down, most), found(&plain, &from, &to, down, most));
        gate.set(true);
        pending.settle().unwrap();
        prop_assert_eq!(found(&pending, &from, &to, down, most), found(&plain, &from, &to, down, most));
    }
}
