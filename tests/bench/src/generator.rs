//! Records for the store: the size and the shape of real ones, made from a seed and a number, in any order.
//!
//! Bodies have 1 to 8 KiB, 2.0 KiB on average, of which 96 bytes are random and the rest is text of invented words that
//! `zstd -3` about halves. 5,000 authors each sign in one of 200 feeds; the first feeds have many authors and the last
//! ones few. A quarter of the records revise an earlier one.

use indaba_protocol::{FeedName, Id, Key};
use indaba_store::{LanePlace, Link, NewRecord, RecordView};

use crate::chance::Chance;

/// Node keys that sign.
pub const AUTHORS: u64 = 5_000;
/// Feeds that are signed in.
pub const FEEDS: u64 = 200;
/// Bytes of the text that bodies are cut from.
const CORPUS: usize = 4 << 20;
/// Different words in it.
const WORDS: u64 = 4_000;
const SHORTEST_BODY: u64 = 1 << 10;
const LONGEST_BODY: u64 = 8 << 10;
/// Mean of the exponential distribution above the shortest body; cut off at the longest, it gives 2.0 KiB in all.
const MEAN_ABOVE: f64 = 1_030.0;
/// Random bytes of a body: what salts, keys and hashes inside a real one take.
const INCOMPRESSIBLE: usize = 96;

/// Makes records.
pub struct Generator {
    seed: u64,
    corpus: Vec<u8>,
    feeds: Vec<FeedName>,
}

impl Generator {
    /// Prepares the text and the names of feeds.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let feeds = (0..FEEDS)
            .map(|feed| format!("topic:subject-{feed}").parse().unwrap())
            .collect();
        let corpus = corpus(&mut Chance::of(seed, u64::MAX));
        Self {
            seed,
            corpus,
            feeds,
        }
    }

    /// Id of record number `n`.
    #[must_use]
    pub fn id(&self, n: u64) -> Id {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.seed.to_le_bytes());
        bytes[8..].copy_from_slice(&n.to_le_bytes());
        Id::of(&bytes)
    }

    /// All feeds, the fullest first.
    #[must_use]
    pub fn feeds(&self) -> &[FeedName] {
        &self.feeds
    }

    /// The feed that an author signs in: the cube makes a tenth of the feeds hold about half of the records.
    #[must_use]
    pub fn feed_of(&self, author: u64) -> &FeedName {
        let place = Chance::of(self.seed, author).fraction();
        &self.feeds[(place * place * place * FEEDS as f64) as usize]
    }

    /// Institution and key of an author.
    #[must_use]
    pub fn author(&self, author: u64) -> (Id, Key) {
        let institution = self.id(u64::MAX - author);
        let mut key = [1; 33];
        key[1..].copy_from_slice(self.id(u64::MAX / 2 - author).as_bytes());
        (institution, Key::from_bytes(key))
    }

    /// Record number `n`, the first of which is 0.
    #[must_use]
    pub fn record(&self, n: u64) -> NewRecord {
        let mut chance = Chance::of(self.seed, n);
        let round = n / AUTHORS;
        // 3,001 has no common divisor with the number of authors: each signs once a round, in no order of theirs.
        let author = (n % AUTHORS) * 3_001 % AUTHORS;
        let (institution, key) = self.author(author);
        let card = self.text(&mut chance, 16, 300);
        let above = -(1.0 - chance.fraction()).ln() * MEAN_ABOVE;
        let size = (SHORTEST_BODY + above as u64).min(LONGEST_BODY) as usize;
        let body = self.text(&mut chance, INCOMPRESSIBLE, size);
        let mut links = Vec::new();
        if n > 0 && chance.below(4) == 0 {
            links.push(Link {
                rel: "revises".to_owned(),
                target: self.id(chance.below(n)),
            });
        }
        let view = RecordView {
            id: self.id(n),
            institution,
            key,
            kind: "practice".to_owned(),
            lanes: vec![LanePlace {
                feed: self.feed_of(author).clone(),
                seq: round + 1,
            }],
            links,
            card: Id::of(&card),
            body: Id::of(&body),
        };
        NewRecord {
            statement: statement(&view, &mut chance),
            view,
            card: Some(card),
            body: Some(body),
        }
    }

    /// Random bytes, then text.
    fn text(&self, chance: &mut Chance, random: usize, size: usize) -> Vec<u8> {
        let mut bytes = vec![0; random];
        chance.fill(&mut bytes);
        let from = chance.below((self.corpus.len() - size) as u64) as usize;
        bytes.extend_from_slice(&self.corpus[from..from + size - random]);
        bytes
    }
}

/// Invented words, the first ones often, as in any language.
fn corpus(chance: &mut Chance) -> Vec<u8> {
    let words: Vec<Vec<u8>> = (0..WORDS)
        .map(|_| {
            let length = 2 + chance.below(4) + chance.below(5);
            (0..length)
                .map(|_| b"eeeetttaaooiinnsshhrrddlluccmfwygpbvk"[chance.below(37) as usize])
                .collect()
        })
        .collect();
    let mut text = Vec::with_capacity(CORPUS + 16);
    while text.len() < CORPUS {
        let rank = (WORDS as f64).powf(chance.fraction()) as usize - 1;
        text.extend_from_slice(&words[rank]);
        text.extend_from_slice(if chance.below(12) == 0 { b". " } else { b" " });
    }
    text
}

/// Bytes that compress as a signed header does: hashes and a signature between field names.
fn statement(view: &RecordView, chance: &mut Chance) -> Vec<u8> {
    let mut signature = [0; 64];
    let mut prev = [0; 32];
    chance.fill(&mut signature);
    chance.fill(&mut prev);
    let mut bytes = Vec::with_capacity(640);
    for (name, value) in [
        (
            "type record v 1 net",
            view.institution.as_bytes().as_slice(),
        ),
        ("inst", view.institution.as_bytes()),
        ("key", view.key.as_bytes()),
        ("state", view.institution.as_bytes()),
        ("kind", view.kind.as_bytes()),
        ("card", view.card.as_bytes()),
        ("body", view.body.as_bytes()),
        ("lang en marking clear day lanes", &prev),
    ] {
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(value);
    }
    for lane in &view.lanes {
        bytes.extend_from_slice(lane.feed.as_str().as_bytes());
        bytes.extend_from_slice(&lane.seq.to_be_bytes());
    }
    for link in &view.links {
        bytes.extend_from_slice(link.rel.as_bytes());
        bytes.extend_from_slice(link.target.as_bytes());
    }
    bytes.extend_from_slice(&signature);
    bytes
}
