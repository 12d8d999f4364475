//! What the network is told at the start.

use std::fmt;

use libp2p::{Multiaddr, PeerId};
use zeroize::Zeroizing;

use super::boundary::Bond;
use super::profile::{Parameters, Profile};

/// What this node calls itself to its peers.
pub const AGENT: &str = concat!("indaba/", env!("CARGO_PKG_VERSION"));

/// Most addresses to listen on: a few interfaces, two transports, two families.
pub const MAX_LISTEN: usize = 16;

/// Most relays to be reached through. Two survive the loss of one; more cost idle bytes.
pub const MAX_RELAYS: usize = 4;

/// The names of the protocols, which carry the network: nodes of different networks do not
/// understand each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protocols {
    /// All gossip topics of the network begin with this, and nothing else is listened to.
    pub topic_prefix: String,
    /// Longest part of a topic after the prefix, in bytes.
    pub topic_rest: usize,
    /// The catch-up protocol, beginning with `/`.
    pub catch_up: String,
    /// The Kademlia protocol, beginning with `/`.
    pub routing: String,
    /// What identify announces as the protocol of the network.
    pub identify: String,
}

/// A peer known from the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPeer {
    /// Who.
    pub peer: PeerId,
    /// Where.
    pub addresses: Vec<Multiaddr>,
    /// How firmly it is held.
    pub bond: Bond,
}

/// What the network is told at the start. [`Settings::new`] is the silent choice: it listens
/// nowhere, announces nothing, asks nobody, and dials only the peers it is given.
#[derive(Clone)]
pub struct Settings {
    /// The seed of the transport key. It signs no records: those have keys of their own.
    pub seed: Zeroizing<[u8; 32]>,
    /// The names of the protocols.
    pub protocols: Protocols,
    /// Where this node stands.
    pub profile: Profile,
    /// Addresses to listen on; none means that this node only dials.
    pub listen: Vec<Multiaddr>,
    /// Addresses under which others reach this node from outside.
    pub external: Vec<Multiaddr>,
    /// Peers known from the start.
    pub bootstrap: Vec<KnownPeer>,
    /// QUIC on or off; `None` leaves it to the profile.
    pub quic: Option<bool>,
    /// Announce and find peers on the local network by mDNS.
    pub local_discovery: bool,
    /// Look for more peers by Kademlia, in the role the profile gives.
    pub routing: bool,
    /// Ask peers to test whether this node is reachable (AutoNAT v2).
    pub probe_reachability: bool,
    /// Dial through relays and replace such connections by direct ones where possible.
    pub relayed_dialling: bool,
    /// Relays through which this node is to be reachable.
    pub relays: Vec<KnownPeer>,
    /// Relay connections and test reachability for others.
    pub serve_others: bool,
    /// Tell connected peers the addresses listened on. Otherwise only external ones.
    pub announce_listen_addresses: bool,
    /// Closed circle: connect with the added peers only.
    pub known_peers_only: bool,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither the seed nor addresses belong into a log.
        f.debug_struct("Settings")
            .field("profile", &self.profile)
            .field("listen", &self.listen.len())
            .field("bootstrap", &self.bootstrap.len())
            .finish_non_exhaustive()
    }
}

/// Why the network cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The profile excludes a setting.
    #[error(
        "the {profile} profile does not allow {setting}; turn it off or choose another profile"
    )]
    NotInProfile {
        /// Which setting.
        setting: &'static str,
        /// Which profile.
        profile: Profile,
    },
    /// A setting makes no sense for a node that listens nowhere.
    #[error("{0} needs a listen address; add one or turn it off")]
    NeedsListener(&'static str),
    /// Too many of something.
    #[error("{count} {what} given, at most {bound} are accepted")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        count: usize,
        /// The bound.
        bound: usize,
    },
    /// A bootstrap peer or relay cannot be used.
    #[error("a peer given at the start cannot be used: {0}")]
    Peer(#[from] super::boundary::Refusal),
    /// A relay without an address.
    #[error("the relay {0} has no address; add one")]
    RelayWithoutAddress(PeerId),
    /// A protocol name that libp2p does not accept.
    #[error("\"{0}\" is not a protocol name; it must begin with /")]
    ProtocolName(String),
    /// The transport key was refused.
    #[error("the transport key cannot be used: {0}")]
    Key(String),
    /// A part of libp2p refused its settings.
    #[error("{part} cannot start: {reason}")]
    Part {
        /// Which part.
        part: &'static str,
        /// What it said.
        reason: String,
    },
    /// Called outside a tokio runtime.
    #[error("the network needs a running tokio runtime")]
    NoRuntime,
}

impl Settings {
    /// The silent settings for a network: everything off, no listener, default profile.
    pub fn new(seed: [u8; 32], protocols: Protocols) -> Self {
        Self {
            seed: Zeroizing::new(seed),
            protocols,
            profile: Profile::Default,
            listen: Vec::new(),
            external: Vec::new(),
            bootstrap: Vec::new(),
            quic: None,
            local_discovery: false,
            routing: false,
            probe_reachability: false,
            relayed_dialling: false,
            relays: Vec::new(),
            serve_others: false,
            announce_listen_addresses: false,
            known_peers_only: false,
        }
    }

    /// Whether QUIC is used.
    pub(crate) fn uses_quic(&self) -> bool {
        self.quic.unwrap_or(self.profile.parameters().quic.on)
    }

    /// Whether the relay client runs.
    pub(crate) fn uses_relays(&self) -> bool {
        self.relayed_dialling || !self.relays.is_empty()
    }

    /// The numbers of the profile, if all settings agree with it and with each other. A
    /// setting that would have no effect is an error, never silence.
    pub(crate) fn checked(&self) -> Result<Parameters, StartError> {
        let parameters = self.profile.parameters();
        let forbidden = [
            (
                !self.listen.is_empty() && !parameters.may_listen,
                "listening",
            ),
            (
                self.local_discovery && !parameters.may_discover_locally,
                "local discovery",
            ),
            (self.routing && parameters.routing.is_none(), "routing"),
            (
                self.probe_reachability && !parameters.may_probe,
                "probing of the own reachability",
            ),
            (
                self.uses_relays() && !parameters.may_use_relays,
                "using relays",
            ),
            (
                self.serve_others && !parameters.may_serve,
                "relaying and probing for others",
            ),
        ];
        if let Some((_, setting)) = forbidden.iter().find(|(wrong, _)| *wrong) {
            return Err(StartError::NotInProfile {
                setting,
                profile: self.profile,
            });
        }
        let needy = [
            (self.local_discovery, "local discovery"),
            (self.probe_reachability, "probing of the own reachability"),
            (self.serve_others, "relaying and probing for others"),
            (!self.external.is_empty(), "an external address"),
            (
                self.announce_listen_addresses,
                "announcing listen addresses",
            ),
        ];
        if self.listen.is_empty()
            && let Some((_, setting)) = needy.iter().find(|(asked, _)| *asked)
        {
            return Err(StartError::NeedsListener(setting));
        }
        for (what, count, bound) in [
            ("listen addresses", self.listen.len(), MAX_LISTEN),
            ("external addresses", self.external.len(), MAX_LISTEN),
            ("relays", self.relays.len(), MAX_RELAYS),
        ] {
            if count > bound {
                return Err(StartError::TooMany { what, count, bound });
            }
        }
        if let Some(relay) = self.relays.iter().find(|r| r.addresses.is_empty()) {
            return Err(StartError::RelayWithoutAddress(relay.peer));
        }
        Ok(parameters)
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;

    fn silent() -> Settings {
        Settings::new(
            [1; 32],
            Protocols {
                topic_prefix: "/x/".into(),
                topic_rest: 48,
                catch_up: "/x/catch-up".into(),
                routing: "/x/kad".into(),
                identify: "/x".into(),
            },
        )
    }

    #[test]
    fn silence_is_the_default() {
        let settings = silent();
        settings.checked().unwrap();
        assert!(settings.listen.is_empty() && settings.external.is_empty());
        assert!(!settings.local_discovery && !settings.routing && !settings.uses_relays());
        assert!(!settings.probe_reachability && !settings.serve_others);
        assert!(!settings.announce_listen_addresses);
    }

    #[test]
    fn a_setting_without_effect_is_an_error() {
        let mut lean = silent();
        lean.profile = Profile::Lean;
        lean.listen = vec!["/ip4/0.0.0.0/tcp/0".parse().unwrap()];
        assert!(matches!(
            lean.checked(),
            Err(StartError::NotInProfile { .. })
        ));
        let mut quiet = silent();
        quiet.probe_reachability = true;
        let error = quiet.checked().unwrap_err();
        assert!(error.to_string().contains("listen address"), "{error}");
        let mut many = silent();
        many.listen = vec!["/ip4/0.0.0.0/tcp/0".parse().unwrap(); MAX_LISTEN + 1];
        assert!(matches!(many.checked(), Err(StartError::TooMany { .. })));
    }

    #[test]
    fn the_seed_stays_out_of_logs() {
        let text = format!("{:?}", silent());
        assert!(!text.contains("seed") && !text.contains("[1, 1"), "{text}");
    }
}
