//! Step 3: cuts, their lists, and rotations that restate them.

use super::super::forge::{Pair, id, threshold};
use super::super::world::{sorted_digests, sorted_keys};
use super::{FEED, OTHER, Scene};
use indaba_protocol::{Id, Value};
use serde_json::Value as Json;

pub(super) fn cases() -> Vec<Json> {
    let s = Scene::new();
    let lane = s.lane(FEED);
    let [r1, r2, r3, r4] = [&lane[0], &lane[1], &lane[2], &lane[3]];
    let fork = s.record(&[(FEED, 2, Some(id(r1)))], 99);
    let list = s.list(&[(FEED, 2, id(r2))], &[]);
    let adopting = s.list(&[(FEED, 2, id(r2))], &[id(r4)]);
    let both = s.record(&[(FEED, 2, Some(id(r1))), (OTHER, 1, None)], 7);
    let in_both = s.list(&[(FEED, 2, id(&both)), (OTHER, 1, id(&both))], &[]);
    let registry = s.record(&[("registry", 1, None)], 1);
    let registry_fork = s.record(&[("registry", 1, None)], 2);
    let registry_list = s.list(&[("registry", 1, id(&registry))], &[]);
    let broken = s.record(&[(FEED, 3, Some(Id::of(b"elsewhere")))], 5);
    let broken_list = s.list(&[(FEED, 3, id(&broken))], &[]);
    let mut foreign = s
        .world
        .cut_list_map(&s.world.node.key(), &[(FEED, 2, id(r2))], &[]);
    foreign.insert("day".into(), Value::Integer(1));
    let foreign = threshold(&foreign, &[]);
    let mine = s.record_by(&s.world.node, s.newest(), &[(FEED, 1, None)], 1);
    let wrong_seq = s.list(&[(FEED, 4, id(r2))], &[]);
    let cut = |list: &Vec<u8>| Scene::new().cut(Some(id(list)));
    let nothing = Scene::new().cut(None);
    let tightened = Scene::new().cut(Some(id(&list))).cut(None);
    let later = s.list(&[(FEED, 4, id(r4))], &[]);
    let loosened = Scene::new().cut(Some(id(&list))).cut(Some(id(&later)));
    let adopted_later = Scene::new().cut(None).cut(Some(id(&adopting)));
    let adopted_before = Scene::new().cut(Some(id(&adopting))).cut(Some(id(&list)));
    let unknown = Scene::new().cut(Some(Id::of(b"unknown list")));
    let null_then_unknown = Scene::new().cut(None).cut(Some(Id::of(b"unknown list")));
    let institution = s.world.institution();
    vec![
        nothing.case(
            "a cut without a list",
            &[],
            &[FEED],
            &[(r1, "VOID:cut"), (&mine, "VALID")],
        ),
        cut(&list).case(
            "a cut after the second",
            &[&list],
            &[FEED],
            &[
                (r1, "VALID"),
                (r2, "VALID"),
                (r3, "VOID:cut"),
                (r4, "VOID:cut"),
                (&fork, "VOID:cut"),
            ],
        ),
        cut(&list).case(
            "a cut in a feed not followed",
            &[&list],
            &[],
            &[(r1, "VALID"), (&fork, "VALID"), (r3, "VOID:cut")],
        ),
        unknown.case(
            "a cut list not held",
            &[],
            &[FEED],
            &[(r1, "PENDING:cut-list")],
        ),
        cut(&foreign).case(
            "a cut list of another key",
            &[&foreign],
            &[FEED],
            &[(r1, "PENDING:cut-list")],
        ),
        cut(&list).case(
            "ancestry not held",
            &[&list],
            &[FEED],
            &[(r1, "PENDING:ancestry")],
        ),
        cut(&list).case(
            "the record at the cut needs no ancestry",
            &[&list],
            &[FEED],
            &[(r2, "VALID")],
        ),
        cut(&list).case(
            "beyond the cut needs no ancestry",
            &[&list],
            &[FEED],
            &[(r3, "VOID:cut")],
        ),
        cut(&list).case(
            "a feed the list does not name",
            &[&list],
            &[FEED, OTHER],
            &[(&s.record(&[(OTHER, 1, None)], 1), "VOID:cut")],
        ),
        cut(&list).case(
            "one of two feeds not named",
            &[&list],
            &[FEED],
            &[(&both, "VOID:cut")],
        ),
        cut(&in_both).case(
            "good in both feeds",
            &[&in_both],
            &[FEED, OTHER],
            &[(&both, "VALID"), (r1, "VALID"), (r2, "VOID:cut")],
        ),
        cut(&registry_list).case(
            "registry counts as followed",
            &[&registry_list],
            &[],
            &[(&registry, "VALID"), (&registry_fork, "VOID:cut")],
        ),
        cut(&broken_list).case(
            "a lane that leads elsewhere, not held",
            &[&broken_list, &broken],
            &[FEED],
            &[(r1, "PENDING:ancestry"), (r2, "VOID:cut")],
        ),
        cut(&wrong_seq).case(
            "a last record at another position",
            &[&wrong_seq, r2],
            &[FEED],
            &[(r1, "VOID:cut"), (r3, "VOID:cut")],
        ),
        cut(&adopting).case(
            "an adopted record",
            &[&adopting],
            &[FEED],
            &[(r4, "ADOPTED"), (r3, "VOID:cut")],
        ),
        cut(&adopting).case_of(
            "an adopted record of an institution not accepted",
            &[&adopting],
            &[],
            &[FEED],
            &[(r4, "QUARANTINED"), (r3, "VOID:cut")],
        ),
        tightened.case(
            "a cut made tighter",
            &[&list],
            &[FEED],
            &[(r1, "VOID:cut"), (r2, "VOID:cut")],
        ),
        loosened.case(
            "a later list does not loosen",
            &[&list, &later, r4],
            &[FEED],
            &[(r1, "VALID"), (r2, "VALID"), (r3, "VOID:cut")],
        ),
        adopted_later.case(
            "adopted by the newest state",
            &[&adopting],
            &[FEED],
            &[(r4, "ADOPTED"), (r1, "VOID:cut")],
        ),
        adopted_before.case(
            "adopted by an earlier state only",
            &[&adopting, &list],
            &[FEED],
            &[(r4, "VOID:cut")],
        ),
        null_then_unknown.case(
            "failing, and the newest list not held",
            &[],
            &[FEED],
            &[(r1, "PENDING:cut-list")],
        ),
        cut(&list).case(
            "a cut ends a contest",
            &[&list],
            &[FEED],
            &[(r1, "VALID"), (r2, "VALID"), (&fork, "VOID:cut")],
        ),
        cut(&list).case_of(
            "cut, and not accepted",
            &[&list],
            &[],
            &[FEED],
            &[(r2, "QUARANTINED"), (r3, "VOID:cut")],
        ),
        Scene::new().case_of(
            "accepted among others",
            &[],
            &[Id::of(b"another"), institution],
            &[FEED],
            &[(r1, "VALID")],
        ),
    ]
}

/// A rotation restates the cuts: only those from it onwards count.
pub(super) fn rotations() -> Vec<Json> {
    let s = Scene::new();
    let lane = s.lane(FEED);
    let tight = s.list(&[(FEED, 1, id(&lane[0]))], &[]);
    let wide = s.list(&[(FEED, 3, id(&lane[2]))], &[]);
    let mut scene = Scene::new().cut(Some(id(&tight)));
    let later: Vec<Pair> = (1..=3).map(|n| Pair::of(&format!("later {n}"))).collect();
    let mut map = scene.next(Some(id(&wide)));
    let reserve: Vec<&Pair> = scene.world.reserve.iter().collect();
    map.insert("roots".into(), sorted_keys(&reserve));
    map.insert(
        "next".into(),
        sorted_digests(&later.iter().collect::<Vec<_>>()),
    );
    let signers = [&scene.world.two()[..], &reserve[..]].concat();
    let rotation = threshold(&map, &signers);
    let before = scene.case(
        "before the rotation",
        &[&tight, &wide],
        &[FEED],
        &[
            (&lane[0], "VALID"),
            (&lane[1], "VOID:cut"),
            (&lane[2], "VOID:cut"),
        ],
    );
    scene.states.push(rotation);
    let after = scene.case(
        "after the rotation",
        &[&tight, &wide],
        &[FEED],
        &[
            (&lane[0], "VALID"),
            (&lane[1], "VALID"),
            (&lane[2], "VALID"),
            (&lane[3], "VOID:cut"),
        ],
    );
    vec![before, after]
}
