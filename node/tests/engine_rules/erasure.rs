//! Withdrawn records lose card and body after the delay, and only then; and get them back when the withdrawal was void.

use indaba::engine::limits::{self, DAY, ERASE_AFTER};
use indaba::engine::order::{Order, Reply};
use indaba::engine::{Engine, Input, Moment};
use indaba::network::Relay;
use indaba_protocol::institution::{Cut, CutReason};
use indaba_protocol::{
    CatchUpRequest, Id, Item, Lane, LaneSummary, Link, Part, RecordDraft, SigningKey, State, Value,
    VerifiedItem, VerifiedStatement,
};
use indaba_store::disk::MemoryDisk;

use crate::engine_rules::bench::{Bench, settings};
use crate::engine_rules::cast::{Cast, FEED, day, feed, id, map, network, open};

const COMPARE_EVERY: u64 = 300_000;

/// Beyond the delay and the day that is waited for on top.
const LONG: u64 = ERASE_AFTER + DAY + 1;

fn withdrawal(
    cast: &Cast,
    state: Id,
    key: &SigningKey,
    of: Id,
    seq: u64,
    prev: Option<Id>,
) -> VerifiedItem {
    let text = |text: &str| Value::String(text.to_owned());
    RecordDraft {
        institution: cast.id,
        state,
        kind: "withdrawal".to_owned(),
        lanes: vec![Lane {
            feed: feed(FEED),
            seq,
            prev,
        }],
        links: vec![Link {
            rel: "withdraws".to_owned(),
            target: of,
        }],
        lang: "en".to_owned(),
        marking: "clear".to_owned(),
        day: Some(day()),
        card: Part::seal([3; 16], &map(&[])),
        body: Part::seal([4; 16], &map(&[("reason", text("consent"))])),
    }
    .sign(key, &network().id())
    .unwrap()
}

impl Bench {
    /// A node that holds a record of a friend and its withdrawal.
    fn with_withdrawn(disk: &MemoryDisk) -> (Bench, Cast, VerifiedItem) {
        let (mut bench, friend) = (Bench::on(disk), Cast::abroad(10));
        bench.accept(&friend);
        bench.follow(FEED, false);
        let record = friend.record(&[(FEED, 1, None)]);
        bench.take(&record);
        let by = withdrawal(
            &friend,
            friend.state(),
            &friend.node,
            id(&record),
            2,
            Some(id(&record)),
        );
        bench.take(&by);
        (bench, friend, record)
    }

    fn take(&mut self, item: &VerifiedItem) {
        assert_eq!(self.gossip(FEED, item.to_item().encode()), Relay::Accept);
    }

    /// Lets time pass as it does while the node runs, then gives it its turn; twice, so that what the first finds is carried out.
    pub(crate) fn pass(&mut self, millis: u64) {
        for millis in [millis, 2 * COMPARE_EVERY] {
            self.now = self.now.after(millis);
            self.give(Input::Tick);
            self.run();
        }
    }

    /// The machine is off while the wall clock goes on by so much, as far as it tells.
    pub(crate) fn restart(self, disk: &MemoryDisk, off: i64) -> Bench {
        let Bench {
            store, own, now, ..
        } = self;
        store.close().unwrap();
        let mut store = open(disk);
        let now = Moment {
            monotonic: 500,
            wall: now.wall + off,
        };
        let engine = Engine::new(settings(own.id), now, &mut store).unwrap();
        let (said, replies, next) = (Vec::new(), Vec::new(), 0);
        Bench {
            engine,
            store,
            own,
            now,
            said,
            notices: Vec::new(),
            replies,
            next,
        }
    }

    fn has_text(&self, record: &VerifiedItem) -> bool {
        let parts = self.store.parts_held(&id(record)).unwrap().unwrap();
        assert_eq!(parts.card, parts.body);
        parts.card
    }

    fn fate(&mut self, record: &VerifiedItem) -> Option<indaba::engine::order::WithdrawalView> {
        let order = Order::Show {
            id: id(record).to_string(),
        };
        match self.order(order) {
            Reply::Record(view) => view.withdrawal,
            other => panic!("{other:?}"),
        }
    }

    /// State and parts missing of the feed.
    fn feed_state(&mut self) -> (String, u64) {
        match self.order(Order::Feeds) {
            Reply::Feeds { feeds } => (feeds[0].state.clone(), feeds[0].parts_missing),
            other => panic!("{other:?}"),
        }
    }

    /// A peer that still has the text offers it in every way there is.
    fn offer_again(&mut self, record: &VerifiedItem) -> Vec<CatchUpRequest> {
        self.gossip(FEED, record.to_item().encode());
        let header = record.record().unwrap();
        let lane = LaneSummary {
            institution: header.institution,
            key: header.key,
            seq: 1,
            last: id(record),
        };
        let peer = self.connect();
        let whole = record.to_item();
        self.serve(peer, &[lane], |_| vec![whole.clone()])
    }
}

#[test]
fn after_the_delay_the_text_goes_and_does_not_come_back_and_the_place_stays() {
    let disk = MemoryDisk::new();
    let (mut bench, friend, record) = Bench::with_withdrawn(&disk);
    let noted = bench.fate(&record).unwrap();
    assert_eq!((noted.erased, noted.days_left), (None, Some(31)));
    assert!(!noted.in_doubt);
    bench.pass(ERASE_AFTER - COMPARE_EVERY);
    assert!(bench.has_text(&record), "the delay is not over");
    bench.pass(2 * DAY);
    assert!(!bench.has_text(&record));
    let fate = bench.fate(&record).unwrap();
    assert_eq!(fate.days_left, None);
    assert!(fate.erased.unwrap() > fate.noted);
    assert!(bench.store.contains(&id(&record)).unwrap());

    let asked = bench.offer_again(&record);
    assert!(!bench.has_text(&record), "brought back by a peer");
    assert!(
        !asked
            .iter()
            .any(|ask| matches!(ask, CatchUpRequest::Get(_))),
        "{asked:?}"
    );
    let head = friend.head(
        1,
        &[(
            FEED,
            2,
            bench
                .store
                .at(&friend.id, &friend.node.key(), &feed(FEED), 2)
                .unwrap()[0],
        )],
    );
    bench.gossip("registry", head.encode());
    assert_eq!(bench.feed_state(), ("complete".to_owned(), 0));

    // And so it is after a restart, and after the compaction that takes the bytes from the disk.
    let mut bench = bench.restart(&disk, 0);
    bench.pass(2 * limits::COMPACT_EVERY);
    assert_eq!(bench.store.erased_bytes().unwrap(), 0);
    bench.offer_again(&record);
    assert!(!bench.has_text(&record));
    assert!(bench.fate(&record).unwrap().erased.is_some());
}

#[test]
fn what_nobody_withdrew_stays_and_who_is_not_its_signer_withdraws_nothing() {
    let (mut bench, friend, other) = (Bench::new(), Cast::abroad(10), Cast::abroad(20));
    bench.accept(&friend);
    bench.accept(&other);
    bench.follow(FEED, false);
    let record = friend.record(&[(FEED, 1, None)]);
    bench.take(&record);
    bench.take(&withdrawal(
        &other,
        other.state(),
        &other.node,
        id(&record),
        1,
        None,
    ));
    bench.pass(2 * LONG);
    assert!(bench.has_text(&record));
    assert_eq!(bench.fate(&record), None);
}

#[test]
fn a_clock_that_jumps_forward_erases_nothing_early() {
    const YEARS: i64 = 10 * 365 * DAY as i64;
    let disk = MemoryDisk::new();
    let (mut bench, _, record) = Bench::with_withdrawn(&disk);
    // While it runs, and over a stop; and whoever sees the same wrong date again learns nothing from it.
    bench.now.wall += YEARS;
    bench.pass(1);
    assert!(bench.has_text(&record));
    for off in [YEARS, 0, -YEARS, YEARS, 0] {
        bench = bench.restart(&disk, off);
        bench.pass(1);
        assert!(bench.has_text(&record), "after a stop of {off} ms");
    }
    bench.pass(ERASE_AFTER - DAY);
    assert!(bench.has_text(&record), "a wrong clock made it early");
    // The negative control: the time that was really lived through does erase.
    bench.pass(2 * DAY);
    assert!(!bench.has_text(&record));
}

#[test]
fn a_machine_switched_off_over_night_waits_as_many_days() {
    let disk = MemoryDisk::new();
    let (mut bench, _, record) = Bench::with_withdrawn(&disk);
    let hours = 60 * 60 * 1_000;
    for day in 1..=31 {
        bench.pass(8 * hours);
        assert!(bench.has_text(&record), "day {day}");
        bench = bench.restart(&disk, 16 * hours as i64);
    }
    bench.pass(8 * hours);
    assert!(!bench.has_text(&record));
}

#[test]
fn nothing_is_erased_while_the_signer_is_disputed() {
    // Two records at the place of the withdrawal; and two states that claim to follow the same one.
    for states in [false, true] {
        let (mut bench, friend, record) = Bench::with_withdrawn(&MemoryDisk::new());
        if states {
            let more = SigningKey::from_seed(&[77; 32]);
            let other = SigningKey::from_seed(&[78; 32]);
            for state in [friend.delegate(&more), friend.delegate(&other)] {
                bench.gossip("registry", Item::of_statement(state.bytes()).encode());
            }
        } else {
            let rival = friend.rival(&[(FEED, 2, Some(id(&record)))], "fr");
            bench.gossip(FEED, rival.to_item().encode());
        }
        bench.pass(2 * LONG);
        assert!(bench.has_text(&record), "states: {states}");
        let fate = bench
            .fate(&record)
            .expect("the withdrawal itself is in effect");
        // Nobody is told of a day on which it goes.
        assert_eq!((fate.in_doubt, fate.days_left), (true, None));
    }
}

#[test]
fn when_the_withdrawal_turns_out_void_the_text_is_fetched_again() {
    let disk = MemoryDisk::new();
    let (mut bench, mut friend) = (Bench::on(&disk), Cast::abroad(10));
    let stolen = SigningKey::from_seed(&[66; 32]);
    let second = friend.delegate(&stolen);
    friend.states.push(second.bytes().to_vec());
    bench.accept(&friend);
    bench.follow(FEED, false);
    let record = friend.record(&[(FEED, 1, None)]);
    bench.take(&record);
    bench.take(&withdrawal(
        &friend,
        second.id(),
        &stolen,
        id(&record),
        1,
        None,
    ));
    bench.pass(LONG);
    assert!(!bench.has_text(&record), "nobody noticed the thief in time");
    bench.offer_again(&record);
    assert!(!bench.has_text(&record), "the withdrawal holds");

    let VerifiedStatement::State(old) = second else {
        panic!()
    };
    let mut third = State {
        version: old.version + 1,
        prev: old.id(),
        cuts: vec![Cut {
            key: stolen.key(),
            reason: CutReason::Compromised,
            list: None,
        }],
        ..(*old).clone()
    };
    third.delegations.retain(|held| held.key != stolen.key());
    let mut gathering = third.gather(&network().id()).unwrap();
    gathering.sign(&friend.root).unwrap();
    let third = gathering.finish().unwrap();
    bench.gossip("registry", Item::of_statement(third.bytes()).encode());
    bench.pass(1);
    assert_eq!(bench.feed_state().1, 1, "its text is missing now");
    bench = bench.restart(&disk, 0);
    bench.pass(1);
    let asked = bench.offer_again(&record);
    assert!(bench.has_text(&record), "{asked:?}");
    bench.pass(LONG);
    assert!(bench.has_text(&record));
    assert_eq!(bench.fate(&record), None);
}
