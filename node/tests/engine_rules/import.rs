//! A backup's items take the same door as a peer's.

use indaba::engine::limits;
use indaba::engine::order::{Imported, Order, Reply};
use indaba_protocol::{Item, SigningKey};
use indaba_store::disk::MemoryDisk;

use crate::engine_rules::bench::{Bench, draft};
use crate::engine_rules::cast::{Cast, FEED, OTHER, id};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Bench {
    fn import(&mut self, items: &[Vec<u8>], look_only: bool) -> Imported {
        let order = Order::Import {
            items: items.iter().map(|item| hex(item)).collect(),
            look_only,
        };
        match self.order(order) {
            Reply::Imported(done) => done,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_backup_brings_in_what_a_peer_could_bring_in_and_nothing_else_and_only_once() {
    let (mut bench, friend, unknown) = (Bench::new(), Cast::abroad(10), Cast::abroad(20));
    bench.follow(FEED, false);
    bench.anchor(&friend);
    let record = friend.record(&[(FEED, 1, None)]);
    let strange = unknown.record(&[(FEED, 1, None)]);
    let elsewhere = friend.record(&[(OTHER, 1, None)]);
    let mut forged = friend.record(&[(FEED, 2, Some(id(&record)))]).to_item();
    let last = forged.statement.len() - 1;
    forged.statement[last] ^= 1;
    let mut items: Vec<Vec<u8>> = std::iter::once(&friend.inception)
        .chain(&friend.states)
        .map(|bytes| Item::of_statement(bytes).encode())
        .collect();
    items.extend([
        record.to_item().encode(),
        strange.to_item().encode(),
        elsewhere.to_item().encode(),
        forged.encode(),
        b"no item at all".to_vec(),
    ]);

    let looked = bench.import(&items, true);
    assert_eq!((looked.new, looked.known, looked.invalid), (5, 0, 2));
    assert!(
        !bench.store.contains(&id(&record)).unwrap(),
        "looking changes nothing"
    );

    let done = bench.import(&items, false);
    assert_eq!((done.new, done.known, done.invalid), (3, 0, 2), "{done:?}");
    assert_eq!(
        (done.waiting, done.left_out, done.own),
        (1, 1, 0),
        "{done:?}"
    );
    let parts = bench.store.parts_held(&id(&record)).unwrap().unwrap();
    assert!(parts.card && parts.body);
    assert!(
        !bench.store.contains(&id(&elsewhere)).unwrap(),
        "not followed"
    );
    assert!(
        bench.store.held(&id(&strange)).unwrap().is_some(),
        "in quarantine"
    );

    let again = bench.import(&items, false);
    assert_eq!((again.new, again.known), (0, 3), "{again:?}");
    assert_eq!(
        again.waiting, 1,
        "what waits is not taken in yet: {again:?}"
    );
    assert!(matches!(
        bench.order(Order::Import {
            items: vec![String::new(); limits::IMPORTED_AT_ONCE + 1],
            look_only: false
        }),
        Reply::Refused(_)
    ));
}

#[test]
fn own_records_out_of_a_backup_take_their_places_and_the_next_one_follows_them() {
    let disk = MemoryDisk::new();
    let mut old = Bench::on(&disk);
    for title in ["One", "Two"] {
        let order = Order::Publish {
            drafts: vec![draft(title)],
        };
        assert!(matches!(old.order(order), Reply::Published { .. }));
    }
    let items: Vec<Vec<u8>> = old
        .store
        .page(0, 9)
        .unwrap()
        .into_iter()
        .map(|(_, id)| {
            let found = old.store.record(&id).unwrap().unwrap();
            Item {
                statement: found.statement,
                card: found.card,
                body: found.body,
            }
            .encode()
        })
        .collect();
    let mut new = Bench::new();
    let done = new.import(&items, false);
    assert_eq!((done.new, done.own), (2, 2));
    let order = Order::Publish {
        drafts: vec![draft("Three")],
    };
    let Reply::Published { records } = new.order(order) else {
        panic!()
    };
    assert_eq!(records[0].lanes, [(FEED.to_owned(), 3)]);
}

#[test]
fn what_an_earlier_key_of_the_institution_signed_comes_back_whatever_is_followed() {
    let mut bench = Bench::new();
    let earlier = SigningKey::from_seed(&[55; 32]);
    let state = bench.own.delegate(&earlier);
    let record = bench.own.signed(state.id(), &earlier, &[(OTHER, 1, None)]);
    let items = [
        Item::of_statement(state.bytes()).encode(),
        record.to_item().encode(),
    ];
    // Control: nobody asked a peer for it.
    bench.gossip("registry", items[0].clone());
    bench.gossip(OTHER, items[1].clone());
    assert!(!bench.store.contains(&id(&record)).unwrap());

    let done = bench.import(&items, false);
    assert_eq!((done.new, done.known, done.left_out), (1, 1, 0), "{done:?}");
    assert!(bench.store.contains(&id(&record)).unwrap());
}

#[test]
fn while_the_journal_is_read_from_outside_nothing_is_compacted() {
    let disk = MemoryDisk::new();
    let mut bench = Bench::on(&disk);
    let order = Order::Publish {
        drafts: vec![draft("One")],
    };
    bench.order(order);
    let only = bench.store.page(0, 1).unwrap()[0].1;
    let mut batch = indaba_store::Batch::new();
    batch.drop_parts(only);
    bench.store.commit(batch).unwrap();
    let Reply::JournalHeld { end } = bench.order(Order::HoldJournal { seconds: 60 }) else {
        panic!()
    };
    assert_eq!(end, bench.store.journal_end());
    let compact = |bench: &mut Bench| match bench.order(Order::Compact {
        all: false,
        before: None,
    }) {
        Reply::Compacted { segments, held, .. } => (segments, held),
        other => panic!("{other:?}"),
    };
    assert_eq!(compact(&mut bench), (0, true));
    bench.order(Order::HoldJournal { seconds: 0 });
    assert_eq!(compact(&mut bench), (1, false));
    assert_eq!(bench.store.erased_bytes().unwrap(), 0);
}
