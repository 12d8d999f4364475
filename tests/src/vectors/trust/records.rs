//! Section 15.1: which records count. One institution, its two node keys, and what they published.

use crate::vectors::case::{Map, bytes, hex, int, list, map, text};
use crate::vectors::forge::{Pair, id, single, threshold};
use crate::vectors::world::{World, cut, delegation, lane};
use indaba_protocol::{Id, Item, Part, Value};
use serde_json::{Value as Json, json};

/// Whom the vouches are for: an institution by the name `s`.
fn subject() -> Id {
    Id::of(b"s")
}

struct Scene {
    world: World,
    items: Vec<Item>,
    /// Where the lane in `registry` of either key goes on.
    ends: [(u64, Option<Id>); 2],
}

impl Scene {
    fn new() -> Scene {
        let world = World::named("registry land");
        let items = vec![bare(world.inception()), bare(world.state())];
        let ends = [(1, None); 2];
        Scene { world, items, ends }
    }

    fn keys(&self) -> [&Pair; 2] {
        [&self.world.node, &self.world.other]
    }

    /// A record at the end of the lane of a key, 0 or 1.
    fn say(&mut self, by: usize, kind: &str, links: &[(&str, Id)], body: &Value) -> Id {
        let (seq, prev) = self.ends[by];
        self.say_at(by, ("registry", seq, prev), kind, links, body)
    }

    fn say_at(
        &mut self,
        by: usize,
        (feed, seq, prev): (&str, u64, Option<Id>),
        kind: &str,
        links: &[(&str, Id)],
        body: &Value,
    ) -> Id {
        let card = Part::seal([1; 16], &map([("title", text("A word (example)"))]));
        let body = Part::seal([2; 16], body);
        let named = |part: &[u8]| list([bytes(Id::of(part).as_bytes()), int(part.len() as i128)]);
        let mut links: Vec<(&str, Id)> = links.to_vec();
        links.sort();
        let link = |(rel, to): &(&str, Id)| list([text(rel), bytes(to.as_bytes())]);
        let mut record = self.world.record_map([lane(feed, seq, prev)]);
        record.extend(Map::from([
            ("kind".to_owned(), text(kind)),
            ("key".to_owned(), bytes(self.keys()[by].key().as_bytes())),
            ("links".to_owned(), list(links.iter().map(link))),
            ("card".to_owned(), named(&card)),
            ("body".to_owned(), named(&body)),
        ]));
        let statement = single(&record, self.keys()[by]);
        let said = id(&statement);
        self.ends[by] = (seq + 1, Some(said));
        self.items.push(Item {
            statement,
            card: Some(card),
            body: Some(body),
        });
        said
    }

    fn vouch(&mut self, by: usize) -> Id {
        self.say(by, "vouch", &[], &vouch())
    }

    fn withdraw(&mut self, by: usize, what: Id) -> Id {
        let reason = map([("reason", text("error"))]);
        self.say(by, "withdrawal", &[("withdraws", what)], &reason)
    }

    /// The next state, which cuts the second key; all it signed is void but for what is adopted.
    fn cut(&mut self, adopted: &[Id]) {
        let world = &self.world;
        let cut_list = threshold(&world.cut_list_map(&world.other.key(), &[], adopted), &[]);
        let state = world.next_map(
            2,
            id(&world.state()),
            [delegation(&world.node.key())],
            [cut(&world.other.key(), Some(id(&cut_list)))],
        );
        let state = threshold(&state, &world.two());
        self.items.extend([bare(cut_list), bare(state)]);
    }

    fn case(&self, name: &str, counts: &[(Id, bool)], standing: &str) -> Json {
        let anchor = hex(self.world.institution().as_bytes());
        let policy = json!({ "anchors": { anchor: { "trust": "full", "scope": {} } } });
        self.case_of(name, policy, counts, standing)
    }

    fn case_of(&self, name: &str, policy: Json, counts: &[(Id, bool)], standing: &str) -> Json {
        let items: Vec<String> = self.items.iter().map(|i| hex(&i.encode())).collect();
        let counts: serde_json::Map<String, Json> = counts
            .iter()
            .map(|(id, counts)| (hex(id.as_bytes()), json!(counts)))
            .collect();
        json!({
            "name": format!("words: {name}"),
            "net": "indaba",
            "items": items,
            "policy": policy,
            "counts": counts,
            "standing": { "s": standing },
            "records": [],
        })
    }
}

fn bare(statement: Vec<u8>) -> Item {
    Item {
        statement,
        card: None,
        body: None,
    }
}

fn vouch() -> Value {
    map([
        ("subject", bytes(subject().as_bytes())),
        ("level", text("known")),
        ("depth", int(0)),
    ])
}

/// A vouch with one field changed.
fn vouch_with(field: &str, value: Value) -> Value {
    let Value::Map(mut fields) = vouch() else {
        return Value::Null;
    };
    fields.insert(field.to_owned(), value);
    Value::Map(fields)
}

fn charter(steward: Id, place: (&str, Value)) -> Value {
    let stewards = [steward, subject()];
    map([
        place,
        (
            "stewards",
            list(stewards.iter().map(|s| bytes(s.as_bytes()))),
        ),
        ("threshold", int(1)),
        ("admission", map([("state", int(1)), ("cso", int(1))])),
    ])
}

pub(super) fn cases() -> Vec<Json> {
    let mut cases = places();
    cases.extend(taken_away());
    cases.extend(fields());
    cases.extend(charters());
    cases
}

fn places() -> Vec<Json> {
    let mut cases = Vec::new();
    let mut s = Scene::new();
    let r = s.vouch(0);
    cases.push(s.case("a vouch in registry", &[(r, true)], "accepted"));
    let mut s = Scene::new();
    let r = s.say_at(0, ("topic:wells", 1, None), "vouch", &[], &vouch());
    cases.push(s.case("a vouch in another feed", &[(r, false)], "none"));
    let mut s = Scene::new();
    let r = s.vouch(0);
    let rival = vouch_with("level", text("identity"));
    let rival = s.say_at(0, ("registry", 1, None), "vouch", &[], &rival);
    cases.push(s.case("contested vouches", &[(r, false), (rival, false)], "none"));
    let mut s = Scene::new();
    let r = s.vouch(0);
    for item in &mut s.items {
        item.body = None;
    }
    cases.push(s.case("a vouch without its body", &[(r, false)], "none"));
    let mut s = Scene::new();
    let r = s.vouch(1);
    s.cut(&[]);
    cases.push(s.case("a vouch under a key that was cut", &[(r, false)], "none"));
    let mut s = Scene::new();
    let r = s.vouch(1);
    s.cut(&[r]);
    cases.push(s.case("a vouch that the cut list adopts", &[(r, true)], "accepted"));
    cases
}

fn taken_away() -> Vec<Json> {
    let mut cases = Vec::new();
    let mut s = Scene::new();
    let r = s.vouch(0);
    s.withdraw(1, r);
    cases.push(s.case("withdrawn with the other key", &[(r, false)], "none"));
    let mut s = Scene::new();
    let r = s.vouch(0);
    s.withdraw(1, r);
    s.cut(&[]);
    cases.push(s.case("a cut ends the withdrawal", &[(r, true)], "accepted"));
    let mut s = Scene::new();
    let r = s.vouch(0);
    let w = s.withdraw(1, r);
    s.cut(&[w]);
    cases.push(s.case("the cut list adopts the withdrawal", &[(r, false)], "none"));
    let mut s = Scene::new();
    let r = s.vouch(0);
    let w = s.withdraw(0, r);
    s.withdraw(0, w);
    cases.push(s.case("the withdrawal is withdrawn", &[(r, false)], "none"));
    let mut s = Scene::new();
    let r = s.vouch(0);
    let elsewhere = ("topic:wells", 1, None);
    let reason = map([("reason", text("error"))]);
    s.say_at(1, elsewhere, "withdrawal", &[("withdraws", r)], &reason);
    cases.push(s.case("withdrawn in another feed", &[(r, true)], "accepted"));
    let mut s = Scene::new();
    let r = s.vouch(0);
    let place = s.ends[1];
    s.withdraw(1, r);
    s.say_at(1, ("registry", place.0, place.1), "note", &[], &reason);
    cases.push(s.case("a contested withdrawal", &[(r, false)], "none"));
    let mut s = Scene::new();
    let r = s.vouch(0);
    let revised = vouch_with("revised_kind", text("vouch"));
    let new = s.say(0, "revision", &[("revises", r)], &revised);
    cases.push(s.case("a vouch revised", &[(r, false), (new, true)], "accepted"));
    let mut s = Scene::new();
    let r = s.vouch(0);
    let faulty = map([("revised_kind", text("vouch"))]);
    let new = s.say(0, "revision", &[("revises", r)], &faulty);
    cases.push(s.case("revised into nothing", &[(r, false), (new, false)], "none"));
    cases
}

fn fields() -> Vec<Json> {
    let texts = |all: &[&str]| list(all.iter().map(|t| text(t)));
    let scope = |part: &'static str, value: Value| map([(part, value)]);
    let cases: Vec<(&str, &str, Value, bool)> = vec![
        ("a level by another name", "level", text("friend"), false),
        ("a depth of 2", "depth", int(2), false),
        ("a subject of 31 bytes", "subject", bytes(&[7; 31]), false),
        ("a scope that is a text", "scope", text("ecowas"), false),
        (
            "no region twice",
            "scope",
            scope("regions", texts(&["ecowas", "ecowas"])),
            false,
        ),
        (
            "no kind twice",
            "scope",
            scope("kinds", texts(&["practice", "practice"])),
            false,
        ),
        (
            "a region with a star",
            "scope",
            scope("regions", texts(&["e*"])),
            false,
        ),
        (
            "two regions",
            "scope",
            scope("regions", texts(&["sadc", "ecowas"])),
            true,
        ),
        ("a fault elsewhere", "evidence", text("none"), true),
        ("a date that is over", "expires", text("1997-12-31"), true),
    ];
    let case = |(name, field, value, counts): (&str, &str, Value, bool)| {
        let mut s = Scene::new();
        let r = s.say(0, "vouch", &[], &vouch_with(field, value));
        let standing = if counts { "accepted" } else { "none" };
        s.case(name, &[(r, counts)], standing)
    };
    cases.into_iter().map(case).collect()
}

fn charters() -> Vec<Json> {
    let accepting = |id: &Id| json!({ "charters": { hex(id.as_bytes()): {} } });
    let cases: Vec<(&str, (&str, Value), bool)> = vec![
        ("a charter of a region", ("region", text("ecowas")), true),
        ("a charter of a network", ("network", text("Wells")), true),
        ("a charter of neither", ("sections", map([])), false),
        (
            "a charter of a region that is no code",
            ("region", text("*")),
            false,
        ),
    ];
    let case = |(name, place, counts): (&str, (&str, Value), bool)| {
        let mut s = Scene::new();
        let c = s.say(0, "charter", &[], &charter(s.world.institution(), place));
        let standing = if counts { "accepted" } else { "none" };
        s.case_of(name, accepting(&c), &[(c, counts)], standing)
    };
    let mut made: Vec<Json> = cases.into_iter().map(case).collect();
    for (stance, standing) in [("cosign", "accepted"), ("endorse", "heard")] {
        // Signed by a stranger to the charter; the institution's cosignature alone can bring it into force.
        let (mut s, mut author) = (Scene::new(), Scene::new());
        author.world = World::named("charter land");
        author.items = vec![bare(author.world.inception()), bare(author.world.state())];
        let steward = s.world.institution();
        let c = author.say(
            0,
            "charter",
            &[],
            &charter(steward, ("network", text("Wells"))),
        );
        s.items.extend(author.items);
        let agreed = map([("stance", text(stance))]);
        s.say(0, "response", &[("responds-to", c)], &agreed);
        made.push(s.case_of(
            &format!("the stance {stance}"),
            accepting(&c),
            &[(c, true)],
            standing,
        ));
    }
    made
}
