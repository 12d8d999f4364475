//! The bounds of an inception: roots, reserve, recovery.

use super::super::case::{bytes, filler, int, list};
use super::super::forge::Pair;
use super::super::world::{World, sorted_digests, sorted_keys};
use super::{changes, recovery, reversed, twice};
use serde_json::Value as Json;

pub(super) fn cases(w: &World, cases: &mut Vec<Json>) {
    let mut change = changes(w, cases);
    let i = w.inception_map();
    let many: Vec<Pair> = (0..17).map(|n| Pair::of(&format!("root {n}"))).collect();
    let many: Vec<&Pair> = many.iter().collect();
    let roots = || sorted_keys(&w.roots.iter().collect::<Vec<_>>());
    let next = || sorted_digests(&w.reserve.iter().collect::<Vec<_>>());
    change("inception, no roots", &i, "roots", list([]), "field");
    change(
        "inception, 17 roots",
        &i,
        "roots",
        sorted_keys(&many),
        "field",
    );
    change(
        "inception, roots out of order",
        &i,
        "roots",
        reversed(roots()),
        "field",
    );
    change(
        "inception, a root twice",
        &i,
        "roots",
        twice(roots()),
        "field",
    );
    change(
        "inception, a root of 32 bytes",
        &i,
        "roots",
        list([bytes(&filler(1))]),
        "field",
    );
    change("inception, threshold 0", &i, "threshold", int(0), "field");
    change(
        "inception, threshold above the roots",
        &i,
        "threshold",
        int(4),
        "field",
    );
    change("inception, no reserve", &i, "next", list([]), "field");
    change(
        "inception, 17 digests",
        &i,
        "next",
        sorted_digests(&many),
        "field",
    );
    change(
        "inception, digests out of order",
        &i,
        "next",
        reversed(next()),
        "field",
    );
    change(
        "inception, a digest twice",
        &i,
        "next",
        twice(next()),
        "field",
    );
    change(
        "inception, next_threshold 0",
        &i,
        "next_threshold",
        int(0),
        "field",
    );
    change(
        "inception, next_threshold above the digests",
        &i,
        "next_threshold",
        int(4),
        "field",
    );
    change(
        "inception, no guardians",
        &i,
        "recovery",
        recovery(&[], 1, 1),
        "field",
    );
    change(
        "inception, 33 guardians",
        &i,
        "recovery",
        recovery(&(1..=33).collect::<Vec<_>>(), 1, 1),
        "field",
    );
    change(
        "inception, guardians out of order",
        &i,
        "recovery",
        recovery(&[8, 7], 1, 1),
        "field",
    );
    change(
        "inception, a guardian twice",
        &i,
        "recovery",
        recovery(&[7, 7], 1, 1),
        "field",
    );
    change(
        "inception, k 0",
        &i,
        "recovery",
        recovery(&[7, 8], 0, 1),
        "field",
    );
    change(
        "inception, k above the guardians",
        &i,
        "recovery",
        recovery(&[7, 8], 3, 1),
        "field",
    );
    change(
        "inception, jurisdictions 0",
        &i,
        "recovery",
        recovery(&[7, 8], 2, 0),
        "field",
    );
    change(
        "inception, jurisdictions above k",
        &i,
        "recovery",
        recovery(&[7, 8], 1, 2),
        "field",
    );
    change(
        "inception, day before the first",
        &i,
        "day",
        int(-719_163),
        "field",
    );
    change(
        "inception, day after the last",
        &i,
        "day",
        int(2_932_897),
        "field",
    );
}
