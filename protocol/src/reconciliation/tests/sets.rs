//! Against plain sets.

use super::*;
use crate::reconciliation::cell;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Two sets with something in common.
fn pair(common: usize, ours: usize, theirs: usize, seed: u64) -> (Vec<Id>, Vec<Id>) {
    let mut chance = Chance(seed);
    let common: Vec<Id> = (0..common).map(|_| chance.id()).collect();
    let mut side = |n: usize| {
        let mut all = common.clone();
        all.extend((0..n).map(|_| chance.id()));
        all
    };
    (side(ours), side(theirs))
}

fn set_of(ids: &[Id]) -> FeedSet {
    let mut set = FeedSet::new(feed());
    for id in ids {
        set.insert(id);
    }
    set
}

fn shorts(set: &FeedSet, ids: &[Id]) -> BTreeSet<Short> {
    ids.iter().map(|id| set.short(id)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn what_is_recovered_is_the_difference(common in 0usize..200, ours in 0usize..60, theirs in 0usize..60, seed: u64) {
        let (a, b) = pair(common, ours, theirs, seed);
        let (own, other) = (set_of(&a), set_of(&b));
        let (held, far) = (shorts(&own, &a), shorts(&other, &b));
        let found = decode(own.sketch(), other.sketch(), 1_024, |s| held.contains(&s)).unwrap().unwrap();
        prop_assert_eq!(found.ours, held.difference(&far).copied().collect::<Vec<_>>());
        prop_assert_eq!(found.theirs, far.difference(&held).copied().collect::<Vec<_>>());
        prop_assert_eq!(own.root().digest() == other.root().digest(), ours + theirs == 0);
    }

    #[test]
    fn neither_order_nor_what_came_and_went_leaves_a_trace(seed: u64, n in 1usize..40) {
        let (a, gone) = pair(n, n, n, seed);
        let straight = set_of(&a);
        let mut winding = FeedSet::new(feed());
        for id in &gone[n..] {
            winding.insert(id);
        }
        for id in a.iter().rev() {
            winding.insert(id);
        }
        for id in &gone[n..] {
            winding.remove(id);
        }
        prop_assert_eq!(straight, winding);
    }

    #[test]
    fn cells_come_back_from_the_wire(from in 0usize..100, count in 0usize..100, seed: u64) {
        let mut chance = Chance(seed);
        let cells: Vec<Cell> = (from..from + count).map(|i| Cell {
            ids: chance.number(),
            checks: chance.number() as u32,
            count: cell::narrowed(i, chance.number() as i16),
        }).collect();
        let bytes = cell::encode(from, &cells);
        prop_assert_eq!(bytes.len(), cell::encoded_len(from, count));
        prop_assert_eq!(cell::decode(from, &bytes), Some(cells));
        prop_assert_eq!(cell::decode(from, &[bytes, vec![0]].concat()), None);
    }
}

#[test]
fn the_sum_of_the_sketches_of_many_feeds_is_the_sketch_of_all() {
    let mut chance = Chance(9);
    let record = chance.id();
    let mut own = Sketch::new(CheckKey::cached(), limits::COMPARE_PREFIX);
    let mut other = own.clone();
    let (mut own_root, mut other_root) = (RootState::default(), RootState::default());
    let mut missing = Vec::new();
    for n in 0..50u64 {
        let mut here = FeedSet::new(Id::of(&n.to_be_bytes()));
        let mut there = here.clone();
        for _ in 0..40 {
            let id = chance.id();
            here.insert(&id);
            there.insert(&id);
        }
        // One record in every feed: an element of each.
        there.insert(&record);
        missing.push(there.short(&record));
        own.add(here.sketch());
        other.add(there.sketch());
        own_root.add(here.root());
        other_root.add(there.root());
    }
    missing.sort_unstable();
    let found = decode(&own, &other, 128, |_| false).unwrap().unwrap();
    assert_eq!(found.theirs, missing);
    assert!(found.ours.is_empty());
    assert_ne!(own_root.digest(), other_root.digest());
}

#[test]
fn what_is_kept_reads_as_it_was_and_damage_is_noticed() {
    let (a, _) = pair(300, 0, 0, 4);
    let set = set_of(&a);
    let bytes = set.to_bytes(77);
    let (read, seq) = FeedSet::from_bytes(&bytes).unwrap();
    assert_eq!(
        (read.count(), seq, read.root(), read.feed()),
        (300, 77, set.root(), set.feed())
    );
    let narrow = |set: &FeedSet| cell::encode(0, set.sketch().cells());
    assert_eq!(narrow(&read), narrow(&set));
    assert_eq!(read.short(&a[0]), set.short(&a[0]));
    for at in (0..bytes.len()).step_by(97).chain([bytes.len() - 1]) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        assert_eq!(
            FeedSet::from_bytes(&damaged),
            Err(SpoiledFeedSet),
            "byte {at}"
        );
    }
    for length in [0, 7, 100, bytes.len() - 1] {
        assert_eq!(FeedSet::from_bytes(&bytes[..length]), Err(SpoiledFeedSet));
    }
    assert_eq!(
        FeedSet::from_bytes(&[&bytes[..], &[0]].concat()),
        Err(SpoiledFeedSet)
    );
}

#[test]
fn one_id_has_other_short_ids_in_other_feeds_and_sessions() {
    let id = Chance(5).id();
    let salt = Salt {
        initiator: [1; 16],
        responder: [2; 16],
    };
    let all = [
        ShortKey::cached(&feed()),
        ShortKey::cached(&Id::of(b"theme:trj")),
        ShortKey::salted(&feed(), &salt),
        ShortKey::salted(&feed(), &Salt::default()),
    ];
    let shorts: BTreeSet<Short> = all.iter().map(|key| key.short(&id)).collect();
    assert_eq!(shorts.len(), all.len());
}
