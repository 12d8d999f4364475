//! Whom a network accepts by the word of others: institutions that two anchors vouch for, an anchor that turns, a crowd that vouches for itself.

use indaba::engine::limits;
use indaba::engine::order::{Order, TrustOrder};
use indaba_protocol::{
    FeedName, Id, Item, Lane, Part, RecordDraft, SigningKey, Value, VerifiedItem,
};
use indaba_tests::simulator::{Institution, Network, Setting, vouch, vouch_body, withdrawal};

use crate::scale::{first, nodes, nodes_each, with_every_seed};
use crate::signing::{FEED, id};
use crate::{COMPARED, ONE_SYNC};

/// Seeds of each test.
const SEEDS: u64 = 20;
/// Seeds of the crowd, each of which takes ten thousand words to two nodes.
const CROWDS: u64 = 2;
/// Institutions that every operator accepts by hand.
const ANCHORS: [usize; 3] = [0, 1, 2];
/// Two that nobody accepts by hand.
const WELL_KNOWN: usize = 3;
const HARDLY_KNOWN: usize = 4;

/// A network in which three institutions are anchors, and two publish that nobody accepts.
fn anchored(seed: u64, hostile: usize) -> Network {
    let mut network = Network::new(&Setting {
        anchors: ANCHORS.into(),
        hostile,
        ..Setting::of(seed, nodes())
    });
    network.start();
    network
}

/// The first node of an institution vouches for another one.
fn vouch_for(network: &mut Network, by: usize, subject: usize) -> Id {
    let subject = network.institution(subject).id();
    network.publish(by, vec![vouch(&subject, false)])[0]
}

/// Which nodes accept an institution, without those that sign for it.
fn accepting(network: &mut Network, number: usize) -> usize {
    let institution = network.institution(number).id();
    let others = network.honest().into_iter().filter(|who| who % 5 != number);
    others
        .filter(|who| network.accepts(*who, &institution))
        .count()
}

/// Nodes that do not sign for a given institution.
fn others() -> usize {
    nodes() - nodes_each()
}

fn expect(network: &mut Network, number: usize, accepted: bool) {
    for who in network.honest() {
        if who % 5 != number {
            network.expect_accepted(who, number, accepted);
        }
    }
}

/// Everybody else's verdicts on some records: how many are these.
fn verdicts(network: &mut Network, number: usize, records: &[Id], wanted: Option<&str>) -> usize {
    let mut count = 0;
    for who in network.honest().into_iter().filter(|who| who % 5 != number) {
        for record in records {
            count += usize::from(network.verdict(who, record).as_deref() == wanted);
        }
    }
    count
}

/// Vouches of all anchors for one institution and of two for the other; the two that the first anchor gave. Everything that was published
/// before and after them is everywhere.
fn vouched(seed: u64) -> (Network, [Id; 2], [Vec<Id>; 2]) {
    let mut network = anchored(seed, 0);
    let subjects = [WELL_KNOWN, HARDLY_KNOWN];
    let mut records = subjects.map(|number| vec![network.write(number, number as u64, &[FEED])]);
    network.run(ONE_SYNC);
    for (number, records) in subjects.iter().zip(&records) {
        let unknown = verdicts(&mut network, *number, records, None);
        assert_eq!(unknown, others(), "nobody keeps what nobody vouches for");
    }
    let given = subjects.map(|subject| vouch_for(&mut network, 0, subject));
    network.run(ONE_SYNC);
    for subject in subjects {
        // The own word of an institution suffices for its own nodes, and for nobody else.
        let own = nodes_each();
        assert_eq!(
            accepting(&mut network, subject),
            own,
            "one vouch is not enough"
        );
        vouch_for(&mut network, 1, subject);
    }
    vouch_for(&mut network, 2, WELL_KNOWN);
    network.run(ONE_SYNC);
    for (subject, records) in subjects.iter().zip(&mut records) {
        assert_eq!(
            accepting(&mut network, *subject),
            others(),
            "two are enough"
        );
        expect(&mut network, *subject, true);
        records.push(network.write(*subject, 10 + *subject as u64, &[FEED]));
    }
    network.run(COMPARED);
    assert_eq!(network.difference(), None, "seed {seed}");
    (network, given, records)
}

#[test]
fn vouches_of_two_anchors_bring_in_an_institution_everywhere_and_one_does_not() {
    with_every_seed(SEEDS, |seed| {
        let (mut network, _, records) = vouched(seed);
        for (number, records) in [WELL_KNOWN, HARDLY_KNOWN].into_iter().zip(&records) {
            let valid = verdicts(&mut network, number, records, Some("VALID"));
            assert_eq!(valid, others() * records.len(), "also what was said before");
        }
        network.look_at_everything();
    });
}

/// The first node withdraws these vouches, and everybody hears it.
fn take_back(network: &mut Network, given: &[Id]) {
    let drafts = given
        .iter()
        .map(|vouch| withdrawal(vouch, vec!["registry".to_owned()]))
        .collect();
    network.publish(0, drafts);
    network.run(ONE_SYNC);
}

#[test]
fn when_an_anchor_turns_what_others_vouch_for_stays_and_the_rest_waits() {
    with_every_seed(SEEDS, |seed| {
        let (mut network, given, records) = vouched(seed);
        take_back(&mut network, &given);
        assert_eq!(
            accepting(&mut network, WELL_KNOWN),
            others(),
            "two others stay"
        );
        // The second anchor's own nodes take its word alone.
        let left = nodes_each();
        assert_eq!(accepting(&mut network, HARDLY_KNOWN), left);
        let [well, hardly] = &records;
        let valid = verdicts(&mut network, WELL_KNOWN, well, Some("VALID"));
        assert_eq!(valid, others() * well.len());
        let unvouched = verdicts(&mut network, HARDLY_KNOWN, hardly, Some("QUARANTINED"));
        assert_eq!(
            unvouched,
            (others() - left) * hardly.len(),
            "kept, and said so"
        );
        let valid = verdicts(&mut network, HARDLY_KNOWN, hardly, Some("VALID"));
        assert_eq!(valid, left * hardly.len());
        // What comes now waits where it arrives, and nobody is blamed.
        let late = network.write(HARDLY_KNOWN, 99, &[FEED]);
        network.run(COMPARED);
        let waits = |who: &usize| network.store(*who).is_waiting(&late).unwrap();
        assert!(network.honest().iter().any(waits), "seed {seed}");
        assert!(network.banned().is_empty());
        // Somebody else vouches: nothing was lost.
        vouch_for(&mut network, 2, HARDLY_KNOWN);
        network.run(COMPARED);
        assert_eq!(accepting(&mut network, HARDLY_KNOWN), others());
        let all = [hardly.as_slice(), &[late]].concat();
        let valid = verdicts(&mut network, HARDLY_KNOWN, &all, Some("VALID"));
        assert_eq!(valid, others() * all.len(), "seed {seed}");
        assert_eq!(network.difference(), None, "seed {seed}");
        network.look_at_everything();
    });
}

#[test]
fn control_who_trusts_one_anchor_fully_loses_all_that_it_brought_in() {
    let mut network = anchored(first(), 0);
    let anchor = network.institution(0).id();
    for who in network.honest() {
        let order = Order::Anchor {
            institution: anchor.to_string(),
            name: None,
            full: Some(true),
            reach: None,
        };
        if who % 5 != 0 {
            network.order(who, order);
        }
    }
    let subjects = [WELL_KNOWN, HARDLY_KNOWN];
    let given = subjects.map(|subject| vouch_for(&mut network, 0, subject));
    network.run(ONE_SYNC);
    for subject in subjects {
        assert_eq!(accepting(&mut network, subject), others());
    }
    take_back(&mut network, &given);
    for subject in subjects {
        assert_eq!(accepting(&mut network, subject), 0);
    }
}

/// An impostor's institution that exists, or claims to, and its key.
struct Impostor {
    institution: Id,
    state: Id,
    key: SigningKey,
}

impl Impostor {
    fn new(number: u32) -> Impostor {
        let mut seed = [0xab; 32];
        seed[..4].copy_from_slice(&number.to_be_bytes());
        Impostor {
            institution: Id::of(&seed),
            state: Id::of(b"no such state"),
            key: SigningKey::from_seed(&seed),
        }
    }

    /// One whose inception and state anybody can read.
    fn founded(number: u32, network: &mut Network) -> (Impostor, Institution) {
        let mut impostor = Impostor::new(number);
        let institution = network.found(number as usize, &impostor.key);
        impostor.institution = institution.id();
        impostor.state = institution.first_state();
        (impostor, institution)
    }

    /// What it says about another one, as its n-th word.
    fn vouch(&self, subject: &Id, seq: u64, prev: Option<Id>, network: &Network) -> VerifiedItem {
        RecordDraft {
            institution: self.institution,
            state: self.state,
            kind: "vouch".to_owned(),
            lanes: vec![Lane {
                feed: FeedName::registry(),
                seq,
                prev,
            }],
            links: Vec::new(),
            lang: "en".to_owned(),
            marking: "clear".to_owned(),
            day: None,
            card: Part::seal([1; 16], &Value::Map(Default::default())),
            body: Part::seal([2; 16], &vouch_body(subject, true)),
        }
        .sign(&self.key, &network.net())
        .unwrap()
    }
}

/// Impostors of the crowd.
const CROWD: u32 = 10_000;
/// Words a hostile peer says a second: what a node takes of one.
const WORDS_A_SECOND: usize = limits::MESSAGES_PER_SECOND as usize;
/// Bytes that a crowd may cost a node's disk: what waits of strangers has its own bound of 1 GiB, and ten thousand vouches of under a KiB
/// come nowhere near; four thousand institutions of which one waits, in a journal that keeps what was let go, stay below this.
const DISK: usize = 64 << 20;

#[test]
fn ten_thousand_impostors_that_vouch_for_each_other_are_nobody_and_honest_ones_are_accepted() {
    with_every_seed(CROWDS, |seed| {
        a_crowd_that_vouches_for_itself(seed);
    });
}

fn a_crowd_that_vouches_for_itself(seed: u64) {
    let mut network = anchored(seed, 2);
    let hostile = network.hostile();
    // One anchor is deceived, and lets one impostor introduce, who vouches for the first of the crowd.
    let (friend, institution) = Impostor::founded(0, &mut network);
    for statement in institution.statements() {
        network.shelve(hostile[0], statement.clone());
    }
    network.publish(0, vec![vouch(&friend.institution, true)]);
    network.run(ONE_SYNC);
    for statement in institution.statements() {
        let item = Item::of_statement(statement.bytes());
        network.say_to_all(hostile[0], &[0, 7], "registry", &item);
    }
    let first = Impostor::new(1);
    let word = friend.vouch(&first.institution, 1, None, &network);
    network.say_to_all(hostile[0], &[0, 7], "registry", &word.to_item());
    network.run(ONE_SYNC);
    let before: Vec<usize> = [3, 11].map(|who| network.disk_use(who)).into();
    // Each of the crowd vouches for the next, each hostile peer tells one node.
    let mut said = 0;
    for number in 1..=CROWD {
        let next = Impostor::new(number % CROWD + 1);
        let word = Impostor::new(number).vouch(&next.institution, 1, None, &network);
        let turn = number as usize % 2;
        network.say(hostile[turn], [3, 11][turn], "registry", &word.to_item());
        said += 1;
        if said % (2 * WORDS_A_SECOND) == 0 {
            network.run(1_000);
        }
        if number == CROWD / 2 {
            // In the middle of it, two anchors vouch for an institution that exists.
            vouch_for(&mut network, 0, WELL_KNOWN);
            vouch_for(&mut network, 1, WELL_KNOWN);
        }
    }
    network.run(ONE_SYNC);
    assert_eq!(accepting(&mut network, WELL_KNOWN), others());
    let record = network.write(WELL_KNOWN, 1, &[FEED]);
    network.run(ONE_SYNC);
    assert_eq!(
        verdicts(&mut network, WELL_KNOWN, &[record], Some("VALID")),
        others()
    );
    let crowd: Vec<Id> = (1..=CROWD).map(|n| Impostor::new(n).institution).collect();
    for who in network.honest() {
        // The deceived anchor's own nodes take its word alone: that one impostor, and nobody behind it.
        let own = who % 5 == 0;
        assert_eq!(network.accepts(who, &friend.institution), own, "node {who}");
        for impostor in crowd.iter().step_by(100).chain(&crowd[..5]) {
            assert!(!network.accepts(who, impostor), "node {who}");
        }
        let waiting = network.waiting(who);
        assert!(waiting.len() as u64 <= limits::QUARANTINE_INSTITUTIONS);
    }
    for (who, before) in [3, 11].into_iter().zip(before) {
        let waiting = network.waiting(who).len() as u64;
        assert!(
            waiting > limits::QUARANTINE_INSTITUTIONS / 2,
            "they were heard: {waiting}"
        );
        assert!(network.disk_use(who) - before < DISK, "node {who}");
    }
    assert!(network.banned().is_empty(), "to be nobody is no offence");
}

/// Two anchors are deceived and let an impostor each introduce; both vouch for the same forty.
fn deceived(seed: u64, direct: usize) -> (Network, Vec<Id>) {
    let mut network = anchored(seed, 1);
    let mallory = network.hostile()[0];
    for who in network.honest() {
        let act = TrustOrder::SetPolicy {
            threshold: None,
            direct: Some(direct),
            depth: None,
            levels: None,
        };
        network.order(who, Order::Trust { act });
    }
    let crowd: Vec<Id> = (100..140).map(|n| Impostor::new(n).institution).collect();
    let everybody = network.honest();
    for anchor in [0, 1] {
        let (friend, institution) = Impostor::founded(anchor, &mut network);
        let by = anchor as usize;
        network.publish(by, vec![vouch(&friend.institution, true)]);
        network.run(ONE_SYNC);
        for statement in institution.statements() {
            let item = Item::of_statement(statement.bytes());
            network.say_to_all(mallory, &everybody, "registry", &item);
            network.run(1_000);
        }
        let (mut seq, mut prev) = (0, None);
        for one in &crowd {
            seq += 1;
            let word = friend.vouch(one, seq, prev, &network);
            prev = Some(id(&word));
            network.say_to_all(mallory, &everybody, "registry", &word.to_item());
        }
        network.run(ONE_SYNC);
    }
    (network, crowd)
}

/// How often somebody accepts one of the crowd, over the nodes that sign for neither of the deceived.
fn taken_in(network: &mut Network, crowd: &[Id]) -> usize {
    let others = network.honest().into_iter().filter(|who| who % 5 > 1);
    let mut count = 0;
    for who in others {
        count += crowd.iter().filter(|one| network.accepts(who, one)).count();
    }
    count
}

#[test]
fn whom_deceived_anchors_let_introduce_brings_in_nobody() {
    with_every_seed(SEEDS, |seed| {
        let (mut network, crowd) = deceived(seed, 1);
        assert_eq!(taken_in(&mut network, &crowd), 0, "seed {seed}");
        assert!(network.banned().is_empty(), "seed {seed}");
    });
}

#[test]
fn control_without_a_direct_path_the_crowd_is_taken_in_everywhere() {
    let (mut network, crowd) = deceived(first(), 0);
    assert_eq!(
        taken_in(&mut network, &crowd),
        crowd.len() * nodes_each() * 3
    );
}
