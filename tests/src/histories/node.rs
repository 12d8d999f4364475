//! A real engine over a real store in memory, with a peer that has every statement that came so far.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use indaba::engine::order::{Order as Ask, Reply, VerifyView};
use indaba::engine::{
    Engine, EngineSettings, Identity, Input, Moment, OrderTicket, Output, limits,
};
use indaba::network::{Command, Event, MessageTicket, Path as Way, PeerId, Topic};
use indaba_protocol::{CatchUpRequest, FeedName, Id, Unread, topic};
use indaba_store::disk::MemoryDisk;
use indaba_store::{Batch, Fact, FactKind, IndexKind, Options, Store};

use super::cast::{self, READER};
use super::counts::Counts;
use super::history::History;
use super::library::Library;
use super::world::Said;
use crate::chance::Chance;

/// Milliseconds between two comparisons with the same peer.
const COMPARE_EVERY: u64 = 300_000;
/// 2026-11-23 00:00 UTC in milliseconds.
const EPOCH: i64 = 20_780 * 86_400_000;

/// A node that reads.
pub(super) struct Node {
    disk: MemoryDisk,
    run: Option<(Engine, Store)>,
    now: Moment,
    peer: PeerId,
    library: Library,
    replies: Vec<Reply>,
    /// Questions to answer.
    asked: Vec<(u64, Vec<u8>)>,
    next: u64,
}

/// What the node says of a record in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// In its store: everything an operator is told, byte for byte, with the verdict and the first word.
    Held {
        verdict: String,
        word: String,
        all: String,
    },
    /// Kept aside.
    Waits,
    /// Not here.
    Gone,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Told::Held { verdict, word, .. } => write!(f, "{verdict} {word}"),
            Told::Waits => f.write_str("kept aside"),
            Told::Gone => f.write_str("not here"),
        }
    }
}

impl Node {
    /// A new node that follows and accepts what the history says.
    pub(super) fn start(history: &History) -> Node {
        let disk = MemoryDisk::new();
        let mut store = open(&disk);
        let own = [
            (FactKind::Inception, 0, cast::inception(READER).clone()),
            (FactKind::State, 1, cast::readers_state().clone()),
        ];
        let mut batch = Batch::new();
        for (kind, order, statement) in own {
            batch.put_fact(Fact {
                id: statement.id(),
                kind,
                institution: cast::institution(READER),
                key: None,
                order,
                bytes: statement.bytes().to_vec(),
            });
        }
        store.commit(batch).unwrap();
        let now = Moment {
            monotonic: 1_000,
            wall: EPOCH,
        };
        let engine = Engine::new(settings(), now, &mut store).unwrap();
        let mut node = Node {
            disk,
            run: Some((engine, store)),
            now,
            peer: PeerId::random(),
            library: Library::default(),
            replies: Vec::new(),
            asked: Vec::new(),
            next: 0,
        };
        for feed in &history.followed {
            node.order(Ask::Follow {
                feed: feed.to_string(),
                quiet: Some(false),
            });
        }
        for house in 0..if history.accepts_both { 2 } else { 1 } {
            node.order(Ask::Anchor {
                institution: cast::institution(house).to_string(),
                name: None,
                full: Some(true),
                reach: None,
            });
        }
        node.connect();
        node
    }

    fn connect(&mut self) {
        self.give(Input::Network(Event::Connected {
            peer: self.peer,
            outbound: true,
            path: Way::Tcp,
        }));
        self.settle();
    }

    /// Stops, and starts again from the journal.
    pub(super) fn restart(&mut self) {
        self.run = None;
        self.asked.clear();
        let mut store = open(&self.disk);
        let engine = Engine::new(settings(), self.now, &mut store).unwrap();
        self.run = Some((engine, store));
        self.connect();
    }

    fn give(&mut self, input: Input) {
        let (engine, store) = self.run.as_mut().unwrap();
        engine.handle(self.now, input, store).unwrap();
    }

    /// A statement comes by gossip; judged with whatever else comes before the next settling.
    pub(super) fn push(&mut self, said: &Said, chance: &mut Chance) {
        self.next += 1;
        // A tenth of a second each: far below what a peer may send.
        self.now.monotonic += 100;
        self.now.wall += 100;
        let feeds: Vec<FeedName> = match said.record() {
            Some(record) => record.feeds().cloned().collect(),
            None => vec![FeedName::registry()],
        };
        let feed = chance.pick(&feeds).unwrap();
        self.library.add(said);
        self.give(Input::Network(Event::Message {
            ticket: MessageTicket(self.next),
            peer: self.peer,
            topic: Topic::new(topic(&cast::network().id(), feed)),
            frame: said.item.to_item().encode(),
        }));
    }

    /// Works until nothing is left to check or to answer.
    pub(super) fn settle(&mut self) {
        loop {
            self.work();
            let Some((ticket, body)) = self.asked.pop() else {
                return;
            };
            let request = CatchUpRequest::decode(&body).unwrap();
            let body = self.library.answer(&request).encode();
            self.now.monotonic += 10;
            self.give(Input::Network(Event::Response {
                ticket,
                peer: self.peer,
                body,
            }));
        }
    }

    fn work(&mut self) {
        loop {
            let (engine, store) = self.run.as_mut().unwrap();
            engine.settle(self.now, store).unwrap();
            let mut checked = Vec::new();
            while let Some(output) = engine.poll_output() {
                match output {
                    Output::Network(Command::Request { ticket, body, .. }) => {
                        self.asked.push((ticket, body));
                    }
                    Output::Reply { reply, .. } => self.replies.push(reply),
                    Output::Check { ticket, items } => {
                        let items = items.into_iter();
                        let items = items.map(|i| i.verify().map_err(Unread::from)).collect();
                        checked.push(Input::Checked { ticket, items });
                    }
                    Output::Network(_) | Output::Notice(_) => {}
                }
            }
            if checked.is_empty() {
                return;
            }
            checked.into_iter().for_each(|input| self.give(input));
        }
    }

    /// Time passes until the node compares with its peer again.
    pub(super) fn compare(&mut self) {
        self.now.monotonic += 2 * COMPARE_EVERY;
        self.now.wall += 2 * COMPARE_EVERY as i64;
        self.give(Input::Tick);
        self.settle();
    }

    fn order(&mut self, order: Ask) -> Reply {
        self.give(Input::Order {
            ticket: OrderTicket(1),
            order,
        });
        self.settle();
        self.replies.pop().unwrap()
    }

    pub(super) fn chain(&self, institution: &Id) -> (Vec<Id>, Vec<Id>) {
        let (_, store) = self.run.as_ref().unwrap();
        let states = |kind| {
            let facts = store.facts(kind, institution).unwrap();
            let mut states: Vec<_> = facts
                .into_iter()
                .map(|fact| (fact.order, fact.id))
                .collect();
            states.sort();
            states.into_iter().map(|(_, id)| id).collect()
        };
        (states(FactKind::State), states(FactKind::RivalState))
    }

    pub(super) fn told(&mut self, id: &Id, counts: &mut Counts) -> Told {
        let (_, store) = self.run.as_ref().unwrap();
        if !store.contains(id).unwrap() {
            return match store.is_waiting(id).unwrap() {
                true => Told::Waits,
                false => Told::Gone,
            };
        }
        counts.kept += 1;
        let Reply::Verified(mut verified) = self.order(Ask::Verify { id: id.to_string() }) else {
            panic!("a record that is held is not verified");
        };
        let Reply::Record(mut record) = self.order(Ask::Show { id: id.to_string() }) else {
            panic!("a record that is held is not shown");
        };
        // What others say for whom nobody vouches is told as far as it is held, and not all of it is.
        let words_of_strangers = "Does not count here:";
        record
            .why
            .retain(|why| !why.starts_with(words_of_strangers));
        for step in &mut verified.steps {
            if let Some(at) = step.detail.find(words_of_strangers) {
                step.detail.truncate(at);
                step.detail.truncate(step.detail.trim_end().len());
            }
        }
        // The number of its arrival, which is what differs.
        record.line.arrival = 0;
        // Void records are kept when they came before the cut: whether they are told of depends on that.
        record.linked_from.clear();
        // Long, and as the record is.
        record.item.clear();
        let VerifyView { verdict, words, .. } = &*verified;
        Told::Held {
            verdict: verdict.clone(),
            word: words.first().cloned().unwrap_or_default(),
            all: format!("{verified:?} {record:?}"),
        }
    }
}

fn open(disk: &MemoryDisk) -> Store {
    let options = Options {
        index: IndexKind::Memory,
        guard: Some("/keys/guard".into()),
        disk: Arc::new(disk.clone()),
        ..Options::new([5; 16])
    };
    Store::open(Path::new("/store"), options).unwrap().0
}

fn settings() -> EngineSettings {
    EngineSettings {
        network: cast::network(),
        identity: Identity {
            institution: cast::institution(READER),
            node: cast::keys(READER).nodes[0].clone(),
        },
        seed: [7; 32],
        peer: None,
        compare_every: COMPARE_EVERY,
        erase_after: limits::ERASE_AFTER,
        clearance: Default::default(),
    }
}
