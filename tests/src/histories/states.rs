//! What the root keys of an institution sign: states that follow each other, rivals of them, and the cut lists that they name.

use indaba_protocol::institution::{Cut, CutEntry, CutReason, Scope};
use indaba_protocol::{CutList, Delegation, FeedName, Id, State, VerifiedStatement};

use super::cast::{self, FEEDS, NODE_KEYS, REGISTRY, authority, day, keys, network, node_key};
use super::draw::{Drawing, Tips};

/// One institution while its history is drawn.
pub(super) struct House {
    pub(super) number: usize,
    pub(super) states: Vec<Signed>,
    /// A state of the same version as a true one, if the root keys signed such a thing.
    pub(super) rivals: Vec<Signed>,
}

/// A state with what the next one has to repeat.
#[derive(Clone)]
pub(super) struct Signed {
    pub(super) id: Id,
    version: u64,
    /// Which root key is in force.
    rotation: usize,
    pub(super) delegations: Vec<Delegation>,
    pub(super) cuts: Vec<Cut>,
}

/// A state that is not signed yet.
struct Change {
    next: Signed,
    /// The state before it, and the root key in force there.
    after: Id,
    old_root: usize,
    words: String,
}

impl House {
    pub(super) fn new(number: usize) -> House {
        House {
            number,
            states: Vec::new(),
            rivals: Vec::new(),
        }
    }

    fn newest(&self) -> Signed {
        let inception = Signed {
            id: cast::institution(self.number),
            version: 0,
            rotation: 0,
            delegations: Vec::new(),
            cuts: Vec::new(),
        };
        self.states.last().cloned().unwrap_or(inception)
    }

    /// Node keys that the newest state lets sign.
    pub(super) fn live(&self) -> Vec<usize> {
        let newest = self.newest();
        let is_live = |key: &usize| {
            let key = node_key(self.number, *key);
            newest.delegations.iter().any(|held| held.key == key)
        };
        (0..NODE_KEYS).filter(is_live).collect()
    }

    /// Node keys that were never delegated.
    fn unused(&self) -> Option<usize> {
        let newest = self.newest();
        (0..NODE_KEYS).find(|key| {
            let key = node_key(self.number, *key);
            newest.delegations.iter().all(|held| held.key != key)
                && newest.cuts.iter().all(|cut| cut.key != key)
        })
    }
}

impl Drawing {
    /// The next state of an institution: it delegates a key, cuts one, changes a cut, or says the same again; now and then with a
    /// rival that the same root keys signed.
    pub(super) fn next_state(&mut self, house: usize) {
        let before = self.houses[house].newest();
        let next = self.changed(house, &before);
        let signed = self.sign_state(house, next, "");
        if self.chance.percent(10) {
            let rival = self.changed(house, &before);
            let rival = self.sign_state(house, rival, "rival ");
            if self.chance.percent(30) {
                let child = self.changed(house, &rival);
                let child = self.sign_state(house, child, "child of a rival, ");
                self.houses[house].rivals.push(child);
            }
            self.houses[house].rivals.push(rival);
        }
        self.houses[house].states.push(signed);
    }

    fn changed(&mut self, house: usize, before: &Signed) -> Change {
        let mut next = Signed {
            version: before.version + 1,
            ..before.clone()
        };
        let mut done = Vec::new();
        if cast::may_rotate(before.rotation) && self.chance.percent(25) {
            next.rotation += 1;
            done.push("rotates the root key".to_owned());
        }
        if (before.version == 0 || self.chance.percent(25))
            && let Some(key) = self.houses[house].unused()
        {
            self.delegate(house, key, &mut next, &mut done);
            if self.chance.percent(50)
                && let Some(key) = (key + 1..NODE_KEYS).next()
            {
                self.delegate(house, key, &mut next, &mut done);
            }
        }
        if before.version > 0 && self.chance.percent(60) {
            let live: Vec<_> = before.delegations.iter().map(|held| held.key).collect();
            if let Some(key) = self.chance.pick(&live).copied() {
                next.delegations.retain(|held| held.key != key);
                let number = (0..NODE_KEYS).find(|n| node_key(house, *n) == key).unwrap();
                let (list, words) = self.list(house, number);
                done.push(format!("cuts key {number} {words}"));
                let reasons = [
                    CutReason::Retired,
                    CutReason::Superseded,
                    CutReason::Compromised,
                ];
                let reason = *self.chance.pick(&reasons).unwrap();
                next.cuts.push(Cut { key, reason, list });
            }
        }
        if !before.cuts.is_empty() && self.chance.percent(60) {
            let at = self.chance.between(0, before.cuts.len() - 1);
            let key = before.cuts[at].key;
            let number = (0..NODE_KEYS).find(|n| node_key(house, *n) == key).unwrap();
            let (list, words) = self.list(house, number);
            done.push(format!("now cuts key {number} {words}"));
            next.cuts
                .iter_mut()
                .filter(|cut| cut.key == key)
                .for_each(|cut| cut.list = list);
        }
        next.delegations.sort_by_key(|held| held.key);
        next.cuts.sort_by_key(|cut| cut.key);
        if done.is_empty() {
            done.push("says the same again".to_owned());
        }
        Change {
            after: before.id,
            old_root: before.rotation,
            next,
            words: done.join(", "),
        }
    }

    fn delegate(&mut self, house: usize, key: usize, next: &mut Signed, done: &mut Vec<String>) {
        if next
            .delegations
            .iter()
            .any(|held| held.key == node_key(house, key))
        {
            return;
        }
        let scope = self.chance.percent(20).then(|| Scope {
            kinds: self
                .chance
                .percent(60)
                .then(|| ["practice", "withdrawal"].map(str::to_owned).to_vec()),
            feeds: self
                .chance
                .percent(60)
                .then(|| [FEEDS[0], REGISTRY].map(str::to_owned).to_vec()),
        });
        let mut scope = scope;
        if let Some(feeds) = scope.as_mut().and_then(|scope| scope.feeds.as_mut()) {
            feeds.sort();
        }
        let limited = if scope.is_some() {
            " within a scope"
        } else {
            ""
        };
        done.push(format!("delegates key {key}{limited}"));
        next.delegations.push(Delegation {
            key: node_key(house, key),
            purpose: "sign".to_owned(),
            scope,
            expires: None,
        });
    }

    fn sign_state(&mut self, house: usize, change: Change, which: &str) -> Signed {
        let mut signed = change.next;
        self.days += 1;
        let state = State {
            institution: cast::institution(house),
            version: signed.version,
            prev: change.after,
            authority: authority(house, signed.rotation),
            profile: cast::profile(house),
            sealing: Vec::new(),
            delegations: signed.delegations.clone(),
            cuts: signed.cuts.clone(),
            succession: Vec::new(),
            witnesses: None,
            day: day(self.days),
        };
        let mut gathering = state.gather(&network().id()).unwrap();
        for root in change.old_root..=signed.rotation {
            gathering.sign(&keys(house).roots[root]).unwrap();
        }
        let statement = gathering.finish().unwrap();
        signed.id = statement.id();
        let name = format!("s{}", self.days);
        let words = format!(
            "{name}: {which}state {} of {} after {}: {}",
            signed.version,
            cast::name(house),
            self.call(&change.after),
            change.words
        );
        self.say(name, words, statement);
        signed
    }

    /// How far a key that is cut is good: nowhere, or as far as one who held its lanes knew at some time; now and then with ends of
    /// lanes that do not fit together, or with the end of a lane that somebody else went on with.
    fn list(&mut self, house: usize, key: usize) -> (Option<Id>, String) {
        let past: Vec<Tips> = self
            .branches
            .iter()
            .filter(|branch| (branch.house, branch.key) == (house, key))
            .flat_map(|branch| branch.past.iter().cloned())
            .collect();
        if past.is_empty() || self.chance.percent(12) {
            return (None, "everywhere".to_owned());
        }
        let one = self.chance.pick(&past).cloned().unwrap();
        let (mut feeds, mut told) = (Vec::new(), Vec::new());
        for feed in FEEDS.iter().chain([&REGISTRY]) {
            let tips = match self.chance.percent(25) {
                true => self.chance.pick(&past).unwrap(),
                false => &one,
            };
            if let Some((seq, last)) = tips.get(feed).copied()
                && !self.chance.percent(10)
            {
                let name: FeedName = feed.parse().unwrap();
                told.push(format!("{feed} #{seq} {}", self.call(&last)));
                feeds.push(CutEntry {
                    feed: name.hash(),
                    seq,
                    last,
                });
            }
        }
        feeds.sort_by_key(|entry| entry.feed);
        let mut adopted: Vec<Id> = self
            .records
            .iter()
            .filter(|record| record.key == node_key(house, key))
            .map(|record| record.id())
            .collect();
        adopted.retain(|_| self.chance.percent(12));
        adopted.sort();
        let stands_by: Vec<&str> = adopted.iter().map(|id| self.call(id)).collect();
        let stands_by = stands_by.join(" ");
        self.days += 1;
        let list = CutList {
            institution: cast::institution(house),
            key: node_key(house, key),
            feeds,
            adopted,
            day: day(self.days),
        };
        let list = list.state(&network().id()).unwrap();
        let (id, name) = (list.id(), format!("list {}", self.days));
        let words = format!(
            "{name}: key {key} of {} is good up to [{}], and [{stands_by}]",
            cast::name(house),
            told.join(", ")
        );
        if self.called.contains_key(&id) {
            return (Some(id), format!("by {name}"));
        }
        self.say(name.clone(), words, VerifiedStatement::CutList(list));
        (Some(id), format!("by {name}"))
    }
}
