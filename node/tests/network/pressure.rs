use std::time::Duration;

use indaba::network::{Command, EVENTS, Event, Relay};
use tokio::time::timeout;

use super::node::{LOOKOUT, Node, PATIENCE, listening, quiet, topic};

/// An engine that reads no events must still get rid of its commands, or both sides would wait
/// for each other.
#[tokio::test]
async fn commands_are_taken_while_nobody_reads_events() {
    let mut node = Node::start(quiet(1));
    let subject = topic("registry");
    let many = 4 * EVENTS as u64 + 3000;
    for ticket in 0..many {
        let command = Command::Publish {
            topic: subject.clone(),
            frame: vec![],
            ticket,
        };
        timeout(PATIENCE, node.network.commands.send(command))
            .await
            .expect("the network stopped taking commands")
            .unwrap();
    }
    // It answers what it can hold and says how much it could not.
    node.inspect().await;
    let (mut answered, mut lost) = (0, 0);
    while answered + lost < many {
        node.until("answer", |event| match event {
            Event::Published { .. } => {
                answered += 1;
                Some(())
            }
            Event::AnswersLost(n) => {
                lost += n;
                Some(())
            }
            _ => None,
        })
        .await;
    }
    assert_eq!(answered + lost, many);
    assert!(lost > 0, "the bound was never reached");
    assert!(answered >= EVENTS as u64);
    node.stop().await;
}

/// More messages than the channel holds arrive while nobody reads: the sender has to wait, and
/// everything is there when reading begins.
#[tokio::test]
async fn unread_messages_wait_and_are_not_lost() {
    let subject = topic("theme:trj");
    let (mut reader, address) = Node::listen(listening(1)).await;
    let mut author = Node::start(quiet(2));
    for node in [&reader, &author] {
        node.follow(&subject).await;
    }
    author.add(reader.id(), &address).await;
    author.follower(reader.id(), &subject).await;
    reader.follower(author.id(), &subject).await;
    let many = EVENTS as u32 + 100;
    for n in 0..many {
        let frame = n.to_be_bytes();
        author.publish(&subject, &frame, n.into()).await;
    }
    // The channel is full and one message waits before it. The rest stays with the author: the
    // swarm is not polled. Commands are taken meanwhile.
    let held = EVENTS + 1;
    let arrival = async {
        while reader.inspect().await.unjudged < held {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, arrival).await.expect("too few arrived");
    let _ = timeout(LOOKOUT / 4, std::future::pending::<()>()).await;
    assert_eq!(reader.inspect().await.unjudged, held);
    let mut got = std::collections::BTreeSet::new();
    while got.len() < many as usize {
        let (ticket, _, _, frame) = reader.message().await;
        got.insert(frame);
        reader.judge(ticket, Relay::Accept).await;
    }
    reader
        .until_seen("all judged", |seen| seen.unjudged == 0)
        .await;
}

#[tokio::test]
async fn shutdown_works_with_a_full_event_channel() {
    let node = Node::start(quiet(1));
    for ticket in 0..2 * EVENTS as u64 {
        node.tell(Command::Publish {
            topic: topic("registry"),
            frame: vec![],
            ticket,
        })
        .await;
    }
    timeout(Duration::from_secs(10), node.stop()).await.unwrap();
}
