//! Any two sets.

use crate::table::{check, pair};
use crate::{Chance, asked};
use indaba_protocol::reconciliation::{Held, Start};

/// A size, small ones more often.
fn size(chance: &mut Chance, most: u64) -> u64 {
    let bits = chance.below(u64::from(64 - most.leading_zeros()) + 1);
    chance.below((1 << bits).min(most + 1))
}

fn start(chance: &mut Chance, a: &impl Held, b: &impl Held) -> Start {
    let cursor = b.cursor();
    let mut start = Start {
        nonce: chance.bytes(),
        ..Start::default()
    };
    if chance.below(2) == 0 {
        start.since = Some(indaba_protocol::reconciliation::Cursor {
            seq: chance.below(cursor.seq + 2),
            // Of another epoch now and then: as after a restored backup.
            epoch: cursor.epoch + u32::from(chance.below(8) == 0),
        });
    }
    if chance.below(2) == 0 {
        start.own_since = Some(chance.below(a.cursor().seq + 2));
    }
    if chance.below(2) == 0 {
        start.expected = Some(size(chance, 200));
    }
    if chance.below(16) == 0 {
        start.agreed = Some(a.root());
    }
    start
}

/// 20,000 pairs, or as many as `INDABA_COMPARISONS` says, from seed `INDABA_COMPARISONS_FROM` on.
#[test]
fn what_a_session_finds_is_the_difference_and_equal_is_said_of_equal_sets_only() {
    let from = asked("INDABA_COMPARISONS_FROM", 0);
    let runs = asked("INDABA_COMPARISONS", 20_000);
    let (mut equal, mut large) = (0, 0);
    for seed in from..from + runs {
        let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        // One in fifty has thousands.
        let most = if seed % 50 == 0 { 3_000 } else { 120 };
        let feeds = 1 + chance.below(3) as usize;
        let common = size(&mut chance, most);
        let (ours, theirs) = match chance.below(8) {
            0 => (0, 0),
            1 => (size(&mut chance, most), 0),
            2 => (0, size(&mut chance, most)),
            _ => (size(&mut chance, most), size(&mut chance, most)),
        };
        let (a, b) = pair(feeds, [common, ours, theirs], &mut chance);
        let start = start(&mut chance, &a, &b);
        match check(&a, &b, start, chance.bytes()) {
            Ok((true, _)) => equal += 1,
            Ok(_) => large += u64::from(ours + theirs > 1_000),
            Err(why) => panic!("INDABA_COMPARISONS_FROM={seed}: {common}, {ours}, {theirs}: {why}"),
        }
    }
    assert!(
        runs < 1_000 || (equal > 0 && large > 0),
        "{equal} equal, {large} large"
    );
}
