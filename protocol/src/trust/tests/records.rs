//! Which records count, on signed ones.

use super::*;
use crate::bytes::{Value, build};
use crate::institution::{CutEntry, CutList};
use crate::lane::{FeedName, Lane};
use crate::limits;
use crate::record::{Header, Link, Part, RecordDraft};
use crate::scene::{FEED, Scene, net};
use crate::statement::{Verified, VerifiedStatement};
use crate::verdict::{Held, Verdict, VoidReason};
use crate::{Day, Evidence};
use std::collections::BTreeMap;

type Fields = Vec<(&'static str, Value)>;
type Said = (Verified<Header>, Option<Value>);

/// What an institution's machine says in `registry`, one record after the other.
struct Registry {
    scene: Scene,
    said: Vec<Said>,
}

impl Registry {
    fn new(number: u8) -> Registry {
        Registry {
            scene: Scene::new(number),
            said: Vec::new(),
        }
    }

    fn say(&mut self, kind: &str, links: &[(&str, Id)], body: Fields) -> Id {
        let last = self.said.last().map(|(record, _)| record.id());
        let seq = self.said.len() as u64 + 1;
        self.say_at("registry", seq, last, kind, links, body)
    }

    fn say_at(
        &mut self,
        feed: &str,
        seq: u64,
        prev: Option<Id>,
        kind: &str,
        links: &[(&str, Id)],
        body: Fields,
    ) -> Id {
        let body = Value::Map(body.into_iter().map(|(k, v)| (k.to_owned(), v)).collect());
        let link = |(rel, target): &(&str, Id)| Link {
            rel: (*rel).to_owned(),
            target: *target,
        };
        let draft = RecordDraft {
            institution: self.scene.id(),
            state: self.scene.first.id(),
            kind: kind.into(),
            lanes: vec![Lane {
                feed: feed.parse().unwrap(),
                seq,
                prev,
            }],
            links: links.iter().map(link).collect(),
            lang: "en".into(),
            marking: "clear".into(),
            day: Day::from_ymd(2026, 1, 5),
            card: Part::seal([1; 16], &build::map([])),
            body: Part::seal([2; 16], &body),
        };
        let item = draft.sign(&self.scene.machine, &net()).unwrap();
        let record = item.record().unwrap().clone();
        let id = record.id();
        self.said.push((record, Some(body)));
        id
    }

    fn vouch(&mut self, subject: u32) -> Id {
        self.say("vouch", &[], about(subject))
    }

    fn records(&self) -> BTreeMap<Id, Said> {
        self.said.iter().map(|s| (s.0.id(), s.clone())).collect()
    }

    /// Nobody accepted.
    fn held(&self, more: &[&VerifiedStatement]) -> Held {
        let mut held = self.scene.unaccepted(more);
        for (record, _) in &self.said {
            held.hold(record.clone().into());
        }
        held
    }

    fn reads(&self, more: &[&VerifiedStatement]) -> (Testimony, BTreeMap<Id, NotCounted>) {
        Testimony::of(&self.records(), &self.held(more))
    }
}

fn about(subject: u32) -> Fields {
    vec![
        ("subject", build::id(&id(subject))),
        ("level", build::text("known")),
        ("depth", build::uint(1)),
    ]
}

fn regions(codes: &[&str]) -> Value {
    build::map([("regions", build::list(codes, |code| build::text(code)))])
}

#[test]
fn a_vouch_reads_as_it_was_written() {
    let mut registry = Registry::new(1);
    let mut fields = about(9);
    fields.push(("scope", regions(&["ecowas", "m49:011"])));
    fields.push(("expires", build::text("2028-12-31")));
    let record = registry.say("vouch", &[], fields);
    let (testimony, not_counted) = registry.reads(&[]);
    assert_eq!(not_counted, BTreeMap::new());
    let expected = Vouch {
        id: record,
        voucher: registry.scene.id(),
        subject: id(9),
        level: Level::Known,
        introduces: true,
        scope: Scope {
            feeds: words(&["region:ecowas", "region:m49:011"]),
            kinds: None,
        },
        day: Day::from_ymd(2026, 1, 5),
        expires: Day::from_ymd(2028, 12, 31),
        evidence: None,
    };
    assert_eq!(
        testimony.vouches,
        [expected],
        "though nobody is accepted here"
    );
}

#[test]
fn a_field_that_matters_and_does_not_read_makes_it_count_for_nothing() {
    let faults: [(&str, &'static str, Value); 5] = [
        ("level", "level", build::text("friend")),
        ("depth", "depth", build::uint(2)),
        ("subject", "subject", build::text("9")),
        ("scope", "scope", build::text("ecowas")),
        ("scope", "scope", regions(&["ECOWAS"])),
    ];
    for (field, fault, value) in faults {
        let mut registry = Registry::new(1);
        let mut fields = about(9);
        fields.retain(|(name, _)| *name != field);
        fields.push((field_name(field), value));
        let record = registry.say("vouch", &[], fields);
        let (testimony, not_counted) = registry.reads(&[]);
        assert_eq!(testimony.vouches, []);
        assert_eq!(not_counted[&record], NotCounted::Field(fault));
    }
    let mut registry = Registry::new(1);
    let record = registry.vouch(9);
    registry.said[0].1 = None;
    assert_eq!(
        registry.reads(&[]).1[&record],
        NotCounted::Field("body"),
        "not held"
    );
}

fn field_name(name: &str) -> &'static str {
    ["level", "depth", "subject", "scope"]
        .into_iter()
        .find(|n| *n == name)
        .unwrap()
}

#[test]
fn a_withdrawn_vouch_counts_no_longer_and_comes_back_when_the_withdrawal_is_cut() {
    let mut registry = Registry::new(1);
    let vouch = registry.vouch(9);
    let reason = vec![("reason", build::text("error"))];
    let withdrawal = registry.say("withdrawal", &[("withdraws", vouch)], reason);
    let (testimony, not_counted) = registry.reads(&[]);
    assert_eq!(testimony.vouches, []);
    assert_eq!(not_counted[&vouch], NotCounted::Withdrawn(withdrawal));

    // The key was stolen before the withdrawal: the vouch is the last good record.
    let list = CutList {
        institution: registry.scene.id(),
        key: registry.scene.machine.key(),
        feeds: vec![CutEntry {
            feed: FeedName::registry().hash(),
            seq: 1,
            last: vouch,
        }],
        adopted: vec![],
        day: Day::FIRST,
    };
    let list: VerifiedStatement = list.state(&net()).unwrap().into();
    let cutting = registry.scene.cutting(Some(list.id()));
    let (testimony, _) = registry.reads(&[&cutting, &list]);
    assert_eq!(testimony.vouches.len(), 1);

    let everything = registry.scene.cutting(None);
    let (_, not_counted) = registry.reads(&[&everything]);
    let void = NotCounted::Verdict(Verdict::Void(VoidReason::Cut));
    assert_eq!(not_counted[&vouch], void, "a cut that leaves nothing");
}

#[test]
fn a_revision_takes_the_place_of_what_it_revises() {
    let mut registry = Registry::new(1);
    let first = registry.vouch(9);
    let mut fields = about(9);
    fields.push(("revised_kind", build::text("vouch")));
    fields.push(("scope", regions(&["sadc"])));
    let second = registry.say("revision", &[("revises", first)], fields);
    let (testimony, not_counted) = registry.reads(&[]);
    assert_eq!(not_counted[&first], NotCounted::Revised(second));
    assert_eq!(testimony.vouches[0].id, second);
    assert_eq!(testimony.vouches[0].scope, Scope::region("sadc"));
}

#[test]
fn nobody_withdraws_for_another() {
    let (mut one, mut other) = (Registry::new(1), Registry::new(2));
    let vouch = one.vouch(9);
    let reason = vec![("reason", build::text("other"))];
    other.say("withdrawal", &[("withdraws", vouch)], reason);
    let mut held = one.held(&[&other.scene.inception, &other.scene.first]);
    held.hold(other.said[0].0.clone().into());
    let mut records = one.records();
    records.extend(other.records());
    assert_eq!(Testimony::of(&records, &held).0.vouches.len(), 1);
}

#[test]
fn a_contested_vouch_counts_for_nothing() {
    let mut registry = Registry::new(1);
    let one = registry.say_at("registry", 1, None, "vouch", &[], about(9));
    let other = registry.say_at("registry", 1, None, "vouch", &[], about(8));
    let (testimony, not_counted) = registry.reads(&[]);
    assert_eq!(testimony.vouches, []);
    for record in [one, other] {
        assert_eq!(
            not_counted[&record],
            NotCounted::Verdict(Verdict::Contested)
        );
    }
}

#[test]
fn outside_registry_nothing_counts() {
    let mut registry = Registry::new(1);
    let record = registry.say_at(FEED, 1, None, "vouch", &[], about(9));
    let (_, not_counted) = registry.reads(&[]);
    assert_eq!(not_counted[&record], NotCounted::NotInRegistry);
}

#[test]
fn a_charter_and_its_cosigning_read_as_they_were_written() {
    let mut registry = Registry::new(1);
    let stewards = [registry.scene.id(), id(7)];
    let admission = build::map([("state", build::uint(2)), ("cso", build::uint(1))]);
    let charter = registry.say(
        "charter",
        &[],
        vec![
            ("region", build::text("ecowas")),
            ("stewards", build::list(&stewards, build::id)),
            ("threshold", build::uint(1)),
            ("admission", admission),
        ],
    );
    let stance = |stance| vec![("stance", build::text(stance))];
    let cosign = registry.say("response", &[("responds-to", charter)], stance("cosign"));
    registry.say("response", &[("responds-to", charter)], stance("contest"));
    let (testimony, not_counted) = registry.reads(&[]);
    assert_eq!(not_counted, BTreeMap::new());
    let expected = Charter {
        id: charter,
        signer: registry.scene.id(),
        name: "ecowas".into(),
        scope: Scope::region("ecowas"),
        stewards: stewards.into(),
        threshold: 1,
        admission: Admission { state: 2, civil: 1 },
    };
    assert_eq!(testimony.charters, [expected]);
    assert_eq!(testimony.cosigns, [(cosign, registry.scene.id(), charter)]);
}

#[test]
fn a_record_is_accepted_when_its_institution_is_in_all_its_matters() {
    let scene = Scene::new(1);
    let record = |kind, feeds: &[&str]| scene.record(&scene.machine, kind, feeds, &[]);
    let mut web = Web::new(anchored(2), Testimony::default()).unwrap();
    for by in 0..2 {
        let mut vouch = vouch(by, 9, by == 0);
        vouch.subject = scene.id();
        vouch.scope = Scope::region("ecowas");
        if by == 1 {
            assert_eq!(web.acceptance(&scene.id()), Acceptance::Heard);
            assert!(web.accepts_record(&record("vouch", &["registry"])));
            assert!(!web.accepts_record(&record("charter", &["registry"])));
            assert!(!web.accepts_record(&record("vouch", &["region:ecowas"])));
        }
        web.add(vouch);
    }
    assert_eq!(web.acceptance(&scene.id()), Acceptance::Limited);
    for (feeds, accepted) in [
        (&["region:ecowas"][..], true),
        (&["region:ecowas", "theme:trj"], true),
        (&["region:ecowas", "region:sadc"], false),
        (&["theme:trj"], false),
        (&["registry"], true),
    ] {
        assert_eq!(
            web.accepts_record(&record("practice", feeds)),
            accepted,
            "{feeds:?}"
        );
    }
}

/// The verdict asks about the record, not only about its institution.
#[test]
fn an_institution_accepted_for_one_region_is_quarantined_in_another() {
    struct Here(Held, Web);
    impl Evidence for Here {
        fn chain(&self, i: &Id) -> Option<std::sync::Arc<crate::Chain>> {
            self.0.chain(i)
        }
        fn cut_list(&self, i: &Id) -> Option<std::sync::Arc<CutList>> {
            self.0.cut_list(i)
        }
        fn place(&self, r: &Id, f: &FeedName) -> Option<Option<crate::verdict::LanePlace>> {
            self.0.place(r, f)
        }
        fn at_position(&self, i: &Id, k: &crate::Key, f: &FeedName, s: u64) -> Vec<Id> {
            self.0.at_position(i, k, f, s)
        }
        fn proof_at(&self, i: &Id, k: &crate::Key, f: &FeedName, s: u64) -> bool {
            self.0.proof_at(i, k, f, s)
        }
        fn follows(&self, f: &FeedName) -> bool {
            self.0.follows(f)
        }
        fn accepts(&self, i: &Id) -> bool {
            self.1.accepts(i, &Matter::Any)
        }
        fn accepts_record(&self, record: &Header) -> bool {
            self.1.accepts_record(record)
        }
        fn vouched(&self, i: &Id) -> bool {
            self.1.is_vouched(i)
        }
    }
    let scene = Scene::new(1);
    let mut words = Vec::new();
    for by in 0..2 {
        let mut vouch = vouch(by, 9, false);
        vouch.subject = scene.id();
        vouch.scope = Scope::region("ecowas");
        words.push(vouch);
    }
    let here = Here(scene.unaccepted(&[]), web(&anchored(2), words));
    let judge = |feed| {
        let record = scene.record(&scene.machine, "practice", &[feed], &[]);
        crate::judge(&record, &here)
    };
    assert_eq!(judge("region:ecowas"), Verdict::Valid);
    assert_eq!(judge("region:sadc"), Verdict::Quarantined);
    assert!(here.vouched(&scene.id()));
}

#[test]
fn of_one_institution_no_more_words_are_looked_at_than_the_bound_and_always_the_same() {
    let scene = Scene::new(1);
    let registry: FeedName = "registry".parse().unwrap();
    let body = Value::Map(
        about(9)
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v))
            .collect(),
    );
    let mut records: BTreeMap<Id, Said> = BTreeMap::new();
    let mut held = scene.unaccepted(&[]);
    for seq in 1..=limits::WORDS as u64 + 3 {
        let draft = RecordDraft {
            institution: scene.id(),
            state: scene.first.id(),
            kind: "vouch".into(),
            lanes: vec![Lane {
                feed: registry.clone(),
                seq,
                prev: (seq > 1).then(|| id(1)),
            }],
            links: vec![],
            lang: "en".into(),
            marking: "clear".into(),
            day: None,
            card: Part::seal([1; 16], &build::map([])),
            body: Part::seal([2; 16], &body),
        };
        let item = draft.sign(&scene.machine, &net()).unwrap();
        let record = item.record().unwrap().clone();
        held.hold(record.clone().into());
        records.insert(record.id(), (record, Some(body.clone())));
    }
    let (testimony, not_counted) = Testimony::of(&records, &held);
    assert_eq!(testimony.vouches.len(), limits::WORDS);
    let last: Vec<&Id> = records.keys().rev().take(3).collect();
    assert!(
        last.iter()
            .all(|id| not_counted[*id] == NotCounted::TooMany)
    );
    assert_eq!(not_counted.len(), 3);
}
