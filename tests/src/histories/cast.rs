//! The keys and the institutions that play, from a fixed pool: making a key costs as much as a signature.

use std::sync::OnceLock;

use indaba_protocol::institution::{Authority, Inception, Profile};
use indaba_protocol::{
    Day, Delegation, Id, Key, NetworkName, SigningKey, State, Value, VerifiedStatement,
};

/// Institutions in the pool: two that sign histories, and the one whose node reads them.
pub(super) const HOUSES: usize = 3;
/// The institution of the node that reads, in the pool.
pub(super) const READER: usize = 2;
/// Node keys of each.
pub(super) const NODE_KEYS: usize = 4;
/// Root keys of each, one after the other: as many rotations as a history has, and the reserve of the last.
const ROOT_KEYS: usize = 6;

/// Feeds that records are posted to; the first is a region's.
pub(super) const FEEDS: [&str; 3] = ["region:ecowas", "theme:trj", "topic:water-points"];
pub(super) const REGISTRY: &str = "registry";

/// An institution's keys.
pub(super) struct Keys {
    pub(super) roots: Vec<SigningKey>,
    pub(super) nodes: Vec<SigningKey>,
}

pub(super) fn network() -> NetworkName {
    NetworkName::parse("histories.example").unwrap()
}

pub(super) fn day(days: u64) -> Day {
    /// 2026-11-02.
    const FIRST: i64 = 20_759;
    Day::from_number(FIRST + i64::try_from(days).unwrap_or(0)).unwrap()
}

/// The name an institution goes by in what is printed.
pub(super) fn name(house: usize) -> &'static str {
    ["A", "B", "Reader"][house]
}

pub(super) fn map(pairs: &[(&str, Value)]) -> Value {
    let pairs = pairs.iter();
    Value::Map(pairs.map(|(k, v)| ((*k).to_owned(), v.clone())).collect())
}

pub(super) fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

pub(super) fn profile(house: usize) -> Profile {
    Profile::new(map(&[
        (
            "name",
            text(&format!("Peace Council {} (example)", name(house))),
        ),
        ("kind", text("peace-council")),
        ("lang", text("en")),
        ("listed", Value::Bool(true)),
    ]))
    .unwrap()
}

/// One root key in force and the next in reserve.
pub(super) fn authority(house: usize, rotation: usize) -> Authority {
    let roots = &keys(house).roots;
    Authority {
        roots: vec![roots[rotation].key()],
        threshold: 1,
        next: vec![roots[rotation + 1].key().digest()],
        next_threshold: 1,
        recovery: None,
    }
}

/// Whether one more rotation has a reserve key.
pub(super) fn may_rotate(rotation: usize) -> bool {
    rotation + 2 < ROOT_KEYS
}

pub(super) fn keys(house: usize) -> &'static Keys {
    static KEYS: OnceLock<[Keys; HOUSES]> = OnceLock::new();
    let all = KEYS.get_or_init(|| {
        std::array::from_fn(|house| {
            let some = |first: usize, count: usize| {
                let key = |n: usize| SigningKey::from_seed(&[(house * 32 + first + n) as u8; 32]);
                (0..count).map(key).collect()
            };
            Keys {
                roots: some(1, ROOT_KEYS),
                nodes: some(16, NODE_KEYS),
            }
        })
    });
    &all[house]
}

pub(super) fn inception(house: usize) -> &'static VerifiedStatement {
    static INCEPTIONS: OnceLock<[VerifiedStatement; HOUSES]> = OnceLock::new();
    let all = INCEPTIONS.get_or_init(|| {
        std::array::from_fn(|house| {
            let inception = Inception {
                authority: authority(house, 0),
                day: day(0),
            };
            let mut gathering = inception.gather(&network().id()).unwrap();
            gathering.sign(&keys(house).roots[0]).unwrap();
            gathering.finish().unwrap()
        })
    });
    &all[house]
}

/// The state that lets the node of the reader sign.
pub(super) fn readers_state() -> &'static VerifiedStatement {
    static STATE: OnceLock<VerifiedStatement> = OnceLock::new();
    STATE.get_or_init(|| {
        let state = State {
            institution: institution(READER),
            version: 1,
            prev: institution(READER),
            authority: authority(READER, 0),
            profile: profile(READER),
            sealing: Vec::new(),
            delegations: vec![Delegation {
                key: node_key(READER, 0),
                purpose: "sign".to_owned(),
                scope: None,
                expires: None,
            }],
            cuts: Vec::new(),
            succession: Vec::new(),
            witnesses: None,
            day: day(0),
        };
        let mut gathering = state.gather(&network().id()).unwrap();
        gathering.sign(&keys(READER).roots[0]).unwrap();
        gathering.finish().unwrap()
    })
}

pub(super) fn institution(house: usize) -> Id {
    inception(house).id()
}

pub(super) fn node_key(house: usize, key: usize) -> Key {
    keys(house).nodes[key].key()
}
