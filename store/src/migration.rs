//! Numbered steps from one format of the journal's entries to the next.
//!
//! A program writes the newest format and reads all older ones: what comes from an older segment is taken up, step by step, while it is
//! read. So there is no moment at which a store is half of one and half of another: a segment has one format, named in its header,
//! and an entry that is written again, by compaction or by `indaba store migrate`, is written in the newest, in the same frame and under
//! the same sync as always. A store in which nothing old is left is a store that was migrated.
//!
//! The next format is a file `migration/to_2.rs` with one function, its line in [`STEPS`], and a small store of the format it leaves
//! behind under `tests/golden/`.

/// Kind and bytes of an entry.
pub(crate) type Stored = (u8, Vec<u8>);

/// From one format to the next.
#[derive(Debug)]
pub(crate) struct Step {
    /// What changes, for whoever is asked to migrate.
    pub(crate) what: &'static str,
    /// Kind and bytes of an entry in the older format to those in the newer; `None` when they do not read.
    pub(crate) entry: fn(u8, Vec<u8>) -> Option<Stored>,
}

/// The format that the first step leaves behind.
const FIRST: u16 = 1;

/// The steps, the first one from format 1 to 2. There is one format so far, and no step.
pub(crate) const STEPS: &[Step] = &[];

/// The formats that are known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Formats(&'static [Step]);

impl Formats {
    /// Those of this program.
    pub(crate) fn known() -> Self {
        #[cfg(test)]
        if let Some(steps) = tests_only::STEPS.with(std::cell::Cell::get) {
            return Self(steps);
        }
        Self(STEPS)
    }

    /// The one that is written.
    pub(crate) fn newest(self) -> u16 {
        FIRST + self.0.len() as u16
    }

    /// Takes an entry of a known format up to the newest.
    pub(crate) fn take_up(self, from: u16, kind: u8, bytes: Vec<u8>) -> Option<Stored> {
        let steps = self.0.get(usize::from(from.checked_sub(FIRST)?)..)?;
        let first = (kind, bytes);
        steps
            .iter()
            .try_fold(first, |(kind, bytes), step| (step.entry)(kind, bytes))
    }

    /// What changes on the way from a known format to the newest.
    pub(crate) fn changes(self, from: u16) -> Vec<&'static str> {
        let steps = self.0.get(usize::from(from.saturating_sub(FIRST))..);
        steps
            .unwrap_or_default()
            .iter()
            .map(|step| step.what)
            .collect()
    }
}

#[cfg(test)]
pub(crate) mod tests_only {
    use std::cell::Cell;

    use super::Step;

    thread_local! {
        pub(crate) static STEPS: Cell<Option<&'static [Step]>> = const { Cell::new(None) };
    }

    /// Runs something in a program that knows these steps.
    pub(crate) fn knowing<T>(steps: &'static [Step], run: impl FnOnce() -> T) -> T {
        let before = STEPS.with(|known| known.replace(Some(steps)));
        let done = run();
        STEPS.with(|known| known.set(before));
        done
    }
}
