//! What a session asks of the node: the set it compares.

mod in_memory;

pub use in_memory::HeldInMemory;

use super::cell::Cell;
use super::root::Root;
use super::short::Short;
use crate::id::Id;

/// A statement in a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Element {
    /// Which of [`Held::feeds`].
    pub feed: usize,
    /// The statement.
    pub id: Id,
}

/// A place in a node's log of arrivals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// Which log: another number when it was begun anew, such as after a restored backup.
    pub epoch: u32,
    /// The last arrival that is meant; 0 before the first.
    pub seq: u64,
}

/// A node's set towards one peer: what it would relay to it in the feeds both follow, and what it declined from it.
///
/// **One moment.** All answers in one session are about the set as it was when the session began. What comes later goes its way by gossip and into the next session; a set that grows under a
/// comparison is never explained by its sketch.
pub trait Held {
    /// The hashes of the names of the feeds that both follow, sorted, distinct.
    fn feeds(&self) -> &[Id];
    /// How many elements.
    fn count(&self) -> u64;
    /// The root over all feeds.
    fn root(&self) -> Root;
    /// The end of the log of arrivals.
    fn cursor(&self) -> Cursor;
    /// The sum of the sketches of all feeds, [`crate::limits::COMPARE_PREFIX`] cells. Fewer are allowed; then less can be recovered without going through the set.
    fn cells(&self) -> &[Cell];
    /// The element with this short id of the cached tier.
    fn find(&self, short: Short) -> Option<Element>;
    /// All elements, in any order.
    fn each(&self, visit: &mut dyn FnMut(Element));
    /// Elements that came after this place, in any order, until `visit` says no.
    fn arrived(&self, after: u64, visit: &mut dyn FnMut(Element) -> bool);
    /// Elements by the day they claim, newest first, until `visit` says no. A day is days since 1970-01-01 and 2^31; 0 for what claims none.
    fn newest(&self, visit: &mut dyn FnMut(u32, Element) -> bool);
}
