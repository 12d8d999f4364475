//! Flags of `institution`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::Role;

/// Acts on an institution.
#[derive(Debug, Subcommand)]
pub(crate) enum InstitutionAct {
    /// An officer's keys: a root key, a reserve key, and a small file with their public parts
    #[command(after_help = "Examples:
  indaba institution keys --role \"Permanent secretary (example)\" --root stick1/root.key --reserve stick2/reserve.key --public secretary.officer
  indaba institution keys --role \"Legal adviser (example)\" --root root.key --reserve reserve.key --public adviser.officer --passphrase-file words

On a machine without a network, once for every officer. The two keys belong on two sticks in two buildings. Only the public file leaves
the machine. Without a terminal, name a passphrase or say --unsealed.")]
    Keys(KeysFlags),
    /// The node's own key, made on its machine: only its public part leaves it
    #[command(after_help = "Examples:
  indaba institution node-key --public ministry.node

In a data folder in which no node is set up yet. `found` takes the file, and `take` then sets the node up with that key.")]
    NodeKey {
        /// The file to write the public key to
        #[arg(long, value_name = "FILE")]
        public: PathBuf,
    },
    /// Propose a new institution from the officers' public files and the node's
    #[command(after_help = "Examples:
  indaba institution found --threshold 3 --officer chair.officer --officer deputy.officer --officer secretary.officer \\
      --officer adviser.officer --officer registrar.officer --node ministry.node \\
      --name \"Ministry of Peace (example)\" --kind ministry --language en --country GHA --out founding.proposal

Nothing is founded yet: each officer signs the proposal, then `combine` makes an institution of it.")]
    Found(FoundFlags),
    /// Show in plain language what a proposal says, and sign it with one officer's key
    #[command(after_help = "Examples:
  indaba institution sign founding.proposal --key stick1/root.key --public secretary.officer --out founding-secretary.proposal

On the officer's own machine, without a network. With --public the program checks that the proposal holds the officer's own keys,
the reserve included. What comes out is still a draft.")]
    Sign(SignFlags),
    /// Put the signatures of several copies together, in any order; finishes when enough have signed
    #[command(after_help = "Examples:
  indaba institution combine founding-*.proposal --out ministry.institution

Exits with 3 while signatures are missing; nothing is written then.")]
    Combine {
        /// Copies of one proposal, each signed by others
        #[arg(required = true, value_name = "PROPOSAL")]
        proposals: Vec<PathBuf>,
        /// The file to write the finished institution to
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Show an institution in plain language: of a file, of another institution, or this node's own
    #[command(after_help = "Examples:
  indaba institution show
  indaba institution show founding.proposal
  indaba institution show ministry.institution
  indaba institution show bafyr4i...")]
    Show {
        /// A proposal, a finished institution file, or an institution's id; this node's own when left out
        #[arg(value_name = "FILE|ID")]
        what: Option<String>,
    },
    /// The recovery sheet, to print: fingerprint, who holds which key, what to do when one is lost or stolen
    #[command(after_help = "Examples:
  indaba institution sheet ministry.institution --officer chair.officer --officer deputy.officer --officer secretary.officer \\
      --officer adviser.officer --officer registrar.officer --out recovery-sheet.html

Open the file in a browser and print it: two pages, A4. It names offices, not persons, and holds nothing secret.")]
    Sheet {
        /// What `combine` wrote
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// An officer's public file, old ones included; once for each
        #[arg(long = "officer", value_name = "FILE", required = true)]
        officers: Vec<PathBuf>,
        /// The page to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Take a finished institution into the node: sets up a new one, or brings it the newest state
    #[command(after_help = "Examples:
  indaba institution take ministry.institution

Without a node in the data folder, sets one up with the key that `node-key` made there.")]
    Take {
        /// What `combine` wrote
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// Where the passphrase of a key comes from, when nobody can be asked.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct PassphraseFlags {
    /// Take the passphrase from this file's first line
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase_fd")]
    pub passphrase_file: Option<PathBuf>,
    /// Take the passphrase from this open file descriptor
    #[arg(long, value_name = "NUMBER")]
    pub passphrase_fd: Option<u32>,
}

/// Flags of `institution keys`.
#[derive(Args, Clone, Debug)]
#[command(group(ArgGroup::new("how").args(["passphrase_file", "passphrase_fd", "unsealed"]).multiple(false)))]
pub(crate) struct KeysFlags {
    /// The office that holds the keys; never a person
    #[arg(long, value_name = "TEXT")]
    pub role: String,
    /// The file to write the root key to
    #[arg(long, value_name = "FILE")]
    pub root: PathBuf,
    /// The file to write the reserve key to; keep it elsewhere
    #[arg(long, value_name = "FILE")]
    pub reserve: PathBuf,
    /// The file to write the public parts to
    #[arg(long, value_name = "FILE")]
    pub public: PathBuf,
    /// The network the institution belongs to
    #[arg(long, value_name = "NAME", default_value = "indaba")]
    pub network: String,
    /// Where the passphrase comes from
    #[command(flatten)]
    pub passphrase: PassphraseFlags,
    /// Do not seal the keys: whoever finds the files can use them
    #[arg(long)]
    pub unsealed: bool,
}

/// Flags of `institution found`.
#[derive(Args, Clone, Debug)]
pub(crate) struct FoundFlags {
    /// An officer's public file; once for each
    #[arg(long = "officer", value_name = "FILE", required = true)]
    pub officers: Vec<PathBuf>,
    /// How many of the root keys must sign
    #[arg(long, value_name = "NUMBER")]
    pub threshold: u64,
    /// How many of the reserve keys must take part when root keys are replaced; as many as --threshold when left out
    #[arg(long, value_name = "NUMBER")]
    pub reserve_threshold: Option<u64>,
    /// The public file of the node that will sign records
    #[arg(long, value_name = "FILE")]
    pub node: PathBuf,
    /// The institution's name, as the public knows it
    #[arg(long)]
    pub name: Option<String>,
    /// What it is: ministry, peace-council, nhri, focal-point, judiciary, truth-body, rec-secretariat, un, cso, network, academic, traditional
    #[arg(long)]
    pub kind: Option<String>,
    /// Its country, three capital letters, such as GHA; leave out for regional bodies
    #[arg(long, value_name = "CODE")]
    pub country: Option<String>,
    /// Its working language, such as en, fr, pt, ar or sw
    #[arg(long, value_name = "TAG")]
    pub language: Option<String>,
    /// The network to belong to
    #[arg(long, value_name = "NAME")]
    pub network: Option<String>,
    /// What part it has
    #[arg(long, value_enum)]
    pub role: Option<Role>,
    /// The file to write the proposal to
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// Flags of `institution sign`.
#[derive(Args, Clone, Debug)]
pub(crate) struct SignFlags {
    /// The proposal
    #[arg(value_name = "PROPOSAL")]
    pub proposal: PathBuf,
    /// The officer's key file; a reserve key where root keys are replaced
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// The officer's own public file, to check that the proposal holds the same keys
    #[arg(long, value_name = "FILE")]
    pub public: Option<PathBuf>,
    /// The file to write the signed copy to
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Where the passphrase comes from
    #[command(flatten)]
    pub passphrase: PassphraseFlags,
}
