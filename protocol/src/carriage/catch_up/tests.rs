#![allow(clippy::unwrap_used, clippy::expect_used)]
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
