//! The libp2p behaviours of this node, put together by the settings.

use std::iter;
use std::time::Duration;

use libp2p::allow_block_list::{self, AllowedPeers, BlockedPeers};
use libp2p::autonat::v2 as autonat;
use libp2p::connection_limits::{self, ConnectionLimits};
use libp2p::identity::Keypair;
use libp2p::kad::store::{MemoryStore, MemoryStoreConfig};
use libp2p::request_response::{self, ProtocolSupport};
use libp2p::swarm::NetworkBehaviour;
use libp2p::swarm::behaviour::toggle::Toggle;
use libp2p::{PeerId, StreamProtocol, dcutr, identify, kad, mdns, memory_connection_limits};
use libp2p::{ping, relay};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::codec::Codec;
use super::gossip::{self, Gossip};
use super::profile::{ConnectionBounds, Parameters, Routing};
use super::settings::{AGENT, Settings, StartError};

/// All behaviours. The first four decide whether a connection may exist and must stay first:
/// libp2p asks in the order of the fields, and a behaviour asked earlier has already made its
/// state for a connection that is denied later.
#[derive(NetworkBehaviour)]
pub(crate) struct Behaviour {
    pub(crate) limits: connection_limits::Behaviour,
    pub(crate) memory: memory_connection_limits::Behaviour,
    pub(crate) blocked: allow_block_list::Behaviour<BlockedPeers>,
    pub(crate) circle: Toggle<allow_block_list::Behaviour<AllowedPeers>>,
    pub(crate) gossip: Gossip,
    pub(crate) identify: identify::Behaviour,
    pub(crate) ping: ping::Behaviour,
    pub(crate) catch_up: request_response::Behaviour<Codec>,
    pub(crate) routing: Toggle<kad::Behaviour<MemoryStore>>,
    pub(crate) mdns: Toggle<mdns::tokio::Behaviour>,
    pub(crate) relay_client: Toggle<relay::client::Behaviour>,
    pub(crate) relay_server: Toggle<relay::Behaviour>,
    pub(crate) dcutr: Toggle<dcutr::Behaviour>,
    pub(crate) prober: Toggle<autonat::client::Behaviour>,
    pub(crate) probed: Toggle<autonat::server::Behaviour>,
}

/// Longest circuit through a relay, and most bytes on it. The libp2p default of two minutes and
/// 128 KiB is for hole punching; gossip and catch-up need more.
const CIRCUIT_TIME: Duration = Duration::from_secs(30 * 60);
const CIRCUIT_BYTES: u64 = 16 * 1024 * 1024;

/// Reservations and circuits a hub keeps, in all and per peer.
const RESERVATIONS: usize = 256;
const RESERVATIONS_PER_PEER: usize = 2;
const CIRCUITS: usize = 256;
const CIRCUITS_PER_PEER: usize = 4;

/// Reachability is tested once an hour at most, on two addresses at most: each test is 30 to
/// 100 kB of upload.
const PROBE_INTERVAL: Duration = Duration::from_secs(60 * 60);
const PROBE_ADDRESSES: usize = 2;

/// A routing query that finds nothing in this time finds nothing.
const QUERY_TIMEOUT: Duration = Duration::from_secs(60);

/// What identify remembers of peers, for the addresses of those that went away.
const IDENTIFY_CACHE: usize = 100;

impl Behaviour {
    pub(crate) fn new(
        key: &Keypair,
        settings: &Settings,
        parameters: &Parameters,
        relay_client: Option<relay::client::Behaviour>,
        rng: &mut StdRng,
    ) -> Result<Self, StartError> {
        let local = key.public().to_peer_id();
        let routing = if settings.routing {
            parameters.routing.as_ref()
        } else {
            None
        };
        // Punching needs a port others can aim at; without a listener there is none.
        let punches = relay_client.is_some() && !settings.listen.is_empty();
        Ok(Self {
            limits: limits(&parameters.connections),
            memory: memory_connection_limits::Behaviour::with_max_bytes(
                parameters.connections.memory,
            ),
            blocked: allow_block_list::Behaviour::default(),
            circle: settings
                .known_peers_only
                .then(allow_block_list::Behaviour::default)
                .into(),
            gossip: gossip::behaviour(&parameters.mesh, &settings.protocols)?,
            identify: identify(key, settings, parameters),
            ping: ping::Behaviour::new(
                ping::Config::new()
                    .with_interval(parameters.ping)
                    .with_timeout(parameters.ping_timeout),
            ),
            catch_up: catch_up(&settings.protocols.catch_up, parameters)?,
            routing: routing
                .map(|numbers| kademlia(local, &settings.protocols.routing, numbers))
                .transpose()?
                .into(),
            mdns: settings
                .local_discovery
                .then(|| mdns::tokio::Behaviour::new(mdns::Config::default(), local))
                .transpose()
                .map_err(|error| StartError::Part {
                    part: "local discovery",
                    reason: error.to_string(),
                })?
                .into(),
            relay_client: relay_client.into(),
            relay_server: settings.serve_others.then(|| relay_server(local)).into(),
            dcutr: punches.then(|| dcutr::Behaviour::new(local)).into(),
            prober: settings
                .probe_reachability
                .then(|| {
                    let config = autonat::client::Config::default()
                        .with_probe_interval(PROBE_INTERVAL)
                        .with_max_candidates(PROBE_ADDRESSES);
                    autonat::client::Behaviour::new(StdRng::from_rng(rng), config)
                })
                .into(),
            probed: settings
                .serve_others
                .then(|| autonat::server::Behaviour::new(StdRng::from_rng(rng)))
                .into(),
        })
    }
}

fn limits(bounds: &ConnectionBounds) -> connection_limits::Behaviour {
    connection_limits::Behaviour::new(
        ConnectionLimits::default()
            .with_max_established_incoming(Some(bounds.incoming))
            .with_max_established_outgoing(Some(bounds.outgoing))
            .with_max_pending_incoming(Some(bounds.pending_incoming))
            .with_max_pending_outgoing(Some(bounds.pending_outgoing))
            .with_max_established_per_peer(Some(bounds.per_peer)),
    )
}

fn identify(key: &Keypair, settings: &Settings, numbers: &Parameters) -> identify::Behaviour {
    identify::Behaviour::new(
        identify::Config::new(settings.protocols.identify.clone(), key.public())
            .with_agent_version(AGENT.to_owned())
            .with_interval(numbers.identify)
            .with_push_listen_addr_updates(numbers.identify_push)
            .with_cache_size(IDENTIFY_CACHE)
            .with_hide_listen_addrs(!settings.announce_listen_addresses),
    )
}

fn protocol(name: &str) -> Result<StreamProtocol, StartError> {
    StreamProtocol::try_from_owned(name.to_owned())
        .map_err(|_| StartError::ProtocolName(name.to_owned()))
}

fn catch_up(
    name: &str,
    numbers: &Parameters,
) -> Result<request_response::Behaviour<Codec>, StartError> {
    Ok(request_response::Behaviour::with_codec(
        Codec,
        iter::once((protocol(name)?, ProtocolSupport::Full)),
        request_response::Config::default()
            .with_request_timeout(numbers.requests.timeout)
            .with_max_concurrent_streams(numbers.requests.streams),
    ))
}

fn kademlia(
    local: PeerId,
    name: &str,
    numbers: &Routing,
) -> Result<kad::Behaviour<MemoryStore>, StartError> {
    let mut config = kad::Config::new(protocol(name)?);
    config
        // Automatic inserts turn a small network into a full mesh.
        .set_kbucket_inserts(kad::BucketInserts::Manual)
        .set_caching(kad::Caching::Disabled)
        // Used to find peers; it stores nothing for anybody.
        .set_record_filtering(kad::StoreInserts::FilterBoth)
        .set_query_timeout(QUERY_TIMEOUT)
        // The task looks for peers while it is short of them; each look dials dozens.
        .set_periodic_bootstrap_interval(None);
    let store = MemoryStore::with_config(
        local,
        MemoryStoreConfig {
            max_records: 0,
            max_value_bytes: 0,
            max_providers_per_key: 0,
            max_provided_keys: 0,
        },
    );
    let mut behaviour = kad::Behaviour::with_config(local, store, config);
    if numbers.server {
        behaviour.set_mode(Some(kad::Mode::Server));
    }
    Ok(behaviour)
}

fn relay_server(local: PeerId) -> relay::Behaviour {
    // The rate limiters of the default stay: per peer and per address, for reservations and
    // circuits.
    let config = relay::Config {
        max_reservations: RESERVATIONS,
        max_reservations_per_peer: RESERVATIONS_PER_PEER,
        max_circuits: CIRCUITS,
        max_circuits_per_peer: CIRCUITS_PER_PEER,
        max_circuit_duration: CIRCUIT_TIME,
        max_circuit_bytes: CIRCUIT_BYTES,
        ..relay::Config::default()
    };
    relay::Behaviour::new(local, config)
}
