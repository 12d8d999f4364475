//! An engine with a store in memory, and everything it said.

use indaba::engine::order::{Draft, Order, Reply};
use indaba::engine::{
    Engine, EngineSettings, Identity, Input, Moment, Notice, OrderTicket, Output, limits,
};
use indaba::network::{Command, Event, MessageTicket, Relay, RequestTicket, Topic};
use indaba_protocol::{
    CatchUpRequest, CatchUpResponse, Id, Item, LaneSummary, SigningKey, Unread, Value, cbor, topic,
};
use indaba_store::Store;
use indaba_store::disk::MemoryDisk;
use libp2p::PeerId;

use crate::engine_rules::cast::{Cast, FEED, feed, map, network, open};

/// An engine with a store, and everything it said.
pub(crate) struct Bench {
    pub(crate) engine: Engine,
    pub(crate) store: Store,
    pub(crate) own: Cast,
    pub(crate) now: Moment,
    pub(crate) said: Vec<Command>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) replies: Vec<Reply>,
    pub(crate) next: u64,
}

impl Bench {
    pub(crate) fn new() -> Bench {
        Bench::on(&MemoryDisk::new())
    }

    pub(crate) fn on(disk: &MemoryDisk) -> Bench {
        let mut store = open(disk);
        let own = Cast::new(1, &mut store);
        let now = Moment {
            monotonic: 1_000,
            wall: 1_795_392_000_000,
        };
        let engine = Engine::new(settings(own.id), now, &mut store).unwrap();
        let mut bench = Bench {
            engine,
            store,
            own,
            now,
            said: Vec::new(),
            notices: Vec::new(),
            replies: Vec::new(),
            next: 0,
        };
        bench.run();
        bench
    }

    pub(crate) fn give(&mut self, input: Input) {
        self.engine
            .handle(self.now, input, &mut self.store)
            .unwrap();
    }

    pub(crate) fn event(&mut self, event: Event) {
        self.give(Input::Network(event));
        self.run();
    }

    /// Settles until nothing is left to check.
    pub(crate) fn run(&mut self) {
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
                    Output::Notice(notice) => self.notices.push(notice),
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

    pub(crate) fn order(&mut self, order: Order) -> Reply {
        self.give(Input::Order {
            ticket: OrderTicket(1),
            order,
        });
        self.run();
        self.replies.pop().unwrap()
    }

    pub(crate) fn follow(&mut self, name: &str, quiet: bool) {
        assert!(matches!(
            self.order(Order::Follow {
                feed: name.to_owned(),
                quiet: Some(quiet)
            }),
            Reply::Followed { .. }
        ));
    }

    pub(crate) fn anchor(&mut self, cast: &Cast) {
        assert!(matches!(
            self.order(Order::Anchor {
                institution: cast.id.to_string(),
                name: None,
                full: None,
                reach: None
            }),
            Reply::Anchored { .. }
        ));
    }

    /// Accepts an institution and learns its chain.
    pub(crate) fn accept(&mut self, cast: &Cast) {
        self.anchor(cast);
        for bytes in std::iter::once(&cast.inception).chain(&cast.states) {
            self.gossip("registry", Item::of_statement(bytes).encode());
        }
        self.said.clear();
    }

    pub(crate) fn push(&mut self, name: &str, frame: Vec<u8>) -> MessageTicket {
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

    pub(crate) fn judgements(&self, ticket: MessageTicket) -> Vec<Relay> {
        let judged = |command: &Command| match command {
            Command::Judge { message, verdict } if *message == ticket => Some(*verdict),
            _ => None,
        };
        self.said.iter().filter_map(judged).collect()
    }

    /// One message, alone in its group, and its only judgement.
    pub(crate) fn gossip(&mut self, name: &str, frame: Vec<u8>) -> Relay {
        let ticket = self.push(name, frame);
        self.run();
        let judged = self.judgements(ticket);
        assert_eq!(judged.len(), 1, "judged {judged:?}");
        judged[0]
    }

    pub(crate) fn connect(&mut self) -> PeerId {
        let peer = PeerId::random();
        self.event(Event::Connected {
            peer,
            outbound: true,
            path: indaba::network::Path::Tcp,
        });
        peer
    }

    pub(crate) fn ask(&mut self, peer: PeerId, request: &CatchUpRequest) -> Vec<u8> {
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
    pub(crate) fn asked(&self, peer: PeerId) -> Option<(u64, CatchUpRequest)> {
        self.said.iter().rev().find_map(|command| match command {
            Command::Request {
                peer: to,
                ticket,
                body,
            } if *to == peer => Some((*ticket, CatchUpRequest::decode(body).unwrap())),
            _ => None,
        })
    }

    pub(crate) fn answer(&mut self, peer: PeerId, ticket: u64, response: &CatchUpResponse) {
        self.event(Event::Response {
            ticket,
            peer,
            body: response.encode(),
        });
    }

    /// Answers this peer's questions until none is left; `Lanes` of the feed get these, ranges and gets go to `items`.
    pub(crate) fn serve(
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

/// What an engine of this institution begins with.
pub(crate) fn settings(institution: Id) -> EngineSettings {
    EngineSettings {
        network: network(),
        identity: Identity {
            institution,
            node: SigningKey::from_seed(&[1; 32]),
        },
        seed: [7; 32],
        peer: None,
        compare_every: 300_000,
        erase_after: limits::ERASE_AFTER,
        clearance: Default::default(),
    }
}

pub(crate) fn stranger() -> PeerId {
    "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp"
        .parse()
        .unwrap()
}

pub(crate) fn draft(title: &str) -> Draft {
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
