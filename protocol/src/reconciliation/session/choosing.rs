//! Which way a responder goes.

use super::super::cell::Cell;
use super::super::estimate;
use super::super::held::Held;
use super::super::message::{Hello, Plan};
use super::super::rungs;
use super::super::short::ShortKey;
use super::{Budget, SessionFault};
use crate::limits;

/// Bytes that a cell takes.
const CELL_BYTES: f64 = 13.3;
/// Bytes that an id takes in a list of the whole set.
const LIST_BYTES: f64 = 4.0;
/// Cells that a hint is proven with when nothing else is expected to differ.
pub(super) const PROOF: usize = limits::COMPARE_LEAST_CELLS;

/// What a responder goes for, and how many cells it begins with.
pub(super) struct Choice {
    pub(super) plan: Plan,
    pub(super) salted: bool,
    pub(super) first: usize,
}

/// The cheapest way in bytes, by what the counts and rungs suggest.
pub(super) fn choose(
    budget: &mut Budget,
    hello: &Hello,
    difference: &[Cell],
    held: &dyn Held,
    keys: &[ShortKey],
) -> Result<Choice, SessionFault> {
    let surplus = held.count() as i64 - i64::try_from(hello.count).unwrap_or(i64::MAX / 2);
    let least = surplus.unsigned_abs() as f64;
    let estimated = (difference.len() >= limits::COMPARE_LEAST_CELLS)
        .then(|| estimate::difference(difference, surplus));
    // Half the prefix: what is estimated may be half as much again.
    let fits = |size: f64| estimate::cells_for(size) <= held.cells().len() / 2;
    let bytes = |size: f64| CELL_BYTES * estimate::cells_for(size) as f64;
    let begin = |size: f64| PROOF.max(estimate::cells_for(size) * 3 / 4);

    let mut best_bytes = LIST_BYTES * held.count() as f64;
    let mut best = Choice {
        plan: Plan::List,
        salted: true,
        first: 0,
    };
    let guess = estimated.unwrap_or(least.max(45.0));
    if bytes(guess) < best_bytes {
        best_bytes = bytes(guess);
        best = Choice {
            plan: Plan::Cells,
            salted: !fits(guess),
            first: begin(guess),
        };
    }
    let mut offer = |plan, listed: usize, left: f64| {
        let price = 8.0 * listed as f64 + bytes(left);
        if fits(left) && price < best_bytes {
            best_bytes = price;
            best = Choice {
                plan,
                salted: false,
                first: begin(left),
            };
        }
    };
    if let Some(arrived) = arrived_since(hello, held, budget)? {
        // Each side's arrivals since they agreed: theirs follow from ours and the difference of the counts.
        let explained = (2 * arrived) as f64 - surplus as f64;
        let left = estimated.map_or(0.0, |size| (size / 1.5 - explained).max(0.0));
        offer(Plan::Arrivals, arrived, left);
    }
    if let (Some(size), false) = (estimated, hello.rungs.is_empty()) {
        let rungs = rungs::compare(&hello.rungs, held, keys);
        let seen = rungs.last().map_or(0, |(_, seen, _)| *seen);
        budget.work.spend(seen as u64 * 5)?;
        let largest = rungs.iter().map(|(.., size)| *size).fold(0.0, f64::max);
        // The noise of nested suffixes is the same noise: where the largest seems to hold about all that differs, the shares count and not the sizes.
        let scale = if (0.4..2.5).contains(&(largest / size)) {
            size / largest
        } else {
            1.0
        };
        for (boundary, seen, inside) in rungs {
            let left = 1.5 * (size - inside * scale).max(0.0);
            offer(Plan::Suffix(boundary), seen, left);
        }
    }
    Ok(best)
}

fn arrived_since(
    hello: &Hello,
    held: &dyn Held,
    budget: &mut Budget,
) -> Result<Option<usize>, SessionFault> {
    let end = held.cursor();
    let Some(since) = hello
        .since
        .filter(|since| since.epoch == end.epoch && since.seq <= end.seq)
    else {
        return Ok(None);
    };
    let mut arrived = 0usize;
    held.arrived(since.seq, &mut |_| {
        arrived += 1;
        arrived <= limits::COMPARE_HINT
    });
    budget.work.spend(arrived as u64)?;
    Ok((arrived <= limits::COMPARE_HINT).then_some(arrived))
}
