//! Holding times and embargoes: nothing goes out early, whatever the clock shows.

use indaba::engine::Notice;
use indaba::engine::limits::DAY;
use indaba::engine::order::{ClearanceOrder, ClearanceReply, Missing, Order, Reply};

use crate::engine_rules::bench::draft;
use crate::engine_rules::office::{ADVISER, DEPUTY, MINUTE, Office, embargoed, rules};

/// 2026-11-23, 00:00 UTC: where the bench's clock begins.
const BEGIN: i64 = 1_795_392_000_000;

#[test]
fn the_holding_time_leaves_time_to_take_back() {
    let mut office = Office::new(rules(1, 30));
    let first = office.submit(ADVISER, &draft("one"));
    let second = office.submit(ADVISER, &draft("two"));
    for number in [first, second] {
        assert!(matches!(
            office.approve(DEPUTY, number),
            Ok(ClearanceReply::Changed { .. })
        ));
    }
    office.pass(20 * MINUTE);
    assert_eq!(office.published(), 0);
    assert_eq!(office.missing(first), [Missing::Hold { minutes: 10 }]);
    assert!(matches!(
        office.release(first, None),
        Ok(ClearanceReply::Changed { .. })
    ));
    office
        .ask(ClearanceOrder::TakeBack { number: first })
        .unwrap();
    let mut office = office.restart(0);
    assert_eq!(office.drafts().len(), 1);
    // A restart does not begin the time anew, and a clock that jumps does not end it.
    office.bench.now.wall += 400 * DAY as i64;
    office.pass(1);
    assert_eq!(office.published(), 0);
    office.pass(31 * MINUTE);
    assert_eq!((office.published(), office.drafts().len()), (1, 0));
    // Nobody asked for it at that moment, so it is said once, for whoever notes what the node does by itself.
    let key = office.bench.own.node.key();
    let id = office.bench.store.own_positions(&key).unwrap()[0].2;
    let said = |notice: &&Notice| matches!(notice, Notice::DraftPublished { .. });
    let said: Vec<&Notice> = office.bench.notices.iter().filter(said).collect();
    let expected = Notice::DraftPublished {
        number: second,
        record: Some(id.to_string()),
    };
    assert_eq!(said, [&expected]);
}

#[test]
fn an_embargo_holds_until_its_day_has_begun_everywhere() {
    let mut office = Office::new(rules(0, 0));
    let text = embargoed("one", "2026-11-26");
    let Reply::Refused(_) = office.bench.order(Order::Publish {
        drafts: vec![text.clone()],
    }) else {
        panic!("published")
    };
    let number = office.submit_unsigned(&text);
    let mut office = office.restart(0);
    // Three days, and half a day for the far west.
    office.pass(3 * DAY);
    assert_eq!(office.published(), 0);
    assert!(matches!(
        office.missing(number).as_slice(),
        [Missing::Embargo { day }] if day == "2026-11-26"
    ));
    office.pass(DAY / 2);
    assert_eq!((office.published(), office.drafts().len()), (1, 0));
    // It claims the day on which it went out.
    let key = office.bench.own.node.key();
    let id = office.bench.store.own_positions(&key).unwrap()[0].2;
    let Reply::Record(view) = office.bench.order(Order::Show { id: id.to_string() }) else {
        panic!("not held")
    };
    assert_eq!(view.line.day.as_deref(), Some("2026-11-26"));
}

#[test]
fn no_clock_makes_an_embargo_end_early() {
    // Jumps while it runs, while it is off, and again and again.
    let mut office = Office::new(rules(0, 0));
    let number = office.submit_unsigned(&embargoed("one", "2027-03-01"));
    office.bench.now.wall += 20 * 365 * DAY as i64;
    office.pass(1);
    assert_eq!(office.published(), 0);
    let mut office = office.restart(50 * 365 * DAY as i64);
    office.pass(MINUTE);
    assert!(matches!(
        office.missing(number).as_slice(),
        [Missing::Clock { day, .. }] if day == "2027-03-01"
    ));
    for _ in 0..100 {
        office.bench.now.wall -= DAY as i64;
        office.pass(MINUTE);
        office.bench.now.wall += DAY as i64;
        office.pass(MINUTE);
    }
    assert_eq!(office.published(), 0);
    // A person's word is not taken against the clock either: it must be set right first.
    let (_, problem) = office.release(number, Some("2027-03-01")).unwrap_err();
    assert!(problem.contains("clock says"), "{problem}");
    office.bench.now.wall = BEGIN + 5 * DAY as i64;
    office.pass(1);
    let (_, problem) = office.release(number, Some("2026-11-28")).unwrap_err();
    assert!(problem.contains("before 2027-03-01"), "{problem}");
    assert_eq!(office.published(), 0);
}

#[test]
fn on_a_machine_that_was_off_a_person_confirms_the_day() {
    let mut office = Office::new(rules(0, 0));
    let number = office.submit_unsigned(&embargoed("one", "2026-12-24"));
    // A month off: the clock is right, and nobody here can know.
    let mut office = office.restart(31 * DAY as i64 + DAY as i64 / 2);
    office.pass(MINUTE);
    assert_eq!(office.published(), 0);
    assert!(matches!(
        office.release(number, None),
        Ok(ClearanceReply::Changed { .. })
    ));
    let Ok(ClearanceReply::Released { .. }) = office.release(number, Some("2026-12-24")) else {
        panic!("not published")
    };
    assert_eq!(office.published(), 1);
}

#[test]
fn what_is_kept_by_hand_waits_for_an_order_also_after_an_edit() {
    let mut office = Office::new(rules(0, 0));
    let act = ClearanceOrder::Submit {
        drafts: vec![draft("one")],
        hold: true,
        by: Vec::new(),
    };
    office.ask(act).unwrap();
    let number = office.submit_unsigned(&embargoed("two", "2027-03-01"));
    for (number, text) in [(1, draft("one, better")), (number, draft("two, now"))] {
        let edit = ClearanceOrder::Edit {
            number,
            draft: text,
            by: None,
        };
        office.ask(edit).unwrap();
        office = office.restart(0);
        office.pass(DAY);
        assert_eq!(office.missing(number), [Missing::Release]);
    }
    assert_eq!(office.published(), 0);
    for released in [1, number] {
        assert!(matches!(
            office.release(released, None),
            Ok(ClearanceReply::Released { .. })
        ));
    }
    assert_eq!(office.published(), 2);
}

#[test]
fn a_copy_of_the_folder_publishes_nothing_by_itself() {
    let mut office = Office::new(rules(1, 30));
    let number = office.submit(ADVISER, &draft("one"));
    office.approve(DEPUTY, number).unwrap();
    office.settings.is_copy = true;
    let mut office = office.restart(0);
    office.pass(DAY);
    assert_eq!(office.missing(number), [Missing::Copy]);
    assert_eq!(office.published(), 0);
    office.settings.is_copy = false;
    let mut office = office.restart(0);
    office.pass(1);
    assert_eq!(office.published(), 1);
}
