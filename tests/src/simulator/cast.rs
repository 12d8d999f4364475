//! Who plays: invented institutions, their keys, what they write.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use indaba::engine::order::Draft;
use indaba_protocol::institution::{Authority, Profile};
use indaba_protocol::{
    Day, Delegation, FeedName, Id, Inception, NetworkId, NetworkName, SigningKey, State, Value,
    VerifiedStatement, cbor,
};

/// Feeds of a run.
pub(super) const FEEDS: [&str; 5] = [
    "country:gha",
    "region:ecowas",
    "theme:ifp",
    "theme:trj",
    "topic:water-points",
];

/// Institutions of a run.
pub(super) const INSTITUTIONS: usize = 5;

const TITLES: [&str; 6] = [
    "Market mediators between two districts (example)",
    "A hotline before the vote (example)",
    "Archives that survivors can read (example)",
    "Joint water committees (example)",
    "Elders and youth draw one map (example)",
    "A rota for the early warning desk (example)",
];

/// What the nodes are called in the trace.
const NAMES: [&str; 12] = [
    "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "kim",
    "lee",
];

pub(super) fn name(who: usize) -> String {
    let base = NAMES[who % NAMES.len()];
    if who < NAMES.len() {
        base.to_owned()
    } else {
        format!("{base}{}", who / NAMES.len() + 1)
    }
}

pub(super) fn network() -> NetworkName {
    NetworkName::parse("simulated.example").unwrap()
}

pub(super) fn feed(name: &str) -> FeedName {
    name.parse().unwrap()
}

/// A signing key from a label: the same in every run.
pub(super) fn signing_key(label: &str) -> SigningKey {
    SigningKey::from_seed(Id::of(format!("indaba simulator: {label}").as_bytes()).as_bytes())
}

/// Everybody's keys, and the institutions they sign for: the same in every run with as many nodes.
pub(super) struct Cast {
    pub(super) net: NetworkId,
    keys: Vec<SigningKey>,
    pub(super) institutions: Vec<Institution>,
    pub(super) hostile_key: SigningKey,
    pub(super) hostile: Institution,
}

/// Casts that were made already: signing the same statements for every seed would be most of the work of a short run.
static CASTS: Mutex<BTreeMap<usize, Arc<Cast>>> = Mutex::new(BTreeMap::new());

impl Cast {
    /// The cast of so many honest nodes.
    pub(super) fn of(nodes: usize) -> Arc<Cast> {
        let mut casts = CASTS.lock().unwrap_or_else(PoisonError::into_inner);
        casts
            .entry(nodes)
            .or_insert_with(|| Arc::new(Cast::make(nodes)))
            .clone()
    }

    fn make(nodes: usize) -> Cast {
        let net = network().id();
        let keys: Vec<SigningKey> = (0..nodes)
            .map(|who| signing_key(&format!("node {who}")))
            .collect();
        let institutions = (0..INSTITUTIONS)
            .map(|number| {
                let own: Vec<&SigningKey> =
                    keys.iter().skip(number).step_by(INSTITUTIONS).collect();
                Institution::found(&net, number, &own)
            })
            .collect();
        let hostile_key = signing_key("hostile");
        Cast {
            net,
            keys,
            institutions,
            hostile: Institution::found(&net, 999, &[&hostile_key]),
            hostile_key,
        }
    }

    /// The keys of the honest nodes.
    pub(super) fn keys(&self) -> &[SigningKey] {
        &self.keys
    }
}

/// An institution, the statements that prove it, and the keys of its officers.
#[derive(Clone)]
pub struct Institution {
    pub(super) id: Id,
    /// Its first state.
    pub(super) state: Id,
    pub(super) statements: [VerifiedStatement; 2],
    roots: Vec<SigningKey>,
    reserve: Vec<SigningKey>,
    /// Its newest state, and the id of it.
    newest: (State, Id),
}

impl Institution {
    /// Founds one that delegates these node keys.
    pub(super) fn found(net: &NetworkId, number: usize, nodes: &[&SigningKey]) -> Institution {
        Institution::found_by(net, number, nodes, 1, 1)
    }

    /// Founds one with so many root keys, and as many in reserve, of which `threshold` must sign.
    pub(super) fn found_by(
        net: &NetworkId,
        number: usize,
        nodes: &[&SigningKey],
        officers: usize,
        threshold: usize,
    ) -> Institution {
        let roots = officers_keys("root", number, officers);
        let reserve = officers_keys("reserve", number, officers);
        let authority = authority_of(&roots, &reserve, threshold);
        let day = day();
        let mut gathering = Inception {
            authority: authority.clone(),
            day,
        }
        .gather(net)
        .unwrap();
        for root in &roots {
            gathering.sign(root).unwrap();
        }
        let inception = gathering.finish().unwrap();
        let mut delegations: Vec<Delegation> = nodes
            .iter()
            .map(|node| Delegation {
                key: node.key(),
                purpose: "sign".to_owned(),
                scope: None,
                expires: None,
            })
            .collect();
        delegations.sort_by_key(|delegation| delegation.key);
        let state = State {
            institution: inception.id(),
            version: 1,
            prev: inception.id(),
            authority,
            profile: profile(number, 1),
            sealing: Vec::new(),
            delegations,
            cuts: Vec::new(),
            succession: Vec::new(),
            witnesses: None,
            day,
        };
        let signed = sign_state(net, &state, &roots);
        Institution {
            id: inception.id(),
            state: signed.id(),
            newest: (state, signed.id()),
            statements: [inception, signed],
            roots,
            reserve,
        }
    }

    /// Its id.
    pub fn id(&self) -> Id {
        self.id
    }

    /// The id of its first state.
    pub fn first_state(&self) -> Id {
        self.state
    }

    /// Inception and first state.
    pub fn statements(&self) -> &[VerifiedStatement; 2] {
        &self.statements
    }

    /// The root keys of its officers, sorted by the public key.
    pub fn roots(&self) -> &[SigningKey] {
        &self.roots
    }

    /// The root keys kept in reserve, to whose digests the first state commits; sorted likewise.
    pub fn reserve(&self) -> &[SigningKey] {
        &self.reserve
    }

    /// The draft of the state that would follow, saying the same.
    pub fn draft_next(&self) -> State {
        let (mut state, prev) = self.newest.clone();
        (state.version, state.prev) = (state.version + 1, prev);
        state
    }

    /// From now on this state is the newest one, whoever signed it.
    pub fn go_on_from(&mut self, state: State, id: Id) {
        self.newest = (state, id);
    }

    /// The version of its newest state.
    pub(super) fn version(&self) -> u64 {
        self.newest.0.version
    }

    /// Signs the state that follows.
    pub(super) fn sign_next(
        &mut self,
        net: &NetworkId,
        change: impl FnOnce(&mut State),
    ) -> VerifiedStatement {
        let mut state = self.draft_next();
        change(&mut state);
        let signed = sign_state(net, &state, &self.roots);
        self.newest = (state, signed.id());
        signed
    }
}

/// The keys of so many officers, sorted by the public key.
fn officers_keys(what: &str, number: usize, officers: usize) -> Vec<SigningKey> {
    let label = |officer| match officer {
        0 => format!("{what} {number}"),
        _ => format!("{what} {number} {officer}"),
    };
    let mut keys: Vec<SigningKey> = (0..officers).map(|n| signing_key(&label(n))).collect();
    keys.sort_by_key(SigningKey::key);
    keys
}

/// The rule that `threshold` of these keys sign, and `threshold` of those in reserve when they are rotated.
pub fn authority_of(roots: &[SigningKey], reserve: &[SigningKey], threshold: usize) -> Authority {
    let mut roots: Vec<_> = roots.iter().map(SigningKey::key).collect();
    roots.sort();
    let mut next: Vec<_> = reserve.iter().map(|key| key.key().digest()).collect();
    next.sort();
    Authority {
        roots,
        threshold: threshold as u64,
        next,
        next_threshold: threshold as u64,
        recovery: None,
    }
}

/// A state signed by these keys. It must be readable; whether anybody takes it is another matter.
pub fn sign_state(net: &NetworkId, state: &State, keys: &[SigningKey]) -> VerifiedStatement {
    let mut gathering = state.gather(net).unwrap();
    for key in keys {
        gathering.sign(key).unwrap();
    }
    gathering.finish().unwrap()
}

/// The day on which everything of the institutions is signed.
pub(super) fn day() -> Day {
    Day::from_ymd(2026, 1, 1).unwrap()
}

/// What an institution says of itself in a version of its state.
pub(super) fn profile(number: usize, version: u64) -> Profile {
    let name = format!("Peace Council {number}.{version} (example)");
    Profile::new(map([
        ("name", text(&name)),
        ("kind", text("peace-council")),
        ("lang", text("en")),
        ("listed", Value::Bool(true)),
    ]))
    .unwrap()
}

pub(super) fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(
        entries
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
    )
}

pub(super) fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn hex(value: &Value) -> String {
    cbor::encode(value)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Card and body of a practice.
pub fn practice(number: u64) -> (Value, Value) {
    let title = TITLES[number as usize % TITLES.len()];
    let sections = map([
        ("challenge", text("What was hard.")),
        (
            "solution",
            text(&format!("What was done, in account {number}.")),
        ),
    ]);
    let card = map([("title", text(title)), ("summary", text("In short."))]);
    (
        card,
        map([
            ("licence", text("CC-BY-4.0")),
            ("attribution", text("organisation")),
            ("sections", sections),
        ]),
    )
}

/// A practice to be published.
pub fn draft(number: u64, feeds: Vec<String>) -> Draft {
    let (card, body) = practice(number);
    Draft {
        kind: "practice".to_owned(),
        feeds,
        links: Vec::new(),
        lang: "en".to_owned(),
        marking: "clear".to_owned(),
        day: Some("2026-11-23".to_owned()),
        card: hex(&card),
        body: hex(&body),
        source: format!("practice {number}"),
    }
}

/// A vouch for an institution, which is let introduce others or not.
pub fn vouch(subject: &Id, introduces: bool) -> Draft {
    Draft {
        kind: "vouch".to_owned(),
        feeds: vec![FeedName::registry().to_string()],
        links: Vec::new(),
        lang: "en".to_owned(),
        marking: "clear".to_owned(),
        day: None,
        card: hex(&map([])),
        body: hex(&vouch_body(subject, introduces)),
        source: "vouch".to_owned(),
    }
}

/// The body of such a vouch.
pub fn vouch_body(subject: &Id, introduces: bool) -> Value {
    map([
        ("subject", Value::Bytes(subject.as_bytes().to_vec())),
        ("level", text("known")),
        ("depth", Value::Integer(introduces.into())),
    ])
}

/// A withdrawal of an own record, to be published.
pub fn withdrawal(of: &Id, feeds: Vec<String>) -> Draft {
    Draft {
        kind: "withdrawal".to_owned(),
        feeds,
        links: vec![("withdraws".to_owned(), of.to_string())],
        lang: "en".to_owned(),
        marking: "clear".to_owned(),
        day: None,
        card: hex(&map([])),
        body: hex(&map([("reason", text("error"))])),
        source: "withdrawal".to_owned(),
    }
}
