//! Section 15: whom a node accepts, as a pure function of the local policy and of the vouches and charters that count.
//!
//! * [`Policy`]: what the operator chose; local, and never the same on two nodes.
//! * [`Vouch`], [`Charter`]: what institutions said. [`Testimony`] reads them from records; which records count is the same on
//!   every node that holds the same records.
//! * [`Web`]: both together, evaluated, and kept up to date as vouches come and go.
//! * [`Explanation`]: why, and what would change it; [`Explanation::sentences`] says it in words.
//!
//! # Why the answer is exact
//!
//! A path leads from an anchor *a* to the subject *s*: `a → s` (direct), or `a → i → s` by an introducer *i* whom *a* lets
//! introduce. Asked for is the largest number of paths of which no two share an institution other than *s*. With a limit on the
//! length, that is no maximum flow in general; with at most two vouches a path it is a matching:
//!
//! 1. Let *D* be the anchors with a direct path. Take any set of disjoint paths and an anchor *d* of *D*. If a path of the set
//!    contains *d*, as its anchor or as its introducer, replace that path by `d → s`: the others stay disjoint from it. If none does, add
//!    `d → s`. Neither makes the set smaller. So some largest set has `d → s` for every *d* of *D*, and this is also
//!    the set with the most direct paths.
//! 2. What remains are paths `a → i → s` with *a* and *i* outside *D*. Such an *i* is no anchor whose word counts here, or it
//!    would be in *D*, because it vouches for *s*. So anchors and introducers are different sets, each path is an edge between
//!    them, and disjoint paths are a matching in a bipartite graph. The largest one is found by augmenting paths.
//!
//! The number is |*D*| + the size of that matching. By König's theorem a smallest cover of the graph has the size of the matching; *D* and
//! the cover are a smallest set of institutions that every path meets, which answers who would have to withdraw. The tests compare all of it with
//! trying every subset of all paths on small random graphs.
//!
//! # What bounds impostors
//!
//! Disjointness alone bounds how many *introducers* an impostor needs, not how many impostors they then bring in: two impostors
//! whom two anchors let introduce would bring in thousands. So a policy asks for a number of direct paths
//! ([`Policy::direct`], 1 unless the operator says otherwise). Then each accepted institution took a vouch of an anchor, and
//! impostors are never more than the vouches that anchors gave to impostors, however many vouch for each other.

mod charter;
mod explanation;
mod matching;
mod paths;
mod policy;
mod scope;
mod sentences;
mod testimony;
mod vouch;
mod web;

pub use charter::{Admission, Charter};
pub use explanation::{CharterGround, Explanation, Losing, Needed, Path, PathGround};
pub use policy::{Anchor, Policy, PolicyFault, Trust};
pub use scope::{Matter, Scope};
pub use testimony::{NotCounted, Testimony, Word, counts, may_be_word, read_word};
pub use vouch::{Class, Level, Vouch};
pub use web::{Acceptance, Change, CharterStanding, Web};

#[cfg(test)]
mod tests;
