//! Flags of `institution`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::AboutFlags;
use crate::ceremony::SHEET_LANGUAGES;

/// Acts on an institution.
#[derive(Debug, Subcommand)]
pub(crate) enum InstitutionAct {
    /// An officer's keys: a root key, a reserve key, and a small file with their public parts
    #[command(after_help = "Examples:
  indaba institution keys --role \"Permanent secretary (example)\" --root stick1/root.key --reserve stick2/reserve.key --public secretary.officer
  indaba institution keys --role \"Legal adviser (example)\" --root root.key --reserve reserve.key --public adviser.officer --passphrase-file words

  indaba institution keys --role \"Legal adviser (example)\" --from-reserve stick2/reserve.key --reserve stick3/reserve.key --public adviser-2.officer

On a machine without a network, once for every officer; with --from-reserve, when root keys are to be replaced. The two keys belong on two sticks in two buildings. Only the public file leaves
the machine. Without a terminal, name a passphrase or say --unsealed.")]
    Keys(KeysFlags),
    /// The node's own key, made on its machine: only its public part leaves it
    #[command(after_help = "Examples:
  indaba institution node-key --public ministry.node

Before the node is set up, `found` takes the file, and `take` then sets the node up with that key. In a node that is set up, it makes the next
key, which takes the place of the present one when `take` brings a state that delegates it.")]
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
    /// Propose the next state: another node key, new root keys, a new name, what became of the institution
    #[command(after_help = "Examples:
  indaba institution propose --delegate harbour.node --feeds country:gha,theme:trj --kinds practice,lesson --expires 2028-12-31 --out next.proposal
  indaba institution propose --name \"Ministry of Peace and Justice (example)\" --out next.proposal
  indaba institution propose --rotate --threshold 3 --officer chair-2.officer --officer deputy-2.officer --officer secretary-2.officer \\
      --officer adviser.officer --officer registrar.officer --out next.proposal
  indaba institution propose --merged-into bafyr4i... --out next.proposal

Several changes may stand in one proposal. It begins from the newest state this node holds, or from a file with --base. Nothing changes until enough
officers signed it and the node took it.")]
    Propose(ProposeFlags),
    /// Propose to cut a node key: what it signed up to a line stays valid, all else is void
    #[command(after_help = "Examples:
  indaba institution revoke xchqe3qq --reason compromised --first-bad bafyr4i... --out cut.proposal
  indaba institution revoke xchqe3qq --reason superseded --delegate next.node --out cut.proposal
  indaba institution revoke xchqe3qq --reason retired --out cut.proposal

For a key that is only retired or superseded, all that is held here stays valid. No date decides, because a thief can write any: it is the records
themselves that the cut names.")]
    Revoke(RevokeFlags),
    /// Propose to stand by records that a cut made void
    #[command(after_help = "Examples:
  indaba institution adopt bafyr4i... bafyr4i... --out adopt.proposal")]
    Adopt(AdoptFlags),
    /// Warn about another node key of the institution, at once and publicly, until the root keys decide
    #[command(after_help = "Examples:
  indaba institution alarm xchqe3qq --first-bad bafyr4i...
  indaba institution alarm xchqe3qq --from-now-on

Given by this node's own key. It changes no verdict: records of the other key beyond the line are shown as disputed.")]
    Alarm(AlarmFlags),
    /// The recovery sheet, to print: fingerprint, who holds which key, what to do when one is lost or stolen
    #[command(after_help = "Examples:
  indaba institution sheet ministry.institution --officer chair.officer --officer deputy.officer --officer secretary.officer \\
      --officer adviser.officer --officer registrar.officer --out recovery-sheet.html
  indaba institution sheet ministry.institution --officer chair.officer ... --lang ar --out recovery-sheet-ar.html

Open the file in a browser and print it: two pages, A4. It names offices, not persons, and holds nothing secret. It is written in the language of
the institution's profile if that is one of en, fr, pt, es, ar, sw, and otherwise in English; a translation that nobody has checked yet says so.")]
    Sheet {
        /// What `combine` wrote
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// An officer's public file, old ones included; once for each
        #[arg(long = "officer", value_name = "FILE", required = true)]
        officers: Vec<PathBuf>,
        /// The language: en, fr, pt, es, ar or sw; otherwise that of the institution's profile
        #[arg(long, value_name = "LANG", value_parser = SHEET_LANGUAGES)]
        lang: Option<String>,
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
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "from_reserve",
        conflicts_with = "from_reserve"
    )]
    pub root: Option<PathBuf>,
    /// Bring the reserve key in this file into force: it is the root key of the public file, and only a new reserve key is made
    #[arg(long, value_name = "FILE")]
    pub from_reserve: Option<PathBuf>,
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
    #[command(flatten)]
    pub about: AboutFlags,
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

/// What proposals of a next state have in common.
#[derive(Args, Clone, Debug)]
pub(crate) struct ChangeFlags {
    /// Let a node's key sign: its public file
    #[arg(long, value_name = "FILE")]
    pub delegate: Option<PathBuf>,
    /// Only records of these kinds, separated by commas
    #[arg(
        long,
        value_name = "KIND",
        value_delimiter = ',',
        requires = "delegate"
    )]
    pub kinds: Vec<String>,
    /// Only in these feeds, separated by commas; one ending in * stands for all that begin so
    #[arg(
        long,
        value_name = "FEED",
        value_delimiter = ',',
        requires = "delegate"
    )]
    pub feeds: Vec<String>,
    /// The day by which the key is meant to be replaced: a claim for readers
    #[arg(long, value_name = "YYYY-MM-DD", requires = "delegate")]
    pub expires: Option<String>,
    /// An officer's public file; names the office beside the key, and with --rotate brings its keys into force
    #[arg(long = "officer", value_name = "FILE")]
    pub officers: Vec<PathBuf>,
    /// The file to write the proposal to
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// Flags of `institution propose`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ProposeFlags {
    /// Delegation, officers, file
    #[command(flatten)]
    pub change: ChangeFlags,
    /// Begin from this finished institution file instead of the node's newest state
    #[arg(long, value_name = "FILE")]
    pub base: Option<PathBuf>,
    /// Replace the root keys and the reserve by those of the officers named
    #[arg(long, requires = "threshold")]
    pub rotate: bool,
    /// How many of the new root keys must sign
    #[arg(long, value_name = "NUMBER", requires = "rotate")]
    pub threshold: Option<u64>,
    /// How many of the new reserve keys must take part in the next rotation; as many as --threshold when left out
    #[arg(long, value_name = "NUMBER", requires = "rotate")]
    pub reserve_threshold: Option<u64>,
    /// A new name, as the public knows it
    #[arg(long)]
    pub name: Option<String>,
    /// What it is from now on: ministry, peace-council, nhri, ...
    #[arg(long)]
    pub kind: Option<String>,
    /// Its working language
    #[arg(long, value_name = "TAG")]
    pub language: Option<String>,
    /// Its country, three capital letters; empty drops it
    #[arg(long, value_name = "CODE")]
    pub country: Option<String>,
    /// Whether it wishes to stand in directories
    #[arg(long, value_name = "yes|no", value_parser = super::founding::yes_no)]
    pub listed: Option<bool>,
    /// Whether it is a body of the state
    #[arg(long, value_name = "yes|no", value_parser = super::founding::yes_no)]
    pub state_body: Option<bool>,
    /// It merged into this institution
    #[arg(long, value_name = "ID")]
    pub merged_into: Option<String>,
    /// It was split from this institution
    #[arg(long, value_name = "ID")]
    pub split_from: Option<String>,
    /// It succeeds this institution
    #[arg(long, value_name = "ID")]
    pub successor_of: Option<String>,
    /// It was dissolved
    #[arg(long)]
    pub dissolved: bool,
}

/// Why a key is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Reason {
    /// It is no longer used.
    Retired,
    /// Another key takes its place.
    Superseded,
    /// It is in other hands.
    Compromised,
}

/// Where the line between good and bad records is drawn.
#[derive(Args, Clone, Debug)]
#[command(group(ArgGroup::new("line").args(["last", "first_bad"]).multiple(false)))]
pub(crate) struct LineFlags {
    /// A last good record; in every feed that none of them is posted to, nothing is good. May be repeated
    #[arg(long, value_name = "ID")]
    pub last: Vec<String>,
    /// A first bad record; every feed that none of them is posted to stays whole. May be repeated
    #[arg(long, value_name = "ID")]
    pub first_bad: Vec<String>,
}

/// Flags of `institution revoke`.
#[derive(Args, Clone, Debug)]
pub(crate) struct RevokeFlags {
    /// The node key, or the beginning of it
    #[arg(value_name = "KEY")]
    pub key: String,
    /// Why
    #[arg(long, value_enum)]
    pub reason: Reason,
    /// Where the line is drawn
    #[command(flatten)]
    pub line: LineFlags,
    /// Nothing that the key ever signed stays valid
    #[arg(long, conflicts_with = "line")]
    pub nothing: bool,
    /// Delegation, officers, file
    #[command(flatten)]
    pub change: ChangeFlags,
}

/// Flags of `institution adopt`.
#[derive(Args, Clone, Debug)]
pub(crate) struct AdoptFlags {
    /// The records
    #[arg(required = true, value_name = "ID")]
    pub records: Vec<String>,
    /// An officer's public file, to name the office beside the key
    #[arg(long = "officer", value_name = "FILE")]
    pub officers: Vec<PathBuf>,
    /// The file to write the proposal to
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// Flags of `institution alarm`.
#[derive(Args, Clone, Debug)]
pub(crate) struct AlarmFlags {
    /// The node key to warn about, or the beginning of it
    #[arg(value_name = "KEY")]
    pub key: String,
    /// Where the line is drawn
    #[command(flatten)]
    pub line: LineFlags,
    /// Dispute only what the key signs from now on
    #[arg(long, conflicts_with = "line")]
    pub from_now_on: bool,
}
