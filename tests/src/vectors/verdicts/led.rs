//! Records that a cut voids and a lane leads through: kept and relayed, because what stands before them is judged by them.

use super::super::forge::id;
use super::{FEED, OTHER, Scene, asking};
use indaba_protocol::Id;
use serde_json::Value as Json;

/// A lane of four in one feed. The second and the third are posted to another feed as well, where nothing of the key is good.
struct Mixed {
    scene: Scene,
    lane: [Vec<u8>; 4],
}

impl Mixed {
    fn new() -> Mixed {
        let scene = Scene::new();
        let one = scene.record(&[(FEED, 1, None)], 1);
        let two = scene.record(&[(FEED, 2, Some(id(&one))), (OTHER, 1, None)], 2);
        let three = scene.record(&[(FEED, 3, Some(id(&two))), (OTHER, 2, Some(id(&two)))], 3);
        let four = scene.record(&[(FEED, 4, Some(id(&three)))], 4);
        let lane = [one, two, three, four];
        Mixed { scene, lane }
    }

    /// Cut after the fourth in the one feed.
    fn cut(&self) -> (Scene, Vec<u8>) {
        let list = self.scene.list(&[(FEED, 4, id(&self.lane[3]))], &[]);
        (Scene::new().cut(Some(id(&list))), list)
    }
}

pub(super) fn cases() -> Vec<Json> {
    let m = Mixed::new();
    let [one, two, three, four] = &m.lane;
    let (scene, list) = m.cut();
    let fork = m
        .scene
        .record(&[(FEED, 3, Some(id(two))), (OTHER, 2, Some(id(two)))], 33);
    let beyond = m.scene.record(&[(FEED, 5, Some(id(four)))], 5);
    let all = [one, two, three, four, &fork, &beyond, &list];
    let verdicts = [
        (one, "VALID"),
        (two, "VOID:cut"),
        (three, "VOID:cut"),
        (four, "VALID"),
        (&fork, "VOID:cut"),
        (&beyond, "VOID:cut"),
    ];
    let relayed = |record, answer| [(record, FEED, answer), (record, OTHER, answer)];
    let mut cases = vec![
        asking(
            scene.case(
                "two void records on the way from the cut",
                &all,
                &[FEED],
                &verdicts,
            ),
            &[(two, "yes"), (three, "yes"), (&fork, "no"), (&beyond, "no")],
            &[
                relayed(two, true),
                relayed(three, true),
                relayed(&fork, false),
                [(&beyond, FEED, false), (two, "registry", false)],
            ]
            .concat(),
        ),
        asking(
            scene.case_of(
                "void records on the way, of an institution not accepted",
                &all,
                &[],
                &[FEED],
                &[(one, "QUARANTINED"), (two, "VOID:cut")],
            ),
            &[(two, "yes"), (&fork, "no")],
            &relayed(two, false),
        ),
        asking(
            scene.case(
                "a way in a feed not followed",
                &all,
                &[OTHER],
                &[(two, "VOID:cut")],
            ),
            &[(two, "no"), (&fork, "no")],
            &relayed(two, false),
        ),
        asking(
            scene.case(
                "a way that is open, for a header is not held",
                &[two, four, &list],
                &[FEED],
                &[
                    (one, "PENDING:ancestry"),
                    (two, "VOID:cut"),
                    (four, "VALID"),
                ],
            ),
            &[(one, "open"), (two, "open")],
            &relayed(two, false),
        ),
        asking(
            scene.case(
                "a way that ends where a void record was not kept",
                &[one, three, four, &list],
                &[FEED],
                &[(one, "PENDING:ancestry"), (three, "VOID:cut")],
            ),
            &[(one, "open"), (three, "yes")],
            &[(one, FEED, false), (three, FEED, true)],
        ),
        asking(
            scene.case(
                "a way that is open, for the list is not held",
                &[one, two, three, four],
                &[FEED],
                &[(one, "PENDING:cut-list"), (two, "PENDING:cut-list")],
            ),
            &[(one, "open"), (two, "open")],
            &relayed(two, false),
        ),
    ];
    cases.extend(several_cuts());
    cases
}

/// One cut that leads there is enough, an earlier or a later one; one without a list leads nowhere.
fn several_cuts() -> Vec<Json> {
    let s = Scene::new();
    let lane = s.lane(FEED);
    let [one, two, three, four] = [&lane[0], &lane[1], &lane[2], &lane[3]];
    let tight = s.list(&[(FEED, 1, id(one))], &[]);
    let wide = s.list(&[(FEED, 3, id(three))], &[]);
    let all = [one, two, three, four, &tight, &wide];
    let void = [(two, "VOID:cut"), (three, "VOID:cut"), (four, "VOID:cut")];
    let led = [(two, "yes"), (three, "yes"), (four, "no")];
    let relayed = [(two, FEED, true), (three, FEED, true), (four, FEED, false)];
    let list = |list: &Vec<u8>| Some(id(list));
    let mut cases = Vec::new();
    for (name, cuts) in [
        ("a way from the later list", vec![list(&tight), list(&wide)]),
        (
            "a way from the earlier list",
            vec![list(&wide), list(&tight)],
        ),
        (
            "a way from a list before a cut without one",
            vec![list(&wide), None],
        ),
        (
            "a way from a list after a cut without one",
            vec![None, list(&wide)],
        ),
    ] {
        let scene = cuts.into_iter().fold(Scene::new(), Scene::cut);
        cases.push(asking(
            scene.case(name, &all, &[FEED], &void),
            &led,
            &relayed,
        ));
    }
    let none = Scene::new().cut(None);
    cases.push(asking(
        none.case("no way from a cut without a list", &all, &[FEED], &void),
        &[(two, "no"), (three, "no")],
        &[(two, FEED, false)],
    ));
    let half = Scene::new()
        .cut(list(&wide))
        .cut(Some(Id::of(b"not held")))
        .cut(None);
    cases.push(asking(
        half.case(
            "a way from one list, while another is not held",
            &all,
            &[FEED],
            &void,
        ),
        &[(two, "yes"), (three, "yes"), (four, "open")],
        &[(two, FEED, true), (four, FEED, false)],
    ));
    cases
}
