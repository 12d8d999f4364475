//! A founding from public files to a finished institution, and what must be refused on the way.

#![allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

use std::collections::BTreeMap;

use indaba_protocol::{Day, Key, NetworkName, SigningKey, Value};

use super::armour::{self, Kind};
use super::{CeremonyFault, Founding, OfficerCard, Proposal, Roles, Settled};

/// Root and reserve key of one officer.
pub(super) struct Officer {
    pub(super) root: SigningKey,
    pub(super) reserve: SigningKey,
    pub(super) card: OfficerCard,
}

pub(super) fn officer(number: u8) -> Officer {
    let root = SigningKey::from_seed(&[number; 32]);
    let reserve = SigningKey::from_seed(&[number + 100; 32]);
    Officer {
        card: OfficerCard {
            network: network(),
            role: format!("Officer {number} (example)"),
            root: root.key(),
            reserve: reserve.key().digest(),
        },
        root,
        reserve,
    }
}

pub(super) fn officers() -> Vec<Officer> {
    (1..=5).map(officer).collect()
}

fn network() -> NetworkName {
    NetworkName::parse("test.example").unwrap()
}

pub(super) fn node(number: u8) -> Key {
    SigningKey::from_seed(&[200 + number; 32]).key()
}

pub(super) fn founding(officers: &[Officer], threshold: u64) -> Founding {
    let text = |text: &str| Value::String(text.to_owned());
    Founding {
        network: network(),
        officers: officers.iter().map(|o| o.card.clone()).collect(),
        threshold,
        reserve_threshold: threshold,
        node: node(0),
        profile: Value::Map(BTreeMap::from([
            ("name".to_owned(), text("Ministry of Peace (example)")),
            ("kind".to_owned(), text("ministry")),
            ("lang".to_owned(), text("en")),
            ("listed".to_owned(), Value::Bool(true)),
        ])),
        day: Day::from_ymd(2026, 11, 25).unwrap(),
    }
}

pub(super) fn signed(proposal: &Proposal, key: &SigningKey) -> Proposal {
    let mut copy = Proposal::read(&proposal.to_text()).unwrap();
    assert!(copy.sign(key).unwrap());
    Proposal::read(&copy.to_text()).unwrap()
}

/// An institution of five, three of whom signed.
pub(super) fn founded(officers: &[Officer]) -> Settled {
    let mut proposal = founding(officers, 3).propose().unwrap();
    for officer in &officers[..3] {
        proposal.sign(&officer.root).unwrap();
    }
    proposal.finish().unwrap()
}

#[test]
fn three_of_five_found_an_institution_in_whatever_order_they_are_combined() {
    let officers = officers();
    let proposal = founding(&officers, 3).propose().unwrap();
    let copies: Vec<Proposal> = officers
        .iter()
        .map(|officer| signed(&proposal, &officer.root))
        .collect();
    let mut results = Vec::new();
    for a in 0..5 {
        for b in 0..5 {
            for c in 0..5 {
                let mut together = copies[a].clone();
                together.merge(&copies[b]).unwrap();
                together.merge(&copies[c]).unwrap();
                let distinct = a != b && b != c && a != c;
                match together.finish() {
                    Ok(settled) => {
                        assert!(distinct, "{a} {b} {c}");
                        assert_eq!(settled.institution(), proposal.institution());
                        assert_eq!(settled.chain().version(), 1);
                        let back = Settled::read(&settled.to_text()).unwrap();
                        assert_eq!(back.institution(), settled.institution());
                        results.push((
                            [a, b, c].iter().fold(0, |set, i| set | 1 << i),
                            settled.to_text(),
                        ));
                    }
                    Err(CeremonyFault::Unfinished(_)) => assert!(!distinct, "{a} {b} {c}"),
                    Err(other) => panic!("{other}"),
                }
            }
        }
    }
    // Whoever combines in whatever order gets the same file.
    let mut by_set = BTreeMap::new();
    for (set, text) in results {
        assert_eq!(*by_set.entry(set).or_insert_with(|| text.clone()), text);
    }
    assert_eq!(by_set.len(), 10);
}

#[test]
fn a_draft_is_not_taken_for_an_institution_nor_the_other_way_round() {
    let officers = officers();
    let mut proposal = founding(&officers, 3).propose().unwrap();
    for officer in &officers {
        proposal.sign(&officer.root).unwrap();
    }
    // Signed by all, it is still a draft until it is combined.
    assert!(matches!(
        Settled::read(&proposal.to_text()),
        Err(CeremonyFault::Kind { .. })
    ));
    let settled = proposal.finish().unwrap().to_text();
    assert!(matches!(
        Proposal::read(&settled),
        Err(CeremonyFault::Kind { .. })
    ));
    // Nor by writing the other word in front of it.
    let renamed = proposal
        .to_text()
        .replacen("indaba-proposal", "indaba-institution", 1);
    assert!(Settled::read(&renamed).is_err());
}

#[test]
fn words_that_do_not_fit_the_content_are_refused() {
    let officers = officers();
    let text = founding(&officers, 3).propose().unwrap().to_text();
    Proposal::read(&text).unwrap();
    for (true_words, false_words) in [
        ("any 3 of 5 root keys", "any 5 of 5 root keys"),
        ("Officer 1 (example)", "Officer 9 (example)"),
        ("\"ministry\"", "\"judiciary\""),
        ("DRAFT. Nothing", "FINAL. Everything"),
    ] {
        assert!(text.contains(true_words), "{true_words}\n{text}");
        let changed = text.replacen(true_words, false_words, 1);
        assert!(
            matches!(Proposal::read(&changed), Err(CeremonyFault::Words)),
            "{false_words}"
        );
    }
}

#[test]
fn hostile_content_is_refused_and_nothing_panics() {
    let officers = officers();
    let text = founding(&officers, 3).propose().unwrap().to_text();
    let bytes = armour::read(Kind::Proposal, &text).unwrap();
    // The content changed in a bit here or there, with a number at the end that fits: only the content itself can tell.
    for at in (0..bytes.len()).step_by(3) {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1 << (at % 8);
        let forged = armour::write(Kind::Proposal, &[], &bytes);
        assert!(Proposal::read(&forged).is_err(), "at {at}");
    }
}

#[test]
fn a_stranger_cannot_sign_and_twice_is_once() {
    let officers = officers();
    let mut proposal = founding(&officers, 3).propose().unwrap();
    let stranger = SigningKey::from_seed(&[77; 32]);
    assert!(matches!(
        proposal.sign(&stranger),
        Err(CeremonyFault::Stranger)
    ));
    // Whoever holds a reserve key has no say in the founding either.
    assert!(matches!(
        proposal.sign(&officers[0].reserve),
        Err(CeremonyFault::Stranger)
    ));
    assert!(proposal.sign(&officers[0].root).unwrap());
    assert!(!proposal.sign(&officers[0].root).unwrap());
    assert_eq!(proposal.needs()[0].signed, 1);
}

#[test]
fn copies_of_different_proposals_do_not_combine() {
    let officers = officers();
    let mut one = founding(&officers, 3).propose().unwrap();
    for threshold in [2, 4] {
        let other = founding(&officers, threshold).propose().unwrap();
        assert!(matches!(one.merge(&other), Err(CeremonyFault::Different)));
    }
    let same = founding(&officers, 3).propose().unwrap();
    one.merge(&same).unwrap();
}

#[test]
fn keys_and_thresholds_that_make_no_sense_are_refused() {
    let refused = |change: &dyn Fn(&mut Founding)| {
        let mut founding = founding(&officers(), 3);
        change(&mut founding);
        match founding.propose() {
            Err(CeremonyFault::Rule { problem, .. }) => problem,
            other => panic!("{other:?}"),
        }
    };
    let twice = refused(&|f| f.officers[1].root = f.officers[0].root);
    assert!(twice.contains("stands in another place"), "{twice}");
    let both = refused(&|f| f.officers[1].reserve = f.officers[0].root.digest());
    assert!(both.contains("stands in another place"), "{both}");
    let reserve = refused(&|f| f.officers[1].reserve = f.officers[0].reserve);
    assert!(reserve.contains("stands in another place"), "{reserve}");
    let role = refused(&|f| f.officers[1].role = f.officers[0].role.clone());
    assert!(role.contains("two officers"), "{role}");
    for threshold in [0, 6, u64::MAX] {
        let none = refused(&|f| f.threshold = threshold);
        assert!(none.contains("--threshold"), "{none}");
        let none = refused(&|f| f.reserve_threshold = threshold);
        assert!(none.contains("--reserve-threshold"), "{none}");
    }
    let network = refused(&|f| f.network = NetworkName::default());
    assert!(network.contains("network"), "{network}");
    let nobody = refused(&|f| f.officers.clear());
    assert!(nobody.contains("0 officers"), "{nobody}");
    let node = refused(&|f| f.node = f.officers[2].root);
    assert!(node.contains("node key"), "{node}");
    // Negative control: unchanged, it is taken.
    founding(&officers(), 3).propose().unwrap();
}

#[test]
fn the_words_name_every_key_by_the_office_that_holds_it() {
    let officers = officers();
    let proposal = founding(&officers, 3).propose().unwrap();
    let told = proposal.told().join("\n");
    for officer in &officers {
        let root = format!("{}  {}", officer.card.root, officer.card.role);
        let reserve = format!("{}  {}", officer.card.reserve.short(), officer.card.role);
        assert!(told.contains(&root) && told.contains(&reserve), "{told}");
    }
    assert!(told.contains("any 3 of 5 root keys decide"), "{told}");
    assert!(told.contains(&node(0).to_string()), "{told}");
    // What everybody gets names no office.
    let settled = founded(&officers);
    assert!(!settled.to_text().contains("Officer 1"));
    assert!(
        settled
            .told(&Roles::default())
            .join("\n")
            .contains("any 3 of 5")
    );
}
