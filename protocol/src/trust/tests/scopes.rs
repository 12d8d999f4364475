//! How far words reach.

use super::*;

fn of(kind: &str, feed: &str) -> Matter {
    Matter::Of {
        kind: kind.to_owned(),
        feed: feed.parse().unwrap(),
    }
}

#[test]
fn a_word_for_one_region_does_not_reach_another() {
    let ecowas = |by| Vouch {
        scope: Scope::region("ecowas"),
        ..vouch(by, 9, false)
    };
    let mut web = web(&anchored(3), vec![ecowas(0), vouch(1, 9, false)]);
    assert_eq!(web.acceptance(&id(9)), Acceptance::Limited);
    assert!(web.accepts(&id(9), &of("practice", "region:ecowas")));
    assert!(!web.accepts(&id(9), &of("practice", "region:sadc")));
    let changes = web.add(vouch(2, 9, false));
    assert_eq!(changes[0].after, Acceptance::Everywhere);
    assert!(web.accepts(&id(9), &of("practice", "region:sadc")));
}

#[test]
fn a_list_of_kinds_leaves_revisions_and_withdrawals() {
    let scope = Scope {
        feeds: None,
        kinds: words(&["practice"]),
    };
    assert!(scope.covers(&of("practice", "theme:trj")));
    assert!(scope.covers(&of("withdrawal", "theme:trj")));
    assert!(scope.covers(&of("revision", "theme:trj")));
    assert!(!scope.covers(&of("lesson", "theme:trj")));
    assert!(!scope.covers(&Matter::Every));
    assert!(scope.covers(&Matter::Any));
}

#[test]
fn an_empty_list_lets_nothing_through() {
    let scope = Scope {
        feeds: words(&[]),
        kinds: None,
    };
    assert!(!scope.covers(&of("practice", "theme:trj")));
}

#[test]
fn what_both_let_through() {
    let scope = |feeds: &[&str]| Scope {
        feeds: words(feeds),
        kinds: None,
    };
    let both =
        scope(&["region:*", "topic:water"]).and(&scope(&["region:sadc", "topic:*", "theme:trj"]));
    assert_eq!(both, scope(&["region:sadc", "topic:water"]));
    assert_eq!(scope(&["a:b"]).and(&Scope::default()), scope(&["a:b"]));
    assert_eq!(scope(&["a:b"]).and(&scope(&["a:c"])), scope(&[]));
}
