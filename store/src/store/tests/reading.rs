use super::*;

#[test]
fn a_record_is_found_every_way_it_can_be_asked_for() {
    on_every_engine(|open| {
        let mut store = open();
        for n in 0..40 {
            assert_eq!(put(&mut store, n).records, [(record_id(n), n + 1)]);
        }
        store.close().unwrap();
        let store = open();
        assert_eq!(records(&store, 50), (0..40).collect::<Vec<_>>());
        assert!(store.contains(&record_id(7)).unwrap());
        assert!(!store.contains(&record_id(77)).unwrap());
        assert_eq!(store.record(&record_id(77)).unwrap(), None);

        let (trj, ecowas) = (feed("theme:trj"), feed("region:ecowas"));
        let page = store.feed_page(&ecowas, 0, 5).unwrap();
        let expected: Vec<_> = (0..5).map(|n| (2 * n + 1, record_id(2 * n))).collect();
        assert_eq!(page, expected);
        let rest = store.feed_page(&ecowas, page[4].0, 100).unwrap();
        assert_eq!(rest.len(), 15);
        assert_eq!(store.feed_page(&feed("topic:none"), 0, 9).unwrap(), []);
        assert_eq!(
            store.page(38, 9).unwrap(),
            [(39, record_id(38)), (40, record_id(39))]
        );
        let newest = store.newest(u64::MAX, 2).unwrap();
        assert_eq!(newest, [(40, record_id(39)), (39, record_id(38))]);
        assert_eq!(store.newest(39, 1).unwrap(), [(38, record_id(37))]);

        let (one, of_one) = (id("institution 1"), key(1));
        let lane = store.lane(&one, &of_one, &trj, 3..=5, 100).unwrap();
        assert_eq!(
            lane,
            [(3, record_id(7)), (4, record_id(10)), (5, record_id(13))]
        );
        assert_eq!(
            store
                .lane(&id("institution 2"), &of_one, &trj, 0..=99, 9)
                .unwrap(),
            []
        );
        let mut lanes = store.lanes_of(&trj).unwrap();
        lanes.sort_by_key(|lane| lane.key);
        assert_eq!(lanes.len(), 3);
        assert_eq!(
            (lanes[1].seq, lanes[1].count, lanes[1].last),
            (13, 13, record_id(37))
        );
        let gaps = store.lanes_of(&ecowas).unwrap();
        assert!(gaps.iter().all(|lane| lane.count < lane.seq));

        let links = store.links_to(&record_id(4), 10).unwrap();
        assert_eq!(links, [("revises".to_owned(), record_id(7))]);
        assert_eq!(store.links_to(&record_id(5), 10).unwrap(), []);
        let mut feeds = store.feeds().unwrap();
        feeds.sort();
        assert_eq!(feeds, [ecowas, trj]);
        assert_eq!(store.stats().unwrap().records, 40);
        assert!(store.verify(&mut |_, _| {}).unwrap().is_clean());
    });
}

#[test]
fn shortened_ids_find_what_they_shorten() {
    let store = &mut open(&MemoryDisk::new());
    (0..60).for_each(|n| drop(put(store, n)));
    for n in 0..60 {
        for bits in [0, 1, 5, 8, 13, 64, 256] {
            let wanted = record_id(n);
            let found = store.ids_with_prefix(wanted.as_bytes(), bits, 100).unwrap();
            let same = |other: &Id| {
                (0..bits).all(|bit| {
                    let bit_of = |id: &Id| id.as_bytes()[bit / 8] >> (7 - bit % 8) & 1;
                    bit_of(other) == bit_of(&wanted)
                })
            };
            let expected = (0..60).filter(|other| same(&record_id(*other))).count();
            assert_eq!(found.len(), expected);
            assert!(found.contains(&wanted) && found.iter().all(same));
        }
    }
}

#[test]
fn rivals_stand_side_by_side() {
    on_every_engine(|open| {
        let mut store = open();
        put(&mut store, 1);
        let mut rival = record(1);
        rival.view.id = id("rival");
        let mut batch = Batch::new();
        batch.put_record(rival);
        store.commit(batch).unwrap();
        let (one, trj) = (id("institution 1"), feed("theme:trj"));
        assert_eq!(
            store.at(&one, &key(1), &trj, 1).unwrap(),
            [record_id(1), id("rival")]
        );
        let lanes = store.lanes_of(&trj).unwrap();
        assert_eq!(
            (lanes[0].count, lanes[0].seq, lanes[0].last),
            (1, 1, record_id(1))
        );
    });
}

#[test]
fn storing_twice_writes_once_and_parts_may_come_later() {
    on_every_engine(|open| {
        let mut store = open();
        let whole = record(2);
        let mut batch = Batch::new();
        batch.put_record(NewRecord {
            card: None,
            body: None,
            ..whole.clone()
        });
        batch.put_part(record_id(2), Part::Card, whole.card.clone().unwrap());
        store.commit(batch).unwrap();
        let found = store.record(&record_id(2)).unwrap().unwrap();
        assert_eq!((found.card.is_some(), found.body.is_some()), (true, false));

        let mut batch = Batch::new();
        batch.put_part(record_id(2), Part::Body, b"something else".to_vec());
        let error = store.commit(batch).unwrap_err();
        assert!(
            matches!(error, StoreError::Mismatch { what: "body", .. }),
            "{error}"
        );
        let mut batch = Batch::new();
        batch.put_part(record_id(3), Part::Body, Vec::new());
        assert!(matches!(
            store.commit(batch),
            Err(StoreError::UnknownRecord(_))
        ));

        assert_eq!(
            put(&mut store, 2),
            Receipt {
                records: Vec::new(),
                entries: 1
            }
        );
        assert_eq!(put(&mut store, 2), Receipt::default());
        assert_eq!(records(&store, 9), [2]);

        let mut batch = Batch::new();
        batch.drop_parts(record_id(2));
        store.commit(batch).unwrap();
        let found = store.record(&record_id(2)).unwrap().unwrap();
        assert!(found.erased && found.card.is_none() && found.body.is_none());
        assert_eq!(put(&mut store, 2).entries, 2);
        assert!(!store.record(&record_id(2)).unwrap().unwrap().erased);
    });
}

#[test]
fn facts_held_items_outbox_and_choices_come_back() {
    on_every_engine(|open| {
        let mut store = open();
        let mut batch = Batch::new();
        for n in 0..12 {
            batch.put_fact(fact(
                n,
                if n < 6 {
                    FactKind::State
                } else {
                    FactKind::Head
                },
                20 - n,
            ));
            batch.hold(held(n, Some(n / 4)));
            batch.outbox_push(record_id(n), vec![feed("theme:trj"), feed("region:ecowas")]);
            batch.choose("follow", &[n as u8], format!("choice {n}").as_bytes());
        }
        batch.choose("follow2", b"other", b"column");
        store.commit(batch).unwrap();
        let mut batch = Batch::new();
        batch.drop_fact(id("fact 7"));
        batch.release(id("held 1"));
        batch.outbox_done(record_id(0));
        batch.unchoose("follow", &[3]);
        batch.put_fact(Fact {
            kind: FactKind::RivalState,
            ..fact(0, FactKind::State, 20)
        });
        store.commit(batch).unwrap();
        store.close().unwrap();

        let store = open();
        let states = store.facts(FactKind::State, &id("institution 0")).unwrap();
        assert_eq!(states, [fact(3, FactKind::State, 17)]);
        assert_eq!(store.facts_of_kind(FactKind::RivalState).unwrap().len(), 1);
        assert_eq!(store.heads().unwrap().len(), 5);
        assert_eq!(store.fact(&id("fact 7")).unwrap(), None);
        let orders: Vec<_> = store
            .facts(FactKind::Head, &id("institution 0"))
            .unwrap()
            .iter()
            .map(|fact| fact.order)
            .collect();
        assert_eq!(orders, [11, 14]);
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = store.facts_page(after, 5).unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            seen.extend(page);
        }
        assert_eq!(seen.len(), 11);

        assert_eq!(store.held(&id("held 2")).unwrap(), Some(held(2, Some(0))));
        assert_eq!(store.held(&id("held 1")).unwrap(), None);
        assert_eq!(store.held_awaiting(&record_id(0), 9).unwrap().len(), 3);
        assert_eq!(store.held_of(&id("institution 1"), 9).unwrap().len(), 3);
        assert_eq!(store.held_page(None, 99).unwrap().len(), 11);
        let expected: usize = [4, 7, 10]
            .into_iter()
            .map(|n| held(n, None).item.len())
            .sum();
        let used = store.held_use(&id("institution 1")).unwrap();
        assert_eq!(
            used,
            HeldUse {
                count: 3,
                bytes: expected as u64
            }
        );
        assert_eq!(store.held_uses().unwrap().len(), 3);

        let outbox: Vec<_> = store
            .outbox()
            .unwrap()
            .into_iter()
            .map(|(id, _)| id)
            .collect();
        assert_eq!(outbox, (1..12).map(record_id).collect::<Vec<_>>());
        assert_eq!(
            store.outbox().unwrap()[0].1,
            [feed("theme:trj"), feed("region:ecowas")]
        );
        assert_eq!(store.choices("follow").unwrap().len(), 11);
        assert_eq!(store.choice("follow", &[4]).unwrap().unwrap(), b"choice 4");
        assert_eq!(
            store.choices("follow2").unwrap(),
            [(b"other".to_vec(), b"column".to_vec())]
        );
        assert!(store.choices("foll").unwrap().is_empty());
    });
}

#[test]
fn one_batch_is_one_sync_and_all_or_nothing() {
    let disk = MemoryDisk::new();
    let mut store = open(&disk);
    let before = disk.syncs();
    let mut batch = Batch::new();
    (0..100).for_each(|n| batch.put_record(record(n)));
    store.commit(batch).unwrap();
    assert_eq!(disk.syncs() - before, 1);
    let mut batch = Batch::new();
    batch.put_record(record(200));
    batch.put_part(record_id(300), Part::Card, Vec::new());
    store.commit(batch).unwrap_err();
    assert!(!store.contains(&record_id(200)).unwrap());
    let mut batch = Batch::new();
    batch.put_record(record(201));
    batch.choose("follow", b"key", &vec![0; (64 << 10) + 1]);
    assert!(matches!(
        store.commit(batch),
        Err(StoreError::TooLarge { .. })
    ));
    assert!(!store.contains(&record_id(201)).unwrap());
}

#[test]
fn a_store_can_be_open_once() {
    let folder = tempfile::tempdir().unwrap();
    let (first, report) = Store::open(folder.path(), on_disk(None)).unwrap();
    assert!(report.created);
    let error = Store::open(folder.path(), on_disk(None)).unwrap_err();
    let StoreError::Locked { holder, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(*holder, format!("process {}", std::process::id()));
    first.close().unwrap();
    Store::open(folder.path(), on_disk(None)).unwrap();
}
