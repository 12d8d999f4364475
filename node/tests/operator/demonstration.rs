//! The demonstration tells the truth: it succeeds when every node holds what it should, and only then.

use std::fs;
use std::path::Path;

use indaba::audit::Found;
use indaba::demo::audit::Holdings;
use indaba::demo::{Event, rehearse, untouched};

fn play(touch: fn(&mut [Holdings])) -> (Vec<Event>, bool) {
    let folder = tempfile::tempdir().unwrap();
    play_in(folder.path(), touch)
}

fn play_in(folder: &Path, touch: fn(&mut [Holdings])) -> (Vec<Event>, bool) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(rehearse(folder, touch)).unwrap()
}

fn end(events: &[Event]) -> serde_json::Value {
    serde_json::to_value(events.last().unwrap()).unwrap()
}

#[test]
fn it_ends_well_and_every_feed_is_complete() {
    let (events, whole) = play(untouched);
    assert!(whole, "{events:?}");
    let mut records = 0;
    for event in &events {
        match event {
            Event::Record { received, .. } => {
                records += 1;
                assert!(
                    received
                        .iter()
                        .all(|r| r.latency_ms.is_some() && r.verified),
                    "{event:?}"
                );
            }
            Event::CaughtUp {
                records, complete, ..
            } => assert!(*complete && *records == 6, "{event:?}"),
            Event::Completeness { feeds, .. } => {
                assert!(
                    feeds
                        .iter()
                        .all(|f| f.state == "complete" && f.held == f.expected && f.held > 0),
                    "{event:?}"
                );
            }
            _ => {}
        }
    }
    assert_eq!(records, 30);
    let end = end(&events);
    assert_eq!(end["published"], 30);
    // No node holds everything: each holds its own and what it follows.
    assert!(
        end["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .all(|n| n["must_hold"].as_u64().unwrap() < 30)
    );
}

#[test]
fn one_record_taken_away_makes_it_fail() {
    let (events, whole) = play(|holdings| {
        holdings[1].records.pop_first().unwrap();
    });
    let end = end(&events);
    assert!(!whole && end["whole"] == false);
    assert_eq!(end["nodes"][1]["missing"].as_array().unwrap().len(), 1);
    assert!(end["nodes"][0]["whole"] == true && end["nodes"][2]["whole"] == true);
}

#[test]
fn one_bit_changed_and_one_record_too_many_make_it_fail() {
    let (events, whole) = play(|holdings| {
        // A record that the first node holds and the second does not follow.
        let extra = holdings[0]
            .records
            .iter()
            .find(|(id, _)| !holdings[1].records.contains_key(id))
            .unwrap();
        let extra = (*extra.0, extra.1.clone());
        holdings[1].records.insert(extra.0, extra.1);
        let mut changed = holdings[2].records.first_entry().unwrap();
        changed.get_mut().body.as_mut().unwrap()[40] ^= 1;
        holdings[0].institutions.clear();
    });
    let end = end(&events);
    assert!(!whole);
    assert_eq!(
        end["nodes"][0]["verified"], 0,
        "without the institutions' statements nothing is proven"
    );
    assert_eq!(end["nodes"][1]["unexpected"].as_array().unwrap().len(), 1);
    assert_eq!(end["nodes"][2]["broken"].as_array().unwrap().len(), 1);
}

#[test]
fn each_of_its_nodes_keeps_an_audit_log_as_any_node_does() {
    let folder = tempfile::tempdir().unwrap();
    let (events, whole) = play_in(folder.path(), untouched);
    assert!(whole, "{events:?}");
    let mut published = Vec::new();
    for node in fs::read_dir(folder.path()).unwrap() {
        let found = Found::read(&node.unwrap().path().join("audit")).unwrap();
        assert!(found.faults.is_empty());
        let count = |act: &str| {
            found
                .entries
                .iter()
                .filter(|entry| entry.act == act)
                .count()
        };
        assert_eq!(count("institution-found"), 1);
        assert_eq!(count("trust-anchor"), 2);
        assert!(count("node-start") >= 1);
        assert_eq!(count("node-start"), count("node-stop"));
        published.push(count("publish"));
    }
    published.sort_unstable();
    assert_eq!(published, [9, 10, 11]);
}
