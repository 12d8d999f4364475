//! Institutions that say something about others, and a node that hears them.

use indaba::engine::Engine;
use indaba::engine::order::{
    ExplanationView, Order, Reply, TrustOrder, TrustReply, TrustedView, VerifyView,
};
use indaba::network::Relay;
use indaba_protocol::{
    CatchUpRequest, CatchUpResponse, Id, Item, Lane, LaneSummary, Link, Part, RecordDraft,
    SigningKey, Value, VerifiedItem,
};
use libp2p::PeerId;

use crate::engine_rules::bench::{Bench, settings};
use crate::engine_rules::cast::{Cast, FEED, OTHER, day, feed, id, map, network};

pub(crate) const REGISTRY: &str = "registry";

pub(crate) fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

/// What an institution says in `registry`, one record after the other.
pub(crate) struct Speaker {
    pub(crate) cast: Cast,
    pub(crate) last: Option<(u64, Id)>,
}

impl Speaker {
    pub(crate) fn new(seed: u8) -> Speaker {
        Speaker {
            cast: Cast::abroad(seed),
            last: None,
        }
    }

    pub(crate) fn id(&self) -> Id {
        self.cast.id
    }

    pub(crate) fn say(
        &mut self,
        kind: &str,
        links: &[(&str, Id)],
        body: &[(&str, Value)],
    ) -> VerifiedItem {
        let mut links: Vec<Link> = links
            .iter()
            .map(|(rel, target)| Link {
                rel: (*rel).to_owned(),
                target: *target,
            })
            .collect();
        links.sort();
        let (seq, prev) = self.last.map_or((1, None), |(seq, id)| (seq + 1, Some(id)));
        let item = RecordDraft {
            institution: self.cast.id,
            state: self.cast.state(),
            kind: kind.to_owned(),
            lanes: vec![Lane {
                feed: feed(REGISTRY),
                seq,
                prev,
            }],
            links,
            lang: "en".to_owned(),
            marking: "clear".to_owned(),
            day: Some(day()),
            card: Part::seal([1; 16], &map(&[])),
            body: Part::seal([2; 16], &map(body)),
        }
        .sign(&self.cast.node, &network().id())
        .unwrap();
        self.last = Some((seq, id(&item)));
        item
    }

    pub(crate) fn vouch(&mut self, subject: &Cast) -> VerifiedItem {
        self.say("vouch", &[], &about(subject, 0, None))
    }

    pub(crate) fn introduce(&mut self, subject: &Cast) -> VerifiedItem {
        self.say("vouch", &[], &about(subject, 1, None))
    }

    pub(crate) fn vouch_for_region(&mut self, subject: &Cast, region: &str) -> VerifiedItem {
        self.say("vouch", &[], &about(subject, 0, Some(region)))
    }

    pub(crate) fn withdraw(&mut self, records: &[Id]) -> VerifiedItem {
        let links: Vec<(&str, Id)> = records.iter().map(|id| ("withdraws", *id)).collect();
        self.say("withdrawal", &links, &[("reason", text("error"))])
    }
}

pub(crate) fn about(
    subject: &Cast,
    depth: i128,
    region: Option<&str>,
) -> Vec<(&'static str, Value)> {
    let mut body = vec![
        ("subject", Value::Bytes(subject.id.as_bytes().to_vec())),
        ("level", text("known")),
        ("depth", Value::Integer(depth)),
    ];
    if let Some(region) = region {
        let regions = Value::List(vec![text(region)]);
        body.push(("scope", map(&[("regions", regions)])));
    }
    body
}

/// A vouch that somebody signs under any institution's name.
pub(crate) fn say_as(institution: Id, key: &SigningKey, subject: Id) -> VerifiedItem {
    let body = [
        ("subject", Value::Bytes(subject.as_bytes().to_vec())),
        ("level", text("known")),
        ("depth", Value::Integer(1)),
    ];
    RecordDraft {
        institution,
        state: subject,
        kind: "vouch".to_owned(),
        lanes: vec![Lane {
            feed: feed(REGISTRY),
            seq: 1,
            prev: None,
        }],
        links: Vec::new(),
        lang: "en".to_owned(),
        marking: "clear".to_owned(),
        day: None,
        card: Part::seal([1; 16], &map(&[])),
        body: Part::seal([2; 16], &map(&body)),
    }
    .sign(key, &network().id())
    .unwrap()
}

pub(crate) fn chain_of(cast: &Cast) -> Vec<Item> {
    std::iter::once(&cast.inception)
        .chain(&cast.states)
        .map(|bytes| Item::of_statement(bytes))
        .collect()
}

/// A node that has these institutions as partly trusted anchors.
pub(crate) fn anchored(anchors: &[&Speaker]) -> Bench {
    let mut bench = Bench::new();
    bench.follow(FEED, false);
    bench.follow(OTHER, false);
    for anchor in anchors {
        bench.accept(&anchor.cast);
    }
    bench
}

impl Bench {
    pub(crate) fn hear(&mut self, item: &VerifiedItem) -> Relay {
        self.gossip(REGISTRY, item.to_item().encode())
    }

    pub(crate) fn meet(&mut self, cast: &Cast) {
        for item in chain_of(cast) {
            self.gossip(REGISTRY, item.encode());
        }
    }

    pub(crate) fn trust(&mut self, act: TrustOrder) -> TrustReply {
        match self.order(Order::Trust { act }) {
            Reply::Trust { answer } => *answer,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn trusted(&mut self) -> Vec<TrustedView> {
        match self.trust(TrustOrder::Trusted) {
            TrustReply::Trusted { institutions } => institutions,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn extent(&mut self, id: &Id) -> String {
        let id = id.to_string();
        let found = self.trusted().into_iter().find(|t| t.institution.id == id);
        found.map_or_else(|| "no".to_owned(), |found| found.extent)
    }

    pub(crate) fn explain(&mut self, subject: &Id) -> ExplanationView {
        let act = TrustOrder::Explain {
            subject: subject.to_string(),
            kind: None,
            feed: None,
        };
        match self.trust(act) {
            TrustReply::Explained(view) => view,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn word(&mut self, record: &Id) -> String {
        match self.order(Order::Show {
            id: record.to_string(),
        }) {
            Reply::Record(view) => view.line.words[0].clone(),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn verified(&mut self, record: &Id) -> VerifyView {
        match self.order(Order::Verify {
            id: record.to_string(),
        }) {
            Reply::Verified(view) => *view,
            other => panic!("{other:?}"),
        }
    }

    /// How many institutions are accepted.
    pub(crate) fn accepted(&mut self) -> usize {
        let trusted = self.trusted().into_iter();
        trusted.filter(|one| one.extent != "heard").count()
    }

    /// So many milliseconds go by.
    pub(crate) fn let_pass(&mut self, millis: u64) {
        self.now.monotonic += millis;
    }

    /// The same store under a new engine: nothing is remembered.
    pub(crate) fn begin_anew(&mut self) {
        let settings = settings(self.own.id);
        self.engine = Engine::new(settings, self.now, &mut self.store).unwrap();
        self.run();
    }

    /// Answers a peer's questions; that about the lanes of `registry` with this one, all others with nothing.
    pub(crate) fn serve_registry(
        &mut self,
        peer: PeerId,
        lane: &LaneSummary,
    ) -> Vec<CatchUpRequest> {
        let (mut last, mut seen) = (0, Vec::new());
        while let Some((ticket, request)) = self.asked(peer).filter(|(ticket, _)| *ticket != last) {
            last = ticket;
            let nothing = Vec::new;
            let response = match &request {
                CatchUpRequest::Facts { .. } => CatchUpResponse::Facts {
                    ids: nothing(),
                    more: false,
                },
                CatchUpRequest::Lanes { feed, .. } => CatchUpResponse::Lanes {
                    lanes: match feed.is_registry() {
                        true => vec![*lane],
                        false => Vec::new(),
                    },
                    more: false,
                },
                _ => CatchUpResponse::Items {
                    items: Vec::new(),
                    more: false,
                },
            };
            seen.push(request);
            self.answer(peer, ticket, &response);
        }
        seen
    }

    pub(crate) fn everything_trusted(&mut self) -> Vec<(String, String)> {
        let trusted = self.trusted().into_iter();
        trusted.map(|t| (t.institution.id, t.extent)).collect()
    }
}
