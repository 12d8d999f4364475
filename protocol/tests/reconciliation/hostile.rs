//! Peers that say what is not so: every session ends, within its bounds, and nobody takes unequal sets for equal ones.

use crate::table::{all, pair};
use crate::{Chance, asked};
use indaba_protocol::limits;
use indaba_protocol::reconciliation::message::{Again, Plan};
use indaba_protocol::reconciliation::{
    Budget, Cursor, Difference, Held, HeldInMemory, Initiator, Message, Outcome, Responder, Short,
    Start,
};

/// What a peer makes of what it should say.
fn twisted(chance: &mut Chance, message: &Message, earlier: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let honest = message.encode();
    let mut message = message.clone();
    match chance.below(14) {
        0 => {
            let mut bytes = honest;
            let at = chance.below(bytes.len() as u64) as usize;
            bytes[at] ^= 1 << chance.below(8);
            return vec![bytes];
        }
        1 => return vec![],
        2 => return vec![honest.clone(), honest],
        3 => {
            let at = chance.below(earlier.len() as u64) as usize;
            return earlier.get(at).cloned().into_iter().collect();
        }
        4 => {
            let length = chance.below(200) as usize;
            return vec![(0..length).map(|_| chance.number() as u8).collect()];
        }
        5 => {
            let cursor = Cursor {
                epoch: 1,
                seq: chance.number() >> 1,
            };
            return vec![
                match chance.below(4) {
                    0 => Message::Everything { count: 0, cursor },
                    1 => Message::Found {
                        cursor,
                        want: shorts(chance),
                        have: shorts(chance),
                    },
                    2 => Message::Stop {
                        cached: shorts(chance),
                        salted: shorts(chance),
                        more: chance.below(2) == 0,
                    },
                    _ => Message::Again(Again {
                        salt: chance.bytes(),
                        expected: chance.number() >> chance.below(64).max(1),
                        found: shorts(chance),
                        list: chance.below(2) == 0,
                    }),
                }
                .encode(),
            ];
        }
        _ => {}
    }
    match &mut message {
        Message::Hello(hello) => match chance.below(4) {
            0 => hello.count = chance.number() >> 1,
            1 => poison(chance, &mut hello.cells),
            2 => {
                hello.since = Some(Cursor {
                    epoch: 2,
                    seq: chance.below(90),
                })
            }
            _ => hello
                .rungs
                .iter_mut()
                .for_each(|rung| rung.counters = [chance.number() as i16; 8]),
        },
        Message::Answer(answer) => match chance.below(4) {
            0 => answer.count = chance.number() >> 1,
            1 => answer.salt = Some(chance.bytes()),
            2 => answer.unknown = shorts(chance),
            _ => {
                answer.plan = [Plan::Cells, Plan::Arrivals, Plan::Suffix(0), Plan::List]
                    [chance.below(4) as usize];
            }
        },
        Message::Cells { from, bytes } => match chance.below(3) {
            0 => *from = chance.number() >> 1,
            _ => poison(chance, bytes),
        },
        Message::Ids(ids) => *ids = shorts(chance),
        Message::List {
            count, parameter, ..
        } => match chance.below(2) {
            0 => *count = chance.number() >> 1,
            _ => *parameter = chance.below(70) as u32,
        },
        _ => {}
    }
    vec![message.encode()]
}

fn shorts(chance: &mut Chance) -> Vec<Short> {
    let n = chance.below(20);
    let mut shorts: Vec<Short> = (0..n).map(|_| Short(chance.number())).collect();
    shorts.sort_unstable();
    shorts
}

/// Other sums, other counts, or one element in its first cell only, which comes out without end.
fn poison(chance: &mut Chance, bytes: &mut [u8]) {
    for _ in 0..1 + chance.below(6) {
        let at = chance.below(bytes.len() as u64) as usize;
        if let Some(byte) = bytes.get_mut(at) {
            *byte = chance.number() as u8;
        }
    }
}

struct Ending {
    outcomes: [Option<Outcome>; 2],
    messages: usize,
    work: u64,
}

/// A session in which one side (0 the initiator, 1 the responder, 2 nobody) twists what it says, one message in so many.
fn session(
    a: &HeldInMemory,
    b: &HeldInMemory,
    start: Start,
    liar: u64,
    often: u64,
    chance: &mut Chance,
) -> Ending {
    let mut initiator = Initiator::new(a, start, Budget::default());
    let mut responder = Responder::new(chance.bytes(), Budget::default());
    let mut earlier: Vec<Vec<u8>> = Vec::new();
    let mut messages = 0;
    let mut broken = [false; 2];
    loop {
        let mut silent = true;
        for side in [0u64, 1] {
            let said = match side {
                0 => initiator.poll(),
                _ => responder.poll(b),
            };
            let Some(bytes) = said else { continue };
            silent = false;
            earlier.push(bytes.clone());
            let heard = if side == liar && chance.below(often) == 0 {
                twisted(chance, &Message::decode(&bytes).unwrap(), &earlier)
            } else {
                vec![bytes]
            };
            for bytes in heard {
                // That a peer can say "the same" when it is not so is in its power, and not what is looked at here.
                if matches!(Message::decode(&bytes), Ok(Message::Equal(_))) && liar == 1 {
                    continue;
                }
                messages += 1;
                let result = match side {
                    0 => responder.handle(&bytes, b),
                    _ => initiator.handle(&bytes, a),
                };
                broken[1 - side as usize] |= result.is_err();
            }
        }
        if silent || messages > 20_000 {
            let work = [
                initiator.budget().work_left(),
                responder.budget().work_left(),
            ];
            return Ending {
                outcomes: [initiator.outcome().cloned(), responder.outcome().cloned()],
                messages,
                work: limits::COMPARE_WORK - work[0].min(work[1]),
            };
        }
    }
}

/// 10,000 sessions, or as many as `INDABA_HOSTILE_COMPARISONS` says.
#[test]
fn sessions_with_liars_end_within_their_bounds_and_unequal_is_never_equal() {
    let from = asked("INDABA_HOSTILE_COMPARISONS_FROM", 0);
    let runs = asked("INDABA_HOSTILE_COMPARISONS", 10_000);
    let mut most = 0;
    for seed in from..from + runs {
        let mut chance = Chance(seed.wrapping_mul(0xd134_2543_de82_ef95));
        let scale = if seed % 20 == 0 { 600 } else { 40 };
        let sizes = [
            chance.below(scale * 3),
            chance.below(scale),
            1 + chance.below(scale),
        ];
        let (a, b) = pair(2, sizes, &mut chance);
        let start = Start {
            nonce: chance.bytes(),
            expected: (chance.below(2) == 0).then(|| chance.below(60)),
            since: (chance.below(2) == 0).then(|| b.cursor()),
            own_since: Some(0),
            ..Start::default()
        };
        let liar = chance.below(2);
        let often = 1 + chance.below(4);
        let end = session(&a, &b, start, liar, often, &mut chance);
        let honest = 1 - liar as usize;
        assert!(end.messages < 20_000, "seed {seed}: no end");
        assert!(
            !matches!(end.outcomes[honest], Some(Outcome::Equal { .. })),
            "seed {seed}"
        );
        if let Some(Outcome::Difference(found)) = &end.outcomes[honest] {
            let held = if honest == 0 { &a } else { &b };
            sound(found, held, seed);
        }
        most = most.max(end.work);
    }
    // A quarter of what a session may take, for sets as small as these.
    assert!(most < 20_000_000, "{most} steps");
}

/// Nothing is asked for that is held, and nothing given that is not.
fn sound(found: &Difference, held: &HeldInMemory, seed: u64) {
    let own = all(held);
    assert!(
        found.give.iter().all(|element| own.contains(element)),
        "seed {seed}"
    );
    assert!(
        found.want.iter().all(|short| held.find(*short).is_none()),
        "seed {seed}"
    );
}

#[test]
fn control_without_a_liar_each_of_these_sessions_finds_something() {
    for seed in 0..300 {
        let mut chance = Chance(seed);
        let sizes = [chance.below(100), chance.below(40), 1 + chance.below(40)];
        let (a, b) = pair(2, sizes, &mut chance);
        let end = session(&a, &b, Start::default(), 2, 1, &mut chance);
        assert!(end.outcomes.iter().all(|outcome| matches!(
            outcome,
            Some(Outcome::Difference(_) | Outcome::Everything { .. })
        )));
    }
}

#[test]
fn a_hello_that_is_replayed_learns_what_the_first_learned_and_a_second_in_one_session_ends_it() {
    let (a, b) = pair(1, [500, 5, 5], &mut Chance(21));
    let hello = Initiator::new(
        &a,
        Start {
            expected: Some(10),
            ..Start::default()
        },
        Budget::default(),
    )
    .poll()
    .unwrap();
    let mut answers = Vec::new();
    for _ in 0..2 {
        let mut responder = Responder::new([1; 16], Budget::default());
        responder.handle(&hello, &b).unwrap();
        answers.push(responder.poll(&b));
        assert!(responder.handle(&hello, &b).is_err());
        assert!(responder.is_over() || responder.poll(&b).is_some());
    }
    assert_eq!(answers[0], answers[1]);
}

#[test]
fn a_session_ends_when_its_steps_or_bytes_are_used_up() {
    let (a, b) = pair(1, [5_000, 900, 900], &mut Chance(22));
    for (work, bytes) in [(2_000, u64::MAX), (u64::MAX, 3_000)] {
        let budget = Budget::default().with_work(work).with_bytes(bytes);
        let mut initiator = Initiator::new(
            &a,
            Start {
                expected: Some(2_000),
                since: Some(b.cursor()),
                ..Start::default()
            },
            budget,
        );
        let mut responder = Responder::new([1; 16], Budget::default());
        let mut sent = 0;
        let ended = loop {
            while let Some(bytes) = initiator.poll() {
                let _ = responder.handle(&bytes, &b);
            }
            let Some(bytes) = responder.poll(&b) else {
                break None;
            };
            sent += bytes.len();
            if let Err(fault) = initiator.handle(&bytes, &a) {
                break Some(fault);
            }
        };
        assert!(ended.is_some(), "{sent}");
        assert!(initiator.outcome().is_none());
    }
}

#[test]
fn numbers_that_are_said_reserve_nothing() {
    // A responder that is told of 2^62 elements, and an initiator that is promised as many: both do what they would have done.
    let (a, b) = pair(1, [900, 60, 60], &mut Chance(23));
    let mut initiator = Initiator::new(&a, Start::default(), Budget::default());
    let Ok(Message::Hello(mut hello)) = Message::decode(&initiator.poll().unwrap()) else {
        panic!()
    };
    hello.count = 1 << 62;
    let mut responder = Responder::new([1; 16], Budget::default());
    responder
        .handle(&Message::Hello(hello).encode(), &b)
        .unwrap();
    let Ok(Message::Answer(mut answer)) = Message::decode(&responder.poll(&b).unwrap()) else {
        panic!("no answer")
    };
    (answer.count, answer.plan, answer.salt) = (1 << 62, Plan::List, Some([1; 16]));
    initiator
        .handle(&Message::Answer(answer).encode(), &a)
        .unwrap();
    let list = Message::List {
        parameter: 0,
        count: 1 << 40,
        bytes: vec![0; 8],
        last: true,
    };
    assert!(initiator.handle(&list.encode(), &a).is_err());
}
