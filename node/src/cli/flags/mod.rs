//! Raw flags: what was typed, and nothing more.

mod audit;
mod clearance;
mod correcting;
mod founding;
mod institution;
mod reading;
mod running;
mod trust;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use audit::{AuditAct, ListFlags};
pub(crate) use clearance::{
    DraftAct, OfficerAct, OfficerKeyFlags, OfficerNewFlags, PublishFlags, SubmitFlags,
};
pub(crate) use correcting::{ReviseFlags, WithdrawFlags};
pub(crate) use founding::{AboutFlags, InitFlags, Role};
pub(crate) use institution::{
    AdoptFlags, AlarmFlags, ChangeFlags, FoundFlags, InstitutionAct, KeysFlags, LineFlags,
    PassphraseFlags, ProposeFlags, Reason, RevokeFlags, SignFlags,
};
pub(crate) use reading::{FeedAct, SearchFlags, ShowFlags, VerifyFlags};
pub(crate) use running::{ConfigAct, PeerAct, StoreAct, UpFlags};
pub(crate) use trust::{
    AnchorFlags, CharterAct, PolicyAct, RevokeVouchFlags, TrustAct, VouchFlags,
};

use super::exit::Exit;
use super::screen::Color;

/// What most people begin with.
const EXAMPLES: &str = "Examples:
  indaba demo                         three example institutions on this machine
  indaba init                         set up this institution's node
  indaba feed follow region:ecowas    follow a subject
  indaba new practice > practice.md   begin a record
  indaba publish practice.md          sign and publish it
  indaba up                           run the node";

/// Sign, publish, follow and carry best-practice records across a decentralised mesh.
#[derive(Debug, Parser)]
#[command(
    name = "indaba",
    version,
    arg_required_else_help = true,
    after_help = format!("{EXAMPLES}\n\n`indaba COMMAND --help` explains one command. Exit codes: `indaba --help`."),
    after_long_help = format!("{EXAMPLES}\n\nExit codes; one that is not listed means failure:{}", Exit::list())
)]
pub(crate) struct Flags {
    /// What holds for every command.
    #[command(flatten)]
    pub global: GlobalFlags,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalFlags {
    /// Give the result as JSON on stdout, one object; one a line where results follow each other
    #[arg(long, global = true)]
    pub json: bool,
    /// When to colour
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
    /// Results and errors only, no talk
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// More detail; twice for still more
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// The folder this node lives in
    #[arg(long, global = true, env = "INDABA_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// The configuration file, instead of config.toml in the data folder
    #[arg(long, global = true, env = "INDABA_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Never ask; fail where an answer is needed
    #[arg(long, global = true)]
    pub no_input: bool,
    /// Agree beforehand to what would be asked
    #[arg(long, short, global = true)]
    pub yes: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Three example institutions on this machine: publish, exchange, lose one, catch up, prove it
    #[command(after_help = "Examples:
  indaba demo            run it and end
  indaba demo --keep     leave the three nodes running and look around
  indaba demo --json     one object a line")]
    Demo(DemoFlags),
    /// Set up this institution's node: keys, institution, configuration
    #[command(after_help = "Examples:
  indaba init
  indaba init --join indaba1...
  indaba init --no-input --name \"National Peace Council of Sembe (example)\" --kind peace-council --language en")]
    Init(InitFlags),
    /// Run the node until interrupted
    #[command(after_help = "Examples:
  indaba up
  indaba up --listen /ip4/0.0.0.0/tcp/7421
  indaba up --profile lean --metrics 127.0.0.1:9464")]
    Up(UpFlags),
    /// How this node is; exits with 8 when it does not run
    #[command(after_help = "Examples:
  indaba status
  indaba status --json | jq .peers_connected
  indaba status --quiet > /dev/null || echo \"the node is not well\"")]
    Status,
    /// Go through what can be wrong, and say which command mends it
    #[command(after_help = "Examples:
  indaba doctor
  indaba doctor --json")]
    Doctor,
    /// Begin a record: print a form to fill in
    #[command(after_help = "Examples:
  indaba new practice > water-committees.md
  indaba new lesson > lesson.md")]
    New {
        /// The kind: practice, lesson, exchange, plan, position, request, offer, adaptation, outcome, translation, ...
        kind: String,
        /// The language it will be written in, such as en, fr or sw
        #[arg(long, default_value = "en", value_name = "TAG")]
        language: String,
    },
    /// Look for faults in records before they are published
    #[command(after_help = "Examples:
  indaba check water-committees.md
  indaba check *.md

Exits with 0 when every file can be published, with 1 when one has faults. Warnings change nothing.")]
    Check {
        /// The files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Sign records and publish them; works without a network, they leave when there is one
    #[command(after_help = "Examples:
  indaba publish water-committees.md
  indaba publish --dry-run *.md
  indaba publish --yes practice.md lesson.md
  indaba publish --by stick/officer.key lesson.md      an officer submits, others approve

A file without `day:` claims the day it goes out; `day: none` claims no day. Where the institution's policy asks for approvals or a
holding time, with --hold, and while an `embargo:` lies ahead, the record is kept as a draft instead: see `indaba draft list`. Exits with
1 when a file has faults: then nothing is signed.")]
    Publish(PublishFlags),
    /// Records that wait to be cleared: approve, refuse, take back, release
    #[command(after_help = "Examples:
  indaba draft list
  indaba draft approve 3 --key stick/officer.key
  indaba draft --help               every act, each with its own help")]
    Draft {
        /// What to do
        #[command(subcommand)]
        act: DraftAct,
    },
    /// Officers who submit, approve and refuse drafts: their keys, and whom this node knows
    #[command(after_help = "Examples:
  indaba officer new --role \"Legal adviser (example)\" --key stick/officer.key --public adviser.approver
  indaba officer add adviser.approver
  indaba officer list")]
    Officer {
        /// What to do
        #[command(subcommand)]
        act: OfficerAct,
    },
    /// Publish a new version of an own record: the file holds the whole text, corrected
    #[command(after_help = "Examples:
  indaba show 2k7qf3 --markdown > practice.md     if the file is no longer there
  indaba revise 2k7qf3 practice.md --reason \"The second year was added.\"
  indaba revise --dry-run 2k7qf3 practice.md --reason \"A date was wrong.\"

It goes to the feeds of the record, and to those that the file names or leads to. The first version stays, marked superseded.")]
    Revise(ReviseFlags),
    /// Take an own record back: nodes hide it and erase its text
    #[command(after_help = "Examples:
  indaba withdraw 2k7qf3 --reason error
  indaba withdraw 2k7qf3 --reason consent --note \"One of the communities no longer agrees.\"

It cannot reach a copy that somebody printed. To correct a record instead: indaba revise --help")]
    Withdraw(WithdrawFlags),
    /// Subjects: follow them, see how complete they are
    #[command(after_help = "Examples:
  indaba feed follow region:ecowas
  indaba feed list
  indaba feed show region:ecowas")]
    Feed {
        /// What to do
        #[command(subcommand)]
        act: FeedAct,
    },
    /// Show one record
    #[command(after_help = "Examples:
  indaba show 2k7qf3
  indaba show 2k7qf3 --markdown > copy.md
  indaba show 2k7qf3 --raw --with-institution --out practice.indaba")]
    Show(ShowFlags),
    /// Verify one record step by step, offline
    #[command(after_help = "Examples:
  indaba verify 2k7qf3
  indaba verify practice.indaba")]
    Verify(VerifyFlags),
    /// Find records that hold all these words
    #[command(after_help = "Examples:
  indaba search land mediation
  indaba search --feed region:ecowas youth")]
    Search(SearchFlags),
    /// Codes that records and feeds are written with: kinds, themes, regions, countries, markings and more
    #[command(after_help = "Examples:
  indaba vocabulary                   the lists
  indaba vocabulary themes            the codes of one list
  indaba vocabulary regions africa    those that hold a word, in any language
  indaba vocabulary memorial --json   looked for in every list")]
    Vocabulary {
        /// A list, and words to look for; without a list every one is searched
        #[arg(value_name = "LIST|WORD")]
        words: Vec<String>,
        /// Show labels in this language where there are any, such as fr or ar
        #[arg(long, default_value = "en", value_name = "TAG")]
        language: String,
    },
    /// Nodes to stay in touch with
    #[command(after_help = "Examples:
  indaba peer add indaba1...        from an invitation
  indaba peer list")]
    Peer {
        /// What to do
        #[command(subcommand)]
        act: PeerAct,
    },
    /// An invitation to this network, as text and QR, with the fingerprint to compare
    #[command(after_help = "Examples:
  indaba invite
  indaba invite --json | jq -r .invitation")]
    Invite,
    /// An institution and its keys: found it with several officers, sign, combine, show
    #[command(after_help = "Examples:
  indaba institution show
  indaba institution --help         every step, each with its own help")]
    Institution {
        /// What to do
        #[command(subcommand)]
        act: InstitutionAct,
    },
    /// Whose records this node accepts, by whose word, and why
    #[command(after_help = "Examples:
  indaba trust anchor indaba1...    from an invitation, once the fingerprint is compared
  indaba trust vouch bafyr4i...     say publicly that you know it
  indaba trust explain bafyr4i...   why it is accepted here, or not
  indaba trust list")]
    Trust {
        /// What to do
        #[command(subcommand)]
        act: TrustAct,
    },
    /// Who on this node did what: publish, approve, accept, repair ...; it never leaves this machine
    #[command(after_help = "Examples:
  indaba audit                        the newest entries
  indaba audit list --since 2027-03-01
  indaba audit verify                 that nothing was changed, taken out or moved
  indaba audit head                   one line to note elsewhere")]
    Audit {
        /// What to do; `list` when left out
        #[command(subcommand)]
        act: Option<AuditAct>,
    },
    /// The configuration and where each value came from
    #[command(after_help = "Examples:
  indaba config show --origin
  indaba config check")]
    Config {
        /// What to do
        #[command(subcommand)]
        act: ConfigAct,
    },
    /// What is kept on disk
    #[command(after_help = "Examples:
  indaba store stats
  indaba store verify")]
    Store {
        /// What to do
        #[command(subcommand)]
        act: StoreAct,
    },
    /// Completions for a shell
    #[command(after_help = "Examples:
  indaba completions bash > ~/.local/share/bash-completion/completions/indaba
  indaba completions zsh > ~/.zfunc/_indaba")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Version and formats
    #[command(after_help = "Examples:
  indaba version
  indaba version --json")]
    Version,
}

/// Flags of `demo`.
#[derive(Args, Clone, Debug)]
pub(crate) struct DemoFlags {
    /// Leave the three nodes running until interrupted, and say how to talk to them
    #[arg(long)]
    pub keep: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn leaves<'a>(
        command: &'a clap::Command,
        path: &str,
        found: &mut Vec<(String, &'a clap::Command)>,
    ) {
        let here = format!("{path} {}", command.get_name());
        if !path.is_empty() || command.get_subcommands().next().is_none() {
            found.push((here.trim().to_owned(), command));
        }
        for sub in command.get_subcommands() {
            leaves(sub, &here, found);
        }
    }

    #[test]
    fn the_tree_is_sound_and_every_command_has_an_example() {
        let command = Flags::command();
        command.clone().debug_assert();
        let mut found = Vec::new();
        leaves(&command, "", &mut found);
        assert!(found.len() > 20);
        for (path, leaf) in found {
            let help = leaf
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            assert!(
                help.contains(&format!("  {path}")),
                "`{path} --help` has no example of itself"
            );
            assert!(
                leaf.get_about().is_some(),
                "`{path}` says nothing about itself"
            );
        }
    }
}
