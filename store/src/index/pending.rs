//! An index that is brought up to date by a thread of its own. What is acknowledged is in the journal; so a commit hands its
//! changes over and is done, the next one is written while this one is indexed, and what waited together is indexed together.
//!
//! Readers look at the waiting changes first, so they see every commit that has returned.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{Changes, Column, Each, Index, IndexError};
use crate::journal::Mark;
use crate::keys;

/// Most keys that wait: three groups of a thousand records, about 5 MiB. Whoever has more waits.
const KEYS: usize = 20_000;
/// Most commits that wait: a reader looks into each of them.
const COMMITS: usize = 16;
/// Most keys indexed in one transaction, unless one commit has more.
const TOGETHER: usize = 8_192;
/// Most fixed keys remembered: those of the signers of an hour, in about 1 MiB. Then all are forgotten.
const REMEMBERED: usize = 10_000;
/// How long closing waits for what is left. It is in the journal, and the next opening brings it in.
const DROP_WAIT: Duration = Duration::from_secs(10);

pub(crate) struct Pending {
    inner: Arc<dyn Index>,
    shared: Arc<Shared>,
    worker: Option<JoinHandle<()>>,
    /// What never changes once it is there and is asked for with every record.
    remembered: Mutex<HashMap<Vec<u8>, Vec<u8>>>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Oldest first. A commit stays here until the engine has it.
    waiting: VecDeque<(Arc<Changes>, Mark)>,
    keys: usize,
    failure: Option<IndexError>,
    ends: bool,
    ended: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn sound(&self) -> Result<(), IndexError> {
        self.failure.clone().map_or(Ok(()), Err)
    }

    /// The oldest commits that fit into one transaction.
    fn next_group(&self) -> Vec<(Arc<Changes>, Mark)> {
        let mut keys = 0;
        let fits = |(changes, _): &&(Arc<Changes>, Mark)| {
            keys += changes.len();
            keys == changes.len() || keys <= TOGETHER
        };
        self.waiting.iter().take_while(fits).cloned().collect()
    }
}

impl Pending {
    /// # Errors
    /// When the operating system gives no thread.
    pub(crate) fn over(inner: impl Index + 'static) -> Result<Self, IndexError> {
        let inner: Arc<dyn Index> = Arc::new(inner);
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let (engine, its) = (inner.clone(), shared.clone());
        let worker = std::thread::Builder::new()
            .name("index".to_owned())
            .spawn(move || work(engine, &its))
            .map_err(|error| IndexError(format!("no thread for it: {error}")))?;
        Ok(Self {
            inner,
            shared,
            worker: Some(worker),
            remembered: Mutex::default(),
        })
    }
}

/// Indexes what waits until the end is wanted and nothing is left, or the engine fails.
fn work(engine: Arc<dyn Index>, shared: &Shared) {
    loop {
        let mut state = shared.lock();
        while state.waiting.is_empty() && !state.ends {
            state = shared.wait(state);
        }
        let group = state.next_group();
        drop(state);
        let Some((newest, mark)) = group.last() else {
            break;
        };
        let together = if group.len() == 1 {
            newest.clone()
        } else {
            Arc::new(group.iter().map(|(changes, _)| &**changes).collect())
        };
        let applied = engine.apply(together, *mark);
        let mut state = shared.lock();
        match applied {
            Ok(()) => {
                state.waiting.drain(..group.len());
                state.keys -= group
                    .iter()
                    .map(|(changes, _)| changes.len())
                    .sum::<usize>();
            }
            Err(error) => {
                state.failure = Some(error);
                break;
            }
        }
        drop(state);
        shared.changed.notify_all();
    }
    // Whoever waits for the end is then the last to hold the engine, and closes it.
    drop(engine);
    shared.lock().ended = true;
    shared.changed.notify_all();
}

impl Index for Pending {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        let state = self.shared.lock();
        state.sound()?;
        let newest_first = state.waiting.iter().rev();
        for (changes, _) in newest_first {
            if let Some(value) = changes.get(column, key) {
                return Ok(value.clone());
            }
        }
        drop(state);
        if column != Column::Small || !keys::is_fixed(key) {
            return self.inner.get(column, key);
        }
        let mut remembered = self
            .remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = remembered.get(key) {
            return Ok(Some(value.clone()));
        }
        let value = self.inner.get(column, key)?;
        if let Some(value) = &value {
            if remembered.len() >= REMEMBERED {
                remembered.clear();
            }
            remembered.insert(key.to_vec(), value.clone());
        }
        Ok(value)
    }

    fn range(
        &self,
        column: Column,
        from: &[u8],
        to: &[u8],
        down: bool,
        each: &mut Each<'_>,
    ) -> Result<(), IndexError> {
        if from >= to {
            return Ok(());
        }
        let state = self.shared.lock();
        state.sound()?;
        let waiting: Vec<_> = state.waiting.iter().cloned().collect();
        drop(state);
        let mut above = BTreeMap::new();
        for (changes, _) in &waiting {
            above.extend(changes.range(column, from, to));
        }
        if above.is_empty() {
            return self.inner.range(column, from, to, down, each);
        }
        let mut above: Vec<_> = above.into_iter().collect();
        if down {
            above.reverse();
        }
        let mut above = above.into_iter();
        let mut next = above.next();
        let mut goes_on = true;
        self.inner
            .range(column, from, to, down, &mut |key, value| {
                while let Some((waiting, changed)) = next {
                    let order = waiting.as_slice().cmp(key);
                    let is_after = if down { order.is_lt() } else { order.is_gt() };
                    if is_after {
                        break;
                    }
                    next = above.next();
                    goes_on = changed.as_ref().is_none_or(|value| each(waiting, value));
                    if order.is_eq() || !goes_on {
                        return goes_on;
                    }
                }
                goes_on = each(key, value);
                goes_on
            })?;
        while let Some((key, changed)) = next.filter(|_| goes_on) {
            goes_on = changed.as_ref().is_none_or(|value| each(key, value));
            next = above.next();
        }
        Ok(())
    }

    fn apply(&self, changes: Arc<Changes>, mark: Mark) -> Result<(), IndexError> {
        let mut state = self.shared.lock();
        while state.failure.is_none()
            && !state.waiting.is_empty()
            && (state.waiting.len() >= COMMITS || state.keys + changes.len() > KEYS)
        {
            state = self.shared.wait(state);
        }
        state.sound()?;
        state.keys += changes.len();
        state.waiting.push_back((changes, mark));
        drop(state);
        self.shared.changed.notify_all();
        Ok(())
    }

    fn mark(&self) -> Result<Option<Mark>, IndexError> {
        let state = self.shared.lock();
        state.sound()?;
        if let Some((_, mark)) = state.waiting.back() {
            return Ok(Some(*mark));
        }
        drop(state);
        self.inner.mark()
    }

    fn settle(&self) -> Result<(), IndexError> {
        let mut state = self.shared.lock();
        while !state.waiting.is_empty() && state.failure.is_none() {
            state = self.shared.wait(state);
        }
        state.sound()
    }

    fn checkpoint(&self) -> Result<(), IndexError> {
        self.settle()?;
        self.inner.checkpoint()
    }

    fn size(&self) -> u64 {
        self.inner.size()
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.ends = true;
        self.shared.changed.notify_all();
        let until = Instant::now() + DROP_WAIT;
        while !state.ended {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                tracing::warn!("the index is not up to date; the next start brings in the rest");
                return;
            }
            let waited = self.shared.changed.wait_timeout(state, left);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        if let Some(worker) = self.worker.take() {
            // It has said that it ended; there is nothing in its result.
            let _ = worker.join();
        }
    }
}

#[cfg(test)]
mod tests;
