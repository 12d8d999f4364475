//! Charters: in force, admitting, and reaching as far as they say.

use super::*;

const STEWARDS: [u32; 4] = [20, 21, 22, 23];
const COUNCIL: u32 = 30;
const NETWORK: u32 = 31;

fn charter(threshold: u64, state: u64, civil: u64) -> Charter {
    Charter {
        id: id(90),
        signer: id(20),
        name: "ecowas".into(),
        scope: Scope::region("ecowas"),
        stewards: STEWARDS.map(id).into(),
        threshold,
        admission: Admission { state, civil },
    }
}

/// The charter, signed by steward 20 and cosigned by 21; the council a state body, the network not; `n` stewards vouch for both.
fn chartered(charter: Charter, n: usize) -> Web {
    let mut policy = anchored(0);
    policy.charters.insert(charter.id, Scope::default());
    let vouches = STEWARDS[..n]
        .iter()
        .flat_map(|s| [vouch(*s, COUNCIL, false), vouch(*s, NETWORK, false)]);
    let testimony = Testimony {
        vouches: vouches.collect(),
        cosigns: vec![(id(91), id(21), charter.id)],
        charters: vec![charter],
        classes: [(id(COUNCIL), Class::State), (id(NETWORK), Class::Civil)].into(),
    };
    Web::new(policy, testimony).unwrap()
}

#[test]
fn state_bodies_and_civil_society_are_counted_separately() {
    let of = |state, civil, vouches| {
        let web = chartered(charter(2, state, civil), vouches);
        [COUNCIL, NETWORK].map(|n| web.accepts(&id(n), &Matter::Any))
    };
    assert_eq!(of(2, 3, 1), [false, false]);
    assert_eq!(of(2, 3, 2), [true, false]);
    assert_eq!(of(3, 2, 2), [false, true]);
    assert_eq!(of(3, 3, 3), [true, true]);
    assert_eq!(of(0, 1, 4), [false, true], "0 admits nobody");
    assert_eq!(
        of(5, 4, 4),
        [false, true],
        "more than there are admits nobody"
    );
}

#[test]
fn who_has_not_said_what_it_is_needs_the_larger_number() {
    let mut web = chartered(charter(2, 2, 3), 2);
    let changes = web.classify(id(COUNCIL), None);
    assert_eq!(changes[0].after, Acceptance::No);
    assert_eq!(web.classify(id(COUNCIL), None), []);
    web.add(vouch(22, COUNCIL, false));
    assert!(web.accepts(&id(COUNCIL), &Matter::Any));
}

#[test]
fn a_charter_is_in_force_when_enough_of_its_stewards_agree() {
    let mut web = chartered(charter(3, 1, 1), 1);
    assert_eq!(web.accepted().count(), 0);
    assert_eq!(web.add_cosign(id(92), id(50), id(90)), [], "no steward");
    assert_eq!(
        web.add_cosign(id(93), id(20), id(90)),
        [],
        "the signer counts once"
    );
    assert_eq!(
        web.acceptance(&id(22)),
        Acceptance::Heard,
        "a steward is heard before, or no charter would ever come into force"
    );
    let changes = web.add_cosign(id(94), id(22), id(90));
    assert_eq!(changes.len(), STEWARDS.len() + 2, "stewards and members");
    assert!(
        web.accepts(&id(23), &Matter::Any),
        "a steward that did not sign"
    );
    web.remove_cosign(&id(94), &id(22), &id(90));
    assert_eq!(web.accepted().count(), 0);
    for never in [0, 5] {
        let mut charter = charter(never, 1, 1);
        charter.signer = id(20);
        assert_eq!(
            chartered(charter, 4).accepted().count(),
            0,
            "threshold {never}"
        );
    }
}

#[test]
fn stewards_are_heard_while_the_policy_accepts_their_charter_and_it_counts() {
    let mut web = chartered(charter(3, 1, 1), 1);
    assert_eq!(web.acceptance(&id(23)), Acceptance::Heard);
    assert_eq!(web.acceptance(&id(COUNCIL)), Acceptance::No);
    assert!(web.is_vouched(&id(COUNCIL)));
    let gone = web.remove_charter(&id(90));
    assert_eq!(gone.len(), STEWARDS.len());
    assert_eq!(web.acceptance(&id(23)), Acceptance::No);
    assert!(!web.is_vouched(&id(COUNCIL)));
    assert_eq!(web.add_charter(charter(3, 1, 1)).len(), STEWARDS.len());
    let mut policy = web.policy().clone();
    policy.refused.insert(id(23));
    web.set_policy(policy.clone()).unwrap();
    assert_eq!(web.acceptance(&id(23)), Acceptance::No, "refused");
    policy.charters.clear();
    web.set_policy(policy).unwrap();
    assert_eq!(web.acceptance(&id(22)), Acceptance::No, "not accepted here");
}

#[test]
fn a_charter_reaches_as_far_as_it_says_and_as_it_is_followed_here() {
    let feed = |feed: &str| Matter::Of {
        kind: "practice".into(),
        feed: feed.parse().unwrap(),
    };
    let mut web = chartered(charter(2, 2, 2), 2);
    assert!(web.accepts(&id(COUNCIL), &feed("region:ecowas")));
    assert!(!web.accepts(&id(COUNCIL), &feed("region:sadc")));
    let mut policy = web.policy().clone();
    let lessons = Scope {
        feeds: None,
        kinds: words(&["lesson"]),
    };
    policy.charters.insert(id(90), lessons);
    web.set_policy(policy.clone()).unwrap();
    assert!(!web.accepts(&id(COUNCIL), &feed("region:ecowas")));
    policy.charters.clear();
    web.set_policy(policy).unwrap();
    assert_eq!(web.accepted().count(), 0, "not accepted here");
}

#[test]
fn a_refused_steward_neither_agrees_nor_admits() {
    let mut web = chartered(charter(2, 1, 1), 1);
    let mut policy = web.policy().clone();
    policy.refused.insert(id(20));
    web.set_policy(policy).unwrap();
    assert_eq!(
        web.accepted().count(),
        0,
        "the charter is no longer in force"
    );
    web.add_cosign(id(94), id(22), id(90));
    assert!(web.accepts(&id(22), &Matter::Any));
    assert!(!web.accepts(&id(COUNCIL), &Matter::Any));
}

#[test]
fn an_admission_says_who_could_take_it_away() {
    let web = chartered(charter(2, 2, 2), 4);
    let ground = web.explain(&id(COUNCIL), &Matter::Any).charters.remove(0);
    let losing = ground.losing.unwrap();
    assert_eq!(losing.institutions, [20, 21, 22].map(id));
    assert_eq!(losing.vouches.len(), 3);
    let mut left = web.clone();
    for record in &losing.vouches[1..] {
        left.remove(record);
    }
    assert!(left.accepts(&id(COUNCIL), &Matter::Any), "fewer cannot");
    left.remove(&losing.vouches[0]);
    assert!(!left.accepts(&id(COUNCIL), &Matter::Any));
}

/// Anchors and charters do not undo each other.
#[test]
fn one_charter_does_not_veto_another() {
    let closed = charter(2, 4, 4);
    let mut open = charter(1, 1, 1);
    open.id = id(95);
    open.signer = id(40);
    open.stewards = [id(40)].into();
    open.scope = Scope::default();
    let mut web = chartered(closed, 3);
    web.add_charter(open);
    web.add(vouch(40, NETWORK, false));
    let mut policy = web.policy().clone();
    policy.charters.insert(id(95), Scope::default());
    web.set_policy(policy).unwrap();
    assert_eq!(web.acceptance(&id(NETWORK)), Acceptance::Everywhere);
    assert!(!web.accepts(&id(COUNCIL), &Matter::Any));
    web.remove_charter(&id(95));
    assert_eq!(web.acceptance(&id(NETWORK)), Acceptance::No);
}
