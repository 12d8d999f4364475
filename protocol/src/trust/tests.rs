#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]
//! Trust, against trying everything; and against impostors, in numbers.

mod brute;
mod charters;
mod properties;
mod records;
mod scopes;
mod sybils;

use super::*;
use crate::Id;
use std::collections::BTreeSet;

pub(super) fn id(n: u32) -> Id {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&n.to_be_bytes());
    Id::from_bytes(bytes)
}

pub(super) fn anchor(trust: Trust) -> Anchor {
    Anchor {
        trust,
        scope: Scope::default(),
    }
}

/// The anchors `0..n`, partly trusted.
pub(super) fn anchored(n: u32) -> Policy {
    Policy {
        anchors: (0..n).map(|a| (id(a), anchor(Trust::Partial))).collect(),
        ..Policy::default()
    }
}

/// A vouch for identity, everywhere. The record's id is made of both ends.
pub(super) fn vouch(voucher: u32, subject: u32, introduces: bool) -> Vouch {
    let mut record = [0xee; 32];
    record[..4].copy_from_slice(&voucher.to_be_bytes());
    record[4..8].copy_from_slice(&subject.to_be_bytes());
    record[8] = introduces.into();
    Vouch {
        id: Id::from_bytes(record),
        voucher: id(voucher),
        subject: id(subject),
        level: Level::Identity,
        introduces,
        scope: Scope::default(),
        day: None,
        expires: None,
        evidence: None,
    }
}

pub(super) fn web(policy: &Policy, vouches: Vec<Vouch>) -> Web {
    let testimony = Testimony {
        vouches,
        ..Testimony::default()
    };
    Web::new(policy.clone(), testimony).unwrap()
}

pub(super) fn words(words: &[&str]) -> Option<BTreeSet<String>> {
    Some(words.iter().map(|w| (*w).to_owned()).collect())
}

#[test]
fn numbers_out_of_bounds_are_refused() {
    type Change = fn(&mut Policy);
    let faults: [(Change, PolicyFault); 7] = [
        (|p| p.threshold = 1, PolicyFault::Threshold),
        (|p| p.threshold = 17, PolicyFault::Threshold),
        (|p| p.direct = 3, PolicyFault::Direct),
        (|p| p.depth = 0, PolicyFault::Depth),
        (|p| p.depth = 3, PolicyFault::Depth),
        (|p| *p = anchored(257), PolicyFault::Anchors),
        (
            |p| p.refused = (0..4_097).map(id).collect(),
            PolicyFault::Refused,
        ),
    ];
    for (change, fault) in faults {
        let mut policy = anchored(2);
        change(&mut policy);
        assert_eq!(policy.check(), Err(fault));
        let mut web = web(&anchored(2), vec![]);
        assert_eq!(web.set_policy(policy), Err(fault));
        assert_eq!(web.policy(), &anchored(2));
    }
    assert_eq!(anchored(256).check(), Ok(()));
}

#[test]
fn the_own_vouch_of_a_fully_trusted_anchor_is_enough_and_its_introduction_is_not() {
    let mut policy = anchored(2);
    policy.direct = 0;
    policy.anchors.insert(id(0), anchor(Trust::Full));
    let web = web(&policy, vec![vouch(0, 10, true), vouch(10, 11, false)]);
    assert_eq!(web.acceptance(&id(10)), Acceptance::Everywhere);
    assert_eq!(web.acceptance(&id(11)), Acceptance::No);
}

#[test]
fn refusal_goes_before_everything() {
    let vouches = vec![vouch(0, 1, false), vouch(0, 9, true), vouch(1, 9, true)];
    let mut policy = anchored(2);
    let before = web(&policy, vouches.clone());
    assert_eq!(before.acceptance(&id(9)), Acceptance::Everywhere);
    policy.refused.insert(id(0));
    let after = web(&policy, vouches);
    assert_eq!(after.acceptance(&id(0)), Acceptance::No, "an anchor");
    assert_eq!(after.acceptance(&id(9)), Acceptance::Heard);
    let said = after
        .explain(&id(0), &Matter::Any)
        .sentences(|_| "It".into());
    assert_eq!(said[1], "You refuse it; nothing else counts.");
}

#[test]
fn who_is_heard_is_not_accepted() {
    let web = web(&anchored(2), vec![vouch(0, 9, true), vouch(1, 8, false)]);
    assert_eq!(web.acceptance(&id(9)), Acceptance::Heard);
    assert!(!web.accepts(&id(9), &Matter::Any));
    assert_eq!(web.acceptance(&id(8)), Acceptance::No, "may not introduce");
}

/// The first introducer takes the first anchor; the second knows only that one, and the first has to give way.
#[test]
fn a_path_gives_way_where_that_leaves_more_of_them() {
    let policy = Policy {
        direct: 0,
        ..anchored(2)
    };
    let introduces = [vouch(0, 10, true), vouch(1, 10, true), vouch(0, 11, true)];
    let mut vouches = introduces.to_vec();
    vouches.extend([vouch(10, 20, false), vouch(11, 20, false)]);
    let web = web(&policy, vouches);
    let found = web.explain(&id(20), &Matter::Any).paths.found;
    let ways: Vec<Vec<Id>> = found
        .iter()
        .map(|path| path.steps.iter().map(|v| v.voucher).collect())
        .collect();
    assert_eq!(ways, [[id(0), id(11)], [id(1), id(10)]]);
    assert_eq!(web.acceptance(&id(20)), Acceptance::Everywhere);
}
