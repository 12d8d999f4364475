//! Validated settings: what the program works with.

use std::net::SocketAddr;
use std::path::PathBuf;

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;
use tracing_subscriber::EnvFilter;

use super::fault::ConfigFault;
use super::layers::{Layers, Raw};
use crate::audit::AuditSettings;
use crate::engine::order::ClearanceRules;
use crate::network::{Bond, KnownPeer, Profile};

/// Everything that can be configured, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How this node meets others.
    pub network: NetworkSettings,
    /// Where records are.
    pub storage: StorageSettings,
    /// What is asked for before a record goes out.
    pub clearance: ClearanceRules,
    /// What is noted of who did what.
    pub audit: AuditSettings,
    /// What is logged.
    pub log: LogSettings,
    /// Figures for a monitoring system.
    pub metrics: MetricsSettings,
}

/// How this node meets others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkSettings {
    /// What kind of line this node has.
    pub profile: Profile,
    /// Addresses to listen on.
    pub listen: Vec<Multiaddr>,
    /// Addresses others reach this node under.
    pub external: Vec<Multiaddr>,
    /// Nodes to dial at the start.
    pub bootstrap: Vec<KnownPeer>,
    /// Meet nodes on the local network.
    pub mdns: bool,
    /// QUIC; none leaves it to the profile.
    pub quic: Option<bool>,
    /// Look for nodes by Kademlia.
    pub routing: bool,
    /// Ask others to test whether this node can be reached.
    pub probe: bool,
    /// Relays to be reachable through.
    pub relays: Vec<KnownPeer>,
    /// Dial through relays.
    pub relayed_dialling: bool,
    /// Relay and probe for others.
    pub serve: bool,
    /// Announce the addresses listened on.
    pub announce_listen: bool,
    /// Known nodes only.
    pub closed: bool,
}

/// Where records are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageSettings {
    /// Another place than the data folder's.
    pub path: Option<PathBuf>,
    /// Bytes kept back for what must be stored even when the disk is full.
    pub reserve: u64,
    /// Days from a withdrawal until the text is erased.
    pub erase_after_days: u32,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// For people.
    Text,
    /// One object a line.
    Json,
}

/// What is logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// A level or a filter.
    pub level: String,
    /// How lines look.
    pub format: LogFormat,
}

/// Figures for a monitoring system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricsSettings {
    /// Where to give them; none means nowhere.
    pub listen: Option<SocketAddr>,
}

/// Reads one node to dial: a multiaddr that ends in `/p2p/` and its peer id.
///
/// # Errors
/// What is wrong with it, for a person.
pub fn parse_bootstrap(text: &str) -> Result<KnownPeer, String> {
    let mut address: Multiaddr = text
        .parse()
        .map_err(|_| format!("\"{text}\" is no address of a node; write it as /ip4/192.0.2.1/tcp/7421/p2p/12D3KooW..."))?;
    match address.pop() {
        Some(Protocol::P2p(peer)) if !address.is_empty() => Ok(KnownPeer {
            peer,
            addresses: vec![address],
            bond: Bond::Pinned,
        }),
        _ => Err(format!(
            "\"{text}\" does not say whom to expect there; it must end in /p2p/ and the peer id"
        )),
    }
}

/// Most MiB kept back: what is urgent is small, and more would only be lost to the operator.
const MOST_RESERVE: u64 = 1_024;

/// Reads a size in MiB.
fn parse_reserve(text: &str) -> Result<u64, String> {
    let number = text.strip_suffix("MiB").unwrap_or(text).trim_end();
    match number.parse::<u64>() {
        Ok(0) => Ok(0),
        Ok(mib @ 1..=MOST_RESERVE) if number != text => Ok(mib << 20),
        _ => Err(format!(
            "\"{text}\" is no size; write \"0\", or \"1 MiB\" to \"{MOST_RESERVE} MiB\""
        )),
    }
}

impl Settings {
    /// Checks every value. Pure: touches neither files nor the network.
    ///
    /// # Errors
    /// Every fault found, each with its place.
    pub fn validate(layers: &Layers) -> Result<Self, Vec<ConfigFault>> {
        let mut check = Check {
            layers,
            faults: Vec::new(),
        };
        let settings = Self {
            network: NetworkSettings {
                profile: check
                    .read("network.profile", |t: &str| {
                        t.parse::<Profile>().map_err(|e| e.to_string())
                    })
                    .unwrap_or_default(),
                listen: check.addresses("network.listen"),
                external: check.addresses("network.external"),
                bootstrap: check.peers("network.bootstrap"),
                mdns: check.flag("network.mdns"),
                quic: match check.text("network.quic") {
                    "on" => Some(true),
                    "off" => Some(false),
                    _ => None,
                },
                routing: check.flag("network.routing"),
                probe: check.flag("network.probe"),
                relays: check.peers("network.relays"),
                relayed_dialling: check.flag("network.relayed_dialling"),
                serve: check.flag("network.serve"),
                announce_listen: check.flag("network.announce_listen"),
                closed: check.flag("network.closed"),
            },
            storage: StorageSettings {
                path: Some(check.text("storage.path"))
                    .filter(|t| !t.is_empty())
                    .map(PathBuf::from),
                reserve: check
                    .read("storage.reserve", parse_reserve)
                    .unwrap_or_default(),
                erase_after_days: check.number("storage.erase_after_days"),
            },
            clearance: ClearanceRules {
                approvals: check.number("clearance.approvals"),
                hold_minutes: check.number("clearance.hold_minutes"),
                named: check.text("clearance.submitters") == "officers",
                withdrawals: check.flag("clearance.withdrawals"),
            },
            audit: AuditSettings {
                keep: check.flag("audit.keep"),
                quiet_feeds: check.flag("audit.quiet_feeds"),
            },
            log: LogSettings {
                level: check
                    .read("log.level", |t| {
                        EnvFilter::try_new(t)
                            .map(|_| t.to_owned())
                            .map_err(|e| e.to_string())
                    })
                    .unwrap_or_default(),
                format: match check.text("log.format") {
                    "text" => LogFormat::Text,
                    "json" => LogFormat::Json,
                    _ => LogFormat::Auto,
                },
            },
            metrics: MetricsSettings {
                listen: check.metrics(),
            },
        };
        check.agree(&settings);
        if check.faults.is_empty() {
            Ok(settings)
        } else {
            Err(check.faults)
        }
    }
}

struct Check<'a> {
    layers: &'a Layers,
    faults: Vec<ConfigFault>,
}

impl<'a> Check<'a> {
    fn text(&self, name: &str) -> &'a str {
        match self.layers.get(name) {
            Some((Raw::Text(text), _)) => text,
            _ => "",
        }
    }

    fn flag(&self, name: &str) -> bool {
        matches!(self.layers.get(name), Some((Raw::Flag(true), _)))
    }

    fn number(&self, name: &str) -> u32 {
        match self.layers.get(name) {
            Some((Raw::Number(number), _)) => *number,
            _ => 0,
        }
    }

    fn list(&self, name: &str) -> &'a [String] {
        match self.layers.get(name) {
            Some((Raw::List(items), _)) => items,
            _ => &[],
        }
    }

    fn fault(&mut self, name: &str, problem: String) {
        let place = self
            .layers
            .get(name)
            .map(|(_, o)| o.to_string())
            .unwrap_or_default();
        self.faults
            .push(ConfigFault::new(place, format!("{name}: {problem}")));
    }

    fn read<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        match parse(self.text(name)) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.fault(name, problem);
                None
            }
        }
    }

    fn addresses(&mut self, name: &str) -> Vec<Multiaddr> {
        let mut addresses = Vec::new();
        for text in self.list(name) {
            match text.parse::<Multiaddr>() {
                Ok(address) => addresses.push(address),
                Err(e) => self.fault(
                    name,
                    format!("\"{text}\" is not a multiaddr ({e}); write /ip4/0.0.0.0/tcp/7421"),
                ),
            }
        }
        addresses
    }

    /// Addresses of one peer are gathered under it.
    fn peers(&mut self, name: &str) -> Vec<KnownPeer> {
        let mut peers: Vec<KnownPeer> = Vec::new();
        for text in self.list(name) {
            match parse_bootstrap(text) {
                Ok(found) => match peers.iter_mut().find(|p| p.peer == found.peer) {
                    Some(known) => known.addresses.extend(found.addresses),
                    None => peers.push(found),
                },
                Err(problem) => self.fault(name, problem),
            }
        }
        peers
    }

    fn metrics(&mut self) -> Option<SocketAddr> {
        let text = self.text("metrics.listen");
        if text.is_empty() {
            return None;
        }
        let address: SocketAddr = self.read("metrics.listen", |t| {
            t.parse()
                .map_err(|_| format!("\"{t}\" is not an address and port such as 127.0.0.1:9464"))
        })?;
        if !address.ip().is_loopback() && !self.flag("metrics.allow_remote") {
            self.fault(
                "metrics.listen",
                format!("{address} can be reached from other machines; set metrics.allow_remote = true if that is meant"),
            );
        }
        Some(address)
    }

    /// Settings that contradict each other.
    fn agree(&mut self, settings: &Settings) {
        let network = &settings.network;
        if network.profile == Profile::Lean && !network.listen.is_empty() {
            self.fault(
                "network.listen",
                "the lean profile listens nowhere; remove it or choose another profile".into(),
            );
        }
        if network.listen.is_empty() {
            for (set, name) in [
                (network.mdns, "network.mdns"),
                (network.probe, "network.probe"),
                (network.serve, "network.serve"),
                (network.announce_listen, "network.announce_listen"),
                (!network.external.is_empty(), "network.external"),
            ] {
                if set {
                    self.fault(
                        name,
                        "needs an address in network.listen; add one or turn it off".into(),
                    );
                }
            }
        }
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;

    fn with(values: &[(&str, Raw)]) -> Result<Settings, Vec<ConfigFault>> {
        let mut layers = Layers::defaults();
        for (name, raw) in values {
            layers.flag(name, "test", raw.clone());
        }
        Settings::validate(&layers)
    }

    fn list(text: &str) -> Raw {
        Raw::List(vec![text.into()])
    }

    #[test]
    fn silence_is_the_default() {
        let settings = with(&[]).unwrap();
        assert!(settings.network.listen.is_empty() && settings.network.bootstrap.is_empty());
        assert!(!settings.network.mdns && !settings.network.routing && !settings.network.serve);
        assert!(settings.metrics.listen.is_none());
    }

    #[test]
    fn faulty_values_name_their_key() {
        for (name, raw) in [
            ("network.listen", list("0.0.0.0:7421")),
            ("network.bootstrap", list("/ip4/127.0.0.1/tcp/1")),
            ("network.mdns", Raw::Flag(true)),
            ("metrics.listen", Raw::Text("localhost".into())),
            ("metrics.listen", Raw::Text("0.0.0.0:9464".into())),
            ("log.level", Raw::Text("info,=loud=".into())),
            ("storage.reserve", Raw::Text("64".into())),
            ("storage.reserve", Raw::Text("2000 MiB".into())),
            ("storage.reserve", Raw::Text("-1 MiB".into())),
        ] {
            let faults = with(&[(name, raw)]).unwrap_err();
            assert!(faults[0].problem.starts_with(name), "{}", faults[0]);
            assert_eq!(faults[0].place, "--test");
        }
    }

    #[test]
    fn figures_leave_the_machine_only_when_allowed() {
        let remote = ("metrics.listen", Raw::Text("0.0.0.0:9464".into()));
        assert!(with(std::slice::from_ref(&remote)).is_err());
        with(&[remote, ("metrics.allow_remote", Raw::Flag(true))]).unwrap();
        with(&[("metrics.listen", Raw::Text("[::1]:9464".into()))]).unwrap();
    }

    #[test]
    fn the_reserve_is_read_in_mib() {
        assert_eq!(
            with(&[]).unwrap().storage.reserve,
            indaba_store::RESERVE_BYTES
        );
        let read = |text: &str| {
            with(&[("storage.reserve", Raw::Text(text.into()))])
                .unwrap()
                .storage
                .reserve
        };
        assert_eq!(
            (read("0"), read("8 MiB"), read("1MiB")),
            (0, 8 << 20, 1 << 20)
        );
    }

    #[test]
    fn addresses_of_one_node_are_gathered() {
        let peer = libp2p::identity::Keypair::generate_ed25519()
            .public()
            .to_peer_id();
        let texts = vec![
            format!("/ip4/192.0.2.1/tcp/1/p2p/{peer}"),
            format!("/ip4/192.0.2.2/tcp/1/p2p/{peer}"),
        ];
        let settings = with(&[("network.bootstrap", Raw::List(texts))]).unwrap();
        assert_eq!(settings.network.bootstrap.len(), 1);
        assert_eq!(settings.network.bootstrap[0].addresses.len(), 2);
    }
}
