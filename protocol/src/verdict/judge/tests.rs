#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]
//! The verdict on heads and their like: each rule once broken, beside the case in which it holds.

use super::*;
use crate::bytes::Day;
use crate::scene::Scene;

#[test]
fn a_delegated_key_of_an_accepted_institution_signs() {
    let s = Scene::new(1);
    let verdict = |key: &Key| judge_signer(&s.id(), key, &s.first.id(), &s.held(&[]));
    assert_eq!(verdict(&s.machine.key()), Verdict::Valid);
    // A scope names kinds and feeds of records: it does not limit a head.
    assert_eq!(verdict(&s.clerk.key()), Verdict::Valid);
}

#[test]
fn the_state_is_pinned() {
    let s = Scene::new(1);
    let rival = s.state(1, s.id(), Day::LAST, None);
    let verdict = |state: &Id, evidence: &crate::Held| {
        judge_signer(&s.id(), &s.machine.key(), state, evidence)
    };
    let unknown = Verdict::Pending(Missing::State);
    assert_eq!(verdict(&Id::of(b"later"), &s.held(&[])), unknown);
    assert_eq!(verdict(&s.first.id(), &crate::Held::new()), unknown);
    assert_eq!(verdict(&rival.id(), &s.held(&[])), unknown);
    let disputed = s.held(&[&rival]);
    assert_eq!(
        verdict(&rival.id(), &disputed),
        Verdict::Void(VoidReason::RivalState)
    );
    assert_eq!(verdict(&s.first.id(), &disputed), Verdict::Valid);
}

#[test]
fn the_key_is_delegated_for_signing_by_the_state_named() {
    let (s, stranger) = (Scene::new(1), Scene::new(2));
    let held = s.held(&[]);
    let verdict = |key: &Key, state: &Id| judge_signer(&s.id(), key, state, &held);
    let not_delegated = Verdict::Void(VoidReason::NotDelegated);
    assert_eq!(verdict(&s.machine.key(), &s.id()), not_delegated);
    assert_eq!(verdict(&s.witness.key(), &s.first.id()), not_delegated);
    assert_eq!(
        verdict(&stranger.machine.key(), &s.first.id()),
        not_delegated
    );
    assert_eq!(verdict(&s.machine.key(), &s.first.id()), Verdict::Valid);
}

#[test]
fn the_newest_state_does_not_cut_the_key() {
    let s = Scene::new(1);
    let cutting = s.cutting(Some(Id::of(b"a list")));
    let after = s.held(&[&cutting]);
    let verdict = |key: &Key| judge_signer(&s.id(), key, &s.first.id(), &after);
    // Whatever the list would say: a head is not in it.
    assert_eq!(verdict(&s.machine.key()), Verdict::Void(VoidReason::Cut));
    assert_eq!(verdict(&s.clerk.key()), Verdict::Valid);
}

#[test]
fn the_institution_is_accepted() {
    let s = Scene::new(1);
    let cutting = s.cutting(None);
    let verdict =
        |key: &Key, more: &[&_]| judge_signer(&s.id(), key, &s.first.id(), &s.unaccepted(more));
    assert_eq!(verdict(&s.machine.key(), &[]), Verdict::Quarantined);
    // Void outweighs it.
    assert_eq!(
        verdict(&s.machine.key(), &[&cutting]),
        Verdict::Void(VoidReason::Cut)
    );
    assert_eq!(
        verdict(&s.witness.key(), &[]),
        Verdict::Void(VoidReason::NotDelegated)
    );
}

#[test]
fn what_steps_1_and_2_do_not_let_pass_is_not_kept() {
    let s = Scene::new(1);
    let rival = s.state(1, s.id(), Day::LAST, None);
    let held = s.held(&[&rival]);
    let chain = crate::Evidence::chain(&held, &s.id());
    let under = |state, key: &_, kind| s.record_under(state, key, kind, &["region:ecowas"], &[]);
    let first = s.first.id();
    let kept = |record: &Verified<Header>| is_kept(record, chain.as_deref());
    assert!(kept(&under(first, &s.clerk, "practice")));
    assert!(!kept(&under(first, &s.clerk, "lesson")));
    assert!(!kept(&under(first, &s.witness, "practice")));
    assert!(!kept(&under(rival.id(), &s.clerk, "practice")));
    assert!(!kept(&under(Id::of(b"later"), &s.clerk, "practice")));
    assert!(!is_kept(&under(first, &s.clerk, "practice"), None));
    // What a cut voids is evidence.
    let void = under(first, &s.machine, "practice");
    let after = s.held(&[&s.cutting(None)]);
    assert_eq!(judge(&void, &after), Verdict::Void(VoidReason::Cut));
    assert!(is_kept(
        &void,
        crate::Evidence::chain(&after, &s.id()).as_deref()
    ));
}
