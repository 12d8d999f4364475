#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]
//! Verdicts are a matter of the set: any order of the same statements gives the same ones.

use super::*;
use crate::bytes::{Day, Value, build};
use crate::institution::*;
use crate::key::{Key, SigningKey};
use crate::lane::{FeedName, Lane};
use crate::network::{NetworkId, NetworkName};
use crate::record::RecordDraft;
use crate::statement::{Verified, VerifiedStatement};
use crate::{Id, Part};
use proptest::prelude::*;
use proptest::sample::Index;

fn net() -> NetworkId {
    NetworkName::default().id()
}

fn day() -> Day {
    Day::FIRST
}

fn root() -> SigningKey {
    SigningKey::from_seed(&[1; 32])
}

fn machine() -> SigningKey {
    SigningKey::from_seed(&[2; 32])
}

fn authority() -> Authority {
    Authority {
        roots: vec![root().key()],
        threshold: 1,
        next: vec![Id::of(b"reserve")],
        next_threshold: 1,
        recovery: None,
    }
}

fn inception() -> VerifiedStatement {
    let mut gathering = Inception {
        authority: authority(),
        day: day(),
    }
    .gather(&net())
    .unwrap();
    gathering.sign(&root()).unwrap();
    gathering.finish().unwrap()
}

fn state(version: u64, prev: Id, cut: Option<Option<Id>>) -> VerifiedStatement {
    let profile = ["name", "kind", "lang"].map(|n| (n, build::text("en")));
    let mut profile: Vec<(&str, Value)> = profile.into();
    profile.push(("listed", Value::Bool(true)));
    let profile = Value::Map(
        profile
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v))
            .collect(),
    );
    let delegation = Delegation {
        key: machine().key(),
        purpose: "sign".into(),
        scope: None,
        expires: None,
    };
    let draft = State {
        institution: inception().id(),
        version,
        prev,
        authority: authority(),
        profile: Profile::new(profile).unwrap(),
        sealing: vec![],
        delegations: if cut.is_none() {
            vec![delegation]
        } else {
            vec![]
        },
        cuts: cut
            .iter()
            .map(|list| Cut {
                key: machine().key(),
                reason: CutReason::Compromised,
                list: *list,
            })
            .collect(),
        succession: vec![],
        witnesses: None,
        day: day(),
    };
    let mut gathering = draft.gather(&net()).unwrap();
    gathering.sign(&root()).unwrap();
    gathering.finish().unwrap()
}

/// A record in one or two lanes: `(feed, seq, prev)`.
fn record(state: Id, lanes: &[(usize, u64, Option<Id>)], salt: u8) -> Verified<crate::Header> {
    let feeds = ["region:ecowas", "theme:trj"];
    let lane = |(feed, seq, prev): &(usize, u64, Option<Id>)| Lane {
        feed: feeds[*feed].parse().unwrap(),
        seq: *seq,
        prev: *prev,
    };
    let part = Part::seal([salt; 16], &Value::Map(Default::default()));
    let draft = RecordDraft {
        institution: inception().id(),
        state,
        kind: "practice".into(),
        lanes: lanes.iter().map(lane).collect(),
        links: vec![],
        lang: "en".into(),
        marking: "clear".into(),
        day: None,
        card: part.clone(),
        body: part,
    };
    draft
        .sign(&machine(), &net())
        .unwrap()
        .record()
        .unwrap()
        .clone()
}

/// Two lanes of one key, grown at random: each step posts to one feed or both, and may fork off an earlier position.
fn history(state: Id, steps: &[(u8, bool)]) -> Vec<Verified<crate::Header>> {
    let mut ends: [(u64, Option<Id>); 2] = [(0, None); 2];
    let mut before = ends;
    let mut records = Vec::new();
    for (n, (feeds, forks)) in steps.iter().enumerate() {
        let from = if *forks { before } else { ends };
        let chosen: Vec<usize> = [0, 1]
            .into_iter()
            .filter(|f| feeds % 3 == 2 || usize::from(feeds % 3) == *f)
            .collect();
        let lanes: Vec<_> = chosen
            .iter()
            .map(|f| (*f, from[*f].0 + 1, from[*f].1))
            .collect();
        let new = record(state, &lanes, n as u8);
        before = ends;
        for (feed, seq, _) in lanes {
            ends[feed] = (seq, Some(new.id()));
        }
        records.push(new);
    }
    records
}

fn verdicts(
    order: &[VerifiedStatement],
    followed: &[bool; 2],
    records: &[Verified<crate::Header>],
) -> Vec<Verdict> {
    let mut held = Held::new();
    held.accept(inception().id());
    for (feed, _) in ["region:ecowas", "theme:trj"]
        .iter()
        .zip(followed)
        .filter(|(_, f)| **f)
    {
        held.follow(feed.parse::<FeedName>().unwrap());
    }
    for statement in order {
        held.hold(statement.clone());
    }
    records.iter().map(|r| judge(r, &held)).collect()
}

fn cut_list(records: &[Verified<crate::Header>], at: Index, adopted: Index) -> Verified<CutList> {
    let last = &records[at.index(records.len())];
    let mut feeds: Vec<CutEntry> = last
        .lanes
        .iter()
        .map(|l| CutEntry {
            feed: l.feed.hash(),
            seq: l.seq,
            last: last.id(),
        })
        .collect();
    feeds.sort_by_key(|e| e.feed);
    let adopted = vec![records[adopted.index(records.len())].id()];
    let key: Key = machine().key();
    CutList {
        institution: inception().id(),
        key,
        feeds,
        adopted,
        day: day(),
    }
    .state(&net())
    .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn order_does_not_matter(
        steps in prop::collection::vec((any::<u8>(), prop::bool::weighted(0.2)), 1..9),
        (at, adopted) in (any::<Index>(), any::<Index>()),
        is_cut in prop::bool::weighted(0.8),
        followed in any::<[bool; 2]>(),
        missing in prop::collection::vec(prop::bool::weighted(0.15), 12),
        keys in prop::collection::vec(any::<u32>(), 16),
    ) {
        let first = state(1, inception().id(), None);
        let records = history(first.id(), &steps);
        let list = cut_list(&records, at, adopted);
        let mut set = vec![inception(), first.clone()];
        if is_cut {
            set.push(state(2, first.id(), Some(Some(list.id()))));
        }
        set.push(list.into());
        set.extend(records.iter().cloned().map(VerifiedStatement::from));
        // Anything but the inception may be missing.
        let held: Vec<VerifiedStatement> =
            set.iter().enumerate().filter(|(i, _)| *i == 0 || !missing[i % missing.len()]).map(|(_, s)| s.clone()).collect();
        let expected = verdicts(&held, &followed, &records);
        let mut order: Vec<(u32, VerifiedStatement)> = keys.iter().cycle().copied().zip(held.iter().cloned()).collect();
        order.sort_by_key(|(key, _)| *key);
        let shuffled: Vec<VerifiedStatement> = order.into_iter().map(|(_, s)| s).collect();
        prop_assert_eq!(verdicts(&shuffled, &followed, &records), expected.clone());
        let backwards: Vec<VerifiedStatement> = held.iter().rev().cloned().collect();
        prop_assert_eq!(verdicts(&backwards, &followed, &records), expected);
    }
}

/// The property above can fail: what is held does change a verdict.
#[test]
fn the_set_does_matter() {
    let first = state(1, inception().id(), None);
    let records = history(first.id(), &[(0, false), (0, false), (0, true)]);
    let all = [
        vec![inception(), first.clone()],
        records
            .iter()
            .cloned()
            .map(VerifiedStatement::from)
            .collect(),
    ]
    .concat();
    let followed = [true, true];
    use Verdict::{Contested, Pending, Valid};
    assert_eq!(
        verdicts(&all, &followed, &records),
        [Valid, Contested, Contested]
    );
    assert_eq!(
        verdicts(&all[..4], &followed, &records[..2]),
        [Valid, Valid]
    );
    assert_eq!(
        verdicts(&all[..1], &followed, &records[..1]),
        [Pending(Missing::State)]
    );
    let cut = state(2, first.id(), Some(None));
    let with_cut = [all, vec![cut]].concat();
    assert_eq!(
        verdicts(&with_cut, &followed, &records),
        [Verdict::Void(VoidReason::Cut); 3]
    );
}
