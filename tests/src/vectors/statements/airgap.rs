//! The bounds of manifests, custody statements and receipts.

use super::super::case::{bytes, filler, int, list, text};
use super::super::world::World;
use super::{changes, circle};
use serde_json::Value as Json;

pub(super) fn cases(w: &World, cases: &mut Vec<Json>) {
    let mut change = changes(w, cases);
    let m = w.manifest_map();
    change(
        "manifest, an unknown role",
        &m,
        "role",
        text("gift"),
        "field",
    );
    for field in ["frames", "volumes"] {
        change(&format!("manifest, {field} 0"), &m, field, int(0), "field");
    }
    change("manifest, bytes -1", &m, "bytes", int(-1), "field");
    change("custody, leg 0", &w.custody_map(), "leg", int(0), "field");
    let receipt = w.receipt_map();
    let hold = |key: u8, feed: &str, seq: i128| {
        list([bytes(&[key; 33]), text(feed), int(seq), bytes(&filler(9))])
    };
    change(
        "receipt, holds out of order by key",
        &receipt,
        "holds",
        list([hold(2, "a:a", 1), hold(1, "a:a", 1)]),
        "field",
    );
    change(
        "receipt, holds out of order by feed",
        &receipt,
        "holds",
        list([hold(1, "b:b", 1), hold(1, "a:a", 1)]),
        "field",
    );
    change(
        "receipt, a lane twice",
        &receipt,
        "holds",
        list([hold(1, "a:a", 1), hold(1, "a:a", 2)]),
        "field",
    );
    change(
        "receipt, seq 0",
        &receipt,
        "holds",
        list([hold(1, "a:a", 0)]),
        "field",
    );
    change(
        "receipt, a circle",
        &receipt,
        "holds",
        list([hold(1, &circle(), 1)]),
        "field",
    );
    change(
        "receipt, 240 lanes",
        &receipt,
        "holds",
        list((0..240).map(|n| hold(n, "a:a", 1))),
        "accept",
    );
    change(
        "receipt, 241 lanes",
        &receipt,
        "holds",
        list((0..241).map(|n| hold(n as u8, "a:a", 1))),
        "field",
    );
}
