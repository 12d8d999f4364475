//! Root keys in other hands: fewer than it takes, as many as it takes, and the reserve as well.

use std::collections::BTreeSet;

use indaba::engine::order::{Order, Reply};
use indaba_protocol::institution::{Cut, CutEntry, CutReason, Recovery};
use indaba_protocol::{
    CutList, Delegation, FeedName, Id, Item, SigningKey, State, VerifiedItem, VerifiedStatement,
};
use indaba_store::FactKind;
use indaba_tests::chance::Chance;
use indaba_tests::simulator::{Institution, Network, Setting, authority_of, sign_state};

use crate::scale::{first, nodes, with_every_seed};
use crate::signing::{FEED, Forgery, id};
use crate::{COMPARED, ONE_SYNC};

/// Seeds of each test.
const SEEDS: u64 = 20;

/// Of how many officers how many must sign: any of these, by seed, where more than one must.
const RULES: [(usize, usize); 4] = [(2, 2), (3, 2), (5, 3), (4, 4)];

/// One of the rules.
fn rule(seed: u64) -> (usize, usize) {
    *Chance::of(seed, "rule").pick(&RULES).unwrap()
}

/// An institution of so many officers, of whom `threshold` must sign, after some records of its first node.
struct Raided {
    network: Network,
    honest: Vec<Id>,
    thief: SigningKey,
}

fn raided(seed: u64, (officers, threshold): (usize, usize)) -> Raided {
    let mut network = Network::new(&Setting {
        hostile: 2,
        ..Setting::of(seed, nodes())
    });
    network.refound(0, officers, threshold);
    network.start();
    let honest = (0..Chance::of(seed, "raid").between(1, 6))
        .map(|number| network.write(0, number, &[FEED]))
        .collect();
    network.run(ONE_SYNC);
    let thief = SigningKey::from_seed(&[66; 32]);
    network.steal(thief.key());
    Raided {
        network,
        honest,
        thief,
    }
}

fn delegation(key: &SigningKey) -> Delegation {
    Delegation {
        key: key.key(),
        purpose: "sign".to_owned(),
        scope: None,
        expires: None,
    }
}

/// Lets a key sign.
fn delegate(state: &mut State, key: &SigningKey) {
    state.delegations.push(delegation(key));
    state.delegations.sort_by_key(|delegation| delegation.key);
}

/// Takes a key back.
fn cut(state: &mut State, key: &SigningKey, list: Option<Id>) {
    state.delegations.retain(|held| held.key != key.key());
    state.cuts.retain(|held| held.key != key.key());
    state.cuts.push(Cut {
        key: key.key(),
        reason: CutReason::Compromised,
        list,
    });
    state.cuts.sort_by_key(|cut| cut.key);
}

impl Raided {
    /// The draft of the next state in which the thief's key may sign and the first node's may not.
    fn takeover(&self, list: Option<Id>) -> State {
        let mut state = self.network.institution(0).draft_next();
        delegate(&mut state, &self.thief);
        cut(&mut state, &self.network.node_key(0), list);
        state
    }

    /// A cut list that voids everything of the first node and adopts what the thief likes.
    fn list(&self, adopted: Vec<Id>) -> VerifiedStatement {
        CutList {
            institution: self.network.institution(0).id(),
            key: self.network.node_key(0).key(),
            feeds: Vec::new(),
            adopted,
            day: "2026-11-23".parse().unwrap(),
        }
        .state(&self.network.net())
        .unwrap()
        .into()
    }

    /// Says something to everybody, and serves it to those who ask.
    fn spread(&mut self, statement: &VerifiedStatement) {
        let (mallory, everybody) = (self.network.hostile()[0], self.network.honest());
        self.network.shelve(mallory, statement.clone());
        let item = Item::of_statement(statement.bytes());
        self.network
            .say_to_all(mallory, &everybody, "registry", &item);
        self.network.run(ONE_SYNC);
    }

    /// A record signed with the thief's key under a state.
    fn thiefs_record(&self, state: Id) -> VerifiedItem {
        Forgery {
            institution: self.network.institution(0).id(),
            state,
            key: &self.thief,
            feed: FEED,
            seq: 1,
            prev: None,
            day: None,
            number: 500,
        }
        .sign(&self.network)
    }

    fn hear(&mut self, record: &VerifiedItem) {
        let (mallory, everybody) = (self.network.hostile()[0], self.network.honest());
        self.network
            .say_to_all(mallory, &everybody, FEED, &record.to_item());
        self.network.run(ONE_SYNC);
    }

    /// The versions that nodes have pinned of the institution.
    fn versions(&mut self) -> BTreeSet<u64> {
        let institution = self.network.institution(0).id();
        let everybody = self.network.honest();
        let versions = everybody.into_iter();
        versions
            .map(|who| self.network.version(who, &institution))
            .collect()
    }

    /// The verdicts of all nodes on some records, each once.
    fn verdicts(&mut self, records: &[Id]) -> BTreeSet<Option<String>> {
        let mut verdicts = BTreeSet::new();
        for who in self.network.honest() {
            for record in records {
                verdicts.insert(self.network.verdict(who, record));
            }
        }
        verdicts
    }
}

fn only(verdict: &str) -> BTreeSet<Option<String>> {
    BTreeSet::from([Some(verdict.to_owned())])
}

#[test]
fn root_keys_below_the_threshold_make_nothing_that_anybody_takes() {
    with_every_seed(SEEDS, |seed| {
        let mut raided = raided(seed, rule(seed));
        let (net, everybody) = (raided.network.net(), raided.network.honest());
        let institution: Institution = raided.network.institution(0).clone();
        // All but one of those that must sign.
        let (_, threshold) = rule(seed);
        let stolen = &institution.roots()[..threshold - 1];
        let list = raided.list(vec![id(&raided.thiefs_record(institution.first_state()))]);
        let takeover = raided.takeover(Some(list.id()));
        // With a signature too few: no statement at all, and it costs whoever says it.
        let mut gathering = takeover.gather(&net).unwrap();
        for key in stolen {
            gathering.sign(key).unwrap();
        }
        let short = Item::of_statement(&gathering.bytes());
        let liar = raided.network.hostile()[1];
        raided
            .network
            .say_to_all(liar, &everybody, "registry", &short);
        raided.network.run(ONE_SYNC);
        // Under rules of the thief's own, which those keys satisfy: a statement, and no successor.
        let mut lowered = takeover.clone();
        lowered.authority.threshold = threshold as u64 - 1;
        let mut replaced = takeover.clone();
        let mut own = stolen.to_vec();
        own.push(SigningKey::from_seed(&[67; 32]));
        replaced.authority = authority_of(&own, &own[threshold - 1..], 1);
        let states = [
            sign_state(&net, &lowered, stolen),
            sign_state(&net, &replaced, &own),
        ];
        for statement in states.iter().chain([&list]) {
            raided.spread(statement);
        }
        // And as if a root key were a node's.
        let signed = Forgery {
            institution: institution.id(),
            state: institution.first_state(),
            key: &stolen[0],
            feed: FEED,
            seq: 1,
            prev: None,
            day: None,
            number: 900,
        }
        .sign(&raided.network);
        raided.hear(&signed);
        let by_thief = raided.thiefs_record(states[0].id());
        raided.hear(&by_thief);
        raided.network.run(COMPARED);
        for who in everybody {
            for statement in states.iter().chain([&list]) {
                assert!(!raided.network.knows(who, &statement.id()), "node {who}");
            }
            for record in [&signed, &by_thief] {
                assert!(!raided.network.holds(who, &id(record)), "node {who}");
            }
        }
        assert_eq!(raided.versions(), BTreeSet::from([1]));
        let honest = raided.honest.clone();
        assert_eq!(raided.verdicts(&honest), only("VALID"));
        let next = raided.network.write(0, 99, &[FEED]);
        raided.network.run(ONE_SYNC);
        assert_eq!(raided.verdicts(&[next]), only("VALID"), "the node goes on");
    });
}

#[test]
fn control_where_one_root_key_suffices_the_same_one_takes_the_institution() {
    let mut raided = raided(first(), (3, 1));
    let institution = raided.network.institution(0).clone();
    let record = raided.thiefs_record(institution.first_state());
    let list = raided.list(vec![id(&record)]);
    let takeover = raided.takeover(Some(list.id()));
    let net = raided.network.net();
    let state = sign_state(
        &net,
        &takeover,
        std::slice::from_ref(&institution.roots()[0]),
    );
    raided.spread(&state);
    raided.spread(&list);
    let by_thief = raided.thiefs_record(state.id());
    raided.hear(&by_thief);
    let honest = raided.honest.clone();
    assert_eq!(raided.versions(), BTreeSet::from([2]));
    assert_eq!(raided.verdicts(&honest), only("VOID:cut"));
    assert_eq!(raided.verdicts(&[id(&by_thief)]), only("VALID"));
}

/// What the holders of both threshold and reserve sign to begin anew: other root keys, a new reserve, the thief's key cut whole, the node's
/// cut behind its last honest record.
fn begin_anew(raided: &Raided, list: Id, node: &SigningKey) -> State {
    let institution = raided.network.institution(0);
    let fresh: Vec<SigningKey> = (0..3)
        .map(|n| SigningKey::from_seed(&[90 + n; 32]))
        .collect();
    let mut state = institution.draft_next();
    state.authority = authority_of(institution.reserve(), &fresh, 2);
    cut(&mut state, &raided.network.node_key(0), Some(list));
    if state.delegation(&raided.thief.key()).is_some() {
        cut(&mut state, &raided.thief, None);
    }
    delegate(&mut state, node);
    state
}

/// The cut list that leaves every honest record good.
fn all_good(raided: &Raided) -> VerifiedStatement {
    let key = raided.network.node_key(0).key();
    let lane = raided.network.lane(&key, FEED);
    let feed: FeedName = FEED.parse().unwrap();
    CutList {
        institution: raided.network.institution(0).id(),
        key,
        feeds: vec![CutEntry {
            feed: feed.hash(),
            seq: lane.len() as u64,
            last: *lane.last().unwrap(),
        }],
        adopted: Vec::new(),
        day: "2026-11-24".parse().unwrap(),
    }
    .state(&raided.network.net())
    .unwrap()
    .into()
}

#[test]
fn root_keys_at_the_threshold_cannot_rotate_and_what_they_do_is_undone_with_the_reserve() {
    with_every_seed(SEEDS, |seed| {
        let (officers, threshold) = rule(seed);
        let mut raided = raided(seed, (officers, threshold));
        let net = raided.network.net();
        let institution = raided.network.institution(0).clone();
        let stolen = &institution.roots()[..threshold];
        let own = [raided.thief.clone(), SigningKey::from_seed(&[67; 32])];
        let with_own: Vec<SigningKey> = stolen.iter().chain(&own).cloned().collect();
        // Other root keys; another reserve; a lower threshold; guardians of the thief's choice.
        let mut rotations = vec![institution.draft_next(); 4];
        rotations[0].authority = authority_of(&own, &own, 1);
        rotations[1].authority.next = authority_of(&own, &own, 1).next;
        rotations[1].authority.next_threshold = 1;
        rotations[2].authority.threshold = 1;
        rotations[3].authority.recovery = Some(Recovery {
            guardians: vec![Id::of(b"a friend of the thief")],
            k: 1,
            jurisdictions: 1,
        });
        for (number, rotation) in rotations.iter().enumerate() {
            let signers = if number == 0 { &with_own[..] } else { stolen };
            let state = sign_state(&net, rotation, signers);
            raided.spread(&state);
            assert_eq!(
                raided.versions(),
                BTreeSet::from([1]),
                "seed {seed}: {number}"
            );
        }
        // What they can: let a key sign, and take one back. For as long as nobody answers, that counts.
        let takeover = raided.takeover(None);
        let state = sign_state(&net, &takeover, stolen);
        raided.spread(&state);
        let by_thief = raided.thiefs_record(state.id());
        raided.hear(&by_thief);
        let honest = raided.honest.clone();
        assert_eq!(raided.versions(), BTreeSet::from([2]), "seed {seed}");
        assert_eq!(raided.verdicts(&honest), only("VOID:cut"), "seed {seed}");
        assert_eq!(
            raided.verdicts(&[id(&by_thief)]),
            only("VALID"),
            "seed {seed}"
        );
        // The officers have their keys too, and the reserve that the thief has not.
        raided
            .network
            .institution_mut(0)
            .go_on_from(takeover, state.id());
        let node = SigningKey::from_seed(&[68; 32]);
        let list = all_good(&raided);
        let anew = begin_anew(&raided, list.id(), &node);
        let mut signers: Vec<SigningKey> = institution.roots()[officers - threshold..].to_vec();
        signers.extend_from_slice(&institution.reserve()[..threshold]);
        let signed = sign_state(&net, &anew, &signers);
        let thief = raided.thief.key();
        raided.network.note_void(0, thief, signed.id());
        raided.network.hand_over(5, &signed);
        raided.network.run(ONE_SYNC);
        raided.network.hand_over(5, &list);
        raided.network.run(ONE_SYNC);
        assert_eq!(raided.versions(), BTreeSet::from([3]), "seed {seed}");
        assert_eq!(raided.verdicts(&honest), only("VALID"), "seed {seed}");
        assert_eq!(raided.verdicts(&[id(&by_thief)]), only("VOID:cut"));
        // From here on the stolen keys are nobody's.
        let mut again = anew.clone();
        (again.version, again.prev) = (4, signed.id());
        delegate(&mut again, &own[1]);
        again.authority = authority_of(institution.roots(), &own, 2);
        let late = sign_state(&net, &again, institution.roots());
        raided.spread(&late);
        raided.network.run(COMPARED);
        assert_eq!(raided.versions(), BTreeSet::from([3]), "seed {seed}");
    });
}

#[test]
fn control_with_the_reserve_stolen_too_the_thief_rotates_and_the_institution_is_lost() {
    let mut raided = raided(first(), (3, 2));
    let net = raided.network.net();
    let institution = raided.network.institution(0).clone();
    let mut rotation = raided.takeover(None);
    let reserve = &institution.reserve()[..2];
    rotation.authority = authority_of(reserve, &[SigningKey::from_seed(&[67; 32])], 1);
    let signers: Vec<SigningKey> = institution.roots()[..2]
        .iter()
        .chain(reserve)
        .cloned()
        .collect();
    let state = sign_state(&net, &rotation, &signers);
    raided.spread(&state);
    // The officers sign what would save them, a moment too late: it is a rival, and what came first stands.
    let list = all_good(&raided);
    let node = SigningKey::from_seed(&[68; 32]);
    let anew = begin_anew(&raided, list.id(), &node);
    let mut officers = institution.roots()[1..].to_vec();
    officers.extend_from_slice(&institution.reserve()[1..]);
    let signed = sign_state(&net, &anew, &officers);
    raided.network.hand_over(5, &signed);
    raided.network.run(ONE_SYNC);
    let id_of = institution.id();
    for who in raided.network.honest() {
        assert_eq!(raided.network.version(who, &id_of), 2);
        let rivals = raided.network.facts(who, FactKind::RivalState, &id_of);
        assert_eq!(rivals, 1, "node {who}: both are known");
        match raided.network.ask(who, Order::Status) {
            Reply::Status(status) => {
                assert_eq!(status.disputed.len(), 1, "node {who} says so");
            }
            other => panic!("{other:?}"),
        }
    }
    let honest = raided.honest.clone();
    assert_eq!(raided.verdicts(&honest), only("VOID:cut"));
}
