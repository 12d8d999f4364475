//! Who lists records and does not hand them over is named, and others are asked; nobody else is ever named.

use indaba::engine::order::{LackingView, Order, PeerView, Reply};
use indaba::engine::{Input, limits};
use indaba::network::{Command, Disconnection, Event};
use indaba_protocol::{
    CatchUpRequest, CatchUpResponse, Item, LaneSummary, RefusedReason, VerifiedItem,
};
use libp2p::PeerId;

use crate::engine_rules::bench::Bench;
use crate::engine_rules::cast::{Cast, FEED, feed, id};

/// Records of the lane, in all these tests.
const RECORDS: u64 = 6;

/// A node that follows a feed and knows by a head that six records are in it.
struct Follower {
    bench: Bench,
    friend: Cast,
    records: Vec<VerifiedItem>,
}

/// What a peer that lists these lanes answers, unless it is asked for a lane itself.
fn other_than_the_lane(request: &CatchUpRequest, lanes: &[LaneSummary]) -> Option<CatchUpResponse> {
    let of_feed = |feed: &str| if feed == FEED { lanes } else { &[] };
    match request {
        CatchUpRequest::Facts { .. } => Some(CatchUpResponse::Facts {
            ids: Vec::new(),
            more: false,
        }),
        CatchUpRequest::Lanes { feed, .. } => Some(CatchUpResponse::Lanes {
            lanes: of_feed(feed.as_str()).to_vec(),
            more: false,
        }),
        _ => None,
    }
}

impl Follower {
    fn new(quiet: bool) -> Follower {
        let (mut bench, friend) = (Bench::new(), Cast::abroad(10));
        bench.accept(&friend);
        bench.follow(FEED, quiet);
        let records = friend.chain(FEED, RECORDS);
        let last = id(&records[RECORDS as usize - 1]);
        bench.gossip(
            "registry",
            friend.head(1, &[(FEED, RECORDS, last)]).encode(),
        );
        let mut follower = Follower {
            bench,
            friend,
            records,
        };
        follower.lose_patience();
        follower
    }

    /// The gap that a head shows is asked for, of nobody yet.
    fn lose_patience(&mut self) {
        self.bench.now = self.bench.now.after(limits::GAP_PATIENCE);
        self.bench.give(Input::Tick);
        self.bench.run();
    }

    fn lists(&self, upto: u64) -> Vec<LaneSummary> {
        let Some(last) = upto.checked_sub(1) else {
            return Vec::new();
        };
        vec![self.friend.lane_end(upto, id(&self.records[last as usize]))]
    }

    /// Answers this peer's questions as long as it has any: it lists the lane up to `upto` and hands over what `gives` lets through.
    /// How often it was asked for the lane comes back.
    fn serve(&mut self, peer: PeerId, upto: u64, gives: impl Fn(u64) -> bool) -> usize {
        let (lanes, records) = (self.lists(upto), self.records.clone());
        let asked = self.bench.serve(peer, &lanes, |request| match request {
            CatchUpRequest::Range { from, to, .. } => (*from..=(*to).min(RECORDS))
                .filter(|at| gives(*at))
                .map(|at| records[at as usize - 1].to_item())
                .collect(),
            _ => Vec::new(),
        });
        let ranges = asked
            .iter()
            .filter(|request| matches!(request, CatchUpRequest::Range { .. }));
        ranges.count()
    }

    fn lacking(&mut self) -> Option<LackingView> {
        let Reply::Feeds { feeds } = self.bench.order(Order::Feeds) else {
            panic!("no feeds");
        };
        let lane = feeds.into_iter().next().unwrap().lanes.into_iter().next();
        lane.unwrap().lacking
    }

    /// The peers that are named, and for how many records.
    fn named(&mut self) -> Vec<(String, u64)> {
        let lacking = self.lacking();
        let by = lacking.into_iter().flat_map(|lacking| lacking.withheld_by);
        by.map(|by| (by.peer, by.records)).collect()
    }

    fn view(&mut self, peer: PeerId) -> PeerView {
        let Reply::Peers { peers } = self.bench.order(Order::Peers) else {
            panic!("no peers");
        };
        let name = peer.to_string();
        peers.into_iter().find(|view| view.peer == name).unwrap()
    }

    /// Until the next periodic comparison, and it.
    fn next_round(&mut self) {
        self.bench.now = self.bench.now.after(400_000);
        self.bench.give(Input::Tick);
        self.bench.run();
    }

    fn holds(&self, at: u64) -> bool {
        let id = id(&self.records[at as usize - 1]);
        self.bench.store.contains(&id).unwrap()
    }

    fn blamed_nobody(&self) -> bool {
        !self
            .bench
            .said
            .iter()
            .any(|command| matches!(command, Command::Penalise { .. } | Command::Disconnect(_)))
    }
}

#[test]
fn who_lists_records_and_does_not_hand_them_over_is_named() {
    let mut follower = Follower::new(false);
    let now = follower.bench.now.wall;
    let mean = follower.bench.connect();
    follower.serve(mean, RECORDS, |at| !(3..=4).contains(&at));
    assert_eq!(follower.named(), [(mean.to_string(), 2)]);
    let lacking = follower.lacking().unwrap();
    assert_eq!((lacking.records, lacking.listed_by), (2, 1));
    let range = lacking.ranges[0];
    assert_eq!((range.first, range.last, range.since), (3, 4, now));
    assert!(!range.before_start, "the head came after the start");
    // What came beside it was kept, and it costs nothing.
    assert!(follower.holds(2) && follower.holds(6) && !follower.holds(3));
    assert!(follower.blamed_nobody());
    assert_eq!(follower.view(mean).withholds.unwrap().records, 2);

    // Who hands over everything is not named; what the other one did is remembered beside it.
    let good = follower.bench.connect();
    follower.serve(good, RECORDS, |_| true);
    assert!(follower.holds(3) && follower.holds(4));
    assert!(follower.lacking().is_none());
    assert!(follower.view(good).withholds.is_none());
    assert_eq!(follower.view(mean).withholds.unwrap().records, 2);
}

#[test]
fn after_one_failed_another_is_asked_first_and_the_same_again_only_when_nobody_is_left() {
    let mut follower = Follower::new(false);
    // Both are there before the first is asked; the second listed everything and was not asked for it.
    let mean = follower.bench.connect();
    let good = follower.bench.connect();
    assert!(follower.serve(mean, RECORDS, |_| false) > 0);
    let now = follower.bench.now.wall;
    assert_eq!(follower.named(), [(mean.to_string(), 4)], "a portion");
    // What it was not asked for yet it may have; what it failed at is asked of the other one, until that had its time.
    follower.next_round();
    assert_eq!(follower.serve(mean, RECORDS, |at| at > 4), 1);
    assert!(follower.holds(5) && !follower.holds(1));
    follower.next_round();
    assert_eq!(follower.serve(mean, RECORDS, |_| false), 0);
    assert!(follower.bench.now.wall > now);
    follower.next_round();
    assert_eq!(follower.serve(mean, RECORDS, |_| false), 1);
    // The other one goes away: there is nobody else, so once a round, not more.
    follower.bench.event(Event::Disconnected {
        peer: good,
        reason: Disconnection::Remote,
    });
    for _ in 0..3 {
        follower.next_round();
        assert_eq!(follower.serve(mean, RECORDS, |_| false), 1);
    }
    // And it may think better of it.
    follower.next_round();
    follower.serve(mean, RECORDS, |_| true);
    assert!(follower.holds(1) && follower.holds(6));
    assert!(follower.view(mean).withholds.is_none());
}

#[test]
fn what_one_did_not_hand_over_is_asked_of_the_others_at_once() {
    let mut follower = Follower::new(false);
    let good = follower.bench.connect();
    // It lists all, and before it is asked for the lane somebody else is.
    let lanes = follower.lists(RECORDS);
    while let Some((ticket, request)) = follower.bench.asked(good) {
        let response = match other_than_the_lane(&request, &lanes) {
            Some(response) => response,
            // The first question for the lane is lost with the line.
            None => {
                let reason = indaba::network::RequestFailure::Timeout;
                follower.bench.event(Event::RequestFailed {
                    ticket,
                    peer: good,
                    reason,
                });
                break;
            }
        };
        follower.bench.answer(good, ticket, &response);
    }
    assert_eq!(follower.lacking().unwrap().unanswered, 1);
    assert!(follower.named().is_empty(), "a lost answer says nothing");
    let mean = follower.bench.connect();
    follower.serve(mean, RECORDS, |_| false);
    // At the next comparison the first one lists it again, and is asked.
    follower.next_round();
    assert!(follower.serve(good, RECORDS, |_| true) > 0);
    assert!(follower.holds(1) && follower.lacking().is_none());
}

#[test]
fn an_answer_that_is_refused_cut_off_or_lost_names_nobody() {
    let answers = [
        ("busy", Some(CatchUpResponse::Refused(RefusedReason::Busy))),
        (
            "not served",
            Some(CatchUpResponse::Refused(RefusedReason::NotServed)),
        ),
        ("nothing", None),
    ];
    for (what, answer) in answers {
        let mut follower = Follower::new(false);
        let peer = follower.bench.connect();
        let lanes = follower.lists(RECORDS);
        let mut last = 0;
        for _ in 0..40 {
            let asked = follower.bench.asked(peer);
            let Some((ticket, request)) = asked.filter(|(ticket, _)| *ticket != last) else {
                break;
            };
            last = ticket;
            let response = match other_than_the_lane(&request, &lanes) {
                Some(response) => response,
                None => match answer.clone() {
                    Some(answer) => answer,
                    None => break,
                },
            };
            follower.bench.answer(peer, ticket, &response);
        }
        // Whether it is waited for in vain, or the line breaks: and then it lists the same again.
        for _ in 0..2 {
            follower.bench.now = follower.bench.now.after(limits::ASK_WITHIN + 1);
            follower.bench.give(Input::Tick);
            follower.bench.run();
        }
        follower.bench.event(Event::Disconnected {
            peer,
            reason: Disconnection::Remote,
        });
        follower.bench.event(Event::Connected {
            peer,
            outbound: true,
            path: indaba::network::Path::Tcp,
        });
        follower.serve(peer, RECORDS, |_| true);
        assert!(follower.named().is_empty(), "{what}");
        assert!(follower.view(peer).withholds.is_none(), "{what}");
        assert!(follower.holds(RECORDS), "{what}");
    }
}

/// Connects a peer that lists everything and says more, without a record, `in_vain` times in a row, before it hands over all.
fn says_more(follower: &mut Follower, in_vain: usize) -> (PeerId, usize) {
    let peer = follower.bench.connect();
    let lanes = follower.lists(RECORDS);
    let (mut last, mut asked_for_it) = (0, 0);
    while let Some((ticket, request)) = follower
        .bench
        .asked(peer)
        .filter(|(ticket, _)| *ticket != last)
    {
        last = ticket;
        let response = match (&request, other_than_the_lane(&request, &lanes)) {
            (_, Some(response)) => response,
            (CatchUpRequest::Range { from, to, .. }, None) => {
                asked_for_it += 1;
                let gives = asked_for_it > in_vain;
                let places = (*from..=(*to).min(RECORDS)).filter(|_| gives);
                CatchUpResponse::Items {
                    items: places
                        .map(|at| follower.records[at as usize - 1].to_item())
                        .collect(),
                    more: !gives,
                }
            }
            (_, None) => CatchUpResponse::Items {
                items: Vec::new(),
                more: false,
            },
        };
        follower.bench.answer(peer, ticket, &response);
    }
    (peer, asked_for_it)
}

#[test]
fn who_always_says_more_and_hands_over_nothing_is_named_and_asked_no_more() {
    let mut follower = Follower::new(false);
    let (mean, asked) = says_more(&mut follower, usize::MAX);
    assert_eq!(follower.named(), [(mean.to_string(), 1)]);
    assert_eq!(asked, usize::from(limits::ANSWERS_IN_VAIN));
    assert!(follower.blamed_nobody());
    // Others are asked, and have it.
    let good = follower.bench.connect();
    follower.serve(good, RECORDS, |_| true);
    assert!(follower.holds(RECORDS) && follower.lacking().is_none());
    assert!(follower.view(good).withholds.is_none());
}

#[test]
fn control_who_says_more_in_vain_less_often_and_then_hands_over_is_not_named() {
    let mut follower = Follower::new(false);
    let (slow, _) = says_more(&mut follower, usize::from(limits::ANSWERS_IN_VAIN) - 1);
    assert!(follower.named().is_empty());
    assert!(follower.view(slow).withholds.is_none());
    assert!(follower.holds(RECORDS));
}

#[test]
fn who_lists_less_when_it_is_asked_again_is_not_named() {
    let mut follower = Follower::new(false);
    let peer = follower.bench.connect();
    // The store of the peer was restored from an older copy between the two questions; so it lists less from then on.
    let (all, some) = (follower.lists(RECORDS), follower.lists(2));
    let mut listed = 0;
    let mut last = 0;
    while let Some((ticket, request)) = follower
        .bench
        .asked(peer)
        .filter(|(ticket, _)| *ticket != last)
    {
        last = ticket;
        let response = match request {
            CatchUpRequest::Facts { .. } => CatchUpResponse::Facts {
                ids: Vec::new(),
                more: false,
            },
            CatchUpRequest::Lanes { feed: of, .. } if of.as_str() == FEED => {
                listed += 1;
                CatchUpResponse::Lanes {
                    lanes: if listed == 1 {
                        all.clone()
                    } else {
                        some.clone()
                    },
                    more: false,
                }
            }
            CatchUpRequest::Lanes { .. } => CatchUpResponse::Lanes {
                lanes: Vec::new(),
                more: false,
            },
            CatchUpRequest::Range { from, to, .. } => CatchUpResponse::Items {
                items: (from..=to.min(2))
                    .map(|at| follower.records[at as usize - 1].to_item())
                    .collect(),
                more: false,
            },
            _ => CatchUpResponse::Items {
                items: Vec::new(),
                more: false,
            },
        };
        follower.bench.answer(peer, ticket, &response);
    }
    assert!(listed > 1, "it was asked again what it lists");
    assert!(follower.named().is_empty());
    assert!(follower.view(peer).withholds.is_none());
    let lacking = follower.lacking().unwrap();
    assert_eq!((lacking.records, lacking.listed_by), (4, 0));
    // The twin: who lists them still is named.
    let mean = follower.bench.connect();
    follower.serve(mean, RECORDS, |at| at <= 2);
    assert_eq!(follower.named(), [(mean.to_string(), 4)]);
}

#[test]
fn who_lists_nothing_of_it_says_that_it_does_not_have_it() {
    let mut follower = Follower::new(false);
    let less = follower.bench.connect();
    follower.serve(less, 2, |at| at <= 2);
    let lacking = follower.lacking().unwrap();
    assert!(follower.holds(2) && lacking.withheld_by.is_empty());
    assert_eq!((lacking.listed_by, lacking.without), (0, 1));
    // One that misses the third lists two, and has what is behind it all the same.
    let gap = follower.bench.connect();
    follower.serve(gap, 2, |at| at != 3);
    assert!(follower.holds(6) && !follower.holds(3));
    let lacking = follower.lacking().unwrap();
    assert_eq!(lacking.ranges[0].first, 3);
    assert_eq!((lacking.records, lacking.without), (1, 2));
    assert!(lacking.withheld_by.is_empty());
}

#[test]
fn a_record_that_came_and_is_not_kept_names_nobody() {
    let mut follower = Follower::new(false);
    let peer = follower.bench.connect();
    // Signed under a state that is not held here: it waits.
    let key = indaba_protocol::SigningKey::from_seed(&[44; 32]);
    let next = follower.friend.delegate(&key);
    let mut prev = None;
    let mut items = Vec::new();
    for at in 1..=RECORDS {
        let lane = [(FEED, at, prev)];
        let record = follower
            .friend
            .signed(next.id(), &follower.friend.node, &lane);
        prev = Some(id(&record));
        items.push(record);
    }
    follower.records = items;
    follower.serve(peer, RECORDS, |_| true);
    assert!(!follower.holds(1), "it waits for the state");
    assert!(follower.named().is_empty());
    let lacking = follower.lacking().unwrap();
    assert_eq!(lacking.came, RECORDS);
}

#[test]
fn what_is_said_of_more_than_exists_asks_nobody_else_and_is_bounded() {
    let mut follower = Follower::new(false);
    let good = follower.bench.connect();
    follower.serve(good, RECORDS, |_| true);
    let before = follower.bench.said.len();
    let liar = follower.bench.connect();
    let mut lanes = follower.lists(RECORDS);
    lanes[0].seq = (1 << 53) - 1;
    let asked = follower.bench.serve(liar, &lanes, |_| Vec::new());
    let ranges = asked
        .iter()
        .filter(|request| matches!(request, CatchUpRequest::Range { .. }));
    assert_eq!(ranges.count(), 1);
    let good_asked = follower.bench.said[before..]
        .iter()
        .filter(|command| matches!(command, Command::Request { peer, .. } if *peer == good));
    assert_eq!(good_asked.count(), 0);
    // Nothing that is known to exist is missing; the peer is known for what it is.
    assert!(follower.lacking().is_none());
    assert!(follower.view(liar).withholds.is_some());
}

#[test]
fn a_quiet_feed_is_asked_of_partners_only_whoever_failed() {
    let mut follower = Follower::new(true);
    let partner = PeerId::random();
    let address = format!("/ip4/192.0.2.1/tcp/4711/p2p/{partner}");
    follower.bench.order(Order::AddPeer {
        address,
        partner: true,
    });
    let strangers = [follower.bench.connect(), follower.bench.connect()];
    follower.bench.event(Event::Connected {
        peer: partner,
        outbound: true,
        path: indaba::network::Path::Tcp,
    });
    follower.serve(partner, RECORDS, |at| at != 5);
    assert_eq!(follower.named(), [(partner.to_string(), 1)]);
    for _ in 0..3 {
        follower.next_round();
        for stranger in strangers {
            follower.serve(stranger, RECORDS, |_| true);
        }
    }
    assert!(!follower.holds(5), "no stranger was asked");
    let told = follower.bench.said.iter().any(|command| match command {
        Command::Request { peer, body, .. } if *peer != partner => {
            body.windows(FEED.len()).any(|part| part == FEED.as_bytes())
        }
        _ => false,
    });
    assert!(!told);
    // The twin: of an open feed the strangers are asked.
    let mut open = Follower::new(false);
    let mean = open.bench.connect();
    open.serve(mean, RECORDS, |at| at != 5);
    let stranger = open.bench.connect();
    open.serve(stranger, RECORDS, |_| true);
    assert!(open.holds(5));
}

#[test]
fn since_when_survives_what_comes_between_and_a_restart_says_so() {
    let disk = indaba_store::disk::MemoryDisk::new();
    let mut follower = Follower::new(false);
    follower.bench = Bench::on(&disk);
    follower.bench.accept(&follower.friend);
    follower.bench.follow(FEED, false);
    let last = id(&follower.records[RECORDS as usize - 1]);
    let head = follower.friend.head(1, &[(FEED, RECORDS, last)]);
    follower.bench.gossip("registry", head.encode());
    follower.lose_patience();
    let begun = follower.bench.now.wall;
    assert_eq!(follower.lacking().unwrap().ranges[0].since, begun);
    // A part comes an hour later: the rest is missing since the same moment.
    follower.bench.now = follower.bench.now.after(3_600_000);
    let peer = follower.bench.connect();
    follower.serve(peer, 2, |at| at <= 2);
    let ranges = follower.lacking().unwrap().ranges;
    assert_eq!((ranges[0].first, ranges[0].since), (3, begun));
    // More is promised: that is missing since now.
    let more = follower.friend.chain(FEED, RECORDS + 2);
    let end = id(more.last().unwrap());
    let head = follower.friend.head(2, &[(FEED, RECORDS + 2, end)]);
    follower.bench.gossip("registry", head.encode());
    let ranges = follower.lacking().unwrap().ranges;
    let since: Vec<_> = ranges.iter().map(|r| (r.first, r.last, r.since)).collect();
    let now = follower.bench.now.wall;
    assert_eq!(since, [(3, 6, begun), (7, 8, now)]);

    let at = follower.bench.now.after(60_000);
    let settings = crate::engine_rules::bench::settings(follower.bench.own.id);
    let engine = indaba::engine::Engine::new(settings, at, &mut follower.bench.store).unwrap();
    follower.bench.engine = engine;
    follower.bench.now = at;
    let range = follower.lacking().unwrap().ranges[0];
    assert_eq!((range.first, range.last, range.since), (3, 8, at.wall));
    assert!(range.before_start);
}

#[test]
fn a_lane_is_listed_as_far_as_it_would_be_handed_over() {
    // What a peer is told of the lane, and what it gets of it.
    let told = |bench: &mut Bench| {
        let peer = bench.connect();
        let feed = feed(FEED);
        let lanes = CatchUpRequest::Lanes {
            feed: feed.clone(),
            after: None,
        };
        let CatchUpResponse::Lanes { lanes, .. } =
            CatchUpResponse::decode(&bench.ask(peer, &lanes)).unwrap()
        else {
            panic!("no lanes");
        };
        lanes.first().map(|lane| (lane.seq, lane.last))
    };
    let friend = Cast::abroad(10);
    let records = friend.chain(FEED, RECORDS);
    let ready = |keep: &[u64]| {
        let mut bench = Bench::new();
        bench.accept(&friend);
        bench.follow(FEED, false);
        for at in keep {
            bench.gossip(FEED, records[*at as usize - 1].to_item().encode());
        }
        bench
    };
    let at = |seq: u64| Some((seq, id(&records[seq as usize - 1])));
    assert_eq!(told(&mut ready(&[1, 2, 3, 4, 5, 6])), at(6));
    assert_eq!(told(&mut ready(&[2, 3])), None, "the first is missing");
    let mut gap = ready(&[1, 2, 4, 5, 6]);
    assert_eq!(told(&mut gap), at(2));
    gap.gossip(FEED, records[2].to_item().encode());
    assert_eq!(told(&mut gap), at(6));
    // Nobody is listed who is not accepted any more.
    gap.order(Order::RemoveAnchor {
        institution: friend.id.to_string(),
    });
    assert_eq!(told(&mut gap), None);
    gap.anchor(&friend);
    assert_eq!(told(&mut gap), at(6));

    // A cut makes void what lies behind it, and good what it leads to.
    let list = indaba_protocol::CutList {
        institution: friend.id,
        key: friend.node.key(),
        feeds: vec![indaba_protocol::institution::CutEntry {
            feed: feed(FEED).hash(),
            seq: 4,
            last: id(&records[3]),
        }],
        adopted: Vec::new(),
        day: crate::engine_rules::cast::day(),
    }
    .state(&crate::engine_rules::cast::network().id())
    .unwrap();
    let state = friend.cut(Some(list.id()));
    for bytes in [state.bytes(), list.bytes()] {
        gap.gossip("registry", Item::of_statement(bytes).encode());
    }
    // The list was asked for when its state came.
    assert_eq!(told(&mut gap), at(4));
}
