use indaba::network::{Command, Event, PeerId, RequestFailure, RespondFailure};

use super::hostile::{RawPeer, Seen};
use super::node::{Node, listening, protocols, quiet};

async fn pair() -> (Node, Node) {
    let (mut server, address) = Node::listen(listening(1)).await;
    let mut client = Node::start(quiet(2));
    client.add(server.id(), &address).await;
    client.connected_with(server.id()).await;
    server.connected_with(client.id()).await;
    (server, client)
}

async fn ask(client: &Node, peer: PeerId, ticket: u64, body: Vec<u8>) {
    client.tell(Command::Request { peer, ticket, body }).await;
}

async fn request(server: &mut Node) -> (indaba::network::RequestTicket, Vec<u8>) {
    server
        .until("request", |event| match event {
            Event::Request { ticket, body, .. } => Some((ticket, body)),
            _ => None,
        })
        .await
}

async fn answer(client: &mut Node, ticket: u64) -> Result<Vec<u8>, RequestFailure> {
    client
        .until("answer", |event| match event {
            Event::Response {
                ticket: t, body, ..
            } if t == ticket => Some(Ok(body)),
            Event::RequestFailed {
                ticket: t, reason, ..
            } if t == ticket => Some(Err(reason)),
            _ => None,
        })
        .await
}

#[tokio::test]
async fn a_request_is_answered() {
    let (mut server, mut client) = pair().await;
    ask(&client, server.id(), 5, b"which lanes?".to_vec()).await;
    let (ticket, body) = request(&mut server).await;
    assert_eq!(body, b"which lanes?");
    server
        .tell(Command::Respond {
            request: ticket,
            body: b"these".to_vec(),
        })
        .await;
    assert_eq!(answer(&mut client, 5).await.unwrap(), b"these");
    server
        .until_seen("nothing left over", |seen| seen.requests_in == 0)
        .await;
    assert_eq!(client.inspect().await.requests_out, 0);
}

#[tokio::test]
async fn the_largest_bodies_pass_and_one_byte_more_does_not() {
    let (mut server, mut client) = pair().await;
    let peer = server.id();
    ask(&client, peer, 1, vec![7; 64 * 1024]).await;
    let (ticket, body) = request(&mut server).await;
    assert_eq!(body.len(), 64 * 1024);
    server
        .tell(Command::Respond {
            request: ticket,
            body: vec![8; 1024 * 1024],
        })
        .await;
    assert_eq!(answer(&mut client, 1).await.unwrap().len(), 1024 * 1024);

    ask(&client, peer, 2, vec![7; 64 * 1024 + 1]).await;
    assert_eq!(answer(&mut client, 2).await, Err(RequestFailure::TooLarge));

    ask(&client, peer, 3, vec![]).await;
    let (ticket, _) = request(&mut server).await;
    server
        .tell(Command::Respond {
            request: ticket,
            body: vec![8; 1024 * 1024 + 1],
        })
        .await;
    let reason = server
        .until("failed answer", |event| match event {
            Event::RespondFailed { reason, .. } => Some(reason),
            _ => None,
        })
        .await;
    assert_eq!(reason, RespondFailure::TooLarge);
    assert!(matches!(
        answer(&mut client, 3).await,
        Err(RequestFailure::Stream(_))
    ));
    assert_eq!(client.inspect().await.connections.len(), 1, "it survives");
}

#[tokio::test]
async fn an_oversized_request_of_a_hostile_peer_is_refused_and_the_connection_survives() {
    let (mut server, address) = Node::listen(listening(1)).await;
    let mut raw = RawPeer::dial(protocols().catch_up, server.id(), address, vec![]);
    assert!(matches!(raw.next().await, Seen::Connected));
    // The first one would be whole if the bound were not there.
    for (length, sent) in [(64 * 1024 + 1, 64 * 1024 + 1), (u32::MAX, 1024)] {
        let mut bytes = length.to_be_bytes().to_vec();
        bytes.extend(vec![1; sent]);
        raw.send.send(bytes).await.unwrap();
        match raw.next().await {
            Seen::Answer(None) => {}
            Seen::Answer(Some(bytes)) => assert!(bytes.is_empty()),
            other => panic!("{other:?}"),
        }
    }
    // The twin, on the same connection: within the bound it is a request.
    let mut bytes = 3u32.to_be_bytes().to_vec();
    bytes.extend(b"abc");
    raw.send.send(bytes).await.unwrap();
    let (ticket, body) = request(&mut server).await;
    assert_eq!(body, *b"abc", "and the oversized ones never came through");
    server
        .tell(Command::Respond {
            request: ticket,
            body: b"ok".to_vec(),
        })
        .await;
    match raw.next().await {
        Seen::Answer(Some(bytes)) => assert_eq!(bytes, [0, 0, 0, 2, b'o', b'k']),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_oversized_answer_of_a_hostile_peer_is_a_failed_request() {
    let (mut server, address) = Node::listen(listening(1)).await;
    let mut lie = (1024 * 1024 + 1u32).to_be_bytes().to_vec();
    lie.extend(vec![1; 4096]);
    let raw = RawPeer::dial(protocols().catch_up, server.id(), address.clone(), lie);
    server.connected_with(raw.id).await;
    ask(&server, raw.id, 1, b"?".to_vec()).await;
    match answer(&mut server, 1).await {
        Err(RequestFailure::Stream(reason)) => assert!(reason.contains("at most"), "{reason}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(server.inspect().await.connections.len(), 1);

    let mut truth = 4u32.to_be_bytes().to_vec();
    truth.extend(b"fine");
    let honest = RawPeer::dial(protocols().catch_up, server.id(), address, truth);
    server.connected_with(honest.id).await;
    ask(&server, honest.id, 2, b"?".to_vec()).await;
    assert_eq!(answer(&mut server, 2).await.unwrap(), b"fine");
}

#[tokio::test]
async fn a_declined_request_fails_at_once() {
    let (mut server, mut client) = pair().await;
    ask(&client, server.id(), 1, b"?".to_vec()).await;
    let (ticket, _) = request(&mut server).await;
    server.tell(Command::Decline(ticket)).await;
    assert!(matches!(
        answer(&mut client, 1).await,
        Err(RequestFailure::Stream(_))
    ));
    // Too late now.
    server
        .tell(Command::Respond {
            request: ticket,
            body: vec![],
        })
        .await;
    let reason = server
        .until("failed answer", |event| match event {
            Event::RespondFailed { reason, .. } => Some(reason),
            _ => None,
        })
        .await;
    assert_eq!(reason, RespondFailure::Gone);
}

#[tokio::test]
async fn requests_to_nobody_and_too_many_fail_at_once() {
    let (mut server, mut client) = pair().await;
    ask(&client, PeerId::random(), 1, vec![]).await;
    assert_eq!(
        answer(&mut client, 1).await,
        Err(RequestFailure::NotConnected)
    );
    // Four in flight to one peer is the bound of the default profile.
    for ticket in 2..6 {
        ask(&client, server.id(), ticket, vec![ticket as u8]).await;
    }
    ask(&client, server.id(), 6, vec![]).await;
    assert_eq!(answer(&mut client, 6).await, Err(RequestFailure::Busy));
    for _ in 0..4 {
        let (ticket, body) = request(&mut server).await;
        server
            .tell(Command::Respond {
                request: ticket,
                body,
            })
            .await;
    }
    assert_eq!(answer(&mut client, 5).await.unwrap(), [5]);
}

#[tokio::test]
async fn another_network_does_not_understand() {
    let (mut server, address) = Node::listen(listening(1)).await;
    let mut settings = quiet(2);
    settings.protocols.catch_up = "/indaba/1/fedcba9876543210/catch-up/1".into();
    let mut client = Node::start(settings);
    client.add(server.id(), &address).await;
    client.connected_with(server.id()).await;
    server.connected_with(client.id()).await;
    ask(&client, server.id(), 1, vec![]).await;
    assert_eq!(
        answer(&mut client, 1).await,
        Err(RequestFailure::Unsupported)
    );
}
