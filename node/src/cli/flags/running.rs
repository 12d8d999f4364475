//! Flags of the commands that run and mend a node.

use std::net::SocketAddr;

use clap::{Args, Subcommand};

/// Flags of `up`.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct UpFlags {
    /// What kind of line this node has: default, lean or hub
    #[arg(long, value_parser = ["default", "lean", "hub"])]
    pub profile: Option<String>,
    /// Listen on this address; may be repeated; replaces the configured ones
    #[arg(long, value_name = "MULTIADDR")]
    pub listen: Vec<String>,
    /// Find nodes on the local network, and be found there
    #[arg(long)]
    pub mdns: bool,
    /// Give figures in the Prometheus format on this address
    #[arg(long, value_name = "ADDRESS")]
    pub metrics: Option<SocketAddr>,
}

/// Acts on peers.
#[derive(Debug, Subcommand)]
pub(crate) enum PeerAct {
    /// Stay in touch with a node
    #[command(after_help = "Examples:
  indaba peer add /dns4/node.example/tcp/7421/p2p/12D3KooW...
  indaba peer add indaba1...        from an invitation
  indaba peer add --partner /ip4/192.0.2.7/tcp/7421/p2p/12D3KooW...")]
    Add {
        /// Its address, ending in /p2p/ and its peer id, or an invitation
        address: String,
        /// May also be asked for feeds followed quietly
        #[arg(long)]
        partner: bool,
    },
    /// The nodes known and connected
    #[command(after_help = "Examples:
  indaba peer list")]
    List,
    /// Forget a node
    #[command(after_help = "Examples:
  indaba peer remove 12D3KooW...")]
    Remove {
        /// Its peer id
        peer: String,
    },
}

/// Acts on acceptance.
#[derive(Debug, Subcommand)]
pub(crate) enum TrustAct {
    /// Accept what an institution signs; compare the fingerprint by voice first
    #[command(after_help = "Examples:
  indaba trust anchor bafyr4i...
  indaba trust anchor indaba1...        from an invitation")]
    Anchor {
        /// The institution's id, its fingerprint's owner as listed, or an invitation
        institution: String,
        /// What to call it here
        #[arg(long)]
        name: Option<String>,
    },
    /// Whom this node accepts, and who waits
    #[command(after_help = "Examples:
  indaba trust list")]
    List,
    /// No longer accept what an institution signs
    #[command(after_help = "Examples:
  indaba trust remove bafyr4i...")]
    Remove {
        /// The institution's id
        institution: String,
    },
}

/// Acts on the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigAct {
    /// Every value in force
    #[command(after_help = "Examples:
  indaba config show
  indaba config show --origin")]
    Show {
        /// And where it came from
        #[arg(long)]
        origin: bool,
    },
    /// Look for faults
    #[command(after_help = "Examples:
  indaba config check
  indaba config check --config new.toml")]
    Check,
    /// A commented file with every key
    #[command(after_help = "Examples:
  indaba config template > config.toml")]
    Template,
}

/// Acts on the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum StoreAct {
    /// Read everything that is kept, and check every hash; the node must be stopped
    #[command(after_help = "Examples:
  indaba store verify

Says which records cannot be read; of a store that is too damaged to be opened, which places in which lanes are missing.")]
    Verify,
    /// Make a new journal of all that can be read in a damaged one; the node must be stopped
    #[command(after_help = "Examples:
  indaba store repair

The damaged journal is kept beside the new one, as journal.damaged.1. What could not be read comes back from peers while the node
runs; until its own records are back, the node refuses to publish.")]
    Repair,
    /// How much is kept
    #[command(after_help = "Examples:
  indaba store stats")]
    Stats,
    /// Make the index anew from the journal; the node must be stopped
    #[command(after_help = "Examples:
  indaba store rebuild-index")]
    RebuildIndex,
    /// Accept a store that is behind what this node published, when there is no newer copy
    #[command(after_help = "Examples:
  indaba store accept-loss")]
    AcceptLoss,
    /// Let a restored or moved data folder publish again, once its own records are back
    #[command(after_help = "Examples:
  indaba store accept-copy

A copy does not know what was signed after it was made. Run the node until it was connected to those who follow this institution,
compare `indaba feed show` with what you know to have published, and only then accept it.")]
    AcceptCopy,
}
