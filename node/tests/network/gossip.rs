use indaba::network::{Command, Event, Multiaddr, Outcome, Relay, Topic};

use super::node::{LOOKOUT, Node, PREFIX, listening, quiet, topic};

/// Author, middle and reader in a line: the only way is through the middle.
struct Line {
    author: Node,
    middle: Node,
    reader: Node,
    middle_address: Multiaddr,
}

async fn line(subject: &Topic) -> Line {
    let (mut middle, middle_address) = Node::listen(listening(1)).await;
    let mut author = Node::start(quiet(2));
    let mut reader = Node::start(quiet(3));
    for node in [&author, &middle, &reader] {
        node.follow(subject).await;
    }
    author.add(middle.id(), &middle_address).await;
    reader.add(middle.id(), &middle_address).await;
    author.follower(middle.id(), subject).await;
    reader.follower(middle.id(), subject).await;
    // Both are in the mesh of the middle, so that what it accepts is forwarded at once.
    middle
        .until_seen("a mesh of two", |seen| {
            seen.meshes.iter().any(|(_, peers)| peers.len() == 2)
        })
        .await;
    Line {
        author,
        middle,
        reader,
        middle_address,
    }
}

fn frame_of(event: Event) -> Option<Vec<u8>> {
    match event {
        Event::Message { frame, .. } => Some(frame),
        _ => None,
    }
}

#[tokio::test]
async fn an_accepted_message_reaches_the_reader_through_the_middle() {
    let subject = topic("theme:trj");
    let mut line = line(&subject).await;
    let outcome = line.author.publish(&subject, b"a practice", 7).await;
    assert_eq!(outcome, Outcome::Sent(1));
    let (ticket, from, on, frame) = line.middle.message().await;
    assert_eq!(from, line.author.id());
    assert_eq!(
        (on, frame.as_slice()),
        (subject.clone(), &b"a practice"[..])
    );
    line.middle.judge(ticket, Relay::Accept).await;
    let (ticket, from, _, frame) = line.reader.message().await;
    assert_eq!(from, line.middle.id(), "by the middle, not by the author");
    assert_eq!(frame, b"a practice");
    line.reader.judge(ticket, Relay::Accept).await;
    assert_eq!(line.middle.inspect().await.unjudged, 0);
}

#[tokio::test]
async fn nothing_is_forwarded_before_the_judgement() {
    let subject = topic("theme:trj");
    let mut line = line(&subject).await;
    line.author.publish(&subject, b"wait", 1).await;
    let (ticket, ..) = line.middle.message().await;
    line.reader
        .never("forwarded unjudged", LOOKOUT, frame_of)
        .await;
    assert_eq!(line.middle.inspect().await.unjudged, 1);
    // The twin: with the judgement it goes.
    line.middle.judge(ticket, Relay::Accept).await;
    assert_eq!(line.reader.message().await.3, b"wait");
}

#[tokio::test]
async fn an_ignored_message_ends_here_and_costs_nobody() {
    let subject = topic("theme:trj");
    let mut line = line(&subject).await;
    // More often than a ban would take.
    for n in 0..5u8 {
        line.author.publish(&subject, &[n], n.into()).await;
        let (ticket, ..) = line.middle.message().await;
        line.middle.judge(ticket, Relay::Ignore).await;
    }
    line.reader
        .never("forwarded although ignored", LOOKOUT, frame_of)
        .await;
    // The twin, from the same author over the same links: accepted, it arrives.
    line.author.publish(&subject, b"good", 9).await;
    let (ticket, _, _, frame) = line.middle.message().await;
    assert_eq!(frame, b"good");
    line.middle.judge(ticket, Relay::Accept).await;
    assert_eq!(line.reader.message().await.3, b"good");
}

#[tokio::test]
async fn the_third_rejected_message_bans_its_sender() {
    let subject = topic("theme:trj");
    let mut line = line(&subject).await;
    for n in 0..3u8 {
        line.author.publish(&subject, &[n], n.into()).await;
        let (ticket, ..) = line.middle.message().await;
        line.middle.judge(ticket, Relay::Reject).await;
    }
    let author = line.author.id();
    let banned = line
        .middle
        .until("ban", |event| match event {
            Event::Banned { peer, .. } => Some(peer),
            _ => None,
        })
        .await;
    assert_eq!(banned, author);
    line.author
        .until("disconnection", |event| match event {
            Event::Disconnected { .. } => Some(()),
            _ => None,
        })
        .await;
    line.reader
        .never("forwarded although rejected", LOOKOUT, frame_of)
        .await;
    assert_eq!(line.middle.inspect().await.blocked, 1);
}

#[tokio::test]
async fn a_second_judgement_has_no_effect() {
    let subject = topic("theme:trj");
    let mut line = line(&subject).await;
    line.author.publish(&subject, b"once", 1).await;
    let (ticket, ..) = line.middle.message().await;
    line.middle.judge(ticket, Relay::Accept).await;
    for _ in 0..5 {
        line.middle.judge(ticket, Relay::Reject).await;
    }
    assert_eq!(line.reader.message().await.3, b"once");
    assert_eq!(line.middle.inspect().await.blocked, 0);
}

#[tokio::test]
async fn who_does_not_follow_gets_nothing() {
    let subject = topic("theme:trj");
    let mut line = line(&subject).await;
    let mut other = Node::start(quiet(4));
    other.follow(&topic("theme:other")).await;
    other.add(line.middle.id(), &line.middle_address).await;
    other.connected_with(line.middle.id()).await;
    line.author.publish(&subject, b"for readers", 1).await;
    let (ticket, ..) = line.middle.message().await;
    line.middle.judge(ticket, Relay::Accept).await;
    line.reader.message().await;
    other.never("delivered unasked", LOOKOUT, frame_of).await;
}

/// With the hash of the data alone as the message id, the second publication would be refused
/// as a duplicate.
#[tokio::test]
async fn the_same_frame_on_two_topics_reaches_both() {
    let (first, second) = (topic("theme:trj"), topic("country:gha"));
    let mut line = line(&first).await;
    for node in [&line.author, &line.reader] {
        node.tell(Command::Unsubscribe(first.clone())).await;
    }
    for node in [&line.author, &line.middle, &line.reader] {
        node.follow(&first).await;
        node.follow(&second).await;
    }
    line.author.follower(line.middle.id(), &second).await;
    for (ticket, subject) in [(1, &first), (2, &second)] {
        let outcome = line.author.publish(subject, b"one record", ticket).await;
        assert!(matches!(outcome, Outcome::Sent(_)), "{outcome:?}");
        let (ticket, _, on, _) = line.middle.message().await;
        assert_eq!(on, *subject);
        line.middle.judge(ticket, Relay::Accept).await;
    }
    let again = line.author.publish(&second, b"one record", 3).await;
    assert_eq!(again, Outcome::Duplicate);
}

#[tokio::test]
async fn publishing_says_how_it_ended() {
    let mut node = Node::start(quiet(1));
    let subject = topic("registry");
    assert_eq!(
        node.publish(&subject, b"into the void", 1).await,
        Outcome::NoPeers
    );
    // Not remembered as published: it can go out later.
    assert_eq!(
        node.publish(&subject, b"into the void", 2).await,
        Outcome::NoPeers
    );
    let large = vec![0; 64 * 1024 + 1];
    assert_eq!(node.publish(&subject, &large, 3).await, Outcome::TooLarge);
}

#[tokio::test]
async fn the_largest_frame_passes() {
    let subject = topic("theme:trj");
    let mut line = line(&subject).await;
    let frame: Vec<u8> = (0..64 * 1024u32).map(|n| n as u8).collect();
    line.author.publish(&subject, &frame, 1).await;
    let (ticket, _, _, got) = line.middle.message().await;
    assert!(got == frame);
    line.middle.judge(ticket, Relay::Accept).await;
    assert!(line.reader.message().await.3 == frame);
}

#[tokio::test]
async fn topics_of_other_networks_are_not_even_remembered() {
    // The hostile node speaks plain gossipsub and announces whatever it likes.
    let (mut hub, address) = Node::listen(listening(1)).await;
    let names = [
        "/indaba/1/fedcba9876543210/registry".to_owned(),
        format!("{PREFIX}{}", "x".repeat(49)),
        format!("{PREFIX}theme:real"),
    ];
    let hostile = super::hostile::announce(names.to_vec(), address);
    let seen = hub
        .until("announcement", |event| match event {
            Event::PeerFollows { topic, .. } => Some(topic),
            _ => None,
        })
        .await;
    assert_eq!(seen, topic("theme:real"));
    hub.never("a foreign topic", LOOKOUT, |event| match event {
        Event::PeerFollows { topic, .. } => Some(topic),
        _ => None,
    })
    .await;
    hostile.abort();
}
