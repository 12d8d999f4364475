#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]
use super::*;

fn id(n: u8) -> Id {
    Id::from_bytes([n; 32])
}

#[test]
fn messages_come_back() {
    let feed: FeedName = "region:ecowas".parse().unwrap();
    let key = Key::from_bytes([1; 33]);
    for request in [
        CatchUpRequest::Lanes {
            feed: feed.clone(),
            after: None,
        },
        CatchUpRequest::Lanes {
            feed: feed.clone(),
            after: Some(key),
        },
        CatchUpRequest::Range {
            feed,
            key,
            from: 1,
            to: 9,
        },
        CatchUpRequest::Facts { after: Some(id(2)) },
        CatchUpRequest::Institution(id(3)),
        CatchUpRequest::Get(vec![id(4), id(1)]),
    ] {
        assert_eq!(CatchUpRequest::decode(&request.encode()), Ok(request));
    }
    let item = Item {
        statement: vec![1],
        card: None,
        body: Some(vec![2]),
    };
    for response in [
        CatchUpResponse::Lanes {
            lanes: vec![LaneSummary {
                institution: id(1),
                key,
                seq: 4,
                last: id(2),
            }],
            more: true,
        },
        CatchUpResponse::Items {
            items: vec![item.clone(), item],
            more: false,
        },
        CatchUpResponse::Facts {
            ids: vec![id(1), id(2)],
            more: false,
        },
        CatchUpResponse::Refused(RefusedReason::Busy),
    ] {
        assert_eq!(CatchUpResponse::decode(&response.encode()), Ok(response));
    }
}

#[test]
fn bounds_are_kept() {
    assert!(CatchUpRequest::decode(&CatchUpRequest::Get(vec![]).encode()).is_err());
    assert!(CatchUpRequest::decode(&CatchUpRequest::Get(vec![id(1); 65]).encode()).is_err());
    let ids = (0..2_049u32)
        .map(|n| {
            let mut b = [0; 32];
            b[..4].copy_from_slice(&n.to_be_bytes());
            Id::from_bytes(b)
        })
        .collect();
    assert!(
        CatchUpResponse::decode(&CatchUpResponse::Facts { ids, more: false }.encode()).is_err()
    );
    let unsorted = CatchUpResponse::Facts {
        ids: vec![id(2), id(1)],
        more: false,
    };
    assert!(CatchUpResponse::decode(&unsorted.encode()).is_err());
    assert_eq!(
        CatchUpRequest::decode(&vec![0; limits::REQUEST + 1]),
        Err(Fault::TooLarge)
    );
    assert_eq!(
        CatchUpResponse::decode(&vec![0; limits::RESPONSE + 1]),
        Err(Fault::TooLarge)
    );
}

#[test]
fn a_response_is_filled_and_no_more() {
    let item = Item {
        statement: vec![0; 60_000],
        card: None,
        body: None,
    };
    let response = CatchUpResponse::items_that_fit(std::iter::repeat_n(item, 40), false);
    let bytes = response.encode();
    assert!(bytes.len() <= limits::RESPONSE && bytes.len() > limits::RESPONSE - 61_000);
    let CatchUpResponse::Items { items, more } = CatchUpResponse::decode(&bytes).unwrap() else {
        panic!("no items")
    };
    assert!(more && items.len() == 17);
}

#[test]
fn a_range_begins_at_one_and_does_not_end_before_it_begins() {
    let range = |from, to| {
        let feed = "region:ecowas".parse().unwrap();
        let key = Key::from_bytes([1; 33]);
        CatchUpRequest::decode(
            &CatchUpRequest::Range {
                feed,
                key,
                from,
                to,
            }
            .encode(),
        )
    };
    assert!(range(1, 1).is_ok());
    assert!(range(3, 9).is_ok());
    assert_eq!(range(4, 3), Err(Fault::Field("range")));
    assert!(range(0, 3).is_err());
}

fn lane(key: u16, institution: u16) -> LaneSummary {
    let mut bytes = [1; 33];
    bytes[1..3].copy_from_slice(&key.to_be_bytes());
    let mut inst = [0; 32];
    inst[..2].copy_from_slice(&institution.to_be_bytes());
    LaneSummary {
        institution: Id::from_bytes(inst),
        key: Key::from_bytes(bytes),
        seq: 1,
        last: id(9),
    }
}

fn lanes_of(response: CatchUpResponse) -> (Vec<LaneSummary>, bool) {
    match response {
        CatchUpResponse::Lanes { lanes, more } => (lanes, more),
        other => panic!("{other:?}"),
    }
}

#[test]
fn lanes_stand_by_key_then_institution() {
    let sorted = vec![lane(1, 2), lane(1, 3), lane(2, 1)];
    let shuffled = vec![lane(2, 1), lane(1, 3), lane(1, 2)];
    let answer = CatchUpResponse::lanes_that_fit(shuffled.clone());
    assert_eq!(lanes_of(answer.clone()), (sorted, false));
    assert_eq!(CatchUpResponse::decode(&answer.encode()), Ok(answer));
    for wrong in [
        shuffled,
        vec![lane(1, 3), lane(1, 2)],
        vec![lane(1, 2), lane(1, 2)],
    ] {
        let wrong = CatchUpResponse::Lanes {
            lanes: wrong,
            more: false,
        };
        assert_eq!(
            CatchUpResponse::decode(&wrong.encode()),
            Err(Fault::Field("lanes"))
        );
    }
}

#[test]
fn a_key_is_not_split_over_two_answers() {
    let most = limits::LANES_RESPONSE as u16;
    let full: Vec<LaneSummary> = (0..most).map(|n| lane(n, 1)).collect();
    let (all, more) = lanes_of(CatchUpResponse::lanes_that_fit(full.clone()));
    assert_eq!((all.len(), more), (512, false));
    // One more: the last key holds lanes of two institutions, and the second would not fit.
    let mut over = full;
    over.push(lane(most - 1, 2));
    let (first, more) = lanes_of(CatchUpResponse::lanes_that_fit(over.clone()));
    assert_eq!((first.len(), more), (511, true));
    let after = first.last().unwrap().key;
    over.retain(|lane| lane.key > after);
    let (second, more) = lanes_of(CatchUpResponse::lanes_that_fit(over));
    assert_eq!(
        (second, more),
        (vec![lane(most - 1, 1), lane(most - 1, 2)], false)
    );
    // A key alone fills more than an answer: some of it is given, and whoever asks goes forward.
    let mut crowded: Vec<LaneSummary> = (0..=most).map(|n| lane(1, n)).collect();
    crowded.push(lane(2, 1));
    let (given, more) = lanes_of(CatchUpResponse::lanes_that_fit(crowded));
    assert_eq!((given.len(), more), (512, true));
    assert!(given.iter().all(|l| l.key == lane(1, 0).key));
}
