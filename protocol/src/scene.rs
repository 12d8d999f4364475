#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]
//! For tests: an invented institution whose first state delegates a machine for everything and a clerk for practices in one feed.

use crate::bytes::{Day, Value, build};
use crate::institution::{Authority, Cut, CutReason, Delegation, Inception, Profile, Scope, State};
use crate::key::SigningKey;
use crate::lane::Lane;
use crate::network::{NetworkId, NetworkName};
use crate::record::{Link, Part, RecordDraft};
use crate::statement::{Verified, VerifiedStatement};
use crate::verdict::Held;
use crate::{Chain, Evidence, Head, Header, Id, Key};

pub(crate) const FEED: &str = "region:ecowas";
pub(crate) const OTHER: &str = "theme:trj";

pub(crate) fn net() -> NetworkId {
    NetworkName::default().id()
}

pub(crate) struct Scene {
    root: SigningKey,
    pub(crate) machine: SigningKey,
    pub(crate) clerk: SigningKey,
    pub(crate) witness: SigningKey,
    pub(crate) inception: VerifiedStatement,
    pub(crate) first: VerifiedStatement,
}

impl Scene {
    /// Another number is another institution.
    pub(crate) fn new(number: u8) -> Scene {
        let key = |n: u8| SigningKey::from_seed(&[number * 8 + n; 32]);
        let root = key(1);
        let authority = authority(&root);
        let day = Day::FIRST;
        let mut gathering = Inception { authority, day }.gather(&net()).unwrap();
        gathering.sign(&root).unwrap();
        let inception = gathering.finish().unwrap();
        let mut scene = Scene {
            root,
            machine: key(2),
            clerk: key(3),
            witness: key(4),
            first: inception.clone(),
            inception,
        };
        scene.first = scene.state(1, scene.id(), day, None);
        scene
    }

    pub(crate) fn id(&self) -> Id {
        self.inception.id()
    }

    /// A state; with a cut, the key it names is no longer delegated.
    pub(crate) fn state(
        &self,
        version: u64,
        prev: Id,
        day: Day,
        cut: Option<(Key, Option<Id>)>,
    ) -> VerifiedStatement {
        let scope = Scope {
            kinds: Some(vec!["practice".into(), "withdrawal".into()]),
            feeds: Some(vec![FEED.into()]),
        };
        let delegation = |key: &SigningKey, purpose: &str, scope| Delegation {
            key: key.key(),
            purpose: purpose.into(),
            scope,
            expires: None,
        };
        let mut delegations = vec![
            delegation(&self.machine, "sign", None),
            delegation(&self.clerk, "sign", Some(scope)),
            delegation(&self.witness, "witness", None),
        ];
        delegations.retain(|d| cut.is_none_or(|(key, _)| key != d.key));
        delegations.sort_by_key(|d| d.key);
        let mut profile: std::collections::BTreeMap<String, Value> = ["name", "kind", "lang"]
            .map(|n| (n.to_owned(), build::text("en")))
            .into();
        profile.insert("listed".into(), Value::Bool(true));
        let cuts = cut.map(|(key, list)| Cut {
            key,
            reason: CutReason::Compromised,
            list,
        });
        let draft = State {
            institution: self.id(),
            version,
            prev,
            authority: authority(&self.root),
            profile: Profile::new(Value::Map(profile)).unwrap(),
            sealing: vec![],
            delegations,
            cuts: cuts.into_iter().collect(),
            succession: vec![],
            witnesses: None,
            day,
        };
        let mut gathering = draft.gather(&net()).unwrap();
        gathering.sign(&self.root).unwrap();
        gathering.finish().unwrap()
    }

    /// Version 2, which cuts the machine.
    pub(crate) fn cutting(&self, list: Option<Id>) -> VerifiedStatement {
        self.state(
            2,
            self.first.id(),
            Day::FIRST,
            Some((self.machine.key(), list)),
        )
    }

    /// A record under the first state, at position 1 of each feed.
    pub(crate) fn record(
        &self,
        key: &SigningKey,
        kind: &str,
        feeds: &[&str],
        links: &[(&str, Id)],
    ) -> Verified<Header> {
        self.record_under(self.first.id(), key, kind, feeds, links)
    }

    pub(crate) fn record_under(
        &self,
        state: Id,
        key: &SigningKey,
        kind: &str,
        feeds: &[&str],
        links: &[(&str, Id)],
    ) -> Verified<Header> {
        let part = Part::seal([7; 16], &Value::Map(Default::default()));
        let draft = RecordDraft {
            institution: self.id(),
            state,
            kind: kind.into(),
            lanes: feeds
                .iter()
                .map(|feed| Lane {
                    feed: feed.parse().unwrap(),
                    seq: 1,
                    prev: None,
                })
                .collect(),
            links: links
                .iter()
                .map(|(rel, target)| Link {
                    rel: (*rel).into(),
                    target: *target,
                })
                .collect(),
            lang: "en".into(),
            marking: "clear".into(),
            day: None,
            card: part.clone(),
            body: part,
        };
        draft.sign(key, &net()).unwrap().record().unwrap().clone()
    }

    pub(crate) fn head(&self, key: &SigningKey, beat: u64) -> VerifiedStatement {
        let head = Head {
            institution: self.id(),
            key: key.key(),
            state: self.first.id(),
            beat,
            lanes: vec![],
            day: Day::FIRST,
            due: Day::FIRST,
        };
        head.sign(key, &net()).unwrap().into()
    }

    /// Everything given, and the inception and the first state before it; the institution accepted.
    pub(crate) fn held(&self, more: &[&VerifiedStatement]) -> Held {
        let mut held = self.unaccepted(more);
        held.accept(self.id());
        held
    }

    pub(crate) fn unaccepted(&self, more: &[&VerifiedStatement]) -> Held {
        let mut held = Held::new();
        for statement in [&self.inception, &self.first]
            .into_iter()
            .chain(more.iter().copied())
        {
            held.hold(statement.clone());
        }
        held
    }

    pub(crate) fn chain(&self) -> Chain {
        self.held(&[]).chain(&self.id()).unwrap().as_ref().clone()
    }
}

fn authority(root: &SigningKey) -> Authority {
    Authority {
        roots: vec![root.key()],
        threshold: 1,
        next: vec![Id::of(b"reserve")],
        next_threshold: 1,
        recovery: None,
    }
}
