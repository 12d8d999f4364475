//! Signed records as the network brings them: institutions, their statements, and frames with real signatures.

use ed25519_dalek::{Signature, VerifyingKey};
use indaba_protocol::institution::{Authority, Profile};
use indaba_protocol::{
    Day, Delegation, FeedName, Id, Inception, Lane, NetworkId, NetworkName, Part, RecordDraft,
    SigningKey, State, Value, VerifiedItem, VerifiedStatement, key::signed_bytes,
};

use crate::chance::Chance;
use crate::generator::Generator;

/// The network that all of it belongs to.
pub const NETWORK: &str = "bench.example";

/// Institutions with one node each, and what they publish, each into a feed of its own.
pub struct Door {
    generator: Generator,
    senders: Vec<Sender>,
    items: Vec<VerifiedItem>,
}

/// An institution.
pub struct Sender {
    node: SigningKey,
    /// Its id.
    pub institution: Id,
    /// The id of its state.
    pub state: Id,
    /// Inception and state.
    pub statements: [VerifiedStatement; 2],
    /// Where it publishes.
    pub feed: FeedName,
}

/// A signature, the key decoded, and what was signed.
pub struct Bare {
    key: VerifyingKey,
    signed: Vec<u8>,
    signature: Signature,
}

impl Bare {
    /// Verifies by the strict rules and does nothing else.
    pub fn verify(&self) {
        self.key
            .verify_strict(&self.signed, &self.signature)
            .expect("a good signature");
    }
}

impl Door {
    /// `records` records of `senders` institutions in turn.
    #[must_use]
    pub fn new(senders: usize, records: usize) -> Self {
        let mut door = Self {
            generator: Generator::new(1),
            senders: Vec::new(),
            items: Vec::with_capacity(records),
        };
        door.senders = (0..senders)
            .map(|number| Sender::found(&door.network(), number, door.generator.feeds()))
            .collect();
        let mut last: Vec<Option<Id>> = vec![None; senders];
        for n in 0..records {
            let (number, seq) = (n % senders, (n / senders) as u64 + 1);
            let item = door.sign(n as u64, number, seq, last[number]);
            last[number] = Some(item.statement().id());
            door.items.push(item);
        }
        door
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> NetworkId {
        NetworkName::parse(NETWORK).unwrap().id()
    }

    /// The institutions.
    #[must_use]
    pub fn senders(&self) -> &[Sender] {
        &self.senders
    }

    /// The feed that a record is posted to.
    #[must_use]
    pub fn feed(&self, n: usize) -> &FeedName {
        &self.senders[n % self.senders.len()].feed
    }

    /// A record as it travels.
    #[must_use]
    pub fn frame(&self, n: usize) -> Vec<u8> {
        self.items[n].to_item().encode()
    }

    /// The signature of a record by itself.
    #[must_use]
    pub fn bare(&self, n: usize) -> Bare {
        let header = self.items[n].record().unwrap();
        // Tag, array of four, protected and unprotected headers, the payload behind its length, 64 bytes of signature.
        let bytes = header.bytes();
        let signature = &bytes[bytes.len() - 64..];
        let payload = (0..bytes.len())
            .map(|at| &bytes[at..bytes.len() - 66])
            .find(|payload| Id::of(payload) == header.id())
            .unwrap();
        Bare {
            key: VerifyingKey::from_bytes(header.key.as_bytes()[1..].try_into().unwrap()).unwrap(),
            signed: signed_bytes("record", &self.network(), payload),
            signature: Signature::from_slice(signature).unwrap(),
        }
    }

    fn sign(&self, n: u64, number: usize, seq: u64, prev: Option<Id>) -> VerifiedItem {
        let sender = &self.senders[number];
        let (card, body) = self.content(n);
        let mut chance = Chance::of(2, n);
        let mut salt = || {
            let mut salt = [0; indaba_protocol::limits::PART_SALT];
            chance.fill(&mut salt);
            salt
        };
        RecordDraft {
            institution: sender.institution,
            state: sender.state,
            kind: "practice".to_owned(),
            lanes: vec![Lane {
                feed: sender.feed.clone(),
                seq,
                prev,
            }],
            links: Vec::new(),
            lang: "en".to_owned(),
            marking: "clear".to_owned(),
            day: Some("2026-11-23".parse().unwrap()),
            card: Part::seal(salt(), &card),
            body: Part::seal(salt(), &body),
        }
        .sign(&sender.node, &self.network())
        .unwrap()
    }

    /// Card and body of a practice with about 2 KiB of text.
    #[must_use]
    pub fn content(&self, n: u64) -> (Value, Value) {
        let record = self.generator.record(n);
        let words =
            |bytes: Vec<u8>, random: usize| String::from_utf8(bytes[random..].to_vec()).unwrap();
        let (card, body) = (
            words(record.card.unwrap(), 16),
            words(record.body.unwrap(), 96),
        );
        let (challenge, solution) = body.split_at(body.len() / 3);
        let card = map([
            ("title", text("A practice (example)")),
            ("summary", text(&card)),
        ]);
        let sections = map([("challenge", text(challenge)), ("solution", text(solution))]);
        let body = map([
            ("licence", text("CC-BY-4.0")),
            ("attribution", text("organisation")),
            ("sections", sections),
        ]);
        (card, body)
    }
}

impl Sender {
    fn found(net: &NetworkId, number: usize, feeds: &[FeedName]) -> Self {
        let key = |what: &str| {
            SigningKey::from_seed(Id::of(format!("bench: {what} {number}").as_bytes()).as_bytes())
        };
        let (root, node) = (key("root"), key("node"));
        let authority = Authority {
            roots: vec![root.key()],
            threshold: 1,
            next: vec![key("reserve").key().digest()],
            next_threshold: 1,
            recovery: None,
        };
        let day = Day::from_ymd(2026, 1, 1).unwrap();
        let inception = Inception {
            authority: authority.clone(),
            day,
        };
        let mut gathering = inception.gather(net).unwrap();
        gathering.sign(&root).unwrap();
        let inception = gathering.finish().unwrap();
        let profile = map([
            ("name", text(&format!("Peace Council {number} (example)"))),
            ("kind", text("peace-council")),
            ("lang", text("en")),
            ("listed", Value::Bool(true)),
        ]);
        let state = State {
            institution: inception.id(),
            version: 1,
            prev: inception.id(),
            authority,
            profile: Profile::new(profile).unwrap(),
            sealing: Vec::new(),
            delegations: vec![Delegation {
                key: node.key(),
                purpose: "sign".to_owned(),
                scope: None,
                expires: None,
            }],
            cuts: Vec::new(),
            succession: Vec::new(),
            witnesses: None,
            day,
        };
        let mut gathering = state.gather(net).unwrap();
        gathering.sign(&root).unwrap();
        let state = gathering.finish().unwrap();
        Self {
            institution: inception.id(),
            state: state.id(),
            statements: [inception, state],
            feed: feeds[number % feeds.len()].clone(),
            node,
        }
    }
}

/// A map of CBOR.
#[must_use]
pub fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(
        entries
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
    )
}

/// A text of CBOR.
#[must_use]
pub fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}
