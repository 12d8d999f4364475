//! Flags of the commands for clearance: publishing, drafts, officers.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::PassphraseFlags;

/// Flags of `publish`.
#[derive(Args, Clone, Debug)]
pub(crate) struct PublishFlags {
    /// The files; all are published or kept, or none
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Show what would be signed, and sign nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Who submits them, and what for
    #[command(flatten)]
    pub submit: SubmitFlags,
}

/// How a record is submitted to clearance.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct SubmitFlags {
    /// Keep it as a draft until somebody releases it
    #[arg(long)]
    pub hold: bool,
    /// The key file of the officer who submits it
    #[arg(long, value_name = "KEYFILE")]
    pub by: Option<PathBuf>,
    /// Where the passphrase of that key comes from
    #[command(flatten)]
    pub passphrase: PassphraseFlags,
}

/// The key an officer signs with.
#[derive(Args, Clone, Debug)]
pub(crate) struct OfficerKeyFlags {
    /// The officer's key file
    #[arg(long, value_name = "KEYFILE")]
    pub key: PathBuf,
    /// Where the passphrase comes from
    #[command(flatten)]
    pub passphrase: PassphraseFlags,
}

/// Acts on drafts.
#[derive(Debug, Subcommand)]
pub(crate) enum DraftAct {
    /// The drafts that wait, and for what
    #[command(after_help = "Examples:
  indaba draft list
  indaba draft list --json | jq '.drafts[] | {number, missing}'")]
    List,
    /// One draft, with its text and what was said about it
    #[command(after_help = "Examples:
  indaba draft show 3
  indaba draft show 3 --markdown --out lesson.md     to change it, then: indaba draft edit 3 lesson.md")]
    Show {
        /// The draft's number
        number: u64,
        /// The text as a file that `indaba draft edit` takes
        #[arg(long)]
        markdown: bool,
        /// Write the file here; it must not exist
        #[arg(long, value_name = "FILE", requires = "markdown")]
        out: Option<PathBuf>,
    },
    /// Put another text in its place; what was approved is void
    #[command(after_help = "Examples:
  indaba draft edit 3 lesson.md
  indaba draft edit 3 lesson.md --by stick/officer.key")]
    Edit {
        /// The draft's number
        number: u64,
        /// The file with the new text
        file: PathBuf,
        /// The key file of the officer who submits it
        #[arg(long, value_name = "KEYFILE")]
        by: Option<PathBuf>,
        /// Where the passphrase of that key comes from
        #[command(flatten)]
        passphrase: PassphraseFlags,
    },
    /// Approve a draft with an officer's key: read it first
    #[command(after_help = "Examples:
  indaba draft approve 3 --key stick/officer.key
  indaba draft approve 3 --key stick/officer.key --passphrase-file words --yes

The signature is for the text as it stands and the rules in force. Who submitted the draft does not approve it. When nothing is missing
any more, the record is published.")]
    Approve {
        /// The draft's number
        number: u64,
        /// With which key
        #[command(flatten)]
        key: OfficerKeyFlags,
    },
    /// Refuse a draft with an officer's key, and say why; it waits for another text then
    #[command(after_help = "Examples:
  indaba draft refuse 3 --key stick/officer.key --words \"The second paragraph names a person.\"")]
    Refuse {
        /// The draft's number
        number: u64,
        /// With which key
        #[command(flatten)]
        key: OfficerKeyFlags,
        /// Why, in at most 500 characters
        #[arg(long, value_name = "TEXT")]
        words: String,
    },
    /// Forget a draft; possible until it is published, also when everybody approved it
    #[command(after_help = "Examples:
  indaba draft take-back 3")]
    TakeBack {
        /// The draft's number
        number: u64,
    },
    /// Publish a draft if nothing else is missing; otherwise say what is (exit 9)
    #[command(after_help = "Examples:
  indaba draft release 3
  indaba draft release 3 --today 2027-03-01

A draft kept with --hold waits for this. --today confirms, from a calendar, that the day of an embargo has come; it is needed only on a
machine that was switched off or asleep for much of the time, because its clock alone is not believed.")]
    Release {
        /// The draft's number
        number: u64,
        /// The day of today, as YYYY-MM-DD
        #[arg(long, value_name = "DAY")]
        today: Option<String>,
    },
}

/// Acts on officers.
#[derive(Debug, Subcommand)]
pub(crate) enum OfficerAct {
    /// Make an officer's key, on the officer's own stick, and a small file with its public part
    #[command(after_help = "Examples:
  indaba officer new --role \"Legal adviser (example)\" --key stick/officer.key --public adviser.approver
  indaba officer new --role \"Legal adviser (example)\" --key stick/officer.key --public adviser.approver --passphrase-file words

Needs no node and no network. The key approves drafts and nothing else: it signs no record and no state. Without a terminal, name a
passphrase or say --unsealed.")]
    New(OfficerNewFlags),
    /// Let an officer submit, approve and refuse drafts at this node
    #[command(after_help = "Examples:
  indaba officer add adviser.approver")]
    Add {
        /// The officer's public file
        file: PathBuf,
    },
    /// The officers this node knows
    #[command(after_help = "Examples:
  indaba officer list")]
    List,
    /// Know an officer no longer; what that officer approved and is not published yet must be approved anew
    #[command(after_help = "Examples:
  indaba officer remove \"Legal adviser (example)\"
  indaba officer remove xchqe3qq")]
    Remove {
        /// The role, or the beginning of the key as it is shown
        officer: String,
    },
}

/// Flags of `officer new`.
#[derive(Args, Clone, Debug)]
#[command(group(ArgGroup::new("seal").args(["passphrase_file", "passphrase_fd", "unsealed"]).multiple(false)))]
pub(crate) struct OfficerNewFlags {
    /// The office that holds the key; never a person
    #[arg(long, value_name = "TEXT")]
    pub role: String,
    /// The file to write the key to
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// The file to write the public part to
    #[arg(long, value_name = "FILE")]
    pub public: PathBuf,
    /// Where the passphrase comes from
    #[command(flatten)]
    pub passphrase: PassphraseFlags,
    /// Do not seal the key: whoever finds the file can use it
    #[arg(long)]
    pub unsealed: bool,
}
