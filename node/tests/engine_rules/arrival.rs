//! What came first decides nothing: cases in which it once did, each in both orders.

use indaba::engine::order::{Order, Reply};
use indaba::network::Relay;
use indaba_protocol::institution::{Cut, CutEntry, CutReason};
use indaba_protocol::{
    Alarm, CatchUpRequest, CutList, Id, Item, LaneEnd, SigningKey, State, Verified, VerifiedItem,
    VerifiedStatement, read,
};

use crate::engine_rules::bench::Bench;
use crate::engine_rules::cast::{Cast, FEED, OTHER, day, feed, id, network};

/// A node that follows both feeds and accepts the institution.
fn reader(friend: &Cast) -> Bench {
    let mut bench = Bench::new();
    bench.follow(FEED, false);
    bench.follow(OTHER, false);
    bench.accept(friend);
    bench
}

fn list(friend: &Cast, ends: &[(&str, u64, Id)], adopted: &[Id]) -> Verified<CutList> {
    let mut feeds: Vec<CutEntry> = ends
        .iter()
        .map(|(name, seq, last)| CutEntry {
            feed: feed(name).hash(),
            seq: *seq,
            last: *last,
        })
        .collect();
    feeds.sort_by_key(|entry| entry.feed);
    CutList {
        institution: friend.id,
        key: friend.node.key(),
        feeds,
        adopted: adopted.to_vec(),
        day: day(),
    }
    .state(&network().id())
    .unwrap()
}

/// The next state, which cuts the node key so; and the list after it.
fn cut(friend: &mut Cast, list: &Verified<CutList>) -> [Item; 2] {
    let state = friend.cut(Some(list.id()));
    friend.states.push(state.bytes().to_vec());
    [state.bytes(), list.bytes()].map(Item::of_statement)
}

/// Statements come, each alone; records on the first of their feeds.
fn come(bench: &mut Bench, items: &[Item]) {
    for item in items {
        bench.gossip("registry", item.encode());
    }
}

fn record_comes(bench: &mut Bench, record: &VerifiedItem) -> Relay {
    let name = record.record().unwrap().lanes[0].feed.to_string();
    bench.gossip(&name, record.to_item().encode())
}

/// The verdict and the words of a record that is held.
fn shown(bench: &mut Bench, record: &VerifiedItem) -> Option<(String, Vec<String>)> {
    let order = Order::Verify {
        id: id(record).to_string(),
    };
    match bench.order(order) {
        Reply::Verified(view) => Some((view.verdict, view.words)),
        _ => None,
    }
}

fn verdict(bench: &mut Bench, record: &VerifiedItem) -> Option<String> {
    shown(bench, record).map(|(verdict, _)| verdict)
}

#[test]
fn a_record_that_a_cut_names_is_taken_though_two_others_stand_at_its_place() {
    let mut friend = Cast::abroad(10);
    let [genuine, one, two] = ["en", "fr", "pt"].map(|l| friend.rival(&[(FEED, 1, None)], l));
    let good = list(&friend, &[(FEED, 1, id(&genuine))], &[]);
    let before = Cast::abroad(10);
    let cut = cut(&mut friend, &good);
    for late in [false, true] {
        let mut bench = reader(&before);
        record_comes(&mut bench, &one);
        record_comes(&mut bench, &two);
        if !late {
            record_comes(&mut bench, &genuine);
        }
        come(&mut bench, &cut);
        if late {
            assert_eq!(record_comes(&mut bench, &genuine), Relay::Accept);
        }
        assert_eq!(verdict(&mut bench, &genuine).as_deref(), Some("VALID"));
        assert_eq!(verdict(&mut bench, &one).as_deref(), Some("VOID:cut"));
    }
}

#[test]
fn a_void_record_on_the_way_to_good_ones_is_kept_when_it_comes_after_the_cut_too() {
    let mut friend = Cast::abroad(10);
    let first = friend.record(&[(FEED, 1, None)]);
    // In the other feed nothing is good, so this one is void; and yet the first is found only by way of it.
    let middle = friend.record(&[(FEED, 2, Some(id(&first))), (OTHER, 1, None)]);
    let last = friend.record(&[(FEED, 3, Some(id(&middle)))]);
    let beyond = friend.record(&[(FEED, 4, Some(id(&last)))]);
    let good = list(&friend, &[(FEED, 3, id(&last))], &[]);
    let before = Cast::abroad(10);
    let cut = cut(&mut friend, &good);
    let records = [&first, &middle, &last];
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [0, 2, 1]] {
        for late in [false, true] {
            let mut bench = reader(&before);
            if late {
                come(&mut bench, &cut);
            }
            for at in order {
                record_comes(&mut bench, records[at]);
            }
            if !late {
                come(&mut bench, &cut);
            }
            let found = records.map(|record| verdict(&mut bench, record));
            let found = found.each_ref().map(|found| found.as_deref());
            assert_eq!(found, [Some("VALID"), Some("VOID:cut"), Some("VALID")]);
            // Whoever joins later needs it as well.
            let peer = bench.connect();
            let answer = bench.ask(peer, &CatchUpRequest::Get(vec![id(&middle)]));
            assert!(answer.len() > 200, "it is served");
            // Control: what stands on no such way is not kept.
            assert_eq!(record_comes(&mut bench, &beyond), Relay::Ignore);
            assert_eq!(verdict(&mut bench, &beyond), None);
        }
    }
}

#[test]
fn what_waits_for_ancestry_is_judged_again_when_another_list_comes() {
    let mut friend = Cast::abroad(10);
    let first = friend.record(&[(FEED, 1, None)]);
    let lost = friend.record(&[(FEED, 2, Some(id(&first)))]);
    let before = Cast::abroad(10);
    let open = list(&friend, &[(FEED, 2, id(&lost))], &[]);
    let open = cut(&mut friend, &open);
    let adopting = list(&friend, &[], &[id(&first)]);
    let adopting = cut(&mut friend, &adopting);
    for late in [false, true] {
        let mut bench = reader(&before);
        if late {
            come(&mut bench, &open);
            record_comes(&mut bench, &first);
            assert_eq!(verdict(&mut bench, &first), None, "it waits");
            come(&mut bench, &adopting);
        } else {
            record_comes(&mut bench, &first);
            come(&mut bench, &open);
            come(&mut bench, &adopting);
        }
        assert_eq!(verdict(&mut bench, &first).as_deref(), Some("ADOPTED"));
    }
}

#[test]
fn what_was_refused_is_asked_for_when_a_list_adopts_it() {
    let mut friend = Cast::abroad(10);
    let [kept, other] = ["en", "fr"].map(|l| friend.rival(&[(FEED, 1, None)], l));
    let before = Cast::abroad(10);
    let good = list(&friend, &[(FEED, 1, id(&kept))], &[]);
    let strict = cut(&mut friend, &good);
    let adopting = list(&friend, &[(FEED, 1, id(&kept))], &[id(&other)]);
    let adopting = cut(&mut friend, &adopting);
    let mut bench = reader(&before);
    come(&mut bench, &strict);
    assert_eq!(record_comes(&mut bench, &kept), Relay::Accept);
    assert_eq!(record_comes(&mut bench, &other), Relay::Ignore);
    come(&mut bench, &adopting);
    // Its place is taken, so no gap tells that it is missing.
    let peer = bench.connect();
    let wanted = CatchUpRequest::Get(vec![id(&other)]);
    bench.serve(peer, &[], |request| {
        (*request == wanted)
            .then(|| other.to_item())
            .into_iter()
            .collect()
    });
    assert_eq!(verdict(&mut bench, &other).as_deref(), Some("ADOPTED"));
    assert_eq!(verdict(&mut bench, &kept).as_deref(), Some("VALID"));
}

#[test]
fn an_alarm_is_the_same_one_in_either_order_and_none_once_its_key_is_cut() {
    let mut friend = Cast::abroad(10);
    let records = friend.chain(FEED, 2);
    let before = Cast::abroad(10);
    let warner = SigningKey::from_seed(&[77; 32]);
    let with_warner = friend.delegate(&warner);
    friend.states.push(with_warner.bytes().to_vec());
    let alarm = |good: u64| {
        let end = (good > 0).then(|| LaneEnd {
            feed: feed(FEED),
            seq: good,
            last: id(&records[good as usize - 1]),
        });
        let alarm = Alarm {
            institution: friend.id,
            key: warner.key(),
            state: friend.state(),
            against: friend.node.key(),
            good: end.into_iter().collect(),
            day: day(),
        };
        let alarm = alarm.sign(&warner, &network().id()).unwrap();
        (alarm.id(), Item::of_statement(alarm.bytes()))
    };
    let alarms = [alarm(0), alarm(1), alarm(2)];
    let smallest = alarms.iter().map(|(id, _)| *id).min().unwrap();
    let cut = cut_key(&friend, &warner);
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let mut bench = reader(&before);
        come(&mut bench, &[Item::of_statement(with_warner.bytes())]);
        for record in &records {
            record_comes(&mut bench, record);
        }
        for at in order {
            come(&mut bench, &[alarms[at].1.clone()]);
        }
        let kept: Vec<bool> = alarms
            .iter()
            .map(|(id, _)| bench.store.has_fact(id).unwrap())
            .collect();
        let expected: Vec<bool> = alarms.iter().map(|(id, _)| *id == smallest).collect();
        assert_eq!(kept, expected);
        let good = alarms.iter().position(|(id, _)| *id == smallest).unwrap();
        for (at, record) in records.iter().enumerate() {
            let (_, words) = shown(&mut bench, record).unwrap();
            assert_eq!(words[0] == "disputed", at >= good, "{words:?}");
        }
        // A key that is cut warns nobody any more, whether it did before the cut or after.
        come(&mut bench, std::slice::from_ref(&cut));
        for record in &records {
            assert_eq!(shown(&mut bench, record).unwrap().1, ["verified"]);
        }
    }
}

/// The next state, which cuts this key everywhere and leaves the others.
fn cut_key(friend: &Cast, key: &SigningKey) -> Item {
    let old = read(&network().id(), friend.states.last().unwrap()).unwrap();
    let VerifiedStatement::State(old) = old else {
        panic!("not a state")
    };
    let mut next = State {
        version: old.version + 1,
        prev: old.id(),
        ..(*old).clone()
    };
    next.delegations.retain(|held| held.key != key.key());
    next.cuts.push(Cut {
        key: key.key(),
        reason: CutReason::Compromised,
        list: None,
    });
    let mut gathering = next.gather(&network().id()).unwrap();
    gathering.sign(&friend.root).unwrap();
    Item::of_statement(gathering.finish().unwrap().bytes())
}

#[test]
fn of_many_rivals_at_one_place_all_are_told_in_the_same_words() {
    let friend = Cast::abroad(10);
    let rivals = ["en", "fr", "pt"].map(|l| friend.rival(&[(FEED, 1, None)], l));
    let mut told = Vec::new();
    for order in [[0, 1, 2], [2, 0, 1]] {
        let mut bench = reader(&friend);
        for at in order {
            assert_eq!(record_comes(&mut bench, &rivals[at]), Relay::Accept);
        }
        let order = Order::Show {
            id: id(&rivals[1]).to_string(),
        };
        match bench.order(order) {
            Reply::Record(view) => told.push((view.line.verdict, view.disputes)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(told[0].0, "CONTESTED");
    assert_eq!(told[0], told[1]);
}
