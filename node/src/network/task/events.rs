//! What libp2p reports.

use std::collections::HashMap;
use std::time::Instant;

use libp2p::core::ConnectedPoint;
use libp2p::core::upgrade::NegotiationError;
use libp2p::gossipsub::{self, MessageAcceptance};
use libp2p::multiaddr::Protocol;
use libp2p::request_response::{self, InboundFailure, OutboundFailure};
use libp2p::swarm::{ConnectionError, ConnectionId, DialError, SwarmEvent};
use libp2p::{Multiaddr, PeerId, identify, mdns, ping, relay};

use super::Task;
use crate::network::address::split_peer;
use crate::network::behaviour::BehaviourEvent;
use crate::network::boundary::{
    DialFailure, Disconnection, Event, Path, RequestFailure, RespondFailure, Topic,
};
use crate::network::keeper::{Link, MAX_ADDRESSES};

/// Longest reason of a foreign library that goes into an event, in characters.
const REASON: usize = 160;

impl Task {
    /// Translates one event of the swarm. At most a handful of events for the engine follow.
    pub(super) fn handle_swarm(&mut self, event: SwarmEvent<BehaviourEvent>, now: Instant) {
        self.stirred |= !matches!(
            event,
            SwarmEvent::Behaviour(BehaviourEvent::Gossip(_) | BehaviourEvent::CatchUp(_))
        );
        match event {
            SwarmEvent::Behaviour(event) => self.handle_behaviour(event, now),
            SwarmEvent::ConnectionEstablished {
                peer_id,
                connection_id,
                endpoint,
                num_established,
                ..
            } => {
                let link = Link {
                    id: connection_id,
                    outbound: endpoint.is_dialer(),
                    path: path(&endpoint),
                    since: now,
                };
                self.keeper.connected(peer_id, link);
                if num_established.get() == 1 {
                    self.outbox.push_back(Event::Connected {
                        peer: peer_id,
                        outbound: link.outbound,
                        path: link.path,
                    });
                }
            }
            SwarmEvent::ConnectionClosed {
                peer_id,
                connection_id,
                num_established,
                cause,
                ..
            } => {
                self.keeper.disconnected(&peer_id, connection_id, now);
                let reason = self.closing_reason(connection_id, cause);
                if num_established == 0 {
                    self.outbox.push_back(Event::Disconnected {
                        peer: peer_id,
                        reason,
                    });
                }
            }
            SwarmEvent::OutgoingConnectionError {
                peer_id: Some(peer),
                error,
                ..
            } if self.keeper.dial_failed(&peer, now) => {
                let reason = dial_failure(&error);
                self.outbox.push_back(Event::DialFailed { peer, reason });
            }
            SwarmEvent::NewListenAddr { address, .. } => {
                self.outbox.push_back(Event::Listening(address));
            }
            SwarmEvent::ExpiredListenAddr { address, .. } => {
                self.outbox.push_back(Event::ListenEnded(address));
            }
            SwarmEvent::ListenerClosed {
                listener_id,
                addresses,
                reason,
            } => {
                self.reservations.closed(listener_id, now);
                match reason {
                    Ok(()) => self
                        .outbox
                        .extend(addresses.into_iter().map(Event::ListenEnded)),
                    Err(error) => self.outbox.push_back(Event::ListenFailed {
                        address: addresses.into_iter().next(),
                        reason: innermost(&error),
                    }),
                }
            }
            SwarmEvent::ListenerError { error, .. } => {
                self.outbox.push_back(Event::ListenFailed {
                    address: None,
                    reason: innermost(&error),
                });
            }
            _ => {}
        }
    }

    fn handle_behaviour(&mut self, event: BehaviourEvent, now: Instant) {
        match event {
            BehaviourEvent::Gossip(event) => self.handle_gossip(event, now),
            BehaviourEvent::CatchUp(event) => self.handle_catch_up(event),
            BehaviourEvent::Ping(event) => self.handle_ping(event),
            BehaviourEvent::Identify(event) => self.handle_identify(event, now),
            BehaviourEvent::Mdns(event) => self.handle_mdns(event, now),
            BehaviourEvent::RelayClient(relay::client::Event::ReservationReqAccepted {
                relay_peer_id,
                ..
            }) => self.reservations.accepted(&relay_peer_id),
            _ => {}
        }
    }

    fn handle_gossip(&mut self, event: gossipsub::Event, now: Instant) {
        match event {
            gossipsub::Event::Message {
                propagation_source: peer,
                message_id,
                message,
            } => match self.unjudged.admit(message_id.clone(), peer, now) {
                Some(ticket) => self.outbox.push_back(Event::Message {
                    ticket,
                    peer,
                    topic: Topic::new(message.topic.into_string()),
                    frame: message.data,
                }),
                None => {
                    self.meter.crowded.inc();
                    self.report(&message_id, &peer, MessageAcceptance::Ignore);
                }
            },
            gossipsub::Event::Subscribed { peer_id, topic } => {
                self.outbox.push_back(Event::PeerFollows {
                    peer: peer_id,
                    topic: Topic::new(topic.into_string()),
                });
            }
            gossipsub::Event::Unsubscribed { peer_id, topic } => {
                self.outbox.push_back(Event::PeerUnfollows {
                    peer: peer_id,
                    topic: Topic::new(topic.into_string()),
                });
            }
            gossipsub::Event::SlowPeer {
                peer_id,
                failed_messages,
            } => {
                let dropped = failed_messages.priority + failed_messages.non_priority;
                self.outbox.push_back(Event::SlowPeer {
                    peer: peer_id,
                    dropped: dropped as u64,
                });
            }
            gossipsub::Event::GossipsubNotSupported { peer_id } => {
                tracing::debug!(peer = %peer_id, "peer does not speak gossipsub");
            }
        }
    }

    fn handle_catch_up(&mut self, event: request_response::Event<Vec<u8>, Vec<u8>>) {
        match event {
            request_response::Event::Message { peer, message, .. } => match message {
                request_response::Message::Request {
                    request_id,
                    request,
                    channel,
                } => match self.requests.admit(request_id, peer, channel) {
                    Some(ticket) => self.outbox.push_back(Event::Request {
                        ticket,
                        peer,
                        body: request,
                    }),
                    None => {
                        self.meter.refused_requests.inc();
                    }
                },
                request_response::Message::Response {
                    request_id,
                    response,
                } => {
                    if let Some(ticket) = self.requests.ended(&request_id) {
                        self.outbox.push_back(Event::Response {
                            ticket,
                            peer,
                            body: response,
                        });
                    }
                }
            },
            request_response::Event::OutboundFailure {
                peer,
                request_id,
                error,
                ..
            } => {
                if let Some(ticket) = self.requests.ended(&request_id) {
                    self.outbox.push_back(Event::RequestFailed {
                        ticket,
                        peer,
                        reason: request_failure(error),
                    });
                }
            }
            request_response::Event::InboundFailure {
                request_id, error, ..
            } => {
                // An unanswered request that ended needs no report: the answer, if one still
                // comes, is told that the request is gone.
                if let Some((ticket, true)) = self.requests.settled(&request_id) {
                    let reason = match error {
                        InboundFailure::Io(error) => RespondFailure::Stream(short(&error)),
                        _ => RespondFailure::Gone,
                    };
                    self.outbox
                        .push_back(Event::RespondFailed { ticket, reason });
                }
            }
            request_response::Event::ResponseSent { request_id, .. } => {
                self.requests.settled(&request_id);
            }
        }
    }

    fn handle_ping(&mut self, event: ping::Event) {
        match event.result {
            Ok(_) => self.keeper.ping_answered(event.connection),
            // A peer without ping is not dead.
            Err(ping::Failure::Unsupported) => {}
            Err(_) => {
                if self.keeper.ping_failed(event.connection) {
                    self.reasons.insert(event.connection, Disconnection::Silent);
                }
            }
        }
    }

    /// Peers that take part in routing are remembered with the addresses they announce. They enter
    /// the table only while peers are short: each entry makes Kademlia look for more, and each
    /// look dials whomever it hears of, so that a table without end makes a full mesh.
    fn handle_identify(&mut self, event: identify::Event, now: Instant) {
        let identify::Event::Received { peer_id, info, .. } = event else {
            return;
        };
        let Some(lookups) = &self.choices.routing else {
            return;
        };
        if !info.protocols.contains(&lookups.protocol) {
            return;
        }
        self.keeper.discovered(
            peer_id,
            info.listen_addrs
                .into_iter()
                .take(MAX_ADDRESSES)
                .map(|address| split_peer(address).0)
                .collect(),
            now,
        );
        let known = self.keeper.addresses(&peer_id).to_vec();
        if self.keeper.is_short()
            && let Some(routing) = self.swarm.behaviour_mut().routing.as_mut()
        {
            for address in known {
                routing.add_address(&peer_id, address);
            }
        }
    }

    fn handle_mdns(&mut self, event: mdns::Event, now: Instant) {
        match event {
            mdns::Event::Discovered(found) => {
                for (peer, addresses) in by_peer(found) {
                    self.keeper.discovered(peer, addresses.clone(), now);
                    if peer != self.local {
                        self.answer(Event::Discovered { peer, addresses });
                    }
                }
            }
            mdns::Event::Expired(gone) => {
                for (peer, _) in gone {
                    let still_there = self
                        .swarm
                        .behaviour()
                        .mdns
                        .as_ref()
                        .is_some_and(|mdns| mdns.discovered_nodes().any(|node| *node == peer));
                    if !still_there {
                        self.keeper.expired(&peer);
                    }
                }
            }
        }
    }

    fn closing_reason(
        &mut self,
        id: ConnectionId,
        cause: Option<ConnectionError>,
    ) -> Disconnection {
        match (self.reasons.remove(&id), cause) {
            (Some(reason), _) => reason,
            (None, Some(ConnectionError::KeepAliveTimeout)) => Disconnection::Idle,
            (None, Some(ConnectionError::IO(_))) => Disconnection::Remote,
            // Closed by a behaviour of ours: a block, or a closed circle.
            (None, None) => Disconnection::Local,
        }
    }
}

fn by_peer(found: Vec<(PeerId, Multiaddr)>) -> HashMap<PeerId, Vec<Multiaddr>> {
    let mut peers: HashMap<PeerId, Vec<Multiaddr>> = HashMap::new();
    for (peer, address) in found {
        let addresses = peers.entry(peer).or_default();
        if addresses.len() < MAX_ADDRESSES {
            addresses.push(split_peer(address).0);
        }
    }
    peers
}

fn path(endpoint: &ConnectedPoint) -> Path {
    if endpoint.is_relayed() {
        return Path::Relayed;
    }
    let quic = |address: &Multiaddr| address.iter().any(|part| part == Protocol::QuicV1);
    let is_quic = match endpoint {
        ConnectedPoint::Dialer { address, .. } => quic(address),
        ConnectedPoint::Listener { local_addr, .. } => quic(local_addr),
    };
    if is_quic { Path::Quic } else { Path::Tcp }
}

fn short(reason: &dyn std::fmt::Display) -> String {
    reason.to_string().chars().take(REASON).collect()
}

fn request_failure(error: OutboundFailure) -> RequestFailure {
    match error {
        OutboundFailure::DialFailure => RequestFailure::NotConnected,
        OutboundFailure::Timeout => RequestFailure::Timeout,
        OutboundFailure::ConnectionClosed => RequestFailure::Closed,
        OutboundFailure::UnsupportedProtocols => RequestFailure::Unsupported,
        // What is sent before the peer agreed to the protocol learns only by reading that it does not.
        OutboundFailure::Io(error) if is_refusal(&error) => RequestFailure::Unsupported,
        OutboundFailure::Io(error) => RequestFailure::Stream(short(&error)),
    }
}

fn is_refusal(error: &std::io::Error) -> bool {
    error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<NegotiationError>())
        .is_some_and(|negotiation| matches!(negotiation, NegotiationError::Failed))
}

/// The reason without the addresses.
pub(super) fn dial_failure(error: &DialError) -> DialFailure {
    match error {
        DialError::LocalPeerId { .. } => DialFailure::OwnAddress,
        DialError::NoAddresses => DialFailure::NoAddress,
        DialError::WrongPeerId { obtained, .. } => DialFailure::WrongPeer(*obtained),
        DialError::Denied { cause } => DialFailure::Denied(short(cause)),
        DialError::DialPeerConditionFalse(_) | DialError::Aborted => DialFailure::Aborted,
        DialError::Transport(errors) => match errors.last() {
            Some((_, error)) => DialFailure::Unreachable(innermost(error)),
            None => DialFailure::NoAddress,
        },
    }
}

/// The last of a chain of errors: the one that says what happened and names no address.
pub(super) fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    short(&error)
}
