//! The transports: TCP with noise and yamux, QUIC, names, relayed connections.

use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::timeout::TransportTimeout;
use libp2p::core::transport::{Boxed, OrTransport};
use libp2p::core::upgrade::Version;
use libp2p::identity::Keypair;
use libp2p::{PeerId, Transport, dns, noise, quic, relay, tcp, yamux};

use super::profile::{Parameters, Quic};
use super::settings::StartError;

type Connected = Boxed<(PeerId, StreamMuxerBox)>;

/// Streams a peer may hold open on one connection. We use about ten; yamux would allow 512.
const MAX_STREAMS: usize = 128;

fn multiplexer() -> yamux::Config {
    let mut config = yamux::Config::default();
    config.set_max_num_streams(MAX_STREAMS);
    config
}

fn quic_config(key: &Keypair, numbers: &Quic) -> quic::Config {
    let mut config = quic::Config::new(key);
    config.handshake_timeout = numbers.handshake;
    config.max_idle_timeout = u32::try_from(numbers.idle.as_millis()).unwrap_or(u32::MAX);
    config.keep_alive_interval = numbers.keep_alive;
    config.max_concurrent_stream_limit = numbers.streams;
    config.max_stream_data = numbers.stream_window;
    config.max_connection_data = numbers.connection_window;
    match numbers.mtu {
        Some(bound) => config.mtu_upper_bound(bound),
        None => config.disable_path_mtu_discovery(),
    }
}

/// TCP, and QUIC if wanted, without names.
fn direct(key: &Keypair, parameters: &Parameters, quic: bool) -> Result<Connected, StartError> {
    let noise = noise::Config::new(key).map_err(|error| StartError::Key(error.to_string()))?;
    let tcp = tcp::tokio::Transport::new(tcp::Config::default().nodelay(true))
        .upgrade(Version::V1Lazy)
        .authenticate(noise)
        .multiplex(multiplexer())
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));
    if !quic {
        return Ok(tcp.boxed());
    }
    let quic = quic::tokio::Transport::new(quic_config(key, &parameters.quic));
    Ok(OrTransport::new(quic, tcp)
        .map(|either, _| match either {
            futures::future::Either::Left((peer, muxer)) => (peer, StreamMuxerBox::new(muxer)),
            futures::future::Either::Right(output) => output,
        })
        .boxed())
}

/// Names are resolved with the configuration of the operating system. Without a usable one the
/// node works with addresses only: falling back to some public resolver would tell a third
/// party whom this node knows.
fn named(key: &Keypair, parameters: &Parameters, quic: bool) -> Result<Connected, StartError> {
    match dns::tokio::Transport::system(direct(key, parameters, quic)?) {
        Ok(transport) => Ok(transport.boxed()),
        Err(reason) => {
            tracing::warn!(%reason, "no name resolution on this machine; peers can be reached by IP address only");
            direct(key, parameters, quic)
        }
    }
}

/// Everything together, and the relay client where asked for.
pub(crate) fn build(
    key: &Keypair,
    parameters: &Parameters,
    quic: bool,
    relays: bool,
) -> Result<(Connected, Option<relay::client::Behaviour>), StartError> {
    let named = named(key, parameters, quic)?;
    if !relays {
        return Ok((
            TransportTimeout::new(named, parameters.connect).boxed(),
            None,
        ));
    }
    let (relayed, client) = relay::client::new(key.public().to_peer_id());
    let noise = noise::Config::new(key).map_err(|error| StartError::Key(error.to_string()))?;
    let relayed = relayed
        .upgrade(Version::V1Lazy)
        .authenticate(noise)
        .multiplex(multiplexer())
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));
    let all = OrTransport::new(relayed, named).map(|either, _| either.into_inner());
    Ok((
        TransportTimeout::new(all, parameters.connect).boxed(),
        Some(client),
    ))
}
