//! Every field of every type: missing, and of the wrong type.

use super::super::world::World;
use super::{refuse, with};
use indaba_protocol::Value;
use serde_json::Value as Json;

pub(super) fn cases(w: &World, cases: &mut Vec<Json>) {
    for (kind, map, _) in w.one_of_each() {
        for field in map
            .keys()
            .filter(|f| !["type", "v", "net"].contains(&f.as_str()))
        {
            let mut without = map.clone();
            without.remove(field);
            refuse(
                cases,
                &format!("{kind} without {field}"),
                &w.sign(&without),
                "field",
            );
            refuse(
                cases,
                &format!("{kind}, {field} is true"),
                &w.sign(&with(&map, field, Value::Bool(true))),
                "field",
            );
        }
    }
}
