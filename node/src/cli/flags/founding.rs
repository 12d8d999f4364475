//! Flags of `init`, and what an institution says about itself.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// What part the institution has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// A body of the state; its profile says so.
    Institution,
    /// A civil-society organisation; its profile says that it is no state body.
    Organisation,
    /// Follows and does not stand in public lists.
    Reader,
    /// A well-connected machine that serves others; its line is set to the profile "hub".
    Relay,
}

/// What an institution says about itself when it is founded. What is missing is asked for on a terminal.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct AboutFlags {
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
}

/// Flags of `init`. What is missing is asked for on a terminal.
#[derive(Args, Clone, Debug)]
pub(crate) struct InitFlags {
    /// Join with an invitation: takes over network and peers, and offers to accept the inviter
    #[arg(long, value_name = "INVITATION")]
    pub join: Option<String>,
    #[command(flatten)]
    pub about: AboutFlags,
    /// Listen on this address, so that others can dial this node; may be repeated
    #[arg(long, value_name = "MULTIADDR")]
    pub listen: Vec<String>,
    /// Find nodes on the local network, and be found there
    #[arg(long, value_name = "yes|no", value_parser = yes_no)]
    pub mdns: Option<bool>,
    /// Seal root and reserve key with the passphrase in this file's first line
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

pub(super) fn yes_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" | "true" => Ok(true),
        "no" | "false" => Ok(false),
        other => Err(format!("\"{other}\" is neither yes nor no")),
    }
}
