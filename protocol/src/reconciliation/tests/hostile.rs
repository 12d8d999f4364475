//! Each rule of the decoder, and what happens without it.

use super::*;
use crate::reconciliation::mapping::Mapping;

/// Pushes cells that a peer made up, against an empty set of our own.
fn against(
    cells: &[Cell],
    decoder: &mut Decoder,
    holds: impl Fn(Short) -> bool,
    work: &mut Work,
) -> Result<(), DecodeFault> {
    let own = vec![Cell::default(); cells.len()];
    decoder.push(&own, cells, &mut |short| holds(short), work)
}

/// Sets of bits as wide as a short id, its checksum and a parity, solved over GF(2): some of `candidates` that cancel `victim` in cell 0.
fn cancelling(victim: Short, candidates: &[Short]) -> Vec<Short> {
    let key = CheckKey::cached();
    let row = |short: Short| u128::from(short.0) | u128::from(key.check(short)) << 64 | 1 << 96;
    // Each row of the basis with the candidates it is made of.
    let mut basis: Vec<(u128, Vec<bool>)> = Vec::new();
    let reduce = |basis: &[(u128, Vec<bool>)], mut value: u128, mut of: Vec<bool>| {
        for (row, parts) in basis {
            if value ^ row < value {
                value ^= row;
                for (of, part) in of.iter_mut().zip(parts) {
                    *of ^= part;
                }
            }
        }
        (value, of)
    };
    for (i, candidate) in candidates.iter().enumerate() {
        let mut of = vec![false; candidates.len()];
        of[i] = true;
        let (value, of) = reduce(&basis, row(*candidate), of);
        if value != 0 {
            basis.push((value, of));
            basis.sort_by_key(|row| std::cmp::Reverse(row.0));
        }
    }
    let (left, of) = reduce(&basis, row(victim), vec![false; candidates.len()]);
    assert_eq!(left, 0, "there are candidates enough");
    let chosen = candidates.iter().zip(of);
    chosen.filter(|(_, of)| *of).map(|(c, _)| *c).collect()
}

#[test]
fn records_that_cancel_another_in_the_first_cell_hide_nothing() {
    let mut chance = Chance(11);
    let victim = Short(chance.number());
    let candidates: Vec<Short> = (0..160).map(|_| Short(chance.number())).collect();
    let crafted = cancelling(victim, &candidates);
    // The count is brought to nothing by records that both sides exchange: here the attacker's set counts as ours in part.
    let half = crafted.len().div_ceil(2);
    let own = sketch_of(&crafted[..half], 256);
    let mut other = sketch_of(&crafted[half..], 256);
    other.insert(victim);
    let difference = own.cells()[0].minus(other.cells()[0], 0);
    assert_eq!((difference.ids, difference.checks), (0, 0));
    assert!(
        difference.is_empty(0),
        "{difference:?} of {}",
        crafted.len()
    );
    let held = |short: Short| crafted[..half].contains(&short);

    let mut decoder = Decoder::new(CheckKey::cached(), Tier::Cached);
    decoder
        .push(
            &own.cells()[..1],
            &other.cells()[..1],
            &mut |s| held(s),
            &mut plenty(),
        )
        .unwrap();
    assert!(!decoder.is_done(), "one cell proves nothing");
    let found = decode(&own, &other, 256, held).unwrap().unwrap();
    assert!(found.theirs.contains(&victim));
    assert_eq!(found.len(), crafted.len() + 1);

    // Control: who stops at the first cell believes that there is nothing.
    let mut control =
        Decoder::new(CheckKey::cached(), Tier::Cached).with_rules(|rules| rules.every_cell = false);
    control
        .push(
            &own.cells()[..1],
            &other.cells()[..1],
            &mut |s| held(s),
            &mut plenty(),
        )
        .unwrap();
    assert!(control.is_done() && control.found().is_empty());
}

/// An element that is in its first cell only: taken out of all its cells it appears in the others with the other sign, and taken out of these, in the first again.
fn endless(short: Short, cells: usize) -> Vec<Cell> {
    let mut made = vec![Cell::default(); cells];
    made[0].apply(short, CheckKey::cached().check(short), 1);
    made
}

#[test]
fn cells_that_give_an_element_without_end_are_noticed() {
    let short = Short(Chance(12).number());
    let cells = endless(short, 64);
    let mut decoder = Decoder::new(CheckKey::cached(), Tier::Salted);
    let result = against(&cells, &mut decoder, |_| false, &mut plenty());
    assert_eq!(result, Err(DecodeFault::Loop));
    let mut decoder = Decoder::new(CheckKey::cached(), Tier::Cached);
    against(&cells, &mut decoder, |_| false, &mut plenty()).unwrap();
    assert!(!decoder.is_done());

    // Control: without the rule it goes on until the steps are used up.
    let mut control = Decoder::new(CheckKey::cached(), Tier::Salted).with_rules(|rules| {
        rules.no_loop = false;
        rules.looked_up = false;
    });
    let mut work = Work::new(2_000_000);
    let result = against(&cells, &mut control, |_| false, &mut work);
    assert_eq!(result, Err(DecodeFault::Work));
}

#[test]
fn more_elements_than_cells_are_noticed() {
    // One cell of a sketch that gives an element with each push can at most give as many as there are cells.
    let mut chance = Chance(13);
    let shorts: Vec<Short> = (0..40).map(|_| Short(chance.number())).collect();
    let mut decoder = Decoder::new(CheckKey::cached(), Tier::Cached);
    let other = sketch_of(&shorts, 128);
    against(other.cells(), &mut decoder, |_| false, &mut plenty()).unwrap();
    assert!(decoder.found().len() <= decoder.received());
    assert_eq!(decoder.found().len(), 40);
}

#[test]
fn what_is_recovered_and_contradicts_what_is_held_ends_the_comparison() {
    let mut chance = Chance(14);
    let known = Short(chance.number());
    let unknown = Short(chance.number());
    let nothing = sketch_of(&[], 64);
    // They say that they have, beyond ours, what we hold; they say that we have, beyond theirs, what we never had.
    let cases = [
        (&nothing, &sketch_of(&[known], 64)),
        (&sketch_of(&[unknown], 64), &nothing),
    ];
    for (own, other) in cases {
        for tier in [Tier::Cached, Tier::Salted] {
            let mut decoder = Decoder::new(CheckKey::cached(), tier);
            let result = decoder.push(
                own.cells(),
                other.cells(),
                &mut |s| s == known,
                &mut plenty(),
            );
            assert_eq!(result.is_err(), tier == Tier::Salted);
            assert!(!decoder.is_done() && decoder.found().is_empty());
        }
        // Control: without looking it up it is believed.
        let mut control = Decoder::new(CheckKey::cached(), Tier::Salted)
            .with_rules(|rules| rules.looked_up = false);
        control
            .push(
                own.cells(),
                other.cells(),
                &mut |s| s == known,
                &mut plenty(),
            )
            .unwrap();
        assert!(control.is_done() && control.found().len() == 1);
    }
}

/// A third party publishes some records at one node and some at another, such that the first cell of the difference reads as one element that both hold.
#[test]
fn a_cell_that_others_made_look_like_a_lie_blames_nobody() {
    let mut chance = Chance(19);
    let common = Short(chance.number());
    let candidates: Vec<Short> = (0..160).map(|_| Short(chance.number())).collect();
    let crafted = cancelling(common, &candidates);
    for (ours, contradicts) in [
        (crafted.len() / 2, true),
        (crafted.len().div_ceil(2), false),
    ] {
        let mut own = sketch_of(&crafted[..ours], 512);
        own.insert(common);
        let mut other = sketch_of(&crafted[ours..], 512);
        other.insert(common);
        let first = own.cells()[0].minus(other.cells()[0], 0);
        let single = first.single(0, CheckKey::cached());
        assert_eq!(single.map(|(short, _)| short), Some(common));
        let held = |s: Short| s == common || crafted[..ours].contains(&s);
        for tier in [Tier::Cached, Tier::Salted] {
            // So few cells that nothing else can be recovered yet.
            let mut decoder = Decoder::new(CheckKey::cached(), tier);
            let (own, other) = (&own.cells()[..1], &other.cells()[..1]);
            let result = decoder.push(own, other, &mut |s| held(s), &mut plenty());
            // Control: a decoder that blames the peer in this tier too would drop an honest one.
            assert_eq!(result.is_err(), tier == Tier::Salted && contradicts);
            assert!(!decoder.is_done());
        }
        let found = decode(&own, &other, 512, held).unwrap().unwrap();
        assert_eq!(found.len(), crafted.len());
    }
}

#[test]
fn poisoned_cells_are_never_taken_for_equal_and_cost_no_more_than_allowed() {
    let mut chance = Chance(15);
    for round in 0..2_000 {
        let cells: Vec<Cell> = (0..64)
            .map(|_| Cell {
                ids: chance.number(),
                checks: chance.number() as u32,
                count: chance.below(5) as i16 - 2,
            })
            .collect();
        let mut decoder = Decoder::new(CheckKey::cached(), Tier::Cached);
        let mut work = Work::new(100_000);
        let result = against(&cells, &mut decoder, |_| false, &mut work);
        assert!(result.is_err() || !decoder.is_done(), "round {round}");
        assert!(100_000 - work.left() < 20_000, "round {round}");
    }
}

#[test]
fn counts_that_are_wrong_hide_nothing() {
    let mut chance = Chance(16);
    let shorts: Vec<Short> = (0..10).map(|_| Short(chance.number())).collect();
    for _ in 0..500 {
        let mut cells = sketch_of(&shorts, 64).cells().to_vec();
        let at = chance.below(64) as usize;
        cells[at].count = cells[at]
            .count
            .wrapping_add(1 + chance.below(65_534) as i16);
        let mut decoder = Decoder::new(CheckKey::cached(), Tier::Cached);
        let result = against(&cells, &mut decoder, |_| false, &mut plenty());
        assert!(result.is_err() || !decoder.is_done());
    }
}

#[test]
fn a_wrong_assumption_is_corrected_and_a_false_list_is_a_lie() {
    let mut chance = Chance(17);
    let shared = Short(chance.number());
    let (ours, theirs) = (Short(chance.number()), Short(chance.number()));
    let own = sketch_of(&[shared, ours], 64);
    let other = sketch_of(&[shared, theirs], 64);
    let holds = |s: Short| s == shared || s == ours;
    let mut decoder = Decoder::new(CheckKey::cached(), Tier::Cached);
    for (short, is_ours) in [(shared, true), (ours, true), (theirs, false)] {
        decoder.assume(short, is_ours, &mut plenty()).unwrap();
    }
    decoder
        .push(own.cells(), other.cells(), &mut |s| holds(s), &mut plenty())
        .unwrap();
    assert!(decoder.is_done());
    let found = decoder.found();
    assert_eq!((found.ours, found.theirs), (vec![ours], vec![theirs]));

    let absent = Short(chance.number());
    let mut decoder = Decoder::new(CheckKey::cached(), Tier::Salted);
    decoder.assume(absent, false, &mut plenty()).unwrap();
    assert_eq!(
        decoder.push(own.cells(), other.cells(), &mut |s| holds(s), &mut plenty()),
        Err(DecodeFault::Lie)
    );
}

/// Two short ids with the same cells below 256, by trying: for the whole prefix it takes 2.4 million records, a second.
fn inseparable(chance: &mut Chance, below: usize) -> (Short, Short) {
    let mut seen = std::collections::BTreeMap::new();
    loop {
        let short = Short(chance.number());
        let mut mapping = Mapping::new(short);
        let mut places = Vec::new();
        while (mapping.index() as usize) < below {
            places.push(mapping.index() as u16);
            mapping.advance();
        }
        if let Some(other) = seen.insert(places, short) {
            return (other, short);
        }
    }
}

#[test]
fn two_records_that_no_cell_separates_are_left_and_nothing_is_called_done() {
    let mut chance = Chance(18);
    let (a, b) = inseparable(&mut chance, 256);
    let mut shorts: Vec<Short> = (0..30).map(|_| Short(chance.number())).collect();
    let honest = shorts.clone();
    shorts.extend([a, b]);
    let own = sketch_of(&shorts, 256);
    let other = sketch_of(&[], 256);
    let mut decoder = Decoder::new(CheckKey::cached(), Tier::Cached);
    decoder
        .push(own.cells(), other.cells(), &mut |_| true, &mut plenty())
        .unwrap();
    assert!(!decoder.is_done());
    let mut found = decoder.found().ours;
    let mut honest = honest;
    honest.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, honest, "everything else is recovered");
    // With another key, which nobody knew before, they come apart.
    let salted = |short: Short| {
        let salt = Salt {
            initiator: [7; 16],
            responder: [8; 16],
        };
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&short.to_bytes());
        ShortKey::salted(&feed(), &salt).short(&Id::from_bytes(bytes))
    };
    let again: Vec<Short> = [a, b].into_iter().map(salted).collect();
    let own = sketch_of(&again, 24);
    let found = decode(&own, &sketch_of(&[], 24), 24, |_| true).unwrap();
    assert_eq!(found.map(|f| f.len()), Some(2));
}
