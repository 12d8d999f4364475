//! Log lines on stderr, without bodies, titles, search words or addresses.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogFormat, LogSettings};

/// Libraries that talk much, and about peers' addresses; a filter given by the operator can raise them again.
const QUIET: &[&str] = &[
    "libp2p",
    "libp2p_core",
    "libp2p_swarm",
    "libp2p_identify",
    "libp2p_kad",
    "libp2p_mdns",
    "libp2p_quic",
    "libp2p_tcp",
    "libp2p_relay",
    "libp2p_dcutr",
    "libp2p_autonat",
    "libp2p_request_response",
    "libp2p_ping",
    "libp2p_dns",
    "libp2p_noise",
    "multistream_select",
    "yamux",
    "quinn",
    "quinn_proto",
    "netlink_proto",
    "hickory_proto",
    "hickory_resolver",
    "sled",
    "rustls",
    "if_watch",
];

/// Libraries whose warnings are everyday matters, such as a topic that nobody near follows; held at ERROR.
const QUIETER: &[&str] = &["libp2p_gossipsub"];

/// The operator's filter, with the talkative libraries held at WARN or ERROR unless the filter itself names them.
fn filter(level: &str) -> EnvFilter {
    let mut filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    let held = QUIET.iter().map(|target| (target, "warn"));
    for (target, most) in held.chain(QUIETER.iter().map(|target| (target, "error"))) {
        if !level.contains(target)
            && let Ok(directive) = format!("{target}={most}").parse()
        {
            filter = filter.add_directive(directive);
        }
    }
    filter
}

/// Starts logging for the whole process; a second call is without effect. `verbose` raises our own level: 1 to debug, 2 to trace.
pub fn start_log(settings: &LogSettings, verbose: u8) {
    let level = match verbose {
        0 => settings.level.clone(),
        1 => format!("{},indaba=debug", settings.level),
        _ => format!("{},indaba=trace", settings.level),
    };
    let registry = tracing_subscriber::registry().with(filter(&level));
    let json = match settings.format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => !std::io::stderr().is_terminal(),
    };
    let color = std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    // An error means that a subscriber is there already, which is as good.
    let _ = if json {
        registry
            .with(
                tracing_subscriber::fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_writer(std::io::stderr),
            )
            .try_init()
    } else {
        registry
            .with(
                tracing_subscriber::fmt::layer()
                    .with_ansi(color)
                    .with_target(false)
                    .with_writer(std::io::stderr),
            )
            .try_init()
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_held_back_unless_named() {
        let plain = filter("debug").to_string();
        assert!(
            plain.contains("libp2p_gossipsub=error") && plain.contains("libp2p_kad=warn"),
            "{plain}"
        );
        let named = filter("info,libp2p_gossipsub=trace").to_string();
        assert!(
            named.contains("libp2p_gossipsub=trace") && !named.contains("libp2p_gossipsub=error"),
            "{named}"
        );
    }
}
