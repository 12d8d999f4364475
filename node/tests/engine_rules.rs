//! What the engine must always keep to, each rule against the engine itself: no threads, no sockets, a store in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::Path;
use std::sync::Arc;

use indaba::engine::order::{Draft, Order, RefusalKind, Reply};
use indaba::engine::{
    Engine, EngineSettings, Founding, Identity, Input, Moment, OrderTicket, Output, found, limits,
};
use indaba::network::{Command, Event, MessageTicket, Offence, Relay, RequestTicket, Topic};
use indaba_protocol::institution::{Cut, CutEntry, CutReason};
use indaba_protocol::{
    CatchUpRequest, CatchUpResponse, CutList, Day, Delegation, Equivocation, FeedName, Head, Id,
    Item, Lane, LaneEnd, LaneSummary, NetworkName, Part, RecordDraft, SigningKey, State, Unread,
    Value, VerifiedItem, VerifiedStatement, cbor, read, topic,
};
use indaba_store::disk::{Fault, MemoryDisk};
use indaba_store::{FactKind, IndexKind, Options, Store};
use libp2p::PeerId;

const FEED: &str = "region:ecowas";
const OTHER: &str = "theme:ifp";

fn network() -> NetworkName {
    NetworkName::parse("test.example").unwrap()
}

fn day() -> Day {
    "2026-11-23".parse().unwrap()
}

fn feed(name: &str) -> FeedName {
    name.parse().unwrap()
}

fn open(disk: &MemoryDisk) -> Store {
    let options = Options {
        index: IndexKind::Memory,
        guard: Some("/keys/guard".into()),
        disk: Arc::new(disk.clone()),
        accept_loss: true,
        ..Options::new([5; 16])
    };
    Store::open(Path::new("/store"), options).unwrap().0
}

fn profile() -> Value {
    let text = |text: &str| Value::String(text.to_owned());
    map(&[
        ("name", text("Peace Council (example)")),
        ("kind", text("peace-council")),
        ("lang", text("en")),
        ("listed", Value::Bool(true)),
    ])
}

fn map(pairs: &[(&str, Value)]) -> Value {
    Value::Map(
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect(),
    )
}

/// An institution with one root key, whose node key signs by hand here.
struct Cast {
    id: Id,
    root: SigningKey,
    node: SigningKey,
    inception: Vec<u8>,
    states: Vec<Vec<u8>>,
}

impl Cast {
    fn new(seed: u8, store: &mut Store) -> Cast {
        let (root, node) = (
            SigningKey::from_seed(&[seed + 100; 32]),
            SigningKey::from_seed(&[seed; 32]),
        );
        let founding = Founding {
            network: network().id(),
            root: &root,
            reserve: SigningKey::from_seed(&[seed + 101; 32]).key(),
            node: node.key(),
            profile: profile(),
            day: day(),
        };
        let id = found(&founding, store).unwrap();
        let inception = store.fact(&id).unwrap().unwrap().bytes;
        let states = store
            .facts(FactKind::State, &id)
            .unwrap()
            .into_iter()
            .map(|fact| fact.bytes)
            .collect();
        Cast {
            id,
            root,
            node,
            inception,
            states,
        }
    }

    fn abroad(seed: u8) -> Cast {
        Cast::new(seed, &mut open(&MemoryDisk::new()))
    }

    fn state(&self) -> Id {
        read(&network().id(), self.states.last().unwrap())
            .unwrap()
            .id()
    }

    /// The next state, which delegates one more key.
    fn delegate(&self, key: &SigningKey) -> VerifiedStatement {
        let VerifiedStatement::State(old) =
            read(&network().id(), self.states.last().unwrap()).unwrap()
        else {
            panic!()
        };
        let mut next = State {
            version: old.version + 1,
            prev: old.id(),
            ..(*old).clone()
        };
        next.delegations.push(Delegation {
            key: key.key(),
            purpose: "sign".to_owned(),
            scope: None,
            expires: None,
        });
        next.delegations.sort_by_key(|delegation| delegation.key);
        let mut gathering = next.gather(&network().id()).unwrap();
        gathering.sign(&self.root).unwrap();
        gathering.finish().unwrap()
    }

    /// The next state, which cuts the node key.
    fn cut(&self, list: Option<Id>) -> VerifiedStatement {
        let VerifiedStatement::State(old) =
            read(&network().id(), self.states.last().unwrap()).unwrap()
        else {
            panic!()
        };
        let cuts = vec![Cut {
            key: self.node.key(),
            reason: CutReason::Retired,
            list,
        }];
        let next = State {
            version: old.version + 1,
            prev: old.id(),
            delegations: Vec::new(),
            cuts,
            ..(*old).clone()
        };
        let mut gathering = next.gather(&network().id()).unwrap();
        gathering.sign(&self.root).unwrap();
        gathering.finish().unwrap()
    }

    fn signed(
        &self,
        state: Id,
        key: &SigningKey,
        lanes: &[(&str, u64, Option<Id>)],
    ) -> VerifiedItem {
        let text = |text: &str| Value::String(text.to_owned());
        let own = text(&format!("{lanes:?}"));
        let lanes = lanes
            .iter()
            .map(|(name, seq, prev)| Lane {
                feed: feed(name),
                seq: *seq,
                prev: *prev,
            })
            .collect();
        let title = map(&[("title", own.clone()), ("summary", text("In short."))]);
        let sections = map(&[("challenge", text("Hard.")), ("solution", text("Done."))]);
        let body = map(&[
            ("licence", text("CC-BY-4.0")),
            ("attribution", text("organisation")),
            ("sections", sections),
        ]);
        RecordDraft {
            institution: self.id,
            state,
            kind: "practice".to_owned(),
            lanes,
            links: Vec::new(),
            lang: "en".to_owned(),
            marking: "clear".to_owned(),
            day: Some(day()),
            card: Part::seal([1; 16], &title),
            body: Part::seal([2; 16], &body),
        }
        .sign(key, &network().id())
        .unwrap()
    }

    fn record(&self, lanes: &[(&str, u64, Option<Id>)]) -> VerifiedItem {
        self.signed(self.state(), &self.node, lanes)
    }

    /// A different record at the same place.
    fn rival(&self, lanes: &[(&str, u64, Option<Id>)], lang: &str) -> VerifiedItem {
        let other = self.record(lanes);
        let header = other.record().unwrap().clone();
        let (card, body) = (
            other.card().unwrap().to_vec(),
            other.body().unwrap().to_vec(),
        );
        RecordDraft {
            institution: self.id,
            state: header.state,
            kind: header.kind.clone(),
            lanes: header.lanes.clone(),
            links: Vec::new(),
            lang: lang.to_owned(),
            marking: "clear".to_owned(),
            day: Some(day()),
            card,
            body,
        }
        .sign(&self.node, &network().id())
        .unwrap()
    }

    fn head(&self, beat: u64, lanes: &[(&str, u64, Id)]) -> Item {
        let lanes = lanes
            .iter()
            .map(|(name, seq, last)| LaneEnd {
                feed: feed(name),
                seq: *seq,
                last: *last,
            })
            .collect();
        let head = Head {
            institution: self.id,
            key: self.node.key(),
            state: self.state(),
            beat,
            lanes,
            day: day(),
            due: day(),
        };
        Item::of_statement(head.sign(&self.node, &network().id()).unwrap().bytes())
    }
}

fn id(item: &VerifiedItem) -> Id {
    item.statement().id()
}

/// An engine with a store, and everything it said.
struct Bench {
    engine: Engine,
    store: Store,
    own: Cast,
    now: Moment,
    said: Vec<Command>,
    replies: Vec<Reply>,
    next: u64,
}

impl Bench {
    fn new() -> Bench {
        Bench::on(&MemoryDisk::new())
    }

    fn on(disk: &MemoryDisk) -> Bench {
        let mut store = open(disk);
        let own = Cast::new(1, &mut store);
        let now = Moment {
            monotonic: 1_000,
            wall: 1_795_392_000_000,
        };
        let settings = EngineSettings {
            network: network(),
            identity: Identity {
                institution: own.id,
                node: SigningKey::from_seed(&[1; 32]),
            },
            seed: [7; 32],
            peer: None,
            compare_every: 300_000,
        };
        let engine = Engine::new(settings, now, &mut store).unwrap();
        let mut bench = Bench {
            engine,
            store,
            own,
            now,
            said: Vec::new(),
            replies: Vec::new(),
            next: 0,
        };
        bench.run();
        bench
    }

    fn give(&mut self, input: Input) {
        self.engine
            .handle(self.now, input, &mut self.store)
            .unwrap();
    }

    fn event(&mut self, event: Event) {
        self.give(Input::Network(event));
        self.run();
    }

    /// Settles until nothing is left to check.
    fn run(&mut self) {
        loop {
            self.engine.settle(self.now, &mut self.store).unwrap();
            let mut checked = Vec::new();
            while let Some(output) = self.engine.poll_output() {
                match output {
                    Output::Network(command) => self.said.push(command),
                    Output::Reply { reply, .. } => self.replies.push(reply),
                    Output::Check { ticket, items } => {
                        let items = items
                            .into_iter()
                            .map(|item| item.verify().map_err(Unread::from))
                            .collect();
                        checked.push(Input::Checked { ticket, items });
                    }
                    Output::Notice(_) => {}
                }
            }
            if checked.is_empty() {
                return;
            }
            for input in checked {
                self.give(input);
            }
        }
    }

    fn order(&mut self, order: Order) -> Reply {
        self.give(Input::Order {
            ticket: OrderTicket(1),
            order,
        });
        self.run();
        self.replies.pop().unwrap()
    }

    fn follow(&mut self, name: &str, quiet: bool) {
        assert!(matches!(
            self.order(Order::Follow {
                feed: name.to_owned(),
                quiet
            }),
            Reply::Followed { .. }
        ));
    }

    fn anchor(&mut self, cast: &Cast) {
        assert!(matches!(
            self.order(Order::Anchor {
                institution: cast.id.to_string(),
                name: None
            }),
            Reply::Anchored { .. }
        ));
    }

    /// Accepts an institution and learns its chain.
    fn accept(&mut self, cast: &Cast) {
        self.anchor(cast);
        for bytes in std::iter::once(&cast.inception).chain(&cast.states) {
            self.gossip("registry", Item::of_statement(bytes).encode());
        }
        self.said.clear();
    }

    fn push(&mut self, name: &str, frame: Vec<u8>) -> MessageTicket {
        self.next += 1;
        let (ticket, peer) = (MessageTicket(self.next), stranger());
        self.give(Input::Network(Event::Message {
            ticket,
            peer,
            topic: Topic::new(topic(&network().id(), &feed(name))),
            frame,
        }));
        ticket
    }

    fn judgements(&self, ticket: MessageTicket) -> Vec<Relay> {
        let judged = |command: &Command| match command {
            Command::Judge { message, verdict } if *message == ticket => Some(*verdict),
            _ => None,
        };
        self.said.iter().filter_map(judged).collect()
    }

    /// One message, alone in its group, and its only judgement.
    fn gossip(&mut self, name: &str, frame: Vec<u8>) -> Relay {
        let ticket = self.push(name, frame);
        self.run();
        let judged = self.judgements(ticket);
        assert_eq!(judged.len(), 1, "judged {judged:?}");
        judged[0]
    }

    fn connect(&mut self) -> PeerId {
        let peer = PeerId::random();
        self.event(Event::Connected {
            peer,
            outbound: true,
            path: indaba::network::Path::Tcp,
        });
        peer
    }

    fn ask(&mut self, peer: PeerId, request: &CatchUpRequest) -> Vec<u8> {
        self.next += 1;
        let ticket = RequestTicket(self.next);
        self.event(Event::Request {
            ticket,
            peer,
            body: request.encode(),
        });
        let answer = self.said.iter().find_map(|command| match command {
            Command::Respond { request, body } if *request == ticket => Some(body.clone()),
            _ => None,
        });
        answer.unwrap()
    }

    /// The question this peer has to answer now.
    fn asked(&self, peer: PeerId) -> Option<(u64, CatchUpRequest)> {
        self.said.iter().rev().find_map(|command| match command {
            Command::Request {
                peer: to,
                ticket,
                body,
            } if *to == peer => Some((*ticket, CatchUpRequest::decode(body).unwrap())),
            _ => None,
        })
    }

    fn answer(&mut self, peer: PeerId, ticket: u64, response: &CatchUpResponse) {
        self.event(Event::Response {
            ticket,
            peer,
            body: response.encode(),
        });
    }

    /// Answers this peer's questions until none is left; `Lanes` of the feed get these, ranges and gets go to `items`.
    fn serve(
        &mut self,
        peer: PeerId,
        lanes: &[LaneSummary],
        items: impl Fn(&CatchUpRequest) -> Vec<Item>,
    ) -> Vec<CatchUpRequest> {
        let (mut last, mut seen) = (0, Vec::new());
        while let Some((ticket, request)) = self.asked(peer).filter(|(ticket, _)| *ticket != last) {
            last = ticket;
            let response = match &request {
                CatchUpRequest::Facts { .. } => CatchUpResponse::Facts {
                    ids: Vec::new(),
                    more: false,
                },
                CatchUpRequest::Lanes { feed: name, .. } if name.as_str() == FEED => {
                    CatchUpResponse::Lanes {
                        lanes: lanes.to_vec(),
                        more: false,
                    }
                }
                CatchUpRequest::Lanes { .. } => CatchUpResponse::Lanes {
                    lanes: Vec::new(),
                    more: false,
                },
                _ => CatchUpResponse::Items {
                    items: items(&request),
                    more: false,
                },
            };
            seen.push(request);
            self.answer(peer, ticket, &response);
        }
        seen
    }
}

fn stranger() -> PeerId {
    "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp"
        .parse()
        .unwrap()
}

fn draft(title: &str) -> Draft {
    let text = |text: &str| Value::String(text.to_owned());
    let hex = |value: &Value| {
        cbor::encode(value)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect::<String>()
    };
    let sections = map(&[("challenge", text("Hard.")), ("solution", text("Done."))]);
    Draft {
        kind: "practice".to_owned(),
        feeds: vec![FEED.to_owned()],
        links: Vec::new(),
        lang: "en".to_owned(),
        marking: "clear".to_owned(),
        day: None,
        card: hex(&map(&[
            ("title", text(title)),
            ("summary", text("In short.")),
        ])),
        body: hex(&map(&[
            ("licence", text("CC-BY-4.0")),
            ("attribution", text("organisation")),
            ("sections", sections),
        ])),
        source: title.to_owned(),
    }
}

#[test]
fn invalid_is_rejected_and_everything_else_that_is_not_relayed_is_ignored_each_once() {
    let (mut bench, friend, unknown) = (Bench::new(), Cast::abroad(10), Cast::abroad(20));
    bench.follow(FEED, false);
    bench.accept(&friend);
    let good = friend.record(&[(FEED, 1, None)]);
    let mut forged = good.to_item();
    let end = forged.statement.len() - 1;
    forged.statement[end] ^= 1;
    let mut swapped = good.to_item();
    swapped.body = Some(Part::seal([9; 16], &map(&[])));
    assert_eq!(bench.gossip(FEED, b"junk".to_vec()), Relay::Reject);
    assert_eq!(bench.gossip(FEED, forged.encode()), Relay::Reject);
    assert_eq!(
        bench.gossip(FEED, swapped.encode()),
        Relay::Reject,
        "a part that is not the header's"
    );
    assert_eq!(
        bench.gossip(OTHER, good.to_item().encode()),
        Relay::Ignore,
        "a topic the record does not list"
    );
    assert_eq!(
        bench.gossip(FEED, unknown.record(&[(FEED, 1, None)]).to_item().encode()),
        Relay::Ignore,
        "unvouched"
    );
    let thief = SigningKey::from_seed(&[99; 32]);
    let void = friend.signed(friend.state(), &thief, &[(FEED, 1, None)]);
    assert_eq!(
        bench.gossip(FEED, void.to_item().encode()),
        Relay::Ignore,
        "not delegated"
    );
    // None of it keeps the genuine record out.
    assert_eq!(bench.gossip(FEED, good.to_item().encode()), Relay::Accept);
    assert_eq!(
        bench.gossip(FEED, good.to_item().encode()),
        Relay::Ignore,
        "held"
    );
}

#[test]
fn a_group_of_messages_is_judged_once_each() {
    let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
    bench.follow(FEED, false);
    bench.accept(&friend);
    let record = friend.record(&[(FEED, 1, None)]);
    let tickets: Vec<_> = (0..3)
        .map(|_| bench.push(FEED, record.to_item().encode()))
        .collect();
    bench.run();
    let judged: Vec<_> = tickets
        .iter()
        .map(|ticket| bench.judgements(*ticket))
        .collect();
    assert_eq!(
        judged,
        [
            vec![Relay::Accept],
            vec![Relay::Ignore],
            vec![Relay::Ignore]
        ]
    );
}

#[test]
fn a_record_is_passed_on_once_on_each_of_its_topics() {
    for together in [false, true] {
        let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
        bench.follow(FEED, false);
        bench.follow(OTHER, false);
        bench.accept(&friend);
        let frame = friend
            .record(&[(FEED, 1, None), (OTHER, 1, None)])
            .to_item()
            .encode();
        let first = bench.push(FEED, frame.clone());
        if !together {
            bench.run();
        }
        let second = bench.push(OTHER, frame.clone());
        bench.run();
        assert_eq!(bench.judgements(first), [Relay::Accept]);
        assert_eq!(
            bench.judgements(second),
            [Relay::Accept],
            "those who follow only {OTHER} need it too"
        );
        assert_eq!(bench.gossip(OTHER, frame), Relay::Ignore, "but once");
    }
}

#[test]
fn quarantine_is_bounded_within_one_group_and_promoted_when_its_institution_is_accepted() {
    let (mut bench, unknown) = (Bench::new(), Cast::abroad(20));
    bench.follow(FEED, false);
    for bytes in std::iter::once(&unknown.inception).chain(&unknown.states) {
        bench.gossip("registry", Item::of_statement(bytes).encode());
    }
    let (mut prev, mut records) = (None, Vec::new());
    for seq in 1..=limits::QUARANTINE_RECORDS + 50 {
        let record = unknown.record(&[(FEED, seq, prev)]);
        prev = Some(id(&record));
        records.push(record);
    }
    for record in &records {
        bench.push(FEED, record.to_item().encode());
    }
    bench.run();
    assert_eq!(
        bench.store.held_use(&unknown.id).unwrap().count,
        limits::QUARANTINE_RECORDS
    );
    assert!(!bench.store.contains(&id(&records[0])).unwrap());
    bench.anchor(&unknown);
    assert_eq!(bench.store.held_use(&unknown.id).unwrap().count, 0);
    let promoted = bench.store.page(0, 1_000).unwrap().len() as u64;
    assert_eq!(
        promoted,
        limits::QUARANTINE_RECORDS - 2,
        "all that waited beside inception and state"
    );
}

#[test]
fn what_waits_for_a_state_is_released_by_it_and_not_lost_when_it_waits_on() {
    let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
    bench.follow(FEED, false);
    bench.accept(&friend);
    let key = SigningKey::from_seed(&[44; 32]);
    let next = friend.delegate(&key);
    let record = friend.signed(next.id(), &key, &[(FEED, 1, None)]);
    assert_eq!(bench.gossip(FEED, record.to_item().encode()), Relay::Ignore);
    assert!(bench.store.held(&id(&record)).unwrap().is_some());
    // Judged again without its state: it waits on.
    bench.anchor(&friend);
    assert!(bench.store.held(&id(&record)).unwrap().is_some());
    assert!(!bench.store.contains(&id(&record)).unwrap());
    assert_eq!(
        bench.gossip("registry", Item::of_statement(next.bytes()).encode()),
        Relay::Accept
    );
    assert!(bench.store.held(&id(&record)).unwrap().is_none());
    assert!(bench.store.contains(&id(&record)).unwrap());
}

#[test]
fn two_at_one_position_make_a_proof_and_a_third_is_not_kept() {
    let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
    bench.follow(FEED, false);
    bench.accept(&friend);
    let place = [(FEED, 1, None)];
    let rivals = ["en", "fr", "pt"].map(|lang| friend.rival(&place, lang));
    assert_eq!(
        bench.gossip(FEED, rivals[0].to_item().encode()),
        Relay::Accept
    );
    assert!(
        bench
            .store
            .facts(FactKind::Equivocation, &friend.id)
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        bench.gossip(FEED, rivals[1].to_item().encode()),
        Relay::Accept
    );
    assert_eq!(
        bench
            .store
            .facts(FactKind::Equivocation, &friend.id)
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        bench.gossip(FEED, rivals[2].to_item().encode()),
        Relay::Ignore
    );
    let kept = rivals.map(|rival| bench.store.contains(&id(&rival)).unwrap());
    assert_eq!(kept, [true, true, false]);
}

#[test]
fn a_contradiction_counts_only_under_a_key_of_the_institution() {
    let friend = Cast::abroad(10);
    for (key, expected) in [
        (SigningKey::from_seed(&[99; 32]), Relay::Ignore),
        (SigningKey::from_seed(&[10; 32]), Relay::Accept),
    ] {
        let mut bench = Bench::new();
        bench.accept(&friend);
        let [a, b] = [friend.state(), friend.id]
            .map(|state| friend.signed(state, &key, &[("registry", 1, None)]));
        let proof = Equivocation::prove(a.statement(), b.statement(), &network().id())
            .unwrap()
            .unwrap();
        assert_eq!(
            bench.gossip("registry", Item::of_statement(proof.bytes()).encode()),
            expected
        );
        assert_eq!(
            bench.store.fact(&proof.id()).unwrap().is_some(),
            expected == Relay::Accept
        );
    }
}

#[test]
fn a_quiet_feed_looks_like_one_that_is_not_followed() {
    let (mut quiet, mut open, mut without, friend) =
        (Bench::new(), Bench::new(), Bench::new(), Cast::abroad(10));
    let (mut prev, mut records) = (None, Vec::new());
    for seq in 1..=limits::PAGE as u64 + 1 {
        let record = friend.record(&[(FEED, seq, prev)]);
        prev = Some(id(&record));
        records.push(record);
    }
    for bench in [&mut quiet, &mut open, &mut without] {
        bench.accept(&friend);
    }
    quiet.follow(FEED, true);
    open.follow(FEED, false);
    for record in &records {
        for bench in [&mut quiet, &mut open] {
            bench.push(FEED, record.to_item().encode());
            bench.run();
        }
    }
    assert!(quiet.store.contains(&id(&records[500])).unwrap());
    let key = friend.node.key();
    let questions = [
        CatchUpRequest::Lanes {
            feed: feed(FEED),
            after: None,
        },
        CatchUpRequest::Range {
            feed: feed(FEED),
            key,
            from: 1,
            to: 1_000,
        },
        CatchUpRequest::Get(vec![id(&records[0])]),
    ];
    let peers = [&mut quiet, &mut open, &mut without].map(Bench::connect);
    for question in &questions {
        let [q, o, w] = [
            (&mut quiet, peers[0]),
            (&mut open, peers[1]),
            (&mut without, peers[2]),
        ]
        .map(|(bench, peer)| bench.ask(peer, question));
        assert_eq!(q, w, "{question:?}");
        assert_ne!(o, w, "an open follow answers: {question:?}");
    }
    // Nothing the node says names the feed, to a peer that is no partner.
    quiet.serve(peers[0], &[], |_| Vec::new());
    let name = FEED.as_bytes();
    let named = |said: &[Command]| {
        said.iter().any(|command| match command {
            Command::Request { body, .. } => body.windows(name.len()).any(|part| part == name),
            Command::Subscribe(topic) => topic.as_str().contains(FEED),
            _ => false,
        })
    };
    assert!(!named(&quiet.said));
    open.serve(peers[1], &[], |_| Vec::new());
    assert!(named(&open.said), "the open follow does name it");
}

#[test]
fn a_reply_and_an_announcement_come_only_after_the_commit() {
    for broken in [false, true] {
        let disk = MemoryDisk::new();
        let mut bench = Bench::on(&disk);
        bench.said.clear();
        if broken {
            disk.set_fault(Some(Fault::DieAt(0)));
        }
        let order = Input::Order {
            ticket: OrderTicket(1),
            order: Order::Publish {
                drafts: vec![draft("one")],
            },
        };
        let done = bench.engine.handle(bench.now, order, &mut bench.store);
        assert_eq!(done.is_err(), broken);
        let (mut replies, mut published) = (0, 0);
        while let Some(output) = bench.engine.poll_output() {
            replies += u32::from(matches!(output, Output::Reply { .. }));
            published += u32::from(matches!(output, Output::Network(Command::Publish { .. })));
        }
        assert_eq!((replies, published), if broken { (0, 0) } else { (1, 2) });
    }
}

#[test]
fn nothing_is_accepted_when_the_commit_fails() {
    let disk = MemoryDisk::new();
    let (mut bench, friend) = (Bench::on(&disk), Cast::abroad(10));
    bench.follow(FEED, false);
    bench.accept(&friend);
    let ticket = bench.push(FEED, friend.record(&[(FEED, 1, None)]).to_item().encode());
    bench.engine.settle(bench.now, &mut bench.store).unwrap();
    let Some(Output::Check {
        ticket: check,
        items,
    }) = bench.engine.poll_output()
    else {
        panic!("a check")
    };
    let items = items
        .into_iter()
        .map(|item| item.verify().map_err(Unread::from))
        .collect();
    bench.give(Input::Checked {
        ticket: check,
        items,
    });
    disk.set_fault(Some(Fault::DieAt(0)));
    assert!(bench.engine.settle(bench.now, &mut bench.store).is_err());
    assert!(bench.engine.poll_output().is_none(), "no judgement");
    assert!(bench.judgements(ticket).is_empty());
}

#[test]
fn a_node_whose_own_head_came_back_with_more_than_it_holds_does_not_publish() {
    let mut bench = Bench::new();
    let first = bench.own.record(&[(FEED, 1, None)]);
    let second = bench.own.record(&[(FEED, 2, Some(id(&first)))]);
    let head = bench.own.head(5, &[(FEED, 2, id(&second))]);
    assert_eq!(bench.gossip("registry", head.encode()), Relay::Accept);
    let Reply::Refused(refusal) = bench.order(Order::Publish {
        drafts: vec![draft("three")],
    }) else {
        panic!("published")
    };
    assert_eq!(refusal.kind, RefusalKind::Integrity);
    for record in [&first, &second] {
        bench.gossip(FEED, record.to_item().encode());
    }
    let Reply::Published { records } = bench.order(Order::Publish {
        drafts: vec![draft("three")],
    }) else {
        panic!("refused")
    };
    assert_eq!(records[0].lanes, [(FEED.to_owned(), 3)]);
    assert_eq!(
        bench.store.own_head(&bench.own.node.key()).unwrap(),
        Some(6),
        "the beat goes on from the one that came back"
    );
}

#[test]
fn an_older_copy_of_the_store_does_not_go_back_behind_its_guard() {
    let disk = MemoryDisk::new();
    let mut bench = Bench::on(&disk);
    bench.order(Order::Publish {
        drafts: vec![draft("one")],
    });
    // The guard remembers a later beat at the same positions: a head renewed after the copy was made.
    let key = bench.own.node.key();
    let mut batch = indaba_store::Batch::new();
    batch.own_head(key, 9);
    bench.store.commit(batch).unwrap();
    let Reply::Published { .. } = bench.order(Order::Publish {
        drafts: vec![draft("two")],
    }) else {
        panic!("refused")
    };
    assert_eq!(bench.store.own_head(&key).unwrap(), Some(10));
}

#[test]
fn cards_and_bodies_that_were_left_out_are_asked_for() {
    let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
    bench.accept(&friend);
    bench.follow(FEED, false);
    let record = friend.record(&[(FEED, 1, None)]);
    let lane = LaneSummary {
        institution: friend.id,
        key: friend.node.key(),
        seq: 1,
        last: id(&record),
    };
    let mean = bench.connect();
    bench.serve(mean, &[lane], |_| {
        vec![Item::of_statement(record.statement().bytes())]
    });
    assert!(
        !bench.store.parts_held(&id(&record)).unwrap().unwrap().card,
        "the header alone came"
    );
    let good = bench.connect();
    let whole = record.to_item();
    let asked = bench.serve(good, &[lane], |request| match request {
        CatchUpRequest::Get(_) => vec![whole.clone()],
        _ => Vec::new(),
    });
    assert!(
        asked.contains(&CatchUpRequest::Get(vec![id(&record)])),
        "{asked:?}"
    );
    let parts = bench.store.parts_held(&id(&record)).unwrap().unwrap();
    assert!(parts.card && parts.body);
}

#[test]
fn a_peer_that_stalls_withholds_nothing_for_long() {
    let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
    bench.accept(&friend);
    bench.follow(FEED, false);
    let record = friend.record(&[(FEED, 1, None)]);
    let lane = LaneSummary {
        institution: friend.id,
        key: friend.node.key(),
        seq: 1,
        last: id(&record),
    };
    let stalling = bench.connect();
    // It answers everything but the question that matters.
    while let Some((ticket, request)) = bench
        .asked(stalling)
        .filter(|(_, request)| !matches!(request, CatchUpRequest::Range { .. }))
    {
        let response = match request {
            CatchUpRequest::Facts { .. } => CatchUpResponse::Facts {
                ids: Vec::new(),
                more: false,
            },
            CatchUpRequest::Lanes { feed, .. } => CatchUpResponse::Lanes {
                lanes: if feed.is_registry() {
                    Vec::new()
                } else {
                    vec![lane]
                },
                more: false,
            },
            _ => CatchUpResponse::Items {
                items: Vec::new(),
                more: false,
            },
        };
        bench.answer(stalling, ticket, &response);
    }
    let good = bench.connect();
    let whole = record.to_item();
    bench.serve(good, &[lane], |_| vec![whole.clone()]);
    assert!(
        !bench.store.contains(&id(&record)).unwrap(),
        "for a moment the first peer is given its chance"
    );
    bench.now = bench.now.after(limits::ANSWER_AWAITED_ALONE + 1);
    bench.give(Input::Tick);
    bench.run();
    bench.serve(good, &[lane], |_| vec![whole.clone()]);
    assert!(bench.store.contains(&id(&record)).unwrap());
}

#[test]
fn lanes_of_keys_that_nobody_delegated_are_not_asked_for() {
    let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
    bench.accept(&friend);
    bench.follow(FEED, false);
    let top = (1 << 53) - 1;
    let claim = |key| LaneSummary {
        institution: friend.id,
        key,
        seq: top,
        last: friend.id,
    };
    let mut lanes = vec![
        claim(friend.node.key()),
        claim(SigningKey::from_seed(&[99; 32]).key()),
    ];
    lanes.sort_by_key(|lane| lane.key);
    let peer = bench.connect();
    let asked = bench.serve(peer, &lanes, |_| Vec::new());
    let ranges: Vec<_> = asked
        .iter()
        .filter(|request| matches!(request, CatchUpRequest::Range { .. }))
        .collect();
    assert_eq!(
        ranges,
        [&CatchUpRequest::Range {
            feed: feed(FEED),
            key: friend.node.key(),
            from: 1,
            to: top
        }]
    );
    assert!(!bench.said.iter().any(|command| matches!(
        command,
        Command::Penalise {
            offence: Offence::Invalid,
            ..
        }
    )));
}

#[test]
fn heads_that_claim_the_most_overflow_nothing() {
    let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
    bench.accept(&friend);
    bench.follow(FEED, false);
    let head = friend.head(1, &[(FEED, (1 << 53) - 1, friend.id)]);
    assert_eq!(bench.gossip("registry", head.encode()), Relay::Accept);
    let Reply::Feeds { feeds } = bench.order(Order::Feeds) else {
        panic!()
    };
    assert_eq!((feeds[0].held, feeds[0].expected), (0, (1 << 53) - 1));
    assert_eq!(feeds[0].lanes[0].missing, [(1, (1 << 53) - 1)]);
}

#[test]
fn a_cut_list_is_fetched_for_its_state_and_ends_the_lane_where_it_says() {
    const GOOD: u64 = 60;
    let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
    bench.follow(FEED, false);
    bench.accept(&friend);
    let (mut prev, mut records) = (None, Vec::new());
    for seq in 1..=GOOD + 2 {
        let record = friend.record(&[(FEED, seq, prev)]);
        prev = Some(id(&record));
        records.push(record);
    }
    for record in &records[..=GOOD as usize] {
        assert_eq!(bench.gossip(FEED, record.to_item().encode()), Relay::Accept);
    }
    let last = id(&records[GOOD as usize - 1]);
    let list = CutList {
        institution: friend.id,
        key: friend.node.key(),
        feeds: vec![CutEntry {
            feed: feed(FEED).hash(),
            seq: GOOD,
            last,
        }],
        adopted: Vec::new(),
        day: day(),
    }
    .state(&network().id())
    .unwrap();
    let list_item = Item::of_statement(list.bytes());
    assert_eq!(bench.gossip("registry", list_item.encode()), Relay::Ignore);
    assert!(
        bench.store.held(&list.id()).unwrap().is_none(),
        "nobody signs a cut list: it takes no room before a state names it"
    );

    let next = friend.cut(Some(list.id()));
    let peer = bench.connect();
    bench.serve(peer, &[], |_| Vec::new());
    assert_eq!(
        bench.gossip("registry", Item::of_statement(next.bytes()).encode()),
        Relay::Accept
    );
    let asker = stranger();
    let (ticket, asked) = bench.asked(asker).unwrap();
    assert_eq!(asked, CatchUpRequest::Get(vec![list.id()]));
    let verdicts = |bench: &mut Bench| {
        let order = Order::Feed {
            feed: FEED.to_owned(),
            after: None,
            limit: 500,
            newest: false,
        };
        let Reply::Feed { records, .. } = bench.order(order) else {
            panic!()
        };
        records
            .into_iter()
            .map(|record| record.verdict)
            .collect::<Vec<_>>()
    };
    assert!(
        verdicts(&mut bench)
            .iter()
            .all(|verdict| verdict == "PENDING:cut-list")
    );
    bench.answer(
        asker,
        ticket,
        &CatchUpResponse::Items {
            items: vec![list_item],
            more: false,
        },
    );
    for _ in 0..2 {
        // The second time from what was remembered of the first.
        let verdicts = verdicts(&mut bench);
        assert!(
            verdicts[..GOOD as usize]
                .iter()
                .all(|verdict| verdict == "VALID"),
            "{verdicts:?}"
        );
        assert_eq!(verdicts[GOOD as usize..], ["VOID:cut"]);
    }
    assert_eq!(
        bench.gossip(FEED, records[GOOD as usize + 1].to_item().encode()),
        Relay::Ignore,
        "after the cut"
    );
    // Another chain to the same positions is not the one that the list names.
    let fork = friend.rival(
        &[(FEED, GOOD - 1, Some(id(&records[GOOD as usize - 3])))],
        "fr",
    );
    assert_eq!(bench.gossip(FEED, fork.to_item().encode()), Relay::Ignore);
    assert!(!bench.store.contains(&id(&fork)).unwrap());
}

/// A peer the operator added may pass a closed circle; one that announced itself on the local network is none.
#[test]
fn a_found_peer_is_not_added_by_itself() {
    let mut bench = Bench::new();
    let address: indaba::network::Multiaddr = "/ip4/192.0.2.7/tcp/7421".parse().unwrap();
    let peer = PeerId::random();
    bench.said.clear();
    bench.event(Event::Discovered {
        peer,
        addresses: vec![address.clone()],
    });
    let added = |bench: &Bench| {
        bench
            .said
            .iter()
            .any(|command| matches!(command, Command::AddPeer { peer: p, .. } if *p == peer))
    };
    assert!(!added(&bench));
    // The twin: the operator does it.
    bench.order(Order::AddPeer {
        address: format!("{address}/p2p/{peer}"),
        partner: false,
    });
    assert!(added(&bench));
}
