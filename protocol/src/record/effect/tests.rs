#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]
//! Each rule of section 5 on effect: one refusing case, and beside it the least change that makes it take effect.

use super::*;
use crate::id::Id;
use crate::scene::{FEED, OTHER, Scene};

fn effect(scene: &Scene, by: &Verified<Header>, target: &Verified<Header>) -> Result<(), NoEffect> {
    takes_effect(by, target, &scene.chain())
}

#[test]
fn only_a_revision_or_a_withdrawal_changes_a_record() {
    let s = Scene::new(1);
    let target = s.record(&s.machine, "practice", &[FEED], &[]);
    let links = [("revises", target.id()), ("withdraws", target.id())];
    let by = |kind| s.record(&s.machine, kind, &[FEED], &links);
    assert_eq!(effect(&s, &by("lesson"), &target), Err(NoEffect::OtherKind));
    assert_eq!(effect(&s, &by("revision"), &target), Ok(()));
    assert_eq!(effect(&s, &by("withdrawal"), &target), Ok(()));
}

#[test]
fn the_link_of_its_kind_names_the_record() {
    let s = Scene::new(1);
    let target = s.record(&s.machine, "practice", &[FEED], &[]);
    let another = Id::of(b"another");
    let by = |links: &[(&str, Id)]| s.record(&s.machine, "withdrawal", &[FEED], links);
    let elsewhere = by(&[("withdraws", another)]);
    assert_eq!(effect(&s, &elsewhere, &target), Err(NoEffect::NotNamed));
    let wrong_link = by(&[("revises", target.id()), ("withdraws", another)]);
    assert_eq!(effect(&s, &wrong_link, &target), Err(NoEffect::NotNamed));
    let both = by(&[("withdraws", another), ("withdraws", target.id())]);
    assert_eq!(effect(&s, &both, &target), Ok(()));
}

#[test]
fn nobody_withdraws_what_another_institution_signed() {
    let (s, stranger) = (Scene::new(1), Scene::new(2));
    let target = s.record(&s.machine, "practice", &[FEED], &[]);
    let links = [("withdraws", target.id())];
    let theirs = stranger.record(&stranger.machine, "withdrawal", &[FEED], &links);
    assert_eq!(
        effect(&stranger, &theirs, &target),
        Err(NoEffect::OtherInstitution)
    );
    let own = s.record(&s.machine, "withdrawal", &[FEED], &links);
    assert_eq!(effect(&s, &own, &target), Ok(()));
}

#[test]
fn the_key_may_post_the_kind_and_feeds_of_the_record() {
    let s = Scene::new(1);
    let withdraw = |key, target: &Verified<Header>, feeds: &[&str]| {
        s.record(key, "withdrawal", feeds, &[("withdraws", target.id())])
    };
    // The clerk may withdraw another key's practice, not its lesson, and none of another feed.
    let practice = s.record(&s.machine, "practice", &[FEED], &[]);
    let lesson = s.record(&s.machine, "lesson", &[FEED], &[]);
    let wide = s.record(&s.machine, "practice", &[FEED, OTHER], &[]);
    let by = |target| withdraw(&s.clerk, target, &[FEED, OTHER]);
    assert_eq!(effect(&s, &by(&practice), &practice), Ok(()));
    assert_eq!(effect(&s, &by(&lesson), &lesson), Err(NoEffect::Scope));
    assert_eq!(effect(&s, &by(&wide), &wide), Err(NoEffect::Scope));
    let unlimited = withdraw(&s.machine, &wide, &[FEED, OTHER]);
    assert_eq!(effect(&s, &unlimited, &wide), Ok(()));
    // A key delegated for another purpose, and a state that delegates nobody.
    let witnessed = withdraw(&s.witness, &practice, &[FEED]);
    assert_eq!(effect(&s, &witnessed, &practice), Err(NoEffect::Scope));
    for state in [s.id(), Id::of(b"unknown")] {
        let links = [("withdraws", practice.id())];
        let under = s.record_under(state, &s.machine, "withdrawal", &[FEED], &links);
        assert_eq!(effect(&s, &under, &practice), Err(NoEffect::Scope));
    }
}

#[test]
fn every_feed_of_the_record_is_listed_and_other_targets_do_not_enter() {
    let s = Scene::new(1);
    let target = s.record(&s.machine, "practice", &[FEED, OTHER], &[]);
    let second = s.record(&s.machine, "lesson", &["topic:wells"], &[]);
    let links = [("withdraws", target.id()), ("withdraws", second.id())];
    let by = |feeds: &[&str]| s.record(&s.machine, "withdrawal", feeds, &links);
    assert_eq!(effect(&s, &by(&[FEED]), &target), Err(NoEffect::Feeds));
    let narrow = by(&[FEED, OTHER]);
    assert_eq!(effect(&s, &narrow, &target), Ok(()));
    assert_eq!(effect(&s, &narrow, &second), Err(NoEffect::Feeds));
    let all = by(&[FEED, OTHER, "topic:wells"]);
    assert_eq!(effect(&s, &all, &target), Ok(()));
    assert_eq!(effect(&s, &all, &second), Ok(()));
}
