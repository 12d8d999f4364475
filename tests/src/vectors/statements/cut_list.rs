//! The bounds of a cut list.

use super::super::case::{bytes, filler, int, list};
use super::super::world::World;
use super::changes;
use indaba_protocol::Id;
use serde_json::Value as Json;

pub(super) fn cases(w: &World, cases: &mut Vec<Json>) {
    let mut change = changes(w, cases);
    let c = w.cut_list_map(&w.other.key(), &[], &[]);
    let entry = |feed: u8, seq: i128| list([bytes(&filler(feed)), int(seq), bytes(&filler(9))]);
    change(
        "cut list, feeds out of order",
        &c,
        "feeds",
        list([entry(2, 1), entry(1, 1)]),
        "field",
    );
    change(
        "cut list, a feed twice",
        &c,
        "feeds",
        list([entry(1, 1), entry(1, 2)]),
        "field",
    );
    change("cut list, seq 0", &c, "feeds", list([entry(1, 0)]), "field");
    change(
        "cut list, seq 2^53",
        &c,
        "feeds",
        list([entry(1, 1 << 53)]),
        "field",
    );
    change(
        "cut list, an entry of two",
        &c,
        "feeds",
        list([list([bytes(&filler(1)), int(1)])]),
        "field",
    );
    change(
        "cut list, adopted out of order",
        &c,
        "adopted",
        list([bytes(&filler(2)), bytes(&filler(1))]),
        "field",
    );
    change(
        "cut list, adopted twice",
        &c,
        "adopted",
        list([bytes(&filler(1)), bytes(&filler(1))]),
        "field",
    );
    let mut crowd: Vec<Id> = (0..513).map(|n: u32| Id::of(&n.to_be_bytes())).collect();
    crowd.sort();
    let ids = |n: usize| list(crowd[..n].iter().map(|i| bytes(i.as_bytes())));
    change("cut list, 512 adopted", &c, "adopted", ids(512), "accept");
    change("cut list, 513 adopted", &c, "adopted", ids(513), "field");
}
