//! Flags of the commands that run and mend a node.

use std::net::SocketAddr;
use std::path::PathBuf;

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
  indaba peer add --partner /ip4/192.0.2.7/tcp/7421/p2p/12D3KooW...
  indaba peer add --partner 12D3KooW...    a peer that is known already")]
    Add {
        /// Its address, ending in /p2p/ and its peer id; an invitation; or the id of a peer that is known already, or the end of it
        address: String,
        /// May also be asked for feeds followed quietly; added again without it, may not be any longer
        #[arg(long)]
        partner: bool,
    },
    /// The nodes known and connected: whose they are, whether they are reached, what differed when they were last compared with
    #[command(after_help = "Examples:
  indaba peer list
  indaba peer list --json | jq '.peers[] | {peer, connected, compared}'")]
    List,
    /// Say which institution a node belongs to; kept on this machine, and shown in lists
    #[command(after_help = "Examples:
  indaba peer name 12D3KooW... indaba1...      from an invitation
  indaba peer name 12D3KooW... bafyr4i...")]
    Name {
        /// Its peer id, or the end of it
        peer: String,
        /// The institution's id, the beginning of a known one, or its invitation
        institution: String,
    },
    /// Forget a node
    #[command(after_help = "Examples:
  indaba peer remove 12D3KooW...")]
    Remove {
        /// Its peer id
        peer: String,
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
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
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
    /// Where every byte of the store is, and what to do when something is large
    #[command(after_help = "Examples:
  indaba store stats
  indaba store stats --json | jq '.lines[] | {what, bytes}'

Works while the node runs. The lines add up to the lengths of all files of the store and the guard.")]
    Stats,
    /// Give disk back: what is still needed of sparse parts of the journal is written again, the rest goes
    #[command(after_help = "Examples:
  indaba store compact
  indaba store compact --all     also where little is to be gained

The running node does this by itself, a little at a time, where less than half is still needed and, within a day, where anything was
erased on purpose. Interrupted at any point, nothing is lost.")]
    Compact {
        /// Every part of the journal that holds anything no longer needed
        #[arg(long)]
        all: bool,
    },
    /// Copy what the store holds into one file, while the node runs or not
    #[command(after_help = "Examples:
  indaba store export /media/stick
  indaba store export indaba.backup

A folder gets a new file in it, named after day and minute. The file has its name only when it is whole and was read back.
In it: records with their texts, what is known of institutions, what waits, and all that was chosen: feeds, whom to accept and refuse, the policy of trust, charters, peers.
Not in it: keys, config.toml and identity.toml, what was erased, and what is still to be announced.")]
    Export {
        /// The file to write, or a folder for it
        #[arg(value_name = "FILE|DIR")]
        to: PathBuf,
    },
    /// Take in what a backup or the file of one record holds, judged like everything that comes from a peer; what is here already stays
    #[command(after_help = "Examples:
  indaba store import --dry-run indaba.backup
  indaba store import indaba.backup
  indaba store import --choices indaba.backup     also follow, accept, refuse and know what the backup does
  indaba store import practice.indaba             one record, from a stick

Every signature is checked again, so a file that somebody changed brings nothing in. What is of a feed that is not followed, or of an
institution that is not accepted, is left out or waits, as if a peer had sent it; import the file again later. When it brings back records
of this node itself, publishing is refused until `indaba store accept-copy`: there may have been newer ones. Exits with 11 when the disk
was too full for some of it.")]
    Import {
        /// The file that `indaba store export` wrote, or one record as `indaba show --raw --out` gives it
        file: PathBuf,
        /// Check everything and say what would be new; change nothing
        #[arg(long)]
        dry_run: bool,
        /// Take over without asking all that was chosen on the other node: feeds, whom it accepts and refuses, its policy of trust, charters, peers
        #[arg(long)]
        choices: bool,
    },
    /// Write again, in the newest format, what an older program wrote; the node must be stopped
    #[command(after_help = "Examples:
  indaba store migrate --dry-run
  indaba store migrate

Never needed: an older format is read as it is, and everything new is written in the newest. It spares the work of reading up.")]
    Migrate {
        /// Say what would be done; change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Make the index anew from the journal; the node must be stopped
    #[command(after_help = "Examples:
  indaba store rebuild-index")]
    RebuildIndex,
    /// Accept a store that is behind what this node published, when there is no newer copy
    #[command(after_help = "Examples:
  indaba store accept-loss")]
    AcceptLoss,
    /// Let a restored or moved data folder, or a whole machine that was put back, publish again, once its own records are back
    #[command(after_help = "Examples:
  indaba store accept-copy

A copy does not know what was signed after it was made. Run the node until it was connected to those who follow this institution,
compare `indaba feed show` with what you know to have published, and only then accept it. Never while another copy runs.")]
    AcceptCopy,
}
