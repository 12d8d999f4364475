//! Flags of the commands that read.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Acts on feeds.
#[derive(Debug, Subcommand)]
pub(crate) enum FeedAct {
    /// Follow subjects
    #[command(after_help = "Examples:
  indaba feed follow region:ecowas
  indaba feed follow theme:ifp theme:trj country:gha
  indaba feed follow --quiet country:gha    asked of partners only, announced to nobody
  indaba feed follow --openly country:gha   what was followed quietly, from now on openly")]
    Follow {
        /// The feeds, such as region:ecowas, theme:trj or country:gha
        #[arg(required = true, value_name = "FEED")]
        feeds: Vec<String>,
        /// Announce it to nobody and ask partners only
        #[arg(long, conflicts_with = "openly")]
        quiet: bool,
        /// Announce it to every connected node, also what was followed quietly so far
        #[arg(long)]
        openly: bool,
    },
    /// Stop following; what is held stays
    #[command(after_help = "Examples:
  indaba feed unfollow region:ecowas")]
    Unfollow {
        /// The feed
        feed: String,
    },
    /// The feeds followed, and how complete each is
    #[command(after_help = "Examples:
  indaba feed list
  indaba feed list --known       where institutions accepted here publish
  indaba feed list --json")]
    List {
        /// The feeds that institutions accepted here publish in, followed or not
        #[arg(long)]
        known: bool,
    },
    /// The records of one feed, newest first
    #[command(after_help = "Examples:
  indaba feed show region:ecowas
  indaba feed show theme:trj --lanes")]
    Show {
        /// The feed
        feed: String,
        /// At most so many records
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=500), value_name = "N")]
        limit: u16,
        /// Oldest first
        #[arg(long)]
        oldest: bool,
        /// Go on after this place, as the page before said
        #[arg(long, value_name = "PLACE")]
        after: Option<u64>,
        /// Who promised how many records, and which are missing
        #[arg(long)]
        lanes: bool,
    },
}

/// Flags of `show`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ShowFlags {
    /// The record's id; may be shortened while it fits one record only
    pub id: String,
    /// The item as it travels, byte for byte (hexadecimal, or a file with --out)
    #[arg(long, conflicts_with = "markdown")]
    pub raw: bool,
    /// The record as a file that `indaba new` could have begun
    #[arg(long)]
    pub markdown: bool,
    /// Write to this file, which must not exist: the text for people, or what --raw or --markdown give
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Put the signing institution's statements into the file, so that it can be verified anywhere
    #[arg(long, requires = "raw")]
    pub with_institution: bool,
}

/// Flags of `verify`.
#[derive(Args, Clone, Debug)]
pub(crate) struct VerifyFlags {
    /// The record's id, or a file written by `indaba show --raw --out`
    pub record: String,
    /// The network a file's statements belong to; this node's, when there is one
    #[arg(long, value_name = "NAME")]
    pub network: Option<String>,
}

/// Flags of `search`.
#[derive(Args, Clone, Debug)]
pub(crate) struct SearchFlags {
    /// The words; a record must hold all of them
    #[arg(required = true)]
    pub words: Vec<String>,
    /// In this feed only
    #[arg(long)]
    pub feed: Option<String>,
    /// At most so many records
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=500), value_name = "N")]
    pub limit: u16,
}
