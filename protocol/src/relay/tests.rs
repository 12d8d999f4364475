#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]
//! Each row of section 8: one statement that is not relayed, beside the case in which it is.

use super::*;
use crate::airgap::Custody;
use crate::bytes::Day;
use crate::fault::{Fault, Unsupported};
use crate::institution::CutList;
use crate::scene::{FEED, OTHER, Scene, net};
use crate::{Alarm, Equivocation, Held, Id};

fn feed(name: &str) -> FeedName {
    name.parse().unwrap()
}

fn registry(statement: &VerifiedStatement, evidence: &Held) -> Relay {
    judge_relay(statement, &FeedName::registry(), evidence)
}

#[test]
fn only_invalid_bytes_are_rejected() {
    assert_eq!(
        Relay::from(&Unread::Invalid(Fault::Signature)),
        Relay::Reject
    );
    assert_eq!(
        Relay::from(&Unread::Unsupported(Unsupported::Type)),
        Relay::Ignore
    );
}

#[test]
fn a_record_on_a_topic_of_its_feeds() {
    let s = Scene::new(1);
    let record: VerifiedStatement = s.record(&s.machine, "practice", &[FEED], &[]).into();
    let held = s.held(&[&record]);
    assert_eq!(judge_relay(&record, &feed(FEED), &held), Relay::Accept);
    assert_eq!(judge_relay(&record, &feed(OTHER), &held), Relay::Ignore);
    assert_eq!(registry(&record, &held), Relay::Ignore);
}

#[test]
fn a_record_of_a_good_verdict() {
    let s = Scene::new(1);
    let record: VerifiedStatement = s.record(&s.machine, "practice", &[FEED], &[]).into();
    let twin: VerifiedStatement = s.record(&s.machine, "lesson", &[FEED], &[]).into();
    let out_of_scope: VerifiedStatement = s.record(&s.clerk, "lesson", &[FEED], &[]).into();
    let early: VerifiedStatement = s
        .record_under(Id::of(b"later"), &s.machine, "practice", &[FEED], &[])
        .into();
    let on = |statement, held: &Held| judge_relay(statement, &feed(FEED), held);
    assert_eq!(on(&record, &s.held(&[])), Relay::Accept);
    assert_eq!(
        on(&record, &s.held(&[&twin])),
        Relay::Accept,
        "CONTESTED is relayed"
    );
    assert_eq!(
        on(&record, &s.unaccepted(&[])),
        Relay::Ignore,
        "QUARANTINED"
    );
    assert_eq!(
        on(&record, &s.held(&[&s.cutting(None)])),
        Relay::Ignore,
        "VOID"
    );
    assert_eq!(on(&out_of_scope, &s.held(&[])), Relay::Ignore, "VOID");
    assert_eq!(on(&early, &s.held(&[])), Relay::Ignore, "PENDING");
}

#[test]
fn heads_and_alarms_of_a_good_verdict_on_the_registry() {
    let s = Scene::new(1);
    let alarm = |key: &crate::SigningKey, against: &crate::SigningKey| -> VerifiedStatement {
        let alarm = Alarm {
            institution: s.id(),
            key: key.key(),
            state: s.first.id(),
            against: against.key(),
            good: vec![],
            day: Day::FIRST,
        };
        alarm.sign(key, &net()).unwrap().into()
    };
    let cutting = s.cutting(None);
    for (good, bad) in [
        (s.head(&s.machine, 1), s.head(&s.witness, 1)),
        (alarm(&s.machine, &s.clerk), alarm(&s.witness, &s.clerk)),
    ] {
        assert_eq!(registry(&good, &s.held(&[])), Relay::Accept);
        assert_eq!(judge_relay(&good, &feed(FEED), &s.held(&[])), Relay::Ignore);
        assert_eq!(registry(&good, &s.unaccepted(&[])), Relay::Ignore);
        assert_eq!(registry(&good, &s.held(&[&cutting])), Relay::Ignore);
        assert_eq!(registry(&bad, &s.held(&[])), Relay::Ignore);
    }
}

#[test]
fn institutions_that_are_accepted_or_vouched_for() {
    let s = Scene::new(1);
    let mut vouched = s.unaccepted(&[]);
    vouched.vouch(s.id());
    for statement in [&s.inception, &s.first] {
        assert_eq!(registry(statement, &s.held(&[])), Relay::Accept);
        assert_eq!(registry(statement, &vouched), Relay::Accept);
        assert_eq!(registry(statement, &s.unaccepted(&[])), Relay::Ignore);
        assert_eq!(
            judge_relay(statement, &feed(FEED), &s.held(&[])),
            Relay::Ignore
        );
    }
    // A vouch is no acceptance: it carries no records.
    let head = s.head(&s.machine, 1);
    assert_eq!(registry(&head, &vouched), Relay::Ignore);
}

#[test]
fn a_cut_list_that_a_pinned_state_names() {
    let s = Scene::new(1);
    let list = |key: &crate::SigningKey| -> VerifiedStatement {
        let list = CutList {
            institution: s.id(),
            key: key.key(),
            feeds: vec![],
            adopted: vec![],
            day: Day::FIRST,
        };
        list.state(&net()).unwrap().into()
    };
    let (named, other) = (list(&s.machine), list(&s.clerk));
    let cutting = s.cutting(Some(named.id()));
    let naming_another_key = s.cutting(Some(other.id()));
    assert_eq!(registry(&named, &s.held(&[&cutting])), Relay::Accept);
    assert_eq!(registry(&named, &s.unaccepted(&[&cutting])), Relay::Ignore);
    assert_eq!(registry(&named, &s.held(&[])), Relay::Ignore);
    assert_eq!(registry(&other, &s.held(&[&cutting])), Relay::Ignore);
    assert_eq!(
        registry(&other, &s.held(&[&naming_another_key])),
        Relay::Ignore
    );
}

#[test]
fn a_proof_about_an_accepted_institution() {
    let s = Scene::new(1);
    let record = |kind| s.record(&s.machine, kind, &[FEED], &[]).into();
    let proof = Equivocation::prove(&record("practice"), &record("lesson"), &net());
    let proof: VerifiedStatement = proof.unwrap().unwrap().into();
    assert_eq!(registry(&proof, &s.held(&[])), Relay::Accept);
    assert_eq!(
        judge_relay(&proof, &feed(FEED), &s.held(&[])),
        Relay::Ignore
    );
    assert_eq!(registry(&proof, &s.unaccepted(&[])), Relay::Ignore);
}

#[test]
fn what_is_addressed_is_not_gossiped() {
    let s = Scene::new(1);
    let custody = Custody {
        institution: s.id(),
        key: s.machine.key(),
        state: s.first.id(),
        of: Id::of(b"a manifest"),
        leg: 1,
        day: Day::FIRST,
    };
    let custody: VerifiedStatement = custody.sign(&s.machine, &net()).unwrap().into();
    assert_eq!(registry(&custody, &s.held(&[])), Relay::Ignore);
    assert!(!is_relayable(&custody, &s.held(&[])));
    assert!(is_relayable(&s.head(&s.machine, 1), &s.held(&[])));
}
