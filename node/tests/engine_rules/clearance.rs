//! Drafts go out when every condition is met, and not before; whatever happens in between, nothing acknowledged is lost.

use indaba::engine::limits::{self, DAY};
use indaba::engine::order::{
    ClearanceOrder, ClearanceReply, ClearanceRules, Draft, Missing, OfficerWord, Order,
    RefusalKind, Reply,
};
use indaba::engine::{Input, Said};
use indaba_protocol::{Value, cbor};
use indaba_store::Batch;
use indaba_store::disk::Fault;

use crate::engine_rules::bench::draft;
use crate::engine_rules::cast::{FEED, map};
use crate::engine_rules::office::{
    ADVISER, CHAIR, DEPUTY, MINUTE, Office, STRANGER, hex, officer, rules,
};

#[test]
fn a_second_officer_approves_and_nobody_twice() {
    let mut office = Office::new(rules(2, 0));
    let text = draft("one");
    let number = office.submit(ADVISER, &text);
    let mut office = office.restart(0);
    assert_eq!(
        office.missing(number),
        [Missing::Approvals { have: 0, need: 2 }]
    );
    // The submitter, a stranger, and the same officer twice.
    let (kind, problem) = office.approve(ADVISER, number).unwrap_err();
    assert!(problem.contains("submitted"), "{problem}");
    assert_eq!(kind, RefusalKind::Policy);
    let (_, problem) = office.approve(STRANGER, number).unwrap_err();
    assert!(problem.contains("no officer"), "{problem}");
    office.approve(DEPUTY, number).unwrap();
    let mut office = office.restart(0);
    let (_, problem) = office.approve(DEPUTY, number).unwrap_err();
    assert!(problem.contains("already"), "{problem}");
    office.pass(DAY);
    assert_eq!(office.published(), 0);
    assert_eq!(
        office.missing(number),
        [Missing::Approvals { have: 1, need: 2 }]
    );
    let Ok(ClearanceReply::Released { records, .. }) = office.approve(CHAIR, number) else {
        panic!("not published")
    };
    assert_eq!(records[0].lanes, [(FEED.to_owned(), 1)]);
    let mut office = office.restart(0);
    assert_eq!((office.published(), office.drafts().len()), (1, 0));
    let (kind, _) = office.approve_gone(number);
    assert_eq!(kind, RefusalKind::NotFound);
}

#[test]
fn control_without_rules_everything_goes_out_at_once() {
    let mut office = Office::new(ClearanceRules::default());
    let act = ClearanceOrder::Submit {
        drafts: vec![draft("one")],
        hold: false,
        by: Vec::new(),
    };
    let Ok(ClearanceReply::Submitted { published, kept }) = office.ask(act) else {
        panic!("refused")
    };
    assert_eq!((published.len(), kept.len(), office.published()), (1, 0, 1));
}

#[test]
fn nobody_gets_around_clearance_by_another_order_or_without_a_name() {
    let mut office = Office::new(rules(1, 0));
    let Reply::Refused(refusal) = office.bench.order(Order::Publish {
        drafts: vec![draft("one")],
    }) else {
        panic!("published")
    };
    assert_eq!(refusal.kind, RefusalKind::Policy);
    let nameless = ClearanceOrder::Submit {
        drafts: vec![draft("one")],
        hold: false,
        by: Vec::new(),
    };
    let (_, problem) = office.ask(nameless).unwrap_err();
    assert!(problem.contains("which officer"), "{problem}");
    // Another's submission under this text.
    let by = vec![office.word(ADVISER, Said::Submit, (0, 0), &draft("two"), "")];
    let forged = ClearanceOrder::Submit {
        drafts: vec![draft("one")],
        hold: false,
        by,
    };
    assert_eq!(office.ask(forged).unwrap_err().0, RefusalKind::Integrity);
    assert!(office.drafts().is_empty());
    assert_eq!(office.published(), 0);
    // A withdrawal protects people and goes out at once, unless the rules say otherwise.
    office.settings.rules = rules(0, 0);
    let mut office = office.restart(0);
    let Reply::Published { records } = office.bench.order(Order::Publish {
        drafts: vec![draft("one")],
    }) else {
        panic!("refused")
    };
    let withdrawal = Draft {
        kind: "withdrawal".to_owned(),
        links: vec![("withdraws".to_owned(), records[0].id.clone())],
        card: hex(&cbor::encode(&map(&[]))),
        body: hex(&cbor::encode(&map(&[(
            "reason",
            Value::String("safety".to_owned()),
        )]))),
        ..draft("gone")
    };
    for waits in [true, false] {
        office.settings.rules = ClearanceRules {
            withdrawals: waits,
            ..rules(1, 10)
        };
        office = office.restart(0);
        let reply = office.bench.order(Order::Publish {
            drafts: vec![withdrawal.clone()],
        });
        assert_eq!(matches!(reply, Reply::Refused(_)), waits, "{reply:?}");
    }
}

#[test]
fn another_text_another_version_and_other_rules_void_what_was_approved() {
    let mut office = Office::new(rules(2, 0));
    let number = office.submit(ADVISER, &draft("one"));
    office.approve(DEPUTY, number).unwrap();
    let (_, shown) = office.text(number);

    // Edited between the look and the signature.
    let edited = draft("one, and a name");
    let by = office.word(ADVISER, Said::Submit, (number, 1), &edited, "");
    let edit = ClearanceOrder::Edit {
        number,
        draft: edited.clone(),
        by: Some(by),
    };
    let Ok(ClearanceReply::Changed { draft: view }) = office.ask(edit) else {
        panic!("refused")
    };
    assert_eq!((view.version, view.approvals.len()), (2, 0));
    let mut office = office.restart(0);
    let late = office.word(CHAIR, Said::Approve, (number, 1), &shown, "");
    let act = ClearanceOrder::Approve { number, by: late };
    assert_eq!(office.ask(act).unwrap_err().0, RefusalKind::Integrity);
    assert_eq!(
        office.missing(number),
        [Missing::Approvals { have: 0, need: 2 }]
    );

    // Laxer rules let nothing go that was submitted under stricter ones, and old approvals do not count under them.
    office.approve(DEPUTY, number).unwrap();
    for laxer in [rules(1, 0), rules(0, 0)] {
        office.settings.rules = laxer;
        office = office.restart(0);
        office.pass(DAY);
        let (view, _) = office.text(number);
        assert!(!view.approvals[0].counts);
        assert_eq!(view.missing, [Missing::Approvals { have: 0, need: 2 }]);
    }
    assert_eq!(office.published(), 0);
    office.approve(DEPUTY, number).unwrap();
    office.approve(CHAIR, number).unwrap();
    assert_eq!(office.published(), 1);
}

#[test]
fn an_officer_who_is_removed_counts_no_more_not_even_when_added_again() {
    let mut office = Office::new(rules(2, 0));
    let number = office.submit(ADVISER, &draft("one"));
    office.approve(DEPUTY, number).unwrap();
    let act = ClearanceOrder::RemoveOfficer {
        officer: "Deputy (example)".to_owned(),
    };
    let Ok(ClearanceReply::OfficerRemoved { voided: 1, .. }) = office.ask(act) else {
        panic!("refused")
    };
    let mut office = office.restart(0);
    office.know(DEPUTY, "Deputy");
    assert_eq!(
        office.missing(number),
        [Missing::Approvals { have: 0, need: 2 }]
    );
    // Without its submitter a draft is nobody's.
    let act = ClearanceOrder::RemoveOfficer {
        officer: "Adviser (example)".to_owned(),
    };
    office.ask(act).unwrap();
    office.approve(DEPUTY, number).unwrap();
    office.approve(CHAIR, number).unwrap();
    office.pass(DAY);
    assert_eq!(office.missing(number), [Missing::Submitter]);
    assert_eq!(office.published(), 0);
}

#[test]
fn what_was_changed_in_the_store_is_noticed() {
    let mut office = Office::new(rules(1, 0));
    let number = office.submit(ADVISER, &draft("one"));
    // Somebody puts another text under the same number, as a hand in the files of the store would.
    let other = cbor::encode(&Value::String("another text".to_owned()));
    let mut batch = Batch::new();
    batch.choose("draft-text", &number.to_be_bytes(), &other);
    office.bench.store.commit(batch).unwrap();
    let mut office = office.restart(0);
    let act = ClearanceOrder::Draft { number };
    assert_eq!(office.ask(act).unwrap_err().0, RefusalKind::Integrity);
    let by = office.word(DEPUTY, Said::Approve, (number, 1), &draft("one"), "");
    // The approval is for the text that was submitted; that one is not there any more, and nothing goes out.
    office.ask(ClearanceOrder::Approve { number, by }).unwrap();
    office.pass(DAY);
    assert_eq!(office.published(), 0);
    let problem = office.drafts()[0].problem.clone().unwrap();
    assert!(problem.contains("not the one that was kept"), "{problem}");

    // An approval that nobody signed.
    let mut office = Office::new(rules(1, 0));
    let number = office.submit(ADVISER, &draft("one"));
    let kept = office.bench.store.choice("draft", &number.to_be_bytes());
    let mut kept: serde_json::Value = serde_json::from_slice(&kept.unwrap().unwrap()).unwrap();
    kept["approvals"] = serde_json::json!([{
        "officer": {"role": "Deputy (example)", "key": hex(officer(DEPUTY).key().as_bytes())},
        "signature": "00".repeat(64),
        "rules": rules(1, 0),
        "at": 0,
    }]);
    let mut batch = Batch::new();
    batch.choose(
        "draft",
        &number.to_be_bytes(),
        &serde_json::to_vec(&kept).unwrap(),
    );
    office.bench.store.commit(batch).unwrap();
    let mut office = office.restart(0);
    office.pass(DAY);
    assert_eq!(office.published(), 0);
    assert_eq!(
        office.missing(number),
        [Missing::Approvals { have: 0, need: 1 }]
    );
}

#[test]
fn a_refusal_stops_a_draft_until_it_has_another_text() {
    let mut office = Office::new(rules(1, 0));
    let number = office.submit(ADVISER, &draft("one"));
    let (view, text) = office.text(number);
    let words = "It names a person.";
    let by = office.word(CHAIR, Said::Refuse, (number, view.version), &text, words);
    let act = |words: &str, by: &OfficerWord| ClearanceOrder::Refuse {
        number,
        words: words.to_owned(),
        by: by.clone(),
    };
    assert_eq!(
        office.ask(act("Other words.", &by)).unwrap_err().0,
        RefusalKind::Integrity
    );
    office.ask(act(words, &by)).unwrap();
    let mut office = office.restart(0);
    let (_, problem) = office.approve(DEPUTY, number).unwrap_err();
    assert!(problem.contains(words), "{problem}");
    let better = draft("one, without a name");
    let by = office.word(ADVISER, Said::Submit, (number, 1), &better, "");
    let edit = ClearanceOrder::Edit {
        number,
        draft: better,
        by: Some(by),
    };
    office.ask(edit).unwrap();
    office.approve(DEPUTY, number).unwrap();
    assert_eq!(office.published(), 1);
}

#[test]
fn drafts_are_bounded_and_the_same_text_is_kept_once() {
    let mut office = Office::new(rules(1, 0));
    office.submit(ADVISER, &draft("0"));
    let by = vec![office.word(ADVISER, Said::Submit, (0, 0), &draft("0"), "")];
    let again = ClearanceOrder::Submit {
        drafts: vec![draft("0")],
        hold: false,
        by,
    };
    let (_, problem) = office.ask(again).unwrap_err();
    assert!(problem.contains("kept already, as draft 1"), "{problem}");
    for n in 1..limits::DRAFTS_KEPT {
        office.submit(ADVISER, &draft(&n.to_string()));
    }
    let text = draft("one too many");
    let by = vec![office.word(ADVISER, Said::Submit, (0, 0), &text, "")];
    let more = ClearanceOrder::Submit {
        drafts: vec![text],
        hold: false,
        by,
    };
    let (kind, problem) = office.ask(more).unwrap_err();
    assert_eq!(kind, RefusalKind::Policy, "{problem}");
    assert_eq!(office.drafts().len(), limits::DRAFTS_KEPT);
    // A number is never given twice.
    office
        .ask(ClearanceOrder::TakeBack { number: 100 })
        .unwrap();
    let mut office = office.restart(0);
    assert_eq!(office.submit(ADVISER, &draft("another")), 101);
}

#[test]
fn what_was_acknowledged_is_there_after_a_power_cut_at_every_step() {
    let mut office = Office::new(rules(1, 10));
    let number = office.submit(ADVISER, &draft("one"));
    office = office.power_cut();
    assert_eq!(office.drafts().len(), 1);
    office.approve(DEPUTY, number).unwrap();
    office = office.power_cut();
    assert_eq!(office.missing(number), [Missing::Hold { minutes: 10 }]);
    office.pass(11 * MINUTE);
    assert_eq!(office.published(), 1);
    office = office.power_cut();
    assert_eq!((office.published(), office.drafts().len()), (1, 0));
    // Not durable, not answered: the order fails as a whole.
    let text = draft("two");
    let by = vec![office.word(ADVISER, Said::Submit, (0, 0), &text, "")];
    office.disk.set_fault(Some(Fault::DieAt(0)));
    let submit = Input::Order {
        ticket: indaba::engine::OrderTicket(1),
        order: Order::Clearance {
            act: ClearanceOrder::Submit {
                drafts: vec![text],
                hold: false,
                by,
            },
        },
    };
    let bench = &mut office.bench;
    assert!(
        bench
            .engine
            .handle(bench.now, submit, &mut bench.store)
            .is_err()
    );
    assert!(bench.engine.poll_output().is_none());
}
