//! Impostors in numbers, and anchors that turn.

use super::*;
use proptest::prelude::*;

const ANCHORS: u32 = 5;
/// Whom every anchor lets introduce.
const INTRODUCERS: std::ops::Range<u32> = 10..15;
const FIRST: u32 = 1_000;

/// Honest vouches: every anchor lets every introducer introduce.
fn honest() -> Vec<Vouch> {
    let pairs = (0..ANCHORS).flat_map(|a| INTRODUCERS.map(move |i| (a, i)));
    pairs.map(|(a, i)| vouch(a, i, true)).collect()
}

/// So many impostors; each vouches for the next twelve and lets them introduce.
fn ring(impostors: u32) -> impl Iterator<Item = Vouch> {
    (0..impostors).flat_map(move |n| {
        (1..=12).map(move |step| vouch(FIRST + n, FIRST + (n + step) % impostors, true))
    })
}

fn accepted_impostors(web: &Web) -> usize {
    web.accepted()
        .filter(|institution| **institution >= id(FIRST))
        .count()
}

/// However the operator sets the number of direct paths.
fn policies() -> impl Iterator<Item = Policy> {
    (0..=2).map(|direct| Policy {
        direct,
        ..anchored(ANCHORS)
    })
}

#[test]
fn ten_thousand_impostors_without_an_honest_vouch_or_with_one_are_not_accepted() {
    for policy in policies() {
        let mut vouches = honest();
        vouches.extend(ring(10_000));
        let mut web = web(&policy, vouches);
        assert_eq!(accepted_impostors(&web), 0);
        for honest in [0, INTRODUCERS.start] {
            let attack = vouch(honest, FIRST, true);
            web.add(attack.clone());
            assert_eq!(accepted_impostors(&web), 0, "one vouch by {honest}");
            web.remove(&attack.id);
        }
        assert_eq!(web.accepted().count(), (ANCHORS + 5) as usize);
    }
}

/// With paths that may share an institution, one introducer deceived once would be enough.
#[test]
fn control_paths_that_share_an_institution_accept_an_impostor() {
    let mut vouches = honest();
    vouches.push(vouch(INTRODUCERS.start, FIRST, false));
    let policy = Policy {
        direct: 0,
        ..anchored(ANCHORS)
    };
    let ways = brute::ways(&policy, &vouches, &id(FIRST), &Matter::Any);
    assert!(
        ways.len() >= policy.threshold,
        "counted without looking, they suffice"
    );
    let anchors: BTreeSet<Id> = ways.iter().map(|way| way[0]).collect();
    assert!(
        anchors.len() >= policy.threshold,
        "even from different anchors"
    );
    assert_eq!(accepted_impostors(&web(&policy, vouches)), 0);
}

/// Without a direct path asked for, two impostors that were let introduce bring in all their neighbours: that is what the number is for.
#[test]
fn control_without_a_direct_path_two_impostors_bring_in_thousands() {
    let mut vouches: Vec<Vouch> = (0..10_000)
        .flat_map(|n| [(FIRST, n), (FIRST + 1, n)])
        .filter(|(by, n)| *n > 1 && *by >= FIRST)
        .map(|(by, n)| vouch(by, FIRST + n, false))
        .collect();
    vouches.extend([vouch(0, FIRST, true), vouch(1, FIRST + 1, true)]);
    let [none, one, two] = [0, 1, 2].map(|direct| {
        let policy = Policy {
            direct,
            ..anchored(ANCHORS)
        };
        accepted_impostors(&web(&policy, vouches.clone()))
    });
    assert_eq!(none, 9_998);
    assert_eq!((one, two), (0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Wherever honest institutions were deceived, impostors are never more than the vouches they got.
    #[test]
    fn impostors_are_never_more_than_the_vouches_they_got(
        edges in proptest::collection::btree_set(
            (prop_oneof![0..ANCHORS, INTRODUCERS], FIRST..FIRST + 40, any::<bool>()), 0..60),
        direct in 1..3usize,
    ) {
        let mut vouches = honest();
        vouches.extend(ring(300));
        vouches.extend(edges.iter().map(|(by, n, introduces)| vouch(*by, *n, *introduces)));
        let policy = Policy { direct, ..anchored(ANCHORS) };
        prop_assert!(accepted_impostors(&web(&policy, vouches)) <= edges.len());
    }
}

/// 1,000 institutions with vouches of three, four or five of the five anchors; then one anchor withdraws all of its own.
#[test]
fn a_hostile_anchor_takes_nobody_with_three_vouches() {
    let members = 100..1_100u32;
    // A third lacks no vouch, a third one, a third two, each time of other anchors.
    let vouched = |anchor: u32, member: u32| {
        let lacks = [member % ANCHORS, (member / 7) % ANCHORS];
        !lacks[..member as usize % 3].contains(&anchor)
    };
    let pairs: Vec<(u32, u32)> = members
        .clone()
        .flat_map(|m| (0..ANCHORS).map(move |a| (a, m)))
        .filter(|(a, m)| vouched(*a, *m))
        .collect();
    let lost = |threshold: usize, hostile: u32| {
        let policy = Policy {
            threshold,
            ..anchored(ANCHORS)
        };
        let all = pairs.iter().map(|(a, m)| vouch(*a, *m, false)).collect();
        let mut web = web(&policy, all);
        assert_eq!(web.accepted().count(), 1_000 + ANCHORS as usize);
        for (anchor, member) in &pairs {
            if *anchor == hostile {
                web.remove(&vouch(*anchor, *member, false).id);
            }
        }
        members
            .clone()
            .filter(|m| !web.accepts(&id(*m), &Matter::Every))
            .count()
    };
    for hostile in 0..ANCHORS {
        assert_eq!(lost(2, hostile), 0);
        assert!(
            lost(3, hostile) > 0,
            "control: asking for all three, it would"
        );
    }
}
