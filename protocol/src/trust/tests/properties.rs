//! On small random graphs the answers are those of trying everything, whatever the order and the detours.

use super::*;
use proptest::prelude::*;
use proptest::sample::select;

/// Institutions in a graph; the first four may be anchors.
const INSTITUTIONS: u32 = 7;

fn any_scope() -> impl Strategy<Value = Scope> {
    let feeds = select(vec![words(&["region:a"]), words(&["region:*"]), words(&[])]);
    let kinds = select(vec![words(&["practice"]), words(&["lesson", "offer"])]);
    prop_oneof![
        4 => Just(Scope::default()),
        1 => (feeds, Just(None)).prop_map(|(feeds, kinds)| Scope { feeds, kinds }),
        1 => (Just(None), kinds).prop_map(|(feeds, kinds)| Scope { feeds, kinds }),
    ]
}

fn any_vouch() -> impl Strategy<Value = Vouch> {
    // Two thirds are anchors that let introduce, and introducers that vouch for the last: else hardly any path has two vouches.
    let ends = prop_oneof![
        (0..INSTITUTIONS, 0..INSTITUTIONS, any::<bool>()),
        (0..4u32, 3..6u32, Just(true)),
        (3..6u32, Just(INSTITUTIONS - 1), any::<bool>()),
    ];
    let level = select(vec![
        Level::Identity,
        Level::Known,
        Level::Identity,
        Level::Observer,
    ]);
    (ends, level, any_scope(), any::<u8>()).prop_map(
        |((from, to, introduces), level, scope, salt)| {
            let mut vouch = Vouch {
                level,
                scope,
                ..vouch(from, to, introduces)
            };
            // Several by one for another; and ids in no relation to those of institutions.
            vouch.id = Id::of(format!("{vouch:?}{salt}").as_bytes());
            vouch
        },
    )
}

fn any_policy(unlimited: bool) -> impl Strategy<Value = Policy> {
    let trust = select(vec![
        Trust::Partial,
        Trust::Partial,
        Trust::Partial,
        Trust::Full,
    ]);
    let anchor = (trust, any_scope()).prop_map(move |(trust, scope)| Anchor {
        trust,
        scope: if unlimited { Scope::default() } else { scope },
    });
    let anchors = proptest::collection::btree_map((0..4u32).prop_map(id), anchor, 0..5);
    let numbers = (2..4usize).prop_flat_map(|threshold| (Just(threshold), 0..=threshold));
    let refused = select(vec![None, None, None, Some(0), Some(5)]);
    (anchors, numbers, 1..3usize, refused).prop_map(
        |(anchors, (threshold, direct), depth, refused)| Policy {
            anchors,
            threshold,
            direct,
            depth,
            refused: refused.into_iter().map(id).collect(),
            ..Policy::default()
        },
    )
}

fn matters() -> Vec<Matter> {
    let of = |kind: &str, feed: &str| Matter::Of {
        kind: kind.to_owned(),
        feed: feed.parse().unwrap(),
    };
    vec![
        Matter::Any,
        Matter::Every,
        of("practice", "region:a"),
        of("lesson", "region:b"),
        of("withdrawal", "theme:trj"),
    ]
}

fn each_case(check: impl Fn(&Id, &Matter)) {
    for subject in (0..INSTITUTIONS).map(id) {
        for matter in matters() {
            check(&subject, &matter);
        }
    }
}

fn without(vouches: &[Vouch], gone: impl Fn(&Vouch) -> bool) -> Vec<Vouch> {
    vouches.iter().filter(|v| !gone(v)).cloned().collect()
}

/// Calls `each` with every choice of `k` of the things.
fn each_choice<T: Clone>(things: &[T], k: usize, chosen: &mut Vec<T>, each: &mut impl FnMut(&[T])) {
    match (k, things.split_first()) {
        (0, _) => each(chosen),
        (_, None) => {}
        (k, Some((first, rest))) => {
            chosen.push(first.clone());
            each_choice(rest, k - 1, chosen, each);
            chosen.pop();
            each_choice(rest, k, chosen, each);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn accepts_as_trying_everything_does(
        policy in any_policy(false),
        vouches in proptest::collection::vec(any_vouch(), 0..28),
    ) {
        let web = web(&policy, vouches.clone());
        each_case(|subject, matter| {
            let expected = brute::accepts(&policy, &vouches, subject, matter);
            assert_eq!(web.judge(subject, matter), expected, "{subject:?} {matter:?}");
            assert_eq!(web.accepts(subject, matter), expected, "{subject:?} {matter:?}");

            let ways = brute::ways(&policy, &vouches, subject, matter);
            let ground = web.explain(subject, matter).paths;
            assert_eq!((ground.suffices, ground.found.len()), brute::try_all(&policy, &ways));
            let mut seen = BTreeSet::new();
            for path in ground.found {
                let way: Vec<Id> = path.steps.iter().map(|v| v.voucher).collect();
                assert!(ways.contains(&way), "{way:?} is a path");
                assert!(path.scope.covers(matter));
                assert!(way.iter().all(|id| seen.insert(*id)), "{way:?} shares nothing");
            }
        });
    }

    /// A word for everything is one for each matter; one for a matter is one for something.
    #[test]
    fn acceptance_is_consistent(
        policy in any_policy(false),
        vouches in proptest::collection::vec(any_vouch(), 0..28),
    ) {
        let web = web(&policy, vouches);
        each_case(|subject, matter| {
            match web.acceptance(subject) {
                Acceptance::Everywhere => assert!(web.judge(subject, matter)),
                Acceptance::Limited => assert!(web.judge(subject, &Matter::Any)),
                _ => assert!(!web.judge(subject, matter)),
            }
        });
    }

    #[test]
    fn words_in_any_order_give_the_same_answer(
        policy in any_policy(false),
        (vouches, shuffled) in proptest::collection::vec(any_vouch(), 0..28)
            .prop_flat_map(|v| (Just(v.clone()), Just(v).prop_shuffle())),
    ) {
        let (one, other) = (web(&policy, vouches), web(&policy, shuffled));
        each_case(|subject, matter| {
            assert_eq!(one.explain(subject, matter), other.explain(subject, matter));
        });
    }

    /// Coming and going leads where a cold start with what is left leads, and each step reports exactly what it changed.
    #[test]
    fn a_step_is_as_good_as_a_cold_start(
        first in any_policy(false),
        second in any_policy(false),
        steps in proptest::collection::vec((any_vouch(), proptest::bool::weighted(0.8), any::<proptest::sample::Index>()), 0..40),
    ) {
        let mut web = web(&first, vec![]);
        let mut held: Vec<Vouch> = Vec::new();
        for (at, (vouch, comes, which)) in steps.iter().enumerate() {
            let before: Vec<Acceptance> = (0..INSTITUTIONS).map(|n| web.acceptance(&id(n))).collect();
            let changes = if at == steps.len() / 4 {
                web.set_policy(second.clone()).unwrap()
            } else if *comes || held.is_empty() {
                if !held.iter().any(|v| v.id == vouch.id) {
                    held.push(vouch.clone());
                }
                web.add(vouch.clone())
            } else {
                web.remove(&held.swap_remove(which.index(held.len())).id)
            };
            for (n, before) in (0..INSTITUTIONS).zip(before) {
                let after = web.acceptance(&id(n));
                match changes.iter().find(|c| c.institution == id(n)) {
                    Some(change) => assert_eq!((change.before, change.after), (before, after)),
                    None => assert_eq!(before, after, "{:?} changed silently", id(n)),
                }
            }
        }
        let cold = super::web(web.policy(), held);
        assert_eq!(web.acceptance, cold.acceptance);
        each_case(|subject, matter| {
            assert_eq!(web.explain(subject, matter), cold.explain(subject, matter));
        });
    }

    /// The vouches named as missing suffice, and no choice of fewer does.
    #[test]
    fn what_is_missing_is_the_least(
        policy in any_policy(true),
        vouches in proptest::collection::vec(any_vouch(), 0..14),
    ) {
        let every: Vec<(u32, u32)> = (0..INSTITUTIONS)
            .flat_map(|from| (0..INSTITUTIONS).map(move |to| (from, to)))
            .filter(|(from, to)| from != to)
            .collect();
        let with = |more: &[(u32, u32)]| {
            let mut vouches = vouches.clone();
            vouches.extend(more.iter().map(|(from, to)| vouch(*from, *to, true)));
            vouches
        };
        let matter = Matter::Every;
        let web = web(&policy, vouches.clone());
        for n in 0..INSTITUTIONS {
            let suffices = |vouches: &[Vouch]| {
                brute::try_all(&policy, &brute::ways(&policy, vouches, &id(n), &matter)).0
            };
            let ground = web.explain(&id(n), &matter).paths;
            match ground.needed {
                _ if ground.suffices => {}
                None => assert!(!suffices(&with(&every)), "no vouches suffice"),
                Some(needed) => {
                    let named: Vec<(u32, u32)> = (0..INSTITUTIONS)
                        .filter(|from| needed.from.contains(&id(*from)))
                        .map(|from| (from, n))
                        .collect();
                    assert_eq!(named.len(), needed.from.len());
                    assert!(suffices(&with(&named)), "{named:?} suffice");
                    each_choice(&every, named.len() - 1, &mut Vec::new(), &mut |fewer| {
                        assert!(!suffices(&with(fewer)), "{fewer:?} are fewer and suffice");
                    });
                }
            }
        }
    }

    /// The group named can take the ground away, by the records named, and no smaller group can.
    #[test]
    fn who_could_take_it_away_are_the_fewest(
        policy in any_policy(false),
        vouches in proptest::collection::vec(any_vouch(), 8..40),
    ) {
        let everybody: Vec<Id> = (0..INSTITUTIONS).map(id).collect();
        let web = web(&policy, vouches.clone());
        each_case(|subject, matter| {
            let suffices = |vouches: &[Vouch]| {
                brute::try_all(&policy, &brute::ways(&policy, vouches, subject, matter)).0
            };
            let Some(losing) = web.explain(subject, matter).paths.losing else {
                return;
            };
            assert!(suffices(&vouches));
            let left = without(&vouches, |v| losing.institutions.contains(&v.voucher));
            assert!(!suffices(&left), "{losing:?}");
            let left = without(&vouches, |v| losing.vouches.contains(&v.id));
            assert!(!suffices(&left), "{losing:?}");
            for size in 0..losing.institutions.len() {
                each_choice(&everybody, size, &mut Vec::new(), &mut |fewer| {
                    let left = without(&vouches, |v| fewer.contains(&v.voucher));
                    assert!(suffices(&left), "{fewer:?} are fewer and can");
                });
            }
        });
    }
}
