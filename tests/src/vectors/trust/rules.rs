//! Cases written by hand: one for each rule, with the answer a reader of section 15 gives.

use serde_json::{Value as Json, json};

/// Words by vouches alone.
fn vouches(vouches: Json) -> Json {
    json!({ "vouches": vouches, "charters": {}, "cosigns": [], "state_bodies": {} })
}

fn case(name: &str, policy: Json, words: Json, standing: Json, records: Json) -> Json {
    json!({ "name": name, "policy": policy, "words": words, "standing": standing, "records": records })
}

fn sound(name: &str, policy: Json, sound: bool) -> Json {
    json!({ "name": name, "policy": policy, "sound": sound })
}

/// Anchors without a scope, each trusted partially.
fn anchors(names: &[&str]) -> Json {
    let anchor = |name: &&str| {
        (
            (*name).to_owned(),
            json!({ "trust": "partial", "scope": {} }),
        )
    };
    Json::Object(names.iter().map(anchor).collect())
}

pub(super) fn cases() -> Vec<Json> {
    let mut cases = policies();
    cases.extend(paths());
    cases.extend(scopes());
    cases.extend(charters());
    cases
}

fn policies() -> Vec<Json> {
    let named = |count: usize| -> Vec<String> { (0..count).map(|n| format!("n{n}")).collect() };
    let many = |count: usize, value: Json| -> Json {
        Json::Object(
            named(count)
                .into_iter()
                .map(|n| (n, value.clone()))
                .collect(),
        )
    };
    let anchor = json!({ "trust": "partial", "scope": {} });
    vec![
        sound("the defaults", json!({}), true),
        sound("one path is too few", json!({ "threshold": 1 }), false),
        sound("sixteen paths", json!({ "threshold": 16 }), true),
        sound("seventeen paths", json!({ "threshold": 17 }), false),
        sound(
            "more direct paths than paths",
            json!({ "direct": 3 }),
            false,
        ),
        sound("no direct path", json!({ "direct": 0 }), true),
        sound("paths of no vouch", json!({ "depth": 0 }), false),
        sound("paths of three vouches", json!({ "depth": 3 }), false),
        sound(
            "256 anchors",
            json!({ "anchors": many(256, anchor.clone()) }),
            true,
        ),
        sound(
            "257 anchors",
            json!({ "anchors": many(257, anchor) }),
            false,
        ),
        sound(
            "64 charters",
            json!({ "charters": many(64, json!({})) }),
            true,
        ),
        sound(
            "65 charters",
            json!({ "charters": many(65, json!({})) }),
            false,
        ),
        sound("4,096 refused", json!({ "refused": named(4_096) }), true),
        sound("4,097 refused", json!({ "refused": named(4_097) }), false),
    ]
}

fn paths() -> Vec<Json> {
    let two = || json!({ "anchors": anchors(&["a", "b"]) });
    let loose = || json!({ "anchors": anchors(&["a", "b"]), "direct": 0 });
    let of = |name: &str, policy: Json, words: Json, standing: &str| {
        case(
            name,
            policy,
            vouches(words),
            json!({ "s": standing }),
            json!([]),
        )
    };
    vec![
        of(
            "two direct paths",
            two(),
            json!([["a", "s", "identity", 0, {}], ["b", "s", "known", 0, {}]]),
            "accepted",
        ),
        of(
            "one direct path",
            two(),
            json!([["a", "s", "identity", 0, {}]]),
            "none",
        ),
        of(
            "two vouches of one anchor",
            two(),
            json!([["a", "s", "identity", 0, {}], ["a", "s", "known", 0, {}]]),
            "none",
        ),
        of(
            "one direct path from a fully trusted anchor",
            json!({ "anchors": { "a": { "trust": "full", "scope": {} } } }),
            json!([["a", "s", "known", 0, {}]]),
            "accepted",
        ),
        of(
            "a fully trusted anchor by an introducer only",
            json!({ "anchors": { "a": { "trust": "full", "scope": {} } } }),
            json!([["a", "i", "known", 1, {}], ["i", "s", "known", 0, {}]]),
            "none",
        ),
        of(
            "an observer's level",
            two(),
            json!([["a", "s", "identity", 0, {}], ["b", "s", "observer", 0, {}]]),
            "none",
        ),
        of(
            "a path by an introducer",
            two(),
            json!([
                ["a", "s", "known", 0, {}],
                ["b", "i", "known", 1, {}],
                ["i", "s", "known", 0, {}]
            ]),
            "accepted",
        ),
        of(
            "a path by one who was not let introduce",
            two(),
            json!([
                ["a", "s", "known", 0, {}],
                ["b", "i", "known", 0, {}],
                ["i", "s", "known", 0, {}]
            ]),
            "none",
        ),
        of(
            "two paths that share the anchor",
            loose(),
            json!([
                ["a", "i", "known", 1, {}],
                ["a", "j", "known", 1, {}],
                ["i", "s", "known", 0, {}],
                ["j", "s", "known", 0, {}]
            ]),
            "none",
        ),
        of(
            "two paths that share the introducer",
            loose(),
            json!([
                ["a", "i", "known", 1, {}],
                ["b", "i", "known", 1, {}],
                ["i", "s", "known", 0, {}]
            ]),
            "none",
        ),
        of(
            "two paths that share nothing",
            loose(),
            json!([
                ["a", "i", "known", 1, {}],
                ["b", "j", "known", 1, {}],
                ["i", "s", "known", 0, {}],
                ["j", "s", "known", 0, {}]
            ]),
            "accepted",
        ),
        of(
            "an anchor that introduces is in two paths",
            loose(),
            json!([["a", "b", "known", 1, {}], ["b", "s", "known", 0, {}]]),
            "none",
        ),
        of(
            "three vouches are too many",
            loose(),
            json!([
                ["a", "i", "known", 1, {}],
                ["i", "j", "known", 1, {}],
                ["j", "s", "known", 0, {}],
                ["b", "s", "known", 0, {}]
            ]),
            "none",
        ),
        of(
            "a depth of one vouch",
            json!({ "anchors": anchors(&["a", "b"]), "depth": 1 }),
            json!([
                ["a", "s", "known", 0, {}],
                ["b", "i", "known", 1, {}],
                ["i", "s", "known", 0, {}]
            ]),
            "none",
        ),
        of(
            "a refused introducer",
            json!({ "anchors": anchors(&["a", "b"]), "refused": ["i"] }),
            json!([
                ["a", "s", "known", 0, {}],
                ["b", "i", "known", 1, {}],
                ["i", "s", "known", 0, {}]
            ]),
            "none",
        ),
        of(
            "a refused anchor",
            json!({ "anchors": anchors(&["a", "b"]), "refused": ["b"] }),
            json!([["a", "s", "known", 0, {}], ["b", "s", "known", 0, {}]]),
            "none",
        ),
        of(
            "a refused subject",
            json!({ "anchors": anchors(&["a", "b"]), "refused": ["s"] }),
            json!([["a", "s", "known", 0, {}], ["b", "s", "known", 0, {}]]),
            "none",
        ),
        of(
            "an anchor that nobody vouches for",
            json!({ "anchors": anchors(&["s"]) }),
            json!([]),
            "accepted",
        ),
        of(
            "a refused anchor is not accepted",
            json!({ "anchors": anchors(&["s"]), "refused": ["s"] }),
            json!([]),
            "none",
        ),
        of(
            "heard by an introduction",
            two(),
            json!([["a", "s", "known", 1, {}]]),
            "heard",
        ),
        of(
            "not heard with paths of one vouch",
            json!({ "anchors": anchors(&["a"]), "depth": 1 }),
            json!([["a", "s", "known", 1, {}]]),
            "none",
        ),
        of(
            "not heard by a level that is not listed",
            two(),
            json!([["a", "s", "observer", 1, {}]]),
            "none",
        ),
    ]
}

fn scopes() -> Vec<Json> {
    let two = || json!({ "anchors": anchors(&["a", "b"]) });
    let of = |name: &str, scope: Json, records: Json| {
        let words = vouches(json!([
            ["a", "s", "known", 0, scope],
            ["b", "s", "known", 0, {}]
        ]));
        case(name, two(), words, json!({ "s": "accepted" }), records)
    };
    vec![
        of(
            "a scope of feeds",
            json!({ "feeds": ["region:ecowas", "topic:*"] }),
            json!([
                ["s", "practice", ["region:ecowas"], true],
                ["s", "practice", ["region:sadc"], false],
                ["s", "practice", ["topic:wells"], true],
                ["s", "practice", ["theme:trj"], false],
                ["s", "practice", ["region:ecowas", "theme:trj"], true],
                ["s", "practice", ["region:ecowas", "region:sadc"], false],
                ["s", "practice", ["theme:trj", "topic:wells"], false],
                ["s", "practice", ["registry"], true]
            ]),
        ),
        of(
            "a scope of kinds",
            json!({ "kinds": ["practice"] }),
            json!([
                ["s", "practice", ["theme:trj"], true],
                ["s", "lesson", ["theme:trj"], false],
                ["s", "revision", ["theme:trj"], true],
                ["s", "withdrawal", ["theme:trj"], true],
                ["s", "lesson", ["registry"], true]
            ]),
        ),
        of(
            "an empty list of feeds",
            json!({ "feeds": [] }),
            json!([
                ["s", "practice", ["theme:trj"], false],
                ["s", "withdrawal", ["theme:trj"], false],
                ["s", "practice", ["registry"], true]
            ]),
        ),
        of(
            "an empty list of kinds",
            json!({ "kinds": [] }),
            json!([
                ["s", "practice", ["theme:trj"], false],
                ["s", "withdrawal", ["theme:trj"], true]
            ]),
        ),
        case(
            "what is heard may say",
            two(),
            vouches(json!([["a", "i", "known", 1, { "feeds": [] }]])),
            json!({ "i": "heard" }),
            json!([
                ["i", "vouch", ["registry"], true],
                ["i", "response", ["registry"], true],
                ["i", "revision", ["registry"], true],
                ["i", "withdrawal", ["registry"], true],
                ["i", "charter", ["registry"], false],
                ["i", "vouch", ["topic:wells"], false]
            ]),
        ),
        case(
            "the scope of an anchor",
            json!({ "anchors": { "a": { "trust": "full", "scope": { "kinds": ["practice"] } } } }),
            vouches(json!([["a", "s", "known", 0, {}]])),
            json!({ "s": "accepted", "a": "accepted" }),
            json!([
                ["s", "practice", ["theme:trj"], true],
                ["s", "lesson", ["theme:trj"], false],
                ["a", "lesson", ["theme:trj"], true]
            ]),
        ),
    ]
}

fn charters() -> Vec<Json> {
    let charter = |threshold: u64, state: u64, cso: u64| {
        json!({ "signer": "p", "scope": { "feeds": ["region:ecowas"] }, "stewards": ["p", "q", "r"], "threshold": threshold,
            "admission": { "state": state, "cso": cso } })
    };
    let of = |name: &str,
              charter: Json,
              cosigns: Json,
              vouches: Json,
              bodies: Json,
              policy: Json,
              standing: Json| {
        let words = json!({ "vouches": vouches, "charters": { "c": charter }, "cosigns": cosigns, "state_bodies": bodies });
        case(
            name,
            policy,
            words,
            standing,
            json!([["q", "practice", ["region:sadc"], false]]),
        )
    };
    let accepts = || json!({ "charters": { "c": {} } });
    let none = || json!([]);
    let by = |stewards: &[&str]| -> Json {
        stewards
            .iter()
            .map(|q| json!([q, "s", "known", 0, {}]))
            .collect()
    };
    vec![
        of(
            "a charter in force",
            charter(2, 1, 1),
            json!([["q", "c"]]),
            by(&["r"]),
            json!({}),
            accepts(),
            json!({ "p": "accepted", "r": "accepted", "s": "accepted" }),
        ),
        of(
            "a charter not in force",
            charter(2, 1, 1),
            json!([["x", "c"], ["p", "c"]]),
            by(&["r"]),
            json!({}),
            accepts(),
            json!({ "p": "heard", "r": "heard", "s": "none" }),
        ),
        of(
            "a charter not accepted",
            charter(1, 1, 1),
            none(),
            by(&["r"]),
            json!({}),
            json!({}),
            json!({ "p": "none", "s": "none" }),
        ),
        of(
            "a charter with a threshold of none",
            charter(0, 1, 1),
            none(),
            by(&["r"]),
            json!({}),
            accepts(),
            json!({ "p": "heard", "s": "none" }),
        ),
        of(
            "a charter with a threshold above its stewards",
            charter(4, 1, 1),
            json!([["q", "c"], ["r", "c"], ["x", "c"]]),
            by(&["r"]),
            json!({}),
            accepts(),
            json!({ "p": "heard", "s": "none" }),
        ),
        of(
            "a refused steward does not agree",
            charter(2, 1, 1),
            json!([["q", "c"]]),
            by(&["r"]),
            json!({}),
            json!({ "charters": { "c": {} }, "refused": ["q"] }),
            json!({ "p": "heard", "q": "none", "s": "none" }),
        ),
        of(
            "a refused steward does not admit",
            charter(1, 1, 1),
            none(),
            by(&["r"]),
            json!({}),
            json!({ "charters": { "c": {} }, "refused": ["r"] }),
            json!({ "p": "accepted", "r": "none", "s": "none" }),
        ),
        of(
            "a state body by too few",
            charter(1, 2, 1),
            none(),
            by(&["r"]),
            json!({ "s": true }),
            accepts(),
            json!({ "s": "none" }),
        ),
        of(
            "a state body by enough",
            charter(1, 2, 1),
            none(),
            by(&["q", "r"]),
            json!({ "s": true }),
            accepts(),
            json!({ "s": "accepted" }),
        ),
        of(
            "another by enough",
            charter(1, 2, 1),
            none(),
            by(&["r"]),
            json!({ "s": false }),
            accepts(),
            json!({ "s": "accepted" }),
        ),
        of(
            "an unknown class by too few",
            charter(1, 2, 1),
            none(),
            by(&["r"]),
            json!({}),
            accepts(),
            json!({ "s": "none" }),
        ),
        of(
            "an admission of none admits nobody",
            charter(1, 1, 0),
            none(),
            by(&["p", "q", "r"]),
            json!({ "s": false }),
            accepts(),
            json!({ "s": "none" }),
        ),
        of(
            "an admission of none, class not known",
            charter(1, 1, 0),
            none(),
            by(&["p", "q", "r"]),
            json!({}),
            accepts(),
            json!({ "s": "none" }),
        ),
        of(
            "an admission above the stewards, class not known",
            charter(1, 4, 1),
            none(),
            by(&["p", "q", "r"]),
            json!({}),
            accepts(),
            json!({ "s": "none" }),
        ),
    ]
}
