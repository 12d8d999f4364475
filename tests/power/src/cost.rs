//! What an acknowledged group costs, counted from the calls that were made for it.

use std::path::Path;

use crate::Result;
use crate::trace::{Act, Call};

/// Sums over the groups of a trace.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Groups counted: not the first after an opening, which syncs the guard as well.
    pub steady: u64,
    /// Of those, groups that began a segment: one more sync of a file, one of the folder.
    pub rolled: u64,
    /// Syncs that the committing thread made in those that began none.
    pub syncs: u64,
    /// Bytes written to the journal by all groups.
    pub journal: u64,
    /// Bytes written to the guard by all groups.
    pub guard: u64,
    /// Bytes written to the index, by all groups and in the background.
    pub index: u64,
    /// Groups acknowledged.
    pub groups: u64,
    /// Segments whose content compactions removed.
    pub cleared: u64,
}

/// Counts.
///
/// # Errors
/// When a group in the steady state cost another number of syncs than one, or its sync was not the journal's.
pub fn count(calls: &[Call]) -> Result<Cost> {
    let mut cost = Cost::default();
    let mut group: Option<(String, Vec<&Call>)> = None;
    let mut is_first = true;
    for call in calls {
        if let Act::Write { path, bytes, .. } = &call.act
            && path.components().any(|part| part.as_os_str() == "index")
        {
            cost.index += bytes.len() as u64;
        }
        cost.cleared += u64::from(matches!(&call.act, Act::Rename { to, .. } if is_segment(to)));
        let Act::Said(line) = &call.act else {
            if let Some((_, calls)) = &mut group {
                calls.push(call);
            }
            continue;
        };
        match line.trim().split_once(' ') {
            Some(("begin", number)) => group = Some((number.to_owned(), Vec::new())),
            Some(("acknowledged", number)) => {
                let (_, calls) = group
                    .take()
                    .ok_or_else(|| format!("group {number} did not begin"))?;
                cost.add(number, call.thread, &calls, is_first)?;
                is_first = false;
            }
            _ => is_first |= line.trim() == "opened",
        }
    }
    if cost.rolled == 0 || cost.cleared == 0 {
        return Err("the run began or cleared no segment: too short to say anything".to_owned());
    }
    Ok(cost)
}

fn is_segment(path: &Path) -> bool {
    path.extension().is_some_and(|ext| ext == "seg")
}

impl Cost {
    fn add(&mut self, number: &str, thread: u32, calls: &[&Call], is_first: bool) -> Result<()> {
        self.groups += 1;
        let mut syncs = Vec::new();
        let mut rolled = false;
        // The index writes and syncs in threads of its own, which nobody waits for.
        for call in calls.iter().filter(|call| call.thread == thread) {
            match &call.act {
                Act::Sync { path } => syncs.push(path.as_path()),
                Act::Open {
                    path, create: true, ..
                } => rolled |= is_segment(path),
                Act::Write { path, bytes, .. } if is_segment(path) => {
                    self.journal += bytes.len() as u64
                }
                Act::Write { path, bytes, .. } if path.ends_with(crate::load::GUARD) => {
                    self.guard += bytes.len() as u64
                }
                _ => {}
            }
        }
        if is_first {
            return Ok(());
        }
        self.steady += 1;
        if rolled {
            self.rolled += 1;
            return if syncs.len() == 3 {
                Ok(())
            } else {
                Err(format!(
                    "group {number} began a segment with the syncs {syncs:?}"
                ))
            };
        }
        self.syncs += syncs.len() as u64;
        match syncs.as_slice() {
            [path] if is_segment(path) => Ok(()),
            _ => Err(format!(
                "group {number} was acknowledged with the syncs {syncs:?}, not one of the journal"
            )),
        }
    }
}
