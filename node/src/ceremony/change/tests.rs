//! States after the first: who must sign what, and what cannot be slipped in.

#![allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

use std::collections::BTreeMap;

use indaba_protocol::institution::{CutEntry, CutReason};
use indaba_protocol::{
    ChainFault, Cut, CutList, Day, FeedName, Gathering, Id, SigningKey, Value, cbor,
};

use super::super::armour::{self, Kind};
use super::super::proposal::Parts;
use super::super::tests::{Officer, founded, node, officer, officers, signed};
use super::super::{CeremonyFault, OfficerCard, Proposal, Roles, Settled};
use super::Change;

fn day() -> Day {
    Day::from_ymd(2026, 12, 1).unwrap()
}

fn sign_all<'a>(proposal: &Proposal, keys: impl IntoIterator<Item = &'a SigningKey>) -> Proposal {
    let mut together = proposal.clone();
    for key in keys {
        together.merge(&signed(proposal, key)).unwrap();
    }
    together
}

fn roots(officers: &[Officer]) -> impl Iterator<Item = &SigningKey> {
    officers.iter().map(|officer| &officer.root)
}

fn reserves(officers: &[Officer]) -> impl Iterator<Item = &SigningKey> {
    officers.iter().map(|officer| &officer.reserve)
}

/// The cards after the first `count` officers brought their reserve into force, each with a new key in reserve.
fn promoted(officers: &[Officer], count: usize) -> Vec<OfficerCard> {
    officers
        .iter()
        .enumerate()
        .map(|(place, officer)| {
            let mut card = officer.card.clone();
            if place < count {
                card.root = officer.reserve.key();
                card.reserve = SigningKey::from_seed(&[150 + place as u8; 32])
                    .key()
                    .digest();
            }
            card
        })
        .collect()
}

fn rotation(officers: &[Officer], count: usize) -> Result<Proposal, CeremonyFault> {
    let mut change = Change::begin(founded(officers), day()).unwrap();
    change.rotate(&promoted(officers, count), 3, 3)?;
    change.propose()
}

fn renamed(base: &Settled) -> Proposal {
    let mut change = Change::begin(base.clone(), day()).unwrap();
    let name = Value::String("Ministry of Concord (example)".into());
    change.profile("name", Some(name)).unwrap();
    change.propose().unwrap()
}

#[test]
fn an_update_needs_the_keys_in_force_and_says_what_it_changes_and_nothing_else() {
    let officers = officers();
    let base = founded(&officers);
    let mut change = Change::begin(base.clone(), day()).unwrap();
    change.note_officers(&officers.iter().map(|o| o.card.clone()).collect::<Vec<_>>());
    change.delegate(node(1), None, Some(day())).unwrap();
    let name = Value::String("Ministry of Concord (example)".into());
    change.profile("name", Some(name)).unwrap();
    change
        .succession("merged-into", Some(Id::of(b"other")))
        .unwrap();
    let proposal = change.propose().unwrap();
    let told = proposal.told();
    for part in [
        "name was: \"Ministry of Peace (example)\" and becomes: \"Ministry of Concord (example)\"",
        &format!(
            "node key {} may sign records of every kind, in every feed; it is meant to be replaced by 2026-12-01",
            node(1)
        ),
        "it has a new name since 2026-12-01",
        &format!(
            "it merged into institution {} on 2026-12-01",
            Id::of(b"other")
        ),
    ] {
        assert!(told.iter().any(|line| line == part), "{part}\n{told:#?}");
    }
    assert_eq!(told.len(), 7, "{told:#?}");

    assert!(matches!(
        sign_all(&proposal, roots(&officers[..2])).finish(),
        Err(CeremonyFault::Unfinished(_))
    ));
    // A reserve key has no say in an update.
    let mut copy = proposal.clone();
    assert!(matches!(
        copy.sign(&officers[0].reserve),
        Err(CeremonyFault::Stranger)
    ));
    let settled = sign_all(&proposal, roots(&officers[1..4]))
        .finish()
        .unwrap();
    assert_eq!(settled.chain().version(), 2);
    let back = Settled::read(&settled.to_text()).unwrap();
    assert_eq!(back.history()[1].told.len(), 4);
    assert!(
        back.told(&Roles::default())
            .join("\n")
            .contains("Ministry of Concord")
    );
}

#[test]
fn a_rotation_needs_old_keys_new_keys_and_the_reserve() {
    let officers = officers();
    let proposal = rotation(&officers, 3).unwrap();
    assert_eq!(proposal.needs().len(), 3);
    // Whoever stole all of today's root keys cannot rotate.
    assert!(matches!(
        sign_all(&proposal, roots(&officers)).finish(),
        Err(CeremonyFault::Unfinished(_))
    ));
    // Whoever found the reserve cannot either.
    assert!(matches!(
        sign_all(&proposal, reserves(&officers[..3])).finish(),
        Err(CeremonyFault::Unfinished(_))
    ));
    let keys = roots(&officers[..3]).chain(reserves(&officers[..3]));
    let settled = sign_all(&proposal, keys).finish().unwrap();
    assert_eq!(settled.institution(), founded(&officers).institution());
    // From now on the old keys decide nothing.
    let next = renamed(&settled);
    let mut copy = next.clone();
    assert!(matches!(
        copy.sign(&officers[0].root),
        Err(CeremonyFault::Stranger)
    ));
    let keys = reserves(&officers[..2]).chain(roots(&officers[4..]));
    assert_eq!(sign_all(&next, keys).finish().unwrap().chain().version(), 3);
}

#[test]
fn two_lost_reserve_keys_block_no_rotation_and_three_do() {
    let officers = officers();
    assert!(rotation(&officers, 3).is_ok());
    match rotation(&officers, 2) {
        Err(CeremonyFault::Rule { problem, .. }) => {
            assert!(
                problem.contains("2 of the new root keys were held in reserve"),
                "{problem}"
            );
        }
        other => panic!("{other:?}"),
    }
    // A new officer with keys nobody knew of may join, as long as enough come from the reserve.
    let mut change = Change::begin(founded(&officers), day()).unwrap();
    let mut cards = promoted(&officers, 3);
    cards[4] = officer(9).card;
    change.rotate(&cards, 4, 2).unwrap();
    change.propose().unwrap();
}

fn list(base: &Settled, feed: &FeedName, seq: u64) -> indaba_protocol::Verified<CutList> {
    CutList {
        institution: base.institution(),
        key: node(0),
        feeds: vec![CutEntry {
            feed: feed.hash(),
            seq,
            last: Id::of(b"record"),
        }],
        adopted: Vec::new(),
        day: day(),
    }
    .state(&base.network().id())
    .unwrap()
}

fn cut(base: &Settled, seq: u64) -> Change {
    let feed: FeedName = "region:ecowas".parse().unwrap();
    let list = list(base, &feed, seq);
    let mut change = Change::begin(base.clone(), day()).unwrap();
    let cut = Cut {
        key: node(0),
        reason: CutReason::Compromised,
        list: Some(list.id()),
    };
    change.cut(cut, Some(list), vec![feed]).unwrap();
    change
}

#[test]
fn a_cut_is_told_by_feed_and_a_key_that_was_cut_never_comes_back() {
    let officers = officers();
    let base = founded(&officers);
    let proposal = cut(&base, 12).propose().unwrap();
    let told = proposal.told().join("\n");
    assert!(
        told.contains(&format!("node key {} is cut (compromised", node(0))),
        "{told}"
    );
    assert!(told.contains("region:ecowas up to #12"), "{told}");
    let settled = sign_all(&proposal, roots(&officers[..3])).finish().unwrap();
    assert_eq!(settled.lists().len(), 1);
    Settled::read(&settled.to_text()).unwrap();
    let mut again = Change::begin(settled, day()).unwrap();
    assert!(matches!(
        again.delegate(node(0), None, None),
        Err(CeremonyFault::Rule { .. })
    ));
}

#[test]
fn nothing_travels_beside_a_draft_that_it_does_not_name() {
    let officers = officers();
    let base = founded(&officers);
    let feed: FeedName = "region:ecowas".parse().unwrap();
    // Another list than the one named, one too many, or none.
    for lists in [
        vec![list(&base, &feed, 13)],
        vec![list(&base, &feed, 12), list(&base, &feed, 13)],
        vec![],
    ] {
        let mut change = cut(&base, 12);
        change.lists = lists;
        change.feeds.clear();
        assert!(matches!(change.propose(), Err(CeremonyFault::Content(_))));
    }
    let mut change = cut(&base, 12);
    change.feeds.push("theme:trj".parse().unwrap());
    assert!(matches!(change.propose(), Err(CeremonyFault::Content(_))));
    // Negative control.
    cut(&base, 12).propose().unwrap();
}

#[test]
fn a_field_that_cannot_be_shown_is_not_signed() {
    let officers = officers();
    let base = founded(&officers);
    let net = base.network().id();
    let honest = renamed(&base);
    let file = armour::read(Kind::Proposal, &honest.to_text()).unwrap();
    let Ok(Value::Map(file)) = cbor::decode(&file) else {
        panic!("no file");
    };
    let Some(Value::List(drafts)) = file.get("drafts") else {
        panic!("no drafts");
    };
    let Value::Bytes(draft) = &drafts[0] else {
        panic!("no draft");
    };
    let Ok(Value::List(envelope)) = cbor::decode(draft) else {
        panic!("no envelope");
    };
    let Value::Bytes(payload) = &envelope[0] else {
        panic!("no payload");
    };
    let Ok(Value::Map(mut map)) = cbor::decode(payload) else {
        panic!("no map");
    };
    let forge = |map: BTreeMap<String, Value>| {
        let payload = cbor::encode(&Value::Map(map));
        let bytes = cbor::encode(&Value::List(vec![
            Value::Bytes(payload),
            Value::List(vec![]),
        ]));
        Proposal::new(Parts {
            network: base.network().clone(),
            base: Some(base.chain().clone()),
            inception: None,
            state: Gathering::open(&net, &bytes).unwrap(),
            lists: Vec::new(),
            feeds: Vec::new(),
            roles: Roles::default(),
        })
    };
    // Negative control: unchanged, it is taken.
    assert_eq!(forge(map.clone()).unwrap().id(), honest.id());
    map.insert("secret".into(), Value::Bool(true));
    assert!(matches!(forge(map.clone()), Err(CeremonyFault::Unknown(_))));
    map.remove("secret");
    for (version, fault) in [(1, ChainFault::Prev), (3, ChainFault::Prev)] {
        map.insert("version".into(), Value::Integer(version));
        match forge(map.clone()) {
            Err(CeremonyFault::Chain(found)) => assert_eq!(found, fault),
            other => panic!("{other:?}"),
        }
    }
    map.insert("version".into(), Value::Integer(2));
    map.insert("delegations".into(), Value::List(vec![]));
    assert!(matches!(
        forge(map),
        Err(CeremonyFault::Chain(ChainFault::Delegation))
    ));
}

#[test]
fn a_change_of_nothing_is_no_change() {
    let change = Change::begin(founded(&officers()), day()).unwrap();
    assert!(matches!(change.propose(), Err(CeremonyFault::Rule { .. })));
}
