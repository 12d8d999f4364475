//! Sections 6 to 8: verdicts, what is kept, what is relayed.

mod acceptance;
mod alarms;
mod cuts;
mod delegation;
mod held;
mod led;
pub(super) mod run;
mod several;

use super::case::{Map, bytes, hex};
use super::forge::{Pair, id, single, threshold};
use super::world::{World, cut, delegation, lane};
use indaba_protocol::{Id, Value};
use serde_json::{Value as Json, json};

const FEED: &str = "region:ecowas";
const OTHER: &str = "theme:trj";

struct Scene {
    world: World,
    states: Vec<Vec<u8>>,
}

impl Scene {
    fn new() -> Scene {
        let world = World::new();
        let states = vec![world.inception(), world.state()];
        Scene { world, states }
    }

    fn newest(&self) -> Id {
        self.states.last().map(|s| id(s)).unwrap_or(Id::of(b""))
    }

    /// The next state: the second key cut, with these lists.
    fn cut(mut self, list: Option<Id>) -> Scene {
        let map = self.next(list);
        self.states.push(threshold(&map, &self.world.two()));
        self
    }

    fn next(&self, list: Option<Id>) -> Map {
        let w = &self.world;
        w.next_map(
            self.states.len() as u64,
            self.newest(),
            [delegation(&w.node.key())],
            [cut(&w.other.key(), list)],
        )
    }

    /// A record of the second key, named by the state of version 1.
    fn record(&self, lanes: &[(&str, u64, Option<Id>)], day: i128) -> Vec<u8> {
        self.record_by(&self.world.other, id(&self.states[1]), lanes, day)
    }

    fn record_by(
        &self,
        signer: &Pair,
        state: Id,
        lanes: &[(&str, u64, Option<Id>)],
        day: i128,
    ) -> Vec<u8> {
        let mut map = self.world.record_map(
            lanes
                .iter()
                .map(|(feed, seq, prev)| lane(feed, *seq, *prev)),
        );
        map.insert("key".into(), bytes(signer.key().as_bytes()));
        map.insert("state".into(), bytes(state.as_bytes()));
        map.insert("day".into(), Value::Integer(day));
        single(&map, signer)
    }

    /// A lane of four.
    fn lane(&self, feed: &str) -> Vec<Vec<u8>> {
        let mut records: Vec<Vec<u8>> = Vec::new();
        for seq in 1..=4 {
            let prev = records.last().map(|r| id(r));
            records.push(self.record(&[(feed, seq, prev)], seq.into()));
        }
        records
    }

    fn list(&self, feeds: &[(&str, u64, Id)], adopted: &[Id]) -> Vec<u8> {
        threshold(
            &self
                .world
                .cut_list_map(&self.world.other.key(), feeds, adopted),
            &[],
        )
    }

    fn case(
        &self,
        name: &str,
        others: &[&Vec<u8>],
        followed: &[&str],
        verdicts: &[(&Vec<u8>, &str)],
    ) -> Json {
        self.case_of(
            name,
            others,
            &[self.world.institution()],
            followed,
            verdicts,
        )
    }

    fn case_of(
        &self,
        name: &str,
        others: &[&Vec<u8>],
        accepted: &[Id],
        followed: &[&str],
        verdicts: &[(&Vec<u8>, &str)],
    ) -> Json {
        let mut held: Vec<&Vec<u8>> = self.states.iter().chain(others.iter().copied()).collect();
        held.extend(
            verdicts
                .iter()
                .map(|(record, _)| *record)
                .filter(|r| !others.contains(r)),
        );
        let statements: Vec<String> = held.iter().map(|s| hex(s)).collect();
        let accepted: Vec<String> = accepted.iter().map(|i| hex(i.as_bytes())).collect();
        let verdicts: serde_json::Map<String, Json> = verdicts
            .iter()
            .map(|(r, v)| (hex(id(r).as_bytes()), json!(v)))
            .collect();
        json!({ "name": name, "net": "indaba", "statements": statements, "accepted": accepted, "followed": followed, "verdicts": verdicts })
    }
}

/// A case that asks besides whether a lane leads through records, and whether they are relayed on the topics of feeds.
fn asking(mut case: Json, leads: &[(&Vec<u8>, &str)], relayed: &[(&Vec<u8>, &str, bool)]) -> Json {
    let name = |statement: &Vec<u8>| hex(id(statement).as_bytes());
    let leads: serde_json::Map<String, Json> = leads
        .iter()
        .map(|(record, answer)| (name(record), json!(answer)))
        .collect();
    case["leads"] = json!(leads);
    case["relayed"] = relayed
        .iter()
        .map(|(statement, feed, answer)| json!([name(statement), feed, answer]))
        .collect();
    case
}

pub(super) fn cases() -> Vec<Json> {
    let mut cases = delegation::cases();
    cases.extend(cuts::cases());
    cases.extend(cuts::rotations());
    cases.extend(held::cases());
    cases.extend(led::cases());
    cases.extend(several::cases());
    cases.extend(alarms::cases());
    cases.extend(acceptance::cases());
    cases
}
