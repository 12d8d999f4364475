//! Cases of chance: small webs in which every rule has something to decide. The answers are the protocol crate's; another
//! implementation must find the same.

use super::run::answer;
use indaba_protocol::Id;
use serde_json::{Map, Value as Json, json};

/// Draws from a seed, the same for ever: hashes of the seed and of a count.
struct Chance {
    seed: u64,
    drawn: u64,
}

impl Chance {
    /// A number below `bound`.
    fn below(&mut self, bound: u64) -> u64 {
        self.drawn += 1;
        let id = Id::of(format!("trust {} {}", self.seed, self.drawn).as_bytes());
        let first = id.as_bytes().first_chunk::<8>();
        first.map_or(0, |bytes| u64::from_be_bytes(*bytes)) % bound
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn among<'t, T>(&mut self, values: &'t [T]) -> &'t T {
        let at = self.below(values.len() as u64);
        &values[usize::try_from(at).unwrap_or_default()]
    }

    fn some<'t>(&mut self, values: &[&'t str], one_in: u64) -> Vec<&'t str> {
        values
            .iter()
            .copied()
            .filter(|_| self.one_in(one_in))
            .collect()
    }

    fn scope(&mut self) -> Json {
        let mut scope = Map::new();
        if self.one_in(4) {
            let feeds = [
                "region:ecowas",
                "region:sadc",
                "region:*",
                "topic:wells",
                "*",
            ];
            scope.insert("feeds".to_owned(), json!(self.some(&feeds, 2)));
        }
        if self.one_in(5) {
            scope.insert(
                "kinds".to_owned(),
                json!(self.some(&["practice", "lesson"], 2)),
            );
        }
        Json::Object(scope)
    }
}

const NAMES: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];

/// The case of a seed, with its answers. Where there is none the case stays without, and fails when it is run.
pub(super) fn case(seed: u64) -> Json {
    let mut chance = Chance { seed, drawn: 0 };
    let names = &NAMES[..*chance.among(&[5, 6, 7, 8, 9])];
    let anchored = &names[..*chance.among(&[1, 2, 3, 3, 4])];
    let mut anchors = Map::new();
    for anchor in anchored {
        let trust = if chance.one_in(7) { "full" } else { "partial" };
        let anchor_of = json!({ "trust": trust, "scope": chance.scope() });
        anchors.insert((*anchor).to_owned(), anchor_of);
    }
    let mut accepted = Map::new();
    let mut charters = Map::new();
    let mut cosigns = Vec::new();
    for charter in chance.some(&["k", "l"], 2) {
        let mut stewards = chance.some(names, 2);
        stewards.push("z");
        let scope = match chance.one_in(2) {
            true => json!({ "feeds": ["region:ecowas"] }),
            false => json!({}),
        };
        let said = json!({
            "signer": chance.among(names),
            "scope": scope,
            "stewards": stewards,
            "threshold": chance.below(4),
            "admission": { "state": chance.below(4), "cso": chance.below(4) },
        });
        charters.insert(charter.to_owned(), said);
        if !chance.one_in(5) {
            accepted.insert(charter.to_owned(), chance.scope());
        }
        let agreeing = chance.some(names, 2);
        cosigns.extend(agreeing.into_iter().map(|who| json!([who, charter])));
    }
    let levels: &[&str] = match chance.one_in(6) {
        true => &["observer", "known"],
        false => &["identity", "known"],
    };
    let policy = json!({
        "anchors": anchors,
        "threshold": chance.among(&[2, 2, 2, 3, 3, 4]),
        "direct": chance.among(&[0, 0, 1, 1, 2]),
        "depth": chance.among(&[1, 2, 2, 2, 2, 2]),
        "levels": levels,
        "charters": accepted,
        "refused": chance.some(names, 14),
    });
    let dense = *chance.among(&[2, 3, 4]);
    let mut vouches = Vec::new();
    for voucher in names {
        for subject in names {
            if chance.one_in(dense) {
                let level = chance.among(&["identity", "known", "known", "observer"]);
                let depth = u8::from(!chance.one_in(3));
                let scope = chance.scope();
                vouches.push(json!([voucher, subject, level, depth, scope]));
            }
        }
    }
    let mut bodies = Map::new();
    for name in chance.some(names, 2) {
        bodies.insert(name.to_owned(), json!(chance.one_in(2)));
    }
    let feeds: [&[&str]; 5] = [
        &["registry"],
        &["region:ecowas"],
        &["topic:wells"],
        &["region:sadc", "theme:trj"],
        &["region:ecowas", "region:sadc"],
    ];
    let mut records = Vec::new();
    for name in names {
        let kind = chance.among(&["practice", "lesson", "revision", "vouch"]);
        records.push(json!([name, kind, chance.among(&feeds), false]));
    }
    let standing: Map<String, Json> = names.iter().map(|n| ((*n).to_owned(), json!(""))).collect();
    let mut case = json!({
        "name": format!("chance {seed}"),
        "policy": policy,
        "words": { "vouches": vouches, "charters": charters, "cosigns": cosigns, "state_bodies": bodies },
        "standing": standing,
        "records": records,
    });
    for (part, found) in answer(&case).unwrap_or_default() {
        case[part] = found;
    }
    case
}
