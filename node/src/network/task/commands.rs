//! What the engine asks for.

use std::time::Instant;

use libp2p::PeerId;
use libp2p::gossipsub::{MessageAcceptance, PublishError};

use super::Task;
use crate::network::boundary::{
    Command, ConnectionView, Disconnection, Event, MessageTicket, Offence, Outcome, Refusal, Relay,
    RequestFailure, RequestTicket, RespondFailure, Snapshot, Topic,
};
use crate::network::codec::{MAX_REQUEST, MAX_RESPONSE};
use crate::network::gossip::{MAX_FRAME, MAX_TOPICS, ident, topic_score};
use crate::network::keeper::DISCONNECT_PAUSE;
use crate::network::settings::KnownPeer;

impl Task {
    pub(super) fn handle_command(&mut self, command: Command, now: Instant) {
        self.stirred |= !matches!(
            command,
            Command::Publish { .. }
                | Command::Judge { .. }
                | Command::Request { .. }
                | Command::Respond { .. }
        );
        match command {
            Command::Subscribe(topic) => self.subscribe(topic),
            Command::Unsubscribe(topic) => {
                self.swarm
                    .behaviour_mut()
                    .gossip
                    .unsubscribe(&ident(&topic));
            }
            Command::Publish {
                topic,
                frame,
                ticket,
            } => {
                let outcome = self.publish(&topic, frame);
                self.answer(Event::Published { ticket, outcome });
            }
            Command::Judge { message, verdict } => self.judge(message, verdict, now),
            Command::Request { peer, ticket, body } => self.request(peer, ticket, body),
            Command::Respond { request, body } => {
                if let Err(reason) = self.respond(request, body) {
                    self.answer(Event::RespondFailed {
                        ticket: request,
                        reason,
                    });
                }
            }
            Command::Decline(request) => self.requests.forget(request),
            Command::AddPeer {
                peer,
                addresses,
                bond,
            } => {
                let known = KnownPeer {
                    peer,
                    addresses,
                    bond,
                };
                if let Err(refusal) = self.add_peer(known, now) {
                    self.answer(Event::Refused(refusal));
                }
            }
            Command::RemovePeer(peer) => {
                self.keeper.remove(&peer);
                let behaviour = self.swarm.behaviour_mut();
                behaviour.limits.remove_peer_id(&peer);
                if let Some(circle) = behaviour.circle.as_mut() {
                    circle.disallow_peer(peer);
                }
            }
            Command::Block(peer) => match self.conduct.block(peer) {
                Ok(()) => {
                    self.swarm.behaviour_mut().blocked.block_peer(peer);
                }
                Err(_) => self.answer(Event::Refused(Refusal::TooManyBlocks(peer))),
            },
            Command::Unblock(peer) => {
                self.conduct.unblock(&peer);
                self.swarm.behaviour_mut().blocked.unblock_peer(peer);
            }
            Command::Disconnect(peer) => {
                self.keeper.pause(&peer, now + DISCONNECT_PAUSE);
                self.close_all(&peer);
            }
            Command::Penalise { peer, offence } => self.penalise(peer, offence, now),
            Command::Inspect(reply) => {
                // The asker may be gone.
                let _ = reply.send(self.snapshot(now));
            }
            // The loop ends before it comes here.
            Command::Shutdown => {}
        }
    }

    fn subscribe(&mut self, topic: Topic) {
        let gossip = &mut self.swarm.behaviour_mut().gossip;
        let followed = gossip.topics().count();
        if !self.topics.admits(topic.as_str()) {
            self.answer(Event::Refused(Refusal::TopicNotAllowed(topic)));
            return;
        }
        if followed >= MAX_TOPICS && !gossip.topics().any(|t| t.as_str() == topic.as_str()) {
            self.answer(Event::Refused(Refusal::TooManyTopics(topic)));
            return;
        }
        if self.choices.score
            && let Err(reason) = gossip.set_topic_params(ident(&topic), topic_score())
        {
            tracing::warn!(reason, "peers are not scored on a topic");
        }
        if gossip.subscribe(&ident(&topic)).is_err() {
            self.answer(Event::Refused(Refusal::TopicNotAllowed(topic)));
        }
    }

    fn publish(&mut self, topic: &Topic, frame: Vec<u8>) -> Outcome {
        if frame.len() > MAX_FRAME {
            return Outcome::TooLarge;
        }
        let gossip = &mut self.swarm.behaviour_mut().gossip;
        match gossip.publish(ident(topic), frame) {
            Ok(_) => {
                let followers = gossip
                    .all_peers()
                    .filter(|(_, topics)| topics.iter().any(|t| t.as_str() == topic.as_str()))
                    .count();
                Outcome::Sent(followers)
            }
            Err(PublishError::Duplicate) => Outcome::Duplicate,
            Err(PublishError::AllQueuesFull(_)) => Outcome::QueueFull,
            Err(PublishError::MessageTooLarge) => Outcome::TooLarge,
            Err(PublishError::NoPeersSubscribedToTopic) => Outcome::NoPeers,
            // Signing and transforming, which anonymous gossip does not do.
            Err(error) => {
                tracing::warn!(%error, "gossip did not take a frame");
                Outcome::QueueFull
            }
        }
    }

    fn judge(&mut self, message: MessageTicket, verdict: Relay, now: Instant) {
        let Some((id, peer)) = self.unjudged.take(message) else {
            tracing::debug!("a judgement came twice or too late");
            return;
        };
        let acceptance = match verdict {
            Relay::Accept => MessageAcceptance::Accept,
            Relay::Ignore => MessageAcceptance::Ignore,
            Relay::Reject => MessageAcceptance::Reject,
        };
        self.report(&id, &peer, acceptance);
        if verdict == Relay::Reject {
            self.penalise(peer, Offence::Invalid, now);
        }
    }

    fn request(&mut self, peer: PeerId, ticket: u64, body: Vec<u8>) {
        let refusal = if body.len() > MAX_REQUEST {
            Some(RequestFailure::TooLarge)
        } else if !self.swarm.is_connected(&peer) {
            Some(RequestFailure::NotConnected)
        } else if !self.requests.may_ask(&peer) {
            Some(RequestFailure::Busy)
        } else {
            None
        };
        if let Some(reason) = refusal {
            self.answer(Event::RequestFailed {
                ticket,
                peer,
                reason,
            });
            return;
        }
        let id = self
            .swarm
            .behaviour_mut()
            .catch_up
            .send_request(&peer, body);
        self.requests.asked(id, ticket, peer);
    }

    fn respond(&mut self, request: RequestTicket, body: Vec<u8>) -> Result<(), RespondFailure> {
        if body.len() > MAX_RESPONSE {
            // Dropping the channel tells the peer that no answer comes.
            self.requests.forget(request);
            return Err(RespondFailure::TooLarge);
        }
        let channel = self.requests.channel(request).ok_or(RespondFailure::Gone)?;
        self.swarm
            .behaviour_mut()
            .catch_up
            .send_response(channel, body)
            .map_err(|_| {
                self.requests.forget(request);
                RespondFailure::Gone
            })
    }

    /// Closes all connections to a peer.
    pub(super) fn close_all(&mut self, peer: &PeerId) {
        let ids: Vec<_> = self
            .keeper
            .links()
            .filter(|(other, _)| other == peer)
            .map(|(_, link)| link.id)
            .collect();
        for id in ids {
            if self.swarm.close_connection(id) {
                self.reasons.insert(id, Disconnection::Local);
            }
        }
    }

    fn snapshot(&self, now: Instant) -> Snapshot {
        let gossip = &self.swarm.behaviour().gossip;
        Snapshot {
            listeners: self.swarm.listeners().cloned().collect(),
            external: self.swarm.external_addresses().cloned().collect(),
            connections: self
                .keeper
                .links()
                .map(|(peer, link)| ConnectionView {
                    peer,
                    outbound: link.outbound,
                    path: link.path,
                    bond: self.keeper.bond(&peer),
                    age: now.duration_since(link.since),
                })
                .collect(),
            known_peers: self.keeper.known_peers(),
            unjudged: self.unjudged.len(),
            requests_out: self.requests.outgoing(),
            requests_in: self.requests.incoming(),
            blocked: self.conduct.blocked(),
            meshes: gossip
                .topics()
                .map(|topic| {
                    let peers = gossip.mesh_peers(topic).copied().collect();
                    (Topic::new(topic.as_str()), peers)
                })
                .collect(),
        }
    }
}
