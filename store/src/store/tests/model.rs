//! Random steps on the store and on plain maps; after each round both must say the same.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

#[derive(Default)]
struct Model {
    /// Record number to card held, body held, card erased, body erased.
    records: BTreeMap<u64, [bool; 4]>,
    facts: BTreeMap<u64, (FactKind, u64)>,
    held: BTreeMap<u64, Option<u64>>,
    outbox: BTreeSet<u64>,
    choices: BTreeMap<u8, u8>,
    own: BTreeMap<u8, u64>,
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

impl Model {
    fn step(&mut self, random: &mut Random, batch: &mut Batch) {
        let n = random.below(60);
        match random.below(13) {
            0..=3 => {
                let mut new = record(n);
                let (card, body) = (random.below(4) > 0, random.below(3) > 0);
                new.card = new.card.filter(|_| card);
                new.body = new.body.filter(|_| body);
                batch.put_record(new);
                let row = self.records.entry(n).or_default();
                *row = [
                    row[0] || card,
                    row[1] || body,
                    row[2] && !card,
                    row[3] && !body,
                ];
            }
            4 => {
                if let Some(row) = self.records.get_mut(&n) {
                    batch.put_part(record_id(n), Part::Body, record(n).body.unwrap());
                    (row[1], row[3]) = (true, false);
                }
            }
            5 => {
                if let Some(row) = self.records.get_mut(&n) {
                    batch.drop_parts(record_id(n));
                    *row = [false, false, true, true];
                }
            }
            6 => {
                let (kind, order) = (FactKind::ALL[random.below(7) as usize], random.below(9));
                batch.put_fact(fact(n, kind, order));
                self.facts.insert(n, (kind, order));
            }
            7 => {
                batch.drop_fact(id(&format!("fact {n}")));
                self.facts.remove(&n);
            }
            8 => {
                let awaiting = (random.below(2) == 0).then(|| random.below(5));
                batch.hold(held(n, awaiting));
                self.held.insert(n, awaiting);
            }
            9 => {
                batch.release(id(&format!("held {n}")));
                self.held.remove(&n);
            }
            10 => {
                if random.below(2) == 0 {
                    batch.outbox_push(record_id(n), vec![feed("theme:trj")]);
                    self.outbox.insert(n);
                } else {
                    batch.outbox_done(record_id(n));
                    self.outbox.remove(&n);
                }
            }
            11 => {
                let (key, value) = (random.below(9) as u8, random.below(200) as u8);
                if value > 60 {
                    batch.choose("follow", &[key], &[value]);
                    self.choices.insert(key, value);
                } else {
                    batch.unchoose("follow", &[key]);
                    self.choices.remove(&key);
                }
            }
            _ => {
                let lane = random.below(3) as u8;
                let seq = self.own.entry(lane).or_default();
                *seq += 1;
                batch.own_position(key(lane), feed("theme:trj"), *seq, record_id(*seq));
            }
        }
    }

    fn compare(&self, store: &Store, what: &str) {
        assert_eq!(
            store.stats().unwrap().records,
            self.records.len() as u64,
            "{what}"
        );
        let mut in_feed = BTreeSet::new();
        for n in 0..60 {
            let found = store.record(&record_id(n)).unwrap();
            let state = found
                .as_ref()
                .map(|row| (row.card.is_some(), row.body.is_some(), row.erased));
            let expected = self
                .records
                .get(&n)
                .map(|row| (row[0], row[1], row[2] || row[3]));
            assert_eq!(state, expected, "{what}: record {n}");
            in_feed.extend(found.map(|row| (row.arrival, row.view.id)));
            let kind = store
                .fact(&id(&format!("fact {n}")))
                .unwrap()
                .map(|fact| (fact.kind, fact.order));
            assert_eq!(kind, self.facts.get(&n).copied(), "{what}: fact {n}");
            let waits = store
                .held(&id(&format!("held {n}")))
                .unwrap()
                .map(|held| held.awaiting);
            assert_eq!(
                waits,
                self.held.get(&n).map(|n| n.map(record_id)),
                "{what}: held {n}"
            );
        }
        let page = store.feed_page(&feed("theme:trj"), 0, 999).unwrap();
        assert_eq!(
            page,
            in_feed.iter().copied().collect::<Vec<_>>(),
            "{what}: feed"
        );
        assert_eq!(store.page(0, 999).unwrap(), page, "{what}: arrivals");
        let count: u64 = store
            .lanes_of(&feed("theme:trj"))
            .unwrap()
            .iter()
            .map(|lane| lane.count)
            .sum();
        assert_eq!(count, self.records.len() as u64, "{what}: lanes");
        for n in 0..5 {
            let waiting = self
                .held
                .values()
                .filter(|awaiting| **awaiting == Some(n))
                .count();
            assert_eq!(
                store.held_awaiting(&record_id(n), 999).unwrap().len(),
                waiting,
                "{what}"
            );
        }
        let used: u64 = store
            .held_uses()
            .unwrap()
            .iter()
            .map(|(_, used)| used.count)
            .sum();
        assert_eq!(used, self.held.len() as u64, "{what}: room");
        for kind in FactKind::ALL {
            let expected = self
                .facts
                .values()
                .filter(|(other, _)| *other == kind)
                .count();
            assert_eq!(
                store.facts_of_kind(kind).unwrap().len(),
                expected,
                "{what}: {kind:?}"
            );
        }
        let outbox: BTreeSet<_> = store
            .outbox()
            .unwrap()
            .into_iter()
            .map(|(id, _)| id)
            .collect();
        assert_eq!(
            outbox,
            self.outbox.iter().copied().map(record_id).collect(),
            "{what}: outbox"
        );
        let choices: BTreeMap<_, _> = store
            .choices("follow")
            .unwrap()
            .into_iter()
            .map(|(key, value)| (key[0], value[0]))
            .collect();
        assert_eq!(choices, self.choices, "{what}: choices");
        for (lane, seq) in &self.own {
            let own = store.own_positions(&key(*lane)).unwrap();
            assert_eq!(
                own,
                [(feed("theme:trj"), *seq, record_id(*seq))],
                "{what}: own"
            );
        }
    }
}

fn run(seed: u64, rounds: u64, open: &dyn Fn() -> Store) -> (u64, Stats) {
    let mut random = Random(seed);
    let mut model = Model::default();
    let mut store = open();
    let mut cleared = 0;
    for round in 0..rounds {
        let mut batch = Batch::new();
        for _ in 0..=random.below(12) {
            model.step(&mut random, &mut batch);
        }
        store.commit(batch).unwrap();
        let what = format!("seed {seed} round {round}");
        match random.below(12) {
            0 => {
                store.close().unwrap();
                store = open();
            }
            1 => {
                drop(store);
                store = open();
            }
            2 | 3 => cleared += store.compact(50 + random.below(51), 3).unwrap().segments,
            4 => {
                store.rebuild_index(&mut |_, _| {}).unwrap();
            }
            5 => {
                let found = store.verify(&mut |_, _| {}).unwrap();
                assert!(found.is_clean(), "{what}: {found:?}");
            }
            _ => {}
        }
        model.compare(&store, &what);
    }
    store.rebuild_index(&mut |_, _| {}).unwrap();
    model.compare(&store, "rebuilt at the end");
    (cleared, store.stats().unwrap())
}

#[test]
fn the_store_says_what_plain_maps_say() {
    let mut cleared = 0;
    for seed in 0..12 {
        let disk = MemoryDisk::new();
        cleared += run(seed, 80, &|| open(&disk)).0;
    }
    assert!(cleared > 20, "{cleared} segments cleared");
}

#[test]
fn the_same_on_sled() {
    let folder = tempfile::tempdir().unwrap();
    for seed in 100..102 {
        let (dir, guard) = (
            folder.path().join(seed.to_string()),
            folder.path().join(format!("g{seed}")),
        );
        run(seed, 60, &|| {
            Store::open(&dir, on_disk(Some(&guard))).unwrap().0
        });
    }
}

#[test]
fn clearing_gives_room_back_and_takes_erased_bytes_off_the_disk() {
    let disk = MemoryDisk::new();
    let mut store = open(&disk);
    for n in 0..60 {
        put(&mut store, n);
    }
    let before = store.stats().unwrap();
    let mut batch = Batch::new();
    (0..40).for_each(|n| batch.drop_parts(record_id(n)));
    store.commit(batch).unwrap();
    let done = store.compact(100, usize::MAX).unwrap();
    assert!(done.segments > 1 && done.moved < done.removed, "{done:?}");
    let after = store.stats().unwrap();
    assert!(
        after.journal_bytes * 100 <= before.journal_bytes * 85,
        "{before:?} {after:?}"
    );
    assert_eq!(store.compact(50, usize::MAX).unwrap().segments, 0);
    for n in 40..60 {
        let found = store.record(&record_id(n)).unwrap().unwrap();
        assert_eq!((found.card, found.body), (record(n).card, record(n).body));
    }
    let mut readable = 0;
    for name in disk.list(Path::new("/store/journal")).unwrap() {
        disk.damage(&Path::new("/store/journal").join(name), |bytes| {
            let needle = b"card 3: a practice";
            readable += bytes
                .windows(needle.len())
                .filter(|window| window == needle)
                .count();
        })
        .unwrap();
    }
    assert_eq!(readable, 0, "an erased card is still on the disk");
}
