//! What an initiator begins with.

use super::super::cell;
use super::super::decoder::DecodeFault;
use super::super::estimate;
use super::super::held::{Cursor, Held};
use super::super::mapping;
use super::super::message::Hello;
use super::super::root::Root;
use super::super::rungs;
use super::{Budget, known};

/// Differences up to which a first message carries cells enough to recover them; beyond, it carries a few to estimate from.
const SMALL: u64 = 45;
/// Cells to estimate from at a first contact; the deviation is 25 %.
const ESTIMATE: usize = 32;
/// The same where the log of arrivals says the most; 37 %.
const ROUGH: usize = 16;

/// What an initiator knows of the peer from earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Start {
    /// Where in the peer's log of arrivals the two last agreed.
    pub since: Option<Cursor>,
    /// Where in the own log of arrivals they last agreed.
    pub own_since: Option<u64>,
    /// The root they last agreed on.
    pub agreed: Option<Root>,
    /// How many differences are expected, such as by the peer's rate and the time apart; twice the own arrivals if not said.
    pub expected: Option<u64>,
    /// Chance, new for each session. It is not said before it is needed.
    pub nonce: [u8; 16],
}

/// The first message.
pub(super) fn hello(
    held: &dyn Held,
    start: &Start,
    budget: &mut Budget,
) -> Result<Hello, DecodeFault> {
    let root = held.root();
    let own_arrivals = start.own_since.map(|since| {
        let mut arrived = 0u64;
        held.arrived(since, &mut |_| {
            arrived += 1;
            arrived <= SMALL
        });
        arrived
    });
    let expected = start.expected.or(own_arrivals.map(|own| 2 * own));
    let unchanged = start.since.is_some() && start.agreed == Some(root);
    let (cells, with_rungs) = match (expected, start.since) {
        (_, Some(_)) if unchanged => (0, false),
        (Some(expected), _) if expected <= SMALL => (estimate::opener(expected as f64), false),
        (_, Some(_)) => (ROUGH, false),
        (_, None) => (ESTIMATE, true),
    };
    let cells = if held.count() == 0 { 0 } else { cells };
    let rungs = if with_rungs && cells > 0 {
        rungs::of(held, &known::cached_keys(held))
    } else {
        Vec::new()
    };
    let own = held.cells();
    let hello = Hello {
        mapping: mapping::REGULAR,
        feeds: known::tag(held.feeds()),
        count: held.count(),
        root,
        since: start.since,
        cells: cell::encode(0, own.get(..cells).unwrap_or(own)),
        rungs,
    };
    let spent = if hello.rungs.is_empty() {
        0
    } else {
        held.count().min(rungs::LARGEST as u64) * 5
    };
    budget.work.spend(spent)?;
    Ok(hello)
}
