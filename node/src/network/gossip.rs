//! How gossipsub is set up: anonymous, judged by the engine, our topics only.

use std::time::Duration;

use libp2p::core::ConnectedPoint;
use libp2p::gossipsub::{
    self, Behaviour, ConfigBuilder, IdentTopic, MaxCountSubscriptionFilter, Message,
    MessageAuthenticity, MessageId, PeerScoreParams, PeerScoreThresholds, TopicHash,
    TopicScoreParams, TopicSubscriptionFilter, ValidationMode,
};
use libp2p::swarm::behaviour::ConnectionEstablished;
use libp2p::swarm::{ConnectionId, FromSwarm, NetworkBehaviour};
use libp2p::{Multiaddr, PeerId};
use sha2::{Digest, Sha256};

use super::boundary::Topic;
use super::profile::Mesh;
use super::settings::{Protocols, StartError};

/// Largest frame that may be published, in bytes: the default of every gossipsub
/// implementation.
pub const MAX_FRAME: usize = 64 * 1024;

/// Largest gossip message on the wire, in bytes: a frame, its topic, and room for the framing.
pub const MAX_TRANSMIT: usize = 72 * 1024;

/// Most topics this node follows, and most a peer may follow. Peers break off the whole
/// announcement of whoever names more.
pub const MAX_TOPICS: usize = 256;

/// Length of a message id, in bytes. 160 bits of a hash that is only compared, never trusted.
const MESSAGE_ID: usize = 20;

/// Score a peer loses for one point of [`conduct`](super::conduct).
pub(crate) const SCORE_PER_POINT: f64 = -4.0;

/// The filter: topics of our network, and not too many.
pub(crate) type Filter = MaxCountSubscriptionFilter<OurTopics>;

/// Gossipsub as this node uses it.
pub(crate) type Gossip = Behaviour<gossipsub::IdentityTransform, Filter>;

/// Admits topics that begin with the prefix of the network and go on with a short name of
/// plain characters.
///
/// It cannot be a list of the topics followed here: what the filter drops is never announced
/// again, so a topic followed later would have no peers.
#[derive(Debug, Clone)]
pub(crate) struct OurTopics {
    prefix: String,
    rest: usize,
}

impl OurTopics {
    pub(crate) fn new(protocols: &Protocols) -> Self {
        Self {
            prefix: protocols.topic_prefix.clone(),
            rest: protocols.topic_rest,
        }
    }

    pub(crate) fn admits(&self, topic: &str) -> bool {
        topic.strip_prefix(&self.prefix).is_some_and(|rest| {
            !rest.is_empty()
                && rest.len() <= self.rest
                && rest.bytes().all(|b| b.is_ascii_graphic() && b != b'/')
        })
    }
}

impl TopicSubscriptionFilter for OurTopics {
    fn can_subscribe(&mut self, topic: &TopicHash) -> bool {
        self.admits(topic.as_str())
    }
}

/// The id of a message: the first 20 bytes of SHA-256(topic, 0, data).
///
/// The topic belongs to it: gossipsub keeps one memory of ids for all topics and neither
/// publishes nor delivers an id twice, so with the data alone a record posted to two feeds
/// would never reach those who follow the second only.
pub fn message_id(topic: &str, data: &[u8]) -> [u8; MESSAGE_ID] {
    let mut hash = Sha256::new();
    hash.update(topic.as_bytes());
    hash.update([0]);
    hash.update(data);
    let digest = hash.finalize();
    let mut id = [0; MESSAGE_ID];
    id.copy_from_slice(&digest[..MESSAGE_ID]);
    id
}

pub(crate) fn ident(topic: &Topic) -> IdentTopic {
    IdentTopic::new(topic.as_str())
}

fn part(reason: impl ToString) -> StartError {
    StartError::Part {
        part: "gossip",
        reason: reason.to_string(),
    }
}

pub(crate) fn behaviour(mesh: &Mesh, protocols: &Protocols) -> Result<Gossip, StartError> {
    let config = ConfigBuilder::default()
        .validation_mode(ValidationMode::Anonymous)
        .validate_messages()
        .message_id_fn(|message: &Message| {
            MessageId::from(message_id(message.topic.as_str(), &message.data).to_vec())
        })
        .max_transmit_size(MAX_TRANSMIT)
        .flood_publish(false)
        .mesh_n(mesh.degree)
        .mesh_n_low(mesh.low)
        .mesh_n_high(mesh.high)
        .mesh_outbound_min(mesh.outbound)
        .heartbeat_interval(mesh.heartbeat)
        .heartbeat_initial_delay(mesh.initial_delay)
        .history_length(mesh.history)
        .history_gossip(mesh.gossip)
        .gossip_lazy(mesh.lazy)
        .gossip_factor(mesh.factor)
        .duplicate_cache_time(mesh.duplicate_cache)
        .idontwant_message_size_threshold(mesh.idontwant)
        .idontwant_on_publish(false)
        .connection_handler_queue_len(mesh.queue)
        .publish_queue_duration(mesh.publish_wait)
        .forward_queue_duration(mesh.forward_wait)
        .iwant_followup_time(mesh.iwant_followup)
        .build()
        .map_err(part)?;
    let filter = MaxCountSubscriptionFilter {
        filter: OurTopics::new(protocols),
        max_subscribed_topics: MAX_TOPICS,
        max_subscriptions_per_request: MAX_TOPICS,
    };
    let mut gossip =
        Gossip::new_with_subscription_filter(MessageAuthenticity::Anonymous, config, filter)
            .map_err(part)?;
    if mesh.score {
        gossip
            .with_peer_score(peer_score(), PeerScoreThresholds::default())
            .map_err(part)?;
    }
    Ok(gossip)
}

/// Says again to a peer which topics this node follows, on a connection that is the only one left.
///
/// Gossipsub says it when the first of several connections begins, and hands it to whichever of them
/// takes it first. The call of a peer that had lost its connection is not the first while this side still
/// holds the old one, so nothing was said on it. From now on it is the first.
pub(crate) fn greet(gossip: &mut Gossip, peer_id: PeerId, connection_id: ConnectionId) {
    // An address would count for the scores of those who share it, which are off.
    let endpoint = ConnectedPoint::Listener {
        local_addr: Multiaddr::empty(),
        send_back_addr: Multiaddr::empty(),
    };
    gossip.on_swarm_event(FromSwarm::ConnectionEstablished(ConnectionEstablished {
        peer_id,
        connection_id,
        endpoint: &endpoint,
        failed_addresses: &[],
        other_established: 0,
    }));
}

/// Breaches of the mesh protocol that cost a peer nothing, in about ten minutes. A node that is started again does not
/// know who took it out of the mesh within the last minute, and its wish to be back counts twice for each feed: this is
/// one start with 64 feeds, or one every twenty seconds with four. An answer to a breach is a hundred bytes.
const BREACHES_BORNE: f64 = 128.0;

/// How often scores decay: once a second, the default, would wake an idle node for nothing.
const DECAY_INTERVAL: Duration = Duration::from_secs(10);

/// Only three parts of the score are on: invalid messages, breaches of the mesh protocol, and
/// what the engine says.
fn peer_score() -> PeerScoreParams {
    PeerScoreParams {
        app_specific_weight: 1.0,
        // Offices and mobile networks put many honest nodes behind one address.
        ip_colocation_factor_weight: 0.0,
        // A slow link is no offence.
        slow_peer_weight: 0.0,
        behaviour_penalty_threshold: BREACHES_BORNE,
        behaviour_penalty_decay: decay(Duration::from_secs(600)),
        decay_interval: DECAY_INTERVAL,
        ..PeerScoreParams::default()
    }
}

/// The score of one topic; set when it is followed.
///
/// Parts that expect a stream of messages would graylist everyone on a quiet topic: off.
pub(crate) fn topic_score() -> TopicScoreParams {
    TopicScoreParams {
        topic_weight: 1.0,
        time_in_mesh_weight: 0.0,
        first_message_deliveries_weight: 0.0,
        mesh_message_deliveries_weight: 0.0,
        mesh_failure_penalty_weight: 0.0,
        // Squared per message: 10, 40, 90; the default thresholds stop gossip at 10,
        // publishing at 50 and everything at 80.
        invalid_message_deliveries_weight: -10.0,
        invalid_message_deliveries_decay: decay(Duration::from_secs(600)),
        ..TopicScoreParams::default()
    }
}

fn decay(time: Duration) -> f64 {
    // A tenth is left after the time: the default notion of "gone".
    gossipsub::score_parameter_decay_with_base(time, DECAY_INTERVAL, 0.1)
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;
    use crate::network::profile::Profile;

    fn protocols() -> Protocols {
        Protocols {
            topic_prefix: "/indaba/1/0123456789abcdef/".into(),
            topic_rest: 48,
            catch_up: "/x".into(),
            routing: "/x".into(),
            identify: "/x".into(),
        }
    }

    #[test]
    fn the_id_depends_on_topic_and_data_and_their_border() {
        let id = message_id("a", b"b");
        assert_eq!(id, message_id("a", b"b"));
        assert_ne!(id, message_id("c", b"b"));
        assert_ne!(message_id("ab", b"c"), message_id("a", b"bc"));
        // SHA-256 of 61 00 62, first 20 bytes, from an independent implementation.
        let hex: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "59b271ae1bbcb1d31d41929817f4b16fb439eb4f");
    }

    #[test]
    fn only_topics_of_the_network_pass() {
        let topics = OurTopics::new(&protocols());
        assert!(topics.admits("/indaba/1/0123456789abcdef/theme:trj"));
        assert!(topics.admits("/indaba/1/0123456789abcdef/registry"));
        for bad in [
            "/indaba/1/0123456789abcdef/",
            "/indaba/1/fedcba9876543210/registry",
            "/indaba/1/0123456789abcdef/a/b",
            "/indaba/1/0123456789abcdef/a b",
            "registry",
            "",
        ] {
            assert!(!topics.admits(bad), "{bad}");
        }
        let long = format!("/indaba/1/0123456789abcdef/{}", "x".repeat(49));
        assert!(!topics.admits(&long));
    }

    #[test]
    fn every_profile_starts() {
        for profile in [Profile::Default, Profile::Lean, Profile::Hub] {
            behaviour(&profile.parameters().mesh, &protocols()).unwrap();
        }
        peer_score().validate().unwrap();
        topic_score().validate().unwrap();
    }
}
