//! Each way a session can go, and what it costs.

use crate::Chance;
use crate::table::{all, check, feeds, pair, talk};
use indaba_protocol::reconciliation::message::Plan;
use indaba_protocol::reconciliation::session::Budget;
use indaba_protocol::reconciliation::{
    Cell, Cursor, Element, Held, HeldInMemory, Initiator, Message, Outcome, Responder, Root,
    SessionFault, Short, ShortKey, Start, mapping::Mapping,
};
use indaba_protocol::{Id, limits};

fn plans(messages: &[Message]) -> Vec<(Plan, bool)> {
    let plan = |message: &Message| match message {
        Message::Answer(answer) => Some((answer.plan, answer.salt.is_some())),
        _ => None,
    };
    messages.iter().filter_map(plan).collect()
}

/// What an initiator that met the responder when both had `a` and `b` less what came since knows.
fn met(b: &HeldInMemory, since: u64, own_since: u64) -> Start {
    Start {
        since: Some(Cursor {
            seq: since,
            ..b.cursor()
        }),
        own_since: Some(own_since),
        nonce: [9; 16],
        ..Start::default()
    }
}

#[test]
fn equal_sets_cost_sixty_four_bytes() {
    let (a, b) = pair(3, [5_000, 0, 0], &mut Chance(1));
    for start in [
        met(&b, 70_000, 70_000),
        Start {
            agreed: Some(a.root()),
            ..met(&b, 5_000, 5_000)
        },
    ] {
        let (equal, tally) = check(&a, &b, start, [1; 16]).unwrap();
        assert!(equal);
        if start.agreed.is_some() {
            assert!(tally.there + tally.back <= 64, "{tally:?}");
        }
    }
}

#[test]
fn who_has_nothing_is_sent_everything_and_nothing_is_compared() {
    let (a, b) = pair(3, [0, 300, 0], &mut Chance(2));
    for (a, b) in [(&a, &b), (&b, &a)] {
        let (_, tally) = check(a, b, Start::default(), [1; 16]).unwrap();
        assert!(matches!(tally.messages[1], Message::Everything { .. }));
        assert!(tally.back <= 20);
    }
    // A peer that says so and is not empty is not believed.
    let (a, _) = pair(3, [300, 0, 0], &mut Chance(3));
    let mut initiator = Initiator::new(&a, Start::default(), Budget::default());
    initiator.poll().unwrap();
    let message = Message::Everything {
        count: 5,
        cursor: a.cursor(),
    };
    assert_eq!(
        initiator.handle(&message.encode(), &a),
        Err(SessionFault::Order)
    );
}

#[test]
fn few_differences_are_found_from_the_first_packet() {
    for (ours, theirs, most) in [(1, 0, 450), (5, 5, 700), (20, 18, 1_700)] {
        let (a, b) = pair(1, [20_000, ours, theirs], &mut Chance(4));
        let start = Start {
            expected: Some(ours + theirs),
            ..met(&b, 0, 0)
        };
        let (_, tally) = check(&a, &b, start, [1; 16]).unwrap();
        assert!(matches!(tally.messages[1], Message::Found { .. }));
        assert!(
            tally.there + tally.back <= most,
            "{}",
            tally.there + tally.back
        );
        assert!(tally.there <= 1_200);
    }
}

/// So many common elements, and then so many of each side's own, newest.
fn tail(common: u64, own: u64, chance: &mut Chance) -> (HeldInMemory, HeldInMemory) {
    let (mut a, mut b) = (
        HeldInMemory::new(&feeds(2), 1),
        HeldInMemory::new(&feeds(2), 2),
    );
    for day in 0..common + 2 * own {
        let element = Element {
            feed: chance.below(2) as usize,
            id: chance.id(),
        };
        let which = if day < common { 2 } else { day % 2 };
        for (set, n) in [(&mut a, 0), (&mut b, 1)] {
            if which == 2 || which == n {
                set.insert((1 << 31) + day as u32, element);
            }
        }
    }
    (a, b)
}

#[test]
fn what_came_last_is_listed_to_a_peer_that_was_met_before() {
    let (a, b) = tail(20_000, 500, &mut Chance(5));
    let (_, tally) = check(&a, &b, met(&b, 20_000, 20_000), [1; 16]).unwrap();
    assert_eq!(plans(&tally.messages), [(Plan::Arrivals, false)]);
    assert!(tally.back <= 4_600, "{}", tally.back);
}

#[test]
fn what_came_last_is_listed_to_a_stranger_from_the_day_where_the_rungs_differ() {
    let (a, b) = tail(20_000, 500, &mut Chance(6));
    let (_, tally) = check(&a, &b, Start::default(), [1; 16]).unwrap();
    let plans = plans(&tally.messages);
    assert!(matches!(plans[..], [(Plan::Suffix(_), false)]), "{plans:?}");
    assert!(
        tally.there - 4_100 + tally.back <= 12_000,
        "{} {}",
        tally.there,
        tally.back
    );
}

#[test]
fn scattered_differences_are_summed_in_the_cached_tier_or_salted_when_there_are_many() {
    for (own, salted) in [(100, false), (2_500, true)] {
        let (a, b) = pair(1, [40_000, own, own], &mut Chance(7));
        let (_, tally) = check(&a, &b, Start::default(), [1; 16]).unwrap();
        assert_eq!(plans(&tally.messages), [(Plan::Cells, salted)]);
        assert!(tally.back <= 2 * own as usize * 21, "{}", tally.back);
    }
}

#[test]
fn where_half_differs_the_whole_set_is_listed() {
    let (a, b) = pair(1, [10_000, 5_000, 5_000], &mut Chance(8));
    let (_, tally) = check(&a, &b, Start::default(), [1; 16]).unwrap();
    assert_eq!(plans(&tally.messages), [(Plan::List, true)]);
    assert!(tally.back <= 5 * 15_000, "{}", tally.back);
}

/// What is added to a set, with another one's cells: a sketch that was spoiled, or records that cancel each other in every cell.
struct Overlaid<'a> {
    set: &'a HeldInMemory,
    cells: Option<&'a [Cell]>,
    root: Option<Root>,
}

impl Held for Overlaid<'_> {
    fn feeds(&self) -> &[Id] {
        self.set.feeds()
    }
    fn count(&self) -> u64 {
        self.set.count()
    }
    fn root(&self) -> Root {
        self.root.unwrap_or_else(|| self.set.root())
    }
    fn cursor(&self) -> Cursor {
        self.set.cursor()
    }
    fn cells(&self) -> &[Cell] {
        self.cells.unwrap_or_else(|| self.set.cells())
    }
    fn find(&self, short: Short) -> Option<Element> {
        self.set.find(short)
    }
    fn each(&self, visit: &mut dyn FnMut(Element)) {
        self.set.each(visit);
    }
    fn arrived(&self, after: u64, visit: &mut dyn FnMut(Element) -> bool) {
        self.set.arrived(after, visit);
    }
    fn newest(&self, visit: &mut dyn FnMut(u32, Element) -> bool) {
        self.set.newest(visit);
    }
}

#[test]
fn where_no_cell_differs_and_the_roots_do_the_salt_finds_it() {
    let (a, b) = pair(1, [3_000, 3, 4], &mut Chance(9));
    let hidden = Overlaid {
        set: &b,
        cells: Some(a.cells()),
        root: None,
    };
    for start in [
        Start::default(),
        Start {
            expected: Some(5),
            ..Start::default()
        },
    ] {
        for (left, right) in [(&a as &dyn Held, &hidden as &dyn Held), (&hidden, &a)] {
            let (at_left, at_right, tally) = talk(left, right, start, [1; 16]);
            let (Ok(Outcome::Difference(found)), Ok(Some(_))) = (at_left, at_right) else {
                panic!("{:?}", tally.messages)
            };
            assert_eq!(
                found.give.len() + found.want_salted.len() + found.want.len(),
                7
            );
            assert!(plans(&tally.messages).contains(&(Plan::Cells, true)));
        }
    }
}

#[test]
fn a_root_that_nothing_explains_is_never_called_equal_and_ends_after_the_list() {
    let (a, b) = pair(1, [3_000, 0, 0], &mut Chance(10));
    let wrong = Overlaid {
        set: &b,
        cells: None,
        root: Some(Root([7; 16])),
    };
    let (result, _, tally) = talk(&a, &wrong, Start::default(), [1; 16]);
    assert_eq!(result, Err(SessionFault::Unexplained));
    let agains = tally
        .messages
        .iter()
        .filter(|m| matches!(m, Message::Again(_)));
    assert!(agains.count() <= 2);
}

/// Two ids whose short ids in one feed are in the same cells of the whole prefix: the hashes of these two numbers, found by trying 2.6 million, in two seconds.
fn inseparable() -> (Id, Id) {
    let id = |n: u64| Id::of(&n.to_be_bytes());
    (id(PAIR.0), id(PAIR.1))
}

const PAIR: (u64, u64) = (48_346, 2_570_365);

fn places(short: Short) -> Vec<u64> {
    let mut mapping = Mapping::new(short);
    let mut places = Vec::new();
    while mapping.index() < limits::COMPARE_PREFIX as u64 {
        places.push(mapping.index());
        mapping.advance();
    }
    places
}

#[test]
fn two_records_that_no_cached_cell_separates_cost_one_more_round_and_little() {
    let (mut a, mut b) = pair(1, [2_000, 4, 4], &mut Chance(11));
    let (one, other) = inseparable();
    let key = ShortKey::cached(&feeds(1)[0]);
    assert_eq!(places(key.short(&one)), places(key.short(&other)));
    for id in [one, other] {
        b.insert(1 << 31, Element { feed: 0, id });
    }
    for start in [
        Start::default(),
        Start {
            expected: Some(10),
            ..met(&b, 0, 0)
        },
    ] {
        let (_, tally) = check(&a, &b, start, [1; 16]).unwrap();
        let agains = tally
            .messages
            .iter()
            .filter(|m| matches!(m, Message::Again(_)));
        assert_eq!(agains.count(), 1);
        assert!(
            tally.there + tally.back <= 4_000,
            "{} {}",
            tally.there,
            tally.back
        );
    }
    // On one side each: both come out as wrong, or not at all, and again the salt tells.
    a.insert(1 << 31, Element { feed: 0, id: one });
    b.remove(&Element { feed: 0, id: one });
    check(&a, &b, Start::default(), [1; 16]).unwrap();
}

/// What the responder has grows under the session: every message is answered from a larger set.
fn growing(a: &HeldInMemory, b: &HeldInMemory, pinned: bool) -> bool {
    let mut chance = Chance(12);
    let moment = b.clone();
    let mut b = b.clone();
    let mut initiator = Initiator::new(a, Start::default(), Budget::default());
    let mut responder = Responder::new([1; 16], Budget::default());
    for _ in 0..400 {
        b.insert(
            1 << 31,
            Element {
                feed: 0,
                id: chance.id(),
            },
        );
        let set = if pinned { &moment } else { &b };
        while let Some(bytes) = initiator.poll() {
            if responder.handle(&bytes, set).is_err() {
                return false;
            }
        }
        let Some(bytes) = responder.poll(set) else {
            break;
        };
        if initiator.handle(&bytes, a).is_err() {
            return false;
        }
    }
    match initiator.outcome() {
        Some(Outcome::Difference(found)) => {
            let give = &all(a) - &all(&moment);
            let want = &all(&moment) - &all(a);
            found.give.len() == give.len()
                && found.want.len() == want.len()
                && found.want_salted.is_empty()
        }
        _ => false,
    }
}

#[test]
fn a_session_is_about_one_moment() {
    let (a, b) = pair(1, [3_000, 100, 100], &mut Chance(13));
    assert!(growing(&a, &b, true));
    // Control: cells of a set that grows are cells of no set.
    assert!(!growing(&a, &b, false));
}

#[test]
fn other_feeds_and_mappings_are_refused_with_a_word() {
    let (a, _) = pair(2, [10, 1, 1], &mut Chance(14));
    let (_, b) = pair(3, [10, 1, 1], &mut Chance(14));
    let (result, _, tally) = talk(&a, &b, Start::default(), [1; 16]);
    let refused = indaba_protocol::reconciliation::Refusal::Feeds;
    assert!(result.is_err());
    assert_eq!(tally.messages.len(), 1);
    let mut responder = Responder::new([1; 16], Budget::default());
    assert!(responder.handle(&tally.messages[0].encode(), &b).is_err());
    let word = responder.poll(&b).map(|bytes| Message::decode(&bytes));
    assert_eq!(word, Some(Ok(Message::Refused(refused))));
    assert!(responder.is_over());
}

#[test]
fn five_hundred_feeds_cost_no_more_than_one() {
    let (a, b) = pair(500, [20_000, 10, 10], &mut Chance(15));
    let start = Start {
        expected: Some(20),
        ..met(&b, 0, 0)
    };
    let (_, tally) = check(&a, &b, start, [1; 16]).unwrap();
    assert!(
        tally.there + tally.back <= 1_200,
        "{} {}",
        tally.there,
        tally.back
    );
    let (equal, tally) = check(
        &a,
        &a.clone(),
        Start {
            agreed: Some(a.root()),
            ..met(&a, 0, 0)
        },
        [1; 16],
    )
    .unwrap();
    assert!(equal && tally.there + tally.back <= 64);
}

#[test]
fn a_want_that_was_not_met_is_told() {
    let (a, b) = pair(1, [100, 2, 5], &mut Chance(16));
    let (result, ..) = talk(&a, &b, Start::default(), [1; 16]);
    let Ok(Outcome::Difference(found)) = result else {
        panic!("{result:?}")
    };
    let mut came: Vec<Element> = (&all(&b) - &all(&a)).into_iter().collect();
    let short = |element: &Element| a.short(element).unwrap();
    assert!(found.not_given(&came, short).is_empty());
    let held_back = came.pop().unwrap();
    assert_eq!(found.not_given(&came, short), [short(&held_back)]);
}

/// A set that counts how often it is gone through.
struct Counting<'a>(&'a HeldInMemory, std::cell::Cell<usize>);

impl Held for Counting<'_> {
    fn feeds(&self) -> &[Id] {
        self.0.feeds()
    }
    fn count(&self) -> u64 {
        self.0.count()
    }
    fn root(&self) -> Root {
        self.0.root()
    }
    fn cursor(&self) -> Cursor {
        self.0.cursor()
    }
    fn cells(&self) -> &[Cell] {
        self.0.cells()
    }
    fn find(&self, short: Short) -> Option<Element> {
        self.0.find(short)
    }
    fn each(&self, visit: &mut dyn FnMut(Element)) {
        self.1.set(self.1.get() + 1);
        self.0.each(visit);
    }
    fn arrived(&self, after: u64, visit: &mut dyn FnMut(Element) -> bool) {
        self.0.arrived(after, visit);
    }
    fn newest(&self, visit: &mut dyn FnMut(u32, Element) -> bool) {
        self.0.newest(visit);
    }
}

#[test]
fn for_a_large_difference_nobody_goes_through_the_set_more_than_three_times() {
    let (a, b) = pair(1, [60_000, 3_000, 3_000], &mut Chance(12));
    let (a, b) = (
        Counting(&a, Default::default()),
        Counting(&b, Default::default()),
    );
    let (outcome, _, tally) = talk(&a, &b, Start::default(), [1; 16]);
    assert!(matches!(outcome, Ok(Outcome::Difference(_))));
    assert!(plans(&tally.messages).contains(&(Plan::Cells, true)));
    // The first cells say how many there will have to be; then all of those at once, and the ids at the end.
    let gone_through = [a.1.get(), b.1.get()];
    assert!(gone_through.iter().all(|n| *n <= 3), "{gone_through:?}");
}
